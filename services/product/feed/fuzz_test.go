package feed

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// itemsOf reads a file as far as it goes, and writes down what it says.
func itemsOf(from io.Reader, cfg Config) (products []*Product, refusals []Refusal, all string) {
	cfg.Currency = "USD"
	r, err := Open(from, cfg)
	if err != nil {
		return nil, nil, err.Error()
	}
	var told strings.Builder
	for {
		item, err := r.Next()
		if err != nil {
			fmt.Fprint(&told, err)
			return products, refusals, told.String()
		}
		if item.Product != nil {
			products = append(products, item.Product)
			fmt.Fprintf(&told, "%+v\n", *item.Product)
		}
		if item.Text != nil {
			fmt.Fprintf(&told, "%+v\n", *item.Text)
		}
		refusals = append(refusals, item.Refusals...)
		fmt.Fprintf(&told, "%+v\n", item.Refusals)
	}
}

// Whatever a file holds, reading it ends without a crash, what comes out can be stored, and the same bytes give the same items in
// whatever pieces they arrive.
func fuzz(f *testing.F, format Format) {
	f.Fuzz(func(t *testing.T, file []byte) {
		cfg := Config{Format: format, MaxBytes: 1 << 20, ImageBase: "https://pics.example/"}
		products, refusals, all := itemsOf(bytes.NewReader(file), cfg)
		if _, _, again := itemsOf(&trickle{rest: string(file)}, cfg); again != all {
			t.Errorf("read in pieces:\n%s\nread at once:\n%s", again, all)
		}
		storable := func(what, text string, limit int) {
			if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || utf8.RuneCountInString(text) > limit {
				t.Errorf("%s cannot be stored: %q", what, text)
			}
		}
		rows := map[int64]bool{}
		for _, p := range products {
			storable("key", p.Key, maxKey)
			storable("name", p.Name, maxName)
			storable("slug", p.Slug, maxSlug)
			storable("description", p.Description, maxDescription)
			storable("brand", p.Brand, maxBrand)
			if p.Continues == 0 && (p.Key == "" || p.Name == "" || p.Slug == "" || len(p.Variants) == 0 && p.State != Draft) {
				t.Errorf("not a product: %+v", p)
			}
			if rows[p.Row] {
				t.Errorf("two products begin in row %d", p.Row)
			}
			rows[p.Row] = true
			for _, r := range p.Related {
				storable("related product", r, maxKey)
			}
			for _, tr := range p.Translations {
				storable("language", tr.Locale, maxKey)
				storable("name", tr.Name, maxName)
				storable("description", tr.Description, maxDescription)
			}
			for _, v := range p.Variants {
				storable("SKU", v.SKU, maxSKU)
				storable("MPN", v.MPN, maxSKU)
				for _, other := range v.Prices {
					if other.Minor < 0 || other.Minor > maxPrice || other.MinQuantity < 1 || len(other.Currency) != 3 {
						t.Errorf("price %+v", other)
					}
				}
				if v.Price < 0 || v.Price > maxPrice || v.CompareAt != 0 && v.CompareAt <= v.Price && p.Continues == 0 || v.Stock.OnHand < 0 {
					t.Errorf("variant %+v", v)
				}
				if p.Continues == 0 && len(v.OptionValues) != len(p.Options) {
					t.Errorf("%d option values for %d options", len(v.OptionValues), len(p.Options))
				}
			}
			for _, i := range p.Images {
				storable("image", i.Source, maxSource)
				storable("alt", i.Alt, maxAlt)
			}
			Hash(p)
		}
		for _, r := range refusals {
			if r.Row < 1 || r.Reason == "" {
				t.Errorf("refused %+v", r)
			}
			storable("column", r.Column, maxValue)
			storable("value", r.Value, maxValue)
			storable("reason", r.Reason, 2*maxValue)
			storable("refused key", r.Key, maxKey)
		}
	})
}

func FuzzShopify(f *testing.F) {
	f.Add([]byte(shopifyFile(simple("mug"), simple("cup", "Variant Price", "x"))))
	f.Add([]byte("Handle;Title;Price;Option1 name;Option1 value\n\"a\";\"b\"\"\";1;Size;S\na;;2;;M\n\"broken"))
	f.Add([]byte("\xff\xfeH\x00a\x00"))
	f.Add([]byte("Handle,Title,Variant Price,Fabric (product.metafields.a.b)\n,,,\n"))
	fuzz(f, ShopifyCSV)
}

// fuzzDialect begins with all samples: what one shop writes is a strange file of another.
func fuzzDialect(f *testing.F, format Format) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.csv"))
	if err != nil || len(names) == 0 {
		f.Fatalf("no samples: %v", err)
	}
	for _, name := range names {
		sample, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(sample)
	}
	fuzz(f, format)
}

func FuzzAnyTable(f *testing.F)          { fuzzDialect(f, Unknown) }
func FuzzWooCommerce(f *testing.F)       { fuzzDialect(f, WooCommerceCSV) }
func FuzzMagento(f *testing.F)           { fuzzDialect(f, MagentoCSV) }
func FuzzPrestaShop(f *testing.F)        { fuzzDialect(f, PrestaShopCSV) }
func FuzzMedusa(f *testing.F)            { fuzzDialect(f, MedusaCSV) }
func FuzzVendure(f *testing.F)           { fuzzDialect(f, VendureCSV) }
func FuzzSpree(f *testing.F)             { fuzzDialect(f, SpreeCSV) }
func FuzzSpreeTranslations(f *testing.F) { fuzzDialect(f, SpreeTranslations) }
func FuzzShopware(f *testing.F)          { fuzzDialect(f, ShopwareCSV) }

func FuzzJSON(f *testing.F) {
	f.Add([]byte("[" + mug + "]"))
	f.Add([]byte(`[{"name":"a","image":"https://x/123456_a.jpg","price":1},{"key":1,"name":"b","variants":[{}]},5,[],{]`))
	f.Add([]byte(`[{"key":"a","name":"b","attributes":{"\u0000":"x"},"price":"1.00","categories":[["a"],"b"]}]`))
	fuzz(f, JSON)
}
