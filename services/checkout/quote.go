package checkout

import (
	"context"
	"fmt"
	"maps"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// basket is a cart with what it comes to.
type basket struct {
	cart
	offers map[string]*productv1.Offer // of the lines and the gifts, by variant
	quote  *pricingv1.QuoteResponse
	gifts  []*pricingv1.Gift // those that can be had; their lines in the quote come after those of the goods
	// missing are gifts that the cart should have, and that are not to be had.
	missing []*pricingv1.Gift
	// country is where the quote takes the goods; empty while that is not known.
	country string
	// cards are gift cards with what they pay.
	cards []*checkoutv1.CartGiftCard
}

// lines are what became of the goods that can be bought, then of the gifts.
func (b basket) lines() (goods, gifts []*pricingv1.PricedLine) {
	all := b.quote.GetLines()
	return all[:len(all)-len(b.gifts)], all[len(all)-len(b.gifts):]
}

// giftCardsMinor is what gift cards come to that are bought. Other gift cards do not pay for them: money that expires, or that staff gave away, would become money that does not.
func (s *Service) giftCardsMinor(b basket) int64 {
	var sum int64
	for _, item := range b.items {
		if offer := b.offers[item.variantID]; offer.GetGiftCard() && s.sells(offer) {
			sum += priceOf(offer, item.quantity).GetPrice().GetAmountMinor() * int64(item.quantity)
		}
	}
	return sum
}

// anyway prices a cart also when the delivery that was chosen is not offered any more, or nothing goes where the goods should.
func (s *Service) anyway(ctx context.Context, c cart, offers map[string]*productv1.Offer, estimateCountry string) (basket, error) {
	wanted, err := s.quoteRequest(c, offers, estimateCountry)
	if err != nil {
		return basket{}, err
	}
	priced, err := s.ask(ctx, c, offers, wanted)
	if connect.CodeOf(err) == connect.CodeFailedPrecondition && wanted.GetDeliveryCode() != "" {
		wanted.DeliveryCode = "" // the one that was chosen is not offered any more
		priced, err = s.ask(ctx, c, offers, wanted)
	}
	if connect.CodeOf(err) == connect.CodeFailedPrecondition {
		wanted.CountryCode = "" // nothing goes there; the goods still have a price
		priced, err = s.ask(ctx, c, offers, wanted)
	}
	if err != nil {
		return priced, fmt.Errorf("quote: %w", err)
	}
	return priced, nil
}

// ask asks what a cart comes to, together with the gifts that belong to it as far as they can be had. Without gifts it is one call.
func (s *Service) ask(ctx context.Context, c cart, offers map[string]*productv1.Offer, wanted *pricingv1.QuoteRequest) (basket, error) {
	quote, err := s.cfg.Pricing.Quote(ctx, wanted)
	if places := pickups(quote.GetDeliveries()); err == nil && c.fetched() && wanted.GetDeliveryCode() == "" && len(places) > 0 {
		wanted.DeliveryCode = places[0].GetCode() // else the cheapest way to send it counts
		quote, err = s.cfg.Pricing.Quote(ctx, wanted)
	}
	priced := basket{cart: c, offers: offers, quote: quote, missing: quote.GetGifts(), country: wanted.GetCountryCode()}
	if err != nil || len(priced.missing) == 0 {
		return priced, err
	}
	with, err := s.withGifts(ctx, priced)
	if err != nil || len(with.gifts) == 0 {
		return with, err
	}
	goods := len(wanted.GetLines())
	for _, gift := range with.gifts {
		line := s.quoteLine(with.offers[gift.GetVariantId()], gift.GetUnits())
		line.GiftPromotionId = gift.GetPromotionId()
		wanted.Lines = append(wanted.Lines, line)
	}
	with.quote, err = s.cfg.Pricing.Quote(ctx, wanted)
	wanted.Lines = wanted.GetLines()[:goods]
	switch connect.CodeOf(err) {
	case connect.CodeAborted, connect.CodeFailedPrecondition: // they belong to it no more, or are too heavy to come along: the cart goes without
		priced.offers = with.offers
		return priced, nil
	default:
		return with, err
	}
}

// withGifts finds out which gifts can be had of what the lines of the cart leave. A gift is given whole or not at all; what is sent by post does not come with
// what is only downloaded. Gift cards are given by staff, not by promotions.
func (s *Service) withGifts(ctx context.Context, priced basket) (basket, error) {
	var unknown []string
	for _, gift := range priced.missing {
		if priced.offers[gift.GetVariantId()] == nil {
			unknown = append(unknown, gift.GetVariantId())
		}
	}
	found, err := s.offersOf(ctx, priced.who, unknown)
	if err != nil {
		return priced, err
	}
	offers := make(map[string]*productv1.Offer, len(priced.offers)+len(found))
	maps.Copy(offers, priced.offers)
	maps.Copy(offers, found)
	onlyDigital, left := digitalOnly(priced.cart, priced.offers), shelve(offers)
	for _, item := range priced.items {
		if offer := offers[item.variantID]; s.sells(offer) {
			left.take(offer, item.quantity)
		}
	}
	with := basket{cart: priced.cart, offers: offers, quote: priced.quote, country: priced.country}
	for _, gift := range priced.missing {
		offer := offers[gift.GetVariantId()]
		if s.sells(offer) && !offer.GetGiftCard() && (digital(offer) || !onlyDigital) && left.take(offer, gift.GetUnits()) >= int64(gift.GetUnits()) {
			with.gifts = append(with.gifts, gift)
		} else {
			with.missing = append(with.missing, gift)
		}
	}
	return with, nil
}

// quoteRequest asks for the totals of what can be bought.
func (s *Service) quoteRequest(c cart, offers map[string]*productv1.Offer, estimateCountry string) (*pricingv1.QuoteRequest, error) {
	group, err := c.who.group()
	if err != nil {
		return nil, err
	}
	request := &pricingv1.QuoteRequest{
		CurrencyCode: s.cfg.Currency, CountryCode: estimateCountry, Codes: c.Codes, Email: c.Email, VatNumber: c.VatNumber, CustomerGroup: group,
	}
	if to := c.destination(digitalOnly(c, offers)); to != nil {
		request.CountryCode, request.Region, request.PostalCode, request.DeliveryCode = to.GetCountryCode(), to.GetRegion(), to.GetPostalCode(), c.DeliveryCode
	}
	for _, item := range c.items {
		if offer := offers[item.variantID]; s.sells(offer) {
			request.Lines = append(request.Lines, s.quoteLine(offer, item.quantity))
		}
	}
	return request, nil
}

// pickups are the places among deliveries where goods can be fetched.
func pickups(options []*pricingv1.DeliveryOption) []*pricingv1.DeliveryOption {
	var places []*pricingv1.DeliveryOption
	for _, option := range options {
		if option.GetPickupAddress() != nil {
			places = append(places, option)
		}
	}
	return places
}

// chosen is the delivery with a code; nil when it is not offered.
func chosen(options []*pricingv1.DeliveryOption, code string) *pricingv1.DeliveryOption {
	for _, option := range options {
		if option.GetCode() == code {
			return option
		}
	}
	return nil
}

func (s *Service) quoteLine(offer *productv1.Offer, quantity int32) *pricingv1.QuoteLine {
	price := priceOf(offer, quantity)
	return &pricingv1.QuoteLine{
		VariantId: offer.GetVariantId(), ProductId: offer.GetProductId(),
		CategoryIds: first(offer.GetCategoryIds(), mostCategories), CollectionIds: first(offer.GetCollectionIds(), mostCollections),
		Quantity: quantity, UnitPriceMinor: price.GetPrice().GetAmountMinor(), Reduced: price.GetReduced(), WeightGrams: offer.GetWeightGrams(), Digital: digital(offer),
		TaxClass: offer.GetTaxClass(), GiftCard: offer.GetGiftCard(),
	}
}

// Pricing looks at so many categories and collections of a product.
const (
	mostCategories  = 200
	mostCollections = 1000
)

func first(ids []string, most int) []string { return ids[:min(len(ids), most)] }

// priceOf is what one costs when so many are bought.
func priceOf(offer *productv1.Offer, quantity int32) *productv1.OfferPrice {
	best := &productv1.OfferPrice{MinQuantity: 1, Price: offer.GetPrice()} // a product service of the release before tells no others
	for _, step := range offer.GetPrices() {
		if step.GetMinQuantity() <= quantity {
			best = step
		}
	}
	return best
}
