package order

import (
	"context"
	"fmt"
	"log/slog"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/orderdb"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/inventory"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/pricing"
)

// SettlePayment is the one way on for a payment: it asks the provider and moves everything accordingly.
func (s *Service) SettlePayment(ctx context.Context, req *orderv1.SettlePaymentRequest) (*orderv1.SettlePaymentResponse, error) {
	asked, err := s.cfg.Payments.AskProvider(ctx, &paymentv1.AskProviderRequest{PaymentId: req.GetPaymentId()})
	if code := connect.CodeOf(err); code == connect.CodeNotFound || code == connect.CodeUnavailable {
		return nil, rpc.Passed(err)
	}
	if err != nil {
		return nil, fmt.Errorf("ask provider: %w", err)
	}
	row, err := s.settle(ctx, asked.GetOrderId(), req.GetPaymentId(), asked.GetView(), true)
	if err != nil {
		return nil, err
	}
	return &orderv1.SettlePaymentResponse{OrderId: row.ID, OrderState: parseState(row.State), PaymentState: parsePaymentState(row.PaymentState)}, nil
}

// settle applies what a provider says of a payment and moves order, stock and books by it in one transaction. Repeating it changes nothing. again says whether a
// shopper whose payment failed gets new time to try once more.
func (s *Service) settle(ctx context.Context, orderID, paymentID string, view *paymentv1.ProviderView, again bool) (Order, error) {
	row, err := inventory.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (Order, error) {
		row, err := lock(ctx, tx, orderID)
		if err != nil {
			return row, err
		}
		applied, err := payment.Apply(ctx, tx, orderID, paymentID, view)
		if err != nil {
			return row, err
		}
		if row, err = follow(ctx, tx, row, applied, again); err != nil {
			return row, err
		}
		row, err = s.issueGiftCards(ctx, tx, row, applied.Standing)
		crash.At(crash.SettleBeforeCommit)
		return row, err
	})
	crash.At(crash.SettleAfterCommit)
	if err != nil {
		return row, fmt.Errorf("settle payment %s: %w", paymentID, err)
	}
	return row, nil
}

// follow moves a locked order by what happened to one of its payments.
func follow(ctx context.Context, tx pgx.Tx, row Order, applied payment.Applied, again bool) (Order, error) {
	if err := noteDisputes(ctx, tx, row, applied.Disputes); err != nil {
		return row, err
	}
	switch {
	case applied.CapturedMinor > 0 || applied.Reserved:
		return received(ctx, tx, row, applied)
	case applied.Closed:
		return closeAttempt(ctx, tx, row, applied, again)
	case applied.RefundedMinor > 0:
		if err := note(ctx, tx, row.ID, "payment.refunded", "Money went back to the shopper.", bySystem); err != nil {
			return row, err
		}
	case applied.RefundedMinor < 0:
		text := "A refund did not arrive and the money came back. The shopper still has to get it in another way."
		if err := note(ctx, tx, row.ID, "payment.refund_failed", text, bySystem); err != nil {
			return row, err
		}
	case applied.Problem != "":
		slog.ErrorContext(ctx, "a provider's view was not applied", "order_id", row.ID, "payment_id", applied.PaymentID, "problem", applied.Problem)
		if err := note(ctx, tx, row.ID, "payment.problem", applied.Problem, bySystem); err != nil {
			return row, err
		}
	}
	return sumUp(ctx, tx, row, applied.Standing)
}

// received keeps the order that money came or was reserved for, if its goods can still be had and nobody called it off. Else the money goes back.
func received(ctx context.Context, tx pgx.Tx, row Order, applied payment.Applied) (Order, error) {
	kind, text := "payment.captured", "Money was received."
	if applied.CapturedMinor == 0 {
		kind, text = "payment.reserved", "Money was reserved."
	}
	if err := note(ctx, tx, row.ID, kind, text, bySystem); err != nil {
		return row, err
	}
	state, kept := parseState(row.State), applied.Standing.KeptMinor()
	row.PaymentState = paymentName(paymentState(applied.Standing, row.TotalMinor, row.ConfirmTime != nil))
	switch {
	case kept <= 0, // the same view tells that it went back already
		stands(row) && kept <= row.TotalMinor, state == Pending && kept < row.TotalMinor:
		return move(ctx, tx, row)
	case may(state, Confirmed) && kept >= row.TotalMinor:
		taken, err := keep(ctx, tx, row)
		if err != nil {
			return row, err
		}
		if taken {
			return confirm(ctx, tx, row)
		}
		if state == Pending {
			if row, err = expire(ctx, tx, row, "Its stock was sold before the money came."); err != nil {
				return row, err
			}
		}
	}
	if err := note(ctx, tx, row.ID, "payment.return_due", "The order cannot be kept for this money, so it goes back.", bySystem); err != nil {
		return row, err
	}
	if err := payment.OweReturn(ctx, tx, row.ID, applied.PaymentID); err != nil {
		return row, err
	}
	return move(ctx, tx, row)
}

