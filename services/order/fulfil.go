package order

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/idempotency"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

// ShipOrder writes down what left the shop, and what is to be taken for it, in one transaction; then the provider takes it. A process that dies in between leaves instructions that the worker carries out.
func (s *Service) ShipOrder(ctx context.Context, req *orderv1.ShipOrderRequest) (*orderv1.ShipOrderResponse, error) {
	given, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*wrapperspb.StringValue, error) {
		return idempotency.Do(ctx, tx, req, func() (*wrapperspb.StringValue, error) {
			return ship(ctx, tx, req, actor(auth.CallerFrom(ctx)))
		})
	})
	crash.At(crash.ShipAfterCommit)
	if err != nil {
		return nil, err
	}
	problem, err := s.carryOutNow(ctx, given)
	if err != nil {
		return nil, err
	}
	order, err := s.read(ctx, req.GetOrderId())
	return &orderv1.ShipOrderResponse{Order: order, Problem: problem}, err
}

// ship sends some of a locked order.
func ship(ctx context.Context, tx pgx.Tx, req *orderv1.ShipOrderRequest, by string) (*wrapperspb.StringValue, error) {
	row, err := lock(ctx, tx, req.GetOrderId())
	if err != nil {
		return nil, err
	}
	if err := sendable(row); err != nil {
		return nil, err
	}
	sending, err := loadSending(ctx, tx, row)
	if err != nil {
		return nil, err
	}
	parcel, err := sending.pack(req.GetLines())
	if err != nil {
		return nil, err
	}
	parcelID := id.New()
	lines, err := json.Marshal(parcel.lines)
	if err != nil {
		return nil, fmt.Errorf("encode fulfilment lines: %w", err)
	}
	carrier, number := strings.TrimSpace(req.GetCarrier()), strings.TrimSpace(req.GetTrackingNumber())
	err = queries.AddFulfilment(ctx, postgres.Later(tx), orderdb.AddFulfilmentParams{
		ID: parcelID, OrderID: row.ID, Number: int32(len(sending.before)) + 1, AmountMinor: parcel.amountMinor, Carrier: carrier, TrackingNumber: number,
		TrackingUrl: req.GetTrackingUrl(), Actor: by, Now: clock.Now(),
	})
	if err != nil {
		return nil, fmt.Errorf("add fulfilment: %w", err)
	}
	if err := queries.AddFulfilmentLines(ctx, postgres.Later(tx), orderdb.AddFulfilmentLinesParams{FulfilmentID: parcelID, Lines: lines}); err != nil {
		return nil, fmt.Errorf("add fulfilment lines: %w", err)
	}
	text := "Sent: " + parcel.words
	if how := strings.TrimSpace(carrier + " " + number); how != "" {
		text += ", by " + how
	}
	if err := note(ctx, tx, row.ID, "shipped", text+".", by); err != nil {
		return nil, err
	}
	if err := broker.Publish(ctx, tx, &orderv1.OrderShipped{OrderId: row.ID, FulfilmentId: parcelID}); err != nil {
		return nil, err
	}
	row.State = name(PartlyFulfilled)
	if parcel.last {
		row.State = name(Fulfilled)
	}
	if row, err = move(ctx, tx, row); err != nil {
		return nil, err
	}
	given, err := captureSent(ctx, tx, row, payment.Sent{OrderID: row.ID, FulfilmentID: parcelID, DueMinor: sending.dueMinor() + parcel.amountMinor, TotalMinor: row.TotalMinor})
	return wrapperspb.String(strings.Join(given, " ")), err
}

// sendable says in words for staff why nothing of an order can be sent; nil when something can.
func sendable(row Order) error {
	switch parseState(row.State) {
	case Confirmed, PartlyFulfilled:
		return nil
	case Pending:
		return rpc.FailedPrecondition("this order is not paid yet; wait until it is confirmed")
	case Cancelled, Expired:
		return rpc.FailedPrecondition("this order was called off; do not send it")
	default:
		return rpc.FailedPrecondition("nothing of this order is left to send")
	}
}

