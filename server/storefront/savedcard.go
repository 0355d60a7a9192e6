package storefront

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	cardsPath = "/account/cards"
	// savedPrefix begins what a form says of paying by a saved card.
	savedPrefix = "saved:"
	// begun is what a form says of going on with the payment that was begun.
	begun = "begun"
)

// savedCards is what a customer has saved at the provider.
type savedCards struct {
	list []*paymentv1.Method
	// silent: the provider did not answer. Pages say so and go on without.
	silent bool
}

// savedCards asks once for each page. Guests have none.
func (s *Shop) savedCards(r *http.Request) savedCards {
	who := customerOf(r)
	if who == nil {
		return savedCards{}
	}
	if who.cards == nil {
		answer, err := s.Payments.ListSavedMethods(s.asShopper(r), &paymentv1.ListSavedMethodsRequest{})
		if err != nil {
			s.cfg.Log.WarnContext(r.Context(), "saved cards are not shown", "error", err)
		}
		who.cards = &savedCards{answer.GetMethods(), err != nil}
	}
	return *who.cards
}

// find returns a saved card, or nil.
func (c savedCards) find(id string) *paymentv1.Method {
	for _, card := range c.list {
		if card.GetId() == id {
			return card
		}
	}
	return nil
}

// usable says whether it can be paid by a card, as far as that is known.
func (c savedCards) usable(id string) bool {
	card := c.find(id)
	return c.silent || card != nil && !card.GetExpired()
}

// paidBy says what a payment was paid by: "Visa ending 4242"; empty while nobody knows.
func paidBy(method *paymentv1.Method) string {
	return ui.CardName(method.GetBrand(), method.GetLast4())
}

// savedName tells a customer's cards apart: "Visa ending 4242, expires 04/28".
func savedName(card *paymentv1.Method) string {
	name, word := paidBy(card), "expires"
	if card.GetExpired() {
		word = "expired"
	}
	if card.GetExpiryYear() == 0 {
		return name
	}
	return fmt.Sprintf("%s, %s %02d/%02d", name, word, card.GetExpiryMonth(), card.GetExpiryYear()%100)
}

// chosenWay reads from a form by which saved card to pay, or that the card is to be saved; nil of a guest. The card's number is proof of nothing: the provider refuses one of another customer.
func chosenWay(r *http.Request) *paymentv1.Way {
	if customerOf(r) == nil {
		return nil
	}
	if saved, found := strings.CutPrefix(typed(r, "method"), savedPrefix); found {
		return &paymentv1.Way{SavedMethodId: saved}
	}
	return &paymentv1.Way{SaveMethod: typed(r, "method") == hosted && r.PostFormValue("save_card") != ""}
}

// cardChoices puts a customer's saved cards before the choice of another one, which can be saved.
func (s *Shop) cardChoices(r *http.Request, methods []storefront.PaymentMethod, way *paymentv1.Way) (choices []storefront.PaymentMethod, silent bool) {
	at := slices.IndexFunc(methods, func(method storefront.PaymentMethod) bool { return method.ID == hosted })
	if at < 0 || customerOf(r) == nil {
		return methods, false
	}
	cards, another := s.savedCards(r), methods[at]
	another.Saves, another.Save = true, way.GetSaveMethod()
	for _, card := range cards.list {
		choice := storefront.PaymentMethod{ID: savedPrefix + card.GetId(), Name: savedName(card), Disabled: card.GetExpired()}
		if another.Selected && !choice.Disabled && card.GetId() == way.GetSavedMethodId() {
			choice.Selected = true
		}
		choices = append(choices, choice)
	}
	if len(choices) > 0 {
		another.Name = "Another card"
	}
	if way.GetSavedMethodId() != "" {
		another.Selected = false
	}
	return slices.Concat(methods[:at], choices, []storefront.PaymentMethod{another}, methods[at+1:]), cards.silent
}

// firstWay is the way to pay of who has chosen none: the card that was saved last.
func (s *Shop) firstWay(r *http.Request) *paymentv1.Way {
	for _, card := range s.savedCards(r).list {
		if !card.GetExpired() {
			return &paymentv1.Way{SavedMethodId: card.GetId()}
		}
	}
	return nil
}

// cardLine says at the review by which card it is paid.
func (s *Shop) cardLine(r *http.Request, cart *checkoutv1.Cart) string {
	way, name := cart.GetPaymentWay(), methodName(cart.GetPaymentMethod())
	switch {
	case way.GetSavedMethodId() != "":
		if card := s.savedCards(r).find(way.GetSavedMethodId()); card != nil {
			return savedName(card)
		}
		return "A saved card, whose details cannot be shown at the moment"
	case way.GetSaveMethod():
		return name + ", which is saved for next time"
	}
	return name
}

