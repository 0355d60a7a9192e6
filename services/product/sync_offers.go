package product

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// matchOffers finds the variants of the next offers. Of several offers for one variant the last counts.
func (w *syncWorker) matchOffers(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, size int32) (*amendments, error) {
	a := &amendments{}
	offers, err := queries.MatchOffers(ctx, tx, productdb.MatchOffersParams{RunID: w.id, After: run.OffersThrough, PageSize: size, Owns: w.source.Owns})
	if err != nil {
		return a, fmt.Errorf("match offers: %w", err)
	}
	last := map[string]int64{}
	for _, o := range offers {
		last[o.VariantID] = o.Row
	}
	var before int64
	for _, o := range offers {
		if o.Row == before { // the second of several variants with one GTIN
			continue
		}
		before, a.through = o.Row, o.Row
		switch {
		case o.Matches > 1:
			a.reject(w.id, o.Row, "GTIN", o.Gtin, "", "belongs to several variants; name the SKU of the one that is meant")
		case o.VariantID == "" && o.Sku != "":
			a.reject(w.id, o.Row, "SKU", o.Sku, "", "belongs to no variant of the shop; import its product first")
		case o.VariantID == "":
			a.reject(w.id, o.Row, "GTIN", o.Gtin, "", "belongs to no variant of the shop; import its product first")
		case last[o.VariantID] != o.Row, !o.Different && !o.Restocked:
			a.unchanged++
		default:
			a.updated++
			a.rows, a.products, a.variants = append(a.rows, o.Row), append(a.products, o.ProductID), append(a.variants, o.VariantID)
			if !o.Different {
				a.restocks = append(a.restocks, o.Row)
			}
		}
	}
	return a, nil
}

// mergeOffers merges the next offers.
func (w *syncWorker) mergeOffers(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
	if err := w.lockMerge(ctx, tx); err != nil {
		return err
	}
	a, err := w.matchOffers(ctx, tx, run, w.batch.next)
	if err != nil || a.through == 0 {
		return err
	}
	fresh, err := w.refuseAmendments(ctx, tx, a, true)
	if err != nil {
		return err
	}
	changed := map[string]bool{} // products whose prices change; counts are no change of a product
	for i, row := range a.rows {
		if !slices.Contains(a.restocks, row) {
			changed[a.products[i]] = true
		}
	}
	ids := slices.Sorted(maps.Keys(changed))
	if err := w.keepChanged(ctx, tx, run, ids); err != nil {
		return err
	}
	if len(a.rows) > 0 {
		err = queries.MergeOffers(ctx, tx, productdb.MergeOffersParams{
			RunID: w.id, Batch: -1 - run.OffersThrough, Rows: a.rows, VariantIds: a.variants, Owns: w.source.Owns,
		})
		if err != nil {
			return fmt.Errorf("merge offers: %w", err)
		}
	}
	if len(ids) > 0 {
		if err := queries.RaiseVersions(ctx, tx, productdb.RaiseVersionsParams{Ids: ids, Now: clock.Now()}); err != nil {
			return fmt.Errorf("raise versions: %w", err)
		}
	}
	if err := tellChanged(ctx, tx, ids); err != nil {
		return err
	}
	run.OffersThrough = a.through
	return w.saveAmended(ctx, tx, run, a, fresh)
}

// stagedOffers returns offers by their rows.
func (s *Service) stagedOffers(ctx context.Context, run string, rows []int64) (map[int64]productdb.ListStagedOffersRow, error) {
	staged, err := queries.ListStagedOffers(ctx, s.cfg.DB.Primary(), productdb.ListStagedOffersParams{RunID: run, Rows: rows})
	if err != nil {
		return nil, fmt.Errorf("load staged offers: %w", err)
	}
	offers := make(map[int64]productdb.ListStagedOffersRow, len(staged))
	for _, offer := range staged {
		offers[offer.Row] = offer
	}
	return offers, nil
}
