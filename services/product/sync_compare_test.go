package product

import (
	"fmt"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// changesOf lists what a compared run would do, a line for each product.
func (s *shop) changesOf(run string, kind productv1.SyncChangeKind) string {
	s.t.Helper()
	var lines []string
	req := &productv1.ListSyncChangesRequest{RunId: run, Kind: kind, PageSize: 2}
	for {
		answer, err := s.ListSyncChanges(s.t.Context(), req)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, c := range answer.GetChanges() {
			line := strings.TrimPrefix(c.GetKind().String(), "SYNC_CHANGE_KIND_") + " " + c.GetProductKey()
			for _, f := range c.GetFields() {
				line += fmt.Sprintf(" %s=%s>%s", f.GetField(), f.GetOldValue(), f.GetNewValue())
			}
			lines = append(lines, line)
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return strings.Join(lines, "\n")
		}
	}
}

// A dry run changes nothing and says what would change, field by field; applied, it does just that.
func TestDryRun(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	whole := s.source(&productv1.SourceSettings{Name: "Whole", GonePolicy: productv1.GonePolicy_GONE_POLICY_ARCHIVE, GoneLimitPercent: new(int32(60))}).GetId()
	s.syncAs(whole, strings.Replace(twoMugs, "]},\n\t{\"key\": \"clay\"", "]},\n\t{\"key\": \"jug\", \"name\": \"Jug\", \"price\": \"3\"}, {\"key\": \"pot\", \"name\": \"Pot\", \"price\": \"3\", \"stock\": 2},\n\t{\"key\": \"clay\"", 1))
	before := s.traces()
	file := strings.NewReplacer("Moss Mug", "Mossy", `"24.00"`, `"25.00"`, `"Mugs"`, `"Cups"`, `"key": "clay"`, `"key": "new"`, `"tea"`, `"tea", "pot"`).Replace(twoMugs)
	file = strings.TrimSuffix(file, "]") + `, {"key": "pot", "name": "Pot", "price": "3", "stock": 5}]`
	run := s.handInAs(whole, file, true)
	got := s.performed(run)
	if f := got.GetForecast(); got.GetState() != productv1.SyncState_SYNC_STATE_COMPARED || f.GetCreated() != 1 || f.GetUpdated() != 2 || f.GetUnchanged() != 0 || f.GetGone() != 2 || counts(got) != "0/0/0/0" {
		t.Fatal(got)
	}
	if s.traces() != before {
		t.Error("a dry run changed products")
	}
	want := `UPDATE moss name=Moss Mug>Mossy categories=Kitchen > Mugs>Kitchen > Cups tags=tea>tea, pot variants.M-S.price=24.00 USD>25.00 USD
CREATE new
RESTOCK pot variants.Pot.stock=2>5`
	all := s.changesOf(run, 0)
	if got, gone, _ := strings.Cut(all, "\nGONE"); !strings.HasPrefix(strings.ReplaceAll(got, "variants..stock", "variants.Pot.stock"), want) || strings.Count(gone, "state=active>archived") != 2 {
		t.Errorf("changes\n%s\nwant\n%s", all, want)
	}
	if got := s.changesOf(run, productv1.SyncChangeKind_SYNC_CHANGE_KIND_CREATE); got != "CREATE new" {
		t.Errorf("created: %s", got)
	}
	if got := s.changesOf(run, productv1.SyncChangeKind_SYNC_CHANGE_KIND_GONE); strings.Count(got, "GONE") != 2 {
		t.Errorf("gone: %s", got)
	}

	// What was staged is lost: it is compared again.
	if _, err := s.db.Primary().Exec(t.Context(), "truncate product_sync_rows, product_sync_variants, product_sync_images, product_sync_changes"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ListSyncChanges(t.Context(), &productv1.ListSyncChangesRequest{RunId: run}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Fatal(err)
	}
	if got := s.performed(run); got.GetState() != productv1.SyncState_SYNC_STATE_COMPARED || got.GetForecast().GetUpdated() != 2 || got.GetForecast().GetGone() != 2 || s.changesOf(run, 0) != all {
		t.Errorf("compared again: %v", got)
	}

	for range 2 {
		if _, err := s.ApplySyncRun(t.Context(), &productv1.ApplySyncRunRequest{RunId: run}); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.performed(run); got.GetState() != productv1.SyncState_SYNC_STATE_DONE || counts(got) != "1/2/0/0" || got.GetGone() != 2 {
		t.Errorf("applied: %v", got)
	}
	if p := s.products(); p["moss"].GetName() != "Mossy" || p["clay"].GetState() != productv1.ProductState_PRODUCT_STATE_ARCHIVED {
		t.Errorf("products %v", p)
	}
	if n := s.number("select count(*) from product_sync_changes"); n != 0 {
		t.Errorf("%d changes are left behind", n)
	}
}

// A comparison with refusals survives the loss of what was staged, before it is applied and after, and names each refusal once.
func TestDryRunWithRefusals(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	whole := s.source(&productv1.SourceSettings{Name: "Whole", GonePolicy: productv1.GonePolicy_GONE_POLICY_ARCHIVE}).GetId()
	s.mustSync(`[{"key": "owner", "name": "Owner", "price": "1", "sku": "TAKEN"}]`)
	s.syncAs(whole, `[{"key": "a", "name": "A", "price": "1", "sku": "A"}, {"key": "b", "name": "B", "price": "1", "sku": "B"}]`)
	run := s.handInAs(whole, `[{"key": "a", "name": "A2", "price": "1", "sku": "TAKEN"}, {"key": "bad", "name": "", "price": "1"}, {"key": "b", "name": "B2", "price": "1", "sku": "B"}]`, true)
	lose := func() {
		t.Helper()
		s.exec("truncate product_sync_rows, product_sync_variants, product_sync_images, product_sync_changes")
	}
	was := s.performed(run)
	if was.GetForecast().GetUpdated() != 1 || was.GetRejectedRows() != 2 || len(s.rejects(was)) != 2 || !strings.Contains(was.GetGoneNote(), "2 products") {
		t.Fatal(was)
	}
	lose()
	if _, err := s.ListSyncChanges(t.Context(), &productv1.ListSyncChangesRequest{RunId: run}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Fatal(err)
	}
	if got := s.performed(run); got.GetState() != productv1.SyncState_SYNC_STATE_COMPARED || got.GetForecast().GetUpdated() != 1 || got.GetRejectedRows() != 2 ||
		len(s.rejects(got)) != 2 || got.GetGoneNote() != was.GetGoneNote() {
		t.Errorf("compared again: %v", got)
	}
	if _, err := s.ApplySyncRun(t.Context(), &productv1.ApplySyncRunRequest{RunId: run}); err != nil {
		t.Fatal(err)
	}
	lose()
	if got := s.performed(run); got.GetState() != productv1.SyncState_SYNC_STATE_DONE || counts(got) != "0/1/0/2" || len(s.rejects(got)) != 2 {
		t.Errorf("applied: %v", got)
	}
}

// A product that the file brings under another key is found by its SKU: it is not gone as well, and found once, also when the worker dies in between.
func TestDryRunFindsRenamedKeys(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Service.batch = 1
	whole := s.source(&productv1.SourceSettings{Name: "Whole", GonePolicy: productv1.GonePolicy_GONE_POLICY_ARCHIVE, GoneLimitPercent: new(int32(100))}).GetId()
	two := `"variants": [{"sku": "A1", "options": {"Size": "S"}, "price": "1"}, {"sku": "A2", "options": {"Size": "L"}, "price": "1"}]}`
	s.syncAs(whole, `[{"key": "a", "name": "A", `+two+`, {"key": "b", "name": "B", "price": "1", "sku": "B"}]`)
	run := s.handInAs(whole, `[{"key": "renamed", "name": "A", `+two+`]`, true)
	if got := s.performed(run); got.GetForecast().GetUpdated() != 1 || got.GetForecast().GetGone() != 1 {
		t.Errorf("a renamed key: %v", got)
	}

	run = s.handInAs(whole, `[{"key": "c", "name": "C", "price": "1", "sku": "A1"}, {"key": "new", "name": "New", "price": "1"}, {"key": "d", "name": "D", "price": "1", "sku": "A2"}]`, true)
	s.exec("alter table product_sync_changes add constraint never check (row <> 2) not valid")
	if r := <-s.perform(t.Context(), run); r.err == nil {
		t.Fatal(r.run)
	}
	s.exec("alter table product_sync_changes drop constraint never")
	if got := s.performed(run); got.GetForecast().GetUpdated() != 1 || got.GetForecast().GetCreated() != 1 || got.GetRejectedRows() != 1 {
		t.Errorf("two keys of one product: %v, %v", got, s.rejects(got))
	}
}

// A comparison shows all that applying would change, and nothing that staff keep.
func TestDryRunShowsEveryField(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec("insert into product_types (id, name, definitions, create_time, update_time) values (gen_random_uuid(), 'Cup', '[]', now(), now())")
	file := `[{"key": "other", "name": "Other", "price": "1"}, {"key": "mug", "name": "Mug", "type": "%s", "related": [%s], "options": [{"name": "%s", "values": ["S"]}],
		"variants": [{"sku": "S", "options": {"%[3]s": "S"}, "price": "1", "stock": 3, "backorder": %s, "image": "https://pics.example/%s.jpg"}],
		"images": ["https://pics.example/1.jpg", "https://pics.example/2.jpg"]}]`
	s.mustSync(fmt.Sprintf(file, "", "", "Size", "false", "1"))
	run := s.performed(s.handInAs("", fmt.Sprintf(file, "cup", `"other", "nobody"`, "Width", "true", "2"), true))
	want := `UPDATE mug options=Size: S>Width: S type_id=>cup related_ids=>other, nobody variants.S.image_id=https://pics.example/1.jpg>https://pics.example/2.jpg variants.S.backorder=no>yes`
	if got := s.changesOf(run.GetId(), 0); got != want {
		t.Errorf("changes\n%s\nwant\n%s", got, want)
	}
	s.exec("update products set staff_fields = '{variants,related_ids,type_id}'")
	if got := s.changesOf(run.GetId(), 0); got != "UPDATE mug variants.S.image_id=https://pics.example/1.jpg>https://pics.example/2.jpg variants.S.backorder=no>yes" {
		t.Errorf("beside what staff keep: %s", got)
	}
	s.exec("update products set staff_fields = '{}'")
	if _, err := s.ApplySyncRun(t.Context(), &productv1.ApplySyncRunRequest{RunId: run.GetId()}); err != nil {
		t.Fatal(err)
	}
	s.performed(run.GetId())
	again := s.performed(s.handInAs("", fmt.Sprintf(file, "cup", `"other", "nobody else"`, "Width", "true", "2"), true))
	if got := s.changesOf(again.GetId(), 0); got != "UPDATE mug" {
		t.Errorf("nothing that differs: %s", got)
	}
}

// A dry run can be let go, and nothing of it stays.
func TestCancelDryRun(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	run := s.handInAs("", twoMugs, true)
	if got := s.performed(run); got.GetForecast().GetCreated() != 2 {
		t.Fatal(got)
	}
	if got, err := s.CancelSyncRun(t.Context(), &productv1.CancelSyncRunRequest{RunId: run}); err != nil || got.GetRun().GetState() != productv1.SyncState_SYNC_STATE_CANCELLED {
		t.Fatal(got, err)
	}
	s.clearOldRuns()
	for _, table := range []string{"products", "product_sync_rows", "product_sync_changes", "product_sync_pieces"} {
		if n := s.number("select count(*) from " + table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
}

// someMugs is a file of whole, simple products.
func someMugs(keys ...int) string {
	var file []string
	for _, key := range keys {
		file = append(file, fmt.Sprintf(`{"key": "m%03d", "name": "Mug", "price": "1", "sku": "M%d"}`, key, key))
	}
	return "[" + strings.Join(file, ",") + "]"
}

func upTo(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// What a whole catalogue no longer has is taken off sale, but not too much at once, not on the word of a damaged file, and not what staff or
// another source want to stay. What comes again is on sale again. All of it can be undone.
func TestSyncGone(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Service.batch = 3
	whole := s.source(&productv1.SourceSettings{Name: "Whole", GonePolicy: productv1.GonePolicy_GONE_POLICY_UNPUBLISH}).GetId()
	s.syncAs(whole, someMugs(upTo(40)...))
	drafts := func() int64 { return s.number("select count(*) from products where state = 'draft'") }

	if run := s.syncAs(whole, someMugs(upTo(20)...)); run.GetState() != productv1.SyncState_SYNC_STATE_DONE || run.GetGone() != 0 || run.GetGoneHeld() != 20 || drafts() != 0 || run.GetGoneNote() == "" {
		t.Fatalf("too many: %v", run)
	}
	damaged := strings.TrimSuffix(someMugs(upTo(39)...), "]") + `, {"key": "bad", "price": "1"}]`
	if run := s.syncAs(whole, damaged); run.GetGone() != 0 || run.GetGoneHeld() != 0 || drafts() != 0 || !strings.Contains(run.GetGoneNote(), "refused") {
		t.Fatalf("damaged: %v", run)
	}
	if run := s.syncAs(whole, someMugs(upTo(39)...)[:900]); run.GetGone() != 0 || drafts() != 0 {
		t.Fatalf("cut off: %v", run)
	}
	if _, err := s.db.Primary().Exec(t.Context(), `update products set staff_fields = '{state}' where id = (select product_id from product_source_items where key = 'm039')`); err != nil {
		t.Fatal(err)
	}
	other := s.source(&productv1.SourceSettings{Name: "Other"}).GetId()
	s.syncAs(other, someMugs(38))
	run := s.syncAs(whole, someMugs(upTo(34)...))
	if run.GetState() != productv1.SyncState_SYNC_STATE_DONE || run.GetGone() != 4 || drafts() != 4 {
		t.Fatalf("gone: %v, %d drafts", run, drafts())
	}
	if again := s.syncAs(whole, someMugs(upTo(34)...)); again.GetGone() != 0 || drafts() != 4 {
		t.Errorf("again: %v", again)
	}
	if undone := s.undo(run); undone.GetUndo().GetRestored() != 4 || drafts() != 0 {
		t.Errorf("undone: %v, %d drafts", undone, drafts())
	}
	s.syncAs(whole, someMugs(upTo(34)...))
	if drafts() != 4 {
		t.Errorf("%d drafts", drafts())
	}
	if back := s.syncAs(whole, someMugs(upTo(40)...)); drafts() != 0 || back.GetUpdated() != 4 {
		t.Errorf("back: %v, %d drafts", back, drafts())
	}
}

// What was held back is taken off sale when staff say so, once, and not after the source was imported again.
func TestReleaseSyncGone(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.Service.batch = 3
	whole := s.source(&productv1.SourceSettings{Name: "Whole", GonePolicy: productv1.GonePolicy_GONE_POLICY_ARCHIVE}).GetId()
	s.syncAs(whole, someMugs(upTo(10)...))
	held := s.syncAs(whole, someMugs(1, 2))
	release := func(run *productv1.SyncRun) error {
		_, err := s.ReleaseSyncGone(t.Context(), &productv1.ReleaseSyncGoneRequest{RunId: run.GetId()})
		return err
	}
	if held.GetGoneHeld() != 8 || release(held) != nil || release(held) != nil {
		t.Fatal(held)
	}
	if got := s.performed(held.GetId()); got.GetState() != productv1.SyncState_SYNC_STATE_DONE || got.GetGone() != 8 || got.GetGoneHeld() != 0 ||
		s.number("select count(*) from products where state = 'archived'") != 8 {
		t.Errorf("released: %v", got)
	}
	if err := release(held); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("released again: %v", err)
	}
	s.syncAs(whole, someMugs(upTo(10)...))
	held = s.syncAs(whole, someMugs(1, 2))
	s.syncAs(whole, someMugs(upTo(11)...))
	if err := release(held); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("released after a newer run: %v", err)
	}
}
