package pricing

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/pricing/engine"
)

// triedCode stands for the code of a promotion that is tried. Nobody can have entered it: codes have no such character.
const triedCode = "*"

// TryPromotion prices a basket with and without a promotion. The promotion is entered by a code of its own, so that the engine says of it, as of any code, why
// it does not count.
func (s *Service) TryPromotion(ctx context.Context, req *pricingv1.TryPromotionRequest) (*pricingv1.TryPromotionResponse, error) {
	if req.GetBasket().GetCurrencyCode() != s.cfg.Currency {
		return nil, rpc.InvalidArgument(fmt.Sprintf("basket.currency_code: must be %s: promotions count in no other currency than the shop's", s.cfg.Currency))
	}
	tried := proto.CloneOf(req.GetPromotion())
	if problem := s.problem(tried); problem != "" {
		return nil, rpc.InvalidArgument(problem)
	}
	if tried.GetId() == "" {
		tried.Id = id.New()
	}
	tried.Active, tried.NeedsCode = true, true
	at := clock.Now()
	if req.GetTime() != nil {
		at = req.GetTime().AsTime()
	}
	basket := proto.CloneOf(req.GetBasket())
	rules, err := s.rules(ctx, basket)
	if err != nil {
		return nil, err
	}
	others := slices.DeleteFunc(rules.Promotions.Given(), func(p *pricingv1.Promotion) bool { return p.GetId() == tried.GetId() })
	answer := &pricingv1.TryPromotionResponse{}
	rules.Promotions = engine.Ready(others)
	if answer.Without, err = price(rules, basket, at); err != nil {
		return nil, err
	}
	basket.Codes = append(basket.Codes, triedCode)
	rules.Codes[triedCode] = tried.GetId()
	rules.Promotions = engine.Ready(append(others, tried))
	delete(rules.Ended, tried.GetId())
	delete(rules.Left, tried.GetId())
	if answer.With, err = priceWithGifts(rules, basket, tried.GetId(), at); err != nil {
		return nil, err
	}
	last := len(answer.GetWith().GetCodes()) - 1
	answer.Problem = whyNot(tried, answer.GetWith().GetCodes()[last], at)
	answer.With.Codes = answer.GetWith().GetCodes()[:last]
	for _, applied := range answer.GetWith().GetPromotions() {
		if applied.GetCode() == triedCode {
			applied.Code = ""
		}
	}
	return answer, nil
}

// priceWithGifts prices a basket with the gifts of a promotion, as if there were any of them.
func priceWithGifts(rules engine.Rules, basket *pricingv1.QuoteRequest, promotion string, at time.Time) (*pricingv1.QuoteResponse, error) {
	answer, err := price(rules, basket, at)
	if err != nil {
		return nil, err
	}
	lines := len(basket.GetLines())
	for _, gift := range answer.GetGifts() {
		if gift.GetPromotionId() == promotion {
			basket.Lines = append(basket.Lines, &pricingv1.QuoteLine{VariantId: gift.GetVariantId(), Quantity: gift.GetUnits(), GiftPromotionId: promotion})
		}
	}
	if len(basket.GetLines()) == lines {
		return answer, nil
	}
	return price(rules, basket, at)
}

// whyNot says why a promotion that is tried takes nothing off, to those who may know.
func whyNot(tried *pricingv1.Promotion, told *pricingv1.CodeResult, at time.Time) string {
	switch {
	case told.GetApplied():
		return ""
	case tried.GetStartTime() != nil && at.Before(tried.GetStartTime().AsTime()):
		return "it has not begun by then"
	case tried.GetEndTime() != nil && !at.Before(tried.GetEndTime().AsTime()):
		return "it is over by then"
	default:
		return strings.Replace(told.GetProblem(), "this code", "it", 1)
	}
}
