package product

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// leaseTime is how long a run stays with a worker that says nothing. A living one speaks up four times as often.
const leaseTime = 20 * time.Second

// errStopped says that the run is not this worker's any more: cancelled, or taken by another.
var errStopped = errors.New("product: the run was stopped or taken by another worker")

// step runs one transaction of the work and returns the run as it is after it.
func (w *syncWorker) step(
	ctx context.Context, fn func(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error,
) (productdb.ProductSyncRun, error) {
	run, err := postgres.InTx(ctx, w.s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductSyncRun, error) {
		w.listing, w.batch.locked = 0, 0
		if err := queries.SettleSyncStep(ctx, tx); err != nil {
			return productdb.ProductSyncRun{}, err
		}
		run, err := queries.LockOwnSyncRun(ctx, tx, productdb.LockOwnSyncRunParams{ID: w.id, Worker: w.worker})
		if postgres.IsNoRows(err) {
			return run, errStopped
		}
		if err != nil {
			return run, err
		}
		if err := fn(ctx, tx, run); err != nil {
			return run, err
		}
		return queries.GetSyncRun(ctx, tx, w.id)
	})
	if err == nil {
		w.listed += w.listing
		w.batch.unlocked()
	}
	return run, err
}

// keepLease tells the others that the worker lives, also while a step takes long. It stops the work when the run is lost.
func (w *syncWorker) keepLease(ctx context.Context, stop context.CancelCauseFunc) {
	every := time.NewTicker(w.s.lease / 4)
	defer every.Stop()
	for {
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
		kept, err := queries.RenewSyncLease(ctx, w.s.cfg.DB.Primary(), productdb.RenewSyncLeaseParams{
			ID: w.id, Worker: w.worker, LeaseTime: w.leased(),
		})
		if err != nil || kept > 0 {
			continue
		}
		has, err := queries.HasSyncRun(ctx, w.s.cfg.DB.Primary(), productdb.HasSyncRunParams{ID: w.id, Worker: w.worker})
		if err == nil && !has {
			stop(errStopped)
			return
		}
	}
}

func (w *syncWorker) leased() time.Time { return clock.Now().Add(w.s.lease) }
