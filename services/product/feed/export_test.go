package feed

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// exported writes products with a writer.
func exported(t testing.TB, products []*Product, open func(io.Writer) Writer) []byte {
	t.Helper()
	var out bytes.Buffer
	w := open(&out)
	for _, p := range products {
		if err := w.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// exports are the writers whose files can be imported.
var exports = map[string]func([]*Product, testing.TB) []byte{
	"Shopify's CSV": func(list []*Product, t testing.TB) []byte {
		return exported(t, list, func(w io.Writer) Writer { return NewShopifyCSV(w, "USD") })
	},
	"JSON Lines": func(list []*Product, t testing.TB) []byte {
		return exported(t, list, func(w io.Writer) Writer { return NewJSONLines(w, "USD") })
	},
}

// unchanged reports whether a product that was exported and imported again would change nothing in the shop.
func unchanged(before, after *Product) bool {
	a, b := Hash(before), Hash(after)
	return bytes.Equal(a.Content, b.Content) && bytes.Equal(a.Stock, b.Stock)
}

// withoutRows shows a product without where in a file it stood. Empty and absent lists look the same.
func withoutRows(p *Product) string {
	same := *p
	same.Row = 0
	same.Variants = slices.Clone(p.Variants)
	for i := range same.Variants {
		same.Variants[i].Row = 0
	}
	return fmt.Sprintf("%+v", same)
}

// hard are texts that give formats trouble: entities, tags, separators, formulas, quotes, other scripts.
var hard = []string{
	"Mug", "Tea & Cup", "&amp;", "&#174;", "&ampamp;", "<b>bold</b>", "a<b", "1 > 2", "a, b", "=1+1", "-5%", "+49", "@home", "'tis", "'=x", "''", `12"`, `"`,
	"a\"\"b", "Größe", "茶碗", "שלום", "🍵", "Title", "Default Title", "*", "[1]", "{}", "a;b", "a|b", "null", "true", "0", "007", "1e5", "1,234", "\\", "#", "&lt;p&gt;",
}

func hardText(t *rapid.T, label string, limit int, read func(string, int) (string, string)) string {
	words := rapid.SliceOfN(rapid.SampledFrom(hard), 1, 4).Draw(t, label)
	text, reason := read(strings.Join(words, rapid.SampledFrom([]string{" ", "", "\n", "\n\n"}).Draw(t, label+" between")), limit)
	if reason != "" {
		return "Mug"
	}
	return text
}

// anyProduct makes products as the reader gives them: it is what the reader made of texts that were already clean.
func anyProduct(t *rapid.T, n int) *Product {
	one := func(label string, limit int) string { return hardText(t, label, limit, line) }
	maybe := func(label string, limit int) string {
		if rapid.Bool().Draw(t, label+"?") {
			return one(label, limit)
		}
		return ""
	}
	p := &Product{
		Key: strings.TrimSpace(fmt.Sprintf("%s %d", strings.TrimLeft(one("key", 50), "' "), n)), Name: one("name", maxName), Brand: maybe("brand", maxBrand),
		Description: hardText(t, "description", maxDescription, func(s string, _ int) (string, string) { return tidyLines(s), "" }),
		State:       rapid.SampledFrom([]State{Draft, Active, Archived}).Draw(t, "state"),
		Type:        maybe("type", maxCategory), TaxClass: rapid.SampledFrom([]string{"", "reduced", "zero-1"}).Draw(t, "tax class"), SEOTitle: maybe("seo title", maxName), SEODescription: maybe("seo description", maxName),
	}
	if p.SlugGiven = rapid.Bool().Draw(t, "slug given"); p.SlugGiven {
		p.Slug = Slug(one("slug", 50), maxSlug)
	}
	if p.Slug == "" {
		p.Slug, p.SlugGiven = DerivedSlug(p.Name, p.Key), false
	}
	for range rapid.IntRange(0, 3).Draw(t, "attributes") {
		p.Attributes = append(p.Attributes, Attribute{fmt.Sprintf("%s %d", one("attribute", 50), len(p.Attributes)), one("value", 50)})
	}
	for range rapid.IntRange(0, 2).Draw(t, "categories") {
		p.Categories = append(p.Categories, rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return hardText(t, "category", maxCategory, line) }), 1, 3).Draw(t, "path"))
	}
	for range rapid.IntRange(0, 3).Draw(t, "tags") {
		if tag := one("tag", maxTag); !slices.Contains(p.Tags, tag) {
			p.Tags = append(p.Tags, tag)
		}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "images") {
		p.Images = append(p.Images, Image{Source: fmt.Sprintf("https://pics.example/%d,%d.jpg?a=1&b=2", n, i), Alt: maybe("alt", maxAlt)})
	}
	for range rapid.IntRange(0, 2).Draw(t, "related") {
		if name := strings.TrimLeft(one("related", 50), "' "); name != "" && !slices.Contains(p.Related, name) {
			p.Related = append(p.Related, name)
		}
	}
	for _, locale := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"de", "fr", "pt-BR"}), 0, 2, rapid.ID).Draw(t, "locales") {
		p.Translations = append(p.Translations, Translation{Locale: locale, Name: one("translated", maxName), Description: maybe("translated description", 100), SEOTitle: maybe("translated seo", 100)})
	}
	p.variants(t, n)
	return p
}

