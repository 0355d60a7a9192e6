package broker_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/platform/telemetry"
)

// Events that wait for a consumer of many are worked off in few calls. One that cannot succeed keeps no other from it, and is tried alone
// until it is dead.
func TestEventsTogether(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	var seen record
	var mu sync.Mutex
	calls, alone := 0, 0
	counts := broker.OnMany("counts", 50, func(_ context.Context, events []*happened) error {
		mu.Lock()
		calls++
		if len(events) == 1 && events[0].GetValue() == "broken" {
			alone++
		}
		mu.Unlock()
		for _, event := range events {
			if event.GetValue() == "broken" {
				return broker.Poison(errors.New("this one never works"))
			}
		}
		for _, event := range events {
			seen.note(event.GetValue())
		}
		return nil
	})
	counts.Concurrency = 1
	cfg := broker.Config{Retries: []time.Duration{time.Millisecond, time.Millisecond}}
	start(t, db, cfg, counts)() // makes the consumer known

	publish(t, db, append(named("good", 200), "broken")...)
	start(t, db, cfg, counts)
	eventually(t, "every good event", seen.has(200))
	eventually(t, "nothing to be left", empty(t, db))
	if names, handled := seen.counts(); names != 200 || handled != 200 {
		t.Errorf("%d good events were handled %d times", names, handled)
	}
	mu.Lock()
	defer mu.Unlock()
	if calls > 60 { // four or five together, and those alone that came with the broken one
		t.Errorf("%d calls for 201 events", calls)
	}
	if alone == 0 || count(t, db, "deliveries where dead") != 1 {
		t.Errorf("the broken event was tried alone %d times, %d deliveries are dead", alone, count(t, db, "deliveries where dead"))
	}
}

// What a delivery calls and logs is found by the event's id, and in a trace. The provider is OpenTelemetry's global one, so this test does
// not run in parallel.
func TestDeliveriesAreTraced(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(recorder)))
	t.Cleanup(func() { otel.SetTracerProvider(before) })
	db := postgrestest.New(t)
	type seen struct{ event, request string }
	handled := make(chan seen, 1)
	stop := start(t, db, broker.Config{}, broker.On("test.traced", func(ctx context.Context, _ *happened) error {
		handled <- seen{broker.EventID(ctx), telemetry.RequestID(ctx)}
		return nil
	}))
	publish(t, db, "paid")
	got := <-handled
	stop()
	if got.event == "" || got.request != got.event {
		t.Errorf("the event is %q, the request's id %q", got.event, got.request)
	}
	for _, span := range recorder.Ended() {
		if span.Name() == "deliver test.traced" {
			return
		}
	}
	t.Error("the delivery is in no trace")
}
