package feed

import (
	"slices"
	"strings"
	"testing"
)

const mug = `{"key": "mug", "name": "Caf&#233; Mug", "slug": "Cafe-Mug", "description": "One.\n\nTwo.", "brand": "Tindle",
	"categories": [["Kitchen", "Mugs"], ["Gifts"]], "tags": ["tea"], "attributes": {"Zinc": "no", "Height": 9.5, "Safe": true},
	"options": [{"name": "Colour", "values": ["Moss", "Clay"]}],
	"variants": [
		{"sku": "M-1", "gtin": 4006381333931, "options": {"Colour": "Moss"}, "price": "24.00", "stock": 12, "weight_grams": 310, "image": "images/a.jpg"},
		{"sku": "M-2", "options": {"Colour": "Clay"}, "price": 24.5, "compare_at_price": 30, "backorder": true}
	],
	"images": [{"src": "images/a.jpg", "alt": "A"}, "https://pics.example/b.jpg"], "state": "draft", "popularity": {"x": [1]}}`

// Our own shape, with everything that it can say.
func TestJSON(t *testing.T) {
	t.Parallel()
	products, refusals := readAll(t, strings.NewReader("\xef\xbb\xbf["+mug+"]\n"), Config{ImageBase: "sample:"})
	if len(products) != 1 || len(refusals) > 0 {
		t.Fatalf("%d products, refused %+v", len(products), refusals)
	}
	p := products[0]
	if p.Key != "mug" || p.Name != "Café Mug" || p.Slug != "cafe-mug" || !p.SlugGiven || p.Description != "One.\n\nTwo." || p.State != Draft {
		t.Errorf("%+v", p)
	}
	if len(p.Categories) != 2 || !slices.Equal(p.Categories[0], []string{"Kitchen", "Mugs"}) {
		t.Errorf("categories %v", p.Categories)
	}
	if !slices.Equal(p.Attributes, []Attribute{{"Zinc", "no"}, {"Height", "9.5"}, {"Safe", "true"}}) {
		t.Errorf("attributes %v: they keep the merchant's order", p.Attributes)
	}
	if len(p.Variants) != 2 || p.Variants[0].Price != 2400 || p.Variants[0].GTIN != "04006381333931" || p.Variants[1].Price != 2450 ||
		p.Variants[1].CompareAt != 3000 || p.Variants[0].Stock != (Stock{Known: true, OnHand: 12}) || p.Variants[1].Stock != (Stock{Backorder: true}) {
		t.Errorf("variants %+v", p.Variants)
	}
	if len(p.Images) != 2 || p.Images[0] != (Image{"sample:images/a.jpg", "A"}) || p.Variants[0].Image != p.Images[0].Source {
		t.Errorf("images %+v", p.Images)
	}
}

// Many shops call the name "title". It counts where there is no name, and costs nothing where there is one.
func TestJSONTitles(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ record, name, refused string }{
		"title alone":   {`{"id": 7, "title": "Caf&#233; Mug", "price": 1}`, "Café Mug", ""},
		"after a name":  {`{"id": 7, "name": "Mug", "title": "` + strings.Repeat("Dr. ", maxName) + `", "price": 1}`, "Mug", ""},
		"before a name": {`{"id": 7, "title": "Dr.", "name": "Mug", "price": 1}`, "Mug", ""},
		"no text":       {`{"id": 7, "title": {"en": "Mug"}, "name": "Mug", "price": 1}`, "Mug", ""},
		"too long":      {`{"id": 7, "title": "` + strings.Repeat("Mug ", maxName) + `", "price": 1}`, "", "title is longer"},
		"neither":       {`{"id": 7, "title": null, "price": 1}`, "", "name is missing"},
		"only in parts": {`{"id": 7, "title": ["Mug"], "price": 1}`, "", "name is missing"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			products, refusals := readAll(t, strings.NewReader("["+tc.record+"]"), Config{})
			if tc.refused != "" {
				if len(products) != 0 || len(refusals) != 1 || !strings.HasPrefix(refusals[0].Column+" "+refusals[0].Reason, tc.refused) {
					t.Errorf("products %q, refused %+v, want %q", keys(products), refusals, tc.refused)
				}
				return
			}
			if len(products) != 1 || len(refusals) > 0 || products[0].Name != tc.name || products[0].Slug != Slug(tc.name, maxSlug) {
				t.Errorf("products %+v, refused %+v, want %q", products, refusals, tc.name)
			}
		})
	}
}

