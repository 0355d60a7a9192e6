package money

import (
	"strings"
	"sync"

	"github.com/bojanz/currency"
)

// Format is the amount as shoppers of a locale write it, such as "1.234,50 €" for "de-DE", with all of the currency's
// decimals. An unknown locale is formatted as its language, and an unknown language as English.
func (a Amount) Format(locale string) string {
	amount, err := currency.NewAmountFromInt64(a.Minor, a.Currency)
	if err != nil { // a currency younger than the library's table
		return strings.Replace(a.String(), " ", "\u00a0", 1)
	}
	digits, _ := Digits(a.Currency)
	return formatterOf(writing{locale, digits}).Format(amount)
}

// writing is how amounts are written: a locale's way, with so many decimals.
type writing struct {
	locale string
	digits int
}

// formatters are those in use by their writing: a shop has few, and a page needs dozens of them.
var formatters sync.Map

func formatterOf(w writing) *currency.Formatter {
	if known, found := formatters.Load(w); found {
		return known.(*currency.Formatter)
	}
	made := currency.NewFormatter(currency.NewLocale(w.locale))
	made.MinDigits, made.MaxDigits = uint8(w.digits), uint8(w.digits)
	known, _ := formatters.LoadOrStore(w, made)
	return known.(*currency.Formatter)
}
