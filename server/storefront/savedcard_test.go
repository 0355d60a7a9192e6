package storefront_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// toPayment goes up to the step that asks how to pay.
func (v *visitor) toPayment() *visitor {
	v.t.Helper()
	v.add("jug")
	v.post("/checkout/contact", contact...)
	v.post("/checkout/delivery", "delivery", "standard")
	v.expect(http.StatusOK, "h1", "Payment")
	return v
}

// value is that of the first input that a selector finds.
func (v *visitor) value(selector string) string {
	return v.page.Find(selector).First().AttrOr("value", "")
}

// place presses the button of the review with all that its form holds, and returns it to be pressed again.
func (v *visitor) place() (again func()) {
	v.t.Helper()
	v.expect(http.StatusOK, "h1", "Review and order")
	var fields []string
	for _, name := range []string{"idempotency_key", "expected_total", "saved_card", "save_card", "gift_card_share"} {
		if input := v.page.Find("form.checkout__pay [name=" + name + "]"); input.Length() > 0 {
			fields = append(fields, name, input.AttrOr("value", ""))
		}
	}
	shop, err := url.Parse(v.shop.url)
	if err != nil {
		v.t.Fatal(err)
	}
	cookies := v.client.Jar.Cookies(shop)
	again = func() {
		v.client.Jar.SetCookies(shop, cookies) // the answer to the first press has not come
		v.post("/checkout/review", fields...)
	}
	again()
	return again
}

// savesCard orders and saves the card; it returns what a form says to pay by it.
func (v *visitor) savesCard() string {
	v.t.Helper()
	v.toPayment()
	v.post("/checkout/payment", "method", "hosted", "save_card", "1", "billing_same", "1")
	v.expect(http.StatusOK, ".checkout__main", "saved for next time")
	v.place()
	shoptest.Press(v.t, v.away, "pay")
	v.toPayment()
	return v.value("[name=method][value^='saved:']")
}

// Without script, a customer saves a card while paying, pays the next order by it with one button, removes it, and a guest sees nothing of all that.
func TestSavedCards(t *testing.T) {
	t.Parallel()
	sandbox := shoptest.StartSandbox(t, shoptest.BuildSandbox(t), "")
	s := open(t, switches{sandbox: sandbox.URL})
	guest := s.visitor()
	guest.toPayment()
	if guest.page.Find("[name=save_card]").Length() > 0 || strings.Contains(guest.text("main"), "Another card") {
		t.Errorf("a guest is asked to save a card: %s", guest.text("main"))
	}
	guest.post("/checkout/payment", "method", "hosted", "save_card", "1", "billing_same", "1")
	guest.expect(http.StatusOK, "h1", "Review and order")
	if strings.Contains(guest.text("main"), "next time") {
		t.Error("a guest's card is to be saved")
	}
	guest.get("/account/cards").expect(http.StatusOK, "h1", "Sign in")

	v := s.visitor()
	v.signIn("ada@example.com", "/account").expect(http.StatusOK, "main", "See and remove your saved cards")
	v.get("/account/cards").expect(http.StatusOK, "main", "No card is saved")
	v.toPayment()
	if box := v.page.Find("[name=save_card]"); box.Length() != 1 || box.Is("[checked]") {
		t.Errorf("saving is asked for %d times, ticked %v", box.Length(), box.Is("[checked]"))
	}
	saved := v.savesCard()
	v.expect(http.StatusOK, "label:has([checked])", "Visa ending 4242, expires 12/34")
	v.expect(http.StatusOK, "#field-method", "Another card")
	v.post("/checkout/payment", "method", saved, "billing_same", "1")
	v.expect(http.StatusOK, ".checkout__main", "Visa ending 4242, expires 12/34")
	again := v.place()
	v.expect(http.StatusOK, ".order__thanks", "Thank you")
	v.expect(http.StatusOK, ".order__side", "Visa ending 4242")
	order := v.path
	if again(); v.path != order {
		t.Errorf("pressed again it leads to %s, not %s", v.path, order)
	}
	if charges := sandbox.Charges(); len(charges) != 2 {
		t.Errorf("charged %v, want each order once", charges)
	}

	v.toPayment().post("/checkout/payment", "method", saved, "billing_same", "1")
	v.get("/account/cards").expect(http.StatusOK, ".account__order", "Visa ending 4242 Expires 12/34")
	v.get(v.page.Find(".account__order a").AttrOr("href", "")).expect(http.StatusOK, "h1", "Remove Visa ending 4242?")
	card := v.value("[name=id]")
	stranger := s.visitor()
	stranger.signIn("eve@example.com", "/account/cards").expect(http.StatusOK, "main", "No card is saved")
	stranger.get("/account/cards/removal?id="+card).expect(http.StatusNotFound, "h1", "")
	stranger.post("/account/cards/removal", "id", card).expect(http.StatusNotFound, "h1", "")
	v.post("/account/cards/removal", "id", card).expect(http.StatusOK, "main", "The card is removed")
	v.expect(http.StatusOK, "main", "No card is saved")
	v.get("/checkout/review").expect(http.StatusOK, "h1", "Payment") // the cart still meant to pay by it
	v.expect(http.StatusOK, "main", "can no longer be used")
	v.post("/checkout/payment", "method", saved, "billing_same", "1")
	v.expect(http.StatusUnprocessableEntity, "#field-method", "can no longer be used")
}

