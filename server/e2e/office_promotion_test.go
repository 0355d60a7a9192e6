package e2e

import (
	"fmt"
	"net/http"
	"strings"
)

// makePromotion writes a promotion that needs a code, reads it back, tests it against a basket before and after it is stored, and makes more codes for it.
func (b *tab) makePromotion(o *furnished) {
	b.t.Helper()
	name := fmt.Sprintf("Jar week %t", b.script)
	code := fmt.Sprintf("jar-week-%t", b.script)
	b.visit(o.admin + "/promotions")
	b.look("office-promotions")
	b.click(`.head__actions a[href="/promotions/new"]`)
	b.arrive("/promotions/new", ".editor")
	b.says("#sentence", "10 % off everything.")
	b.look("office-promotion-new")
	b.expectStatus(http.StatusUnprocessableEntity)
	b.click(`.save-bar button[value="save"]`)
	b.arrive("/promotions/new/contents", ".error-summary")
	b.says(".error-summary", "Write what shoppers read beside the amount")
	b.look("office-promotion-refused")
	b.fill("#field-name", name)
	b.fill("#field-code", code)
	b.click(`input[name="how"][value="code"]`)
	b.click(`input[name="effect"][value="amount"]`)
	b.fill("#field-amount", "1.50")
	if b.script {
		b.click("#field-min_value") // leaving a field reads it back
		b.await(`document.querySelector("#sentence").textContent.includes("$1.50 off the goods, with a code")`)
	}
	b.fill("#field-find_part", "cork-top storage jar")
	b.click(`#trial button[value="find-part"]`)
	b.arrive("/promotions/new/contents", `#trial [name^="basket-0-"], #trial ul input[type=checkbox]`)
	if b.count("#trial ul input[type=checkbox]") != "0" {
		b.click("#trial ul input[type=checkbox]")
	}
	b.click(`#trial button[value="try"]`)
	b.arrive("/promotions/new/contents", "#trial .trial__sum")
	b.says("#sentence", "$1.50 off the goods, with a code.")
	b.says("#trial .notice", "It counts for this basket.")
	b.says("#trial table.list--scroll tr:last-child", "−$1.50")
	b.ask(`scrollTo(0, 0)`) // the answer leads down to the basket, where the bar covers a button of what is above it
	b.look("office-promotion-tried")
	b.click(`.save-bar button[value="save"]`)
	b.says(".flash", "The promotion is saved")
	b.says("table.list tbody", code)
	b.fill("#field-count", "20")
	b.fill("#field-prefix", "JAR-")
	b.click(`form[action$="/batches"] .button`)
	b.says(".flash", "Codes made: 20.")
	b.says(".pager__total", "21 codes")
	b.look("office-promotion-codes")
	b.click(`.tabs a[href$="/usage"]`)
	b.says("h1", "Usage of "+name)
	b.look("office-promotion-usage")
	b.visit(o.admin + "/promotions?q=" + code)
	b.await(`document.querySelectorAll("table.list tbody tr").length === 1`)
	b.says("table.list tbody", name)
	b.says("table.list .tag", "Running")
	b.look("office-promotions-found")
	b.redeem(o, code)
}

// redeem has a shopper mistype a code, enter it as one would read it from paper, see what it takes off, and take it out again.
func (b *tab) redeem(o *furnished, code string) {
	b.t.Helper()
	shopper := openTab(b.t, o.browser, b.script)
	shopper.visit(o.url + "/products/cork-top-storage-jar")
	shopper.click(".buy__form .button")
	if b.script {
		shopper.await(`document.querySelector("#added-dialog").open`)
		shopper.click("#added-dialog .added__cart")
	}
	shopper.arrive("/cart", ".cart-line")
	shopper.click(".fold:has(#field-code) > summary")
	shopper.fill("#field-code", "jar weak")
	shopper.expectStatus(http.StatusUnprocessableEntity)
	shopper.click(".fold:has(#field-code) .button")
	shopper.arrive("/cart/codes", ".field--bad:has(#field-code)")
	if kept := shopper.ask(`document.querySelector("#field-code").value`); kept != "jar weak" {
		b.t.Errorf("the code was %q and is %q after the refusal", "jar weak", kept)
	}
	shopper.look("cart-code-refused")
	shopper.fill("#field-code", strings.ReplaceAll(strings.ToUpper(code), "-", " "))
	shopper.click(".fold:has(#field-code) .button")
	shopper.arrive("/cart", ".coupon__code")
	shopper.says(".coupon", "1.50")
	shopper.says(".totals__saved", "$1.50")
	shopper.look("cart-discounted")
	shopper.click(".coupon .button")
	shopper.await(`location.pathname === "/cart" && !document.querySelector(".coupon, .totals__saved")`)
}
