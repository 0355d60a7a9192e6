package feed

import (
	"slices"
	"strings"
	"testing"
)

// Pages describe their products to search engines in JSON-LD, in whatever way schema.org leaves open.
func TestJSONLD(t *testing.T) {
	t.Parallel()
	r, err := Open(strings.NewReader(sample(t, "products.jsonld")), Config{Currency: "USD"})
	if err != nil || r.Format() != JSONLD {
		t.Fatal(err)
	}
	products, refusals := readAll(t, strings.NewReader(sample(t, "products.jsonld")), Config{Locale: "en"})
	if keys(products) != "coat BIKE" || len(refusals) != 1 || refusals[0].Key != "RANGE" || refusals[0].Column != "offers.lowPrice" {
		t.Fatalf("products %q, refused %+v", keys(products), refusals)
	}
	p := products[0]
	if p.Name != "Wool coat" || p.Description != "Large, warm." || p.Brand != "Tindle" || !slices.Equal(p.Tags, []string{"wool", "winter"}) ||
		!slices.Equal(p.Categories[0], []string{"Clothing", "Coats"}) || len(p.Images) != 3 {
		t.Errorf("%+v", p)
	}
	if len(p.Options) != 1 || p.Options[0].Name != "Size" || !slices.Equal(p.Options[0].Values, []string{"S", "M"}) || !slices.Equal(p.Attributes, []Attribute{{"Color", "Moss"}}) {
		t.Errorf("options %+v, attributes %v", p.Options, p.Attributes)
	}
	if v := p.Variants[0]; v.SKU != "COAT-S" || v.GTIN != "04006381333931" || v.Price != 11999 || v.CompareAt != 15000 || v.WeightGrams != 1200 ||
		v.Stock != (Stock{Known: true, OnHand: 4}) || v.Image != "https://pics.example/s.jpg" {
		t.Errorf("%+v", v)
	}
	if v := p.Variants[1]; v.Price != 11999 || !slices.Equal(v.Prices, []Price{{Currency: "EUR", MinQuantity: 1, Minor: 10900}}) || v.Stock != (Stock{Known: true, Backorder: true}) {
		t.Errorf("%+v", v)
	}
	p = products[1]
	if p.Variants[0].Price != 20000 || p.Variants[0].MPN != "B-1" || !slices.Equal(p.Attributes, []Attribute{{"Condition", "used"}, {"Frame", "56 cm"}}) ||
		!slices.Equal(p.Related, []string{"COAT-S"}) {
		t.Errorf("%+v", p)
	}
}

// One product's page, a list of them, and records on lines are read alike.
func TestJSONLDForms(t *testing.T) {
	t.Parallel()
	const a = `{"@context": "https://schema.org", "@type": "Product", "sku": "a", "name": "A", "offers": {"price": "1.00", "priceCurrency": "USD"}}`
	b := strings.NewReplacer(`"a"`, `"b"`, `"A"`, `"B"`).Replace(a)
	for name, tc := range map[string]struct {
		file, keys string
		refusals   int
	}{
		"one":            {a, "a", 0},
		"an array":       {"[" + a + "," + b + "]", "a b", 0},
		"lines":          {a + "\n" + b, "a b", 0},
		"a list":         {`{"@context": "https://schema.org", "@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": ` + a + `}, {"@type": "ListItem", "item": ` + b + `}]}`, "a b", 0},
		"several graphs": {`[{"@graph": [` + a + `, ` + b + `]}, {"@graph": []}]`, "a b", 1},
		"no product":     {`{"@context": "https://schema.org", "@type": "Recipe", "name": "Soup"}`, "", 1},
		"no number":      {"[" + strings.Replace(a, "sku", "x", 1) + "," + b + "]", "b", 1},
		"two shapes":     {"[" + a + `, {"key": "own", "name": "O", "price": 1}, ` + b + "]", "a own b", 0},
		"broken":         {a + "\n" + a[:40] + "\n" + b, "a b", 1},
		"same again":     {"[" + a + "," + a + "]", "a", 1},
		"variants apart": {"[" + strings.ReplaceAll(a, `"name"`, `"color": "Red", "isVariantOf": {"@type": "ProductGroup", "productGroupID": "G", "name": "G"}, "name"`) + "," +
			strings.ReplaceAll(b, `"name"`, `"color": "Blue", "isVariantOf": {"@type": "ProductGroup", "productGroupID": "G", "name": "G"}, "name"`) + "]", "G", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			products, refusals := readAll(t, strings.NewReader(tc.file), Config{})
			if keys(products) != tc.keys || len(refusals) != tc.refusals {
				t.Errorf("products %q, refused %+v", keys(products), refusals)
			}
			rows := map[int64]bool{}
			for _, p := range products {
				if rows[p.Row] {
					t.Errorf("two products in row %d", p.Row)
				}
				rows[p.Row] = true
			}
		})
	}
}
