package money

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseDecimal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Amount{
		"0":                    {0, "EUR"},
		"12":                   {1200, "EUR"},
		"12.5":                 {1250, "EUR"},
		"12.50":                {1250, "EUR"},
		"007.01":               {701, "EUR"},
		"92233720368547758.07": {math.MaxInt64, "EUR"},
		"1234":                 {1234, "JPY"},
		"1.234":                {1234, "KWD"},
	} {
		if got, err := ParseDecimal(text, want.Currency); err != nil || got != want {
			t.Errorf("ParseDecimal(%q, %s) = %v, %v; want %v", text, want.Currency, got, err, want)
		}
	}
}

// A feed's odd number is refused, never guessed: a wrong guess sells at a hundredth of the price.
func TestParseDecimalRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "-1", "+1", "-0", "NaN", "Inf", "1e3", "1E3", "0x10", "1_000", "1,000", "1.000,00", "1,50", "12.505",
		".5", "5.", ".", "1.2.3", "1 000", "12.50 ", "\u0661", "１２", "12.5\x00", "\xff", "€5", "5€", strings.Repeat("0", 41),
	} {
		if got, err := ParseDecimal(text, "EUR"); !errors.Is(err, ErrFormat) {
			t.Errorf("ParseDecimal(%q) = %v, %v; want ErrFormat", text, got, err)
		}
	}
	for text, currency := range map[string]string{"1.0": "JPY", "1.0000": "KWD"} {
		if got, err := ParseDecimal(text, currency); !errors.Is(err, ErrFormat) {
			t.Errorf("ParseDecimal(%q, %s) = %v, %v; want ErrFormat", text, currency, got, err)
		}
	}
	if _, err := ParseDecimal("92233720368547758.08", "EUR"); !errors.Is(err, ErrOverflow) {
		t.Errorf("one above the largest: %v", err)
	}
	if _, err := ParseDecimal("1", "XXX"); !errors.Is(err, ErrCurrency) {
		t.Errorf("unknown currency: %v", err)
	}
}

func TestNotation(t *testing.T) {
	t.Parallel()
	german := Notation{Point: ',', Group: '.'}
	for text, want := range map[string]int64{
		"1.234,50": 123450, "1234,5": 123450, "1.234.567": 123456700, "12,50": 1250, "123": 12300,
	} {
		if got, err := german.Parse(text, "EUR"); err != nil || got.Minor != want {
			t.Errorf("Parse(%q) = %v, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"1.23", "1.2345", ".123", "1..234", "1234.567", "1,234.50", "1.234,", "12,50.0"} {
		if got, err := german.Parse(text, "EUR"); !errors.Is(err, ErrFormat) {
			t.Errorf("Parse(%q) = %v, %v; want ErrFormat", text, got, err)
		}
	}
	spaced := Notation{Point: ',', Group: '\u00a0'}
	if got, err := spaced.Parse("1\u00a0234,50", "EUR"); err != nil || got.Minor != 123450 {
		t.Errorf("with no-break space: %v, %v", got, err)
	}
	if _, err := (Notation{Group: '.'}).Parse("1.234", "KWD"); !errors.Is(err, ErrFormat) {
		t.Errorf("point and group alike: %v", err)
	}
}

func TestDecimalReadsBack(t *testing.T) {
	t.Parallel()
	codes := Currencies()
	rapid.Check(t, func(t *rapid.T) {
		want := Amount{rapid.Int64Range(0, math.MaxInt64).Draw(t, "minor"), rapid.SampledFrom(codes).Draw(t, "currency")}
		got, err := ParseDecimal(want.Decimal(), want.Currency)
		if err != nil || got != want {
			t.Fatalf("%q read back as %v, %v", want.Decimal(), got, err)
		}
	})
	for want, amount := range map[string]Amount{
		"0.05": {5, "EUR"}, "-0.05": {-5, "EUR"}, "-12.00": {-1200, "EUR"}, "7": {7, "JPY"}, "0.007": {7, "KWD"},
		"-92233720368547758.08": {math.MinInt64, "EUR"},
	} {
		if got := amount.Decimal(); got != want {
			t.Errorf("Decimal of %d %s = %q, want %q", amount.Minor, amount.Currency, got, want)
		}
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"12.50", "0", "1e3", "NaN", "-1", "1,000.00", "92233720368547758.08", "\u0661.5"} {
		f.Add(seed, "EUR")
		f.Add(seed, "JPY")
	}
	f.Fuzz(func(t *testing.T, text, currency string) {
		amount, err := ParseDecimal(text, currency)
		if err != nil {
			if amount != (Amount{}) {
				t.Fatalf("ParseDecimal(%q, %q) failed and returned %v", text, currency, amount)
			}
			return
		}
		if amount.IsNegative() || strings.Trim(text, "0123456789.") != "" || strings.Count(text, ".") > 1 {
			t.Fatalf("ParseDecimal(%q, %q) accepted as %v", text, currency, amount)
		}
		// What was read says the same number as what was written: equal up to leading and trailing zeros.
		normal := func(s string) string {
			if strings.Contains(s, ".") {
				s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
			}
			return strings.TrimLeft(s, "0")
		}
		if normal(amount.Decimal()) != normal(text) {
			t.Fatalf("ParseDecimal(%q, %q) = %s", text, currency, amount)
		}
	})
}

// However many amounts are written, each is written as itself.
func TestFormatMany(t *testing.T) {
	t.Parallel()
	for minor := range int64(2 * mostWritten) {
		want := fmt.Sprintf("$%d.%02d", minor/100, minor%100)
		if got := strings.ReplaceAll((Amount{Minor: minor, Currency: "USD"}).Format("en-US"), ",", ""); got != want {
			t.Fatalf("%d is written %q, want %q", minor, got, want)
		}
	}
}
