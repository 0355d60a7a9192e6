package money

import (
	"strings"

	"github.com/bojanz/currency"
)

// Format is the amount as shoppers of a locale write it, such as "1.234,50 €" for "de-DE", with all of the currency's
// decimals. An unknown locale is formatted as its language, and an unknown language as English.
func (a Amount) Format(locale string) string {
	parsed := currency.NewLocale(locale)
	amount, err := currency.NewAmountFromInt64(a.Minor, a.Currency)
	if err != nil { // a currency younger than the library's table
		return strings.Replace(a.String(), " ", "\u00a0", 1)
	}
	digits, _ := Digits(a.Currency)
	formatter := currency.NewFormatter(parsed)
	formatter.MinDigits, formatter.MaxDigits = uint8(digits), uint8(digits)
	return formatter.Format(amount)
}
