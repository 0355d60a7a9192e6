package product

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/productdb"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// tellChanged says in the transaction that changed them which products are others now. Every way to change one ends here: an edit, an import, a change of what it
// refers to. The catalogue is refreshed by it, collections gather anew, and whoever follows ListProductChanges hears of it.
func tellChanged(ctx context.Context, tx pgx.Tx, products []string) error {
	for ids := range slices.Chunk(products, eventSize) {
		if err := broker.Publish(ctx, tx, &productv1.ProductsChanged{ProductIds: ids}); err != nil {
			return err
		}
	}
	return nil
}

// RecordProductChanges gives products that an event told of a number each. Transactions that changed products end in any order; the numbers
// are given out when they have ended, by one transaction at a time, so they become visible in their order.
func (s *Service) RecordProductChanges(ctx context.Context, req *productv1.RecordProductChangesRequest) (*productv1.RecordProductChangesResponse, error) {
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (any, error) {
		if err := queries.LockProductChanges(ctx, tx); err != nil {
			return nil, err
		}
		return nil, queries.RecordProductChanges(ctx, tx, productdb.RecordProductChangesParams{Ids: req.GetProductIds(), Now: clock.Now()})
	})
	if err != nil {
		return nil, fmt.Errorf("record product changes: %w", err)
	}
	return &productv1.RecordProductChangesResponse{}, nil
}

// changesPage is the number that the page before ended with.
type changesPage struct {
	Seq int64 `json:"s"`
}

// ListProductChanges reads any server: what a replica does not show yet comes after what it shows.
func (s *Service) ListProductChanges(ctx context.Context, req *productv1.ListProductChangesRequest) (*productv1.ListProductChangesResponse, error) {
	var page changesPage
	if err := rpc.ParsePageToken(req.GetPageToken(), &page); err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), 100)
	rows, err := queries.ListProductChanges(ctx, s.cfg.DB.Read(ctx), productdb.ListProductChangesParams{After: page.Seq, PageSize: size + 1})
	if err != nil {
		return nil, fmt.Errorf("list product changes: %w", err)
	}
	answer := &productv1.ListProductChangesResponse{More: len(rows) > int(size)}
	for _, row := range rows[:min(len(rows), int(size))] {
		page.Seq = row.Seq
		answer.Changes = append(answer.Changes, &productv1.ChangedProduct{
			ProductId: row.ProductID, Version: row.Version, Deleted: row.Version == 0, ChangeTime: timestamppb.New(row.ChangeTime),
		})
	}
	answer.NextPageToken = rpc.PageToken(page)
	return answer, nil
}
