package catalog

import (
	"context"
	"slices"
	"sync"
	"testing"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// A shopper's last unit is seen on the page and in lists, and a move between many and many is not written at all.
func TestRefreshStock(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	p := kettle()
	m.put(p)
	refreshAll(t, ctx, s, p.Id)
	moss, clay := p.Variants[0].Id, p.Variants[1].Id
	const (
		soldOut = catalogv1.Availability_AVAILABILITY_SOLD_OUT
		low     = catalogv1.Availability_AVAILABILITY_LOW
		inStock = catalogv1.Availability_AVAILABILITY_IN_STOCK
		onOrder = catalogv1.Availability_AVAILABILITY_BACKORDER
	)
	tests := []struct {
		variant   string
		onHand    int64
		backorder bool
		page      [2]catalogv1.Availability
		left      int32 // of moss
		card      catalogv1.Availability
		facet     string
	}{
		{moss, 0, false, [2]catalogv1.Availability{soldOut, soldOut}, 0, soldOut, "sold_out"},
		{moss, 5, false, [2]catalogv1.Availability{low, soldOut}, 5, low, "in_stock"},
		{clay, 1, false, [2]catalogv1.Availability{low, low}, 5, inStock, "in_stock"},
		{clay, 0, true, [2]catalogv1.Availability{low, onOrder}, 5, low, "in_stock"},
		{moss, 0, false, [2]catalogv1.Availability{soldOut, onOrder}, 0, onOrder, "backorder"},
		{moss, 1, true, [2]catalogv1.Availability{inStock, onOrder}, 0, inStock, "in_stock"},
		{moss, 7, false, [2]catalogv1.Availability{inStock, onOrder}, 0, inStock, "in_stock"},
	}
	for _, tc := range tests {
		m.count(tc.variant, tc.onHand, tc.backorder)
		refreshStock(t, ctx, s, tc.variant)
		got, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: p.Slug})
		if err != nil {
			t.Fatal(err)
		}
		v := got.Product.Variants
		if v[0].Availability != tc.page[0] || v[1].Availability != tc.page[1] || v[0].Left != tc.left {
			t.Errorf("%+v: the page says %v", tc, v)
		}
		answer := list(t, ctx, s, &catalogv1.ListProductsRequest{Filters: []*catalogv1.Filter{{Key: "availability", Values: []string{tc.facet}}}})
		if len(answer.Cards) != 1 || answer.Cards[0].Availability != tc.card {
			t.Errorf("%+v: the list says %v", tc, answer.Cards)
		}
		if f := answer.Facets[0]; f.Key != "availability" || len(f.Values) != 1 || f.Values[0].Value != tc.facet || f.Values[0].Count != 1 {
			t.Errorf("%+v: facet %v", tc, f)
		}
	}
	before := dump(t, ctx, s)
	m.count(moss, 7000, false)
	refreshStock(t, ctx, s, moss)
	if after := dump(t, ctx, s); !slices.Equal(before, after) {
		t.Error("many more of many changed what is stored")
	}
}

// A count that was asked for before another and comes after it is not taken, nor is one from before the product was known lost.
func TestStockInAnyOrder(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	tests := map[string]struct {
		known bool // the product, before
		slow  func(ctx context.Context, p *productv1.Product) error
	}{
		"a count after a count": {true, func(ctx context.Context, p *productv1.Product) error {
			_, err := s.RefreshStock(ctx, &catalogv1.RefreshStockRequest{VariantIds: []string{p.Variants[0].Id}})
			return err
		}},
		"a product after a count of its new variant": {false, func(ctx context.Context, p *productv1.Product) error {
			_, err := s.RefreshProducts(ctx, &catalogv1.RefreshProductsRequest{ProductIds: []string{p.Id}})
			return err
		}},
	}
	for name, tc := range tests { // in turn, since the merchant answers one question slowly
		ctx := inTurn(t)
		p := kettle()
		p.Slug = id.New()
		moss := p.Variants[0].Id
		m.put(p)
		m.count(moss, 2, false)
		if tc.known {
			refreshAll(t, ctx, s, p.Id)
		}
		asked, release := make(chan struct{}), make(chan struct{})
		var first sync.Once
		m.answer(func([]string) {
			slow := false
			first.Do(func() { slow = true })
			if slow {
				close(asked)
				<-release
			}
		})
		var late sync.WaitGroup
		late.Go(func() { // reads 2 and stores last
			if err := tc.slow(ctx, p); err != nil {
				t.Error(err)
			}
		})
		<-asked
		m.count(moss, 1, false)
		refreshStock(t, ctx, s, moss)
		close(release)
		late.Wait()
		m.answer(nil)
		got, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: p.Slug})
		if err != nil {
			t.Fatal(err)
		}
		if left := got.Product.Variants[0].Left; left != 1 {
			t.Errorf("%s: %d left, want 1", name, left)
		}
	}
}

// Counts of two variants that are stored at the same moment are both seen on the page.
func TestStockOfOneProduct(t *testing.T) {
	t.Parallel()
	s, m := newService(t)
	ctx := inTurn(t)
	p := kettle()
	m.put(p)
	refreshAll(t, ctx, s, p.Id)
	for round := range int64(40) {
		var together, done sync.WaitGroup
		together.Add(2)
		m.answer(func([]string) {
			together.Done()
			together.Wait()
		})
		for i, variant := range p.Variants {
			m.count(variant.Id, (round+int64(i))%3+1, false)
			done.Go(func() {
				if _, err := s.RefreshStock(ctx, &catalogv1.RefreshStockRequest{VariantIds: []string{variant.Id}}); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		got, err := s.GetProduct(ctx, &catalogv1.GetProductRequest{Slug: p.Slug})
		if err != nil {
			t.Fatal(err)
		}
		for i, variant := range got.Product.Variants {
			if want := int32((round+int64(i))%3 + 1); variant.Left != want {
				t.Fatalf("round %d: %d left of variant %d, want %d", round, variant.Left, i, want)
			}
		}
	}
}
