package checkout

import (
	"context"
	"fmt"
	"slices"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
)

// price makes the cart that shoppers see: what is stored, as it can be had at this moment.
func (s *Service) price(ctx context.Context, c cart, estimateCountry string) (*checkoutv1.Cart, error) {
	offers, err := s.offers(ctx, c)
	if err != nil {
		return nil, err
	}
	priced, err := s.anyway(ctx, c, offers, estimateCountry)
	if err != nil {
		return nil, err
	}
	cards, err := s.cards(ctx, c)
	if err != nil {
		return nil, err
	}
	shown := s.shown(priced)
	var left int64
	shown.GiftCards, left = s.share(c, cards, shown.GetTotals().GetTotal().GetAmountMinor()-s.giftCardsMinor(priced))
	left += s.giftCardsMinor(priced)
	shown.LeftToPay = s.amount(left)
	return shown, nil
}

// shown is a basket as shoppers see it.
func (s *Service) shown(b basket) *checkoutv1.Cart {
	quote, digital := b.quote, digitalOnly(b.cart, b.offers)
	shown := &checkoutv1.Cart{
		Id: b.ID, State: checkoutv1.CartState_CART_STATE_OPEN, Email: b.Email, DeliveryAddress: b.delivery, BillingAddress: b.billing,
		Totals: quote.GetTotals(), Deliveries: quote.GetDeliveries(), DeliveryCode: quote.GetDeliveryCode(),
		DeliveryChosen: b.DeliveryCode != "" && b.DeliveryCode == quote.GetDeliveryCode(),
		PaymentMethods: s.methods(paidFirst(b.cart, b.offers)), Version: b.Version, CountryCode: b.country, Digital: digital,
		Promotions: quote.GetPromotions(), Codes: quote.GetCodes(), Taxes: quote.GetTaxes(),
		VatNumber: b.VatNumber, VatNumberProblem: quote.GetVatNumberProblem(), ReverseCharge: quote.GetReverseCharge(),
		Pickup: b.Pickup, Note: b.Note, GiftMessage: b.GiftMessage, TermsVersion: s.cfg.TermsVersion,
	}
	if bought := s.giftCardsMinor(b); bought > 0 {
		shown.GiftCardsBought = s.amount(bought)
	}
	if b.fetched() {
		shown.Deliveries = pickups(quote.GetDeliveries())
	}
	if chosen := methods[b.PaymentMethod]; b.State == stateOrdered || slices.Contains(shown.GetPaymentMethods(), chosen) {
		shown.PaymentMethod = chosen
	}
	if shown.GetPaymentMethod() == checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED && (b.SavedMethodID != "" || b.SaveMethod) {
		shown.PaymentWay = &paymentv1.Way{SavedMethodId: b.SavedMethodID, SaveMethod: b.SaveMethod}
	}
	if b.State == stateOrdered {
		shown.State, shown.OrderId = checkoutv1.CartState_CART_STATE_ORDERED, *b.OrderID
	}
	goods, gifts := b.lines()
	left := shelve(b.offers)
	for _, item := range b.items {
		line := s.line(item, b.offers[item.variantID], left)
		if s.sells(b.offers[item.variantID]) {
			s.discount(line, goods[0])
			goods = goods[1:]
		}
		if b.State == stateOrdered {
			line.Problem, line.Available = 0, 0 // what is missing now is in the order
		}
		shown.Lines = append(shown.Lines, line)
	}
	for i, gift := range b.gifts {
		offer := b.offers[gift.GetVariantId()]
		line := s.described(offer)
		line.Quantity, line.UnitPrice = gift.GetUnits(), priceOf(offer, gift.GetUnits()).GetPrice()
		s.discount(line, gifts[i])
		shown.Gifts = append(shown.Gifts, line)
	}
	for _, gift := range b.missing {
		offer := b.offers[gift.GetVariantId()]
		shown.MissingGifts = append(shown.MissingGifts, &checkoutv1.MissingGift{
			PromotionId: gift.GetPromotionId(), ProductName: offer.GetProductName(), VariantName: offer.GetVariantName(),
		})
	}
	return shown
}

// discount says what promotions leave of a line.
func (s *Service) discount(line *checkoutv1.CartLine, priced *pricingv1.PricedLine) {
	line.Total, line.Discounts = s.amount(priced.GetGoodsMinor()-priced.GetDiscountMinor()), priced.GetDiscounts()
	if priced.GetDiscountMinor() > 0 {
		line.Discount = s.amount(priced.GetDiscountMinor())
	}
}

// digital says whether an offer is downloaded, or a gift card whose code is mailed, and not sent.
func digital(offer *productv1.Offer) bool { return len(offer.GetFiles()) > 0 || offer.GetGiftCard() }

// digitalOnly says whether nothing in a cart is sent. What does not exist any more is asked for nothing.
func digitalOnly(c cart, offers map[string]*productv1.Offer) bool {
	known := false
	for _, item := range c.items {
		offer := offers[item.variantID]
		if offer != nil && !digital(offer) {
			return false
		}
		known = known || offer != nil
	}
	return known
}

