package pricing

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// Bought are gift cards that somebody bought: one for each unit of an order's line, worth what was paid for one.
type Bought struct {
	OrderID, LineID, Email string
	Units                  int
	EachMinor              int64
	Currency               string
	// Reason is for people who read the card's moves, and for who gets the mail.
	Reason string
}

// IssueBought makes the gift cards of an order's line, in the order of its units, and has each one's code mailed. It is a join: order calls it in the transaction that has all of the order's money, with the
// keys of the installation's cards. Codes are made from the line's id and the unit, so that they are never twice, and stand nowhere. A card's first move has the card's id.
func IssueBought(ctx context.Context, tx pgx.Tx, keys *GiftCardKeys, bought Bought) ([]*pricingv1.GiftCard, error) {
	params := pricingdb.IssueGiftCardsParams{
		BatchID: bought.LineID, Kind: kindName(pricingv1.GiftCardKind_GIFT_CARD_KIND_CARD), CurrencyCode: bought.Currency, AmountMinor: bought.EachMinor, Email: bought.Email,
		Source: sourceSold, MailsAsked: 1, OrderID: &bought.OrderID, Actor: "system", Reason: bought.Reason, Now: clock.Now(),
	}
	keys.fill(&params, bought.Units)
	rows, err := issueBatch(ctx, tx, params)
	if err != nil {
		return nil, fmt.Errorf("issue bought gift cards: %w", err)
	}
	return giftCardsToProto(rows), nil
}

// Spent returns those of some gift cards from which something was spent, as they are. Order asks for it before it says what would go back.
func Spent(ctx context.Context, db postgres.DBTX, cards []string) ([]*pricingv1.GiftCard, error) {
	rows, err := queries.ListGiftCardsByID(ctx, db, cards)
	if err != nil {
		return nil, fmt.Errorf("list gift cards: %w", err)
	}
	return spentOf(rows), nil
}

func spentOf(rows []pricingdb.GiftCard) []*pricingv1.GiftCard {
	var spent []*pricingv1.GiftCard
	for _, row := range rows {
		if row.BalanceMinor != row.InitialMinor {
			spent = append(spent, giftCardToProto(row))
		}
	}
	return spent
}

// Voided is a gift card that was taken back, with the move that took off what was on it.
type Voided struct{ GiftCardID, MoveID string }

// Void takes back gift cards that were bought by an order: all that is on each is taken off, and nobody can spend it any more. It is a join: order calls it in the transaction that owes their money. If
// something was spent from one of them they are returned as they are, and none is taken back. Whoever spends one at the same moment comes before or after it.
func Void(ctx context.Context, tx pgx.Tx, orderID, actor, reason string, cards []string) (voided []Voided, spent []*pricingv1.GiftCard, err error) {
	rows, err := queries.LockGiftCards(ctx, tx, cards)
	if err != nil {
		return nil, nil, fmt.Errorf("lock gift cards: %w", err)
	}
	if spent = spentOf(rows); len(spent) > 0 {
		return nil, spent, nil
	}
	params := pricingdb.VoidGiftCardsParams{Ids: cards, OrderID: &orderID, Actor: actor, Reason: reason, Now: clock.Now()}
	for _, card := range cards {
		params.MoveIds = append(params.MoveIds, id.New())
		voided = append(voided, Voided{card, params.MoveIds[len(params.MoveIds)-1]})
	}
	done, err := queries.VoidGiftCards(ctx, tx, params)
	if err != nil {
		return nil, nil, fmt.Errorf("void gift cards: %w", err)
	}
	if len(done) != len(cards) {
		return nil, nil, fmt.Errorf("void gift cards: %d of %d were taken back", len(done), len(cards))
	}
	return voided, nil, nil
}
