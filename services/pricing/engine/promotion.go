package engine

import (
	"cmp"
	"slices"
	"time"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
)

// Promotions are a shop's promotions made ready for many carts. They are safe for concurrent use.
type Promotions struct {
	index *index
	all   []*promotion // in the order in which they are gone through
	byID  map[string]*promotion
}

// promotion is one with its filters made ready.
type promotion struct {
	*pricingv1.Promotion
	start, end time.Time
	condition  filter
	items      filter // what becomes cheaper
	buy        filter // what has to be bought for it, for BuyGet
}

// Ready makes promotions ready.
func Ready(given []*pricingv1.Promotion) *Promotions {
	ready := &Promotions{index: newIndex(), byID: make(map[string]*promotion, len(given))}
	for _, one := range given {
		if !one.GetActive() {
			continue
		}
		p := &promotion{Promotion: one, condition: everything, items: everything, buy: everything}
		if one.GetStartTime() != nil {
			p.start = one.GetStartTime().AsTime()
		}
		if one.GetEndTime() != nil {
			p.end = one.GetEndTime().AsTime()
		}
		p.condition = ready.index.add(one.GetConditions().GetItems())
		p.items = ready.index.add(itemsOf(one.GetEffect()))
		p.buy = ready.index.add(one.GetEffect().GetBuyGet().GetBuy())
		ready.all = append(ready.all, p)
		ready.byID[one.GetId()] = p
	}
	slices.SortFunc(ready.all, func(a, b *promotion) int {
		return cmp.Or(cmp.Compare(a.GetPriority(), b.GetPriority()), cmp.Compare(a.GetId(), b.GetId()))
	})
	return ready
}

// Given are the promotions that are active, in the order in which they are gone through.
func (p *Promotions) Given() []*pricingv1.Promotion {
	given := make([]*pricingv1.Promotion, len(p.all))
	for i, one := range p.all {
		given[i] = one.Promotion
	}
	return given
}

// itemsOf are the goods that an effect makes cheaper.
func itemsOf(effect *pricingv1.Effect) *pricingv1.Items {
	switch kind := effect.GetKind().(type) {
	case *pricingv1.Effect_PercentOff:
		return kind.PercentOff.GetItems()
	case *pricingv1.Effect_AmountOff:
		return kind.AmountOff.GetItems()
	case *pricingv1.Effect_AmountOffEach:
		return kind.AmountOffEach.GetItems()
	case *pricingv1.Effect_FixedPrice:
		return kind.FixedPrice.GetItems()
	case *pricingv1.Effect_BuyGet:
		return kind.BuyGet.GetGet()
	case *pricingv1.Effect_Tiers:
		return kind.Tiers.GetItems()
	default:
		return nil
	}
}

// pricing is a cart with some promotions applied and a delivery chosen.
type pricing struct {
	*cart
	lines    []line // over the cart's: with what is left of them
	matches  *matches
	alone    bool // it is of one promotion that stands alone
	applied  []*pricingv1.AppliedPromotion
	missing  []*pricingv1.Gift
	given    map[string]int64 // units of gifts that promotions allow, by promotion
	dear     map[string]bool  // promotions that would have taken off more than is left of their budgets
	offers   []offer
	delivery *offer
	off      []int64 // by line, what the promotion that is being applied takes off: one slice for all of them
	weights  []int64 // the same for divide
}

// best applies what takes off most: all promotions that go together, or one that stands alone.
func (c *cart) best(rules Rules, now time.Time) (*pricing, error) {
	matched := rules.Promotions.index.match(c.lines)
	var together, alone []*promotion
	for _, p := range rules.Promotions.all {
		if c.unmet(rules, matched, p, now).reason != 0 {
			continue
		}
		if p.GetAlone() {
			alone = append(alone, p)
		} else {
			together = append(together, p)
		}
	}
	best, err := c.apply(rules, matched, together)
	for _, p := range alone {
		if err != nil {
			return nil, err
		}
		var one *pricing
		if one, err = c.apply(rules, matched, []*promotion{p}); err == nil && (one.due() < best.due() || best.idle() && !one.idle()) {
			best = one
			best.alone = true
		}
	}
	return best, err
}

// apply goes through some promotions in their order.
func (c *cart) apply(rules Rules, matched *matches, promotions []*promotion) (*pricing, error) {
	p := &pricing{cart: c, lines: slices.Clone(c.lines), matches: matched, given: map[string]int64{}, dear: map[string]bool{}, off: make([]int64, len(c.lines))}
	for _, one := range promotions {
		if err := p.takeOff(rules, one); err != nil {
			return nil, err
		}
	}
	return p, p.deliver(rules, promotions)
}

// due is what goods and delivery come to.
func (p *pricing) due() int64 {
	due := p.shipping()
	for i := range p.lines {
		if p.lines[i].GetGiftPromotionId() == "" {
			due += p.lines[i].left
		}
	}
	return due
}

// idle says whether no promotion does anything, nor would with the gift that is missing.
func (p *pricing) idle() bool { return len(p.applied) == 0 && len(p.missing) == 0 }
