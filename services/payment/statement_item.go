package payment

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// What can become of an item, by short names.
const (
	itemOpen       = paymentv1.ReconciliationState_RECONCILIATION_STATE_OPEN
	itemAgreed     = paymentv1.ReconciliationState_RECONCILIATION_STATE_AGREED
	itemAccepted   = paymentv1.ReconciliationState_RECONCILIATION_STATE_ACCEPTED
	itemWrittenOff = paymentv1.ReconciliationState_RECONCILIATION_STATE_WRITTEN_OFF
	itemReturned   = paymentv1.ReconciliationState_RECONCILIATION_STATE_RETURNED
	itemLinked     = paymentv1.ReconciliationState_RECONCILIATION_STATE_LINKED
	itemPrefix     = "RECONCILIATION_"
)

// ListReconciliationItems lists what did not agree.
func (s *Service) ListReconciliationItems(
	ctx context.Context, req *paymentv1.ListReconciliationItemsRequest,
) (*paymentv1.ListReconciliationItemsResponse, error) {
	before := attentionKey{Time: lastTime, ID: lastID}
	if err := rpc.ParsePageToken(req.GetPageToken(), &before); err != nil {
		return nil, err
	}
	if !id.Valid(before.ID) {
		return nil, rpc.InvalidArgument("page_token: not one that this method returned; leave it empty for the first page")
	}
	size, db := rpc.PageSize(req.GetPageSize(), pageSize), s.db.Read(ctx)
	var rows []paymentdb.ReconciliationItem
	var err error
	if req.GetState() == 0 {
		rows, err = queries.ListItems(ctx, db, paymentdb.ListItemsParams{BeforeTime: before.Time, BeforeID: before.ID, Count: size + 1})
	} else {
		rows, err = queries.ListItemsInState(ctx, db, paymentdb.ListItemsInStateParams{State: itemName(req.GetState()), BeforeTime: before.Time, BeforeID: before.ID, Count: size + 1})
	}
	if err != nil {
		return nil, fmt.Errorf("list reconciliation items: %w", err)
	}
	answer := &paymentv1.ListReconciliationItemsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		answer.NextPageToken = rpc.PageToken(attentionKey{rows[size-1].CreateTime, rows[size-1].ID})
	}
	for _, row := range rows {
		answer.Items = append(answer.Items, itemToProto(row))
	}
	return answer, nil
}

// CloseReconciliationItem does what staff chose with the item locked, so that nothing is written off or given back twice.
func (s *Service) CloseReconciliationItem(
	ctx context.Context, req *paymentv1.CloseReconciliationItemRequest,
) (*paymentv1.CloseReconciliationItemResponse, error) {
	if req.GetState() == itemReturned {
		if err := s.returnItem(ctx, req.GetItemId()); err != nil {
			return nil, err
		}
	}
	row, err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (paymentdb.ReconciliationItem, error) {
		row, err := queries.LockItem(ctx, tx, req.GetItemId())
		if postgres.IsNoRows(err) {
			return row, errNoItem
		}
		if err != nil || row.State == itemName(req.GetState()) {
			return row, err
		}
		if row.State != itemName(itemOpen) {
			return row, rpc.FailedPrecondition("somebody has seen to it in another way meanwhile")
		}
		return closeItem(ctx, tx, row, req)
	})
	if err != nil {
		return nil, err
	}
	return &paymentv1.CloseReconciliationItemResponse{Item: itemToProto(row)}, nil
}

var errNoItem = rpc.NotFound("no such difference")

