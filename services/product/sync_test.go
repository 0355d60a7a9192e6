package product

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

func packed(t testing.TB, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const twoMugs = `[
	{"key": "moss", "name": "Moss Mug", "description": "One.\n\nTwo.", "brand": "Tindle", "categories": ["Kitchen", "Mugs"], "tags": ["tea"],
		"attributes": {"Height": "9 cm"}, "options": [{"name": "Size", "values": ["S", "L"]}],
		"variants": [
			{"sku": "M-S", "gtin": "4006381333931", "options": {"Size": "S"}, "price": "24.00", "stock": 12, "weight_grams": 310, "image": "https://pics.example/s.jpg"},
			{"sku": "M-L", "options": {"Size": "L"}, "price": "29.00", "compare_at_price": "35.00", "stock": 0, "backorder": true}],
		"images": [{"src": "https://pics.example/l.jpg", "alt": "Large"}, {"src": "https://pics.example/s.jpg"}]},
	{"key": "clay", "name": "Clay Mug", "categories": ["Kitchen", "Mugs"], "price": "19.99"}
]`

// A product comes out as it was described, and its stock is where stock is kept.
func TestSyncStoresProducts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if run := s.mustSync(twoMugs); counts(run) != "2/0/0/0" || run.GetProductsTotal() != 2 || run.GetRowsRead() != 2 ||
		run.GetFormat() != productv1.SyncFormat_SYNC_FORMAT_JSON || run.GetBytesRead() != run.GetBytesTotal() {
		t.Errorf("run %v", run)
	}
	all := s.products()
	p := all["moss"]
	if p.GetSlug() != "moss-mug" || p.GetDescription() != "One.\n\nTwo." || p.GetState() != productv1.ProductState_PRODUCT_STATE_ACTIVE || p.GetVersion() != 1 {
		t.Errorf("product %v", p)
	}
	if len(p.GetCategories()) != 2 || p.GetCategories()[1].GetName() != "Mugs" || p.GetCategories()[1].GetParentId() != p.GetCategories()[0].GetId() ||
		p.GetCategories()[1].GetId() != all["clay"].GetCategories()[1].GetId() {
		t.Errorf("categories %v", p.GetCategories())
	}
	if len(p.GetVariants()) != 2 || len(p.GetImages()) != 2 || p.GetImages()[0].GetAlt() != "Large" {
		t.Fatalf("variants %v, images %v", p.GetVariants(), p.GetImages())
	}
	small, large := p.GetVariants()[0], p.GetVariants()[1]
	if small.GetPrice().GetAmountMinor() != 2400 || small.GetPrice().GetCurrencyCode() != "USD" || small.GetGtin() != "04006381333931" ||
		small.GetImageId() != p.GetImages()[1].GetId() || !slices.Equal(small.GetOptionValues(), []string{"S"}) || small.GetCompareAtPrice() != nil {
		t.Errorf("small %v", small)
	}
	if large.GetCompareAtPrice().GetAmountMinor() != 3500 || large.GetImageId() != "" {
		t.Errorf("large %v", large)
	}
	// What a feed does not say of stock is the setting's.
	for variant, want := range map[string]*inventoryv1.StockCount{
		small.GetId(): {OnHand: 12}, large.GetId(): {Backorder: true}, all["clay"].GetVariants()[0].GetId(): {OnHand: 100},
	} {
		if got := s.stock.counts[variant]; got.GetOnHand() != want.GetOnHand() || got.GetBackorder() != want.GetBackorder() {
			t.Errorf("stock %v, want %v", got, want)
		}
	}
	if n := s.number("select count(*) from outbox where topic = 'tradewind.product.v1.ProductsChanged'"); n != 1 {
		t.Errorf("%d events, want one for both products", n)
	}
}

