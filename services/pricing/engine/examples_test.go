package engine

import (
	"fmt"
	"testing"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
)

// taxedAs makes a line of a class of goods.
func taxedAs(class string, quantity int32, price int64) *pricingv1.QuoteLine {
	return &pricingv1.QuoteLine{VariantId: fmt.Sprint(class, price), TaxClass: class, Quantity: quantity, UnitPriceMinor: price}
}

func rates(of ...TaxRate) []TaxRate { return of }

// What tax offices and laws say about rounding, and what it comes to by hand. Each example names the rule that it follows, if there is one.
func TestOfficialExamples(t *testing.T) {
	t.Parallel()
	germany := Zone{Name: "VAT", Included: true, Shipping: LikeGoods, Rates: map[string][]TaxRate{
		"": rates(TaxRate{Name: "VAT 19 %", Rate: 190_000}), "reduced": rates(TaxRate{Name: "VAT 7 %", Rate: 70_000}),
	}}
	britain := Zone{Name: "VAT", Included: true, Shipping: Standard, Rates: map[string][]TaxRate{"": rates(TaxRate{Name: "VAT 20 %", Rate: 200_000}), "zero": rates()}}
	byLine := britain
	byLine.EachLine = true
	japan := Zone{Name: "Consumption tax", Included: true, Shipping: Standard, Rates: map[string][]TaxRate{
		"": rates(TaxRate{Name: "10 %", Rate: 100_000}), "reduced": rates(TaxRate{Name: "8 %", Rate: 80_000}),
	}}
	swiss := Zone{Name: "VAT", Included: true, Shipping: Standard, Rates: map[string][]TaxRate{
		"": rates(TaxRate{Name: "VAT 8.1 %", Rate: 81_000}), "reduced": rates(TaxRate{Name: "VAT 2.6 %", Rate: 26_000}),
	}}
	seattle := Zone{Name: "Sales tax", Shipping: Standard, Rates: map[string][]TaxRate{"": rates(
		TaxRate{Name: "Washington", Rate: 65_000}, TaxRate{Name: "Seattle", Rate: 38_500},
	)}}
	quebec := func(compound bool) *Zone { // QST was taken of the price with GST until 2012, and of the price alone since
		qst := TaxRate{Name: "QST", Rate: 99_750}
		if compound {
			qst = TaxRate{Name: "QST", Rate: 95_000, Compound: true}
		}
		return &Zone{Name: "Taxes", Rates: map[string][]TaxRate{"": rates(TaxRate{Name: "GST", Rate: 50_000}, qst)}}
	}
	tests := map[string]struct {
		currency   string
		zone       *Zone
		lines      []*pricingv1.QuoteLine
		promotions []*pricingv1.Promotion
		shipping   int64
		cash       int64 // smallest coin
		taxes      map[string]int64
		total      int64
		rounding   int64
	}{
		// Directive 2006/112/EC: a discount that is given at once lowers what is taxed (Article 79(b)), at each rate by its part; a price within which the tax is
		// holds rate/(1+rate) of it. How to round is for the member states (Court of Justice, C-484/06 Ahold, operative part 1). 10 % off 119.00 at 19 % and 53.50
		// at 7 % leaves 107.10, of which 17.10 is tax, and 48.15, of which 3.15 is.
		"European Union: two rates and a discount": {
			currency: "EUR", zone: &germany, lines: []*pricingv1.QuoteLine{taxedAs("", 1, 11_900), taxedAs("reduced", 1, 5_350)},
			promotions: []*pricingv1.Promotion{promote("ten", percent(nil, 10))}, taxes: map[string]int64{"VAT 19 %": 1_710, "VAT 7 %": 315}, total: 10_710 + 4_815,
		},
		// The same: what the seller asks for transport belongs to what is taxed (Article 78(b)). How it is divided among goods at two rates is not said there; here it is
		// by what they cost, as is usual. 5.90 beside goods for 107.10 and 48.15 is 4.07 and 1.83: of 111.17 17.75 is tax, of 49.98 3.27.
		"European Union: delivery of goods at two rates": {
			currency: "EUR", zone: &germany, lines: []*pricingv1.QuoteLine{taxedAs("", 1, 10_710), taxedAs("reduced", 1, 4_815)}, shipping: 590,
			taxes: map[string]int64{"VAT 19 %": 1_775, "VAT 7 %": 327}, total: 10_710 + 4_815 + 590,
		},
		// HMRC, VAT guide (Notice 700), paragraph 17.5: tax may be worked out for the whole invoice, or line by line, each to the nearest penny; what is more, a
		// retailer must not round down (17.6). Of three lines at 0.99, each holds 16.5 pence of tax, all together 49.5.
		"United Kingdom: by invoice": {
			currency: "GBP", zone: &britain, lines: []*pricingv1.QuoteLine{taxedAs("", 1, 99), {VariantId: "b", Quantity: 1, UnitPriceMinor: 99}, {VariantId: "c", Quantity: 1, UnitPriceMinor: 99}},
			taxes: map[string]int64{"VAT 20 %": 50}, total: 297,
		},
		"United Kingdom: by line": {
			currency: "GBP", zone: &byLine, lines: []*pricingv1.QuoteLine{taxedAs("", 1, 99), {VariantId: "b", Quantity: 1, UnitPriceMinor: 99}, {VariantId: "c", Quantity: 1, UnitPriceMinor: 99}},
			taxes: map[string]int64{"VAT 20 %": 51}, total: 297,
		},
		// The same guide, section 7: the VAT fraction of 20 % is 1/6, and zero-rated goods hold none. A discount is divided by value: of 6.00 off 30.00 and 30.00 half
		// is off each.
		"United Kingdom: standard and zero-rated goods with a discount": {
			currency: "GBP", zone: &britain, lines: []*pricingv1.QuoteLine{taxedAs("", 1, 3_000), taxedAs("zero", 2, 1_500)},
			promotions: []*pricingv1.Promotion{promote("six", off(nil, 600))}, taxes: map[string]int64{"VAT 20 %": 450}, total: 5_400,
		},
		// Streamlined Sales and Use Tax Agreement, section 324: tax is carried to the third decimal and rounded up when that is more than four, for the invoice or each
		// item, on state and local taxes together. 10.35 % of 14.30 is 1.480, of 14.35 1.485: up.
		"United States: the third decimal is not above four": {
			currency: "USD", zone: &seattle, lines: []*pricingv1.QuoteLine{taxedAs("", 1, 1_430)}, taxes: map[string]int64{"Washington": 93, "Seattle": 55}, total: 1_430 + 148,
		},
		"United States: the third decimal is above four": {
			currency: "USD", zone: &seattle, lines: []*pricingv1.QuoteLine{taxedAs("", 1, 1_435)}, taxes: map[string]int64{"Washington": 94, "Seattle": 55}, total: 1_435 + 149,
		},
		"United States: items together": { // each alone would be 0.10, and 0.30 together
			currency: "USD", zone: &seattle, lines: []*pricingv1.QuoteLine{taxedAs("", 3, 100)}, taxes: map[string]int64{"Washington": 19, "Seattle": 12}, total: 300 + 31,
		},
		// Federal Tax Administration of Switzerland, rates since 2024: 8.1 % and 2.6 %. Coinage Ordinance (SR 941.101), Article 2: the smallest coin is 5 Rappen. Who pays 17.87
		// in cash gives 17.85, and for 17.88 17.90, as the post does it (SRF Kassensturz, "Wechselgeld auf den Rappen genau"); the tax is that of the whole amount.
		"Switzerland: cash down": {
			currency: "CHF", zone: &swiss, lines: []*pricingv1.QuoteLine{taxedAs("", 1, 1_287), taxedAs("reduced", 1, 500)}, cash: 5,
			taxes: map[string]int64{"VAT 8.1 %": 96, "VAT 2.6 %": 13}, total: 1_785, rounding: -2,
		},
		"Switzerland: cash up": {
			currency: "CHF", zone: &swiss, lines: []*pricingv1.QuoteLine{taxedAs("", 1, 1_288), taxedAs("reduced", 1, 500)}, cash: 5,
			taxes: map[string]int64{"VAT 8.1 %": 97, "VAT 2.6 %": 13}, total: 1_790, rounding: 2,
		},
		// National Tax Agency of Japan, Q&A on the qualified invoice system: fractions of a yen are rounded once per rate and invoice, never by line, in a way that the
		// seller chooses. Three lines at 8 % of 108, 54 and 53 yen hold 15.93 yen: 16, where line by line it would be 8 + 4 + 4.
		"Japan: once per rate": {
			currency: "JPY", zone: &japan, lines: []*pricingv1.QuoteLine{taxedAs("reduced", 1, 108), taxedAs("reduced", 1, 54), taxedAs("reduced", 1, 53), taxedAs("", 1, 1_005), taxedAs("", 1, 1_006)},
			taxes: map[string]int64{"8 %": 16, "10 %": 183}, total: 215 + 2_011,
		},
		// No office's example: a Kuwaiti dinar has three decimals (ISO 4217), and half a fils is rounded up as any other. 10 % off 12.345 is 1.2345: 1.235 off, and 11.110 is left.
		"Kuwait: three decimals": {
			currency: "KWD", lines: []*pricingv1.QuoteLine{taxedAs("", 1, 12_345)}, promotions: []*pricingv1.Promotion{promote("ten", percent(nil, 10))}, shipping: 1_250,
			total: 11_110 + 1_250,
		},
		// Revenu Québec, 17 December 2012: from 2013 on QST is 9.975 % of the price without GST, before it was 9.5 % of the price with it; its example of 100.00 comes to
		// 114.98 both ways.
		"Quebec: side by side":     {currency: "CAD", zone: quebec(false), lines: []*pricingv1.QuoteLine{taxedAs("", 1, 10_000)}, taxes: map[string]int64{"GST": 500, "QST": 998}, total: 11_498},
		"Quebec: one on the other": {currency: "CAD", zone: quebec(true), lines: []*pricingv1.QuoteLine{taxedAs("", 1, 10_000)}, taxes: map[string]int64{"GST": 500, "QST": 998}, total: 11_498},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, promotion := range tc.promotions {
				if amount := promotion.GetEffect().GetAmountOff().GetAmount(); amount != nil {
					amount.CurrencyCode = tc.currency
				}
			}
			req := &pricingv1.QuoteRequest{CurrencyCode: tc.currency, CountryCode: "XX", Lines: tc.lines, Cash: tc.cash > 0}
			answer, err := Price(Rules{Promotions: Ready(tc.promotions), Deliveries: parcel(tc.shipping), Tax: tc.zone, CashStep: tc.cash}, req, now)
			if err != nil {
				t.Fatal(err)
			}
			if problem := wrong(req, answer); problem != "" {
				t.Error(problem)
			}
			taxes := map[string]int64{}
			for _, part := range answer.GetTaxes() {
				taxes[part.GetName()] += part.GetAmountMinor()
			}
			if fmt.Sprint(taxes) != fmt.Sprint(tc.taxes) && len(taxes)+len(tc.taxes) > 0 {
				t.Errorf("taxes %v, want %v", taxes, tc.taxes)
			}
			totals := answer.GetTotals()
			if totals.GetTotal().GetAmountMinor() != tc.total || totals.GetRounding().GetAmountMinor() != tc.rounding {
				t.Errorf("total %v rounded by %v, want %d and %d", totals.GetTotal(), totals.GetRounding(), tc.total, tc.rounding)
			}
		})
	}
}

// Who is exempt pays no tax, and what the prices hold of it comes off; no reverse charge is said.
func TestExempt(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		zone          *Zone
		total, relief int64
	}{
		"within prices": {zone: vat(190_000), total: 10_000, relief: 1_900},
		"on top":        {zone: &Zone{Rates: map[string][]TaxRate{"": rates(TaxRate{Name: "Sales tax", Rate: 70_000})}}, total: 11_900},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := &pricingv1.QuoteRequest{CurrencyCode: "EUR", CountryCode: "DE", Lines: []*pricingv1.QuoteLine{taxedAs("", 1, 11_900)}}
			answer, err := Price(Rules{Promotions: Ready(nil), Deliveries: parcel(0), Tax: tc.zone, Exempt: true}, req, now)
			if err != nil {
				t.Fatal(err)
			}
			totals := answer.GetTotals()
			if totals.GetTotal().GetAmountMinor() != tc.total || totals.GetTaxRelief().GetAmountMinor() != tc.relief || totals.GetTax().GetAmountMinor() != 0 || answer.GetReverseCharge() {
				t.Errorf("%v", answer)
			}
		})
	}
}
