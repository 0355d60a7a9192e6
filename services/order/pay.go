package order

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/inventory"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

// StartPayment opens the order's payment at its provider. The stock is taken off the clock in the transaction that begins the attempt, so that it outlasts
// whatever the provider does; then the provider is called, and what it says is applied like anything else it says.
func (s *Service) StartPayment(ctx context.Context, req *orderv1.StartPaymentRequest) (*orderv1.StartPaymentResponse, error) {
	caller := auth.CallerFrom(ctx)
	switch {
	case req.GetOnDelivery():
		paymentID, err := s.payOnDelivery(ctx, caller, req.GetOrderId())
		return &orderv1.StartPaymentResponse{PaymentId: paymentID}, err
	case req.GetByTransfer():
		paymentID, err := s.payByTransfer(ctx, caller, req.GetOrderId())
		return &orderv1.StartPaymentResponse{PaymentId: paymentID}, err
	case s.cfg.HostedProvider == "":
		return nil, errNotOnline
	}
	way := req.GetWay()
	if way == nil && caller.Kind != auth.Customer { // who only holds the link goes on with nothing that a customer chose
		way = &paymentv1.Way{}
	}
	customer, err := methodOwner(caller, way)
	if err != nil {
		return nil, err
	}
	var placed Order
	var before string // an attempt in another way
	start := func(ctx context.Context, tx pgx.Tx) (payment.Attempt, error) {
		row, err := lock(ctx, tx, req.GetOrderId())
		if err != nil {
			return payment.Attempt{}, err
		}
		if !visible(caller, row) {
			return payment.Attempt{}, errNoOrder
		}
		placed = row
		attempt, err := s.begin(ctx, tx, row, way, actor(caller))
		if errors.Is(err, payment.ErrOpen) {
			before = attempt.ID
		}
		return attempt, err
	}
	attempt, err := inventory.InTx(ctx, s.cfg.DB, start)
	if errors.Is(err, payment.ErrOpen) { // the shopper chose another way than before
		if err := s.closeOpen(ctx, placed, before); err != nil {
			return nil, err
		}
		attempt, err = inventory.InTx(ctx, s.cfg.DB, start)
	}
	if errors.Is(err, payment.ErrOpen) {
		return nil, errPaying
	}
	if err != nil {
		return nil, err
	}
	if attempt.InFields {
		return &orderv1.StartPaymentResponse{PaymentId: attempt.ID, InFields: true}, nil
	}
	if attempt.RedirectURL != "" {
		return &orderv1.StartPaymentResponse{PaymentId: attempt.ID, RedirectUrl: attempt.RedirectURL}, nil
	}
	if attempt.New && placed.Owner != nil {
		if err := s.cfg.Tries.take(ctx, *placed.Owner); err != nil {
			return nil, err
		}
	}
	signed, err := s.sign(ctx, req.GetOrderId())
	if err != nil {
		return nil, err
	}
	atOnce := placed.Digital || placed.GiftCardsMinor > 0 // nothing is sent, or gift cards wait for the money
	opened, err := s.cfg.Payments.OpenAtProvider(ctx, &paymentv1.OpenAtProviderRequest{
		PaymentId: attempt.ID, ReturnUrl: s.cfg.PublicURL + "/orders/" + signed + "/return", Description: "Order " + placed.Number,
		CaptureLater: s.cfg.CaptureLater && !atOnce, Way: way, CustomerId: customer, SignedIn: caller.Kind == auth.Customer,
	})
	if err != nil {
		return nil, rpc.Passed(err)
	}
	row, err := s.settle(ctx, req.GetOrderId(), attempt.ID, opened.GetView(), true)
	if err != nil {
		return nil, err
	}
	if state := parsePaymentState(row.PaymentState); state == Unpaid || state == PartlyPaid && !stands(row) {
		if err := payable(row); err != nil {
			return nil, err
		}
		return nil, rpc.FailedPrecondition("the payment could not be started; try again")
	}
	return &orderv1.StartPaymentResponse{PaymentId: attempt.ID, RedirectUrl: opened.GetView().GetRedirectUrl(), InFields: opened.GetInFields()}, nil
}

