package catalog

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// randomTexts translates some of a product, sometimes to an address that is its own.
func randomTexts(random *rand.Rand, p *productv1.Product) {
	names := []string{"Kessel", "Häuser aus Holz", "Ärmel", "Zuber", "Öl für Böden"}
	for _, locale := range []string{"de", "pt", "fr"} { // the shop lists pt-BR, and no fr
		if random.IntN(2) == 0 {
			continue
		}
		t := &productv1.Translation{Locale: locale, Name: names[random.IntN(len(names))], Description: "Beschreibung " + names[random.IntN(len(names))]}
		if random.IntN(2) == 0 {
			t.Slug = locale + "-" + p.Id
		}
		p.Translations = append(p.Translations, t)
	}
}

// simple is a product of one variant in one category.
func simple(name, slug string, translations ...*productv1.Translation) *productv1.Product {
	p := kettle()
	p.Key, p.Name, p.Slug, p.Brand, p.Description, p.Tags, p.Attributes, p.Options = slug, name, slug, "", "", nil, nil, nil
	p.Variants = []*productv1.Variant{{Id: id.New(), Sku: "nr-" + slug, Price: usd(1000)}}
	p.Translations = translations
	return p
}

func inGerman(name, slug string) *productv1.Translation {
	return &productv1.Translation{Locale: "de", Name: name, Slug: slug}
}

func names(cards []*catalogv1.Card) string {
	all := make([]string, len(cards))
	for i, card := range cards {
		all[i] = card.GetName()
	}
	return strings.Join(all, ", ")
}

func pageIn(t testing.TB, ctx context.Context, s *Service, slug, locale string) *catalogv1.Product {
	t.Helper()
	answer, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: slug, Locale: locale})
	if err != nil {
		t.Fatalf("%s in %q: %v", slug, locale, err)
	}
	return answer.GetProduct()
}

// A shopper reads a product in the language that was asked for, field by field in the shop's own where there is no translation, and everything
// else is the same in every language.
func TestProductInALanguage(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de", "de-AT", "fr")
	ctx := inTurn(t)
	p := kettle()
	p.SeoTitle = "Kettle for every stove"
	p.Translations = []*productv1.Translation{
		{Locale: "de", Name: "Emaillekessel", Description: "Kocht schnell.", Slug: "emaillekessel"}, {Locale: "de-AT", Name: "Emailkessel"},
		{Locale: "fr", SeoDescription: "Une bouilloire."},
	}
	m.put(p)
	m.count(p.Variants[0].Id, 3, false)
	refreshAll(t, ctx, s, p.Id)
	for locale, want := range map[string][5]string{
		"":      {"Enamel Stovetop Kettle", "enamel-kettle", "Boils quickly.\n\nPours without a dribble.", "Kettle for every stove", ""},
		"tlh":   {"Enamel Stovetop Kettle", "enamel-kettle", "Boils quickly.\n\nPours without a dribble.", "Kettle for every stove", ""},
		"de":    {"Emaillekessel", "emaillekessel", "Kocht schnell.", "", ""},
		"de-AT": {"Emailkessel", "emaillekessel", "Kocht schnell.", "", ""},
		"fr":    {"Enamel Stovetop Kettle", "enamel-kettle", "Boils quickly.\n\nPours without a dribble.", "Kettle for every stove", "Une bouilloire."},
	} {
		page := pageIn(t, ctx, s, "enamel-kettle", locale)
		got := [5]string{page.GetName(), page.GetSlug(), page.GetDescription(), page.GetSeoTitle(), page.GetSeoDescription()}
		if got != want {
			t.Errorf("in %q the page says %q, want %q", locale, got, want)
		}
		if page.GetVariants()[0].GetLeft() != 3 || page.GetVariants()[0].GetPrice().GetAmountMinor() != 5800 || len(page.GetPictures()) != 2 {
			t.Errorf("in %q the page is of another product: %v", locale, page)
		}
		var addresses []string
		for _, address := range page.GetAddresses() {
			addresses = append(addresses, address.GetLocale()+"/"+address.GetSlug())
		}
		if got := strings.Join(addresses, " "); got != "/enamel-kettle de/emaillekessel de-AT/emaillekessel fr/enamel-kettle" {
			t.Errorf("in %q it stands at %s", locale, got)
		}
		cards := list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: "kitchen", Locale: locale}).GetCards()
		if len(cards) != 1 || cards[0].GetName() != want[0] || cards[0].GetSlug() != want[1] || cards[0].GetPrice().GetAmountMinor() != 5800 {
			t.Errorf("in %q the card is %v", locale, cards)
		}
	}
	if page := pageIn(t, ctx, s, "emaillekessel", "de"); page.GetId() != p.Id {
		t.Errorf("the German address leads to %s", page.GetName())
	}
	for _, locale := range []string{"", "fr"} {
		_, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: "emaillekessel", Locale: locale})
		wantCode(t, err, connect.CodeNotFound)
	}

	m.change(p.Id, func(p *productv1.Product) { p.Translations = p.Translations[1:2] })
	refreshAll(t, ctx, s, p.Id)
	if page := pageIn(t, ctx, s, "enamel-kettle", "de"); page.GetName() != "Enamel Stovetop Kettle" || len(page.GetAddresses()) != 2 {
		t.Errorf("what is no longer translated is still shown: %v", page)
	}
	m.change(p.Id, func(p *productv1.Product) { p.State = productv1.ProductState_PRODUCT_STATE_ARCHIVED })
	refreshAll(t, ctx, s, p.Id)
	for _, table := range []string{"catalog_texts", "catalog_names"} {
		if rows := texts(t, ctx, s, "select count(*)::text from "+table); rows[0] != "0" {
			t.Errorf("%s has %s rows of what is no longer for sale", table, rows[0])
		}
	}
}

