package product

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/idempotency"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// bulkBatch is how many products one call changes: in one transaction, with a handful of statements.
const bulkBatch = 500

// BulkUpdateProducts changes the products that are named, or the next ones that a filter finds, in the order of their ids, in which what was
// changed does not move.
func (s *Service) BulkUpdateProducts(ctx context.Context, req *productv1.BulkUpdateProductsRequest) (*productv1.BulkUpdateProductsResponse, error) {
	if err := checkBulk(req); err != nil {
		return nil, err
	}
	ids, next := req.GetIds(), ""
	if len(ids) == 0 {
		filter, err := readFilter(req.GetFilter())
		if err != nil {
			return nil, err
		}
		page, err := firstProducts(byID, req.GetPageToken())
		if err != nil {
			return nil, err
		}
		keys, err := s.listKeys(ctx, filter, byID, page, bulkBatch+1)
		if err != nil {
			return nil, fmt.Errorf("list products: %w", err)
		}
		if len(keys) > bulkBatch {
			keys = keys[:bulkBatch]
			next = rpc.PageToken(keys[bulkBatch-1].in(byID))
		}
		for _, key := range keys {
			ids = append(ids, key.ID)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	var examples []*edit
	answer, err := inEdit(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*productv1.BulkUpdateProductsResponse, error) {
		if req.GetPreview() {
			answer, edits, err := s.bulkUpdate(ctx, tx, ids, req.GetChange())
			examples = edits
			return answer, err
		}
		return idempotency.Do(ctx, tx, req, func() (*productv1.BulkUpdateProductsResponse, error) {
			answer, edits, err := s.bulkUpdate(ctx, tx, ids, req.GetChange())
			if err != nil {
				return nil, err
			}
			answer.NextPageToken = next // a repeat would find other products by then, and must go on as this call did
			return answer, s.save(ctx, tx, edits)
		})
	})
	if err != nil {
		return nil, err
	}
	if req.GetPreview() {
		answer.NextPageToken = next
		if answer.Examples, err = s.bulkExamples(ctx, examples); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// bulkExamples says in words what the first edits would change.
func (s *Service) bulkExamples(ctx context.Context, edits []*edit) ([]*productv1.BulkExample, error) {
	const most = 20
	edits = slices.DeleteFunc(edits, func(e *edit) bool { return len(e.changed) == 0 })
	edits = edits[:min(most, len(edits))]
	if len(edits) == 0 {
		return nil, nil
	}
	var shown []*productv1.Product
	for _, e := range edits {
		shown = append(shown, e.before, e.after)
	}
	names, err := s.categoryNames(ctx, shown)
	if err != nil {
		return nil, err
	}
	var examples []*productv1.BulkExample
	for _, e := range edits {
		examples = append(examples, &productv1.BulkExample{ProductId: e.before.GetId(), Name: e.before.GetName(), Fields: compare(e.before, e.after, names)})
	}
	return examples, nil
}

// checkBulk refuses what says nothing, or two things at once.
func checkBulk(req *productv1.BulkUpdateProductsRequest) error {
	change := req.GetChange()
	switch price := change.GetPrice(); {
	case len(req.GetIds()) > 0 && req.GetFilter() != nil:
		return refused(problem("filter", "goes without ids: say either which products, or how to find them"))
	case len(req.GetIds()) == 0 && req.GetFilter() == nil:
		return refused(problem("ids", "are missing; name products, or give a filter, an empty one for all"))
	case !req.GetPreview() && req.GetIdempotencyKey() == "":
		return refused(problem("idempotency_key", "is missing; make one up for each change, so that it is not done twice"))
	case proto.Equal(change, &productv1.BulkChange{}):
		return refused(problem("change", "says nothing to do"))
	case price != nil && price.GetPercentHundredths() == 0 && price.GetAmountMinor() == 0 && price.GetRoundToMinor() <= 1:
		return refused(problem("change.price", "changes no price: give a percentage, an amount or what to round to"))
	}
	return nil
}

// bulkUpdate checks what would become of products, and returns the edits that can be stored.
func (s *Service) bulkUpdate(ctx context.Context, tx pgx.Tx, ids []string, change *productv1.BulkChange) (*productv1.BulkUpdateProductsResponse, []*edit, error) {
	answer := &productv1.BulkUpdateProductsResponse{}
	found, err := lock(ctx, tx, ids)
	if err != nil {
		return nil, nil, err
	}
	removed, err := s.withBelow(ctx, tx, change.GetRemoveCategoryIds(), found)
	if err != nil {
		return nil, nil, err
	}
	var edits []*edit
	for _, product := range ids {
		before := found[product]
		if before == nil {
			answer.Problems = append(answer.Problems, &productv1.BulkProblem{ProductId: product, Problems: []*productv1.FieldProblem{problem("id", "is not the id of a product any more")}})
			continue
		}
		e := &edit{before: before, after: proto.CloneOf(before)}
		e.bulk(change, removed)
		edits = append(edits, e)
	}
	if err := s.check(ctx, tx, edits); err != nil {
		return nil, nil, err
	}
	edits = slices.DeleteFunc(edits, func(e *edit) bool {
		switch {
		case len(e.problems.list) > 0:
			answer.Problems = append(answer.Problems, &productv1.BulkProblem{ProductId: e.after.GetId(), Name: e.before.GetName(), Problems: e.problems.list})
			return true
		case len(e.changed) == 0:
			answer.Unchanged++
		default:
			answer.Changed++
		}
		return false
	})
	return answer, edits, nil
}

// withBelow is these categories and all below them that the products stand in.
func (s *Service) withBelow(ctx context.Context, tx pgx.Tx, ids []string, products map[string]*productv1.Product) (map[string]bool, error) {
	all := map[string]bool{}
	if len(ids) == 0 {
		return all, nil
	}
	var used []string
	for _, p := range products {
		for _, c := range p.GetCategories() {
			used = append(used, c.GetId())
		}
	}
	rows, err := queries.ListCategoryLines(ctx, tx, used)
	if err != nil {
		return nil, fmt.Errorf("list category lines: %w", err)
	}
	for _, row := range rows {
		if slices.ContainsFunc(row.Line, func(c string) bool { return slices.Contains(ids, c) }) {
			all[row.Leaf] = true
		}
	}
	return all, nil
}

// bulk does to one product what is done to all.
func (e *edit) bulk(change *productv1.BulkChange, removed map[string]bool) {
	p := e.after
	if change.GetState() != productv1.ProductState_PRODUCT_STATE_UNSPECIFIED {
		p.State = change.GetState()
		e.mask = append(e.mask, "state")
	}
	if change.TaxClass != nil {
		p.TaxClass = change.GetTaxClass()
		e.mask = append(e.mask, "tax_class")
	}
	if len(change.GetAddCategoryIds())+len(change.GetRemoveCategoryIds()) > 0 {
		p.Categories = slices.DeleteFunc(p.GetCategories(), func(c *productv1.CategoryRef) bool { return removed[c.GetId()] })
		for _, category := range change.GetAddCategoryIds() {
			p.Categories = append(p.Categories, &productv1.CategoryRef{Id: category})
		}
		e.mask = append(e.mask, "categories")
	}
	if len(change.GetAddTags())+len(change.GetRemoveTags()) > 0 {
		p.Tags = slices.DeleteFunc(p.GetTags(), func(tag string) bool { return slices.Contains(change.GetRemoveTags(), tag) })
		p.Tags = append(p.Tags, change.GetAddTags()...)
		e.mask = append(e.mask, "tags")
	}
	if change.GetPrice() != nil {
		for i, v := range p.GetVariants() {
			if err := reprice(v, change.GetPrice()); err != nil {
				e.problems.add(fmt.Sprintf("variants[%d].price", i), "is too large to be changed so")
			}
		}
		e.mask = append(e.mask, "variants")
	}
}

// reprice changes a variant's price, and the one before the reduction as the change asks.
func reprice(v *productv1.Variant, change *productv1.PriceChange) error {
	was := money.Amount{Minor: v.GetPrice().GetAmountMinor(), Currency: v.GetPrice().GetCurrencyCode()}
	price, err := was.Scale(10_000+int64(change.GetPercentHundredths()), 10_000, money.HalfUp)
	if err != nil {
		return err
	}
	if price, err = price.Add(money.Amount{Minor: change.GetAmountMinor(), Currency: price.Currency}); err != nil {
		return err
	}
	if step := change.GetRoundToMinor(); step > 1 && price.Minor > 0 {
		price.Minor = (price.Minor + step/2) / step * step
	}
	price.Minor = max(price.Minor-change.GetLessMinor(), 0)
	v.Price = &typev1.Money{AmountMinor: price.Minor, CurrencyCode: price.Currency}
	switch {
	case !change.GetAsReduction():
		v.CompareAtPrice = nil
	case v.GetCompareAtPrice() == nil:
		v.CompareAtPrice = &typev1.Money{AmountMinor: was.Minor, CurrencyCode: was.Currency}
	}
	if v.GetCompareAtPrice().GetAmountMinor() <= price.Minor {
		v.CompareAtPrice = nil
	}
	return nil
}
