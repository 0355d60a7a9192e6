package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/tradewind-commerce/tradewind/gen/db/platformdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/telemetry"
)

const (
	// settleTimeout bounds writing down what became of a delivery. If it fails, the delivery is taken for lost and tried again.
	settleTimeout = 5 * time.Second
	longestError  = 1000
)

// delivery is an event that this process has taken for a consumer.
type delivery = platformdb.ClaimDeliveriesRow

// deliver runs the consumer on deliveries and writes down what became of them. Only those that were never tried are worked off together.
func (b *Broker) deliver(c *Consumer, all ...delivery) {
	fresh := make([]delivery, 0, len(all))
	for _, d := range all {
		switch {
		case int(d.Attempts) > len(b.retries(c))+1:
			b.end(c, d, Poison(errors.New("each try ended with its worker: the event may be what ends it")))
		case d.Attempts > 1:
			b.end(c, d, b.timed(c, d))
		default:
			fresh = append(fresh, d)
		}
	}
	if len(fresh) == 0 {
		return
	}
	err := b.timed(c, fresh...)
	if err != nil && len(fresh) > 1 {
		err = fmt.Errorf("together with %d others: %w", len(fresh)-1, notPoison(err)) // nobody knows which of them it was
	}
	b.end(c, fresh[0], err, fresh[1:]...)
}

// timed tries, and measures how long that took.
func (b *Broker) timed(c *Consumer, together ...delivery) error {
	since := clock.Running()
	err := b.try(c, together)
	b.measures.seconds.WithLabelValues(c.Name).Observe((clock.Running() - since).Seconds())
	return err
}

// end writes down what became of deliveries that were tried together.
func (b *Broker) end(c *Consumer, d delivery, err error, others ...delivery) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(telemetry.WithRequestID(b.work, d.EventID)), settleTimeout)
	defer cancel()
	if err == nil {
		crash.At(crash.BrokerAfterEffect)
		ids := []string{d.ID}
		for _, other := range others {
			ids = append(ids, other.ID)
		}
		b.measures.delivered.WithLabelValues(c.Name, "done").Add(float64(len(ids)))
		if err := queries.DeliveriesDone(ctx, b.db.Primary(), ids); err != nil {
			slog.ErrorContext(ctx, "write down that deliveries are done", "consumer", c.Name, "event_id", d.EventID, "error", err)
		}
		return
	}
	for _, failed := range append([]delivery{d}, others...) {
		b.fail(ctx, c, failed, err)
	}
}

// fail writes down that a delivery failed, and when it is tried again.
func (b *Broker) fail(ctx context.Context, c *Consumer, d delivery, err error) {
	outcome, settleErr := b.settle(ctx, c, d, err)
	b.measures.delivered.WithLabelValues(c.Name, outcome).Inc()
	if settleErr != nil {
		slog.ErrorContext(ctx, "write down what became of a delivery", "consumer", c.Name, "event_id", d.EventID, "error", settleErr)
	}
	if outcome != "returned" {
		slog.WarnContext(ctx, "delivery failed", "consumer", c.Name, "event_id", d.EventID, "attempt", d.Attempts, "outcome", outcome, "error", err)
	}
}

// try runs the handler. A panic is an error like any other.
func (b *Broker) try(c *Consumer, together []delivery) (err error) {
	ctx, cancel := context.WithTimeout(telemetry.WithRequestID(b.work, together[0].EventID), c.Timeout)
	defer cancel()
	ctx, span := otel.Tracer("broker").Start(ctx, "deliver "+c.Name, trace.WithSpanKind(trace.SpanKindConsumer))
	defer func() { endSpan(span, together, err) }()
	defer func() {
		if cause := recover(); cause != nil {
			slog.ErrorContext(ctx, "consumer panicked", "consumer", c.Name, "event_id", together[0].EventID, "panic", cause, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	ctx = postgres.WithToken(ctx, 0)
	payloads := make([][]byte, len(together))
	for i, d := range together {
		lsn, err := postgres.ParseLSN(d.Lsn)
		if err != nil {
			return err
		}
		postgres.RaiseToken(ctx, lsn)
		payloads[i] = d.Payload
	}
	if len(together) == 1 {
		ctx = context.WithValue(ctx, eventIDKey{}, together[0].EventID)
	}
	return c.handle(ctx, payloads)
}

func endSpan(span trace.Span, together []delivery, err error) {
	if span.IsRecording() {
		span.SetAttributes(attribute.String("tradewind.event_id", together[0].EventID), attribute.Int("tradewind.deliveries", len(together)))
		if err != nil {
			span.SetStatus(codes.Error, shortened(err))
		}
	}
	span.End()
}

// settle writes down what became of a delivery that failed.
func (b *Broker) settle(ctx context.Context, c *Consumer, d delivery, err error) (outcome string, settleErr error) {
	db, now, retries := b.db.Primary(), clock.Now(), b.retries(c)
	switch {
	case b.work.Err() != nil && !isPoison(err): // the process stops, which is not the event's fault
		return "returned", queries.DeliveryReturned(ctx, db, platformdb.DeliveryReturnedParams{DueTime: now, ID: d.ID, Attempts: d.Attempts})
	case isPoison(err) || int(d.Attempts) > len(retries):
		return "dead", queries.DeliveryDead(ctx, db, platformdb.DeliveryDeadParams{
			DeadTime: &now, Error: shortened(err), ID: d.ID, Attempts: d.Attempts,
		})
	default:
		return "retried", queries.DeliveryFailed(ctx, db, platformdb.DeliveryFailedParams{
			DueTime: now.Add(jittered(retries[d.Attempts-1])), Error: shortened(err), ID: d.ID, Attempts: d.Attempts,
		})
	}
}

// retries are the pauses before each further try of a consumer.
func (b *Broker) retries(c *Consumer) []time.Duration {
	if c.Retries != nil {
		return c.Retries
	}
	return b.cfg.Retries
}

// shortened is what the database can hold of an error, and staff read.
func shortened(err error) string {
	text := strings.ReplaceAll(strings.ToValidUTF8(err.Error(), "�"), "\x00", "")
	if len(text) > longestError {
		text = strings.ToValidUTF8(text[:longestError], "") + "…"
	}
	return text
}
