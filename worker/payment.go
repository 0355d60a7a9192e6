package main

import (
	"context"
	"errors"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/services"
)

func paymentConsumers(set *services.Set) []broker.Consumer {
	return []broker.Consumer{
		// A provider's message only says that it should be asked; what it says then is settled.
		broker.On("payment.settle", func(ctx context.Context, event *paymentv1.ProviderSpoke) error {
			return settle(ctx, set, event.GetPaymentId())
		}),
		broker.On("payment.return", func(ctx context.Context, event *paymentv1.ReturnDue) error {
			_, err := set.Payments.ReturnMoney(ctx, &paymentv1.ReturnMoneyRequest{PaymentId: event.GetPaymentId(), IdempotencyKey: broker.EventID(ctx)})
			if connect.CodeOf(err) == connect.CodeFailedPrecondition { // nothing is owed any more
				return nil
			}
			return err
		}),
	}
}

func settle(ctx context.Context, set *services.Set, payment string) error {
	_, err := set.Orders.SettlePayment(ctx, &orderv1.SettlePaymentRequest{PaymentId: payment})
	if connect.CodeOf(err) == connect.CodeNotFound {
		return broker.Poison(err) // no such payment: trying again cannot help
	}
	return err
}

// settleUnsettled asks about payments whose outcome is not known, or whose shopper has not come back. One that cannot be settled now
// is asked about again later, and keeps nobody else waiting.
func settleUnsettled(ctx context.Context, set *services.Set) (bool, error) {
	due, err := set.Payments.ListUnsettledPayments(ctx, &paymentv1.ListUnsettledPaymentsRequest{})
	if err != nil {
		return false, err
	}
	var failures []error
	for _, payment := range due.GetPaymentIds() {
		if err := settle(ctx, set, payment); err != nil && connect.CodeOf(err) != connect.CodeUnavailable {
			failures = append(failures, err)
		}
	}
	return false, errors.Join(failures...)
}
