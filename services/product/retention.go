package product

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// Kept says for how long what happened to products is kept; zero stands for the usual time.
type Kept struct {
	// HistoryDays is for how long it is kept how products were, and that they are gone: 730.
	HistoryDays int
	// Versions is how many of its last changes are kept of one product at most: 200. An import of every hour would fill the disk within days.
	Versions int
	// PriceDays is for how long it is kept what variants did cost: 730. What a reduction has to be told with is kept for as long as it lasts.
	PriceDays int
	// RunDays is for how long imports are kept with what they refused: 365.
	RunDays int
}

func (k Kept) orUsual() Kept {
	return Kept{HistoryDays: cmp.Or(k.HistoryDays, 730), Versions: cmp.Or(k.Versions, 200), PriceDays: cmp.Or(k.PriceDays, 730), RunDays: cmp.Or(k.RunDays, 365)}
}

// What a step of RemoveOldHistory is about, in their order, and how much it looks at.
const (
	oldHistory   = "history"
	manyVersions = "versions"
	oldPrices    = "prices"
	oldRuns      = "runs"
	oldChanges   = "changes"

	oldProducts    = 100 // products of which old changes are removed; each may have as many as are kept of one
	versionedBatch = 2000
	priceBatch     = 2000
	runBatch       = 10 // imports: each may have refused a million rows
	changeBatch    = 5000
)

// retentionStep is how far RemoveOldHistory is.
type retentionStep struct {
	Part  string    `json:"p"`
	Time  time.Time `json:"t"` // what was looked at last, where a part leaves rows behind
	After string    `json:"a"`
	From  time.Time `json:"f"`
}

func begin(part string) *retentionStep { return &retentionStep{Part: part, After: lowestID} }

// RemoveOldHistory does one step.
func (s *Service) RemoveOldHistory(ctx context.Context, req *productv1.RemoveOldHistoryRequest) (*productv1.RemoveOldHistoryResponse, error) {
	step := *begin(oldHistory)
	if err := rpc.ParsePageToken(req.GetStep(), &step); err != nil {
		return nil, err
	}
	if !id.Valid(step.After) || !slices.Contains([]string{oldHistory, manyVersions, oldPrices, oldRuns, oldChanges}, step.Part) {
		return nil, rpc.InvalidArgument("step: not one that this method returned; leave it empty for the first")
	}
	removed, next, err := s.removeOld(ctx, step, clock.Now())
	if err != nil {
		return nil, fmt.Errorf("remove old %s: %w", step.Part, err)
	}
	answer := &productv1.RemoveOldHistoryResponse{Removed: removed}
	if next != nil {
		answer.NextStep = rpc.PageToken(next)
	}
	return answer, nil
}

func (s *Service) removeOld(ctx context.Context, step retentionStep, now time.Time) (removed int64, next *retentionStep, err error) {
	db, before := s.cfg.DB.Primary(), func(days int) time.Time { return now.AddDate(0, 0, -days) }
	switch step.Part {
	case oldHistory:
		removed, err = queries.RemoveOldHistory(ctx, db, productdb.RemoveOldHistoryParams{Before: before(s.cfg.Kept.HistoryDays), PageSize: oldProducts})
		return removed, orNext(removed > 0, &step, manyVersions), err
	case manyVersions:
		ids, err := queries.ListProductIDs(ctx, db, productdb.ListProductIDsParams{After: step.After, PageSize: versionedBatch})
		if err != nil || len(ids) == 0 {
			return 0, begin(oldPrices), err
		}
		removed, err = queries.RemoveManyVersions(ctx, db, productdb.RemoveManyVersionsParams{Ids: ids, Kept: int64(s.cfg.Kept.Versions)})
		step.After = ids[len(ids)-1]
		return removed, &step, err
	case oldPrices:
		return s.removeOldPrices(ctx, step, before(s.cfg.Kept.PriceDays))
	case oldRuns:
		return s.removeOldRuns(ctx, step, before(s.cfg.Kept.RunDays))
	case oldChanges:
		removed, err = queries.RemoveOldChanges(ctx, db, productdb.RemoveOldChangesParams{Before: before(s.cfg.Kept.HistoryDays), PageSize: changeBatch})
		if removed < changeBatch {
			return removed, nil, err
		}
		return removed, &step, err
	}
	return 0, nil, nil // RemoveOldHistory lets no other part in
}

// orNext goes on with a part while there is more of it.
func orNext(more bool, same *retentionStep, next string) *retentionStep {
	if more {
		return same
	}
	return begin(next)
}

func (s *Service) removeOldPrices(ctx context.Context, step retentionStep, before time.Time) (int64, *retentionStep, error) {
	rows, err := queries.ListOldPrices(ctx, s.cfg.DB.Primary(), productdb.ListOldPricesParams{
		Before: before, AfterUntil: step.Time, AfterVariant: step.After, AfterFrom: step.From, PageSize: priceBatch,
	})
	if err != nil || len(rows) == 0 {
		return 0, begin(oldRuns), err
	}
	variants := make([]string, len(rows))
	for i, row := range rows {
		variants[i] = row.VariantID
	}
	removed, err := queries.RemoveOldPrices(ctx, s.cfg.DB.Primary(), productdb.RemoveOldPricesParams{VariantIds: variants, Before: before})
	last := rows[len(rows)-1]
	step.Time, step.After, step.From = last.UntilTime, last.VariantID, last.FromTime
	return removed, &step, err
}

// removeOldRuns removes imports with all that is kept of them, each in a transaction of its own.
func (s *Service) removeOldRuns(ctx context.Context, step retentionStep, before time.Time) (removed int64, next *retentionStep, err error) {
	rows, err := queries.ListOldSyncRuns(ctx, s.cfg.DB.Primary(), productdb.ListOldSyncRunsParams{
		Before: before, AfterTime: step.Time, AfterID: step.After, PageSize: runBatch,
	})
	if err != nil || len(rows) == 0 {
		return 0, begin(oldChanges), err
	}
	for _, row := range rows {
		_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
			if err := queries.SettleSyncStep(ctx, tx); err != nil {
				return nil, err
			}
			return nil, queries.DeleteSyncRun(ctx, tx, row.ID)
		})
		if err != nil {
			return removed, nil, err
		}
		removed++
		step.Time, step.After = row.EndTime, row.ID
	}
	return removed, &step, nil
}
