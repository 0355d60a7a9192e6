package storefront

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// cart shows what the shopper means to buy.
func (s *Shop) cart(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	country := query.Get("country")
	cart, err := s.loadCart(r, s.knownCountry(r.Context(), country))
	if err != nil {
		return err
	}
	page := s.cartPage(r, cart)
	if flash, found := s.cookies.TakeFlash(w, r); found && flash.Code == cartRemoved {
		page.Removed = s.removedLine(r, flash.Subject)
	}
	if len(page.Lines) == 0 && query.Has("country") {
		page.Estimate = s.parcelEstimate(r, s.knownCountry(r.Context(), country))
	}
	if line := findLine(cart, query.Get("added")); line != nil {
		quantity, err := strconv.Atoi(query.Get("quantity"))
		if err == nil && quantity > 0 && quantity <= int(line.GetQuantity()) {
			page.Added = s.addedLine(cart, line, quantity)
		}
	}
	s.showCount(w, cart)
	return web.Render(w, r, http.StatusOK, storefront.Cart(page))
}

// addItem puts a variant in the cart. What cannot be added comes back as the cart with the reason.
func (s *Shop) addItem(w http.ResponseWriter, r *http.Request) error {
	variant := typed(r, "variant")
	quantity, err := strconv.Atoi(strings.TrimSpace(r.PostFormValue("quantity")))
	if err != nil || quantity < 1 || quantity > mostOfOne {
		return s.refusedCart(w, r, s.words.Say("Choose a quantity from 1 to 99."))
	}
	ctx, cartID, err := s.ensureCart(w, r)
	if err != nil {
		return err
	}
	_, err = s.Carts.AddCartItem(ctx, &checkoutv1.AddCartItemRequest{CartId: cartID, VariantId: variant, Quantity: int32(quantity), WithoutCart: true})
	if reason, refused := refusal(err); refused {
		return s.refusedCart(w, r, reason)
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, "/cart?"+url.Values{"added": {variant}, "quantity": {strconv.Itoa(quantity)}}.Encode())
	return nil
}

// setQuantity changes how many of a line there are; none removes it.
func (s *Shop) setQuantity(w http.ResponseWriter, r *http.Request) error {
	line := r.PathValue("line")
	typed := strings.TrimSpace(r.PostFormValue("quantity-" + line))
	if typed == "" {
		typed = strings.TrimSpace(r.PostFormValue("quantity"))
	}
	quantity, err := strconv.Atoi(typed)
	if err != nil || quantity < 0 || quantity > mostOfOne {
		return s.refusedCart(w, r, s.words.Say("Choose a quantity from 0 to 99."))
	}
	return s.changeLine(w, r, line, quantity)
}

// removeItem takes a line out; the page that follows offers to put it back.
func (s *Shop) removeItem(w http.ResponseWriter, r *http.Request) error {
	return s.changeLine(w, r, r.PathValue("line"), 0)
}

func (s *Shop) changeLine(w http.ResponseWriter, r *http.Request, lineID string, quantity int) error {
	before, err := s.loadCart(r, "")
	if err != nil {
		return err
	}
	if before == nil {
		web.SeeOther(w, r, "/cart")
		return nil
	}
	_, err = s.Carts.SetCartItemQuantity(s.asShopper(r), &checkoutv1.SetCartItemQuantityRequest{
		CartId: before.GetId(), LineId: lineID, Quantity: int32(quantity), WithoutCart: true,
	})
	if connect.CodeOf(err) == connect.CodeNotFound { // gone already: another tab was quicker
		web.SeeOther(w, r, "/cart")
		return nil
	}
	if reason, refused := refusal(err); refused {
		return s.refusedCart(w, r, reason)
	}
	if err != nil {
		return err
	}
	for _, line := range before.GetLines() {
		if line.GetId() == lineID && quantity == 0 {
			s.cookies.SetFlash(w, web.Flash{Code: cartRemoved, Subject: line.GetVariantId() + "." + strconv.Itoa(int(line.GetQuantity()))})
		}
	}
	web.SeeOther(w, r, "/cart")
	return nil
}