// variants adds options and what is bought.
func (p *Product) variants(t *rapid.T, n int) {
	count := 1
	for i := range rapid.IntRange(0, 2).Draw(t, "options") {
		option := Option{Name: rapid.SampledFrom([]string{"Title", "Size", "=Colour", "&amp; more", "Farbe"}).Draw(t, "option") + strings.Repeat("'", i)}
		option.Values = rapid.SliceOfNDistinct(rapid.SampledFrom(hard[:20]), 1, 3, rapid.ID).Draw(t, "values")
		option.Values = append(option.Values, "Default Title")
		p.Options = append(p.Options, option)
		count *= len(option.Values)
	}
	for i := range count {
		v := Variant{
			Price: rapid.Int64Range(0, 99_999_999).Draw(t, "price"), WeightGrams: rapid.Int32Range(0, 5000).Draw(t, "grams"), OptionValues: []string{},
			GTIN: rapid.SampledFrom([]string{"", "04006381333931", "00000040170725", "00036000291452", "10614141000415"}).Draw(t, "gtin"),
		}
		rest := i
		for _, option := range p.Options {
			v.OptionValues = append(v.OptionValues, option.Values[rest%len(option.Values)])
			rest /= len(option.Values)
		}
		if rapid.Bool().Draw(t, "sku?") {
			v.SKU, _ = code(fmt.Sprintf("%s-%d-%d", rapid.SampledFrom([]string{"A", "=B", "-C", "''D", "'=E", "00"}).Draw(t, "sku"), n, i), maxSKU)
		}
		if rapid.Bool().Draw(t, "reduced") {
			v.CompareAt = v.Price + rapid.Int64Range(1, 1000).Draw(t, "by")
		}
		if v.Stock.Known = rapid.Bool().Draw(t, "counted"); v.Stock.Known {
			v.Stock.OnHand = rapid.Int64Range(0, 1000).Draw(t, "stock")
		}
		v.Stock.Backorder = rapid.Bool().Draw(t, "backorder")
		if len(p.Images) > 0 && rapid.Bool().Draw(t, "picture") {
			v.Image = p.Images[i%len(p.Images)].Source
		}
		if rapid.Bool().Draw(t, "mpn?") {
			v.MPN = strings.TrimLeft(rapid.SampledFrom(hard[8:20]).Draw(t, "mpn"), "' ")
		}
		if rapid.Bool().Draw(t, "prices?") {
			v.Prices = []Price{{Currency: "EUR", MinQuantity: 1, Minor: v.Price, CompareAt: v.CompareAt}, {Currency: "JPY", MinQuantity: 10, Minor: 7}}
		}
		p.Variants = append(p.Variants, v)
	}
}

