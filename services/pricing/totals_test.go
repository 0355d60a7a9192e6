package pricing

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// Whatever is bought and however it is taxed, the parts sum to the whole, no part is below zero, and no line carries more than its share of
// the tax, give or take one unit.
func TestSumPartsMakeTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.Map(rapid.Int64Range(0, 1_000_000_000_000), usd), 0, 100).Draw(t, "lines")
		shipping := usd(rapid.Int64Range(0, 1_000_000).Draw(t, "shipping"))
		tax := Tax{
			Rate:     money.Rate(rapid.Int64Range(0, 1_000_000).Draw(t, "rate")),
			Included: rapid.Bool().Draw(t, "included"), OnShipping: rapid.Bool().Draw(t, "on shipping"),
		}
		totals, err := Sum("USD", lines, shipping, tax)
		if err != nil {
			t.Fatal(err)
		}
		var goods, lineTax int64
		for i, line := range lines {
			goods += line.Minor
			part := totals.LineTax[i].Minor
			lineTax += part
			exact := float64(line.Minor) * share(totals, lines)
			if part < 0 || float64(part) > exact+1 || float64(part) < exact-1 {
				t.Fatalf("line %d of %d carries %d tax, its share is %.2f", i, line.Minor, part, exact)
			}
		}
		want := goods + shipping.Minor
		if !tax.Included {
			want += totals.Tax.Minor
		}
		switch {
		case totals.Goods.Minor != goods || totals.Shipping != shipping:
			t.Fatalf("goods %v and shipping %v; want %d and %v", totals.Goods, totals.Shipping, goods, shipping)
		case totals.Total.Minor != want:
			t.Fatalf("total %v, want %d", totals.Total, want)
		case lineTax+totals.ShippingTax.Minor != totals.Tax.Minor:
			t.Fatalf("taxes of the lines %d and of shipping %v do not make %v", lineTax, totals.ShippingTax, totals.Tax)
		case !tax.OnShipping && !totals.ShippingTax.IsZero():
			t.Fatalf("untaxed shipping carries %v", totals.ShippingTax)
		case totals.Tax.IsNegative() || totals.ShippingTax.IsNegative() || totals.Total.IsNegative():
			t.Fatalf("something is below zero: %+v", totals)
		case tax.Included && totals.Tax.Minor > totals.Total.Minor:
			t.Fatalf("%v of a total of %v is tax", totals.Tax, totals.Total)
		}
	})
}

// share is the tax on one unit of goods.
func share(totals Totals, lines []money.Amount) float64 {
	var tax, goods int64
	for i := range lines {
		tax += totals.LineTax[i].Minor
		goods += lines[i].Minor
	}
	if goods == 0 {
		return 0
	}
	return float64(tax) / float64(goods)
}

// The numbers on real receipts.
func TestSum(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		lines            []int64
		shipping         int64
		tax              Tax
		wantTax, wantSum int64
	}{
		"Germany, tax included":              {[]int64{11900, 2380}, 595, Tax{Rate: money.BasisPoints(1900), Included: true, OnShipping: true}, 2375, 14875},
		"California, tax on goods":           {[]int64{10000}, 595, Tax{Rate: 72500}, 725, 11320},
		"New Jersey, three decimals, on all": {[]int64{10000}, 1000, Tax{Rate: 66250, OnShipping: true}, 663 + 66, 11729},
		"Oregon":                             {[]int64{10000}, 595, Tax{}, 0, 10595},
		"a cent in three":                    {[]int64{1, 1, 1}, 0, Tax{Rate: money.BasisPoints(5000)}, 2, 5},
		"nothing":                            {nil, 0, Tax{Rate: money.BasisPoints(1900)}, 0, 0},
		"given away":                         {[]int64{0, 0}, 0, Tax{Rate: money.BasisPoints(1900), Included: true}, 0, 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var lines []money.Amount
			for _, minor := range tc.lines {
				lines = append(lines, usd(minor))
			}
			totals, err := Sum("USD", lines, usd(tc.shipping), tc.tax)
			if err != nil {
				t.Fatal(err)
			}
			if totals.Tax.Minor != tc.wantTax || totals.Total.Minor != tc.wantSum {
				t.Errorf("tax %v, total %v; want %d and %d", totals.Tax, totals.Total, tc.wantTax, tc.wantSum)
			}
		})
	}
}

// What cannot be sold is refused rather than added up.
func TestSumRefuses(t *testing.T) {
	t.Parallel()
	for name, sum := range map[string]func() error{
		"a negative line":   func() error { _, err := Sum("USD", []money.Amount{usd(-1)}, usd(0), Tax{}); return err },
		"negative shipping": func() error { _, err := Sum("USD", nil, usd(-1), Tax{}); return err },
		"another currency": func() error {
			_, err := Sum("USD", []money.Amount{{Minor: 1, Currency: "EUR"}}, usd(0), Tax{})
			return err
		},
		"more than fits": func() error {
			_, err := Sum("USD", []money.Amount{usd(1 << 62), usd(1 << 62)}, usd(0), Tax{})
			return err
		},
	} {
		if sum() == nil {
			t.Errorf("%s was added up", name)
		}
	}
}

func usd(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "USD"} }
