package product

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// undo undoes a run to its end.
func (s *shop) undo(run *productv1.SyncRun) *productv1.SyncRun {
	s.t.Helper()
	if _, err := s.UndoSyncRun(s.t.Context(), &productv1.UndoSyncRunRequest{RunId: run.GetId()}); err != nil {
		s.t.Fatal(err)
	}
	return s.performed(run.GetId())
}

// same compares products but for what any change changes.
func same(a, b *productv1.Product) bool {
	a, b = proto.CloneOf(a), proto.CloneOf(b)
	for _, p := range []*productv1.Product{a, b} {
		p.Version, p.UpdateTime, p.OldSlugs = 0, nil, nil
	}
	return proto.Equal(a, b)
}

// Undoing an import gives the shop back as it was: what came goes, what changed is what it was, down to ids, and nothing of stock is touched.
func TestUndoSyncRun(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(twoMugs)
	before := s.products()
	changed := strings.NewReplacer(`"key": "clay", "name": "Clay Mug"`, `"key": "new", "sku": "N", "name": "New Mug"`, "Moss Mug", "Mossy", `"24.00"`, `"25.00"`, `"tea"`, `"pot"`,
		`{"sku": "M-L", "options": {"Size": "L"}, "price": "29.00", "compare_at_price": "35.00", "stock": 0, "backorder": true}`,
		`{"sku": "M-X", "options": {"Size": "XL"}, "price": "29.00", "stock": 4}`, `["S", "L"]`, `["S", "XL"]`,
		`{"src": "https://pics.example/l.jpg", "alt": "Large"}, `, "", `"brand": "Tindle"`, `"slug": "mossy"`).Replace(twoMugs)
	run := s.mustSync(changed)
	if counts(run) != "1/1/0/0" || same(s.products()["moss"], before["moss"]) {
		t.Fatal(run)
	}
	calls := s.stock.calls
	if got := s.undo(run); got.GetState() != productv1.SyncState_SYNC_STATE_UNDONE || got.GetUndo().GetRemoved() != 1 || got.GetUndo().GetRestored() != 1 ||
		got.GetUndo().GetArchived() != 0 || got.GetUndo().GetLeftAlone() != 0 {
		t.Errorf("%v", got)
	}
	after := s.products()
	if len(after) != len(before) || !same(after["moss"], before["moss"]) || !same(after["clay"], before["clay"]) {
		t.Errorf("moss is\n%v, was\n%v", after["moss"], before["moss"])
	}
	if s.stock.calls != calls {
		t.Error("stock was set")
	}
	if after["moss"].GetVersion() != before["moss"].GetVersion()+2 || after["moss"].GetOldSlugs()[0] != "mossy" {
		t.Errorf("product %v", after["moss"])
	}
	if again, err := s.UndoSyncRun(t.Context(), &productv1.UndoSyncRunRequest{RunId: run.GetId()}); err != nil || again.GetRun().GetState() != productv1.SyncState_SYNC_STATE_UNDONE {
		t.Errorf("again: %v, %v", again, err)
	}
	// The same file applies again, as if it had not been undone.
	if again := s.mustSync(changed); counts(again) != "1/1/0/0" {
		t.Errorf("%v", again)
	}
}

