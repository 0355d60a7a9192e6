package catalog

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// stocked is a shop of some products that can be had, each in a category of its own.
func stocked(t *testing.T, many int) (context.Context, *Service, *merchant, []*productv1.Product) {
	t.Helper()
	s, m := newService(t)
	ctx := inTurn(t)
	var products []*productv1.Product
	for i := range many {
		p := kettle()
		p.Slug, p.Categories = fmt.Sprint("kettle-", i), path(fmt.Sprint("Shelf ", i))
		m.put(p)
		m.count(p.Variants[0].Id, 9, false)
		products = append(products, p)
	}
	refreshAll(t, ctx, s, m.ids()...)
	return ctx, s, m, products
}

// order is a confirmed order of some products.
func order(confirmed time.Time, products ...*productv1.Product) *catalogv1.CountBoughtTogetherRequest {
	req := &catalogv1.CountBoughtTogetherRequest{OrderId: id.New(), ConfirmTime: timestamppb.New(confirmed)}
	for _, p := range products {
		req.ProductIds = append(req.ProductIds, p.Id)
	}
	return req
}

func countOrder(t *testing.T, ctx context.Context, s *Service, order *catalogv1.CountBoughtTogetherRequest) {
	t.Helper()
	_, err := s.CountBoughtTogether(ctx, order)
	if err == nil { // what counts has no reader of its own to tell how new a replica must be
		_, err = postgres.InTx(ctx, s.cfg.DB, func(context.Context, pgx.Tx) (any, error) { return nil, nil })
	}
	if err != nil {
		t.Fatal(err)
	}
}

// together is what the page of a product shows as bought with it.
func together(t *testing.T, ctx context.Context, s *Service, p *productv1.Product) []string {
	t.Helper()
	got, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: p.Slug})
	if err != nil {
		t.Fatal(err)
	}
	return productIDs(got.Product.BoughtTogether)
}

// bought says in how many orders two products are counted.
func bought(t *testing.T, s *Service, one, other *productv1.Product) int {
	t.Helper()
	rows, err := s.cfg.DB.Primary().Query(t.Context(), "select orders from catalog_pairs where product_id = $1 and other_id = $2", one.Id, other.Id)
	if err != nil {
		t.Fatal(err)
	}
	orders, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatal(err)
	}
	if len(orders) == 0 {
		return 0
	}
	return orders[0]
}

// An order counts once, however often it is told of; two of them make a pair that shoppers see, on the pages of both.
func TestBoughtTogether(t *testing.T) {
	t.Parallel()
	ctx, s, m, p := stocked(t, 10)
	first := order(clock.Now(), p[0], p[1])
	for range 3 {
		countOrder(t, ctx, s, first)
	}
	if n := bought(t, s, p[0], p[1]); n != 1 {
		t.Errorf("an order that was told of three times counts %d times", n)
	}
	if got := together(t, ctx, s, p[0]); len(got) != 0 {
		t.Errorf("what one shopper bought is shown: %v", got)
	}
	countOrder(t, ctx, s, order(clock.Now(), p[1], p[0], p[2], p[1])) // two variants of one product
	if got := together(t, ctx, s, p[0]); !slices.Equal(got, []string{p[1].Id}) {
		t.Errorf("with the first is bought %v", got)
	}
	if got := together(t, ctx, s, p[1]); !slices.Equal(got, []string{p[0].Id}) {
		t.Errorf("with the second is bought %v", got)
	}

	// What is bought more, and later, comes first, and no more than six are shown.
	for i := 2; i < 10; i++ {
		for range i {
			countOrder(t, ctx, s, order(clock.Now(), p[0], p[i]))
		}
	}
	best := []string{p[9].Id, p[8].Id, p[7].Id, p[6].Id, p[5].Id, p[4].Id}
	if got := together(t, ctx, s, p[0]); !slices.Equal(got, best) {
		t.Errorf("with the first is bought %v, want %v", got, best)
	}
	for range 30 {
		countOrder(t, ctx, s, order(clock.Now().AddDate(-1, 0, 0), p[0], p[1])) // long ago
	}
	if got := together(t, ctx, s, p[0]); !slices.Equal(got, best) {
		t.Errorf("after many orders of last year with the first is bought %v, want %v", got, best)
	}

	// What the merchant names stands in related, what is sold out or gone nowhere.
	m.change(p[0].Id, func(p0 *productv1.Product) { p0.RelatedIds = []string{p[9].Id} })
	m.change(p[8].Id, func(gone *productv1.Product) { gone.State = productv1.ProductState_PRODUCT_STATE_ARCHIVED })
	m.count(p[7].Variants[0].Id, 0, false)
	refreshStock(t, ctx, s, p[7].Variants[0].Id)
	m.remove(p[6].Id)
	refreshAll(t, ctx, s, p[0].Id, p[8].Id, p[6].Id)
	got, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: p[0].Slug})
	if err != nil {
		t.Fatal(err)
	}
	if related := productIDs(got.Product.Related); !slices.Equal(related, []string{p[9].Id}) {
		t.Errorf("related are %v", related)
	}
	left := []string{p[5].Id, p[4].Id, p[1].Id, p[3].Id, p[2].Id}
	if got := productIDs(got.Product.BoughtTogether); !slices.Equal(got, left) {
		t.Errorf("with the first is bought %v, want %v", got, left)
	}
}

