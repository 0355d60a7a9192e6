package payment

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// SoldCard is a gift card that an order's buyer bought, or gives back, by the card's move.
type SoldCard struct {
	MoveID      string
	AmountMinor int64
}

// SellGiftCards posts that an order's buyer owes for gift cards, which the shop promises from then on: nothing is earned by it, nor taxed. It is a join: order calls it in the transaction that issues them.
func SellGiftCards(ctx context.Context, tx pgx.Tx, orderID, currency string, cards []SoldCard) error {
	return postCards(ctx, tx, kindGiftCardSold, orderID, currency, cards)
}

// VoidGiftCards posts that gift cards which an order's buyer bought promise nothing any more, nor is anything owed for them. It is a join: order calls it in the transaction that takes them back.
func VoidGiftCards(ctx context.Context, tx pgx.Tx, orderID, currency string, cards []SoldCard) error {
	return postCards(ctx, tx, kindGiftCardVoided, orderID, currency, cards)
}

func postCards(ctx context.Context, tx pgx.Tx, k kind, orderID, currency string, cards []SoldCard) error {
	params := paymentdb.PostGiftCardEntriesParams{Now: clock.Now()}
	for _, card := range cards {
		params.TxnIds, params.Kinds = append(params.TxnIds, card.MoveID+" "+string(k)), append(params.Kinds, string(k))
		params.Debits, params.Credits = append(params.Debits, string(sides[k].debit)), append(params.Credits, string(sides[k].credit))
		params.Amounts, params.CurrencyCodes, params.OrderIds = append(params.Amounts, card.AmountMinor), append(params.CurrencyCodes, currency), append(params.OrderIds, orderID)
	}
	if err := queries.PostGiftCardEntries(ctx, postgres.Later(tx), params); err != nil {
		return fmt.Errorf("post %s: %w", k, err)
	}
	return nil
}
