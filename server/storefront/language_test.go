package storefront_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// inGerman is a shop in three languages, one of whose products has German texts.
func inGerman(t *testing.T) *shop {
	s := open(t, switches{locales: []string{"de", "pt-BR"}})
	s.edit("Jug", func(p *productv1.Product) {
		p.Translations = []*productv1.Translation{{Locale: "de", Name: "Steinzeugkrug", Description: "Fasst zwei Liter.", Slug: "krug"}}
	}, "translations")
	return s
}

// alternates are the addresses of a page in other languages, as search engines are told, without the shop's own.
func (v *visitor) alternates() []string {
	var all []string
	v.page.Find("link[rel=alternate]").Each(func(_ int, link *goquery.Selection) {
		all = append(all, link.AttrOr("hreflang", "")+" "+strings.TrimPrefix(link.AttrOr("href", ""), v.shop.url))
	})
	return all
}

// A shopper who came to a page of a language stays in it: every link to a public page keeps its first path segment, and what is for one shopper
// alone is where it always is.
func TestPagesOfALanguage(t *testing.T) {
	t.Parallel()
	s := inGerman(t)
	v := s.visitor()
	for _, path := range []string{"/de", "/de/categories/kitchen?sort=name", "/de/products/krug", "/de/products/lamp", "/de/search?q=krug", "/de/search?q=quux", "/de/suggest?q=stein", "/de/pages/shipping", "/de/products/krug/reviews"} {
		if v.get(path); v.status != http.StatusOK || v.path != path {
			t.Fatalf("%s: %d at %s", path, v.status, v.path)
		}
		if lang := v.page.Find("html").AttrOr("lang", ""); !strings.Contains(path, "suggest") && lang != "de" {
			t.Errorf("%s is in %q", path, lang)
		}
		if v.page.Find(".footer__markets").Remove().Length() == 0 && !strings.Contains(path, "suggest") {
			t.Errorf("%s leads to no other language", path)
		}
		v.page.Find("a[href], form[action]").Each(func(_ int, link *goquery.Selection) {
			to := link.AttrOr("href", link.AttrOr("action", ""))
			if strings.HasPrefix(to, "#") || to == "/orders" || to == "/account" || strings.HasPrefix(to, "/cart") || strings.HasPrefix(to, "/media/") || to == "/products/jug/reviews" && link.Is("form") {
				return
			}
			if to != "/de" && !strings.HasPrefix(to, "/de/") {
				t.Errorf("%s leads out of the language to %s", path, to)
			}
		})
	}
	v.get("/de/products/krug")
	v.expect(http.StatusOK, "h1", "Steinzeugkrug")
	v.expect(http.StatusOK, ".product__words", "Fasst zwei Liter.")
	v.expect(http.StatusOK, ".product__now", "20,00")
	v.expect(http.StatusOK, ".buy__form", "In den Warenkorb")
	v.expect(http.StatusOK, ".footer", "Bestellung verfolgen")
	v.get("/de/categories/kitchen?sort=name")
	v.expect(http.StatusOK, ".cards", "Steinzeugkrug")
	v.expect(http.StatusOK, ".listing__total", "Produkte")
	v.get("/de/search?q=Krüge+Steinzeug")
	v.get("/de/search?q=steinzeugkrüge")
	v.expect(http.StatusOK, ".cards", "Steinzeugkrug")
	v.get("/de/suggest?q=stein")
	v.expect(http.StatusOK, `.suggestion[href="/de/products/krug"]`, "Steinzeugkrug")

	stay := s.stay()
	for from, to := range map[string]string{"/de/": "/de", "/de/products/jug": "/de/products/krug"} {
		stay.get(from)
		if to != stay.header.Get("Location") || stay.status != http.StatusMovedPermanently {
			t.Errorf("%s: %d to %q", from, stay.status, stay.header.Get("Location"))
		}
	}
	for path, lang := range map[string]string{"/de/nothing": "de", "/de/cart": "de", "/de/products/nothing": "de", "/fr": "en-US", "/DE": "en-US", "/products/krug": "en-US", "/pt-BR": "en-US"} {
		if v.get(path); v.status != http.StatusNotFound || v.page.Find("html").AttrOr("lang", "") != lang {
			t.Errorf("%s: %d in %q", path, v.status, v.page.Find("html").AttrOr("lang", ""))
		}
	}

	v.get("/pt-br/products/jug") // a language that the wording has no file of
	v.expect(http.StatusOK, ".buy__form", "Add to cart")
	v.get("/de/products/krug")
	v.post(v.page.Find("form.buy__form").AttrOr("action", ""), "variant", v.page.Find("[name=variant]").AttrOr("value", ""), "quantity", "1")
	v.get("/cart")
	v.expect(http.StatusOK, "main", "Jug")
}

