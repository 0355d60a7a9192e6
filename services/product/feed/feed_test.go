package feed

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readAll reads a whole file, or fails.
func readAll(t *testing.T, from io.Reader, cfg Config) ([]*Product, []Refusal) {
	t.Helper()
	products, refusals, err := tryAll(from, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return products, refusals
}

// tryAll reads a file as far as it goes.
func tryAll(from io.Reader, cfg Config) (products []*Product, refusals []Refusal, err error) {
	cfg.Currency = "USD"
	r, err := Open(from, cfg)
	if err != nil {
		return nil, nil, err
	}
	for {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			return products, refusals, nil
		}
		if err != nil {
			return products, refusals, err
		}
		if item.Product != nil {
			products = append(products, item.Product)
		}
		refusals = append(refusals, item.Refusals...)
	}
}

func keys(products []*Product) string {
	var all []string
	for _, p := range products {
		all = append(all, p.Key)
	}
	return strings.Join(all, " ")
}

func zipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// The files that suppliers really send import whole. They are not part of the repository: TEST_FEED_DATA names their folder, which the
// launcher's test command finds beside the clone.
func TestRealFiles(t *testing.T) {
	folder := os.Getenv("TEST_FEED_DATA")
	if folder == "" {
		t.Skip("there is no ../shared/data beside the clone, and TEST_FEED_DATA names no folder with sample files")
	}
	tests := map[string]struct {
		format                                     Format
		products, variants, images, prices, drafts int
		texts, refused                             int
	}{
		"bestbuy/bestbuy-products-3291.json.gz": {format: JSON, products: 3291, variants: 3291, images: 3291},
		"shopify/apparel.csv":                   {format: ShopifyCSV, products: 20, variants: 22, images: 20},
		"shopify/jewelery.csv":                  {format: ShopifyCSV, products: 20, variants: 23, images: 39},
		// 15 products with a price of their own, two with 3 and 4 variations, one that is made of others. What cannot be sold as it is
		// there, and the one that is hidden, are drafts; the former two are told.
		"woocommerce/sample_products.csv": {format: WooCommerceCSV, products: 18, variants: 22, images: 22, drafts: 3, refused: 2},
		"spree/products.csv":              {format: SpreeCSV, products: 37, variants: 87, images: 124, prices: 87},
		"spree/product_translations.csv":  {format: SpreeTranslations, texts: 74},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := os.Open(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = file.Close() }()
			r, err := Open(file, Config{Currency: "USD"})
			if err != nil {
				t.Fatal(err)
			}
			got := want
			got.format, got.products, got.variants, got.images, got.prices, got.drafts, got.texts, got.refused = r.Format(), 0, 0, 0, 0, 0, 0, 0
			images := map[string]bool{}
			for {
				item, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				got.refused += len(item.Refusals)
				if item.Text != nil {
					got.texts++
				}
				p := item.Product
				if p == nil {
					continue
				}
				got.products++
				got.variants += len(p.Variants)
				if p.State == Draft {
					got.drafts++
				}
				for _, v := range p.Variants {
					got.prices += len(v.Prices)
				}
				for _, i := range p.Images {
					images[i.Source] = true
				}
				if strings.Contains(p.Name+p.Description, "&#") {
					t.Errorf("%s still holds an entity", p.Key)
				}
			}
			if got.images = len(images); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

// What is no feed at all is refused with words that help, and never half read.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ file, says string }{
		"empty":             {"", "empty"},
		"only blanks":       {" \r\n\n", "empty"},
		"only a mark":       {"\xef\xbb\xbf", "empty"},
		"spreadsheet":       {"PK\x03\x04rest", "damaged"},
		"old spreadsheet":   {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS"},
		"picture":           {"\x89PNG\r\n\x1a\n.......", "picture"},
		"web page":          {"<!doctype html><html>", "a web page"},
		"prose":             {"Dear all,\nthe prices are attached.", "its first row must name the columns"},
		"another CSV":       {"Number,Text,\n1,Mug,\n", "No known format was recognized by the columns of the first row: Number, Text. Say what each of them means"},
		"no price column":   {"Handle,Title\nmug,Mug\n", "no column Variant Price"},
		"combinations":      {"Product ID*;Attribute (Name:Type:Position)*;Value (Value:Position)*;Impact on price\n", "file of combinations"},
		"no price at all":   {"ID,Type,SKU,Name,Categories\n", "no column Regular price, which WooCommerce"},
		"other currencies":  {"Product Handle,Product Title,Product Status,Variant Title,Variant Manage Inventory,Variant Price DKK\n", "Variant Price USD"},
		"column twice":      {"Handle,Title,Variant Price,Price\n", "mean the same"},
		"broken header":     {"\"Handle,Title\nmug,Mug\n", "header row"},
		"damaged gzip":      {"\x1f\x8b\x08\x00broken", "damaged"},
		"unknown letters":   {"Handle,Title,Variant Price,\xd6\xe2\xe5\xf2 \xf0\xe0\xe7\xec\xe5\xf0\n", "not UTF-8"},
		"NUL bytes":         {"\x7fELF\x02\x00\x00\xff", "not a text file"},
		"JSON said, CSV is": {"Handle,Title,Variant Price\n", "begins neither with ["},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := Config{}
			if strings.HasPrefix(name, "JSON said") {
				cfg.Format = JSON
			}
			products, _, err := tryAll(strings.NewReader(tc.file), cfg)
			var unreadable *Unreadable
			if !errors.As(err, &unreadable) || !strings.Contains(unreadable.Reason, tc.says) || len(products) > 0 {
				t.Errorf("%d products, error %v; want one that says %q", len(products), err, tc.says)
			}
		})
	}
}

