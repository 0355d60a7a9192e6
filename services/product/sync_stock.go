package product

import (
	"context"
	"fmt"
	"time"

	"connectrpc.com/connect/v2"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// stockTries is how often inventory is asked to take the same counts before the worker gives the run back.
const stockTries = 6

// handOverStock calls inventory with the counts that merged batches left, until the merge is over and none are left. A call is
// named by its run, batch and part, so that one which is made again after a crash changes nothing.
func (w *syncWorker) handOverStock(ctx context.Context, more <-chan struct{}) error {
	for open := true; open; {
		select {
		case _, open = <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
		for {
			counts, err := queries.NextSyncStock(ctx, w.s.cfg.DB.Primary(), w.id)
			if postgres.IsNoRows(err) {
				break
			}
			if err != nil {
				return fmt.Errorf("next counts: %w", err)
			}
			if err := w.setStock(ctx, counts); err != nil {
				return err
			}
			err = queries.RemoveSyncStock(ctx, w.s.cfg.DB.Primary(), productdb.RemoveSyncStockParams{RunID: w.id, Batch: counts.Batch, Part: counts.Part})
			if err != nil {
				return fmt.Errorf("remove counts: %w", err)
			}
		}
	}
	return nil
}

func (w *syncWorker) setStock(ctx context.Context, counts productdb.ProductSyncStock) error {
	req := &inventoryv1.SetStockRequest{Reason: "feed", IdempotencyKey: fmt.Sprintf("sync %s %d %d", w.id, counts.Batch, counts.Part)}
	for i, variant := range counts.VariantIds {
		req.Counts = append(req.Counts, &inventoryv1.StockCount{VariantId: variant, OnHand: counts.OnHand[i], Backorder: counts.Backorder[i]})
	}
	pause := 100 * time.Millisecond
	for try := 1; ; try++ {
		_, err := w.s.cfg.Stock.SetStock(ctx, req)
		switch code := connect.CodeOf(err); {
		case err == nil:
			return nil
		case try == stockTries, code == connect.CodeInvalidArgument, code == connect.CodePermissionDenied, code == connect.CodeUnauthenticated:
			return fmt.Errorf("set stock: %w", err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		pause *= 3
	}
}
