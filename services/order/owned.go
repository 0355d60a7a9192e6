package order

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	usualOwned = 20
	// claimedAtOnce is how many orders change hands in one transaction.
	claimedAtOnce = 100
)

// ListMyOrders pages through the caller's own orders.
func (s *Service) ListMyOrders(ctx context.Context, req *orderv1.ListMyOrdersRequest) (*orderv1.ListMyOrdersResponse, error) {
	orders, next, err := s.ownedBy(ctx, auth.CallerFrom(ctx).Subject, req.GetPageSize(), req.GetPageToken())
	return &orderv1.ListMyOrdersResponse{Orders: orders, NextPageToken: next}, err
}

// ListCustomerOrders pages through a customer's orders for staff.
func (s *Service) ListCustomerOrders(ctx context.Context, req *orderv1.ListCustomerOrdersRequest) (*orderv1.ListCustomerOrdersResponse, error) {
	orders, next, err := s.ownedBy(ctx, req.GetCustomerId(), req.GetPageSize(), req.GetPageToken())
	return &orderv1.ListCustomerOrdersResponse{Orders: orders, NextPageToken: next}, err
}

// ownedBy returns a page of somebody's orders, and the token of the next.
func (s *Service) ownedBy(ctx context.Context, owner string, pageSize int32, pageToken string) ([]*orderv1.Order, string, error) {
	before, err := pageAfter(pageToken)
	if err != nil {
		return nil, "", err
	}
	size := rpc.PageSize(pageSize, usualOwned)
	rows, err := queries.ListOwnedOrders(ctx, s.cfg.DB.Read(ctx), orderdb.ListOwnedOrdersParams{Owner: owner, BeforeTime: before.Time, BeforeID: before.ID, Count: size + 1})
	if err != nil {
		return nil, "", fmt.Errorf("list owned orders: %w", err)
	}
	rows, next := page(rows, size)
	orders := make([]*orderv1.Order, len(rows))
	for i, row := range rows {
		if orders[i], err = toProto(row); err != nil {
			return nil, "", err
		}
	}
	return orders, next, nil
}

// ClaimOrders gives the orders of the guest who signed in to the account, some at a time: one that fails half-way goes on where it stopped when it is repeated. Orders that
// are nobody's stay so.
func (s *Service) ClaimOrders(ctx context.Context, req *orderv1.ClaimOrdersRequest) (*orderv1.ClaimOrdersResponse, error) {
	guest, err := s.cfg.Tokens.Verify(ctx, req.GetGuestToken())
	switch {
	case errors.Is(err, auth.ErrToken) || err == nil && guest.Kind != auth.Guest:
		return nil, rpc.InvalidArgument("guest_token: is no guest's, or has ended; what was ordered with it can be found by its number and e-mail address")
	case err != nil:
		return nil, fmt.Errorf("verify the guest's token: %w", err)
	}
	answer := &orderv1.ClaimOrdersResponse{}
	for {
		claimed, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int64, error) {
			return queries.ClaimOrders(ctx, tx, orderdb.ClaimOrdersParams{
				Customer: auth.CallerFrom(ctx).Subject, Guest: guest.Subject, Now: clock.Now(), Most: claimedAtOnce,
			})
		})
		if err != nil {
			return nil, fmt.Errorf("claim orders: %w", err)
		}
		answer.Claimed += int32(claimed)
		if claimed < claimedAtOnce {
			return answer, nil
		}
	}
}