// Best Buy's records have neither key nor SKU nor stock: the number of their picture is Best Buy's SKU.
func TestJSONBestBuy(t *testing.T) {
	t.Parallel()
	record := func(number, price string) string {
		return `{"name": "Apple&#174;  Case", "description": "For &lt;5 people", "brand": "B", "categories": ["Phones", "Cases"], "price": ` + price +
			`, "image": "https:\/\/pics.example\/` + number + `_sb.jpg", "popularity": 7}`
	}
	products, refusals := readAll(t, strings.NewReader("["+record("4984700", "899.99")+","+record("4984701", "5")+"]"), Config{})
	if keys(products) != "4984700 4984701" || len(refusals) > 0 {
		t.Fatalf("products %q, refused %+v", keys(products), refusals)
	}
	p := products[0]
	if p.Name != "Apple® Case" || p.Description != "For <5 people" || p.Slug != "apple-case" || p.SlugGiven || p.Variants[0].SKU != "4984700" ||
		p.Variants[0].Price != 89999 || p.Variants[0].Stock.Known || len(p.Images) != 1 || products[1].Variants[0].Price != 500 {
		t.Errorf("%+v", p)
	}
}

// One bad record costs that record, even where it is not JSON, and is named with its number, its field and what is wrong.
func TestJSONDamage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		record string // the second of three
		field  string
		reason string
		taken  bool
	}{
		"name missing":        {record: `{"key": "x", "price": 1}`, field: "name", reason: "missing"},
		"key missing":         {record: `{"name": "X", "price": 1}`, field: "key", reason: "missing"},
		"price missing":       {record: `{"key": "x", "name": "X"}`, field: "price", reason: "missing"},
		"key used before":     {record: `{"key": "before", "name": "X", "price": 1}`, field: "key", reason: "record 1"},
		"SKU used before":     {record: `{"key": "x", "name": "X", "price": 1, "sku": "S-1"}`, field: "sku", reason: "row 1"},
		"exponent":            {record: `{"key": "x", "name": "X", "price": 1e2}`, field: "price", reason: "exponent"},
		"decimals":            {record: `{"key": "x", "name": "X", "price": 1.999}`, field: "price", reason: "decimals"},
		"negative":            {record: `{"key": "x", "name": "X", "price": -1}`, field: "price", reason: "negative"},
		"true for a price":    {record: `{"key": "x", "name": "X", "price": true}`, field: "price", reason: "not a number"},
		"object for a price":  {record: `{"key": "x", "name": "X", "price": {"a": 1}}`, field: "price", reason: "not an object"},
		"list for a name":     {record: `{"key": "x", "name": ["X"], "price": 1}`, field: "name", reason: "not an array"},
		"text for variants":   {record: `{"key": "x", "name": "X", "variants": "none"}`, field: "variants", reason: "array"},
		"number for images":   {record: `{"key": "x", "name": "X", "price": 1, "images": 5}`, field: "images", reason: "array"},
		"number for a record": {record: `5`, reason: "not an object"},
		"text for a record":   {record: `"x"`, reason: "not an object"},
		"NaN":                 {record: `{"key": "x", "name": "X", "price": NaN}`, field: "price", reason: "not valid JSON"},
		"single quotes":       {record: `{'key': 'x', 'name': 'X'}`, reason: "not valid JSON"},
		"comma too much":      {record: `{"key": "x", "name": "X", "price": 1,}`, reason: "not valid JSON"},
		"quote missing":       {record: "{\"key\": \"x\", \"name\": \"X,\n \"price\": 1}", field: "name", reason: "not valid JSON"},
		"name twice":          {record: `{"key": "x", "name": "X", "name": "Y", "price": 1}`, field: "name", reason: "twice"},
		"Latin-1":             {record: "{\"key\": \"x\", \"name\": \"Caf\xe9\", \"price\": 1}", field: "name", reason: "UTF-8"},
		"NUL":                 {record: `{"key": "x", "name": "a\u0000b", "price": 1}`, field: "name", reason: "U+0000"},
		"half a character":    {record: `{"key": "x", "name": "a\ud800b", "price": 1}`, field: "name", reason: "not valid JSON"},
		"nesting":             {record: strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), reason: "nested"},
		"nested field":        {record: `{"key": "x", "deep": ` + strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 501), reason: "nested"},
		"9 MB":                {record: `{"key": "x", "name": "X", "price": 1, "note": "` + strings.Repeat("long ", 9<<20/5) + `"}`, reason: "8 MB"},
		"5 MB cell":           {record: `{"key": "x", "name": "X", "price": 1, "description": "` + strings.Repeat("long ", 1<<20) + `"}`, field: "description", reason: "longer than"},
		"unknown value": {record: `{"key": "x", "name": "X", "options": [{"name": "C", "values": ["a"]}], "variants": [{"options": {"C": "b"}, "price": 1}]}`,
			field: "variants[0].options.C", reason: "values that the product lists"},
		"unknown option": {record: `{"key": "x", "name": "X", "options": [{"name": "C", "values": ["a"]}], "variants": [{"options": {"C": "a", "D": "b"}, "price": 1}]}`,
			field: "variants[0].options.D", reason: "does not list"},
		"value missing": {record: `{"key": "x", "name": "X", "options": [{"name": "C", "values": ["a"]}], "variants": [{"price": 1}]}`, field: "C", reason: "no value"},
		"four options":  {record: `{"key": "x", "name": "X", "variants": [{"options": {"a": "1", "b": "1", "c": "1", "d": "1"}, "price": 1}]}`, field: "options", reason: "three"},
		"two alike":     {record: `{"key": "x", "name": "X", "variants": [{"price": 1}, {"price": 2}]}`, reason: "without options", taken: true},
		"one bad variant": {record: `{"key": "x", "name": "X", "variants": [{"options": {"C": "a"}, "price": 1}, {"options": {"C": "b"}, "price": "x"}]}`,
			field: "variants[1].price", reason: "not a number", taken: true},
		"image":    {record: `{"key": "x", "name": "X", "price": 1, "images": [{"src": "javascript:alert(1)"}]}`, field: "images[0].src", reason: "web address", taken: true},
		"currency": {record: `{"key": "x", "name": "X", "price": 1, "currency": "EUR"}`, field: "currency", reason: "USD"},
		"state":    {record: `{"key": "x", "name": "X", "price": 1, "state": "new"}`, field: "state", reason: "none of"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := `[{"key": "before", "name": "B", "price": 1, "sku": "S-1"},` + "\n" + tc.record + ",\n" + `{"key": "after", "name": "A", "price": 1}]`
			products, refusals := readAll(t, strings.NewReader(file), Config{})
			want := "before after"
			if tc.taken {
				want = "before x after"
			}
			if keys(products) != want {
				t.Errorf("products %q, want %q", keys(products), want)
			}
			if len(refusals) != 1 {
				t.Fatalf("refused %+v, want one", refusals)
			}
			if r := refusals[0]; r.Row != 2 || r.Column != tc.field || !strings.Contains(r.Reason, tc.reason) {
				t.Errorf("refused %+v; want record 2, field %q and %q", r, tc.field, tc.reason)
			}
		})
	}
}