// What somebody ordered or changed since is not taken away: it is archived, or left alone and listed with who changed it.
func TestUndoLeavesLaterChanges(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.mustSync(`[{"key": "a", "name": "A", "price": "1", "sku": "A"}, {"key": "b", "name": "B", "price": "1", "sku": "B"}]`)
	run := s.mustSync(`[{"key": "a", "name": "A2", "price": "1", "sku": "A"}, {"key": "b", "name": "B2", "price": "1", "sku": "B"},
		{"key": "c", "name": "C", "price": "1", "stock": 5}, {"key": "d", "name": "D", "price": "1"}, {"key": "e", "name": "E", "price": "1"}]`)
	if _, err := s.UndoSyncRun(t.Context(), &productv1.UndoSyncRunRequest{RunId: first.GetId()}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a run that is not the last was undone: %v", err)
	}
	all := s.products()
	s.stock.counts[all["c"].GetVariants()[0].GetId()].OnHand = 4 // one was sold
	for _, key := range []string{"a", "d"} {
		all[key].Brand = "Staff's"
		s.mustUpdate(asStaff(t.Context()), all[key], "brand")
	}
	got := s.undo(run)
	if u := got.GetUndo(); u.GetRemoved() != 1 || u.GetArchived() != 2 || u.GetRestored() != 1 || u.GetLeftAlone() != 1 {
		t.Errorf("%v", got)
	}
	after := s.products()
	if after["a"].GetName() != "A2" || after["b"].GetName() != "B" || after["e"] != nil || after["c"].GetState() != productv1.ProductState_PRODUCT_STATE_ARCHIVED ||
		after["d"].GetState() != productv1.ProductState_PRODUCT_STATE_ARCHIVED {
		t.Errorf("products %v", after)
	}
	left, err := s.ListUndoExceptions(t.Context(), &productv1.ListUndoExceptionsRequest{RunId: run.GetId()})
	if err != nil || len(left.GetExceptions()) != 1 || left.GetExceptions()[0].GetProductId() != after["a"].GetId() || !strings.Contains(left.GetExceptions()[0].GetReason(), "Changed since by") {
		t.Errorf("%v, %v", left, err)
	}
}

