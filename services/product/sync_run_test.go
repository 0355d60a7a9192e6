package product

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// perform runs a run in the background.
func (s *shop) perform(ctx context.Context, run string) <-chan result {
	ended := make(chan result, 1)
	go func() {
		answer, err := s.PerformSyncRun(ctx, &productv1.PerformSyncRunRequest{RunId: run})
		ended <- result{answer.GetRun(), err}
	}()
	return ended
}

type result struct {
	run *productv1.SyncRun
	err error
}

// gate makes inventory wait in its first call until it is opened, and says when it waits.
func (s *shop) gate() (waiting chan struct{}, open func()) {
	waiting = make(chan struct{})
	opened := make(chan struct{})
	var first, once sync.Once
	s.stock.fail = func() error {
		first.Do(func() { close(waiting) })
		select {
		case <-opened:
		case <-s.t.Context().Done():
		}
		return nil
	}
	open = func() { once.Do(func() { close(opened) }) }
	s.t.Cleanup(open)
	return waiting, open
}

// Two workers never do one run at once. One that lost its run, as after a long pause, does nothing more to it.
func TestSyncRunHasOneWorker(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	smallSteps(s.Service)
	s.Service.lease = 6 * time.Second // a busy machine must not look like a dead worker here
	run := s.handIn("mugs.json", manyMugs(300))
	waiting, open := s.gate()
	first := s.perform(t.Context(), run)
	<-waiting
	lease := func() string { return s.text("select lease_time::text from product_sync_runs where id = $1", run) }
	for range 2 { // the first worker waits for inventory, and keeps its run all the same
		before := lease()
		poll(t, "the lease is renewed", func() bool { return lease() != before })
		if _, err := s.PerformSyncRun(t.Context(), &productv1.PerformSyncRunRequest{RunId: run}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
			t.Fatalf("a second worker got the run: %v", err)
		}
		if listed, err := s.ListSyncRuns(t.Context(), &productv1.ListSyncRunsRequest{Waiting: true}); err != nil || len(listed.GetRuns()) > 0 {
			t.Fatalf("the run waits for a worker: %v, %v", listed, err)
		}
	}

	// The first falls silent for longer than its lease: another takes over.
	if _, err := s.db.Primary().Exec(t.Context(), "update product_sync_runs set worker = null, lease_time = null where id = $1", run); err != nil {
		t.Fatal(err)
	}
	listed, err := s.ListSyncRuns(t.Context(), &productv1.ListSyncRunsRequest{Waiting: true})
	if err != nil || len(listed.GetRuns()) != 1 || listed.GetRuns()[0].GetId() != run {
		t.Fatalf("waiting: %v, %v", listed, err)
	}
	second := s.perform(t.Context(), run)
	open()
	for _, ended := range []<-chan result{first, second} {
		if r := <-ended; r.err != nil {
			t.Error(r.err)
		}
	}
	if n := s.number("select count(*) from products"); n != 300 {
		t.Errorf("%d products", n)
	}
	done, err := s.PerformSyncRun(t.Context(), &productv1.PerformSyncRunRequest{RunId: run})
	if err != nil || counts(done.GetRun()) != "300/0/0/6" {
		t.Errorf("a run that ended: %v, %v", done, err)
	}
	s.checkEvents(300)
}

