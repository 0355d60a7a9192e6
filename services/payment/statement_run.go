package payment

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// runKey is a place in the list of comparisons, whose ids rise with time.
type runKey struct{ ID string }

// ListReconciliationRuns lists what comparisons were made.
func (s *Service) ListReconciliationRuns(
	ctx context.Context, req *paymentv1.ListReconciliationRunsRequest,
) (*paymentv1.ListReconciliationRunsResponse, error) {
	before := runKey{lastID}
	if err := rpc.ParsePageToken(req.GetPageToken(), &before); err != nil {
		return nil, err
	}
	if !id.Valid(before.ID) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	size, db := rpc.PageSize(req.GetPageSize(), pageSize), s.db.Read(ctx)
	rows, err := queries.ListRuns(ctx, db, paymentdb.ListRunsParams{BeforeID: before.ID, Count: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list reconciliation runs: %w", err)
	}
	answer := &paymentv1.ListReconciliationRunsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(runKey{rows[size-1].ID})
	}
	runs := make([]string, len(rows))
	for i, row := range rows {
		runs[i] = row.ID
	}
	charged, err := queries.ListRunFees(ctx, db, runs)
	if err != nil {
		return nil, fmt.Errorf("list fees of reconciliation runs: %w", err)
	}
	for _, row := range rows {
		run := &paymentv1.ReconciliationRun{
			Id: row.ID, Provider: row.Provider, FromTime: timestamppb.New(row.FromTime), UntilTime: timestamppb.New(row.UntilTime), CreateTime: timestamppb.New(row.CreateTime),
			Lines: row.Lines, Matched: row.Matched, Opened: row.Opened, StillOpen: row.StillOpen,
		}
		for _, fee := range charged {
			if fee.RunID == row.ID {
				run.Fees = append(run.Fees, &typev1.Money{AmountMinor: fee.AmountMinor, CurrencyCode: fee.CurrencyCode})
			}
		}
		answer.Runs = append(answer.Runs, run)
	}
	return answer, nil
}

// toProto is a run that was just made: nobody has seen to anything yet.
func (c *comparison) toProto() *paymentv1.ReconciliationRun {
	run := &paymentv1.ReconciliationRun{
		Id: c.ID, Provider: c.Provider, FromTime: timestamppb.New(c.FromTime), UntilTime: timestamppb.New(c.UntilTime), CreateTime: timestamppb.New(c.Now),
		Lines: c.Lines, Matched: c.Matched, Opened: c.Opened, StillOpen: c.Opened,
	}
	for _, currency := range slices.Sorted(maps.Keys(c.fees)) {
		run.Fees = append(run.Fees, &typev1.Money{AmountMinor: c.fees[currency], CurrencyCode: currency})
	}
	return run
}