// The same file again writes nothing at all; a changed one changes what differs and keeps identities.
func TestSyncAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	before, first := s.traces(), s.products()
	if run := s.mustSync(twoMugs); counts(run) != "0/0/2/0" {
		t.Errorf("again: %v", run)
	}
	if after := s.traces(); after != before {
		t.Errorf("the second run wrote:\n%s, was\n%s", after, before)
	}

	// Renamed size, moved picture, another price: the variants keep their ids by SKU.
	changed := strings.NewReplacer(`"Size": "L"`, `"Size": "XL"`, `["S", "L"]`, `["S", "XL"]`, `"24.00"`, `"25.00"`, `{"src": "https://pics.example/l.jpg", "alt": "Large"}, `, "").Replace(twoMugs)
	if run := s.mustSync(changed); counts(run) != "0/1/1/0" {
		t.Errorf("changed: %v", run)
	}
	was, is := first["moss"], s.products()["moss"]
	if is.GetId() != was.GetId() || is.GetVersion() != was.GetVersion()+1 || len(is.GetImages()) != 1 || is.GetImages()[0].GetId() != was.GetImages()[1].GetId() {
		t.Errorf("product %v, was %v", is, was)
	}
	for i, v := range is.GetVariants() {
		if v.GetId() != was.GetVariants()[i].GetId() {
			t.Errorf("variant %v was %v", v, was.GetVariants()[i])
		}
	}
	if is.GetVariants()[0].GetPrice().GetAmountMinor() != 2500 || is.GetVariants()[1].GetOptionValues()[0] != "XL" {
		t.Errorf("variants %v", is.GetVariants())
	}

	// Variants change places and SKUs in one go, and one that is gone is removed.
	swapped := `[{"key": "moss", "name": "Moss Mug", "variants": [
		{"sku": "M-L", "options": {"Size": "S"}, "price": "29.00"}, {"sku": "M-S", "options": {"Size": "XL"}, "price": "25.00"}]}]`
	s.mustSync(swapped)
	moved := s.products()["moss"].GetVariants()
	if moved[0].GetId() != is.GetVariants()[1].GetId() || moved[1].GetId() != is.GetVariants()[0].GetId() {
		t.Errorf("variants %v, were %v", moved, is.GetVariants())
	}
	s.mustSync(`[{"key": "moss", "name": "Moss Mug", "variants": [{"sku": "M-S", "options": {"Size": "XL"}, "price": "25.00"}]}]`)
	if left := s.products()["moss"].GetVariants(); len(left) != 1 || left[0].GetId() != moved[1].GetId() {
		t.Errorf("variants %v, want the last of %v", left, moved)
	}
}

// Further prices belong to price lists: they are named as not taken, cost nothing else of the row, and are no news when they change.
func TestSyncNamesFurtherPrices(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	file := `[{"key": "mug", "name": "Mug", "price": "10.00", "sku": "M", "prices": [{"currency": "EUR", "price": "%s"}, {"currency": "USD", "min_quantity": 10, "price": "8.00"}]}]`
	first, again := s.sync("prices.json", fmt.Appendf(nil, file, "9.00")), s.sync("prices.json", fmt.Appendf(nil, file, "9.50"))
	if counts(first) != "1/0/0/1" || counts(again) != "0/0/1/1" {
		t.Errorf("%v, then %v", first, again)
	}
	if rows := s.rejects(first); len(rows) != 1 || rows[0].GetColumn() != "prices" || rows[0].GetValue() != "9.00 EUR, 8.00 USD from 10" || rows[0].GetProductKey() != "mug" {
		t.Errorf("%v", rows)
	}
}

// A count in a feed is set when the feed says another one than before: importing yesterday's file again must not sell today's
// sales a second time.
func TestSyncStock(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	file := func(small, large string) string {
		return `[{"key": "mug", "name": "Mug", "variants": [
			{"sku": "S", "options": {"Size": "S"}, "price": "1", ` + small + `}, {"sku": "L", "options": {"Size": "L"}, "price": "1", ` + large + `}]}]`
	}
	s.mustSync(file(`"stock": 5`, `"stock": 7`))
	variants := s.products()["mug"].GetVariants()
	small, large := s.stock.counts[variants[0].GetId()], variants[1].GetId()
	small.OnHand = 3 // two were sold
	events := s.number("select count(*) from outbox")
	if run := s.mustSync(file(`"stock": 5`, `"stock": 8`)); counts(run) != "0/1/0/0" {
		t.Errorf("%v", run)
	}
	if got := s.stock.counts[variants[0].GetId()].GetOnHand(); got != 3 {
		t.Errorf("small has %d, want the 3 that sales left", got)
	}
	if got := s.stock.counts[large].GetOnHand(); got != 8 {
		t.Errorf("large has %d, want the 8 that the feed says now", got)
	}
	if p := s.products()["mug"]; p.GetVersion() != 1 || s.number("select count(*) from outbox") != events {
		t.Errorf("the product counts as changed: %v", p)
	}
	calls := s.stock.calls
	s.mustSync(file(`"weight_grams": 5`, `"weight_grams": 6`)) // a feed that stops counting leaves stock alone
	if s.stock.calls != calls {
		t.Errorf("stock was set although the feed says nothing of it")
	}
}

