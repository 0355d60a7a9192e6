package telemetry

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/config"
)

// A line in the log leads to its request and its trace, also through With and groups.
func TestLogLinesCarryIDs(t *testing.T) {
	t.Parallel()
	traces, err := newTraces(Settings{}, "test")
	if err != nil {
		t.Fatal(err)
	}
	ctx, span := traces.Tracer("test").Start(WithRequestID(t.Context(), "request-1"), "page")
	defer span.End()
	if span.IsRecording() {
		t.Error("spans are recorded although nobody collects them")
	}

	var out strings.Builder
	log := NewLogger(&out, slog.LevelInfo)
	log.With("job", "sync").InfoContext(ctx, "done", "rows", 3)
	log.DebugContext(ctx, "too much detail")
	var line map[string]any
	if err := json.Unmarshal([]byte(out.String()), &line); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	for key, want := range map[string]any{
		"msg": "done", "job": "sync", "rows": 3.0, "request_id": "request-1", "trace_id": span.SpanContext().TraceID().String(),
	} {
		if line[key] != want {
			t.Errorf("%s = %v, want %v", key, line[key], want)
		}
	}

	out.Reset()
	log.Info("start")
	if strings.Contains(out.String(), "_id") {
		t.Errorf("a line outside any request has ids: %s", out.String())
	}
}

// What we send is what a collector reads: the request's path, headers and spans.
func TestTracesReachTheCollector(t *testing.T) {
	t.Parallel()
	type upload struct {
		path, key string
		data      collector.TracesData
	}
	uploads := make(chan *upload, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		got := &upload{path: r.URL.Path, key: r.Header.Get("Api-Key")}
		if err != nil || proto.Unmarshal(body, &got.data) != nil {
			t.Errorf("the upload is not readable: %v", err)
		}
		uploads <- got
	}))
	defer server.Close()

	traces, err := newTraces(Settings{OTLPEndpoint: server.URL + "/otlp/", OTLPHeaders: "api-key=a%20b", TraceRatio: 1}, "storefront")
	if err != nil {
		t.Fatal(err)
	}
	_, span := traces.Tracer("test").Start(t.Context(), "GET /", trace.WithSpanKind(trace.SpanKindServer))
	span.End()
	if err := traces.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := <-uploads
	if got.path != "/otlp/v1/traces" || got.key != "a b" {
		t.Errorf("uploaded to %q with key %q", got.path, got.key)
	}
	resource := got.data.GetResourceSpans()[0]
	if name := resource.GetResource().GetAttributes()[0].GetValue().GetStringValue(); name != "storefront" {
		t.Errorf("service = %q", name)
	}
	if name := resource.GetScopeSpans()[0].GetSpans()[0].GetName(); name != "GET /" {
		t.Errorf("span = %q", name)
	}
}

// A collector that fails is an error to report, and a setting that cannot work stops the start.
func TestCollectorErrors(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer server.Close()
	client, err := newCollectorClient(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := client.UploadTraces(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "418") {
		t.Errorf("error = %v, want the collector's answer", err)
	}
	for _, settings := range []Settings{
		{OTLPEndpoint: "localhost:4318"}, {OTLPEndpoint: "ftp://host"}, {OTLPEndpoint: "http://host", TraceRatio: 2},
		{OTLPEndpoint: "http://host", OTLPHeaders: "canary"},
	} {
		if _, err := newTraces(settings, "test"); err == nil {
			t.Errorf("%+v was accepted", settings)
		} else if strings.Contains(err.Error(), "canary") {
			t.Errorf("the error shows a secret: %v", err)
		}
	}
}

// Start changes process-wide defaults, so this test does not run in parallel.
func TestStart(t *testing.T) {
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	var out strings.Builder
	tel, err := Start(Settings{LogLevel: slog.LevelWarn}, "server", &out)
	if err != nil {
		t.Fatal(err)
	}
	slog.InfoContext(context.Background(), "not important enough")
	slog.Warn("important", "url", config.Secret("canary"))
	if !strings.Contains(out.String(), `"msg":"important","url":"***"`) || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("log = %s", out.String())
	}
	answer := httptest.NewRecorder()
	tel.Metrics().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{"go_goroutines", "process_resident_memory_bytes", "go_build_info"} {
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("/metrics has no %s", want)
		}
	}
	tel.Stop()
}

// A collector that hangs does not hold up a process that stops.
func TestStopDoesNotWait(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-release
	}))
	defer server.Close()
	defer close(release)
	traces, err := newTraces(Settings{OTLPEndpoint: server.URL, TraceRatio: 1}, "server")
	if err != nil {
		t.Fatal(err)
	}
	_, span := traces.Tracer("test").Start(t.Context(), "GET /")
	span.End()
	var out strings.Builder
	tel, since := &Telemetry{Log: NewLogger(&out, slog.LevelInfo), Traces: traces}, clock.Running()
	tel.Stop()
	if took := clock.Running() - since; took > 5*stopTimeout {
		t.Errorf("stopping took %s", took)
	}
	<-asked
	if !strings.Contains(out.String(), "not sent") {
		t.Errorf("nobody is told of traces that were lost: %s", out.String())
	}
}
