package engine

import (
	"fmt"
	"slices"
	"time"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// unmet says why a promotion does not count for a cart, in words for who entered its code, or nothing. What has ended, has not begun or was used up is
// told like a code that there never was: who guesses codes learns nothing by it.
func unmet(rules Rules, c *cart, matched *matches, p *promotion, codes map[string]string, now time.Time) string {
	asked := p.GetConditions()
	switch {
	case p.GetNeedsCode() && codes[p.GetId()] == "",
		now.Before(p.start), !p.end.IsZero() && !now.Before(p.end), rules.Ended[p.GetId()]:
		return notValid
	case len(asked.GetCountryCodes()) > 0 && !slices.Contains(asked.GetCountryCodes(), c.req.GetCountryCode()):
		return notHere
	case len(asked.GetCustomerGroups()) > 0 && !slices.Contains(asked.GetCustomerGroups(), c.req.GetCustomerGroup()):
		return notYou
	case asked.GetFirstOrder() && rules.Returning:
		return notFirst
	}
	value, units := c.goods, c.units
	if p.condition != everything {
		value, units = 0, 0
		lines := matched.lines(p.condition)
		if lines.empty() {
			return notThese
		}
		for i := range lines.each {
			value += c.lines[i].goods
			units += int64(c.lines[i].GetQuantity())
		}
	}
	if least := asked.GetMinValue().GetAmountMinor(); value < least {
		return fmt.Sprintf(moreValue, money.Amount{Minor: least, Currency: c.req.GetCurrencyCode()}.Format("en"))
	}
	if least := asked.GetMinUnits(); units < int64(least) {
		return fmt.Sprintf(moreUnits, least)
	}
	return ""
}

// codes says what became of each code that was entered.
func codes(rules Rules, req *pricingv1.QuoteRequest, best *pricing, now time.Time) []*pricingv1.CodeResult {
	results := make([]*pricingv1.CodeResult, 0, len(req.GetCodes()))
	entered := make(map[string]string, len(rules.Codes))
	for typed, id := range rules.Codes {
		entered[id] = typed
	}
	for _, typed := range req.GetCodes() {
		result := &pricingv1.CodeResult{Code: typed, Problem: notValid}
		results = append(results, result)
		id := rules.Codes[typed]
		if id == "" || rules.Promotions.byID[id] == nil {
			continue
		}
		p := rules.Promotions.byID[id]
		if slices.ContainsFunc(best.applied, func(a *pricingv1.AppliedPromotion) bool { return a.GetPromotionId() == id }) {
			result.Applied, result.Problem = true, ""
			continue
		}
		if result.Problem = unmet(rules, best.cart, best.matches, p, entered, now); result.Problem == "" {
			result.Problem = best.idle(p)
		}
	}
	return results
}

// idle says why a promotion that would count took nothing off.
func (p *pricing) idle(one *promotion) string {
	lines := p.matches.lines(one.items)
	switch {
	case p.alone, one.GetAlone() && len(p.applied) > 0:
		return notNow
	case one.GetEffect().GetShippingOff() != nil:
		return notSent
	case lines.empty():
		return notThese
	default:
		return notMore
	}
}