// methodOwner is the customer whose saved methods a way of paying is about; empty for one that is about none. Whoever holds an order's link may pay it, but not by what its customer saved.
func methodOwner(caller auth.Caller, way *paymentv1.Way) (string, error) {
	switch {
	case way.GetSavedMethodId() == "" && !way.GetSaveMethod():
		return "", nil
	case caller.Kind != auth.Customer || caller.Subject == "":
		return "", rpc.FailedPrecondition("sign in to pay by a saved card, or to save one")
	default:
		return caller.Subject, nil
	}
}

// begin moves a locked order to being paid.
func (s *Service) begin(ctx context.Context, tx pgx.Tx, row Order, way *paymentv1.Way, by string) (payment.Attempt, error) {
	if err := payable(row); err != nil {
		return payment.Attempt{}, err
	}
	expires := payUntil(row)
	if expires.Sub(clock.Now()) < leastToPay {
		return payment.Attempt{}, errTooLate
	}
	attempt, err := payment.Begin(ctx, tx, row.ID, s.cfg.HostedProvider, way, expires)
	if errors.Is(err, payment.ErrTooMany) {
		return attempt, errTooOften
	}
	if err != nil || attempt.RedirectURL != "" || attempt.InFields {
		return attempt, err
	}
	if attempt.New {
		if err := note(ctx, tx, row.ID, "payment.started", "The shopper began to pay.", by); err != nil {
			return attempt, err
		}
	}
	row.PaymentState, row.ExpireTime = paymentName(Paying), keptUntil(row, expires)
	if _, err := move(ctx, tx, row); err != nil {
		return attempt, err
	}
	shortages, err := inventory.Pin(ctx, tx, row.ID, *row.ExpireTime)
	if err == nil && len(shortages) > 0 {
		err = errSoldOut
	}
	return attempt, err
}

// payUntil is when new time to pay ends. An order that was to be transferred may be kept for longer than others.
func payUntil(row Order) time.Time {
	until, last := clock.Now().Add(TimeToPay), row.CreateTime.Add(longestToPay)
	if row.ExpireTime != nil && row.ExpireTime.After(last) {
		last = *row.ExpireTime
	}
	if until.After(last) {
		return last
	}
	return until
}

// keptUntil is the later of a time and when an order was to end before: a shopper who tries to pay online what was to be transferred loses no time by it.
func keptUntil(row Order, until time.Time) *time.Time {
	if row.ExpireTime != nil && row.ExpireTime.After(until) {
		return row.ExpireTime
	}
	return &until
}

var (
	errNotOnline = rpc.FailedPrecondition("the shop takes no payments online at the moment; choose another way to pay")
	errTooLate   = rpc.FailedPrecondition("this order was not paid in time; please order again")
	errTooOften  = rpc.FailedPrecondition("paying for this order failed too often; please order again")
	errSoldOut   = rpc.FailedPrecondition("something in this order was sold out before it was paid; order again what is left")
)

// payable says in the shopper's words why an order cannot be paid; nil when it can.
func payable(row Order) error {
	switch parseState(row.State) {
	case Pending:
		return nil
	case Cancelled:
		return rpc.FailedPrecondition("this order was cancelled")
	case Expired:
		return errTooLate
	default:
		return rpc.FailedPrecondition("nothing is to be paid for this order")
	}
}

// lock makes whoever moves an order do so in turn.
func lock(ctx context.Context, tx pgx.Tx, orderID string) (Order, error) {
	row, err := queries.LockOrder(ctx, tx, orderID)
	if postgres.IsNoRows(err) {
		return row, errNoOrder
	}
	if err != nil {
		return row, fmt.Errorf("lock order: %w", err)
	}
	return row, nil
}
