package catalog

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/cache"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// A product that was refreshed stands in its categories and has its page, with what inventory says.
func TestRefreshProducts(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	p := kettle()
	m.put(p)
	m.count(p.Variants[0].Id, 3, false)
	m.lowest = map[string]int64{p.Variants[0].Id: 6100}
	refreshAll(t, ctx, s, p.Id)

	answer := list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: "coffee-&-tea"})
	want := &catalogv1.Card{
		ProductId: p.Id, Slug: "enamel-kettle", Name: "Enamel Stovetop Kettle", Brand: "Tindle Tinworks", Price: usd(5800), PriceVaries: true,
		CompareAtPrice: usd(6400), LowestPrice: usd(6100), Availability: catalogv1.Availability_AVAILABILITY_LOW, Colours: 2,
		Picture: &catalogv1.Picture{Alt: "Moss", Files: []*catalogv1.PictureFile{{Path: "a-320.jpg", Width: 320, Height: 400, ContentType: "image/jpeg"}}},
	}
	if len(answer.Cards) != 1 || !proto.Equal(answer.Cards[0], want) {
		t.Errorf("cards %v, want %v", answer.Cards, want)
	}
	if answer.Total != 1 || answer.TotalIsBound || answer.Category.GetName() != "Coffee & Tea" || answer.Category.GetProductCount() != 1 {
		t.Errorf("total %d, category %v", answer.Total, answer.Category)
	}
	if len(answer.Breadcrumb) != 1 || answer.Breadcrumb[0].GetSlug() != "kitchen" || len(answer.Children) != 0 {
		t.Errorf("breadcrumb %v, children %v", answer.Breadcrumb, answer.Children)
	}
	if above := list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: "kitchen"}); len(above.Cards) != 1 || len(above.Children) != 1 {
		t.Errorf("in the category above: %v", above)
	}

	got, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: "enamel-kettle"})
	if err != nil {
		t.Fatal(err)
	}
	page := got.Product
	if !proto.Equal(page.Variants[0].GetLowestPrice(), usd(6100)) || page.Variants[1].GetLowestPrice() != nil {
		t.Errorf("lowest prices %v and %v", page.Variants[0].GetLowestPrice(), page.Variants[1].GetLowestPrice())
	}
	if len(page.Breadcrumb) != 2 || len(page.Pictures) != 2 || len(page.Options) != 1 || len(page.Attributes) != 1 || page.Description != p.Description {
		t.Errorf("page %v", page)
	}
	moss, clay := page.Variants[0], page.Variants[1]
	if moss.Availability != catalogv1.Availability_AVAILABILITY_LOW || moss.Left != 3 || moss.PictureIndex != 0 || moss.Price.AmountMinor != 5800 {
		t.Errorf("variant %v", moss)
	}
	if clay.Availability != catalogv1.Availability_AVAILABILITY_SOLD_OUT || clay.Left != 0 || clay.PictureIndex != 1 || clay.CompareAtPrice != nil {
		t.Errorf("variant %v", clay)
	}
	if len(page.Related) != 0 {
		t.Errorf("related to itself: %v", page.Related)
	}
}

