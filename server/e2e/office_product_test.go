package e2e

import (
	"fmt"
	"net/http"
	"strings"
)

// makeProduct writes a product with two variants, sells it, meets a colleague's change of it, and undoes a change by its history.
func (b *tab) makeProduct(o *furnished) {
	b.t.Helper()
	name := fmt.Sprintf("Journey jug %t", b.script)
	slug := strings.ReplaceAll(strings.ToLower(name), " ", "-")
	b.visit(o.admin + "/products")
	b.click(`.head__actions a[href="/products/new"]`)
	b.arrive("/products/new", ".editor")
	b.look("office-product-new")
	b.expectStatus(http.StatusUnprocessableEntity)
	b.click(`button[value="save"]`)
	b.arrive("/products/new/contents", ".error-summary")
	b.says(".error-summary", "Enter a price")
	b.look("office-product-refused")
	b.fill("#field-name", name)
	b.fill("#field-options-0-name", "Colour")
	b.fill("#field-options-0-values", "Moss\nSand")
	b.fill("#field-variants-0-price", "18.00")
	b.click("#field-state")
	b.click(`button[value="make-variants"]`)
	b.arrive("/products/new/contents", "#field-variants-1-price")
	b.says(".save-bar", "1 variant is made")
	b.fill("#field-variants-1-price", "21.00")
	b.click(`button[value="save"]`)
	b.says(".flash", "The product is saved")
	b.look("office-product")
	here := strings.TrimSuffix(b.ask(`location.pathname`), "/")
	eventually(b.t, "the shop sells the new product", func() bool {
		return strings.Contains(o.get(b.t, "/products/"+slug).body, "18.00")
	})

	colleague := openTab(b.t, o.browser, b.script)
	colleague.visit(o.admin + here)
	colleague.arrive("/login", "#field-password")
	colleague.fill("#field-email", o.email)
	colleague.fill("#field-password", o.password)
	colleague.click(".door__card .button--primary")
	colleague.arrive(here, ".editor")
	colleague.fill("#field-brand", "Leaf & Co")
	colleague.fill("#field-variants-0-price", "19.00")
	colleague.click(`button[value="save"]`)
	colleague.says(".flash", "The product is saved")

	b.fill("#field-variants-0-price", "17.00")
	b.expectStatus(http.StatusConflict)
	b.click(`button[value="save"]`)
	b.arrive(here+"/contents", ".choose")
	b.says(".editor", "Taken over from them: Brand")
	b.says(".choose", "19.00")
	b.look("office-product-conflict")
	b.click(`button[value="save"]`)
	b.says(".flash", "The product is saved")
	eventually(b.t, "the shop asks the new price", func() bool {
		return strings.Contains(o.get(b.t, "/products/"+slug).body, "17.00")
	})

	b.click(fmt.Sprintf(`.tabs a[href="%s/history"]`, here))
	b.arrive(here+"/history", ".timeline__entry")
	b.says(".timeline__entry", "17.00 USD")
	b.look("office-product-history")
	b.click(".timeline__entry details > summary")
	b.click(".timeline__entry details form .button")
	b.says(".flash", "The product is what it was")
	eventually(b.t, "the shop asks the price of before", func() bool {
		return strings.Contains(o.get(b.t, "/products/"+slug).body, "19.00")
	})
}
