package catalog

import (
	"context"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"
	"pgregory.net/rapid"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// shelves is a small shop to search in.
func shelves(t testing.TB, ctx context.Context) *Service {
	t.Helper()
	s, m := newService(t)
	products := []struct{ name, brand, category, tags, description, sku, gtin string }{
		{"Enamel Stovetop Kettle", "Tindle Tinworks", "Coffee & Tea", "induction,gift", "Boils quickly.", "ENK-MOS", "00012345678905"},
		{"Tea Towel", "Linen & Co", "Kitchen Textiles", "", "Dries a kettle, or ten cups.", "TT 1", ""},
		{"Hearth Cast-Iron Casserole", "Tindle Tinworks", "Pots & Pans", "oven", "Keeps stews hot.", "HCC-5L", ""},
		{"Beech Cutting Boards", "Holt", "Pots & Pans", "wood", "For bread and knives.", "BCB-1", ""},
		{"Café Crème Bowl", "Éclat", "Coffee & Tea", "", "A bowl from Liège.", "0815", ""},
		{"O'Neill Lamp", "Holt", "Lighting", "", "Gives light to read by.", "LMP", ""},
		{"茶碗 Tea Bowl", "Éclat", "Coffee & Tea", "", "", "JP-1", ""},
		{"Casserole Lid", "Nobody", "Pots & Pans", "40517", "Fits most pots. See ENK-MOS.", "LID", ""},
	}
	for _, one := range products {
		p := kettle()
		p.Slug, p.Name, p.Brand, p.Description, p.Tags = id.New(), one.name, one.brand, one.description, strings.Split(one.tags, ",")
		p.Categories, p.Attributes, p.Options = path(one.category), nil, nil
		p.Variants = []*productv1.Variant{{Id: id.New(), Sku: one.sku, Gtin: one.gtin, Mpn: "mpn/9-" + one.name[strings.LastIndex(one.name, " ")+1:], Price: usd(1000)}}
		m.put(p)
	}
	refreshAll(t, ctx, s, m.ids()...)
	return s
}

// A shopper finds things by what they would type: words in any form, parts of words, numbers, and with slips of the finger.
func TestSearchProducts(t *testing.T) {
	t.Parallel()
	ctx := inTurn(t)
	s := shelves(t, ctx)
	const kettle, towel, casserole, boards, cafe, lamp, chawan, lid = "Enamel Stovetop Kettle", "Tea Towel", "Hearth Cast-Iron Casserole",
		"Beech Cutting Boards", "Café Crème Bowl", "O'Neill Lamp", "茶碗 Tea Bowl", "Casserole Lid"
	tests := map[string]struct {
		query     string
		want      []string // those that must come first, in any order among themselves when sorted is false
		total     int
		corrected string
	}{
		"a word of a name before one of a text": {"kettle", []string{kettle, towel}, 2, ""},
		"plural for singular":                   {"kettles", []string{kettle, towel}, 2, ""},
		"singular for plural":                   {"cutting board", []string{boards}, 1, ""},
		"an unfinished word":                    {"enam", []string{kettle}, 1, ""},
		"words in any order and case":           {"STOVETOP enamel", []string{kettle}, 1, ""},
		"words from name and brand":             {"tindle casserole", []string{casserole}, 1, ""},
		"accents left out":                      {"cafe creme", []string{cafe}, 1, ""},
		"accents put in":                        {"Énamel", []string{kettle}, 1, ""},
		"an apostrophe left out":                {"oneill lamp", []string{lamp}, 1, ""},
		"a typographic one":                     {"o’neill", []string{lamp}, 1, ""},
		"an SKU before a mention of it":         {"ENK-MOS", []string{kettle}, 2, ""},
		"an SKU in small letters":               {"enk-mos", []string{kettle}, 2, ""},
		"an SKU with a space":                   {"tt 1", []string{towel}, 1, ""},
		"a GTIN":                                {"12345678905", []string{kettle}, 1, ""},
		"a GTIN with spaces":                    {"0 0012345 678905", []string{kettle}, 1, ""},
		"a number that is an SKU":               {"0815", []string{cafe}, 1, ""},
		"another script":                        {"茶碗", []string{chawan}, 1, ""},
		"a number that is none":                 {"40517", []string{lid}, 1, ""},
		"another number is no slip of it":       {"40518", nil, 0, ""},
		"a tag":                                 {"induction", []string{kettle}, 1, ""},
		"a letter too few":                      {"ketle", []string{kettle, towel}, 2, "kettle"},
		"letters that changed places":           {"kettel", []string{kettle, towel}, 2, "kettle"},
		"a wrong letter in a short word":        {"lanp", []string{lamp}, 1, "lamp"},
		"a brand with a slip":                   {"tindel casserole", []string{casserole}, 1, "tindle casserole"},
		"two slips in a long word":              {"caserolle", []string{casserole, lid}, 2, "casserole"},
		"only what is wrong is corrected":       {"tindle caserole", []string{casserole}, 1, "tindle casserole"},
		"a sign on a name":                      {"tindle® casserole", []string{casserole}, 1, ""},
		"two words as one":                      {"teatowel", []string{towel}, 1, "tea towel"},
		"one word as two":                       {"stove top kettle", []string{kettle}, 1, ""},
		"hyphens left out":                      {"castiron", []string{casserole}, 1, ""},
		"an SKU without its hyphen":             {"hcc 5l", []string{casserole}, 1, ""},
		"a maker's own number":                  {"MPN/9-KETTLE", []string{kettle}, 1, ""},
		"most of many words":                    {"enamel stovetop kettle whistling", []string{kettle}, 1, ""},
		"words that never meet":                 {"lamp casserole", nil, 0, ""},
		"nothing like it":                       {"xylophone", nil, 0, ""},
		"no word at all":                        {"!?", nil, 0, ""},
		"nothing":                               {"  ", nil, 0, ""},
	}
	for name, tc := range tests {
		answer, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: tc.query})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var names []string
		for _, card := range answer.Cards {
			names = append(names, card.Name)
		}
		if int(answer.Total) != tc.total || answer.CorrectedQuery != tc.corrected || len(names) < len(tc.want) || !slices.Equal(names[:len(tc.want)], tc.want) &&
			!(name == "two slips in a long word" && len(names) == 2) {
			t.Errorf("%s: %q found %d: %q, corrected to %q; want %q of %d, %q", name, tc.query, answer.Total, names, answer.CorrectedQuery, tc.want, tc.total, tc.corrected)
		}
	}
}

