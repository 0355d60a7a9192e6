package catalog

import (
	"fmt"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// What a shopper begins to type is completed to what others found, to categories, brands and products with their prices: never more than
// eight, and also when a letter is wrong.
func TestSuggest(t *testing.T) {
	t.Parallel()
	ctx := inTurn(t)
	s := shelves(t, ctx)
	m := s.cfg.Products.(*merchant)
	for i := range 30 {
		p := kettle()
		p.Slug, p.Name, p.Brand, p.Categories = id.New(), fmt.Sprintf("Jug no. %d", i), "Pottery", path("Jugs and more")
		p.Tags = nil
		m.put(p)
	}
	refreshAll(t, ctx, s, m.ids()...)
	for query, times := range map[string]int{"kettle": 3, "kettle blue": 3, "tea bowl": 4, "tea": 2, "kettles of nobody": 3} {
		for range times {
			if _, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: query}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.storeSearched(ctx); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ query, want string }{
		"a beginning":          {"ket", "searches kettle; categories ; brands ; products Enamel Stovetop Kettle"},
		"several words":        {"enamel stov", "searches ; categories ; brands ; products Enamel Stovetop Kettle"},
		"words from all sides": {"casserole tin", "searches ; categories ; brands ; products Hearth Cast-Iron Casserole"},
		"a brand":              {"tin", "searches ; categories ; brands Tindle Tinworks; products Enamel Stovetop Kettle, Hearth Cast-Iron Casserole"},
		"a category":           {"lightin", "searches ; categories Lighting; brands ; products "},
		"what others found":    {"TEA", "searches tea bowl; categories Coffee & Tea; brands ; products Tea Towel, 茶碗 Tea Bowl, Café Crème Bowl, Enamel Stovetop Kettle"},
		"a wrong letter":       {"kettel", "searches kettle; categories ; brands ; products Enamel Stovetop Kettle"},
		"one too many":         {"cassserol", "searches ; categories ; brands ; products Casserole Lid, Hearth Cast-Iron Casserole"},
		"nothing like it":      {"xylo", "searches ; categories ; brands ; products "},
		"too little":           {"k", "searches ; categories ; brands ; products "},
		"nothing":              {" ?", "searches ; categories ; brands ; products "},
	}
	for name, tc := range tests {
		answer, err := s.Suggest(ctx, &catalogv1.SuggestRequest{Query: tc.query})
		if err != nil {
			t.Fatal(err)
		}
		var categories []string
		for _, category := range answer.Categories {
			categories = append(categories, category.Name)
		}
		got := fmt.Sprintf("searches %s; categories %s; brands %s; products %s", strings.Join(answer.Queries, ", "), strings.Join(categories, ", "),
			strings.Join(answer.Brands, ", "), cardNames(answer.Products))
		if got != tc.want {
			t.Errorf("%s: %q\n got %s\nwant %s", name, tc.query, got, tc.want)
		}
	}
	answer, err := s.Suggest(ctx, &catalogv1.SuggestRequest{Query: "jug"})
	if err != nil || len(answer.Categories) != 1 || len(answer.Products) != mostSuggested-1 || answer.Products[0].Price.GetAmountMinor() == 0 || answer.Products[0].Picture == nil {
		t.Errorf("a word of many products: %v, %v", answer, err)
	}
}

// An address that a product had leads to it, until another product has it; once the product is gone, so it says there too.
func TestOldSlugs(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	a, b := kettle(), kettle()
	a.Slug, a.OldSlugs, b.Slug = "now", []string{"once", "before"}, "other"
	m.put(a)
	m.put(b)
	refreshAll(t, ctx, s, a.Id, b.Id)
	at := func(slug string) string {
		got, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: slug})
		if err != nil {
			return fmt.Sprint(err)
		}
		return got.Product.Slug
	}
	if at("once") != "now" || at("before") != "now" || at("now") != "now" || at("other") != "other" {
		t.Errorf("once leads to %s, before to %s", at("once"), at("before"))
	}
	m.change(a.Id, func(p *productv1.Product) { p.OldSlugs = []string{"before"} })
	m.change(b.Id, func(p *productv1.Product) { p.Slug, p.OldSlugs = "once", []string{"other"} })
	refreshAll(t, ctx, s, a.Id, b.Id)
	if at("once") != "once" || at("other") != "once" || at("before") != "now" {
		t.Errorf("then once leads to %s, other to %s, before to %s", at("once"), at("other"), at("before"))
	}
	m.change(a.Id, func(p *productv1.Product) { p.State = productv1.ProductState_PRODUCT_STATE_ARCHIVED })
	refreshAll(t, ctx, s, a.Id)
	_, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: "before"})
	wantCode(t, err, connect.CodeFailedPrecondition)
	_, err = s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: "never"})
	wantCode(t, err, connect.CodeNotFound)
}

// BenchmarkSuggest is a shopper typing, remembered answers left out.
func BenchmarkSuggest(b *testing.B) {
	s, _ := benchShop(b, 5000)
	s.suggestions.lifetime = 0
	for b.Loop() {
		if _, err := s.Suggest(b.Context(), &catalogv1.SuggestRequest{Query: seedWords[9][:3]}); err != nil {
			b.Fatal(err)
		}
	}
}
