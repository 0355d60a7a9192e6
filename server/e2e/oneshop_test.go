package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOneShop opens one shop for everything that looks at its pages, because opening takes a while. None of the tests disturbs
// another: each has shoppers of its own, and what they buy is never the last piece.
func TestOneShop(t *testing.T) {
	s := open(t, allInOne, func(string) []string { return []string{"LOCALES=de"} })
	tryOneShop(t, furnish(t, s))
}

// furnished is a shop with a login for its staff and, beside the sample, a shelf of products that nobody should have to sell.
type furnished struct {
	*shop
	email, password string
	browser         context.Context
}

func furnish(t *testing.T, s *shop) *furnished {
	t.Helper()
	o := &furnished{shop: s, email: "ada@example.com", password: "correct horse battery staple"}
	o.addStaff(t)
	o.stock(t)
	o.browser = startBrowser(t)
	return o
}

func tryOneShop(t *testing.T, o *furnished) {
	t.Run("at once", func(t *testing.T) {
		for _, try := range []struct {
			name string
			run  func(*testing.T, *furnished)
			twin bool
		}{
			{"buying without script", func(t *testing.T, o *furnished) { buying(t, o, false) }, false},
			{"buying with script", func(t *testing.T, o *furnished) { buying(t, o, true) }, false},
			{"fetching without script", func(t *testing.T, o *furnished) { fetching(t, o, false) }, false},
			{"fetching with script", func(t *testing.T, o *furnished) { fetching(t, o, true) }, true},
			{"free by a code without script", freeByCode, false},
			{"trading without script", func(t *testing.T, o *furnished) { trading(t, o, false) }, false},
			{"trading with script", func(t *testing.T, o *furnished) { trading(t, o, true) }, true},
			{"a declined card", declinedCard, false},
			{"a challenged card without script", func(t *testing.T, o *furnished) { challengedCard(t, o, false) }, false},
			{"a challenged card with script", func(t *testing.T, o *furnished) { challengedCard(t, o, true) }, true},
			{"declined, then on delivery without script", func(t *testing.T, o *furnished) { declinedThenOnDelivery(t, o, false) }, false},
			{"declined, then on delivery with script", func(t *testing.T, o *furnished) { declinedThenOnDelivery(t, o, true) }, true},
			{"declined, then another card without script", func(t *testing.T, o *furnished) { declinedThenAnotherCard(t, o, false) }, false},
			{"gift card and card without script", func(t *testing.T, o *furnished) { giftCardAndCard(t, o, false) }, false},
			{"gift card and card with script", func(t *testing.T, o *furnished) { giftCardAndCard(t, o, true) }, true},
			{"a gift card only", giftCardOnly, false},
			{"buying a gift card without script", func(t *testing.T, o *furnished) { buyGiftCard(t, o, false) }, false},
			{"buying a gift card with script", func(t *testing.T, o *furnished) { buyGiftCard(t, o, true) }, true},
			{"belonging without script", func(t *testing.T, o *furnished) { belonging(t, o, false) }, false},
			{"belonging with script", func(t *testing.T, o *furnished) { belonging(t, o, true) }, true},
			{"the office without script", func(t *testing.T, o *furnished) { working(t, o, false) }, true},
			{"the office with script", func(t *testing.T, o *furnished) { working(t, o, true) }, false},
			{"arranging without script", func(t *testing.T, o *furnished) { arrange(t, o, false) }, true},
			{"arranging with script", func(t *testing.T, o *furnished) { arrange(t, o, true) }, false},
			{"odd products", oddProducts, false},
			{"other pages", otherPages, false},
			{"headers", headers, false},
			{"public pages", publicPages, false},
			{"structured data", structuredData, false},
			{"links", links, false},
			{"statuses", statuses, false},
			{"injection", injection, false},
			{"foreign forms", foreignForms, false},
			{"budgets", budgets, false},
		} {
			t.Run(try.name, func(t *testing.T) {
				twin(t, try.twin)
				t.Parallel()
				try.run(t, o)
			})
		}
	})
	// The provider misbehaves for everyone, so nobody else may be paying.
	t.Run("a saved card without script", func(t *testing.T) { savedCard(t, o, false) })
	t.Run("a saved card with script", func(t *testing.T) {
		twin(t, true)
		savedCard(t, o, true)
	})
	t.Run("a payment in doubt without script", func(t *testing.T) { paymentInDoubt(t, o, false) })
	t.Run("a payment in doubt with script", func(t *testing.T) { paymentInDoubt(t, o, true) })
}

// twin skips a journey that takes the same steps as another one, only with script, or without. Each run takes one of the two: mostly that without in the shop, and that with in the office.
func twin(t *testing.T, is bool) {
	t.Helper()
	if is && !full {
		t.Skip("the same steps are taken the other way: TRADEWIND_FULL=1")
	}
}

// addStaff makes the login with which the back office is tried.
func (o *furnished) addStaff(t *testing.T) {
	t.Helper()
	o.server(t, o.password+"\n", "staff", "add", "--email", o.email, "--name", "Ada Lovelace", "--password-stdin")
}

// server runs one of the server's sub-commands to its end.
func (o *furnished) server(t *testing.T, input string, args ...string) {
	t.Helper()
	if said, status := o.runServer(t, input, nil, args...); status != 0 {
		t.Fatalf("server %s ended with %d:\n%s", args[0], status, said)
	}
}

