package product

import (
	"fmt"
	"testing"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
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

// A file that is understood in its own way is read so without its source's mapping being touched, and again when its comparison shows a mistake.
func TestStartSyncRunWithMapping(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	source := s.source(&productv1.SourceSettings{Name: "Wholesaler"}).GetId()
	created, err := s.CreateSyncRun(t.Context(), &productv1.CreateSyncRunRequest{FileName: "goods.csv", SourceId: source, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	run := created.GetRun().GetId()
	file := []byte("Nr;Text;Netto;Brutto\nA-1;Moss Mug;20,00;24,90\nA-2;Clay Mug;15,00;19,50\nA-3;;8,00;9,00\n")
	if _, err := s.AppendSyncFile(t.Context(), &productv1.AppendSyncFileRequest{RunId: run, Data: file}); err != nil {
		t.Fatal(err)
	}
	start := func(mapping string) error {
		_, err := s.StartSyncRun(t.Context(), &productv1.StartSyncRunRequest{RunId: run, Mapping: []byte(mapping)})
		return err
	}
	err = start(`{"scope": "products", "columns": [{"column": "Nr", "field": "colour"}, {"column": "Text", "field": "name"}]}`)
	detail, _ := rpc.Detail[*productv1.MappingProblems](err)
	if connect.CodeOf(err) != connect.CodeInvalidArgument || len(detail.GetProblems()) != 3 || detail.GetProblems()[0].GetEntry() != 0 {
		t.Fatalf("%v with %v", err, detail)
	}
	mapping := `{"scope": "products", "decimal": ",", "columns": [{"column": "Nr", "field": "sku"}, {"column": "Text", "field": "name"}, {"column": "%s", "field": "price"}]}`
	for _, price := range []string{"Netto", "Brutto", "Brutto"} { // the second time it is as it was
		for range 2 {
			if err := start(fmt.Sprintf(mapping, price)); err != nil {
				t.Fatal(err)
			}
		}
		if err := start(fmt.Sprintf(mapping, "Text")); connect.CodeOf(err) != connect.CodeFailedPrecondition {
			t.Errorf("another mapping while it is queued: %v", err)
		}
		got := s.performed(run)
		if forecast := got.GetForecast(); got.GetState() != productv1.SyncState_SYNC_STATE_COMPARED || forecast.GetCreated() != 2 || got.GetRejectedRows() != 1 || len(s.rejects(got)) != 1 {
			t.Fatalf("by %s: %v, rejected %v", price, got, s.rejects(got))
		}
	}
	preview, err := s.PreviewSyncFile(t.Context(), &productv1.PreviewSyncFileRequest{RunId: run})
	if err != nil || string(preview.GetCurrent()) != fmt.Sprintf(mapping, "Brutto") {
		t.Errorf("current mapping %s, %v", preview.GetCurrent(), err)
	}
	if _, err := s.ApplySyncRun(t.Context(), &productv1.ApplySyncRunRequest{RunId: run}); err != nil {
		t.Fatal(err)
	}
	if got := s.performed(run); counts(got) != "2/0/0/1" {
		t.Errorf("applied %v", got)
	}
	if p := s.products()["A-1"]; p.GetVariants()[0].GetPrice().GetAmountMinor() != 2490 {
		t.Errorf("product %v", p)
	}
	if err := start(fmt.Sprintf(mapping, "Netto")); err != nil { // nothing to start any more
		t.Error(err)
	}
	if got := s.performed(run); got.GetState() != productv1.SyncState_SYNC_STATE_DONE {
		t.Errorf("a run that ended was started again: %v", got)
	}
	other := s.source(&productv1.SourceSettings{Name: "Elsewhere"}).GetId()
	for source, want := range map[string]int{source: 1, other: 0} {
		list, err := s.ListSyncRuns(s.seeing(), &productv1.ListSyncRunsRequest{SourceId: source})
		if err != nil || len(list.GetRuns()) != want {
			t.Errorf("runs of source %s: %v, %v", source, list, err)
		}
	}
}
