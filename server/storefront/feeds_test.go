package storefront_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// Google gets the newest feed at its address without signing in; nobody gets anything at another, and nothing in between keeps it.
func TestFeedIsServed(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	ctx := t.Context()
	created, err := s.set.Exports.CreateExportSchedule(ctx, &productv1.CreateExportScheduleRequest{Format: productv1.ExportFormat_EXPORT_FORMAT_JSON_LINES, EveryHours: 6})
	if err != nil {
		t.Fatal(err)
	}
	address := created.GetSchedule().GetAddress()
	if got := get(t, address); got.status != http.StatusNotFound {
		t.Errorf("%d before there is a file", got.status)
	}
	if _, err := s.set.Exports.QueueDueExports(ctx, &productv1.QueueDueExportsRequest{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.set.Exports.PerformNextExport(ctx, &productv1.PerformNextExportRequest{}); err != nil {
		t.Fatal(err)
	}
	got := get(t, address)
	if got.status != http.StatusOK || strings.Count(got.body, "\n") != len(s.file) || got.header.Get("Content-Type") != "application/x-ndjson" || !strings.Contains(got.header.Get("Cache-Control"), "no-store") {
		t.Errorf("%d %v\n%s", got.status, got.header, got.body)
	}
	for _, wrong := range []string{strings.TrimSuffix(address, ".jsonl"), strings.TrimSuffix(address, ".jsonl") + ".xml", s.url + "/feeds/.jsonl", s.url + "/feeds/AAAA.jsonl"} {
		if got := get(t, wrong); got.status != http.StatusNotFound {
			t.Errorf("%s answers %d", wrong, got.status)
		}
	}
}

// fetched is what a program gets.
type fetched struct {
	status int
	header http.Header
	body   string
}

func get(t *testing.T, address string) fetched {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fetched{answer.StatusCode, answer.Header, string(body)}
}
