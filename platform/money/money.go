// Package money owns amounts of money: whole minor units of an ISO 4217 currency, exact arithmetic, and their text.
//
// Nothing here uses floating point, and nothing wraps around: a sum that does not fit is an error.
package money

import (
	"cmp"
	"errors"
	"fmt"
	"math"
)

// ErrCurrency says that two amounts of different currencies met, or that a code is not in the table.
var ErrCurrency = errors.New("money: currencies differ or are unknown")

// ErrOverflow says that a result does not fit in 64 bits of minor units.
var ErrOverflow = errors.New("money: amount too large")

// Amount is a number of minor units (cents, yen, fils) of one currency. It may be negative.
//
// The zero Amount has no currency and meets no other amount; start sums from Zero.
type Amount struct {
	Minor    int64
	Currency string
}

// New returns an amount of a currency that is known; use it where the code comes from outside.
func New(minor int64, currency string) (Amount, error) {
	if !Known(currency) {
		return Amount{}, fmt.Errorf("%w: %q", ErrCurrency, currency)
	}
	return Amount{Minor: minor, Currency: currency}, nil
}

// Zero is nothing of a currency.
func Zero(currency string) Amount { return Amount{Currency: currency} }

// IsZero reports whether the amount is nothing, of whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// IsNegative reports whether the amount is below zero.
func (a Amount) IsNegative() bool { return a.Minor < 0 }

// IsPositive reports whether the amount is above zero.
func (a Amount) IsPositive() bool { return a.Minor > 0 }

// Add returns a + b.
func (a Amount) Add(b Amount) (Amount, error) {
	if err := a.same(b); err != nil {
		return Amount{}, err
	}
	sum := a.Minor + b.Minor
	if (sum > a.Minor) != (b.Minor > 0) {
		return Amount{}, ErrOverflow
	}
	return Amount{Minor: sum, Currency: a.Currency}, nil
}

// Sub returns a - b.
func (a Amount) Sub(b Amount) (Amount, error) {
	if err := a.same(b); err != nil {
		return Amount{}, err
	}
	difference := a.Minor - b.Minor
	if (difference < a.Minor) != (b.Minor > 0) {
		return Amount{}, ErrOverflow
	}
	return Amount{Minor: difference, Currency: a.Currency}, nil
}

// Neg returns the amount with its sign turned.
func (a Amount) Neg() (Amount, error) {
	if a.Minor == math.MinInt64 {
		return Amount{}, ErrOverflow
	}
	return Amount{Minor: -a.Minor, Currency: a.Currency}, nil
}

// Mul returns the amount taken quantity times.
func (a Amount) Mul(quantity int64) (Amount, error) {
	return a.Scale(quantity, 1, Down)
}

// Scale returns the amount × numerator / denominator, rounded once at the end. The denominator is above zero.
func (a Amount) Scale(numerator, denominator int64, rounding Rounding) (Amount, error) {
	minor, err := mulDiv(a.Minor, numerator, denominator, rounding)
	if err != nil {
		return Amount{}, err
	}
	return Amount{Minor: minor, Currency: a.Currency}, nil
}

// Cmp compares two amounts of one currency as cmp.Compare does.
func (a Amount) Cmp(b Amount) (int, error) {
	if err := a.same(b); err != nil {
		return 0, err
	}
	return cmp.Compare(a.Minor, b.Minor), nil
}

// Sum adds amounts of one currency; no amounts sum to nothing.
func Sum(currency string, amounts ...Amount) (Amount, error) {
	total := Zero(currency)
	for _, amount := range amounts {
		var err error
		if total, err = total.Add(amount); err != nil {
			return Amount{}, err
		}
	}
	return total, nil
}

func (a Amount) same(b Amount) error {
	if a.Currency != b.Currency || a.Currency == "" {
		return fmt.Errorf("%w: %q and %q", ErrCurrency, a.Currency, b.Currency)
	}
	return nil
}
