package catalog

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

func (m *merchant) BatchGetCollections(_ context.Context, req *productv1.BatchGetCollectionsRequest) (*productv1.BatchGetCollectionsResponse, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	answer := &productv1.BatchGetCollectionsResponse{}
	for _, one := range req.GetIds() {
		if c := m.sets[one]; c != nil {
			answer.Collections = append(answer.Collections, proto.CloneOf(c))
		}
	}
	return answer, nil
}

// ListCollections returns all.
func (m *merchant) ListCollections(context.Context, *productv1.ListCollectionsRequest) (*productv1.ListCollectionsResponse, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &productv1.ListCollectionsResponse{Collections: slices.Collect(maps.Values(m.sets))}, nil
}

func (m *merchant) ListMemberships(_ context.Context, req *productv1.ListMembershipsRequest) (*productv1.ListMembershipsResponse, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	answer := &productv1.ListMembershipsResponse{}
	for _, product := range req.GetProductIds() {
		for collection, position := range m.members[product] {
			answer.Memberships = append(answer.Memberships, &productv1.Membership{ProductId: product, CollectionId: collection, Position: position})
		}
	}
	return answer, nil
}

// gather says something of a collection in its next version.
func (m *merchant) gather(c *productv1.Collection) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c = proto.CloneOf(c)
	c.Version = m.sets[c.GetId()].GetVersion() + 1
	m.sets[c.GetId()] = c
}

// join puts a product somewhere in a collection, or with -1 takes it out.
func (m *merchant) join(product, collection string, position int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.members[product] == nil {
		m.members[product] = map[string]int32{}
	}
	if m.members[product][collection] = position; position < 0 {
		delete(m.members[product], collection)
	}
}

func refreshCollections(t testing.TB, ctx context.Context, s *Service, ids ...string) {
	t.Helper()
	if _, err := s.RefreshCollections(ctx, &catalogv1.RefreshCollectionsRequest{CollectionIds: ids}); err != nil {
		t.Fatal(err)
	}
}

func refreshMemberships(t testing.TB, ctx context.Context, s *Service, products ...string) {
	t.Helper()
	if _, err := s.RefreshMemberships(ctx, &catalogv1.RefreshMembershipsRequest{ProductIds: products}); err != nil {
		t.Fatal(err)
	}
}

// names are those of the products in a collection, in their order.
func namesIn(t testing.TB, ctx context.Context, s *Service, req *catalogv1.ListProductsRequest) string {
	t.Helper()
	var names []string
	for _, card := range list(t, ctx, s, req).GetCards() {
		names = append(names, card.GetName())
	}
	return strings.Join(names, " ")
}

// three are products that differ in their names, prices and brands, the oldest first.
func three(m *merchant) []*productv1.Product {
	var all []*productv1.Product
	for i, name := range []string{"A", "B", "C"} {
		p := kettle()
		p.Slug, p.Name, p.Brand = strings.ToLower(name), name, []string{"Odd", "Even"}[i%2]
		p.Variants, p.OldSlugs = p.Variants[:1], nil
		p.Variants[0].Price, p.Variants[0].CompareAtPrice = usd(int64(i+1)*1000), nil
		m.put(p)
		m.count(p.Variants[0].Id, 9, false)
		all = append(all, p)
	}
	return all
}