// A saved card that the bank turns down leads to a page where the customer chooses another way for the same order. Whoever only holds the order's link is not offered the card, and cannot pay by it.
func TestDeclinedSavedCard(t *testing.T) {
	t.Parallel()
	sandbox := shoptest.StartSandbox(t, shoptest.BuildSandbox(t), "")
	s := open(t, switches{sandbox: sandbox.URL})
	v := s.visitor()
	v.signIn("ada@example.com", "/account")
	saved := v.savesCard()
	decline := func() string {
		v.t.Helper()
		v.toPayment().post("/checkout/payment", "method", saved, "billing_same", "1")
		sandbox.Tell(`{"pay": "decline"}`)
		v.place()
		sandbox.Tell(`{}`)
		v.expect(http.StatusOK, "h1", "The payment did not go through")
		return strings.TrimSuffix(v.path, "/return")
	}

	order := decline()
	for name, other := range map[string]*visitor{"guest": s.visitor(), "another customer": s.visitor().signIn("eve@example.com", "/account")} {
		if other.get(order + "/return"); strings.Contains(other.text("main"), "4242") || other.page.Find("[name=save_card]").Length() > 0 {
			t.Errorf("%s reads %s", name, other.text("main"))
		}
		if other.post(order+"/payment", "method", saved); other.status != http.StatusConflict || other.away != "" {
			t.Errorf("%s pays by the customer's card: %s%s", name, other.path, other.away)
		}
	}
	if v.value("[name=method][value^='saved:']") != saved {
		t.Errorf("the card is not offered: %s", v.text("main"))
	}
	v.post(order+"/payment", "method", saved)
	v.expect(http.StatusOK, ".order__thanks", "Thank you")

	order = decline()
	v.post(order+"/payment", "method", "hosted")
	shoptest.Press(t, v.away, "pay")
	v.get(order+"/return").expect(http.StatusOK, ".order__thanks", "Thank you")

	order = decline()
	v.post(order+"/payment", "method", "on_delivery")
	v.expect(http.StatusOK, ".order__side", "On delivery")
	if charges := sandbox.Charges(); len(charges) != 3 {
		t.Errorf("charged %v, want three orders once", charges)
	}
}

// A bank that asks for a second step gets the shopper, who can leave, come back, and go on there or in another way.
func TestSavedCardWithSecondStep(t *testing.T) {
	t.Parallel()
	sandbox := shoptest.StartSandbox(t, shoptest.BuildSandbox(t), "")
	s := open(t, switches{sandbox: sandbox.URL})
	v := s.visitor()
	v.signIn("ada@example.com", "/account")
	saved := v.savesCard()
	v.post("/checkout/payment", "method", saved, "billing_same", "1")
	sandbox.Tell(`{"pay": "challenge"}`)
	v.place()
	sandbox.Tell(`{}`)
	bank := v.away
	if !strings.HasSuffix(bank, "/challenge") {
		t.Fatalf("led to %s%s", v.away, v.path)
	}
	var id string
	if err := s.db.Primary().QueryRow(t.Context(), "select id from orders order by id desc limit 1").Scan(&id); err != nil {
		t.Fatal(err)
	}
	order := "/orders/" + s.sign(id)
	v.get(order+"/return").expect(http.StatusOK, "h1", "The payment is not finished")
	v.expect(http.StatusOK, "label:has([checked])", "The payment that I began")
	if v.post(order+"/payment", "method", "begun"); v.away != bank {
		t.Errorf("going on leads to %s, not %s", v.away, bank)
	}
	if v.post(order + "/payment"); v.away != bank { // the button of the order's page
		t.Errorf("going on leads to %s, not %s", v.away, bank)
	}
	v.post(order+"/payment", "method", "hosted")
	if v.away == bank || v.away == "" {
		t.Errorf("another card leads to %s%s", v.away, v.path)
	}
	v.post(order+"/payment", "method", saved).expect(http.StatusOK, ".order__thanks", "Thank you")
	var captures int
	for _, charge := range sandbox.Charges() {
		if charge.Kind == "capture" {
			captures++
		}
	}
	if captures != 2 {
		t.Errorf("charged %d times, want two orders once", captures)
	}
}

// A provider that does not answer keeps nobody from ordering: pages say in a line what is missing, and offer the rest.
func TestSilentSavedCards(t *testing.T) {
	t.Parallel()
	s := open(t, switches{sandbox: "http://127.0.0.1:1"})
	v := s.visitor()
	v.signIn("ada@example.com", "/account/cards").expect(http.StatusOK, ".notice", "cannot be shown at the moment")
	v.toPayment().expect(http.StatusOK, "#field-method", "cannot be shown at the moment")
	v.expect(http.StatusOK, "#field-method", "On delivery")
	v.post("/account/cards/removal", "id", "card_1").expect(http.StatusServiceUnavailable, "main", "may still be saved")
	v.toPayment().post("/checkout/payment", "method", "on_delivery", "billing_same", "1")
	v.place()
	v.expect(http.StatusOK, ".order__thanks", "Thank you")
}

// A gift card pays first, and the saved card the rest.
func TestGiftCardAndSavedCard(t *testing.T) {
	t.Parallel()
	sandbox := shoptest.StartSandbox(t, shoptest.BuildSandbox(t), "")
	s := open(t, switches{sandbox: sandbox.URL})
	v := s.visitor()
	v.signIn("ada@example.com", "/account")
	saved := v.savesCard()
	v.post("/checkout/gift-cards", "gift_card", s.giftCard(1500), "step", "2")
	v.expect(http.StatusOK, "main", "Left to pay")
	v.post("/checkout/payment", "method", saved, "billing_same", "1")
	v.expect(http.StatusOK, ".checkout__main", "Visa ending 4242, expires 12/34")
	v.place()
	v.expect(http.StatusOK, ".order__side", "Gift card and Visa ending 4242")
	charges := sandbox.Charges()
	if last := charges[len(charges)-1]; len(charges) != 2 || last.AmountMinor != 4595-1500 {
		t.Errorf("charged %v, want what the gift card left", charges)
	}
}
