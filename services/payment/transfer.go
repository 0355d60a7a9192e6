package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
)

// Why a transfer cannot be noted.
var (
	ErrNoTransfer = errors.New("the order is not to be paid by bank transfer")
	ErrArrived    = errors.New("the transfer was noted before")
)

// RecordTransfer notes that all of what was to be transferred for a locked order has arrived. It does so even if nobody waits for it any more, since money may be under way for days: whether the order can be kept for it
// is order's to say. It is a join: order calls it in the transaction that moves the order. ErrNoTransfer: none was to come. ErrArrived: it was noted before. ErrOpen: the shopper is paying in another
// way. An attempt to do so of which no provider knows ends by it.
func RecordTransfer(ctx context.Context, tx pgx.Tx, orderID string) (Applied, error) {
	rows, err := queries.LockOrderPayments(ctx, tx, orderID)
	if err != nil {
		return Applied{}, fmt.Errorf("lock payments: %w", err)
	}
	at := slices.IndexFunc(rows, func(row paymentdb.Payment) bool { return row.Provider == ProviderBankTransfer }) // the newest
	if at < 0 {
		return Applied{}, ErrNoTransfer
	}
	transfer := rows[at]
	if transfer.CapturedMinor > 0 {
		return Applied{}, ErrArrived
	}
	if !Open(parseState(transfer.State)) { // else nothing else is
		if err := endUntold(ctx, tx, rows); err != nil {
			return Applied{}, err
		}
	}
	view := ownView(transfer)
	view.State, view.CapturedMinor, view.Version = Captured, transfer.AmountMinor, view.GetVersion()+1
	return Apply(ctx, tx, orderID, transfer.ID, view)
}
