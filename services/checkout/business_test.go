package checkout_test

import (
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// inGermany makes the shop one of Germany that can take no tax of businesses elsewhere in the Union, and gives books a rate of their own there.
func inGermany(shop *shoptest.Shop) {
	shop.Exec("update tax_settings set country_code = 'DE', vat_number = 'DE136695976'")
	shop.Exec(`insert into taxes (id, country_code, region, postcode_from, postcode_until, class, step, name, rate, compound, start_time)
		values ($1, 'DE', '', '', '', 'reduced', 1, 'VAT 7 %', 70000, false, '0001-01-01')`, id.New())
}

// Goods of two classes in one cart are each taxed at their own rate, of what a discount leaves of them, and the delivery by their shares. The order keeps it.
func TestMixedTaxes(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	inGermany(shop)
	lamp, book, shopper := shop.Variant(2380, 50), shop.Variant(1070, 50), shop.Guest()
	shop.Products.Tax(book, "reduced")
	shop.Promote(&pricingv1.Promotion{Name: "Ten percent", Effect: percent(10, nil)}, "TEN", 0)
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 1}, shoptest.Item{Variant: book, Quantity: 2})
	if _, err := shop.Carts.SetCartContact(shopper, &checkoutv1.SetCartContactRequest{CartId: cart.GetId(), Email: "ada@example.com", DeliveryAddress: shoptest.Address("DE", "")}); err != nil {
		t.Fatal(err)
	}
	cart = apply(t, shopper, shop, cart, "TEN")
	// 23.80 and 21.40 less 10 % are 21.42 and 19.26. The delivery of 14.95 is taxed by these shares: 7.87 and 7.08. 19 % within 29.29
	// is 4.68, 7 % within 26.34 is 1.72.
	check := func(what string, totals *pricingv1.Totals, taxes []*pricingv1.TaxPart) {
		t.Helper()
		if totals.GetGoods().GetAmountMinor() != 4520 || totals.GetDiscount().GetAmountMinor() != 452 || totals.GetShipping().GetAmountMinor() != 1495 ||
			totals.GetTotal().GetAmountMinor() != 5563 || totals.GetTax().GetAmountMinor() != 640 || !totals.GetTaxIncluded() {
			t.Errorf("%s: %v", what, totals)
		}
		if len(taxes) != 2 || taxes[0].GetName() != "VAT 19 %" || taxes[0].GetAmountMinor() != 468 || taxes[0].GetBaseMinor() != 2461 ||
			taxes[1].GetName() != "VAT 7 %" || taxes[1].GetAmountMinor() != 172 || taxes[1].GetBaseMinor() != 2462 {
			t.Errorf("%s: %v", what, taxes)
		}
	}
	check("cart", cart.GetTotals(), cart.GetTaxes())
	placed, err := placeSeen(shopper, shop, cart)
	if err != nil {
		t.Fatal(err)
	}
	order := shop.Look(placed.GetOrderId())
	check("order", order.GetTotals(), order.GetTaxes())
	if lines := order.GetLines(); lines[0].GetTax().GetAmountMinor() != 342 || lines[1].GetTax().GetAmountMinor() != 126 {
		t.Errorf("lines %v", lines)
	}
}

// A business elsewhere in the Union owes the tax itself: the prices are without it from the step on in which its number is given, and the order says so. The number
// is kept as the tax office writes it; one that is wrong is told by its field, and one that changes nothing with the reason.
func TestReverseCharge(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	inGermany(shop)
	lamp, shopper := shop.Variant(2400, 50), shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 1})
	there := func(country string) *typev1.Address {
		to := shoptest.Address(country, "")
		if country == "AT" {
			to.PostalCode = "1010"
		}
		return to
	}
	give := func(country, number string) (*checkoutv1.Cart, error) {
		to := there(country)
		to.Company = "  Analytical   Engines "
		answer, err := shop.Carts.SetCartContact(shopper, &checkoutv1.SetCartContactRequest{CartId: cart.GetId(), Email: "ada@example.com", DeliveryAddress: to, VatNumber: &number})
		return answer.GetCart(), err
	}
	for number, why := range map[string]string{
		"ATU13585628": "vat_number: “ATU13585628” is no VAT number: a digit is wrong", "12": "vat_number: “12” does not look like a VAT number", "DE136695976": "another country (DE)",
	} {
		if _, err := give("AT", number); connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", number, err)
		}
	}
	if domestic, err := give("DE", "de 136 695 976"); err != nil || domestic.GetVatNumber() != "DE136695976" || domestic.GetReverseCharge() ||
		!strings.Contains(domestic.GetVatNumberProblem(), "within Germany") || domestic.GetTotals().GetTax().GetAmountMinor() == 0 {
		t.Errorf("in the shop's country: %v, %v", domestic, err)
	}
	abroad, err := give("AT", "at u1358 5627")
	if err != nil || !abroad.GetReverseCharge() || abroad.GetVatNumberProblem() != "" || abroad.GetVatNumber() != "ATU13585627" || abroad.GetDeliveryAddress().GetCompany() != "Analytical Engines" {
		t.Fatalf("in Austria: %v, %v", abroad, err)
	}
	// 24.00 and 14.95 hold 20 %, which is 6.49.
	if totals := abroad.GetTotals(); totals.GetTax().GetAmountMinor() != 0 || totals.GetTaxRelief().GetAmountMinor() != 649 || totals.GetTotal().GetAmountMinor() != 3246 {
		t.Errorf("in Austria: %v", totals)
	}
	if again, err := shop.Carts.SetCartContact(shopper, &checkoutv1.SetCartContactRequest{CartId: cart.GetId(), Email: "ada@example.com", DeliveryAddress: there("AT")}); err != nil || !again.GetCart().GetReverseCharge() {
		t.Errorf("a number that is not spoken of was forgotten: %v, %v", again, err)
	}
	placed, err := placeSeen(shopper, shop, look(t, shopper, shop, cart))
	if err != nil {
		t.Fatal(err)
	}
	if order := shop.Look(placed.GetOrderId()); order.GetVatNumber() != "ATU13585627" || !order.GetReverseCharge() || order.GetTotals().GetTotal().GetAmountMinor() != 3246 {
		t.Errorf("order %v", order)
	}
}

