package main

import (
	"context"
	"slices"
	"time"

	"connectrpc.com/connect/v2"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/services"
)

// catalogConsumers keep the read model in step with products and stock. Refreshing what is fresh changes nothing.
func catalogConsumers(_ settings, set *services.Set) []broker.Consumer {
	products := broker.On("catalog.products", func(ctx context.Context, event *productv1.ProductsChanged) error {
		_, err := set.Catalog.RefreshProducts(ctx, &catalogv1.RefreshProductsRequest{ProductIds: event.GetProductIds()})
		return err
	})
	// Refreshes wait for each other at their end, and an import that goes on meanwhile needs the machine more.
	products.Concurrency = 2
	products.Timeout = 90 * time.Second // more than the call may take, for 500 products on a busy machine
	// While things are sold, each sale is an event, and counting for many costs little more than for one.
	stock := broker.OnMany("catalog.stock", 100, func(ctx context.Context, events []*inventoryv1.StockChanged) error {
		for part := range slices.Chunk(variantsOf(events), 500) {
			if _, err := set.Catalog.RefreshStock(ctx, &catalogv1.RefreshStockRequest{VariantIds: part}); err != nil {
				return err
			}
		}
		return nil
	})
	stock.Concurrency = 2 // the fewer at once, the more together
	categories := broker.On("catalog.categories", func(ctx context.Context, event *productv1.CategoriesChanged) error {
		_, err := set.Catalog.RefreshCategories(ctx, &catalogv1.RefreshCategoriesRequest{CategoryIds: event.GetCategoryIds()})
		return err
	})
	collections := broker.On("catalog.collections", func(ctx context.Context, event *productv1.CollectionsChanged) error {
		_, err := set.Catalog.RefreshCollections(ctx, &catalogv1.RefreshCollectionsRequest{CollectionIds: event.GetCollectionIds()})
		return err
	})
	// A new rule may gather a hundred thousand products, which are told of 500 at a time.
	members := broker.On("catalog.memberships", func(ctx context.Context, event *productv1.CollectionMembersChanged) error {
		_, err := set.Catalog.RefreshMemberships(ctx, &catalogv1.RefreshMembershipsRequest{ProductIds: event.GetProductIds()})
		return err
	})
	members.Concurrency = 2 // they wait for each other at their end, as products do
	members.Timeout = 90 * time.Second
	words := broker.On("catalog.words", func(ctx context.Context, event *productv1.WordsChanged) error {
		_, err := set.Catalog.RefreshWords(ctx, &catalogv1.RefreshWordsRequest{WordIds: event.GetWordIds()})
		return err
	})
	together := broker.On("catalog.together", func(ctx context.Context, event *orderv1.OrderConfirmed) error {
		return countTogether(ctx, set, event.GetOrderId())
	})
	return []broker.Consumer{products, stock, categories, collections, members, words, together}
}

// countTogether reads an order again and tells the catalogue which products it has, and nothing of whose it is. One that is called off later still says what
// was wanted together.
func countTogether(ctx context.Context, set *services.Set, order string) error {
	read, err := set.Orders.GetOrder(ctx, &orderv1.GetOrderRequest{OrderId: order})
	if connect.CodeOf(err) == connect.CodeNotFound {
		return broker.Poison(err)
	}
	if err != nil {
		return err
	}
	count := &catalogv1.CountBoughtTogetherRequest{OrderId: order, ConfirmTime: read.GetOrder().GetConfirmTime()}
	for _, line := range read.GetOrder().GetLines() {
		if !line.GetGift() { // nobody chose it
			count.ProductIds = append(count.ProductIds, line.GetProductId())
		}
	}
	_, err = set.Catalog.CountBoughtTogether(ctx, count)
	return err
}

// forgetTogether lets go of what was bought together long ago.
func forgetTogether(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Catalog.ForgetBoughtTogether(ctx, &catalogv1.ForgetBoughtTogetherRequest{})
	return answer.GetMore(), err
}

// arrangeLayers keeps what a search looks at first small.
func arrangeLayers(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Catalog.ArrangeLayers(ctx, &catalogv1.ArrangeLayersRequest{})
	return answer.GetMoved() > 0, err
}

// renewLayers keeps the indexes of those layers small as well.
func renewLayers(ctx context.Context, set *services.Set) (bool, error) {
	_, err := set.Catalog.RenewLayers(ctx, &catalogv1.RenewLayersRequest{})
	return false, err
}
