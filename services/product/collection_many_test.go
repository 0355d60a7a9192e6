package product

import (
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// A rule that gathers a hundred thousand products does so in batches: each is a short transaction, none needs more memory than the one before, and while one is
// open, staff change products, sales are counted and others find their memberships as soon as it ends. It measures memory, so nothing runs beside it.
func TestGatherMany(t *testing.T) { //nolint:paralleltest // see above
	s := newShop(t)
	batches := 3
	if os.Getenv("TRADEWIND_FULL") == "1" {
		batches = 50
	}
	products := batches * gatherBatch
	for _, fill := range []string{
		`insert into products (id, slug, asked_slug, name, description, brand, state, attributes, options, tags, category_ids, create_time, update_time)
			select gen_random_uuid(), 'many-' || n, '', 'Product ' || n, '', '', 'active', '[]', '[]', '{all}', '{}', now(), now() from generate_series(1, $1::int) n`,
		`insert into product_variants (id, product_id, position, gtin, option_values, price_minor, currency, weight_grams)
			select gen_random_uuid(), id, 0, '', '{}', 100 + $1::int % 7, 'USD', 0 from products`,
	} {
		_, err := postgres.InTx(t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) (any, error) {
			_, err := tx.Exec(ctx, "set local statement_timeout = 0")
			if err == nil {
				_, err = tx.Exec(ctx, fill, products)
			}
			return nil, err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	staff := asStaff(t.Context())
	late := s.create(staff, mug("Late"))
	late.Tags = []string{"all"}
	late = s.mustUpdate(staff, late, "tags")
	c := s.createCollection("All", all(when(productv1.RuleField_RULE_FIELD_TAG, is, "all")))
	told := s.number("select count(*) from outbox")

	// The first batch is held open for as long as this takes: what has to wait for it fails.
	_, err := postgres.InTx(t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) (any, error) {
		if err := queries.LockCollections(ctx, tx); err != nil {
			return nil, err
		}
		row, err := queries.TakeRebuildingCollection(ctx, tx)
		if err != nil {
			return nil, err
		}
		if err := gather(ctx, tx, row); err != nil {
			return nil, err
		}
		soon, cancel := context.WithTimeout(staff, 20*time.Second)
		defer cancel()
		one, err := s.GetProduct(postgres.WithToken(soon, s.flushed()), &productv1.GetProductRequest{Id: s.text(`select id::text from products order by id limit 1`)}) // which is in the batch
		if err != nil {
			return nil, err
		}
		one.Product.Name = "Changed meanwhile"
		s.mustUpdate(soon, one.GetProduct(), "name")
		late.Name = "Late, and later"
		late = s.mustUpdate(soon, late, "name")
		s.create(soon, mug("New meanwhile"))
		return nil, nil
	})
	if err != nil {
		t.Fatalf("while a batch was open: %v", err)
	}

	var longest time.Duration
	var memory []uint64
	for more := true; more; {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		answer, err := s.RebuildCollections(t.Context(), &productv1.RebuildCollectionsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		longest = max(longest, time.Since(start))
		runtime.ReadMemStats(&after)
		if more = answer.GetMore(); more {
			memory = append(memory, after.TotalAlloc-before.TotalAlloc)
		}
	}
	if got := s.number("select count(*) from product_collection_members where collection_id = $1", c.GetId()); got != int64(products)+1 {
		t.Errorf("it gathered %d products, want %d", got, products+1)
	}
	if len(memory) < batches-1 {
		t.Errorf("%d products in %d batches", products, len(memory)+1)
	}
	for i, used := range memory {
		if used > 64<<20 || i > 0 && used > 2*memory[0] {
			t.Errorf("batch %d took %d bytes, the first that was measured %d", i+2, used, memory[0])
		}
	}
	if longest > 5*time.Second {
		t.Errorf("a batch held the collections for %v", longest)
	}
	if events := s.number("select count(*) from outbox") - told; events > int64(products/eventSize)+20 {
		t.Errorf("%d products were told of in %d events", products, events)
	}
	t.Logf("%d products in %d batches, the longest %v; a batch allocates %d kB", products, len(memory)+1, longest, memory[0]>>10)
}
