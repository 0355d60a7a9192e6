package payment

import (
	"fmt"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// Stripe counts in ISO's minor units, but for these currencies. It writes the first two with two decimals that must be zero, for history's sake,
// and the third without any.
var stripeFactors = map[string][2]int64{"ISK": {100, 1}, "UGX": {100, 1}, "MGA": {1, 100}}

// toStripe is an amount as Stripe counts. ErrRefused: Stripe cannot take it to the last digit, and taking another amount than the order's is out of
// the question. Of currencies with three decimals the last one must be zero.
func toStripe(amount money.Amount) (int64, error) {
	digits, known := money.Digits(amount.Currency)
	if !known {
		return 0, fmt.Errorf("%w: there is no currency %q", ErrRefused, amount.Currency)
	}
	minor, step := amount.Minor, int64(1)
	if digits == 3 {
		step = 10
	}
	if factor, odd := stripeFactors[amount.Currency]; odd {
		minor, step = minor*factor[0], factor[1]
	}
	if minor <= 0 || minor%step != 0 || minor > maxStripeAmount {
		return 0, fmt.Errorf("%w: Stripe cannot take %s; it takes at most 12 digits, in steps of %s", ErrRefused, amount, money.Amount{Minor: step, Currency: amount.Currency})
	}
	if factor := stripeFactors[amount.Currency]; factor[1] > 1 {
		minor /= factor[1]
	}
	return minor, nil
}

// maxStripeAmount is beyond what Stripe takes of any currency; within it sums of ours cannot overflow.
const maxStripeAmount = 999_999_999_999

// fromStripe is what Stripe counts, in our minor units.
func fromStripe(minor int64, currency string) int64 {
	if factor, odd := stripeFactors[currency]; odd {
		return minor * factor[1] / factor[0]
	}
	return minor
}
