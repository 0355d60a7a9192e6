package product

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// A list of words is the newest products that have them, without a gap between pages, and is counted to its end or as far as it was looked: whether every second
// product has them, few have them, or only the newest, which look as if all had.
func TestListOfWords(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	const products, fresh = 20_000, 300
	_, err := postgres.InTx(t.Context(), s.db, func(ctx context.Context, tx pgx.Tx) (any, error) {
		_, err := tx.Exec(ctx, `insert into products (id, slug, asked_slug, name, description, brand, state, attributes, options, tags, category_ids, create_time, update_time)
			select gen_random_uuid(), 'n-' || n, '', concat_ws(' ', n, case when n % 2 = 0 then 'Case' end, case when n % 140 = 1 then 'Odd' end, case when n > $1 - $2 then 'Fresh' end), '', '', 'active', '[]', '[]', '{}', '{}',
				now(), '2026-01-01'::timestamptz + n * interval '1 s' from generate_series(1, $1::int) n`, products, fresh)
		return nil, err
	})
	if err == nil {
		_, err = s.db.Primary().Exec(t.Context(), "analyze products") // as a shop's own database does now and then
	}
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]struct {
		total int // on the first page
		has   func(n int) bool
	}{
		"case":     {nearCounted, func(n int) bool { return n%2 == 0 }},
		"odd":      {143, func(n int) bool { return n%140 == 1 }},
		"fresh":    {nearCounted, func(n int) bool { return n > products-fresh }},
		"fresh ca": {fresh / 2, func(n int) bool { return n > products-fresh && n%2 == 0 }},
		"nowhere":  {0, func(int) bool { return false }},
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			var expected []string
			for n := products; n > 0; n-- {
				if want.has(n) {
					expected = append(expected, fmt.Sprintf("n-%d", n))
				}
			}
			req := &productv1.ListProductsRequest{Query: query, PageSize: 100, Count: true}
			for page := range 4 {
				got, err := s.ListProducts(postgres.WithToken(t.Context(), postgres.Token(s.seeing())), req)
				if err != nil {
					t.Fatal(err)
				}
				counted := int(got.GetTotal())
				if got.GetTotalIsBound() && counted > len(expected) || !got.GetTotalIsBound() && counted != len(expected) || page == 0 && counted != want.total {
					t.Fatalf("page %d says %d products of %d, more is %v", page, counted, len(expected), got.GetTotalIsBound())
				}
				for i, p := range got.GetProducts() {
					if at := page*100 + i; at >= len(expected) || p.GetSlug() != expected[at] {
						t.Fatalf("product %d of page %d is %s", i, page, p.GetSlug())
					}
				}
				if rest := len(expected) - page*100; len(got.GetProducts()) != min(100, rest) || got.GetNextPageToken() == "" != (rest <= 100) {
					t.Fatalf("page %d has %d products of %d left, and goes on at %q", page, len(got.GetProducts()), rest, got.GetNextPageToken())
				}
				if req.PageToken = got.GetNextPageToken(); req.GetPageToken() == "" {
					break
				}
			}
		})
	}
}