// What is exported and imported again changes nothing in the shop, whatever stands in the products.
func TestRoundTrip(t *testing.T) {
	for name, export := range exports {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				var products []*Product
				for i := range rapid.IntRange(1, 3).Draw(rt, "products") {
					products = append(products, anyProduct(rt, i))
				}
				file := export(products, t)
				again, refusals, err := tryAll(bytes.NewReader(file), Config{})
				if err != nil || len(refusals) > 0 || len(again) != len(products) {
					rt.Fatalf("%d products of %d, refused %+v, error %v, of\n%s", len(again), len(products), refusals, err, file)
				}
				for i, p := range products {
					if !unchanged(p, again[i]) || withoutRows(p) != withoutRows(again[i]) {
						rt.Fatalf("not the same:\n%s\n%s", withoutRows(p), withoutRows(again[i]))
					}
				}
			})
		})
	}
}

// So does what suppliers really send.
func TestRoundTripOfRealFiles(t *testing.T) {
	folder := os.Getenv("TEST_FEED_DATA")
	if folder == "" {
		t.Skip("there is no ../shared/data beside the clone, and TEST_FEED_DATA names no folder with sample files")
	}
	read := 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		all, _, _ := tryAll(bytes.NewReader(content), Config{ImageBase: "https://pics.example/"})
		products := joined(all)
		read += len(products)
		for name, export := range exports {
			again, refusals, err := tryAll(bytes.NewReader(export(products, t)), Config{})
			if len(products) > 0 && (err != nil || len(refusals) > 0 || len(again) != len(products)) {
				t.Errorf("%s as %s: %d of %d products, refused %+v, error %v", path, name, len(again), len(products), refusals[:min(3, len(refusals))], err)
				continue
			}
			for i := range again {
				if !unchanged(products[i], again[i]) {
					t.Errorf("%s as %s:\n%+v\n%+v", path, name, products[i], again[i])
					break
				}
			}
		}
		return nil
	})
	if err != nil || read < 3000 {
		t.Errorf("%d products, error %v", read, err)
	}
}

// joined puts products together as the shop does, which keeps what it was given, whatever a feed left out.
func joined(read []*Product) []*Product {
	parts := map[string][]*Product{}
	for _, p := range read {
		if p.Continues > 0 {
			parts[p.Key] = append(parts[p.Key], p)
		}
	}
	var products []*Product
	for _, p := range read {
		if p.Continues > 0 {
			continue
		}
		if len(parts[p.Key]) > 0 {
			Join(p, parts[p.Key])
		}
		if p.Incomplete = false; len(p.Variants) > 0 {
			products = append(products, p)
		}
	}
	return products
}

// No cell of an export begins with what a spreadsheet would run.
func TestExportedCellsAreHarmless(t *testing.T) {
	t.Parallel()
	p := &Product{
		Key: "=k", Name: "=cmd()", Slug: "k", State: Active, Brand: "@sum", Tags: []string{"+1"}, SEOTitle: "-1",
		Options: []Option{{"=o", []string{"=v"}}}, Variants: []Variant{{SKU: "-s", OptionValues: []string{"=v"}, MPN: "=m"}},
	}
	cells, err := csv.NewReader(bytes.NewReader(exports["Shopify's CSV"]([]*Product{p}, t))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	guarded := 0
	for _, row := range cells {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") {
				t.Errorf("a spreadsheet runs %q", cell)
			}
			if strings.HasPrefix(cell, "'") {
				guarded++
			}
		}
	}
	if guarded < 9 {
		t.Errorf("%d guarded cells: the product tests nothing", guarded)
	}
}

// An export of nothing is a file of its kind all the same.
func TestEmptyExport(t *testing.T) {
	t.Parallel()
	if file := exports["Shopify's CSV"](nil, t); !bytes.HasPrefix(file, []byte("Title,URL handle,")) || bytes.Count(file, []byte("\n")) != 1 {
		t.Errorf("%q", file)
	}
	feed := exported(t, nil, func(w io.Writer) Writer {
		return NewGoogleFeed(w, GoogleConfig{Title: "Tindle", Shop: "https://shop.example/", Currency: "EUR"})
	})
	if !bytes.Contains(feed, []byte("</rss>")) || bytes.Contains(feed, []byte("<item>")) {
		t.Errorf("%s", feed)
	}
}
