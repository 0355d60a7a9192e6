package catalog

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
)

// tell says in the transaction that changed them which products are shown otherwise, and in which categories they were counted anew.
func tell(ctx context.Context, tx pgx.Tx, products []string, counts tally) error {
	if len(products) == 0 {
		return nil
	}
	var categories []string
	for what := range counts {
		if what.Facet == "" && what.CategoryID != allProducts {
			categories = append(categories, what.CategoryID)
		}
	}
	slices.Sort(categories)
	return broker.Publish(ctx, tx, &catalogv1.PagesChanged{ProductIds: products, CategoryIds: categories})
}
