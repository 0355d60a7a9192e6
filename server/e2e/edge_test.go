package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/edge"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// edgeToken is what the shop proves itself with to the proxy.
const edgeToken = "only the shop knows this"

// startEdge puts a real caching proxy in front of the shop, with the settings that come with it, and returns its address.
func startEdge(t *testing.T, backend, port string) string {
	t.Helper()
	settings, err := os.ReadFile("../../deploy/edge/shop.vcl")
	if err != nil {
		t.Fatal(err)
	}
	ours := strings.Replace(string(settings), `.port = "8080";`, fmt.Sprintf(".port = %q;", backend), 1)
	if ours == string(settings) {
		t.Fatal("the settings name no port of the shop")
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "shop.vcl"), ours)
	if err := os.Chmod(dir, 0o755); err != nil { // it changes its user
		t.Fatal(err)
	}
	said := &output{}
	cmd := exec.Command(needed(t, "TEST_VARNISHD"), "-F", "-j", "none", "-n", dir, "-a", "127.0.0.1:"+port, "-T", "none", "-f", filepath.Join(dir, "shop.vcl"), "-s", "malloc,32m")
	cmd.Env = append(os.Environ(), "EDGE_PURGE_TOKEN="+edgeToken)
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = said, said, dieWithUs()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the proxy said:\n%s", said)
		}
	})
	eventually(t, "the proxy answers", func() bool {
		answer, err := http.Get(at(port) + "/robots.txt")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return at(port)
}

// A proxy keeps public pages for everyone and private ones for nobody, and shows a change within a second because it is told.
func TestEdge(t *testing.T) {
	port := freePort(t)
	purges := &purges{}
	other := httptest.NewServer(purges)
	t.Cleanup(other.Close)
	s := open(t, allInOne, func(process string) []string {
		switch {
		case strings.HasPrefix(process, "worker"):
			return []string{"EDGE_PURGE_URLS=" + at(port) + "," + other.URL, "EDGE_PURGE_TOKEN=" + edgeToken}
		case process == "server":
			return []string{"TRUSTED_PROXIES=127.0.0.1"}
		default:
			return nil
		}
	})
	proxy := startEdge(t, strings.TrimPrefix(s.url, "http://127.0.0.1:"), port)
	get := func(path string) (body string, cached bool) {
		t.Helper()
		request, err := http.NewRequest(http.MethodGet, proxy+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.AddCookie(&http.Cookie{Name: "who", Value: "a visitor of its own"})
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		visitor := newShopper(t)
		if err := visitor.read(answer, nil); err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Surrogate-Key") != "" {
			t.Errorf("%s: %s, keys %q", path, answer.Status, answer.Header.Get("Surrogate-Key"))
		}
		return visitor.body, answer.Header.Get("X-Cache") == "hit"
	}
	const product = "/products/cork-top-storage-jar"
	pages := []string{product, "/search?q=storage+jar", "/"}
	for _, page := range pages {
		if _, cached := get(page); cached {
			t.Errorf("%s was there before anybody asked", page)
		}
		if _, cached := get(page); !cached {
			t.Errorf("%s is not kept", page)
		}
	}
	get("/cart")
	if _, cached := get("/cart"); cached {
		t.Error("a cart is kept for others")
	}
	for _, token := range []string{"", "Bearer wrong"} {
		request, _ := http.NewRequest("PURGE", proxy+"/", nil)
		request.Header.Set("Authorization", token)
		request.Header.Set("Surrogate-Key", "lists")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("a stranger with %q may purge: %s", token, answer.Status)
		}
	}

	// What shows a price: the shop itself, which keeps products for a while, and the proxy in front of it.
	places := []place{
		{"the product's page", func() string { return s.bodyOf(t, s.url+product) }},
		{"search", func() string { return s.bodyOf(t, s.url+pages[1]) }},
		{"the product's page at the proxy", func() string { body, _ := get(product); return body }},
		{"search at the proxy", func() string { body, _ := get(pages[1]); return body }},
	}
	staff := s.signIn(s.admins[0])
	seenSoon(t, places, func(n int) (time.Time, string) {
		price := fmt.Sprintf("77.%02d", n)
		return s.changePrice(t, staff, "cork-top-storage-jar", price), "$" + price
	})

	// A collection has another name or another product each time.
	office := s.admins[0] + "/collections/"
	staff.goTo(office + "new")
	staff.submit("form.editor", map[string]string{"name": "Made at the edge"}, "Save")
	staff.expect("The collection is saved.")
	collection := staff.at.String()
	names := s.column(t, "select name from products where state = 'active' and slug <> 'cork-top-storage-jar' order by name limit 6")
	add := func(name string) (pressed time.Time) {
		pressed = time.Now()
		staff.submit("#products form", map[string]string{"find_related": name}, "Add it")
		return pressed
	}
	add(names[0])
	eventually(t, "the collection has a page", func() bool {
		visitor := newShopper(t)
		visitor.goTo(s.url + "/collections/made-at-the-edge")
		return visitor.status == http.StatusOK
	})
	places = []place{{"the collection at the proxy", func() string { body, _ := get("/collections/made-at-the-edge"); return body }}}
	seenSoon(t, places, func(n int) (pressed time.Time, shown string) {
		staff.goTo(collection)
		if n%2 == 1 {
			return add(names[1+n/2]), names[1+n/2]
		}
		name := fmt.Sprintf("Made %d times", n+2)
		pressed = time.Now()
		staff.submit("form.editor", map[string]string{"name": name}, "Save")
		staff.expect("The collection is saved.")
		return pressed, name
	})

	jar := edge.Product(s.column(t, "select id::text from products where slug = 'cork-top-storage-jar'")[0])
	<-time.After(time.Second + postgres.MostLag) // what was done before is told
	pressed := s.changePrice(t, staff, "cork-top-storage-jar", "66.00")
	eventually(t, "proxies forget what they took from a replica that was behind", func() bool {
		return slices.ContainsFunc(purges.of(jar), func(at time.Time) bool { return at.Sub(pressed) >= postgres.MostLag })
	})
	for _, at := range purges.of(jar) {
		t.Logf("told %s after staff pressed the button for the last time", at.Sub(pressed).Round(time.Millisecond))
	}
}

