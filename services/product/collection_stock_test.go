package product

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// hasUnits says how many units inventory has of a product: all of its last variant.
func (s *shop) hasUnits(p *productv1.Product, backorder bool, units int64) {
	s.stock.mu.Lock()
	defer s.stock.mu.Unlock()
	for i, v := range p.GetVariants() {
		count := &inventoryv1.StockCount{VariantId: v.GetId(), Backorder: backorder}
		if i == len(p.GetVariants())-1 {
			count.OnHand = units
		}
		s.stock.counts[v.GetId()] = count
	}
}

func (s *shop) refreshStock(p *productv1.Product) *productv1.RefreshVariantStockResponse {
	s.t.Helper()
	req := &productv1.RefreshVariantStockRequest{}
	for _, v := range p.GetVariants() {
		req.VariantIds = append(req.VariantIds, v.GetId())
	}
	answer, err := s.RefreshVariantStock(s.t.Context(), req)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer
}

func (s *shop) learned() {
	s.t.Helper()
	for more := true; more; {
		answer, err := s.LearnVariantStock(s.t.Context(), &productv1.LearnVariantStockRequest{})
		if err != nil {
			s.t.Fatal(err)
		}
		more = answer.GetMore()
	}
}

// The sale of the last unit takes a product out of what is in stock, and a return brings it back; collections whose rules ask for something else
// keep what they have.
func TestStockCollections(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	staff := asStaff(t.Context())
	a, b := s.create(staff, mug("A")), s.create(staff, mug("B"))
	s.hasUnits(a, false, 2)
	s.hasUnits(b, false, 0)
	s.learned() // what was there before stock was kept
	there := s.createCollection("There", all(when(productv1.RuleField_RULE_FIELD_AVAILABILITY, is, "in_stock")))
	away := s.createCollection("Away", all(when(productv1.RuleField_RULE_FIELD_AVAILABILITY, is, "sold_out")))
	ordered := s.createCollection("On order", all(when(productv1.RuleField_RULE_FIELD_AVAILABILITY, isNot, "sold_out", "in_stock")))
	few := s.createCollection("Few", all(when(productv1.RuleField_RULE_FIELD_UNITS, atLeast, "1"), when(productv1.RuleField_RULE_FIELD_UNITS, atMost, "1")))
	named := s.createCollection("Named", all(when(productv1.RuleField_RULE_FIELD_NAME, contains, "a")))
	want := func(when string, names ...string) {
		t.Helper()
		for i, c := range []*productv1.Collection{there, away, ordered, few, named} {
			if got := s.in(c); got != names[i] {
				t.Errorf("%s, %q has %q, want %q", when, c.GetName(), got, names[i])
			}
		}
	}
	s.rebuilt()
	want("at first", "A", "B", "", "", "A")

	s.hasUnits(a, false, 1)
	if got := s.refreshStock(a); got.GetAdded() != 1 || got.GetRemoved() != 0 {
		t.Errorf("one is sold: %v", got)
	}
	want("one is left", "A", "B", "", "A", "A")
	s.hasUnits(a, false, 0)
	s.refreshStock(a)
	want("the last one is sold", "", "A B", "", "", "A")
	if got := s.refreshStock(a); got.GetAdded()+got.GetRemoved() != 0 {
		t.Errorf("told again: %v", got)
	}
	s.hasUnits(a, true, 0)
	s.refreshStock(a)
	want("it sells on", "", "B", "A", "", "A")
	s.hasUnits(a, false, 1)
	s.refreshStock(a)
	want("one came back", "A", "B", "", "A", "A")

	// A change of the product asks with the stock that is known.
	a.Name = "Z"
	a = s.mustUpdate(staff, a, "name")
	s.refresh(a.GetId())
	want("it is called otherwise", "Z", "B", "", "Z", "")

	preview, err := s.PreviewCollectionRule(s.seeing(), &productv1.PreviewCollectionRuleRequest{Rule: all(when(productv1.RuleField_RULE_FIELD_UNITS, atLeast, "1"))})
	if err != nil || preview.GetCount() != 1 {
		t.Errorf("preview %v %v", preview, err)
	}
}

// An answer of inventory that comes late does not replace what was asked for later.
func TestStockComesLate(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := s.create(asStaff(t.Context()), mug("A"))
	c := s.createCollection("There", all(when(productv1.RuleField_RULE_FIELD_AVAILABILITY, is, "in_stock")))
	s.rebuilt()
	s.hasUnits(p, false, 3)
	late, err := s.askStock(t.Context(), []string{p.GetVariants()[len(p.GetVariants())-1].GetId()})
	if err != nil {
		t.Fatal(err)
	}
	s.hasUnits(p, false, 0)
	s.refreshStock(p)
	_, err = postgres.InTx(t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) (any, error) {
		_, _, err := s.keepStock(ctx, tx, late)
		return nil, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.in(c); got != "" {
		t.Errorf("what was said before the last was sold put %q back", got)
	}
}

// A collection is found by the addresses that it had, until another takes one of them.
func TestCollectionSlugs(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	staff := asStaff(t.Context())
	c := s.createCollection("Summer", nil)
	c.Slug, c.HomePosition = "summer-2026", 3
	changed, err := s.UpdateCollection(staff, &productv1.UpdateCollectionRequest{
		Collection: c, ExpectedVersion: c.GetVersion(), UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"slug", "home_position"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := changed.GetCollection(); len(got.GetOldSlugs()) != 1 || got.GetOldSlugs()[0] != "summer" || got.GetHomePosition() != 3 {
		t.Errorf("changed %v", got)
	}
	heir := s.createCollection("Summer", nil)
	if heir.GetSlug() != "summer" {
		t.Errorf("the old address is kept from others: %v", heir)
	}
	got, err := s.BatchGetCollections(s.seeing(), &productv1.BatchGetCollectionsRequest{Ids: []string{c.GetId(), heir.GetId(), "00000000-0000-7000-8000-000000000000"}})
	if err != nil || len(got.GetCollections()) != 2 || len(got.GetCollections()[0].GetOldSlugs())+len(got.GetCollections()[1].GetOldSlugs()) != 0 {
		t.Errorf("%v %v", got, err)
	}
	c = changed.GetCollection()
	c.HomePosition = lastHomePosition + 1
	_, err = s.UpdateCollection(staff, &productv1.UpdateCollectionRequest{Collection: c, ExpectedVersion: c.GetVersion(), UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"home_position"}}})
	if fieldsOf(err) != "home_position" {
		t.Errorf("a row that the page does not have: %v", err)
	}
}