// Products stand in a collection in the order that staff gave them, with filters too; every other order, the filters and the counts are those of
// any list. Facets and the menu do not know of collections.
func TestCollectionByHand(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	products := three(m)
	c := &productv1.Collection{Id: named("window"), Slug: "window", Name: "Window", Description: "For\n\nall", SeoTitle: "The window", HomePosition: 2}
	m.gather(c)
	for i, at := range []int32{2, 3, 1} {
		m.join(products[i].Id, c.Id, at)
	}
	refreshAll(t, ctx, s, m.ids()...)
	refreshCollections(t, ctx, s, c.Id)
	window := func() *catalogv1.ListProductsRequest { return &catalogv1.ListProductsRequest{CollectionSlug: "window"} }

	got := list(t, ctx, s, window())
	if got.Total != 3 || got.Category != nil || got.Collection.GetDescription() != "For\n\nall" || got.Collection.GetSeoTitle() != "The window" {
		t.Errorf("listed %v", got)
	}
	for _, facet := range got.Facets {
		if facet.GetKey() != "availability" && facet.GetKey() != "brand" && facet.GetKey() != "option.Colour" && facet.GetKey() != "sale" {
			t.Errorf("facet %v", facet)
		}
	}
	want := func(when, names string, change func(*catalogv1.ListProductsRequest)) {
		t.Helper()
		req := window()
		change(req)
		if got := namesIn(t, ctx, s, req); got != names {
			t.Errorf("%s: %q, want %q", when, got, names)
		}
	}
	want("usual", "C A B", func(*catalogv1.ListProductsRequest) {})
	odd := []*catalogv1.Filter{{Key: "brand", Values: []string{"Odd"}}}
	want("filtered", "C A", func(r *catalogv1.ListProductsRequest) { r.Filters = odd })
	want("page", "A", func(r *catalogv1.ListProductsRequest) { r.Filters, r.Page, r.PageSize = odd, 2, 1 })
	want("sorted", "A C", func(r *catalogv1.ListProductsRequest) { r.Filters, r.Sort = odd, catalogv1.Sort_SORT_PRICE_ASC })
	want("newest", "C B A", func(r *catalogv1.ListProductsRequest) { r.Sort = catalogv1.Sort_SORT_NEWEST })
	want("priced", "C B", func(r *catalogv1.ListProductsRequest) {
		r.Filters = []*catalogv1.Filter{{Key: "price", Values: []string{"2000-"}}}
	})

	m.join(products[1].Id, c.Id, 0+1)
	m.join(products[2].Id, c.Id, 3)
	refreshMemberships(t, ctx, s, products[1].Id, products[2].Id)
	want("moved", "B A C", func(*catalogv1.ListProductsRequest) {})
	m.join(products[0].Id, c.Id, -1)
	refreshMemberships(t, ctx, s, products[0].Id)
	want("left", "B C", func(*catalogv1.ListProductsRequest) {})
	want("left, filtered", "C", func(r *catalogv1.ListProductsRequest) { r.Filters = odd })
	if got := list(t, ctx, s, window()); got.Total != 2 {
		t.Errorf("%d are left", got.Total)
	}
	m.change(products[1].Id, func(p *productv1.Product) { p.Name = "Bee" })
	refreshAll(t, ctx, s, products[1].Id)
	want("called otherwise", "Bee C", func(*catalogv1.ListProductsRequest) {})
	m.count(products[1].Variants[0].Id, 0, false)
	refreshStock(t, ctx, s, products[1].Variants[0].Id)
	want("sold out", "C Bee", func(*catalogv1.ListProductsRequest) {})

	categories, err := s.ListCategories(ctx, &catalogv1.ListCategoriesRequest{})
	if err != nil || len(categories.GetCategories()) != 2 {
		t.Errorf("categories %v: %v", categories, err)
	}
	collections, err := s.ListCollections(ctx, &catalogv1.ListCollectionsRequest{})
	if err != nil || len(collections.GetCollections()) != 1 || collections.GetCollections()[0].GetHomePosition() != 2 || collections.GetCollections()[0].GetProductCount() != 2 {
		t.Errorf("collections %v: %v", collections, err)
	}
	everything := list(t, ctx, s, &catalogv1.ListProductsRequest{})
	if len(everything.GetChildren()) != 1 || everything.GetTotal() != 3 {
		t.Errorf("everything %v", everything)
	}
	_, err = s.ListProducts(ctx, &catalogv1.ListProductsRequest{CategorySlug: "kitchen", CollectionSlug: "window"})
	wantCode(t, err, connect.CodeInvalidArgument)
}

