package storefront_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// asked are the fields of an address form in the order of the page.
func (v *visitor) asked(form string) string {
	var names []string
	v.page.Find(`form[action="` + form + `"] .address__fields .control`).Each(func(_ int, field *goquery.Selection) { names = append(names, field.AttrOr("name", "")) })
	return strings.Join(names, " ")
}

// A shopper is asked for what the chosen country writes, in its order, and choosing another country loses nothing that was typed, without script.
func TestAddressFormOfACountry(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	v.add("jug")
	v.get("/checkout/contact")
	if got := v.asked("/checkout/contact"); got != "name line1 line2 city region postcode" {
		t.Errorf("at home it asks for %q", got)
	}
	if v.page.Find(`select#field-region option[value="OR"]`).Text() != "Oregon" || v.page.Find("#field-postcode").AttrOr("inputmode", "") != "numeric" ||
		v.page.Find("#field-region").AttrOr("autocomplete", "") != "shipping address-level1" || !strings.Contains(v.text(".field:has(#field-postcode)"), "ZIP code") {
		t.Errorf("the fields are %s", v.text(".address__fields"))
	}
	if got := v.page.Find(".address__country noscript").Text(); !strings.Contains(got, `formaction="/checkout/contact/country"`) {
		t.Errorf("without script, another country is chosen by %q", got)
	}

	v.post("/checkout/contact/country", "email", "ada@example.com", "name", "Ada Lovelace", "line1", "1 Platz", "city", "Berlin", "country", "DE", "country_shown", "US")
	v.expect(http.StatusOK, "h1", "Contact and address")
	if got := v.asked("/checkout/contact"); got != "name line1 line2 postcode city" {
		t.Errorf("for Germany it asks for %q", got)
	}
	for field, typed := range map[string]string{"email": "ada@example.com", "name": "Ada Lovelace", "line1": "1 Platz", "city": "Berlin", "country_shown": "DE"} {
		if got := v.page.Find("[name="+field+"]").AttrOr("value", ""); got != typed {
			t.Errorf("%s was %q and is %q", field, typed, got)
		}
	}
	// Enter in a field presses the first button of a form: the country did not change, so it is sent.
	v.post("/checkout/contact/country", "email", "ada@example.com", "name", "Ada Lovelace", "line1", "1 Platz", "city", "Berlin", "postcode", "1011", "country", "DE", "country_shown", "DE")
	v.expect(http.StatusUnprocessableEntity, ".field--bad:has(#field-postcode)", "A postcode in Germany has five digits, such as ")
	v.post("/checkout/contact", "email", "ada@example.com", "name", "Ada Lovelace", "line1", "1 Platz", "city", "Berlin", "postcode", "D-10115", "country", "DE", "country_shown", "US")
	v.expect(http.StatusOK, "h1", "Delivery")
	v.expect(http.StatusOK, ".done-step__lines", "1 Platz 10115 Berlin Germany")

	v.post("/checkout/delivery", "delivery", "standard")
	v.expect(http.StatusOK, "h1", "Payment")
	if got := v.asked("/checkout/payment"); got != "billing_name billing_line1 billing_line2 billing_postcode billing_city" {
		t.Errorf("for the bill it asks for %q", got)
	}
	v.post("/checkout/payment/country", "method", "on_delivery", "billing_name", "Engines Ltd", "billing_country", "GB", "billing_country_shown", "DE")
	v.expect(http.StatusOK, "h1", "Payment")
	if got := v.asked("/checkout/payment"); got != "billing_name billing_line1 billing_line2 billing_city billing_postcode" ||
		v.page.Find("#field-billing_name").AttrOr("value", "") != "Engines Ltd" || v.page.Find("[value=on_delivery][checked]").Length() != 1 {
		t.Errorf("for a bill in Britain it asks for %q, in %s", got, v.text("form.form"))
	}
}
