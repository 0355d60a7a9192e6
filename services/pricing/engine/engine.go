// Package engine turns a cart into what it costs: promotions, delivery and tax, each cent with its reason. It is pure: the same cart, rules and moment
// give the same price, whatever the order of the lines.
package engine

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// Rules are what a shop goes by at one moment, as far as they concern a cart.
type Rules struct {
	// Promotions of the shop; nil for none.
	Promotions *Promotions
	// Codes are the promotions of the codes that were entered and are known, by code as typed.
	Codes map[string]string
	// Ended says of promotions whose limits are reached, for anybody or for this customer.
	Ended map[string]bool
	// Left is what is left of the budgets of promotions that have one: a promotion that would take off more does not count.
	Left map[string]int64
	// Returning says that the customer has ordered before.
	Returning bool
	// Deliveries are those to the destination.
	Deliveries []Delivery
	// Tax is that of the destination; nil while it is not known.
	Tax *Zone
	// VATNumber says that the VAT number of the request is one.
	VATNumber bool
	// VATProblem says why it is none that counts, in words for the shopper; empty when it counts or there is none.
	VATProblem string
	// Exempt says that the customer owes no tax, wherever the goods go.
	Exempt bool
	// CashStep is the smallest coin in minor units; 0 or 1 for any amount.
	CashStep int64
}

// Refusal says why a cart has no price as it was asked for. The text is for shoppers.
type Refusal struct{ Reason string }

func (r *Refusal) Error() string { return r.Reason }

// Refusals that callers tell apart.
var (
	// ErrNotDelivered says that nothing goes to the destination.
	ErrNotDelivered = &Refusal{"we do not deliver to this country"}
	// ErrTooHeavy says that no delivery takes these goods.
	ErrTooHeavy = &Refusal{"these goods are too heavy to be delivered to this country; order fewer at a time"}
	// ErrNotOffered says that another delivery must be chosen.
	ErrNotOffered = &Refusal{"this way of delivery is not offered for these goods and this address; choose another"}
	// ErrGift says that a line is a gift that the cart does not earn any more.
	ErrGift = &Refusal{"a gift in the cart does not belong to it any more"}
)

// Price prices a cart. Amounts must have passed the request's own rules: with 200 lines of 9,999 units of at most 10^11 nothing overflows.
func Price(rules Rules, req *pricingv1.QuoteRequest, now time.Time) (*pricingv1.QuoteResponse, error) {
	if rules.Promotions == nil {
		rules.Promotions = Ready(nil)
	}
	c := newCart(req, rules.Codes)
	if req.GetCountryCode() != "" && len(rules.Deliveries) == 0 && c.sent() {
		return nil, ErrNotDelivered
	}
	best, err := c.best(rules, now)
	if err != nil {
		return nil, err
	}
	if err := best.gifts(); err != nil {
		return nil, err
	}
	taxes, err := best.tax(rules)
	if err != nil {
		return nil, err
	}
	answer := best.answer(rules, taxes)
	answer.Codes = best.codeResults(rules, now)
	return answer, nil
}

// line is a line of the request while it is priced.
type line struct {
	*pricingv1.QuoteLine
	place     int   // in the request
	goods     int64 // before promotions
	left      int64 // after those that were applied
	discounts []*pricingv1.Discount
}

// parcel says whether the line is sent.
func (l line) parcel() bool { return !l.GetDigital() && !l.GetGiftCard() }

// cart is a request while it is priced. Lines are in an order of their own, so that a rest that cannot be divided falls on the same line however the
// request lists them.
type cart struct {
	req    *pricingv1.QuoteRequest
	lines  []line
	goods  int64 // of what was bought, before promotions
	units  int64
	grams  int64
	bought int // lines that are no gifts, nor gift cards
	cards  int // lines of gift cards
	// entered are the codes of the request that are known, by promotion; of two the first.
	entered map[string]string
}

