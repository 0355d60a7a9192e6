package catalog

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1/productv1connect"
)

// glossary is what product knows of words.
type glossary struct {
	productv1connect.WordServiceClient
	words map[string]*productv1.Word
}

func (g *glossary) BatchGetWords(_ context.Context, req *productv1.BatchGetWordsRequest) (*productv1.BatchGetWordsResponse, error) {
	answer := &productv1.BatchGetWordsResponse{}
	for _, one := range req.GetIds() {
		if word := g.words[one]; word != nil {
			answer.Words = append(answer.Words, word)
		}
	}
	return answer, nil
}

// ListAllWords returns all of them.
func (g *glossary) ListAllWords(context.Context, *productv1.ListAllWordsRequest) (*productv1.ListAllWordsResponse, error) {
	return &productv1.ListAllWordsResponse{Words: slices.Collect(maps.Values(g.words))}, nil
}

// say translates a value, or a name, in its next version; nothing takes its translation away.
func (g *glossary) say(kind productv1.WordKind, locale, word, translation string) (id string) {
	id = named(locale + kind.String() + word)
	g.words[id] = &productv1.Word{Id: id, Locale: locale, Kind: kind, Word: word, Translation: translation, Version: g.words[id].GetVersion() + 1}
	return id
}

const (
	aName  = productv1.WordKind_WORD_KIND_NAME
	aValue = productv1.WordKind_WORD_KIND_VALUE
)

func refreshWords(t testing.TB, ctx context.Context, s *Service, ids ...string) {
	t.Helper()
	if _, err := s.RefreshWords(ctx, &catalogv1.RefreshWordsRequest{WordIds: ids}); err != nil {
		t.Fatal(err)
	}
}

// says is what a page has in its options, variants and specification.
func says(p *catalogv1.Product) string {
	var all []string
	for _, option := range p.GetOptions() {
		all = append(all, option.GetName()+": "+strings.Join(option.GetValues(), ","))
	}
	for _, variant := range p.GetVariants() {
		all = append(all, strings.Join(variant.GetOptionValues(), ","))
	}
	for _, attribute := range p.GetAttributes() {
		all = append(all, attribute.GetName()+"="+attribute.GetValue())
	}
	return strings.Join(all, "; ")
}

// A page says its options and attributes in its language, word by word in the more general one and in the shop's own where there is no
// translation. A word that is taken away is the shop's own again, and the shop's own pages never change.
func TestWordsInALanguage(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de", "de-AT", "fr")
	g := &glossary{words: map[string]*productv1.Word{}}
	s.cfg.Words = g
	ctx := inTurn(t)
	p := kettle()
	m.put(p)
	refreshAll(t, ctx, s, p.Id)
	own := "Colour: Moss,Clay,Cream; Moss; Clay; Material=Steel"
	expect := func(locale, want string) {
		t.Helper()
		if got := says(pageIn(t, ctx, s, p.Slug, locale)); got != want {
			t.Errorf("in %q: %s, want %s", locale, got, want)
		}
	}
	expect("de", own)
	moss := g.say(aValue, "de", "Moss", "Moos")
	refreshWords(t, ctx, s, moss, g.say(aName, "de", "Colour", "Farbe"), g.say(aValue, "de", "Clay", "Ton"), g.say(aName, "de", "Steel", "ein Name"),
		g.say(aValue, "de-AT", "Clay", "Lehm"), g.say(aName, "de", "Material", "Werkstoff"), named("no such word"))
	expect("", own)
	expect("fr", own)
	expect("de", "Farbe: Moos,Ton,Cream; Moos; Ton; Werkstoff=Steel")
	expect("de-AT", "Farbe: Moos,Lehm,Cream; Moos; Lehm; Werkstoff=Steel")
	if option := pageIn(t, ctx, s, p.Slug, "de").GetOptions()[0]; option.GetOwnName() != "Colour" {
		t.Errorf("the shop itself calls it %q", option.GetOwnName())
	}

	older := g.words[moss]
	g.say(aValue, "de", "Moss", "")
	refreshWords(t, ctx, s, moss)
	g.words[moss] = older // an event that comes late
	refreshWords(t, ctx, s, moss)
	expect("de", "Farbe: Moss,Ton,Cream; Moss; Ton; Werkstoff=Steel")

	g.words[moss] = &productv1.Word{Id: moss, Locale: "de", Kind: aValue, Word: "Moss", Translation: "Moos", Version: 3}
	fresh := m.newService(t, "de")
	fresh.cfg.Words = g
	rebuild(t, ctx, fresh)
	rebuild(t, ctx, s)
	expect("de", "Farbe: Moos,Ton,Cream; Moos; Ton; Werkstoff=Steel")
	if got := says(pageIn(t, ctx, fresh, p.Slug, "de")); got != "Farbe: Moos,Ton,Cream; Moos; Ton; Werkstoff=Steel" {
		t.Errorf("a catalogue that was built from nothing says %s", got)
	}
}