// paidFirst says whether a cart cannot be paid on delivery: nothing of it is sent, or gift cards in it are issued once they are paid.
func paidFirst(c cart, offers map[string]*productv1.Offer) bool {
	return digitalOnly(c, offers) || slices.ContainsFunc(c.items, func(item item) bool { return offers[item.variantID].GetGiftCard() })
}

// methods are the ways to pay, best first: what is paid online needs somebody who collects it, and what is paid on delivery a delivery.
func (s *Service) methods(paidFirst bool) []checkoutv1.PaymentMethod {
	var offered []checkoutv1.PaymentMethod
	if s.cfg.HostedProvider != "" {
		offered = append(offered, checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED)
	}
	if s.cfg.AwaitTransfer > 0 {
		offered = append(offered, checkoutv1.PaymentMethod_PAYMENT_METHOD_BANK_TRANSFER)
	}
	if !paidFirst {
		offered = append(offered, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY)
	}
	return offered
}

var methods = map[string]checkoutv1.PaymentMethod{
	methodHosted:     checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED,
	methodOnDelivery: checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY,
	methodTransfer:   checkoutv1.PaymentMethod_PAYMENT_METHOD_BANK_TRANSFER,
}

// offers asks for what is in a cart, by variant. What does not exist any more is left out.
func (s *Service) offers(ctx context.Context, c cart) (map[string]*productv1.Offer, error) {
	variants := make([]string, 0, len(c.items))
	for _, item := range c.items {
		variants = append(variants, item.variantID)
	}
	return s.offersOf(ctx, c.who, variants)
}

func (s *Service) offersOf(ctx context.Context, who shopper, variants []string) (map[string]*productv1.Offer, error) {
	if len(variants) == 0 {
		return nil, nil
	}
	group, err := who.group()
	if err != nil {
		return nil, err
	}
	answer, err := s.cfg.Products.BatchGetOffers(ctx, &productv1.BatchGetOffersRequest{VariantIds: variants, CustomerGroup: group})
	if err != nil {
		return nil, fmt.Errorf("get offers: %w", err)
	}
	offers := make(map[string]*productv1.Offer, len(answer.GetOffers()))
	for _, offer := range answer.GetOffers() {
		offers[offer.GetVariantId()] = offer
	}
	return offers, nil
}

// sells says whether an offer can be bought at all.
func (s *Service) sells(offer *productv1.Offer) bool {
	return offer.GetForSale() && offer.GetPrice().GetCurrencyCode() == s.cfg.Currency
}

// line shows one item as it can be had of what the lines before it leave.
func (s *Service) line(item item, offer *productv1.Offer, left shelf) *checkoutv1.CartLine {
	seen := s.amount(item.seenMinor)
	line := s.described(offer)
	line.Id, line.VariantId, line.Quantity, line.UnitPrice = item.id, item.variantID, item.quantity, seen
	available := int64(0)
	if s.sells(offer) {
		line.UnitPrice, available = priceOf(offer, item.quantity).GetPrice(), left.take(offer, item.quantity)
	}
	line.Total = s.amount(line.GetUnitPrice().GetAmountMinor() * int64(item.quantity))
	line.Problem = s.problem(item, offer, available)
	switch line.GetProblem() {
	case checkoutv1.LineProblem_LINE_PROBLEM_TOO_FEW:
		line.Available = available
	case checkoutv1.LineProblem_LINE_PROBLEM_PRICE_CHANGED:
		line.PreviousUnitPrice = seen
	}
	return line
}

// described is what a line says of its offer, whatever it costs.
func (s *Service) described(offer *productv1.Offer) *checkoutv1.CartLine {
	line := &checkoutv1.CartLine{
		VariantId: offer.GetVariantId(), ProductSlug: offer.GetProductSlug(), ProductName: offer.GetProductName(), VariantName: offer.GetVariantName(),
		Sku: offer.GetSku(), Image: offer.GetImage(), Digital: digital(offer), GiftCard: offer.GetGiftCard(),
	}
	for _, part := range offer.GetParts() {
		line.Parts = append(line.Parts, &checkoutv1.CartLinePart{
			ProductName: part.GetProductName(), VariantName: part.GetVariantName(), Quantity: part.GetQuantity(),
		})
	}
	return line
}

// problem says why an item cannot be ordered as it stands. A changed price comes last: it is the only one that ordering gets over.
func (s *Service) problem(item item, offer *productv1.Offer, available int64) checkoutv1.LineProblem {
	switch {
	case !s.sells(offer):
		return checkoutv1.LineProblem_LINE_PROBLEM_NOT_FOR_SALE
	case available <= 0:
		return checkoutv1.LineProblem_LINE_PROBLEM_SOLD_OUT
	case available < int64(item.quantity):
		return checkoutv1.LineProblem_LINE_PROBLEM_TOO_FEW
	}
	if priceOf(offer, item.quantity).GetPrice().GetAmountMinor() != item.seenMinor {
		return checkoutv1.LineProblem_LINE_PROBLEM_PRICE_CHANGED
	}
	return checkoutv1.LineProblem_LINE_PROBLEM_UNSPECIFIED
}

func (s *Service) amount(minor int64) *typev1.Money {
	return &typev1.Money{AmountMinor: minor, CurrencyCode: s.cfg.Currency}
}
