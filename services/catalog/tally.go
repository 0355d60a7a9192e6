package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/catalogdb"
)

// tally is by how much a refresh changes how many products have what.
type tally map[catalogdb.CountProductsRow]int32

// add counts products as they stand in the transaction: with -1 before they change, with 1 after.
func (t tally) add(ctx context.Context, tx pgx.Tx, products []string, times int32) error {
	if len(products) == 0 {
		return nil
	}
	rows, err := queries.CountProducts(ctx, tx, products)
	if err != nil {
		return fmt.Errorf("count products: %w", err)
	}
	for _, row := range rows {
		what := catalogdb.CountProductsRow{CategoryID: row.CategoryID, Facet: row.Facet}
		t[what] += times * row.Products
	}
	return nil
}

// standing counts locked products in the collections beside them.
func (t tally) standing(ctx context.Context, tx pgx.Tx, where catalogdb.CountStandingParams, times int32) error {
	if len(where.ProductIds) == 0 {
		return nil
	}
	rows, err := queries.CountStanding(ctx, tx, where)
	if err != nil {
		return fmt.Errorf("count products in collections: %w", err)
	}
	for _, row := range rows {
		t[catalogdb.CountProductsRow{CategoryID: row.CategoryID, Facet: row.Facet}] += times * row.Products
	}
	return nil
}

// store comes last in a transaction: whoever counts in the same category waits for its end.
func (t tally) store(ctx context.Context, tx pgx.Tx) error {
	var changed catalogdb.AddCountsParams
	for what, products := range t {
		if products != 0 {
			changed.CategoryIds = append(changed.CategoryIds, what.CategoryID)
			changed.Facets = append(changed.Facets, what.Facet)
			changed.Products = append(changed.Products, products)
		}
	}
	if len(changed.Products) == 0 {
		return nil
	}
	return queries.AddCounts(ctx, tx, changed)
}
