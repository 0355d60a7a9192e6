package order

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
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

// ListOrders pages through orders. How many queries it takes does not depend on how many orders there are.
func (s *Service) ListOrders(ctx context.Context, req *orderv1.ListOrdersRequest) (*orderv1.ListOrdersResponse, error) {
	before, err := pageAfter(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize(), usualPage)
	db, asked, answer := s.cfg.DB.Read(ctx), newFilter(req.GetQuery(), req.GetState(), req.GetPaymentState()), &orderv1.ListOrdersResponse{}
	rows, err := asked.list(ctx, db, before, size+1)
	if err != nil {
		return nil, fmt.Errorf("list orders: %w", err)
	}
	if req.GetCount() {
		if answer.Total, err = asked.count(ctx, db); err != nil {
			return nil, fmt.Errorf("count orders: %w", err)
		}
	}
	rows, answer.NextPageToken = page(rows, size)
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	commented, err := queries.ListCommented(ctx, db, ids)
	if err != nil {
		return nil, fmt.Errorf("list commented: %w", err)
	}
	for _, row := range rows {
		order, err := toProto(row)
		if err != nil {
			return nil, err
		}
		order.Commented = slices.Contains(commented, row.ID)
		answer.Orders = append(answer.Orders, order)
	}
	return answer, nil
}

