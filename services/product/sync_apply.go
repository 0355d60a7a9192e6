package product

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
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
			run, err = w.step(ctx, w.mergeNext)
			for try := 1; errors.Is(err, errMoved) && try < 5; try++ {
				run, err = w.step(ctx, w.mergeNext)
			}
			if err != nil {
				return err
			}
			if run.AppliedThrough == before {
				break
			}
			crash.At(crash.SyncAfterMerge)
			select {
			case more <- struct{}{}:
			default:
			}
		}
		run, err = w.applyAmendments(ctx, run, more)
		return err
	})
	if err := group.Wait(); err != nil {
		return false, err
	}
	return run.Created+run.Updated+run.Unchanged == run.ProductsTotal, nil
}

// batch is what the next staged products turn out to be.
type batch struct {
	run       productdb.ProductSyncRun
	size      int32
	through   int64
	created   changes
	updated   changes
	restocked changes // only counts differ
	attached  changes // products that the source had no key for; they are among the updated
	aliased   []string
	wishes    []slugWish
	claimed   map[string]string // see claims
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
	if err := w.lockMerge(ctx, tx); err != nil {
		return err
	}
	b := &batch{run: run, size: w.batch.next, through: run.AppliedThrough, claimed: map[string]string{}}
	if err := w.compare(ctx, tx, b); err != nil {
		return err
	}
	if b.through == run.AppliedThrough {
		return nil
	}
	if err := w.findSlugs(ctx, tx, b, b.wishes); err != nil {
		return err
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

// compare sorts the next staged products into new, changed, restocked and unchanged, and changes nothing but what is staged.
func (w *syncWorker) compare(ctx context.Context, tx pgx.Tx, b *batch) error {
	next := productdb.ListForeignSKUsParams{RunID: w.id, SourceID: b.run.SourceID, After: b.run.AppliedThrough, PageSize: b.size}
	foreign, err := queries.ListForeignSKUs(ctx, tx, next)
	if err != nil {
		return fmt.Errorf("list taken SKUs: %w", err)
	}
	if err := w.refuseTakenSKUs(ctx, tx, b, foreign); err != nil {
		return fmt.Errorf("refuse taken SKUs: %w", err)
	}
	next.PageSize -= int32(b.dropped)
	staged, err := queries.CompareStaged(ctx, tx, productdb.CompareStagedParams(next))
	if err != nil {
		return fmt.Errorf("compare staged products: %w", err)
	}
	if len(staged) > 0 {
		b.through = max(b.through, staged[len(staged)-1].Row)
	}
	if staged, err = w.identify(ctx, tx, b, staged, foreign); err != nil {
		return err
	}
	var wishes []slugWish
	for _, s := range staged {
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
	b.wishes = wishes
	return nil
}

// refuseTakenSKUs takes out variants whose SKU belongs to another product than the one that the source means, and products that have no others.
func (w *syncWorker) refuseTakenSKUs(ctx context.Context, tx pgx.Tx, b *batch, foreign []productdb.ListForeignSKUsRow) error {
	var owners []string
	for _, sku := range foreign {
		if sku.ProductID != "" {
			owners = append(owners, sku.OwnerID)
		}
	}
	if len(owners) == 0 {
		return nil
	}
	names, err := w.namesOf(ctx, tx, owners)
	if err != nil {
		return err
	}
	var refused refusals
	for _, sku := range foreign {
		if sku.ProductID != "" {
			refused.variant(w.id, sku, names[sku.OwnerID].Key)
		}
	}
	_, err = w.refuse(ctx, tx, b, nil, refused)
	return err
}

// merge writes what differs, in the order in which the parts refer to each other, and tells of it.
func (w *syncWorker) merge(ctx context.Context, tx pgx.Tx, b *batch) error {
	now := clock.Now()
	described, known := both(b.created, b.updated), both(b.updated, b.restocked)
	all := both(described, b.restocked)
	if len(all.rows) == 0 {
		return nil
	}
	if err := w.keep(ctx, tx, b, known.ids); err != nil {
		return err
	}
	if len(described.rows) > 0 {
		if err := w.addCategories(ctx, tx, described.rows); err != nil {
			return fmt.Errorf("add categories: %w", err)
		}
	}
	if err := w.mergeProducts(ctx, tx, b, now); err != nil {
		return err
	}
	if err := w.saveKeys(ctx, tx, b, known); err != nil {
		return err
	}
	if len(described.rows) > 0 {
		if err := queries.EndRedirects(ctx, tx, slices.Concat(b.created.slugs, b.updated.slugs)); err != nil {
			return fmt.Errorf("end redirects: %w", err)
		}
		err := queries.MergeImages(ctx, tx, productdb.MergeImagesParams{
			RunID: w.id, Rows: described.rows, ProductIds: described.ids, KnownIds: b.updated.ids, Owns: w.source.Owns, Now: &now,
		})
		if err != nil {
			return fmt.Errorf("merge images: %w", err)
		}
	}
	err := queries.MergeVariants(ctx, tx, productdb.MergeVariantsParams{
		RunID: w.id, Batch: b.run.AppliedThrough, Rows: all.rows, ProductIds: all.ids, KnownIds: known.ids,
		Currency: w.s.cfg.Currency, DefaultStock: w.s.cfg.DefaultStock, Owns: w.source.Owns,
	})
	if err != nil {
		return fmt.Errorf("merge variants: %w", err)
	}
	return tellChanged(ctx, tx, described.ids)
}

// both is the rows and ids of two lots of products, one after the other.
func both(a, b changes) changes {
	return changes{rows: slices.Concat(a.rows, b.rows), ids: slices.Concat(a.ids, b.ids)}
}

// mergeProducts writes the products themselves.
func (w *syncWorker) mergeProducts(ctx context.Context, tx pgx.Tx, b *batch, now time.Time) error {
	if len(b.created.rows) > 0 {
		err := queries.AddProducts(ctx, tx, productdb.AddProductsParams{
			RunID: w.id, SourceID: b.run.SourceID, Rows: b.created.rows, Slugs: b.created.slugs, Now: now,
		})
		if err != nil {
			return fmt.Errorf("add products: %w", err)
		}
	}
	if len(b.updated.rows) > 0 {
		err := queries.ChangeProducts(ctx, tx, productdb.ChangeProductsParams{
			RunID: w.id, Rows: b.updated.rows, Ids: b.updated.ids, Slugs: b.updated.slugs, Owns: w.source.Owns, Now: now,
		})
		if err != nil {
			return fmt.Errorf("change products: %w", err)
		}
	}
	return nil
}

// saveKeys remembers what the source calls products that were there, and what it last said of them. AddProducts does it for new ones.
func (w *syncWorker) saveKeys(ctx context.Context, tx pgx.Tx, b *batch, known changes) error {
	if len(known.rows) > 0 {
		err := queries.SaveSourceItems(ctx, tx, productdb.SaveSourceItemsParams{RunID: w.id, SourceID: b.run.SourceID, Rows: known.rows, Ids: known.ids})
		if err != nil {
			return fmt.Errorf("save keys: %w", err)
		}
	}
	if len(b.aliased) > 0 {
		if err := queries.MarkAliased(ctx, tx, productdb.MarkAliasedParams{SourceID: b.run.SourceID, ProductIds: b.aliased}); err != nil {
			return fmt.Errorf("mark keys: %w", err)
		}
	}
	return nil
}

// errMoved says that somebody removed a product between being found and being changed. Looking again helps.
var errMoved = errors.New("product: a product was removed while it was imported")

// keep locks the products that change, and keeps those as they are whose change is more than a count.
func (w *syncWorker) keep(ctx context.Context, tx pgx.Tx, b *batch, known []string) error {
	if len(known) == 0 {
		return nil
	}
	locked, err := queries.LockProducts(ctx, tx, known)
	if err != nil {
		return fmt.Errorf("lock products: %w", err)
	}
	if len(locked) != len(known) {
		return errMoved
	}
	return w.keepLocked(ctx, tx, b.run, b.updated.ids)
}

// keepChanged locks products and keeps them as they are.
func (w *syncWorker) keepChanged(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := queries.LockProducts(ctx, tx, ids); err != nil {
		return fmt.Errorf("lock products: %w", err)
	}
	return w.keepLocked(ctx, tx, run, ids)
}

// keepLocked writes down how products are before the run changes them: for their history, and so that the run can be undone.
func (w *syncWorker) keepLocked(ctx context.Context, tx pgx.Tx, run productdb.ProductSyncRun, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	err := queries.KeepProducts(ctx, tx, productdb.KeepProductsParams{RunID: &w.id, ChangedBy: importName(run), Now: clock.Now(), Ids: ids})
	if err != nil {
		return fmt.Errorf("keep products as they are: %w", err)
	}
	return nil
}

// importName is who changed a product, for people to read.
func importName(run productdb.ProductSyncRun) string { return "Import of " + shortened(run.FileName) }

// shortened keeps a key that stands in a sentence from drowning it.
func shortened(key string) string {
	if runes := []rune(key); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return key
}