// Shoppers are told the truth about a product's life: not there yet, for sale, gone.
func TestStatesOfAProduct(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	p := kettle()
	get := func() error {
		refreshAll(t, ctx, s, p.Id)
		_, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: p.Slug})
		return err
	}
	listed := func(want int) {
		t.Helper()
		if answer := list(t, ctx, s, &catalogv1.ListProductsRequest{}); len(answer.Cards) != want || int(answer.Total) != want {
			t.Errorf("%d of %d listed, want %d", len(answer.Cards), answer.Total, want)
		}
		if tree, err := s.ListCategories(ctx, nil); err != nil || len(tree.Categories) != 2*want {
			t.Errorf("categories %v, %v", tree.GetCategories(), err)
		}
	}
	wantCode(t, get(), connect.CodeNotFound) // unknown to product too
	p.State = productv1.ProductState_PRODUCT_STATE_DRAFT
	m.put(p)
	wantCode(t, get(), connect.CodeNotFound)
	listed(0)
	for _, gone := range []productv1.ProductState{productv1.ProductState_PRODUCT_STATE_ARCHIVED, productv1.ProductState_PRODUCT_STATE_DRAFT} {
		m.change(p.Id, func(p *productv1.Product) { p.State = productv1.ProductState_PRODUCT_STATE_ACTIVE })
		if err := get(); err != nil {
			t.Fatal(err)
		}
		listed(1)
		m.change(p.Id, func(p *productv1.Product) { p.State = gone })
		wantCode(t, get(), connect.CodeFailedPrecondition)
		listed(0)
	}
	m.change(p.Id, func(p *productv1.Product) { p.State = productv1.ProductState_PRODUCT_STATE_ACTIVE })
	if err := get(); err != nil {
		t.Fatal(err)
	}
	delete(m.products, p.Id) // deleted
	wantCode(t, get(), connect.CodeFailedPrecondition)
	listed(0)
	if _, err := s.ListProducts(ctx, &catalogv1.ListProductsRequest{CategorySlug: "nowhere"}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("an unknown category: %v", err)
	}
}

// dump is all that is stored, with the places of the rows: a row that was written again has moved.
func dump(t testing.TB, ctx context.Context, s *Service) []string {
	t.Helper()
	var all []string
	for _, query := range []string{
		"select concat_ws('|', ctid, product_id, version, state, slug, leaf_id, md5(page), units) from catalog_pages",
		"select concat_ws('|', ctid, product_id, supply, rank, create_time, price, name_key, facets, terms, layer) from catalog_products",
		"select concat_ws('|', ctid, product_id, category_id, supply, rank, create_time, price, name_key, availability, md5(card)) from catalog_listings",
		"select concat_ws('|', ctid, category_id, facet, products) from catalog_counts",
		"select concat_ws('|', variant_id, product_id, place, units) from catalog_variants",
		"select concat_ws('|', category_id, slug, name, parent_id) from catalog_categories",
		"select concat_ws('|', ctid, word, term) from catalog_words",
		"select concat_ws('|', ctid, catalog_texts) from catalog_texts",
		"select concat_ws('|', ctid, catalog_names) from catalog_names",
		"select concat_ws('|', ctid, catalog_local_words) from catalog_local_words",
	} {
		all = append(all, texts(t, ctx, s, query)...)
	}
	slices.Sort(all)
	return all
}

func texts(t testing.TB, ctx context.Context, s *Service, query string, args ...any) []string {
	t.Helper()
	rows, err := s.cfg.DB.Primary().Query(ctx, query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// The same event twice writes nothing, and an answer that is older than what is there is left aside.
func TestRefreshAgain(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de", "fr")
	ctx := inTurn(t)
	p := kettle()
	p.Translations = []*productv1.Translation{{Locale: "de", Name: "Emaillekessel", Slug: "emaillekessel"}}
	m.put(p)
	m.count(p.Variants[0].Id, 3, false)
	refreshAll(t, ctx, s, p.Id)
	before := dump(t, ctx, s)
	refreshAll(t, ctx, s, p.Id)
	refreshStock(t, ctx, s, p.Variants[0].Id, p.Variants[1].Id)
	if after := dump(t, ctx, s); !slices.Equal(before, after) {
		t.Errorf("a repeat changed\n%v\nto\n%v", before, after)
	}

	old := m.products[p.Id]
	m.change(p.Id, func(p *productv1.Product) { p.Name = "Kettle, new" })
	refreshAll(t, ctx, s, p.Id)
	m.products[p.Id] = old
	refreshAll(t, ctx, s, p.Id)
	if answer := list(t, ctx, s, &catalogv1.ListProductsRequest{}); answer.Cards[0].Name != "Kettle, new" {
		t.Errorf("an older version came back: %v", answer.Cards[0])
	}
}

// Products may exchange their addresses, and a new one may take that of an old one, in whatever order they are refreshed.
func TestSlugsMove(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	a, b := kettle(), kettle()
	a.Slug, b.Slug = "a", "b"
	m.put(a)
	m.put(b)
	refreshAll(t, ctx, s, a.Id, b.Id)
	rename := func(id, slug string) { m.change(id, func(p *productv1.Product) { p.Slug = slug }) }
	at := func(slug string) string {
		got, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: slug})
		if err != nil {
			return connect.CodeOf(err).String()
		}
		return got.Product.Id
	}
	rename(a.Id, "b")
	rename(b.Id, "a")
	refreshAll(t, ctx, s, a.Id, b.Id)
	if at("a") != b.Id || at("b") != a.Id {
		t.Errorf("exchanged: %s and %s", at("a"), at("b"))
	}
	rename(a.Id, "c")
	rename(b.Id, "b")
	refreshAll(t, ctx, s, b.Id) // takes b before a is known to have left it
	if at("b") != b.Id || at("a") != "not_found" {
		t.Errorf("taken: %s, and %s", at("b"), at("a"))
	}
	refreshAll(t, ctx, s, a.Id)
	if at("c") != a.Id || at("b") != b.Id {
		t.Errorf("then: %s and %s", at("c"), at("b"))
	}
}

