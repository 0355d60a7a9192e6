package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

func (a answer) doc(t testing.TB) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func words(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// publicPaths are pages that must be the same for everybody.
var publicPaths = []string{
	"/", "/categories/kitchen", shelf + "?page=2", "/categories/kitchen?sort=price", "/products/enamel-stovetop-kettle",
	"/products/enamel-stovetop-kettle?variant=ENK-CLA", "/search", "/search?q=kettle", "/pages/shipping", "/products/no-such-thing",
}

// headers keep other sites from framing, scripting or keeping what is not theirs.
func headers(t *testing.T, o *furnished) {
	visitor := newShopper(t)
	visitor.fillCart(o.url)
	private := []string{"/cart", "/checkout", "/orders/nothing", "/orders/nothing/return"}
	for _, path := range append(slices.Clone(publicPaths), append(private, o.admin+"/login", o.admin+"/", o.admin+"/nothing")...) {
		got := o.get(t, path)
		policy := got.header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy lacks %s: %s", path, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: unsafe policy %s", path, policy)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin", "Cross-Origin-Opener-Policy": "same-origin"} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got.header.Get(name), want)
			}
		}
		control := got.header.Get("Cache-Control")
		if slices.Contains(publicPaths, path) {
			if !strings.HasPrefix(control, "public, max-age=0, s-maxage=") || len(got.header["Set-Cookie"]) > 0 {
				t.Errorf("%s: a public page with Cache-Control %q and cookies %q", path, control, got.header["Set-Cookie"])
			}
		} else if control != "private, no-store" {
			t.Errorf("%s: a private page with Cache-Control %q", path, control)
		}
	}
	visitor.goTo("/cart")
	for _, asset := range assets(t, o, "/") {
		got := o.get(t, asset)
		if got.status != http.StatusOK || got.header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %d with Cache-Control %q", asset, got.status, got.header.Get("Cache-Control"))
		}
	}
}

// assets are the files that a page loads before it is drawn.
func assets(t testing.TB, o *furnished, path string) []string {
	t.Helper()
	var found []string
	o.get(t, path).doc(t).Find("link[rel=stylesheet], script[src]").Each(func(_ int, s *goquery.Selection) {
		found = append(found, s.AttrOr("href", s.AttrOr("src", "")))
	})
	if len(found) == 0 {
		t.Fatalf("%s loads nothing", path)
	}
	return found
}

