package pricing

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// office is a service with somebody who sees what they have changed.
type office struct {
	*Service
	ctx context.Context
}

func newOffice(t *testing.T, currency string) office {
	t.Helper()
	return office{New(Config{DB: postgrestest.New(t), Currency: currency}), postgres.WithToken(t.Context(), 0)}
}

// setTaxes replaces the taxes of a country.
func (s office) setTaxes(t *testing.T, zone *pricingv1.TaxZone, expected int64) *pricingv1.TaxZone {
	t.Helper()
	answer, err := s.SetTaxZone(s.ctx, &pricingv1.SetTaxZoneRequest{Zone: zone, ExpectedVersion: expected})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetZone()
}

func (s office) putTaxes(t *testing.T, taxes ...*pricingv1.Tax) {
	t.Helper()
	if _, err := s.PutTaxes(s.ctx, &pricingv1.PutTaxesRequest{Taxes: taxes}); err != nil {
		t.Fatal(err)
	}
}

// taxes says what is charged, as "name amount" with commas between.
func (s office) taxes(t *testing.T, req *pricingv1.QuoteRequest) string {
	t.Helper()
	answer, err := s.Quote(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, part := range answer.GetTaxes() {
		parts = append(parts, fmt.Sprintf("%s %d", part.GetName(), part.GetAmountMinor()))
	}
	return strings.Join(parts, ", ")
}

func to(country, region, postcode string, lines ...*pricingv1.QuoteLine) *pricingv1.QuoteRequest {
	if lines == nil {
		lines = []*pricingv1.QuoteLine{{VariantId: id.New(), Quantity: 1, UnitPriceMinor: 100_000, Digital: true}}
	}
	return &pricingv1.QuoteRequest{CurrencyCode: "USD", CountryCode: country, Region: region, PostalCode: postcode, Lines: lines}
}

// Of each step the tax of the narrowest place is taken, those of different steps together, and a class has its own where there is one.
func TestTaxesOfAPlace(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	s.putTaxes(t,
		&pricingv1.Tax{CountryCode: "US", Region: "WA", Name: "State", Rate: 65_000, Step: 1},
		&pricingv1.Tax{CountryCode: "US", Region: "Washington", TaxClass: "reduced", Name: "Food", Rate: 0, Step: 1},
		&pricingv1.Tax{CountryCode: "US", Region: "WA", PostcodeFrom: "98000", PostcodeUntil: "98199", Name: "King", Rate: 10_000, Step: 2},
		&pricingv1.Tax{CountryCode: "US", Region: "WA", PostcodeFrom: "98101", Name: "Seattle", Rate: 38_500, Step: 2},
		&pricingv1.Tax{CountryCode: "US", Region: "WA", PostcodeFrom: "9812", Name: "Quarter", Rate: 20_000, Step: 3},
		&pricingv1.Tax{CountryCode: "CA", PostcodeFrom: "K1A", Name: "Hill", Rate: 1_000, Step: 2},
	)
	food := &pricingv1.QuoteLine{VariantId: id.New(), Quantity: 1, UnitPriceMinor: 100_000, TaxClass: "reduced", Digital: true}
	for name, tc := range map[string]struct {
		req  *pricingv1.QuoteRequest
		want string
	}{
		"the state":              {to("US", "WA", "99201"), "State 6500"},
		"no postcode":            {to("US", "WA", ""), "State 6500"},
		"by name":                {to("US", "washington", "99201"), "State 6500"},
		"a county":               {to("US", "WA", "98199"), "State 6500, King 1000"},
		"with more digits":       {to("US", "WA", "98199-1234"), "State 6500, King 1000"},
		"beyond the county":      {to("US", "WA", "98200"), "State 6500"},
		"the city alone":         {to("US", "WA", "98101"), "State 6500, Seattle 3850"},
		"its longer postcode":    {to("US", "WA", "98101-2034"), "State 6500, Seattle 3850"},
		"what codes begin with":  {to("US", "WA", "98122"), "State 6500, King 1000, Quarter 2000"},
		"another state":          {to("US", "OR", "98101"), ""},
		"no state":               {to("US", "", "98101"), ""},
		"food":                   {to("US", "WA", "98101", food), "Seattle 3850"},
		"a postcode in capitals": {to("CA", "ON", "k1a0b1"), "HST 13 % 13000, Hill 100"},
		"signs of ours":          {to("US", "W|A", "98|101"), "State 6500, Seattle 3850"},
		"a class without any":    {to("US", "WA", "99201", &pricingv1.QuoteLine{VariantId: id.New(), Quantity: 1, UnitPriceMinor: 100_000, TaxClass: "unheard-of", Digital: true}), "State 6500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := s.taxes(t, tc.req); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// A new rate counts from its day on, and one that ends until the end of its last day.
func TestTaxesOfADay(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	today := clock.Now().UTC()
	on := func(days int) string { return today.AddDate(0, 0, days).Format(dayForm) }
	s.setTaxes(t, &pricingv1.TaxZone{CountryCode: "DE", Name: "VAT", PricesIncludeTax: true, Shipping: pricingv1.ShippingTax_SHIPPING_TAX_LIKE_GOODS, Taxes: []*pricingv1.Tax{
		{Name: "always", Rate: 190_000}, {Name: "since yesterday", Rate: 160_000, ValidFrom: on(-1), ValidUntil: on(0)}, {Name: "tomorrow", Rate: 200_000, ValidFrom: on(1)},
		{Name: "long ago", Rate: 150_000, ValidFrom: "2007-01-01", ValidUntil: on(-1)},
	}}, 1)
	if got := s.taxes(t, to("DE", "", "")); got != "since yesterday 13793" {
		t.Errorf("%q", got)
	}
	zone, err := s.GetTaxZone(s.ctx, &pricingv1.GetTaxZoneRequest{CountryCode: "DE"})
	if err != nil || len(zone.GetZone().GetTaxes()) != 4 || zone.GetZone().GetTaxes()[2].GetValidUntil() != on(0) {
		t.Errorf("%v, %v", zone, err)
	}
	list, err := s.ListTaxZones(s.ctx, &pricingv1.ListTaxZonesRequest{PageSize: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range list.GetZones() {
		if of.GetCountryCode() == "DE" && fmt.Sprint(of.GetSummary()) != "[always since yesterday]" {
			t.Errorf("summary %v", of.GetSummary())
		}
	}
}

// Businesses of other countries of the Union owe the tax themselves, once the shop has said where it is; the others are told why their number changes nothing.
func TestReverseCharge(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	quote := func(country, number string) *pricingv1.QuoteResponse {
		req := to(country, "", "")
		req.VatNumber = number
		answer, err := s.Quote(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	if answer := quote("AT", "ATU13585627"); answer.GetReverseCharge() || answer.GetVatNumberProblem() == "" {
		t.Errorf("a shop that has not said where it is: %v", answer)
	}
	set := func(country, number string, version int64) error {
		_, err := s.SetTaxSettings(s.ctx, &pricingv1.SetTaxSettingsRequest{Settings: &pricingv1.TaxSettings{CountryCode: country, VatNumber: number}, ExpectedVersion: version})
		return err
	}
	if err := set("DE", "DE136695977", 1); connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), "a digit is wrong") {
		t.Errorf("a wrong number of its own: %v", err)
	}
	if err := set("DE", "DE 136 695 976", 1); err != nil {
		t.Fatal(err)
	}
	if err := set("DE", "", 1); connect.CodeOf(err) != connect.CodeAborted {
		t.Errorf("changed meanwhile: %v", err)
	}
	answer := quote("AT", "atu 13585627")
	if totals := answer.GetTotals(); !answer.GetReverseCharge() || answer.GetVatNumberProblem() != "" || totals.GetTotal().GetAmountMinor() != 83_333 || totals.GetTaxRelief().GetAmountMinor() != 16_667 {
		t.Errorf("a business in Austria: %v", answer)
	}
	for name, tc := range map[string]struct{ country, number, says string }{
		"a wrong digit":      {"AT", "ATU13585628", "a digit is wrong"},
		"another country's":  {"AT", "FR40303265045", "another country"},
		"at home":            {"DE", "DE136695976", "within Germany"},
		"outside the Union":  {"CH", "CHE107787577", "does not change the tax"},
		"where nobody knows": {"US", "12", "does not change the tax"},
	} {
		if answer := quote(tc.country, tc.number); answer.GetReverseCharge() || !strings.Contains(answer.GetVatNumberProblem(), tc.says) {
			t.Errorf("%s: %q", name, answer.GetVatNumberProblem())
		}
	}
}

// Groups that the shop frees from taxes pay none, wherever the goods go.
func TestExemptGroups(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	if _, err := s.SetTaxSettings(s.ctx, &pricingv1.SetTaxSettingsRequest{Settings: &pricingv1.TaxSettings{ExemptGroups: []string{"embassies"}}, ExpectedVersion: 1}); err != nil {
		t.Fatal(err)
	}
	for group, want := range map[string]string{"embassies": "", "trade": "VAT 19 % 15966", "": "VAT 19 % 15966"} {
		req := to("DE", "", "")
		req.CustomerGroup = group
		if got := s.taxes(t, req); got != want {
			t.Errorf("%q pays %q, want %q", group, got, want)
		}
	}
}

// What is wrong with a tax is said of it, and then none is stored; what is right replaces what was there for the same place, class, step and day.
func TestPutTaxes(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	good := &pricingv1.Tax{CountryCode: "US", Region: "TX", PostcodeFrom: "73301", Name: "Austin", Rate: 20_000, Step: 2}
	places := 0
	wrong := func(change func(*pricingv1.Tax)) *pricingv1.Tax {
		tax := proto.CloneOf(good)
		places++
		tax.PostcodeFrom = fmt.Sprint(74_000 + places)
		change(tax)
		return tax
	}
	_, err := s.PutTaxes(s.ctx, &pricingv1.PutTaxesRequest{Taxes: []*pricingv1.Tax{
		good, proto.CloneOf(good),
		wrong(func(x *pricingv1.Tax) { x.CountryCode = "ZZ" }), wrong(func(x *pricingv1.Tax) { x.Region = "Bavaria" }),
		wrong(func(x *pricingv1.Tax) { x.PostcodeFrom, x.PostcodeUntil = "75999", "75000" }), wrong(func(x *pricingv1.Tax) { x.PostcodeFrom, x.PostcodeUntil = "", "75000" }),
		wrong(func(x *pricingv1.Tax) { x.PostcodeFrom = "75_00" }), wrong(func(x *pricingv1.Tax) { x.TaxClass = "books" }), wrong(func(x *pricingv1.Tax) { x.Step = 10 }),
		wrong(func(x *pricingv1.Tax) { x.Name = " " }), wrong(func(x *pricingv1.Tax) { x.Rate = 1_000_001 }), wrong(func(x *pricingv1.Tax) { x.ValidFrom = "31.1.2026" }),
		wrong(func(x *pricingv1.Tax) { x.ValidFrom, x.ValidUntil = "2026-02-02", "2026-02-01" }), wrong(func(x *pricingv1.Tax) { x.CountryCode, x.Region = "DE", "BY" }),
	}})
	detail, found := rpc.Detail[*pricingv1.RateProblems](err)
	if connect.CodeOf(err) != connect.CodeInvalidArgument || !found {
		t.Fatal(err)
	}
	want := []string{"1 ", "2 country_code", "3 region", "4 postcode_until", "5 postcode_from", "6 postcode_from", "7 tax_class", "8 step", "9 name", "10 rate", "11 valid_from", "12 valid_until", "13 region"}
	for i, problem := range detail.GetProblems() {
		if got := fmt.Sprintf("%d %s", problem.GetIndex(), problem.GetField()); i >= len(want) || got != want[i] {
			t.Errorf("problem %d is %s: %s", i, got, problem.GetText())
		}
	}
	if len(detail.GetProblems()) != len(want) {
		t.Errorf("%d problems, want %d", len(detail.GetProblems()), len(want))
	}
	if _, err := s.PutTaxes(s.ctx, &pricingv1.PutTaxesRequest{Taxes: []*pricingv1.Tax{good}, ValidateOnly: true}); err != nil {
		t.Fatal(err)
	}
	if got := s.taxes(t, to("US", "TX", "73301")); got != "Sales tax 6250" {
		t.Errorf("something was stored: %q", got)
	}
	s.putTaxes(t, good)
	better := proto.CloneOf(good)
	better.Rate = 10_000
	s.putTaxes(t, better)
	if got := s.taxes(t, to("US", "TX", "73301")); got != "Sales tax 6250, Austin 1000" {
		t.Errorf("%q", got)
	}
}

// Thousands of postcodes are stored, read page by page, and gone with their zone; one that somebody else changed is not.
func TestPostcodeTable(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	const many = 2_500
	for start := 0; start < many; start += 500 {
		var taxes []*pricingv1.Tax
		for i := range 500 {
			taxes = append(taxes, &pricingv1.Tax{CountryCode: "US", Region: "CA", PostcodeFrom: fmt.Sprintf("9%04d", start+i), Name: "District", Rate: int32(start + i), Step: 2})
		}
		s.putTaxes(t, taxes...)
	}
	if got := s.taxes(t, to("US", "CA", "91234")); got != "Sales tax 7250, District 123" {
		t.Errorf("%q", got)
	}
	seen, token := 0, ""
	for {
		page, err := s.ListTaxes(s.ctx, &pricingv1.ListTaxesRequest{CountryCode: "US", PageSize: 1000, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, tax := range page.GetTaxes() {
			if tax.GetPostcodeFrom() != "" {
				if tax.GetPostcodeFrom() != fmt.Sprintf("9%04d", seen) || tax.GetPostcodeUntil() != "" {
					t.Fatalf("number %d is %v", seen, tax)
				}
				seen++
			}
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	begun, err := s.ListTaxes(s.ctx, &pricingv1.ListTaxesRequest{CountryCode: "US", FromRegion: "California", FromPostcode: "91234", PageSize: 1})
	if err != nil || begun.GetTaxes()[0].GetPostcodeFrom() != "91234" {
		t.Errorf("%v, %v", begun, err)
	}
	if seen != many {
		t.Errorf("%d were listed, want %d", seen, many)
	}
	deletion := func(version int64) error {
		_, err := s.DeleteTaxZone(s.ctx, &pricingv1.DeleteTaxZoneRequest{CountryCode: "US", Region: "CA", ExpectedVersion: version})
		return err
	}
	if err := deletion(2); connect.CodeOf(err) != connect.CodeAborted {
		t.Errorf("a version that nobody looked at: %v", err)
	}
	for range 2 { // a repeat changes nothing
		if err := deletion(1); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.taxes(t, to("US", "CA", "91234")); got != "" {
		t.Errorf("after its end: %q", got)
	}
}

// Classes that taxes are for stay; a zone cannot be made twice, nor changed behind somebody's back.
func TestSetTaxClassesAndZones(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	classes := func(removed string, codes ...string) error {
		req := &pricingv1.SetTaxClassesRequest{RemovedCodes: []string{removed}}
		for _, code := range codes {
			req.Classes = append(req.Classes, &pricingv1.TaxClass{Code: code, Name: "Class " + code})
		}
		_, err := s.SetTaxClasses(t.Context(), req)
		return err
	}
	if err := classes("", "books", "books"); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("twice the same: %v", err)
	}
	if err := classes("reduced", "books", "food"); err != nil {
		t.Fatal(err)
	}
	zone := &pricingv1.TaxZone{CountryCode: "FR", Name: "TVA", PricesIncludeTax: true, Shipping: pricingv1.ShippingTax_SHIPPING_TAX_STANDARD, Taxes: []*pricingv1.Tax{{Name: "TVA 20 %", Rate: 200_000}, {Name: "TVA 5,5 %", TaxClass: "books", Rate: 55_000}}}
	if _, err := s.SetTaxZone(s.ctx, &pricingv1.SetTaxZoneRequest{Zone: zone}); connect.CodeOf(err) != connect.CodeAlreadyExists {
		t.Errorf("a second France: %v", err)
	}
	stored := s.setTaxes(t, zone, 1)
	if _, err := s.SetTaxZone(s.ctx, &pricingv1.SetTaxZoneRequest{Zone: zone, ExpectedVersion: 1}); connect.CodeOf(err) != connect.CodeAborted || stored.GetVersion() != 2 {
		t.Errorf("changed meanwhile: %v, %v", err, stored)
	}
	zone.Taxes[1].TaxClass = "shoes"
	_, err := s.SetTaxZone(s.ctx, &pricingv1.SetTaxZoneRequest{Zone: zone, ExpectedVersion: 2})
	if detail, _ := rpc.Detail[*pricingv1.RateProblems](err); len(detail.GetProblems()) != 1 || detail.GetProblems()[0].GetIndex() != 1 || !strings.Contains(detail.GetProblems()[0].GetText(), "books, food") {
		t.Errorf("a class that is none: %v", err)
	}
	if err := classes("books"); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a class with taxes went: %v", err)
	}
	req := to("FR", "", "", &pricingv1.QuoteLine{VariantId: id.New(), Quantity: 1, UnitPriceMinor: 10_550, TaxClass: "books", Digital: true}, &pricingv1.QuoteLine{VariantId: id.New(), Quantity: 1, UnitPriceMinor: 12_000, Digital: true})
	if got := s.taxes(t, req); got != "TVA 20 % 2000, TVA 5,5 % 550" {
		t.Errorf("%q", got)
	}
}

// Japan, as a shop in yen has it: what the engine's examples say of the National Tax Agency's rule holds for a whole quote with the tables behind it.
func TestQuoteInJapan(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "JPY")
	s.setTaxes(t, &pricingv1.TaxZone{CountryCode: "JP", Name: "Consumption tax", PricesIncludeTax: true, Shipping: pricingv1.ShippingTax_SHIPPING_TAX_STANDARD, Taxes: []*pricingv1.Tax{
		{Name: "10 %", Rate: 100_000}, {Name: "8 %", TaxClass: "reduced", Rate: 80_000},
	}}, 1)
	zones, err := s.ListShippingZones(s.ctx, &pricingv1.ListShippingZonesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	rest := zones.GetZones()[1]
	rest.Methods = []*pricingv1.ShippingMethod{{Code: "parcel", Name: "Parcel", Active: true, MaxDays: 2, Prices: []*pricingv1.ShippingPrice{{CurrencyCode: "JPY", PriceMinor: 770}, {CurrencyCode: "JPY", LeastGoodsMinor: 5_000}}}}
	if _, err := s.SetShippingZone(s.ctx, &pricingv1.SetShippingZoneRequest{Zone: rest, ExpectedVersion: rest.GetVersion()}); err != nil {
		t.Fatal(err)
	}
	line := func(class string, price int64) *pricingv1.QuoteLine {
		return &pricingv1.QuoteLine{VariantId: id.New(), Quantity: 1, UnitPriceMinor: price, TaxClass: class}
	}
	req := to("JP", "東京都", "〒100-0001", line("reduced", 108), line("reduced", 54), line("reduced", 53), line("", 1_005), line("", 1_006))
	req.CurrencyCode = "JPY"
	answer, err := s.Quote(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	// 2,781 yen at 10 % with the delivery hold 252.8 of tax, 215 at 8 % hold 15.9.
	if totals := answer.GetTotals(); totals.GetTotal().GetAmountMinor() != 2_226+770 || totals.GetTax().GetAmountMinor() != 253+16 {
		t.Errorf("%v", totals)
	}
	if left := answer.GetDeliveries()[0].GetFreeFromRemaining().GetAmountMinor(); left != 5_000-2_226 {
		t.Errorf("%d more for free delivery", left)
	}
}

// Without a VAT number of its own a shop cannot leave the tax to its buyers.
func TestReverseChargeNeedsTheShopsNumber(t *testing.T) {
	t.Parallel()
	s := newOffice(t, "USD")
	if _, err := s.SetTaxSettings(s.ctx, &pricingv1.SetTaxSettingsRequest{Settings: &pricingv1.TaxSettings{CountryCode: "DE"}, ExpectedVersion: 1}); err != nil {
		t.Fatal(err)
	}
	req := to("AT", "", "")
	req.VatNumber = "ATU13585627"
	answer, err := s.Quote(t.Context(), req)
	if err != nil || answer.GetReverseCharge() || answer.GetVatNumberProblem() == "" {
		t.Errorf("%v, %v", answer, err)
	}
}