// Staff can stop a run. What was applied stays, and nothing of the run is left behind.
func TestCancelSyncRun(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	smallSteps(s.Service)
	run := s.handIn("mugs.json", manyMugs(1200))
	waiting, open := s.gate()
	performed := s.perform(t.Context(), run)
	<-waiting
	answer, err := s.CancelSyncRun(t.Context(), &productv1.CancelSyncRunRequest{RunId: run})
	if err != nil || answer.GetRun().GetState() != productv1.SyncState_SYNC_STATE_CANCELLED {
		t.Fatal(answer, err)
	}
	applied := s.number("select count(*) from products")
	open()
	if r := <-performed; r.err != nil || r.run.GetState() != productv1.SyncState_SYNC_STATE_CANCELLED || r.run.GetCreated() != applied || applied == 0 {
		t.Errorf("%v, %v; %d applied", r.run, r.err, applied)
	}
	if n := s.number("select count(*) from products"); n != applied {
		t.Errorf("%d products, were %d when it was cancelled", n, applied)
	}
	for _, table := range []string{"product_sync_pieces", "product_sync_rows", "product_sync_variants", "product_sync_images", "product_sync_stock"} {
		if n := s.number("select count(*) from " + table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
	if again, err := s.CancelSyncRun(t.Context(), &productv1.CancelSyncRunRequest{RunId: run}); err != nil || again.GetRun().GetEndTime().AsTime() != answer.GetRun().GetEndTime().AsTime() {
		t.Errorf("cancelled again: %v, %v", again, err)
	}
}

// What a run applied before it was cancelled can be bought, also when its worker died with counts in hand: they are told when what is left behind is cleared away.
func TestCancelledRunTellsItsStock(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	smallSteps(s.Service)
	run := s.handIn("mugs.json", manyMugs(1200))
	waiting, open := s.gate()
	held := s.stock.fail
	s.stock.fail = func() error {
		_ = held()
		return rpc.InvalidArgument("the worker dies here")
	}
	performed := s.perform(t.Context(), run)
	<-waiting
	if _, err := s.CancelSyncRun(t.Context(), &productv1.CancelSyncRunRequest{RunId: run}); err != nil {
		t.Fatal(err)
	}
	open()
	<-performed
	variants := s.number("select count(*) from product_variants")
	if variants == 0 || s.number("select count(*) from product_sync_stock") == 0 {
		t.Fatal("nothing was applied, or nothing is left to tell")
	}
	s.stock.fail = nil
	s.clearOldRuns()
	if int64(len(s.stock.counts)) != variants || s.number("select count(*) from product_sync_stock") != 0 {
		t.Errorf("%d counts were told for %d variants, %d calls are left", len(s.stock.counts), variants, s.number("select count(*) from product_sync_stock"))
	}
}

// The staging tables are not logged, so a crash of the database empties them. The file is read again; what was merged stays, and
// the counts come out right.
func TestSyncSurvivesLossOfStaging(t *testing.T) {
	t.Parallel()
	for name, during := range map[string]bool{"between workers": false, "under a worker": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			smallSteps(s.Service)
			s.mustSync(`[{"key": "owner", "name": "Owner", "price": "1", "sku": "S3"}, {"key": "mug-3", "name": "Mug", "variants": [
				{"sku": "L3", "options": {"Size": "L"}, "price": "1"}]}]`) // so that one variant is refused while merging
			run := s.handIn("mugs.json", manyMugs(900))
			lost := false
			s.stock.fail = func() error {
				if lost {
					return nil
				}
				lost = true
				if _, err := s.db.Primary().Exec(context.WithoutCancel(t.Context()), "truncate product_sync_rows, product_sync_variants, product_sync_images"); err != nil {
					return err
				}
				if during {
					return nil
				}
				return rpc.InvalidArgument("stop here")
			}
			if _, err := s.PerformSyncRun(t.Context(), &productv1.PerformSyncRunRequest{RunId: run}); (err == nil) != during {
				t.Fatal(err)
			}
			ended, err := s.PerformSyncRun(t.Context(), &productv1.PerformSyncRunRequest{RunId: run})
			if err != nil || !lost {
				t.Fatal(err)
			}
			r := ended.GetRun()
			if r.GetState() != productv1.SyncState_SYNC_STATE_DONE || counts(r) != "899/1/0/19" || r.GetProductsTotal() != 900 {
				t.Errorf("%v", r)
			}
			if n := len(s.rejects(r)); n != 19 {
				t.Errorf("%d refusals", n)
			}
			if n := s.number("select count(*) from product_variants"); n != 1+1800-19 {
				t.Errorf("%d variants", n)
			}
			if n := len(s.stock.counts); n != 1+1800-19 {
				t.Errorf("%d counts", n)
			}
		})
	}
}

// Inventory may be away: the run waits for it, goes back to the queue, and is given up only when it gets no further for long.
func TestSyncWithoutInventory(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	run := s.handIn("mugs.json", []byte(twoMugs))
	away := 3
	s.stock.fail = func() error {
		if away--; away >= 0 {
			return rpc.Unavailable("away")
		}
		return nil
	}
	if r := <-s.perform(t.Context(), run); r.err != nil || counts(r.run) != "2/0/0/0" || len(s.stock.counts) != 3 {
		t.Errorf("after a short absence: %v, %v", r.run, r.err)
	}

	s.stock.fail = func() error { return rpc.InvalidArgument("never") }
	run = s.handIn("more.json", []byte(`[{"key": "x", "name": "X", "price": "1"}]`))
	for range maxTakeups {
		if r := <-s.perform(t.Context(), run); r.err == nil {
			t.Fatalf("ended: %v", r.run)
		}
	}
	if r := <-s.perform(t.Context(), run); r.err != nil || r.run.GetState() != productv1.SyncState_SYNC_STATE_FAILED || r.run.GetProblem() == "" {
		t.Errorf("not given up: %v, %v", r.run, r.err)
	}
}

