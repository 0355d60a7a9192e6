package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/tradewind-commerce/tradewind/platform/telemetry"
	"github.com/tradewind-commerce/tradewind/services"
)

// What a schedule calls and logs is found by a request id of its own and in a trace. The provider is OpenTelemetry's global one, so this
// test does not run in parallel.
func TestSchedulesAreTraced(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(recorder)))
	t.Cleanup(func() { otel.SetTracerProvider(before) })
	var ids []string
	work := schedule{"count stars", 1, func(ctx context.Context, _ *services.Set) (bool, error) {
		ids = append(ids, telemetry.RequestID(ctx))
		return false, errors.New("cloudy")
	}}
	var out strings.Builder
	log := telemetry.NewLogger(&out, slog.LevelInfo)
	for range 2 {
		_, _ = work.once(t.Context(), nil, log)
	}
	if len(ids) != 2 || ids[0] == "" || ids[0] == ids[1] {
		t.Errorf("request ids %v", ids)
	}
	spans := recorder.Ended()
	if len(spans) != 2 || spans[0].Name() != "count stars" || spans[0].Status().Code != codes.Error || spans[0].SpanContext().TraceID() == spans[1].SpanContext().TraceID() {
		t.Errorf("spans %v", spans)
	}
	if !strings.Contains(out.String(), ids[1]) || !strings.Contains(out.String(), spans[1].SpanContext().TraceID().String()) {
		t.Errorf("the log cannot be found by %s: %s", ids[1], out.String())
	}
}
