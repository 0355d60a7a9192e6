package product

import (
	"testing"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// A table of nobody's format is looked at, its proposed mapping is kept on the source, and then its files are imported by it, again and again.
func TestPreviewSyncFile(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	table := "Article number;Description short;Retail price;In stock\nA-1;Moss Mug;24,90;7\nA-2;Clay Mug;19,50;3\nA-3;Jug;8,00;0\n"
	source := s.source(&productv1.SourceSettings{Name: "Wholesaler"}).GetId()
	run := s.handInAs(source, table, true)
	preview, err := s.PreviewSyncFile(t.Context(), &productv1.PreviewSyncFileRequest{RunId: run})
	if err != nil || preview.GetFormat() != productv1.SyncFormat_SYNC_FORMAT_MAPPED_CSV || len(preview.GetMapping()) == 0 || len(preview.GetColumns()) != 4 || len(preview.GetRows()) != 3 {
		t.Fatal(preview, err)
	}
	if _, err := s.CancelSyncRun(t.Context(), &productv1.CancelSyncRunRequest{RunId: run}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PreviewSyncFile(t.Context(), &productv1.PreviewSyncFileRequest{RunId: run}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("the file of a run that ended: %v", err)
	}
	mapping := []byte(`{"scope": "products", "decimal": ",", "columns": [{"column": "Article number", "field": "sku"}, {"column": "Description short", "field": "name"},
		{"column": "Retail price", "field": "price"}, {"column": "In stock", "field": "stock"}]}`)
	settings := &productv1.SourceSettings{Name: "Wholesaler", Kind: productv1.SourceKind_SOURCE_KIND_FILES, Format: preview.GetFormat(), Mapping: mapping}
	if _, err := s.UpdateSource(t.Context(), &productv1.UpdateSourceRequest{Id: source, Version: 1, Settings: settings}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3/0/0/0", "0/0/3/0"} {
		if run := s.syncAs(source, table); counts(run) != want {
			t.Fatalf("%v, want %s; rejected %v", run, want, s.rejects(run))
		}
	}
	if p := s.products()["A-1"]; p.GetVariants()[0].GetPrice().GetAmountMinor() != 2490 || s.stock.counts[p.GetVariants()[0].GetId()].GetOnHand() != 7 {
		t.Errorf("product %v", p)
	}
	settings.Mapping = []byte(`{"scope": "none"}`)
	if _, err := s.UpdateSource(t.Context(), &productv1.UpdateSourceRequest{Id: source, Version: 2, Settings: settings}); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("a mapping that is none: %v", err)
	}
}