// Who meant what was typed can have it searched for, and is told when what is shown has only some of the words.
func TestSearchAsTyped(t *testing.T) {
	t.Parallel()
	ctx := inTurn(t)
	s := shelves(t, ctx)
	for query, want := range map[string]struct {
		corrected string
		some      bool
		total     int32
	}{"ketle": {"", false, 0}, "kettle": {"", false, 2}, "teatowel": {"", false, 0}, "enamel stovetop xyz": {"", true, 1}} {
		answer, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: query, AsTyped: true})
		if err != nil || answer.CorrectedQuery != want.corrected || answer.SomeWords != want.some || answer.Total != want.total {
			t.Errorf("%q: %v, %v", query, answer, err)
		}
	}
}

// What has most of the words is found whichever are missing, and nothing that lacks more.
func TestWithout(t *testing.T) {
	t.Parallel()
	for words := 1; words <= 6; words++ {
		all := make([]string, words)
		for i := range all {
			all[i] = string(rune('a' + i))
		}
		for missing := range words {
			query := without(all, missing)
			for set := range 1 << words {
				if got, want := holds(query, set), bits.OnesCount(uint(set)) >= words-missing; got != want {
					t.Errorf("%d of %d missing, %s with %b: %v", missing, words, query, set, got)
				}
			}
		}
	}
}

// holds works out a query of letters, of which a set is there.
func holds(query string, set int) bool {
	either, depth, start := []string(nil), 0, 0
	split := func(sign rune) []string {
		either, depth, start = nil, 0, 0
		for i, r := range query {
			switch {
			case r == '(':
				depth++
			case r == ')':
				depth--
			case r == sign && depth == 0:
				either, start = append(either, query[start:i]), i+1
			}
		}
		return append(either, query[start:])
	}
	if parts := split('|'); len(parts) > 1 {
		return slices.ContainsFunc(parts, func(part string) bool { return holds(part, set) })
	}
	if parts := split('&'); len(parts) > 1 {
		return !slices.ContainsFunc(parts, func(part string) bool { return !holds(part, set) })
	}
	query = strings.TrimSpace(query)
	if inner, bracketed := strings.CutPrefix(query, "("); bracketed {
		return holds(strings.TrimSuffix(inner, ")"), set)
	}
	return set&(1<<(query[0]-'a')) != 0
}

// Results can be narrowed, sorted and paged like lists.
func TestSearchNarrowed(t *testing.T) {
	t.Parallel()
	ctx := inTurn(t)
	s := shelves(t, ctx)
	all, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: "tea", Sort: catalogv1.Sort_SORT_NAME})
	if err != nil {
		t.Fatal(err)
	}
	facets := facetsOf(all.Facets)
	if len(all.Cards) != 4 || facets["brand=Éclat"] != "2" || facets["brand=Linen & Co"] != "1" {
		t.Fatalf("found %v", all)
	}
	if !slices.IsSortedFunc(all.Cards, func(a, b *catalogv1.Card) int { return strings.Compare(fold(a.Name), fold(b.Name)) }) {
		t.Errorf("not by name: %v", all.Cards)
	}
	narrowed, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{
		Query: "tea", Filters: []*catalogv1.Filter{{Key: "brand", Values: []string{"Éclat", "Holt"}}, {Key: "price", Values: []string{"900-1100"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	facets = facetsOf(narrowed.Facets)
	if len(narrowed.Cards) != 2 || facets["brand=Éclat"] != "2 chosen" || facets["brand=Holt"] != "0 chosen" || facets["brand=Linen & Co"] != "1" {
		t.Errorf("narrowed to %v", narrowed)
	}
	var paged []string
	for page := range int32(4) {
		part, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: "tea", Sort: catalogv1.Sort_SORT_NAME, Page: page + 1, PageSize: 1})
		if err != nil || part.Total != 4 || len(part.Cards) != 1 {
			t.Fatalf("page %d: %v, %v", page+1, part, err)
		}
		paged = append(paged, part.Cards[0].ProductId)
	}
	if !slices.Equal(paged, productIDs(all.Cards)) {
		t.Errorf("pages %v, whole %v", paged, productIDs(all.Cards))
	}
	for _, query := range []string{"tea", "nothing", "ketle"} {
		_, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: query, Page: 5})
		wantCode(t, err, connect.CodeOutOfRange)
	}
}

