package pricing

import (
	"fmt"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// Tax is what a destination asks for.
type Tax struct {
	Rate money.Rate
	Name string
	// Included: prices hold the tax, so that nothing is added to them.
	Included bool
	// OnShipping: delivery is taxed like the goods.
	OnShipping bool
}

// Totals are the sums of some lines. Total is goods and shipping, and tax if it is not included in them.
type Totals struct {
	Goods, Shipping, Tax, Total money.Amount
	// LineTax is the tax of each line, and ShippingTax that of the delivery; together they are Tax.
	LineTax     []money.Amount
	ShippingTax money.Amount
}

// Sum adds up lines, none below zero. Tax is rounded once, on all goods together, and then divided among the lines by their value, so
// that the parts sum to the whole whatever the number of lines.
func Sum(currency string, lines []money.Amount, shipping money.Amount, tax Tax) (Totals, error) {
	for i, line := range lines {
		if line.IsNegative() {
			return Totals{}, fmt.Errorf("line %d is below zero", i)
		}
	}
	if shipping.IsNegative() || tax.Rate < 0 {
		return Totals{}, fmt.Errorf("shipping %s or tax rate %s is below zero", shipping, tax.Rate)
	}
	goods, err := money.Sum(currency, lines...)
	if err != nil {
		return Totals{}, err
	}
	total, err := goods.Add(shipping)
	if err != nil {
		return Totals{}, err
	}
	goodsTax, err := tax.of(goods)
	if err != nil {
		return Totals{}, err
	}
	shippingTax := money.Zero(currency)
	if tax.OnShipping {
		if shippingTax, err = tax.of(shipping); err != nil {
			return Totals{}, err
		}
	}
	lineTax, err := divide(goodsTax, lines)
	if err != nil {
		return Totals{}, err
	}
	all, err := goodsTax.Add(shippingTax)
	if err != nil {
		return Totals{}, err
	}
	if !tax.Included {
		if total, err = total.Add(all); err != nil {
			return Totals{}, err
		}
	}
	return Totals{Goods: goods, Shipping: shipping, Tax: all, Total: total, LineTax: lineTax, ShippingTax: shippingTax}, nil
}

func (t Tax) of(amount money.Amount) (money.Amount, error) {
	if t.Included {
		return amount.TaxIncluded(t.Rate, money.HalfUp)
	}
	return amount.TaxAdded(t.Rate, money.HalfUp)
}

// divide gives each line its share of the tax. Lines without value have none, and then there is no tax to divide.
func divide(tax money.Amount, lines []money.Amount) ([]money.Amount, error) {
	weights := make([]int64, len(lines))
	for i, line := range lines {
		weights[i] = line.Minor
	}
	if tax.IsZero() {
		shares := make([]money.Amount, len(lines))
		for i := range shares {
			shares[i] = money.Zero(tax.Currency)
		}
		return shares, nil
	}
	return tax.Allocate(weights...)
}
