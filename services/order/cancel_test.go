package order_test

import (
	"testing"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

func cancel(shop *shoptest.Shop, orderID, key string) (*orderv1.Order, error) {
	answer, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: orderID, Reason: "no longer wanted", IdempotencyKey: key})
	return answer.GetOrder(), err
}

// Wherever an order stands before it leaves, calling it off brings the stock back, closes what could still be paid and returns what was.
func TestCancel(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prepare func(*shoptest.Shop, string) shoptest.Placed
		paid    order.PaymentState // right after
		owed    bool
	}{
		"unpaid": {func(shop *shoptest.Shop, lamp string) shoptest.Placed {
			return shop.Order(shoptest.Item{Variant: lamp, Quantity: 2})
		}, order.Unpaid, false},
		"being paid": {func(shop *shoptest.Shop, lamp string) shoptest.Placed {
			placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 2})
			shop.Start(placed)
			return placed
		}, order.Unpaid, false},
		"paid, and we did not know": {func(shop *shoptest.Shop, lamp string) shoptest.Placed {
			placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 2})
			shop.Start(placed)
			shop.Provider.Pay(placed.Payment)
			return placed
		}, order.Paid, true},
		"confirmed": {func(shop *shoptest.Shop, lamp string) shoptest.Placed {
			placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 2})
			shop.Start(placed)
			shop.Provider.Pay(placed.Payment)
			shop.Settle(placed.Payment)
			return placed
		}, order.Paid, true},
		"on delivery": {func(shop *shoptest.Shop, lamp string) shoptest.Placed {
			return shop.OrderOnDelivery(shoptest.Item{Variant: lamp, Quantity: 2})
		}, order.Unpaid, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			lamp := shop.Variant(2500, 5)
			placed := tc.prepare(shop, lamp)
			cancelled, err := cancel(shop, placed.ID, "cancel-"+placed.ID)
			if err != nil {
				t.Fatal(err)
			}
			if cancelled.GetState() != order.Cancelled || cancelled.GetPaymentState() != tc.paid || cancelled.GetTimeline()[0].GetActor() != "Ada" {
				t.Errorf("cancelled as %v", cancelled)
			}
			if onHand, held := shop.OnHand(lamp); onHand != 5 || held != 0 {
				t.Errorf("%d on hand, %d held; want 5 and none", onHand, held)
			}
			if placed.Payment != "" && shop.Provider.Pay(placed.Payment) {
				t.Error("a cancelled order could still be paid")
			}
			for _, key := range []string{"cancel-" + placed.ID, id.New()} {
				if _, err := cancel(shop, placed.ID, key); err != nil {
					t.Errorf("a repeat: %v", err)
				}
			}
			if told := shop.Told("order.v1.OrderCancelled"); told != 1 {
				t.Errorf("told %d times, want once", told)
			}
			shop.Audit()
			if tc.owed {
				giveBack(t, shop, placed.Payment)
				shop.Wants(placed.ID, order.Cancelled, order.Refunded)
				shop.Audit()
			}
		})
	}
}

// An order is not called off while nobody knows whether it is paid, nor once it left or ended.
func TestCancelRefuses(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 5)
	placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(placed)
	shop.Provider.Play("void", shoptest.LostRequest)
	if _, err := cancel(shop, placed.ID, id.New()); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("while the provider does not answer: %v, want failed precondition", err)
	}
	shop.Wants(placed.ID, order.Pending, order.Paying)

	left := shop.OrderOnDelivery(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Exec("update orders set state = 'fulfilled' where id = $1", left.ID)
	if _, err := cancel(shop, left.ID, id.New()); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("on its way: %v, want failed precondition", err)
	}
	if _, err := cancel(shop, id.New(), id.New()); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("no such order: %v, want not found", err)
	}
}

// Money and a cancellation that meet at the same moment leave either a cancelled order whose money goes back, or no money at all.
func TestCancelAgainstSettle(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 100)
	for range 8 {
		placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
		shop.Start(placed)
		together(5, func(i int) {
			switch i {
			case 0:
				if _, err := cancel(shop, placed.ID, id.New()); err != nil {
					t.Errorf("cancel: %v", err)
				}
			case 1:
				shop.Provider.Pay(placed.Payment)
			default:
				shop.Settle(placed.Payment)
			}
		})
		shop.Settle(placed.Payment)
		if shop.Look(placed.ID).GetPaymentState() == order.Paid {
			giveBack(t, shop, placed.Payment)
		}
		if got := shop.Look(placed.ID); got.GetState() != order.Cancelled || got.GetPaymentState() == order.Paid {
			t.Errorf("the order is %v and %v", got.GetState(), got.GetPaymentState())
		}
	}
	if onHand, held := shop.OnHand(lamp); onHand != 100 || held != 0 || shop.Provider.Kept() != 0 {
		t.Errorf("%d on hand, %d held, the provider keeps %d; want 100 and nothing", onHand, held, shop.Provider.Kept())
	}
	shop.Audit()
}

// A comment that is sent twice stands there once, with the name of who wrote it.
func TestComment(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	comment := &orderv1.AddOrderCommentRequest{OrderId: placed.ID, Text: "Called the shopper.", IdempotencyKey: id.New()}
	var commented *orderv1.AddOrderCommentResponse
	for range 2 {
		var err error
		if commented, err = shop.Orders.AddOrderComment(shop.Staff(), comment); err != nil {
			t.Fatal(err)
		}
	}
	entries := commented.GetOrder().GetTimeline()
	if len(entries) != 2 || entries[0].GetKind() != "comment" || entries[0].GetText() != comment.GetText() || entries[0].GetActor() != "Ada" {
		t.Errorf("the timeline is %v", entries)
	}
	comment.Text = "Something else."
	if _, err := shop.Orders.AddOrderComment(shop.Staff(), comment); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("other words under the same key: %v, want failed precondition", err)
	}
}

// Keys are each caller's own: two integrators who count their requests alike do not meet, and neither does the same thing twice.
func TestKeysAreTheCallersOwn(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 5)
	first, second := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1}), shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	cancelAs := func(by, orderID string) error {
		caller := auth.Caller{Kind: auth.Key, Subject: by, Name: by, Grants: []string{"orders:read", "orders:write"}}
		_, err := shop.Orders.CancelOrder(shop.As(caller), &orderv1.CancelOrderRequest{OrderId: orderID, IdempotencyKey: "cancel-001"})
		return err
	}
	for range 2 {
		if err := cancelAs("the erp", first.ID); err != nil {
			t.Errorf("the one: %v", err)
		}
		if err := cancelAs("the help desk", second.ID); err != nil {
			t.Errorf("the other: %v", err)
		}
	}
	refused(t, "another order under the same key", cancelAs("the erp", second.ID))
	if noted := shop.Number("select count(*) from order_timeline where kind = 'cancelled'"); noted != 2 {
		t.Errorf("cancelled %d times, want 2", noted)
	}
}
