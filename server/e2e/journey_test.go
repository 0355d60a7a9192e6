package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// buying is the whole way of a guest through the shop: look, narrow, find, choose, change one's mind, order and pay.
func buying(t *testing.T, o *furnished, script bool) {
	b := openTab(t, o.browser, script)
	b.visit(o.url + "/")
	b.look("home")
	b.click(`nav.menu > .menu__links a[href="/categories/kitchen"]`)
	b.arrive("/categories/kitchen", ".listing")
	b.look("category")
	b.narrow()
	b.sort()
	b.turn(o)
	b.find()
	b.pick()
	b.changeCart()
	b.checkOut()
	reference := b.atProvider()
	b.look("provider")
	b.click(`button[value="pay"]`)
	b.arrive("/orders/", ".order__thanks")
	b.says(".order__meta .tag", "Paid")
	b.says(".order__meta .tag", "Confirmed")
	b.says(".items", "Enamel Stovetop Kettle")
	b.says("address", "1 Harbour Street")
	b.says(".order__head", "ada@example.com")
	b.look("order-thanks")
	b.do(chromedp.Reload())
	b.settle()
	b.says(".order__meta .tag", "Paid")
	if taken := o.charges(t, reference); taken != 1 {
		t.Errorf("charged %d times, want once", taken)
	}
	if cookie := b.text(".header [data-cart-count]"); cookie != "" && b.ask(`document.querySelector("[data-cart-count]").hidden`) != "true" {
		t.Errorf("the cart still counts %q", cookie)
	}
}

// narrow filters a category and takes the filter away again.
func (b *tab) narrow() {
	b.t.Helper()
	all := b.text(".listing__total")
	box := `.facet:has(input[type=checkbox]) input[type=checkbox]`
	if b.ask(`document.querySelector(".facet:has(input[type=checkbox])").open`) == "false" {
		b.click(".facet:has(input[type=checkbox]) > summary")
	}
	count := b.ask(`document.querySelector(".facet .check__count").firstChild.textContent.trim()`)
	b.click(box)
	if !b.script {
		b.click(".facets__apply .button")
	}
	b.await(`location.search !== "" && document.querySelector(".chips .chip")`)
	b.await(fmt.Sprintf(`document.querySelector(".listing__total").textContent.startsWith(%s)`, js(count+" product")))
	b.await(fmt.Sprintf(`document.querySelectorAll(".listing .cards > li").length === %s`, count))
	b.look("category-filtered")
	b.click(".chips .chip")
	b.await(`location.search === "" && !document.querySelector(".chips")`)
	b.await(fmt.Sprintf(`document.querySelector(".listing__total").textContent === %s`, js(all)))
	b.settle()
}

// sort puts the cheapest first.
func (b *tab) sort() {
	b.t.Helper()
	b.choose("#sort", "price")
	if !b.script {
		b.click(`button[form="filter"]`)
	}
	b.await(`new URLSearchParams(location.search).get("sort") === "price" && document.querySelector("#sort").value === "price"`)
	b.await(`[...document.querySelectorAll(".listing .price__now")].map(e => Number(e.textContent.replace(/[^0-9.]/g, ""))).every((price, i, all) => i === 0 || all[i - 1] <= price)`)
}

// turn leafs to the second and third page of a long list and back.
func (b *tab) turn(o *furnished) {
	b.t.Helper()
	b.visit(o.url + shelf)
	b.look("category-long")
	first := b.text(".listing .card__name")
	b.click(`.pagination a[rel="next"]`)
	b.await(`location.search === "?page=2" && document.querySelector(".pagination [aria-current=page]").textContent.trim().endsWith("2")`)
	if again := b.text(".listing .card__name"); again == first {
		b.t.Errorf("the second page begins with %q as the first does", again)
	}
	b.click(`.pagination a[href$="page=3"]`)
	b.await(`location.search === "?page=3" && !document.querySelector(".pagination a[rel=next]")`)
	b.await(fmt.Sprintf(`document.querySelectorAll(".listing .cards > li").length === %d`, shelfSize-2*24))
	b.look("category-last-page")
}