// A collection is found by the addresses that it had, also where a category has the same; hidden it is nowhere, and deleted it says so.
func TestRefreshCollections(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	p := three(m)[0]
	c := &productv1.Collection{Id: named("sale"), Slug: "sale", Name: "Sale", OldSlugs: []string{"kitchen"}, Rule: &productv1.CollectionRule{}}
	m.gather(c)
	m.join(p.Id, c.Id, 0)
	refreshCollections(t, ctx, s, c.Id)
	refreshAll(t, ctx, s, p.Id)
	for _, slug := range []string{"sale", "kitchen"} {
		if got := list(t, ctx, s, &catalogv1.ListProductsRequest{CollectionSlug: slug}); got.Collection.GetSlug() != "sale" || len(got.Cards) != 1 {
			t.Errorf("at %s: %v", slug, got)
		}
	}
	if got := list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: "kitchen"}); got.Category.GetName() != "Kitchen" || got.Collection != nil {
		t.Errorf("the category of that address: %v", got)
	}
	_, err := s.ListProducts(ctx, &catalogv1.ListProductsRequest{CategorySlug: "sale"})
	wantCode(t, err, connect.CodeNotFound)
	_, err = s.ListProducts(ctx, &catalogv1.ListProductsRequest{CollectionSlug: "coffee-&-tea"})
	wantCode(t, err, connect.CodeNotFound)

	c.Hidden = true
	m.gather(c)
	refreshCollections(t, ctx, s, c.Id)
	_, err = s.ListProducts(ctx, &catalogv1.ListProductsRequest{CollectionSlug: "sale"})
	wantCode(t, err, connect.CodeNotFound)
	listed, err := s.ListCollections(ctx, &catalogv1.ListCollectionsRequest{})
	if err != nil || len(listed.GetCollections()) != 0 {
		t.Errorf("a hidden collection is listed: %v %v", listed, err)
	}
	late := &productv1.Collection{Id: c.Id, Slug: "late", Name: "Late", Version: 1}
	if err := s.storeCollections(ctx, []*productv1.Collection{late}, nil, 1000, false); err != nil {
		t.Fatal(err)
	}
	_, err = s.ListProducts(ctx, &catalogv1.ListProductsRequest{CollectionSlug: "late"})
	wantCode(t, err, connect.CodeNotFound)

	c.Hidden = false
	m.gather(c)
	rebuild(t, ctx, s)
	if got := list(t, ctx, s, &catalogv1.ListProductsRequest{CollectionSlug: "sale"}); len(got.Cards) != 1 {
		t.Errorf("a rebuild leaves it hidden: %v", got)
	}
	m.join(p.Id, c.Id, -1)
	refreshMemberships(t, ctx, s, p.Id)
	rebuild(t, ctx, s)
	if got := list(t, ctx, s, &catalogv1.ListProductsRequest{CollectionSlug: "sale"}); got.Total != 0 || got.Collection.GetName() != "Sale" {
		t.Errorf("an empty collection: %v", got)
	}
	delete(m.sets, c.Id)
	refreshCollections(t, ctx, s, c.Id)
	for _, slug := range []string{"sale", "kitchen"} {
		_, err := s.ListProducts(ctx, &catalogv1.ListProductsRequest{CollectionSlug: slug})
		wantCode(t, err, connect.CodeFailedPrecondition)
	}
}

// Whatever the order in which answers are stored, the one that was asked for last counts, and a product that is stored only then finds it.
func TestMembershipsComeLate(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	p := three(m)[0]
	c := &productv1.Collection{Id: named("sale"), Slug: "sale", Name: "Sale", Rule: &productv1.CollectionRule{}}
	m.gather(c)
	refreshCollections(t, ctx, s, c.Id)
	in := func() int { return len(list(t, ctx, s, &catalogv1.ListProductsRequest{CollectionSlug: "sale"}).Cards) }

	m.answer(func([]string) { // the product is asked for, and before it is stored it comes to the collection
		m.answer(nil)
		m.join(p.Id, c.Id, 0)
		refreshMemberships(t, ctx, s, p.Id)
	})
	refreshAll(t, ctx, s, p.Id)
	if in() != 1 {
		t.Error("storing what was asked for earlier took it out")
	}
	m.change(p.Id, func(p *productv1.Product) { p.Name = "Other" })
	m.answer(func([]string) {
		m.answer(nil)
		m.join(p.Id, c.Id, -1)
		refreshMemberships(t, ctx, s, p.Id)
	})
	refreshAll(t, ctx, s, p.Id)
	if in() != 0 {
		t.Error("storing what was asked for earlier put it back")
	}
	m.change(p.Id, func(p *productv1.Product) { p.State = productv1.ProductState_PRODUCT_STATE_DRAFT })
	m.join(p.Id, c.Id, 0)
	refreshAll(t, ctx, s, p.Id)
	refreshMemberships(t, ctx, s, p.Id)
	if in() != 0 {
		t.Error("what is not for sale is listed")
	}
}
