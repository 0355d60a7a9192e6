package catalog

import (
	"testing"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// Categories and collections are read in the language that was asked for, text by text in the shop's own where there is no translation. A
// translated address that changed leads to the one that there is now, however often it changed, and says so when what stood there was deleted.
func TestCategoriesInALanguage(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de", "de-AT")
	ctx := inTurn(t)
	p := kettle()
	m.put(p)
	refreshAll(t, ctx, s, p.Id)
	kitchen := &productv1.Category{Id: named("kitchen"), Slug: "kitchen", Name: "Kitchen", SeoTitle: "All for cooking", Translations: []*productv1.Translation{
		{Locale: "de", Name: "Küche", Slug: "kueche", Description: "Töpfe und Tassen.", SeoDescription: "Alles zum Kochen."}, {Locale: "de-AT", Name: "Kuchl"},
	}}
	set := &productv1.Collection{Id: named("set"), Slug: "gifts", Name: "Gifts", Description: "For all.", Translations: []*productv1.Translation{
		{Locale: "de", Name: "Geschenke", Slug: "geschenke", Description: "Für alle."},
	}}
	m.gather(set)
	m.join(p.Id, set.Id, 1)
	m.describe(kitchen)
	refreshCategories(t, ctx, s, kitchen.Id)
	refreshCollections(t, ctx, s, set.Id)
	refreshMemberships(t, ctx, s, p.Id)

	for locale, want := range map[string][5]string{
		"":      {"Kitchen", "kitchen", "All for cooking", "", ""},
		"de":    {"Küche", "kueche", "", "Alles zum Kochen.", "Töpfe und Tassen."},
		"de-AT": {"Kuchl", "kueche", "", "Alles zum Kochen.", "Töpfe und Tassen."},
	} {
		c := list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: "kitchen", Locale: locale}).GetCategory()
		if got := [5]string{c.GetName(), c.GetSlug(), c.GetSeoTitle(), c.GetSeoDescription(), c.GetDescription()}; got != want || len(c.GetAddresses()) != 3 {
			t.Errorf("in %q: %q at %v, want %q", locale, got, c.GetAddresses(), want)
		}
		tree, err := s.ListCategories(ctx, &catalogv1.ListCategoriesRequest{Locale: locale})
		if err != nil || tree.GetCategories()[0].GetName() != want[0] {
			t.Errorf("the tree in %q: %v, %v", locale, tree, err)
		}
	}
	if page := pageIn(t, ctx, s, p.Slug, "de"); page.GetBreadcrumb()[0].GetName() != "Küche" || page.GetBreadcrumb()[0].GetSlug() != "kueche" {
		t.Errorf("a product stands in %v", page.GetBreadcrumb())
	}
	found, err := s.Suggest(ctx, &catalogv1.SuggestRequest{Query: "kuch", Locale: "de"})
	if err != nil || len(found.GetCategories()) != 1 || found.GetCategories()[0].GetName() != "Küche" {
		t.Errorf("suggested: %v, %v", found, err)
	}
	german := list(t, ctx, s, &catalogv1.ListProductsRequest{CollectionSlug: "geschenke", Locale: "de"}).GetCollection()
	if german.GetName() != "Geschenke" || german.GetDescription() != "Für alle." {
		t.Errorf("the collection: %v", german)
	}

	for _, slug := range []string{"kochen", "kochwelt"} {
		kitchen.Translations[0].Slug = slug
		m.describe(kitchen)
		refreshCategories(t, ctx, s, kitchen.Id)
	}
	set.Translations[0].Slug = "praesente"
	m.gather(set)
	refreshCollections(t, ctx, s, set.Id)
	for _, old := range []string{"kueche", "kochen", "kochwelt", "kitchen"} {
		if c := list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: old, Locale: "de"}).GetCategory(); c.GetSlug() != "kochwelt" {
			t.Errorf("%s leads to %s", old, c.GetSlug())
		}
	}
	if c := list(t, ctx, s, &catalogv1.ListProductsRequest{CollectionSlug: "geschenke", Locale: "de"}).GetCollection(); c.GetSlug() != "praesente" {
		t.Errorf("the collection's old address leads to %s", c.GetSlug())
	}
	_, err = s.ListProducts(ctx, &catalogv1.ListProductsRequest{CategorySlug: "kueche"})
	wantCode(t, err, connect.CodeNotFound) // it was never one of the shop's own language

	rebuild(t, ctx, s)
	delete(m.tree, kitchen.Id)
	refreshCategories(t, ctx, s, kitchen.Id)
	for _, old := range []string{"kueche", "kochen", "kochwelt"} {
		_, err := s.ListProducts(ctx, &catalogv1.ListProductsRequest{CategorySlug: old, Locale: "de"})
		wantCode(t, err, connect.CodeFailedPrecondition)
	}
}

