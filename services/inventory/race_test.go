package inventory

import (
	"context"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// together calls do so many times at once.
func together(times int, do func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range times {
		all.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	all.Wait()
}

// Of two hundred shoppers who want one of five units at the same moment, five get one and the others read that it is sold out; nobody sees an error.
func TestHoldRace(t *testing.T) {
	t.Parallel()
	s, rounds := newShop(t), 5
	if os.Getenv("TRADEWIND_FULL") == "1" {
		rounds = 100
	}
	for round := range rounds {
		variant := s.stocked(5, false)
		var got, soldOut atomic.Int32
		together(200, func(int) {
			shortages, err := InTx(t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) ([]Shortage, error) {
				return Hold(ctx, tx, id.New(), []Line{{variant, 1}}, soon())
			})
			switch {
			case err != nil:
				t.Errorf("a shopper saw: %v", err)
			case len(shortages) == 0:
				got.Add(1)
			default:
				soldOut.Add(1)
			}
		})
		if got.Load() != 5 || soldOut.Load() != 195 {
			t.Errorf("round %d: %d got one and %d were told that it is sold out", round, got.Load(), soldOut.Load())
		}
		s.wants(variant, 5, 5)
	}
	s.audit()
}

// Waiting too long for a row that others keep busy is not the shopper's to see: they are put in the queue again.
func TestHoldWaitsAgain(t *testing.T) {
	t.Parallel()
	impatient, err := postgres.Open(t.Context(), postgres.Config{
		URL: postgrestest.NewURLs(t).Primary, MaxConns: 3, LockTimeout: 50 * time.Millisecond, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(impatient.Close)
	s := shop{New(Config{DB: impatient}), t, impatient}
	variant := s.stocked(5, false)
	waited := make(chan error, 1)
	_, err = postgres.InTx(t.Context(), impatient, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		if err := queries.LockStock(ctx, tx, []string{variant}); err != nil {
			return struct{}{}, err
		}
		go func() {
			_, err := InTx(t.Context(), impatient, func(ctx context.Context, tx pgx.Tx) ([]Shortage, error) {
				return Hold(ctx, tx, id.New(), []Line{{variant, 1}}, soon())
			})
			waited <- err
		}()
		_, err := tx.Exec(ctx, "select pg_sleep(0.3)") // the row stays busy for several times as long as anybody waits
		return struct{}{}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Errorf("a shopper saw: %v", err)
	}
	s.wants(variant, 5, 1)
}

// Carts that hold the same things in opposite order do not get in each other's way.
func TestHoldOppositeOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first, second := s.stocked(1000, false), s.stocked(1000, false)
	together(40, func(i int) {
		lines := []Line{{first, 1}, {second, 1}}
		if i%2 == 1 {
			lines[0], lines[1] = lines[1], lines[0]
		}
		_, err := InTx(t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) ([]Shortage, error) {
			return Hold(ctx, tx, id.New(), lines, soon())
		})
		if err != nil {
			t.Error(err)
		}
	})
	s.wants(first, 1000, 40)
	s.wants(second, 1000, 40)
	s.audit()
}

// Whatever happens to orders and counts at the same time, holds and moves add up to the counts, and no more is promised than there is.
func TestStorm(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	variants := []string{s.stocked(20, false), s.stocked(20, false), s.stocked(20, false)}
	orders := make([]string, 12)
	for i := range orders {
		orders[i] = id.New()
		s.hold(orders[i], past(), Line{variants[i%3], 1}, Line{variants[(i+1)%3], 2})
	}
	var busy [12]sync.Mutex // an order is locked by whoever moves it
	together(6, func(worker int) {
		dice := rand.New(rand.NewPCG(uint64(worker), 1))
		for range 40 {
			i, what := dice.IntN(len(orders)), dice.IntN(8)
			if what == 7 {
				if _, err := s.ReleaseExpiredHolds(t.Context(), &inventoryv1.ReleaseExpiredHoldsRequest{}); err != nil {
					t.Error(err)
				}
				continue
			}
			if what == 6 {
				_, err := s.SetStock(t.Context(), &inventoryv1.SetStockRequest{
					Counts: []*inventoryv1.StockCount{{VariantId: variants[dice.IntN(3)], OnHand: int64(dice.IntN(30))}}, Reason: "count", IdempotencyKey: id.New(),
				})
				if err != nil {
					t.Error(err)
				}
				continue
			}
			busy[i].Lock()
			_, err := InTx(t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) ([]Shortage, error) {
				switch what {
				case 0:
					return Pin(ctx, tx, orders[i], past())
				case 1:
					return nil, Unpin(ctx, tx, orders[i], past())
				case 2:
					return nil, Release(ctx, tx, orders[i])
				default:
					return Hold(ctx, tx, id.New(), []Line{{variants[dice.IntN(3)], int32(1 + dice.IntN(3))}}, clock.Now())
				}
			})
			busy[i].Unlock()
			if err != nil {
				t.Error(err)
			}
		}
	})
	for _, order := range orders {
		s.commit(order)
	}
	s.audit()
}
