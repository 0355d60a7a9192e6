package catalog

import (
	"context"
	"testing"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

func refreshCategories(t testing.TB, ctx context.Context, s *Service, ids ...string) {
	t.Helper()
	if _, err := s.RefreshCategories(ctx, &catalogv1.RefreshCategoriesRequest{CategoryIds: ids}); err != nil {
		t.Fatal(err)
	}
}

// A category is found by the addresses that it had, says when it was deleted, and is nowhere to be seen while it is hidden, nor is what
// stands below it; its products stay for sale.
func TestRefreshCategories(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	p := kettle()
	m.put(p)
	refreshAll(t, ctx, s, p.Id)
	kitchen := &productv1.Category{Id: named("kitchen"), Slug: "cooking", Name: "Cooking", OldSlugs: []string{"kitchen"}, SeoTitle: "All for cooking", Description: "Pots."}
	m.describe(kitchen)
	refreshCategories(t, ctx, s, kitchen.Id)

	for _, slug := range []string{"cooking", "kitchen"} {
		got := list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: slug})
		if got.Category.GetSlug() != "cooking" || got.Category.GetSeoTitle() != "All for cooking" || got.Category.GetSeoDescription() != "Pots." || got.Category.GetDescription() != "Pots." || len(got.Cards) != 1 {
			t.Errorf("at %s: %v", slug, got)
		}
	}
	page := func() *catalogv1.Product {
		t.Helper()
		answer, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: p.Slug})
		if err != nil {
			t.Fatal(err)
		}
		return answer.GetProduct()
	}
	if trail := page().GetBreadcrumb(); len(trail) != 2 || trail[0].GetName() != "Cooking" || trail[0].GetSlug() != "cooking" {
		t.Errorf("the product stands in %v", trail)
	}

	kitchen.Hidden = true
	m.describe(kitchen)
	refreshCategories(t, ctx, s, kitchen.Id)
	for _, slug := range []string{"cooking", "kitchen", "coffee-&-tea"} {
		_, err := s.ListProducts(ctx, &catalogv1.ListProductsRequest{CategorySlug: slug})
		wantCode(t, err, connect.CodeNotFound)
	}
	categories, err := s.ListCategories(ctx, &catalogv1.ListCategoriesRequest{})
	if err != nil || len(categories.GetCategories()) != 0 || len(page().GetBreadcrumb()) != 0 {
		t.Errorf("hidden: listed %v, the product in %v: %v", categories.GetCategories(), page().GetBreadcrumb(), err)
	}
	suggested, err := s.Suggest(ctx, &catalogv1.SuggestRequest{Query: "cook"})
	if err != nil || len(suggested.GetCategories()) != 0 {
		t.Errorf("hidden: suggested %v: %v", suggested, err)
	}

	// What product answered late does not show it again.
	late := &productv1.Category{Id: kitchen.Id, Slug: "late", Name: "Late", Version: 1}
	if err := s.storeCategories(ctx, []*productv1.Category{late}, nil, 1000, false); err != nil {
		t.Fatal(err)
	}
	_, err = s.ListProducts(ctx, &catalogv1.ListProductsRequest{CategorySlug: "late"})
	wantCode(t, err, connect.CodeNotFound)

	kitchen.Hidden = false
	m.describe(kitchen)
	m.change(p.Id, func(p *productv1.Product) { p.Categories[0].Slug, p.Categories[0].Name = kitchen.Slug, kitchen.Name })
	rebuild(t, ctx, s)
	if got := list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: "cooking"}); len(got.Children) != 1 {
		t.Errorf("a rebuild leaves it hidden: %v", got)
	}

	kitchen.OldSlugs = nil
	m.describe(kitchen)
	refreshCategories(t, ctx, s, kitchen.Id)
	_, err = s.ListProducts(ctx, &catalogv1.ListProductsRequest{CategorySlug: "kitchen"})
	wantCode(t, err, connect.CodeNotFound)
	kitchen.OldSlugs = []string{"kitchen"}
	m.describe(kitchen)
	refreshCategories(t, ctx, s, kitchen.Id)

	delete(m.tree, kitchen.Id)
	refreshCategories(t, ctx, s, kitchen.Id)
	for _, slug := range []string{"cooking", "kitchen"} {
		_, err := s.ListProducts(ctx, &catalogv1.ListProductsRequest{CategorySlug: slug})
		wantCode(t, err, connect.CodeFailedPrecondition)
	}
	heir := &productv1.Category{Id: named("heir"), Slug: "cooking", Name: "Cooking again"}
	m.describe(heir)
	refreshCategories(t, ctx, s, heir.Id)
	if got := list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: "cooking"}); got.Category.GetId() != heir.Id {
		t.Errorf("the address of a deleted category leads to %v", got.Category)
	}
}
