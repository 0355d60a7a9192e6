package order

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// Who did something, where it was not a person with a name.
const (
	byShopper = "shopper"
	bySystem  = "system"
)

// note writes what happened to an order, for staff to read.
func note(ctx context.Context, tx pgx.Tx, orderID, kind, text, actor string) error {
	err := queries.AddTimelineEntry(ctx, postgres.Later(tx), orderdb.AddTimelineEntryParams{
		ID: id.New(), OrderID: orderID, Time: clock.Now(), Kind: kind, Text: text, Actor: actor,
	})
	if err != nil {
		return fmt.Errorf("note %s: %w", kind, err)
	}
	return nil
}

func (s *Service) timeline(ctx context.Context, orderID string) ([]*orderv1.TimelineEntry, error) {
	rows, err := queries.ListTimeline(ctx, s.cfg.DB.Read(ctx), orderID)
	if err != nil {
		return nil, fmt.Errorf("list timeline: %w", err)
	}
	entries := make([]*orderv1.TimelineEntry, 0, len(rows))
	for _, row := range rows {
		entries = append(entries, entryToProto(row))
	}
	return entries, nil
}

// actor names who asked, for the timeline.
func actor(caller auth.Caller) string {
	switch {
	case caller.Shopper():
		return byShopper
	case caller.Name != "":
		return caller.Name
	case caller.Kind == auth.Process:
		return bySystem
	default:
		return caller.Subject
	}
}