// Nothing that can be typed breaks the search.
func TestSearchOddities(t *testing.T) {
	t.Parallel()
	ctx := inTurn(t)
	s := shelves(t, ctx)
	try := func(query string, filters ...*catalogv1.Filter) error {
		_, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: query, Filters: filters})
		return err
	}
	for _, query := range []string{
		"'", "''", `\`, `\'`, "a & b | !c", "(", "a:*", ":*", "<->", "kettle'; drop table catalog_pages; --", "%", "_", "\x00", "ket\x00tle", "👩‍👩‍👧 kettle", "🫖",
		strings.Repeat("a", 200), strings.Repeat("kettle ", 28), strings.Repeat("é", 200), "\u202e kettle", "ﬁne", "İstanbul", "ＫＥＴＴＬＥ", "a\tb\nc", "0x1F", "1e309", "-", "--", "\x1f", "=",
		"word=kettle", "brand=Holt", "sku=LMP", "ключ", "مفتاح", "กุญแจ", "ß",
	} {
		if err := try(query); err != nil {
			t.Errorf("%q: %v", query, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringN(1, 200, 400).Draw(t, "value")
		key := rapid.SampledFrom([]string{"brand", "availability", "option.", "option." + value[:min(len(value), 20)]}).Draw(t, "key")
		key, value = strings.ToValidUTF8(key, ""), strings.ToValidUTF8(value, "")
		if err := try(rapid.StringN(0, 200, 800).Draw(t, "query"), &catalogv1.Filter{Key: key, Values: []string{value}}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Cast-Iron Pot (3.5 L)": "cast iron pot 3 5 l", "Crème brûlée": "creme brulee", "O'Neill’s": "oneills", "Straße Łódź Øre": "strasse lodz ore",
		"茶碗x": "茶 碗 x", "": "", "\x00\x1f": "",
	} {
		if got := strings.Join(words(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	stem := languageOf("en-GB").stem
	for _, same := range [][2]string{{"boxes", "box"}, {"kettles", "kettle"}, {"berries", "berry"}, {"dishes", "dish"}, {"glasses", "glass"}, {"shoes", "shoe"}, {"mugs", "mug"}, {"vases", "vase"}, {"charging", "charge"}, {"fitted", "fit"}} {
		if stem(same[0]) != stem(same[1]) {
			t.Errorf("%s and %s: %s and %s", same[0], same[1], stem(same[0]), stem(same[1]))
		}
	}
	for _, other := range [][2]string{{"glass", "glas"}, {"bus", "bu"}, {"gas", "ga"}} {
		if stem(other[0]) == stem(other[1]) {
			t.Errorf("%s and %s are one", other[0], other[1])
		}
	}
	for _, tc := range []struct {
		a, b string
		want int
	}{{"kettle", "kettle", 0}, {"kettle", "ketle", 1}, {"kettle", "kettel", 1}, {"kettle", "kittle", 1}, {"kettle", "kitle", 2}, {"a", "abcd", 3}, {"", "ab", 2}, {"été", "ete", 2}} {
		if got := mistyped(tc.a, tc.b, 2); got != tc.want || mistyped(tc.b, tc.a, 2) != got {
			t.Errorf("%s and %s: %d slips, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}

// A price lies in its band, bands rise with prices, none is wide, and one begins at each round price.
func TestBands(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Min(0).Draw(t, "a"), rapid.Int64Min(0).Draw(t, "b")
		if (a < b && band(a) > band(b)) || (a > b && band(a) < band(b)) {
			t.Fatalf("%d is in band %d, %d in %d", a, band(a), b, band(b))
		}
		if bandStart(band(a)) > a || a < highest/2 && bandStart(band(a)+1) <= a {
			t.Fatalf("%d is in band %d, from %d to %d", a, band(a), bandStart(band(a)), bandStart(band(a)+1))
		}
		if band(a) == band(b) && float64(max(a, b)) > 1.25*float64(min(a, b)) {
			t.Fatalf("%d and %d are both in band %d", a, b, band(a))
		}
	})
	if band(highest) > 256 {
		t.Errorf("%d bands", band(highest))
	}
	for round := int64(1); round < highest/10; round *= 10 {
		for _, price := range []int64{round, 2 * round, 5 * round} {
			if start := bandStart(band(price)); start != price {
				t.Errorf("what costs less than %d is in no whole bands: one begins at %d", price, start)
			}
		}
	}
}