// keep takes the stock of an order whose money came, and says whether there is enough. An expired order gave back what made it cheaper: unless all of that
// can be counted once more it is not kept either, since its price would not be true.
func keep(ctx context.Context, tx pgx.Tx, row Order) (bool, error) {
	if parseState(row.State) == Expired {
		refused, err := pricing.Reclaim(ctx, tx, row.ID)
		if err != nil || len(refused) > 0 {
			return false, err
		}
	}
	shortages, err := inventory.Commit(ctx, tx, row.ID)
	if err == nil && len(shortages) > 0 && parseState(row.State) == Expired {
		err = pricing.Release(ctx, tx, row.ID)
	}
	return len(shortages) == 0, err
}

// confirm makes an order one that the shop will send.
func confirm(ctx context.Context, tx pgx.Tx, row Order) (Order, error) {
	now := clock.Now()
	row.State, row.ExpireTime, row.ConfirmTime = name(Confirmed), nil, &now
	text := "The order is paid."
	switch parsePaymentState(row.PaymentState) {
	case Reserved:
		text = "The money for the order is reserved."
	case PartlyPaid:
		text = "A part of the order is paid and the rest agreed."
	case OnDelivery:
		text = "Nothing is to be paid now."
	}
	if err := note(ctx, tx, row.ID, "confirmed", text, bySystem); err != nil {
		return row, err
	}
	if err := sell(ctx, tx, row); err != nil {
		return row, err
	}
	if err := broker.Publish(ctx, tx, &orderv1.OrderConfirmed{OrderId: row.ID}); err != nil {
		return row, err
	}
	row, err := fulfilDigital(ctx, tx, row)
	if err != nil {
		return row, err
	}
	return move(ctx, tx, row)
}

// closeAttempt lets the shopper try again: the stock goes back on the clock. A shopper who was turned down gets new time; one who let the provider's time run out
// keeps what is left. The last attempt that there may be ends the order, so that others can have its stock.
func closeAttempt(ctx context.Context, tx pgx.Tx, row Order, applied payment.Applied, again bool) (Order, error) {
	kind, text := "payment.declined", "The payment failed"
	switch applied.State {
	case payment.Expired:
		kind, text = "payment.expired", "The shopper did not pay in time"
	case payment.Voided:
		kind, text = "payment.voided", "The open payment was called off"
	}
	if applied.Problem != "" {
		text += ": " + applied.Problem
	}
	if err := note(ctx, tx, row.ID, kind, text+".", bySystem); err != nil {
		return row, err
	}
	if parseState(row.State) != Pending {
		return sumUp(ctx, tx, row, applied.Standing)
	}
	row.PaymentState = paymentName(paymentState(applied.Standing, row.TotalMinor, row.ConfirmTime != nil))
	if again && applied.Standing.Tries >= payment.MaxAttempts {
		return expire(ctx, tx, row, "Paying for it failed too often.")
	}
	if again && applied.State == payment.Failed {
		row.ExpireTime = keptUntil(row, payUntil(row))
	}
	moved, err := move(ctx, tx, row)
	if err != nil {
		return row, err
	}
	return moved, inventory.Unpin(ctx, tx, row.ID, *row.ExpireTime)
}

// expire ends an unpaid order and gives back its stock, what made it cheaper, and what gift cards paid of it.
func expire(ctx context.Context, tx pgx.Tx, row Order, why string) (Order, error) {
	row.State, row.ExpireTime = name(Expired), nil
	if err := note(ctx, tx, row.ID, "expired", why, bySystem); err != nil {
		return row, err
	}
	if err := broker.Publish(ctx, tx, &orderv1.OrderExpired{OrderId: row.ID}); err != nil {
		return row, err
	}
	moved, err := move(ctx, tx, row)
	if err != nil {
		return row, err
	}
	if err := payment.OweReturns(ctx, tx, row.ID); err != nil {
		return row, err
	}
	if err := pricing.Release(ctx, tx, row.ID); err != nil {
		return row, err
	}
	return moved, inventory.Release(ctx, tx, row.ID)
}

// sumUp keeps the order's payment state true to its payments.
func sumUp(ctx context.Context, tx pgx.Tx, row Order, payments payment.Standing) (Order, error) {
	state := paymentName(paymentState(payments, row.TotalMinor, row.ConfirmTime != nil))
	if row.PaymentState == state || row.TotalMinor == 0 {
		return row, nil
	}
	row.PaymentState = state
	return move(ctx, tx, row)
}

// move stores where a locked order stands. The links to its files open once it is paid, be that as it is placed, when it is confirmed, or days later when the parcel is paid for.
func move(ctx context.Context, tx pgx.Tx, row Order) (Order, error) {
	moved, err := queries.MoveOrder(ctx, tx, orderdb.MoveOrderParams{
		ID: row.ID, State: row.State, PaymentState: row.PaymentState, ExpireTime: row.ExpireTime, ConfirmTime: row.ConfirmTime, Now: clock.Now(),
	})
	if err != nil {
		return row, fmt.Errorf("move order: %w", err)
	}
	if !paidFor(moved) {
		return moved, nil
	}
	if err := queries.StartDownloads(ctx, postgres.Later(tx), orderdb.StartDownloadsParams{OrderID: row.ID, Now: clock.Now()}); err != nil {
		return row, fmt.Errorf("start downloads: %w", err)
	}
	return moved, nil
}
