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

// unstage removes a run's staged products, in bites, and says whether all are gone.
func (s *Service) unstage(ctx context.Context, run string, bites int) (bool, error) {
	const bite = 20_000
	for what, remove := range map[string]func(context.Context, productdb.DBTX, string) error{
		"changes": queries.RemoveSyncChanges, "offers": queries.UnstageAllOffers, "texts": queries.UnstageAllTexts,
	} {
		if err := remove(ctx, s.cfg.DB.Primary(), run); err != nil {
			return false, fmt.Errorf("remove %s: %w", what, err)
		}
	}
	for range bites {
		removed, err := queries.UnstageRun(ctx, s.cfg.DB.Primary(), productdb.UnstageRunParams{RunID: run, PageSize: bite})
		if err != nil {
			return false, fmt.Errorf("unstage: %w", err)
		}
		if removed < bite {
			return true, nil
		}
	}
	return false, nil
}

// clear removes the file and the staged products of a run that ended, once the stock of what it merged is told.
func (s *Service) clear(ctx context.Context, run string, bites int) error {
	if err := s.setStockOf(ctx, run); err != nil {
		return fmt.Errorf("set stock: %w", err)
	}
	if err := queries.RemoveSyncPieces(ctx, s.cfg.DB.Primary(), run); err != nil {
		return fmt.Errorf("remove file: %w", err)
	}
	if all, err := s.unstage(ctx, run, bites); err != nil || !all {
		return err
	}
	if err := queries.RemoveGoneOfEnded(ctx, s.cfg.DB.Primary(), run); err != nil {
		return fmt.Errorf("forget what was gone: %w", err)
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