// What people added stays: products with files, listed prices or reviews are archived, and variants come back with their files and listed prices.
func TestUndoKeepsWhatWasAdded(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	add := func(variant string) {
		t.Helper()
		s.exec(`insert into product_files (id, variant_id, position, name, content_type, size_bytes, blob_key, create_time)
			values (gen_random_uuid(), $1, 1, 'guide.pdf', 'application/pdf', 10, 'files/guide', now())`, variant)
	}
	list := s.createPriceList(&productv1.PriceList{Name: "Trade", CurrencyCode: "USD"})
	listed := func(variant string) {
		t.Helper()
		_, err := s.SetListedPrices(asStaff(t.Context()), &productv1.SetListedPricesRequest{ListId: list, Prices: []*productv1.ListedPrice{{VariantId: variant, MinQuantity: 10, Price: dollars(50)}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	run := s.mustSync(`[{"key": "a", "name": "A", "price": "1"}, {"key": "b", "name": "B", "price": "1"}, {"key": "c", "name": "C", "price": "1"}, {"key": "d", "name": "D", "price": "1"}]`)
	all := s.products()
	add(all["a"].GetVariants()[0].GetId())
	listed(all["b"].GetVariants()[0].GetId())
	s.exec(`insert into product_reviews (id, product_id, rating, title, body, author, email, locale, state, create_time, update_time)
		values (gen_random_uuid(), $1, 5, 'Good', 'Good', 'Bo', 'bo@example.com', 'en', 'pending', now(), now())`, all["c"].GetId())
	if u := s.undo(run).GetUndo(); u.GetArchived() != 3 || u.GetRemoved() != 1 {
		t.Errorf("%v", u)
	}

	s.mustSync(twoMugs)
	large := s.products()["moss"].GetVariants()[1].GetId()
	add(large)
	listed(large)
	print := `select coalesce((select string_agg(to_jsonb(f)::text, ';') from product_files f where f.variant_id = $1), '') || coalesce((select string_agg(to_jsonb(p)::text, ';') from product_prices p where p.variant_id = $1), '')`
	was := s.text(print, large)
	run = s.mustSync(`[{"key": "moss", "name": "Moss Mug", "variants": [{"sku": "M-S", "options": {"Size": "S"}, "price": "24.00"}]}]`)
	if got := s.text(print, large); got != "" {
		t.Fatal(got)
	}
	s.undo(run)
	if got := s.text(print, large); got != was {
		t.Errorf("the variant came back with %s, want %s", got, was)
	}
}

// A product that is left alone keeps its SKU, and others that would need it are left alone too: SKUs may have moved in a chain.
func TestUndoOfMovedSKUs(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Service.batch = 1
	file := func(names, skus string) string {
		return strings.NewReplacer("<", `{"key": "`, "=", `", "price": "1", "name": "`+names+`", "sku": "`, ">", `"}`).Replace(skus)
	}
	s.mustSync(file("Old", "[<b=2>,<a=1>,<c=0>]"))
	run := s.mustSync(file("New", "[<b=3>,<a=2>,<c=1>]"))
	s.Service.batch = 10
	c := s.products()["c"]
	c.Brand = "Staff's"
	s.mustUpdate(asStaff(t.Context()), c, "brand")
	if u := s.undo(run).GetUndo(); u.GetLeftAlone() != 3 || u.GetRestored() != 0 {
		t.Errorf("%v", u)
	}
}

// Undoing forgets which products a run found by their SKUs, which may be what was wrong.
func TestUndoForgetsMatches(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.mustSync(`[{"key": "a", "name": "A", "price": "1", "sku": "A"}]`)
	other := s.source(&productv1.SourceSettings{Name: "Other"}).GetId()
	run := s.syncAs(other, `[{"key": "x", "name": "X", "price": "1", "sku": "A"}]`)
	if run.GetUpdated() != 1 || s.undo(run).GetUndo().GetRestored() != 1 {
		t.Fatal(run)
	}
	if n := s.number("select count(*) from product_source_items where source_id = $1", other); n != 0 {
		t.Errorf("%d keys are left", n)
	}
}

// Undoing that gets no further is given up in words of its own, and is no failure of the source.
func TestUndoIsGivenUp(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	source := s.source(newSupplier(t, s).settings()).GetId()
	run := s.due(source)
	s.exec("alter table product_sync_runs add constraint never check (undo_key = '')")
	if _, err := s.UndoSyncRun(t.Context(), &productv1.UndoSyncRunRequest{RunId: run.GetId()}); err != nil {
		t.Fatal(err)
	}
	for range maxTakeups - 1 {
		if r := <-s.perform(t.Context(), run.GetId()); r.err == nil {
			t.Fatal(r.run)
		}
	}
	got := s.performed(run.GetId())
	if got.GetState() != productv1.SyncState_SYNC_STATE_FAILED || !strings.Contains(got.GetProblem(), "goes on where it stopped") || s.get(source).GetFailures() != 0 {
		t.Errorf("%v, %v", got, s.get(source))
	}
	s.exec("alter table product_sync_runs drop constraint never")
	if got := s.undo(run); got.GetState() != productv1.SyncState_SYNC_STATE_UNDONE || got.GetUndo().GetRemoved() != 2 {
		t.Errorf("again: %v", got)
	}
}

// Undoing may be killed at any moment, again and again: the next worker goes on, and the shop is as it was before the run.
func TestUndoSurvivesKills(t *testing.T) {
	t.Parallel()
	s := newShopAt(t, postgrestest.NewURLs(t))
	if _, err := s.db.Primary().Exec(t.Context(), storedStockTables); err != nil {
		t.Fatal(err)
	}
	s.Service.cfg.Stock = storedStock{db: s.db}
	smallSteps(s.Service)
	first := s.sync("first.json", manyMugs(800))
	was := s.text(undoContents)
	changed := strings.NewReplacer(`"name": "Mug`, `"name": "Cup`, `"9.99"`, `"8.88"`).Replace(string(manyMugs(1400)))
	run := s.sync("second.json", []byte(changed))
	if counts(first) == "" || run.GetUpdated() != 800 || run.GetCreated() != 600 {
		t.Fatal(run)
	}
	if _, err := s.UndoSyncRun(t.Context(), &productv1.UndoSyncRunRequest{RunId: run.GetId()}); err != nil {
		t.Fatal(err)
	}
	for kill := range 8 {
		if s.killAfter(run.GetId(), "undo_key || undo_product", time.Duration(kill%4)*5*time.Millisecond) == undone {
			break
		}
	}
	if out, err := s.child(run.GetId()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := s.performed(run.GetId())
	if u := got.GetUndo(); got.GetState() != productv1.SyncState_SYNC_STATE_UNDONE || u.GetRemoved() != 600 || u.GetRestored() != 800 || u.GetArchived()+u.GetLeftAlone() != 0 {
		t.Errorf("%v", got)
	}
	if s.text(undoContents) != was {
		t.Error("the products are not what they were")
	}
}

// undoContents is a print of all products without what differs after they were changed and made what they were.
const undoContents = `select md5(string_agg(x::text, ';' order by x.key)) from (
	select e.key, p.id, p.slug, p.name, p.description, p.brand, p.state, p.options, p.attributes, p.tags, p.category_ids,
		(select array_agg((v.id, v.sku, v.option_values, v.price_minor, v.position)::text order by v.position) from product_variants v where v.product_id = p.id) as variants,
		(select array_agg((i.id, i.source_url, i.position)::text order by i.position) from product_images i where i.product_id = p.id) as images
	from products p join product_source_items e on e.product_id = p.id) x`

// killAfter starts a worker and kills it a moment after it has got further, as a column or more of the run say, and returns the state that it left.
func (s *shop) killAfter(run, columns string, moment time.Duration) string {
	s.t.Helper()
	state := func() string { return s.text("select state from product_sync_runs where id = $1", run) }
	place := func() string {
		return s.text("select state || ("+columns+")::text from product_sync_runs where id = $1", run)
	}
	before := place()
	child := s.child(run)
	if err := child.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = child.Wait(); close(ended) }() // it is killed, or ends
	for place() == before {
		select {
		case <-ended:
			return state()
		case <-time.After(2 * time.Millisecond):
		}
	}
	<-time.After(moment)
	_ = child.Process.Kill() // it may have ended
	<-ended
	return state()
}

// Taking products off sale may be killed at any moment as well: each goes once and is told of once.
func TestGoneSurvivesKills(t *testing.T) {
	t.Parallel()
	s := newShopAt(t, postgrestest.NewURLs(t))
	if _, err := s.db.Primary().Exec(t.Context(), storedStockTables); err != nil {
		t.Fatal(err)
	}
	whole := s.source(&productv1.SourceSettings{Name: "Whole", GonePolicy: productv1.GonePolicy_GONE_POLICY_ARCHIVE, GoneLimitPercent: new(int32(100))}).GetId()
	s.syncAs(whole, someMugs(upTo(900)...))
	run := s.handInAs(whole, someMugs(upTo(10)...), false)
	for kill := range 10 {
		if s.killAfter(run, "gone", time.Duration(kill%4)*5*time.Millisecond) == done {
			break
		}
	}
	if out, err := s.child(run).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got := s.performed(run); got.GetGone() != 890 || counts(got) != "0/0/10/0" || s.number("select count(*) from products where state = 'archived' and version = 2") != 890 {
		t.Errorf("%v", got)
	}
	if n := len(s.told()); n != 900+890 {
		t.Errorf("products were told of %d times", n)
	}
}

// Two runs of two sources that bring the same new products at the same time store each once, and staff who edit meanwhile lose nothing.
func TestSyncRunsRace(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	smallSteps(s.Service)
	s.Service.lease = time.Minute
	s.mustSync(`[{"key": "edited", "name": "Edited", "price": "1", "sku": "S7"}]`)
	edited := s.products()["edited"]
	other := s.source(&productv1.SourceSettings{Name: "Other"}).GetId()
	file := strings.NewReplacer(`"x"`, `"7.77"`).Replace(string(manyMugs(900)))
	runs := []string{s.handInAs(filesHandedIn, file, false), s.handInAs(other, file, false)}
	var all sync.WaitGroup
	for _, run := range runs {
		all.Go(func() {
			if _, err := s.PerformSyncRun(context.WithoutCancel(t.Context()), &productv1.PerformSyncRunRequest{RunId: run}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Go(func() {
		for {
			now := s.products()[edited.GetKey()]
			now.Brand = "Staff's"
			if _, err := s.update(asStaff(t.Context()), now, "brand"); err == nil {
				return
			} else if code := connect.CodeOf(err); code != connect.CodeFailedPrecondition && code != connect.CodeAborted {
				t.Error(err)
				return
			}
		}
	})
	all.Wait()
	if n := s.number("select count(*) from products"); n != 900 {
		t.Errorf("%d products, want 900, each once", n)
	}
	if n := s.number("select count(*) from product_source_items"); n != 1801 {
		t.Errorf("%d keys, want two for each product and one more", n)
	}
	s.sync("again", []byte(file))
	if p := s.products()["edited"]; p.GetBrand() != "Staff's" || p.GetId() != edited.GetId() {
		t.Errorf("what staff changed is lost: %v", p)
	}
}