// retryChoices are the ways to pay of who is signed in and placed the order that was not paid; nil for others, whom the link alone let in.
func (s *Shop) retryChoices(r *http.Request, order *orderv1.Order, unfinished bool) (choices []storefront.PaymentMethod, silent bool) {
	if !s.owns(r, order) {
		return nil, false
	}
	for _, known := range methods {
		if known.id == onDelivery && !mayPayOnDelivery(order) || known.id == bankTransfer && !s.cfg.Transfers {
			continue
		}
		choices = append(choices, storefront.PaymentMethod{ID: known.id, Name: known.name, Detail: strings.Replace(known.detail, ", after the review", "", 1)})
	}
	if unfinished {
		choices = append([]storefront.PaymentMethod{{ID: begun, Name: "The payment that I began", Selected: true}}, choices...)
		return s.cardChoices(r, choices, nil)
	}
	choices[0].Selected = true
	return s.cardChoices(r, choices, nil)
}

// owns says whether the customer who is signed in placed an order.
func (s *Shop) owns(r *http.Request, order *orderv1.Order) bool {
	if customerOf(r) == nil {
		return false
	}
	_, err := s.Orders.GetOrder(s.asShopper(r), &orderv1.GetOrderRequest{OrderId: order.GetId()})
	if err != nil && connect.CodeOf(err) != connect.CodeNotFound {
		s.cfg.Log.WarnContext(r.Context(), "whose order it is was not found out", "error", err)
	}
	return err == nil
}

// payingAs is in whose name a payment is started: the customer's who is signed in and whose order it is. Else the page acts by itself, since whoever holds the link may pay.
func (s *Shop) payingAs(r *http.Request, theirs bool) context.Context {
	if theirs && customerOf(r) != nil {
		return s.asShopper(r)
	}
	return r.Context()
}

// accountCards lists the cards that a customer has saved.
func (s *Shop) accountCards(w http.ResponseWriter, r *http.Request) error {
	cards := s.savedCards(r)
	page := storefront.CardsPage{Shell: s.accountShell(w, r, "Saved cards"), Silent: cards.silent}
	for _, card := range cards.list {
		page.Cards = append(page.Cards, savedCard(card))
	}
	return web.Render(w, r, http.StatusOK, storefront.AccountCards(page))
}

func savedCard(card *paymentv1.Method) storefront.SavedCard {
	shown := storefront.SavedCard{ID: card.GetId(), Name: paidBy(card), RemoveURL: cardsPath + "/removal?id=" + url.QueryEscape(card.GetId())}
	if card.GetExpiryYear() > 0 {
		shown.Expires = fmt.Sprintf("%02d/%02d", card.GetExpiryMonth(), card.GetExpiryYear()%100)
	}
	if card.GetExpired() {
		shown.State = ui.Tag{Label: "Expired", Tone: ui.Warn}
	}
	return shown
}

// confirmRemoval asks whether a card shall really go.
func (s *Shop) confirmRemoval(w http.ResponseWriter, r *http.Request) error {
	cards, id := s.savedCards(r), r.URL.Query().Get("id")
	card := cards.find(id)
	switch {
	case cards.silent:
		web.SeeOther(w, r, cardsPath) // which says that they cannot be shown
		return nil
	case card == nil:
		return web.NotFound
	}
	return web.Render(w, r, http.StatusOK, storefront.RemoveCard(storefront.RemoveCardPage{Shell: s.privateShell(r, "Remove a card"), Card: savedCard(card)}))
}

// removeCard has the provider forget a card. One that is gone already was removed in another tab.
func (s *Shop) removeCard(w http.ResponseWriter, r *http.Request) error {
	id := typed(r, "id")
	_, err := s.Payments.ForgetSavedMethod(s.asShopper(r), &paymentv1.ForgetSavedMethodRequest{MethodId: id})
	switch connect.CodeOf(err) {
	case connect.CodeUnavailable, connect.CodeDeadlineExceeded:
		page := storefront.RemoveCardPage{
			Shell: s.privateShell(r, "Remove a card"), Card: storefront.SavedCard{ID: id, Name: "the card"},
			Problems: ui.Problems{"": "The card may still be saved, because our payment provider does not answer at the moment. Try again shortly."},
		}
		return web.Render(w, r, http.StatusServiceUnavailable, storefront.RemoveCard(page))
	case connect.CodeNotFound, connect.CodeInvalidArgument:
		return web.NotFound
	}
	if err != nil {
		return err
	}
	s.cookies.SetFlash(w, web.Flash{Code: "account.card"})
	web.SeeOther(w, r, cardsPath)
	return nil
}
