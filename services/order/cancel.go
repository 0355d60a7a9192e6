package order

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/emptypb"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/idempotency"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/inventory"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/pricing"
)

var (
	errOnItsWay = rpc.FailedPrecondition("this order is on its way or ended already; it cannot be cancelled any more")
	errPaying   = rpc.FailedPrecondition("a payment of this order is under way and its outcome is not known yet; try again in a few minutes")
	errByHand   = rpc.FailedPrecondition("money was collected by hand for this order; give it back and note that as a refund, then cancel the order")
)

// CancelOrder calls an order off. What could still bring money is closed at the provider first; what was paid goes back.
func (s *Service) CancelOrder(ctx context.Context, req *orderv1.CancelOrderRequest) (*orderv1.CancelOrderResponse, error) {
	row, err := queries.GetOrder(ctx, s.cfg.DB.Primary(), req.GetOrderId())
	if postgres.IsNoRows(err) {
		return nil, errNoOrder
	}
	if err != nil {
		return nil, fmt.Errorf("get order: %w", err)
	}
	if parseState(row.State) == Pending {
		closer := closer{service: s}
		if err := closer.load(ctx, []Order{row}); err != nil {
			return nil, err
		}
		if _, err := closer.close(ctx, row); errors.Is(err, errWaits) {
			return nil, errPaying
		} else if err != nil {
			return nil, err
		}
	}
	// Here, as in all calls about orders, only what was done is remembered: the answer is read anew, so that nothing personal is kept a second time.
	_, err = inventory.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*emptypb.Empty, error) {
		return idempotency.Do(ctx, tx, req, func() (*emptypb.Empty, error) {
			return &emptypb.Empty{}, cancel(ctx, tx, req.GetOrderId(), req.GetReason(), actor(auth.CallerFrom(ctx)))
		})
	})
	if err != nil {
		return nil, err
	}
	order, err := s.read(ctx, req.GetOrderId())
	return &orderv1.CancelOrderResponse{Order: order}, err
}

// cancel ends an order, gives back its stock and what made it cheaper, and owes what was paid. Repeating it changes nothing.
func cancel(ctx context.Context, tx pgx.Tx, orderID, reason, by string) error {
	row, err := lock(ctx, tx, orderID)
	state := parseState(row.State)
	switch {
	case err != nil || state == Cancelled:
		return err
	case !may(state, Cancelled), state == Fulfilled && !row.Digital:
		return errOnItsWay
	}
	payments, err := payment.CallOff(ctx, tx, orderID, payment.Voided)
	switch {
	case errors.Is(err, payment.ErrOpen):
		return errPaying
	case errors.Is(err, payment.ErrByHand):
		return errByHand
	case err != nil:
		return err
	}
	cards, err := loadGiftCards(ctx, tx, row)
	if err != nil {
		return err
	}
	if err := cards.void(ctx, tx, cards.live(""), by); err != nil {
		return err
	}
	if err := payment.Unsell(ctx, tx, orderID); err != nil {
		return err
	}
	text := "The order was cancelled."
	if reason = strings.TrimSpace(reason); reason != "" {
		text = "The order was cancelled: " + reason
	}
	if err := note(ctx, tx, orderID, "cancelled", text, by); err != nil {
		return err
	}
	if err := broker.Publish(ctx, tx, &orderv1.OrderCancelled{OrderId: orderID}); err != nil {
		return err
	}
	row.State, row.ExpireTime, row.PaymentState = name(Cancelled), nil, paymentName(paymentState(payments, row.TotalMinor, row.ConfirmTime != nil))
	if _, err := move(ctx, tx, row); err != nil {
		return err
	}
	if err := pricing.Release(ctx, tx, orderID); err != nil {
		return err
	}
	if state == Pending {
		return inventory.Release(ctx, tx, orderID)
	}
	return inventory.Restock(ctx, tx, orderID)
}

// AddOrderComment writes a staff member's words into the timeline.
func (s *Service) AddOrderComment(ctx context.Context, req *orderv1.AddOrderCommentRequest) (*orderv1.AddOrderCommentResponse, error) {
	_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*emptypb.Empty, error) {
		return idempotency.Do(ctx, tx, req, func() (*emptypb.Empty, error) {
			if _, err := lock(ctx, tx, req.GetOrderId()); err != nil {
				return nil, err
			}
			return &emptypb.Empty{}, note(ctx, tx, req.GetOrderId(), "comment", req.GetText(), actor(auth.CallerFrom(ctx)))
		})
	})
	if err != nil {
		return nil, err
	}
	order, err := s.read(ctx, req.GetOrderId())
	return &orderv1.AddOrderCommentResponse{Order: order}, err
}
