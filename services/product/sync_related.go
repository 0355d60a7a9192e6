package product

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// mergeRelated makes the next products name the others that the file says go with them, as far as the shop has them. It comes last, since they
// may stand anywhere in the file, and does no more than find nothing different when the file comes again.
func (w *syncWorker) mergeRelated(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
	if err := w.lockMerge(ctx, tx); err != nil {
		return err
	}
	rows, err := queries.ListStagedRelated(ctx, tx, productdb.ListStagedRelatedParams{
		RunID: w.id, SourceID: run.SourceID, After: run.RelatedThrough, PageSize: w.batch.next,
	})
	if err != nil {
		return fmt.Errorf("list related products: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	save := productdb.SaveRelatedParams{Now: clock.Now()}
	for _, row := range rows {
		run.RelatedThrough = row.Row
		var wanted []string
		for _, product := range row.Wanted {
			if !slices.Contains(wanted, product) {
				wanted = append(wanted, product)
			}
		}
		if slices.Equal(wanted, row.RelatedIds) || row.Staffs && !slices.Contains(w.source.Owns, "related_ids") {
			continue
		}
		list, err := json.Marshal(orEmpty(wanted))
		if err != nil {
			return err
		}
		save.Ids, save.Related = append(save.Ids, row.ProductID), append(save.Related, string(list))
	}
	if len(save.Ids) > 0 {
		if err := w.keepChanged(ctx, tx, run, save.Ids); err != nil {
			return err
		}
		if err := queries.SaveRelated(ctx, tx, save); err != nil {
			return fmt.Errorf("save related products: %w", err)
		}
	}
	if err := tellChanged(ctx, tx, save.Ids); err != nil {
		return err
	}
	return w.saveAmended(ctx, tx, run, &amendments{}, 0)
}
