package feed

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

const header = "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value," +
	"Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price," +
	"Variant Compare At Price,Variant Barcode,Image Src,Image Position,Image Alt Text,Variant Image,Status"

// row writes a row of cells by their header.
func row(cells ...string) string {
	names := strings.Split(header, ",")
	out := make([]string, len(names))
	for i := 0; i < len(cells); i += 2 {
		out[slices.Index(names, cells[i])] = cells[i+1]
	}
	return strings.Join(out, ",")
}

func shopifyFile(rows ...string) string {
	return header + "\r\n" + strings.Join(rows, "\r\n") + "\r\n"
}

func simple(handle string, cells ...string) string {
	return row(append([]string{"Handle", handle, "Title", "The " + handle, "Variant Price", "10.00"}, cells...)...)
}

// Both generations of Shopify's headers, and what spreadsheets make of them, mean the same product.
func TestShopifyDialects(t *testing.T) {
	t.Parallel()
	older := shopifyFile(
		row("Handle", "mug", "Title", "Mug &amp; Saucer", "Body (HTML)", `"<p>One.</p><ul><li>A</li><li>B</li></ul>"`, "Vendor", "Tindle",
			"Type", "Kitchen", "Tags", `"tea, gift"`, "Published", "true", "Option1 Name", "Colour", "Option1 Value", "Moss",
			"Variant SKU", "M-1", "Variant Grams", "310", "Variant Inventory Tracker", "shopify", "Variant Inventory Qty", "7",
			"Variant Inventory Policy", "continue", "Variant Price", "24.5", "Variant Compare At Price", "30", "Variant Barcode", "'4006381333931",
			"Image Src", "https://pics.example/2.jpg", "Image Position", "2", "Image Alt Text", "Side"),
		row("Handle", "mug", "Option1 Value", "Clay", "Variant SKU", "M-2", "Variant Inventory Tracker", "shopify", "Variant Inventory Qty", "-2",
			"Variant Price", "24.50", "Image Src", "https://pics.example/1.jpg", "Image Position", "1", "Variant Image", "https://pics.example/3.jpg"),
		row("Handle", "mug", "Image Src", "https://pics.example/4.jpg", "Image Position", "4"),
	)
	newer := strings.NewReplacer("Body (HTML)", "Description", "Handle", "URL handle", "Published", "Published on online store",
		"Variant SKU", "SKU", "Variant Barcode", "Barcode", "Variant Price", "Price", "Variant Compare At Price", "Compare-at price",
		"Variant Grams", "Weight value (grams)", "Variant Inventory Tracker", "Inventory tracker", "Variant Inventory Qty", "Inventory quantity",
		"Variant Inventory Policy", "Continue selling when out of stock", "Image Src", "Product image URL", "Variant Image", "Variant image URL",
		"Option1 Name", "Option1 name", "Option1 Value", "Option1 value").Replace(header) + strings.TrimPrefix(older, header)
	cells, err := csv.NewReader(strings.NewReader(older)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var semicolons bytes.Buffer
	w := csv.NewWriter(&semicolons)
	w.Comma = ';'
	if err := w.WriteAll(cells); err != nil {
		t.Fatal(err)
	}
	utf16le := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(strings.ReplaceAll(older, "\r\n", "\n"))) {
		utf16le = binary.LittleEndian.AppendUint16(utf16le, unit)
	}
	files := map[string][]byte{
		"older": []byte(older), "newer": []byte(newer), "byte order mark": []byte("\xef\xbb\xbf" + older), "gzip": zipped(t, []byte(older)),
		"LF": []byte(strings.ReplaceAll(older, "\r\n", "\n")), "CR": []byte(strings.ReplaceAll(older, "\r\n", "\r")), "UTF-16": utf16le,
		"no last line end": []byte(strings.TrimSuffix(older, "\r\n")), "blank lines": []byte(strings.ReplaceAll(older, "\r\n", "\r\n\r\n")),
		"semicolons": semicolons.Bytes(),
	}
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			products, refusals := readAll(t, bytes.NewReader(file), Config{})
			if len(products) != 1 || len(refusals) > 0 {
				t.Fatalf("%d products, refused %+v", len(products), refusals)
			}
			p := products[0]
			if p.Name != "Mug & Saucer" || p.Description != "One.\n\n• A\n• B" || p.Brand != "Tindle" || p.State != Active || p.Slug != "mug" ||
				!slices.Equal(p.Tags, []string{"tea", "gift"}) || len(p.Categories) != 1 || p.Categories[0][0] != "Kitchen" {
				t.Errorf("product %+v", p)
			}
			if len(p.Options) != 1 || p.Options[0].Name != "Colour" || !slices.Equal(p.Options[0].Values, []string{"Moss", "Clay"}) {
				t.Errorf("options %+v", p.Options)
			}
			if len(p.Variants) != 2 {
				t.Fatalf("variants %+v", p.Variants)
			}
			first, second := p.Variants[0], p.Variants[1]
			if first.SKU != "M-1" || first.GTIN != "04006381333931" || first.Price != 2450 || first.CompareAt != 3000 || first.WeightGrams != 310 ||
				first.Stock != (Stock{Known: true, OnHand: 7, Backorder: true}) {
				t.Errorf("first variant %+v", first)
			}
			if second.Price != 2450 || second.Image != "https://pics.example/3.jpg" || second.Stock != (Stock{Known: true}) {
				t.Errorf("second variant %+v", second)
			}
			var order []string
			for _, i := range p.Images {
				order = append(order, strings.TrimPrefix(i.Source, "https://pics.example/"))
			}
			if strings.Join(order, " ") != "1.jpg 2.jpg 4.jpg 3.jpg" {
				t.Errorf("images in the order %v", order)
			}
		})
	}
}

