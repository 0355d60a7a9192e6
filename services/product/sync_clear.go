package product

import (
	"context"
	"fmt"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// A run's file and its staged rows are of use until it ends. Whoever ends it clears them away; what that leaves, because the process died, is cleared by
// the schedule that asks sources.

// clearIfEnded removes what is of no more use once a run ended, whoever ended it. Should that be cut short, clearOld does it.
func (w *syncWorker) clearIfEnded(ctx context.Context) error {
	run, err := queries.GetSyncRun(ctx, w.s.cfg.DB.Primary(), w.id)
	if err != nil || !ended(run.State) || run.Cleared {
		return err
	}
	if err := w.s.clear(ctx, w.id, 1000); err != nil {
		w.s.cfg.Log.WarnContext(ctx, "sync run not cleared", "run", w.id, "error", err)
	}
	return nil
}

// A bite is how much one statement removes, so that none takes long: pieces of a file, or rows.
const (
	biteOfFile = 50
	biteOfRows = 20_000
)

// inBites removes so many bites at most, and says whether all is gone.
func inBites(bites int, bite int64, remove func() (int64, error)) (bool, error) {
	for range bites {
		removed, err := remove()
		if err != nil || removed < bite {
			return err == nil, err
		}
	}
	return false, nil
}

// unstage removes what was staged of a run and what it would do, in bites, and says whether all is gone.
func (s *Service) unstage(ctx context.Context, run string, bites int) (bool, error) {
	all, err := inBites(bites, biteOfRows, func() (int64, error) {
		return queries.UnstageRun(ctx, s.cfg.DB.Primary(), productdb.UnstageRunParams{RunID: run, PageSize: biteOfRows})
	})
	if err != nil {
		return false, fmt.Errorf("unstage: %w", err)
	}
	return all, nil
}

// removeFile removes a run's file, in bites, and says whether all of it is gone.
func removeFile(ctx context.Context, db productdb.DBTX, run string, bites int) (bool, error) {
	all, err := inBites(bites, biteOfFile, func() (int64, error) {
		return queries.RemoveSyncPieces(ctx, db, productdb.RemoveSyncPiecesParams{RunID: run, PageSize: biteOfFile})
	})
	if err != nil {
		return false, fmt.Errorf("remove file: %w", err)
	}
	return all, nil
}

// clear removes the file and the staged products of a run that ended, once the stock of what it merged is told.
func (s *Service) clear(ctx context.Context, run string, bites int) error {
	if err := s.setStockOf(ctx, run); err != nil {
		return fmt.Errorf("set stock: %w", err)
	}
	if all, err := removeFile(ctx, s.cfg.DB.Primary(), run, bites); err != nil || !all {
		return err
	}
	if all, err := s.unstage(ctx, run, bites); err != nil || !all {
		return err
	}
	all, err := inBites(bites, biteOfRows, func() (int64, error) {
		return queries.RemoveGoneOfEnded(ctx, s.cfg.DB.Primary(), productdb.RemoveGoneOfEndedParams{RunID: run, PageSize: biteOfRows})
	})
	if err != nil {
		return fmt.Errorf("forget what was gone: %w", err)
	}
	if !all {
		return nil
	}
	return queries.MarkSyncCleared(ctx, s.cfg.DB.Primary(), run)
}

// clearOld ends uploads that nobody completes and removes what workers that died left behind, a bite at a time. A run that cannot be cleared yet, because
// inventory refuses its counts, keeps no other from it.
func (s *Service) clearOld(ctx context.Context) error {
	now := clock.Now()
	old, err := queries.ListAbandonedSyncRuns(ctx, s.cfg.DB.Primary(), productdb.ListAbandonedSyncRunsParams{
		UploadingBefore: now.Add(-abandoned), ComparedBefore: now.Add(-forgotten),
	})
	if err != nil {
		return fmt.Errorf("list abandoned runs: %w", err)
	}
	for _, run := range old {
		if _, err := s.moveRun(ctx, run.ID, func(state string) bool { return state == run.State }, cancelled); err != nil {
			return err
		}
	}
	left, err := queries.ListUnclearedSyncRuns(ctx, s.cfg.DB.Primary())
	if err != nil {
		return fmt.Errorf("list uncleared runs: %w", err)
	}
	for _, run := range left {
		if err := s.clear(ctx, run, 1); err != nil {
			s.cfg.Log.WarnContext(ctx, "earlier sync run not cleared", "run", run, "error", err)
		}
	}
	return ctx.Err()
}