// pageAfter is where the page before ended that a token names.
func pageAfter(token string) (pageKey, error) {
	before := firstPage
	if err := rpc.ParsePageToken(token, &before); err != nil {
		return before, err
	}
	if !id.Valid(before.ID) {
		return before, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	return before, nil
}

// page cuts a page from rows, of which there is one more when another page follows, and returns the token of that.
func page(rows []Order, size int32) ([]Order, string) {
	if len(rows) <= int(size) {
		return rows, ""
	}
	last := rows[size-1]
	return rows[:size], rpc.PageToken(pageKey{Time: last.CreateTime, ID: last.ID})
}

// mostCounted ends counting: past it nobody reads the number, and the list must not take longer the longer it is.
const mostCounted = 10_000

// filter is what narrows a list of orders.
type filter struct{ email, number, state, paid string }

func newFilter(query string, state orderv1.OrderState, paid orderv1.PaymentState) filter {
	var f filter
	if state != 0 {
		f.state = name(state)
	}
	if paid != 0 {
		f.paid = paymentName(paid)
	}
	query = strings.TrimPrefix(strings.TrimSpace(query), "#")
	if strings.Contains(query, "@") {
		f.email = query
	} else {
		f.number = query
	}
	return f
}

// list picks the query that has an index for what is asked; count and neighbours do the same.
func (f filter) list(ctx context.Context, db orderdb.DBTX, before pageKey, count int32) ([]Order, error) {
	switch {
	case f.email != "":
		return queries.ListOrdersByEmail(ctx, db, orderdb.ListOrdersByEmailParams{
			Email: f.email, State: f.state, PaymentState: f.paid, BeforeTime: before.Time, BeforeID: before.ID, Count: count,
		})
	case f.number != "":
		return queries.ListOrdersByNumber(ctx, db, orderdb.ListOrdersByNumberParams{
			Number: f.number, State: f.state, PaymentState: f.paid, BeforeTime: before.Time, BeforeID: before.ID, Count: count,
		})
	case f.state != "" && f.paid != "":
		return queries.ListOrdersInStates(ctx, db, orderdb.ListOrdersInStatesParams{
			State: f.state, PaymentState: f.paid, BeforeTime: before.Time, BeforeID: before.ID, Count: count,
		})
	case f.state != "":
		return queries.ListOrdersInState(ctx, db, orderdb.ListOrdersInStateParams{
			State: f.state, BeforeTime: before.Time, BeforeID: before.ID, Count: count,
		})
	case f.paid != "":
		return queries.ListOrdersInPaymentState(ctx, db, orderdb.ListOrdersInPaymentStateParams{
			PaymentState: f.paid, BeforeTime: before.Time, BeforeID: before.ID, Count: count,
		})
	default:
		return queries.ListOrders(ctx, db, orderdb.ListOrdersParams{BeforeTime: before.Time, BeforeID: before.ID, Count: count})
	}
}

func (f filter) count(ctx context.Context, db orderdb.DBTX) (int32, error) {
	switch {
	case f.email != "":
		return queries.CountOrdersByEmail(ctx, db, orderdb.CountOrdersByEmailParams{Email: f.email, State: f.state, PaymentState: f.paid, CountLimit: mostCounted})
	case f.number != "": // a number is one order's
		found, err := f.list(ctx, db, firstPage, 1)
		return int32(len(found)), err
	case f.state != "" && f.paid != "":
		return queries.CountOrdersInStates(ctx, db, orderdb.CountOrdersInStatesParams{State: f.state, PaymentState: f.paid, CountLimit: mostCounted})
	case f.state != "":
		return queries.CountOrdersInState(ctx, db, orderdb.CountOrdersInStateParams{State: f.state, CountLimit: mostCounted})
	case f.paid != "":
		return queries.CountOrdersInPaymentState(ctx, db, orderdb.CountOrdersInPaymentStateParams{PaymentState: f.paid, CountLimit: mostCounted})
	default:
		return queries.CountOrders(ctx, db, mostCounted)
	}
}

func (f filter) neighbours(ctx context.Context, db orderdb.DBTX, at pageKey) (orderdb.FindNeighboursRow, error) {
	switch {
	case f.email != "":
		row, err := queries.FindNeighboursByEmail(ctx, db, orderdb.FindNeighboursByEmailParams{Email: f.email, State: f.state, PaymentState: f.paid, AtTime: at.Time, AtID: at.ID})
		return orderdb.FindNeighboursRow(row), err
	case f.number != "": // a number is one order's
		return orderdb.FindNeighboursRow{}, nil
	case f.state != "" && f.paid != "":
		row, err := queries.FindNeighboursInStates(ctx, db, orderdb.FindNeighboursInStatesParams{State: f.state, PaymentState: f.paid, AtTime: at.Time, AtID: at.ID})
		return orderdb.FindNeighboursRow(row), err
	case f.state != "":
		row, err := queries.FindNeighboursInState(ctx, db, orderdb.FindNeighboursInStateParams{State: f.state, AtTime: at.Time, AtID: at.ID})
		return orderdb.FindNeighboursRow(row), err
	case f.paid != "":
		row, err := queries.FindNeighboursInPaymentState(ctx, db, orderdb.FindNeighboursInPaymentStateParams{PaymentState: f.paid, AtTime: at.Time, AtID: at.ID})
		return orderdb.FindNeighboursRow(row), err
	default:
		return queries.FindNeighbours(ctx, db, orderdb.FindNeighboursParams{AtTime: at.Time, AtID: at.ID})
	}
}

// GetOrderNeighbours looks both ways from where an order stands.
func (s *Service) GetOrderNeighbours(ctx context.Context, req *orderv1.GetOrderNeighboursRequest) (*orderv1.GetOrderNeighboursResponse, error) {
	db := s.cfg.DB.Read(ctx)
	row, err := queries.GetOrder(ctx, db, req.GetOrderId())
	if postgres.IsNoRows(err) {
		return nil, errNoOrder
	}
	if err != nil {
		return nil, fmt.Errorf("get order: %w", err)
	}
	found, err := newFilter(req.GetQuery(), req.GetState(), req.GetPaymentState()).neighbours(ctx, db, pageKey{Time: row.CreateTime, ID: row.ID})
	if err != nil {
		return nil, fmt.Errorf("find neighbours: %w", err)
	}
	return &orderv1.GetOrderNeighboursResponse{NewerOrderId: found.Newer, OlderOrderId: found.Older}, nil
}

// ListOrderNumbers returns how people call some orders.
func (s *Service) ListOrderNumbers(ctx context.Context, req *orderv1.ListOrderNumbersRequest) (*orderv1.ListOrderNumbersResponse, error) {
	rows, err := queries.ListOrderNumbers(ctx, s.cfg.DB.Read(ctx), req.GetOrderIds())
	if err != nil {
		return nil, fmt.Errorf("list order numbers: %w", err)
	}
	answer := &orderv1.ListOrderNumbersResponse{Numbers: make(map[string]string, len(rows))}
	for _, row := range rows {
		answer.Numbers[row.ID] = row.Number
	}
	return answer, nil
}
