package engine

import (
	"fmt"
	"slices"
	"time"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// words are what is wrong with a promotion for a cart, for who entered its code.
var words = map[pricingv1.CodeReason]string{
	notValid:   "this code is not valid",
	otherOffer: "another offer in the cart saves you more, and the two do not go together",
	otherGoods: "this code is for other goods than those in the cart",
	elsewhere:  "this code is not for deliveries to this country",
	nowhere:    "this code depends on where the goods go; enter it again once you have given the address",
	otherGroup: "this code is not for your account",
	notFirst:   "this code is for first orders only",
	notMore:    "the goods cost nothing any more, so this code takes nothing off",
	notSent:    "this code is for another way of delivery",
	moreValue:  "this code is for orders from %s of the goods that it is for; %s more is needed",
	moreUnits:  "this code is for orders of %d items or more of the goods that it is for; %d more are needed",
	noGift:     "the gift that belongs to this code is not to be had at the moment",
	onlyCards:  "gift cards are sold for what they are worth, so this code takes nothing off them",
	tooDear:    "what is left of this offer is less than it would take off here",
}

// The reasons, by short names.
const (
	notValid   = pricingv1.CodeReason_CODE_REASON_NOT_VALID
	otherOffer = pricingv1.CodeReason_CODE_REASON_OTHER_OFFER
	otherGoods = pricingv1.CodeReason_CODE_REASON_OTHER_GOODS
	elsewhere  = pricingv1.CodeReason_CODE_REASON_OTHER_COUNTRY
	nowhere    = pricingv1.CodeReason_CODE_REASON_NO_COUNTRY
	otherGroup = pricingv1.CodeReason_CODE_REASON_OTHER_CUSTOMER
	notFirst   = pricingv1.CodeReason_CODE_REASON_FIRST_ORDER
	notMore    = pricingv1.CodeReason_CODE_REASON_NOTHING_LEFT
	notSent    = pricingv1.CodeReason_CODE_REASON_OTHER_DELIVERY
	moreValue  = pricingv1.CodeReason_CODE_REASON_MORE_VALUE
	moreUnits  = pricingv1.CodeReason_CODE_REASON_MORE_UNITS
	noGift     = pricingv1.CodeReason_CODE_REASON_NO_GIFT
	tooDear    = pricingv1.CodeReason_CODE_REASON_BUDGET
	onlyCards  = pricingv1.CodeReason_CODE_REASON_GIFT_CARDS
)

// lack is why a promotion does not count for a cart; the zero value when it does. least and missing are minor units, or units.
type lack struct {
	reason         pricingv1.CodeReason
	least, missing int64
}

// unmet says why a promotion does not count for a cart. What has ended, has not begun or was used up is told like a code that there never was: who guesses
// codes learns nothing by it.
func (c *cart) unmet(rules Rules, matched *matches, p *promotion, now time.Time) lack {
	asked := p.GetConditions()
	switch countries := asked.GetCountryCodes(); {
	case p.GetNeedsCode() && c.entered[p.GetId()] == "",
		now.Before(p.start), !p.end.IsZero() && !now.Before(p.end), rules.Ended[p.GetId()]:
		return lack{reason: notValid}
	case len(countries) > 0 && c.req.GetCountryCode() == "":
		return lack{reason: nowhere}
	case len(countries) > 0 && !slices.Contains(countries, c.req.GetCountryCode()):
		return lack{reason: elsewhere}
	case len(asked.GetCustomerGroups()) > 0 && !slices.Contains(asked.GetCustomerGroups(), c.req.GetCustomerGroup()):
		return lack{reason: otherGroup}
	case asked.GetFirstOrder() && rules.Returning:
		return lack{reason: notFirst}
	}
	if c.bought == 0 && c.cards > 0 {
		return lack{reason: onlyCards}
	}
	value, units := c.goods, c.units
	if p.condition != everything {
		value, units = 0, 0
		lines := matched.lines(p.condition)
		if lines.empty() {
			return lack{reason: otherGoods}
		}
		for i := range lines.each {
			value += c.lines[i].goods
			units += int64(c.lines[i].GetQuantity())
		}
	}
	if least := asked.GetMinValue().GetAmountMinor(); value < least {
		return lack{moreValue, least, least - value}
	}
	if least := int64(asked.GetMinUnits()); units < least {
		return lack{moreUnits, least, least - units}
	}
	return lack{}
}

// codeResults says what became of each code that was entered.
func (p *pricing) codeResults(rules Rules, now time.Time) []*pricingv1.CodeResult {
	results := make([]*pricingv1.CodeResult, 0, len(p.req.GetCodes()))
	for _, typed := range p.req.GetCodes() {
		one := rules.Promotions.byID[rules.Codes[typed]]
		if one == nil {
			results = append(results, lack{reason: notValid}.result(p.req, typed))
			continue
		}
		if slices.ContainsFunc(p.applied, func(a *pricingv1.AppliedPromotion) bool { return a.GetPromotionId() == one.GetId() }) {
			results = append(results, &pricingv1.CodeResult{Code: typed, Applied: true})
			continue
		}
		why := p.unmet(rules, p.matches, one, now)
		if why.reason == 0 {
			why.reason = p.withheld(one)
		}
		results = append(results, why.result(p.req, typed))
	}
	return results
}

// result tells who entered a code why it does not count.
func (l lack) result(req *pricingv1.QuoteRequest, typed string) *pricingv1.CodeResult {
	result := &pricingv1.CodeResult{Code: typed, Reason: l.reason, Problem: words[l.reason]}
	switch l.reason {
	case moreValue:
		amount := func(minor int64) (*typev1.Money, string) {
			currency := req.GetCurrencyCode()
			return &typev1.Money{AmountMinor: minor, CurrencyCode: currency}, money.Amount{Minor: minor, Currency: currency}.Format("en")
		}
		var least, missing string
		result.LeastValue, least = amount(l.least)
		result.MissingValue, missing = amount(l.missing)
		result.Problem = fmt.Sprintf(result.GetProblem(), least, missing)
	case moreUnits:
		result.LeastUnits, result.MissingUnits = int32(l.least), int32(l.missing)
		result.Problem = fmt.Sprintf(result.GetProblem(), l.least, l.missing)
	}
	return result
}

// withheld says why a promotion that would count took nothing off.
func (p *pricing) withheld(one *promotion) pricingv1.CodeReason {
	lines := p.matches.lines(one.items)
	switch {
	case len(p.applied) > 0 && (p.alone || one.GetAlone()):
		return otherOffer
	case p.dear[one.GetId()]:
		return tooDear
	case one.GetEffect().GetFreeGift() != nil:
		return noGift
	case one.GetEffect().GetShippingOff() != nil:
		return notSent
	case lines.empty():
		return otherGoods
	default:
		return notMore
	}
}
