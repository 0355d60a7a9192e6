package checkout_test

import (
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// What a country's post would not deliver is refused field by field, and leaves the cart as it was; what it would is stored and taxed in one spelling.
func TestAddressesByCountry(t *testing.T) {
	t.Parallel()
	b := newBasket(t)
	if _, err := b.add(b.Variant(2500, 50), 1); err != nil {
		t.Fatal(err)
	}
	set := func(to, bill *typev1.Address) (*checkoutv1.Cart, error) {
		answer, err := b.Carts.SetCartContact(b.shopper, &checkoutv1.SetCartContactRequest{CartId: b.id, Email: "ada@example.com", DeliveryAddress: to, BillingAddress: bill})
		return answer.GetCart(), err
	}
	wrong := shoptest.Address("US", "Orgon")
	wrong.PostalCode = "9720"
	german := shoptest.Address("DE", "")
	german.PostalCode, german.City = "1011", ""
	_, err := set(wrong, german)
	if connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Fatalf("a wrong address: %v, want invalid argument", err)
	}
	for _, field := range []string{
		"delivery_address.region: “Orgon” is no state", "delivery_address.postal_code: a ZIP code in the United States has five digits",
		"billing_address.postal_code: a postcode in Germany has five digits", "billing_address.city: enter the city",
	} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not say %q", err, field)
		}
	}
	if cart := b.get(""); cart.GetEmail() != "" || cart.GetDeliveryAddress() != nil {
		t.Errorf("a refused address was stored: %v", cart)
	}
	typed := shoptest.Address("CA", " ontario ")
	typed.PostalCode, typed.FullName = "k1a0b1", "Ada  Lovelace"
	cart, err := set(typed, nil)
	if err != nil {
		t.Fatal(err)
	}
	if to := cart.GetDeliveryAddress(); to.GetRegion() != "ON" || to.GetPostalCode() != "K1A 0B1" || to.GetFullName() != "Ada Lovelace" {
		t.Errorf("stored as %v", to)
	}
	if cart.GetTotals().GetTax().GetAmountMinor() == 0 {
		t.Error("no tax in Ontario, spelt out")
	}
}
