package money

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// Sums are exact or refused: a total that wrapped around would sell a shop for nothing.
func TestArithmeticIsExactOrRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		x, y := Amount{a, "EUR"}, Amount{b, "EUR"}
		exact := func(name string, got Amount, err error, want *big.Int) {
			if !want.IsInt64() {
				if !errors.Is(err, ErrOverflow) {
					t.Fatalf("%s of %d and %d = %v, %v; want ErrOverflow", name, a, b, got, err)
				}
				return
			}
			if err != nil || got != (Amount{want.Int64(), "EUR"}) {
				t.Fatalf("%s of %d and %d = %v, %v; want %s", name, a, b, got, err, want)
			}
		}
		bigA, bigB := big.NewInt(a), big.NewInt(b)
		sum, err := x.Add(y)
		exact("Add", sum, err, new(big.Int).Add(bigA, bigB))
		difference, err := x.Sub(y)
		exact("Sub", difference, err, new(big.Int).Sub(bigA, bigB))
		product, err := x.Mul(b)
		exact("Mul", product, err, new(big.Int).Mul(bigA, bigB))
		negative, err := x.Neg()
		exact("Neg", negative, err, new(big.Int).Neg(bigA))
	})
}

func TestArithmeticAtTheEdges(t *testing.T) {
	t.Parallel()
	most, least := Amount{math.MaxInt64, "EUR"}, Amount{math.MinInt64, "EUR"}
	one := Amount{1, "EUR"}
	for name, do := range map[string]func() (Amount, error){
		"largest + 1":   func() (Amount, error) { return most.Add(one) },
		"smallest - 1":  func() (Amount, error) { return least.Sub(one) },
		"0 - smallest":  func() (Amount, error) { return Zero("EUR").Sub(least) },
		"-smallest":     least.Neg,
		"largest * 2":   func() (Amount, error) { return most.Mul(2) },
		"smallest * -1": func() (Amount, error) { return least.Mul(-1) },
		"sum":           func() (Amount, error) { return Sum("EUR", most, one) },
	} {
		if got, err := do(); !errors.Is(err, ErrOverflow) {
			t.Errorf("%s = %v, %v; want ErrOverflow", name, got, err)
		}
	}
	if got, err := least.Mul(1); err != nil || got != least {
		t.Errorf("smallest * 1 = %v, %v", got, err)
	}
}

// Amounts of different currencies never meet.
func TestCurrenciesDoNotMix(t *testing.T) {
	t.Parallel()
	euro, yen := Amount{100, "EUR"}, Amount{100, "JPY"}
	if _, err := euro.Add(yen); !errors.Is(err, ErrCurrency) {
		t.Errorf("Add: %v", err)
	}
	if _, err := euro.Sub(yen); !errors.Is(err, ErrCurrency) {
		t.Errorf("Sub: %v", err)
	}
	if _, err := euro.Cmp(yen); !errors.Is(err, ErrCurrency) {
		t.Errorf("Cmp: %v", err)
	}
	if _, err := Sum("EUR", euro, yen); !errors.Is(err, ErrCurrency) {
		t.Errorf("Sum: %v", err)
	}
	if _, err := (Amount{}).Add(Amount{}); !errors.Is(err, ErrCurrency) {
		t.Errorf("amounts without a currency were added: %v", err)
	}
	if _, err := New(1, "eur"); !errors.Is(err, ErrCurrency) {
		t.Errorf("New took an unknown code: %v", err)
	}
}

// A discount spread over lines is given in full, no more and no less, and each line within a cent of its share.
func TestAllocateSumsToTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		whole := Amount{rapid.Int64().Draw(t, "whole"), "EUR"}
		weights := rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt64/64), 1, 20).Draw(t, "weights")
		total := new(big.Int)
		for _, weight := range weights {
			total.Add(total, big.NewInt(weight))
		}
		parts, err := whole.Allocate(weights...)
		if total.Sign() == 0 {
			if !errors.Is(err, ErrWeights) {
				t.Fatalf("no weight: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := Sum("EUR", parts...); err != nil || sum != whole {
			t.Fatalf("parts %v sum to %v, %v; want %v", parts, sum, err, whole)
		}
		for i, part := range parts {
			// |part × total - whole × weight| < total, which is "within one unit" without dividing.
			off := new(big.Int).Mul(big.NewInt(part.Minor), total)
			off.Sub(off, new(big.Int).Mul(big.NewInt(whole.Minor), big.NewInt(weights[i])))
			if off.CmpAbs(total) >= 0 {
				t.Fatalf("part %d of %v by %v is %v: a unit or more from its share", i, whole, weights, part)
			}
			if weights[i] == 0 && !part.IsZero() {
				t.Fatalf("part %d has no weight and got %v", i, part)
			}
		}
	})
}

