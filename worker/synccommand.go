package main

import (
	"context"
	"io"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	productv1connect "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1/productv1connect"
	"github.com/tradewind-commerce/tradewind/services"
)

func performWaitingRuns(ctx context.Context, set *services.Set) (bool, error) {
	waiting, err := set.Sync.ListSyncRuns(ctx, &productv1.ListSyncRunsRequest{Waiting: true, PageSize: 1})
	if err != nil || len(waiting.GetRuns()) == 0 {
		return false, err
	}
	_, err = set.Sync.PerformSyncRun(ctx, &productv1.PerformSyncRunRequest{RunId: waiting.GetRuns()[0].GetId()})
	return err == nil, err
}
func runSync(context.Context, productv1connect.SyncServiceClient, string, io.Writer) error {
	return nil
}
