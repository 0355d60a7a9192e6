package rpc

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// Whoever looks for what made a page slow finds the calls below it, in this process or in another, and what failed in them. The provider is
// OpenTelemetry's global one, so this test does not run in parallel.
func TestCallsAreTraced(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := trace.NewTracerProvider(trace.WithSpanProcessor(recorder), trace.WithSampler(trace.AlwaysSample()))
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(provider)
	t.Cleanup(func() { otel.SetTracerProvider(before) })

	w := newWorld(t, func(context.Context) error { return Unauthenticated("who are you?") })
	for name, client := range w.clients {
		ctx, page := provider.Tracer("test").Start(t.Context(), "page")
		_, err := client.GetOrder(ctx, &orderv1.GetOrderRequest{OrderId: id.New()})
		page.End()
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		var call trace.ReadOnlySpan
		for _, span := range recorder.Ended() {
			if span.Parent().SpanID() == page.SpanContext().SpanID() {
				call = span
			}
		}
		if call == nil {
			t.Fatalf("%s: no span below the page's", name)
		}
		if call.Name() != "tradewind.order.v1.OrderService/GetOrder" || call.SpanContext().TraceID() != page.SpanContext().TraceID() {
			t.Errorf("%s: span %q of trace %s", name, call.Name(), call.SpanContext().TraceID())
		}
		if call.Status().Code == codes.Error || len(call.Attributes()) != 1 || call.Attributes()[0].Value.AsString() != "unauthenticated" {
			t.Errorf("%s: a refusal is noted as %v, %v", name, call.Status(), call.Attributes())
		}
	}
}
