package payment

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// StoreCredit is money of an order that its shopper gets back on a gift card.
type StoreCredit struct {
	OrderID, Currency string
	// MoveID names the card's move by which it got the money.
	MoveID      string
	AmountMinor int64
}

// GiveCredit notes that money of a locked order became store credit, of the payments to which it would have gone back. No provider hears of it: the money stays, and what the shop owes by its gift cards
// grows. It is a join: order calls it in the transaction that issues the card. ErrTooLittleLeft: not so much can go back.
func GiveCredit(ctx context.Context, tx pgx.Tx, given StoreCredit) (Standing, error) {
	rows, err := queries.LockOrderPayments(ctx, tx, given.OrderID)
	if err != nil {
		return Standing{}, fmt.Errorf("lock payments: %w", err)
	}
	parts, _, err := Divide(ctx, tx, given.OrderID, given.AmountMinor)
	if err != nil {
		return Standing{}, err
	}
	before, params := standing(rows), paymentdb.CreditPaymentsParams{Now: clock.Now()}
	for _, part := range parts {
		params.Ids, params.Amounts = append(params.Ids, part.PaymentID), append(params.Amounts, part.AmountMinor)
	}
	if err := queries.CreditPayments(ctx, postgres.Later(tx), params); err != nil {
		return Standing{}, fmt.Errorf("credit payments: %w", err)
	}
	err = post(ctx, tx, movement{
		name: given.MoveID + " " + string(kindStoreCredit), kind: kindStoreCredit, orderID: &given.OrderID, currency: given.Currency, entries: kindStoreCredit.moves(given.AmountMinor),
	}, params.Now)
	if err != nil {
		return Standing{}, err
	}
	sale, err := queries.GetSold(ctx, tx, &given.OrderID)
	if err != nil {
		return Standing{}, fmt.Errorf("get sale: %w", err)
	}
	after := before
	after.RefundedMinor += given.AmountMinor
	return after, credit(ctx, tx, given.OrderID, sale, creditDue(sale, before.CapturedMinor-before.RefundedMinor, given.AmountMinor, 0))
}
