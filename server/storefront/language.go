package storefront

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

// speak makes a shop one of a language. The first path segment of its public pages is the language, in small letters.
func (s *Shop) speak(locale string) {
	s.locale, s.cfg.Locale, s.words = locale, locale, wording.In(locale)
	s.base = "/" + strings.ToLower(locale)
}

// path is where a public page of this language is.
func (s *Shop) path(path string) string {
	if path == "/" && s.base != "" {
		return s.base
	}
	return s.base + path
}

// neutral is the part of a path that is the same in every language.
func (s *Shop) neutral(path string) string {
	if path = strings.TrimPrefix(path, s.base); path == "" {
		return "/"
	}
	return path
}

// own is the shop in its own language, which private pages and what is not translated are in.
func (s *Shop) own() *Shop { return s.languages[0] }

// mount serves the public pages of a language.
func (s *Shop) mount(mux *http.ServeMux, pages *web.PublicPages) {
	public := func(path string, page func(http.ResponseWriter, *http.Request) error, parameters ...string) {
		mux.Handle("GET "+s.base+path, pages.Handler(web.Handle(page, s.problem), parameters...))
	}
	if s.base == "" {
		public("/{$}", s.home)
	} else {
		public("", s.home)
		mux.Handle("GET "+s.base+"/{$}", http.RedirectHandler(s.base, http.StatusMovedPermanently))
		mux.Handle(s.base+"/", web.Handle(func(http.ResponseWriter, *http.Request) error { return web.NotFound }, s.problem))
	}
	public("/categories/{slug}", s.category, narrowings...)
	public("/collections", s.collections)
	public("/collections/{slug}", s.collection, narrowings...)
	public("/products/{slug}", s.product, "variant")
	public("/products/{slug}/reviews", s.reviews, "rating", "sort", "page")
	public("/search", s.search, append(slices.Clone(narrowings), "q", "exact")...)
	public("/suggest", s.suggest, "q")
	public("/pages/{name}", s.content)
}

// addLanguages offers a page in the shop's other languages. The function says where it is in one of them, and whether it has texts in it: search
// engines are told of those alone, so that no page counts as the copy of another.
func (s *Shop) addLanguages(shell *storefront.Shell, at func(other *Shop) (path string, translated bool)) {
	if len(s.languages) == 1 {
		return
	}
	var alternates []storefront.Alternate
	known := false
	for _, other := range s.languages {
		path, translated := at(other)
		shell.Markets = append(shell.Markets, storefront.Market{Label: languageName(other.cfg.Locale), Lang: other.cfg.Locale, URL: path, Current: other == s})
		if translated {
			known = known || other == s
			alternates = append(alternates, storefront.Alternate{Lang: other.cfg.Locale, URL: s.absolute(path)})
		}
	}
	if known && !shell.NoIndex && len(alternates) > 1 {
		alternates = append(alternates, storefront.Alternate{Lang: "x-default", URL: alternates[0].URL})
		shell.Alternates = alternates
	}
}

// everywhere is a page that stands at one path in all languages.
func everywhere(path string) func(*Shop) (string, bool) {
	return func(other *Shop) (string, bool) { return other.path(path), true }
}

// untranslated is everywhere of a page that says the same in all languages.
func untranslated(path string) func(*Shop) (string, bool) {
	return func(other *Shop) (string, bool) { return other.path(path), other.locale == "" }
}

// placed is what has an address in each language.
type placed interface {
	GetSlug() string
	GetAddresses() []*catalogv1.Address
}

// slugIn is the slug of a product, a category or a collection in a language, and whether it has texts there. Where it has none, it stands at that
// of the shop's own language.
func (s *Shop) slugIn(of placed) (slug string, translated bool) {
	for _, address := range of.GetAddresses() {
		if address.GetLocale() == s.locale {
			return address.GetSlug(), true
		}
	}
	if addresses := of.GetAddresses(); len(addresses) > 0 {
		return addresses[0].GetSlug(), false
	}
	return of.GetSlug(), true
}

// listedAt is a list of a category or a collection, which says something in every language: its products have texts of their own.
func listedAt(n narrowing, of placed, url func(s *Shop, slug string) string) func(*Shop) (string, bool) {
	return func(other *Shop) (string, bool) {
		slug, _ := other.slugIn(of)
		in := n
		in.path = url(other, slug)
		return in.pageURL(n.page), true
	}
}

// languageName is what a language calls itself.
func languageName(locale string) string {
	if name := display.Self.Name(language.Make(locale)); name != "" {
		return name
	}
	return locale
}

// direction is how a language is written.
func direction(locale string) string {
	switch script, _ := language.Make(locale).Script(); script.String() {
	case "Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm":
		return "rtl"
	default:
		return "ltr"
	}
}
