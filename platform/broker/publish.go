package broker

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/platformdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// largestEvent is far above 500 ids. Something larger is not an event.
const largestEvent = 256 << 10

// published tells the relays of this process that an event is about to be committed.
var published bell

// Publish writes an event to the outbox in the transaction that makes it true: both happen or neither. An event is a fact in the
// past tense and holds ids and versions, never what they stand for.
func Publish(ctx context.Context, tx pgx.Tx, event proto.Message) error {
	topic := string(event.ProtoReflect().Descriptor().FullName())
	payload, err := proto.Marshal(event)
	if err != nil {
		return fmt.Errorf("publish %s: %w", topic, err)
	}
	if len(payload) > largestEvent {
		return fmt.Errorf("publish %s: an event of %d bytes is too large", topic, len(payload))
	}
	err = queries.AddToOutbox(ctx, postgres.Later(tx), platformdb.AddToOutboxParams{ID: id.New(), Topic: topic, Payload: payload, CreateTime: clock.Now()})
	if err != nil {
		return fmt.Errorf("publish %s: %w", topic, err)
	}
	published.ring()
	return nil
}