// cartRemoved is the flash of a line that was taken out; its subject is "variant.quantity".
const cartRemoved = "cart.removed"

// removedLine names what was taken out, by its id alone: only the shop's own words are shown.
func (s *Shop) removedLine(r *http.Request, subject string) *storefront.RemovedLine {
	variant, quantity, _ := strings.Cut(subject, ".")
	if count, err := strconv.Atoi(quantity); err != nil || count < 1 {
		return nil
	}
	answer, err := s.Products.BatchGetOffers(r.Context(), &productv1.BatchGetOffersRequest{VariantIds: []string{variant}})
	if err != nil || len(answer.GetOffers()) == 0 {
		return nil // the line is gone all the same
	}
	return &storefront.RemovedLine{
		Text: s.words.Say("%s was removed.", answer.GetOffers()[0].GetProductName()), UndoURL: "/cart/items", VariantID: variant, Quantity: quantity,
	}
}

// refusal returns the words of an answer that a shopper can do something about.
func refusal(err error) (string, bool) {
	switch connect.CodeOf(err) {
	case connect.CodeFailedPrecondition, connect.CodeInvalidArgument, connect.CodeNotFound, connect.CodeAborted:
		return words(err), true
	default:
		return "", false
	}
}

// words are what an error says to the shopper.
func words(err error) string {
	var failure *connect.Error
	if errors.As(err, &failure) {
		return sentence(failure.Message())
	}
	return ""
}

func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return strings.TrimSuffix(string(unicode.ToUpper(first))+text[size:], ".") + "."
}

// refusedCart shows the cart again with what was wrong.
func (s *Shop) refusedCart(w http.ResponseWriter, r *http.Request, reason string) error {
	cart, err := s.loadCart(r, "")
	if err != nil {
		return err
	}
	page := s.cartPage(r, cart)
	page.Problems = ui.Problems{"": reason}
	return web.Render(w, r, http.StatusUnprocessableEntity, storefront.Cart(page))
}

func (s *Shop) cartPage(r *http.Request, cart *checkoutv1.Cart) storefront.CartPage {
	page := storefront.CartPage{Shell: s.privateShell(r, s.words.Say("Cart"))}
	if len(cart.GetLines()) == 0 {
		page.Suggested = s.popular(r.Context())
		page.CartCount = 0
		return page
	}
	page.CartCount = itemCount(cart)
	page.Suggested = s.suggested(r.Context(), cart)
	blocked := 0
	for _, line := range cart.GetLines() {
		shown := s.cartLine(line)
		if shown.Problem != "" {
			blocked++
		}
		page.Lines = append(page.Lines, shown)
	}
	for _, gift := range cart.GetGifts() {
		page.Gifts = append(page.Gifts, s.giftLine(gift))
	}
	for _, text := range s.missingGifts(cart) {
		page.Notices = append(page.Notices, storefront.CartNotice{Tone: ui.Info, Text: text})
	}
	page.Coupon = s.coupon(r, cart, "/cart/codes")
	page.GiftCards = s.giftCards(r, cart, "/cart/gift-cards")
	page.Totals = s.totals(cart.GetTotals(), cart.GetPromotions(), deliveryNote(cart), true)
	s.taxesOf(&page.Totals, cart.GetTotals(), cart.GetTaxes(), cart.GetReverseCharge())
	s.payable(&page.Totals, cart)
	page.Free = s.freeShipping(cart)
	if !cart.GetDigital() {
		page.Estimate = s.estimate(r, cart)
	}
	if blocked > 0 {
		page.Blocked = s.words.Say("Change or remove the marked lines to go on.")
	} else {
		page.CheckoutURL = "/checkout"
	}
	return page
}

