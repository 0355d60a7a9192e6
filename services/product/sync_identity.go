package product

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
)

// A staged product is the one that its source calls by the same key. When the source calls none so, it is the one that has the SKU of one of
// its variants, else one of its GTINs, else the address that the feed asks for. Products that the source brings in the same file under
// other keys are not looked at: a second product with their GTIN or address is another product, and their SKUs are refused.

// claims are the keys of products that staged ones may turn out to be.
type claims struct {
	keys map[string][]productdb.ListKeysInSourceRow // by product
	now  map[string]string                          // key of the staged product that this batch gave a product to
}

// heldBy returns the key of the file under which the source brings a product itself, and whether it found the product in this very run.
func (c *claims) heldBy(product, key string) (holder string, found bool) {
	if first, claimed := c.now[product]; claimed {
		return first, true
	}
	for _, k := range c.keys[product] {
		if k.Key != key && k.StagedRow > 0 {
			return k.Key, k.AttachedNow
		}
	}
	return "", false
}

// match is a product that a staged one may be, and why.
type match struct{ owner, column, value string }

// identify finds products for staged ones that the source calls by no key yet, and refuses those of which nobody can say which they are.
func (w *syncWorker) identify(
	ctx context.Context, tx pgx.Tx, b *batch, staged []productdb.CompareStagedRow, foreign []productdb.ListForeignSKUsRow,
) ([]productdb.CompareStagedRow, error) {
	matches := map[int64][]match{}
	var unknown, lost []int64
	var aliased []string
	for _, s := range staged {
		if s.OldID == "" {
			unknown = append(unknown, s.Row)
		} else if s.Aliased {
			aliased = append(aliased, s.OldID)
		}
	}
	if len(unknown) == 0 && len(aliased) == 0 {
		return staged, nil
	}
	skus := map[int64][]productdb.ListForeignSKUsRow{}
	for _, f := range foreign {
		if f.ProductID == "" {
			skus[f.Row] = append(skus[f.Row], f)
			matches[f.Row] = append(matches[f.Row], match{f.OwnerID, "SKU", f.Sku})
		}
	}
	for _, row := range unknown {
		if len(matches[row]) == 0 {
			lost = append(lost, row)
		}
	}
	if len(lost) > 0 {
		others, err := queries.ListOtherMatches(ctx, tx, productdb.ListOtherMatchesParams{RunID: w.id, Rows: lost})
		if err != nil {
			return nil, fmt.Errorf("find products by GTIN and address: %w", err)
		}
		for _, o := range others {
			matches[o.Row] = append(matches[o.Row], match{o.OwnerID, o.By, o.Value})
		}
	}
	if len(matches) == 0 && len(aliased) == 0 {
		return staged, nil
	}
	return w.settle(ctx, tx, b, staged, matches, skus, aliased)
}

