package engine

import (
	"cmp"
	"fmt"
	"slices"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// Zone is how a place taxes what is delivered there.
type Zone struct {
	// Name stands for several taxes together, such as "Sales tax".
	Name string
	// Included says that prices shown to shoppers there hold the tax, so that nothing is added to them.
	Included bool
	// Rates are the taxes of each class of goods; those of the class "" are for every class that has none of its own.
	Rates map[string][]TaxRate
	// Shipping says what delivery is taxed like.
	Shipping ShippingTax
	// EachLine rounds the tax of each line by itself rather than once for all that is taxed alike.
	EachLine bool
	// ReverseCharge says that buyers with a VAT number owe the tax there themselves.
	ReverseCharge bool
}

// TaxRate is one tax.
type TaxRate struct {
	Name string
	// Rate is in millionths.
	Rate int64
	// Compound taxes are taken of the price with the other taxes in it.
	Compound bool
}

// ShippingTax says what delivery is taxed like.
type ShippingTax int

// Ways to tax delivery.
const (
	// Untaxed: not at all.
	Untaxed ShippingTax = iota
	// Standard: like goods of the class "".
	Standard
	// LikeGoods: like the goods that are sent, each class by what they cost. Of goods that cost nothing it is Standard.
	LikeGoods
)

// whole is 100 % in the fine unit in which rates are multiplied: a compound tax is a millionth of a millionth.
const whole = 1_000_000 * 1_000_000

// taxed is what taxes come to.
type taxed struct {
	parts              []*pricingv1.TaxPart
	lines              []taxedLine
	tax, added, relief int64 // added is what taxes change the total by: below zero when a tax within the prices is not owed
	reverse, included  bool
	name               string
}

type taxedLine struct {
	parts      []*pricingv1.TaxPart
	tax, added int64
}

// tax taxes what promotions have left of the lines, and the delivery.
func (p *pricing) tax(rules Rules) (taxed, error) {
	all := taxed{lines: make([]taxedLine, len(p.lines))}
	zone := rules.Tax
	if p.delivery != nil && p.delivery.Tax != nil {
		zone = p.delivery.Tax
	}
	if zone == nil || p.req.GetCountryCode() == "" {
		return all, nil
	}
	all.included, all.name = zone.Included, zone.Name
	groups, err := p.group(zone)
	if err != nil {
		return all, err
	}
	for _, group := range groups {
		if err := group.tax(zone, &all); err != nil {
			return all, err
		}
	}
	if len(all.parts) == 1 {
		all.name = all.parts[0].GetName()
	}
	all.reverse = zone.ReverseCharge && rules.VATNumber
	if all.reverse || rules.Exempt {
		all.forgive()
	} else if !zone.Included {
		all.added = all.tax
		for i := range all.lines {
			all.lines[i].added = all.lines[i].tax
		}
	}
	return all, nil
}

// forgive takes the tax off again.
func (t *taxed) forgive() {
	if t.included {
		t.relief, t.added = t.tax, -t.tax
	}
	for i := range t.lines {
		if t.included {
			t.lines[i].added = -t.lines[i].tax
		}
		t.lines[i].tax, t.lines[i].parts = 0, nil
	}
	t.tax, t.parts, t.name = 0, nil, ""
}

// group is what is taxed alike.
type group struct {
	class   string
	rates   []TaxRate
	at      []int // places of its lines; -1 for the delivery
	amounts []int64
}

// group puts together what is taxed alike, the delivery with it. Gift cards are in no group: what they pay for is taxed when they do.
func (p *pricing) group(zone *Zone) ([]*group, error) {
	var groups []*group
	of := func(class string) *group {
		rates, own := zone.Rates[class]
		if !own {
			class, rates = "", zone.Rates[""]
		}
		for _, g := range groups {
			if g.class == class {
				return g
			}
		}
		groups = append(groups, &group{class: class, rates: rates})
		return groups[len(groups)-1]
	}
	for i := range p.lines {
		if p.lines[i].GetGiftCard() {
			continue
		}
		g := of(p.lines[i].GetTaxClass())
		g.at, g.amounts = append(g.at, i), append(g.amounts, p.lines[i].left)
	}
	slices.SortFunc(groups, func(a, b *group) int { return cmp.Compare(a.class, b.class) })
	add := func(g *group, amount int64) { g.at, g.amounts = append(g.at, -1), append(g.amounts, amount) }
	switch shipping := p.shipping(); {
	case shipping == 0 || zone.Shipping == Untaxed:
	case zone.Shipping == LikeGoods && p.sentGoods() > 0:
		weights := make([]int64, len(groups))
		for i, g := range groups {
			for _, at := range g.at {
				if p.lines[at].parcel() {
					weights[i] += p.lines[at].left
				}
			}
		}
		parts, err := money.Amount{Minor: shipping}.Allocate(weights...)
		if err != nil {
			return nil, fmt.Errorf("divide delivery: %w", err)
		}
		for i, part := range parts {
			add(groups[i], part.Minor)
		}
	default:
		add(of(""), shipping)
	}
	return groups, nil
}

func (p *pricing) sentGoods() int64 {
	var sum int64
	for i := range p.lines {
		if p.lines[i].parcel() {
			sum += p.lines[i].left
		}
	}
	return sum
}

// tax adds the taxes of a group to those of the cart.
func (g *group) tax(zone *Zone, all *taxed) error {
	rates, together := effective(g.rates)
	if together == 0 {
		return nil
	}
	parts := make([]*pricingv1.TaxPart, len(rates))
	for i, rate := range g.rates {
		parts[i] = &pricingv1.TaxPart{Name: rate.Name, Rate: int32(rate.Rate)}
	}
	note := func(at int, part *pricingv1.TaxPart, base, tax int64) {
		part.BaseMinor += base
		part.AmountMinor += tax
		all.tax += tax
		if at < 0 {
			return
		}
		line := &all.lines[at]
		line.tax += tax
		line.parts = append(line.parts, &pricingv1.TaxPart{Name: part.GetName(), Rate: part.GetRate(), BaseMinor: base, AmountMinor: tax})
	}
	spread := func(at []int, amounts []int64) error { // rounds once for all of them
		var sum int64
		for _, amount := range amounts {
			sum += amount
		}
		tax, err := taxOf(sum, together, zone.Included)
		if err != nil || sum == 0 {
			return err
		}
		byRate, err := money.Amount{Minor: tax}.Allocate(rates...)
		if err != nil {
			return err
		}
		net := make([]int64, len(amounts))
		copy(net, amounts)
		shares := make([][]money.Amount, len(rates))
		for i := range rates {
			if shares[i], err = byRate[i].Allocate(amounts...); err != nil {
				return err
			}
			for j := range amounts {
				if zone.Included {
					net[j] -= shares[i][j].Minor
				}
			}
		}
		for j := range amounts {
			for i := range rates {
				note(at[j], parts[i], net[j], shares[i][j].Minor)
			}
		}
		return nil
	}
	if zone.EachLine {
		for i := range g.at {
			if err := spread(g.at[i:i+1], g.amounts[i:i+1]); err != nil {
				return fmt.Errorf("tax of class %q: %w", g.class, err)
			}
		}
	} else if err := spread(g.at, g.amounts); err != nil {
		return fmt.Errorf("tax of class %q: %w", g.class, err)
	}
	all.parts = append(all.parts, parts...)
	return nil
}

// effective are rates of the price without any tax, and their sum. Compound ones apply to what the others make of it.
func effective(rates []TaxRate) (each []int64, together int64) {
	for _, rate := range rates {
		if !rate.Compound {
			together += rate.Rate
		}
	}
	simple := together
	together = 0
	for _, rate := range rates {
		e := rate.Rate * 1_000_000
		if rate.Compound {
			e = rate.Rate * (1_000_000 + simple)
		}
		each = append(each, e)
		together += e
	}
	return each, together
}

// taxOf is the tax within an amount, or on top of it.
func taxOf(minor, rate int64, included bool) (int64, error) {
	of := int64(whole)
	if included {
		of += rate
	}
	tax, err := money.Amount{Minor: minor}.Scale(rate, of, money.HalfUp)
	return tax.Minor, err
}