// Title and Default Title are Shopify's way to say that a product has no options, and a blank tracker that stock is not counted.
func TestShopifyWithoutOptions(t *testing.T) {
	t.Parallel()
	products, refusals := readAll(t, strings.NewReader(shopifyFile(
		simple("mug", "Option1 Name", "Title", "Option1 Value", "Default Title", "Variant Inventory Qty", "3", "Published", "false"))), Config{})
	if len(products) != 1 || len(refusals) > 0 {
		t.Fatalf("%d products, refused %+v", len(products), refusals)
	}
	p := products[0]
	if len(p.Options) > 0 || len(p.Variants[0].OptionValues) > 0 || p.Variants[0].Stock != (Stock{Backorder: true}) || p.State != Draft {
		t.Errorf("%+v", p)
	}
}

// One bad row costs that row. Each is named with its number as a spreadsheet shows it, its column and what is wrong.
func TestShopifyDamage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		row    string // stands in row 3, between two good products
		column string
		reason string
		taken  bool // the product comes in without the part that was refused
	}{
		"Latin-1":            {row: simple("x", "Title", "Caf\xe9", "Vendor", "Möbel"), column: "Title", reason: "UTF-8"},
		"NUL":                {row: simple("x", "Title", "a\x00b"), column: "Title", reason: "U+0000"},
		"control character":  {row: simple("x", "Body (HTML)", "a\x07b"), column: "Body (HTML)", reason: "U+0007"},
		"text for a price":   {row: simple("x", "Variant Price", "ask us"), column: "Variant Price", reason: "not a number"},
		"currency":           {row: simple("x", "Variant Price", "$10.00"), column: "Variant Price", reason: "without currency"},
		"negative price":     {row: simple("x", "Variant Price", "-1"), column: "Variant Price", reason: "negative"},
		"too many decimals":  {row: simple("x", "Variant Price", "9.999"), column: "Variant Price", reason: "decimals"},
		"decimal comma":      {row: simple("x", "Variant Price", `"9,99"`), column: "Variant Price", reason: "point"},
		"thousands, wrong":   {row: simple("x", "Variant Price", `"9,99.50"`), column: "Variant Price", reason: "point"},
		"exponent":           {row: simple("x", "Variant Price", "1e3"), column: "Variant Price", reason: "exponent"},
		"NaN":                {row: simple("x", "Variant Price", "NaN"), column: "Variant Price", reason: "not a number"},
		"huge price":         {row: simple("x", "Variant Price", "99999999999999999999"), column: "Variant Price", reason: "too large"},
		"large price":        {row: simple("x", "Variant Price", "90000000000"), column: "Variant Price", reason: "too large"},
		"no price":           {row: simple("x", "Variant Price", "", "Variant SKU", "S"), column: "Variant Price", reason: "missing"},
		"bad former price":   {row: simple("x", "Variant Compare At Price", "x"), column: "Variant Compare At Price", reason: "not a number"},
		"no title":           {row: simple("x", "Title", ""), column: "Title", reason: "missing"},
		"no handle":          {row: simple(""), column: "Handle", reason: "missing"},
		"long title":         {row: simple("x", "Title", strings.Repeat("é", 300)), column: "Title", reason: "longer than 255 characters (300)"},
		"cell of 5 MB":       {row: simple("x", "Body (HTML)", strings.Repeat("long ", 1<<20)), column: "Body (HTML)", reason: "longer than"},
		"GTIN as number":     {row: simple("x", "Variant Barcode", "3.65275E+11"), column: "Variant Barcode", reason: "spreadsheet", taken: true},
		"GTIN mistyped":      {row: simple("x", "Variant Barcode", "4006381333932"), column: "Variant Barcode", reason: "check digit", taken: true},
		"GTIN too short":     {row: simple("x", "Variant Barcode", "12345"), column: "Variant Barcode", reason: "8, 12, 13 or 14", taken: true},
		"SKU used before":    {row: simple("x", "Variant SKU", "S-1"), column: "Variant SKU", reason: "row 2"},
		"weight":             {row: simple("x", "Variant Grams", "heavy"), column: "Variant Grams", reason: "grams"},
		"count":              {row: simple("x", "Variant Inventory Tracker", "shopify", "Variant Inventory Qty", "1.5"), column: "Variant Inventory Qty", reason: "whole number"},
		"policy":             {row: simple("x", "Variant Inventory Policy", "maybe"), column: "Variant Inventory Policy", reason: "neither"},
		"status":             {row: simple("x", "Status", "gone"), column: "Status", reason: "none of"},
		"published":          {row: simple("x", "Published", "perhaps"), column: "Published", reason: "neither"},
		"value, no option":   {row: simple("x", "Option2 Value", "Large"), column: "Option2 Name", reason: "missing"},
		"option, no value":   {row: simple("x", "Option1 Name", "Size"), column: "Size", reason: "no value"},
		"too few cells":      {row: "x,The x,10.00", reason: "3 cells where the header has 24"},
		"too many cells":     {row: simple("x") + ",more", reason: "25 cells"},
		"quote never closed": {row: `x,"The x` + strings.TrimPrefix(simple("x"), "x,The x"), reason: "quote"},
		"text after a quote": {row: `x,"The" x` + strings.TrimPrefix(simple("x"), "x,The x"), reason: "closing quote"},
		"image address":      {row: simple("x", "Image Src", "ftp://pics.example/x.jpg"), column: "Image Src", reason: "web address", taken: true},
		"image relative":     {row: simple("x", "Image Src", "pics/x.jpg"), column: "Image Src", reason: "web address", taken: true},
		"image password":     {row: simple("x", "Image Src", "https://a:b@pics.example/x.jpg"), column: "Image Src", reason: "password", taken: true},
		"image position":     {row: simple("x", "Image Src", "https://pics.example/x.jpg", "Image Position", "first"), column: "Image Position", reason: "whole number", taken: true},
		"says nothing":       {row: row("Handle", "x", "Vendor", "V"), reason: "neither"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			products, refusals := readAll(t, strings.NewReader(shopifyFile(simple("before", "Variant SKU", "S-1"), tc.row, simple("after"))), Config{})
			want := "before after"
			if tc.taken {
				want = "before x after"
			}
			if keys(products) != want {
				t.Errorf("products %q, want %q", keys(products), want)
			}
			if len(refusals) == 0 {
				t.Fatal("nothing was refused")
			}
			r := refusals[0]
			if r.Row != 3 || r.Column != tc.column || !strings.Contains(r.Reason, tc.reason) {
				t.Errorf("refused %+v; want row 3, column %q and %q", r, tc.column, tc.reason)
			}
			for _, other := range refusals[1:] {
				if other.Row != 3 {
					t.Errorf("refused %+v, and nothing is wrong there", other)
				}
			}
		})
	}
}