// A file that breaks off gives its whole records and names the first that is not.
func TestJSONBrokenOff(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]string{
		"after a comma": ",", "in a record": `,{"key": "x", "name"`, "in a text": `,{"key": "x`, "before the bracket": "", "bracket missing": `,{"key": "x", "a": {]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			products, refusals := readAll(t, strings.NewReader(`[{"key": "before", "name": "B", "price": 1}`+end), Config{})
			if keys(products) != "before" || len(refusals) != 1 || refusals[0].Row != 2 || !strings.Contains(refusals[0].Reason, "breaks off") {
				t.Errorf("products %q, refused %+v", keys(products), refusals)
			}
		})
	}
}

// What follows the array was not meant, or meant to be read too: either way somebody is told.
func TestJSONTrailingText(t *testing.T) {
	t.Parallel()
	products, refusals := readAll(t, strings.NewReader(`[{"key": "a", "name": "A", "price": 1}] [{"key": "b", "name": "B", "price": 1}]`), Config{})
	if keys(products) != "a" || len(refusals) != 1 || !strings.Contains(refusals[0].Reason, "There is more after") {
		t.Errorf("products %q, refused %+v", keys(products), refusals)
	}
}

// An empty list is a file with nothing in it, not a damaged one.
func TestJSONEmptyList(t *testing.T) {
	t.Parallel()
	products, refusals := readAll(t, strings.NewReader(" [ ] "), Config{})
	if len(products) > 0 || len(refusals) > 0 {
		t.Errorf("%d products, refused %+v", len(products), refusals)
	}
}
