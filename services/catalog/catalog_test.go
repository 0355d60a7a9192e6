package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1/inventoryv1connect"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1/productv1connect"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// merchant is what product and inventory know. Both services are asked through it.
type merchant struct {
	productv1connect.ProductServiceClient
	productv1connect.CategoryServiceClient
	productv1connect.PriceServiceClient
	productv1connect.CollectionServiceClient
	inventoryv1connect.StockServiceClient

	mu       sync.Mutex
	products map[string]*productv1.Product
	tree     map[string]*productv1.Category
	lowest   map[string]int64
	stock    map[string]*inventoryv1.Stock
	sets     map[string]*productv1.Collection
	members  map[string]map[string]int32 // positions by product and collection
	// answering is called before an answer to these ids is given, and may hold it up.
	answering func(ids []string)
}

func (m *merchant) BatchGetProducts(_ context.Context, req *productv1.BatchGetProductsRequest) (*productv1.BatchGetProductsResponse, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	answer := &productv1.BatchGetProductsResponse{}
	for _, one := range req.GetIds() {
		if p := m.products[one]; p != nil {
			answer.Products = append(answer.Products, proto.CloneOf(p))
		}
	}
	return answer, nil
}

// ListProducts pages by id.
func (m *merchant) ListProducts(_ context.Context, req *productv1.ListProductsRequest) (*productv1.ListProductsResponse, error) {
	answer := &productv1.ListProductsResponse{}
	for _, one := range m.ids() {
		if one <= req.GetPageToken() {
			continue
		}
		if len(answer.Products) == int(req.GetPageSize()) {
			answer.NextPageToken = answer.Products[len(answer.Products)-1].GetId()
			break
		}
		answer.Products = append(answer.Products, &productv1.Product{Id: one})
	}
	return answer, nil
}

func (m *merchant) BatchGetLowestPrices(_ context.Context, req *productv1.BatchGetLowestPricesRequest) (*productv1.BatchGetLowestPricesResponse, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	answer := &productv1.BatchGetLowestPricesResponse{}
	for _, one := range req.GetVariantIds() {
		if lowest, known := m.lowest[one]; known {
			answer.Prices = append(answer.Prices, &productv1.LowestPrice{VariantId: one, Lowest: usd(lowest), ReducedSince: timestamppb.New(clock.Now())})
		}
	}
	return answer, nil
}

func (m *merchant) BatchGetCategories(_ context.Context, req *productv1.BatchGetCategoriesRequest) (*productv1.BatchGetCategoriesResponse, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	answer := &productv1.BatchGetCategoriesResponse{}
	for _, one := range req.GetIds() {
		if c := m.tree[one]; c != nil {
			answer.Categories = append(answer.Categories, proto.CloneOf(c))
		}
	}
	return answer, nil
}

// ListCategories returns the whole tree.
func (m *merchant) ListCategories(context.Context, *productv1.ListCategoriesRequest) (*productv1.ListCategoriesResponse, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &productv1.ListCategoriesResponse{Categories: slices.Collect(maps.Values(m.tree))}, nil
}

// describe says something of a category in its next version.
func (m *merchant) describe(c *productv1.Category) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c = proto.CloneOf(c)
	c.Version = m.tree[c.GetId()].GetVersion() + 1
	m.tree[c.GetId()] = c
}

func (m *merchant) BatchGetStock(_ context.Context, req *inventoryv1.BatchGetStockRequest) (*inventoryv1.BatchGetStockResponse, error) {
	m.mu.Lock()
	answer, hold := &inventoryv1.BatchGetStockResponse{}, m.answering
	for _, one := range req.GetVariantIds() {
		stock := &inventoryv1.Stock{VariantId: one}
		if known := m.stock[one]; known != nil {
			stock = proto.CloneOf(known)
		}
		answer.Stock = append(answer.Stock, stock)
	}
	for _, bundle := range req.GetBundles() {
		made := &inventoryv1.BundleStock{VariantId: bundle.GetVariantId(), Available: 1000}
		for _, part := range bundle.GetParts() {
			made.Available = min(made.Available, m.stock[part.GetVariantId()].GetOnHand()/int64(part.GetQuantity()))
		}
		answer.Bundles = append(answer.Bundles, made)
	}
	m.mu.Unlock()
	if hold != nil {
		hold(req.GetVariantIds())
	}
	return answer, nil
}

// put stores a product under the next version.
func (m *merchant) put(p *productv1.Product) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p = proto.CloneOf(p)
	p.Version = m.products[p.GetId()].GetVersion() + 1
	m.products[p.GetId()] = p
}

func (m *merchant) change(id string, change func(p *productv1.Product)) {
	m.mu.Lock()
	p := proto.CloneOf(m.products[id])
	m.mu.Unlock()
	change(p)
	m.put(p)
}

func (m *merchant) get(id string) *productv1.Product {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.products[id]
}

// remove deletes a product.
func (m *merchant) remove(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.products, id)
}

func (m *merchant) count(variant string, onHand int64, backorder bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stock[variant] = &inventoryv1.Stock{VariantId: variant, OnHand: onHand, Backorder: backorder}
}

// lower says what the lowest price of a variant was before it was reduced.
func (m *merchant) lower(variant string, amount int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lowest == nil {
		m.lowest = map[string]int64{}
	}
	m.lowest[variant] = amount
}

