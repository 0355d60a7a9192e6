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
		if err := w.s.setStockOf(ctx, w.id); err != nil {
			return err
		}
	}
	return nil
}

// setStockOf hands over the counts that are left of a run. They belong to variants that are in the shop, however the run ended.
func (s *Service) setStockOf(ctx context.Context, run string) error {
	for {
		counts, err := queries.NextSyncStock(ctx, s.cfg.DB.Primary(), run)
		if postgres.IsNoRows(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("next counts: %w", err)
		}
		if len(counts.VariantIds) > 0 {
			if err := s.setStock(ctx, counts); err != nil {
				return err
			}
		}
		err = queries.RemoveSyncStock(ctx, s.cfg.DB.Primary(), productdb.RemoveSyncStockParams{RunID: run, Batch: counts.Batch, Part: counts.Part})
		if err != nil {
			return fmt.Errorf("remove counts: %w", err)
		}
	}
}

func (s *Service) setStock(ctx context.Context, counts productdb.NextSyncStockRow) error {
	req := &inventoryv1.SetStockRequest{Reason: "feed", IdempotencyKey: fmt.Sprintf("sync %s %d %d", counts.RunID, counts.Batch, counts.Part)}
	for i, variant := range counts.VariantIds {
		req.Counts = append(req.Counts, &inventoryv1.StockCount{VariantId: variant, OnHand: counts.OnHand[i], Backorder: counts.Backorder[i]})
	}
	pause := 100 * time.Millisecond
	for try := 1; ; try++ {
		_, err := s.cfg.Stock.SetStock(ctx, req)
		switch code := connect.CodeOf(err); {
		case err == nil:
			return nil
		case code == connect.CodeFailedPrecondition && counts.Shortened:
			return nil // the key is known: inventory took all of these counts before a file said others
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
