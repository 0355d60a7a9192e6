package feed

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// sample reads one of the invented files beside this test.
func sample(t *testing.T, name string) string {
	t.Helper()
	file, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(file)
}

// A supplier's catalogue in three languages becomes products with categories, prices from a quantity on, and translations.
func TestBMEcat2005(t *testing.T) {
	t.Parallel()
	products, refusals := readAll(t, strings.NewReader(sample(t, "bmecat-2005.xml")), Config{Now: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)})
	if keys(products) != "L-100 L-200 L-100 L-200" || len(refusals) > 0 {
		t.Fatalf("products %q, refused %+v", keys(products), refusals)
	}
	for i := range 2 { // the links to groups come as parts
		if refusals := Join(products[i], products[i+2:i+3]); len(refusals) > 0 || products[i+2].Continues != products[i].Row {
			t.Errorf("refused %+v, continues %d", refusals, products[i+2].Continues)
		}
	}
	p, v := products[0], products[0].Variants[0]
	if p.Name != "Schreibtischleuchte" || p.Description != "Dreht sich.\n\nLeuchtet." || p.Brand != "Lichthaus & Söhne" || !slices.Equal(p.Tags, []string{"Licht"}) {
		t.Errorf("%+v", p)
	}
	if !slices.Equal(p.Translations, []Translation{{Locale: "en", Name: "Desk lamp", Description: "It turns."}, {Locale: "fr", Name: "Lampe de bureau"}}) {
		t.Errorf("translations %+v", p.Translations)
	}
	if len(p.Categories) != 2 || !slices.Equal(p.Categories[0], []string{"Leuchten", "Tischleuchten"}) || !slices.Equal(p.Categories[1], []string{"Angebote"}) {
		t.Errorf("categories %q", p.Categories)
	}
	if !slices.Equal(p.Attributes, []Attribute{{"Spannung", "110, 220 V"}, {"Fassung", "E27"}}) || !slices.Equal(p.Related, []string{"L-200"}) {
		t.Errorf("attributes %v, related %v", p.Attributes, p.Related)
	}
	if v.Price != 4990 || !slices.Equal(v.Prices, []Price{{Currency: "USD", MinQuantity: 10, Minor: 4500}, {Currency: "EUR", MinQuantity: 1, Minor: 4490}}) {
		t.Errorf("prices %+v: the recommended price is the shop's, not what the shop pays", v)
	}
	if v.SKU != "L-100" || v.GTIN != "04006381333931" || v.MPN != "LH100" || v.WeightGrams != 1370 {
		t.Errorf("variant %+v", v)
	}
	if !slices.Equal(p.Images, []Image{{"https://pics.example/lamps/large/l100.jpg", "Von vorn"}}) {
		t.Errorf("images %v", p.Images)
	}
	p = products[1]
	if len(p.Variants) != 2 || p.Variants[1].SKU != "L-200-B" || p.Variants[1].OptionValues[0] != "Blau" || p.Variants[1].Price != 995 || p.Options[0].Name != "Farbe" {
		t.Errorf("variants %+v", p.Variants)
	}
	products, _ = readAll(t, strings.NewReader(sample(t, "bmecat-2005.xml")), Config{Locale: "en-US"})
	if p := products[0]; p.Name != "Desk lamp" || p.Attributes[0].Name != "Voltage" || p.Translations[0] != (Translation{Locale: "de", Name: "Schreibtischleuchte", Description: "Dreht sich.\n\nLeuchtet."}) {
		t.Errorf("in a shop that speaks English: %+v", p)
	}
}

// The older version says article, and often Latin-1.
func TestBMEcat12(t *testing.T) {
	t.Parallel()
	for month, want := range map[time.Month]int64{3: 1250, 9: 1350} {
		products, refusals := readAll(t, strings.NewReader(sample(t, "bmecat-1.2.xml")), Config{Now: time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC)})
		if keys(products) != "W-1 W-1" || len(refusals) > 0 {
			t.Fatalf("products %q, refused %+v", keys(products), refusals)
		}
		p := products[0]
		if p.Name != "Ringschlüssel 13 mm" || p.Description != "Geschmiedet, größte Kraft." || products[1].Categories[0][0] != "Schlüssel" || p.Variants[0].MPN != "RS13" {
			t.Errorf("%+v", p)
		}
		if p.Variants[0].Price != want {
			t.Errorf("in month %d the price is %d, want %d", month, p.Variants[0].Price, want)
		}
	}
}