// What is bought with a product is not taken for a mere neighbour of its shelf, so nothing is on a page twice.
func TestBoughtTogetherIsNotRelated(t *testing.T) {
	t.Parallel()
	ctx, s, m, p := stocked(t, 4)
	for _, one := range p {
		m.change(one.Id, func(p *productv1.Product) { p.Categories = path("Kitchen") })
	}
	refreshAll(t, ctx, s, m.ids()...)
	for range 2 {
		countOrder(t, ctx, s, order(clock.Now(), p[0], p[2]))
	}
	got, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: p[0].Slug})
	if err != nil {
		t.Fatal(err)
	}
	related := productIDs(got.Product.Related)
	if len(related) != 2 || slices.Contains(related, p[2].Id) || !slices.Equal(productIDs(got.Product.BoughtTogether), []string{p[2].Id}) {
		t.Errorf("related are %v, bought together %v", related, productIDs(got.Product.BoughtTogether))
	}
}

// Orders that are counted at once, some of them twice, hold each other up and lose nothing.
func TestOrdersCountedAtOnce(t *testing.T) {
	t.Parallel()
	ctx, s, _, p := stocked(t, 12)
	var workers sync.WaitGroup
	const orders = 24
	for i := range orders {
		mixed := slices.Concat(p[i%12:], p[:i%12])
		if i%2 == 1 {
			slices.Reverse(mixed)
		}
		counted := order(clock.Now(), mixed...)
		for range 2 { // two workers have the same event
			workers.Go(func() {
				if _, err := s.CountBoughtTogether(ctx, counted); err != nil {
					t.Error(err)
				}
			})
		}
	}
	workers.Wait()
	for _, one := range p {
		for _, other := range p {
			if n := bought(t, s, one, other); one != other && n != orders {
				t.Fatalf("two products are counted in %d orders, want %d", n, orders)
			}
		}
	}
}

// An order of a hundred products counts each two of them, and what they say of each other is little beside an order of two.
func TestLargestOrder(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	ctx := inTurn(t)
	large := &catalogv1.CountBoughtTogetherRequest{OrderId: id.New(), ConfirmTime: timestamppb.New(clock.Now())}
	for range 100 {
		large.ProductIds = append(large.ProductIds, id.New())
	}
	countOrder(t, ctx, s, large)
	var pairs int
	var weight float64
	if err := s.cfg.DB.Primary().QueryRow(ctx, "select count(*), sum(weight) from catalog_pairs").Scan(&pairs, &weight); err != nil {
		t.Fatal(err)
	}
	// Each product's others weigh as much together as the one other of an order of two.
	if one := pairWeight(large.ConfirmTime.AsTime(), 2); pairs != 9900 || weight < 99.9*one || weight > 100.1*one {
		t.Errorf("%d pairs weigh %g in all, want 9900 and a hundred times %g", pairs, weight, one)
	}
}

