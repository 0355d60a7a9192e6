package money

import (
	"fmt"
	"strings"
)

// Rate is a percentage in millionths: 19 % is 190000. Basis points alone would not hold 8.875 %, New York's sales tax.
type Rate int64

// one is 100 %.
const one Rate = 1_000_000

// BasisPoints is a rate in hundredths of a percent: 1900 is 19 %.
func BasisPoints(points int64) Rate { return Rate(points * 100) }

// ParseRate reads a percentage such as "19" or "8.875", with at most four decimals, from 0 to 1000.
func ParseRate(percent string) (Rate, error) {
	units, err := parseUnits(percent, 4, Notation{})
	if err != nil || units > 1000*10_000 {
		return 0, fmt.Errorf("money: %q is not a percentage", percent)
	}
	return Rate(units), nil
}

// String is the percentage without trailing zeros, such as "8.875".
func (r Rate) String() string {
	text := decimal(int64(r), 4)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// Portion is the rate's share of the amount: a discount, a commission, or the tax to add to a price without tax.
func (a Amount) Portion(rate Rate, rounding Rounding) (Amount, error) {
	return a.Scale(int64(rate), int64(one), rounding)
}

// TaxAdded is the tax to add to a price that does not include it.
func (a Amount) TaxAdded(rate Rate, rounding Rounding) (Amount, error) {
	return a.Portion(rate, rounding)
}

// TaxIncluded is the part of a price that is tax, when the price includes it. Price less tax is the net price, so the
// two always sum to what the shopper saw.
func (a Amount) TaxIncluded(rate Rate, rounding Rounding) (Amount, error) {
	if rate < 0 {
		return Amount{}, fmt.Errorf("money: tax rate %s is below zero", rate)
	}
	return a.Scale(int64(rate), int64(one+rate), rounding)
}
