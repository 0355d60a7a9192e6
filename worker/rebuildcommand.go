package main

import (
	"context"
	"fmt"
	"io"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1/catalogv1connect"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// rebuildCatalog does every step of a rebuild, saying how far it is.
func rebuildCatalog(ctx context.Context, client catalogv1connect.CatalogServiceClient, out io.Writer) error {
	products, told := int32(0), clock.Now()
	for step := ""; ; {
		answer, err := client.RebuildCatalog(ctx, &catalogv1.RebuildCatalogRequest{Step: step})
		if err != nil {
			return fmt.Errorf("rebuild the catalogue, after %d products: %w", products, err)
		}
		products += answer.GetProducts()
		if step = answer.GetNextStep(); step == "" {
			_, err := fmt.Fprintf(out, "%d products are made anew\n", products)
			return err
		}
		if now := clock.Now(); now.Sub(told) >= watchEvery {
			told = now
			fmt.Fprintf(out, "%d products so far\n", products)
		}
	}
}