// Search engines are told of a page's other languages where it has texts in them; a page that shows the texts of another language names that one's
// address as its own.
func TestLanguagesForSearchEngines(t *testing.T) {
	t.Parallel()
	s := inGerman(t)
	v := s.visitor()
	for path, want := range map[string]struct {
		canonical  string
		alternates []string
	}{
		"/":                         {"/", []string{"en-US /", "de /de", "pt-BR /pt-br", "x-default /"}},
		"/pt-br":                    {"/pt-br", []string{"en-US /", "de /de", "pt-BR /pt-br", "x-default /"}},
		"/de/categories/kitchen":    {"/de/categories/kitchen", []string{"en-US /categories/kitchen", "de /de/categories/kitchen", "pt-BR /pt-br/categories/kitchen", "x-default /categories/kitchen"}},
		"/products/jug":             {"/products/jug", []string{"en-US /products/jug", "de /de/products/krug", "x-default /products/jug"}},
		"/de/products/krug":         {"/de/products/krug", []string{"en-US /products/jug", "de /de/products/krug", "x-default /products/jug"}},
		"/pt-br/products/jug":       {"/products/jug", nil},
		"/products/lamp":            {"/products/lamp", nil},
		"/de/products/lamp":         {"/products/lamp", nil},
		"/de/pages/terms":           {"/pages/terms", nil},
		"/de/products/krug/reviews": {"/products/jug/reviews", nil},
	} {
		v.get(path)
		if canonical := v.page.Find("link[rel=canonical]").AttrOr("href", ""); v.status != http.StatusOK || canonical != s.url+want.canonical {
			t.Errorf("%s: %d, is %s, want %s", path, v.status, canonical, want.canonical)
		}
		if got := v.alternates(); !slices.Equal(got, want.alternates) {
			t.Errorf("%s: also at %v, want %v", path, got, want.alternates)
		}
	}
	v.get("/de/products/krug")
	var switches []string
	v.page.Find(".footer__markets a").Each(func(_ int, link *goquery.Selection) {
		switches = append(switches, link.Text()+" "+link.AttrOr("href", ""))
	})
	if got := strings.Join(switches, ", "); got != "American English /products/jug, Deutsch /de/products/krug, português /pt-br/products/jug" {
		t.Errorf("the page is offered as %s", got)
	}

	found := map[string]bool{}
	maps, _ := v.entries("/sitemap.xml")
	for _, one := range maps {
		addresses, _ := v.entries(strings.TrimPrefix(one, s.url))
		for _, address := range addresses {
			path := strings.TrimPrefix(address, s.url)
			v.get(path)
			if canonical := v.page.Find("link[rel=canonical]").AttrOr("href", ""); v.status != http.StatusOK || canonical != address || found[path] {
				t.Errorf("the sitemap names %s, which is %s (%d), named before: %v", address, canonical, v.status, found[path])
			}
			found[path] = true
		}
	}
	for _, path := range []string{"/de", "/pt-br/categories/kitchen", "/products/jug", "/de/products/krug"} {
		if !found[path] {
			t.Errorf("no sitemap names %s", path)
		}
	}
	v.get("/robots.txt")
	if text := v.page.Text(); !strings.Contains(text, "Disallow: /de/search") || !strings.Contains(text, "Disallow: /search") {
		t.Errorf("robots: %s", text)
	}
}

// A page is kept for all who read that language and for nobody else, and is forgotten with the product that it shows.
func TestLanguagesAreKeptApart(t *testing.T) {
	t.Parallel()
	s := inGerman(t)
	v := s.visitor()
	tags := map[string]string{}
	keys := map[string]bool{}
	for range 2 {
		for path, name := range map[string]string{"/products/jug": "Jug", "/de/products/krug": "Steinzeugkrug", "/pt-br/products/jug": "Jug"} {
			v.get(path)
			v.expect(http.StatusOK, "h1", name)
			if !strings.Contains(v.header.Get("Cache-Control"), "public") || len(v.header.Values("Set-Cookie")) > 0 {
				t.Errorf("%s is kept as %q", path, v.header.Get("Cache-Control"))
			}
			tag := v.header.Get("Etag")
			if other := tags[tag]; tag == "" || other != "" && other != path {
				t.Errorf("%s and %s have the tag %s", path, other, tag)
			}
			tags[tag] = path
			keys[v.header.Get("Surrogate-Key")] = true
		}
	}
	product := ""
	for key := range keys {
		parts := strings.Fields(key)
		of := parts[slices.IndexFunc(parts, func(part string) bool { return strings.HasPrefix(part, "p-") })]
		if product == "" {
			product = of
		}
		if of != product {
			t.Errorf("the pages of a product are forgotten by different keys: %v", keys)
		}
	}
	if len(keys) != 3 { // each with its language, whose words it shows
		t.Errorf("pages in three languages are forgotten by %v", keys)
	}
	plain := open(t, switches{}).visitor()
	plain.get("/products/jug")
	if got := plain.alternates(); len(got) > 0 || plain.page.Find(".footer__markets").Length() > 0 {
		t.Errorf("a shop with one language offers %v", got)
	}
}