// A change of stock reaches pages and lists in every language and writes no texts.
func TestStockTouchesNoTexts(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de")
	ctx := inTurn(t)
	p := simple("Kettle", "kettle", inGerman("Kessel", "kessel"))
	m.put(p)
	refreshAll(t, ctx, s, p.Id)
	rows := func() []string {
		return slices.Concat(texts(t, ctx, s, "select concat(ctid, xmin, catalog_texts) from catalog_texts"), texts(t, ctx, s, "select concat(ctid, xmin, catalog_names) from catalog_names order by 1"))
	}
	before := rows()
	m.count(p.Variants[0].Id, 100, false)
	refreshStock(t, ctx, s, p.Variants[0].Id)
	if card := list(t, ctx, s, &catalogv1.ListProductsRequest{Locale: "de"}).GetCards()[0]; card.GetAvailability() != catalogv1.Availability_AVAILABILITY_IN_STOCK || card.GetName() != "Kessel" {
		t.Errorf("the card is %v", card)
	}
	if after := rows(); !slices.Equal(before, after) {
		t.Errorf("stock wrote texts: %v, before %v", after, before)
	}
}

// Names sort as the language does, whether all, some or none are translated and however the list is narrowed.
func TestSortByTranslatedName(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de", "sv")
	ctx := inTurn(t)
	swedish := func(name string) *productv1.Translation { return &productv1.Translation{Locale: "sv", Name: name} }
	for i, p := range []*productv1.Product{
		simple("Umbrella", "umbrella", inGerman("Ärmelschirm", ""), swedish("Ärmparaply")), simple("Cloth", "cloth", inGerman("Zwirn", ""), swedish("Zebratyg")),
		simple("Board", "board", inGerman("Arbeitsbrett", ""), swedish("Åbräda")), simple("Mug", "mug"), simple("Apple", "apple", inGerman("Öl", ""), swedish("Öl")),
	} {
		p.Categories = path("Kitchen")
		if i%2 == 0 {
			p.Brand = "Even"
		}
		m.put(p)
	}
	refreshAll(t, ctx, s, m.ids()...)
	even := []*catalogv1.Filter{{Key: "brand", Values: []string{"Even"}}}
	for locale, want := range map[string][2]string{
		"":   {"Apple, Board, Cloth, Mug, Umbrella", "Apple, Board, Umbrella"},
		"de": {"Arbeitsbrett, Ärmelschirm, Mug, Öl, Zwirn", "Arbeitsbrett, Ärmelschirm, Öl"},
		"sv": {"Mug, Zebratyg, Åbräda, Ärmparaply, Öl", "Åbräda, Ärmparaply, Öl"},
	} {
		sorted := func(filters []*catalogv1.Filter, page, size int32) string {
			return names(list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: "kitchen", Locale: locale, Sort: catalogv1.Sort_SORT_NAME, Filters: filters, Page: page, PageSize: size}).GetCards())
		}
		if got := sorted(nil, 1, 10); got != want[0] {
			t.Errorf("in %q: %s, want %s", locale, got, want[0])
		}
		if got := sorted(nil, 1, 3) + ", " + sorted(nil, 2, 3); got != want[0] {
			t.Errorf("page by page in %q: %s, want %s", locale, got, want[0])
		}
		if got := sorted(even, 1, 10); got != want[1] {
			t.Errorf("narrowed in %q: %s, want %s", locale, got, want[1])
		}
		if locale == "" {
			continue
		}
		n := &narrowing{category: named("kitchen"), choices: []choice{{"brand", []string{"Even"}}}, to: highest}
		rows, err := cardRows(queries.ListWideByTranslatedName(ctx, s.cfg.DB.Primary(), catalogdb.ListWideByTranslatedNameParams{
			Locale: locale, CategoryID: n.category, Query: n.query(), PriceTo: highest, PageSize: 10,
		}))
		if err != nil {
			t.Fatal(err)
		}
		cards, err := readCards(rows)
		if err != nil {
			t.Fatal(err)
		}
		if cards, err = s.translate(ctx, s.language(locale), cards); err != nil || names(cards) != want[1] {
			t.Errorf("of very many in %q: %s, want %s: %v", locale, names(cards), want[1], err)
		}
	}
}

