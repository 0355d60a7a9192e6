package storefront_test

import (
	"net/http"
	"strings"
	"testing"

	trackingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/tracking/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

func (s *shop) sign(order string) string {
	s.t.Helper()
	link, err := s.set.Links.SignLink(s.t.Context(), &trackingv1.SignLinkRequest{OrderId: order})
	if err != nil {
		s.t.Fatal(err)
	}
	return link.GetSigned()
}

// Only the ways to pay that exist are offered, the first of them is chosen beforehand, and going on with it works.
func TestWaysToPay(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ sandbox, offered, chosen string }{
		"nobody collects online": {"", "on_delivery", "on_delivery"},
		"somebody does":          {"http://127.0.0.1:1", "hosted on_delivery", "hosted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, switches{sandbox: tc.sandbox})
			v := s.visitor()
			v.add("jug")
			v.post("/checkout/contact", contact...)
			v.post("/checkout/delivery", "delivery", "standard")
			v.expect(http.StatusOK, "h1", "Payment")
			var offered []string
			for _, radio := range v.page.Find("[name=method]").EachIter() {
				offered = append(offered, radio.AttrOr("value", ""))
			}
			chosen := v.page.Find("[name=method][checked]").AttrOr("value", "")
			if strings.Join(offered, " ") != tc.offered || chosen != tc.chosen {
				t.Errorf("offered %v with %q chosen, want %q with %q", offered, chosen, tc.offered, tc.chosen)
			}
			v.post("/checkout/payment", "method", chosen, "billing_same", "1")
			v.expect(http.StatusOK, "h1", "Review and order")
			if tc.sandbox == "" { // what was chosen before it stopped being offered is asked for again
				s.exec("update carts set payment_method = 'hosted'")
				v.get("/checkout")
				v.expect(http.StatusOK, "h1", "Payment")
			}
		})
	}
}

// The shopper comes back from the provider and reads how it stands: turned down, given up, paid just now, or paid long ago; and is never asked to pay twice.
func TestReturnFromProvider(t *testing.T) {
	t.Parallel()
	sandbox := shoptest.StartSandbox(t, shoptest.BuildSandbox(t), "")
	s := open(t, switches{sandbox: sandbox.URL})
	v := s.visitor()
	order := v.order("hosted")
	shoptest.Press(t, v.away, "decline")
	v.get(order + "/return")
	v.expect(http.StatusOK, "h1", "The payment did not go through")
	v.expect(http.StatusOK, "main", "Your bank refused the payment")

	v.post(order + "/payment")
	shoptest.Press(t, v.away, "cancel")
	v.get(order + "/return")
	v.expect(http.StatusOK, "h1", "You cancelled the payment")
	if strings.Contains(v.text("main"), "refused") {
		t.Error("who cancelled is told that the bank refused")
	}

	v.post(order + "/payment")
	page := v.away
	shoptest.Press(t, page, "pay")
	v.get(order + "/return")
	v.expect(http.StatusOK, ".order__thanks", "Thank you")
	if v.path != order {
		t.Errorf("the order is at %s, not %s", v.path, order)
	}
	v.expect(http.StatusOK, ".order__side", "Visa ending 4242")
	v.post(order + "/payment") // the button of an old tab
	v.expect(http.StatusConflict, "h1", "This order is already paid")

	s.exec("update orders set confirm_time = confirm_time - interval '3 weeks'")
	v.get(order + "?placed=1") // an old address
	v.expect(http.StatusOK, "h1", "Order TW-")
	if v.page.Find(".order__thanks").Length() > 0 {
		t.Error("weeks later the order's page says thank you")
	}
	v.get(order + "/return")
	v.expect(http.StatusOK, "h1", "This order is already paid")
	if charges := sandbox.Charges(); len(charges) != 1 {
		t.Errorf("charged %v, want once", charges)
	}
}

// An order on delivery stays one on its page, also when it was called off, and never speaks of a payment that nobody makes.
func TestOrderOnDelivery(t *testing.T) {
	t.Parallel()
	s := open(t, switches{sandbox: "http://127.0.0.1:1"})
	v := s.visitor()
	order := v.order("on_delivery")
	v.expect(http.StatusOK, ".order__thanks", "Thank you")
	v.expect(http.StatusOK, ".order__side", "On delivery")
	if v.get(order + "/return"); v.path != order {
		t.Errorf("the return page leads to %s", v.path)
	}
	s.exec("update orders set state = 'cancelled', payment_state = 'unpaid'")
	s.exec("update payments set state = 'voided'")
	v.get(order)
	v.expect(http.StatusOK, ".order__meta", "Cancelled")
	v.expect(http.StatusOK, ".order__side", "On delivery")
	if strings.Contains(v.text(".order__side"), "Card") || v.page.Find(".order__thanks").Length() > 0 {
		t.Errorf("the page says: %s", v.text("main"))
	}
}