// publicPages are the same bytes for a stranger and for somebody with a full cart, so that a CDN may give one's page to the other.
func publicPages(t *testing.T, o *furnished) {
	visitor := newShopper(t)
	visitor.fillCart(o.url)
	home, err := url.Parse(o.url)
	if err != nil {
		t.Fatal(err)
	}
	cookies := []string{}
	for _, cookie := range visitor.client.Jar.Cookies(home) {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	if len(cookies) < 3 {
		t.Fatalf("the shopper has only %v", cookies)
	}
	for _, path := range publicPaths {
		problem := ""
		for range 5 { // others buy meanwhile, so a page may change between two visitors
			if problem = differs(t, o, path, strings.Join(cookies, "; ")); problem == "" {
				break
			}
		}
		if problem != "" {
			t.Errorf("%s %s", path, problem)
		}
	}
}

// differs says what is not the same of a page for two visitors.
func differs(t *testing.T, o *furnished, path, cookies string) string {
	stranger := o.get(t, path)
	known := o.get(t, path, "Cookie", cookies, "Accept-Language", "de", "User-Agent", "somebody's", "X-Forwarded-For", "192.0.2.1")
	more := o.get(t, path+map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")]+"utm_source=mail&fbclid=1")
	if stranger.body != known.body || stranger.body != more.body || stranger.status != known.status {
		return "differs from one visitor to another"
	}
	if tag := stranger.header.Get("Etag"); stranger.status == http.StatusOK {
		if again := o.get(t, path, "If-None-Match", tag); tag == "" || again.status != http.StatusNotModified {
			return fmt.Sprintf("asked again with %q, got %d", tag, again.status)
		}
	}
	return ""
}

// structuredData tells search engines what the page tells people.
func structuredData(t *testing.T, o *furnished) {
	for _, slug := range []string{"enamel-stovetop-kettle", "linen-cushion", "passport-wallet", "shelf-hostile", "shelf-sold-out", "shelf-reduced"} {
		page := o.get(t, "/products/"+slug).doc(t)
		things := map[string]map[string]any{}
		page.Find(`script[type="application/ld+json"]`).Each(func(_ int, s *goquery.Selection) {
			thing := map[string]any{}
			if err := json.Unmarshal([]byte(s.Text()), &thing); err != nil {
				t.Errorf("%s: %v: %s", slug, err, s.Text())
			}
			things[fmt.Sprint(thing["@type"])] = thing
		})
		product, variants := things["Product"], []any{things["Product"]}
		if group := things["ProductGroup"]; group != nil {
			product, variants = group, group["hasVariant"].([]any)
		}
		if product == nil || things["BreadcrumbList"] == nil {
			t.Errorf("%s describes only %v", slug, slices.Collect(maps.Keys(things)))
			continue
		}
		if heading := words(page.Find("h1")); strings.Join(strings.Fields(fmt.Sprint(product["name"])), " ") != heading {
			t.Errorf("%s: the page says %q, its data %q", slug, heading, product["name"])
		}
		if trail := things["BreadcrumbList"]["itemListElement"].([]any); len(trail) != page.Find(".breadcrumb li").Length() {
			t.Errorf("%s: %d stations, but %d on the page", slug, len(trail), page.Find(".breadcrumb li").Length())
		}
		for _, variant := range variants {
			offer := variant.(map[string]any)["offers"].(map[string]any)
			address, err := url.Parse(fmt.Sprint(offer["url"]))
			if err != nil {
				t.Fatal(err)
			}
			shown := o.get(t, address.RequestURI()).doc(t)
			price := strings.TrimPrefix(words(shown.Find(".product__price .price__now")), "Now ")
			if strings.ReplaceAll(price, ",", "") != "$"+fmt.Sprint(offer["price"]) || offer["priceCurrency"] != "USD" {
				t.Errorf("%s: the page says %s, its data %v %v", address, price, offer["price"], offer["priceCurrency"])
			}
			if available := offer["availability"] == "https://schema.org/InStock"; available != (shown.Find(".buy__form").Length() == 1) {
				t.Errorf("%s: the page says %q, its data %v", address, words(shown.Find(".buy__stock")), offer["availability"])
			}
		}
	}
}

// links of the shop and of the office lead somewhere, with all that pages load.
func links(t *testing.T, o *furnished) {
	crawl(t, newShopper(t), o.url+"/", 700)
	crawl(t, o.clerk(t), o.admin+"/", 150)
}

// clerk is somebody who has signed in to the office without a browser.
func (o *furnished) clerk(t testing.TB) *shopper {
	t.Helper()
	clerk := newShopper(t)
	clerk.goTo(o.admin + "/login")
	clerk.submit("form[action='/login']", map[string]string{"email": o.email, "password": o.password})
	clerk.expect("Hello, Ada Lovelace")
	return clerk
}

func crawl(t *testing.T, visitor *shopper, start string, most int) {
	t.Helper()
	queue, seen := []string{start}, map[string]string{start: "the start"}
	for visited := 0; len(queue) > 0 && visited < most; visited++ {
		address := queue[0]
		queue = queue[1:]
		visitor.goTo(address)
		if visitor.status >= 400 && visitor.at.Path != "/products/"+goneProduct { // whose end is another test's, meanwhile
			t.Errorf("%s leads to %s: %d", seen[address], address, visitor.status)
		}
		from := visitor.at
		visitor.page.Find("a[href], link[href], script[src], img[src], source[srcset], img[srcset]").Each(func(_ int, s *goquery.Selection) {
			targets := []string{s.AttrOr("href", ""), s.AttrOr("src", "")}
			for _, candidate := range strings.Split(s.AttrOr("srcset", ""), ",") {
				candidate, _, _ = strings.Cut(strings.TrimSpace(candidate), " ")
				targets = append(targets, candidate)
			}
			for _, target := range targets {
				next, err := from.Parse(target)
				if err != nil {
					t.Errorf("%s leads to %q: %v", from, target, err)
					continue
				}
				next.Fragment = ""
				if _, known := seen[next.String()]; target != "" && !known && strings.HasPrefix(next.String(), start) {
					seen[next.String()] = from.String()
					queue = append(queue, next.String())
				}
			}
		})
	}
	t.Logf("%d addresses found at %s", len(seen), start)
	if len(seen) < 20 {
		t.Errorf("only %d addresses found at %s", len(seen), start)
	}
}

// statuses are true, and say to search engines what to keep.
func statuses(t *testing.T, o *furnished) {
	for path, want := range map[string]int{
		"/": 200, shelf: 200, shelf + "?page=3": 200, shelf + "?page=4": 404, shelf + "?page=1": 404, shelf + "?page=0": 404, shelf + "?page=-1": 404,
		shelf + "?page=41": 404, shelf + "?page=two": 404, shelf + "?page=2&sort=price": 200, "/search?q=jug&page=2": 200, "/search?q=jug&page=40": 404,
		"/products/no-such-thing": 404, "/products/enamel-stovetop-kettle?variant=none": 404, "/categories/none": 404, "/pages/none": 404, "/none": 404,
		"/orders/none": 404, "/orders/none/return": 404, "/media/none.jpg": 404, "/assets/none.css": 404, "/robots.txt": 200, "/cart": 200,
		"/checkout": 303, "/checkout/review": 303, "/search?q=" + url.QueryEscape(strings.Repeat("x", 5000)): 200, "/%00": 404, "/products/%ff": 404,
	} {
		if got := o.get(t, path); got.status != want {
			t.Errorf("%.100s answers %d, want %d", path, got.status, want)
		}
	}
	lost := o.get(t, "/products/no-such-thing").doc(t)
	if lost.Find("main form[role=search] input[name=q]").Length() != 1 || lost.Find("main a[href^='/categories/']").Length() == 0 {
		t.Error("who is lost finds neither a search box nor categories")
	}
	o.seed(t, []map[string]any{{"key": goneProduct, "slug": goneProduct, "name": "Gone jug", "price": "5.00", "stock": 5, "state": "archived"}})
	eventually(t, "what is no longer sold is gone", func() bool { return o.get(t, "/products/"+goneProduct).status == http.StatusGone })
	searchEngines(t, o)
}

func searchEngines(t *testing.T, o *furnished) {
	t.Helper()
	for path, want := range map[string]struct {
		canonical string
		noIndex   bool
	}{
		"/":                       {"/", false},
		shelf:                     {shelf, false},
		shelf + "?page=2":         {shelf + "?page=2", false},
		shelf + "?sort=price":     {shelf, true},
		shelf + "?price_min=5":    {shelf, true},
		"/search?q=jug":           {"", true},
		"/cart":                   {"", true},
		"/products/no-such-thing": {"", true},
		"/pages/shipping":         {"/pages/shipping", false},
		"/products/enamel-stovetop-kettle?utm_source=x":    {"/products/enamel-stovetop-kettle", false},
		"/products/enamel-stovetop-kettle?variant=ENK-CLA": {"/products/enamel-stovetop-kettle?variant=ENK-CLA", false},
	} {
		page := o.get(t, path).doc(t)
		canonical := page.Find("link[rel=canonical]").AttrOr("href", "")
		if want.canonical != "" && canonical != o.url+want.canonical || want.canonical == "" && canonical != "" {
			t.Errorf("%s is canonical at %q, want %q", path, canonical, want.canonical)
		}
		if noIndex := page.Find("meta[name=robots]").AttrOr("content", "") == "noindex"; noIndex != want.noIndex {
			t.Errorf("%s: noindex is %t, want %t", path, noIndex, want.noIndex)
		}
		if title := words(page.Find("title")); title == "" || page.Find("title").Length() != 1 {
			t.Errorf("%s has the title %q", path, title)
		}
	}
	robots := o.get(t, "/robots.txt")
	for _, line := range []string{"User-agent: *", "Disallow: /cart", "Disallow: /checkout", "Disallow: /orders/", "Disallow: /search"} {
		if !strings.Contains(robots.body, line+"\n") {
			t.Errorf("robots.txt lacks %q", line)
		}
	}
	if kind := robots.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/plain") {
		t.Errorf("robots.txt is %s", kind)
	}
	if !strings.Contains(o.get(t, o.admin+"/login").body, `name="robots" content="noindex"`) {
		t.Error("search engines may keep the login")
	}
}
