package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/tradewind-commerce/tradewind/gen/db/platformdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// DeadLetter is a delivery that was given up: it was poison, or no try of it helped.
type DeadLetter struct {
	ID         string
	EventID    string
	Consumer   string
	Topic      string
	Payload    []byte
	Attempts   int32
	Error      string    // of the last try
	CreateTime time.Time // of the event
	DeadTime   time.Time
}

// JSON returns the event in JSON for people to read. An event whose message this program does not know is an error.
func (d DeadLetter) JSON() (string, error) {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(d.Topic))
	if err != nil {
		return "", fmt.Errorf("event %s: %w", d.Topic, err)
	}
	event := kind.New().Interface()
	if err := proto.Unmarshal(d.Payload, event); err != nil {
		return "", fmt.Errorf("event %s: %w", d.Topic, err)
	}
	text, err := protojson.Marshal(event)
	return string(text), err
}

// DeadLetters lists up to limit deliveries that were given up, newest first. A page goes on after the last one of the page before;
// after is nil on the first.
func DeadLetters(ctx context.Context, db postgres.DBTX, after *DeadLetter, limit int) ([]DeadLetter, error) {
	page := platformdb.ListDeadDeliveriesParams{Page: int32(limit)}
	if after != nil {
		page.BeforeTime, page.BeforeID = after.DeadTime, after.ID
	} else {
		page.BeforeTime, page.BeforeID = endOfTime, lastID
	}
	rows, err := queries.ListDeadDeliveries(ctx, db, page)
	if err != nil {
		return nil, fmt.Errorf("list dead deliveries: %w", err)
	}
	letters := make([]DeadLetter, len(rows))
	for i, row := range rows {
		if row.DeadTime == nil {
			return nil, errors.New("list dead deliveries: one has no time") // a constraint of the table
		}
		letters[i] = DeadLetter{
			ID: row.ID, EventID: row.EventID, Consumer: row.Consumer, Topic: row.Topic, Payload: row.Payload,
			Attempts: row.Attempts, Error: row.Error, CreateTime: row.CreateTime, DeadTime: *row.DeadTime,
		}
	}
	return letters, nil
}

// The first page starts after these.
var endOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

const lastID = "ffffffff-ffff-ffff-ffff-ffffffffffff"

// CountDeadLetters counts deliveries that were given up, no further than most.
func CountDeadLetters(ctx context.Context, db postgres.DBTX, most int) (int, error) {
	n, err := queries.CountDeadDeliveries(ctx, db, int32(most))
	if err != nil {
		return 0, fmt.Errorf("count dead deliveries: %w", err)
	}
	return int(n), nil
}

// Replay has dead deliveries tried again, from the start of the schedule. It returns how many were dead; the others stay as they are.
func Replay(ctx context.Context, db postgres.DBTX, ids ...string) (int, error) {
	n, err := queries.ReplayDeliveries(ctx, db, platformdb.ReplayDeliveriesParams{Now: clock.Now(), Ids: ids})
	if err != nil {
		return 0, fmt.Errorf("replay deliveries: %w", err)
	}
	return int(n), nil
}

// Discard removes dead deliveries for good. It returns how many were dead; the others stay as they are.
func Discard(ctx context.Context, db postgres.DBTX, ids ...string) (int, error) {
	n, err := queries.DiscardDeliveries(ctx, db, ids)
	if err != nil {
		return 0, fmt.Errorf("discard deliveries: %w", err)
	}
	return int(n), nil
}
