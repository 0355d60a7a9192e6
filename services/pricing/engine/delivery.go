package engine

import (
	"cmp"
	"slices"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
)

// Delivery is a way to send goods to a destination, or a place to fetch them.
type Delivery struct {
	Code, Name       string
	MinDays, MaxDays int32
	// Rates are tried in their order: the first that takes the goods is the price. None takes them: the delivery is not offered.
	Rates []Rate
	// Pickup is where goods are fetched; nil when they are sent.
	Pickup *typev1.Address
	// Hours is what to know for fetching them.
	Hours string
	// Tax is that of the place where goods are fetched; nil for that of the destination.
	Tax *Zone
}

// Rate is what a delivery costs for some carts. A bound of 0 does not bound.
type Rate struct {
	MostGrams  int64
	MostUnits  int64
	LeastGoods int64 // after promotions, in minor units
	Price      int64
}

func (r Rate) takes(grams, units, goods int64) bool {
	return (r.MostGrams == 0 || grams <= r.MostGrams) && (r.MostUnits == 0 || units <= r.MostUnits) && goods >= r.LeastGoods
}

// offer is a delivery with its price for a cart.
type offer struct {
	*Delivery
	full, price int64
	missing     int64 // value of goods that is missing for free delivery; 0 when it is free or never will be
}

func (o *offer) code() string {
	if o == nil {
		return ""
	}
	return o.Code
}

// shipping is what the delivery costs.
func (p *pricing) shipping() int64 {
	if p.delivery == nil {
		return 0
	}
	return p.delivery.price
}

// deliver offers deliveries by what promotions have left of the goods, makes them cheaper by promotions about delivery, and chooses one.
func (p *pricing) deliver(rules Rules, promotions []*promotion) error {
	if p.req.GetCountryCode() == "" || !p.sent() {
		return nil
	}
	var goods, units int64
	for i := range p.lines {
		if !p.lines[i].GetGiftCard() {
			goods += p.lines[i].left
		}
		if p.lines[i].parcel() {
			units += int64(p.lines[i].GetQuantity())
		}
	}
	for i := range rules.Deliveries {
		if offered, ok := offerOf(&rules.Deliveries[i], p.grams, units, goods); ok {
			p.offers = append(p.offers, offered)
		}
	}
	if len(p.offers) == 0 {
		return ErrTooHeavy
	}
	off := make([][]int64, len(promotions))
	for i, one := range promotions {
		terms := one.GetEffect().GetShippingOff()
		if terms == nil {
			continue
		}
		off[i] = make([]int64, len(p.offers))
		for j := range p.offers {
			o := &p.offers[j]
			if codes := terms.GetDeliveryCodes(); len(codes) > 0 && !slices.Contains(codes, o.Code) {
				continue
			}
			amount, err := portion(o.price, int64(terms.GetRate()))
			if err != nil {
				return err
			}
			if !p.affords(rules, one, amount) {
				continue
			}
			off[i][j] = amount
			if o.price -= amount; o.price == 0 {
				o.missing = 0
			}
		}
	}
	chosen := p.choose()
	if chosen < 0 {
		return ErrNotOffered
	}
	for i, one := range promotions {
		if off[i] != nil && off[i][chosen] > 0 {
			p.record(one, 0, off[i][chosen])
		}
	}
	p.delivery = &p.offers[chosen]
	return nil
}

// choose finds the delivery that was asked for, or the cheapest that sends the goods; -1 when the one asked for is not offered.
func (p *pricing) choose() int {
	if code := p.req.GetDeliveryCode(); code != "" {
		return slices.IndexFunc(p.offers, func(o offer) bool { return o.Code == code })
	}
	best := 0
	for i := range p.offers {
		if cheaper(p.offers[i], p.offers[best]) < 0 {
			best = i
		}
	}
	return best
}

// cheaper orders deliveries: those that send before those that are fetched, then by price, then the faster first.
func cheaper(a, b offer) int {
	fetched := func(o offer) int {
		if o.Pickup != nil {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(fetched(a), fetched(b)), cmp.Compare(a.price, b.price), cmp.Compare(a.MaxDays, b.MaxDays), cmp.Compare(a.Code, b.Code),
	)
}

// offerOf is what a delivery costs for a cart, if it takes it.
func offerOf(d *Delivery, grams, units, goods int64) (offer, bool) {
	at := slices.IndexFunc(d.Rates, func(r Rate) bool { return r.takes(grams, units, goods) })
	if at < 0 {
		return offer{}, false
	}
	o := offer{Delivery: d, full: d.Rates[at].Price, price: d.Rates[at].Price}
	if o.price == 0 {
		return o, true
	}
	for _, r := range d.Rates { // the least that would make it free
		if r.Price == 0 && r.LeastGoods > goods && r.takes(grams, units, r.LeastGoods) && (o.missing == 0 || r.LeastGoods-goods < o.missing) {
			o.missing = r.LeastGoods - goods
		}
	}
	return o, true
}

// options lists what can be chosen, the cheapest first.
func (p *pricing) options() []*pricingv1.DeliveryOption {
	sorted := slices.Clone(p.offers)
	slices.SortFunc(sorted, cheaper)
	currency := p.req.GetCurrencyCode()
	var options []*pricingv1.DeliveryOption
	for _, o := range sorted {
		option := &pricingv1.DeliveryOption{
			Code: o.Code, Name: o.Name, MinDays: o.MinDays, MaxDays: o.MaxDays, PickupAddress: o.Pickup, PickupHours: o.Hours,
			Price: &typev1.Money{AmountMinor: o.price, CurrencyCode: currency},
		}
		if o.price < o.full {
			option.FullPrice = &typev1.Money{AmountMinor: o.full, CurrencyCode: currency}
		}
		if o.missing > 0 {
			option.FreeFromRemaining = &typev1.Money{AmountMinor: o.missing, CurrencyCode: currency}
		}
		options = append(options, option)
	}
	return options
}
