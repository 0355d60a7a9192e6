package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// working is a morning in the back office: sign in at the second try, look after an order, send a part of it and end it without the rest, bring products in, write one by hand.
func working(t *testing.T, o *furnished, script bool) {
	b := openTab(t, o.browser, script)
	number := o.placeOrder(t)
	b.signIn(o)
	b.look("office-overview")
	b.click(`nav[aria-label="Main"] > .nav__links a[href="/orders"]`)
	b.arrive("/orders", "table.list")
	b.look("office-orders")
	b.fill("#filter-q", number)
	b.click(".filters .button")
	b.arrive("/orders?q=", "table.list")
	b.await(`document.querySelectorAll("table.list tbody tr").length === 1`)
	b.says("table.list tbody", number)
	b.says("table.list .tag", "Paid")
	b.click("table.list tbody th a")
	b.arrive("/orders/", ".comment")
	b.says("h1", number)
	b.says(".timeline__text", "The order is paid.")
	b.look("office-order")
	b.comment()
	b.shipOne()
	b.endWithoutTheRest(o, number)
	b.importFile(o)
	b.look("office-import-done")
	b.importTable(o)
	b.click(`nav[aria-label="Main"] > .nav__links a[href="/sync"]`)
	b.arrive("/sync", "table.list")
	b.says("table.list tbody", "small.json")
	b.look("office-imports")
	b.visit(o.admin + "/products")
	b.says("table.list tbody", "Small jug")
	b.look("office-products")
	b.visit(o.admin + "/products?q=nothing-is-called-so")
	b.await(`document.querySelector(".empty")`)
	b.look("office-products-none")
	b.makeProduct(o)
	b.makePromotion(o)
	b.visit(o.admin + "/deliveries")
	b.await(`document.querySelector("main h1")`)
	b.look("office-deliveries")
	b.expectStatus(http.StatusNotFound)
	b.visit(o.admin + "/orders/no-such-order")
	b.await(`document.querySelector("main h1")`)
	b.look("office-not-found")
	b.visit(o.admin + "/")
	b.click(".bar details > summary")
	b.click(".bar details .button")
	b.arrive("/login", "#field-password")
	b.visit(o.admin + "/orders")
	b.arrive("/login?next=", "#field-password")
}

// placeOrder has a shopper pay for something, and returns the order's number.
func (o *furnished) placeOrder(t *testing.T) string {
	t.Helper()
	visitor := newShopper(t)
	visitor.goTo(o.url + "/products/cork-top-storage-jar")
	visitor.submit("form.buy__form", map[string]string{"quantity": "2"})
	visitor.checkOut("hosted")
	visitor.submit("form", nil, "Pay")
	visitor.expect("Paid")
	number := visitor.page.Find("h1").Text()
	return number[len("Order "):]
}

// shipOne marks one unit of the order that is open as sent, and finds its parcel on the page.
func (b *tab) shipOne() {
	b.t.Helper()
	b.click(`.head__actions a[href$="/shipment"]`)
	b.arrive("/orders/", "form.editor #field-carrier")
	b.look("office-shipment")
	b.fill("input[name^='units-']", "1")
	b.fill("#field-carrier", "Parcel post")
	b.fill("#field-number", "CE123456789IE")
	b.click("form.editor .button--primary")
	b.arrive("/orders/", ".comment")
	b.says(".panel__detail", "Parcel post CE123456789IE")
	b.says(".head .tag", "Partly sent")
	b.look("office-order-sent")
}

