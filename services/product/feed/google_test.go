package feed

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// rss puts items into a feed.
func rss(items ...string) string {
	return `<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>` + "\n<item>" +
		strings.Join(items, "</item>\n<item>") + "</item>\n</channel></rss>"
}

// googleOf writes an item that is whole, with more after it; an attribute that is there twice replaces the first.
func googleOf(id string, more ...string) string {
	fields := []string{"id", id, "title", "Tea bowl", "price", "15.00 USD", "availability", "in_stock", "image_link", "https://pics.example/" + id + ".jpg"}
	var out strings.Builder
	for i := 0; i < len(fields); i += 2 {
		if !slices.Contains(more, fields[i]) {
			out.WriteString("<g:" + fields[i] + ">" + fields[i+1] + "</g:" + fields[i] + ">")
		}
	}
	for i := 0; i < len(more); i += 2 {
		out.WriteString("<g:" + more[i] + ">" + more[i+1] + "</g:" + more[i] + ">")
	}
	return out.String()
}

// The files that shops really send, in each currency that they are in.
func TestGoogleRealFiles(t *testing.T) {
	folder := os.Getenv("TEST_FEED_DATA")
	if folder == "" {
		t.Skip("TEST_FEED_DATA names no folder with Google's and Facebook's sample files")
	}
	read := func(name, currency string) (*Product, []Refusal) {
		file, err := os.Open(filepath.Join(folder, "google-merchant", name))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		r, err := Open(file, Config{Currency: currency})
		if err != nil {
			t.Fatal(err)
		}
		item, err := r.Next()
		if err != nil || r.Format() != GoogleXML {
			t.Fatalf("%s: %v, %s", name, err, r.Format())
		}
		return item.Product, item.Refusals
	}
	p, refusals := read("google-merchant-rss2.xml", "USD")
	if p == nil || len(refusals) > 0 {
		t.Fatalf("refused %+v", refusals)
	}
	if p.Key != "dz1" || len(p.Variants) != 2 || len(p.Options) != 1 || p.Options[0].Name != "Color" ||
		!slices.Equal(p.Options[0].Values, []string{"Black", "White/Yellow"}) {
		t.Errorf("two items of one group became %+v", p)
	}
	if v := p.Variants[1]; v.Price != 10529 || v.GTIN != "00698615086467" || v.MPN != "DZ1572" || v.WeightGrams != 43 || v.Stock.Known ||
		v.Image != "http://www.example.com/image/watch-white.png" || v.SKU != "celebird-eg-variants-apparel-upi-002" {
		t.Errorf("variant %+v", v)
	}
	if len(p.Categories) != 1 || !slices.Equal(p.Categories[0], []string{"accessories", "watches"}) || p.Brand != "Diesel" {
		t.Errorf("categories %v, brand %q", p.Categories, p.Brand)
	}
	if !slices.Contains(p.Attributes, Attribute{"Size", "44mm"}) || !slices.Contains(p.Attributes, Attribute{"Gender", "male"}) {
		t.Errorf("what is alike in all variants is an attribute: %v", p.Attributes)
	}
	for _, name := range []string{"facebook-catalog-rss2.xml", "facebook-catalog-atom.xml"} {
		p, refusals := read(name, "GBP")
		if p == nil || len(refusals) > 0 || p.Key != "DB_1" || p.Variants[0].Price != 999 || !slices.Equal(p.Categories[0], []string{"Animals", "Pet Supplies"}) {
			t.Errorf("%s: %+v, refused %+v", name, p, refusals)
		}
		if p, refusals := read(name, "USD"); p != nil || len(refusals) != 1 || !strings.Contains(refusals[0].Reason, "prices in USD") {
			t.Errorf("%s in a shop that sells in dollars: %+v, refused %+v", name, p, refusals)
		}
	}
}