// A file of prices changes prices and no product.
func TestBMEcatPrices(t *testing.T) {
	t.Parallel()
	r, err := Open(strings.NewReader(sample(t, "bmecat-prices.xml")), Config{Currency: "USD"})
	if err != nil || r.Format() != BMEcat {
		t.Fatal(err)
	}
	item, err := r.Next()
	if err != nil || item.Product != nil || item.Offer == nil || item.Offer.SKU != "W-1" || *item.Offer.Price != 1100 || item.Offer.CompareAt != nil ||
		!slices.Equal(item.Offer.Prices, []Price{{Currency: "USD", MinQuantity: 100, Minor: 1000}}) {
		t.Fatalf("%+v, %v", item.Offer, err)
	}
	item, err = r.Next()
	if err != nil || item.Offer != nil || len(item.Refusals) != 1 || item.Refusals[0].Key != "W-2" || item.Refusals[0].Row != 2 {
		t.Errorf("%+v, %v", item, err)
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// bmecatOf writes a catalogue around a product's elements.
func bmecatOf(product string) string {
	return `<BMECAT version="2005"><T_NEW_CATALOG><PRODUCT><SUPPLIER_PID>before</SUPPLIER_PID><PRODUCT_DETAILS><DESCRIPTION_SHORT>B</DESCRIPTION_SHORT></PRODUCT_DETAILS>
		<PRODUCT_PRICE_DETAILS><PRODUCT_PRICE price_type="nrp"><PRICE_AMOUNT>1</PRICE_AMOUNT></PRODUCT_PRICE></PRODUCT_PRICE_DETAILS></PRODUCT>
		<PRODUCT>` + product + `</PRODUCT></T_NEW_CATALOG></BMECAT>`
}

// An article may carry thousands of features. A table that nobody reads is cut, and what is missing is named.
func TestBMEcatManyFeatures(t *testing.T) {
	t.Parallel()
	var features strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&features, "<FEATURE><FNAME>F%d</FNAME><FVALUE>%d</FVALUE><FUNIT>MMT</FUNIT></FEATURE>", i, i)
	}
	products, refusals := readAll(t, strings.NewReader(bmecatOf(`<SUPPLIER_PID>x</SUPPLIER_PID><PRODUCT_DETAILS><DESCRIPTION_SHORT>X</DESCRIPTION_SHORT></PRODUCT_DETAILS>
		<PRODUCT_FEATURES>`+features.String()+`</PRODUCT_FEATURES><PRODUCT_PRICE_DETAILS><PRODUCT_PRICE><PRICE_AMOUNT>2</PRICE_AMOUNT></PRODUCT_PRICE></PRODUCT_PRICE_DETAILS>`)), Config{})
	if keys(products) != "before x" || len(products[1].Attributes) != maxAttributes || products[1].Attributes[7] != (Attribute{"F7", "7 mm"}) || products[1].Incomplete {
		t.Fatalf("%q, %+v", keys(products), products)
	}
	if len(refusals) != 1 || refusals[0].Row != 2 || !strings.Contains(refusals[0].Reason, "4900") || !strings.HasPrefix(refusals[0].Value, "F100, F101") {
		t.Errorf("refused %+v", refusals)
	}
}

