package catalog

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// judged is a product of Best Buy as the rules of testdata/relevance.txt see it.
type judged struct {
	sku    string
	fields map[string]string // plain words between spaces
	record bestBuyProduct
}

type bestBuyProduct struct {
	Name, Description, Brand, Image string
	Categories                      []string
	Price                           float64
	Popularity                      int64
}

func readBestBuy(t testing.TB) []judged {
	t.Helper()
	folder := os.Getenv("TEST_FEED_DATA")
	if folder == "" {
		t.Skip("there is no ../shared/data beside the clone, and TEST_FEED_DATA names no folder with Best Buy's sample file")
	}
	file, err := os.Open(filepath.Join(folder, "bestbuy/bestbuy-products-3291.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var records []bestBuyProduct
	if err := json.NewDecoder(unpacked).Decode(&records); err != nil {
		t.Fatal(err)
	}
	all := make([]judged, len(records))
	for i, record := range records {
		record.Name, record.Description = html.UnescapeString(record.Name), html.UnescapeString(record.Description)
		sku, _, _ := strings.Cut(filepath.Base(record.Image), "_")
		all[i] = judged{sku: sku, record: record, fields: map[string]string{
			"name": plainly(record.Name), "brand": plainly(record.Brand), "text": plainly(record.Description), "category": plainly(strings.Join(record.Categories, " / ")),
		}}
		all[i].fields["any"] = strings.Join([]string{all[i].fields["name"], all[i].fields["brand"], all[i].fields["text"], all[i].fields["category"]}, "")
	}
	return all
}

// plainly is a text's words in small letters between spaces, without accents and signs. It is not the search's own way, which is judged.
func plainly(text string) string {
	text = strings.NewReplacer("®", "", "™", "", "℠", "", "©", "").Replace(text)
	var plain strings.Builder
	for _, r := range norm.NFD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			plain.WriteRune(unicode.ToLower(r))
		default:
			plain.WriteByte(' ')
		}
	}
	return " " + strings.Join(strings.Fields(plain.String()), " ") + " "
}

// question is a search with those of the products that it ought to find.
type question struct {
	kind, query string
	hits        map[string]bool // by SKU
}

// readQuestions reads testdata/relevance.txt, which says how it is written.
func readQuestions(t testing.TB, products []judged) []question {
	t.Helper()
	file, err := os.Open("testdata/relevance.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []question
	kind := ""
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] == '[':
			kind = strings.Trim(line, "[]")
			continue
		}
		query, rule, _ := strings.Cut(line, " | ")
		asked := question{kind: kind, query: query, hits: map[string]bool{}}
		for _, p := range products {
			if p.follows(t, rule) {
				asked.hits[p.sku] = true
			}
		}
		if len(asked.hits) == 0 {
			t.Errorf("no product follows the rule of %q", line)
		}
		all = append(all, asked)
	}
	return all
}

func (p judged) follows(t testing.TB, rule string) bool {
	for condition := range strings.SplitSeq(rule, ";") {
		field, rest, _ := strings.Cut(strings.TrimSpace(condition), " ")
		verb, list, _ := strings.Cut(rest, " ")
		values := strings.Split(list, ", ")
		holds := slices.ContainsFunc(values, func(value string) bool { return strings.Contains(p.fields[field], plainly(value)) })
		switch {
		case field == "sku" && verb == "is":
			holds = slices.Contains(values, p.sku)
		case p.fields[field] == "":
			t.Fatalf("there is no field %q in %q", field, rule)
		case verb == "lacks":
			holds = !holds
		case verb != "has":
			t.Fatalf("there is no verb %q in %q", verb, rule)
		}
		if !holds {
			return false
		}
	}
	return true
}

// score says how good answers are on the average: how many of the first five are hits (of as many as there can be), how many of the hits
// are among the first hundred, and one over the place of the first hit.
type score struct{ precision, recall, reciprocal float64 }

func (s *score) add(asked question, answer []string) {
	first := 0.0
	found, top := 0, 0
	for i, sku := range answer {
		if !asked.hits[sku] {
			continue
		}
		found++
		if i < 5 {
			top++
		}
		if first == 0 {
			first = 1 / float64(i+1)
		}
	}
	s.precision += float64(top) / float64(min(5, len(asked.hits)))
	s.recall += float64(found) / float64(min(100, len(asked.hits)))
	s.reciprocal += first
}

func (s *score) over(questions int) score {
	return score{s.precision / float64(questions), s.recall / float64(questions), s.reciprocal / float64(questions)}
}

func (s score) String() string {
	return fmt.Sprintf("precision at 5 %.3f, recall %.3f, MRR %.3f", s.precision, s.recall, s.reciprocal)
}