// A product some of whose rows were refused loses nothing that it had.
func TestSyncRemovesNothingOnDamage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	damaged := strings.NewReplacer(`"29.00"`, `"29,00"`, "https://pics.example/l.jpg", "pics/l.jpg").Replace(twoMugs)
	run := s.sync("damaged", []byte(damaged))
	if counts(run) != "0/1/1/1" {
		t.Errorf("%v, rejected %v", run, s.rejects(run))
	}
	p := s.products()["moss"]
	if len(p.GetVariants()) != 2 || len(p.GetImages()) != 2 || p.GetVariants()[1].GetPrice().GetAmountMinor() != 2900 ||
		!slices.Equal(p.GetOptions()[0].GetValues(), []string{"S", "L"}) {
		t.Errorf("product %v", p)
	}
	before := s.traces()
	if again := s.sync("damaged", []byte(damaged)); counts(again) != "0/0/2/1" || s.traces() != before {
		t.Errorf("again: %v", again)
	}
	if mended := s.mustSync(twoMugs); counts(mended) != "0/1/1/0" {
		t.Errorf("mended: %v", mended)
	}
}

// A SKU names one variant of the shop. Who comes second is refused, run after run, until the first lets go of it.
func TestSyncTakenSKU(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(`[{"key": "a", "name": "A", "price": "1", "sku": "X"}, {"key": "d", "name": "D", "price": "1", "sku": "Y"},
		{"key": "b", "name": "B", "variants": [{"sku": "Z", "options": {"S": "2"}, "price": "1"}]}, {"key": "e", "name": "E", "price": "1"}]`)
	file := []byte(`[{"key": "b", "name": "B", "variants": [{"sku": "X", "options": {"S": "1"}, "price": "1"}, {"sku": "Z", "options": {"S": "2"}, "price": "1"}]},
		{"key": "c", "name": "C", "price": "1", "sku": "X2"}, {"key": "e", "name": "E", "price": "1", "sku": "Y"}]`)
	for _, want := range []string{"1/1/0/2", "0/0/2/2"} {
		run := s.sync("taken", file)
		if counts(run) != want {
			t.Fatalf("%v, want %s; rejected %v", run, want, s.rejects(run))
		}
		rejects := s.rejects(run)
		if len(rejects) != 2 || rejects[0].GetRow() != 1 || rejects[0].GetValue() != "X" || !strings.Contains(rejects[0].GetReason(), "product a") || rejects[1].GetRow() != 3 {
			t.Errorf("rejected %v", rejects)
		}
	}
	s.mustSync(`[{"key": "a", "name": "A", "price": "1", "sku": "W"}]`)
	if run := s.sync("free", file); counts(run) != "0/1/1/1" {
		t.Errorf("once X is free: %v", run)
	}
	if v := s.products()["b"].GetVariants(); len(v) != 2 || v[0].GetSku() != "X" {
		t.Errorf("variants %v", v)
	}
}

