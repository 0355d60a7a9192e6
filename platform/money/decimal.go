package money

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrFormat says that a text is not an amount: see ParseDecimal for what is.
var ErrFormat = errors.New("money: not an amount")

// Notation says how a text writes numbers. The zero Notation is 1234.50.
type Notation struct {
	Point rune // before the minor units; 0 means '.'
	Group rune // between thousands; 0 means that there is none
}

// ParseDecimal reads an exact amount in major units, such as "1234.50".
//
// Only ASCII digits and one point are accepted, with a digit on both sides of it. A sign, an exponent, a space, a
// thousands separator, or more decimals than the currency has is ErrFormat; nothing is ever rounded.
func ParseDecimal(text, currency string) (Amount, error) {
	return Notation{}.Parse(text, currency)
}

// Parse is ParseDecimal for texts in this notation. Where a thousands separator is stated it may be left out, but when
// used it must stand between all groups of three: "1,23" is not an amount.
func (n Notation) Parse(text, currency string) (Amount, error) {
	digits, known := Digits(currency)
	if !known {
		return Amount{}, fmt.Errorf("%w: %q", ErrCurrency, currency)
	}
	minor, err := parseUnits(text, digits, n)
	if err != nil {
		return Amount{}, err
	}
	return Amount{Minor: minor, Currency: currency}, nil
}

// Decimal is the amount in major units with a point, such as "1234.50": for feeds, forms and machines. ParseDecimal
// reads it back when it is not negative.
func (a Amount) Decimal() string {
	digits, _ := Digits(a.Currency)
	return decimal(a.Minor, digits)
}

// String is the amount for logs, such as "1234.50 EUR".
func (a Amount) String() string { return a.Decimal() + " " + a.Currency }

// longest is more than any int64 needs, with separators.
const longest = 40

func parseUnits(text string, digits int, n Notation) (int64, error) {
	point, group := n.Point, n.Group
	if point == 0 {
		point = '.'
	}
	if len(text) == 0 || len(text) > longest || point == group || !utf8.ValidString(text) {
		return 0, ErrFormat
	}
	whole, fraction, pointed := strings.Cut(text, string(point))
	if pointed && fraction == "" || len(fraction) > digits {
		return 0, ErrFormat
	}
	whole, err := ungroup(whole, group)
	if err != nil {
		return 0, err
	}
	var units int64
	for i := range len(whole) + digits {
		digit := byte('0') // the decimals that were left out
		if i < len(whole) {
			digit = whole[i]
		} else if i-len(whole) < len(fraction) {
			digit = fraction[i-len(whole)]
		}
		if digit < '0' || digit > '9' {
			return 0, ErrFormat
		}
		value := int64(digit - '0')
		if units > (math.MaxInt64-value)/10 {
			return 0, ErrOverflow
		}
		units = units*10 + value
	}
	return units, nil
}

// ungroup takes the thousands separators out, or refuses when they do not stand where they should.
func ungroup(whole string, group rune) (string, error) {
	if whole == "" {
		return "", ErrFormat
	}
	if group == 0 || !strings.ContainsRune(whole, group) {
		return whole, nil
	}
	groups := strings.Split(whole, string(group))
	for i, part := range groups {
		if len(part) != 3 && (i > 0 || len(part) == 0 || len(part) > 3) {
			return "", ErrFormat
		}
	}
	return strings.Join(groups, ""), nil
}

func decimal(units int64, digits int) string {
	text := strconv.FormatUint(magnitude(units), 10)
	if digits > 0 {
		if missing := digits + 1 - len(text); missing > 0 {
			text = strings.Repeat("0", missing) + text
		}
		text = text[:len(text)-digits] + "." + text[len(text)-digits:]
	}
	if units < 0 {
		text = "-" + text
	}
	return text
}
