package services_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/services"
)

// seller is a whole shop whose products come and go as files.
type seller struct {
	t   *testing.T
	ctx context.Context
	*services.Set
}

func newSeller(t *testing.T) *seller {
	return &seller{t, postgres.WithToken(t.Context(), 0), newSet(t)}
}

// takes imports a file and returns what became of it.
func (s *seller) takes(file []byte) *productv1.SyncRun {
	s.t.Helper()
	created, err := s.Sync.CreateSyncRun(s.ctx, &productv1.CreateSyncRunRequest{FileName: "file"})
	if err != nil {
		s.t.Fatal(err)
	}
	run := created.GetRun().GetId()
	const piece = 1 << 20
	for offset := 0; offset < len(file); offset += piece {
		_, err := s.Sync.AppendSyncFile(s.ctx, &productv1.AppendSyncFileRequest{RunId: run, Offset: int64(offset), Data: file[offset:min(offset+piece, len(file))]})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	if _, err := s.Sync.StartSyncRun(s.ctx, &productv1.StartSyncRunRequest{RunId: run}); err != nil {
		s.t.Fatal(err)
	}
	done, err := s.Sync.PerformSyncRun(s.ctx, &productv1.PerformSyncRunRequest{RunId: run})
	if err != nil {
		s.t.Fatal(err)
	}
	if done.GetRun().GetState() != productv1.SyncState_SYNC_STATE_DONE || done.GetRun().GetRejectedRows() > 0 {
		rows, _ := s.Sync.ListRejectedRows(s.ctx, &productv1.ListRejectedRowsRequest{RunId: run, PageSize: 5})
		s.t.Fatalf("%v\nrejected %v", done.GetRun(), rows.GetRows())
	}
	return done.GetRun()
}

// versions are those of all products.
func (s *seller) versions() map[string]int64 {
	s.t.Helper()
	versions := map[string]int64{}
	req := &productv1.ListProductsRequest{PageSize: 100}
	for {
		answer, err := s.Products.ListProducts(s.ctx, req)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, p := range answer.GetProducts() {
			versions[p.GetId()] = p.GetVersion()
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return versions
		}
	}
}

// gives exports products and returns the file with what became of it.
func (s *seller) gives(format productv1.ExportFormat, filter *productv1.ListProductsRequest) ([]byte, *productv1.Export) {
	s.t.Helper()
	created, err := s.Exports.CreateExport(s.ctx, &productv1.CreateExportRequest{Format: format, Filter: filter})
	if err != nil {
		s.t.Fatal(err)
	}
	if done, err := s.Exports.PerformNextExport(s.ctx, &productv1.PerformNextExportRequest{}); err != nil || !done.GetPerformed() {
		s.t.Fatalf("performed %v: %v", done.GetPerformed(), err)
	}
	answer, err := s.Exports.GetExport(s.ctx, &productv1.GetExportRequest{Id: created.GetExport().GetId()})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.file(answer.GetExport()), answer.GetExport()
}

// file reads an export in pieces and unpacks it.
func (s *seller) file(e *productv1.Export) []byte {
	s.t.Helper()
	if e.GetState() != productv1.ExportState_EXPORT_STATE_DONE {
		s.t.Fatalf("export %v", e)
	}
	var packed bytes.Buffer
	for {
		piece, err := s.Exports.ReadExport(s.ctx, &productv1.ReadExportRequest{Id: e.GetId(), Offset: int64(packed.Len())})
		if err != nil {
			s.t.Fatal(err)
		}
		packed.Write(piece.GetData())
		if int64(packed.Len()) >= piece.GetSize() {
			break
		}
	}
	r, err := gzip.NewReader(&packed)
	if err != nil {
		s.t.Fatal(err)
	}
	file, err := io.ReadAll(r)
	if err != nil || int64(len(file)) != e.GetBytes() {
		s.t.Fatalf("%d bytes, want %d: %v", len(file), e.GetBytes(), err)
	}
	return file
}

const kitchen = `[{"key": "moss", "name": "Moss Mug", "slug": "moss-mug", "description": "One.\n\nTwo & three.", "brand": "Tindle", "categories": [["Kitchen", "Mugs"], ["Gifts"]],
	"tags": ["tea", "a, b"], "attributes": {"Height": "9 cm"}, "options": [{"name": "Size", "values": ["S", "L"]}], "seo_title": "Mugs", "tax_class": "reduced",
	"related": ["clay"], "translations": [{"locale": "de", "name": "Moosbecher", "slug": "moosbecher"}],
	"variants": [
		{"sku": "M-S", "gtin": "4006381333931", "options": {"Size": "S"}, "price": "24.00", "stock": 12, "weight_grams": 310, "image": "https://pics.example/s.jpg", "mpn": "T9"},
		{"sku": "M-L", "options": {"Size": "L"}, "price": "29.00", "compare_at_price": "35.00", "stock": 0, "backorder": true}],
	"images": [{"src": "https://pics.example/l.jpg", "alt": "Large"}, {"src": "https://pics.example/s.jpg"}]},
{"key": "clay", "name": "Clay Mug", "slug": "clay", "categories": [["Kitchen", "Mugs"]], "price": "19.99", "stock": 3, "sku": "CLAY"},
{"key": "old", "name": "Old Mug", "price": "9.99", "stock": 1, "state": "archived", "images": [{"src": "https://pics.example/o.jpg"}]}]`

// What a shop exports and imports again changes nothing, in either of its own formats.
func TestExportsComeBackUnchanged(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{"kitchen": []byte(kitchen)}
	if folder := os.Getenv("TEST_FEED_DATA"); folder != "" { // suppliers' files are not part of the repository
		for _, name := range []string{"shopify/apparel.csv", "shopify/jewelery.csv", "bestbuy/bestbuy-products-3291.json.gz"} {
			content, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			files[name] = content
		}
	}
	for name, content := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSeller(t)
			created := s.takes(content).GetCreated()
			for _, format := range []productv1.ExportFormat{productv1.ExportFormat_EXPORT_FORMAT_SHOPIFY_CSV, productv1.ExportFormat_EXPORT_FORMAT_JSON_LINES} {
				file, export := s.gives(format, nil)
				if export.GetProductsWritten() != created || export.GetProductsTotal() != created {
					t.Errorf("%v: wrote %d of %d, want %d", format, export.GetProductsWritten(), export.GetProductsTotal(), created)
				}
				before := s.versions()
				run := s.takes(file)
				if after := s.versions(); !maps.Equal(before, after) {
					t.Errorf("%v: products changed", format)
				}
				if name != "kitchen" && run.GetUpdated() > 0 { // the supplier counted no stock, and the export does: only the counts are set, once
					run = s.takes(file)
				}
				if run.GetUnchanged() != created || run.GetCreated()+run.GetUpdated() != 0 {
					t.Errorf("%v: created %d, updated %d, unchanged %d of %d:\n%.3000s", format, run.GetCreated(), run.GetUpdated(), run.GetUnchanged(), created, file)
				}
			}
		})
	}
}

