package money

import (
	"errors"
	"math"
	"math/bits"
)

// Rounding says what becomes of the part of a minor unit that a division leaves.
//
// Every mode treats an amount and its negative alike, so that a refund mirrors its sale.
type Rounding int

const (
	// HalfUp rounds to the nearest unit, and a half away from zero: 0.5 to 1, -0.5 to -1.
	HalfUp Rounding = iota
	// HalfEven rounds to the nearest unit, and a half to the even neighbour: 0.5 to 0, 1.5 to 2.
	HalfEven
	// Down drops the part, towards zero.
	Down
)

var errDenominator = errors.New("money: denominator must be above zero")

// mulDiv is value × numerator / denominator with a 128-bit product.
func mulDiv(value, numerator, denominator int64, rounding Rounding) (int64, error) {
	if denominator <= 0 {
		return 0, errDenominator
	}
	negative := (value < 0) != (numerator < 0)
	divisor := uint64(denominator)
	high, low := bits.Mul64(magnitude(value), magnitude(numerator))
	if high >= divisor {
		return 0, ErrOverflow
	}
	quotient, remainder := bits.Div64(high, low, divisor)
	if roundsUp(quotient, remainder, divisor, rounding) {
		quotient++ // cannot wrap: remainder > 0 means divisor > 1, so the quotient is below 2^64-1
	}
	return signed(quotient, negative)
}

func roundsUp(quotient, remainder, divisor uint64, rounding Rounding) bool {
	rest := divisor - remainder // compare with the rest instead of doubling, which could wrap
	switch {
	case rounding == Down || remainder < rest:
		return false
	case remainder > rest:
		return true
	default:
		return rounding == HalfUp || quotient%2 == 1
	}
}

// magnitude is the absolute value; unlike int64, uint64 holds that of the smallest int64.
func magnitude(value int64) uint64 {
	if value < 0 {
		return -uint64(value)
	}
	return uint64(value)
}

func signed(magnitude uint64, negative bool) (int64, error) {
	switch {
	case !negative && magnitude <= math.MaxInt64:
		return int64(magnitude), nil
	case negative && magnitude <= 1<<63:
		return int64(-magnitude), nil
	default:
		return 0, ErrOverflow
	}
}
