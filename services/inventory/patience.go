package inventory

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// InTx is postgres.InTx for transactions that lock stock rows. Many shoppers may want the same row at once: one who waited for it too long is put in the
// queue again for as long as the caller waits, since "try again" is no answer to give to a shopper.
func InTx[T any](ctx context.Context, db *postgres.DB, fn func(ctx context.Context, tx pgx.Tx) (T, error)) (T, error) {
	for {
		result, err := postgres.InTx(ctx, db, fn)
		if err == nil || !postgres.IsBusy(err) {
			return result, err
		}
		select {
		case <-time.After(10*time.Millisecond + rand.N(40*time.Millisecond)):
		case <-ctx.Done():
			return result, err
		}
	}
}