// Words for the shop and for a card go with the order, without what cannot be read.
func TestNotes(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	shopper := shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.Variant(2400, 50), Quantity: 1})
	note, card := " Ring twice.\r\nThe dog\x00 is kind.\u202e ", "Happy birthday, Charles!"
	answer, err := shop.Carts.SetCartContact(shopper, &checkoutv1.SetCartContactRequest{CartId: cart.GetId(), Email: "ada@example.com", DeliveryAddress: cart.GetDeliveryAddress(), Note: &note, GiftMessage: &card})
	if err != nil {
		t.Fatal(err)
	}
	placed, err := placeSeen(shopper, shop, answer.GetCart())
	if err != nil {
		t.Fatal(err)
	}
	if order := shop.Look(placed.GetOrderId()); order.GetNote() != "Ring twice.\nThe dog is kind." || order.GetGiftMessage() != card {
		t.Errorf("%q, %q", order.GetNote(), order.GetGiftMessage())
	}
}

// Where terms are to be accepted nothing is ordered without, nor with those of before; the order keeps which they were and when.
func TestTerms(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewWithTerms(t, "2026-11")
	shopper := shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.Variant(2400, 50), Quantity: 1})
	if cart.GetTermsVersion() != "2026-11" {
		t.Fatalf("%v", cart)
	}
	ask := &checkoutv1.PlaceOrderRequest{CartId: cart.GetId(), ExpectedTotal: cart.GetTotals().GetTotal(), IdempotencyKey: id.New()}
	for _, accepted := range []string{"", "2026-10"} {
		ask.AcceptedTermsVersion = accepted
		_, err := shop.Checkout.PlaceOrder(shopper, ask)
		if problem, _ := rpc.Detail[*checkoutv1.PlaceOrderProblem](err); connect.CodeOf(err) != connect.CodeFailedPrecondition || len(problem.GetMissing()) != 1 || problem.GetMissing()[0] != "terms" {
			t.Errorf("with %q accepted: %v, %v", accepted, err, problem)
		}
	}
	ask.AcceptedTermsVersion = "2026-11"
	placed, err := shop.Checkout.PlaceOrder(shopper, ask)
	if err != nil {
		t.Fatal(err)
	}
	if order := shop.Look(placed.GetOrderId()); order.GetTermsVersion() != "2026-11" || !order.GetTermsTime().AsTime().Equal(order.GetCreateTime().AsTime()) {
		t.Errorf("order %v", order)
	}
}