func newCart(req *pricingv1.QuoteRequest, codes map[string]string) *cart {
	c := &cart{req: req, lines: make([]line, len(req.GetLines())), entered: make(map[string]string, len(codes))}
	for _, typed := range req.GetCodes() {
		if id := codes[typed]; id != "" && c.entered[id] == "" {
			c.entered[id] = typed
		}
	}
	for i, given := range req.GetLines() {
		goods := given.GetUnitPriceMinor() * int64(given.GetQuantity())
		c.lines[i] = line{QuoteLine: given, place: i, goods: goods, left: goods}
		if c.lines[i].parcel() {
			c.grams += int64(given.GetWeightGrams()) * int64(given.GetQuantity())
		}
		switch {
		case given.GetGiftCard():
			c.cards++
		case given.GetGiftPromotionId() == "":
			c.goods += goods
			c.units += int64(given.GetQuantity())
			c.bought++
		}
	}
	slices.SortFunc(c.lines, func(a, b line) int {
		return cmp.Or(
			cmp.Compare(a.GetVariantId(), b.GetVariantId()), cmp.Compare(a.GetGiftPromotionId(), b.GetGiftPromotionId()),
			cmp.Compare(a.GetUnitPriceMinor(), b.GetUnitPriceMinor()), cmp.Compare(a.GetQuantity(), b.GetQuantity()),
		)
	})
	return c
}

// sent says whether there is a parcel: also for a cart without goods, of which a page asks what sending something would cost.
func (c *cart) sent() bool {
	return len(c.lines) == 0 || slices.ContainsFunc(c.lines, func(l line) bool { return l.parcel() })
}

// answer writes down what was found.
func (p *pricing) answer(rules Rules, taxes taxed) *pricingv1.QuoteResponse {
	currency := p.req.GetCurrencyCode()
	amount := func(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: currency} }
	some := func(minor int64) *typev1.Money {
		if minor == 0 {
			return nil
		}
		return amount(minor)
	}
	answer := &pricingv1.QuoteResponse{
		LineTaxMinor: make([]int64, len(p.lines)), Lines: make([]*pricingv1.PricedLine, len(p.lines)),
		Promotions: p.applied, Gifts: p.missing, Taxes: taxes.parts, ReverseCharge: taxes.reverse, VatNumberProblem: rules.VATProblem,
		Deliveries: p.options(), DeliveryCode: p.delivery.code(),
	}
	var goods, off int64
	for i := range p.lines {
		l := &p.lines[i]
		priced := &pricingv1.PricedLine{
			VariantId: l.GetVariantId(), GoodsMinor: l.goods, Discounts: l.discounts, DiscountMinor: l.goods - l.left,
			Taxes: taxes.lines[i].parts, TaxMinor: taxes.lines[i].tax, TotalMinor: l.left + taxes.lines[i].added,
		}
		answer.Lines[l.place], answer.LineTaxMinor[l.place] = priced, priced.GetTaxMinor()
		goods += l.goods
		off += priced.GetDiscountMinor()
	}
	totals := &pricingv1.Totals{Goods: amount(goods), Discount: some(off)}
	total := goods - off
	if p.req.GetCountryCode() != "" {
		totals.Shipping, totals.Tax, totals.TaxRelief = amount(p.shipping()), amount(taxes.tax), some(taxes.relief)
		totals.TaxName, totals.TaxIncluded = taxes.name, taxes.included
		total += p.shipping() + taxes.added
	}
	rounding := int64(0)
	if p.req.GetCash() {
		rounding = toStep(total, rules.CashStep) - total
	}
	totals.Rounding, totals.Total = some(rounding), amount(total+rounding)
	answer.Totals = totals
	return answer
}

// toStep rounds an amount to what there are coins for: to the nearest, a half up.
func toStep(minor, step int64) int64 {
	if step <= 1 {
		return minor
	}
	return (minor + step/2) / step * step
}

// portion is a share of an amount in millionths, a half rounded up.
func portion(minor int64, rate int64) (int64, error) {
	part, err := money.Amount{Minor: minor}.Portion(money.Rate(rate), money.HalfUp)
	if err != nil {
		return 0, fmt.Errorf("portion %d of %d: %w", rate, minor, err)
	}
	return part.Minor, nil
}
