package main

import (
	"context"
	"time"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/idempotency"
	"github.com/tradewind-commerce/tradewind/services"
)

// Batches in which the services expire, as their protos say.
const (
	holdBatch  = 500
	orderBatch = 100
	oldBatch   = 500
)

// releaseHolds frees holds whose time is over, so that they are seen and told. Correctness never waits for it.
func releaseHolds(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Stock.ReleaseExpiredHolds(ctx, &inventoryv1.ReleaseExpiredHoldsRequest{})
	return answer.GetReleased() == holdBatch, err
}

// expireOrders lets orders go that were not paid in time.
func expireOrders(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Orders.ExpireOrders(ctx, &orderv1.ExpireOrdersRequest{})
	return answer.GetExpired()+answer.GetConfirmed() == orderBatch, err
}

// removeOldCarts lets go of carts whose time is over.
func removeOldCarts(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Carts.RemoveOldCarts(ctx, &checkoutv1.RemoveOldCartsRequest{})
	return answer.GetRemoved() == oldBatch, err
}

// removeOldWebhooks lets go of providers' messages that nobody will ask about any more.
func removeOldWebhooks(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Payments.RemoveOldWebhooks(ctx, &paymentv1.RemoveOldWebhooksRequest{})
	return answer.GetRemoved() == oldBatch, err
}

// forgetKeys removes idempotency keys that nobody will repeat any more. They are the platform's, so no service is asked.
func forgetKeys(shared services.Resources) schedule {
	return schedule{"forget idempotency keys", 10 * time.Minute, func(ctx context.Context, _ *services.Set) (bool, error) {
		_, err := idempotency.Sweep(ctx, shared.DB)
		return false, err
	}}
}
