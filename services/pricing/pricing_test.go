package pricing

import (
	"testing"

	"connectrpc.com/connect/v2"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// What a shopper pays depends on the destination, its region and the delivery chosen.
func TestQuote(t *testing.T) {
	t.Parallel()
	service := New(Config{DB: postgrestest.New(t), Currency: "USD"})
	tests := map[string]struct {
		country, region, delivery string
		minor                     int64
		grams                     int32
		want                      string // delivery taken
		shipping, tax, total      int64
		included                  bool
		code                      connect.Code
	}{
		"no destination yet":         {minor: 1000, total: 1000},
		"California by code":         {country: "US", region: "CA", minor: 1000, want: "standard", shipping: 595, tax: 73, total: 1668},
		"California by name":         {country: "US", region: "california", minor: 1000, want: "standard", shipping: 595, tax: 73, total: 1668},
		"California as ISO 3166-2":   {country: "US", region: "US-CA", minor: 1000, want: "standard", shipping: 595, tax: 73, total: 1668},
		"a state without the tax":    {country: "US", region: "OR", minor: 1000, want: "standard", shipping: 595, total: 1595},
		"a state we know nothing of": {country: "US", region: "ZZ", minor: 1000, want: "standard", shipping: 595, total: 1595},
		"tax on delivery too":        {country: "US", region: "TX", minor: 1000, want: "standard", shipping: 595, tax: 63 + 37, total: 1695},
		"express":                    {country: "US", region: "OR", delivery: "express", minor: 1000, want: "express", shipping: 1495, total: 2495},
		"enough for free delivery":   {country: "US", region: "OR", minor: 7500, want: "standard", total: 7500},
		"express is never free":      {country: "US", region: "OR", delivery: "express", minor: 7500, want: "express", shipping: 1495, total: 8995},
		"Germany":                    {country: "DE", minor: 1000, want: "standard", shipping: 1495, tax: 398, total: 2495, included: true},
		"heavy goods":                {country: "US", region: "OR", minor: 1000, grams: 40_000, want: "freight", shipping: 8900, total: 9900},
		"too heavy to go abroad":     {country: "DE", minor: 1000, grams: 40_000, code: connect.CodeFailedPrecondition},
		"a delivery not offered":     {country: "DE", delivery: "freight", minor: 1000, code: connect.CodeFailedPrecondition},
		"nowhere":                    {country: "AQ", minor: 1000, code: connect.CodeFailedPrecondition},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			quote, err := service.Quote(t.Context(), &pricingv1.QuoteRequest{
				CurrencyCode: "USD", CountryCode: tc.country, Region: tc.region, DeliveryCode: tc.delivery,
				Lines: []*pricingv1.QuoteLine{{VariantId: id.New(), Quantity: 1, UnitPriceMinor: tc.minor, WeightGrams: tc.grams}},
			})
			if tc.code != 0 {
				if connect.CodeOf(err) != tc.code {
					t.Fatalf("%v, want %v", err, tc.code)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			totals := quote.GetTotals()
			if quote.GetDeliveryCode() != tc.want || totals.GetShipping().GetAmountMinor() != tc.shipping || totals.GetTax().GetAmountMinor() != tc.tax ||
				totals.GetTotal().GetAmountMinor() != tc.total || totals.GetTaxIncluded() != tc.included {
				t.Errorf("got %q, %v; want %q with shipping %d, tax %d, total %d", quote.GetDeliveryCode(), totals, tc.want, tc.shipping, tc.tax, tc.total)
			}
			if (totals.GetShipping() == nil) != (tc.country == "") {
				t.Errorf("shipping %v: it is known exactly when the destination is", totals.GetShipping())
			}
		})
	}
}

// Shoppers learn how much more to buy for free delivery, and are offered the cheapest first.
func TestQuoteOffersDeliveries(t *testing.T) {
	t.Parallel()
	service := New(Config{DB: postgrestest.New(t), Currency: "USD"})
	quote, err := service.Quote(t.Context(), &pricingv1.QuoteRequest{
		CurrencyCode: "USD", CountryCode: "US", Region: "OR",
		Lines: []*pricingv1.QuoteLine{{VariantId: id.New(), Quantity: 2, UnitPriceMinor: 2500}, {VariantId: id.New(), Quantity: 1, UnitPriceMinor: 500}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, option := range quote.GetDeliveries() {
		codes = append(codes, option.GetCode())
	}
	if len(codes) != 3 || codes[0] != "standard" || codes[1] != "express" || codes[2] != "freight" {
		t.Errorf("deliveries %v, want the cheapest first", codes)
	}
	if left := quote.GetDeliveries()[0].GetFreeFromRemaining().GetAmountMinor(); left != 2000 {
		t.Errorf("%d more for free delivery, want 2000", left)
	}
}

// A shop in a currency without delivery prices delivers nowhere, rather than for nothing.
func TestListCountries(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	for currency, want := range map[string]int{"USD": 35, "JPY": 0} {
		countries, err := New(Config{DB: db, Currency: currency}).ListCountries(t.Context(), &pricingv1.ListCountriesRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(countries.GetCountries()); got != want {
			t.Errorf("%d countries in %s, want %d", got, currency, want)
		}
	}
}

// Amounts of promotions are in the shop's currency, so a cart in another gets none.
func TestNoPromotionsInAnotherCurrency(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(nil), 0)
	inEuros := basket("TEN-OFF")
	inEuros.CurrencyCode = "EUR"
	if answer := s.quote(inEuros); answer.GetTotals().GetTotal().GetAmountMinor() != 5000 || answer.GetCodes()[0].GetApplied() {
		t.Errorf("%v", answer)
	}
}