// A translated address that is another category's own, or another's translated one that was there first, is not taken.
func TestCategoriesShareNoAddress(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de")
	ctx := inTurn(t)
	p := kettle()
	p.Categories = []*productv1.CategoryRef{{Id: named("a"), Slug: "bad", Name: "Bad"}, {Id: named("b"), Slug: "bath", Name: "Bath"}, {Id: named("c"), Slug: "spa", Name: "Spa"}}
	m.put(p)
	refreshAll(t, ctx, s, p.Id)
	ids := []string{named("a"), named("b"), named("c")}
	m.describe(&productv1.Category{Id: ids[0], Slug: "bad", Name: "Bad"})
	m.describe(&productv1.Category{Id: ids[1], Slug: "bath", Name: "Bath", Translations: []*productv1.Translation{inGerman("Badezimmer", "bad")}})
	m.describe(&productv1.Category{Id: ids[2], Slug: "spa", Name: "Spa", Translations: []*productv1.Translation{inGerman("Wellness", "wohl")}})
	refreshCategories(t, ctx, s, ids...)
	for slug, want := range map[string]string{"bad": "Bad", "bath": "Badezimmer", "wohl": "Wellness", "spa": "Wellness"} {
		if got := list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: slug, Locale: "de"}).GetCategory(); got.GetName() != want {
			t.Errorf("at %s: %v, want %s", slug, got, want)
		}
	}
}

// A product's translated address that changed leads on, and says that the product is no longer for sale when it is not.
func TestOldTranslatedSlugs(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de")
	ctx := inTurn(t)
	p := simple("Kettle", "kettle", inGerman("Kessel", "kessel"))
	m.put(p)
	refreshAll(t, ctx, s, p.Id)
	for _, slug := range []string{"teekessel", "wasserkessel"} {
		m.change(p.Id, func(p *productv1.Product) { p.Translations[0].Slug = slug })
		refreshAll(t, ctx, s, p.Id)
	}
	for _, old := range []string{"kessel", "teekessel", "wasserkessel", "kettle"} {
		if got := pageIn(t, ctx, s, old, "de").GetSlug(); got != "wasserkessel" {
			t.Errorf("%s leads to %s", old, got)
		}
	}
	_, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: "kessel"})
	wantCode(t, err, connect.CodeNotFound)
	other := simple("Boiler", "boiler", inGerman("Kocher", "kessel"))
	m.put(other)
	refreshAll(t, ctx, s, other.Id)
	if got := pageIn(t, ctx, s, "kessel", "de").GetName(); got != "Kocher" {
		t.Errorf("an old address that another has now leads to %s", got)
	}
	rebuild(t, ctx, s)
	m.remove(p.Id)
	refreshAll(t, ctx, s, p.Id)
	for _, old := range []string{"teekessel", "wasserkessel"} {
		_, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: old, Locale: "de"})
		wantCode(t, err, connect.CodeFailedPrecondition)
	}
}
