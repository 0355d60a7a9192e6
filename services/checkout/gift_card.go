package checkout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/checkoutdb"
	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/ratelimit"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/pricing"
)

const (
	// maxGiftCards is how many gift cards pay for one cart.
	maxGiftCards = 5
	// prefixSize is how many characters of a code tell whose card somebody tries to guess.
	prefixSize = 4
)

// How often codes of gift cards may be tried: by one shopper, and by all together those that begin alike, so that nobody who has many addresses guesses the end of a code.
var (
	ShopperTries = ratelimit.Limit{Burst: 5, Every: 12 * time.Minute}
	PrefixTries  = ratelimit.Limit{Burst: 10, Every: 6 * time.Minute}
)

// Tries bounds how often codes of gift cards are tried.
type Tries struct{ Shopper, Prefix *ratelimit.Shared }

// take counts a try, or says when there may be another.
func (t *Tries) take(ctx context.Context, owner, code string) error {
	if t == nil {
		return nil
	}
	allowed, wait := t.Shopper.Take(ctx, owner)
	if key := pricing.GiftCardKey(code); allowed && len(key) >= prefixSize {
		allowed, wait = t.Prefix.Take(ctx, key[:prefixSize])
	}
	if allowed {
		return nil
	}
	minutes := max(int(wait.Round(time.Minute)/time.Minute), 1)
	return rpc.ResourceExhausted(fmt.Sprintf("too many gift card codes were tried; try again in %d minutes", minutes))
}

