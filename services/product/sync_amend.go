package product

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
)

// Some files describe no whole products. They amend those of the shop: offers say what a variant costs and how many of it there are, texts what a product is
// called in another language. And products name others that go with them and may stand later in the file. All of it is merged once whole products are.

// amendments are what a batch of offers or texts comes to.
type amendments struct {
	through            int64 // row
	updated, unchanged int64
	rows               []int64  // of the file, that change something
	restocks           []int64  // of these, those that change counts alone
	products           []string // by rows
	variants           []string // by rows, for offers
	dropped            []int64  // rows that were refused
	rejects            []productdb.AddSyncRejectsParams
}

// applyAmendments merges offers, then texts, then what products name.
func (w *syncWorker) applyAmendments(ctx context.Context, run productdb.ProductSyncRun, more chan<- struct{}) (productdb.ProductSyncRun, error) {
	for _, merge := range []func(context.Context, pgx.Tx, productdb.ProductSyncRun) error{w.mergeOffers, w.mergeTexts, w.mergeRelated} {
		for {
			offers, texts, related := run.OffersThrough, run.TextsThrough, run.RelatedThrough
			var err error
			if run, err = w.step(ctx, merge); err != nil {
				return run, err
			}
			if run.OffersThrough == offers && run.TextsThrough == texts && run.RelatedThrough == related {
				break
			}
			crash.At(crash.SyncAfterMerge)
			select {
			case more <- struct{}{}:
			default:
			}
		}
	}
	return run, nil
}

// compareAmendments notes what offers and texts would change.
func (w *syncWorker) compareAmendments(ctx context.Context, run productdb.ProductSyncRun) (productdb.ProductSyncRun, error) {
	for _, offers := range []bool{true, false} {
		for {
			before := run.OffersThrough + run.TextsThrough
			var err error
			run, err = w.step(ctx, func(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
				return w.compareAmended(ctx, tx, run, offers)
			})
			if err != nil {
				return run, err
			}
			if run.OffersThrough+run.TextsThrough == before {
				break
			}
		}
	}
	return run, nil
}

func (w *syncWorker) compareAmended(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, offers bool) error {
	var a *amendments
	var err error
	if offers {
		a, err = w.matchOffers(ctx, tx, run, w.s.batch)
		run.OffersThrough = max(run.OffersThrough, a.through)
	} else {
		a, _, err = w.matchTexts(ctx, tx, run, w.s.batch)
		run.TextsThrough = max(run.TextsThrough, a.through)
	}
	if err != nil || a.through == 0 {
		return err
	}
	fresh, err := w.refuseAmendments(ctx, tx, a, offers)
	if err != nil {
		return err
	}
	var found []productdb.AddSyncChangesParams
	for i, row := range a.rows {
		kind := wouldUpdate
		if slices.Contains(a.restocks, row) {
			kind = wouldRestock
		}
		found = append(found, productdb.AddSyncChangesParams{RunID: w.id, Row: row, Kind: kind, ProductID: a.products[i]})
	}
	if _, err := queries.AddSyncChanges(ctx, tx, found); err != nil {
		return fmt.Errorf("note changes: %w", err)
	}
	return queries.SaveCompared(ctx, tx, productdb.SaveComparedParams{
		ID: w.id, ComparedThrough: max(run.ComparedThrough, a.through), WouldUpdate: a.updated, WouldKeep: a.unchanged, Dropped: int64(len(a.dropped)),
		OffersThrough: run.OffersThrough, TextsThrough: run.TextsThrough, RejectedRows: fresh, LeaseTime: w.leased(), Now: clock.Now(),
	})
}

func (a *amendments) reject(run string, row int64, column, value, key, reason string) {
	a.dropped = append(a.dropped, row)
	a.rejects = append(a.rejects, productdb.AddSyncRejectsParams{
		RunID: run, Row: row, Part: foundMerging, ColumnName: column, Value: value, ProductKey: key, Reason: reason,
	})
}

// refuseAmendments takes out what was refused, and returns how many rows are refused for the first time.
func (w *syncWorker) refuseAmendments(ctx context.Context, tx pgx.Tx, a *amendments, offers bool) (int64, error) {
	if len(a.rejects) == 0 {
		return 0, nil
	}
	var err error
	if offers {
		err = queries.UnstageOffers(ctx, tx, productdb.UnstageOffersParams{RunID: w.id, Rows: a.dropped})
	} else {
		err = queries.UnstageTexts(ctx, tx, productdb.UnstageTextsParams{RunID: w.id, Rows: a.dropped})
	}
	if err != nil {
		return 0, fmt.Errorf("take out what was refused: %w", err)
	}
	fresh, err := w.countNew(ctx, tx, a.rejects)
	if err != nil {
		return 0, err
	}
	return fresh, w.list(ctx, tx, a.rejects)
}

func (w *syncWorker) saveAmended(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, a *amendments, fresh int64) error {
	crash.At(crash.SyncBeforeCommit)
	return queries.SaveParts(ctx, tx, productdb.SavePartsParams{
		ID: w.id, OffersThrough: run.OffersThrough, TextsThrough: run.TextsThrough, RelatedThrough: run.RelatedThrough, Updated: a.updated,
		Unchanged: a.unchanged, Dropped: int64(len(a.dropped)), RejectedRows: fresh, LeaseTime: w.leased(), Now: clock.Now(),
	})
}