// A worker that is told to stop gives its run back at once, and nothing of the step in hand is half done.
func TestSyncStopsGracefully(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	smallSteps(s.Service)
	s.Service.lease = time.Hour // so that only giving back can help
	run := s.handIn("mugs.json", manyMugs(900))
	ctx, stop := context.WithCancel(t.Context())
	s.stock.fail = func() error { stop(); return nil }
	if r := <-s.perform(ctx, run); r.err == nil {
		t.Fatalf("ended: %v", r.run)
	}
	s.stock.fail = nil
	if r := <-s.perform(t.Context(), run); r.err != nil || counts(r.run) != "900/0/0/18" {
		t.Errorf("%v, %v", r.run, r.err)
	}
	if n := len(s.stock.counts); n != 1800-18 {
		t.Errorf("%d counts", n)
	}
	s.checkEvents(900)
}

// An upload that nobody completes does not stay for ever.
func TestAbandonedUploads(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	created, err := s.CreateSyncRun(t.Context(), &productv1.CreateSyncRunRequest{FileName: "half"})
	if err != nil {
		t.Fatal(err)
	}
	run := created.GetRun().GetId()
	if _, err := s.AppendSyncFile(t.Context(), &productv1.AppendSyncFileRequest{RunId: run, Data: []byte("[")}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PerformSyncRun(t.Context(), &productv1.PerformSyncRunRequest{RunId: run}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("half a file was performed: %v", err)
	}
	if _, err := s.db.Primary().Exec(t.Context(), "update product_sync_runs set create_time = create_time - interval '25 hours'"); err != nil {
		t.Fatal(err)
	}
	s.clearOldRuns()
	if got := s.text("select state from product_sync_runs where id = $1", run); got != cancelled {
		t.Errorf("it is %s", got)
	}
	if n := s.number("select count(*) from product_sync_pieces"); n != 0 {
		t.Errorf("%d pieces are left", n)
	}
}

// clearOldRuns does what the schedule does that asks sources.
func (s *shop) clearOldRuns() {
	s.t.Helper()
	if _, err := s.RunDueSources(s.t.Context(), &productv1.RunDueSourcesRequest{}); err != nil {
		s.t.Fatal(err)
	}
}

// What a run left behind that cannot be cleared yet keeps no other from it, one that was undone among them.
func TestClearOldRuns(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first, second := s.mustSync(twoMugs), s.mustSync(`[{"key": "x", "name": "X", "price": "1"}]`)
	variant := s.products()["clay"].GetVariants()[0].GetId()
	s.exec(`update product_sync_runs set cleared = false`)
	s.exec(`update product_sync_runs set state = 'undone' where id = $1`, second.GetId())
	s.exec(`insert into product_sync_stock values ($1, 99, 0, array[$2]::uuid[], '{7}', '{false}')`, first.GetId(), variant)
	s.exec(`insert into product_sync_pieces (run_id, byte_offset, data) values ($1, 0, 'left')`, second.GetId())
	s.stock.fail = func() error { return rpc.InvalidArgument("not this one") }
	s.clearOldRuns()
	if s.number("select count(*) from product_sync_pieces") != 0 || s.number("select count(*) from product_sync_runs where cleared") != 1 {
		t.Error("the second run is not cleared, or the first is")
	}
	s.stock.fail = nil
	s.clearOldRuns()
	if s.number("select count(*) from product_sync_runs where cleared") != 2 || s.stock.counts[variant].GetOnHand() != 7 {
		t.Error("the first run is not cleared")
	}
}

// Runs of one source take turns: what has begun comes first, then what came first. What was compared is not applied over a newer file.
func TestRunsOfSourceTakeTurns(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	one := func(name string) string { return `[{"key": "a", "name": "` + name + `", "price": "1"}]` }
	perform := func(run string) connect.Code {
		_, err := s.PerformSyncRun(t.Context(), &productv1.PerformSyncRunRequest{RunId: run})
		return connect.CodeOf(err)
	}
	monday := s.handInAs("", one("Monday"), true)
	s.performed(monday)
	first, second := s.handInAs("", one("First"), false), s.handInAs("", one("Second"), false)
	elsewhere := s.handInAs(s.source(&productv1.SourceSettings{Name: "Other"}).GetId(), `[{"key": "b", "name": "B", "price": "1"}]`, false)
	if code := perform(second); code != connect.CodeFailedPrecondition {
		t.Errorf("the second is performed before the first: %v", code)
	}
	listed, err := s.ListSyncRuns(t.Context(), &productv1.ListSyncRunsRequest{Waiting: true})
	if err != nil || len(listed.GetRuns()) != 2 || listed.GetRuns()[0].GetId() != first || listed.GetRuns()[1].GetId() != elsewhere {
		t.Errorf("waiting: %v, %v", listed, err)
	}
	s.exec("update product_sync_runs set state = 'reading', start_time = now() where id = $1", second)
	if code := perform(first); code != connect.CodeFailedPrecondition {
		t.Errorf("the first is performed while the second is at work: %v", code)
	}
	s.performed(second)
	s.performed(elsewhere)
	s.performed(first)
	if name := s.products()["a"].GetName(); name != "First" {
		t.Errorf("the product is called %s", name)
	}
	_, err = s.ApplySyncRun(t.Context(), &productv1.ApplySyncRunRequest{RunId: monday})
	if connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("an old comparison is applied: %v", err)
	}
}

