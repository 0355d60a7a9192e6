package preview

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/brotli"

	"github.com/tradewind-commerce/tradewind/views/static"
)

const kilobyte = 1024

// compressed is how many bytes travel, at the quality the server keeps precompressed files in.
func compressed(t *testing.T, content []byte, quality int) int {
	t.Helper()
	var out bytes.Buffer
	writer := brotli.NewWriterLevel(&out, quality)
	if _, err := writer.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

func bundle(t *testing.T, name string) int {
	t.Helper()
	for _, candidate := range static.Bundles {
		if candidate.Name == name {
			content, err := join(candidate)
			if err != nil {
				t.Fatal(err)
			}
			return compressed(t, content, brotli.BestCompression)
		}
	}
	t.Fatalf("no bundle %s", name)
	return 0
}

// A shopper on a slow phone pays for every byte: pages and files stay within their budgets as the browser receives them.
func TestFilesStayWithinBudget(t *testing.T) {
	t.Parallel()
	scripts := bundle(t, "tradewind.js") + bundle(t, "htmx.js")
	for name, budget := range map[string]struct{ got, most int }{
		"storefront style":     {bundle(t, "storefront.css"), 16 * kilobyte},
		"back office style":    {bundle(t, "admin.css"), 20 * kilobyte},
		"our own script":       {bundle(t, "tradewind.js"), 4 * kilobyte},
		"all scripts":          {scripts, 16 * kilobyte},
		"storefront, together": {bundle(t, "storefront.css") + scripts + pageBytes(t, "storefront/category"), 44 * kilobyte},
		"admin, together":      {bundle(t, "admin.css") + scripts + pageBytes(t, "admin/orders"), 54 * kilobyte},
	} {
		t.Logf("%s: %d bytes of %d", name, budget.got, budget.most)
		if budget.got > budget.most {
			t.Errorf("%s: %d bytes, at most %d", name, budget.got, budget.most)
		}
	}
}

func pageBytes(t *testing.T, name string) int {
	t.Helper()
	for _, page := range Pages() {
		if page.Name == name {
			// Pages are compressed while they are sent, so not as hard as files.
			return compressed(t, render(t, page), 5)
		}
	}
	t.Fatalf("no page %s", name)
	return 0
}

// Every page, also one with absurd content, stays small in bytes and in elements.
func TestPagesStayWithinBudget(t *testing.T) {
	t.Parallel()
	admin := regexp.MustCompile(`^admin/`)
	eachPage(t, func(t *testing.T, page Page, doc *goquery.Document) {
		mostBytes, mostElements := 12*kilobyte, 1200
		if admin.MatchString(page.Name) {
			mostBytes, mostElements = 14*kilobyte, 2500
		}
		if got := compressed(t, render(t, page), 5); got > mostBytes {
			t.Errorf("%d bytes, at most %d", got, mostBytes)
		}
		if got := doc.Find("*").Length(); got > mostElements {
			t.Errorf("%d elements, at most %d", got, mostElements)
		}
	})
}
