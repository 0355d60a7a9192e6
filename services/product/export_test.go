package product

import (
	"errors"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// newExporting is a shop with a place for files and two products.
func newExporting(t *testing.T) *shop {
	t.Helper()
	s := newShop(t)
	store, err := blob.Open(t.Context(), blob.FileURL(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	s.cfg.Blob, s.cfg.PublicURL = store, "https://shop.example"
	s.mustSync(twoMugs)
	return s
}

func (s *shop) exec(sql string, args ...any) {
	s.t.Helper()
	if _, err := s.db.Primary().Exec(s.t.Context(), sql, args...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) queueExport() string {
	s.t.Helper()
	answer, err := s.CreateExport(s.t.Context(), &productv1.CreateExportRequest{Format: productv1.ExportFormat_EXPORT_FORMAT_JSON_LINES})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetExport().GetId()
}

func (s *shop) performExport() bool {
	s.t.Helper()
	answer, err := s.PerformNextExport(postgres.WithToken(s.t.Context(), 0), &productv1.PerformNextExportRequest{})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetPerformed()
}

func (s *shop) fileOf(export string) string {
	s.t.Helper()
	return s.text("select coalesce(file_key, '') from product_exports where id = $1", export)
}

// An export is made by one worker at a time, and by another one when that worker died.
func TestExportOutlivesItsWorker(t *testing.T) {
	t.Parallel()
	s := newExporting(t)
	export := s.queueExport()
	s.exec("update product_exports set state = 'running', worker = $2, written = 1, lease_time = $3 where id = $1", export, id.New(), clock.Now().Add(time.Minute))
	if s.performExport() {
		t.Fatal("an export that a living worker has was taken from it")
	}
	s.exec("update product_exports set lease_time = $2 where id = $1", export, clock.Now().Add(-time.Second))
	if !s.performExport() || s.number("select written from product_exports where id = $1 and state = 'done'", export) != 2 {
		t.Error("nobody went on with the export of a worker that died")
	}
}

// A cancelled export makes no file, also when a worker is at it, and what is done stays done.
func TestCancelExport(t *testing.T) {
	t.Parallel()
	s := newExporting(t)
	cancel := func(export string) productv1.ExportState {
		t.Helper()
		answer, err := s.CancelExport(t.Context(), &productv1.CancelExportRequest{Id: export})
		if err != nil {
			t.Fatal(err)
		}
		return answer.GetExport().GetState()
	}
	waiting := s.queueExport()
	for range 2 {
		if state := cancel(waiting); state != productv1.ExportState_EXPORT_STATE_CANCELLED {
			t.Errorf("%v", state)
		}
	}
	if s.performExport() {
		t.Error("it was made all the same")
	}
	at := &exporter{s: s.Service, worker: id.New()}
	at.row.ID = s.queueExport()
	s.exec("update product_exports set state = 'running', worker = $2, lease_time = $3 where id = $1", at.row.ID, at.worker, clock.Now().Add(time.Minute))
	if err := at.save(t.Context()); err != nil {
		t.Fatal(err)
	}
	cancel(at.row.ID)
	if err := at.save(t.Context()); !errors.Is(err, errExportLost) {
		t.Errorf("its worker goes on: %v", err)
	}
	if err := at.finish(t.Context(), strings.NewReader("file"), 4); !errors.Is(err, errExportLost) || s.text("select state from product_exports where id = $1", at.row.ID) != "cancelled" {
		t.Errorf("its worker hands it in: %v", err)
	}
	done := s.queueExport()
	s.performExport()
	if state := cancel(done); state != productv1.ExportState_EXPORT_STATE_DONE {
		t.Errorf("what is done is %v", state)
	}
}

// What cannot be stored is tried again later, and at last given up with words for whoever waits.
func TestExportIsGivenUp(t *testing.T) {
	t.Parallel()
	s := newExporting(t)
	export := s.queueExport()
	if err := s.cfg.Blob.Close(); err != nil {
		t.Fatal(err)
	}
	for range maxTakeups {
		_, _ = s.PerformNextExport(t.Context(), &productv1.PerformNextExportRequest{})
		s.exec("update product_exports set lease_time = $2 where id = $1", export, clock.Now().Add(-time.Second))
	}
	if problem := s.text("select state || ': ' || problem from product_exports where id = $1", export); !strings.HasPrefix(problem, "failed: The export was begun 10 times") {
		t.Errorf("the export is %q", problem)
	}
	if s.performExport() {
		t.Error("it is tried still")
	}
}

// Files go after a week, and what is known of them with them.
func TestOldExportsAreRemoved(t *testing.T) {
	t.Parallel()
	s := newExporting(t)
	young, old := s.queueExport(), s.queueExport()
	for s.performExport() {
	}
	s.exec("update product_exports set end_time = $2 where id = $1", young, clock.Now().Add(-exportKept+time.Hour))
	s.exec("update product_exports set end_time = $2 where id = $1", old, clock.Now().Add(-exportKept-time.Hour))
	file := s.fileOf(old)
	if _, err := s.RemoveOldExports(t.Context(), &productv1.RemoveOldExportsRequest{}); err != nil {
		t.Fatal(err)
	}
	if there, err := s.cfg.Blob.Exists(t.Context(), file); there || err != nil {
		t.Errorf("the old file is there: %v, %v", there, err)
	}
	if there, err := s.cfg.Blob.Exists(t.Context(), s.fileOf(young)); !there || err != nil {
		t.Errorf("the young file is there: %v, %v", there, err)
	}
	if n := s.number("select count(*) from product_exports"); n != 1 {
		t.Errorf("%d exports are known", n)
	}
}

// A schedule's newest file is at its address, made anew when its time has come; the one before it goes soon after, and nobody without the address gets any.
func TestExportSchedule(t *testing.T) {
	t.Parallel()
	s := newExporting(t)
	ctx := t.Context()
	created, err := s.CreateExportSchedule(ctx, &productv1.CreateExportScheduleRequest{Format: productv1.ExportFormat_EXPORT_FORMAT_GOOGLE_XML, EveryHours: 6})
	if err != nil {
		t.Fatal(err)
	}
	schedule := created.GetSchedule()
	token, isFeed := strings.CutPrefix(schedule.GetAddress(), "https://shop.example/feeds/")
	token, isXML := strings.CutSuffix(token, ".xml")
	if !isFeed || !isXML || len(token) < 26 {
		t.Fatalf("address %q", schedule.GetAddress())
	}
	find := func(token string) (*productv1.Export, error) {
		answer, err := s.FindScheduledExport(postgres.WithToken(ctx, s.flushed()), &productv1.FindScheduledExportRequest{Token: token})
		return answer.GetExport(), err
	}
	queue := func() int32 {
		t.Helper()
		answer, err := s.QueueDueExports(ctx, &productv1.QueueDueExportsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return answer.GetQueued()
	}
	if _, err := find(token); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("there is a file before one was made: %v", err)
	}
	if first, again := queue(), queue(); first != 1 || again != 0 {
		t.Errorf("queued %d, then %d", first, again)
	}
	s.performExport()
	first, err := find(token)
	if err != nil || first.GetScheduleId() != schedule.GetId() || first.GetExpireTime() != nil {
		t.Fatalf("%v, %v", first, err)
	}
	if _, err := find(strings.ToLower(token)); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("another token found a file: %v", err)
	}
	s.exec("update product_export_schedules set next_time = $1", clock.Now())
	queue()
	s.performExport()
	second, err := find(token)
	if err != nil || second.GetId() == first.GetId() {
		t.Fatalf("the newest file is not served: %v, %v", second, err)
	}
	s.exec("update product_exports set end_time = $1", clock.Now().Add(-2*exportKept))
	if _, err := s.RemoveOldExports(ctx, &productv1.RemoveOldExportsRequest{}); err != nil {
		t.Fatal(err)
	}
	if left, err := find(token); err != nil || left.GetId() != second.GetId() || s.number("select count(*) from product_exports") != 1 {
		t.Errorf("left is %v, %v", left, err)
	}
	if _, err := s.DeleteExportSchedule(ctx, &productv1.DeleteExportScheduleRequest{Id: schedule.GetId()}); err != nil {
		t.Fatal(err)
	}
	if _, err := find(token); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("the address outlives its schedule: %v", err)
	}
}
