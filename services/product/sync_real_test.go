package product

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// described is what a supplier's file says of a product, read here in the plainest way.
type described struct {
	name, description string
	prices            []string // of its variants, in order, with two decimals
	images            []string // addresses, in order
}

func (d described) String() string {
	return fmt.Sprintf("%q\n%q\nprices %v\nimages %v", d.name, d.description, d.prices, d.images)
}

// The files that suppliers really send come in whole: as many products, variants and pictures as their description says, each price to the
// cent, entities decoded, paragraphs and the order of pictures kept. Coming again they change nothing: no row is written, no event told, no
// stock set. They are not part of the repository: TEST_FEED_DATA names their folder, which the launcher's test command finds beside the clone.
func TestSyncRealFiles(t *testing.T) {
	folder := os.Getenv("TEST_FEED_DATA")
	if folder == "" {
		t.Skip("there is no ../shared/data beside the clone, and TEST_FEED_DATA names no folder with Best Buy's and Shopify's sample files")
	}
	tests := map[string]struct {
		products, variants, images int64
		read                       func(*testing.T, io.Reader) map[string]described
	}{
		"bestbuy/bestbuy-products-3291.json.gz": {3291, 3291, 3291, readBestBuy},
		"shopify/apparel.csv":                   {20, 22, 20, readShopify},
		"shopify/jewelery.csv":                  {20, 23, 39, readShopify},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			s := newShop(t)
			run := s.sync(name, file)
			if run.GetState() != productv1.SyncState_SYNC_STATE_DONE || run.GetCreated() != want.products || run.GetRejectedRows() > 0 {
				t.Fatalf("%v, rejected %v", run, s.rejects(run))
			}
			variants, images := s.number("select count(*) from product_variants"), s.number("select count(distinct source_url) from product_images")
			if variants != want.variants || images != want.images || int64(len(s.stock.counts)) != want.variants {
				t.Errorf("%d variants, %d images, %d counts; want %+v", variants, images, len(s.stock.counts), want)
			}
			s.compare(want.read(t, strings.NewReader(string(file))))
			before, calls := s.traces(), s.stock.calls
			if again := s.sync(name, file); again.GetUnchanged() != want.products || counts(again) != strings.Replace("0/0/N/0", "N", itoa(want.products), 1) {
				t.Errorf("again: %v", again)
			}
			if after := s.traces(); after != before || s.stock.calls != calls {
				t.Errorf("the second run wrote:\n%s, was\n%s, %d calls for stock", after, before, s.stock.calls-calls)
			}
		})
	}
}

// compare holds every product of the shop against what the file says of it.
func (s *shop) compare(file map[string]described) {
	s.t.Helper()
	products := s.products()
	if len(products) != len(file) {
		s.t.Errorf("%d products, the file describes %d", len(products), len(file))
	}
	for key, want := range file {
		p := products[key]
		got := described{name: p.GetName(), description: p.GetDescription()}
		for _, v := range p.GetVariants() {
			if v.GetPrice().GetCurrencyCode() != "USD" {
				s.t.Errorf("%s costs %v", key, v.GetPrice())
			}
			got.prices = append(got.prices, fmt.Sprintf("%d.%02d", v.GetPrice().GetAmountMinor()/100, v.GetPrice().GetAmountMinor()%100))
		}
		got.images = s.column("select source_url from product_images where product_id = $1 order by position", p.GetId())
		if got.String() != want.String() {
			s.t.Errorf("%s is\n%v\nthe file says\n%v", key, got, want)
		}
	}
}

func (s *shop) column(query string, args ...any) (values []string) {
	s.t.Helper()
	if err := s.db.Primary().QueryRow(s.t.Context(), "select array("+query+")", args...).Scan(&values); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return values
}

// readBestBuy reads Best Buy's products by the number in their picture's address, which is their SKU. Two names hold the trade mark sign as
// Windows wrote it (0x99), which nobody could read.
func readBestBuy(t *testing.T, packed io.Reader) map[string]described {
	t.Helper()
	file, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	var records []struct {
		Name, Description, Image string
		Price                    json.Number
	}
	if err := json.NewDecoder(file).Decode(&records); err != nil {
		t.Fatal(err)
	}
	products, entities := map[string]described{}, 0
	text := func(s string) string {
		return strings.Join(strings.Fields(norm.NFC.String(strings.ReplaceAll(html.UnescapeString(s), "\u0099", "™"))), " ")
	}
	for _, r := range records {
		sku, _, _ := strings.Cut(path.Base(r.Image), "_")
		products[sku] = described{text(r.Name), text(r.Description), []string{twoDecimals(r.Price.String())}, []string{r.Image}}
		if strings.Contains(r.Name+r.Description, "&#") {
			entities++
		}
	}
	if entities != 379 {
		t.Errorf("%d records hold entities, the file's description says 379", entities)
	}
	return products
}

// twoDecimals writes a price as the shop does, by its digits alone.
func twoDecimals(price string) string {
	whole, cents, _ := strings.Cut(price, ".")
	return whole + "." + (cents + "00")[:2]
}

// readShopify reads Shopify's products by their handle.
func readShopify(t *testing.T, file io.Reader) map[string]described {
	t.Helper()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	handle, title, body, price, image := column("Handle"), column("Title"), column("Body (HTML)"), column("Variant Price"), column("Image Src")
	products := map[string]described{}
	for _, row := range rows[1:] {
		d := products[row[handle]]
		if row[title] != "" {
			d.name, d.description = row[title], strings.Join(strings.Fields(row[body]), " ")
		}
		if written, found := paragraphsOf[row[handle]]; found {
			d.description = written
		}
		if row[price] != "" {
			d.prices = append(d.prices, twoDecimals(row[price]))
		}
		if row[image] != "" { // the rows stand in the order of Image Position
			d.images = append(d.images, row[image])
		}
		products[row[handle]] = d
	}
	return products
}

// paragraphsOf is how the two descriptions that are HTML read.
var paragraphsOf = map[string]string{
	"gemstone": "Gemstone pendant, housed in sterling silver, with sterling silver chain.\n\n" +
		"• Sterling silver chain, 14 inches\n• Turquoise or Quartz\n• Boho Chic\n• Made in USA",
	"choker-with-gold-pendant": "Black cord choker with gold pendant. Beautifully died black leather shapes a choker necklace with findings of 14k yellow gold, " +
		"displaying gold pendant in a gorgeous balance of dark and light, delicate and strong.\n\n" +
		"• 14k yellow gold\n• Leather\n• Length, 12\" with 2.5\" extender\n• Width, 0.3\"\n• Lobster clasp\n• Made in USA",
}