// seed loads products as the sample is loaded, by an import.
func (o *furnished) seed(t *testing.T, products any) {
	t.Helper()
	file, err := json.Marshal(products)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "products.json"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	o.server(t, "", "seed", "--folder", folder)
}

// What stands on the long shelf: more than two pages, and names that break pages which trust them.
const (
	shelf      = "/categories/long-shelf"
	shelfSize  = 60
	hostile    = `<script>alert("shelf")</script> "Jug" & 'Lid' </title><img src=x onerror=alert(1)>`
	oneWord    = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
	rightToLft = "إبريق شاي من الخزف ☕🫖"
	// goneProduct is sold at first and then no longer.
	goneProduct = "shelf-gone"
)

// stock puts the long shelf into the shop by an import, as a merchant's file comes in, and waits until the shop shows all of it.
func (o *furnished) stock(t *testing.T) {
	t.Helper()
	colours := make([]string, 40)
	for i := range colours {
		colours[i] = fmt.Sprintf("Colour number %d", i+1)
	}
	var products []map[string]any
	add := func(key, name string, more map[string]any) {
		product := map[string]any{"key": key, "name": name, "slug": key, "categories": []string{"Long Shelf"}, "description": "Stands on the shelf.\n\n" + hostile}
		for field, value := range more {
			product[field] = value
		}
		products = append(products, product)
	}
	add("shelf-hostile", hostile, map[string]any{"price": "19.99", "stock": 1000, "brand": hostile[:60], "attributes": map[string]string{"Warning": hostile}})
	add("shelf-long", "A name of "+strings.Repeat("many words ", 22), map[string]any{"price": "999999999.99", "stock": 1000})
	add("shelf-word", oneWord, map[string]any{"price": "5.00", "stock": 1000})
	add("shelf-arabic", rightToLft, map[string]any{"price": "5.00", "stock": 1000})
	add("shelf-sold-out", "Sold out jug", map[string]any{"price": "5.00", "stock": 0})
	add("shelf-reduced", "Reduced jug", map[string]any{"price": "5.00", "compare_at_price": "12.00", "stock": 1000})
	var variants []map[string]any
	for i, colour := range colours {
		variants = append(variants, map[string]any{"sku": fmt.Sprintf("SHELF-C-%d", i), "options": map[string]string{"Colour": colour}, "price": "5.00", "stock": 1000})
	}
	add("shelf-colours", "Jug in forty colours", map[string]any{"options": []map[string]any{{"name": "Colour", "values": colours}}, "variants": variants})
	for len(products) < shelfSize {
		n := len(products)
		add(fmt.Sprintf("shelf-jug-%02d", n), fmt.Sprintf("Shelf jug number %d", n), map[string]any{"price": fmt.Sprintf("%d.50", 10+n), "stock": 1000})
	}
	products = append(products, map[string]any{"key": goneProduct, "slug": goneProduct, "name": "Gone jug", "price": "5.00", "stock": 5})
	o.seed(t, append(append(products, goods()...), checkoutGoods()...))
	o.outfit(t)
	eventually(t, "the shelf stands in the shop", func() bool {
		return strings.Contains(o.get(t, shelf).body, fmt.Sprintf("%d products", shelfSize))
	})
}

// eventually polls until something holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

// answer is what came back, as it travelled.
type answer struct {
	status int
	header http.Header
	body   string
}

// plain asks without cookies, decompresses nothing and follows nothing.
var plain = &http.Client{
	Timeout:       patience / 2,
	Transport:     &http.Transport{DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// get asks the shop, or another address, with headers given as name and value in turn.
func (o *furnished) get(t testing.TB, path string, headers ...string) answer {
	t.Helper()
	if strings.HasPrefix(path, "/") {
		path = o.url + path
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return exchange(t, request)
}

func exchange(t testing.TB, request *http.Request) answer {
	t.Helper()
	response, err := plain.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s: %v", request.URL, err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

// charges counts what the provider has taken for a payment, by the provider's own record.
func (o *furnished) charges(t testing.TB, reference string) int {
	t.Helper()
	var record struct {
		Charges []struct{ Reference, Kind string }
	}
	read := o.get(t, o.sandbox+"/v1/charges", "Authorization", "Bearer "+o.keys["SANDBOX_KEY"])
	if err := json.Unmarshal([]byte(read.body), &record); err != nil {
		t.Fatalf("charges: %v: %s", err, read.body)
	}
	taken := 0
	for _, charge := range record.Charges {
		if charge.Reference == reference && charge.Kind == "capture" {
			taken++
		}
	}
	return taken
}

// script tells the provider how to misbehave; an empty one ends it.
func (o *furnished) script(t testing.TB, behaviour string) {
	t.Helper()
	path := "/control"
	if behaviour == "" {
		path = "/control/reset"
	}
	ctx := context.WithoutCancel(t.Context()) // also when the test is over
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.sandbox+path, strings.NewReader(behaviour))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+o.keys["SANDBOX_KEY"])
	request.Header.Set("Content-Type", "application/json")
	if got := exchange(t, request); got.status >= 300 {
		t.Fatalf("script %s: %d %s", behaviour, got.status, got.body)
	}
}
