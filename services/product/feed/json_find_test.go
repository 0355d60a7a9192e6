package feed

import (
	"slices"
	"strings"
	"testing"
)

// A product on each line: a line that is broken costs no other. Everything that a product has comes back as it was written.
func TestJSONLines(t *testing.T) {
	t.Parallel()
	file := sample(t, "products.jsonl")
	products, refusals := readAll(t, strings.NewReader(file), Config{})
	if keys(products) != "mug bowl" || len(refusals) != 1 || refusals[0].Row != 2 {
		t.Fatalf("products %q, refused %+v", keys(products), refusals)
	}
	p, v := products[0], products[0].Variants[0]
	if p.Type != "Tableware" || p.SEOTitle != "A mug of clay" || p.SEODescription != "Hand-thrown." || !slices.Equal(p.Related, []string{"bowl", "M-2"}) {
		t.Errorf("%+v", p)
	}
	if !slices.Equal(p.Translations, []Translation{
		{Locale: "de", Name: "Becher", Description: "Eins.\n\nZwei.", Slug: "becher", SEOTitle: "Ein Becher", SEODescription: "Von Hand."}, {Locale: "pt-BR", Name: "Caneca"},
	}) {
		t.Errorf("translations %+v", p.Translations)
	}
	if v.MPN != "TM-1" || !slices.Equal(v.Prices, []Price{{Currency: "EUR", MinQuantity: 1, Minor: 2200, CompareAt: 2500}, {Currency: "USD", MinQuantity: 10, Minor: 2000}}) {
		t.Errorf("variant %+v", v)
	}
	r, err := Open(strings.NewReader(file), Config{Currency: "USD"})
	if err != nil || r.Format() != JSONLines {
		t.Errorf("%v", err)
	}
}

// Interfaces of shops wrap their list in an object, and say more around it.
func TestJSONForms(t *testing.T) {
	t.Parallel()
	const a, b = `{"key": "a", "name": "A", "price": 1, "tags": ["}]"]}`, `{"key": "b", "name": "B", "price": 1}`
	tests := map[string]struct {
		file, keys string
		refusals   int
		format     Format
	}{
		"wrapped":             {`{"count": 2, "cursor": {"next": "]}"}, "products": [` + a + `,` + b + `], "total": 2}`, "a b", 0, JSON},
		"deeper":              {`{"data": {"cost": 1.5, "products": [` + a + `,` + b + `]}, "errors": []}` + "\n", "a b", 0, JSON},
		"empty list":          {`{"products": []}`, "", 0, JSON},
		"one on a line":       {a, "a", 0, JSONLines},
		"one on many lines":   {strings.ReplaceAll(a, ", ", ",\n  "), "a", 0, JSON},
		"no line end":         {a + "\n" + b, "a b", 0, JSONLines},
		"Windows lines":       {"\r\n" + a + "\r\n\r\n" + b + "\r\n", "a b", 0, JSONLines},
		"two on many lines":   {strings.ReplaceAll(a, ", ", ",\n  ") + "\n\n  " + b, "a", 1, JSON},
		"wrapped and cut":     {`{"products": [` + a + `,` + b[:20], "a", 1, JSON},
		"cut after the array": {`{"products": [` + a + `], "count": {`, "a", 1, JSON},
		"more after":          {`{"products": [` + a + `]} []`, "a", 1, JSON},
		"not a list":          {`{"products": 5}`, "", 1, JSONLines},
		"first line broken":   {`{"key": "x", "name": "` + "\n" + a + "\n", "a", 1, JSONLines},
		"a page's options":    {strings.Replace(a, `"tags"`, `"variants": [{"sku": "A", "price": 1}], "images": ["https://x.example/1.jpg"], "tags"`, 1), "a", 0, JSONLines},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			products, refusals := readAll(t, strings.NewReader(tc.file), Config{})
			if keys(products) != tc.keys || len(refusals) != tc.refusals {
				t.Errorf("products %q, refused %+v", keys(products), refusals)
			}
			r, err := Open(strings.NewReader(tc.file), Config{Currency: "USD"})
			if err != nil || r.Format() != tc.format {
				t.Errorf("%v, format %s, want %s", err, r.Format(), tc.format)
			}
		})
	}
}

// What is new in our own shape is refused by name like the rest.
func TestJSONMoreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ field, column, says string }{
		"language":        {`"translations": [{"locale": "!", "name": "x"}]`, "translations[0].locale", "not a language"},
		"language twice":  {`"translations": [{"locale": "de"}, {"locale": "DE"}]`, "translations[1].locale", "twice"},
		"no object":       {`"translations": ["de"]`, "translations[0]", "must be an object"},
		"currency":        {`"prices": [{"currency": "ABC", "price": 1}]`, "prices[0].currency", "ISO 4217"},
		"quantity":        {`"prices": [{"currency": "EUR", "price": 1, "min_quantity": 0}]`, "prices[0].min_quantity", "less than one"},
		"decimals":        {`"prices": [{"currency": "JPY", "price": "1.5"}]`, "prices[0].price", "decimals"},
		"second price":    {`"prices": [{"price": 2}]`, "prices[0]", "second price"},
		"same price":      {`"prices": [{"currency": "EUR", "price": 2}, {"currency": "EUR", "price": 3}]`, "prices[1]", "twice"},
		"related objects": {`"related": [{}]`, "related[0]", "not an object"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			products, refusals := readAll(t, strings.NewReader(`[{"key": "x", "name": "X", "price": 1, `+tc.field+`}]`), Config{})
			if len(products) != 0 || len(refusals) != 1 || refusals[0].Column != tc.column || !strings.Contains(refusals[0].Reason, tc.says) {
				t.Errorf("%d products, refused %+v; want %q and %q", len(products), refusals, tc.column, tc.says)
			}
		})
	}
}

// What Shopify's interfaces answer is the same product as in its CSV: the handle is its key, and one option called Title is none.
func TestShopifyJSON(t *testing.T) {
	t.Parallel()
	products, refusals := readAll(t, strings.NewReader(sample(t, "shopify-products.json")), Config{})
	if keys(products) != "linen-shirt voucher" || len(refusals) != 1 || refusals[0].Row != 3 || refusals[0].Column != "variants[0].price" {
		t.Fatalf("products %q, refused %+v", keys(products), refusals)
	}
	p := products[0]
	if p.Name != "Linen shirt" || p.Description != "Cool.\n\nLight." || !p.SlugGiven || p.State != Active || !slices.Equal(p.Tags, []string{"linen", "summer"}) ||
		p.Categories[0][0] != "Shirts" || len(p.Images) != 1 {
		t.Errorf("%+v", p)
	}
	if len(p.Variants) != 2 || !slices.Equal(p.Variants[1].OptionValues, []string{"M", "White"}) {
		t.Fatalf("%+v", p.Variants)
	}
	if v := p.Variants[0]; v.Price != 5900 || v.CompareAt != 6900 || v.WeightGrams != 210 || v.Stock.Known || v.Image != "https://pics.example/ls.jpg" {
		t.Errorf("%+v", v)
	}
	if p.Variants[1].Stock != (Stock{Known: true}) {
		t.Errorf("sold out: %+v", p.Variants[1].Stock)
	}
	p = products[1]
	if p.State != Draft || len(p.Options) != 0 || !slices.Equal(p.Tags, []string{"gift", "paper"}) || p.Variants[0].Stock != (Stock{Backorder: true}) {
		t.Errorf("%+v", p)
	}
}
