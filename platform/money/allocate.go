package money

import (
	"cmp"
	"errors"
	"math/bits"
	"slices"
)

// ErrWeights says that an allocation got no weight above zero, or one below.
var ErrWeights = errors.New("money: weights must not be negative and must not all be zero")

// Allocate divides the amount in proportion to weights; the parts sum to the whole.
//
// Each part is first rounded towards zero; the units left go one each to the largest remainders, earlier parts first.
// So every part is within one unit of its exact share, and a part of weight zero is zero.
func (a Amount) Allocate(weights ...int64) ([]Amount, error) {
	var total uint64
	for _, weight := range weights {
		if weight < 0 {
			return nil, ErrWeights
		}
		var carry uint64
		if total, carry = bits.Add64(total, uint64(weight), 0); carry != 0 {
			return nil, ErrOverflow
		}
	}
	if total == 0 {
		return nil, ErrWeights
	}

	type share struct {
		part             int
		units, remainder uint64
	}
	whole := magnitude(a.Minor)
	left := whole
	shares := make([]share, len(weights))
	for i, weight := range weights {
		high, low := bits.Mul64(whole, uint64(weight)) // high < total, since weight <= total
		units, remainder := bits.Div64(high, low, total)
		shares[i] = share{part: i, units: units, remainder: remainder}
		left -= units
	}
	slices.SortStableFunc(shares, func(x, y share) int { return cmp.Compare(y.remainder, x.remainder) })

	parts := make([]Amount, len(weights))
	for _, share := range shares {
		if left > 0 {
			share.units++
			left--
		}
		minor, err := signed(share.units, a.Minor < 0)
		if err != nil {
			return nil, err
		}
		parts[share.part] = Amount{Minor: minor, Currency: a.Currency}
	}
	return parts, nil
}
