package storefront

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
)

const (
	// addressesPerSitemap is how many addresses a sitemap may have, by sitemaps.org.
	addressesPerSitemap = 50_000
	// slugsAtOnce is how many of them are in memory.
	slugsAtOnce = 1000
	// firstSitemap stands in an address for a list that begins with the first product.
	firstSitemap = "first"
	// sitemapControl lets proxies keep sitemaps for an hour: search engines come now and then, and a sitemap is dear.
	sitemapControl = "public, max-age=0, s-maxage=3600"
)

// sitemap is one that is being written. It is sent as it is made, however long it gets.
type sitemap struct {
	out *bufio.Writer
	tag string // of the whole
}

func newSitemap(w http.ResponseWriter, tag string) *sitemap {
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Cache-Control", sitemapControl)
	m := &sitemap{bufio.NewWriterSize(w, 32<<10), tag}
	m.write(xml.Header, "<", tag, ` xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">`, "\n")
	return m
}

// write fails at end: a bufio.Writer remembers its first error.
func (m *sitemap) write(parts ...string) {
	for _, part := range parts {
		_, _ = m.out.WriteString(part)
	}
}

func (m *sitemap) text(tag, text string) {
	m.write("<", tag, ">")
	_ = xml.EscapeText(m.out, []byte(text))
	m.write("</", tag, ">")
}

// add writes an address with when it last changed and its picture, each if it is known.
func (m *sitemap) add(tag, address string, changed time.Time, image string) {
	m.write("<", tag, ">")
	m.text("loc", address)
	if !changed.IsZero() {
		m.text("lastmod", changed.UTC().Format(time.RFC3339))
	}
	if image != "" {
		m.write("<image:image>")
		m.text("image:loc", image)
		m.write("</image:image>")
	}
	m.write("</", tag, ">\n")
}

func (m *sitemap) end() error {
	m.write("</", m.tag, ">\n")
	return m.out.Flush()
}

// productsPerSitemap leaves room for each product in every language.
func (s *Shop) productsPerSitemap() int32 {
	return int32(addressesPerSitemap / len(s.languages) / slugsAtOnce * slugsAtOnce)
}

// sitemaps lists all sitemaps.
func (s *Shop) sitemaps(w http.ResponseWriter, r *http.Request) error {
	lists, err := s.Catalog.SplitSlugs(r.Context(), &catalogv1.SplitSlugsRequest{Size: s.productsPerSitemap()})
	if err != nil {
		return err
	}
	m := newSitemap(w, "sitemapindex")
	m.add("sitemap", s.absolute("/sitemaps/shop"), time.Time{}, "")
	for _, after := range lists.GetAfterIds() {
		if after == "" {
			after = firstSitemap
		}
		m.add("sitemap", s.absolute("/sitemaps/products/"+after), time.Time{}, "")
	}
	return m.end()
}

// shopSitemap lists what is not a product.
func (s *Shop) shopSitemap(w http.ResponseWriter, r *http.Request) error {
	var trees []*catalogv1.ListCategoriesResponse
	var sets []*catalogv1.ListCollectionsResponse
	for _, language := range s.languages {
		tree, err := s.Catalog.ListCategories(r.Context(), &catalogv1.ListCategoriesRequest{Locale: language.locale})
		if err != nil {
			return err
		}
		collections, err := s.Catalog.ListCollections(r.Context(), &catalogv1.ListCollectionsRequest{Locale: language.locale})
		if err != nil {
			return err
		}
		trees, sets = append(trees, tree), append(sets, collections)
	}
	m := newSitemap(w, "urlset") // an error before is a page of its own
	for i, language := range s.languages {
		tree, collections := trees[i], sets[i]
		m.add("url", s.absolute(language.path("/")), time.Time{}, "")
		if len(collections.GetCollections()) > 0 {
			m.add("url", s.absolute(language.path(collectionsPath)), time.Time{}, "")
		}
		for _, collection := range collections.GetCollections() {
			m.add("url", s.absolute(language.collectionURL(collection.GetSlug())), time.Time{}, s.imageOf(collection.GetPicture()))
		}
		for _, category := range tree.GetCategories() {
			m.add("url", s.absolute(language.categoryURL(category.GetSlug())), time.Time{}, s.imageOf(category.GetPicture()))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(contentPages)) {
		m.add("url", s.absolute("/pages/"+name), time.Time{}, "")
	}
	return m.end()
}

// productSitemap lists products from one on, in each language that they have texts in, a page at a time: each is sent before the next one is
// asked for.
func (s *Shop) productSitemap(w http.ResponseWriter, r *http.Request) error {
	after := r.PathValue("after")
	switch {
	case after == firstSitemap:
		after = ""
	case !id.Valid(after):
		return web.NotFound
	}
	var m *sitemap
	for listed := int32(0); listed < s.productsPerSitemap(); listed += slugsAtOnce {
		page, err := s.Catalog.ListSlugs(r.Context(), &catalogv1.ListSlugsRequest{AfterId: after, PageSize: slugsAtOnce})
		if err != nil {
			return fmt.Errorf("after %d products: %w", listed, err)
		}
		if m == nil { // an error before is a page of its own
			m = newSitemap(w, "urlset")
		}
		for _, product := range page.GetProducts() {
			var changed time.Time
			if product.GetUpdateTime() != nil {
				changed = product.GetUpdateTime().AsTime()
			}
			m.add("url", s.absolute(s.productURL(product.GetSlug())), changed, s.imageOf(product.GetPicture()))
			for _, address := range product.GetTranslations() {
				for _, language := range s.languages[1:] {
					if language.locale == address.GetLocale() {
						m.add("url", s.absolute(language.productURL(address.GetSlug())), changed, s.imageOf(product.GetPicture()))
					}
				}
			}
			after = product.GetProductId()
		}
		if len(page.GetProducts()) < slugsAtOnce {
			break
		}
	}
	return m.end()
}

// imageOf is the address of a picture's largest JPEG; empty when there is none.
func (s *Shop) imageOf(source *catalogv1.Picture) string {
	if large := picture(source).Large; large != "" {
		return s.absolute(large)
	}
	return ""
}