// find searches for a product and opens it.
func (b *tab) find() {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS("#search"), "kettle"))
	if b.script {
		b.await(`document.querySelector('#suggestions [role=option][href="/products/enamel-stovetop-kettle"]')`)
		b.await(`document.querySelector("#search[role=combobox]").ariaExpanded === "true"`)
		b.look("suggestions")
	}
	b.do(chromedp.SendKeys(chromedp.CSS("#search"), kb.Enter)) // nothing is chosen, so what is typed is sent
	b.arrive("/search?q=kettle", ".listing .card__link")
	if got := b.ask(`document.querySelector("#search").value`); got != "kettle" {
		b.t.Errorf("the search box holds %q", got)
	}
	b.look("search")
	b.click(`.listing a.card__link[href="/products/enamel-stovetop-kettle"]`)
	b.arrive("/products/enamel-stovetop-kettle", ".buy__form")
	b.look("product")
}

// pick chooses a variant and a quantity, and puts it in the cart.
func (b *tab) pick() {
	b.t.Helper()
	b.says(".option--sold-out", "Sold out")
	b.click(`a.option[href$="variant=ENK-CLA"]`)
	b.arrive("/products/enamel-stovetop-kettle?variant=ENK-CLA", ".buy__form")
	b.says(".options__chosen", "Clay")
	b.says(".buy", "ENK-CLA")
	b.fill(".buy__form [name=quantity]", "2")
	b.click(".buy__form .button")
	if b.script {
		b.await(`document.querySelector("#added-dialog").open`)
		b.says("#added-dialog", "Enamel Stovetop Kettle")
		b.says("[data-cart-count]", "2 items")
		b.look("added-dialog")
		b.click("#added-dialog .added__cart")
	} else {
		b.says("#added", "Enamel Stovetop Kettle")
		b.look("cart-added")
	}
	b.arrive("/cart", ".cart-line")
	b.await(`document.querySelectorAll(".cart-line").length === 1`)
	b.says(".cart-line", "Clay")
	b.says(".cart-line__total", "$116.00")
}

// changeCart asks for more, throws it out and takes it back, and estimates the shipping.
func (b *tab) changeCart() {
	b.t.Helper()
	b.fill(".cart-line__quantity [name=quantity]", "3")
	b.click(".cart-line__quantity .button")
	b.says(".cart-line__total", "$174.00")
	b.settle()
	b.look("cart")
	b.click(`.cart-line form[action$="/removal"] .button`)
	b.arrive("/cart", "form.flash")
	b.says("form.flash", "Enamel Stovetop Kettle was removed")
	b.says("main", "Your cart is empty")
	b.look("cart-emptied")
	b.click("form.flash .button")
	b.arrive("/cart", ".cart-line")
	b.says(".cart-line__total", "$174.00")
	b.settle()
	if b.ask(`document.querySelector("#field-country").closest("details").open`) == "false" {
		b.click("details:has(#field-country) > summary")
	}
	b.choose("#field-country", "DE")
	b.click("details:has(#field-country) .button")
	b.arrive("/cart?country=DE", ".cart-line")
	b.says("details:has(#field-country) .totals", "$")
	b.look("cart-estimated")
}