// suggested are a few products that are not in the cart yet: what goes with it, then what sells anyway; none when catalog does not answer.
func (s *Shop) suggested(ctx context.Context, cart *checkoutv1.Cart) []storefront.Card {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	ask := &catalogv1.ListCrossSellsRequest{PageSize: shelfSize}
	for _, line := range cart.GetLines() {
		ask.VariantIds = append(ask.VariantIds, line.GetVariantId())
	}
	answer, err := s.Catalog.ListCrossSells(ctx, ask)
	if err != nil {
		return nil
	}
	cards := answer.GetCards()
	if len(cards) == shelfSize {
		return s.cards(cards)
	}
	anyway, err := s.Catalog.ListProducts(ctx, &catalogv1.ListProductsRequest{PageSize: 3 * shelfSize, WithoutFacets: true})
	if err != nil {
		return s.cards(cards)
	}
	for _, card := range anyway.GetCards() {
		known := slices.ContainsFunc(cards, func(other *catalogv1.Card) bool { return other.GetProductId() == card.GetProductId() }) ||
			slices.ContainsFunc(cart.GetLines(), func(line *checkoutv1.CartLine) bool { return line.GetProductSlug() == card.GetSlug() })
		if !known && len(cards) < shelfSize && card.GetAvailability() != catalogv1.Availability_AVAILABILITY_SOLD_OUT {
			cards = append(cards, card)
		}
	}
	return s.cards(cards)
}

// mostOfOne is how many of one variant a cart takes.
const mostOfOne = 99

// cartParts is what one bundle is made of.
func cartParts(line *checkoutv1.CartLine) []storefront.Part {
	var parts []storefront.Part
	for _, part := range line.GetParts() {
		parts = append(parts, storefront.Part{Quantity: strconv.Itoa(int(part.GetQuantity())), Name: part.GetProductName(), Options: part.GetVariantName()})
	}
	return parts
}

func (s *Shop) cartLine(line *checkoutv1.CartLine) storefront.CartLine {
	shown := storefront.CartLine{
		ID: line.GetId(), VariantID: line.GetVariantId(), Name: line.GetProductName(), URL: s.productURL(line.GetProductSlug()),
		Variant: line.GetVariantName(), Image: linePicture(line.GetImage()), UnitPrice: s.price(line.GetUnitPrice(), nil, false), Total: s.money(line.GetTotal()),
		Quantity: strconv.Itoa(int(line.GetQuantity())), Max: mostOfOne, Parts: cartParts(line),
		UpdateURL: "/cart/items/" + line.GetId(), RemoveURL: "/cart/items/" + line.GetId() + "/removal",
	}
	shown.Saved, shown.Full = s.saved(line.GetDiscounts()), s.full(line)
	shown.Note = s.howItComes(line)
	switch line.GetProblem() {
	case checkoutv1.LineProblem_LINE_PROBLEM_SOLD_OUT:
		shown.Problem = s.words.Say("Sold out. Remove it to go on.")
	case checkoutv1.LineProblem_LINE_PROBLEM_TOO_FEW:
		shown.Problem = s.words.Count(int(line.GetAvailable()), "Only %d left. Lower the quantity to go on.", "Only %d left. Lower the quantity to go on.")
		shown.Max = int(line.GetAvailable())
	case checkoutv1.LineProblem_LINE_PROBLEM_NOT_FOR_SALE:
		shown.Problem = s.words.Say("No longer sold. Remove it to go on.")
	case checkoutv1.LineProblem_LINE_PROBLEM_PRICE_CHANGED:
		shown.Note = s.words.Say("The price changed from %s.", s.money(line.GetPreviousUnitPrice()))
	}
	return shown
}

// howItComes says of what is not sent how the shopper gets it; empty for all else.
func (s *Shop) howItComes(line *checkoutv1.CartLine) string {
	switch {
	case line.GetGiftCard():
		return s.words.Say(giftCardLabel)
	case line.GetDigital():
		return s.words.Say(digitalLabel)
	default:
		return ""
	}
}

