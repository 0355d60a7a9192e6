package money

import (
	"slices"
	"strings"
	"testing"

	gomoney "github.com/Rhymond/go-money"
	"github.com/bojanz/currency"
)

// A wrong number of decimals charges a hundred times too much or too little. Two tables made by others agree with ours.
func TestDigitsAgreeWithOtherTables(t *testing.T) {
	t.Parallel()
	var missing []string
	for _, code := range Currencies() {
		digits, _ := Digits(code)
		if other := gomoney.GetCurrency(code); other != nil && other.Fraction != digits {
			t.Errorf("%s has %d digits, go-money says %d", code, digits, other.Fraction)
		}
		other, known := currency.GetDigits(code)
		if !known {
			missing = append(missing, code)
		} else if int(other) != digits {
			t.Errorf("%s has %d digits, the formatting library says %d", code, digits, other)
		}
	}
	if want := []string{"XCG"}; !slices.Equal(missing, want) {
		t.Errorf("not in the formatting library: %v, want %v", missing, want)
	}

	// The other way round: all they know and we do not is listed here with its reason.
	left := strings.Fields("ANG BGN " + // withdrawn
		"BOV CHE CHW CLF COU MXV USN UYI UYW") // fund codes
	for _, code := range currency.GetCurrencyCodes() {
		if !Known(code) && !slices.Contains(left, code) {
			t.Errorf("%s is missing", code)
		}
	}
}

func TestDigits(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]int{"EUR": 2, "USD": 2, "JPY": 0, "KRW": 0, "ISK": 0, "KWD": 3, "TND": 3, "HUF": 2} {
		if got, known := Digits(code); !known || got != want {
			t.Errorf("Digits(%s) = %d, %t; want %d", code, got, known, want)
		}
	}
	for _, code := range []string{"", "eur", "EURO", "XXX", "XAU", "ABC"} {
		if Known(code) {
			t.Errorf("%q is known", code)
		}
	}
	if got := CurrencyName("SEK"); got != "Swedish Krona" {
		t.Errorf("CurrencyName(SEK) = %q", got)
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		amount Amount
		locale string
		want   string
	}{
		{Amount{123450, "EUR"}, "de-DE", "1.234,50 €"},
		{Amount{123450, "EUR"}, "de_AT", "€ 1.234,50"},
		{Amount{123400, "USD"}, "en-US", "$1,234.00"},
		{Amount{-500, "USD"}, "en", "−$5.00"},
		{Amount{123450, "EUR"}, "fr-FR", "1 234,50 €"},
		{Amount{123450, "INR"}, "en-IN", "₹1,234.50"},
		{Amount{12345678, "INR"}, "hi-IN", "₹1,23,456.78"},
		{Amount{1234, "JPY"}, "ja-JP", "￥1,234"},
		{Amount{1234, "KWD"}, "en", "KWD 1.234"},
		{Amount{123450, "CHF"}, "de-CH", "CHF 1’234.50"},
		{Amount{0, "GBP"}, "en-GB", "£0.00"},
		{Amount{100, "EUR"}, "xx-YY", "€1.00"},
		{Amount{100, "EUR"}, "", "€1.00"},
		{Amount{100, "XCG"}, "en", "1.00 XCG"},
	}
	for _, tc := range tests {
		got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(tc.amount.Format(tc.locale))
		if got != tc.want {
			t.Errorf("%s in %q = %q, want %q", tc.amount, tc.locale, got, tc.want)
		}
		if strings.ContainsRune(tc.amount.Format(tc.locale), ' ') {
			t.Errorf("%s in %q can break over two lines", tc.amount, tc.locale)
		}
	}
}

// Every currency shows all its decimals in every locale that a market is likely to have.
func TestFormatNeverLosesAUnit(t *testing.T) {
	t.Parallel()
	for _, locale := range []string{"en", "de", "fr", "es", "it", "nl", "pl", "pt-BR", "sv", "ja", "zh", "tr"} {
		for _, code := range Currencies() {
			got := Amount{1234567, code}.Format(locale)
			digits := strings.Map(func(r rune) rune {
				if r < '0' || r > '9' {
					return -1
				}
				return r
			}, got)
			if digits != "1234567" {
				t.Errorf("1234567 units of %s in %s = %q", code, locale, got)
			}
		}
	}
}

func BenchmarkFormat(b *testing.B) {
	amount := Amount{123450, "EUR"}
	for b.Loop() {
		amount.Format("de-DE")
	}
}
