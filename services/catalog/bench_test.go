package catalog

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectinprocess"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1/catalogv1connect"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// benchShop is a shop of some thousand products and the client that pages use.
func benchShop(b *testing.B, products int) (*Service, catalogv1connect.CatalogServiceClient) {
	b.Helper()
	db, err := postgres.Open(b.Context(), postgres.Config{URL: postgrestest.NewURLs(b).Primary, Metrics: prometheus.NewRegistry()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(db.Close)
	m := &merchant{products: map[string]*productv1.Product{}, stock: map[string]*inventoryv1.Stock{}}
	s := New(Config{DB: db, Products: m, Categories: m, Collections: m, Prices: m, Stock: m})
	random := rand.New(rand.NewPCG(1, 1))
	for i := range products {
		p := typical(random, i)
		m.put(p)
		for _, v := range p.Variants {
			m.count(v.Id, random.Int64N(20), false)
		}
	}
	refreshAll(b, b.Context(), s, m.ids()...)
	if _, err := db.Primary().Exec(b.Context(), "vacuum analyze"); err != nil {
		b.Fatal(err)
	}
	server := connect.NewServer(rpc.ServerInterceptor(rpc.ServerConfig{Log: slog.New(slog.DiscardHandler)}))
	catalogv1connect.RegisterCatalogServiceHandler(server, s)
	return s, catalogv1connect.NewCatalogServiceClient(connect.NewClient(connectinprocess.New(server), rpc.ClientInterceptor(nil)))
}

// typical is a product of usual size: six variants, four pictures in eight files, two hundred words.
func typical(random *rand.Rand, number int) *productv1.Product {
	p := kettle()
	p.Slug = fmt.Sprintf("product-%d", number)
	zipf := rand.NewZipf(random, 1.1, 3, uint64(len(seedWords)-1)) // as words are
	word := func() string { return seedWords[zipf.Uint64()] }
	p.Name = fmt.Sprintf("%s %s %s %d", word(), word(), word(), number)
	p.Brand = fmt.Sprintf("Brand %d", random.IntN(50))
	root := random.IntN(8)
	p.Categories = path(fmt.Sprintf("Root %d", root), fmt.Sprintf("Branch %d %d", root, random.IntN(6)), fmt.Sprintf("Leaf %d %d", root, random.IntN(40)))
	p.Description = ""
	for range 200 {
		p.Description += word() + " "
	}
	p.Options = []*productv1.Option{{Name: "Colour", Values: []string{"Moss", "Clay", "Cream"}}, {Name: "Size", Values: []string{"S", "L"}}}
	colours := random.Perm(12)
	p.Variants = nil
	for i := range 6 {
		price := usd(500 + random.Int64N(200)*50)
		p.Variants = append(p.Variants, &productv1.Variant{
			Id: named(fmt.Sprint(number, "v", i)), Sku: fmt.Sprintf("SKU-%d-%d", number, i), Price: price,
			OptionValues: []string{fmt.Sprintf("Colour %d", colours[i/2]), []string{"S", "L"}[i%2]},
		})
	}
	p.Images = nil
	for i := range 4 {
		image := &productv1.Image{Id: fmt.Sprint(i), Alt: p.Name}
		for _, width := range []int32{320, 640, 960, 1600} {
			for _, kind := range []string{"jpeg", "webp"} {
				image.Files = append(image.Files, &productv1.ImageFile{
					Path: fmt.Sprintf("products/%064x-%d.%s", number*4+i, width, kind), Width: width, Height: width * 5 / 4, ContentType: "image/" + kind,
				})
			}
		}
		p.Images = append(p.Images, image)
	}
	return p
}

var seedWords = func() []string {
	random := rand.New(rand.NewPCG(4, 4))
	words := make([]string, 3000)
	for i := range words {
		word := make([]byte, 4+random.IntN(6))
		for j := range word {
			word[j] = "etaoinshrdlucm"[random.IntN(14)]
		}
		words[i] = string(word)
	}
	return words
}()

func BenchmarkListProducts(b *testing.B) {
	s, client := benchShop(b, 5000)
	ctx := b.Context()
	b.Run("whole", func(b *testing.B) {
		for b.Loop() {
			if answer, err := client.ListProducts(ctx, &catalogv1.ListProductsRequest{CategorySlug: "root-3"}); err != nil || len(answer.Cards) != 24 || len(answer.Facets) < 3 {
				b.Fatal(answer, err)
			}
		}
	})
	b.Run("without facets", func(b *testing.B) {
		for b.Loop() {
			if _, err := client.ListProducts(ctx, &catalogv1.ListProductsRequest{CategorySlug: "root-3", WithoutFacets: true}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("handler alone", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.ListProducts(ctx, &catalogv1.ListProductsRequest{CategorySlug: "root-3", WithoutFacets: true}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("query alone", func(b *testing.B) {
		root := list(b, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: "root-3"}).Category.Id
		for b.Loop() {
			if _, err := queries.ListUsual(ctx, s.cfg.DB.Read(ctx), catalogdb.ListUsualParams{CategoryID: root, PageSize: 24}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("filtered", func(b *testing.B) {
		for b.Loop() {
			if _, err := client.ListProducts(ctx, &catalogv1.ListProductsRequest{CategorySlug: "root-3", Filters: []*catalogv1.Filter{{Key: "brand", Values: []string{"Brand 3", "Brand 4"}}}}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkGetProduct(b *testing.B) {
	s, client := benchShop(b, 5000)
	ctx := b.Context()
	slugs := make([]string, 1000)
	for i := range slugs {
		slugs[i] = fmt.Sprintf("product-%d", i)
	}
	b.Run("whole", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := client.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: slugs[i%1000]}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("query alone", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := queries.GetPage(ctx, s.cfg.DB.Read(ctx), slugs[i%1000]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSearchProducts(b *testing.B) {
	_, client := benchShop(b, 5000)
	for name, query := range map[string]string{"a word": seedWords[7], "a mistyped word": seedWords[7][:2] + seedWords[7][3:] + " " + seedWords[9], "a beginning": seedWords[7][:3]} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := client.SearchProducts(b.Context(), &catalogv1.SearchProductsRequest{Query: query}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRefreshProducts is an event of a large sync: 500 new products of six variants.
func BenchmarkRefreshProducts(b *testing.B) {
	s, _ := benchShop(b, 5000)
	m := s.cfg.Products.(*merchant)
	random := rand.New(rand.NewPCG(2, 2))
	number := 10_000
	for b.Loop() {
		b.StopTimer()
		var ids []string
		for range 500 {
			p := typical(random, number)
			number++
			m.put(p)
			ids = append(ids, p.Id)
		}
		b.StartTimer()
		refreshAll(b, b.Context(), s, ids...)
	}
	b.ReportMetric(float64(b.N)*500/b.Elapsed().Seconds(), "products/s")
}

// BenchmarkHandlers compares a call over HTTP with the least that could answer it: the same query, its bytes sent as they are.
func BenchmarkHandlers(b *testing.B) {
	s, client := benchShop(b, 5000)
	root := list(b, b.Context(), s, &catalogv1.ListProductsRequest{CategorySlug: "root-3"}).Category.Id
	least := func(w http.ResponseWriter, r *http.Request) {
		rows, err := queries.ListUsual(r.Context(), s.cfg.DB.Read(r.Context()), catalogdb.ListUsualParams{CategoryID: root, PageSize: 24})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		for _, row := range rows {
			_, _ = w.Write(row.Card)
		}
	}
	called := func(w http.ResponseWriter, r *http.Request) {
		answer, err := client.ListProducts(r.Context(), &catalogv1.ListProductsRequest{CategorySlug: "root-3"})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		for _, card := range answer.Cards {
			_, _ = w.Write([]byte(card.Name))
		}
	}
	for name, handler := range map[string]http.HandlerFunc{"least": least, "called": called} {
		b.Run(name, func(b *testing.B) {
			listener := httptest.NewServer(handler)
			defer listener.Close()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					get(b, b.Context(), listener)
				}
			})
		})
	}
}

func get(b *testing.B, ctx context.Context, listener *httptest.Server) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, listener.URL, nil)
	if err != nil {
		b.Error(err)
		return
	}
	answer, err := listener.Client().Do(req)
	if err != nil {
		b.Error(err)
		return
	}
	buffer := make([]byte, 32<<10)
	for err == nil {
		_, err = answer.Body.Read(buffer)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		b.Error(answer.Status)
	}
}