// closeItem does what staff chose with one locked item. What an earlier item of the same money posted is not posted again.
func closeItem(ctx context.Context, tx pgx.Tx, row paymentdb.ReconciliationItem, req *paymentv1.CloseReconciliationItemRequest) (paymentdb.ReconciliationItem, error) {
	now := clock.Now()
	before, err := queries.GetPosted(ctx, tx, paymentdb.GetPostedParams{Provider: row.Provider, Reference: row.Reference})
	if err != nil {
		return row, fmt.Errorf("get posted: %w", err)
	}
	params := paymentdb.CloseItemParams{ID: row.ID, State: itemName(req.GetState()), Note: strings.TrimSpace(req.GetNote()), Actor: auth.CallerFrom(ctx).Name, Now: &now}
	switch req.GetState() {
	case itemAgreed:
		if row.PaymentID == nil {
			return row, rpc.FailedPrecondition("there is no payment of ours to look up; give the money back, or link it to an order")
		}
		agrees, err := queries.Agrees(ctx, tx, *row.PaymentID)
		if err != nil {
			return row, fmt.Errorf("compare payment: %w", err)
		}
		if !agrees { // the next comparison closes it once they do
			return row, broker.Publish(ctx, tx, &paymentv1.ProviderSpoke{PaymentId: *row.PaymentID})
		}
	case itemWrittenOff:
		err = post(ctx, tx, movement{
			name: row.ID + " write_off", kind: kindWriteOff, payment: row.PaymentID, orderID: row.OrderID, currency: row.CurrencyCode,
			entries: kindWriteOff.moves(row.OursMinor - row.TheirsMinor - before.WrittenOffMinor),
		}, now)
	case itemLinked:
		if row.PaymentID != nil || !id.Valid(req.GetOrderId()) {
			return row, rpc.FailedPrecondition("only money that belongs to no payment of ours can be linked, and to an order by its id")
		}
		order := req.GetOrderId()
		params.OrderID = &order
		err = link(ctx, tx, row, order, row.TheirsMinor-before.LinkedMinor, now)
	}
	if err != nil {
		return row, err
	}
	return queries.CloseItem(ctx, tx, params)
}

// link posts money of an item to an order that its shopper still owes as much for. More would be owed back at once, and an order that is not sold yet owes nothing.
func link(ctx context.Context, tx pgx.Tx, row paymentdb.ReconciliationItem, order string, minor int64, now time.Time) error {
	if _, err := queries.LockOrderPayments(ctx, tx, order); err != nil { // so that two items do not pay for the same
		return fmt.Errorf("lock payments: %w", err)
	}
	owed, err := queries.GetOwed(ctx, tx, paymentdb.GetOwedParams{OrderID: &order, CurrencyCode: row.CurrencyCode})
	if err != nil {
		return fmt.Errorf("get owed: %w", err)
	}
	if minor > owed {
		return rpc.FailedPrecondition("the shopper owes less than this for the order, or nothing; give the money back, or link it to another order")
	}
	return post(ctx, tx, movement{
		name: row.ID + " linked", kind: kindLinked, orderID: &order, currency: row.CurrencyCode, entries: kindLinked.moves(minor),
	}, now)
}

// returnItem gives back what came for no payment of ours. Repeating it gives nothing back twice: the provider sees the same key.
func (s *Service) returnItem(ctx context.Context, itemID string) error {
	row, err := queries.GetItem(ctx, s.db.Primary(), itemID)
	if postgres.IsNoRows(err) {
		return errNoItem
	}
	if err != nil {
		return fmt.Errorf("get item: %w", err)
	}
	if row.State != itemName(itemOpen) {
		return nil
	}
	if row.PaymentID != nil || row.TheirsMinor <= 0 {
		return rpc.FailedPrecondition("only money that belongs to no payment of ours is given back here; refund the order of others")
	}
	if s.providers[row.Provider] == nil {
		return rpc.FailedPrecondition("the shop has no settings for " + row.Provider + " any more; give it back there")
	}
	if _, err := s.returnStray(ctx, row.Provider, Ref{Reference: row.Reference}); err != nil {
		return unavailable(err)
	}
	return nil
}

func itemName(state paymentv1.ReconciliationState) string {
	return strings.ToLower(strings.TrimPrefix(state.String(), itemPrefix+"STATE_"))
}

func itemToProto(row paymentdb.ReconciliationItem) *paymentv1.ReconciliationItem {
	amount := func(minor int64) *typev1.Money {
		return &typev1.Money{AmountMinor: minor, CurrencyCode: row.CurrencyCode}
	}
	item := &paymentv1.ReconciliationItem{
		Id: row.ID, Provider: row.Provider, Reference: row.Reference, Ours: amount(row.OursMinor), Theirs: amount(row.TheirsMinor), Note: row.Note, Actor: row.Actor,
		Kind:       paymentv1.ReconciliationKind(paymentv1.ReconciliationKind_value[itemPrefix+"KIND_"+strings.ToUpper(row.Kind)]),
		State:      paymentv1.ReconciliationState(paymentv1.ReconciliationState_value[itemPrefix+"STATE_"+strings.ToUpper(row.State)]),
		CreateTime: timestamppb.New(row.CreateTime), CloseTime: optionalTime(row.CloseTime),
	}
	if row.PaymentID != nil {
		item.PaymentId = *row.PaymentID
	}
	if row.OrderID != nil {
		item.OrderId = *row.OrderID
	}
	return item
}
