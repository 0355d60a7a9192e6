package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/brotli"
	"github.com/chromedp/chromedp"
)

const kilobyte = 1024

// weigh asks for something as a browser does and returns the bytes that travelled and the text they are.
func weigh(t testing.TB, o *furnished, client *http.Client, address string) (int, string) {
	t.Helper()
	if strings.HasPrefix(address, "/") {
		address = o.url + address
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Encoding") != "br" {
		t.Fatalf("%s: %d, encoded %q", address, response.StatusCode, response.Header.Get("Content-Encoding"))
	}
	text, err := io.ReadAll(brotli.NewReader(strings.NewReader(string(body))))
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return len(body), string(text)
}

// budgets: a shopper on a slow phone pays for every byte and every element.
func budgets(t *testing.T, o *furnished) {
	clerk := o.clerk(t)
	for _, page := range []struct {
		name, address     string
		client            *http.Client
		rows              string
		least             int
		html, css, js     int
		together, element int
	}{
		{"home", "/", plain, ".card", 8, 12, 16, 16, 44, 1200},
		{"category of 24 cards", shelf, plain, ".listing .card", 24, 12, 16, 16, 44, 1200},
		{"sample category", "/categories/textiles", plain, ".listing .card", 9, 12, 16, 16, 44, 1200},
		{"search", "/search?q=jug", plain, ".listing .card", 24, 12, 16, 16, 44, 1200},
		{"product", "/products/felt-slippers", plain, ".option", 6, 12, 16, 16, 44, 1200},
		{"product with forty variants", "/products/shelf-colours", plain, ".option", 40, 12, 16, 16, 44, 1200},
		{"office's products", o.admin + "/products", clerk.client, "tbody tr", 50, 14, 20, 20, 54, 2500},
	} {
		html, text := weigh(t, o, page.client, page.address)
		doc := answer{body: text}.doc(t)
		if rows := doc.Find(page.rows).Length(); rows < page.least {
			t.Errorf("%s shows %d of %s, too few to be weighed", page.name, rows, page.rows)
		}
		css, js := 0, 0
		doc.Find("link[rel=stylesheet], script[src]").Each(func(_ int, s *goquery.Selection) {
			origin := o.url
			if strings.HasPrefix(page.address, o.admin) {
				origin = o.admin
			}
			bytes, _ := weigh(t, o, plain, origin+s.AttrOr("href", s.AttrOr("src", "")))
			if goquery.NodeName(s) == "link" {
				css += bytes
			} else {
				js += bytes
			}
		})
		elements := doc.Find("*").Length()
		t.Logf("%s: %d bytes of HTML, %d of CSS, %d of script, %d elements", page.name, html, css, js, elements)
		for _, limit := range []struct {
			what      string
			got, most int
		}{
			{"bytes of HTML", html, page.html * kilobyte}, {"bytes of CSS", css, page.css * kilobyte}, {"bytes of script", js, page.js * kilobyte},
			{"bytes together", html + css + js, page.together * kilobyte}, {"elements", elements, page.element},
		} {
			if limit.got > limit.most {
				t.Errorf("%s: %d %s, at most %d", page.name, limit.got, limit.what, limit.most)
			}
		}
		if before := doc.Find("head link[rel=stylesheet], head script[src]:not([defer]):not([async]):not([type=module])").Length(); before > 3 {
			t.Errorf("%s asks for %d files before it is drawn", page.name, before)
		}
	}
	pictureBudgets(t, o)
}

// pictureBudgets loads pages as a phone does, and scrolls to their end.
func pictureBudgets(t *testing.T, o *furnished) {
	t.Helper()
	b := openTab(t, o.browser, true)
	b.do(chromedp.EmulateViewport(412, 823, chromedp.EmulateScale(1.75)))
	for _, path := range []string{"/", "/categories/kitchen", "/products/enamel-stovetop-kettle"} {
		b.visit(o.url + path)
		b.await(`[...document.images].every(i => { i.scrollIntoView(); return i.complete && (i.naturalWidth > 0 || i.closest("[hidden], dialog")) })`)
		largest := b.ask(`Math.max(...performance.getEntriesByType("resource").filter(e => e.initiatorType === "img").map(e => e.encodedBodySize))`)
		total := b.ask(`performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation")).reduce((sum, e) => sum + e.encodedBodySize, 0)`)
		var most, all int
		if _, err := fmt.Sscan(largest+" "+total, &most, &all); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s on a phone: largest picture %d bytes, all %d bytes", path, most, all)
		if most > 90*kilobyte || all > 600*kilobyte {
			t.Errorf("%s: largest picture %d bytes of 90 KB, page %d bytes of 600 KB", path, most, all)
		}
		if shift := b.ask(`document.documentElement.scrollWidth - document.documentElement.clientWidth`); shift != "0" {
			t.Errorf("%s is %s px too wide on a phone", path, shift)
		}
	}
}
