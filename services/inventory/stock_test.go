package inventory

import (
	"context"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// A feed that says what is known already changes nothing and tells nobody.
func TestSetStockTellsChangesOnly(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	variant := s.stocked(5, false)
	before := s.told()
	if changed := s.count(variant, 5, false); changed != 0 || s.told() != before {
		t.Errorf("the same count changed %d and told %d", changed, s.told()-before)
	}
	if changed := s.count(variant, 7, false); changed != 1 || s.told() != before+1 {
		t.Errorf("another count changed %d and told %d", changed, s.told()-before)
	}
	if changed := s.count(variant, 7, true); changed != 1 || s.told() != before+2 {
		t.Errorf("selling on changed %d and told %d", changed, s.told()-before)
	}
	s.wants(variant, 7, 0)
	s.audit()
}

// The first count of a variant is told, unless it says what everybody takes for granted, and moves from none to what there is.
func TestSetStockOfNewVariants(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	none, some, onOrder := id.New(), id.New(), id.New()
	answer, err := s.SetStock(t.Context(), &inventoryv1.SetStockRequest{Reason: "count", IdempotencyKey: id.New(), Counts: []*inventoryv1.StockCount{
		{VariantId: none}, {VariantId: some, OnHand: 5}, {VariantId: onOrder, Backorder: true},
	}})
	if err != nil || answer.GetChanged() != 2 || s.told() != 1 {
		t.Errorf("changed %d, told %d times, %v; want 2 told at once", answer.GetChanged(), s.told(), err)
	}
	s.wants(none, 0, 0)
	s.wants(some, 5, 0)
	s.audit()
}

// A count that is sent twice counts once, also when stock was sold in between; the same key for another count is refused.
func TestSetStockOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	variant := id.New()
	count := &inventoryv1.SetStockRequest{
		Counts: []*inventoryv1.StockCount{{VariantId: variant, OnHand: 5}}, Reason: "count", IdempotencyKey: "count-of-today",
	}
	first, err := s.SetStock(t.Context(), count)
	if err != nil {
		t.Fatal(err)
	}
	order := id.New()
	s.hold(order, soon(), Line{variant, 2})
	s.commit(order)
	again, err := s.SetStock(t.Context(), count)
	if err != nil || again.GetChanged() != first.GetChanged() {
		t.Errorf("the repeat answered %v, %v; want %v", again, err, first)
	}
	s.wants(variant, 3, 0)
	count.Counts[0].OnHand = 9
	if _, err := s.SetStock(t.Context(), count); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("another count under the same key: %v, want failed precondition", err)
	}
}

// Counts that contradict themselves or claim to be sales are refused.
func TestSetStockRefuses(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	variant := id.New()
	for name, count := range map[string]*inventoryv1.SetStockRequest{
		"a variant twice": {Counts: []*inventoryv1.StockCount{{VariantId: variant, OnHand: 5}, {VariantId: variant, OnHand: 6}}, Reason: "count"},
		"a sale":          {Counts: []*inventoryv1.StockCount{{VariantId: variant, OnHand: 5}}, Reason: "sold"},
	} {
		count.IdempotencyKey = id.New()
		if _, err := s.SetStock(t.Context(), count); connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("%s: %v, want invalid argument", name, err)
		}
	}
}

// Stock is answered in the order asked for, and what was never counted has none.
func TestBatchGetStock(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first, second, unknown := s.stocked(1, false), s.stocked(2, true), id.New()
	answer, err := s.BatchGetStock(t.Context(), &inventoryv1.BatchGetStockRequest{VariantIds: []string{second, unknown, first}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []*inventoryv1.Stock{{VariantId: second, OnHand: 2, Backorder: true}, {VariantId: unknown}, {VariantId: first, OnHand: 1}} {
		if got := answer.GetStock()[i]; got.GetVariantId() != want.GetVariantId() || got.GetOnHand() != want.GetOnHand() || got.GetBackorder() != want.GetBackorder() {
			t.Errorf("stock %d is %v, want %v", i, got, want)
		}
	}
}

// Expired holds are freed and told of; rows that a sale is working on are left alone rather than waited for.
func TestReleaseExpiredHolds(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	free, busy := s.stocked(5, false), s.stocked(5, false)
	s.hold(id.New(), past(), Line{busy, 1})
	for _, quantity := range []int32{1, 2} {
		s.hold(id.New(), soon(), Line{free, quantity})
	}
	s.in(func(ctx context.Context, tx pgx.Tx) ([]Shortage, error) { // not by holding until then: a hold frees what expired before it
		_, err := tx.Exec(ctx, "update stock_holds set expire_time = $1 where variant_id = $2", past(), free)
		return nil, err
	})
	before := s.told()
	_, err := postgres.InTx(t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		if err := queries.LockStock(ctx, tx, []string{busy}); err != nil {
			return struct{}{}, err
		}
		// The call has a connection of its own, as the worker has.
		answer, err := s.ReleaseExpiredHolds(t.Context(), &inventoryv1.ReleaseExpiredHoldsRequest{})
		if err != nil || answer.GetReleased() != 2 {
			t.Errorf("released %d, %v; want 2", answer.GetReleased(), err)
		}
		return struct{}{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.told() != before+1 {
		t.Errorf("told %d times, want once", s.told()-before)
	}
	answer, err := s.ReleaseExpiredHolds(t.Context(), &inventoryv1.ReleaseExpiredHoldsRequest{})
	if err != nil || answer.GetReleased() != 1 {
		t.Errorf("then released %d, %v; want 1", answer.GetReleased(), err)
	}
	s.wants(free, 5, 0)
	s.wants(busy, 5, 0)
	s.audit()
}
