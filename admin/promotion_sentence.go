package main

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
	"google.golang.org/protobuf/types/known/timestamppb"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	postal "github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// wording says promotions in sentences.
type wording struct {
	money func(*typev1.Money) string
	names map[string]string // of what promotions speak of, by id
	// brief says how many products there are in place of their names.
	brief    bool
	currency string
}

// sentence says a promotion in one sentence: "10 % off everything in Mugs, for orders from $50.00, until 31 Dec 2026, 23:59 UTC, at most once per customer."
func (s wording) sentence(p *pricingv1.Promotion) string {
	parts := slices.Concat([]string{s.effect(p.GetEffect())}, s.conditions(p), s.bounds(p))
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	if len(parts) == 0 {
		return ""
	}
	return upperFirst(strings.Join(parts, ", ")) + "."
}

// effect says what a promotion gives.
func (s wording) effect(effect *pricingv1.Effect) string {
	goods := s.goods(cheaper(effect))
	switch kind := effect.GetKind().(type) {
	case *pricingv1.Effect_PercentOff:
		return share(kind.PercentOff.GetRate()) + " off " + goods
	case *pricingv1.Effect_AmountOff:
		if cheaper(effect) == nil {
			return s.amount(kind.AmountOff.GetAmount()) + " off the goods"
		}
		return s.amount(kind.AmountOff.GetAmount()) + " off " + goods + " together"
	case *pricingv1.Effect_AmountOffEach:
		return s.amount(kind.AmountOffEach.GetAmount()) + " off each unit of " + goods
	case *pricingv1.Effect_FixedPrice:
		return goods + " for " + s.money(kind.FixedPrice.GetPrice()) + " each"
	case *pricingv1.Effect_BuyGet:
		return s.buyGet(kind.BuyGet)
	case *pricingv1.Effect_Tiers:
		return s.tiers(kind.Tiers) + " off " + goods
	case *pricingv1.Effect_ShippingOff:
		said := share(kind.ShippingOff.GetRate()) + " off the delivery"
		if kind.ShippingOff.GetRate() == everyPart {
			said = "free delivery"
		}
		if codes := kind.ShippingOff.GetDeliveryCodes(); len(codes) > 0 {
			said += " by " + or(codes)
		}
		return said
	case *pricingv1.Effect_FreeGift:
		gift := s.names[kind.FreeGift.GetVariantId()]
		if gift == "" {
			gift = "something"
		}
		if units := kind.FreeGift.GetUnits(); units > 1 {
			gift = strconv.Itoa(int(units)) + " × " + gift
		}
		return gift + " as a gift"
	default:
		return ""
	}
}

func (s wording) buyGet(terms *pricingv1.BuyGet) string {
	said := "for " + units(terms.GetBuyUnits()) + " of " + s.goods(terms.GetBuy()) + ", " + units(terms.GetGetUnits())
	if terms.GetGet() == nil && terms.GetBuy() == nil {
		said += " more"
	} else {
		said += " of " + s.goods(terms.GetGet())
	}
	if terms.GetRate() == everyPart {
		said += " for nothing"
	} else {
		said += " with " + share(terms.GetRate()) + " off"
	}
	if most := terms.GetMostTimes(); most > 0 {
		said += ", " + times(int64(most)) + " in an order"
	}
	return said
}

// tiers says steps from the lowest to the highest.
func (s wording) tiers(tiers *pricingv1.Tiers) string {
	steps := slices.SortedFunc(slices.Values(tiers.GetTiers()), func(a, b *pricingv1.Tier) int { return int(a.GetFrom() - b.GetFrom()) })
	var said []string
	for _, step := range steps {
		if step.GetRate() == 0 && step.GetAmountMinor() == 0 {
			continue // not filled in yet
		}
		off, from := percent(step.GetRate()), s.minor(step.GetFrom())
		if step.GetRate() == 0 {
			off = s.minor(step.GetAmountMinor())
		}
		if tiers.GetByUnits() {
			from = plural(step.GetFrom(), "unit", "units")
		}
		said = append(said, off+" from "+from)
	}
	if len(said) == 0 {
		return notYet
	}
	return strings.Join(said, ", ")
}

// notYet stands for a number that is not typed yet, as in "something off everything".
const notYet = "something"

// share is a percentage that takes something off, or the word for one that is still missing.
func share(rate int32) string {
	if rate == 0 {
		return notYet
	}
	return percent(rate)
}

func (s wording) amount(off *typev1.Money) string {
	if off.GetAmountMinor() == 0 {
		return notYet
	}
	return s.money(off)
}

func units(n int32) string {
	if n == 0 {
		return "some"
	}
	return strconv.Itoa(int(n))
}