// Counts that wait for long are not told when a newer file said others meanwhile: the shop would sell what it does not have.
func TestOldCountsAreNotTold(t *testing.T) {
	t.Parallel()
	for name, taken := range map[string]bool{"never taken": false, "taken before the worker died": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			file := func(small, large int) []byte {
				return fmt.Appendf(nil, `[{"key": "mug", "name": "Mug", "variants": [{"sku": "S", "options": {"Size": "S"}, "price": "1", "stock": %d},
					{"sku": "L", "options": {"Size": "L"}, "price": "1", "stock": %d}]}]`, small, large)
			}
			run := s.handIn("old.json", file(5, 7))
			s.stock.fail = func() error { return rpc.InvalidArgument("stop here") }
			if r := <-s.perform(t.Context(), run); r.err == nil {
				t.Fatal(r.run)
			}
			if _, err := s.CancelSyncRun(t.Context(), &productv1.CancelSyncRunRequest{RunId: run}); err != nil {
				t.Fatal(err)
			}
			s.stock.fail = nil
			s.sync("new.json", file(3, 7))
			want := "3 7"
			if taken {
				want = "3 0"
				s.stock.fail = func() error { return rpc.FailedPrecondition("this idempotency key was used for another request") }
			}
			s.clearOldRuns()
			v := s.products()["mug"].GetVariants()
			if got := fmt.Sprint(s.stock.counts[v[0].GetId()].GetOnHand(), " ", s.stock.counts[v[1].GetId()].GetOnHand()); got != want {
				t.Errorf("the stock is %s, want %s", got, want)
			}
			if n := s.number("select count(*) from product_sync_stock"); n != 0 {
				t.Errorf("%d calls are left", n)
			}
		})
	}
}

// A file that is read anew each time, and gets no further, is given up.
func TestReadingIsGivenUp(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec("alter table product_sync_changes add constraint never check (false)")
	run := s.handInAs("", twoMugs, true)
	for range maxTakeups + 1 { // the first gets as far as reading
		if r := <-s.perform(t.Context(), run); r.err == nil {
			break
		}
	}
	if got := s.performed(run); got.GetState() != productv1.SyncState_SYNC_STATE_FAILED {
		t.Errorf("%v", got)
	}
}

// poll waits for something to become true.
func poll(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for !is() {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatalf("in vain: %s", what)
		}
	}
}

// A large file is cleared away a bite at a time, and the run counts as cleared when nothing is left of it.
func TestClearInBites(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	run := s.mustSync(twoMugs).GetId()
	s.exec(`update product_sync_runs set cleared = false`)
	s.exec(`insert into product_sync_pieces (run_id, byte_offset, data) select $1, n, 'left' from generate_series(1, 2 * $2::int + 1) n`, run, biteOfFile)
	for _, left := range []int64{biteOfFile + 1, 1, 0} {
		if n := s.number("select count(*) from product_sync_runs where cleared"); n != 0 {
			t.Errorf("it counts as cleared with more than %d pieces left", left)
		}
		s.clearOldRuns()
		if n := s.number("select count(*) from product_sync_pieces"); n != left {
			t.Fatalf("%d pieces are left, want %d", n, left)
		}
	}
	if n := s.number("select count(*) from product_sync_runs where cleared"); n != 1 {
		t.Error("it is not cleared")
	}
}

// Every state is one to wait, to work or to end in, and code and database agree on which end a run.
func TestPhases(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	run := s.mustSync(twoMugs).GetId()
	want := map[string]string{uploading: "waiting", compared: "waiting"}
	for _, state := range []string{queued, fetching, reading, applying, removing, undoing} {
		want[state] = "working"
	}
	for number, full := range productv1.SyncState_name {
		if number == 0 {
			continue
		}
		state := strings.ToLower(strings.TrimPrefix(full, "SYNC_STATE_"))
		if ended(state) {
			want[state] = "ended"
		}
		s.exec("update product_sync_runs set state = $2 where id = $1", run, state)
		if got := s.text("select phase from product_sync_runs where id = $1", run); got != want[state] {
			t.Errorf("%s is %s, want %s", state, got, want[state])
		}
	}
}
