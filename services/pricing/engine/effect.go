package engine

import (
	"cmp"
	"fmt"
	"slices"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// takeOff applies a promotion whose conditions hold. One about the delivery waits until that is chosen.
func (p *pricing) takeOff(rules Rules, one *promotion) error {
	lines := p.matches.lines(one.items)
	off := p.off // by line
	clear(off)
	var err error
	switch kind := one.GetEffect().GetKind().(type) {
	case *pricingv1.Effect_PercentOff:
		err = p.share(off, lines, kind.PercentOff.GetRate())
	case *pricingv1.Effect_AmountOff:
		err = p.divide(off, lines, kind.AmountOff.GetAmount().GetAmountMinor())
	case *pricingv1.Effect_AmountOffEach:
		for i := range lines.each {
			off[i] = kind.AmountOffEach.GetAmount().GetAmountMinor() * int64(p.lines[i].GetQuantity())
		}
	case *pricingv1.Effect_FixedPrice:
		for i := range lines.each {
			off[i] = p.lines[i].left - kind.FixedPrice.GetPrice().GetAmountMinor()*int64(p.lines[i].GetQuantity())
		}
	case *pricingv1.Effect_BuyGet:
		err = p.buyGet(off, p.matches.lines(one.buy), lines, kind.BuyGet)
	case *pricingv1.Effect_Tiers:
		err = p.climb(off, lines, kind.Tiers)
	case *pricingv1.Effect_FreeGift:
		p.give(rules, one, kind.FreeGift)
		return nil
	default:
		return nil
	}
	if err != nil {
		return fmt.Errorf("promotion %s: %w", one.GetId(), err)
	}
	var sum int64
	for i := range off {
		off[i] = max(0, min(off[i], p.lines[i].left))
		sum += off[i]
	}
	if sum == 0 || !p.affords(rules, one, sum) {
		return nil
	}
	for i, amount := range off {
		p.lines[i].take(one, amount)
	}
	p.record(one, sum, 0)
	return nil
}

// take takes an amount off a line.
func (l *line) take(one *promotion, amount int64) {
	if amount > 0 {
		l.left -= amount
		l.discounts = append(l.discounts, &pricingv1.Discount{PromotionId: one.GetId(), Name: one.GetName(), AmountMinor: amount})
	}
}

// affords says whether enough is left of a promotion's budget.
func (p *pricing) affords(rules Rules, one *promotion, amount int64) bool {
	left, bounded := rules.Left[one.GetId()]
	if bounded && amount > left {
		p.dear[one.GetId()] = true
		return false
	}
	return true
}

// record notes that a promotion counts.
func (p *pricing) record(one *promotion, goods, shipping int64) {
	p.applied = append(p.applied, &pricingv1.AppliedPromotion{
		PromotionId: one.GetId(), Name: one.GetName(), Code: p.entered[one.GetId()], GoodsMinor: goods, ShippingMinor: shipping, FirstOrder: one.GetConditions().GetFirstOrder(),
	})
}

// share takes a share of the lines together, so that it is rounded once.
func (p *pricing) share(off []int64, lines set, rate int32) error {
	amount, err := portion(p.left(lines), int64(rate))
	if err != nil {
		return err
	}
	return p.divide(off, lines, amount)
}

// left is what lines cost after the promotions before.
func (p *pricing) left(lines set) int64 {
	var sum int64
	for i := range lines.each {
		sum += p.lines[i].left
	}
	return sum
}

// divide divides an amount among lines by what is left of them: no line is given more than that.
func (p *pricing) divide(off []int64, lines set, amount int64) error {
	weights := p.weights[:0]
	for i := range lines.each {
		weights = append(weights, p.lines[i].left)
	}
	p.weights = weights
	if amount = min(amount, p.left(lines)); amount <= 0 {
		return nil
	}
	parts, err := money.Amount{Minor: amount}.Allocate(weights...)
	if err != nil {
		return err
	}
	at := 0
	for i := range lines.each {
		off[i] = parts[at].Minor
		at++
	}
	return nil
}

// climb takes off what the highest step that is reached says.
func (p *pricing) climb(off []int64, lines set, tiers *pricingv1.Tiers) error {
	reached := p.left(lines)
	if tiers.GetByUnits() {
		reached = 0
		for i := range lines.each {
			reached += int64(p.lines[i].GetQuantity())
		}
	}
	var step *pricingv1.Tier
	for _, tier := range tiers.GetTiers() {
		if tier.GetFrom() <= reached && tier.GetFrom() > step.GetFrom() {
			step = tier
		}
	}
	if step.GetRate() > 0 {
		return p.share(off, lines, step.GetRate())
	}
	return p.divide(off, lines, step.GetAmountMinor())
}

// buyGet makes the cheapest units cheaper for as many others. A unit that is both bought and got by what it is counts as one of them only: as many pairs are
// made as leave enough units for both sides.
func (p *pricing) buyGet(off []int64, buy, get set, terms *pricingv1.BuyGet) error {
	var onlyBuy, onlyGet, both int64
	for i := range p.lines {
		units := int64(p.lines[i].GetQuantity())
		switch {
		case buy.has(i) && get.has(i):
			both += units
		case buy.has(i):
			onlyBuy += units
		case get.has(i):
			onlyGet += units
		}
	}
	b, g := int64(terms.GetBuyUnits()), int64(terms.GetGetUnits())
	times := min((onlyBuy+both)/b, (onlyGet+both)/g, (onlyBuy+onlyGet+both)/(b+g))
	for times > 0 && max(0, times*b-onlyBuy)+max(0, times*g-onlyGet) > both {
		times--
	}
	if terms.GetMostTimes() > 0 {
		times = min(times, int64(terms.GetMostTimes()))
	}
	if times <= 0 {
		return nil
	}
	wanted := times * g
	shared := both - max(0, times*b-onlyBuy) // of the units that are both, as many are left to be got
	cheapest := make([]int, 0, len(p.lines))
	for i := range get.each {
		cheapest = append(cheapest, i)
	}
	unit := func(i int) int64 { return p.lines[i].left / int64(p.lines[i].GetQuantity()) }
	slices.SortStableFunc(cheapest, func(i, j int) int { return cmp.Compare(unit(i), unit(j)) })
	for _, i := range cheapest {
		units := min(wanted, int64(p.lines[i].GetQuantity()))
		if buy.has(i) {
			units = min(units, shared)
			shared -= units
		}
		wanted -= units
		amount, err := portion(unit(i)*units, int64(terms.GetRate()))
		if err != nil {
			return err
		}
		off[i] = amount
	}
	return nil
}

// give lets lines be the gift of a promotion, or says that there should be one. A promotion of which nothing is given does not count.
func (p *pricing) give(rules Rules, one *promotion, gift *pricingv1.FreeGift) {
	if p.bought == 0 {
		return // for nothing there is nothing on top
	}
	missing := int64(gift.GetUnits())
	var lines []*line
	var sum int64
	for i := range p.lines {
		l := &p.lines[i]
		if l.GetGiftPromotionId() == one.GetId() && !l.GetGiftCard() && l.GetVariantId() == gift.GetVariantId() && int64(l.GetQuantity()) <= missing {
			missing -= int64(l.GetQuantity())
			sum += l.left
			lines = append(lines, l)
		}
	}
	if !p.affords(rules, one, sum) {
		return
	}
	for _, l := range lines {
		l.take(one, l.left)
		p.given[one.GetId()] += int64(l.GetQuantity())
	}
	if missing > 0 {
		p.missing = append(p.missing, &pricingv1.Gift{PromotionId: one.GetId(), VariantId: gift.GetVariantId(), Units: int32(missing)})
	}
	if len(lines) > 0 {
		p.record(one, sum, 0)
	}
}

// gifts refuses gifts that nothing gives.
func (p *pricing) gifts() error {
	wanted := map[string]int64{}
	for i := range p.lines {
		if promotion := p.lines[i].GetGiftPromotionId(); promotion != "" {
			wanted[promotion] += int64(p.lines[i].GetQuantity())
		}
	}
	for promotion, units := range wanted {
		if p.given[promotion] != units {
			return ErrGift
		}
	}
	return nil
}
