package main

import (
	"context"
	"slices"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/services"
)

// productBatch is how many products an event names at most, and a call takes.
const productBatch = 500

// productConsumers keep what follows from products in step with them. What is in step stays as it is.
func productConsumers(_ settings, set *services.Set) []broker.Consumer {
	changes := broker.OnMany("product.changes", 20, func(ctx context.Context, events []*productv1.ProductsChanged) error {
		for part := range slices.Chunk(productsOf(events), productBatch) {
			if _, err := set.Products.RecordProductChanges(ctx, &productv1.RecordProductChangesRequest{ProductIds: part}); err != nil {
				return err
			}
		}
		return nil
	})
	collections := broker.OnMany("product.collections", 20, func(ctx context.Context, events []*productv1.ProductsChanged) error {
		for part := range slices.Chunk(productsOf(events), productBatch) {
			if _, err := set.Collections.RefreshMemberships(ctx, &productv1.RefreshMembershipsRequest{ProductIds: part}); err != nil {
				return err
			}
		}
		return nil
	})
	stock := broker.OnMany("product.stock", 100, func(ctx context.Context, events []*inventoryv1.StockChanged) error {
		for part := range slices.Chunk(variantsOf(events), productBatch) {
			if _, err := set.Collections.RefreshVariantStock(ctx, &productv1.RefreshVariantStockRequest{VariantIds: part}); err != nil {
				return err
			}
		}
		return nil
	})
	changes.Concurrency, collections.Concurrency, stock.Concurrency = 1, 1, 1 // they take turns anyway
	return []broker.Consumer{changes, collections, stock}
}

func productsOf(events []*productv1.ProductsChanged) []string {
	var ids []string
	for _, event := range events {
		ids = append(ids, event.GetProductIds()...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func variantsOf(events []*inventoryv1.StockChanged) []string {
	var ids []string
	for _, event := range events {
		ids = append(ids, event.GetVariantIds()...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// publishDueProducts puts drafts on sale whose time has come.
func publishDueProducts(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Products.PublishDueProducts(ctx, &productv1.PublishDueProductsRequest{})
	return answer.GetPublished() == productBatch, err
}

// renderProductTypes brings products in line with types that staff changed.
func renderProductTypes(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Types.RenderProductTypes(ctx, &productv1.RenderProductTypesRequest{})
	return answer.GetMore(), err
}

// refreshCategoryProducts brings products in line with categories that staff changed.
func refreshCategoryProducts(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Categories.RefreshCategoryProducts(ctx, &productv1.RefreshCategoryProductsRequest{})
	return answer.GetMore(), err
}

// rebuildCollections gathers products by rules that staff changed.
func rebuildCollections(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Collections.RebuildCollections(ctx, &productv1.RebuildCollectionsRequest{})
	return answer.GetMore(), err
}

// removeOldHistory forgets, step by step, what is kept of products for a time only. What is cut short is done by the next round.
func removeOldHistory(ctx context.Context, set *services.Set) (bool, error) {
	for step := ""; ; {
		answer, err := set.Products.RemoveOldHistory(ctx, &productv1.RemoveOldHistoryRequest{Step: step})
		if err != nil {
			return false, err
		}
		if step = answer.GetNextStep(); step == "" {
			return false, nil
		}
	}
}

// learnVariantStock asks for the stock of variants that were there before it was kept. After that there is nothing left to do.
func learnVariantStock(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Collections.LearnVariantStock(ctx, &productv1.LearnVariantStockRequest{})
	return answer.GetMore(), err
}
