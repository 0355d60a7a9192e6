package product

import (
	"strings"
	"testing"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// source makes a source of files.
func (s *shop) source(settings *productv1.SourceSettings) *productv1.Source {
	s.t.Helper()
	if settings.Kind == productv1.SourceKind_SOURCE_KIND_UNSPECIFIED {
		settings.Kind = productv1.SourceKind_SOURCE_KIND_FILES
	}
	made, err := s.CreateSource(s.t.Context(), &productv1.CreateSourceRequest{Settings: settings})
	if err != nil {
		s.t.Fatal(err)
	}
	return made.GetSource()
}

// handInAs queues a file of a source.
func (s *shop) handInAs(source, file string, dry bool) string {
	s.t.Helper()
	ctx := s.t.Context()
	created, err := s.CreateSyncRun(ctx, &productv1.CreateSyncRunRequest{FileName: "test", SourceId: source, DryRun: dry})
	if err != nil {
		s.t.Fatal(err)
	}
	run := created.GetRun().GetId()
	if _, err := s.AppendSyncFile(ctx, &productv1.AppendSyncFileRequest{RunId: run, Data: []byte(file)}); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.StartSyncRun(ctx, &productv1.StartSyncRunRequest{RunId: run}); err != nil {
		s.t.Fatal(err)
	}
	return run
}

// performed does a run's work.
func (s *shop) performed(run string) *productv1.SyncRun {
	s.t.Helper()
	done, err := s.PerformSyncRun(s.t.Context(), &productv1.PerformSyncRunRequest{RunId: run})
	if err != nil {
		s.t.Fatal(err)
	}
	return done.GetRun()
}

// syncAs imports a file of a source.
func (s *shop) syncAs(source, file string) *productv1.SyncRun {
	s.t.Helper()
	return s.performed(s.handInAs(source, file, false))
}

// keysOf are what all sources call a product.
func keysOf(p *productv1.Product) string {
	var keys []string
	for _, e := range p.GetExternalIds() {
		keys = append(keys, e.GetKey())
	}
	return strings.Join(keys, " ")
}

// Another source's product is found by its SKU, else by its GTIN, else by its address, and is never stored twice, also when it comes again.
func TestSyncFindsProducts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(`[{"key": "a", "name": "By SKU", "price": "1", "sku": "A-1"}, {"key": "b", "name": "By GTIN", "price": "1", "gtin": "4006381333931"},
		{"key": "c", "name": "By address", "price": "1", "slug": "by-address"}, {"key": "d", "name": "Alone", "price": "1"}]`)
	erp := s.source(&productv1.SourceSettings{Name: "ERP"}).GetId()
	file := `[{"key": "1", "name": "One", "price": "2", "sku": "A-1", "gtin": "4006381333931"}, {"key": "2", "name": "Two", "price": "2", "gtin": "4006381333931"},
		{"key": "3", "name": "Three", "price": "2", "slug": "by-address"}, {"key": "4", "name": "Four", "price": "2"}]`
	for _, want := range []string{"1/3/0/0", "0/0/4/0"} {
		if run := s.syncAs(erp, file); counts(run) != want {
			t.Fatalf("%v, want %s; rejected %v", run, want, s.rejects(run))
		}
	}
	all := s.products()
	for key, want := range map[string]string{"a": "a 1", "b": "b 2", "c": "c 3", "d": "d", "4": "4"} {
		if got := keysOf(all[key]); got != want {
			t.Errorf("%s is called %q, want %q", key, got, want)
		}
	}
	if all["a"].GetName() != "One" || len(all) != 5 {
		t.Errorf("%d products, %v", len(all), all["a"])
	}
	// In its own source a product that comes under another key is the same one.
	if run := s.mustSync(`[{"key": "a-renamed", "name": "By SKU", "price": "1", "sku": "A-1"}]`); counts(run) != "0/1/0/0" {
		t.Errorf("renamed: %v", run)
	}
	if run := s.mustSync(`[{"key": "a-renamed", "name": "By SKU", "price": "1", "sku": "A-1"}]`); counts(run) != "0/0/1/0" {
		t.Errorf("renamed again: %v", run)
	}
}