// Whoever loses the cart in the middle of a form keeps what they typed, and can send it once there is a cart again.
func TestLostCart(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	v.add("jug")
	v.get("/checkout/contact")
	v.forget()
	v.post("/checkout/contact", contact...)
	v.expect(http.StatusConflict, ".error-summary", "Your cart is no longer here, so nothing was saved or ordered just now.")
	for i := 0; i < len(contact); i += 2 {
		field := v.page.Find("input#field-" + contact[i] + ", select#field-" + contact[i] + " option[selected]")
		if got := field.AttrOr("value", ""); got != contact[i+1] {
			t.Errorf("%s was %q and is %q", contact[i], contact[i+1], got)
		}
	}
	v.add("jug") // in a new tab
	v.post("/checkout/contact", contact...)
	v.expect(http.StatusOK, "h1", "Delivery")
	v.post("/checkout/delivery", "delivery", "standard")

	v.forget()
	v.post("/checkout/payment", "method", "on_delivery", "billing_name", "Engines Ltd", "billing_city", "London")
	v.expect(http.StatusConflict, ".error-summary", "Your cart is no longer here")
	if got := v.page.Find("#field-billing_name").AttrOr("value", ""); got != "Engines Ltd" {
		t.Errorf("the billing name is %q", got)
	}
	v.add("jug")
	v.post("/checkout/payment", "method", "on_delivery", "billing_name", "Engines Ltd", "billing_line1", "1 Dock", "billing_city", "London", "billing_postcode", "E1 6AN", "billing_country", "GB")
	v.expect(http.StatusUnprocessableEntity, ".error-summary", "First fill in “Contact”")
	if got := v.page.Find("#field-billing_name").AttrOr("value", ""); got != "Engines Ltd" {
		t.Errorf("the billing name is %q", got)
	}
	v.forget()
	for path, field := range map[string]string{"/checkout/delivery": "delivery", "/checkout/review": "expected_total"} {
		v.post(path, field, "1")
		v.expect(http.StatusConflict, "h1", "Your cart is no longer here")
	}
}

// What was typed is kept in a cart that cannot be ordered as it stands, and the shopper is led to what is wrong.
func TestContactOfABlockedCart(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	v.add("jug")
	s.exec("update stock_items set on_hand = 0, held = 0")
	v.post("/checkout/contact", contact...)
	if v.path != "/cart" {
		t.Errorf("at %s", v.path)
	}
	v.expect(http.StatusOK, "main", "Sold out")
	s.exec("update stock_items set on_hand = 50")
	v.get("/checkout/contact")
	if got := v.page.Find("#field-email").AttrOr("value", ""); got != "ada@example.com" {
		t.Errorf("the e-mail is %q", got)
	}
}

// The cart names what was removed by itself: an address cannot put words into the shop's mouth.
func TestRemovedLine(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	v.get("/cart?removed=" + id.New() + "&name=Call+this+number+now&quantity=1")
	if strings.Contains(v.text("body"), "Call this number") {
		t.Error("the cart says what its address says")
	}
	v.add("jug")
	v.add("lamp")
	action := v.page.Find(`form[action$="/removal"]`).First().AttrOr("action", "")
	v.post(action)
	v.expect(http.StatusOK, "form.flash", "Jug was removed.")
	undo := v.page.Find("form.flash")
	v.get("/cart")
	if v.page.Find("form.flash").Length() > 0 {
		t.Error("what was removed is said again")
	}
	value := func(name string) string { return undo.Find("[name="+name+"]").AttrOr("value", "") }
	v.post("/cart/items", "variant", value("variant"), "quantity", value("quantity"))
	if v.page.Find(".cart-line").Length() != 2 || value("quantity") != "2" {
		t.Errorf("%s of it came back: %s", value("quantity"), v.text("main"))
	}
}

