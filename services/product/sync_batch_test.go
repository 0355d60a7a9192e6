package product

import (
	"testing"
	"time"
)

// Batches become small while they are slow, and large again when they are not.
func TestBatchSize(t *testing.T) {
	t.Parallel()
	b := newBatchSize(mergeBatch)
	for i, step := range []struct {
		took time.Duration
		next int32
	}{
		{mergeTime / 5, 1000}, {mergeTime / 5, 2000}, {0, 2000}, {mergeTime, 2000}, {3 * mergeTime, 1000}, {5 * time.Second, 500}, {5 * time.Second, 250},
		{5 * time.Second, 125}, {5 * time.Second, 62}, {5 * time.Second, 50}, {time.Minute, 50}, {mergeTime, 50}, {mergeTime / 5, 100},
	} {
		if b.learn(step.took); b.next != step.next {
			t.Fatalf("step %d: after %s the next batch is %d, want %d", i, step.took, b.next, step.next)
		}
	}
	if few := newBatchSize(20); few.next != 20 {
		t.Errorf("the first batch is %d, want no more than 20", few.next)
	}
}

// An import whose batches are slow goes on in smaller ones, so that nobody who edits products meanwhile waits for long.
func TestSlowImportTakesSmallerBatches(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if _, err := s.db.Primary().Exec(t.Context(), `
		create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(0.0025); return null; end $$;
		create trigger dawdle after insert on products for each row execute function dawdle();
	`); err != nil {
		t.Fatal(err)
	}
	if run := s.sync("many.json", manyMugs(1000)); counts(run) != "1000/0/0/20" {
		t.Fatal(run)
	}
	first, largest := s.number("select count(*) from products p where p.update_time = (select min(update_time) from products)"),
		s.number("select max(n) from (select count(*) as n from products where update_time > (select min(update_time) from products) group by update_time) later")
	if first != firstBatch || largest > firstBatch/2 {
		t.Errorf("the first batch had %d products, the largest after it %d", first, largest)
	}
}