// captureSent has money taken for what was sent, and notes it.
func captureSent(ctx context.Context, tx pgx.Tx, row Order, sent payment.Sent) ([]string, error) {
	given, taken, short, err := payment.CaptureSent(ctx, tx, sent)
	if err != nil {
		return nil, err
	}
	if taken > 0 {
		if err := note(ctx, tx, row.ID, "capture.asked", sayAmount(amountOf(row, taken))+" is to be taken for what was sent.", bySystem); err != nil {
			return nil, err
		}
	}
	if short > 0 {
		text := sayAmount(amountOf(row, short)) + " is due by what was sent, and nothing is reserved that it could be taken from."
		return given, note(ctx, tx, row.ID, "capture.short", text, bySystem)
	}
	return given, nil
}

// CaptureSent tries again to take what is due by what was sent.
func (s *Service) CaptureSent(ctx context.Context, req *orderv1.CaptureSentRequest) (*orderv1.CaptureSentResponse, error) {
	given, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*wrapperspb.StringValue, error) {
		return idempotency.Do(ctx, tx, req, func() (*wrapperspb.StringValue, error) {
			row, err := lock(ctx, tx, req.GetOrderId())
			if err != nil {
				return nil, err
			}
			given, err := captureAgain(ctx, tx, row)
			return wrapperspb.String(strings.Join(given, " ")), err
		})
	})
	if err != nil {
		return nil, err
	}
	problem, err := s.carryOutNow(ctx, given)
	if err != nil {
		return nil, err
	}
	order, err := s.read(ctx, req.GetOrderId())
	return &orderv1.CaptureSentResponse{Order: order, Problem: problem}, err
}

func captureAgain(ctx context.Context, tx pgx.Tx, row Order) ([]string, error) {
	sending, err := loadSending(ctx, tx, row)
	if err != nil {
		return nil, err
	}
	unpaid, err := payment.Unpaid(ctx, tx, sending.sent())
	switch {
	case err != nil:
		return nil, err
	case unpaid == 0:
		return nil, rpc.FailedPrecondition("nothing is due by what was sent: it was taken, or is about to be")
	}
	given, err := captureSent(ctx, tx, row, sending.sent())
	if err == nil && len(given) == 0 {
		return nil, rpc.FailedPrecondition(sayAmount(amountOf(row, unpaid)) + " is due by what was sent, and nothing is reserved that it could be taken from; ask the shopper to pay it in another way")
	}
	return given, err
}

// addFulfilments adds to an order what was sent of it, and what is still to be.
func (s *Service) addFulfilments(ctx context.Context, row Order, order *orderv1.Order) error {
	sending, err := loadSending(ctx, s.cfg.DB.Read(ctx), row)
	if err != nil {
		return err
	}
	for _, line := range order.GetLines() {
		line.ToSend, line.Unsent = int32(sending.left(line.GetId())), int32(sending.unsent[line.GetId()])
	}
	for _, stored := range sending.before {
		parcel := &orderv1.Fulfilment{
			Id: stored.ID, Number: stored.Number, Carrier: stored.Carrier, TrackingNumber: stored.TrackingNumber, TrackingUrl: stored.TrackingUrl,
			CreateTime: timestamppb.New(stored.CreateTime), Actor: stored.Actor, Amount: amountOf(row, stored.AmountMinor),
		}
		for _, line := range sending.inside {
			if line.FulfilmentID == stored.ID {
				parcel.Lines = append(parcel.Lines, &orderv1.FulfilmentLine{LineId: line.LineID, Quantity: line.Quantity})
			}
		}
		order.Fulfilments = append(order.Fulfilments, parcel)
	}
	if len(sending.before) == 0 {
		return nil
	}
	if len(sending.unsent) > 0 {
		if err := s.addFinish(ctx, row, order); err != nil {
			return err
		}
	}
	unpaid, err := payment.Unpaid(ctx, s.cfg.DB.Read(ctx), sending.sent())
	if unpaid > 0 {
		order.SentUnpaid = amountOf(row, unpaid)
	}
	return err
}

// hideInternals takes from an order what is only for staff and processes.
func hideInternals(order *orderv1.Order) {
	order.SentUnpaid = nil
	for _, attempt := range order.GetPayments() {
		attempt.ProviderReference, attempt.Problem = "", ""
	}
	if end := order.GetFinish(); end != nil {
		end.Taken, end.Restocked, end.Reason, end.Actor, end.RefundId = nil, false, "", "", ""
	}
	for _, card := range order.GetGiftCards() {
		card.GiftCardId = ""
	}
	for _, parcel := range order.GetFulfilments() {
		parcel.Actor, parcel.Amount = "", nil
	}
}
