package inventory

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// An order gets all that it wants or nothing, and learns what there is instead.
func TestHold(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		onHand    int64
		backorder bool
		lines     []int32
		short     bool
		available int64
		held      int64
	}{
		"enough":                     {onHand: 5, lines: []int32{3}, held: 3},
		"the last one":               {onHand: 5, lines: []int32{5}, held: 5},
		"too few":                    {onHand: 5, lines: []int32{6}, short: true, available: 5},
		"none":                       {onHand: 0, lines: []int32{1}, short: true},
		"lines of one variant count": {onHand: 5, lines: []int32{3, 3}, short: true, available: 5},
		"sold on when nothing left":  {onHand: 1, backorder: true, lines: []int32{3}, held: 3},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			variant, other := s.stocked(tc.onHand, tc.backorder), s.stocked(10, false)
			lines := []Line{{other, 2}}
			for _, quantity := range tc.lines {
				lines = append(lines, Line{variant, quantity})
			}
			shortages := s.hold(id.New(), soon(), lines...)
			if tc.short {
				if len(shortages) != 1 || shortages[0].VariantID != variant || shortages[0].Available != tc.available {
					t.Errorf("shortages %v, want one with %d available", shortages, tc.available)
				}
				s.wants(other, 10, 0)
			} else if len(shortages) > 0 {
				t.Errorf("shortages %v, want none", shortages)
			}
			s.wants(variant, tc.onHand, tc.held)
			s.audit()
		})
	}
}

// A variant that nobody ever counted is sold out, not an error.
func TestHoldUncounted(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	variant := id.New()
	if shortages := s.hold(id.New(), soon(), Line{variant, 1}); len(shortages) != 1 || shortages[0].Available != 0 {
		t.Errorf("shortages %v, want one", shortages)
	}
}

// Holds whose time is over are free for the next shopper at once, whether or not anything cleaned up; those of an order that is being paid are not.
func TestHoldTakesWhatExpired(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	variant := s.stocked(5, false)
	s.hold(id.New(), past(), Line{variant, 3})
	paying := id.New()
	s.hold(paying, past(), Line{variant, 1})
	s.pin(paying, past())
	s.wants(variant, 5, 1) // what others can have is what counts

	if shortages := s.hold(id.New(), soon(), Line{variant, 5}); len(shortages) != 1 || shortages[0].Available != 4 {
		t.Errorf("shortages %v, want 4 available", shortages)
	}
	if shortages := s.hold(id.New(), soon(), Line{variant, 4}); len(shortages) != 0 {
		t.Errorf("shortages %v, want none", shortages)
	}
	s.wants(variant, 5, 5)
	s.audit()
}

// An order that comes to pay after its hold expired gets the stock again if it is still there, and is told if it is not.
func TestPinTakesAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	variant, other := s.stocked(5, false), s.stocked(5, false)
	unlucky, lucky := id.New(), id.New()
	s.hold(unlucky, past(), Line{variant, 3}, Line{other, 1})
	s.hold(lucky, past(), Line{other, 1})
	s.hold(id.New(), soon(), Line{variant, 4}, Line{other, 1}) // frees both and takes most

	if shortages := s.pin(unlucky, soon()); len(shortages) != 1 || shortages[0].VariantID != variant || shortages[0].Available != 1 {
		t.Errorf("shortages %v, want 1 available of the first", shortages)
	}
	if shortages := s.pin(lucky, soon()); len(shortages) != 0 {
		t.Errorf("shortages %v, want none", shortages)
	}
	if shortages := s.pin(lucky, soon()); len(shortages) != 0 {
		t.Errorf("shortages %v on a repeat, want none", shortages)
	}
	s.wants(variant, 5, 4)
	s.wants(other, 5, 2)
	s.audit()
}

// What is sold leaves once, and comes back once when the order is called off.
func TestCommitAndRestock(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	variant := s.stocked(5, false)
	order := id.New()
	s.hold(order, soon(), Line{variant, 2})
	for range 2 {
		if shortages := s.commit(order); len(shortages) != 0 {
			t.Fatalf("shortages %v", shortages)
		}
		s.wants(variant, 3, 0)
	}
	s.release(order) // too late to be released
	s.wants(variant, 3, 0)
	for range 2 {
		s.restock(order)
		s.wants(variant, 5, 0)
	}
	s.audit()
}