// Everything that an item can say is where the shop looks for it.
func TestGoogleItem(t *testing.T) {
	t.Parallel()
	file := rss(googleOf("B-1", "title", "Bowl &amp; lid", "description", "<![CDATA[<p>One.</p><p>Two.</p>]]>", "product_highlight", "Holds heat", "product_highlight", "Stacks",
		"product_type", "Kitchen &gt; Bowls", "product_type", "Gifts", "google_product_category", "672", "price", "20 USD", "price", "18.00  EUR",
		"sale_price", "15.00 USD", "sale_price_effective_date", "2026-02-24T11:07+0100/2026-02-28T23:07+0100", "availability", "backorder",
		"additional_image_link", "https://pics.example/2.jpg", "additional_image_link", "https://pics.example/3.jpg", "shipping_weight", "1.2 kg",
		"gtin", "4006381333931", "mpn", "BOWL-1", "brand", "Tindle", "condition", "used", "identifier_exists", "yes", "adult", "no", "multipack", "6",
		"product_detail", "<g:section_name>General</g:section_name><g:attribute_name>Glaze</g:attribute_name><g:attribute_value>Moss</g:attribute_value>",
		"shipping", "<g:country>US</g:country><g:price>0 USD</g:price>", "custom_label_0", "clearance"))
	during := Config{Now: time.Date(2026, 2, 25, 0, 0, 0, 0, time.UTC)}
	products, refusals := readAll(t, strings.NewReader(file), during)
	if len(products) != 1 || len(refusals) > 0 {
		t.Fatalf("%d products, refused %+v", len(products), refusals)
	}
	p, v := products[0], products[0].Variants[0]
	if p.Name != "Bowl & lid" || p.Description != "One.\n\nTwo.\n\n• Holds heat\n• Stacks" || p.Brand != "Tindle" {
		t.Errorf("%+v", p)
	}
	if len(p.Categories) != 2 || !slices.Equal(p.Categories[0], []string{"Kitchen", "Bowls"}) {
		t.Errorf("categories %v", p.Categories)
	}
	if !slices.Equal(p.Attributes, []Attribute{{"Condition", "used"}, {"Pieces in the pack", "6"}, {"Glaze", "Moss"}}) {
		t.Errorf("attributes %v", p.Attributes)
	}
	if v.Price != 1500 || v.CompareAt != 2000 || !slices.Equal(v.Prices, []Price{{Currency: "EUR", MinQuantity: 1, Minor: 1800}}) {
		t.Errorf("prices %+v", v)
	}
	if v.GTIN != "04006381333931" || v.MPN != "BOWL-1" || v.WeightGrams != 1200 || v.Stock != (Stock{Known: true, Backorder: true}) {
		t.Errorf("variant %+v", v)
	}
	if len(p.Images) != 3 || v.Image != p.Images[0].Source {
		t.Errorf("images %v, %q", p.Images, v.Image)
	}
	products, _ = readAll(t, strings.NewReader(file), Config{Now: during.Now.AddDate(0, 1, 0)})
	if v := products[0].Variants[0]; v.Price != 2000 || v.CompareAt != 0 {
		t.Errorf("after the sale: %+v", v)
	}
}

// Google's attributes are known by their name space, whatever the prefix; and by their name where there is none.
func TestGoogleNames(t *testing.T) {
	t.Parallel()
	item := `<x:id>1</x:id><x:title>Bowl</x:title><x:price>5.00 USD</x:price>`
	for name, file := range map[string]string{
		"other prefix": `<rss xmlns:x="http://base.google.com/ns/1.0"><channel><item>` + item + `</item></channel></rss>`,
		"no prefix":    `<rss version="2.0"><channel><item>` + strings.ReplaceAll(item, "x:", "") + `</item></channel></rss>`,
		"undeclared":   `<rss><channel><item>` + strings.ReplaceAll(item, "x:", "g:") + `</item></channel></rss>`,
		"in the item":  `<rss><channel><item xmlns:x="http://base.google.com/ns/1.0">` + item + `</item></channel></rss>`,
		"default": `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:x</id><link href="/"/>` +
			strings.ReplaceAll(strings.ReplaceAll(item, "<x:", `<`), "</x:", "</")[len("<id>1</id>"):] + `<g:id xmlns:g="http://base.google.com/ns/1.0">1</g:id></entry></feed>`,
		"another shop's": `<rss xmlns:x="http://base.google.com/ns/1.0" xmlns:c="http://base.google.com/cns/1.0"><channel><item><c:id>2</c:id>` + item +
			`<c:price>1 USD</c:price></item></channel></rss>`,
	} {
		products, refusals := readAll(t, strings.NewReader(file), Config{})
		if keys(products) != "1" || len(refusals) > 0 || products[0].Variants[0].Price != 500 {
			t.Errorf("%s: products %q, refused %+v", name, keys(products), refusals)
		}
	}
}

