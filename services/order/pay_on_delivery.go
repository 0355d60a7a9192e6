package order

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/inventory"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

var errNotDelivered = rpc.FailedPrecondition("nothing of this order is brought to you, so nobody could collect the money; pay online")

var errPaidFirst = rpc.FailedPrecondition("this order has gift cards in it, which are paid before they are issued; pay online")

// payOnDelivery lets a shopper whose payment did not work out pay whoever brings the parcel. What could still bring money is closed at its provider first: if that turns out
// paid, the order is, and nothing is collected. The order is confirmed with its stock in the transaction that agrees to collect.
func (s *Service) payOnDelivery(ctx context.Context, caller auth.Caller, orderID string) (string, error) {
	row, err := queries.GetOrder(ctx, s.cfg.DB.Primary(), orderID)
	if postgres.IsNoRows(err) || err == nil && !visible(caller, row) {
		return "", errNoOrder
	}
	if err != nil {
		return "", fmt.Errorf("get order: %w", err)
	}
	if row.Digital {
		return "", errNotDelivered
	}
	if row.GiftCardsMinor > 0 {
		return "", errPaidFirst
	}
	if parseState(row.State) == Pending {
		if err := s.closeOpen(ctx, row); err != nil {
			return "", err
		}
	}
	return inventory.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (string, error) {
		row, err := lock(ctx, tx, orderID)
		if err != nil {
			return "", err
		}
		if err := payable(row); err != nil {
			return "", err
		}
		paymentID, err := payment.CollectOnDelivery(ctx, tx, row.ID)
		switch {
		case errors.Is(err, payment.ErrOpen):
			return "", errPaying
		case errors.Is(err, payment.ErrTooMany):
			return "", errTooOften
		case err != nil:
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
		if parsePaymentState(row.PaymentState) != PartlyPaid { // by gift cards
			row.PaymentState = paymentName(OnDelivery)
		}
		_, err = confirm(ctx, tx, row)
		return paymentID, err
	})
}

// closeOpen closes at its provider what could still bring money for an order, before its shopper pays in another way. If it turns out paid, the order is.
func (s *Service) closeOpen(ctx context.Context, row Order) error {
	closer := closer{service: s}
	if err := closer.load(ctx, []Order{row}); err != nil {
		return err
	}
	_, err := closer.close(ctx, row)
	if errors.Is(err, errWaits) {
		return errPaying
	}
	return err
}