// What is wrong with a product costs the product, and says what to do.
func TestBMEcatRefused(t *testing.T) {
	t.Parallel()
	const name = `<PRODUCT_DETAILS><DESCRIPTION_SHORT>X</DESCRIPTION_SHORT></PRODUCT_DETAILS>`
	priced := func(price string) string {
		return `<SUPPLIER_PID>x</SUPPLIER_PID>` + name + `<PRODUCT_PRICE_DETAILS><PRODUCT_PRICE price_type="net_list">` + price + `</PRODUCT_PRICE></PRODUCT_PRICE_DETAILS>`
	}
	tests := map[string]struct{ product, column, says string }{
		"no number":       {name, "SUPPLIER_PID", "is missing"},
		"number twice":    {`<SUPPLIER_PID>before</SUPPLIER_PID>` + name, "SUPPLIER_PID", "record 1"},
		"no name":         {`<SUPPLIER_PID>x</SUPPLIER_PID>`, "DESCRIPTION_SHORT", "is missing"},
		"no price":        {`<SUPPLIER_PID>x</SUPPLIER_PID>` + name, "PRICE_AMOUNT", "is missing"},
		"other currency":  {priced(`<PRICE_AMOUNT>1</PRICE_AMOUNT><PRICE_CURRENCY>EUR</PRICE_CURRENCY>`), "PRICE_CURRENCY", "USD"},
		"no currency":     {priced(`<PRICE_AMOUNT>1</PRICE_AMOUNT><PRICE_CURRENCY>ABC</PRICE_CURRENCY>`), "PRICE_CURRENCY", "ISO 4217"},
		"from ten on":     {priced(`<PRICE_AMOUNT>1</PRICE_AMOUNT><LOWER_BOUND>10</LOWER_BOUND>`), "LOWER_BOUND", "single piece"},
		"part of a cent":  {`<PRODUCT_ORDER_DETAILS><PRICE_QUANTITY>100</PRICE_QUANTITY></PRODUCT_ORDER_DETAILS>` + priced(`<PRICE_AMOUNT>12.55</PRICE_AMOUNT>`), "PRICE_AMOUNT", "of 100 pieces"},
		"hardly anything": {priced(`<PRICE_AMOUNT>0.004</PRICE_AMOUNT>`), "PRICE_AMOUNT", "smallest amount"},
		"huge exponent":   {priced(`<PRICE_AMOUNT>1e999999999</PRICE_AMOUNT>`), "PRICE_AMOUNT", "exponent"},
		"broken XML":      {`<SUPPLIER_PID>x</SUPPLIER_PID><A></B>`, "", "line 3"},
		"half a quantity": {priced(`<PRICE_AMOUNT>1</PRICE_AMOUNT><LOWER_BOUND>1.5</LOWER_BOUND>`), "LOWER_BOUND", "whole number"},
	}
	for test, tc := range tests {
		t.Run(test, func(t *testing.T) {
			t.Parallel()
			products, refusals := readAll(t, strings.NewReader(bmecatOf(tc.product)), Config{})
			if keys(products) != "before" || len(refusals) == 0 || refusals[0].Row != 2 || refusals[0].Column != tc.column || !strings.Contains(refusals[0].Reason, tc.says) {
				t.Errorf("products %q, refused %+v; want %q and %q", keys(products), refusals, tc.column, tc.says)
			}
		})
	}
}

// Catalogues write prices with more decimals than a currency has. Zeros change nothing, and what is rounded is told.
func TestBMEcatRoundsPrices(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		amount, quantity string
		minor            int64
		told             string
	}{
		"zeros":           {"12.5000", "", 1250, ""},
		"half a cent":     {"12.505", "", 1251, "rounded to 12.51"},
		"less than half":  {"12.50499", "1", 1250, "rounded to 12.50"},
		"of a hundred":    {"1250.00", "100", 1250, ""},
		"of a whole pack": {"0.1250", "0.01", 1250, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			quantity := ""
			if tc.quantity != "" {
				quantity = `<PRODUCT_ORDER_DETAILS><PRICE_QUANTITY>` + tc.quantity + `</PRICE_QUANTITY></PRODUCT_ORDER_DETAILS>`
			}
			file := bmecatOf(`<SUPPLIER_PID>x</SUPPLIER_PID><PRODUCT_DETAILS><DESCRIPTION_SHORT>X</DESCRIPTION_SHORT></PRODUCT_DETAILS>` + quantity +
				`<PRODUCT_PRICE_DETAILS><PRODUCT_PRICE price_type="nrp"><PRICE_AMOUNT>` + tc.amount + `</PRICE_AMOUNT></PRODUCT_PRICE>` +
				`<PRODUCT_PRICE price_type="net_list"><PRICE_AMOUNT>9.999</PRICE_AMOUNT></PRODUCT_PRICE></PRODUCT_PRICE_DETAILS>`) // which does not count
			products, refusals := readAll(t, strings.NewReader(file), Config{})
			if keys(products) != "before x" || products[1].Incomplete || products[1].Variants[0].Price != tc.minor {
				t.Fatalf("%q, %+v, refused %+v", keys(products), products, refusals)
			}
			if (tc.told == "") != (len(refusals) == 0) || tc.told != "" && (len(refusals) != 1 || refusals[0].Row != 2 || refusals[0].Value != tc.amount || !strings.Contains(refusals[0].Reason, tc.told)) {
				t.Errorf("told %+v, want %q", refusals, tc.told)
			}
		})
	}
}