// checkOut goes from the cart through every step to the provider; the first form is refused once.
func (b *tab) checkOut() {
	b.t.Helper()
	b.click(".summary .button--primary")
	b.arrive("/checkout/contact", "#field-email")
	b.look("checkout-contact")
	b.expectStatus(422)
	b.fill("#field-email", "ada at example")
	b.fill("#field-name", "Ada O’Brien")
	b.click(".form__actions .button--primary")
	b.arrive("/checkout/contact", ".error-summary")
	b.await(`document.title.startsWith("Error: ")`)
	b.says(".field--bad:has(#field-email)", "Enter an email address")
	b.says(".field--bad:has(#field-postcode)", "Enter the ZIP code")
	for field, typed := range map[string]string{"#field-email": "ada at example", "#field-name": "Ada O’Brien"} {
		if kept := b.ask(fmt.Sprintf(`document.querySelector(%s).value`, js(field))); kept != typed {
			b.t.Errorf("%s was %q and is %q after the refusal", field, typed, kept)
		}
	}
	if b.script {
		b.await(`document.activeElement.matches(".error-summary")`)
	}
	b.look("checkout-contact-refused")
	b.chooseCountry("DE")
	b.await(`!document.querySelector("#field-region") && document.querySelector("#field-name").value === "Ada O’Brien"`)
	b.chooseCountry("US")
	b.await(`document.querySelector("select#field-region") && document.querySelector("#field-email").value === "ada at example"`)
	b.fillContact()
	b.click(".form__actions .button--primary")
	b.arrive("/checkout/delivery", "[name=delivery]")
	b.await(`document.querySelector("[name=delivery]:checked")`)
	b.look("checkout-delivery")
	b.click(".form__actions .button--primary")
	b.arrive("/checkout/payment", "[name=method]")
	b.await(`document.querySelector("[name=method][value=hosted]").checked`)
	b.look("checkout-payment")
	b.click("[name=billing_same]")
	b.await(`document.querySelector("#field-billing_name").checkVisibility()`)
	b.look("checkout-payment-billing")
	b.click(".form__actions .button--primary")
	b.arrive("/checkout/payment", ".error-summary")
	b.look("checkout-payment-refused")
	b.click("[name=billing_same]")
	b.click(".form__actions .button--primary")
	b.arrive("/checkout/review", ".checkout__pay")
	b.says(".done-step", "1 Harbour Street")
	b.says(".checkout__pay .button", b.text(".totals__row--sum dd"))
	b.look("checkout-review")
	b.click(".checkout__pay .button--primary")
}

// chooseCountry has the fields of another country drawn: by the choice itself, or by a button where there is no script.
func (b *tab) chooseCountry(country string) {
	b.t.Helper()
	b.choose("#field-country", country)
	if !b.script {
		b.click(".address__country .button")
	}
	b.await(fmt.Sprintf(`document.querySelector("[name=country_shown]").value === %s`, js(country)))
	b.settle()
}

func (b *tab) fillContact() {
	b.t.Helper()
	for field, value := range map[string]string{
		"email": "ada@example.com", "name": "Ada O’Brien", "line1": "1 Harbour Street", "city": "Portland", "postcode": "97201",
	} {
		b.fill("#field-"+field, value)
	}
	b.choose("#field-region", "OR")
}

// atProvider waits for the provider's page and returns its reference of the payment.
func (b *tab) atProvider() string {
	b.t.Helper()
	b.arrive("/pay/", `button[value="pay"]`)
	return b.ask(`[...document.querySelectorAll("dt")].find(e => e.textContent === "Reference").nextElementSibling.textContent`)
}

// order goes the short way: a shopper without a browser fills the cart and the forms, and hands the browser over at the review.
func (b *tab) order(o *furnished) {
	b.t.Helper()
	b.visit(o.url + "/products/cork-top-storage-jar")
	b.click(".buy__form .button")
	if b.script {
		b.await(`document.querySelector("#added-dialog").open`)
	} else {
		b.arrive("/cart", ".cart-line")
	}
	b.toProvider(o)
}

// toProvider orders what is in the cart.
func (b *tab) toProvider(o *furnished) {
	b.t.Helper()
	b.visit(o.url + "/checkout")
	b.arrive("/checkout/contact", "#field-email")
	b.fillContact()
	for _, step := range []string{"/checkout/delivery", "/checkout/payment", "/checkout/review"} {
		b.click(".form__actions .button--primary")
		b.arrive(step, "main h1")
	}
	b.click(".checkout__pay .button--primary")
}

