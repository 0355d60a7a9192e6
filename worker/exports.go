package main

import (
	"context"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/services"
)

// queueDueExports queues the exports of schedules whose time has come.
func queueDueExports(ctx context.Context, set *services.Set) (bool, error) {
	_, err := set.Exports.QueueDueExports(ctx, &productv1.QueueDueExportsRequest{})
	return false, err
}

// performExports makes the file of the export that waits longest.
func performExports(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Exports.PerformNextExport(ctx, &productv1.PerformNextExportRequest{})
	return answer.GetPerformed(), err
}

// removeOldExports removes files that are kept no longer.
func removeOldExports(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Exports.RemoveOldExports(ctx, &productv1.RemoveOldExportsRequest{})
	return answer.GetMore(), err
}