// Two values of an option that one word would stand for, or that are called like another value, stay apart.
func TestValuesStayApart(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de")
	g := &glossary{words: map[string]*productv1.Word{}}
	s.cfg.Words = g
	ctx := inTurn(t)
	p := kettle()
	m.put(p)
	refreshAll(t, ctx, s, p.Id)
	refreshWords(t, ctx, s, g.say(aValue, "de", "Moss", "Grün"), g.say(aValue, "de", "Clay", "Grün"), g.say(aValue, "de", "Cream", "Creme"))
	if got, want := says(pageIn(t, ctx, s, p.Slug, "de")), "Colour: Moss,Clay,Creme; Moss; Clay; Material=Steel"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	refreshWords(t, ctx, s, g.say(aValue, "de", "Clay", "Moss"))
	if got, want := says(pageIn(t, ctx, s, p.Slug, "de")), "Colour: Grün,Clay,Creme; Grün; Clay; Material=Steel"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A list is narrowed by the shop's own words in every language, and shows them translated, chosen or not, in searches too.
func TestFacetsInALanguage(t *testing.T) {
	t.Parallel()
	s, m := newService(t, "de")
	g := &glossary{words: map[string]*productv1.Word{}}
	s.cfg.Words = g
	ctx := inTurn(t)
	p := kettle()
	m.put(p)
	refreshAll(t, ctx, s, p.Id)
	colour := g.say(aName, "de", "Colour", "Farbe")
	refreshWords(t, ctx, s, colour, g.say(aValue, "de", "Moss", "Moos"), g.say(aName, "de", "Brand", "Marke"), g.say(aValue, "de", "Tindle Tinworks", "Blech"))
	facets := func(all []*catalogv1.Facet) string {
		var said []string
		for _, facet := range all {
			if facet.GetKey() != "option.Colour" && facet.GetKey() != "brand" {
				continue
			}
			for _, value := range facet.GetValues() {
				said = append(said, facet.GetKey()+"="+value.GetValue()+" as "+facet.GetName()+": "+value.GetName())
			}
		}
		slices.Sort(said)
		return strings.Join(said, "; ")
	}
	german, english := "option.Colour=Clay as Farbe: Clay; option.Colour=Moss as Farbe: Moos", "option.Colour=Clay as Colour: Clay; option.Colour=Moss as Colour: Moss"
	chosen := []*catalogv1.Filter{{Key: "option.Colour", Values: []string{"Moss"}}, {Key: "brand", Values: []string{"Tindle Tinworks"}}}
	for locale, want := range map[string]string{"de": german, "": english} {
		for _, filters := range [][]*catalogv1.Filter{nil, chosen} {
			if got := facets(list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: "kitchen", Locale: locale, Filters: filters}).GetFacets()); !strings.Contains(got, want) || strings.Contains(got, "Marke") || strings.Contains(got, "Blech") {
				t.Errorf("in %q, narrowed by %v: %s, want %s", locale, filters, got, want)
			}
		}
		found, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: "kettle", Locale: locale})
		if err != nil || !strings.Contains(facets(found.GetFacets()), want) {
			t.Errorf("searched in %q: %v, %v", locale, found, err)
		}
	}
	g.say(aName, "de", "Colour", "")
	refreshWords(t, ctx, s, colour)
	if got, want := facets(list(t, ctx, s, &catalogv1.ListProductsRequest{CategorySlug: "kitchen", Locale: "de"}).GetFacets()), "option.Colour=Moss as Colour: Moos"; !strings.Contains(got, want) {
		t.Errorf("after a translation was taken away: %s, want %s", got, want)
	}
}

// Proxies are told of each language that shows a changed word, and of nothing when no shopper can read it.
func TestChangedWordsAreTold(t *testing.T) {
	t.Parallel()
	s, _ := newService(t, "de", "de-AT", "fr")
	g := &glossary{words: map[string]*productv1.Word{}}
	s.cfg.Words = g
	ctx := inTurn(t)
	told := func() string {
		t.Helper()
		rows := texts(t, ctx, s, "select encode(payload, 'escape') from outbox where topic like '%PagesChanged' order by id")
		return strings.Join(rows, " ")
	}
	red := g.say(aValue, "de", "Red", "Rot")
	refreshWords(t, ctx, s, red)
	if got := told(); !strings.Contains(got, "de-AT") || strings.Contains(got, "fr") {
		t.Errorf("told of %q", got)
	}
	before := told()
	refreshWords(t, ctx, s, red)
	refreshWords(t, ctx, s, g.say(aValue, "it", "Red", "Rosso"))
	if got := told(); got != before {
		t.Errorf("told of %q, and before %q", got, before)
	}
}