// ApplyGiftCard lets a card pay for the cart. Whether a code exists is told only to those who have tries left.
func (s *Service) ApplyGiftCard(ctx context.Context, req *checkoutv1.ApplyGiftCardRequest) (*checkoutv1.ApplyGiftCardResponse, error) {
	who, err := s.shopper(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := load(ctx, s.cfg.DB.Read(ctx), req.GetCartId(), who); err != nil {
		return nil, err
	}
	if err := s.cfg.Tries.take(ctx, who.owner, req.GetCode()); err != nil {
		return nil, err
	}
	found, err := s.cfg.GiftCards.FindGiftCard(ctx, &pricingv1.FindGiftCardRequest{Code: req.GetCode()})
	switch {
	case connect.CodeOf(err) == connect.CodeNotFound:
		return nil, refusedCard(checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_UNKNOWN)
	case err != nil:
		return nil, fmt.Errorf("find gift card: %w", err)
	}
	card := found.GetCard()
	if problem := s.cardProblem(card); problem != 0 {
		return nil, refusedCard(problem)
	}
	changed, err := s.change(ctx, who, req, func(ctx context.Context, tx pgx.Tx, locked checkoutdb.Cart) error {
		switch {
		case slices.Contains(locked.GiftCardIds, card.GetId()):
			return nil
		case len(locked.GiftCardIds) >= maxGiftCards:
			return rpc.FailedPrecondition(fmt.Sprintf("at most %d gift cards pay for one order; remove one of them first", maxGiftCards))
		}
		return keepCards(ctx, tx, locked.ID, append(locked.GiftCardIds, card.GetId()))
	})
	return &checkoutv1.ApplyGiftCardResponse{Cart: changed}, err
}

// RemoveGiftCard takes a card out of the cart.
func (s *Service) RemoveGiftCard(ctx context.Context, req *checkoutv1.RemoveGiftCardRequest) (*checkoutv1.RemoveGiftCardResponse, error) {
	who, err := s.shopper(ctx)
	if err != nil {
		return nil, err
	}
	changed, err := s.change(ctx, who, req, func(ctx context.Context, tx pgx.Tx, locked checkoutdb.Cart) error {
		at := slices.Index(locked.GiftCardIds, req.GetGiftCardId())
		if at < 0 {
			return nil
		}
		return keepCards(ctx, tx, locked.ID, slices.Delete(locked.GiftCardIds, at, at+1))
	})
	return &checkoutv1.RemoveGiftCardResponse{Cart: changed}, err
}

func keepCards(ctx context.Context, tx pgx.Tx, cartID string, cards []string) error {
	if err := queries.SetCartGiftCards(ctx, tx, checkoutdb.SetCartGiftCardsParams{ID: cartID, GiftCardIds: cards, Now: clock.Now()}); err != nil {
		return fmt.Errorf("set gift cards: %w", err)
	}
	return nil
}

// refusals are what shoppers read of a card that cannot be spent.
var refusals = map[checkoutv1.GiftCardProblem]string{
	checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_UNKNOWN:        "there is no gift card with this code; check how it is spelled",
	checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_EXPIRED:        "this gift card has expired",
	checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_BLOCKED:        "this gift card was blocked; ask the shop why",
	checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_OTHER_CURRENCY: "this gift card is in another currency than the cart",
	checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_EMPTY:          "nothing is left on this gift card",
}

func refusedCard(problem checkoutv1.GiftCardProblem) error {
	return rpc.FailedPrecondition(refusals[problem], &checkoutv1.GiftCardRefusal{Problem: problem})
}

// cardProblem says why a card cannot be spent here; nothing when it can.
func (s *Service) cardProblem(card *pricingv1.GiftCard) checkoutv1.GiftCardProblem {
	switch {
	case card.GetState() != pricingv1.GiftCardState_GIFT_CARD_STATE_ACTIVE:
		return checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_BLOCKED
	case card.GetExpireTime() != nil && !card.GetExpireTime().AsTime().After(clock.Now()):
		return checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_EXPIRED
	case card.GetBalance().GetCurrencyCode() != s.cfg.Currency:
		return checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_OTHER_CURRENCY
	case card.GetBalance().GetAmountMinor() == 0:
		return checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_EMPTY
	}
	return checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_UNSPECIFIED
}

// cards asks for the gift cards of a cart; most carts have none, and nothing is asked.
func (s *Service) cards(ctx context.Context, c cart) (map[string]*pricingv1.GiftCard, error) {
	if len(c.GiftCardIds) == 0 {
		return nil, nil
	}
	answer, err := s.cfg.GiftCards.BatchGetGiftCards(ctx, &pricingv1.BatchGetGiftCardsRequest{Ids: c.GiftCardIds})
	if err != nil {
		return nil, fmt.Errorf("get gift cards: %w", err)
	}
	cards := make(map[string]*pricingv1.GiftCard, len(answer.GetCards()))
	for _, card := range answer.GetCards() {
		cards[card.GetId()] = card
	}
	return cards, nil
}

// share says what each card of a cart pays of a total, in the order in which they were entered, and what is left to pay.
func (s *Service) share(c cart, cards map[string]*pricingv1.GiftCard, totalMinor int64) (shares []*checkoutv1.CartGiftCard, leftMinor int64) {
	for _, id := range c.GiftCardIds {
		card := cards[id]
		if card == nil {
			continue
		}
		share := &checkoutv1.CartGiftCard{GiftCardId: id, LastFour: card.GetLastFour(), Balance: card.GetBalance(), Amount: s.amount(0), Problem: s.cardProblem(card)}
		if share.GetProblem() == 0 {
			share.Amount = s.amount(min(card.GetBalance().GetAmountMinor(), totalMinor))
			totalMinor -= share.GetAmount().GetAmountMinor()
		}
		shares = append(shares, share)
	}
	return shares, totalMinor
}

// agreeCards refuses unless each card can still pay what the shopper saw, and returns what they pay: just that, also when more is on them by now.
func (s *Service) agreeCards(ctx context.Context, c cart, totalMinor int64, seen []*checkoutv1.GiftCardShare) ([]*checkoutv1.CartGiftCard, error) {
	cards, err := s.cards(ctx, c)
	if err != nil {
		return nil, err
	}
	now, _ := s.share(c, cards, totalMinor)
	pays := slices.DeleteFunc(now, func(share *checkoutv1.CartGiftCard) bool {
		return share.GetAmount().GetAmountMinor() == 0 && !slices.ContainsFunc(seen, func(one *checkoutv1.GiftCardShare) bool { return one.GetGiftCardId() == share.GetGiftCardId() })
	})
	problem := &checkoutv1.PlaceOrderProblem{}
	for i, share := range pays {
		switch {
		case i >= len(seen) || seen[i].GetGiftCardId() != share.GetGiftCardId():
			return nil, rpc.FailedPrecondition("the gift cards changed; please look at what is left to pay again", &checkoutv1.PlaceOrderProblem{GiftCards: pays})
		case share.GetAmount().GetAmountMinor() < seen[i].GetAmountMinor():
			problem.GiftCards = append(problem.GiftCards, share)
		default:
			share.Amount = s.amount(seen[i].GetAmountMinor())
		}
	}
	switch {
	case len(problem.GetGiftCards()) > 0:
		return nil, rpc.FailedPrecondition(lessLeft(problem.GetGiftCards()[0]), problem)
	case len(pays) != len(seen):
		return nil, rpc.FailedPrecondition("the gift cards changed; please look at what is left to pay again", &checkoutv1.PlaceOrderProblem{GiftCards: pays})
	}
	return pays, nil
}

func lessLeft(share *checkoutv1.CartGiftCard) string {
	amount := money.Amount{Minor: share.GetAmount().GetAmountMinor(), Currency: share.GetAmount().GetCurrencyCode()}
	return fmt.Sprintf("gift card …%s can pay only %s by now; please look at what is left to pay again", share.GetLastFour(), amount)
}

// payByCards writes a payment for each card that pays. What they take off their cards follows once everything else is written.
func payByCards(ctx context.Context, tx pgx.Tx, agreed basket, placed order.Order) ([]pricing.Spending, error) {
	var spendings []pricing.Spending
	for _, share := range agreed.cards {
		amount := money.Amount{Minor: share.GetAmount().GetAmountMinor(), Currency: placed.CurrencyCode}
		paymentID, err := payment.CreateGiftCard(ctx, tx, placed.ID, share.GetGiftCardId(), amount)
		if err != nil {
			return nil, err
		}
		spendings = append(spendings, pricing.Spending{GiftCardID: share.GetGiftCardId(), PaymentID: paymentID, AmountMinor: amount.Minor, Currency: amount.Currency})
	}
	return spendings, nil
}

// spend takes off the cards what they pay. Coming too late for it is told by the end of a card's code, and nothing is ordered.
func (s *Service) spend(ctx context.Context, tx pgx.Tx, placed order.Order, spendings []pricing.Spending) error {
	if len(spendings) == 0 {
		return nil
	}
	refused, err := pricing.Spend(ctx, tx, placed.ID, spendings)
	if err != nil || len(refused) == 0 {
		return err
	}
	problem := &checkoutv1.PlaceOrderProblem{}
	for _, card := range refused {
		share := &checkoutv1.CartGiftCard{GiftCardId: card.GetId(), LastFour: card.GetLastFour(), Balance: card.GetBalance(), Amount: card.GetBalance(), Problem: s.cardProblem(card)}
		if share.GetProblem() != 0 {
			share.Amount = s.amount(0)
		}
		problem.GiftCards = append(problem.GiftCards, share)
	}
	return rpc.FailedPrecondition(lessLeft(problem.GetGiftCards()[0]), problem)
}

// paidByCards is what gift cards pay of a basket.
func (b basket) paidByCards() int64 {
	var paid int64
	for _, share := range b.cards {
		paid += share.GetAmount().GetAmountMinor()
	}
	return paid
}
