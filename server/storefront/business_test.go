package storefront_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Where terms of sale are to be accepted, the review asks, tells at the box when it was left empty, and orders nothing before it is ticked.
func TestTermsAreAccepted(t *testing.T) {
	t.Parallel()
	s := open(t, switches{terms: "2026-11"})
	v := s.visitor()
	v.add("jug")
	v.post("/checkout/contact", contact...)
	v.post("/checkout/delivery", "delivery", "standard")
	v.post("/checkout/payment", "method", "on_delivery", "billing_same", "1")
	field := func(name string) string { return v.page.Find("[name="+name+"]").AttrOr("value", "") }
	press := func(more ...string) *visitor {
		return v.post("/checkout/review", append([]string{"idempotency_key", field("idempotency_key"), "expected_total", field("expected_total")}, more...)...)
	}
	press().expect(http.StatusUnprocessableEntity, "#terms-error", "Accept the terms of sale to order")
	press("terms", "2026-10").expect(http.StatusUnprocessableEntity, `.error-summary a[href="#field-terms"]`, "Accept the terms of sale to order")
	press("terms", field("terms")).expect(http.StatusOK, ".order__thanks", "Thank you")
}

// Number, note and gift message of a business are kept through the steps, shown where the order is looked at again, and kept on its page. What is wrong is told beside its
// field, with all that was typed; a number that changes nothing is told with the reason.
func TestBuyingForACompany(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	s.exec("update tax_settings set country_code = 'DE', vat_number = 'DE136695976'")
	v := s.visitor()
	v.add("jug")
	typed := []string{
		"email", "ada@example.com", "name", "Ada Lovelace", "company", "Analytical Engines", "line1", "1 Platz", "city", "Berlin", "postcode", "10115", "country", "DE",
		"note", "Ring twice.", "gift_message", "Enjoy!\r\nAda",
	}
	v.post("/checkout/contact", append(slices.Clone(typed), "vat_number", "DE136695977", "note", strings.Repeat("é", 501))...)
	v.expect(http.StatusUnprocessableEntity, ".field--bad:has(#field-vat_number)", "“DE136695977” is no VAT number: a digit is wrong")
	v.expect(http.StatusUnprocessableEntity, ".field--bad:has(#field-note)", "500 characters")
	if v.page.Find("details[open] #field-company").AttrOr("value", "") != "Analytical Engines" || v.page.Find("#field-gift_message").Text() != "Enjoy!\nAda" {
		t.Error("what was typed is lost, or waits behind words")
	}
	v.post("/checkout/contact", append(typed, "vat_number", "136 695 976")...)
	v.expect(http.StatusOK, ".done-step", "VAT number DE136695976")
	v.expect(http.StatusOK, ".notice", "within Germany we have to charge the tax")
	v.post("/checkout/delivery", "delivery", "standard")
	v.post("/checkout/payment", "method", "on_delivery", "billing_same", "1")
	v.expect(http.StatusOK, "main", "Analytical Engines")
	v.expect(http.StatusOK, "main", "Ring twice.")
	field := func(name string) string { return v.page.Find("[name="+name+"]").AttrOr("value", "") }
	v.post("/checkout/review", "idempotency_key", field("idempotency_key"), "expected_total", field("expected_total"))
	for _, words := range []string{"VAT number DE136695976", "Ring twice.", "Enjoy!", "Analytical Engines"} {
		v.expect(http.StatusOK, ".order__side", words)
	}
}