// A product with a bad row comes in with its others, marked so that nothing is removed from the shop on its word.
func TestShopifyKeepsGoodVariants(t *testing.T) {
	t.Parallel()
	variant := func(size, price string) string {
		return row("Handle", "mug", "Option1 Value", size, "Variant Price", price)
	}
	first := row("Handle", "mug", "Title", "Mug", "Option1 Name", "Size", "Option1 Value", "S", "Variant Price", "1")
	products, refusals := readAll(t, strings.NewReader(shopifyFile(first, variant("M", "x"), variant("L", "3"), variant("S", "4"))), Config{})
	if len(products) != 1 || len(products[0].Variants) != 2 || !products[0].Incomplete {
		t.Fatalf("%+v", products)
	}
	if len(refusals) != 2 || refusals[0].Row != 3 || refusals[1].Row != 5 || !strings.Contains(refusals[1].Reason, "row 2") {
		t.Errorf("refused %+v", refusals)
	}

	// Without its first row nobody knows what the product is: all its rows are named.
	products, refusals = readAll(t, strings.NewReader(shopifyFile(strings.Replace(first, "Mug", "\x01", 1), variant("M", "2"), simple("after"))), Config{})
	if keys(products) != "after" || len(refusals) != 2 || refusals[1].Row != 3 || !strings.Contains(refusals[1].Reason, "see row 2") {
		t.Errorf("products %q, refused %+v", keys(products), refusals)
	}
}