// answer has a function called before each answer about stock.
func (m *merchant) answer(before func(ids []string)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answering = before
}

func (m *merchant) ids() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.products))
}

func newService(t testing.TB, locales ...string) (*Service, *merchant) {
	t.Helper()
	m := &merchant{products: map[string]*productv1.Product{}, tree: map[string]*productv1.Category{}, stock: map[string]*inventoryv1.Stock{}, sets: map[string]*productv1.Collection{}, members: map[string]map[string]int32{}}
	return m.newService(t, locales...), m
}

// newService is an empty catalogue of what the merchant has, in English and in further languages.
func (m *merchant) newService(t testing.TB, locales ...string) *Service {
	t.Helper()
	return forgetful(New(Config{
		DB: postgrestest.New(t), Products: m, Categories: m, Collections: m, Prices: m, Stock: m, Words: &glossary{words: map[string]*productv1.Word{}}, Locales: locales,
	}))
}

// forgetful remembers nothing, so that a test sees each change at once.
func forgetful(s *Service) *Service {
	s.tree.lifetime, s.counts.lifetime, s.shelfFacets.lifetime, s.firsts.lifetime, s.decisions.lifetime, s.shelfNames.lifetime = 0, 0, 0, 0, 0, 0
	s.known.lifetime, s.suggestions.lifetime = 0, 0
	return s
}

// inTurn gives ctx a consistency token, so that what it wrote it reads.
func inTurn(t testing.TB) context.Context { return postgres.WithToken(t.Context(), 0) }

func refreshAll(t testing.TB, ctx context.Context, s *Service, ids ...string) {
	t.Helper()
	for part := range slices.Chunk(ids, 500) {
		if _, err := s.RefreshProducts(ctx, &catalogv1.RefreshProductsRequest{ProductIds: part}); err != nil {
			t.Fatal(err)
		}
	}
}

func refreshStock(t testing.TB, ctx context.Context, s *Service, variants ...string) {
	t.Helper()
	if _, err := s.RefreshStock(ctx, &catalogv1.RefreshStockRequest{VariantIds: variants}); err != nil {
		t.Fatal(err)
	}
}

func usd(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"} }

// path makes the categories of a path from the names on it; one name is one category.
func path(names ...string) []*productv1.CategoryRef {
	var refs []*productv1.CategoryRef
	parent := ""
	for _, name := range names {
		slug := strings.ToLower(strings.ReplaceAll(name, " ", "-"))
		refs = append(refs, &productv1.CategoryRef{Id: named(slug), Slug: slug, Name: name, ParentId: parent})
		parent = named(slug)
	}
	return refs
}

// named is an id that is always the same for a name.
func named(name string) string {
	return fmt.Sprintf("%08x-0000-7000-8000-%012x", hash(name), hash(name+"'"))
}

func hash(text string) uint32 {
	sum := uint32(2166136261)
	for i := range len(text) {
		sum = (sum ^ uint32(text[i])) * 16777619
	}
	return sum
}

// kettle is a product with two variants.
func kettle() *productv1.Product {
	return &productv1.Product{
		Id: id.New(), Key: "kettle", Slug: "enamel-kettle", Name: "Enamel Stovetop Kettle", Brand: "Tindle Tinworks",
		Description: "Boils quickly.\n\nPours without a dribble.", State: productv1.ProductState_PRODUCT_STATE_ACTIVE, Version: 1,
		Categories: path("Kitchen", "Coffee & Tea"),
		Attributes: []*productv1.Attribute{{Name: "Material", Value: "Steel"}},
		Options:    []*productv1.Option{{Name: "Colour", Values: []string{"Moss", "Clay", "Cream"}}},
		Variants: []*productv1.Variant{
			{Id: id.New(), Sku: "ENK-MOS", Gtin: "00012345678905", OptionValues: []string{"Moss"}, Price: usd(5800), CompareAtPrice: usd(6400)},
			{Id: id.New(), Sku: "ENK-CLA", OptionValues: []string{"Clay"}, Price: usd(6200), ImageId: "b"},
		},
		Images: []*productv1.Image{
			{Id: "x", SourceUrl: "https://example.com/x.jpg"},
			{Id: "a", Alt: "Moss", Files: []*productv1.ImageFile{{Path: "a-320.jpg", Width: 320, Height: 400, ContentType: "image/jpeg"}}},
			{Id: "b", Alt: "Clay", Files: []*productv1.ImageFile{{Path: "b-320.jpg", Width: 320, Height: 400, ContentType: "image/jpeg"}}},
		},
		Tags: []string{"tea", "induction"}, CreateTime: timestamppb.New(clock.Now()),
	}
}

func list(t testing.TB, ctx context.Context, s *Service, req *catalogv1.ListProductsRequest) *catalogv1.ListProductsResponse {
	t.Helper()
	answer, err := s.ListProducts(ctx, req)
	if err != nil {
		t.Fatalf("list %v: %v", req, err)
	}
	return answer
}

func wantCode(t testing.TB, err error, want connect.Code) {
	t.Helper()
	if connect.CodeOf(err) != want {
		t.Errorf("error %v, want code %v", err, want)
	}
}

func productIDs(cards []*catalogv1.Card) []string {
	ids := make([]string, len(cards))
	for i, card := range cards {
		ids[i] = card.GetProductId()
	}
	return ids
}
