package product

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
)

const (
	// mergeBatch is how many products are merged in one transaction: enough that round trips do not count, few enough that a
	// worker stops within a second.
	mergeBatch = 2_500
	// eventSize is how many ids an event carries.
	eventSize = 500
)

// apply merges the staged products, batch after batch, while another goroutine hands the counts of earlier batches to inventory.
// It is complete unless staged products were missing.
func (w *syncWorker) apply(ctx context.Context, run productdb.ProductSyncRun) (complete bool, err error) {
	applied := run.Created + run.Updated + run.Unchanged
	w.pace = newPace(applied, run.ProductsTotal)
	group, ctx := errgroup.WithContext(ctx)
	more := make(chan struct{}, 1) // there may be counts to hand over
	group.Go(func() error { return w.handOverStock(ctx, more) })
	group.Go(func() error {
		defer close(more)
		for {
			before := run.AppliedThrough
			if run, err = w.step(ctx, w.mergeNext); err != nil {
				return err
			}
			if run.AppliedThrough == before {
				return nil
			}
			crash.At(crash.SyncAfterMerge)
			select {
			case more <- struct{}{}:
			default:
			}
		}
	})
	if err := group.Wait(); err != nil {
		return false, err
	}
	return run.Created+run.Updated+run.Unchanged == run.ProductsTotal, nil
}

// batch is what the next staged products turn out to be.
type batch struct {
	run       productdb.ProductSyncRun
	through   int64
	created   changes
	updated   changes
	restocked changes // only counts differ
	unchanged int64
	dropped   int64
	rejected  int64
}

// changes are products by their staged row, with the ids and slugs that they have or shall have.
type changes struct {
	rows  []int64
	ids   []string
	slugs []string
}

func (c *changes) add(row int64, id, slug string) {
	c.rows, c.ids, c.slugs = append(c.rows, row), append(c.ids, id), append(c.slugs, slug)
}

// mergeNext merges one batch. All or nothing of it becomes visible, together with how far the run is.
func (w *syncWorker) mergeNext(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun) error {
	if err := queries.LockProductMerge(ctx, tx); err != nil {
		return fmt.Errorf("lock merge: %w", err)
	}
	b := &batch{run: run, through: run.AppliedThrough}
	if err := w.refuseTakenSKUs(ctx, tx, b); err != nil {
		return fmt.Errorf("refuse taken SKUs: %w", err)
	}
	if err := w.compare(ctx, tx, b); err != nil {
		return err
	}
	if b.through == run.AppliedThrough {
		return nil
	}
	if err := w.merge(ctx, tx, b); err != nil {
		return err
	}
	crash.At(crash.SyncBeforeCommit)
	at := run.Created + run.Updated + run.Unchanged + int64(len(b.created.rows)+len(b.updated.rows)+len(b.restocked.rows)) + b.unchanged
	return queries.SaveApplied(ctx, tx, productdb.SaveAppliedParams{
		ID: w.id, AppliedThrough: b.through, Created: int64(len(b.created.rows)), Updated: int64(len(b.updated.rows) + len(b.restocked.rows)),
		Unchanged: b.unchanged, Dropped: b.dropped, RejectedRows: b.rejected, RowsPerSecond: w.pace.perSecond(at - w.pace.from),
		SecondsLeft: w.pace.left(at), LeaseTime: w.leased(), Now: clock.Now(),
	})
}

// refuseTakenSKUs takes out variants whose SKU belongs to another product, and products that have no others.
func (w *syncWorker) refuseTakenSKUs(ctx context.Context, tx pgx.Tx, b *batch) error {
	taken, err := queries.ListTakenSKUs(ctx, tx, productdb.ListTakenSKUsParams{RunID: w.id, After: b.run.AppliedThrough, PageSize: w.s.batch})
	if err != nil || len(taken) == 0 {
		return err
	}
	var rows []int64
	var rejects []productdb.AddSyncRejectsParams
	for _, t := range taken {
		err := queries.UnstageVariant(ctx, tx, productdb.UnstageVariantParams{RunID: w.id, Row: t.Row, Position: t.Position})
		if err != nil {
			return err
		}
		rows = append(rows, t.Row)
		rejects = append(rejects, productdb.AddSyncRejectsParams{
			RunID: w.id, Row: t.FileRow, Part: foundMerging + t.Position, ColumnName: "SKU", Value: t.Sku, ProductKey: t.Key,
			Reason: "belongs to the product " + shortened(t.OwnerKey) + "; a SKU names one variant",
		})
	}
	empty, err := queries.ListStagedWithoutVariants(ctx, tx, productdb.ListStagedWithoutVariantsParams{RunID: w.id, Rows: rows})
	if err != nil {
		return err
	}
	if len(empty) > 0 {
		if err := queries.Unstage(ctx, tx, productdb.UnstageParams{RunID: w.id, Rows: empty}); err != nil {
			return err
		}
		b.dropped = int64(len(empty))
		b.through = slices.Max(empty)
	}
	if b.rejected, err = w.countNew(ctx, tx, rejects); err != nil {
		return err
	}
	return w.list(ctx, tx, rejects)
}

