package feed

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// lines makes a file of a million rows' kind without holding it.
type lines struct {
	header string
	line   func(n int) string // empty after the last
	n      int
	rest   string
}

// Read hands on line after line.
func (l *lines) Read(p []byte) (int, error) {
	if l.rest == "" {
		if l.n == 0 {
			l.rest = l.header
		} else if l.rest = l.line(l.n - 1); l.rest == "" {
			return 0, io.EOF
		}
		l.n++
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// Parts that stand further apart than can be held make products that are continued, and joined they are whole: memory stays the same
// however long the file is, and no variant is lost or doubled.
func TestRoomIsBounded(t *testing.T) {
	const products = 3000
	text := strings.Repeat("A long text that is kept with its product. ", 800) // 34 kB each: three thousand do not fit
	file := &lines{header: "ID,Type,SKU,Name,Description,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)\n", line: func(n int) string {
		product, kind := n%products, n/products
		switch kind {
		case 0:
			return fmt.Sprintf("%d,variable,P%d,Product %d,%s,,,Size,\"S, M\"\n%d,variation,P%d-S,,,5,id:%d,Size,S\n", product+1, product, product, text, product+100_001, product, product+1)
		case 1: // long after the product
			return fmt.Sprintf("%d,variation,P%d-M,,,6,p%d,Size,M\n", product+200_001, product, product)
		default:
			return ""
		}
	}}
	r, err := Open(file, Config{Currency: "USD"})
	if err != nil {
		t.Fatal(err)
	}
	whole, parts := map[int64]*Product{}, map[int64][]*Product{}
	var most uint64
	for n := 0; ; n++ {
		item, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(item.Refusals) > 0 {
			t.Fatalf("refused %+v", item.Refusals)
		}
		item.Product.Description = ""
		if item.Product.Continues > 0 {
			parts[item.Product.Continues] = append(parts[item.Product.Continues], item.Product)
		} else {
			whole[item.Product.Row] = item.Product
		}
		if n%500 == 0 {
			var memory runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&memory)
			most = max(most, memory.HeapAlloc)
		}
	}
	if len(whole) != products || len(parts) == 0 || len(parts) == products {
		t.Fatalf("%d products, %d of them continued: the file tests nothing", len(whole), len(parts))
	}
	if most > 2*maxHeld {
		t.Errorf("held %d MB", most>>20)
	}
	for row, p := range whole {
		if refusals := Join(p, parts[row]); len(refusals) > 0 || len(p.Variants) != 2 || p.Variants[1].OptionValues[0] != "M" {
			t.Fatalf("%+v, refused %+v", p, refusals)
		}
	}
}

// Variations that call their parent by different names, and list its attributes in different orders, come together when it is read.
func TestRoomAbsorbs(t *testing.T) {
	t.Parallel()
	products, refusals := readAll(t, strings.NewReader("ID,Type,SKU,Name,Regular price,Parent,Attribute 1 name,Attribute 1 value(s),Attribute 2 name,Attribute 2 value(s)\n"+
		"2,variation,A-1,,5,id:1,Size,S,,\n3,variation,A-2,,5,a,Colour,Red,Size,M\n1,variable,A,Coat,,,Size,\"S, M\",Colour,\"Red, Blue\"\n"), Config{})
	if len(products) != 1 || len(refusals) > 0 || len(products[0].Variants) != 2 {
		t.Fatalf("%+v, refused %+v", products, refusals)
	}
	for i, want := range []string{"S/Any", "M/Red"} {
		if got := strings.Join(products[0].Variants[i].OptionValues, "/"); got != want {
			t.Errorf("variant %d: %s, want %s", i, got, want)
		}
	}
}

// Prices and translations that stand apart come to their product, and one that names its options in another order is understood.
func TestJoinPricesAndTexts(t *testing.T) {
	t.Parallel()
	whole := &Product{
		Row: 2, Key: "a", Name: "A", Options: []Option{{Name: "Size"}, {Name: "Colour"}}, Translations: []Translation{{Locale: "de"}},
		Variants: []Variant{{Row: 2, SKU: "A-1", Price: 100, OptionValues: []string{"S", "Red"}}},
	}
	part := &Product{
		Row: 9, Continues: 2, Options: []Option{{Name: "Colour"}, {Name: "Size"}}, Translations: []Translation{{Locale: "de"}, {Locale: "fr"}},
		Variants: []Variant{
			{Row: 9, SKU: "A-1", Prices: []Price{{Currency: "EUR", MinQuantity: 1, Minor: 90}}},
			{Row: 10, SKU: "A-1", Prices: []Price{{Currency: "EUR", MinQuantity: 1, Minor: 80}}},
			{Row: 11, SKU: "A-2", Price: 110, OptionValues: []string{"Blue", "M"}},
		},
	}
	refusals := Join(whole, []*Product{part})
	if len(whole.Variants) != 2 || len(whole.Variants[0].Prices) != 1 || whole.Variants[0].Prices[0].Minor != 90 || len(whole.Translations) != 2 {
		t.Errorf("joined %+v", whole)
	}
	if values := strings.Join(whole.Variants[1].OptionValues, "/"); values != "M/Blue" {
		t.Errorf("option values %s, want M/Blue", values)
	}
	if len(refusals) != 1 || refusals[0].Row != 10 {
		t.Errorf("refused %+v, want row 10", refusals)
	}
}

// A cell with a million parts costs its row, and neither minutes nor memory.
func TestEndlessLists(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"categories": "Type,SKU,Name,Regular price,Categories\nsimple,A,A,1,\"" + strings.Repeat("a > b, ", 1_000_000) + "\"\n",
		"pictures":   "Type,SKU,Name,Regular price,Images,Parent\nsimple,A,A,1,\"" + strings.Repeat("https://x.example/a.jpg,b", 300_000) + "\",\n",
		"variants":   "sku,product_type,name,price,visibility,configurable_variations\nA,configurable,A,,,\"" + strings.Repeat("sku=b,c=d|", 700_000) + "\"\n",
		"facets":     "name,assets,sku,price,taxCategory,variantAssets,facets\nA,,A,1,,," + strings.Repeat("a:b|", 1_000_000) + "\n",
		"attributes": "sku,product_type,name,price,visibility,additional_attributes\nA,simple,A,1,,\"" + strings.Repeat("a=b,", 1_000_000) + "\"\n",
	}
	for name, file := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			_, refusals := readAll(t, strings.NewReader(file), Config{})
			if took := time.Since(begun); took > 10*time.Second || len(refusals) > 2*maxVariants {
				t.Errorf("%d refusals in %v", len(refusals), took)
			}
		})
	}
	_, _, err := tryAll(strings.NewReader(strings.Repeat("Attribute 1 name,", 100_000)+"\n"), Config{})
	if err == nil || !strings.Contains(err.Error(), "columns") {
		t.Errorf("a header without end: %v", err)
	}
}