// What is too old to count is let go of, and does not count again when it is told of once more.
func TestForgetBoughtTogether(t *testing.T) {
	t.Parallel()
	ctx, s, _, p := stocked(t, 3)
	old, young := order(clock.Now().Add(-togetherKept+time.Hour), p[0], p[1]), order(clock.Now(), p[0], p[2])
	countOrder(t, ctx, s, old)
	countOrder(t, ctx, s, young)
	if bought(t, s, p[0], p[1]) != 1 {
		t.Fatal("an old order does not count yet")
	}
	if _, err := s.cfg.DB.Primary().Exec(ctx, "update catalog_pairs set last_time = last_time - interval '3 days'; update catalog_counted_orders set confirm_time = confirm_time - interval '3 days'"); err != nil {
		t.Fatal(err)
	}
	answer, err := s.ForgetBoughtTogether(ctx, &catalogv1.ForgetBoughtTogetherRequest{})
	if err != nil || answer.More {
		t.Fatalf("%v, %v", answer, err)
	}
	old.ConfirmTime = timestamppb.New(old.ConfirmTime.AsTime().AddDate(0, 0, -3))
	countOrder(t, ctx, s, old)
	countOrder(t, ctx, s, young)
	if gone, kept := bought(t, s, p[0], p[1]), bought(t, s, p[0], p[2]); gone != 0 || kept != 1 {
		t.Errorf("the old pair counts %d, the young one %d", gone, kept)
	}
	var orders int
	if err := s.cfg.DB.Primary().QueryRow(ctx, "select count(*) from catalog_counted_orders").Scan(&orders); err != nil || orders != 1 {
		t.Errorf("%d orders are known as counted, %v", orders, err)
	}
}

// A cart is shown what the merchant names for its products, then what is bought with them; neither what is in it nor what cannot be had.
func TestCrossSells(t *testing.T) {
	t.Parallel()
	ctx, s, m, p := stocked(t, 8)
	sold := func(most int32, of ...*productv1.Product) []string {
		t.Helper()
		req := &catalogv1.ListCrossSellsRequest{PageSize: most, VariantIds: []string{id.New()}}
		for _, one := range of {
			req.VariantIds = append(req.VariantIds, one.Variants[0].Id)
		}
		answer, err := s.ListCrossSells(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		return productIDs(answer.Cards)
	}
	if got := sold(0); len(got) != 0 {
		t.Errorf("with a variant that is not known goes %v", got)
	}
	for range 2 {
		countOrder(t, ctx, s, order(clock.Now(), p[0], p[1], p[2]))
		countOrder(t, ctx, s, order(clock.Now(), p[1], p[2]))
		countOrder(t, ctx, s, order(clock.Now(), p[0], p[4]))
		countOrder(t, ctx, s, order(clock.Now(), p[1], p[5]))
	}
	countOrder(t, ctx, s, order(clock.Now(), p[1], p[5]))
	m.change(p[0].Id, func(p0 *productv1.Product) { p0.RelatedIds = []string{p[1].Id, p[6].Id, p[7].Id} })
	m.count(p[7].Variants[0].Id, 0, false)
	refreshStock(t, ctx, s, p[7].Variants[0].Id)
	refreshAll(t, ctx, s, p[0].Id)
	if got, want := sold(0, p[0], p[1]), []string{p[6].Id, p[2].Id, p[5].Id, p[4].Id}; !slices.Equal(got, want) {
		t.Errorf("with two products goes %v, want %v", got, want)
	}
	if got, want := sold(2, p[0], p[1]), []string{p[6].Id, p[2].Id}; !slices.Equal(got, want) {
		t.Errorf("of that are two %v, want %v", got, want)
	}
}