// Addresses are unique, readable, and stay as they are until the feed asks for others.
func TestSyncSlugs(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	slugs := func() string {
		var all []string
		for key, p := range s.products() {
			all = append(all, key+"="+p.GetSlug())
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	s.mustSync(`[{"key": "A1", "name": "Mug", "price": "1"}, {"key": "A2", "name": "Mug", "price": "1"}, {"key": "mug", "name": "Cup", "price": "1", "slug": "cup"}]`)
	if got := slugs(); got != "A1=mug A2=mug-a2 mug=cup" {
		t.Fatal(got)
	}
	s.mustSync(`[{"key": "A1", "name": "Beaker", "price": "2"}, {"key": "A2", "name": "Mug", "price": "1", "slug": "cup"}, {"key": "mug", "name": "Cup", "price": "3", "slug": "cup"}]`)
	if got := slugs(); got != "A1=mug A2=cup-a2 mug=cup" {
		t.Errorf("a new name changes no address, a new slug does: %s", got)
	}
	s.mustSync(`[{"key": "A2", "name": "Mug", "price": "7", "slug": "cup"}]`)
	if got := slugs(); got != "A1=mug A2=cup-a2 mug=cup" {
		t.Errorf("the same wish is not tried again: %s", got)
	}
}

// Categories of one name under different parents are different, and each is stored once however it is written.
func TestSyncCategories(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(`[{"key": "a", "name": "A", "price": "1", "categories": [["Phones", "Cases"], ["Sale"]]},
		{"key": "b", "name": "B", "price": "1", "categories": ["Cameras", "Cases"]},
		{"key": "c", "name": "C", "price": "1", "categories": ["phones", "CASES"]}]`)
	if got := s.text("select string_agg(slug, ' ' order by slug) from product_categories"); got != "cameras cameras-cases cases phones sale" &&
		got != "cameras cases phones phones-cases sale" {
		t.Errorf("slugs %s", got)
	}
	all := s.products()
	if a, c := all["a"].GetCategories(), all["c"].GetCategories(); len(a) != 3 || len(c) != 2 || a[1].GetId() != c[1].GetId() || a[2].GetName() != "Sale" {
		t.Errorf("categories %v and %v", a, c)
	}
}

// Rows of one Shopify handle that stand apart become one product.
func TestSyncJoinsParts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	file := "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src\n" +
		"mug,Mug,Size,S,A,1,\ncup,Cup,,,,2,\nmug,,,M,B,3,https://pics.example/m.jpg\njug,,Size,S,,4,\nmug,,,S,C,5,\nmug,,,L,D,x,\n"
	run := s.sync("apart.csv", []byte(file))
	if counts(run) != "2/0/0/3" || run.GetProductsTotal() != 2 {
		t.Fatalf("%v, rejected %v", run, s.rejects(run))
	}
	if p := s.products()["mug"]; len(p.GetVariants()) != 2 || p.GetVariants()[1].GetSku() != "B" || len(p.GetImages()) != 1 {
		t.Errorf("product %v", p)
	}
	var rows []int64
	for _, r := range s.rejects(run) {
		rows = append(rows, r.GetRow())
	}
	if !slices.Equal(rows, []int64{5, 6, 7}) {
		t.Errorf("rejected %v", s.rejects(run))
	}
	if again := s.sync("apart.csv", []byte(file)); counts(again) != "0/0/2/3" {
		t.Errorf("again: %v", again)
	}
}

// damaged is one row of a file and, unless the row is good, where and why it must be refused. Without a column it is the row as a whole.
type damagedRow struct{ key, rest, column, reason string }

const damagedHeader = "Handle,Title,Variant Price,Variant SKU,Variant Barcode,Image Src,Option1 Name,Option1 Value,Variant Compare At Price,Variant Grams,Published\r\n"

var damagedRows = []damagedRow{
	{key: "good-1", rest: "Good,1.00,S1,,,,,,,"},
	{"bad-price", "X,one,,,,,,,,", "Variant Price", "is not a number"},
	{"bad-negative", "X,-1,,,,,,,,", "Variant Price", "is negative"},
	{"bad-decimals", "X,1.999,,,,,,,,", "Variant Price", "more decimals than USD has"},
	{"bad-exponent", "X,1e2,,,,,,,,", "Variant Price", "with an exponent"},
	{"bad-nan", "X,NaN,,,,,,,,", "Variant Price", "is not a number"},
	{"bad-huge", "X,99999999999999999999,,,,,,,,", "Variant Price", "is too large"},
	{"bad-comma", "X,\"1,50\",,,,,,,,", "Variant Price", "without thousands separators"},
	{"bad-compare", "X,1,,,,,,was 2,,", "Variant Compare At Price", "is not a number"},
	{"bad-latin1", "Caf\xe9,1,,,,,,,,", "Title", "is not UTF-8"},
	{"bad-nul", "a\x00b,1,,,,,,,,", "Title", "control character (U+0000)"},
	{"bad-control", "a\x07b,1,,,,,,,,", "Title", "control character (U+0007)"},
	{key: "good-2", rest: "Good,1.00,S2,,,,,,,"},
	{"good-6", "Good,1,,3.65E+11,,,,,,", "Variant Barcode", "turned into a number by a spreadsheet"}, // only its barcode is bad
	{"good-7", "Good,1,,4006381333932,,,,,,", "Variant Barcode", "check digit"},
	{"bad-sku", "X,1,S1,,,,,,,", "Variant SKU", "is used in row 2 already"},
	{"bad-ragged", "X,1", "", "has 3 cells where the header has 11"},
	{"bad-wide", "X,1,,,,,,,,,more", "", "has 12 cells where the header has 11"},
	{"", "No handle,1,,,,,,,,", "Handle", "which product the row belongs to"},
	{"bad-title", ",1,,,,,,,,", "Title", "is missing"},
	{"bad-quote", "\"X,1,,,,,,,,", "", "text after a closing quote"},
	{key: "good-3", rest: "Good,1.00,S3,,,,,,,"},
	{"bad-cell", strings.Repeat("long ", 1<<20) + ",1,,,,,,,,", "Title", "longer than 255 characters (5242879)"},
	{"bad-name", strings.Repeat("long", 100) + ",1,,,,,,,,", "Title", "longer than 255 characters (400)"},
	{"bad-option", "X,1,,,,,Red,,,", "Option1 Name", "is missing, but Option1 Value is filled"},
	{"bad-grams", "X,1,,,,,,,heavy,", "Variant Grams", "not a weight"},
	{"bad-published", "X,1,,,,,,,,perhaps", "Published", "neither true nor false"},
	{"bad-nothing", ",,,,,,,,,", "Title", "is missing"},
	{"good-4", "Good,1.00,,,ftp://x/y.jpg,,,,,", "Image Src", "is not a web address"}, // only its picture is bad
	{key: "good-5", rest: "\"Good \"\"5\"\"\",1.00,,,,,,,,"},
}

// A file of damage of every kind: its good rows come in, each bad one is named with its column and why, and it can be imported again.
func TestSyncDamagedFile(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	file := "\xef\xbb\xbf" + damagedHeader
	bad := 0
	for _, row := range damagedRows {
		file += row.key + "," + row.rest + "\r\n"
		if row.reason != "" {
			bad++
		}
	}
	run := s.sync("damage.csv", packed(t, file))
	if want := fmt.Sprintf("7/0/0/%d", bad); run.GetState() != productv1.SyncState_SYNC_STATE_DONE || counts(run) != want {
		t.Fatalf("%v, want %s; refused %v", run, want, s.rejects(run))
	}
	if bad < 20 {
		t.Errorf("only %d kinds of damage", bad)
	}
	named := map[int64]*productv1.RejectedRow{}
	for _, r := range s.rejects(run) {
		named[r.GetRow()] = r
	}
	for i, row := range damagedRows {
		if r := named[int64(i)+2]; (r != nil) != (row.reason != "") || r.GetColumn() != row.column || !strings.Contains(r.GetReason(), row.reason) ||
			strings.HasSuffix(r.GetValue(), "1�") { // the line end is no part of the row
			t.Errorf("row %d, %.40q: refused %v; want column %q, because it %q", i+2, row.key+","+row.rest, r, row.column, row.reason)
		}
	}
	if keys := s.keys(); keys != "good-1 good-2 good-3 good-4 good-5 good-6 good-7" {
		t.Errorf("came in: %s", keys)
	}
	if again := s.sync("damage.csv", packed(t, file)); counts(again) != fmt.Sprintf("0/0/7/%d", bad) {
		t.Errorf("again: %v", again)
	}
}

// keys are those of all products, in order.
func (s *shop) keys() string {
	s.t.Helper()
	return s.text("select coalesce(string_agg(key, ' ' order by key), '') from product_source_items")
}

// Of a compressed file that was cut off, all products that stand whole before the cut come in, and the place of the cut is named.
func TestSyncCutFile(t *testing.T) {
	t.Parallel()
	const rows = 2000
	csv, list := damagedHeader, "["
	for i := range rows { // what differs from row to row does not compress away
		key := fmt.Sprintf("p-%04d-%x", i, sha256.Sum256([]byte(itoa(int64(i)))))
		csv += key + ",Good,1.00,,,,,,,,\r\n"
		list += strings.Repeat(",", min(i, 1)) + fmt.Sprintf(`{"key": %q, "name": "Good", "price": "1.00"}`, key)
	}
	for name, file := range map[string]string{"cut.csv.gz": csv, "cut.json.gz": list + "]"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			whole := packed(t, file)
			cut := whole[:len(whole)-len(whole)/3]
			legible := unpacked(t, cut)
			run := s.sync(name, cut)
			rejects := s.rejects(run)
			if run.GetState() != productv1.SyncState_SYNC_STATE_DONE || len(rejects) != 1 {
				t.Fatalf("%v, refused %v", run, rejects)
			}
			var want []string
			for _, key := range regexp.MustCompile(`p-\d{4}-[0-9a-f]{64}`).FindAllString(legible, -1) {
				if at := strings.Index(legible, key); strings.ContainsAny(legible[at:], "\n}") { // the record was read to its end
					want = append(want, key)
				}
			}
			if len(want) < rows/3 || len(want) > rows-100 {
				t.Fatalf("%d records stand before the cut: the file proves nothing", len(want))
			}
			if got := s.keys(); got != strings.Join(want, " ") {
				t.Errorf("%d products came in, want the %d that stand before the cut", strings.Count(got, "p-"), len(want))
			}
			if r := rejects[0]; r.GetRow() < int64(len(want)) || !strings.Contains(r.GetReason(), "breaks off") {
				t.Errorf("the cut is %v", r)
			}
		})
	}
}

