package product

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// What happens to products that a source no longer has.
const (
	keepGone    = "keep"
	archiveGone = "archive"
)

// goneState is what products become that a source no longer has.
func goneState(source productdb.ProductSource) string {
	if source.GonePolicy == archiveGone {
		return "archived"
	}
	return "draft"
}

// absence is what a file says by what it leaves out.
type absence struct {
	gone, held int64
	note       string
}

// findGone ends a run whose products are merged, or goes on to take products off sale that its source no longer has.
func (w *syncWorker) findGone(ctx context.Context) (productdb.ProductSyncRun, error) {
	var missing absence
	run, err := w.step(ctx, func(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) (err error) {
		if missing, err = w.lookForGone(ctx, tx, run); err != nil {
			return err
		}
		if missing.gone > 0 && missing.held == 0 {
			return queries.StartRemoving(ctx, tx, productdb.StartRemovingParams{ID: w.id, Now: clock.Now()})
		}
		return queries.HoldGone(ctx, tx, productdb.HoldGoneParams{ID: w.id, GoneHeld: missing.held, GoneNote: missing.note})
	})
	if err != nil || run.State == removing {
		return run, err
	}
	return w.closeAs(ctx, done)
}

// closeAs ends the run and returns it.
func (w *syncWorker) closeAs(ctx context.Context, state string) (productdb.ProductSyncRun, error) {
	if err := w.end(ctx, state, ""); err != nil {
		return productdb.ProductSyncRun{}, err
	}
	return queries.GetSyncRun(ctx, w.s.cfg.DB.Primary(), w.id)
}

// lookForGone finds out which of a source's products the file lacks. A file that may lack them by mistake says nothing: one that breaks off,
// or products of which were refused. When it is more than the source may lose at once, they are held back for staff to decide.
func (w *syncWorker) lookForGone(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) (absence, error) {
	switch {
	case w.source.GonePolicy == keepGone:
		return absence{}, nil
	case run.Refused > 0:
		return absence{note: fmt.Sprintf("Nothing was taken off sale, because %d products of the file were refused or the file breaks off.", run.Refused)}, nil
	}
	if holds, err := queries.HasStagedProducts(ctx, tx, w.id); err != nil || !holds {
		return absence{note: "Nothing was taken off sale, because the file holds no products."}, err
	}
	if err := w.lockMerge(ctx, tx); err != nil {
		return absence{}, err
	}
	if err := queries.RemoveAllGone(ctx, tx, w.id); err != nil {
		return absence{}, fmt.Errorf("forget what was gone: %w", err)
	}
	found, err := queries.FindGone(ctx, tx, productdb.FindGoneParams{
		SourceID: run.SourceID, RunID: w.id, Policy: w.source.GonePolicy, Owns: w.source.Owns,
	})
	if err != nil {
		return absence{}, fmt.Errorf("find what is gone: %w", err)
	}
	missing := absence{gone: found.Gone}
	if found.Gone*100 > found.Shown*int64(w.source.GoneLimitPercent) {
		missing.held = found.Gone
		missing.note = fmt.Sprintf("%d of the source's %d products are not in the file. That is more than %d%%, so nothing was taken off sale.",
			found.Gone, found.Shown, w.source.GoneLimitPercent)
	}
	return missing, nil
}

// remove takes products off sale, batch after batch.
func (w *syncWorker) remove(ctx context.Context) (productdb.ProductSyncRun, error) {
	for {
		left := false
		run, err := w.step(ctx, func(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
			ids, err := queries.ListGone(ctx, tx, productdb.ListGoneParams{RunID: w.id, After: lowestID, PageSize: w.batch.next})
			if left = len(ids) > 0; err != nil || !left {
				return err
			}
			return w.takeOffSale(ctx, tx, run, ids)
		})
		if err != nil {
			return run, err
		}
		if !left {
			return w.closeAs(ctx, done)
		}
		crash.At(crash.SyncAfterRemoval)
	}
}

func (w *syncWorker) takeOffSale(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, ids []string) error {
	state := goneState(w.source)
	now := clock.Now()
	if err := w.lockMerge(ctx, tx); err != nil {
		return err
	}
	if err := w.keepChanged(ctx, tx, run, ids); err != nil {
		return err
	}
	taken, err := queries.SetProductStates(ctx, tx, productdb.SetProductStatesParams{State: state, Ids: ids, Now: now})
	if err != nil {
		return fmt.Errorf("take products off sale: %w", err)
	}
	// Should the source have them again, it is news even when it says of them what it said before.
	if err := queries.ForgetContents(ctx, tx, productdb.ForgetContentsParams{SourceID: run.SourceID, ProductIds: ids}); err != nil {
		return fmt.Errorf("forget contents: %w", err)
	}
	if err := queries.RemoveGone(ctx, tx, productdb.RemoveGoneParams{RunID: w.id, ProductIds: ids}); err != nil {
		return fmt.Errorf("tick off: %w", err)
	}
	if err := tellChanged(ctx, tx, taken); err != nil {
		return err
	}
	crash.At(crash.SyncBeforeRemovalCommit)
	return queries.SaveRemoved(ctx, tx, productdb.SaveRemovedParams{ID: w.id, Gone: int64(len(taken)), LeaseTime: w.leased(), Now: now})
}

// ReleaseSyncGone lets a worker take off sale what a run held back.
func (s *Service) ReleaseSyncGone(ctx context.Context, req *productv1.ReleaseSyncGoneRequest) (*productv1.ReleaseSyncGoneResponse, error) {
	run, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (productdb.ProductSyncRun, error) {
		run, err := lockRun(ctx, tx, req.GetRunId())
		if err != nil || run.State == removing {
			return run, err
		}
		if run.State != done || run.GoneHeld == 0 {
			return run, rpc.FailedPrecondition("this run holds no products back")
		}
		newer, err := queries.HasNewerSyncRun(ctx, tx, productdb.HasNewerSyncRunParams{SourceID: run.SourceID, ID: run.ID})
		if err != nil {
			return run, err
		}
		if newer {
			return run, rpc.FailedPrecondition("the source was imported again since; its newest run says what is gone now")
		}
		if err := queries.StartRemoving(ctx, tx, productdb.StartRemovingParams{ID: run.ID, Now: clock.Now()}); err != nil {
			return run, err
		}
		return queries.GetSyncRun(ctx, tx, run.ID)
	})
	if err != nil {
		return nil, err
	}
	return &productv1.ReleaseSyncGoneResponse{Run: toRun(run)}, nil
}
