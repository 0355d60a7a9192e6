package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// savedCard signs in, pays and saves the card, pays the next order by it with one button, is turned down with it and pays on delivery instead, and removes it. Nobody else may be paying
// meanwhile, since the provider turns everyone down for a moment.
func savedCard(t *testing.T, o *furnished, script bool) {
	b := openTab(t, o.browser, script)
	b.visit(o.url + "/account")
	b.arrive("/account/sign-in", "#field-email")
	b.enterCode(o, fmt.Sprintf("joan-%t@example.com", script))
	b.arrive("/account", "#cards-title")

	b.jarToPayment(o)
	b.look("checkout-payment-no-card")
	b.click("[name=method][value=hosted]")
	b.click("[name=save_card]")
	b.onward("/checkout/review", ".checkout__pay")
	b.says(".checkout__main", "Card, which is saved for next time")
	b.click(".checkout__pay .button--primary")
	b.atProvider()
	b.click(`button[value="pay"]`)
	b.arrive("/orders/", ".order__thanks")
	b.says(".order__side", "Visa ending 4242")

	b.jarToPayment(o)
	b.says("label:has(:checked)", "Visa ending 4242, expires 12/34")
	b.look("checkout-payment-cards")
	b.onward("/checkout/review", ".checkout__pay")
	b.says(".checkout__main", "Visa ending 4242, expires 12/34")
	b.look("checkout-review-card")
	b.click(".checkout__pay .button--primary")
	b.arrive("/orders/", ".order__thanks")
	b.says(".order__meta .tag", "Paid")
	b.says(".order__side", "Visa ending 4242")
	number := strings.TrimPrefix(b.text("h1"), "Order ")
	order := o.column(t, "select id::text from orders where number = $1", number)[0]
	if states := o.column(t, "select state || ' ' || method_last4 from payments where order_id = $1", order); strings.Join(states, ", ") != "captured 4242" {
		t.Errorf("its payments are %v", states)
	}

	b.jarToPayment(o)
	b.onward("/checkout/review", ".checkout__pay")
	o.script(t, `{"pay": "decline"}`)
	b.click(".checkout__pay .button--primary")
	b.arrive("/orders/", ".outcome__card")
	o.script(t, "")
	b.says("h1", "The payment did not go through")
	b.look("payment-declined-card")
	b.click("[name=method][value=on_delivery]")
	b.click(".outcome__ways .button--primary")
	b.arrive("/orders/", ".order__thanks")
	b.says(".order__meta .tag", "Paid on delivery")

	b.visit(o.url + "/account")
	b.click("[href='/account/cards']")
	b.arrive("/account/cards", ".account__order")
	b.says(".account__order", "Visa ending 4242")
	b.look("account-cards")
	b.click(".account__order .button")
	b.arrive("/account/cards/removal", ".form__actions")
	b.says("h1", "Remove Visa ending 4242?")
	b.look("account-card-removal")
	b.click(".form__actions .button--primary")
	b.arrive("/account/cards", ".flash")
	b.says("main", "No card is saved.")
}

// jarToPayment buys a jar up to the step that asks how to pay.
func (b *tab) jarToPayment(o *furnished) {
	b.t.Helper()
	b.addToCart(o, "cork-top-storage-jar")
	b.visit(o.url + "/checkout/contact")
	b.arrive("/checkout/contact", "#field-email")
	b.fillContact()
	b.onward("/checkout/delivery", "[name=delivery]")
	b.onward("/checkout/payment", "[name=method]")
}
