package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/tradewind-commerce/tradewind/gen/db/platformdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

const (
	// settleTimeout bounds writing down what became of a delivery. If it fails, the delivery is taken for lost and tried again.
	settleTimeout = 5 * time.Second
	longestError  = 1000
)

// delivery is an event that this process has taken for a consumer.
type delivery = platformdb.ClaimDeliveriesRow

// deliver runs the consumer on a delivery and writes down what became of it.
func (b *Broker) deliver(c *Consumer, d delivery) {
	since := clock.Running()
	var err error
	if int(d.Attempts) > len(b.cfg.Retries)+1 {
		err = Poison(errors.New("each try ended with its worker: the event may be what ends it"))
	} else {
		err = b.try(c, d)
	}
	b.measures.seconds.WithLabelValues(c.Name).Observe((clock.Running() - since).Seconds())

	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.work), settleTimeout)
	defer cancel()
	outcome, settleErr := b.settle(ctx, d, err)
	b.measures.delivered.WithLabelValues(c.Name, outcome).Inc()
	if settleErr != nil {
		slog.ErrorContext(ctx, "write down what became of a delivery", "consumer", c.Name, "event_id", d.EventID, "error", settleErr)
	}
	if err != nil && outcome != "returned" {
		slog.WarnContext(ctx, "delivery failed", "consumer", c.Name, "event_id", d.EventID, "attempt", d.Attempts, "outcome", outcome, "error", err)
	}
}

// try runs the handler. A panic is an error like any other.
func (b *Broker) try(c *Consumer, d delivery) (err error) {
	ctx, cancel := context.WithTimeout(b.work, c.Timeout)
	defer cancel()
	defer func() {
		if cause := recover(); cause != nil {
			slog.ErrorContext(ctx, "consumer panicked", "consumer", c.Name, "event_id", d.EventID, "panic", cause, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	lsn, err := postgres.ParseLSN(d.Lsn)
	if err != nil {
		return err
	}
	ctx = postgres.WithToken(ctx, lsn)
	ctx = context.WithValue(ctx, eventIDKey{}, d.EventID)
	return c.handle(ctx, d.Payload)
}

// settle writes down what became of a delivery.
func (b *Broker) settle(ctx context.Context, d delivery, err error) (outcome string, settleErr error) {
	db, now := b.db.Primary(), clock.Now()
	switch {
	case err == nil:
		return "done", queries.DeliveryDone(ctx, db, d.ID)
	case b.work.Err() != nil && !isPoison(err): // the process stops, which is not the event's fault
		return "returned", queries.DeliveryReturned(ctx, db, platformdb.DeliveryReturnedParams{DueTime: now, ID: d.ID, Attempts: d.Attempts})
	case isPoison(err) || int(d.Attempts) > len(b.cfg.Retries):
		return "dead", queries.DeliveryDead(ctx, db, platformdb.DeliveryDeadParams{
			DeadTime: &now, Error: shortened(err), ID: d.ID, Attempts: d.Attempts,
		})
	default:
		return "retried", queries.DeliveryFailed(ctx, db, platformdb.DeliveryFailedParams{
			DueTime: now.Add(jittered(b.cfg.Retries[d.Attempts-1])), Error: shortened(err), ID: d.ID, Attempts: d.Attempts,
		})
	}
}

// shortened is what the database can hold of an error, and staff read.
func shortened(err error) string {
	text := strings.ReplaceAll(strings.ToValidUTF8(err.Error(), "�"), "\x00", "")
	if len(text) > longestError {
		text = strings.ToValidUTF8(text[:longestError], "") + "…"
	}
	return text
}