// Links to groups that lead nowhere are named; a group that stands above itself ends nothing but its own lines.
func TestBMEcatGroups(t *testing.T) {
	t.Parallel()
	file := strings.Replace(bmecatOf(`<SUPPLIER_PID>x</SUPPLIER_PID>`), "<PRODUCT><SUPPLIER_PID>before", `
		<CATALOG_STRUCTURE type="node"><GROUP_ID>1</GROUP_ID><GROUP_NAME>A</GROUP_NAME><PARENT_ID>2</PARENT_ID></CATALOG_STRUCTURE>
		<CATALOG_STRUCTURE type="node"><GROUP_ID>2</GROUP_ID><GROUP_NAME>B</GROUP_NAME><PARENT_ID>1</PARENT_ID></CATALOG_STRUCTURE>
		<CATALOG_STRUCTURE type="leaf"><GROUP_ID>3</GROUP_ID><GROUP_NAME>C</GROUP_NAME></CATALOG_STRUCTURE>
		<PRODUCT_TO_CATALOGGROUP_MAP><PROD_ID>before</PROD_ID><CATALOG_GROUP_ID>3</CATALOG_GROUP_ID></PRODUCT_TO_CATALOGGROUP_MAP>
		<PRODUCT><SUPPLIER_PID>before`, 1)
	file = strings.Replace(file, "</T_NEW_CATALOG>", `
		<PRODUCT_TO_CATALOGGROUP_MAP><PROD_ID>before</PROD_ID><CATALOG_GROUP_ID>1</CATALOG_GROUP_ID></PRODUCT_TO_CATALOGGROUP_MAP>
		<PRODUCT_TO_CATALOGGROUP_MAP><PROD_ID>before</PROD_ID><CATALOG_GROUP_ID>9</CATALOG_GROUP_ID></PRODUCT_TO_CATALOGGROUP_MAP></T_NEW_CATALOG>`, 1)
	products, refusals := readAll(t, strings.NewReader(file), Config{})
	if keys(products) != "before" || len(products[0].Categories) != 1 || products[0].Categories[0][0] != "C" {
		t.Errorf("%q %+v", keys(products), products)
	}
	var reasons string
	rows := map[int64]bool{}
	for _, r := range refusals {
		reasons += r.Reason + "\n"
		rows[r.Row] = true
	}
	if !strings.Contains(reasons, "above itself") || !strings.Contains(reasons, "does not list") || len(rows) != 3 {
		t.Errorf("refused %+v", refusals)
	}
}

// A file of changes brings whole products; one that the supplier takes back is put away.
func TestBMEcatUpdates(t *testing.T) {
	t.Parallel()
	file := strings.ReplaceAll(bmecatOf(`<SUPPLIER_PID>x</SUPPLIER_PID>`), "T_NEW_CATALOG", "T_UPDATE_PRODUCTS")
	file = strings.Replace(file, "<PRODUCT><SUPPLIER_PID>before", `<PRODUCT mode="delete"><SUPPLIER_PID>before`, 1)
	products, _ := readAll(t, strings.NewReader(file), Config{})
	if keys(products) != "before" || products[0].State != Archived {
		t.Errorf("%+v", products)
	}
}

// A product is in as many categories as the shop takes; those that lead to others do not count.
func TestJoinCategories(t *testing.T) {
	t.Parallel()
	whole := &Product{Row: 1, Key: "x", Name: "X", Variants: []Variant{{Row: 1, Price: 1}}, Categories: [][]string{{"A"}, {"A", "B"}}}
	var parts []*Product
	for i := range maxPaths {
		parts = append(parts, &Product{Row: int64(i + 2), Key: "x", Continues: 1, Categories: [][]string{{"A"}, {"A", "B", fmt.Sprint(i)}}})
	}
	if refusals := Join(whole, parts); len(refusals) > 0 || len(whole.Categories) != maxPaths || len(whole.Categories[0]) != 3 {
		t.Errorf("categories %v, refused %+v", whole.Categories, refusals)
	}
	refusals := Join(whole, []*Product{{Row: 99, Key: "x", Continues: 1, Categories: [][]string{{"C"}}}})
	if len(refusals) != 1 || refusals[0].Row != 99 || len(whole.Categories) != maxPaths {
		t.Errorf("categories %v, refused %+v", whole.Categories, refusals)
	}
}