// Where nobody can say which product is meant, the staged one is refused with both names.
func TestSyncRefusesDoubts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(`[{"key": "a", "name": "A", "variants": [{"sku": "A-1", "options": {"S": "1"}, "price": "1"}, {"sku": "A-2", "options": {"S": "2"}, "price": "1"}]},
		{"key": "b", "name": "B", "price": "1", "sku": "B-1"}, {"key": "c", "name": "C", "price": "1", "gtin": "4006381333931"}]`)
	erp := s.source(&productv1.SourceSettings{Name: "ERP"}).GetId()
	for name, test := range map[string]struct{ file, counts, reason string }{
		"two products": {`[{"key": "1", "name": "Both", "variants": [{"sku": "A-1", "options": {"S": "1"}, "price": "1"}, {"sku": "B-1", "options": {"S": "2"}, "price": "1"}]}]`,
			"0/0/0/1", "belongs to the product a, and B-1 to b"},
		"found twice": {`[{"key": "2", "name": "First", "price": "2", "gtin": "4006381333931"}, {"key": "3", "name": "Second", "price": "3", "gtin": "4006381333931"}]`,
			"0/1/0/1", "this file calls 2 as well"},
	} {
		run := s.syncAs(erp, test.file)
		rejects := s.rejects(run)
		if counts(run) != test.counts || len(rejects) != 1 || !strings.Contains(rejects[0].GetReason(), test.reason) {
			t.Errorf("%s: %v, rejected %v", name, run, rejects)
		}
	}
	if n := s.number("select count(*) from products"); n != 3 {
		t.Errorf("%d products", n)
	}
	// Two keys of one product in one file: the first counts.
	s.mustSync(`[{"key": "b2", "name": "B", "price": "1", "sku": "B-1"}]`)
	run := s.sync("both", []byte(`[{"key": "b", "name": "B", "price": "1", "sku": "B-1"}, {"key": "b2", "name": "B two", "price": "1"}]`))
	if rejects := s.rejects(run); len(rejects) != 1 || !strings.Contains(rejects[0].GetReason(), "this file calls b as well") {
		t.Errorf("%v, rejected %v", run, rejects)
	}
}

// What staff changed stays when the file comes again with other changes, unless the source owns the field.
func TestSyncLeavesStaffFields(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	moss := s.products()["moss"]
	_, err := s.db.Primary().Exec(t.Context(), `update products set name = 'Staff', state = 'draft', staff_fields = '{name,state,images}', seo_title = 'Kept' where id = $1`, moss.GetId())
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.db.Primary().Exec(t.Context(), `update product_variants set price_minor = 3200, staff_fields = '{price}' where sku = 'M-L'`)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer("Moss Mug", "Feed Mug", "Tindle", "Other", `"24.00"`, `"25.00"`, `"29.00"`, `"30.00"`, `"35.00"`, `"31.00"`, `{"src": "https://pics.example/l.jpg", "alt": "Large"}, `, "").Replace(twoMugs)
	if run := s.mustSync(changed); counts(run) != "0/1/1/0" {
		t.Fatal(run)
	}
	got := s.products()["moss"]
	if got.GetName() != "Staff" || got.GetState() != productv1.ProductState_PRODUCT_STATE_DRAFT || len(got.GetImages()) != 2 || got.GetBrand() != "Other" || got.GetSeoTitle() != "Kept" {
		t.Errorf("product %v", got)
	}
	if v := got.GetVariants(); v[0].GetPrice().GetAmountMinor() != 2500 || v[1].GetPrice().GetAmountMinor() != 3200 || v[1].GetCompareAtPrice() != nil {
		t.Errorf("variants %v", v)
	}

	owner := s.source(&productv1.SourceSettings{Name: "Owner", Owns: []string{"name", "price"}}).GetId()
	if run := s.syncAs(owner, changed); counts(run) != "1/1/0/0" {
		t.Fatal(run)
	}
	got = s.products()["moss"]
	if got.GetName() != "Feed Mug" || got.GetState() != productv1.ProductState_PRODUCT_STATE_DRAFT || got.GetVariants()[1].GetPrice().GetAmountMinor() != 3000 {
		t.Errorf("owned: %v", got)
	}
	if _, err := s.CreateSource(t.Context(), &productv1.CreateSourceRequest{Settings: &productv1.SourceSettings{Name: "X", Kind: productv1.SourceKind_SOURCE_KIND_FILES, Owns: []string{"colour"}}}); err == nil {
		t.Error("a field that there is not is owned")
	}
}

// An address that a feed changes leads on, until a product takes it.
func TestSyncOldSlugs(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(`[{"key": "a", "name": "A", "price": "1", "slug": "first"}]`)
	s.mustSync(`[{"key": "a", "name": "A", "price": "1", "slug": "second"}]`)
	if p := s.products()["a"]; p.GetSlug() != "second" || len(p.GetOldSlugs()) != 1 || p.GetOldSlugs()[0] != "first" {
		t.Errorf("%v", p)
	}
	s.mustSync(`[{"key": "b", "name": "B", "price": "1", "slug": "first"}]`)
	if a, b := s.products()["a"], s.products()["b"]; b.GetSlug() != "first" || len(a.GetOldSlugs()) != 0 {
		t.Errorf("%v and %v", a, b)
	}
}
