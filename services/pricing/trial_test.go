package pricing

import (
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// A promotion that is tried says what it takes off, or why nothing, at the moment and among the codes that are asked for; nothing of it stays.
func TestTryPromotion(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(&pricingv1.Limits{Uses: 1}), 0)
	if _, _, err := s.order(t.Context(), "bob@example.com", s.quote(basket("TEN-OFF")).GetPromotions()); err != nil {
		t.Fatal(err)
	}
	soon := timestamppb.New(clock.Now().Add(time.Hour))
	quarter := func(change func(*pricingv1.Promotion)) *pricingv1.Promotion {
		p := &pricingv1.Promotion{
			Name: "A quarter off", NeedsCode: true, Conditions: &pricingv1.Conditions{},
			Effect: &pricingv1.Effect{Kind: &pricingv1.Effect_PercentOff{PercentOff: &pricingv1.PercentOff{Rate: 250_000}}},
		}
		change(p)
		return p
	}
	for name, tc := range map[string]struct {
		promotion *pricingv1.Promotion
		codes     []string
		time      *timestamppb.Timestamp
		without   int64
		with      int64
		problem   string
	}{
		"as it is":            {promotion: quarter(func(*pricingv1.Promotion) {}), without: 5000, with: 3750},
		"stored and used up":  {promotion: s.promotion, without: 5000, with: 4000},
		"with a code used up": {promotion: quarter(func(p *pricingv1.Promotion) { p.Limits = &pricingv1.Limits{Uses: 1} }), codes: []string{"TEN-OFF"}, without: 5000, with: 3750},
		"for first orders":    {promotion: quarter(func(p *pricingv1.Promotion) { p.Conditions.FirstOrder = true }), without: 5000, with: 3750},
		"before it begins":    {promotion: quarter(func(p *pricingv1.Promotion) { p.StartTime = soon }), without: 5000, with: 5000, problem: "it has not begun by then"},
		"once it begins":      {promotion: quarter(func(p *pricingv1.Promotion) { p.StartTime = soon }), time: soon, without: 5000, with: 3750},
		"once it is over":     {promotion: quarter(func(p *pricingv1.Promotion) { p.EndTime = soon }), time: soon, without: 5000, with: 5000, problem: "it is over by then"},
		"of too little":       {promotion: quarter(func(p *pricingv1.Promotion) { p.Conditions.MinValue = usd(6000) }), without: 5000, with: 5000, problem: "it is for orders from $60.00"},
		"with a gift": {promotion: quarter(func(p *pricingv1.Promotion) {
			p.Effect.Kind = &pricingv1.Effect_FreeGift{FreeGift: &pricingv1.FreeGift{VariantId: id.New(), Units: 2}}
		}), without: 5000, with: 5000},
		"in another currency": {promotion: quarter(func(p *pricingv1.Promotion) {
			p.Conditions.MinValue = &typev1.Money{AmountMinor: 1, CurrencyCode: "EUR"}
		})},
	} {
		answer, err := s.TryPromotion(t.Context(), &pricingv1.TryPromotionRequest{Promotion: tc.promotion, Basket: basket(tc.codes...), Time: tc.time})
		if tc.with == 0 {
			if connect.CodeOf(err) != connect.CodeInvalidArgument {
				t.Errorf("%s: %v, %v", name, answer, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if answer.GetWithout().GetTotals().GetTotal().GetAmountMinor() != tc.without || answer.GetWith().GetTotals().GetTotal().GetAmountMinor() != tc.with ||
			!strings.HasPrefix(answer.GetProblem(), tc.problem) || (answer.GetProblem() == "") != (tc.problem == "") || len(answer.GetWith().GetCodes()) != len(tc.codes) {
			t.Errorf("%s: %v", name, answer)
		}
	}
	inEuros := basket()
	inEuros.CurrencyCode = "EUR"
	if answer, err := s.TryPromotion(t.Context(), &pricingv1.TryPromotionRequest{Promotion: s.promotion, Basket: inEuros}); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("a basket in another currency: %v, %v", answer, err)
	}
	listed, err := s.ListPromotions(s.caughtUp(), &pricingv1.ListPromotionsRequest{})
	if err != nil || len(listed.GetPromotions()) != 1 || listed.GetPromotions()[0].GetUsage().GetUses() != 1 {
		t.Errorf("trying left %v, %v", listed, err)
	}
}

// What is left of the budget of a promotion says nothing of a trial.
func TestTryPromotionWithLittleLeft(t *testing.T) {
	t.Parallel()
	s := newShop(t, tenOff(&pricingv1.Limits{Budget: usd(1500)}), 0)
	if _, _, err := s.order(t.Context(), "bob@example.com", s.quote(basket("TEN-OFF")).GetPromotions()); err != nil {
		t.Fatal(err)
	}
	if answer := s.quote(basket("TEN-OFF")); answer.GetCodes()[0].GetReason() != pricingv1.CodeReason_CODE_REASON_BUDGET {
		t.Errorf("a cart gets %v", answer)
	}
	answer, err := s.TryPromotion(t.Context(), &pricingv1.TryPromotionRequest{Promotion: s.promotion, Basket: basket()})
	if err != nil || answer.GetProblem() != "" || answer.GetWith().GetTotals().GetTotal().GetAmountMinor() != 4000 {
		t.Errorf("a trial says %v, %v", answer, err)
	}
}
