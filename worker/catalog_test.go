package main

import (
	"slices"
	"testing"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services"
	"github.com/tradewind-commerce/tradewind/services/catalog"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// A confirmed order has its products counted once, however often it is told of; one that there is not is given up.
func TestOrdersAreCountedTogether(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	set := &services.Set{Orders: shop.Orders, Catalog: catalog.New(catalog.Config{DB: shop.DB})}
	consumers := catalogConsumers(settings{}, set)
	if !slices.ContainsFunc(consumers, func(c broker.Consumer) bool {
		return c.Topic == string((&orderv1.OrderConfirmed{}).ProtoReflect().Descriptor().FullName())
	}) {
		t.Error("the catalogue hears of no confirmed order")
	}
	placed := shop.OrderOnDelivery(
		shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1}, shoptest.Item{Variant: shop.Variant(500, 5), Quantity: 2}, shoptest.Item{Variant: shop.Variant(900, 5), Quantity: 1},
	)
	for range 2 {
		if err := countTogether(shop.Process(), set, placed.ID); err != nil {
			t.Fatal(err)
		}
	}
	if pairs, orders := shop.Number("select count(*) from catalog_pairs"), shop.Number("select sum(orders) from catalog_pairs"); pairs != 6 || orders != 6 {
		t.Errorf("three products make %d pairs in %d orders, want 6 and 6", pairs, orders)
	}
	if err := countTogether(shop.Process(), set, id.New()); err == nil {
		t.Error("an order that there is not was counted")
	}
	if more, err := forgetTogether(shop.Process(), set); more || err != nil {
		t.Errorf("there is more to forget: %t, %v", more, err)
	}
}
