package order

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/services/inventory"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

const (
	expireBatch = 100
	// expireAgain is when an order that had to wait is tried again.
	expireAgain = time.Minute
)

// errWaits says that an order cannot be ended before the outcome of its payment is known.
var errWaits = errors.New("the outcome of a payment is not known")

// ExpireOrders ends unpaid orders. An order that fails for whatever reason does not keep the others.
func (s *Service) ExpireOrders(ctx context.Context, _ *orderv1.ExpireOrdersRequest) (*orderv1.ExpireOrdersResponse, error) {
	due, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) ([]Order, error) {
		now := clock.Now()
		return queries.TakeDueOrders(ctx, tx, orderdb.TakeDueOrdersParams{Now: &now, NextTry: now.Add(expireAgain), Batch: expireBatch})
	})
	if err != nil {
		return nil, fmt.Errorf("take due orders: %w", err)
	}
	answer := &orderv1.ExpireOrdersResponse{}
	closer := closer{service: s}
	if err := closer.load(ctx, due); err != nil {
		return nil, err
	}
	for _, row := range due {
		after, err := s.expireOrder(ctx, row, &closer)
		switch state := parseState(after.State); {
		case errors.Is(err, errWaits):
			answer.Waiting++
		case err != nil:
			slog.ErrorContext(ctx, "expire order", "order_id", row.ID, "error", err)
			answer.Waiting++
		case state == Expired:
			answer.Expired++
		case state == Confirmed:
			answer.Confirmed++
		}
	}
	return answer, nil
}

// expireOrder closes what could still bring money, and then ends the order unless it brought some.
func (s *Service) expireOrder(ctx context.Context, row Order, closer *closer) (Order, error) {
	row, err := closer.close(ctx, row)
	if err != nil || parseState(row.State) != Pending {
		return row, err
	}
	return inventory.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (Order, error) {
		row, err := lock(ctx, tx, row.ID)
		if err != nil || parseState(row.State) != Pending || row.ExpireTime.After(clock.Now()) {
			return row, err // somebody else moved it on, or it got new time
		}
		payments, err := payment.CallOff(ctx, tx, row.ID, payment.Expired)
		if errors.Is(err, payment.ErrOpen) {
			return row, errWaits
		}
		if err != nil {
			return row, err
		}
		row.PaymentState = paymentName(paymentState(payments, row.TotalMinor, row.ConfirmTime != nil))
		row, err = expire(ctx, tx, row, "It was not paid in time.")
		crash.At(crash.ExpiryBeforeCommit)
		return row, err
	})
}

// closer closes the open payments of orders at their providers. Once one provider does not answer it asks none any more: the orders wait.
type closer struct {
	service *Service
	open    map[string][]*paymentv1.Payment // by order
	silent  bool
}

// load asks for the payments of all orders at once.
func (c *closer) load(ctx context.Context, orders []Order) error {
	if len(orders) == 0 {
		return nil
	}
	ids := make([]string, 0, len(orders))
	for _, row := range orders {
		ids = append(ids, row.ID)
	}
	answer, err := c.service.cfg.Payments.ListOrderPayments(ctx, &paymentv1.ListOrderPaymentsRequest{OrderIds: ids})
	if err != nil {
		return fmt.Errorf("list payments: %w", err)
	}
	c.open = make(map[string][]*paymentv1.Payment)
	for _, attempt := range answer.GetPayments() {
		if payment.Open(attempt.GetState()) && !payment.ByHand(attempt.GetProvider()) {
			c.open[attempt.GetOrderId()] = append(c.open[attempt.GetOrderId()], attempt)
		}
	}
	return nil
}

// close settles an order by what its providers say once its payments are closed there.
func (c *closer) close(ctx context.Context, row Order) (Order, error) {
	for _, attempt := range c.open[row.ID] {
		if c.silent && attempt.GetState() != payment.Created { // what was only written down here needs no provider
			return row, errWaits
		}
		closed, err := c.service.cfg.Payments.CloseAtProvider(ctx, &paymentv1.CloseAtProviderRequest{PaymentId: attempt.GetId()})
		if connect.CodeOf(err) == connect.CodeUnavailable {
			c.silent = true
			return row, errWaits
		}
		if err != nil {
			return row, fmt.Errorf("close payment: %w", err)
		}
		if row, err = c.service.settle(ctx, row.ID, attempt.GetId(), closed.GetView(), false); err != nil {
			return row, err
		}
	}
	return row, nil
}
