package catalog

import (
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	shop "github.com/tradewind-commerce/tradewind/queries"
)

// A word is kept under each place that takes in the one where it stands.
func TestAddWords(t *testing.T) {
	t.Parallel()
	p := &productv1.Product{
		Brand: "Holt", Tags: []string{"lamps"}, Attributes: []*productv1.Attribute{{Name: "Cord", Value: "linen"}},
	}
	g := gathered{seen: make(map[string]bool), most: mostTerms}
	g.addWords(p, "Holt lamp", "A lamp of linen and oak", languageOf("en"))
	want := []string{
		"head=holt", "head=lamp", "maker=holt", "name=holt", "name=lamp", "word=a", "word=and", "word=holt", "word=lamp", "word=linen", "word=oak", "word=of",
	}
	if got := slices.Sorted(slices.Values(g.terms)); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What was stored when a word was kept under the first place alone is brought to what a refresh stores.
func TestMigratedPlaces(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de", "pt-BR")
	ctx, random := inTurn(t), rand.New(rand.NewPCG(31, 32))
	for i := range 50 {
		p := randomProduct(random, i)
		randomTexts(random, p)
		p.Options = append(p.Options, &productv1.Option{Name: "word:name", Values: []string{"head=a"}}) // no word, though it looks like one
		m.put(p)
	}
	refreshAll(t, ctx, s, m.ids()...)
	const stored = "select concat_ws(' ', product_id, terms) from catalog_products order by product_id"
	want := texts(t, ctx, s, stored)
	migration, err := fs.ReadFile(shop.Migrations, "20261127100000_catalog_places.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, statements := range []string{
		`update catalog_products set terms = ts_delete(terms, array(
			select wide from unnest(tsvector_to_array(terms)) narrow, unnest(array['name=', 'head=']) place, unnest(array['head=', 'word=']) wider, replace(narrow, place, wider) wide
			where place <> wider and narrow ~ ('^([A-Za-z0-9-]+:)?' || place)))`,
		string(migration),
	} {
		if _, err := s.cfg.DB.Primary().Exec(ctx, statements); err != nil { // several statements that are sent together are one transaction
			t.Fatal(err)
		}
		if got := texts(t, ctx, s, stored); slices.Equal(got, want) != (statements == string(migration)) {
			t.Errorf("after %.60s\n%.2000q, want\n%.2000q", statements, got, want)
		}
	}
}
