package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/services"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// hangingProvider answers no question until it is let go.
type hangingProvider struct {
	*shoptest.Provider
	asked chan string
	letGo chan struct{}
}

func (p *hangingProvider) Find(ctx context.Context, of payment.Ref) (payment.View, error) {
	p.asked <- of.Reference
	<-p.letGo
	return p.Provider.Find(ctx, of)
}

// However often a provider failed to move money, it is asked again within minutes, for a day: a shopper whose money is owed does not wait an hour for it.
func TestMoneyIsMovedSoonAfterAProviderIsWell(t *testing.T) {
	t.Parallel()
	for _, consumer := range paymentConsumers(settings{}, &services.Set{}) {
		var all time.Duration
		for _, pause := range consumer.Retries {
			all += pause
		}
		if len(consumer.Retries) == 0 || slices.Max(consumer.Retries) > 5*time.Minute || all < 24*time.Hour {
			t.Errorf("%s is tried %d more times within %v", consumer.Name, len(consumer.Retries), all)
		}
	}
}

// While a provider hangs, a new payment does not wait behind those that were asked about before, and only so many wait at once.
func TestSettleWhileTheProviderHangs(t *testing.T) {
	t.Parallel()
	provider := &hangingProvider{shoptest.NewProvider(), make(chan string, 100), make(chan struct{})}
	shop := shoptest.Open(t, postgrestest.New(t), provider)
	set := &services.Set{Payments: shop.Payments, Orders: shop.Orders}
	lamp := shop.Variant(2500, 50)
	for range 12 {
		shop.Start(shop.Order(shoptest.Item{Variant: lamp, Quantity: 1}))
	}
	shop.Exec("update payments set asks = 3, ask_time = now() - interval '5 minutes'")
	fresh := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(fresh)
	provider.Pay(fresh.Payment)
	shop.Exec("update payments set ask_time = now() - interval '1 second' where id = $1", fresh.Payment)

	type result struct {
		more bool
		err  error
	}
	done := make(chan result, 1)
	go func() {
		more, err := settleUnsettled(shop.Process(), set)
		done <- result{more, err}
	}()
	var asked []string
	for len(asked) < askAtOnce {
		select {
		case reference := <-provider.asked:
			asked = append(asked, reference)
		case <-time.After(time.Minute):
			t.Fatalf("only %d payments were asked about at once", len(asked))
		}
	}
	if !slices.Contains(asked, fresh.Payment) {
		t.Error("the new payment waits behind those that were asked about before")
	}
	close(provider.letGo)
	if first := <-done; !first.more || first.err != nil || len(provider.asked) != 0 {
		t.Errorf("%+v, and %d more were asked about", first, len(provider.asked))
	}
	shop.Wants(fresh.ID, order.Confirmed, order.Paid)
	if more, err := settleUnsettled(shop.Process(), set); more || err != nil || len(provider.asked) != 13-askAtOnce {
		t.Errorf("then %d were asked about, more %v, %v; want the %d left", len(provider.asked), more, err, 13-askAtOnce)
	}
}

// Money of which no message told, and about which nobody asks any more, is found in the provider's statement and makes its order.
func TestReconcile(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	set := &services.Set{Payments: shop.Payments, Orders: shop.Orders}
	lamp := shop.Variant(2500, 50)
	var orders []shoptest.Placed
	for range 5 { // more than a page of the statement
		placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
		shop.Start(placed)
		shop.Provider.Decline(placed.Payment)
		shop.Settle(placed.Payment)
		shop.Provider.Distort(placed.Payment, func(view *payment.View) { view.State, view.CapturedMinor = payment.Captured, 3095 })
		orders = append(orders, placed)
	}
	if more, err := settleUnsettled(shop.Process(), set); more || err != nil {
		t.Fatal(more, err)
	}
	shop.Wants(orders[0].ID, order.Pending, order.Unpaid)
	if more, err := reconcile(shop.Process(), set); more || err != nil {
		t.Fatal(more, err)
	}
	for _, placed := range orders {
		shop.Wants(placed.ID, order.Confirmed, order.Paid)
	}
	shop.Audit()
}