// Rows of one handle may stand apart: the later ones name the product that they continue.
func TestShopifyPartsJoin(t *testing.T) {
	t.Parallel()
	first := row("Handle", "mug", "Title", "Mug", "Option1 Name", "Size", "Option1 Value", "S", "Variant Price", "1", "Variant SKU", "A")
	later := row("Handle", "mug", "Option1 Value", "M", "Variant Price", "2", "Variant SKU", "B", "Image Src", "https://pics.example/m.jpg")
	again := row("Handle", "mug", "Option1 Value", "S", "Variant Price", "2")
	taken := row("Handle", "mug", "Option1 Value", "L", "Variant Price", "2", "Variant SKU", "A")
	products, refusals := readAll(t, strings.NewReader(shopifyFile(first, simple("cup"), later, simple("jug"), again, taken)), Config{})
	if keys(products) != "mug cup mug jug mug" || products[2].Continues != 2 || products[4].Continues != 2 {
		t.Fatalf("products %q, the third continues %d", keys(products), products[2].Continues)
	}
	if len(refusals) != 1 || refusals[0].Row != 7 {
		t.Errorf("refused %+v, want the SKU in row 7", refusals)
	}
	refusals = Join(products[0], []*Product{products[2], products[4]})
	whole := products[0]
	if len(whole.Variants) != 2 || whole.Variants[1].SKU != "B" || len(whole.Images) != 1 || !slices.Equal(whole.Options[0].Values, []string{"S", "M"}) {
		t.Errorf("joined %+v", whole)
	}
	if len(refusals) != 1 || refusals[0].Row != 6 || !whole.Incomplete {
		t.Errorf("refused %+v", refusals)
	}
}

// More rows than a product may have cost that product, not the memory of the worker.
func TestShopifyTooManyRows(t *testing.T) {
	t.Parallel()
	rows := []string{simple("before")}
	for i := range 2500 {
		rows = append(rows, row("Handle", "x", "Title", "X", "Option1 Name", "N", "Option1 Value", itoa(int64(i)), "Variant Price", "1"))
	}
	rows = append(rows, simple("after"))
	products, refusals := readAll(t, strings.NewReader(shopifyFile(rows...)), Config{})
	if keys(products) != "before after" || len(refusals) != 2500 {
		t.Errorf("products %q, %d refused", keys(products), len(refusals))
	}
	products, refusals = readAll(t, strings.NewReader(shopifyFile(append(rows[:601:601], simple("after"))...)), Config{})
	if keys(products) != "before after" || !strings.Contains(refusals[0].Reason, "500 variants") {
		t.Errorf("products %q, refused first %+v", keys(products), refusals[0])
	}
}

// A file whose compression breaks off gives what can be read, and says where it ends.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	var rows []string
	for i := range 3000 {
		rows = append(rows, simple("p"+itoa(int64(i)), "Body (HTML)", strings.Repeat(itoa(int64(i*i)), 20)))
	}
	packed := zipped(t, []byte(shopifyFile(rows...)))
	products, refusals := readAll(t, bytes.NewReader(packed[:len(packed)/2]), Config{})
	if n := len(products); n < 500 || n > 2900 || len(refusals) != 1 || refusals[0].Row != int64(n)+2 || !products[n-1].Incomplete || products[0].Incomplete {
		t.Errorf("%d products, refused %+v", n, refusals)
	}
}
