package storefront_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// entries reads a sitemap or an index of them.
func (v *visitor) entries(path string) (addresses, changed []string) {
	v.t.Helper()
	answer, err := v.client.Get(v.shop.url + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		v.t.Fatalf("%s: %d, %v", path, answer.StatusCode, err)
	}
	if control := answer.Header.Get("Cache-Control"); !strings.Contains(control, "s-maxage=3600") || len(answer.Cookies()) > 0 {
		v.t.Errorf("%s: kept as %q, with cookies %v", path, control, answer.Cookies())
	}
	var read struct {
		Entries []struct {
			Address string `xml:"loc"`
			Changed string `xml:"lastmod"`
		} `xml:",any"`
	}
	if err := xml.Unmarshal(body, &read); err != nil {
		v.t.Fatalf("%s: %v", path, err)
	}
	for _, entry := range read.Entries {
		addresses, changed = append(addresses, entry.Address), append(changed, entry.Changed)
	}
	return addresses, changed
}

// A search engine that follows robots.txt comes to every page that is to be found, once, and to none that is not.
func TestSitemaps(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	s.edit("Lamp", func(p *productv1.Product) { p.State = productv1.ProductState_PRODUCT_STATE_ARCHIVED }, "state")
	v := s.visitor()
	v.get("/robots.txt")
	_, index, _ := strings.Cut(v.page.Text(), "Sitemap: "+s.url)
	found := map[string]bool{}
	maps, _ := v.entries(strings.TrimSpace(index))
	for _, one := range maps {
		addresses, changed := v.entries(strings.TrimPrefix(one, s.url))
		for i, address := range addresses {
			path := strings.TrimPrefix(address, s.url)
			if v.get(path); v.status != http.StatusOK || v.path != path || found[path] {
				t.Errorf("%s: %d at %s, listed before: %v", path, v.status, v.path, found[path])
			}
			if robots := v.page.Find("meta[name=robots]"); robots.Length() > 0 {
				t.Errorf("%s does not want to be found", path)
			}
			if found[path] = true; strings.HasPrefix(path, "/products/") && changed[i] == "" {
				t.Errorf("%s: nobody knows when it changed", path)
			}
		}
	}
	for _, path := range []string{"/", "/categories/kitchen", "/products/jug", "/products/scarf", "/pages/shipping"} {
		if !found[path] {
			t.Errorf("%s is not listed in %v", path, found)
		}
	}
	if found["/products/lamp"] {
		t.Error("what is no longer for sale is listed")
	}
	if v.get("/sitemaps/products/1"); v.status != http.StatusNotFound {
		t.Errorf("a sitemap that never was: %d", v.status)
	}
}

// Search engines are told of a product what the merchant wrote for them, and its numbers.
func TestProductForSearchEngines(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	bowl, board := s.merchant("Bowl").GetId(), s.merchant("Board").GetId()
	s.edit("Jug", func(p *productv1.Product) {
		p.SeoTitle, p.SeoDescription, p.RelatedIds = "Water jug of stoneware", "Holds two litres.", []string{bowl, board}
		p.Variants[0].Sku, p.Variants[0].Gtin, p.Variants[0].Mpn = "JUG-1", "04006381333931", "J/1"
	}, "seo_title", "seo_description", "related_ids", "variants")
	v := s.visitor()
	v.get("/products/jug")
	v.expect(http.StatusOK, "title", "Water jug of stoneware – Test")
	v.expect(http.StatusOK, "h1", "Jug")
	if got := v.page.Find("meta[name=description]").AttrOr("content", ""); got != "Holds two litres." {
		t.Errorf("described as %q", got)
	}
	for _, number := range []string{`"sku":"JUG-1"`, `"gtin":"04006381333931"`, `"mpn":"J/1"`} {
		v.expect(http.StatusOK, `script[type="application/ld+json"]`, number)
	}
	names := v.page.Find(".cards--shelf .card__name")
	if names.Eq(0).Text() != "Bowl" || names.Eq(1).Text() != "Board" || names.Length() != 5 {
		t.Errorf("beside it stand %s", names.Text())
	}
}