// endWithoutTheRest ends the order that is open, of which one of two units was sent. The order says so, to staff and to its shopper, who gets one mail; the provider gives the money back.
func (b *tab) endWithoutTheRest(o *furnished, number string) {
	b.t.Helper()
	order := b.ask(`location.href`)
	b.click(`.head__actions a[href$="/rest"]`)
	b.arrive("/orders/", "form.editor #field-stock")
	b.says("tbody", "1 of 2")
	b.says("form.editor li", "goes back to the shopper: Card, at the sandbox.")
	b.look("office-rest")
	b.choose("#field-stock", "lost")
	b.fill("#field-reason", "The last one <b>broke</b>.")
	b.click("form.editor .button--danger")
	b.arrive("/orders/", ".comment")
	b.says(".flash", "The order is ended")
	b.says(".head .tag", "Sent in part")
	b.says(".panel__title", "Will not be sent")
	b.says(".timeline__text", "not put back in stock: The last one <b>broke</b>.")
	b.await(`!document.querySelector('a[href$="/shipment"], a[href$="/rest"]')`)
	b.look("office-order-ended")

	about := func() (found []mail) {
		for _, one := range o.mails(b.t, "@") {
			if strings.Contains(one.Subject, number) && strings.Contains(one.Subject, "will not come") {
				found = append(found, one)
			}
		}
		return found
	}
	eventually(b.t, "a mail about what will not come of "+number, func() bool { return len(about()) > 0 })
	told := about()
	at := slices.IndexFunc(told[0].Links, func(link string) bool { return strings.Contains(link, "/orders/") })
	if len(told) != 1 || at < 0 || !strings.Contains(told[0].Text, "1 x ") || !strings.Contains(told[0].Text, "goes back the way it was paid") || strings.Contains(told[0].Text, "broke") {
		b.t.Fatalf("the mails about the rest are %v", told)
	}
	b.visit(told[0].Links[at])
	b.says("section[aria-labelledby=unsent-title]", "goes back the way it was paid")
	b.says(".order__meta", "Partly refunded")
	b.look("order-ended")
	b.visit(order)
	b.arrive("/orders/", ".comment")
}

// signIn opens an inner page, is led to the login, mistypes the password once and arrives where it wanted to go.
func (b *tab) signIn(o *furnished) {
	b.t.Helper()
	b.expectStatus(http.StatusUnprocessableEntity)
	b.visit(o.admin + "/")
	b.arrive("/login", "#field-password")
	b.look("office-login")
	b.fill("#field-email", o.email)
	b.fill("#field-password", "not the password of anybody")
	b.click(".door__card .button--primary")
	b.arrive("/login", ".error-summary")
	b.says(".error-summary", "Email or password is wrong")
	if kept := b.ask(`document.querySelector("#field-email").value + "/" + document.querySelector("#field-password").value`); kept != o.email+"/" {
		b.t.Errorf("the refused login holds %q", kept)
	}
	b.look("office-login-refused")
	b.fill("#field-password", o.password)
	b.click(".door__card .button--primary")
	b.arrive("/", ".office h1")
	b.says("h1", "Ada Lovelace")
}

// comment writes on an order's timeline, after trying to write nothing.
func (b *tab) comment() {
	b.t.Helper()
	b.click(".comment .button")
	b.arrive("/orders/", ".error-summary")
	b.look("office-comment-refused")
	b.fill("#field-comment", "Called back <b>twice</b>, all is well.")
	b.click(".comment .button")
	b.says(".flash", "Your comment is on the timeline")
	b.says(".timeline__entry--comment", "Called back <b>twice</b>, all is well.")
	b.says(".timeline__entry--comment", "Ada Lovelace")
	b.look("office-order-commented")
}

// importFile uploads a small file, one row of which is refused, and follows it to its end.
func (b *tab) importFile(o *furnished) {
	b.t.Helper()
	b.visit(o.admin + "/sync/new")
	b.look("office-import-new")
	b.click("main form .button--primary")
	b.arrive("/sync", ".error-summary")
	b.look("office-import-refused")
	slug := fmt.Sprintf("small-jug-script-%t", b.script)
	file := filepath.Join(b.t.TempDir(), "small.json")
	content := fmt.Sprintf(`[{"key": %q, "slug": %q, "name": "Small jug", "categories": ["Small Things"], "price": "8.00", "stock": 5},
		{"key": "%s-broken", "name": "Broken jug", "price": "a lot", "stock": 5}]`, slug, slug, slug)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#field-file"), []string{file}))
	b.choose("#field-format", "json")
	b.click("main form .button--primary")
	b.arrive("/sync/", "#run-progress")
	b.says("#comparison .tabs", "New 1") // without loading the page again
	b.look("office-import-compared")
	b.click("#run-next .button--primary")
	b.says("#run-progress .tag", "Done")
	b.await(`!document.querySelector("#run").hasAttribute("hx-get")`)
	b.says("#run-progress", "Created")
	b.says("main", "a lot") // without loading the page again
	b.says("#run .panel__detail", "Download rejected rows")
	eventually(b.t, "the shop sells what was imported", func() bool {
		return o.get(b.t, "/products/"+slug).status == http.StatusOK
	})
}