// A file may be huge, but not endless: a bomb of compressed zeros ends at the bound.
func TestBounds(t *testing.T) {
	t.Parallel()
	many := "[" + strings.Repeat(`{"key":"a","name":"b","price":1},`, 1000) + "]"
	tests := map[string]struct {
		file []byte
		cfg  Config
		says string
	}{
		"rows":         {[]byte(many), Config{MaxRows: 999}, "more than 999 records"},
		"csv rows":     {[]byte("Handle,Title,Variant Price\n" + strings.Repeat("a,b,1\n", 1000)), Config{MaxRows: 999}, "more than 999 rows"},
		"bytes":        {[]byte(many), Config{MaxBytes: 1 << 14}, "larger than"},
		"packed bytes": {zipped(t, []byte(many+strings.Repeat(" ", 32<<20))), Config{MaxBytes: 1 << 20}, "larger than 1 MB unpacked"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := tryAll(bytes.NewReader(tc.file), tc.cfg)
			var unreadable *Unreadable
			if !errors.As(err, &unreadable) || !strings.Contains(unreadable.Reason, tc.says) {
				t.Errorf("error %v, want one that says %q", err, tc.says)
			}
		})
	}
}

// A failing disk or database is not the file's fault: the error comes through as it is, so that the run is tried again.
func TestSourceErrorsComeThrough(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection lost")
	file := []byte("Handle,Title,Variant Price\n" + strings.Repeat("mug,Mug,1\n", 20_000))
	packed := zipped(t, file)
	for name, whole := range map[string][]byte{"plain": file, "packed": packed, "JSON": []byte(`[{"key":"a"` + strings.Repeat(" ", 300_000))} {
		for _, at := range []int{0, 1, 5, len(whole) / 2, len(whole) - 1} {
			_, _, err := tryAll(io.MultiReader(bytes.NewReader(whole[:at]), failing{cause}), Config{})
			if !errors.Is(err, cause) {
				t.Errorf("%s at %d: %v, want %v", name, at, err, cause)
			}
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// The same bytes give the same items, however they arrive: a run that was killed counts on it.
func TestItemsDoNotDependOnReads(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	file.WriteString("Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant Price\r\n")
	for i := range 2000 {
		h := "p" + itoa(int64(i%700))
		file.WriteString(h + ",T" + itoa(int64(i)) + ",\"a \"\"q\"\"\r\nb\",Size," + itoa(int64(i)) + "," + itoa(int64(i)) + ".50\r\n")
		if i%97 == 0 {
			file.WriteString(h + ",\"broken,x,y\r\n")
		}
	}
	fast, fastRefusals := readAll(t, strings.NewReader(file.String()), Config{})
	slow, slowRefusals := readAll(t, &trickle{rest: file.String()}, Config{})
	if keys(fast) != keys(slow) || len(fastRefusals) != len(slowRefusals) {
		t.Fatalf("%d and %d products, %d and %d refusals", len(fast), len(slow), len(fastRefusals), len(slowRefusals))
	}
	for i := range fast {
		if a, b := Hash(fast[i]), Hash(slow[i]); fast[i].Row != slow[i].Row || !bytes.Equal(a.Content, b.Content) {
			t.Fatalf("product %d differs: %+v, %+v", i, fast[i], slow[i])
		}
	}
	if len(fastRefusals) == 0 || len(fast) < 1900 {
		t.Errorf("%d products and %d refusals: the file tests nothing", len(fast), len(fastRefusals))
	}
}

// trickle returns a few bytes at a time.
type trickle struct {
	rest string
	n    int
}

func (r *trickle) Read(p []byte) (int, error) {
	if r.rest == "" {
		return 0, io.EOF
	}
	r.n = r.n%7 + 1
	n := copy(p, r.rest[:min(r.n, len(r.rest))])
	r.rest = r.rest[n:]
	return n, nil
}

// Best Buy's products are read with all that is odd about them, and its lists of shops and categories are no products.
func TestBestBuyOddities(t *testing.T) {
	folder := os.Getenv("TEST_FEED_DATA")
	if folder == "" {
		t.Skip("TEST_FEED_DATA names no folder with Best Buy's files")
	}
	read := func(name string) ([]*Product, []Refusal) {
		file, err := os.Open(filepath.Join(folder, "bestbuy", name))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		return readAll(t, file, Config{})
	}
	products, _ := read("bestbuy-products-3291.json.gz")
	brands, paths, names := map[string]bool{}, map[string]bool{}, map[string]int{}
	low, high := int64(maxPrice), int64(0)
	for _, p := range products {
		brands[p.Brand] = true
		paths[strings.Join(p.Categories[0], ">")] = true
		names[p.Name]++
		low, high = min(low, p.Variants[0].Price), max(high, p.Variants[0].Price)
		if strings.Contains(p.Name, "  ") {
			t.Errorf("%q holds two spaces", p.Name)
		}
	}
	twice := 0
	for _, n := range names {
		if n > 1 {
			twice++
		}
	}
	// The file has 263 brands: one of them is another with its sign in the wrong encoding.
	if len(brands) != 262 || len(paths) != 62 || twice != 50 || low != 100 || high != 89999 {
		t.Errorf("%d brands, %d paths, %d names twice, prices from %d to %d", len(brands), len(paths), twice, low, high)
	}
	for name, want := range map[string]int{"categories.json.gz": 4584, "stores.json.gz": 1565} {
		products, refusals := read(name)
		rows := map[int64]bool{}
		for _, r := range refusals {
			rows[r.Row] = true
		}
		if len(products) > 0 || len(rows) != want {
			t.Errorf("%s: %d products, %d records refused, want %d", name, len(products), len(rows), want)
		}
	}
}
