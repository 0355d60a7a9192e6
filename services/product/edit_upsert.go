package product

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// BatchUpsertProducts creates or changes products by their source's keys. Calls for one source take turns, so that two that bring the same
// new key make one product.
func (s *Service) BatchUpsertProducts(ctx context.Context, req *productv1.BatchUpsertProductsRequest) (*productv1.BatchUpsertProductsResponse, error) {
	return inEdit(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*productv1.BatchUpsertProductsResponse, error) {
		source, err := queries.LockSource(ctx, tx, productdb.LockSourceParams{ID: id.New(), Name: req.GetSource(), Now: clock.Now()})
		if err != nil {
			return nil, fmt.Errorf("lock source: %w", err)
		}
		u := upsert{s: s, source: source, items: req.GetItems(), results: make([]*productv1.UpsertResult, len(req.GetItems())), edits: make([]*edit, len(req.GetItems()))}
		if err := u.find(ctx, tx); err != nil {
			return nil, err
		}
		if err := u.store(ctx, tx); err != nil {
			return nil, err
		}
		return &productv1.BatchUpsertProductsResponse{Results: u.results}, nil
	})
}

// upsert is a batch on its way.
type upsert struct {
	s       *Service
	source  string
	items   []*productv1.ProductUpsert
	results []*productv1.UpsertResult
	edits   []*edit // of those that have not failed
	links   productdb.AddSourceItemsParams
}

// find turns each item into an edit of the product that it means.
func (u *upsert) find(ctx context.Context, tx pgx.Tx) error {
	var keys, ids []string
	for _, item := range u.items {
		keys = append(keys, item.GetKey())
		if id.Valid(item.GetProduct().GetId()) {
			ids = append(ids, item.GetProduct().GetId())
		}
	}
	rows, err := queries.ListSourceItems(ctx, tx, productdb.ListSourceItemsParams{SourceID: u.source, Keys: keys})
	if err != nil {
		return fmt.Errorf("list source items: %w", err)
	}
	known := map[string]string{}
	for _, row := range rows {
		known[row.Key] = row.ProductID
		ids = append(ids, row.ProductID)
	}
	found, err := lock(ctx, tx, ids)
	if err != nil {
		return err
	}
	seen := map[string]bool{} // keys and products, each of which may be meant once
	for i, item := range u.items {
		u.results[i] = &productv1.UpsertResult{Key: item.GetKey()}
		product, linked := known[item.GetKey()]
		if !linked {
			product = item.GetProduct().GetId()
		}
		before := found[product]
		switch {
		case seen[item.GetKey()] || product != "" && seen[product]:
			u.fail(i, problem("key", "stands for a product that is in this batch already"))
		case linked && item.GetProduct().GetId() != "" && item.GetProduct().GetId() != product:
			u.fail(i, problem("id", "is another product than the one that this key belongs to, "+product))
		case product != "" && before == nil:
			u.fail(i, problem("id", "is not the id of a product; leave it empty for a new one"))
		case item.GetExpectedVersion() != 0 && before.GetVersion() != item.GetExpectedVersion():
			u.results[i].ProductId, u.results[i].Version = product, before.GetVersion()
			u.fail(i, problem("expected_version", fmt.Sprintf("is not the product's, which is %d: somebody changed it meanwhile", before.GetVersion())))
		case before == nil:
			u.edits[i] = u.s.creation(item.GetProduct())
			if item.GetProduct().GetState() == productv1.ProductState_PRODUCT_STATE_UNSPECIFIED {
				u.edits[i].after.State = productv1.ProductState_PRODUCT_STATE_ACTIVE
			}
		default:
			u.change(i, before)
		}
		seen[item.GetKey()] = true
		if product != "" {
			seen[product] = true
		}
		if u.edits[i] != nil && !linked {
			u.links.Keys, u.links.ProductIds = append(u.links.Keys, item.GetKey()), append(u.links.ProductIds, u.edits[i].after.GetId())
		}
	}
	return nil
}

// change reads an item's mask. Without one, what staff changed by hand is left alone.
func (u *upsert) change(i int, before *productv1.Product) {
	item := u.items[i]
	u.results[i].ProductId, u.results[i].Version = before.GetId(), before.GetVersion()
	if item.GetUpdateMask() != nil {
		mask, err := readMask(item.GetUpdateMask().GetPaths())
		if err != nil {
			u.fail(i, problem("update_mask", "cannot be read: "+fmt.Sprint(err)))
			return
		}
		u.edits[i] = change(before, item.GetProduct(), mask)
		return
	}
	var mask []string
	for _, name := range editable {
		if !proto.Equal(only(item.GetProduct(), name), &productv1.Product{}) && !slices.Contains(before.GetStaffFields(), name) {
			mask = append(mask, name)
		}
	}
	e := change(before, item.GetProduct(), mask)
	if slices.Contains(mask, "variants") {
		keepStaffs(before, e.after)
	}
	u.edits[i] = e
}

// keepStaffs makes the fields of variants that staff changed what they were.
func keepStaffs(before, after *productv1.Product) {
	for _, v := range after.GetVariants() {
		at := slices.IndexFunc(before.GetVariants(), func(b *productv1.Variant) bool { return b.GetId() == v.GetId() })
		if at < 0 {
			continue
		}
		for _, name := range before.GetVariants()[at].GetStaffFields() {
			copyField(v, before.GetVariants()[at], name)
		}
	}
}

func (u *upsert) fail(i int, problems ...*productv1.FieldProblem) {
	u.results[i].Outcome, u.results[i].Problems = productv1.UpsertOutcome_UPSERT_OUTCOME_FAILED, problems
	u.edits[i] = nil
}

// store writes the edits that are right.
func (u *upsert) store(ctx context.Context, tx pgx.Tx) error {
	edits := slices.DeleteFunc(slices.Clone(u.edits), func(e *edit) bool { return e == nil })
	if err := u.s.check(ctx, tx, edits); err != nil {
		return err
	}
	failed := map[string]bool{}
	var right []*edit
	for i, e := range u.edits {
		switch {
		case e == nil:
			continue
		case len(e.problems.list) > 0:
			failed[e.after.GetId()] = true
			u.fail(i, e.problems.list...)
			continue
		case e.before == nil:
			u.results[i].Outcome, u.results[i].Version = productv1.UpsertOutcome_UPSERT_OUTCOME_CREATED, 1
		case len(e.changed) > 0:
			u.results[i].Outcome, u.results[i].Version = productv1.UpsertOutcome_UPSERT_OUTCOME_UPDATED, e.before.GetVersion()+1
		default:
			u.results[i].Outcome = productv1.UpsertOutcome_UPSERT_OUTCOME_UNCHANGED
		}
		u.results[i].ProductId = e.after.GetId()
		right = append(right, e)
	}
	if err := u.s.save(ctx, tx, right); err != nil {
		return err
	}
	links := productdb.AddSourceItemsParams{SourceID: u.source}
	for i, product := range u.links.ProductIds {
		if !failed[product] {
			links.Keys, links.ProductIds = append(links.Keys, u.links.Keys[i]), append(links.ProductIds, product)
		}
	}
	if len(links.Keys) == 0 {
		return nil
	}
	if err := queries.AddSourceItems(ctx, tx, links); err != nil {
		return fmt.Errorf("add source items: %w", err)
	}
	return nil
}
