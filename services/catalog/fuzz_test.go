package catalog

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
)

// isQuery reports whether PostgreSQL takes a text as a tsquery: quoted lexemes that are not empty, with & and | between them, ! and brackets
// around them. PostgreSQL itself is too slow to be asked a hundred thousand times.
func isQuery(text string) bool {
	depth, wanted := 0, true // whether a lexeme must follow
	for len(text) > 0 {
		c := text[0]
		text = text[1:]
		switch {
		case c == ' ':
		case c == '(' && wanted:
			depth++
		case c == '!' && wanted:
		case c == ')' && !wanted && depth > 0:
			depth--
		case (c == '&' || c == '|') && !wanted:
			wanted = true
		case c == '\'' && wanted:
			length := 0
			for {
				switch {
				case strings.HasPrefix(text, "''"), strings.HasPrefix(text, `\\`):
					text, length = text[2:], length+1
					continue
				case text == "", text[0] == '\\', text[0] == 0:
					return false
				case text[0] != '\'':
					text, length = text[1:], length+1
					continue
				}
				break
			}
			if length == 0 {
				return false
			}
			text, wanted = strings.TrimPrefix(text[1:], ":*"), false
		default:
			return false
		}
	}
	return depth == 0 && !wanted
}

// Whatever a shopper types becomes queries that the index answers, in every language, and not too large ones.
func FuzzSearch(f *testing.F) {
	for _, text := range []string{
		"", "kettle", "iphone7 64 GB b350-xt", "o'neill ''\\", "Straße Ærø ™ ＡＢＣ", "10,000 1,1,1,", "電気ケトル", "a b c d e f g h i j k l m n", "&|!():*", "İ ǅ ﬃ", "4006381333931",
	} {
		f.Add(text)
	}
	own := languageOf("en")
	languages := append([]language{own}, furtherLanguages([]string{"de", "pt-BR"}, own)...)
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || len(text) > 300 { // which requests may not be
			return
		}
		for _, texts := range languages {
			q := readSearch(text, texts)
			if q.empty() {
				continue
			}
			queries := []string{q.exact(), q.everything()}
			for _, level := range append(q.levels(), q.mostOf()...) {
				queries = append(queries, level.query)
			}
			for _, query := range queries {
				if !isQuery(query) || len(query) > 1<<20 {
					t.Errorf("%q is asked for as %q", text, query)
				}
			}
			if again := words(fold(text)); !slices.Equal(again, words(text)) {
				t.Errorf("words %q, of the folded text %q", words(text), again)
			}
		}
	})
}

// Whatever an address says in its filters is refused, or becomes a query that the index answers.
func FuzzFilters(f *testing.F) {
	f.Add("brand", "Tindle", "1000-5000")
	f.Add("option.Size", "X'L\\", "-5000")
	f.Add("availability", "in_stock", "99999999999999999999-")
	f.Add("sale", "yes", "--5")
	f.Add("option.", "", "-")
	f.Fuzz(func(t *testing.T, key, value, price string) {
		if !utf8.ValidString(key) || !utf8.ValidString(value) || strings.ContainsRune(key+value, 0) {
			return
		}
		n := &narrowing{category: lowestID}
		filters := []*catalogv1.Filter{{Key: key, Values: []string{value, value}}}
		if price != "" {
			filters = append(filters, &catalogv1.Filter{Key: priceFacet, Values: []string{price}})
		}
		if n.readFilters(filters) != nil || n.open() {
			return
		}
		if query := n.query(); !isQuery(query) || len(query) > 1<<16 || n.from < 0 {
			t.Errorf("%q=%q, price %q are asked for as %q", key, value, price, query)
		}
	})
}
