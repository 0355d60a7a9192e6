package pricing

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// zone returns a zone of the shop by its name.
func (s office) zone(t *testing.T, name string) *pricingv1.ShippingZone {
	t.Helper()
	answer, err := s.ListShippingZones(s.ctx, &pricingv1.ListShippingZonesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, zone := range answer.GetZones() {
		if zone.GetName() == name {
			return zone
		}
	}
	t.Fatalf("no zone %s", name)
	return nil
}

func (s office) set(t *testing.T, zone *pricingv1.ShippingZone) *pricingv1.ShippingZone {
	t.Helper()
	answer, err := s.SetShippingZone(s.ctx, &pricingv1.SetShippingZoneRequest{Zone: zone, ExpectedVersion: zone.GetVersion()})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetZone()
}

// offers says what a parcel costs, as "code price", the cheapest first.
func (s office) offers(t *testing.T, req *pricingv1.QuoteRequest) string {
	t.Helper()
	answer, err := s.Quote(t.Context(), req)
	if err != nil {
		return err.Error()
	}
	var offers []string
	for _, option := range answer.GetDeliveries() {
		offers = append(offers, fmt.Sprintf("%s %d", option.GetCode(), option.GetPrice().GetAmountMinor()))
	}
	return strings.Join(offers, ", ")
}

func parcel(country, region, postcode string, units int32, price int64, grams int32) *pricingv1.QuoteRequest {
	return to(country, region, postcode, &pricingv1.QuoteLine{VariantId: id.New(), Quantity: units, UnitPriceMinor: price, WeightGrams: grams})
}

// The zone of the narrowest place counts, whole, and each method takes the first price that fits.
func TestShippingZones(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	s.set(t, &pricingv1.ShippingZone{Name: "Alaska and Hawaii", Areas: []*pricingv1.ShippingArea{{CountryCode: "US", Region: "Alaska"}, {CountryCode: "US", Region: "HI"}}, Methods: []*pricingv1.ShippingMethod{
		{Code: "air", Name: "Air mail", Active: true, MinDays: 5, MaxDays: 9, Prices: []*pricingv1.ShippingPrice{
			{CurrencyCode: "USD", MostGrams: 20_000, PriceMinor: 4_000}, {CurrencyCode: "USD", MostGrams: 1_000, PriceMinor: 1_500}, {CurrencyCode: "USD", MostGrams: 5_000, PriceMinor: 2_500},
		}},
		{Code: "off", Name: "Off", Prices: []*pricingv1.ShippingPrice{{CurrencyCode: "USD"}}},
	}})
	s.set(t, &pricingv1.ShippingZone{Name: "Honolulu", Areas: []*pricingv1.ShippingArea{{CountryCode: "US", PostcodeFrom: "96801", PostcodeUntil: "96830"}}, Methods: []*pricingv1.ShippingMethod{
		{Code: "bike", Name: "Bicycle", Active: true, Prices: []*pricingv1.ShippingPrice{
			{CurrencyCode: "USD", MostUnits: 2, PriceMinor: 300}, {CurrencyCode: "USD", MostUnits: 5, PriceMinor: 600}, {CurrencyCode: "USD", LeastGoodsMinor: 5_000},
		}},
	}})
	for name, tc := range map[string]struct {
		req  *pricingv1.QuoteRequest
		want string
	}{
		"the country":          {parcel("US", "OR", "97201", 1, 1_000, 100), "standard 595, express 1495, freight 8900"},
		"a region":             {parcel("US", "AK", "99501", 1, 1_000, 100), "air 1500"},
		"heavier":              {parcel("US", "AK", "99501", 1, 1_000, 1_001), "air 2500"},
		"heavier still":        {parcel("US", "AK", "99501", 5, 1_000, 4_000), "air 4000"},
		"too heavy":            {parcel("US", "AK", "99501", 5, 1_000, 4_001), "failed_precondition: these goods are too heavy to be delivered to this country; order fewer at a time"},
		"a postcode in region": {parcel("US", "HI", "96815", 2, 1_000, 100), "bike 300"},
		"the last postcode":    {parcel("US", "HI", "96830-0001", 2, 1_000, 100), "bike 300"},
		"beyond it":            {parcel("US", "HI", "96831", 2, 1_000, 100), "air 1500"},
		"more units":           {parcel("US", "HI", "96815", 3, 1_000, 100), "bike 600"},
		"enough to be free":    {parcel("US", "HI", "96815", 5, 1_000, 100), "bike 0"},
		"too many but free":    {parcel("US", "HI", "96815", 50, 100, 1), "bike 0"},
		"too many":             {parcel("US", "HI", "96815", 6, 100, 1), "failed_precondition: these goods are too heavy to be delivered to this country; order fewer at a time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := s.offers(t, tc.req); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// Goods that are fetched are taxed where they are fetched, and shoppers read where that is.
func TestPickup(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	zone := s.zone(t, "United States")
	at := &typev1.Address{FullName: "Our shop", Line1: "1 Main St", City: "Austin", Region: "TX", PostalCode: "73301", CountryCode: "US"}
	zone.Methods = append(zone.Methods, &pricingv1.ShippingMethod{Code: "shop", Name: "Fetch it in Austin", Active: true, PickupAddress: at, PickupHours: "Mon to Fri, 9 to 17", Prices: []*pricingv1.ShippingPrice{{CurrencyCode: "USD"}}})
	s.set(t, zone)
	req := parcel("US", "OR", "97201", 1, 10_000, 100)
	req.DeliveryCode = "shop"
	answer, err := s.Quote(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if totals := answer.GetTotals(); totals.GetTax().GetAmountMinor() != 625 || totals.GetTotal().GetAmountMinor() != 10_625 {
		t.Errorf("%v", totals)
	}
	shown := slices.IndexFunc(answer.GetDeliveries(), func(o *pricingv1.DeliveryOption) bool { return o.GetCode() == "shop" })
	if option := answer.GetDeliveries()[shown]; !proto.Equal(option.GetPickupAddress(), at) || option.GetPickupHours() != "Mon to Fri, 9 to 17" {
		t.Errorf("%v", option)
	}
}

// Delivery without a price in a cart's currency is converted, to the smallest unit of that, by the rate of the day; without a rate it is not offered.
func TestExchangeRates(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	yen := parcel("US", "OR", "97201", 1, 1_000, 100)
	yen.CurrencyCode = "JPY"
	if got := s.offers(t, yen); got != "failed_precondition: we do not deliver to this country" {
		t.Errorf("without a rate: %q", got)
	}
	put := func(only bool, rates ...*pricingv1.ExchangeRate) error {
		_, err := s.PutExchangeRates(s.ctx, &pricingv1.PutExchangeRatesRequest{Rates: rates, ValidateOnly: only})
		return err
	}
	rate := func(code, day, rate string) *pricingv1.ExchangeRate {
		return &pricingv1.ExchangeRate{CurrencyCode: code, ValidFrom: day, Rate: rate}
	}
	err := put(false, rate("JPY", "2026-01-01", "150"), rate("JPY", "2026-01-01", "151"), rate("USD", "2026-01-01", "1"), rate("XXX", "2026-01-01", "1"), rate("EUR", "", "1"), rate("EUR", "2026-01-01", "0"), rate("EUR", "2026-01-01", "1,1"), rate("EUR", "2026-01-02", "1.1234567891"))
	detail, _ := rpc.Detail[*pricingv1.RateProblems](err)
	var fields []string
	for _, problem := range detail.GetProblems() {
		fields = append(fields, fmt.Sprint(problem.GetIndex(), problem.GetField()))
	}
	if got := strings.Join(fields, " "); got != "1 2currency_code 3currency_code 4valid_from 5rate 6rate 6 7rate" {
		t.Errorf("%s", got)
	}
	for _, err := range []error{put(true, rate("JPY", "2026-01-01", "1")), put(false, rate("JPY", "2026-01-01", "150.255"), rate("jpy", "2025-01-01", "140"), rate("JPY", "2999-01-01", "170"), rate("KWD", "2026-01-01", "0.307"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := s.offers(t, yen); got != "standard 894, express 2246, freight 13373" { // 5.95, 14.95 and 89.00 dollars
		t.Errorf("%q", got)
	}
	dinar := proto.CloneOf(yen)
	dinar.CurrencyCode = "KWD"
	if got := s.offers(t, dinar); got != "standard 1827, express 4590, freight 27323" {
		t.Errorf("%q", got)
	}
	euro := proto.CloneOf(yen)
	euro.CurrencyCode = "EUR"
	if got := s.offers(t, euro); got != "standard 595, express 1495, freight 8900" {
		t.Errorf("prices of its own: %q", got)
	}
	list, err := s.ListCurrencies(s.ctx, &pricingv1.ListCurrenciesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	steps := map[string]string{}
	for _, currency := range list.GetCurrencies() {
		steps[currency.GetCode()] = fmt.Sprint(currency.GetDigits(), currency.GetCashStepMinor(), " ", currency.GetRate().GetRate())
	}
	for code, want := range map[string]string{"USD": "2 1 ", "CHF": "2 5 ", "JPY": "0 1 150.255", "KWD": "3 1 0.307", "SEK": "2 100 "} {
		if steps[code] != want {
			t.Errorf("%s: %q, want %q", code, steps[code], want)
		}
	}
	for range 2 {
		if _, err := s.DeleteExchangeRate(s.ctx, &pricingv1.DeleteExchangeRateRequest{CurrencyCode: "JPY", ValidFrom: "2026-01-01"}); err != nil {
			t.Fatal(err)
		}
	}
	page, err := s.ListExchangeRates(s.ctx, &pricingv1.ListExchangeRatesRequest{CurrencyCode: "JPY", PageSize: 1})
	if err != nil || page.GetNextPageToken() == "" || page.GetRates()[0].GetRate() != "170" {
		t.Fatalf("%v, %v", page, err)
	}
	page, err = s.ListExchangeRates(s.ctx, &pricingv1.ListExchangeRatesRequest{CurrencyCode: "JPY", PageToken: page.GetNextPageToken()})
	if err != nil || len(page.GetRates()) != 1 || page.GetRates()[0].GetValidFrom() != "2025-01-01" || page.GetRates()[0].GetRate() != "140" {
		t.Errorf("%v, %v", page, err)
	}
}

// A place is in one zone, what is wrong is said of the area or method, and nobody changes a zone behind another's back.
func TestSetShippingZone(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	fine := func() *pricingv1.ShippingZone {
		return &pricingv1.ShippingZone{Name: "North", Areas: []*pricingv1.ShippingArea{{CountryCode: "IS"}}, Methods: []*pricingv1.ShippingMethod{{Code: "boat", Name: "Boat", Active: true, Prices: []*pricingv1.ShippingPrice{{CurrencyCode: "USD", PriceMinor: 900}}}}}
	}
	for name, tc := range map[string]struct {
		change func(*pricingv1.ShippingZone)
		want   string
	}{
		"no country":           {func(z *pricingv1.ShippingZone) { z.Areas[0].CountryCode = "XX" }, "0 country_code"},
		"twice the same place": {func(z *pricingv1.ShippingZone) { z.Areas = append(z.Areas, z.Areas[0]) }, "1 areas"},
		"another zone's place": {func(z *pricingv1.ShippingZone) {
			z.Areas = append(z.Areas, &pricingv1.ShippingArea{CountryCode: "CA"})
		}, "1 areas"},
		"a code of words":     {func(z *pricingv1.ShippingZone) { z.Methods[0].Code = "Big boat" }, "0 methods.code"},
		"twice the same code": {func(z *pricingv1.ShippingZone) { z.Methods = append(z.Methods, z.Methods[0]) }, "1 methods.code"},
		"no name":             {func(z *pricingv1.ShippingZone) { z.Methods[0].Name = " " }, "0 methods.name"},
		"days the wrong way":  {func(z *pricingv1.ShippingZone) { z.Methods[0].MinDays = 3 }, "0 methods.max_days"},
		"no prices":           {func(z *pricingv1.ShippingZone) { z.Methods[0].Prices = nil }, "0 methods.prices"},
		"no currency":         {func(z *pricingv1.ShippingZone) { z.Methods[0].Prices[0].CurrencyCode = "" }, "0 methods.prices[0].currency_code"},
		"below zero":          {func(z *pricingv1.ShippingZone) { z.Methods[0].Prices[0].PriceMinor = -1 }, "0 methods.prices[0].price_minor"},
		"two prices for one": {func(z *pricingv1.ShippingZone) {
			z.Methods[0].Prices = append(z.Methods[0].Prices, &pricingv1.ShippingPrice{CurrencyCode: "USD", PriceMinor: 1})
		}, "0 methods.prices[1].price_minor"},
		"a shop nowhere": {func(z *pricingv1.ShippingZone) {
			z.Methods[0].PickupAddress = &typev1.Address{CountryCode: "US", Region: "ZZ"}
		}, "0 methods.pickup_address.region"},
	} {
		zone := fine()
		tc.change(zone)
		_, err := s.SetShippingZone(s.ctx, &pricingv1.SetShippingZoneRequest{Zone: zone})
		detail, _ := rpc.Detail[*pricingv1.RateProblems](err)
		if len(detail.GetProblems()) != 1 || fmt.Sprint(detail.GetProblems()[0].GetIndex(), " ", detail.GetProblems()[0].GetField()) != tc.want {
			t.Errorf("%s: %v, want %s", name, detail, tc.want)
		}
	}
	stored := s.set(t, fine())
	if _, err := s.SetShippingZone(s.ctx, &pricingv1.SetShippingZoneRequest{Zone: stored, ExpectedVersion: 7}); connect.CodeOf(err) != connect.CodeAborted {
		t.Errorf("changed meanwhile: %v", err)
	}
	stored.Name = "Far north"
	if changed := s.set(t, stored); changed.GetVersion() != 2 || changed.GetMethods()[0].GetPrices()[0].GetPriceMinor() != 900 {
		t.Errorf("%v", changed)
	}
	tried, err := s.TryAddress(s.ctx, &pricingv1.TryAddressRequest{Basket: parcel("IS", "", "101", 1, 1_000, 0)})
	if err != nil || tried.GetQuote().GetTotals().GetShipping().GetAmountMinor() != 900 {
		t.Errorf("%v, %v", tried, err)
	}
	for range 2 {
		if _, err := s.DeleteShippingZone(s.ctx, &pricingv1.DeleteShippingZoneRequest{Id: stored.GetId(), ExpectedVersion: 2}); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.offers(t, parcel("IS", "", "101", 1, 1_000, 0)); got != "failed_precondition: we do not deliver to this country" {
		t.Errorf("%q", got)
	}
}

// A way to deliver that has prices in a cart's currency costs one of them, whatever those in the shop's currency say.
func TestOwnPricesBeforeConverted(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	zone := s.zone(t, "United States")
	zone.Methods = zone.GetMethods()[:1]
	zone.Methods[0].Prices = []*pricingv1.ShippingPrice{{CurrencyCode: "USD", LeastGoodsMinor: 500}, {CurrencyCode: "USD", PriceMinor: 595}, {CurrencyCode: "EUR", PriceMinor: 700}}
	s.set(t, zone)
	if _, err := s.PutExchangeRates(s.ctx, &pricingv1.PutExchangeRatesRequest{Rates: []*pricingv1.ExchangeRate{{CurrencyCode: "EUR", ValidFrom: "2026-01-01", Rate: "0.5"}}}); err != nil {
		t.Fatal(err)
	}
	for currency, want := range map[string]string{"USD": "standard 0", "EUR": "standard 700"} {
		cart := parcel("US", "OR", "97201", 1, 1_000, 100)
		cart.CurrencyCode = currency
		if got := s.offers(t, cart); got != want {
			t.Errorf("in %s: %q, want %q", currency, got, want)
		}
	}
}

// Goods that are fetched where the shop charges no taxes have none, wherever the shopper lives.
func TestPickupWithoutTaxes(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	zone := s.zone(t, "United States")
	zone.Methods = append(zone.Methods, &pricingv1.ShippingMethod{
		Code: "shop", Name: "Fetch it in Hong Kong", Active: true, Prices: []*pricingv1.ShippingPrice{{CurrencyCode: "USD"}},
		PickupAddress: &typev1.Address{FullName: "Our shop", Line1: "1 Harbour Road", City: "Wan Chai", CountryCode: "HK"},
	})
	s.set(t, zone)
	req := parcel("US", "TX", "73301", 1, 10_000, 100)
	if got := s.taxes(t, req); got == "" {
		t.Fatal("nothing is charged where the shopper lives")
	}
	req.DeliveryCode = "shop"
	if got := s.taxes(t, req); got != "" {
		t.Errorf("charged %s", got)
	}
}

// Who pays in cash pays what the coins of the currency allow: in Switzerland five centimes.
func TestCashInFrancs(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	if _, err := s.PutExchangeRates(s.ctx, &pricingv1.PutExchangeRatesRequest{Rates: []*pricingv1.ExchangeRate{{CurrencyCode: "CHF", ValidFrom: "2026-01-01", Rate: "1"}}}); err != nil {
		t.Fatal(err)
	}
	req := parcel("US", "OR", "97201", 1, 1_002, 100) // and 5.95 for delivery
	req.CurrencyCode, req.Cash = "CHF", true
	answer, err := s.Quote(t.Context(), req)
	if err != nil || answer.GetTotals().GetTotal().GetAmountMinor() != 1_595 || answer.GetTotals().GetRounding().GetAmountMinor() != -2 {
		t.Errorf("%v, %v", answer.GetTotals(), err)
	}
}