// unpacked is what can be read of a compressed file that was cut off.
func unpacked(t *testing.T, cut []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(cut))
	if err != nil {
		t.Fatal(err)
	}
	legible, err := io.ReadAll(r)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("the file is not cut off: %v", err)
	}
	return string(legible)
}

// A file that is none fails with words that help, applies nothing and leaves nothing behind.
func TestSyncFails(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for name, file := range map[string]string{"empty": "", "prose": "hello", "spreadsheet": "PK\x03\x04"} {
		run := s.sync(name, []byte(file))
		if run.GetState() != productv1.SyncState_SYNC_STATE_FAILED || run.GetProblem() == "" || run.GetEndTime() == nil {
			t.Errorf("%s: %v", name, run)
		}
	}
	for _, table := range []string{"products", "product_sync_pieces", "product_sync_rows"} {
		if n := s.number("select count(*) from " + table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
}

// A piece that is sent twice is taken once, and one that does not fit is refused.
func TestAppendSyncFile(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx := t.Context()
	created, err := s.CreateSyncRun(ctx, &productv1.CreateSyncRunRequest{FileName: "f"})
	if err != nil {
		t.Fatal(err)
	}
	run := created.GetRun().GetId()
	send := func(offset int64, data string) (int64, connect.Code) {
		answer, err := s.AppendSyncFile(ctx, &productv1.AppendSyncFileRequest{RunId: run, Offset: offset, Data: []byte(data)})
		if err != nil {
			return 0, connect.CodeOf(err)
		}
		return answer.GetSize(), 0
	}
	for i, step := range []struct {
		offset int64
		data   string
		size   int64
		code   connect.Code
	}{
		{0, "[", 1, 0}, {0, "[", 1, 0}, {1, "]", 2, 0}, {0, "[", 2, 0}, {0, "{", 0, connect.CodeFailedPrecondition},
		{1, "]]", 0, connect.CodeFailedPrecondition}, {5, "x", 0, connect.CodeFailedPrecondition},
	} {
		if size, code := send(step.offset, step.data); size != step.size || code != step.code {
			t.Errorf("step %d: size %d, code %v; want %d, %v", i, size, code, step.size, step.code)
		}
	}
	for range 2 {
		if started, err := s.StartSyncRun(ctx, &productv1.StartSyncRunRequest{RunId: run}); err != nil || started.GetRun().GetState() != productv1.SyncState_SYNC_STATE_QUEUED {
			t.Fatal(started, err)
		}
	}
	if _, code := send(2, " "); code != connect.CodeFailedPrecondition {
		t.Errorf("a complete file took another piece: %v", code)
	}
}
