package product

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1/inventoryv1connect"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/platform/seal"
)

// shop is a product service on a database of its own, with an inventory that only counts.
type shop struct {
	*Service
	t     testing.TB
	db    *postgres.DB
	stock *countingStock
	url   string // of the primary, where it is needed
}

func newShop(t testing.TB) *shop {
	t.Helper()
	db := postgrestest.New(t)
	stock := &countingStock{counts: map[string]*inventoryv1.StockCount{}, keys: map[string]bool{}}
	box, err := seal.NewBox(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return &shop{Service: New(Config{DB: db, Stock: stock, Currency: "USD", Seal: box}), t: t, db: db, stock: stock}
}

// countingStock stands in for inventory, which is a service of its own.
type countingStock struct {
	inventoryv1connect.StockServiceClient
	mu     sync.Mutex
	counts map[string]*inventoryv1.StockCount
	keys   map[string]bool
	calls  int
	fail   func() error
}

func (c *countingStock) SetStock(_ context.Context, req *inventoryv1.SetStockRequest) (*inventoryv1.SetStockResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	if c.fail != nil {
		if err := c.fail(); err != nil {
			return nil, err
		}
	}
	if c.keys[req.GetIdempotencyKey()] {
		return &inventoryv1.SetStockResponse{}, nil
	}
	if len(req.GetCounts()) > 500 {
		return nil, fmt.Errorf("%d counts in one call", len(req.GetCounts()))
	}
	c.keys[req.GetIdempotencyKey()] = true
	for _, count := range req.GetCounts() {
		c.counts[count.GetVariantId()] = count
	}
	return &inventoryv1.SetStockResponse{Changed: int32(len(req.GetCounts()))}, nil
}

func (c *countingStock) BatchGetStock(_ context.Context, req *inventoryv1.BatchGetStockRequest) (*inventoryv1.BatchGetStockResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer := &inventoryv1.BatchGetStockResponse{}
	for _, variant := range req.GetVariantIds() {
		stock := &inventoryv1.Stock{VariantId: variant}
		if count := c.counts[variant]; count != nil {
			stock.OnHand, stock.Backorder, stock.Unlimited = count.GetOnHand(), count.GetBackorder(), count.GetUnlimited()
		}
		answer.Stock = append(answer.Stock, stock)
	}
	for _, bundle := range req.GetBundles() {
		made := &inventoryv1.BundleStock{VariantId: bundle.GetVariantId(), Available: 1000}
		for _, part := range bundle.GetParts() {
			made.Available = min(made.Available, c.counts[part.GetVariantId()].GetOnHand()/int64(part.GetQuantity()))
		}
		answer.Bundles = append(answer.Bundles, made)
	}
	return answer, nil
}

// handIn uploads a file and queues its run.
func (s *shop) handIn(name string, file []byte) string {
	s.t.Helper()
	ctx := s.t.Context()
	created, err := s.CreateSyncRun(ctx, &productv1.CreateSyncRunRequest{FileName: name})
	if err != nil {
		s.t.Fatal(err)
	}
	run := created.GetRun().GetId()
	const piece = 256 << 10
	for offset := 0; offset < len(file); offset += piece {
		data := file[offset:min(offset+piece, len(file))]
		if _, err := s.AppendSyncFile(ctx, &productv1.AppendSyncFileRequest{RunId: run, Offset: int64(offset), Data: data}); err != nil {
			s.t.Fatal(err)
		}
	}
	if _, err := s.StartSyncRun(ctx, &productv1.StartSyncRunRequest{RunId: run}); err != nil {
		s.t.Fatal(err)
	}
	return run
}

// sync imports a file to its end, whatever that is.
func (s *shop) sync(name string, file []byte) *productv1.SyncRun {
	s.t.Helper()
	done, err := s.PerformSyncRun(s.t.Context(), &productv1.PerformSyncRunRequest{RunId: s.handIn(name, file)})
	if err != nil {
		s.t.Fatal(err)
	}
	return done.GetRun()
}

// mustSync imports a file that is fine.
func (s *shop) mustSync(file string) *productv1.SyncRun {
	s.t.Helper()
	run := s.sync("test", []byte(file))
	if run.GetState() != productv1.SyncState_SYNC_STATE_DONE || run.GetRejectedRows() > 0 {
		s.t.Fatalf("%v: %v", run, s.rejects(run))
	}
	return run
}

func (s *shop) rejects(run *productv1.SyncRun) []*productv1.RejectedRow {
	s.t.Helper()
	var all []*productv1.RejectedRow
	req := &productv1.ListRejectedRowsRequest{RunId: run.GetId(), PageSize: 7}
	for {
		answer, err := s.ListRejectedRows(s.t.Context(), req)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, answer.GetRows()...)
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return all
		}
	}
}

// flushed is a token for reading everything that was written.
func (s *shop) flushed() postgres.LSN {
	s.t.Helper()
	lsn, err := postgres.ParseLSN(s.text("select pg_current_wal_flush_lsn()::text"))
	if err != nil {
		s.t.Fatal(err)
	}
	return lsn
}

// products returns what the shop has, by key.
func (s *shop) products() map[string]*productv1.Product {
	s.t.Helper()
	ctx := postgres.WithToken(s.t.Context(), s.flushed())
	all := map[string]*productv1.Product{}
	req := &productv1.ListProductsRequest{PageSize: 100}
	for {
		answer, err := s.ListProducts(ctx, req)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, p := range answer.GetProducts() {
			all[p.GetKey()] = p
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return all
		}
	}
}

// number and text ask the database.
func (s *shop) number(query string, args ...any) (n int64) {
	s.t.Helper()
	if err := s.db.Primary().QueryRow(s.t.Context(), query, args...).Scan(&n); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return n
}

func (s *shop) text(query string, args ...any) (text string) {
	s.t.Helper()
	if err := s.db.Primary().QueryRow(s.t.Context(), query, args...).Scan(&text); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return text
}

// counts reads a run's counts: created/updated/unchanged/rejected.
func counts(run *productv1.SyncRun) string {
	return fmt.Sprintf("%d/%d/%d/%d", run.GetCreated(), run.GetUpdated(), run.GetUnchanged(), run.GetRejectedRows())
}

// traces is a print of everything that an import may write to, down to the versions of rows.
func (s *shop) traces() string {
	s.t.Helper()
	var out strings.Builder
	for _, table := range []string{"products", "product_variants", "product_images", "product_categories", "outbox"} {
		out.WriteString(s.text("select '" + table + " ' || coalesce(md5(string_agg(x.xmin::text || x::text, ';' order by x.id)), 'empty') from " + table + " x"))
		out.WriteString("\n")
	}
	return out.String()
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