// The items of a group may lie far apart. Put together, they differ by what one reading the whole file would have seen.
func TestGoogleGroupApart(t *testing.T) {
	t.Parallel()
	file := rss(
		googleOf("A", "item_group_id", "bowl", "item_group_title", "Bowl", "color", "Moss", "size", "S", "material", "Clay"),
		googleOf("X"),
		googleOf("B", "item_group_id", "bowl", "size", "M", "color", "Moss", "material", "Clay"),
		googleOf("C", "item_group_id", "bowl", "color", "Sand", "size", "M", "material", "Clay"),
		googleOf("Y"),
		googleOf("D", "item_group_id", "bowl", "color", "Sand", "size", "M", "material", "Clay"),
	)
	products, refusals := readAll(t, strings.NewReader(file), Config{})
	if keys(products) != "bowl X bowl Y bowl" || len(refusals) > 0 {
		t.Fatalf("products %q, refused %+v", keys(products), refusals)
	}
	whole := products[0]
	if products[2].Continues != 1 || products[4].Continues != 1 {
		t.Fatalf("parts continue %d and %d", products[2].Continues, products[4].Continues)
	}
	refusals = Join(whole, []*Product{products[2], products[4]})
	if len(refusals) != 1 || refusals[0].Row != 6 || !strings.Contains(refusals[0].Reason, "same option values") {
		t.Errorf("refused %+v; D is as C", refusals)
	}
	var variants []string
	for _, v := range whole.Variants {
		variants = append(variants, v.SKU+" "+strings.Join(v.OptionValues, "/"))
	}
	names := map[string]int{}
	for i, o := range whole.Options {
		names[o.Name] = i
	}
	if len(whole.Options) != 2 || len(variants) != 3 || whole.Variants[1].OptionValues[names["Size"]] != "M" || whole.Variants[2].OptionValues[names["Color"]] != "Sand" {
		t.Errorf("options %+v, variants %q", whole.Options, variants)
	}
	if !slices.Equal(whole.Attributes, []Attribute{{"Material", "Clay"}}) {
		t.Errorf("attributes %v", whole.Attributes)
	}
}

// What is wrong with an item costs the item, and says what to do.
func TestGoogleRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ item, column, says string }{
		"no id":           {strings.Replace(googleOf("x"), "<g:id>x</g:id>", "", 1), "id", "is missing"},
		"id twice":        {googleOf("before"), "id", "is used by item 1 already"},
		"no title":        {googleOf("x", "title", ""), "title", "is missing"},
		"no price":        {googleOf("x", "price", "", "availability", "out of stock"), "price", "is missing"},
		"other currency":  {googleOf("x", "price", "15 GBP"), "price", "prices in USD"},
		"one or thousand": {googleOf("x", "price", "1,234 USD"), "price", "point"},
		"sale too dear":   {googleOf("x", "sale_price", "16 USD"), "sale_price", "higher"},
		"sale dates":      {googleOf("x", "sale_price", "6 USD", "sale_price_effective_date", "soon"), "sale_price_effective_date", "from and to"},
		"availability":    {googleOf("x", "availability", "yes"), "availability", "none of in_stock"},
		"weight":          {googleOf("x", "shipping_weight", "2 stones"), "shipping_weight", "unit"},
		"check digit":     {googleOf("x", "gtin", "4006381333932"), "gtin", "check digit"},
		"bare ampersand":  {googleOf("x", "title", "Salt & pepper"), "", "line 3"},
		"unknown entity":  {googleOf("x", "title", "&lol9;"), "", "&amp;"},
		"tags crossed":    {"<g:id>x</g:id><g:title>T</g:price>", "", "line 3"},
		"a < in the text": {googleOf("x", "title", "1 < 2"), "", "&lt;"},
		"not closed":      {googleOf("x") + "<item>" + googleOf("y", "price", "-1 USD"), "", "item is not closed"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			products, refusals := readAll(t, strings.NewReader(rss(googleOf("before"), tc.item, googleOf("after"))), Config{})
			if keys(products) != "before after" {
				t.Errorf("products %q", keys(products))
			}
			if len(refusals) == 0 || refusals[0].Row != 2 || refusals[0].Column != tc.column || !strings.Contains(refusals[0].Reason, tc.says) {
				t.Errorf("refused %+v; want item 2, %q and %q", refusals, tc.column, tc.says)
			}
		})
	}
}

