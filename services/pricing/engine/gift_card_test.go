package engine

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
)

// card is a line of gift cards, in whatever category.
func card(quantity int32, price int64) *pricingv1.QuoteLine {
	line := goods("shirt", quantity, price)
	line.VariantId, line.GiftCard, line.WeightGrams = "card", true, 90_000
	return line
}

// A gift card costs what it is worth. It is no goods: no discount, no condition and no free delivery counts it, and it weighs nothing. No tax is taken of it, since what it will pay for is not known: of a
// multi-purpose voucher VAT is due when it is redeemed and not when it is handed over (Directive (EU) 2016/1065, which added articles 30a and 30b to Directive 2006/112/EC).
func TestGiftCards(t *testing.T) {
	t.Parallel()
	all := []*pricingv1.Promotion{promote("a", percent(nil, 10)), promote("b", percent(of("clothes"), 50)), promote("c", buyGet(nil, nil, 1, 1, 100, 0))}
	rules := Rules{
		Promotions: Ready(all), Tax: vat(190_000),
		Deliveries: []Delivery{{Code: "standard", Rates: []Rate{{MostGrams: 30_000, Price: 0, LeastGoods: 5000}, {MostGrams: 30_000, Price: 500}}}},
	}
	only := priced(t, rules, card(2, 5000))
	if totals := only.GetTotals(); totals.GetTotal().GetAmountMinor() != 10_000 || totals.GetTax().GetAmountMinor() != 0 || len(only.GetTaxes()) != 0 || len(only.GetDeliveries()) != 0 || len(only.GetPromotions()) != 0 {
		t.Errorf("cards alone come to %v, %v, %v", totals, only.GetTaxes(), only.GetPromotions())
	}
	with, without := priced(t, rules, goods("mug", 1, 1190), card(2, 5000)), priced(t, rules, goods("mug", 1, 1190))
	if paid, want := with.GetTotals().GetTotal().GetAmountMinor(), without.GetTotals().GetTotal().GetAmountMinor()+10_000; paid != want || without.GetTotals().GetShipping().GetAmountMinor() != 500 {
		t.Errorf("goods with cards cost %d, want %d", paid, want)
	}
	if left := with.GetDeliveries()[0].GetFreeFromRemaining().GetAmountMinor(); left != without.GetDeliveries()[0].GetFreeFromRemaining().GetAmountMinor() {
		t.Errorf("with cards %d is missing for free delivery", left)
	}
	if !proto.Equal(with.GetTotals().GetTax(), without.GetTotals().GetTax()) || !proto.Equal(with.GetTotals().GetDiscount(), without.GetTotals().GetDiscount()) {
		t.Errorf("with cards %v, without %v", with.GetTotals(), without.GetTotals())
	}
	enough := Rules{Promotions: Ready([]*pricingv1.Promotion{promote("a", off(nil, 400), when(&pricingv1.Conditions{MinValue: eur(2000)}), needsCode)}), Codes: map[string]string{"CODE": "a"}, Deliveries: parcel(0)}
	if said := priced(t, enough, goods("mug", 1, 1190), card(2, 5000)).GetCodes()[0]; said.GetReason() != moreValue || said.GetMissingValue().GetAmountMinor() != 810 {
		t.Errorf("cards counted for %v", said)
	}
	if said := priced(t, enough, card(2, 5000)).GetCodes()[0]; said.GetApplied() || said.GetReason() != onlyCards || said.GetProblem() == "" {
		t.Errorf("a code for cards alone: %v", said)
	}
	free := priced(t, Rules{Promotions: Ready([]*pricingv1.Promotion{promote("a", gift("tea", 1))}), Deliveries: parcel(0)}, card(1, 5000))
	if len(free.GetGifts()) != 0 {
		t.Errorf("something is given on top of money: %v", free.GetGifts())
	}
}

// Whatever is promoted and taxed: gift cards beside goods change the total by what they are worth, and nothing else.
func TestGiftCardsChangeNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules, req := rulesOf(t), cartOf(t)
		rules.CashStep = 0
		goodsOnly := proto.CloneOf(req)
		goodsOnly.Lines = nil
		var worth int64
		for _, line := range req.GetLines() {
			if line.GetGiftCard() {
				worth += line.GetUnitPriceMinor() * int64(line.GetQuantity())
			} else {
				goodsOnly.Lines = append(goodsOnly.Lines, line)
			}
		}
		if len(goodsOnly.GetLines()) == 0 {
			t.Skip("without goods there is nothing to compare")
		}
		with, err := Price(rules, req, now)
		if err != nil {
			t.Fatal(err)
		}
		without, err := Price(rules, goodsOnly, now)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := with.GetTotals().GetTotal().GetAmountMinor(), without.GetTotals().GetTotal().GetAmountMinor()+worth; got != want {
			t.Fatalf("the total is %d, want %d", got, want)
		}
		if !proto.Equal(with.GetTotals().GetTax(), without.GetTotals().GetTax()) || !proto.Equal(with.GetTotals().GetShipping(), without.GetTotals().GetShipping()) {
			t.Fatalf("with cards %v, without %v", with.GetTotals(), without.GetTotals())
		}
	})
}