// full is what a line would cost without promotions; empty when they take nothing off.
func (s *Shop) full(line *checkoutv1.CartLine) string {
	if line.GetDiscount() == nil {
		return ""
	}
	return s.minor(line.GetTotal().GetAmountMinor() + line.GetDiscount().GetAmountMinor())
}

func (s *Shop) addedLine(cart *checkoutv1.Cart, line *checkoutv1.CartLine, quantity int) *storefront.AddedLine {
	count := itemCount(cart)
	return &storefront.AddedLine{
		Name: line.GetProductName(), Options: line.GetVariantName(), Quantity: s.words.Count(quantity, "%d piece", "%d pieces"), Price: s.money(line.GetUnitPrice()),
		Image: linePicture(line.GetImage()), Subtotal: s.words.Count(count, "Subtotal of %d item: %s", "Subtotal of %d items: %s", s.money(cart.GetTotals().GetGoods())),
	}
}

func findLine(cart *checkoutv1.Cart, variant string) *checkoutv1.CartLine {
	for _, line := range cart.GetLines() {
		if line.GetVariantId() == variant {
			return line
		}
	}
	return nil
}

// deliveryNote names the delivery that the totals hold.
func deliveryNote(cart *checkoutv1.Cart) string {
	for _, option := range cart.GetDeliveries() {
		if option.GetCode() == cart.GetDeliveryCode() {
			return option.GetName()
		}
	}
	return ""
}

func (s *Shop) freeShipping(cart *checkoutv1.Cart) *storefront.FreeShipping {
	for _, option := range cart.GetDeliveries() {
		remaining := option.GetFreeFromRemaining().GetAmountMinor()
		if remaining <= 0 {
			continue
		}
		goods := cart.GetTotals().GetGoods().GetAmountMinor() - cart.GetTotals().GetDiscount().GetAmountMinor() - cart.GetGiftCardsBought().GetAmountMinor()
		return &storefront.FreeShipping{
			Text: s.words.Say("%s more for free shipping", s.money(option.GetFreeFromRemaining())), Percent: int(goods * 100 / (goods + remaining)),
		}
	}
	return nil
}

func (s *Shop) estimate(r *http.Request, cart *checkoutv1.Cart) *storefront.ShippingEstimate {
	estimate := &storefront.ShippingEstimate{Action: "/cart", Countries: s.countryOptions(r.Context(), cart.GetCountryCode()), Open: cart.GetTotals().GetShipping() == nil}
	estimate.Choices = s.shippingChoices(cart.GetDeliveries())
	return estimate
}

// parcelEstimate is the estimate without a cart: for a parcel that is neither heavy nor dear.
func (s *Shop) parcelEstimate(r *http.Request, country string) *storefront.ShippingEstimate {
	estimate := &storefront.ShippingEstimate{Action: "/cart", Countries: s.countryOptions(r.Context(), country), Open: true}
	if country == "" {
		return estimate
	}
	answer, err := s.Pricing.Quote(r.Context(), &pricingv1.QuoteRequest{CurrencyCode: s.cfg.Currency, CountryCode: country})
	if err != nil {
		estimate.Error = s.words.Say("This cannot be told at the moment.")
	}
	estimate.Choices = s.shippingChoices(answer.GetDeliveries())
	return estimate
}

func (s *Shop) shippingChoices(deliveries []*pricingv1.DeliveryOption) []storefront.ShippingChoice {
	var choices []storefront.ShippingChoice
	for _, option := range deliveries {
		choice := storefront.ShippingChoice{Name: option.GetName(), Arrives: arrival(s.words, option, today()), Price: s.money(option.GetPrice())}
		if option.GetPrice().GetAmountMinor() == 0 {
			choice.Price = s.words.Say("Free")
		}
		choices = append(choices, choice)
	}
	return choices
}