// The search finds what shoppers mean, better than PostgreSQL's own full-text search over the same texts does, and no worse than it did when
// these figures were written down. The merchant has said of some words that they mean the same, as one can here and not there.
func TestRelevance(t *testing.T) {
	t.Parallel()
	products := readBestBuy(t)
	questions := readQuestions(t, products)
	s, m := newService(t)
	ctx := inTurn(t)
	skus := make(map[string]string, len(products)) // by product
	for _, p := range products {
		made := p.product()
		skus[made.Id] = p.sku
		m.put(made)
		m.count(made.Variants[0].Id, 10, false)
	}
	refreshAll(t, ctx, s, m.ids()...)
	plain := plainSearch(t, ctx, s, products)
	answered := func(query string) []string {
		answer, err := s.SearchProducts(ctx, &catalogv1.SearchProductsRequest{Query: query, PageSize: 100})
		if err != nil {
			t.Fatalf("%q: %v", query, err)
		}
		found := productIDs(answer.Cards)
		for i, product := range found {
			found[i] = skus[product]
		}
		return found
	}
	theirs := judge(questions, plain)
	alone := judge(questions, answered)
	for _, phrases := range [][]string{{"grey", "gray"}, {"car", "vehicle", "auto"}, {"power bank", "portable charger"}, {"cord", "cable"}, {"cover", "case"},
		{"mobile phone", "cell phone", "smartphone"}, {"vr", "virtual reality"}, {"strap", "band"}} {
		if _, err := s.CreateSynonyms(ctx, &catalogv1.CreateSynonymsRequest{Phrases: phrases}); err != nil {
			t.Fatal(err)
		}
	}
	ours := judge(questions, answered)

	s.ranked = 1
	wide := judge(questions, answered)[""]
	t.Logf("as in a shop where all is too much to be ranked one by one: %v", wide)
	if least := (score{0.94, 0.93, 0.96}); wide.precision < least.precision || wide.recall < least.recall || wide.reciprocal < least.reciprocal {
		t.Errorf("too much to be ranked one by one: %v, was at least %v", wide, least)
	}

	for _, kind := range slices.Sorted(maps.Keys(ours)) {
		t.Logf("%-20s %v; without synonyms %v; plain %v", cmp.Or(kind, "all"), ours[kind], alone[kind], theirs[kind])
	}
	if len(questions) < 100 {
		t.Errorf("%d questions", len(questions))
	}
	for name, tc := range map[string]struct{ got, least score }{
		"without synonyms": {alone[""], score{0.93, 0.895, 0.95}},
		"with synonyms":    {ours[""], score{0.95, 0.935, 0.965}},
	} {
		if got, plain := tc.got, theirs[""]; got.precision <= plain.precision || got.recall <= plain.recall || got.reciprocal <= plain.reciprocal {
			t.Errorf("%s: %v, plain full-text search %v", name, got, plain)
		}
		if got, least := tc.got, tc.least; got.precision < least.precision || got.recall < least.recall || got.reciprocal < least.reciprocal {
			t.Errorf("%s: %v, was at least %v", name, got, least)
		}
	}
}

// judge asks all questions, and returns the scores of each kind and under "" of all.
func judge(questions []question, ask func(query string) []string) map[string]score {
	sums, asked := map[string]*score{"": {}}, map[string]int{}
	for _, q := range questions {
		if sums[q.kind] == nil {
			sums[q.kind] = &score{}
		}
		found := ask(q.query)
		for _, kind := range []string{"", q.kind} {
			asked[kind]++
			sums[kind].add(q, found)
		}
	}
	scores := make(map[string]score, len(sums))
	for kind, sum := range sums {
		scores[kind] = sum.over(asked[kind])
	}
	return scores
}

// product is what a feed would make of a record.
func (p judged) product() *productv1.Product {
	made := kettle()
	made.Id, made.Slug, made.Key = id.New(), p.sku, p.sku
	made.Name, made.Brand, made.Description = p.record.Name, p.record.Brand, p.record.Description
	made.Categories, made.Attributes, made.Options, made.Tags = path(p.record.Categories...), nil, nil, nil
	made.Variants = []*productv1.Variant{{Id: id.New(), Sku: p.sku, Price: usd(int64(p.record.Price*100 + 0.5))}}
	return made
}

// plainSearch is what PostgreSQL offers by itself: weighted fields, English stems, and ranks.
func plainSearch(t testing.TB, ctx context.Context, s *Service, products []judged) func(query string) []string {
	t.Helper()
	db := s.cfg.DB.Primary()
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Exec(ctx, sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	run("create table plain (sku text primary key, document tsvector not null)")
	var all [5][]string
	for _, p := range products {
		for i, text := range []string{p.sku, p.record.Name, p.record.Brand, strings.Join(p.record.Categories, " "), p.record.Description} {
			all[i] = append(all[i], text)
		}
	}
	run(`insert into plain select sku, setweight(to_tsvector('english', name || ' ' || sku), 'A') || setweight(to_tsvector('english', brand), 'B') ||
		setweight(to_tsvector('english', categories), 'C') || setweight(to_tsvector('english', description), 'D')
		from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as p(sku, name, brand, categories, description)`, all[0], all[1], all[2], all[3], all[4])
	return func(query string) []string {
		return texts(t, ctx, s, `select sku from plain, websearch_to_tsquery('english', $1) query where document @@ query order by ts_rank(document, query) desc, sku limit 100`, query)
	}
}