// Options and attributes are read in the language of the page, in filters and on the product's page. Links stay as they are, so that a filter holds in
// every language, and a change is seen within a second or so.
func TestWordsOfALanguage(t *testing.T) {
	t.Parallel()
	s := inGerman(t)
	ctx := t.Context()
	for i, name := range []string{"Jug", "Bowl"} {
		s.edit(name, func(p *productv1.Product) {
			p.Attributes = []*productv1.Attribute{{Name: "Material", Value: "Stoneware"}}
			p.Options = []*productv1.Option{{Name: "Color", Values: []string{"Red", "Teal"}}}
			second := proto.CloneOf(p.Variants[0])
			second.Id, second.Sku = "", "second-"+name
			p.Variants = append(p.Variants, second)
			for j, value := range p.Options[0].Values {
				p.Variants[j].OptionValues = []string{value}
			}
			p.Variants[0].Sku = fmt.Sprintf("first-%d", i)
		}, "attributes", "options", "variants")
	}
	say := func(words ...*productv1.WordTranslation) {
		t.Helper()
		if _, err := s.set.Words.SetWords(ctx, &productv1.SetWordsRequest{Locale: "de", Words: words}); err != nil {
			t.Fatal(err)
		}
		all, err := s.set.Words.ListAllWords(ctx, &productv1.ListAllWordsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, word := range all.GetWords() {
			ids = append(ids, word.GetId())
		}
		if _, err := s.set.Catalog.RefreshWords(ctx, &catalogv1.RefreshWordsRequest{WordIds: ids}); err != nil { // as the worker does
			t.Fatal(err)
		}
	}
	v := s.visitor()
	v.get("/de/products/krug")
	v.expect(http.StatusOK, ".options__name", "Color")
	say(&productv1.WordTranslation{Kind: productv1.WordKind_WORD_KIND_NAME, Word: "Color", Translation: "Farbe"},
		&productv1.WordTranslation{Kind: productv1.WordKind_WORD_KIND_VALUE, Word: "Red", Translation: "Rot"},
		&productv1.WordTranslation{Kind: productv1.WordKind_WORD_KIND_NAME, Word: "Material", Translation: "Werkstoff"},
		&productv1.WordTranslation{Kind: productv1.WordKind_WORD_KIND_VALUE, Word: "Stoneware", Translation: "Steinzeug"})
	eventually := func(path, selector, words string) {
		t.Helper()
		changed := clock.Running()
		for {
			v.get(path)
			if strings.Contains(v.page.Find(selector).Text(), words) {
				return
			}
			if clock.Running()-changed > 5*time.Second { // a page may be kept for a second; the rest is a slow machine
				t.Fatalf("%s: %q does not say %s", path, v.page.Find(selector).Text(), words)
			}
		}
	}
	eventually("/de/products/krug", ".options", "Farbe")
	v.expect(http.StatusOK, ".options", "Rot")
	v.expect(http.StatusOK, ".options", "Teal")
	v.expect(http.StatusOK, ".details", "Werkstoff")
	v.expect(http.StatusOK, ".details", "Steinzeug")
	if structured := v.page.Find(`script[type="application/ld+json"]`).Text(); !strings.Contains(structured, `"color":"Rot"`) {
		t.Errorf("search engines are not told of the colour: %s", structured)
	}
	v.get("/products/jug")
	v.expect(http.StatusOK, ".options", "Red")
	v.expect(http.StatusOK, ".details", "Stoneware")

	eventually("/de/categories/kitchen", ".facets", "Farbe")
	v.expect(http.StatusOK, ".facets", "Rot")
	if v.page.Find(`.facets input[name="option.Color"][value="Red"]`).Length() != 1 {
		t.Error("the filter is not asked for by the shop's own word")
	}
	v.get("/de/categories/kitchen?option.Color=Red")
	v.expect(http.StatusOK, ".chips", "Farbe: Rot")
	v.expect(http.StatusOK, ".cards", "Steinzeugkrug")
	if key := v.header.Get("Surrogate-Key"); !slices.Contains(strings.Fields(key), "l-de") {
		t.Errorf("proxies know the page by %q, and cannot be told of words", key)
	}
	v.get("/categories/kitchen?option.Color=Red")
	v.expect(http.StatusOK, ".chips", "Color: Red")

	say(&productv1.WordTranslation{Kind: productv1.WordKind_WORD_KIND_VALUE, Word: "Red"})
	eventually("/de/categories/kitchen?option.Color=Red", ".chips", "Farbe: Red")
}
