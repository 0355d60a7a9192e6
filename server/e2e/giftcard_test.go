package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

var giftCardCode = regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){3}`)

// issue has staff issue a gift card, and returns its code as the page shows it.
func (o *furnished) issue(t *testing.T, amount string) (staff *shopper, code string) {
	t.Helper()
	staff = newShopper(t)
	staff.goTo(o.admin + "/login")
	staff.submit("form[action='/login']", map[string]string{"email": o.email, "password": o.password})
	staff.goTo(o.admin + "/gift-cards/new")
	staff.submit("main form[action='/gift-cards/new']", map[string]string{"amount": "a lot"})
	staff.expect("Enter an amount such as")
	staff.submit("main form[action='/gift-cards/new']", map[string]string{"amount": amount, "note": "for a journey"})
	if code = giftCardCode.FindString(staff.text()); code == "" {
		t.Fatalf("no code is shown but:\n%s", staff.text())
	}
	return staff, code
}

// giftCardAndCard pays a part of an order by gift card and the rest at the provider; what is left to pay is said before the button is pressed.
func giftCardAndCard(t *testing.T, o *furnished, script bool) {
	staff, code := o.issue(t, "5.00")
	b := openTab(t, o.browser, script)
	b.visit(o.url + "/products/cork-top-storage-jar")
	b.click(".buy__form .button")
	if script {
		b.await(`document.querySelector("#added-dialog").open`)
		b.click("#added-dialog .added__cart")
	}
	b.arrive("/cart", ".cart-line")
	b.enterGiftCard("/cart", "ABCD EFGH JKMN PQRS")
	b.arrive("/cart/gift-cards", ".field--bad:has(#field-gift_card)")
	b.says(".field--bad:has(#field-gift_card)", "There is no gift card with this code")
	b.look("cart-gift-card-refused")
	b.enterGiftCard("/cart", strings.ToLower(strings.ReplaceAll(code, "-", " ")))
	b.arrive("/cart", ".coupon__code")
	b.says(".totals", "…"+code[len(code)-4:])
	b.says(".totals", "Left to pay")
	b.look("cart-gift-card")
	b.visit(o.url + "/checkout")
	b.arrive("/checkout/contact", "#field-email")
	b.fillContact()
	for _, step := range []string{"/checkout/delivery", "/checkout/payment", "/checkout/review"} {
		b.click(".form__actions .button--primary")
		b.arrive(step, "main h1")
	}
	b.look("checkout-review-gift-card")
	left := b.ask(`[...document.querySelectorAll(".checkout__pay .totals__row--sum dd")].pop().textContent`)
	b.says(".checkout__pay .button", left)
	b.click(".checkout__pay .button--primary")
	reference := b.atProvider()
	b.says("body", strings.Trim(left, "$€"))
	b.click(`button[value="pay"]`)
	b.arrive("/orders/", ".order__thanks")
	b.says(".order__meta .tag", "Paid")
	b.says(".totals", "Paid by gift card")
	b.look("order-gift-card")
	if taken := o.charges(t, reference); taken != 1 {
		t.Errorf("charged %d times, want once", taken)
	}
	staff.follow("main a[href^='/gift-cards/0']")
	staff.awaitSpent()
	staff.expect("0.00")
}

// awaitSpent looks at a card's page until it was spent from: a shopper's write is not the staff's own, so that they may read it late.
func (s *shopper) awaitSpent() {
	s.t.Helper()
	page := s.at.String()
	eventually(s.t, "staff see that the card was spent", func() bool {
		s.goTo(page)
		return strings.Contains(s.text(), "Spent")
	})
}

// enterGiftCard types a code where gift cards are entered.
func (b *tab) enterGiftCard(path, code string) {
	b.t.Helper()
	if b.ask(`document.querySelector(".fold:has(#field-gift_card)").open`) != "true" {
		b.click(".fold:has(#field-gift_card) > summary")
	}
	b.fill("#field-gift_card", code)
	if strings.HasPrefix(code, "ABCD") {
		b.expectStatus(422)
	}
	b.click(".fold:has(#field-gift_card) .button")
}

// giftCardOnly orders without a script and without a provider: the card pays for all of it, and one that was blocked does not.
func giftCardOnly(t *testing.T, o *furnished) {
	staff, code := o.issue(t, "500.00")
	shopper := newShopper(t)
	shopper.fillCart(o.url)
	shopper.goTo("/checkout")
	shopper.submit("form[action='/checkout/contact']", map[string]string{
		"email": "ada@example.com", "name": "Ada O’Brien", "line1": "1 Harbour Street", "city": "Portland", "postcode": "97201", "country": "US", "region": "OR",
	})
	shopper.submit("form[action='/checkout/delivery']", nil)
	shopper.submit("form[action='/checkout/gift-cards']", map[string]string{"gift_card": code})
	shopper.expect("Gift cards pay for all of it")
	shopper.submit("form[action='/checkout/payment']", nil)
	shopper.expect("Order and pay by gift card")

	staff.follow("main a[href^='/gift-cards/0']")
	staff.submit("form[action$='/state']", nil)
	staff.expect("The card is blocked")
	shopper.submit("form[action='/checkout/review']", nil)
	if shopper.status != 409 {
		t.Errorf("a blocked card was answered with %d", shopper.status)
	}
	shopper.expect("…" + code[len(code)-4:])
	staff.submit("form[action$='/state']", nil)
	staff.expect("The card can be spent again")
	staff.submit("form[action$='/moves']", map[string]string{"change": "-1.00", "reason": "a fee"})
	staff.expect("The balance is changed")

	shopper.goTo("/checkout/review")
	shopper.submit("form[action='/checkout/review']", nil)
	shopper.expect("Thank you")
	shopper.expect("Paid by gift card")
	staff.awaitSpent()
	staff.goTo(o.admin + "/gift-cards?q=" + code[len(code)-4:])
	staff.expect("Gift card")
}

// buyGiftCard buys a gift card for somebody, who finds its code in the mail and spends it on an order of their own.
func buyGiftCard(t *testing.T, o *furnished, script bool) {
	b := openTab(t, o.browser, script)
	buyer := fmt.Sprintf("buyer-%t@example.com", script)
	b.visit(o.url + "/products/gift-card")
	b.says(".product__side", "Gift card, sent by email")
	b.look("product-gift-card")
	b.click(".options__values a:not([aria-current])")
	b.await(`document.querySelector(".product__summary").textContent.includes("50.00")`)
	b.click(".buy__form .button")
	if script {
		b.await(`document.querySelector("#added-dialog").open`)
	} else {
		b.arrive("/cart", ".cart-line")
	}
	b.visit(o.url + "/checkout")
	b.arrive("/checkout/contact", "#field-email")
	b.fill("#field-email", buyer)
	b.choose("#field-region", "OR")
	b.look("checkout-contact-gift-card")
	b.onward("/checkout/payment", "main h1")
	b.onward("/checkout/review", "main h1")
	b.click(".checkout__pay .button--primary")
	reference := b.atProvider()
	b.click(`button[value="pay"]`)
	b.arrive("/orders/", ".order__thanks")
	b.says("main", "Its code went to "+buyer)
	b.look("order-bought-gift-card")
	if taken := o.charges(t, reference); taken != 1 {
		t.Errorf("charged %d times, want once", taken)
	}
	code := giftCardCode.FindString(o.mailTo(t, buyer, "gift card").Text)
	if code == "" || strings.Contains(b.text("main"), code) {
		t.Fatalf("the code %q is in no mail, or on the page", code)
	}
	friend := newShopper(t)
	friend.fillCart(o.url)
	friend.goTo("/checkout")
	friend.submit("form[action='/checkout/contact']", map[string]string{
		"email": "friend@example.com", "name": "Bo Friend", "line1": "1 Harbour Street", "city": "Portland", "postcode": "97201", "country": "US", "region": "OR",
	})
	friend.submit("form[action='/checkout/delivery']", nil)
	friend.submit("form[action='/checkout/gift-cards']", map[string]string{"gift_card": code})
	friend.expect("…" + code[len(code)-4:])
	friend.expect("−$50.00")
}