// purges is a proxy that keeps nothing, and knows when it was told to forget what.
type purges struct {
	mu    sync.Mutex
	times map[string][]time.Time
}

func (p *purges) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.times == nil {
		p.times = map[string][]time.Time{}
	}
	for key := range strings.FieldsSeq(r.Header.Get("Surrogate-Key")) {
		p.times[key] = append(p.times[key], time.Now())
	}
}

// of returns when the pages that have a key were to be forgotten.
func (p *purges) of(key string) []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.times[key])
}

// place is where a change is to be seen.
type place struct {
	name string
	body func() string
}

// seenSoon makes changes, which say when staff pressed the button and what is shown then, until enough of them were everywhere within a second. On a
// machine that has something else to do some are later, and all are where something waits.
func seenSoon(t *testing.T, places []place, change func(n int) (pressed time.Time, shown string)) {
	t.Helper()
	const changes, within = 10, time.Second
	enough, soon := 3, 0
	if full {
		enough = 9
	}
	for n := 0; n < changes && soon < enough; n++ {
		for _, place := range places {
			place.body() // so that each has what was before
		}
		pressed, shown := change(n)
		seen := make([]time.Duration, len(places))
		eventually(t, shown+" is seen everywhere", func() bool {
			for i, place := range places {
				if seen[i] == 0 && strings.Contains(place.body(), shown) {
					seen[i] = time.Since(pressed)
				}
			}
			return !slices.Contains(seen, 0)
		})
		for i, place := range places {
			t.Logf("change %d: %s shows %s %s after staff pressed the button", n, place.name, shown, seen[i].Round(time.Millisecond))
		}
		if slices.Max(seen) <= within {
			soon++
		}
	}
	if soon < enough {
		t.Errorf("%d of %d changes were seen within %s, want %d", soon, changes, within, enough)
	}
}

// bodyOf is what a visitor without a past gets.
func (s *shop) bodyOf(t *testing.T, address string) string {
	t.Helper()
	visitor := newShopper(t)
	visitor.goTo(address)
	if visitor.status != http.StatusOK {
		t.Fatalf("%s: %d", address, visitor.status)
	}
	return visitor.body
}

// changePrice gives all variants of a product a price on its page in the back office, and returns when Save was pressed.
func (s *shop) changePrice(t *testing.T, staff *shopper, slug, price string) (pressed time.Time) {
	t.Helper()
	staff.goTo("/products/" + s.column(t, "select id::text from products where slug = $1", slug)[0])
	typed := map[string]string{}
	for name := range fields(staff.page.Find("form.editor")) {
		if ours := strings.TrimPrefix(name, "variants-"); ours != name && strings.HasSuffix(ours, "price") {
			typed[name] = ""
			if strings.HasSuffix(ours, "-price") {
				typed[name] = price
			}
		}
	}
	pressed = time.Now()
	staff.submit("form.editor", typed, "Save")
	staff.expect("The product is saved.")
	return pressed
}
