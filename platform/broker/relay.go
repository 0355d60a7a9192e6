package broker

import (
	"context"
	"log/slog"

	"github.com/tradewind-commerce/tradewind/gen/db/platformdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
)

// relayBatch is how many events one statement hands out.
const relayBatch = 200

// relay hands events out to their consumers. It needs the database alone, so a message broker that is down does not hold it up.
func (b *Broker) relay(ctx context.Context) {
	var pace pace
	var failing backoff
	for ctx.Err() == nil {
		rung := published.rung()
		events, err := b.relayOnce(ctx)
		if err != nil {
			if ctx.Err() == nil {
				slog.ErrorContext(ctx, "hand events out", "error", err)
				pause(ctx, failing.next())
			}
			continue
		}
		failing.reset()
		if events < relayBatch {
			pace.wait(ctx, events > 0, rung, nil)
		}
	}
}

// relayOnce hands a batch out and returns how many events it held.
func (b *Broker) relayOnce(ctx context.Context) (int, error) {
	now := clock.Now()
	moved, err := queries.RelayOutbox(ctx, b.db.Primary(), platformdb.RelayOutboxParams{
		Batch: relayBatch, Now: now, SeenAfter: now.Add(-forgotten),
	})
	if err != nil {
		return 0, err
	}
	if moved.Events > 0 {
		crash.At(crash.RelayAfterHandOut)
	}
	b.measures.relayed.Add(float64(moved.Events))
	if moved.Deliveries > 0 {
		b.handedOut.ring()
	}
	return int(moved.Events), nil
}