// A product's page says what comes on top of its price, when it arrives and how many can be had, in the country of the market.
func TestProductPromises(t *testing.T) {
	t.Parallel()
	for country, want := range map[string]struct{ tax, legal, jug, bowl string }{
		"US": {"Before tax and shipping", "before sales tax", "Shipping to United States from $5.95, free from $75.00", "Free shipping to United States"},
		"DE": {"Including VAT 19 %, plus shipping", "Prices include VAT 19 % for delivery to Germany", "Shipping to Germany from $14.95, free from $200.00", "Shipping to Germany from $14.95, free from $200.00"},
		"AQ": {"shown in the cart", "shown in the cart", "Shipping is shown in the cart", "Shipping is shown in the cart"},
	} {
		t.Run(country, func(t *testing.T) {
			t.Parallel()
			s := open(t, switches{country: country})
			v := s.visitor()
			for slug, shipping := range map[string]string{"jug": want.jug, "bowl": want.bowl} {
				v.get("/products/" + slug)
				v.expect(http.StatusOK, ".promises", shipping)
				v.expect(http.StatusOK, ".product__price", want.tax)
				v.expect(http.StatusOK, ".footer__legal", want.legal)
				if arrives := strings.Contains(v.text(".buy__stock"), "Order today, arrives "); arrives != (country != "AQ") {
					t.Errorf("%s: %q", slug, v.text(".buy__stock"))
				}
			}
			for slug, most := range map[string]string{"jug": "99", "lamp": "3"} {
				v.get("/products/" + slug)
				if got := v.page.Find("#quantity").AttrOr("max", ""); got != most {
					t.Errorf("%s: at most %q, want %s", slug, got, most)
				}
			}
			if v.get("/products/scarf"); strings.Contains(v.text(".buy"), "arrives") {
				t.Errorf("what is sold out arrives: %s", v.text(".buy"))
			}
			v.get(v.page.Find(".promises__more").AttrOr("href", ""))
			v.expect(http.StatusOK, "#estimate", "Choose a country")
			v.get("/cart?country=CA")
			v.expect(http.StatusOK, "#estimate", "$9.95")
			s.exec("alter table shipping_prices rename to gone") // pages do not ask again and again
			v.get("/products/board")
			v.expect(http.StatusOK, ".promises", want.jug)
		})
	}
}

// A filled cart shows a few other products; without the catalogue it is a cart all the same.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	v.add("basket")
	v.get("/cart")
	names := v.page.Find(".cards--shelf .card__name")
	if names.Length() != 4 || strings.Contains(v.text(".cards--shelf"), "Basket") || strings.Contains(v.text(".cards--shelf"), "Scarf") {
		t.Errorf("%d products: %s", names.Length(), v.text(".cards--shelf"))
	}
	s.exec("alter table catalog_products rename to gone")
	v.get("/cart")
	v.expect(http.StatusOK, ".cart-line", "Basket")
}

// Number and e-mail together lead to the order. Whoever knows only one of them learns nothing, and cannot try for long.
func TestOrderLookup(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	buyer := s.visitor()
	order := buyer.order("on_delivery")
	number := strings.TrimPrefix(buyer.text("h1"), "Order ")
	v := s.visitor()
	v.get("/")
	if v.page.Find(`footer a[href="/orders"]`).Length() != 1 {
		t.Error("the footer does not lead to it")
	}
	v.get("/orders")
	v.expect(http.StatusOK, "h1", "Track an order")
	if v.post("/orders", "number", " "+strings.ToLower(number), "email", "ADA@example.com "); v.path != order {
		t.Errorf("led to %s, want %s", v.path, order)
	}
	v.post("/orders", "number", "", "email", "ada@example.com")
	v.expect(http.StatusUnprocessableEntity, ".field--bad", "Enter the order number")

	answers := map[string]string{}
	for name, tried := range map[string][2]string{"no such number": {"TW-999999", "ada@example.com"}, "another's": {number, "eve@example.com"}} {
		v.post("/orders", "number", tried[0], "email", tried[1])
		v.expect(http.StatusUnprocessableEntity, ".error-summary", "We find no order with this number and this email address")
		body, err := v.page.Html()
		if err != nil {
			t.Fatal(err)
		}
		answers[name] = strings.NewReplacer(tried[0], "", tried[1], "").Replace(body)
	}
	if answers["no such number"] != answers["another's"] {
		t.Error("the answer tells whether there is such a number")
	}
}

// A provider that never heard of a payment, since opening it had no clear answer, says so when it is asked: the shopper reads at once that nothing was charged, and goes on with the very same payment.
func TestPaymentThatWasNeverOpened(t *testing.T) {
	t.Parallel()
	sandbox := shoptest.StartSandbox(t, shoptest.BuildSandbox(t), "")
	s := open(t, switches{sandbox: sandbox.URL})
	v := s.visitor()
	sandbox.Tell(`{"create": "500", "count": 1}`)
	order := v.order("hosted")
	v.expect(http.StatusOK, "h1", "The payment is not finished")
	var state string
	if err := s.db.Primary().QueryRow(t.Context(), "select state from payments").Scan(&state); err != nil || state != "unknown" {
		t.Fatalf("the payment is %s, %v", state, err)
	}
	v.post(order + "/payment")
	if v.away == "" {
		t.Fatalf("not led to the provider but to %s: %s", v.path, v.text("main"))
	}
	shoptest.Press(t, v.away, "pay")
	v.get(order + "/return")
	v.expect(http.StatusOK, ".order__meta", "Paid")
	if charges := sandbox.Charges(); len(charges) != 1 {
		t.Errorf("charged %v, want once", charges)
	}
}
