package order

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/inventory"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

var (
	errNotDelivered    = rpc.FailedPrecondition("nothing of this order is brought to you, so nobody could collect the money; pay in another way")
	errPaidFirst       = rpc.FailedPrecondition("this order has gift cards in it, which are paid before they are issued; pay in another way")
	errTransferTooLate = rpc.FailedPrecondition("a transfer for this order would come too late by now; pay in another way, or order again")
	errNoAccount       = rpc.FailedPrecondition("the shop takes no bank transfers at the moment; choose another way to pay")
)

// payOnDelivery lets a shopper whose payment did not work out pay whoever brings the parcel. The order is confirmed with its stock in the transaction that agrees to collect.
func (s *Service) payOnDelivery(ctx context.Context, caller auth.Caller, orderID string) (string, error) {
	brought := func(row Order) error {
		if row.Digital {
			return errNotDelivered
		}
		if row.GiftCardsMinor > 0 {
			return errPaidFirst
		}
		return nil
	}
	return s.payByHand(ctx, caller, orderID, brought, func(ctx context.Context, tx pgx.Tx, row Order) (string, error) {
		paymentID, payments, err := payment.PayByHand(ctx, tx, row.ID, payment.ProviderOnDelivery, clock.Now())
		if err != nil {
			return "", err
		}
		if err := note(ctx, tx, row.ID, "payment.on_delivery", "The shopper chose to pay on delivery.", actor(caller)); err != nil {
			return "", err
		}
		taken, err := keep(ctx, tx, row)
		if err != nil {
			return "", err
		}
		if !taken {
			return "", errSoldOut
		}
		row.PaymentState = paymentName(paymentState(payments, row.TotalMinor, true))
		_, err = confirm(ctx, tx, row)
		return paymentID, err
	})
}

// payByTransfer lets a shopper transfer the money, such as one whose card was declined. The order and its stock are kept until it must have arrived, which is
// counted from when the order was placed: whoever chooses anew gets no new time.
func (s *Service) payByTransfer(ctx context.Context, caller auth.Caller, orderID string) (string, error) {
	offered := func(Order) error {
		if s.cfg.Account == nil {
			return errNoAccount
		}
		return nil
	}
	return s.payByHand(ctx, caller, orderID, offered, func(ctx context.Context, tx pgx.Tx, row Order) (string, error) {
		last := row.CreateTime.Add(s.cfg.Account.Waits)
		if !last.After(clock.Now()) {
			return "", errTransferTooLate
		}
		until := keptUntil(row, last)
		paymentID, _, err := payment.PayByHand(ctx, tx, row.ID, payment.ProviderBankTransfer, *until)
		if err != nil || parsePaymentState(row.PaymentState) == AwaitingTransfer { // pressed twice
			return paymentID, err
		}
		row.PaymentState, row.ExpireTime = paymentName(AwaitingTransfer), until
		if _, err := move(ctx, tx, row); err != nil {
			return "", err
		}
		if err := tellAwaited(ctx, tx, row, actor(caller)); err != nil {
			return "", err
		}
		shortages, err := inventory.Pin(ctx, tx, row.ID, *until)
		if err == nil && len(shortages) > 0 {
			err = errSoldOut
		}
		return paymentID, err
	})
}

// payByHand changes how a shopper's unpaid order is paid to a way in which people collect. What could still bring money is closed at its provider first: if that turns out
// paid, the order is, and nothing is collected.
func (s *Service) payByHand(
	ctx context.Context, caller auth.Caller, orderID string, can func(Order) error, agree func(context.Context, pgx.Tx, Order) (string, error),
) (string, error) {
	row, err := queries.GetOrder(ctx, s.cfg.DB.Primary(), orderID)
	if postgres.IsNoRows(err) || err == nil && !visible(caller, row) {
		return "", errNoOrder
	}
	if err != nil {
		return "", fmt.Errorf("get order: %w", err)
	}
	if err := can(row); err != nil {
		return "", err
	}
	if parseState(row.State) == Pending {
		if err := s.closeOpen(ctx, row, ""); err != nil {
			return "", err
		}
	}
	paymentID, err := inventory.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (string, error) {
		row, err := lock(ctx, tx, orderID)
		if err != nil {
			return "", err
		}
		if err := payable(row); err != nil {
			return "", err
		}
		return agree(ctx, tx, row)
	})
	if errors.Is(err, payment.ErrOpen) {
		return "", errPaying
	}
	return paymentID, err
}

// closeOpen closes at its provider what could still bring money for an order, before its shopper pays in another way: only one attempt if that is named, since another press of the same button may have
// begun the next one already. If it turns out paid, the order is.
func (s *Service) closeOpen(ctx context.Context, row Order, only string) error {
	closer := closer{service: s}
	if err := closer.load(ctx, []Order{row}); err != nil {
		return err
	}
	if only != "" {
		closer.open[row.ID] = slices.DeleteFunc(closer.open[row.ID], func(attempt *paymentv1.Payment) bool { return attempt.GetId() != only })
	}
	_, err := closer.close(ctx, row)
	if errors.Is(err, errWaits) {
		return errPaying
	}
	return err
}
