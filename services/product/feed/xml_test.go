package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"
)

// One record that is broken costs no other, wherever the break is.
func TestXMLBroken(t *testing.T) {
	t.Parallel()
	before, after := "<item>"+googleOf("before")+"</item>\n", "<item>"+googleOf("after")+"</item>\n"
	tests := map[string]struct{ between, says string }{
		"between items":        {"< oops\n", "begins no tag"},
		"closed twice":         {"</channel>\n<channel>\n", ""},
		"closed, never opened": {"</offer>\n", "which is not open"},
		"crossed":              {"<group><part></group>\n", "is still open"},
		"comment in an item":   {"<item>" + googleOf("x", "title", "") + "<!-- no end <item>\n", "not"},
		"quote in a tag":       {`<item><g:id a="x>1</g:id></item>` + "\n", "begins no tag"},
		"tag without end":      {"<item><g:id\n", "begins no tag"},
		"control character":    {"<item>" + googleOf("x\x01") + "</item>\n", "line 2"},
		"not UTF-8":            {"<item>" + googleOf("x", "title", "Caf\xe9") + "</item>\n", "UTF-8"},
		"too long":             {"<item>" + strings.Repeat("<a>long</a>", 1<<20) + "</item>\n", "longer than 8 MB"},
		"too long in one":      {"<item><a>" + strings.Repeat("long ", 2<<20) + "</a></item>\n", "longer than 8 MB"},
		"too many elements":    {"<item>" + strings.Repeat("<a/>", maxElements) + "</item>\n", "more than 50000 elements"},
		"too many attributes":  {"<item " + strings.Repeat(`a="" `, maxXMLAttrs+1) + "></item>\n", "more than 100 attributes"},
		"too deep":             {"<item>" + strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40) + "</item>\n", "too deeply"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := `<rss xmlns:g="http://base.google.com/ns/1.0"><channel>` + before + tc.between + after + "</channel></rss>"
			products, refusals := readAll(t, strings.NewReader(file), Config{})
			if keys(products) != "before after" {
				t.Errorf("products %q", keys(products))
			}
			if tc.says != "" && (len(refusals) == 0 || !strings.Contains(refusals[0].Reason, tc.says)) || tc.says == "" && len(refusals) > 0 {
				t.Errorf("refused %+v, want %q", refusals, tc.says)
			}
			rows := map[int64]bool{}
			for _, r := range refusals {
				rows[r.Row] = true
			}
			for _, p := range products {
				if rows[p.Row] {
					t.Errorf("row %d is a product's and refused", p.Row)
				}
			}
		})
	}
}

// A file that breaks off gives its whole records and says where it ends; text after its end is named.
func TestXMLBrokenOff(t *testing.T) {
	t.Parallel()
	whole := rss(googleOf("a"), googleOf("b"))
	for _, at := range []int{1, 5, 20} {
		file := whole[:strings.Index(whole, "<g:id>b")+at]
		products, refusals := readAll(t, strings.NewReader(file), Config{})
		if keys(products) != "a" || len(refusals) != 1 || refusals[0].Row != 2 || !strings.Contains(refusals[0].Reason, "breaks off") {
			t.Errorf("at %d: products %q, refused %+v", at, keys(products), refusals)
		}
	}
	products, refusals := readAll(t, strings.NewReader(strings.TrimSuffix(whole, "</rss>")), Config{})
	if keys(products) != "a b" || len(refusals) != 1 {
		t.Errorf("root not closed: products %q, refused %+v", keys(products), refusals)
	}
	for _, more := range []string{"<rss/>", "text", "<item>" + googleOf("c") + "</item>"} {
		products, refusals := readAll(t, strings.NewReader(whole+more), Config{})
		if keys(products) != "a b" || len(refusals) != 1 || !strings.Contains(refusals[0].Reason, "after the end") {
			t.Errorf("%q: products %q, refused %+v", more, keys(products), refusals)
		}
	}
	if _, refusals := readAll(t, strings.NewReader(whole+"\n<!-- made by a program -->\n"), Config{}); len(refusals) > 0 {
		t.Errorf("a comment at the end: refused %+v", refusals)
	}
}