// A search in a language finds by its words in any form, by mistyped ones, by synonyms of the language, and what has no translation by the shop's
// own words; and nothing by words that stand on no page of that language.
func TestSearchInALanguage(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de", "fr")
	ctx := inTurn(t)
	for _, p := range []*productv1.Product{
		simple("Wooden house", "house", inGerman("Haus aus Holz", "haus")), simple("Birdhouse kit", "kit", inGerman("Bausatz für Häuser", "")),
		simple("Oil lamps", "lamp"), simple("House paint", "paint", &productv1.Translation{Locale: "fr", Name: "Peinture"}),
	} {
		p.Categories = path("Garden")
		m.put(p)
	}
	refreshAll(t, ctx, s, m.ids()...)
	if _, err := s.CreateSynonyms(ctx, &catalogv1.CreateSynonymsRequest{Locale: "de", Phrases: []string{"Hütte", "Haus"}}); err != nil {
		t.Fatal(err)
	}
	search := func(locale, query string) *catalogv1.SearchProductsResponse {
		t.Helper()
		answer, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: query, Locale: locale})
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	for _, tc := range []struct{ locale, query, found, corrected string }{
		{"de", "Häuser", "Bausatz für Häuser, Haus aus Holz", ""}, // the very word comes first
		{"de", "häus", "Haus aus Holz, Bausatz für Häuser", ""},
		{"de", "Häuser Holz", "Haus aus Holz", ""},
		{"de", "hauß holz", "Haus aus Holz", "haus holz"},
		{"de", "bauzats", "Bausatz für Häuser", "bausatz"},
		{"de", "Hütten", "Bausatz für Häuser, Haus aus Holz", ""},
		{"de", "lamp", "Oil lamps", ""},
		{"de", "house", "House paint", ""}, // what is translated does not say so in German
		{"de", "lmaps", "Oil lamps", "lamps"},
		{"de", "garden holz", "Haus aus Holz", ""}, // categories are not translated
		{"de", "house-none", "", ""},
		{"de", "nr-kit", "Bausatz für Häuser", ""},
		{"fr", "peintures", "Peinture", ""},
		{"fr", "birdhouse", "Birdhouse kit", ""},
		{"", "houses", "House paint, Wooden house", ""},
		{"", "haus", "", ""}, // German words are not the shop's
		{"xx", "houses", "House paint, Wooden house", ""},
	} {
		answer := search(tc.locale, tc.query)
		got, want := strings.Split(names(answer.GetCards()), ", "), strings.Split(tc.found, ", ")
		if tc.locale != "de" || tc.query == "Hütten" {
			slices.Sort(got)
			slices.Sort(want)
		}
		if !slices.Equal(got, want) || answer.GetCorrectedQuery() != tc.corrected {
			t.Errorf("%q in %q finds %q (for %q), want %q (for %q)", tc.query, tc.locale, got, answer.GetCorrectedQuery(), want, tc.corrected)
		}
	}
	byName, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: "garden", Locale: "de", Sort: catalogv1.Sort_SORT_NAME})
	if err != nil || names(byName.GetCards()) != "Bausatz für Häuser, Haus aus Holz, House paint, Oil lamps" {
		t.Errorf("by name: %s, %v", names(byName.GetCards()), err)
	}
	s.counted, s.ranked = 2, 2 // of so many all are sorted; of more, those that fit best come first
	answer := search("de", "garden")
	found := strings.Split(names(answer.GetCards()), ", ")
	slices.Sort(found)
	if want := []string{"Bausatz für Häuser", "Haus aus Holz", "House paint", "Oil lamps"}; !slices.Equal(found, want) || !answer.GetTotalIsBound() {
		t.Errorf("of many: %q, want %q; total %d", found, want, answer.GetTotal())
	}
}

