package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

var eightDigits = regexp.MustCompile(`\b\d{4} ?\d{4}\b`)

// enterCode asks for a code where a tab is asked to sign in, takes it from the mail and enters it, first with a slip.
func (b *tab) enterCode(o *furnished, email string) {
	b.t.Helper()
	b.fill("#field-email", email)
	b.click(".form__actions .button--primary")
	b.arrive("/account/sign-in/code", "#field-code")
	b.says("main", email)
	code := eightDigits.FindString(o.mailTo(b.t, email, "code").Text)
	if code == "" {
		b.t.Fatal("the mail holds no code")
	}
	b.look("sign-in-code")
	wrong := "0000 0000"
	if code == wrong {
		wrong = "1111 1111"
	}
	b.fill("#field-code", wrong)
	b.expectStatus(422)
	b.click(".form__actions .button--primary")
	b.arrive("/account/sign-in/code", ".error-summary")
	b.fill("#field-code", code)
	b.click(".form__actions .button--primary")
}

// belonging signs in at the checkout with a code from the mail, keeps the address, and finds the order in the account, also on another device, where staff find them too.
func belonging(t *testing.T, o *furnished, script bool) {
	email := fmt.Sprintf("grace-%t@example.com", script)
	b := openTab(t, o.browser, script)
	b.addToCart(o, tradeSlug)
	b.visit(o.url + "/checkout")
	b.arrive("/checkout/contact", "#field-email")
	b.click(".checkout__aside a")
	b.arrive("/account/sign-in", "#field-email")
	b.look("sign-in")
	b.enterCode(o, email)
	b.arrive("/checkout/contact", "[name=keep]")
	if typed := b.ask(`document.querySelector("#field-email").value`); typed != email {
		t.Errorf("the step asks again for the address: %q", typed)
	}
	b.chooseCountry("NL")
	for field, value := range map[string]string{"name": "Grace Hopper", "line1": "Oudegracht 2", "city": "Utrecht", "postcode": "3511 AB"} {
		b.fill("#field-"+field, value)
	}
	b.click("[name=keep]")
	b.look("checkout-customer")
	b.onward("/checkout/delivery", "[name=delivery]")
	b.click("[name=delivery][value=parcel]")
	b.onward("/checkout/payment", "[name=method]")
	b.click("[name=method][value=on_delivery]")
	b.onward("/checkout/review", ".checkout__pay")
	b.click(".checkout__pay .button--primary")
	b.arrive("/orders/", ".order__thanks")
	if offers := b.count("#join-title"); offers != "0" {
		t.Error("who has an account is offered one")
	}
	number := b.ask(`document.querySelector("h1").textContent.replace("Order ", "")`)
	b.visit(o.url + "/account")
	b.arrive("/account", ".account__order")
	b.says(".account__order", number)
	b.says(".account__address", "Oudegracht 2")
	b.look("account")

	phone := openTab(t, o.browser, script)
	phone.visit(o.url + "/account")
	phone.arrive("/account/sign-in", "#field-email")
	phone.enterCode(o, strings.ToUpper(email[:1])+email[1:])
	phone.arrive("/account", ".account__order")
	phone.click(".account__order a")
	phone.arrive("/orders/", "h1")
	phone.says("h1", number)
	phone.visit(o.url + "/account")
	phone.click("form[action='/account/sign-out'] .button")
	phone.await(`location.pathname === "/"`)
	phone.visit(o.url + "/account")
	phone.arrive("/account/sign-in", "#field-email")
}
