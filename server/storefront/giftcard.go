package storefront

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// addGiftCard lets a gift card pay for the cart.
func (s *Shop) addGiftCard(w http.ResponseWriter, r *http.Request) error {
	return s.enterInCart(w, r, s.applyGiftCard, func(page *storefront.CartPage, reason string) {
		if page.GiftCards == nil { // an empty cart, for which nothing is to be paid
			page.Problems = ui.Problems{"": reason}
			return
		}
		page.GiftCards.Error = reason
	})
}

// removeGiftCard takes a gift card out of the cart.
func (s *Shop) removeGiftCard(w http.ResponseWriter, r *http.Request) error {
	return s.dropGiftCard(w, r, "/cart")
}

// addCheckoutGiftCard enters a gift card at a step of the checkout, and stays there.
func (s *Shop) addCheckoutGiftCard(w http.ResponseWriter, r *http.Request) error {
	return s.enterAtStep(w, r, "gift_card", s.applyGiftCard)
}

// removeCheckoutGiftCard takes a gift card out of the cart at a step of the checkout.
func (s *Shop) removeCheckoutGiftCard(w http.ResponseWriter, r *http.Request) error {
	return s.dropGiftCard(w, r, steps[stepOf(r)].path)
}

// applyGiftCard returns why a gift card cannot pay, in words for the shopper, or nothing when it does now.
func (s *Shop) applyGiftCard(r *http.Request, cart *checkoutv1.Cart) (string, error) {
	code := typed(r, "gift_card")
	if code == "" {
		return s.words.Say("Enter the code of your gift card."), nil
	}
	if len(code) > mostOfCode {
		return s.cardProblem(checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_UNKNOWN), nil
	}
	_, err := s.Carts.ApplyGiftCard(s.asShopper(r), &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: code, WithoutCart: true})
	if refused, found := rpc.Detail[*checkoutv1.GiftCardRefusal](err); found {
		return s.cardProblem(refused.GetProblem()), nil
	}
	if connect.CodeOf(err) == connect.CodeResourceExhausted {
		return s.words.Say("Too many gift card codes were tried. Wait an hour, then try again."), nil
	}
	if reason, refused := refusal(err); refused {
		return reason, nil
	}
	return "", err
}

func (s *Shop) dropGiftCard(w http.ResponseWriter, r *http.Request, next string) error {
	return s.takeOut(w, r, next, func(ctx context.Context, cart string) error {
		_, err := s.Carts.RemoveGiftCard(ctx, &checkoutv1.RemoveGiftCardRequest{CartId: cart, GiftCardId: typed(r, "gift_card_id"), WithoutCart: true})
		return err
	})
}

// cardProblem says why a gift card cannot pay and what to do next.
func (s *Shop) cardProblem(problem checkoutv1.GiftCardProblem) string {
	switch problem {
	case checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_EXPIRED:
		return s.words.Say("This gift card has expired.")
	case checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_BLOCKED:
		return s.words.Say("This gift card was blocked. Write to us to find out why.")
	case checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_OTHER_CURRENCY:
		return s.words.Say("This gift card is in another currency than your cart.")
	case checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_EMPTY:
		return s.words.Say("Nothing is left on this gift card.")
	default:
		return s.words.Say("There is no gift card with this code. Check how it is spelled.")
	}
}

// giftCards is the form for gift cards, with those that pay for the cart.
func (s *Shop) giftCards(r *http.Request, cart *checkoutv1.Cart, action string, hidden ...ui.Hidden) *storefront.GiftCardForm {
	form := &storefront.GiftCardForm{Action: action, RemovalURL: action + "/removal", Hidden: hidden, Code: typed(r, "gift_card")}
	if bought := cart.GetGiftCardsBought(); bought != nil {
		form.Note = s.words.Say("Gift cards do not pay for gift cards: %s of this cart is to be paid in another way.", s.money(bought))
	}
	for _, card := range cart.GetGiftCards() {
		kept := storefront.KeptGiftCard{ID: card.GetGiftCardId(), Name: s.cardName(card.GetLastFour())}
		switch rest := card.GetBalance().GetAmountMinor() - card.GetAmount().GetAmountMinor(); {
		case card.GetProblem() != 0:
			kept.Problem = s.cardProblem(card.GetProblem())
		case rest > 0:
			kept.Effect = s.words.Say("%s stays on it", s.minor(rest))
		}
		form.Kept = append(form.Kept, kept)
	}
	return form
}

