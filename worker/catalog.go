package main

import (
	"context"
	"time"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/services"
)

// catalogConsumers keep the read model in step with products and stock. Refreshing what is fresh changes nothing.
func catalogConsumers(set *services.Set) []broker.Consumer {
	products := broker.On("catalog.products", func(ctx context.Context, event *productv1.ProductsChanged) error {
		_, err := set.Catalog.RefreshProducts(ctx, &catalogv1.RefreshProductsRequest{ProductIds: event.GetProductIds()})
		return err
	})
	products.Timeout = 90 * time.Second // more than the call may take, for 500 products on a busy machine
	stock := broker.On("catalog.stock", func(ctx context.Context, event *inventoryv1.StockChanged) error {
		_, err := set.Catalog.RefreshStock(ctx, &catalogv1.RefreshStockRequest{VariantIds: event.GetVariantIds()})
		return err
	})
	return []broker.Consumer{products, stock}
}
