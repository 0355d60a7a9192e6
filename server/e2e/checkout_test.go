package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// sample is what may be had for nothing, and trade what a business buys.
const (
	sampleSlug = "journey-sample"
	tradeSlug  = "journey-trade"
)

// checkoutGoods are the products of these journeys as an import brings them.
func checkoutGoods() []map[string]any {
	return []map[string]any{
		{"key": sampleSlug, "slug": sampleSlug, "name": titled(sampleSlug), "price": "0.00", "stock": 1000},
		{"key": tradeSlug, "slug": tradeSlug, "name": titled(tradeSlug), "price": "24.00", "stock": 1000},
	}
}

// outfit makes the shop one of Germany, with a desk in Utrecht where Dutch shoppers can fetch what they buy. Nobody else in these journeys buys from there.
func (o *furnished) outfit(t *testing.T) {
	t.Helper()
	o.column(t, "update tax_settings set country_code = 'DE', vat_number = 'DE136695976' returning country_code")
	o.column(t, "insert into shipping_zones (id, name) values ('0199f3c2-77aa-7c11-9a51-0d8d7b9a4d11', 'The Netherlands') returning name")
	o.column(t, `insert into shipping_areas (country_code, region, postcode_from, postcode_until, zone_id) values ('NL', '', '', '', '0199f3c2-77aa-7c11-9a51-0d8d7b9a4d11')
		on conflict on constraint shipping_area_key do update set zone_id = excluded.zone_id returning country_code`)
	o.column(t, `insert into shipping_methods (zone_id, code, position, name, active, min_days, max_days, pickup, hours)
		select '0199f3c2-77aa-7c11-9a51-0d8d7b9a4d11', code, place, name, true, days, days, pickup::jsonb, hours
		from (values ('parcel', 1, 'Parcel to the Netherlands', 3, null, ''), ('desk', 2, 'Our desk in Utrecht', 1,
			'{"fullName": "Tradewind", "line1": "Oudegracht 1", "city": "Utrecht", "postalCode": "3511 AA", "countryCode": "NL"}', 'Monday to Friday, 9 to 17'))
			as m (code, place, name, days, pickup, hours) returning code`)
	o.column(t, `insert into shipping_prices (zone_id, code, position, currency_code, most_grams, most_units, least_goods_minor, price_minor)
		select zone_id, code, 1, 'USD', 0, 0, 0, case code when 'desk' then 0 else 790 end from shipping_methods
		where zone_id = '0199f3c2-77aa-7c11-9a51-0d8d7b9a4d11' returning code`)
}

// addToCart puts one of what stands at an address in the cart.
func (b *tab) addToCart(o *furnished, slug string) {
	b.t.Helper()
	b.visit(o.url + "/products/" + slug)
	b.click(".buy__form .button")
	if b.script {
		b.await(`document.querySelector("#added-dialog").open`)
	} else {
		b.arrive("/cart", ".cart-line")
	}
}

// putInCart buys one of what stands at an address, and begins the checkout.
func (b *tab) putInCart(o *furnished, slug string) {
	b.t.Helper()
	b.addToCart(o, slug)
	b.visit(o.url + "/checkout")
	b.arrive("/checkout/contact", "#field-email")
	b.fill("#field-email", "ada@example.com")
}

// onward finishes a step of the checkout.
func (b *tab) onward(path, selector string) {
	b.t.Helper()
	b.click(".form__actions .button--primary")
	b.arrive(path, selector)
}

// fetching has a sample for nothing and fetches it: no address is asked for, nothing is paid, and the order says where and when to come.
func fetching(t *testing.T, o *furnished, script bool) {
	b := openTab(t, o.browser, script)
	b.putInCart(o, sampleSlug)
	b.chooseCountry("NL")
	b.says("#reach", "Our desk in Utrecht")
	b.click("[name=reach][value=fetch]")
	b.await(`!document.querySelector("#field-line1").checkVisibility()`)
	b.expectStatus(422)
	b.onward("/checkout/contact", ".error-summary")
	b.says(".field--bad", "Enter the name of who fetches it")
	b.look("checkout-fetch-refused")
	b.fill("#field-fetch_name", "Ada O’Brien")
	b.click("details:has(#field-note) > summary")
	b.fill("#field-note", "I come on Friday.")
	b.look("checkout-fetch")
	b.onward("/checkout/delivery", "[name=delivery]")
	b.await(`document.querySelectorAll("[name=delivery]").length === 1`)
	b.says(".choice", "Oudegracht 1")
	b.says(".choice", "Monday to Friday, 9 to 17")
	b.look("checkout-fetch-delivery")
	b.onward("/checkout/payment", "#field-method")
	b.says("#field-method", "It costs nothing, so nothing is charged.")
	b.look("checkout-fetch-payment")
	b.onward("/checkout/review", ".checkout__pay")
	b.says(".done-step", "Ready ")
	b.says(".done-step", "I come on Friday.")
	b.says(".checkout__pay .button", "Order, nothing to pay")
	b.look("checkout-fetch-review")
	b.click(".checkout__pay .button--primary")
	b.arrive("/orders/", ".order__thanks")
	b.says(".order__meta .tag", "Confirmed")
	b.says(".order__side", "Oudegracht 1")
	b.says(".order__side", "Monday to Friday, 9 to 17")
	b.says(".order__side", "I come on Friday.")
	b.look("order-fetch")
}

