package product

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/encoding/prototext"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/fetch"
)

// supplier is a server that gives a file to who knows its password, and knows which one it gave.
type supplier struct {
	*httptest.Server
	file          atomic.Value
	asked, given  atomic.Int64
	status, marks atomic.Int64
}

func newSupplier(t *testing.T, s *shop) *supplier {
	p := &supplier{}
	p.file.Store([]byte(twoMugs))
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		user, password, _ := r.BasicAuth()
		mark := `"` + string(rune('a'+p.marks.Load())) + `"`
		switch {
		case p.status.Load() != 0:
			w.WriteHeader(int(p.status.Load()))
		case user != "shop" || password != "hush-hush" || r.Header.Get("X-Api-Key") != "secret-key":
			w.WriteHeader(http.StatusUnauthorized)
		case p.marks.Load() > 0 && r.Header.Get("If-None-Match") == mark:
			w.WriteHeader(http.StatusNotModified)
		default:
			p.given.Add(1)
			if p.marks.Load() > 0 {
				w.Header().Set("ETag", mark)
			}
			_, _ = w.Write(p.file.Load().([]byte))
		}
	}))
	t.Cleanup(p.Close)
	roots := x509.NewCertPool()
	roots.AddCert(p.Certificate())
	s.cfg.Fetch = fetch.New(fetch.Config{AllowPrivate: true, AllowAnyPort: true, RootCAs: roots})
	return p
}

func (p *supplier) settings() *productv1.SourceSettings {
	return &productv1.SourceSettings{
		Name: "Supplier", Kind: productv1.SourceKind_SOURCE_KIND_URL, Location: p.URL + "/feed.json?token=in-query", EveryMinutes: 30, User: "shop", Password: new("hush-hush"),
		Headers: &productv1.SourceHeaders{Values: map[string]string{"X-Api-Key": "secret-key"}},
	}
}

// due makes the shop's sources due and asks for them, and performs the runs.
func (s *shop) due(source string) *productv1.SyncRun {
	s.t.Helper()
	if _, err := s.db.Primary().Exec(s.t.Context(), "update product_sources set next_time = now() where id = $1 and next_time is not null", source); err != nil {
		s.t.Fatal(err)
	}
	if answer, err := s.RunDueSources(s.t.Context(), &productv1.RunDueSourcesRequest{}); err != nil || answer.GetQueued() != 1 {
		s.t.Fatal(answer, err)
	}
	return s.performed(s.get(source).GetLastRunId())
}

func (s *shop) get(source string) *productv1.Source {
	s.t.Helper()
	got, err := s.GetSource(s.t.Context(), &productv1.GetSourceRequest{Id: source})
	if err != nil {
		s.t.Fatal(err)
	}
	return got.GetSource()
}

