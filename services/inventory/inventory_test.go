package inventory

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// shop is an inventory with a database of its own.
type shop struct {
	*Service
	t  *testing.T
	db *postgres.DB
}

func newShop(t *testing.T) shop {
	t.Helper()
	db := postgrestest.New(t)
	return shop{New(Config{DB: db}), t, db}
}

// stocked returns a variant with some units.
func (s shop) stocked(onHand int64, backorder bool) string {
	s.t.Helper()
	variant := id.New()
	s.count(variant, onHand, backorder)
	return variant
}

func (s shop) count(variant string, onHand int64, backorder bool) int32 {
	s.t.Helper()
	answer, err := s.SetStock(s.t.Context(), &inventoryv1.SetStockRequest{
		Counts: []*inventoryv1.StockCount{{VariantId: variant, OnHand: onHand, Backorder: backorder}}, Reason: "count", IdempotencyKey: id.New(),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetChanged()
}

func (s shop) stock(variant string) *inventoryv1.Stock {
	s.t.Helper()
	answer, err := s.BatchGetStock(s.t.Context(), &inventoryv1.BatchGetStockRequest{VariantIds: []string{variant}})
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.GetStock()[0]
}

// in runs a join in a transaction of its own.
func (s shop) in(join func(ctx context.Context, tx pgx.Tx) ([]Shortage, error)) []Shortage {
	s.t.Helper()
	shortages, err := InTx(s.t.Context(), s.db, join)
	if err != nil {
		s.t.Fatal(err)
	}
	return shortages
}

func (s shop) hold(order string, expires time.Time, lines ...Line) []Shortage {
	s.t.Helper()
	return s.in(func(ctx context.Context, tx pgx.Tx) ([]Shortage, error) { return Hold(ctx, tx, order, lines, expires) })
}

func (s shop) pin(order string, expires time.Time) []Shortage {
	s.t.Helper()
	return s.in(func(ctx context.Context, tx pgx.Tx) ([]Shortage, error) { return Pin(ctx, tx, order, expires) })
}

func (s shop) commit(order string) []Shortage {
	s.t.Helper()
	return s.in(func(ctx context.Context, tx pgx.Tx) ([]Shortage, error) { return Commit(ctx, tx, order) })
}

func (s shop) release(order string) {
	s.t.Helper()
	s.in(func(ctx context.Context, tx pgx.Tx) ([]Shortage, error) { return nil, Release(ctx, tx, order) })
}

func (s shop) restock(order string) {
	s.t.Helper()
	s.in(func(ctx context.Context, tx pgx.Tx) ([]Shortage, error) { return nil, Restock(ctx, tx, order) })
}

func (s shop) putBack(order string, units map[string]int32) {
	s.t.Helper()
	s.in(func(ctx context.Context, tx pgx.Tx) ([]Shortage, error) { return nil, Return(ctx, tx, order, units) })
}

// wants fails unless a variant has so many units on hand and held.
func (s shop) wants(variant string, onHand, held int64) {
	s.t.Helper()
	if stock := s.stock(variant); stock.GetOnHand() != onHand || stock.GetHeld() != held {
		s.t.Errorf("%d on hand, %d held; want %d and %d", stock.GetOnHand(), stock.GetHeld(), onHand, held)
	}
}

// audit fails when the counts are not what holds and moves add up to.
func (s shop) audit() {
	s.t.Helper()
	var broken int
	err := s.db.Primary().QueryRow(s.t.Context(), `
		select count(*) from stock_items s
		where held <> (select coalesce(sum(quantity), 0) from stock_holds h where h.variant_id = s.variant_id and h.state = 'active')
		   or on_hand <> (select coalesce(sum(delta), 0) from stock_moves m where m.variant_id = s.variant_id)`).Scan(&broken)
	if err != nil || broken > 0 {
		s.t.Errorf("%d variants do not add up (%v)", broken, err)
	}
}

// told counts the events about stock so far.
func (s shop) told() int {
	s.t.Helper()
	var events int
	err := s.db.Primary().QueryRow(s.t.Context(), "select count(*) from outbox where topic = 'tradewind.inventory.v1.StockChanged'").Scan(&events)
	if err != nil {
		s.t.Fatal(err)
	}
	return events
}

func soon() time.Time { return clock.Now().Add(time.Hour) }
func past() time.Time { return clock.Now().Add(-time.Second) }
