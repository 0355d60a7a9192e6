package order_test

import (
	"testing"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// expired returns an order that was not paid in time, though its payment can still be paid at a provider that did not hear of the end.
func expired(t *testing.T, shop *shoptest.Shop, lamp string) shoptest.Placed {
	t.Helper()
	placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(placed)
	shop.Provider.Expire(placed.Payment)
	shop.Overdue(placed.ID)
	if _, err := shop.Orders.ExpireOrders(shop.Process(), &orderv1.ExpireOrdersRequest{}); err != nil {
		t.Fatal(err)
	}
	shop.Wants(placed.ID, order.Expired, order.Unpaid)
	// The provider took the money after all, and says so now.
	shop.Provider.Distort(placed.Payment, func(view *payment.View) {
		view.State, view.CapturedMinor = paymentv1.PaymentState_PAYMENT_STATE_CAPTURED, 2500+595
	})
	return placed
}

// giveBack does what the worker does when money is to go back.
func giveBack(t *testing.T, shop *shoptest.Shop, paymentID string) {
	t.Helper()
	if _, err := shop.Payments.ReturnMoney(shop.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: paymentID, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	shop.Settle(paymentID)
	answer, err := shop.Payments.GetPayment(shop.Process(), &paymentv1.GetPaymentRequest{PaymentId: paymentID})
	if err != nil || answer.GetPayment().GetState() != payment.Refunded {
		t.Errorf("the payment is %v, %v; want refunded", answer.GetPayment().GetState(), err)
	}
}

// Money that comes for an expired order brings it back to life while its goods can still be had.
func TestLateMoneyWithStock(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 1)
	placed := expired(t, shop, lamp)
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	if onHand, held := shop.OnHand(lamp); onHand != 0 || held != 0 {
		t.Errorf("%d on hand, %d held; want none", onHand, held)
	}
	shop.Audit()
}

// Money that comes when the goods are gone goes back in full, once, however often anybody asks.
func TestLateMoneyWithoutStock(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 1)
	placed := expired(t, shop, lamp)
	shop.OrderOnDelivery(shoptest.Item{Variant: lamp, Quantity: 1})
	for range 3 {
		shop.Settle(placed.Payment)
	}
	shop.Wants(placed.ID, order.Expired, order.Paid)
	if told := shop.Told("payment.v1.ReturnDue"); told != 1 {
		t.Errorf("the return was told %d times, want once", told)
	}
	shop.Audit()
	for range 2 {
		giveBack(t, shop, placed.Payment)
	}
	shop.Wants(placed.ID, order.Expired, order.Refunded)
	if noted := shop.Number("select count(*) from order_timeline where order_id = $1 and kind = 'payment.refunded'", placed.ID); noted != 1 {
		t.Errorf("the timeline says %d times that the money went back, want once", noted)
	}
	if refunds := shop.Provider.Calls("refund"); refunds != 1 || shop.Provider.Kept() != 0 {
		t.Errorf("%d refunds, the provider keeps %d; want 1 and nothing", refunds, shop.Provider.Kept())
	}
	shop.Audit()
}

// A payment that comes in for an unpaid order whose stock was sold meanwhile ends the order rather than promising what is not there.
func TestMoneyForLostStock(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 1)
	placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(placed)
	shop.Provider.Decline(placed.Payment)
	shop.Settle(placed.Payment)
	shop.Exec("update stock_holds set expire_time = now() - interval '1 hour' where order_id = $1", placed.ID)
	shop.OrderOnDelivery(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Provider.Distort(placed.Payment, func(view *payment.View) {
		view.State, view.CapturedMinor = paymentv1.PaymentState_PAYMENT_STATE_CAPTURED, 2500+595
	})
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Expired, order.Paid)
	shop.Audit()
	giveBack(t, shop, placed.Payment)
	shop.Wants(placed.ID, order.Expired, order.Refunded)
	shop.Audit()
}

// A shopper who lost the stock before going to pay reads so, and is not sent to pay.
func TestStartWithoutStock(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 1)
	placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Exec("update stock_holds set expire_time = now() - interval '1 hour' where order_id = $1", placed.ID)
	shop.OrderOnDelivery(shoptest.Item{Variant: lamp, Quantity: 1})
	_, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
	if connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("%v, want failed precondition", err)
	}
	if opened, _ := shop.Provider.Opened(placed.Payment); opened != 0 {
		t.Errorf("%d payments at the provider, want none", opened)
	}
	shop.Audit()
}

// A second payment for the same order goes back; the first is kept.
func TestPaidTwice(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 1), Quantity: 1})
	shop.Start(placed)
	shop.Provider.Decline(placed.Payment)
	shop.Settle(placed.Payment)
	second := shop.Start(placed)
	shop.Provider.Pay(second)
	shop.Settle(second)
	shop.Provider.Distort(placed.Payment, func(view *payment.View) {
		view.State, view.CapturedMinor = paymentv1.PaymentState_PAYMENT_STATE_CAPTURED, 2500+595
	})
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	shop.Audit()
	giveBack(t, shop, placed.Payment)
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	if kept := shop.Provider.Kept(); kept != 2500+595 {
		t.Errorf("the provider keeps %d, want one total", kept)
	}
	shop.Audit()
}