// Whatever is refreshed at the same time, the counts and cards are those of the last state.
func TestRefreshesAtTheSameTime(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 6 { // few, so that they meet
		m.put(randomProduct(random, i))
	}
	ids := m.ids()
	var workers sync.WaitGroup
	for worker := range 3 {
		workers.Go(func() {
			random := rand.New(rand.NewPCG(3, uint64(worker)))
			for range 50 {
				some := make([]string, 2)
				for i := range some {
					some[i] = ids[random.IntN(len(ids))]
				}
				m.mu.Lock()
				p := m.products[some[0]]
				m.mu.Unlock()
				var err error
				if random.IntN(4) > 0 {
					variant := p.Variants[random.IntN(len(p.Variants))].Id
					m.count(variant, max(0, random.Int64N(8)-4), random.IntN(3) == 0)
					_, err = s.RefreshStock(ctx, &catalogv1.RefreshStockRequest{VariantIds: []string{variant}})
				} else {
					other := randomProduct(random, random.IntN(100))
					kept := proto.CloneOf(p.Variants[0])
					kept.OptionValues = other.Variants[0].OptionValues
					other.Id, other.Slug, other.Variants = p.Id, p.Slug, append(other.Variants, kept)
					m.put(other)
					_, err = s.RefreshProducts(ctx, &catalogv1.RefreshProductsRequest{ProductIds: some})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	refreshAll(t, ctx, s, ids...)
	checkCounts(t, ctx, s)
	for sort := range int32(5) {
		for _, category := range []string{"", "kitchen", "garden"} {
			req := &catalogv1.ListProductsRequest{CategorySlug: category, Sort: catalogv1.Sort(sort), PageSize: 50}
			if err := compare(ctx, s, m.standing(), req); err != nil {
				t.Errorf("%v: %v", req, err)
			}
		}
	}
}

// checkCounts compares what every refresh keeps in step with a new count.
func checkCounts(t testing.TB, ctx context.Context, s *Service) {
	t.Helper()
	kept := texts(t, ctx, s, "select concat_ws('|', category_id, facet, products) from catalog_counts where products <> 0 order by 1")
	counted := texts(t, ctx, s, `select concat_ws('|', category_id, facet, count(*)) from catalog_listings join catalog_products using (product_id),
		unnest(array_append(facets, '')) as facet group by category_id, facet order by 1`)
	slices.Sort(kept)
	slices.Sort(counted)
	if !slices.Equal(kept, counted) {
		t.Errorf("counts kept in step:\n%v\ncounted anew:\n%v", kept, counted)
	}
}

// Names of categories follow the product that was asked for last.
func TestCategoryRenamed(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	p := kettle()
	m.put(p)
	refreshAll(t, ctx, s, p.Id)
	m.change(p.Id, func(p *productv1.Product) { p.Categories[1].Name, p.Categories[1].Slug = "Tea", "tea" })
	refreshAll(t, ctx, s, p.Id)
	answer, err := s.ListCategories(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Categories) != 2 || answer.Categories[0].Slug != "kitchen" || answer.Categories[1].Slug != "tea" ||
		answer.Categories[1].ParentId != answer.Categories[0].Id || answer.Categories[0].Picture.GetAlt() != "Moss" || answer.Categories[1].Picture != nil {
		t.Errorf("categories %v", answer.Categories)
	}
	m.change(p.Id, func(p *productv1.Product) { p.Categories = path("Garden") })
	refreshAll(t, ctx, s, p.Id)
	if answer, _ := s.ListCategories(ctx, nil); len(answer.Categories) != 1 || answer.Categories[0].Name != "Garden" {
		t.Errorf("then %v", answer.Categories)
	}
	if empty := list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: "kitchen"}); len(empty.Cards) != 0 || empty.Total != 0 {
		t.Errorf("an empty category shows %v", empty)
	}
}

// randomProduct varies in all that lists are narrowed and sorted by.
func randomProduct(random *rand.Rand, number int) *productv1.Product {
	p := kettle()
	p.Slug = fmt.Sprintf("product-%d", number)
	p.Name = fmt.Sprintf("%s %s", []string{"Red", "Étoile", "blue", "Zebra", "apple"}[random.IntN(5)], []string{"mug", "Lamp", "o'Neill"}[random.IntN(3)])
	p.Brand = []string{"", "Acme", "B & Q's", "Tindle"}[random.IntN(4)]
	p.CreateTime.Seconds -= random.Int64N(5)
	p.Categories = [][]*productv1.CategoryRef{path("Kitchen"), path("Kitchen", "Tea"), path("Kitchen", "Pots"), path("Garden"), append(path("Garden"), path("Kitchen", "Tea")...), nil}[random.IntN(6)]
	p.Options = []*productv1.Option{{Name: "Colour"}, {Name: "Size"}}[:random.IntN(3)]
	p.Variants = nil
	for range 1 + random.IntN(3) {
		v := &productv1.Variant{Id: id.New(), Price: usd(random.Int64N(30) * 100)}
		for range p.Options {
			v.OptionValues = append(v.OptionValues, []string{"a", "b", "c"}[random.IntN(3)])
		}
		if random.IntN(4) == 0 {
			v.CompareAtPrice = usd(1500)
		}
		p.Variants = append(p.Variants, v)
	}
	if random.IntN(3) == 0 {
		p.Images = nil
	}
	if random.IntN(10) == 0 {
		p.State = productv1.ProductState_PRODUCT_STATE_ARCHIVED
	}
	return p
}

// Processes share the tree of categories in the cache, and a refresh in one of them makes all read it anew, from where it was stored.
func TestRefreshBuriesTheTree(t *testing.T) {
	t.Parallel()
	url := os.Getenv("TEST_VALKEY_URL")
	if url == "" {
		t.Skip("TEST_VALKEY_URL is not set")
	}
	m := &merchant{products: map[string]*productv1.Product{}, stock: map[string]*inventoryv1.Stock{}}
	db, prefix := postgrestest.New(t), "test:"+id.New()+":"
	process := func() *Service {
		kept, err := cache.Open(t.Context(), cache.Config{URL: url, Prefix: prefix})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(kept.Close)
		return forgetful(New(Config{DB: db, Products: m, Categories: m, Collections: m, Prices: m, Stock: m, Cache: kept}))
	}
	reads, writes := process(), process()
	known := func() (names []string) {
		answer, err := reads.ListCategories(t.Context(), &catalogv1.ListCategoriesRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for _, category := range answer.GetCategories() {
			names = append(names, category.GetName())
		}
		return names
	}
	if names := known(); len(names) > 0 {
		t.Fatalf("an empty shop has %v", names)
	}
	tea := kettle()
	tea.Categories = path("Samovars")
	m.put(tea)
	refreshAll(t, inTurn(t), writes, tea.GetId())
	late := time.After(5 * time.Second) // far less than the tree lives
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !slices.Contains(known(), "Samovars") { // the notice to this process's copy is on its way
		select {
		case <-again.C:
		case <-late:
			t.Fatal("the other process still shows what was before")
		}
	}
}
