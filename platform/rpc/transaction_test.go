package rpc

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// A transaction never waits for another service, in this process or elsewhere: the call is refused before anything is sent.
func TestNoCallsInsideTransactions(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	w := newWorld(t, func(context.Context) error {
		t.Error("a call inside a transaction came through")
		return nil
	})
	for name, client := range w.clients {
		_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, _ pgx.Tx) (struct{}, error) {
			_, err := client.GetOrder(ctx, &orderv1.GetOrderRequest{OrderId: id.New()})
			return struct{}{}, err
		})
		if !errors.Is(err, ErrInTransaction) {
			t.Errorf("%s: %v, want ErrInTransaction", name, err)
		}
	}
}