func TestAllocateGivesTheRestToTheLargestRemainders(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		minor   int64
		weights []int64
		want    []int64
	}{
		"thirds, earlier first": {100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		"negative mirrors":      {-100, []int64{1, 1, 1}, []int64{-34, -33, -33}},
		"largest remainder":     {10, []int64{10, 26, 64}, []int64{1, 3, 6}},
		"nothing to divide":     {0, []int64{5, 0}, []int64{0, 0}},
		"smallest int64":        {math.MinInt64, []int64{0, 7}, []int64{0, math.MinInt64}},
	}
	for name, tc := range tests {
		parts, err := Amount{tc.minor, "EUR"}.Allocate(tc.weights...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i, part := range parts {
			if part.Minor != tc.want[i] {
				t.Errorf("%s: part %d = %d, want %d", name, i, part.Minor, tc.want[i])
			}
		}
	}
	for name, weights := range map[string][]int64{"none": nil, "all zero": {0, 0}, "one negative": {2, -1}} {
		if parts, err := (Amount{1, "EUR"}).Allocate(weights...); !errors.Is(err, ErrWeights) {
			t.Errorf("weights %s: %v, %v", name, parts, err)
		}
	}
}

// The cent that a rounding moves is the one that is documented.
func TestRounding(t *testing.T) {
	t.Parallel()
	tests := []struct {
		numerator, denominator int64
		halfUp, halfEven, down int64
	}{
		{1, 2, 1, 0, 0}, {3, 2, 2, 2, 1}, {5, 2, 3, 2, 2},
		{-1, 2, -1, 0, 0}, {-3, 2, -2, -2, -1}, {-5, 2, -3, -2, -2},
		{1, 3, 0, 0, 0}, {2, 3, 1, 1, 0}, {-2, 3, -1, -1, 0}, {6, 3, 2, 2, 2},
	}
	for _, tc := range tests {
		for rounding, want := range map[Rounding]int64{HalfUp: tc.halfUp, HalfEven: tc.halfEven, Down: tc.down} {
			got, err := Amount{1, "EUR"}.Scale(tc.numerator, tc.denominator, rounding)
			if err != nil || got.Minor != want {
				t.Errorf("%d/%d rounded by %d = %v, %v; want %d", tc.numerator, tc.denominator, rounding, got, err, want)
			}
		}
	}
	for _, denominator := range []int64{0, -1} {
		if _, err := (Amount{1, "EUR"}).Scale(1, denominator, HalfUp); err == nil {
			t.Errorf("denominator %d was accepted", denominator)
		}
	}
}

// Scale agrees with exact rational arithmetic for all values, not only small ones.
func TestScaleIsTheNearestUnit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value, numerator := rapid.Int64().Draw(t, "value"), rapid.Int64().Draw(t, "numerator")
		denominator := rapid.Int64Range(1, math.MaxInt64).Draw(t, "denominator")
		product := new(big.Int).Mul(big.NewInt(value), big.NewInt(numerator))
		for _, rounding := range []Rounding{HalfUp, HalfEven, Down} {
			got, err := Amount{value, "EUR"}.Scale(numerator, denominator, rounding)
			if errors.Is(err, ErrOverflow) {
				limit := new(big.Int).Mul(big.NewInt(math.MaxInt64), big.NewInt(denominator))
				if product.CmpAbs(limit) <= 0 {
					t.Fatalf("refused %d × %d / %d, which fits", value, numerator, denominator)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			off := new(big.Int).Mul(big.NewInt(got.Minor), big.NewInt(denominator))
			off.Sub(product, off).Abs(off)
			limit := big.NewInt(denominator) // Down: less than a unit; else: at most half of one
			if rounding != Down {
				off.Lsh(off, 1)
			} else {
				limit.Sub(limit, big.NewInt(1))
			}
			if off.Cmp(limit) > 0 {
				t.Fatalf("%d × %d / %d rounded by %d = %d", value, numerator, denominator, rounding, got.Minor)
			}
		}
	})
}

func TestTax(t *testing.T) {
	t.Parallel()
	newYork, err := ParseRate("8.875")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		price           int64
		rate            Rate
		added, included int64
	}{
		"19 %":          {10000, BasisPoints(1900), 1900, 1597},
		"7 %":           {1099, BasisPoints(700), 77, 72},
		"no tax":        {1099, 0, 0, 0},
		"8.875 %":       {10000, newYork, 888, 815},
		"refund of 7 %": {-1099, BasisPoints(700), -77, -72},
	}
	for name, tc := range tests {
		price := Amount{tc.price, "EUR"}
		if got, err := price.TaxAdded(tc.rate, HalfUp); err != nil || got.Minor != tc.added {
			t.Errorf("%s added to %s = %v, %v; want %d", name, price, got, err, tc.added)
		}
		if got, err := price.TaxIncluded(tc.rate, HalfUp); err != nil || got.Minor != tc.included {
			t.Errorf("%s included in %s = %v, %v; want %d", name, price, got, err, tc.included)
		}
	}
	if got, err := (Amount{10000, "USD"}).TaxAdded(newYork, HalfEven); err != nil || got.Minor != 888 {
		t.Errorf("887.5 half-even = %v, %v; want 888", got, err)
	}
}

// Taking the included tax out and putting it on the net price gives the gross price back, to the cent.
func TestTaxRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		gross := Amount{rapid.Int64Range(0, 1e12).Draw(t, "gross"), "EUR"}
		rate := Rate(rapid.Int64Range(0, 500_000).Draw(t, "rate"))
		included, err := gross.TaxIncluded(rate, HalfUp)
		if err != nil {
			t.Fatal(err)
		}
		net, err := gross.Sub(included)
		if err != nil || net.IsNegative() || included.IsNegative() {
			t.Fatalf("net %v, tax %v, %v", net, included, err)
		}
		added, err := net.TaxAdded(rate, HalfUp)
		if err != nil {
			t.Fatal(err)
		}
		if off := added.Minor - included.Minor; off < -1 || off > 1 {
			t.Fatalf("%v at %s %%: %v included, %v added to %v", gross, rate, included, added, net)
		}
	})
}

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Rate{"0": 0, "19": 190_000, "8.875": 88_750, "0.0001": 1, "1000": 10_000_000} {
		if got, err := ParseRate(text); err != nil || got != want {
			t.Errorf("ParseRate(%q) = %d, %v; want %d", text, got, err, want)
		} else if got.String() != text {
			t.Errorf("ParseRate(%q).String() = %q", text, got)
		}
	}
	for _, text := range []string{"", "-1", "1.00001", "19%", "1000.1", "NaN"} {
		if got, err := ParseRate(text); err == nil {
			t.Errorf("ParseRate(%q) = %d, want an error", text, got)
		}
	}
}
