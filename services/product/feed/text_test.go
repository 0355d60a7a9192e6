package feed

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Descriptions keep their words and paragraphs and nothing else, whatever they were written with.
func TestParagraphs(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ raw, want string }{
		"plain":            {"One line.", "One line."},
		"plain paragraphs": {" One. \r\n\r\n\r\n Two. \n Three.", "One.\n\nTwo.\nThree."},
		"html":             {"<p>One <b>bold</b>.</p>\n<p>Two.<br>Three.</p>", "One bold.\n\nTwo.\nThree."},
		"list":             {"Facts: <ul>\n<li>A</li>\n<li>B</li>\n</ul>", "Facts:\n\n• A\n• B"},
		"table":            {"<table><tr><td>A</td><td>1</td></tr><tr><td>B</td><td>2</td></tr></table>", "A 1\nB 2"},
		"script":           {"<p>Safe</p><script>alert('x')</script><style>p{}</style>", "Safe"},
		"not html":         {"3 < 5 and a <3 b > c", "3 < 5 and a <3 b > c"},
		"entities":         {"Apple&#174; &amp; co", "Apple® & co"},
		"entity in html":   {"<p>5 &lt; 6 &nbsp; &eacute;</p>", "5 < 6 é"},
		"decomposed":       {"Cafe\u0301", "Café"},
		"Windows-1252":     {"Insignia\u0099 \u0093x\u0094", "Insignia™ “x”"},
		"unclosed tag":     {"<p>One <b>two", "One two"},
		"comment":          {"a<!-- hidden -->b", "ab"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, reason := paragraphs(tc.raw, 1000)
			if got != tc.want || reason != "" {
				t.Errorf("%q, %q; want %q", got, reason, tc.want)
			}
		})
	}
	if deep, reason := paragraphs(strings.Repeat("<div>", 80_000)+"x", maxDescription); deep != "x" || reason != "" {
		t.Errorf("deep nesting: %q, %q", deep, reason)
	}
}

// Names lose the markup of the pages that they were written for. What only looks like it stays.
func TestBareTitles(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"<b>Tee</b>": "Tee", "Tee<br/>red": "Tee red", `<span style="color:red">Tee</span> &amp; Cup`: "Tee & Cup", "&lt;strong&gt;Tee&lt;/strong&gt;": "Tee",
		"<p>Tee</p><p>red</p>": "Tee red", "Caf&eacute; H<sub>2</sub>O": "Café H2O", "<script>x</script>Tee": "<script>x</script>Tee",
		"3 < 5": "3 < 5", "Cable <B> plug": "Cable <B> plug", "a<b": "a<b", "Size </> any": "Size </> any", "<b></b>": "<b></b>", "R&D": "R&D", "": "",
	} {
		if got, reason := bareTitle(raw, maxName); got != want || reason != "" {
			t.Errorf("%q: %q, %q; want %q", raw, got, reason, want)
		}
	}
	if _, reason := bareTitle("<b>"+strings.Repeat("x", maxName+1)+"</b>", maxName); !strings.Contains(reason, "is longer") {
		t.Errorf("a long name: %q", reason)
	}
}

// Other shops' names are bare in every format; this shop's own files keep what a name holds.
func TestNamesOfOtherShopsAreBare(t *testing.T) {
	t.Parallel()
	for format, file := range map[string]string{
		"Shopify's CSV":     shopifyFile(simple("tee", "Title", "<b>Tee</b>")),
		"WooCommerce's CSV": "ID,Type,SKU,Name,Regular price,Categories\n1,simple,tee,<b>Tee</b>,5,\n",
		"Google's table":    "id\ttitle\tprice\tavailability\tlink\ntee\t<b>Tee</b>\t5 USD\tin_stock\thttps://x.example\n",
		"Google's XML":      rss(`<id>tee</id><title>&lt;b&gt;Tee&lt;/b&gt;</title><price>5 USD</price><availability>in stock</availability>`),
		"title in JSON":     `[{"id": "tee", "title": "<b>Tee</b>", "price": 5}]`,
		"JSON of Shopify":   `{"products": [{"id": 1, "handle": "tee", "title": "<b>Tee</b>", "body_html": "", "variants": [{"id": 2, "title": "Default Title", "sku": "t", "price": "5.00"}]}]}`,
	} {
		products, refusals := readAll(t, strings.NewReader(file), Config{})
		if len(products) != 1 || products[0].Name != "Tee" {
			t.Errorf("%s: %+v, refused %+v", format, products, refusals)
		}
	}
	own := []*Product{{Row: 1, Key: "tee", Name: "<b>Tee</b>", Slug: "tee", SlugGiven: true, State: Active, Variants: []Variant{{Row: 1, SKU: "t", Price: 500}}}}
	for format, write := range exports {
		products, refusals := readAll(t, strings.NewReader(string(write(own, t))), Config{})
		if len(products) != 1 || products[0].Name != own[0].Name {
			t.Errorf("%s: %+v, refused %+v", format, products, refusals)
		}
	}
}

func TestSlug(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Enamel Stovetop Kettle": "enamel-stovetop-kettle", "  AT&T -- GoPhone! ": "at-t-gophone", "Crème brûlée": "creme-brulee",
		"Straße & Æbler": "strasse-aebler", "Men’s 12\" Boot": "mens-12-boot", "緑のマグ 12": "緑のマグ-12", "Йогурт": "йогурт", "!!!": "", "ไม้ไผ่": "ไม้ไผ่",
	} {
		if got := Slug(name, 80); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	long := Slug(strings.Repeat("wörd ", 100), 80)
	if len(long) > 80 || strings.HasSuffix(long, "-") || !strings.HasSuffix(long, "word") {
		t.Errorf("cut to %q", long)
	}
	if cut := Slug(strings.Repeat("緑", 100), 80); len(cut) > 80 || !utf8.ValidString(cut) {
		t.Errorf("cut to %q", cut)
	}
}

// Prices are exact: what is written is what is stored, or it is refused.
func TestPrice(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"0": 0, "5": 500, "42.99": 4299, "899.9": 89990, "0.07": 7, "10000000000": 1_000_000_000_000} {
		if got, reason := price(text, "USD"); got != want || reason != "" {
			t.Errorf("%q: %d, %q; want %d", text, got, reason, want)
		}
	}
	for _, text := range []string{"", "1.", ".5", "1,5", "1 000", "+1", "0x10", "Infinity", "1_000", "１２", "10000000000.01"} {
		if got, reason := price(text, "USD"); reason == "" {
			t.Errorf("%q was taken for %d", text, got)
		}
	}
	if got, reason := price("1500", "JPY"); got != 1500 || reason != "" {
		t.Errorf("1500 yen: %d, %q", got, reason)
	}
}