// Shops leave out what Google asks for. Variants that are the same by all that is meant to tell them apart differ by their details, or else
// by their titles: a variant that cannot be named otherwise is still for sale.
func TestGoogleTraits(t *testing.T) {
	t.Parallel()
	detail := func(value string) string {
		return "<g:attribute_name>Scent</g:attribute_name><g:attribute_value>" + value + "</g:attribute_value>"
	}
	tests := map[string]struct {
		one, two, options, attributes string
	}{
		"by color":               {googleOf("a", "item_group_id", "g", "color", "Red", "title", "One"), googleOf("b", "item_group_id", "g", "color", "Blue", "title", "Two"), "Color", ""},
		"by a detail":            {googleOf("a", "item_group_id", "g", "product_detail", detail("Rose")), googleOf("b", "item_group_id", "g", "product_detail", detail("Mint")), "Scent", ""},
		"by title":               {googleOf("a", "item_group_id", "g", "title", "One", "size", "S"), googleOf("b", "item_group_id", "g", "title", "Two", "size", "S"), "Variant", "Size"},
		"detail that is alike":   {googleOf("a", "item_group_id", "g", "product_detail", detail("Rose"), "size", "S"), googleOf("b", "item_group_id", "g", "product_detail", detail("Rose"), "size", "M"), "Size", "Scent"},
		"several colours of one": {googleOf("a", "item_group_id", "g", "size", "S", "size", "36"), googleOf("b", "item_group_id", "g", "size", "M", "size", "38"), "Size", ""},
	}
	for name, tc := range tests {
		products, refusals := readAll(t, strings.NewReader(rss(tc.one, tc.two)), Config{})
		if len(products) != 1 || len(refusals) > 0 || len(products[0].Variants) != 2 {
			t.Errorf("%s: %d products, refused %+v", name, len(products), refusals)
			continue
		}
		var options, attributes []string
		for _, o := range products[0].Options {
			options = append(options, o.Name)
		}
		for _, a := range products[0].Attributes {
			attributes = append(attributes, a.Name)
		}
		if strings.Join(options, " ") != tc.options || strings.Join(attributes, " ") != tc.attributes {
			t.Errorf("%s: options %v, attributes %v", name, options, attributes)
		}
	}
	four := []string{}
	for i, s := range []string{"1", "2"} {
		four = append(four, googleOf([]string{"a", "b"}[i], "item_group_id", "g", "color", "c"+s, "size", s, "material", "m"+s, "pattern", "p"+s))
	}
	if products, refusals := readAll(t, strings.NewReader(rss(four...)), Config{}); len(products) > 0 || len(refusals) != 2 || !strings.Contains(refusals[0].Reason, "more than 3 things") {
		t.Errorf("four options: %d products, refused %+v", len(products), refusals)
	}
}

// What this shop writes for Google it reads again: the same goods at the same prices, by the same keys.
func TestGoogleThereAndBack(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"google.tsv", "facebook.csv", "products.jsonld", "shopify-products.json"} {
		products, _ := readAll(t, strings.NewReader(sample(t, name)), Config{})
		var file strings.Builder
		w := NewGoogleFeed(&file, GoogleConfig{Title: "Tindle", Shop: "https://shop.example/", Products: "https://shop.example/products/", Currency: "USD"})
		goods := func(products []*Product) (all []string) {
			for _, p := range products {
				for _, v := range p.Variants {
					if p.State == Active && len(p.Images) > 0 { // Google wants a picture
						all = append(all, fmt.Sprint(p.Key, p.Brand, p.Description, p.Categories, v.SKU, v.GTIN, v.Price, v.CompareAt, v.WeightGrams))
					}
				}
			}
			return all
		}
		for _, p := range products {
			if p.State == Active {
				if err := w.Write(p); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		again, refusals := readAll(t, strings.NewReader(file.String()), Config{})
		if before, after := goods(products), goods(again); len(before) == 0 || !slices.Equal(before, after) || len(refusals) > 0 {
			t.Errorf("%s:\n%q\n%q\nrefused %+v", name, before, after, refusals)
		}
	}
}

// Prices may have a decimal comma, as suppliers of many countries write them, where it cannot be taken for a mark of thousands.
func TestGoogleDecimalComma(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"12,00 EUR": 1200, "1.234,50 EUR": 123450, "EUR 9,9": 990, "12.00 EUR": 1200} {
		if minor, currency, reason := amount(text, "EUR"); minor != want || currency != "EUR" || reason != "" {
			t.Errorf("%q is %d %s, %q; want %d", text, minor, currency, reason, want)
		}
	}
}
