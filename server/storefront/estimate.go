package storefront

import (
	"context"
	"time"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

// atHome is what delivery and tax come to in the country that public pages speak of, the same for everyone in the market.
type atHome struct {
	country string // its name
	// quote is that of a parcel without goods: its prices are those before anything goes free, and what is missing for that is all that is needed. It is
	// nil where the shop does not deliver.
	quote *pricingv1.QuoteResponse
	read  time.Time
}

// askAgain is how long pages go on without an answer of pricing before one of them asks again.
const askAgain = 5 * time.Second

// atHome is kept as long as the list of countries, so that pages do not ask for it; the last known one when pricing does not answer.
func (s *Shop) atHome(ctx context.Context) *atHome {
	known := s.market.Load()
	if known != nil && clock.Now().Sub(known.read) < countryLifetime {
		return known
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	s.destinations(ctx) // knows the country's name
	read := &atHome{country: s.countryName(s.cfg.Country), read: clock.Now()}
	answer, err := s.Pricing.Quote(ctx, &pricingv1.QuoteRequest{CurrencyCode: s.cfg.Currency, CountryCode: s.cfg.Country})
	switch {
	case err == nil:
		read.quote = answer
	case connect.CodeOf(err) == connect.CodeFailedPrecondition: // nothing is delivered there
	default:
		if known != nil {
			*read = *known
		}
		read.read = clock.Now().Add(askAgain - countryLifetime)
	}
	s.market.Store(read)
	return read
}

// taxNote stands beside a price.
func (m *atHome) taxNote(words wording.Language) string {
	totals := m.quote.GetTotals()
	switch {
	case totals == nil:
		return words.Say("Shipping and tax are shown in the cart.")
	case totals.GetTaxIncluded():
		return words.Say("Including %s, plus shipping.", totals.GetTaxName())
	default:
		return words.Say("Before tax and shipping; both are shown in the cart.")
	}
}

// taxNoteAlone stands beside the price of what is not sent.
func (m *atHome) taxNoteAlone(words wording.Language) string {
	if totals := m.quote.GetTotals(); totals.GetTaxIncluded() {
		return words.Say("Including %s.", totals.GetTaxName())
	}
	return words.Say("Before tax; it is shown in the cart.")
}

// legal is the line at the end of every page.
func (m *atHome) legal(words wording.Language) string {
	totals := m.quote.GetTotals()
	switch {
	case totals == nil:
		return words.Say("Shipping and tax depend on the destination and are shown in the cart.")
	case totals.GetTaxIncluded():
		return words.Say("Prices include %s for delivery to %s. For other destinations the cart shows the tax.", totals.GetTaxName(), m.country)
	default:
		return words.Say("Prices are shown before sales tax where it applies; tax is added at checkout by destination.")
	}
}

// shipping says what the cheapest delivery of one product costs.
func (s *Shop) shipping(m *atHome, variant *catalogv1.Variant) string {
	if len(m.quote.GetDeliveries()) == 0 {
		return s.words.Say("Shipping is shown in the cart, before you enter an address")
	}
	cheapest := m.quote.GetDeliveries()[0]
	free := cheapest.GetFreeFromRemaining()
	switch {
	case cheapest.GetPrice().GetAmountMinor() == 0, free != nil && variant.GetPrice().GetAmountMinor() >= free.GetAmountMinor():
		return s.words.Say("Free shipping to %s", m.country)
	case free != nil:
		return s.words.Say("Shipping to %s from %s, free from %s", m.country, s.money(cheapest.GetPrice()), s.money(free))
	default:
		return s.words.Say("Shipping to %s from %s", m.country, s.money(cheapest.GetPrice()))
	}
}

// arrives says when it comes if it is ordered now; nothing when it is not on the shelf.
func (m *atHome) arrives(words wording.Language, variant *catalogv1.Variant) string {
	switch variant.GetAvailability() {
	case catalogv1.Availability_AVAILABILITY_SOLD_OUT, catalogv1.Availability_AVAILABILITY_BACKORDER:
		return ""
	}
	for _, option := range m.quote.GetDeliveries() {
		if when := arrival(words, option, today()); when != "" {
			return words.Say("Order today, arrives %s", when)
		}
	}
	return ""
}

// most is how many of a variant can be ordered at once.
func most(variant *catalogv1.Variant) int {
	if left := int(variant.GetLeft()); left > 0 {
		return min(left, mostOfOne)
	}
	return mostOfOne
}