func (s *Shop) cardName(lastFour string) string { return s.words.Say("Gift card …%s", lastFour) }

// payable adds to the totals what gift cards pay of them.
func (s *Shop) payable(totals *storefront.Totals, cart *checkoutv1.Cart) {
	for _, card := range cart.GetGiftCards() {
		if pays := card.GetAmount().GetAmountMinor(); pays > 0 {
			totals.Paid = append(totals.Paid, storefront.TotalRow{Label: s.cardName(card.GetLastFour()), Amount: "−" + s.minor(pays)})
		}
	}
	if len(totals.Paid) > 0 {
		totals.LeftLabel, totals.Left = s.words.Say("Left to pay"), s.money(cart.GetLeftToPay())
	}
}

// paysWith names the gift cards that pay, and how the rest is paid if there is any.
func (s *Shop) paysWith(r *http.Request, cart *checkoutv1.Cart) []string {
	var lines []string
	for _, card := range cart.GetGiftCards() {
		if card.GetAmount().GetAmountMinor() > 0 {
			lines = append(lines, s.cardName(card.GetLastFour()))
		}
	}
	if len(lines) == 0 || cart.GetLeftToPay().GetAmountMinor() > 0 {
		lines = append(lines, s.cardLine(r, cart))
	}
	return lines
}

// cardShares are what gift cards pay as the review shows it, for its form: "id amount".
func cardShares(cart *checkoutv1.Cart) []string {
	var shares []string
	for _, card := range cart.GetGiftCards() {
		if pays := card.GetAmount().GetAmountMinor(); pays > 0 {
			shares = append(shares, fmt.Sprintf("%s %d", card.GetGiftCardId(), pays))
		}
	}
	return shares
}

func parseShares(texts []string) []*checkoutv1.GiftCardShare {
	var shares []*checkoutv1.GiftCardShare
	for _, text := range texts {
		id, amount, _ := strings.Cut(text, " ")
		minor, err := strconv.ParseInt(amount, 10, 64)
		if err != nil {
			continue // none that this page wrote; the order is refused for it
		}
		shares = append(shares, &checkoutv1.GiftCardShare{GiftCardId: id, AmountMinor: minor})
	}
	return shares
}

// giftCard is the provider that stands for gift cards.
const giftCard = "gift_card"

// cardsPaid is what gift cards paid of an order.
func cardsPaid(order *orderv1.Order) (minor int64) {
	for _, attempt := range order.GetPayments() {
		if attempt.GetProvider() == giftCard {
			minor += attempt.GetAmount().GetAmountMinor()
		}
	}
	return minor
}

// paidByCards adds to the totals what gift cards paid, and how much is to be paid in another way.
func (s *Shop) paidByCards(totals storefront.Totals, order *orderv1.Order) storefront.Totals {
	if paid := cardsPaid(order); paid > 0 {
		totals.Paid = []storefront.TotalRow{{Label: s.words.Say("Paid by gift card"), Amount: "−" + s.minor(paid)}}
		totals.LeftLabel, totals.Left = s.words.Say("The rest"), s.due(order)
	}
	return totals
}

// due is what a shopper pays of an order in other ways than by gift cards.
func (s *Shop) due(order *orderv1.Order) string {
	return s.minor(order.GetTotals().GetTotal().GetAmountMinor() - cardsPaid(order))
}
