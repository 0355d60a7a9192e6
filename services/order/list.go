package order

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// pageKey is where a page of orders ended.
type pageKey struct {
	Time time.Time `json:"t"`
	ID   string    `json:"i"`
}

// firstPage is before every order there is.
var firstPage = pageKey{Time: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ID: "ffffffff-ffff-ffff-ffff-ffffffffffff"}

const usualPage = 50

// ListOrders pages through orders with one query.
func (s *Service) ListOrders(ctx context.Context, req *orderv1.ListOrdersRequest) (*orderv1.ListOrdersResponse, error) {
	before := firstPage
	if err := rpc.ParsePageToken(req.GetPageToken(), &before); err != nil {
		return nil, err
	}
	if !id.Valid(before.ID) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	size := rpc.PageSize(req.GetPageSize(), usualPage)
	rows, err := s.list(ctx, req, before, size+1)
	if err != nil {
		return nil, fmt.Errorf("list orders: %w", err)
	}
	answer := &orderv1.ListOrdersResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		last := rows[size-1]
		answer.NextPageToken = rpc.PageToken(pageKey{Time: last.CreateTime, ID: last.ID})
	}
	for _, row := range rows {
		order, err := toProto(row)
		if err != nil {
			return nil, err
		}
		answer.Orders = append(answer.Orders, order)
	}
	return answer, nil
}

// list picks the query that has an index for what is asked.
func (s *Service) list(ctx context.Context, req *orderv1.ListOrdersRequest, before pageKey, count int32) ([]Order, error) {
	db := s.cfg.DB.Read(ctx)
	state, paid := "", ""
	if req.GetState() != 0 {
		state = name(req.GetState())
	}
	if req.GetPaymentState() != 0 {
		paid = paymentName(req.GetPaymentState())
	}
	query := strings.TrimPrefix(strings.TrimSpace(req.GetQuery()), "#")
	switch {
	case strings.Contains(query, "@"):
		return queries.ListOrdersByEmail(ctx, db, orderdb.ListOrdersByEmailParams{
			Email: query, State: state, PaymentState: paid, BeforeTime: before.Time, BeforeID: before.ID, Count: count,
		})
	case query != "":
		return queries.ListOrdersByNumber(ctx, db, orderdb.ListOrdersByNumberParams{
			Number: query, State: state, PaymentState: paid, BeforeTime: before.Time, BeforeID: before.ID, Count: count,
		})
	case state != "" && paid != "":
		return queries.ListOrdersInStates(ctx, db, orderdb.ListOrdersInStatesParams{
			State: state, PaymentState: paid, BeforeTime: before.Time, BeforeID: before.ID, Count: count,
		})
	case state != "":
		return queries.ListOrdersInState(ctx, db, orderdb.ListOrdersInStateParams{
			State: state, BeforeTime: before.Time, BeforeID: before.ID, Count: count,
		})
	case paid != "":
		return queries.ListOrdersInPaymentState(ctx, db, orderdb.ListOrdersInPaymentStateParams{
			PaymentState: paid, BeforeTime: before.Time, BeforeID: before.ID, Count: count,
		})
	default:
		return queries.ListOrders(ctx, db, orderdb.ListOrdersParams{BeforeTime: before.Time, BeforeID: before.ID, Count: count})
	}
}
