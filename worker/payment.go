package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/services"
)

func paymentConsumers(_ settings, set *services.Set) []broker.Consumer {
	consumers := []broker.Consumer{
		// A provider's message only says that it should be asked; what it says then is settled.
		broker.On("payment.settle", func(ctx context.Context, event *paymentv1.ProviderSpoke) error {
			return settle(ctx, set, event.GetPaymentId())
		}),
		broker.On("payment.instruction", func(ctx context.Context, event *paymentv1.InstructionGiven) error {
			_, err := set.Orders.CarryOutInstruction(ctx, &orderv1.CarryOutInstructionRequest{InstructionId: event.GetInstructionId()})
			if connect.CodeOf(err) == connect.CodeNotFound {
				return broker.Poison(err) // no such instruction: trying again cannot help
			}
			return err
		}),
		broker.On("payment.gift_cards", func(ctx context.Context, event *pricingv1.GiftCardsMoved) error {
			_, err := set.Payments.PostGiftCardMoves(ctx, &paymentv1.PostGiftCardMovesRequest{MoveIds: event.GetMoveIds()})
			return err
		}),
		broker.On("payment.return", func(ctx context.Context, event *paymentv1.ReturnDue) error {
			_, err := set.Payments.ReturnMoney(ctx, &paymentv1.ReturnMoneyRequest{PaymentId: event.GetPaymentId(), IdempotencyKey: broker.EventID(ctx)})
			if connect.CodeOf(err) == connect.CodeFailedPrecondition { // nothing is owed any more
				return nil
			}
			return err
		}),
	}
	for i := range consumers {
		consumers[i].Retries = whenProviderFails
	}
	return consumers
}

// whenProviderFails are the pauses before a provider is asked again to move money. None is long, so that a shopper's money is on its way back within minutes of the
// provider's being well again, however long it was not; after a day people have to look into it.
var whenProviderFails = append(
	[]time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute}, slices.Repeat([]time.Duration{5 * time.Minute}, 24*12)...,
)

func settle(ctx context.Context, set *services.Set, payment string) error {
	_, err := set.Orders.SettlePayment(ctx, &orderv1.SettlePaymentRequest{PaymentId: payment})
	if connect.CodeOf(err) == connect.CodeNotFound {
		return broker.Poison(err) // no such payment: trying again cannot help
	}
	return err
}

// askAtOnce is how many payments are asked about at the same moment. A provider that hangs holds up so many, and the next ones are those that were asked about least.
const askAtOnce = 8

// settleUnsettled asks about payments whose outcome is not known, or whose shopper has not come back. One that cannot be settled now is asked about again later.
func settleUnsettled(ctx context.Context, set *services.Set) (bool, error) {
	due, err := set.Payments.ListUnsettledPayments(ctx, &paymentv1.ListUnsettledPaymentsRequest{Limit: askAtOnce})
	if err != nil {
		return false, err
	}
	return len(due.GetPaymentIds()) == askAtOnce, settleAll(ctx, set, due.GetPaymentIds())
}

// settleAll settles payments, a few at once. That a provider does not answer is no failure: they stay to be settled.
func settleAll(ctx context.Context, set *services.Set, payments []string) error {
	failures := make([]error, len(payments))
	places := make(chan struct{}, askAtOnce)
	var asking sync.WaitGroup
	for i, payment := range payments {
		places <- struct{}{}
		asking.Go(func() {
			defer func() { <-places }()
			if err := settle(ctx, set, payment); connect.CodeOf(err) != connect.CodeUnavailable {
				failures[i] = err
			}
		})
	}
	asking.Wait()
	return errors.Join(failures...)
}

// warnLapsing tells staff of money that is reserved and will soon not be any more.
func warnLapsing(ctx context.Context, set *services.Set) (bool, error) {
	answer, err := set.Payments.WarnLapsing(ctx, &paymentv1.WarnLapsingRequest{})
	return len(answer.GetPayments()) == warnAtOnce, err
}

// reconcileStatements compares, once a day, what providers' own statements say with our books, for staff to see to what does not agree.
func reconcileStatements(ctx context.Context, set *services.Set) (bool, error) {
	_, err := set.Payments.ReconcileStatements(ctx, &paymentv1.ReconcileStatementsRequest{})
	return false, err
}

// warnAtOnce is how many a call warns of, as its proto says.
const warnAtOnce = 100

// reconciled is how far back statements are compared: far longer than a provider keeps sending its messages, or than staff leave a worker stopped.
const reconciled = 24 * time.Hour

// reconcile compares what providers say that they moved with our books and settles what was missed. It finds what no message told and no question was asked about any more.
func reconcile(ctx context.Context, set *services.Set) (bool, error) {
	req := &paymentv1.ReconcileChargesRequest{StartTime: timestamppb.New(clock.Now().Add(-reconciled))}
	var failures []error
	for {
		page, err := set.Payments.ReconcileCharges(ctx, req)
		if err != nil {
			return false, errors.Join(append(failures, err)...)
		}
		failures = append(failures, settleAll(ctx, set, page.GetPaymentIds()))
		if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
			return false, errors.Join(failures...)
		}
	}
}
