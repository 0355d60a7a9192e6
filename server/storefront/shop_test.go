package storefront_test

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/prometheus/client_golang/prometheus"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/cache"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/server/storefront"
	"github.com/tradewind-commerce/tradewind/services"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// shop is the storefront over all services in one process.
type shop struct {
	t    testing.TB
	set  *services.Set
	db   *postgres.DB
	url  string
	file []map[string]any // its products
}

// switches replace the default settings of a shop.
type switches struct {
	sandbox  string // where payments are collected
	files    string // URL of the store; a folder if empty
	country  string
	currency string
	locales  []string // further languages
	account  string   // where shoppers can transfer money to
	terms    string   // version of the terms that orders have to accept
	payTries func(context.Context) error
}

func open(t testing.TB, how switches) *shop {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Config{URL: postgrestest.NewURLs(t).Primary, MaxConns: 6}) // what a replica shows is not the question here
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	files, err := blob.Open(t.Context(), cmp.Or(how.files, blob.FileURL(t.TempDir())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() })
	kept, err := cache.Open(t.Context(), cache.Config{Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(kept.Close)
	var handler http.Handler
	s := &shop{t: t, db: db}
	s.url = shoptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	secret := config.NewKey([32]byte{1})
	quiet := slog.New(slog.DiscardHandler)
	s.set, err = services.New(services.Settings{
		SecretKey: secret, SigningKey: config.NewKey([32]byte{2}), StoreName: "Test", StoreCurrency: "USD", OrderNumbers: "TW-%06d", PublicURL: s.url, Locales: how.locales, TermsVersion: how.terms,
		BankAccount: how.account, TransferTime: 7 * 24 * time.Hour, SandboxURL: how.sandbox, SandboxKey: "key", SandboxWebhookSecrets: config.Secrets{"webhook-secret"},
	}, "test", services.Resources{DB: db, Cache: kept, Blob: files, Log: quiet, Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	if how.country == "" {
		how.country = "US"
	}
	pages := storefront.New(s.set, storefront.Config{
		PublicURL: s.url, ShopName: "Test", Currency: "USD", Country: how.country, Locale: "en-US", Locales: how.locales, Media: files, Log: quiet, Online: how.sandbox != "", Transfers: how.account != "", PayTries: how.payTries,
		Patience: 10 * time.Second, // a test's machine is busy, and what a page leaves out then is not the question
	}, web.Site{URL: address, TokenKey: secret.Bytes()})
	handler = web.Edge{Log: quiet}.Handler(pages.Handler(web.NewPublicPages(web.PublicConfig{Host: address.Host})))
	for _, name := range []string{"Jug", "Lamp", "Bowl", "Board", "Basket", "Scarf"} {
		s.file = append(s.file, map[string]any{"key": name, "slug": strings.ToLower(name), "name": name, "price": "20.00", "stock": 50, "categories": []string{"Kitchen"}})
	}
	s.file[1]["stock"] = 3
	s.file[2]["price"] = "80.00"
	s.file[5]["stock"] = 0
	s.fill()
	return s
}

// fill imports the shop's products and shows them.
func (s *shop) fill() {
	s.t.Helper()
	ctx := s.t.Context()
	file, err := json.Marshal(s.file)
	if err != nil {
		s.t.Fatal(err)
	}
	created, err := s.set.Sync.CreateSyncRun(ctx, &productv1.CreateSyncRunRequest{FileName: "products.json"})
	run := created.GetRun().GetId()
	if err == nil {
		_, err = s.set.Sync.AppendSyncFile(ctx, &productv1.AppendSyncFileRequest{RunId: run, Data: file})
	}
	if err == nil {
		_, err = s.set.Sync.StartSyncRun(ctx, &productv1.StartSyncRunRequest{RunId: run})
	}
	if err == nil {
		_, err = s.set.Sync.PerformSyncRun(ctx, &productv1.PerformSyncRunRequest{RunId: run})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	list, err := s.set.Products.ListProducts(ctx, &productv1.ListProductsRequest{PageSize: 100})
	if err != nil || len(list.GetProducts()) != len(s.file) {
		s.t.Fatalf("%d products, want %d: %v", len(list.GetProducts()), len(s.file), err)
	}
	ids := make([]string, len(list.GetProducts()))
	for i, product := range list.GetProducts() {
		ids[i] = product.GetId()
	}
	if _, err := s.set.Catalog.RefreshProducts(ctx, &catalogv1.RefreshProductsRequest{ProductIds: ids}); err != nil {
		s.t.Fatal(err)
	}
}

// exec changes the database behind the services' back, such as to make time pass.
func (s *shop) exec(sql string, args ...any) {
	s.t.Helper()
	if _, err := s.db.Primary().Exec(context.Background(), sql, args...); err != nil {
		s.t.Fatal(err)
	}
}

// visitor is somebody with a browser that has no script.
type visitor struct {
	t      testing.TB
	shop   *shop
	client *http.Client
	page   *goquery.Document
	status int
	header http.Header
	path   string // with the query
	away   string // where the last answer led to, outside the shop
}

func (s *shop) visitor() *visitor {
	s.t.Helper()
	v := &visitor{t: s.t, shop: s}
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	v.client = &http.Client{Jar: jar, Timeout: 30 * time.Second, CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(next.URL.String(), s.url) {
			v.away = next.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return v
}

func (v *visitor) ask(method, path string, form url.Values) *visitor {
	v.t.Helper()
	v.away = ""
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.shop.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", v.shop.url)
	}
	answer, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if v.page, err = goquery.NewDocumentFromReader(strings.NewReader(string(body))); err != nil {
		v.t.Fatal(err)
	}
	v.status, v.header, v.path = answer.StatusCode, answer.Header, answer.Request.URL.RequestURI()
	return v
}

func (v *visitor) get(path string) *visitor { v.t.Helper(); return v.ask(http.MethodGet, path, nil) }

func (v *visitor) post(path string, fields ...string) *visitor {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return v.ask(http.MethodPost, path, form)
}

func (v *visitor) text(selector string) string {
	return strings.Join(strings.Fields(v.page.Find(selector).Text()), " ")
}

// expect fails unless the page has a status and says something.
func (v *visitor) expect(status int, selector, words string) {
	v.t.Helper()
	if v.status != status || !strings.Contains(v.text(selector), words) {
		v.t.Fatalf("%s: %d and %q at %s, want %d and %q; the page says: %s", v.path, v.status, v.text(selector), selector, status, words, v.text("main"))
	}
}

// forget is a browser whose cookies ended.
func (v *visitor) forget() {
	v.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		v.t.Fatal(err)
	}
	v.client.Jar = jar
}

// add puts a product in the cart by its page.
func (v *visitor) add(slug string) *visitor {
	v.t.Helper()
	v.get("/products/" + slug)
	return v.post("/cart/items", "variant", v.page.Find("[name=variant]").AttrOr("value", ""), "quantity", "2")
}

var contact = []string{"email", "ada@example.com", "name", "Ada Lovelace", "line1", "1 Engine Street", "city", "Portland", "postcode", "97201", "country", "US", "region", "OR"}

// order goes all the way and returns the path of the order; one that is to be paid online waits at the provider.
func (v *visitor) order(method string) string {
	v.t.Helper()
	v.add("jug")
	v.post("/checkout/contact", contact...)
	v.post("/checkout/delivery", "delivery", "standard")
	v.post("/checkout/payment", "method", method, "billing_same", "1")
	v.expect(http.StatusOK, "h1", "Review and order")
	field := func(name string) string { return v.page.Find("[name="+name+"]").AttrOr("value", "") }
	v.post("/checkout/review", "idempotency_key", field("idempotency_key"), "expected_total", field("expected_total"))
	if method == "hosted" {
		var id string
		if err := v.shop.db.Primary().QueryRow(context.Background(), "select id from orders order by id desc limit 1").Scan(&id); err != nil {
			v.t.Fatal(err)
		}
		return "/orders/" + v.shop.sign(id)
	}
	return v.path
}