// Money that comes for an order whose stock went back gets the stock again, or learns that it is gone; nothing leaves in part.
func TestCommitAfterRelease(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	variant, other := s.stocked(3, false), s.stocked(3, false)
	late, tooLate := id.New(), id.New()
	s.hold(late, soon(), Line{variant, 1}, Line{other, 1})
	s.release(late)
	s.hold(tooLate, soon(), Line{variant, 2}, Line{other, 1})
	s.release(tooLate)

	if shortages := s.commit(late); len(shortages) != 0 {
		t.Errorf("shortages %v, want none", shortages)
	}
	s.hold(id.New(), soon(), Line{variant, 1})
	if shortages := s.commit(tooLate); len(shortages) != 1 || shortages[0].VariantID != variant {
		t.Errorf("shortages %v, want one", shortages)
	}
	s.wants(variant, 2, 1)
	s.wants(other, 2, 0)
	s.audit()
}

// A count below what is held is kept as told. Held units go to their orders as far as there are any, nothing more is sold, and calling an order off
// brings back only what really left.
func TestCountBelowHeld(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	variant := s.stocked(5, false)
	first, second := id.New(), id.New()
	s.hold(first, soon(), Line{variant, 2})
	s.hold(second, soon(), Line{variant, 2})
	s.count(variant, 3, false)
	s.wants(variant, 3, 4)
	if shortages := s.hold(id.New(), soon(), Line{variant, 1}); len(shortages) != 1 || shortages[0].Available != 0 {
		t.Errorf("shortages %v, want one", shortages)
	}
	s.commit(first)
	s.wants(variant, 1, 2)
	s.commit(second)
	s.wants(variant, 0, 0)
	s.restock(second)
	s.wants(variant, 1, 0)
	s.audit()
}

// Even a mistake in our own statements cannot promise more than there is.
func TestDatabaseRefusesToOversell(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	variant, more := s.stocked(2, false), s.stocked(2, true)
	raise := func(variant string) error {
		_, err := postgres.InTx(t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
			_, err := tx.Exec(ctx, "update stock_items set held = held + 3 where variant_id = $1", variant)
			return struct{}{}, err
		})
		return err
	}
	if err := raise(variant); !postgres.Violates(err, "stock_item_oversold") {
		t.Errorf("%v, want a violation", err)
	}
	if err := raise(more); err != nil {
		t.Errorf("a variant that is sold on: %v", err)
	}
}

// Of what will not be sent comes back what there was: units that were sold without being there do not come to be, and are the first that are not sent.
func TestReturn(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		onHand      int64
		unsent      int32
		want        int64
		left, taken int
	}{
		"some":                           {onHand: 9, unsent: 2, want: 6, left: 3, taken: 3},
		"all of them":                    {onHand: 9, unsent: 5, want: 9},
		"those that were not there":      {onHand: 3, unsent: 2, want: 0, left: 3, taken: 3},
		"one more than were not there":   {onHand: 3, unsent: 3, want: 1, left: 2, taken: 2},
		"fewer than were not there":      {onHand: 3, unsent: 1, want: 0, left: 4, taken: 3},
		"all, some of which were not":    {onHand: 3, unsent: 5, want: 3},
		"some, of which none were there": {onHand: 0, unsent: 2, want: 0, left: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			variant, other, order := s.stocked(tc.onHand, true), s.stocked(9, false), id.New()
			s.hold(order, soon(), Line{variant, 5}, Line{other, 1})
			s.commit(order)
			s.putBack(order, map[string]int32{variant: tc.unsent})
			s.wants(variant, tc.want, 0)
			s.wants(other, 8, 0)
			var left, taken int
			err := s.db.Primary().QueryRow(t.Context(), `select coalesce(sum(quantity), 0), coalesce(sum(taken), 0) from stock_holds
				where order_id = $1 and variant_id = $2 and state = 'committed'`, order, variant).Scan(&left, &taken)
			if err != nil || left != tc.left || taken != tc.taken {
				t.Errorf("the order keeps %d, of which %d were there, %v; want %d and %d", left, taken, err, tc.left, tc.taken)
			}
			s.audit()
		})
	}
}