// What a provider says about other amounts or another currency than ours is noted for people, once, and believed by nobody.
func TestViewThatCannotBeTrue(t *testing.T) {
	t.Parallel()
	for name, distort := range map[string]func(*payment.View){
		"too little":       func(v *payment.View) { v.CapturedMinor = 1 },
		"too much":         func(v *payment.View) { v.CapturedMinor = 999_999 },
		"another currency": func(v *payment.View) { v.Currency = "EUR" },
		"refunds more":     func(v *payment.View) { v.RefundedMinor = v.CapturedMinor + 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 1), Quantity: 1})
			shop.Start(placed)
			shop.Provider.Pay(placed.Payment)
			shop.Provider.Distort(placed.Payment, distort)
			for range 3 {
				shop.Settle(placed.Payment)
			}
			shop.Wants(placed.ID, order.Pending, order.Paying)
			noted := shop.Number("select count(*) from order_timeline where order_id = $1 and kind = 'payment.problem'", placed.ID)
			posted := shop.Number("select count(*) from ledger_entries")
			if noted != 1 || posted != 0 {
				t.Errorf("noted %d times, %d ledger rows; want once and none", noted, posted)
			}
		})
	}
}

// A payment that we first hear of when it was paid and given back moves the books both ways and sells nothing.
func TestPaidAndRefundedUnheard(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 1)
	placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(placed)
	shop.Provider.Distort(placed.Payment, func(view *payment.View) {
		view.State, view.CapturedMinor, view.RefundedMinor = paymentv1.PaymentState_PAYMENT_STATE_REFUNDED, 2500+595, 2500+595
	})
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Pending, order.Refunded)
	if rows := shop.Number("select count(*) from ledger_entries"); rows != 4 {
		t.Errorf("%d ledger rows, want 4", rows)
	}
	shop.Audit()
	shop.Overdue(placed.ID)
	if answer, err := shop.Orders.ExpireOrders(shop.Process(), &orderv1.ExpireOrdersRequest{}); err != nil || answer.GetExpired() != 1 {
		t.Errorf("expired %v, %v", answer, err)
	}
	if _, held := shop.OnHand(lamp); held != 0 {
		t.Errorf("%d held, want none", held)
	}
	shop.Audit()
}

// An older view that arrives late does not undo a newer one.
func TestOldViews(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 1), Quantity: 1})
	shop.Start(placed)
	shop.Provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
	shop.Provider.Distort(placed.Payment, func(view *payment.View) {
		view.State, view.CapturedMinor, view.Version = paymentv1.PaymentState_PAYMENT_STATE_REQUIRES_ACTION, 0, 0
	})
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	if noted := shop.Number("select count(*) from order_timeline where kind = 'payment.problem'"); noted != 0 {
		t.Error("old news was noted as a problem")
	}
}

// Two payments that both come late: the first finds no stock and goes back, the second finds some that came in since and is kept.
func TestLateMoneyTwice(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 1)
	placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(placed)
	shop.Provider.Decline(placed.Payment)
	shop.Settle(placed.Payment)
	second := shop.Start(placed)
	shop.Provider.Expire(second)
	shop.Overdue(placed.ID)
	if _, err := shop.Orders.ExpireOrders(shop.Process(), &orderv1.ExpireOrdersRequest{}); err != nil {
		t.Fatal(err)
	}
	shop.OrderOnDelivery(shoptest.Item{Variant: lamp, Quantity: 1})
	for _, late := range []string{placed.Payment, second} {
		shop.Provider.Distort(late, func(view *payment.View) {
			view.State, view.CapturedMinor = paymentv1.PaymentState_PAYMENT_STATE_CAPTURED, 2500+595
		})
	}
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Expired, order.Paid)
	shop.Count(lamp, 1)
	shop.Settle(second)
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	shop.Audit()
	giveBack(t, shop, placed.Payment)
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	shop.Audit()
}

// A payment of no order of ours settles nothing.
func TestSettleUnknown(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	_, err := shop.Orders.SettlePayment(shop.Process(), &orderv1.SettlePaymentRequest{PaymentId: id.New()})
	if connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("%v, want not found", err)
	}
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 1), Quantity: 1})
	shop.Start(placed)
	shop.Provider.Play("find", shoptest.Unreachable)
	_, err = shop.Orders.SettlePayment(shop.Process(), &orderv1.SettlePaymentRequest{PaymentId: placed.Payment})
	if connect.CodeOf(err) != connect.CodeUnavailable {
		t.Errorf("%v, want unavailable", err)
	}
}