// A source is asked when it is due; what it had already is not read again; a failure is shown and it is left alone for longer each time.
func TestSourceIsAsked(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := newSupplier(t, s)
	source := s.source(p.settings()).GetId()
	run := s.due(source)
	if counts(run) != "2/0/0/0" || run.GetFileName() != "feed.json" || run.GetSourceId() != source || len(s.products()) != 2 {
		t.Fatal(run)
	}
	if next := time.Until(s.get(source).GetNextTime().AsTime()); next < 25*time.Minute || next > 31*time.Minute {
		t.Errorf("asked next in %v", next)
	}
	if again := s.due(source); again.GetState() != productv1.SyncState_SYNC_STATE_UNCHANGED || again.GetRowsRead() != 0 || p.given.Load() != 2 {
		t.Errorf("the same bytes: %v, given %d times", again, p.given.Load())
	}
	p.marks.Store(1)
	p.file.Store(packed(t, strings.Replace(twoMugs, "24.00", "25.00", 1)))
	if run := s.due(source); counts(run) != "0/1/1/0" {
		t.Errorf("packed and changed: %v", run)
	}
	given := p.given.Load()
	if run := s.due(source); run.GetState() != productv1.SyncState_SYNC_STATE_UNCHANGED || p.given.Load() != given {
		t.Errorf("not modified: %v", run)
	}

	compare, err := s.RunSource(t.Context(), &productv1.RunSourceRequest{Id: source, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if run := s.performed(compare.GetRun().GetId()); run.GetState() != productv1.SyncState_SYNC_STATE_COMPARED || run.GetForecast().GetUnchanged() != 2 {
		t.Errorf("compared with the shop: %v", run)
	}
	if _, err := s.CancelSyncRun(t.Context(), &productv1.CancelSyncRunRequest{RunId: compare.GetRun().GetId()}); err != nil {
		t.Fatal(err)
	}
	s.clearOldRuns()

	p.status.Store(http.StatusBadGateway)
	for failures, least := range []time.Duration{25 * time.Minute, 55 * time.Minute, 115 * time.Minute} {
		run := s.due(source)
		got := s.get(source)
		if run.GetState() != productv1.SyncState_SYNC_STATE_FAILED || !strings.Contains(got.GetLastError(), "502") || int(got.GetFailures()) != failures+1 || time.Until(got.GetNextTime().AsTime()) < least {
			t.Errorf("failure %d: %v, %v", failures+1, run, got)
		}
	}
	p.status.Store(0)
	if run := s.due(source); run.GetState() != productv1.SyncState_SYNC_STATE_UNCHANGED || s.get(source).GetFailures() != 0 || s.get(source).GetLastError() != "" {
		t.Errorf("well again: %v, %v", run, s.get(source))
	}
	p.file.Store([]byte("this is no feed"))
	p.marks.Store(2)
	for range 2 { // a file that failed is not taken for known
		if run := s.due(source); run.GetState() != productv1.SyncState_SYNC_STATE_FAILED {
			t.Errorf("no feed: %v", run)
		}
	}
	for _, table := range []string{"product_sync_pieces", "product_sync_rows"} {
		if n := s.number("select count(*) from " + table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
}

// Secrets are kept, used, and never shown again.
func TestSourceSecrets(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := newSupplier(t, s)
	made := s.source(p.settings())
	shown := prototext.Format(made) + prototext.Format(s.get(made.GetId()))
	if strings.Contains(shown, "hush-hush") || strings.Contains(shown, "secret-key") || !made.GetHasPassword() || len(made.GetHeaderNames()) != 1 || made.GetUser() != "shop" {
		t.Errorf("shown: %s", shown)
	}
	changed := p.settings()
	changed.Password, changed.Headers, changed.EveryMinutes, changed.DailyAt = nil, nil, 0, "03:30"
	updated, err := s.UpdateSource(t.Context(), &productv1.UpdateSourceRequest{Id: made.GetId(), Version: 1, Settings: changed})
	if err != nil || !updated.GetSource().GetHasPassword() || updated.GetSource().GetVersion() != 2 || updated.GetSource().GetNextTime().AsTime().Format("15:04") != "03:30" {
		t.Fatal(updated, err)
	}
	if run := s.due(made.GetId()); counts(run) != "2/0/0/0" {
		t.Errorf("what was left out is lost: %v", run)
	}
	if _, err := s.UpdateSource(t.Context(), &productv1.UpdateSourceRequest{Id: made.GetId(), Version: 1, Settings: changed}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a stale version: %v", err)
	}
	if _, err := s.CreateSource(t.Context(), &productv1.CreateSourceRequest{Settings: p.settings()}); connect.CodeOf(err) != connect.CodeAlreadyExists {
		t.Errorf("a name twice: %v", err)
	}
	changed.Password = new("")
	if updated, err = s.UpdateSource(t.Context(), &productv1.UpdateSourceRequest{Id: made.GetId(), Version: 2, Settings: changed}); err != nil || updated.GetSource().GetHasPassword() {
		t.Error(updated, err)
	}
}

// Sources cannot be led into the shop's own network or out of the folder for files.
func TestSourceStaysOutside(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	folder, inbox := t.TempDir(), t.TempDir()
	for _, file := range []string{filepath.Join(folder, "mugs.json"), filepath.Join(inbox, "mugs.json"), filepath.Join(filepath.Dir(folder), "secret.json")} {
		if err := os.WriteFile(file, []byte(twoMugs), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(filepath.Dir(folder), "secret.json"), filepath.Join(folder, "link.json")); err != nil {
		t.Fatal(err)
	}
	at := func(kind productv1.SourceKind, location string) *productv1.SourceSettings {
		return &productv1.SourceSettings{Name: location, Kind: kind, Location: location}
	}
	url, path, bucket := productv1.SourceKind_SOURCE_KIND_URL, productv1.SourceKind_SOURCE_KIND_PATH, productv1.SourceKind_SOURCE_KIND_BUCKET
	refuse := func(settings ...*productv1.SourceSettings) {
		t.Helper()
		for _, settings := range settings {
			if _, err := s.CreateSource(t.Context(), &productv1.CreateSourceRequest{Settings: settings}); connect.CodeOf(err) != connect.CodeInvalidArgument {
				t.Errorf("%v was taken: %v", settings, err)
			}
		}
	}
	refuse(at(path, "mugs.json"), at(bucket, "mugs.json")) // nothing is configured
	var err error
	s.cfg.FeedFolder = folder
	if s.cfg.FeedBucket, err = blob.OpenInbox(t.Context(), blob.FileURL(inbox)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cfg.FeedBucket.Close() })
	refuse(at(url, "http://pics.example/a"), at(url, "https://127.0.0.1/a"), at(url, "https://user:pass@pics.example/"), at(url, "https://169.254.169.254/"), at(url, "file:///etc/passwd"),
		at(path, "../secret.json"), at(path, "/etc/passwd"), at(path, ""), at(bucket, ""))

	ask := func(settings *productv1.SourceSettings) *productv1.SyncRun {
		run, err := s.RunSource(t.Context(), &productv1.RunSourceRequest{Id: s.source(settings).GetId()})
		if err != nil {
			t.Fatal(err)
		}
		return s.performed(run.GetRun().GetId())
	}
	if run := ask(at(path, "link.json")); run.GetState() != productv1.SyncState_SYNC_STATE_FAILED || len(s.products()) != 0 {
		t.Errorf("a link out of the folder: %v", run)
	}
	if run := ask(at(path, "none.json")); run.GetState() != productv1.SyncState_SYNC_STATE_FAILED || !strings.Contains(run.GetProblem(), "There is no file") {
		t.Errorf("no file: %v", run)
	}
	if run := ask(at(path, "mugs.json")); counts(run) != "2/0/0/0" {
		t.Errorf("a file: %v", run)
	}
	if run := ask(&productv1.SourceSettings{Name: "B", Kind: bucket, Location: "mugs.json"}); counts(run) != "1/1/0/0" { // one has no SKU to be found by
		t.Errorf("a bucket: %v", run)
	}
}

// Who has a source's token can have it asked; nobody else can, and nobody can keep the shop busy with it.
func TestTriggerSource(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := newSupplier(t, s)
	settings := p.settings()
	settings.EveryMinutes = 0
	source := s.source(settings).GetId()
	trigger := func(source, token string) error {
		_, err := s.TriggerSource(t.Context(), &productv1.TriggerSourceRequest{Id: source, Token: token})
		return err
	}
	if err := trigger(source, "x"); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("without a token: %v", err)
	}
	first, err := s.ResetSourceTrigger(t.Context(), &productv1.ResetSourceTriggerRequest{Id: source})
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.ResetSourceTrigger(t.Context(), &productv1.ResetSourceTriggerRequest{Id: source})
	if err != nil || !s.get(source).GetHasTrigger() {
		t.Fatal(err)
	}
	for _, wrong := range []string{first.GetToken(), second.GetToken() + "x"} {
		if err := trigger(source, wrong); connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("with a wrong token: %v", err)
		}
	}
	if err := trigger(filesHandedIn, second.GetToken()); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("with another's token: %v", err)
	}
	for range 3 {
		if err := trigger(source, second.GetToken()); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.number("select count(*) from product_sync_runs"); n != 1 {
		t.Errorf("%d runs", n)
	}
	if run := s.performed(s.get(source).GetLastRunId()); counts(run) != "2/0/0/0" {
		t.Errorf("%v", run)
	}
}

// However many workers look for due sources and however many people ask at once, a source has one run at a time.
func TestOneRunPerSource(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := newSupplier(t, s)
	source := s.source(p.settings()).GetId()
	if _, err := s.db.Primary().Exec(t.Context(), "update product_sources set next_time = now() where next_time is not null"); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = s.RunDueSources(t.Context(), &productv1.RunDueSourcesRequest{})
			} else {
				_, err = s.RunSource(t.Context(), &productv1.RunSourceRequest{Id: source})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := s.number("select count(*) from product_sync_runs"); n != 1 {
		t.Errorf("%d runs", n)
	}
	if _, err := s.DeleteSource(t.Context(), &productv1.DeleteSourceRequest{Id: source, Version: 1}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("deleted while a run waits: %v", err)
	}
	s.performed(s.get(source).GetLastRunId())
	for range 2 {
		if _, err := s.DeleteSource(t.Context(), &productv1.DeleteSourceRequest{Id: source, Version: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.number("select count(*) from products"); n != 2 {
		t.Errorf("%d products are left", n)
	}
	if _, err := s.DeleteSource(t.Context(), &productv1.DeleteSourceRequest{Id: filesHandedIn, Version: 1}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("the built-in source is gone: %v", err)
	}
	list, err := s.ListSources(t.Context(), &productv1.ListSourcesRequest{})
	if err != nil || len(list.GetSources()) != 1 || list.GetSources()[0].GetName() != "Files handed in" {
		t.Errorf("%v, %v", list, err)
	}
}