// Who fetches the goods gives no address: only places to fetch them are offered, the tax is that of the place, and the order says where that is.
func TestPickup(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	shopper := shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.Variant(2400, 50), Quantity: 1})
	fetch := &checkoutv1.SetCartContactRequest{CartId: cart.GetId(), Email: "ada@example.com", Pickup: true, CountryCode: "US", FullName: "Ada Lovelace"}
	if _, err := shop.Carts.SetCartContact(shopper, fetch); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Fatalf("where nothing can be fetched: %v", err)
	}
	openDesk(shop)
	answer, err := shop.Carts.SetCartContact(shopper, fetch)
	if err != nil {
		t.Fatal(err)
	}
	fetched := answer.GetCart()
	if !fetched.GetPickup() || len(fetched.GetDeliveries()) != 1 || fetched.GetDeliveryCode() != "desk" || fetched.GetDeliveryChosen() || fetched.GetDeliveryAddress() != nil || fetched.GetTotals().GetShipping().GetAmountMinor() != 0 {
		t.Fatalf("%v", fetched)
	}
	if _, err := placeSeen(shopper, shop, fetched); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("before a place was chosen: %v", err)
	}
	if _, err := shop.Carts.SetCartDelivery(shopper, &checkoutv1.SetCartDeliveryRequest{CartId: cart.GetId(), DeliveryCode: "standard"}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a parcel without an address: %v", err)
	}
	chosen, err := shop.Carts.SetCartDelivery(shopper, &checkoutv1.SetCartDeliveryRequest{CartId: cart.GetId(), DeliveryCode: "desk"})
	if err != nil {
		t.Fatal(err)
	}
	// Texas taxes what is fetched there with 6.25 %.
	if totals := chosen.GetCart().GetTotals(); totals.GetTax().GetAmountMinor() != 150 || totals.GetTotal().GetAmountMinor() != 2550 {
		t.Errorf("%v", totals)
	}
	placed, err := placeSeen(shopper, shop, chosen.GetCart())
	if err != nil {
		t.Fatal(err)
	}
	order := shop.Look(placed.GetOrderId())
	if order.GetDeliveryAddress() != nil || order.GetBillingAddress().GetFullName() != "Ada Lovelace" || order.GetDelivery().GetPickupAddress().GetCity() != "Austin" || order.GetDelivery().GetPickupHours() == "" {
		t.Errorf("order %v", order)
	}
}

// openDesk makes a place in Texas where everything can be fetched for nothing.
func openDesk(shop *shoptest.Shop) {
	shop.Exec(`insert into shipping_methods (zone_id, code, position, name, active, min_days, max_days, pickup, hours)
		select zone_id, 'desk', 9, 'Our desk', true, 0, 0, '{"fullName":"Our desk","line1":"1 Main Street","city":"Austin","region":"TX","postalCode":"78701","countryCode":"US"}', 'Mon to Fri, 9 to 17'
		from shipping_methods where code = 'standard' and zone_id in (select zone_id from shipping_areas where country_code = 'US')`)
	shop.Exec(`insert into shipping_prices (zone_id, code, position, currency_code, most_grams, most_units, least_goods_minor, price_minor)
		select zone_id, 'desk', 1, 'USD', 0, 0, 0, 0 from shipping_methods where code = 'desk'`)
}

// The invoice of what is fetched may go to a country where nothing can be: places, tax and the place that was chosen stay those of where it is fetched, until another country is said.
func TestPickupBilledElsewhere(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	openDesk(shop)
	shopper := shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.Variant(2400, 50), Quantity: 1})
	fetch := &checkoutv1.SetCartContactRequest{CartId: cart.GetId(), Email: "ada@example.com", Pickup: true, CountryCode: "US", FullName: "Ada Lovelace"}
	if _, err := shop.Carts.SetCartContact(shopper, fetch); err != nil {
		t.Fatal(err)
	}
	if _, err := shop.Carts.SetCartDelivery(shopper, &checkoutv1.SetCartDeliveryRequest{CartId: cart.GetId(), DeliveryCode: "desk"}); err != nil {
		t.Fatal(err)
	}
	bill := &checkoutv1.SetCartContactRequest{CartId: cart.GetId(), Email: "ada@example.com", Pickup: true, BillingAddress: shoptest.Address("CA", "ON")}
	answer, err := shop.Carts.SetCartContact(shopper, bill)
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.GetCart(); got.GetCountryCode() != "US" || got.GetDeliveryCode() != "desk" || got.GetTotals().GetTotal().GetAmountMinor() != 2550 || got.GetBillingAddress().GetCountryCode() != "CA" {
		t.Errorf("fetched in %q by %q for %v, billed to %v", got.GetCountryCode(), got.GetDeliveryCode(), got.GetTotals(), got.GetBillingAddress())
	}
	placed, err := placeSeen(shopper, shop, answer.GetCart())
	if err != nil {
		t.Fatal(err)
	}
	if order := shop.Look(placed.GetOrderId()); order.GetBillingAddress().GetCountryCode() != "CA" || order.GetDelivery().GetPickupAddress().GetCity() != "Austin" {
		t.Errorf("billed to %v, fetched at %v", order.GetBillingAddress(), order.GetDelivery())
	}
	again := shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.Variant(2400, 50), Quantity: 1})
	fetch.CartId, fetch.CountryCode = again.GetId(), "CA"
	if _, err := shop.Carts.SetCartContact(shopper, fetch); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("where nothing can be fetched: %v", err)
	}
}
