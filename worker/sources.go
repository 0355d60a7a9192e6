package main

import (
	"context"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/services"
)

const sourceBatch = 20

// runDueSources queues an import of each source whose time has come.
func runDueSources(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Sources.RunDueSources(ctx, &productv1.RunDueSourcesRequest{Limit: sourceBatch})
	return answer.GetQueued() == sourceBatch, err
}
