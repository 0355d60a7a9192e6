package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/prometheus/client_golang/prometheus"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/cache"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/services"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

const (
	email    = "ada@example.com"
	password = "correct horse battery staple"
)

// desk is a back office over every service in one process, with somebody at it whose browser has no script.
type desk struct {
	t      *testing.T
	db     *postgres.DB
	set    *services.Set
	url    string
	client *http.Client

	at     *url.URL
	status int
	header http.Header
	body   string
	page   *goquery.Document
}

// newDesk opens a back office and signs somebody in.
func newDesk(t *testing.T) *desk {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Config{ // no replica: the test writes behind the pages' back
		URL: postgrestest.NewURLs(t).Primary, MaxConns: 6, StatementTimeout: 30 * time.Second, LockTimeout: 15 * time.Second, AcquireTimeout: 15 * time.Second,
		AppName: "test", Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	store, err := blob.Open(t.Context(), blob.FileURL(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	shared, err := cache.Open(t.Context(), cache.Config{Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(shared.Close)
	quiet := slog.New(slog.DiscardHandler)
	set, err := services.New(services.Settings{
		SecretKey: config.NewKey([32]byte{1}), SigningKey: config.NewKey([32]byte{2}),
		StoreName: "Test", StoreCurrency: "USD", OrderNumbers: "TW-%06d", PublicURL: "http://shop.test",
	}, "test", services.Resources{DB: db, Cache: shared, Blob: store, Log: quiet, Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	assets, err := loadAssets()
	if err != nil {
		t.Fatal(err)
	}
	address, _ := url.Parse("http://office.test")
	cfg := settings{StoreName: "Test", Locale: "en-US", Currency: "USD", PublicURL: "http://shop.test"}
	server := httptest.NewServer(web.Edge{Log: quiet, Metrics: prometheus.NewRegistry()}.Handler(newOffice(set, cfg, assets, address, quiet).handler()))
	t.Cleanup(server.Close)
	if _, err := set.Staff.CreateStaff(t.Context(), &authv1.CreateStaffRequest{Email: email, DisplayName: "Ada", Password: password}); err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, db: db, set: set, url: server.URL}
	d.freshBrowser()
	d.open("/login")
	d.send("form[action='/login']", "email", email, "password", password)
	d.says("Hello, Ada")
	return d
}

// shop is where the desk's orders come from.
func (d *desk) shop() *shoptest.Shop {
	return shoptest.Open(d.t, d.db, shoptest.NewProvider())
}

func (d *desk) freshBrowser() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	d.client = &http.Client{Jar: jar, Timeout: 30 * time.Second}
}

func (d *desk) exec(sql string, args ...any) {
	d.t.Helper()
	if _, err := d.db.Primary().Exec(d.t.Context(), sql, args...); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) number(sql string, args ...any) (n int) {
	d.t.Helper()
	if err := d.db.Primary().QueryRow(d.t.Context(), sql, args...).Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return n
}

// endSessions has every session end, as after a night.
func (d *desk) endSessions() { d.exec("delete from auth_sessions") }

func (d *desk) do(request *http.Request) {
	d.t.Helper()
	answer, err := d.client.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	d.at, d.status, d.header, d.body = answer.Request.URL, answer.StatusCode, answer.Header, string(body)
	if d.page, err = goquery.NewDocumentFromReader(strings.NewReader(d.body)); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) open(path string, headers ...string) {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, d.url+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	d.do(request)
}

// form is a form of the page as it would be sent, with what is typed into it as name and value in turn.
func (d *desk) form(selector string, typed ...string) (action string, values url.Values) {
	d.t.Helper()
	form := d.page.Find(selector)
	if form.Length() != 1 {
		d.t.Fatalf("%s (%d) has %d forms %s:\n%s", d.at, d.status, form.Length(), selector, d.text("main"))
	}
	values = url.Values{}
	form.Find("input, textarea, select").Each(func(_ int, field *goquery.Selection) {
		value := field.AttrOr("value", "")
		switch kind := field.AttrOr("type", ""); {
		case goquery.NodeName(field) == "textarea":
			value = field.Text()
		case goquery.NodeName(field) == "select":
			if chosen := field.Find("option[selected]"); chosen.Length() > 0 {
				value = chosen.AttrOr("value", "")
			} else {
				value = field.Find("option").First().AttrOr("value", "")
			}
		case kind == "radio" || kind == "checkbox":
			if _, checked := field.Attr("checked"); !checked {
				return
			}
		}
		values.Add(field.AttrOr("name", ""), value)
	})
	for i := 0; i+1 < len(typed); i += 2 {
		if !values.Has(typed[i]) {
			d.t.Fatalf("%s has no field %s in %s", d.at, typed[i], selector)
		}
		values.Set(typed[i], typed[i+1])
	}
	return form.AttrOr("action", ""), values
}

func (d *desk) post(action string, values url.Values) {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.url+action, strings.NewReader(values.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", d.url)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	d.do(request)
}

func (d *desk) send(selector string, typed ...string) {
	d.t.Helper()
	d.post(d.form(selector, typed...))
}

// press sends the form of a product by one of its buttons.
func (d *desk) press(button string, typed ...string) {
	d.t.Helper()
	action, values := d.form("form.editor", typed...)
	values.Set("do", button)
	d.post(action, values)
}

func (d *desk) text(selector string) string {
	return strings.Join(strings.Fields(d.page.Find(selector).Text()), " ")
}

func (d *desk) says(words string) {
	d.t.Helper()
	if got := d.text("main"); !strings.Contains(got, words) {
		d.t.Fatalf("%s (%d) does not say %q but:\n%s", d.at, d.status, words, got)
	}
}

func (d *desk) wants(status int, path string) {
	d.t.Helper()
	if d.status != status || d.at.Path != path {
		d.t.Fatalf("%d at %s, want %d at %s:\n%s", d.status, d.at, status, path, d.text("main"))
	}
}

// handIn hands a file of products in, as its upload does, and leaves it waiting for a worker.
func (d *desk) handIn(file string) (run string) {
	d.t.Helper()
	ctx := d.t.Context()
	created, err := d.set.Sync.CreateSyncRun(ctx, &productv1.CreateSyncRunRequest{FileName: "products.json", Format: productv1.SyncFormat_SYNC_FORMAT_JSON})
	if err != nil {
		d.t.Fatal(err)
	}
	run = created.GetRun().GetId()
	if _, err := d.set.Sync.AppendSyncFile(ctx, &productv1.AppendSyncFileRequest{RunId: run, Data: []byte(file)}); err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.set.Sync.StartSyncRun(ctx, &productv1.StartSyncRunRequest{RunId: run}); err != nil {
		d.t.Fatal(err)
	}
	return run
}

// perform does what the worker does with a run.
func (d *desk) perform(run string) {
	d.t.Helper()
	if _, err := d.set.Sync.PerformSyncRun(context.WithoutCancel(d.t.Context()), &productv1.PerformSyncRunRequest{RunId: run}); err != nil {
		d.t.Fatal(err)
	}
}