// What a file says of its own encoding counts; a byte order mark counts more.
func TestXMLEncodings(t *testing.T) {
	t.Parallel()
	body := "<rss><channel><item><id>1</id><title>Café – 5 €</title><price>5 USD</price></item></channel></rss>"
	wide := func(order func([]byte, uint16) []byte, mark bool) string {
		var out []byte
		text := `<?xml version="1.0" encoding="UTF-16"?>` + body
		if mark {
			text = "\ufeff" + text
		}
		for _, unit := range utf16.Encode([]rune(text)) {
			out = order(out, unit)
		}
		return string(out)
	}
	little := func(b []byte, u uint16) []byte { return append(b, byte(u), byte(u>>8)) }
	big := func(b []byte, u uint16) []byte { return append(b, byte(u>>8), byte(u)) }
	for name, file := range map[string]string{
		"nothing said":      body,
		"UTF-8":             `<?xml version="1.0" encoding="utf-8"?>` + body,
		"marked":            "\ufeff" + `<?xml version="1.0" encoding="UTF-8"?>` + body,
		"Latin-1":           `<?xml version='1.0' encoding='ISO-8859-1' ?>` + strings.NewReplacer("é", "\xe9", "–", "\x96", "€", "\x80").Replace(body),
		"Windows":           `<?xml version="1.0" encoding="windows-1252"?>` + strings.NewReplacer("é", "\xe9", "–", "\x96", "€", "\x80").Replace(body),
		"ISO-8859-15":       `<?xml version="1.0" encoding="ISO-8859-15"?>` + strings.NewReplacer("é", "\xe9", "–", "&#8211;", "€", "\xa4").Replace(body),
		"UTF-16":            wide(little, true),
		"UTF-16, big":       wide(big, true),
		"UTF-16, no mark":   wide(little, false),
		"references":        strings.NewReplacer("é", "&eacute;", "–", "&#x2013;", "€", "&euro;").Replace(body),
		"references, twice": strings.NewReplacer("é", "&amp;eacute;", "–", "&amp;ndash;", "€", "&amp;euro;").Replace(body),
	} {
		products, refusals, err := tryAll(strings.NewReader(file), Config{})
		if err != nil || len(products) != 1 || products[0].Name != "Café – 5 €" {
			t.Errorf("%s: %+v, refused %+v, %v", name, products, refusals, err)
		}
	}
	var unreadable *Unreadable
	if _, _, err := tryAll(strings.NewReader(`<?xml version="1.0" encoding="x-none"?>`+body), Config{}); !errors.As(err, &unreadable) || !strings.Contains(unreadable.Reason, "x-none") {
		t.Errorf("an encoding that nobody knows: %v", err)
	}
}

// XML that is no list of products is refused as a whole, and says what it is.
func TestXMLOfAnotherKind(t *testing.T) {
	t.Parallel()
	for file, says := range map[string]string{
		`<?xml version="1.0"?><urlset><url/></urlset>`: "urlset",
		`<!DOCTYPE html><html><body>Not here</body>`:   "a web page",
		`<?xml version="1.0"?>`:                        "no element that is whole",
		`<1>`:                                          "not well-formed XML",
		`<!-- nothing`:                                 "no element that is whole",
	} {
		var unreadable *Unreadable
		if _, _, err := tryAll(strings.NewReader(file), Config{}); !errors.As(err, &unreadable) || !strings.Contains(unreadable.Reason, says) {
			t.Errorf("%s: %v, want %q", file, err, says)
		}
	}
}

// The same bytes give the same items, however they arrive; and an error of their source comes through as it is.
func TestDocumentsDoNotDependOnReads(t *testing.T) {
	t.Parallel()
	var items []string
	for i := range 600 {
		items = append(items, googleOf(fmt.Sprint("id", i), "item_group_id", fmt.Sprint("g", i%70), "color", fmt.Sprint("c", i), "description", strings.Repeat("ä", i%50)+"<![CDATA[</item>]]>"))
		if i%50 == 0 {
			items = append(items, googleOf("broken", "title", "a & b"))
		}
	}
	files := map[string]string{
		"Google": rss(items...), "BMEcat": sample(t, "bmecat-2005.xml"), "Latin-1": sample(t, "bmecat-1.2.xml"),
		"JSON-LD": sample(t, "products.jsonld"), "lines": sample(t, "products.jsonl"), "Shopify": sample(t, "shopify-products.json"),
		"TSV": sample(t, "google.tsv"), "zip": archived(t, "feed.xml", rss(items...)),
	}
	for name, file := range files {
		fast, fastRefusals := readAll(t, strings.NewReader(file), Config{})
		slow, slowRefusals := readAll(t, &trickle{rest: file}, Config{})
		if len(fast) == 0 || keys(fast) != keys(slow) || fmt.Sprint(fastRefusals) != fmt.Sprint(slowRefusals) {
			t.Errorf("%s: %d and %d products, %d and %d refusals", name, len(fast), len(slow), len(fastRefusals), len(slowRefusals))
			continue
		}
		for i := range fast {
			if a, b := Hash(fast[i]), Hash(slow[i]); fast[i].Row != slow[i].Row || !bytes.Equal(a.Content, b.Content) {
				t.Fatalf("%s: product %d differs: %+v, %+v", name, i, fast[i], slow[i])
			}
		}
		cause := errors.New("connection lost")
		for _, at := range []int{0, 1, 5, len(file) / 2, len(file) - 1} {
			if _, _, err := tryAll(io.MultiReader(strings.NewReader(file[:at]), failing{cause}), Config{}); !errors.Is(err, cause) {
				t.Errorf("%s at %d: %v, want %v", name, at, err, cause)
			}
		}
	}
}
