package engine

import (
	"errors"
	"testing"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
)

// priced prices lines that go to Germany.
func priced(t *testing.T, rules Rules, lines ...*pricingv1.QuoteLine) *pricingv1.QuoteResponse {
	t.Helper()
	req := &pricingv1.QuoteRequest{CurrencyCode: "EUR", CountryCode: "DE", Lines: lines}
	for code := range rules.Codes {
		req.Codes = append(req.Codes, code)
	}
	answer, err := Price(rules, req, now)
	if err != nil {
		t.Fatal(err)
	}
	if problem := wrong(req, answer); problem != "" {
		t.Error(problem)
	}
	return answer
}

// Who enters the code of a promotion that stands alone, and gets more by the others, reads that they do not go together.
func TestCodeThatStandsAlone(t *testing.T) {
	t.Parallel()
	answer := priced(t, Rules{
		Promotions: Ready([]*pricingv1.Promotion{promote("a", off(nil, 400), needsCode, alone), promote("b", off(nil, 900))}),
		Codes:      map[string]string{"CODE": "a"}, Deliveries: parcel(0),
	}, goods("mug", 1, 1000))
	if got := answer.GetCodes()[0]; got.GetApplied() || got.GetReason() != otherOffer {
		t.Errorf("it says %v", got)
	}
}

// Where it makes no difference to what shoppers pay, promotions that go together count rather than one alone, and one alone rather than none.
func TestAloneForTheSame(t *testing.T) {
	t.Parallel()
	both := Rules{Promotions: Ready([]*pricingv1.Promotion{promote("a", off(nil, 400), alone), promote("b", off(nil, 400))}), Deliveries: parcel(0)}
	if applied := priced(t, both, goods("mug", 1, 1000)).GetPromotions(); len(applied) != 1 || applied[0].GetPromotionId() != "b" {
		t.Errorf("applied %v, want b", applied)
	}
	gifts := Rules{Promotions: Ready([]*pricingv1.Promotion{promote("a", gift("tea", 1), alone)}), Deliveries: parcel(0)}
	if missing := priced(t, gifts, goods("mug", 1, 1000)).GetGifts(); len(missing) != 1 {
		t.Errorf("gifts %v, want that of the one alone", missing)
	}
}

// A gift that costs more than is left of its budget is not given.
func TestGiftAboveItsBudget(t *testing.T) {
	t.Parallel()
	for left, want := range map[int64]error{700: nil, 699: ErrGift} {
		rules := Rules{Promotions: Ready([]*pricingv1.Promotion{promote("a", gift("tea", 1))}), Left: map[string]int64{"a": left}}
		_, err := Price(rules, &pricingv1.QuoteRequest{CurrencyCode: "EUR", Lines: []*pricingv1.QuoteLine{goods("mug", 1, 1000), given("tea", 1, 700, "a")}}, now)
		if !errors.Is(err, want) {
			t.Errorf("with %d left: %v, want %v", left, err, want)
		}
	}
}

// A unit is either bought or got: those that could be both are got only as far as enough of them are left to be bought.
func TestBuyGetSharesUnits(t *testing.T) {
	t.Parallel()
	rules := Rules{Promotions: Ready([]*pricingv1.Promotion{promote("a", buyGet(of("kitchen"), of("kitchen", "clothes"), 1, 2, 100, 0))}), Deliveries: parcel(0)}
	answer := priced(t, rules, goods("mug", 1, 1000), goods("pan", 1, 2000), goods("shirt", 2, 5000))
	if got := answer.GetTotals().GetDiscount().GetAmountMinor(); got != 1000+5000 {
		t.Errorf("%d off, want the mug and a shirt for the pan", got)
	}
}

// What is downloaded adds nothing to the parcel: neither weight, nor a share of the tax on its delivery.
func TestDownloadsAreNotSent(t *testing.T) {
	t.Parallel()
	song, mug := goods("song", 1, 9000), goods("mug", 1, 1000)
	song.Digital, song.WeightGrams, song.TaxClass, mug.WeightGrams = true, 5000, "none", 100
	deliveries := []Delivery{{Code: "letter", Rates: []Rate{{MostGrams: 100, Price: 595}}}}
	zone := vat(190_000)
	zone.Rates["none"] = nil
	answer := priced(t, Rules{Deliveries: deliveries, Tax: zone}, song, mug)
	if got := answer.GetTotals(); got.GetShipping().GetAmountMinor() != 595 || got.GetTax().GetAmountMinor() != 255 { // 19/119 of 15.95
		t.Errorf("%v, want 5.95 for delivery and 2.55 of tax", got)
	}
}

// Delivery costs what it does for goods as promotions leave them, and what a promotion makes free misses nothing for being free.
func TestDeliveryAfterPromotions(t *testing.T) {
	t.Parallel()
	deliveries := []Delivery{{Code: "standard", Rates: []Rate{{LeastGoods: 1000, Price: 0}, {Price: 500}}}}
	for name, tc := range map[string]struct {
		effect            *pricingv1.Effect
		price             int64
		shipping, missing int64
	}{
		"nothing off":     {effect: off(of("garden"), 1), price: 1000},
		"too little left": {effect: off(nil, 1), price: 1000, shipping: 500, missing: 1},
		"free anyway":     {effect: freeShipping(), price: 900},
	} {
		answer := priced(t, Rules{Promotions: Ready([]*pricingv1.Promotion{promote("a", tc.effect)}), Deliveries: deliveries}, goods("mug", 1, tc.price))
		option := answer.GetDeliveries()[0]
		if option.GetPrice().GetAmountMinor() != tc.shipping || option.GetFreeFromRemaining().GetAmountMinor() != tc.missing {
			t.Errorf("%s: %v, want %d and %d more for free delivery", name, option, tc.shipping, tc.missing)
		}
	}
}

// Only who pays with coins pays what there are coins for; a half goes up.
func TestCoins(t *testing.T) {
	t.Parallel()
	for cash, want := range map[bool]int64{true: 1790, false: 1785} {
		answer, err := Price(Rules{CashStep: 10}, &pricingv1.QuoteRequest{CurrencyCode: "EUR", Lines: []*pricingv1.QuoteLine{goods("mug", 1, 1785)}, Cash: cash}, now)
		if err != nil || answer.GetTotals().GetTotal().GetAmountMinor() != want || answer.GetTotals().GetRounding().GetAmountMinor() != want-1785 {
			t.Errorf("paid in cash %t: %v, %v; want %d", cash, answer.GetTotals(), err, want)
		}
	}
}

// A VAT number lifts the tax only where buyers owe it themselves.
func TestVATNumberWithoutReverseCharge(t *testing.T) {
	t.Parallel()
	for reverse, want := range map[bool]int64{true: 1000, false: 1190} {
		zone := vat(190_000)
		zone.ReverseCharge = reverse
		answer := priced(t, Rules{Deliveries: parcel(0), Tax: zone, VATNumber: true}, goods("mug", 1, 1190))
		if answer.GetTotals().GetTotal().GetAmountMinor() != want || answer.GetReverseCharge() != reverse {
			t.Errorf("reverse charge %t: %v, want %d", reverse, answer.GetTotals(), want)
		}
	}
}
