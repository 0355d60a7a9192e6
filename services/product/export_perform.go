package product

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/blob"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/services/product/feed"
)

const (
	// exportKeys is how many ids are looked up at once, and exportBatch how many products are loaded at once: this bounds the memory.
	exportKeys  = 10_000
	exportBatch = 200
	// exportLease is how long an export stays with a worker that says nothing. It speaks up after each batch, and may take long to hand the file in.
	exportLease = 2 * time.Minute
	exportPause = 30 * time.Second // before an export that failed is tried again
	// stockBatch is how many counts inventory gives at once.
	stockBatch = 500
)

// errExportLost says that another worker has the export: this one was taken for dead.
var errExportLost = errors.New("product: another worker has this export")

// PerformNextExport makes one file. An export whose worker died is begun anew: a file is whole or not there.
func (s *Service) PerformNextExport(ctx context.Context, _ *productv1.PerformNextExportRequest) (*productv1.PerformNextExportResponse, error) {
	if s.cfg.Blob == nil {
		return nil, errNoFilePlace
	}
	now := clock.Now()
	e := &exporter{s: s, worker: id.New(), types: map[string]string{}}
	var err error
	e.row, err = queries.TakeExport(ctx, s.cfg.DB.Primary(), productdb.TakeExportParams{Worker: e.worker, LeaseTime: now.Add(exportLease), Now: now})
	if postgres.IsNoRows(err) {
		return &productv1.PerformNextExportResponse{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("take export: %w", err)
	}
	err = e.perform(ctx)
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	var problem string
	switch {
	case err == nil, errors.Is(err, errExportLost):
		return &productv1.PerformNextExportResponse{Performed: true}, nil
	case errors.Is(err, blob.ErrTooLarge):
		problem = "The file is larger than 1 GB even when packed. Narrow it, by category or brand."
	case e.row.Takeups >= maxTakeups && ctx.Err() == nil:
		problem = fmt.Sprintf("The export was begun %d times and never came to its end. Try it again, or ask whoever runs the shop.", maxTakeups)
		s.cfg.Log.ErrorContext(ctx, "export given up", "export", e.row.ID, "error", err)
	default:
		// Should this fail too, the lease ends.
		_ = queries.ReleaseExport(after, s.cfg.DB.Primary(), productdb.ReleaseExportParams{ID: e.row.ID, Worker: e.worker, LeaseTime: clock.Now().Add(exportPause)})
		return nil, err
	}
	err = queries.FailExport(after, s.cfg.DB.Primary(), productdb.FailExportParams{ID: e.row.ID, Worker: e.worker, Problem: problem, Now: clock.Now()})
	return &productv1.PerformNextExportResponse{Performed: true}, err
}

// exporter makes one file.
type exporter struct {
	s       *Service
	row     productdb.ProductExport
	worker  string
	filter  filter
	total   int64
	written int64
	leftOut int64
	types   map[string]string // names of product types
}

// perform writes the file on this machine, packed, and then hands it to the store, which has to know it before it takes it.
func (e *exporter) perform(ctx context.Context) error {
	asked := &productv1.ListProductsRequest{}
	if err := protojson.Unmarshal(e.row.Filter, asked); err != nil {
		return fmt.Errorf("read filter: %w", err)
	}
	var err error
	if e.filter, err = readFilter(asked); err != nil {
		return err
	}
	if err := e.s.cfg.DB.CatchUp(ctx); err != nil { // what was saved before the export was asked for is in it
		return fmt.Errorf("catch up: %w", err)
	}
	err = e.each(ctx, func(ids []string) error {
		e.total += int64(len(ids))
		return nil
	})
	if err != nil {
		return fmt.Errorf("count products: %w", err)
	}
	if err := e.save(ctx); err != nil {
		return err
	}
	file, err := os.CreateTemp("", "tradewind-export-*.gz")
	if err != nil {
		return fmt.Errorf("make temporary file: %w", err)
	}
	defer func() {
		_ = file.Close() // it is stored by now, or of no use
		_ = os.Remove(file.Name())
	}()
	size, err := e.write(ctx, file)
	if err != nil {
		return err
	}
	return e.finish(ctx, file, size)
}

// write writes the packed file and returns how large it is unpacked.
func (e *exporter) write(ctx context.Context, file io.Writer) (int64, error) {
	packed := gzip.NewWriter(file)
	packed.Comment = e.worker // no two exports share a file, so each can be removed by itself
	counted := &counter{to: packed}
	buffered := bufio.NewWriterSize(counted, 64<<10)
	out := e.open(buffered)
	err := e.each(ctx, func(ids []string) error {
		for part := range slices.Chunk(ids, exportBatch) {
			products, err := e.load(ctx, part)
			if err != nil {
				return err
			}
			for _, p := range products {
				if err := out.Write(p); err != nil {
					return fmt.Errorf("write %q: %w", p.Key, err)
				}
			}
			e.written += int64(len(products))
			if google, is := out.(*feed.GoogleFeed); is {
				e.leftOut = google.LeftOut()
			}
			if err := e.save(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, end := range []func() error{out.Close, buffered.Flush, packed.Close} {
		if err := end(); err != nil {
			return 0, fmt.Errorf("end file: %w", err)
		}
	}
	return counted.bytes, nil
}

func (e *exporter) open(to io.Writer) feed.Writer {
	cfg := e.s.cfg
	switch e.row.Format {
	case "json_lines":
		return feed.NewJSONLines(to, cfg.Currency)
	case "google_xml":
		return feed.NewGoogleFeed(to, feed.GoogleConfig{
			Title: cfg.StoreName, Shop: cfg.PublicURL + "/", Products: cfg.PublicURL + "/products/", Images: cfg.PublicURL + "/", Currency: cfg.Currency,
		})
	default:
		return feed.NewShopifyCSV(to, cfg.Currency)
	}
}

// finish stores the file. One that nobody waits for any more is removed again.
func (e *exporter) finish(ctx context.Context, file io.ReadSeeker, size int64) error {
	object, err := e.s.cfg.Blob.Put(ctx, blob.Files, "application/gzip", file)
	if err != nil {
		return fmt.Errorf("store export: %w", err)
	}
	kept, err := postgres.InTx(ctx, e.s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int64, error) { // so that the caller sees it
		return queries.FinishExport(ctx, tx, productdb.FinishExportParams{
			ID: e.row.ID, Worker: e.worker, FileKey: object.Key, Bytes: size, Written: e.written, LeftOut: e.leftOut, Now: clock.Now(),
		})
	})
	if err != nil {
		return fmt.Errorf("finish export: %w", err)
	}
	if kept == 0 {
		return errors.Join(errExportLost, e.s.cfg.Blob.Delete(ctx, object.Key))
	}
	return nil
}

// each goes through the products that the filter lets in, in the order of their ids: what changes meanwhile keeps its place, so nothing comes twice or
// is passed over.
func (e *exporter) each(ctx context.Context, do func(ids []string) error) error {
	for page := (productsPage{ID: lowestID}); ; {
		keys, err := e.s.listKeys(ctx, e.filter, byID, page, exportKeys)
		if err != nil {
			return fmt.Errorf("list products: %w", err)
		}
		if len(keys) == 0 {
			return nil
		}
		ids := make([]string, len(keys))
		for i, key := range keys {
			ids[i] = key.ID
		}
		if err := do(ids); err != nil {
			return err
		}
		if len(keys) < exportKeys {
			return nil
		}
		page = keys[len(keys)-1]
	}
}

// save says how far the export is, and that this worker lives.
func (e *exporter) save(ctx context.Context) error {
	kept, err := queries.SaveExportProgress(ctx, e.s.cfg.DB.Primary(), productdb.SaveExportProgressParams{
		ID: e.row.ID, Worker: e.worker, Total: max(e.total, e.written), Written: e.written, LeftOut: e.leftOut, LeaseTime: clock.Now().Add(exportLease),
	})
	if err != nil {
		return fmt.Errorf("save progress: %w", err)
	}
	if kept == 0 {
		return errExportLost
	}
	return nil
}

// stock asks inventory for the counts of variants. Of a bundle there are as many as its parts allow.
func (e *exporter) stock(ctx context.Context, products []*productv1.Product) (map[string]*inventoryv1.Stock, error) {
	var variants []*productv1.Variant
	for _, p := range products {
		variants = append(variants, p.GetVariants()...)
	}
	counts := make(map[string]*inventoryv1.Stock, len(variants))
	for some := range slices.Chunk(variants, stockBatch) {
		asked := &inventoryv1.BatchGetStockRequest{}
		for _, v := range some {
			switch {
			case len(v.GetBundleParts()) == 0:
				asked.VariantIds = append(asked.VariantIds, v.GetId())
			case whole(v.GetBundleParts()):
				asked.Bundles = append(asked.Bundles, toBundle(v.GetId(), v.GetBundleParts()))
			default:
				counts[v.GetId()] = &inventoryv1.Stock{VariantId: v.GetId()}
			}
		}
		answer, err := e.s.cfg.Stock.BatchGetStock(ctx, asked)
		if err != nil {
			return nil, fmt.Errorf("get stock: %w", err)
		}
		for _, count := range answer.GetStock() {
			counts[count.GetVariantId()] = count
		}
		for _, bundle := range answer.GetBundles() {
			counts[bundle.GetVariantId()] = &inventoryv1.Stock{VariantId: bundle.GetVariantId(), OnHand: bundle.GetAvailable(), Backorder: bundle.GetBackorder()}
		}
	}
	return counts, nil
}

// counter counts what is written.
type counter struct {
	to    io.Writer
	bytes int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.bytes += int64(n)
	return n, err
}
