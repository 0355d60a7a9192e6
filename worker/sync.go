package main

import (
	"context"
	"errors"
	"fmt"

	"connectrpc.com/connect/v2"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/services"
)

const sourceBatch = 20

// runDueSources queues an import of each source whose time has come.
func runDueSources(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Sources.RunDueSources(ctx, &productv1.RunDueSourcesRequest{Limit: sourceBatch})
	return answer.GetQueued() == sourceBatch, err
}

// performWaitingRuns does the imports that wait for a worker, those whose worker died among them, one after the other. One that
// does not go on keeps no other from its turn.
func performWaitingRuns(ctx context.Context, set *services.Set) (bool, error) {
	waiting, err := set.Sync.ListSyncRuns(ctx, &productv1.ListSyncRunsRequest{Waiting: true, PageSize: 10})
	if err != nil {
		return false, err
	}
	performed := false
	var failures error
	for _, run := range waiting.GetRuns() {
		_, err := set.Sync.PerformSyncRun(ctx, &productv1.PerformSyncRunRequest{RunId: run.GetId()})
		switch {
		case ctx.Err() != nil:
			return false, ctx.Err()
		case err == nil:
			performed = true
		case connect.CodeOf(err) != connect.CodeFailedPrecondition: // that is: another worker was faster
			failures = errors.Join(failures, fmt.Errorf("import %q: %w", run.GetFileName(), err))
		}
	}
	return performed, failures
}