// compare sorts the next staged products into new, changed, restocked and unchanged, and finds slugs for those that need one.
func (w *syncWorker) compare(ctx context.Context, tx pgx.Tx, b *batch) error {
	staged, err := queries.CompareStaged(ctx, tx, productdb.CompareStagedParams{RunID: w.id, After: b.run.AppliedThrough, PageSize: w.s.batch - int32(b.dropped)})
	if err != nil {
		return fmt.Errorf("compare staged products: %w", err)
	}
	var wishes []slugWish
	for _, s := range staged {
		b.through = max(b.through, s.Row)
		switch {
		case s.OldID == "":
			wishes = append(wishes, slugWish{place: len(b.created.rows), created: true, id: s.ProductID, key: s.Key, slug: s.Slug})
			b.created.add(s.Row, s.ProductID, "")
		case !s.SameContent:
			if s.SlugGiven && s.Slug != s.OldAskedSlug {
				wishes = append(wishes, slugWish{place: len(b.updated.rows), id: s.OldID, key: s.Key, slug: s.Slug, own: s.OldSlug})
			}
			b.updated.add(s.Row, s.OldID, s.OldSlug)
		case !s.SameStock:
			b.restocked.add(s.Row, s.OldID, "")
		default:
			b.unchanged++
		}
	}
	return w.findSlugs(ctx, tx, b, wishes)
}

// merge writes what differs, in the order in which the parts refer to each other, and tells of it.
func (w *syncWorker) merge(ctx context.Context, tx pgx.Tx, b *batch) error {
	now := clock.Now()
	described := changes{
		rows: slices.Concat(b.created.rows, b.updated.rows), ids: slices.Concat(b.created.ids, b.updated.ids),
	}
	all := changes{rows: slices.Concat(described.rows, b.restocked.rows), ids: slices.Concat(described.ids, b.restocked.ids)}
	if len(all.rows) == 0 {
		return nil
	}
	if len(described.rows) > 0 {
		if err := w.addCategories(ctx, tx, described.rows); err != nil {
			return fmt.Errorf("add categories: %w", err)
		}
	}
	if len(b.created.rows) > 0 {
		if err := queries.AddProducts(ctx, tx, productdb.AddProductsParams{RunID: w.id, Rows: b.created.rows, Slugs: b.created.slugs, Now: now}); err != nil {
			return fmt.Errorf("add products: %w", err)
		}
	}
	if len(b.updated.rows) > 0 {
		err := queries.ChangeProducts(ctx, tx, productdb.ChangeProductsParams{
			RunID: w.id, Rows: b.updated.rows, Ids: b.updated.ids, Slugs: b.updated.slugs, Now: now,
		})
		if err != nil {
			return fmt.Errorf("change products: %w", err)
		}
	}
	if len(b.restocked.rows) > 0 {
		err := queries.ChangeStockHashes(ctx, tx, productdb.ChangeStockHashesParams{RunID: w.id, Rows: b.restocked.rows, Ids: b.restocked.ids})
		if err != nil {
			return fmt.Errorf("change stock hashes: %w", err)
		}
	}
	if len(described.rows) > 0 {
		err := queries.MergeImages(ctx, tx, productdb.MergeImagesParams{
			RunID: w.id, Rows: described.rows, ProductIds: described.ids, KnownIds: b.updated.ids, Now: &now,
		})
		if err != nil {
			return fmt.Errorf("merge images: %w", err)
		}
	}
	err := queries.MergeVariants(ctx, tx, productdb.MergeVariantsParams{
		RunID: w.id, Batch: b.run.AppliedThrough, Rows: all.rows, ProductIds: all.ids, KnownIds: slices.Concat(b.updated.ids, b.restocked.ids),
		Currency: w.s.cfg.Currency, DefaultStock: w.s.cfg.DefaultStock,
	})
	if err != nil {
		return fmt.Errorf("merge variants: %w", err)
	}
	for ids := range slices.Chunk(described.ids, eventSize) {
		if err := broker.Publish(ctx, tx, &productv1.ProductsChanged{ProductIds: ids}); err != nil {
			return err
		}
	}
	return nil
}

// shortened keeps a key that stands in a sentence from drowning it.
func shortened(key string) string {
	if runes := []rune(key); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return key
}
