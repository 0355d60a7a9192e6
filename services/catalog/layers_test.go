package catalog

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// arrangeAll moves layers until nothing moves any more.
func arrangeAll(t *testing.T, s *Service) {
	t.Helper()
	for range 1000 {
		answer, err := s.ArrangeLayers(inTurn(t), &catalogv1.ArrangeLayersRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if answer.Moved == 0 {
			return
		}
	}
	t.Fatal("products go on moving between layers")
}

// checkLayers checks that each product lies in the layer that the ends of layers say, and that the first products that a query finds are the first
// of all that it finds.
func checkLayers(t *testing.T, s *Service) {
	t.Helper()
	ctx := inTurn(t)
	if wrong := texts(t, ctx, s, `select concat_ws(' ', product_id, layer) from catalog_products p where layer <>
		(select count(*) from catalog_layer_ends e where (e.supply, e.rank, e.create_time, e.product_id) > (p.supply, p.rank, p.create_time, p.product_id))`); len(wrong) > 0 {
		t.Fatalf("in a wrong layer: %v", wrong)
	}
	if open := texts(t, ctx, s, "select e.layer::text from catalog_layer_ends e where e.closed_time is null and exists (select from catalog_layer_ends d where d.layer > e.layer and d.closed_time is not null)"); len(open) > 0 {
		t.Fatalf("open before a layer that is closed: %v", open)
	}
	const query = "'availability=in_stock' | 'availability=sold_out'"
	all := texts(t, ctx, s, "select product_id::text from catalog_products where terms @@ $1::text::tsquery order by supply desc, rank desc, create_time desc, product_id desc", query)
	for _, wanted := range []int{1, 7, 30, 99, 1000} {
		first, err := queries.ListFirst(ctx, s.cfg.DB.Primary(), catalogdb.ListFirstParams{Query: query, PriceTo: highest, Wanted: int32(wanted)})
		if err != nil || !slices.Equal(first, all[:min(wanted, len(all))]) {
			t.Fatalf("the first %d: %v, want %v (%v)", wanted, first, all, err)
		}
	}
}

// Whatever is refreshed, sold, taken away and moved at the same time, each product lies in the layer that the ends of layers say, and the first
// products that a query finds are the first of all that it finds.
func TestLayers(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	s.mostHeld = []int32{8, 24, 60}
	ctx := inTurn(t)
	random := rand.New(rand.NewPCG(21, 22))
	for i := range 150 {
		p := randomProduct(random, i)
		p.State = productv1.ProductState_PRODUCT_STATE_ACTIVE
		m.put(p)
		m.count(p.Variants[0].Id, random.Int64N(3), false)
	}
	check := func() { t.Helper(); checkLayers(t, s) }
	refreshAll(t, ctx, s, m.ids()...)
	check()
	arrangeAll(t, s)
	check()
	sizes := texts(t, ctx, s, "select concat_ws(' ', layer, count(*)) from catalog_products group by layer order by layer")
	if len(sizes) != 4 {
		t.Errorf("layers and how many products they hold: %v", sizes)
	}

	ids := m.ids()
	s.movedInTurn, s.stillFor = 4, 0 // few at once, and a layer may be closed and opened meanwhile
	for range 5 {
		var all sync.WaitGroup
		for worker := range 3 {
			random := rand.New(rand.NewPCG(uint64(worker), random.Uint64()))
			all.Go(func() {
				for range 10 {
					one := ids[random.IntN(len(ids))]
					switch random.IntN(4) {
					case 0:
						m.change(one, func(p *productv1.Product) { p.State = productv1.ProductState_PRODUCT_STATE_ARCHIVED })
						refreshAll(t, ctx, s, one)
					case 1:
						m.change(one, func(p *productv1.Product) { p.State = productv1.ProductState_PRODUCT_STATE_ACTIVE })
						refreshAll(t, ctx, s, one)
					default:
						variant := m.get(one).Variants[0].Id
						m.count(variant, random.Int64N(2), false)
						refreshStock(t, ctx, s, variant)
					}
				}
			})
		}
		all.Go(func() { arrangeAll(t, s) })
		all.Wait()
		check()
	}

	// A shop that shrinks fills its first layers again.
	for _, one := range ids[:120] {
		m.remove(one)
	}
	refreshAll(t, ctx, s, ids[:120]...)
	arrangeAll(t, s)
	check()
	if few := texts(t, ctx, s, "select count(*)::text from catalog_products where layer = 0 having count(*) < 2"); len(few) > 0 {
		t.Errorf("the first layer holds %v products", few)
	}
}

// Products that flood in go past the first layers while they come, and none of these moves; when no more come, layers fill again.
func TestLayersAreClosedInAFlood(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	s.mostHeld, s.movedInTurn = []int32{8, 24, 60}, 16
	ctx := inTurn(t)
	random := rand.New(rand.NewPCG(27, 28))
	made := int64(0)
	add := func(n int, later int64) (ids []string) {
		for range n {
			p := randomProduct(random, int(made))
			p.State = productv1.ProductState_PRODUCT_STATE_ACTIVE
			p.CreateTime.Seconds += later * made
			made++
			m.put(p)
			ids = append(ids, p.Id)
		}
		refreshAll(t, ctx, s, ids...)
		return ids
	}
	turn := func() int32 {
		t.Helper()
		answer, err := s.ArrangeLayers(ctx, &catalogv1.ArrangeLayersRequest{})
		if err != nil {
			t.Fatal(err)
		}
		checkLayers(t, s)
		return answer.Moved
	}
	held := func(which string) string {
		return strings.Join(texts(t, ctx, s, "select concat_ws(':', layer, count(*)) from catalog_products where "+which+" group by layer order by layer"), " ")
	}

	add(8, 1)
	if moved := turn(); moved != 0 || held("true") != "0:8" {
		t.Fatalf("of a small shop %d moved: %s", moved, held("true"))
	}
	// The first layer is flooded and then the others, by products that come after those that the first would take.
	s.stillFor = 0
	for _, later := range []int64{1, -1} {
		add(30, later)
		for range 3 {
			turn()
		}
	}
	s.stillFor = time.Hour
	add(60, 1)
	for range 20 {
		turn()
	}
	if where := held("true"); where != "3:128" {
		t.Errorf("after a flood: %s", where)
	}
	s.stillFor = 0
	for range 3 {
		ids := add(20, 1)
		if moved, where := turn(), held("product_id = any('{"+strings.Join(ids, ",")+"}')"); moved != 0 || where != "3:20" {
			t.Errorf("while it went on, %d moved, and what came lies in %s", moved, where)
		}
	}
	turn()
	arrangeAll(t, s)
	checkLayers(t, s)
	if where := held("true"); where != "0:4 1:12 2:15 3:157" {
		t.Errorf("after the flood: %s", where)
	}
	// A few more are no flood.
	add(9, 1)
	arrangeAll(t, s)
	checkLayers(t, s)
	if first := held("layer = 0"); first == "" {
		t.Error("the first layer was closed for a few")
	}
}

// Whoever refreshes products, counts stock or moves layers waits for the others longer than a statement of the shop may: in an import they always
// meet, and who gives up leaves the first layer to grow.
func TestLayersAreWaitedFor(t *testing.T) {
	t.Parallel()
	urls := postgrestest.NewURLs(t)
	db, err := postgres.Open(t.Context(), postgres.Config{URL: urls.Primary, MaxConns: 4, LockTimeout: 50 * time.Millisecond, Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	s, m := newService(t)
	s.cfg.DB, s.mostHeld = db, []int32{4, 8, 16}
	ctx := inTurn(t)
	random := rand.New(rand.NewPCG(25, 26))
	for i := range 40 {
		p := randomProduct(random, i)
		p.State = productv1.ProductState_PRODUCT_STATE_ACTIVE
		m.put(p)
	}
	other, err := pgx.Connect(t.Context(), urls.Primary)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close(context.Background()) })
	held := func(mode string, work func() error) {
		t.Helper()
		if _, err := other.Exec(t.Context(), "begin; lock table catalog_layer_ends in "+mode+" mode"); err != nil {
			t.Fatal(err)
		}
		let := make(chan error, 1)
		time.AfterFunc(400*time.Millisecond, func() { // much later than a statement of the shop gives up
			_, err := other.Exec(context.Background(), "commit")
			let <- err
		})
		if err := errors.Join(work(), <-let); err != nil {
			t.Errorf("while another holds layers in %s mode: %v", mode, err)
		}
	}
	ids := m.ids()
	held("exclusive", func() error {
		_, err := s.RefreshProducts(ctx, &catalogv1.RefreshProductsRequest{ProductIds: ids})
		return err
	})
	held("row share", func() error {
		answer, err := s.ArrangeLayers(ctx, &catalogv1.ArrangeLayersRequest{})
		if err == nil && answer.Moved == 0 {
			t.Error("no product sank")
		}
		return err
	})
	variant := m.get(ids[0]).Variants[0].Id
	for _, units := range []int64{0, 5} { // one of them is another than before
		m.count(variant, units, false)
		held("exclusive", func() error {
			_, err := s.RefreshStock(ctx, &catalogv1.RefreshStockRequest{VariantIds: []string{variant}})
			return err
		})
	}
	_, err = inRefresh(ctx, s, func(ctx context.Context, tx pgx.Tx) (any, error) {
		var wait, whole time.Duration
		err := tx.QueryRow(ctx, "select current_setting('lock_timeout')::interval, current_setting('statement_timeout')::interval").Scan(&wait, &whole)
		if whole <= wait {
			t.Errorf("a statement may take %v and so cannot wait for %v", whole, wait)
		}
		return nil, err
	})
	if err != nil {
		t.Error(err)
	}
}

// The index of a layer through which many products passed is made anew, once, also after one who was stopped half way; what it finds stays the same.
func TestRenewLayers(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	s.mostHeld = []int32{8, 16, 32}
	ctx := inTurn(t)
	random := rand.New(rand.NewPCG(23, 24))
	for i := range 300 {
		p := randomProduct(random, i)
		p.State = productv1.ProductState_PRODUCT_STATE_ACTIVE
		for range 10 {
			p.Name += fmt.Sprintf(" w%d", random.Int64())
		}
		m.put(p)
	}
	refreshAll(t, ctx, s, m.ids()...)
	arrangeAll(t, s)
	for _, left := range []string{"_ccnew", "_ccold"} {
		if _, err := s.cfg.DB.Primary().Exec(ctx, "create index catalog_products_layer_0"+left+" on catalog_products (layer)"); err != nil {
			t.Fatal(err)
		}
	}
	const first = "select product_id::text from catalog_products where layer = 0 order by product_id"
	before := texts(t, ctx, s, first)
	for _, want := range []bool{true, false} {
		answer, err := s.RenewLayers(ctx, &catalogv1.RenewLayersRequest{})
		if err != nil || answer.Renewed > 0 != want {
			t.Errorf("renewed %d layers, %v, want some: %v", answer.GetRenewed(), err, want)
		}
	}
	if left := texts(t, ctx, s, "select relname::text from pg_class where relname like 'catalog_products_layer_%_cc%'"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	found := texts(t, ctx, s, "select product_id::text from catalog_products where layer = 0 and terms @@ (select string_agg(distinct lexeme, ' | ')::tsquery from (select quote_literal(unnest(tsvector_to_array(terms))) as lexeme from catalog_products where layer = 0) w) order by product_id")
	if len(before) == 0 || !slices.Equal(before, found) {
		t.Errorf("the new index finds %v of %v", found, before)
	}
}