// goods says which goods are meant.
func (s wording) goods(items *pricingv1.Items) string {
	var said []string
	if s.brief && len(items.GetProductIds()) > 0 {
		said = append(said, plural(int64(len(items.GetProductIds())), "product", "products"))
	} else {
		said = s.named(items.GetProductIds())
	}
	if in := s.named(items.GetCategoryIds()); len(in) > 0 {
		said = append(said, "everything in "+or(in))
	}
	if in := s.named(items.GetCollectionIds()); len(in) > 0 {
		said = append(said, "the collection "+or(in))
	}
	text := or(said)
	if text == "" {
		text = "everything"
	}
	without := s.named(items.GetWithoutCategoryIds())
	if s.brief && len(items.GetWithoutProductIds()) > 0 {
		without = append(without, plural(int64(len(items.GetWithoutProductIds())), "product", "products"))
	} else {
		without = append(without, s.named(items.GetWithoutProductIds())...)
	}
	if items.GetWithoutReduced() {
		without = append(without, "what is reduced already")
	}
	if len(without) > 0 {
		text += " except " + or(without)
	}
	return text
}

// named are names in place of ids: up to five, then how many there are besides.
func (s wording) named(ids []string) []string {
	const most = 5
	var said []string
	for _, id := range ids {
		if len(said) == most {
			return append(said, count(int64(len(ids)-most))+" more")
		}
		name := nameOr(s.names, id)
		if at := strings.LastIndex(name, " › "); at >= 0 {
			name = name[at+len(" › "):]
		}
		said = append(said, name)
	}
	return said
}

// conditions say which orders a promotion is for.
func (s wording) conditions(p *pricingv1.Promotion) []string {
	asked := p.GetConditions()
	var said []string
	var least []string
	if asked.GetMinUnits() > 0 {
		least = append(least, plural(int64(asked.GetMinUnits()), "unit", "units"))
	}
	if asked.GetMinValue().GetAmountMinor() > 0 {
		least = append(least, s.money(asked.GetMinValue()))
	}
	switch {
	case asked.GetItems() != nil && len(least) > 0:
		said = append(said, "for orders with at least "+strings.Join(least, " and ")+" of "+s.goods(asked.GetItems()))
	case asked.GetItems() != nil:
		said = append(said, "for orders with "+s.goods(asked.GetItems()))
	case len(least) > 0:
		said = append(said, "for orders from "+strings.Join(least, " and "))
	}
	if asked.GetFirstOrder() {
		said = append(said, "for first orders")
	}
	if groups := asked.GetCustomerGroups(); len(groups) > 0 {
		said = append(said, "for customers in "+or(groups))
	}
	if codes := asked.GetCountryCodes(); len(codes) > 0 {
		var countries []string
		for _, code := range codes {
			countries = append(countries, postal.CountryName(code, language.English))
		}
		said = append(said, "for deliveries to "+or(countries))
	}
	return said
}

// bounds say how it is entered, when it counts, how often, and with which others.
func (s wording) bounds(p *pricingv1.Promotion) []string {
	var said []string
	if p.GetNeedsCode() {
		said = append(said, "with a code")
	}
	if p.GetStartTime() != nil {
		said = append(said, "from "+when(p.GetStartTime()))
	}
	if p.GetEndTime() != nil {
		said = append(said, "until "+when(p.GetEndTime()))
	}
	if most := p.GetLimits().GetUsesPerCustomer(); most > 0 {
		said = append(said, times(int64(most))+" per customer")
	}
	if most := p.GetLimits().GetUses(); most > 0 {
		said = append(said, times(most)+" in all")
	}
	if p.GetLimits().GetBudget().GetAmountMinor() > 0 {
		said = append(said, "for "+s.money(p.GetLimits().GetBudget())+" in all")
	}
	if p.GetAlone() {
		said = append(said, "not together with others")
	}
	return said
}

func (s wording) minor(amount int64) string {
	return s.money(&typev1.Money{AmountMinor: amount, CurrencyCode: s.currency})
}

// everyPart is a share of everything, in millionths.
const everyPart = 1_000_000

// percent writes a share that is given in millionths: "12.5 %".
func percent(rate int32) string { return money.Rate(rate).String() + " %" }

func times(n int64) string {
	switch n {
	case 1:
		return "at most once"
	case 2:
		return "at most twice"
	default:
		return "at most " + count(n) + " times"
	}
}

// or joins what is one of several: "Mugs, Cups or Jugs".
func or(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}

// momentText writes a moment as a form holds it; empty for none.
func momentText(at *timestamppb.Timestamp) string {
	if at == nil {
		return ""
	}
	return at.AsTime().Format(timeField)
}
