package money

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/bojanz/currency"
)

// Format is the amount as shoppers of a locale write it, such as "1.234,50 €" for "de-DE", with all of the currency's
// decimals. An unknown locale is formatted as its language, and an unknown language as English.
func (a Amount) Format(locale string) string {
	text := writing{a, locale}
	if known, found := written.texts.Load(text); found {
		return known.(string)
	}
	if written.count.Add(1) > mostWritten {
		written.texts.Clear()
		written.count.Store(1)
	}
	formatted := a.format(locale)
	written.texts.Store(text, formatted)
	return formatted
}

func (a Amount) format(locale string) string {
	amount, err := currency.NewAmountFromInt64(a.Minor, a.Currency)
	if err != nil { // a currency younger than the library's table
		return strings.Replace(a.String(), " ", "\u00a0", 1)
	}
	digits, _ := Digits(a.Currency)
	formatter := currency.NewFormatter(currency.NewLocale(locale))
	formatter.MinDigits, formatter.MaxDigits = uint8(digits), uint8(digits)
	text := formatter.Format(amount)
	if a.Minor < 0 { // a minus, which is as wide as the digits, and not a hyphen, after which a line may end
		text = strings.Replace(text, "-", "−", 1)
	}
	return text
}

// writing is an amount in a locale's way.
type writing struct {
	amount Amount
	locale string
}

// written remembers how amounts are written: a list shows dozens, and a shop has far fewer prices than products. It begins anew when it is full.
var written struct {
	texts sync.Map // of strings by writing
	count atomic.Int64
}

const mostWritten = 20_000