// trading buys for a company in Austria, whose number is first typed with a slip: the total is without tax before the order is placed, and page and office say why.
func trading(t *testing.T, o *furnished, script bool) {
	b := openTab(t, o.browser, script)
	b.putInCart(o, tradeSlug)
	b.chooseCountry("AT")
	for field, value := range map[string]string{"name": "Ada O’Brien", "line1": "Hauptplatz 1", "city": "Wien", "postcode": "1010"} {
		b.fill("#field-"+field, value)
	}
	b.click("details:has(#field-company) > summary")
	b.fill("#field-company", "Analytical Engines GmbH")
	b.fill("#field-vat_number", "ATU13585628")
	b.click("details:has(#field-gift_message) > summary")
	b.fill("#field-gift_message", "For the new office")
	b.expectStatus(422)
	b.onward("/checkout/contact", ".error-summary")
	b.says(".field--bad:has(#field-vat_number)", "a digit is wrong")
	b.look("checkout-company-refused")
	b.fill("#field-vat_number", "at u1358 5627")
	b.onward("/checkout/delivery", "[name=delivery]")
	b.says(".done-step", "Analytical Engines GmbH")
	b.says(".done-step", "VAT number ATU13585627")
	b.onward("/checkout/payment", "[name=method]")
	b.onward("/checkout/review", ".checkout__pay")
	b.says(".checkout__pay", "VAT is owed by the recipient")
	b.says(".checkout__pay", "Tax that you do not owe to us")
	b.says(".done-step", "For the new office")
	b.look("checkout-company-review")
	total := b.text(".totals__row--sum dd")
	b.says(".checkout__pay .button", total)
	b.click(".checkout__pay .button--primary")
	b.atProvider()
	b.click(`button[value="pay"]`)
	b.arrive("/orders/", ".order__thanks")
	b.says(".order__meta .tag", "Paid")
	b.says(".order", "VAT is owed by the recipient")
	b.says(".order__side", "VAT number ATU13585627")
	b.says(".order__side", "Analytical Engines GmbH")
	b.says(".totals__row--sum dd", total)
	b.look("order-company")
	number := b.ask(`document.querySelector("h1").textContent.replace("Order ", "")`)
	b.signIn(o)
	b.visit(o.admin + "/orders?q=" + number)
	b.click("table.list tbody th a")
	b.arrive("/orders/", ".said")
	for _, words := range []string{"ATU13585627", "VAT is owed by the recipient", "For the new office"} {
		b.says(".said", words)
	}
	b.look(fmt.Sprintf("office-order-company-%t", script))
}

// freeByCode has a code take everything off what costs something, without script: it is typed in the cart, nothing is asked about paying, no provider hears of it, and page and mail say zero.
func freeByCode(t *testing.T, o *furnished) {
	staff := newShopper(t)
	staff.goTo(o.admin + "/login")
	staff.submit("form[action='/login']", map[string]string{"email": o.email, "password": o.password})
	staff.goTo(o.admin + "/promotions/new")
	staff.submit("form.editor", map[string]string{"name": "On the house", "code": "on-the-house", "how": "code", "effect": "percent", "percent": "100"}, "Save")
	staff.expect("The promotion is saved")

	b := openTab(t, o.browser, false)
	b.visit(o.url + "/products/" + tradeSlug)
	b.click(".buy__form .button")
	b.arrive("/cart", ".cart-line")
	b.click(".fold:has(#field-code) > summary")
	b.fill("#field-code", "ON THE HOUSE")
	b.click(".fold:has(#field-code) .button")
	b.arrive("/cart", ".coupon__code")
	b.says(".totals__saved", "$24.00")
	b.look("cart-free-by-code")
	b.visit(o.url + "/checkout")
	b.arrive("/checkout/contact", "#field-email")
	b.fill("#field-email", "free-by-code@example.com")
	b.chooseCountry("NL")
	b.click("[name=reach][value=fetch]")
	b.fill("#field-fetch_name", "Ada O’Brien")
	b.onward("/checkout/delivery", "[name=delivery]")
	b.onward("/checkout/payment", "#field-method")
	b.says("#field-method", "It costs nothing, so nothing is charged.")
	if asked := b.count("[name=method]:not([type=hidden])"); asked != "0" {
		t.Errorf("%s ways to pay are offered for what costs nothing", asked)
	}
	b.onward("/checkout/review", ".checkout__pay")
	b.says(".done-step", "Nothing to pay")
	b.says(".checkout__pay .totals__row--sum dd", "$0.00")
	b.says(".checkout__pay .button", "Order, nothing to pay")
	b.look("checkout-review-free-by-code")
	b.click(".checkout__pay .button--primary")
	b.arrive("/orders/", ".order__thanks")
	b.says(".order__meta .tag", "Confirmed")
	b.says(".totals", "On the house")
	b.says(".totals__row--sum dd", "$0.00")
	b.look("order-free-by-code")
	number := b.ask(`document.querySelector("h1").textContent.replace("Order ", "")`)
	order := o.column(t, "select id::text from orders where number = $1", number)[0]
	if opened := o.column(t, "select id::text from payments where order_id = $1", order); len(opened) != 0 {
		t.Errorf("payments were opened: %v", opened)
	}
	mail := o.mailTo(t, "free-by-code@example.com", number, "confirmed")
	if !strings.Contains(mail.Text, "Total   $0.00") || len(mail.Links) != 1 {
		t.Fatalf("the mail of the free order is %+v", mail)
	}
	stranger := openTab(t, o.browser, false) // whose browser knows of no order
	stranger.visit(mail.Links[0])
	stranger.says("h1", number)
}