// What is suggested while typing is in the language too, and so are the searches of others.
func TestSuggestInALanguage(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de")
	ctx := inTurn(t)
	m.put(simple("Wooden house", "house", inGerman("Haus aus Holz", "haus")))
	m.put(simple("Hausmann polish", "polish"))
	refreshAll(t, ctx, s, m.ids()...)
	for range leastAsked {
		for _, locale := range []string{"", "de"} {
			if _, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: map[string]string{"": "Wooden house", "de": "Haus Holz"}[locale], Locale: locale}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: "quux", Locale: locale, AsTyped: true}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.storeSearched(ctx); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[[2]string]string{
		{"de", "hau"}:  "[haus holz] Haus aus Holz, Hausmann polish",
		{"de", "wood"}: "[] ",
		{"de", "hlz"}:  "[] Haus aus Holz",
		{"", "hau"}:    "[] Hausmann polish",
		{"", "wood"}:   "[wooden house] Wooden house",
		{"de", "de"}:   "[] ",
	} {
		answer, err := s.Suggest(ctx, &catalogv1.SuggestRequest{Query: query[1], Locale: query[0]})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(answer.GetQueries(), " ", names(answer.GetProducts())); got != want {
			t.Errorf("%q in %q suggests %q, want %q", query[1], query[0], got, want)
		}
	}
	missed, err := s.ListMissedSearches(ctx, &catalogv1.ListMissedSearchesRequest{})
	if err != nil || len(missed.GetSearches()) != 2 {
		t.Fatalf("missed %v, %v", missed, err)
	}
	for _, one := range missed.GetSearches() {
		if one.GetQuery() != "quux" || one.GetSearches() != leastAsked || one.GetLocale() != "" && one.GetLocale() != "de" {
			t.Errorf("missed %v", one)
		}
	}
}

// One address leads to one product: the shop's own goes before a translated one, of two translated ones the first stays, and two products may
// exchange theirs.
func TestTranslatedAddresses(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de")
	ctx := inTurn(t)
	a, b, c := simple("A", "a", inGerman("Das A", "ah")), simple("B", "b", inGerman("Das B", "beh")), simple("C", "c", inGerman("Das C", "ah"))
	for _, p := range []*productv1.Product{a, b, c} {
		m.put(p)
		refreshAll(t, ctx, s, p.Id)
	}
	at := func(slugs ...string) {
		t.Helper()
		for i, p := range []*productv1.Product{a, b, c} {
			if page := pageIn(t, ctx, s, slugs[i], "de"); page.GetId() != p.Id || page.GetSlug() != slugs[i] {
				t.Errorf("%s leads to %s at %s, want %s", slugs[i], page.GetName(), page.GetSlug(), p.Name)
			}
		}
	}
	at("ah", "beh", "c")
	m.change(a.Id, func(p *productv1.Product) { p.Translations[0].Slug = "beh" })
	m.change(b.Id, func(p *productv1.Product) { p.Translations[0].Slug = "ah" })
	refreshAll(t, ctx, s, a.Id, b.Id)
	at("beh", "ah", "c")
	m.change(c.Id, func(p *productv1.Product) { p.Slug = "beh" })
	refreshAll(t, ctx, s, c.Id)
	at("a", "ah", "beh")
	m.change(b.Id, func(p *productv1.Product) { p.Translations = nil })
	refreshAll(t, ctx, s, b.Id)
	at("a", "b", "beh")
}

// A language that the shop lists anew is filled by a rebuild, and one that it lists no more is forgotten.
func TestRebuildForAnotherLanguage(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	random := rand.New(rand.NewPCG(21, 22))
	for i := range 50 {
		p := randomProduct(random, i)
		p.OldSlugs = nil
		randomTexts(random, p)
		m.put(p)
	}
	refreshAll(t, ctx, s, m.ids()...)
	plain := contents(t, ctx, s, m.ids())
	for _, locales := range [][]string{{"de", "pt-BR"}, {"fr"}, nil} {
		changed := forgetful(New(Config{DB: s.cfg.DB, Products: m, Categories: m, Collections: m, Prices: m, Stock: m, Words: s.cfg.Words, Locales: locales}))
		rebuild(t, ctx, changed)
		fresh := m.newService(t, locales...)
		refreshAll(t, ctx, fresh, m.ids()...)
		got, want := contents(t, ctx, changed, m.ids()), contents(t, ctx, fresh, m.ids())
		if !slices.Equal(got, want) {
			t.Errorf("with %v: too many\n%.2000s\nmissing\n%.2000s", locales, strings.Join(missing(got, want), "\n"), strings.Join(missing(want, got), "\n"))
		}
		if locales == nil && !slices.Equal(got, plain) {
			t.Error("a shop that lists no language any more is not as one that never did")
		}
	}
}