// declinedCard pays a second time after the bank said no, and again after changing their mind; only the last one is charged.
func declinedCard(t *testing.T, o *furnished) {
	b := openTab(t, o.browser, true)
	b.order(o)
	declined := b.atProvider()
	b.click(`button[value="decline"]`)
	b.arrive("/orders/", ".outcome__card")
	b.says("h1", "The payment did not go through")
	b.look("payment-failed")
	b.click(".outcome__ways .button--primary")
	cancelled := b.atProvider()
	b.click(`button[value="cancel"]`)
	b.arrive("/orders/", ".outcome__card")
	b.says("h1", "You cancelled the payment")
	b.look("payment-cancelled")
	order := strings.TrimSuffix(b.ask("location.pathname"), "/return")
	b.visit(o.url + order)
	b.says(".order__meta .tag", "Waiting for payment")
	b.look("order-unpaid")
	b.click(".order__actions .button--primary")
	paid := b.atProvider()
	b.visit(o.url + order + "/return") // back without having done anything
	b.says("h1", "The payment is not finished")
	b.look("payment-unfinished")
	b.click(".outcome__ways .button--primary")
	if same := b.atProvider(); same != paid {
		t.Errorf("went on with payment %s, not with %s", same, paid)
	}
	b.click(`button[value="challenge"]`)
	b.arrive("/pay/", "#code")
	b.do(chromedp.SendKeys(chromedp.CSS("#code"), "123456"+kb.Enter))
	b.arrive("/orders/", ".order__thanks")
	b.says(".order__meta .tag", "Paid")
	for reference, want := range map[string]int{declined: 0, cancelled: 0, paid: 1} {
		if taken := o.charges(t, reference); taken != want {
			t.Errorf("charged %d times, want %d", taken, want)
		}
	}
	b.visit(o.url + order + "/return") // an old tab of the provider's comes back
	b.arrive(order, ".order")
	b.says(".order__meta .tag", "Paid")
}

// paymentInDoubt is charged, but hears nothing: the shop says that it is checking, and finds out by itself.
func paymentInDoubt(t *testing.T, o *furnished, script bool) {
	b := openTab(t, o.browser, script)
	b.order(o)
	reference := b.atProvider()
	payment := b.ask("location.href")
	o.script(t, `{"get": "500", "webhook": {"drop": true}}`)
	t.Cleanup(func() { o.script(t, "") })
	b.click(`button[value="hang"]`)
	eventually(t, "the provider charges", func() bool { return o.charges(t, reference) == 1 })
	b.visit(payment) // the shopper lost patience
	b.says("h1", "Paid")
	b.click("a.first")
	b.arrive("/orders/", ".outcome__card")
	b.says("h1", "We are still checking your payment")
	b.look("payment-checking")
	o.script(t, "")
	b.arrive("/orders/", ".order__thanks")
	b.says(".order__meta .tag", "Paid")
	if taken := o.charges(t, reference); taken != 1 {
		t.Errorf("charged %d times, want once", taken)
	}
}

// oddProducts looks at what a merchant may bring: names that are long, one word, written from right to left, or markup.
func oddProducts(t *testing.T, o *furnished) {
	b := openTab(t, o.browser, true)
	for _, slug := range []string{"shelf-hostile", "shelf-long", "shelf-word", "shelf-arabic", "shelf-sold-out", "shelf-reduced", "shelf-colours"} {
		b.visit(o.url + "/products/" + slug)
		b.look("product-" + slug)
	}
	for _, slug := range []string{"shelf-hostile", "shelf-long", "shelf-word", "shelf-arabic"} {
		b.visit(o.url + "/products/" + slug)
		b.click(".buy__form .button")
		b.await(`document.querySelector("#added-dialog").open`)
	}
	b.visit(o.url + "/cart")
	b.look("cart-odd")
}

// otherPages looks at what the journeys do not pass.
func otherPages(t *testing.T, o *furnished) {
	b := openTab(t, o.browser, true)
	b.expectStatus(404)
	for _, known := range []struct{ name, path, selector string }{
		{"content", "/pages/shipping", "main h1"},
		{"cart-empty", "/cart", ".empty"},
		{"cart-empty-estimate", "/cart?country=CA", "#estimate .totals"},
		{"order-lookup", "/orders", "#field-number"},
		{"search-nothing", "/search?q=xylophone+zeppelin", ".empty"},
		{"search-empty", "/search", ".empty"},
		{"category-nothing", shelf + "?price_min=5&price_max=5.01&brand=none", ".empty"},
		{"category-price-refused", shelf + "?price_min=cheap", ".field__error"},
		{"not-found", "/products/no-such-thing", ".error-page"},
	} {
		b.visit(o.url + known.path)
		b.await(fmt.Sprintf(`document.querySelector(%s)`, js(known.selector)))
		b.look(known.name)
	}
}