// Google is shown what shoppers see: another shop that reads the feed has as many products and variants, at the same prices.
func TestGoogleExportFillsAnotherShop(t *testing.T) {
	t.Parallel()
	s, other := newSeller(t), newSeller(t)
	s.takes([]byte(kitchen))
	file, export := s.gives(productv1.ExportFormat_EXPORT_FORMAT_GOOGLE_XML, nil)
	if export.GetProductsWritten() != 3 || export.GetLeftOut() != 1 { // the clay mug has no picture, and the old one is not for sale
		t.Errorf("wrote %d, left out %d", export.GetProductsWritten(), export.GetLeftOut())
	}
	if run := other.takes(file); run.GetCreated() != 1 {
		t.Errorf("%v of\n%s", run, file)
	}
	answer, err := other.Products.ListProducts(other.ctx, &productv1.ListProductsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	p := answer.GetProducts()[0]
	if len(p.GetVariants()) != 2 || p.GetVariants()[0].GetPrice().GetAmountMinor() != 2400 || p.GetVariants()[1].GetCompareAtPrice().GetAmountMinor() != 3500 || len(p.GetImages()) != 2 {
		t.Errorf("product %v", p)
	}
	if !strings.Contains(string(file), "http://shop.test/products/moss-mug?variant=M-S") {
		t.Errorf("no link to the shop in\n%s", file)
	}
}

// A narrowed export holds what its list shows, and one that cannot be narrowed so is refused when it is asked for.
func TestExportIsNarrowed(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	s.takes([]byte(kitchen))
	for want, filter := range map[string]*productv1.ListProductsRequest{
		"moss": {Brand: "Tindle"}, "old": {State: productv1.ProductState_PRODUCT_STATE_ARCHIVED}, "clay": {Query: "CLAY", PageSize: 1}, "": {Brand: "Nobody"},
	} {
		file, export := s.gives(productv1.ExportFormat_EXPORT_FORMAT_JSON_LINES, filter)
		lines := strings.Count(string(file), "\n")
		if want == "" && lines != 0 || want != "" && (lines != 1 || !strings.HasPrefix(string(file), `{"key":"`+want+`"`)) || export.GetProductsTotal() != int64(lines) {
			t.Errorf("%v: total %d, file\n%s", filter, export.GetProductsTotal(), file)
		}
	}
	_, err := s.Exports.CreateExport(s.ctx, &productv1.CreateExportRequest{
		Format: productv1.ExportFormat_EXPORT_FORMAT_JSON_LINES, Filter: &productv1.ListProductsRequest{CategoryId: "kitchen"},
	})
	if err == nil || !strings.Contains(err.Error(), "category_id") {
		t.Errorf("a filter that cannot be used was taken: %v", err)
	}
}