// settle decides which product each staged one is.
func (w *syncWorker) settle(
	ctx context.Context, tx pgx.Tx, b *batch, staged []productdb.CompareStagedRow, matches map[int64][]match,
	skus map[int64][]productdb.ListForeignSKUsRow, aliased []string,
) ([]productdb.CompareStagedRow, error) {
	ids := slices.Clone(aliased)
	for _, found := range matches {
		for _, m := range found {
			ids = append(ids, m.owner)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	held, err := w.claimsOf(ctx, tx, b, ids)
	if err != nil {
		return nil, err
	}
	names, err := w.namesOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	var refused refusals
	left := staged[:0]
	for _, s := range staged {
		if s.OldID != "" {
			first := held.firstOf(s)
			if s.Aliased && first != s.Key {
				refused.product(w.id, s, "", "", "is the product that this file calls "+shortened(first)+" as well; a product comes once in a file")
				continue
			}
			left = append(left, s)
			continue
		}
		found, taken, second := choose(matches[s.Row], held, s.Key)
		switch {
		case second.column != "":
			refused.product(w.id, s, second.column, second.value, "is the product that this file calls "+shortened(second.owner)+" as well; a product comes once in a file")
			continue
		case len(found) > 1:
			refused.product(w.id, s, found[0].column, found[0].value, fmt.Sprintf("belongs to the product %s, and %s to %s; a product of the file is one product of the shop",
				shortened(names[found[0].owner].Key), found[1].value, shortened(names[found[1].owner].Key)))
			continue
		}
		for _, sku := range skus[s.Row] {
			if slices.Contains(taken, sku.OwnerID) {
				refused.variant(w.id, sku, names[sku.OwnerID].Key)
			}
		}
		if len(found) == 1 {
			product := names[found[0].owner]
			s.OldID, s.OldSlug, s.OldAskedSlug = product.ID, product.Slug, product.AskedSlug
			held.now[product.ID] = s.Key
			b.attached.add(s.Row, product.ID, "")
			if len(held.keys[product.ID]) > 0 {
				b.aliased = append(b.aliased, product.ID)
			}
		}
		left = append(left, s)
	}
	return w.refuse(ctx, tx, b, left, refused)
}

// choose returns the products that a staged one may be, those of them that others in the file hold, and a match that another staged
// product of this run has found already. Only the strongest kind of match counts.
func choose(matches []match, held *claims, key string) (found []match, taken []string, second match) {
	for _, m := range matches {
		if len(found) > 0 && m.column != found[0].column {
			break
		}
		holder, foundNow := held.heldBy(m.owner, key)
		switch {
		case foundNow:
			return nil, nil, match{holder, m.column, m.value}
		case holder != "":
			taken = append(taken, m.owner)
		case !slices.ContainsFunc(found, func(f match) bool { return f.owner == m.owner }):
			found = append(found, m)
		}
	}
	return found, taken, match{}
}

// firstOf returns under which of a product's keys the file brings it first.
func (c *claims) firstOf(s productdb.CompareStagedRow) string {
	first, row := s.Key, s.Row
	for _, k := range c.keys[s.OldID] {
		if k.StagedRow > 0 && k.StagedRow < row {
			first, row = k.Key, k.StagedRow
		}
	}
	return first
}

func (w *syncWorker) claimsOf(ctx context.Context, tx pgx.Tx, b *batch, products []string) (*claims, error) {
	rows, err := queries.ListKeysInSource(ctx, tx, productdb.ListKeysInSourceParams{SourceID: b.run.SourceID, RunID: w.id, ProductIds: products})
	if err != nil {
		return nil, fmt.Errorf("list keys of products: %w", err)
	}
	c := &claims{keys: map[string][]productdb.ListKeysInSourceRow{}, now: b.claimed}
	for _, row := range rows {
		c.keys[row.ProductID] = append(c.keys[row.ProductID], row)
	}
	return c, nil
}

func (w *syncWorker) namesOf(ctx context.Context, tx pgx.Tx, products []string) (map[string]productdb.ListProductKeysRow, error) {
	rows, err := queries.ListProductKeys(ctx, tx, products)
	if err != nil {
		return nil, fmt.Errorf("list keys of products: %w", err)
	}
	names := make(map[string]productdb.ListProductKeysRow, len(rows))
	for _, row := range rows {
		names[row.ID] = row
	}
	return names, nil
}

// refusals are what is found unfit while merging.
type refusals struct {
	products []int64 // rows of staged products
	variants []productdb.UnstageVariantParams
	rejects  []productdb.AddSyncRejectsParams
}

func (r *refusals) product(run string, s productdb.CompareStagedRow, column, value, reason string) {
	r.products = append(r.products, s.Row)
	r.rejects = append(r.rejects, productdb.AddSyncRejectsParams{
		RunID: run, Row: s.Row, Part: foundMerging, ColumnName: column, Value: value, ProductKey: s.Key, Reason: reason,
	})
}

func (r *refusals) variant(run string, sku productdb.ListForeignSKUsRow, owner string) {
	r.variants = append(r.variants, productdb.UnstageVariantParams{RunID: run, Row: sku.Row, Position: sku.Position})
	r.rejects = append(r.rejects, productdb.AddSyncRejectsParams{
		RunID: run, Row: sku.FileRow, Part: foundMerging + sku.Position, ColumnName: "SKU", Value: sku.Sku, ProductKey: sku.Key,
		Reason: "belongs to the product " + shortened(owner) + "; a SKU names one variant",
	})
}

// refuse takes out what was refused, and products that have nothing left to buy, and returns the staged products that are left.
func (w *syncWorker) refuse(
	ctx context.Context, tx pgx.Tx, b *batch, staged []productdb.CompareStagedRow, refused refusals,
) ([]productdb.CompareStagedRow, error) {
	if len(refused.rejects) == 0 {
		return staged, nil
	}
	var rows []int64
	for _, variant := range refused.variants {
		if err := queries.UnstageVariant(ctx, tx, variant); err != nil {
			return nil, err
		}
		rows = append(rows, variant.Row)
	}
	gone := refused.products
	if len(rows) > 0 {
		empty, err := queries.ListStagedWithoutVariants(ctx, tx, productdb.ListStagedWithoutVariantsParams{RunID: w.id, Rows: rows})
		if err != nil {
			return nil, err
		}
		gone = append(gone, empty...)
	}
	if len(gone) > 0 {
		if err := queries.Unstage(ctx, tx, productdb.UnstageParams{RunID: w.id, Rows: gone}); err != nil {
			return nil, err
		}
		b.dropped += int64(len(gone))
		b.through = max(b.through, slices.Max(gone))
	}
	fresh, err := w.countNew(ctx, tx, refused.rejects)
	if err != nil {
		return nil, err
	}
	b.rejected += fresh
	return slices.DeleteFunc(staged, func(s productdb.CompareStagedRow) bool { return slices.Contains(gone, s.Row) }), w.list(ctx, tx, refused.rejects)
}
