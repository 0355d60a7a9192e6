package order_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// together calls do so many times at once.
func together(times int, do func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range times {
		all.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	all.Wait()
}

// From the button to a confirmed order: the shopper is sent to the provider with what they agreed to, and the money makes the order.
func TestPay(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 5)
	placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 2})
	shop.Wants(placed.ID, order.Pending, order.Unpaid)

	started, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
	if err != nil {
		t.Fatal(err)
	}
	if started.GetPaymentId() != placed.Payment || started.GetRedirectUrl() != "https://pay.example/"+placed.Payment {
		t.Errorf("started %v, want payment %s", started, placed.Payment)
	}
	_, asked := shop.Provider.Opened(placed.Payment)
	if asked.Amount.Minor != 5000+595 || asked.Amount.Currency != "USD" || asked.Description != "Order "+placed.Number {
		t.Errorf("the provider was asked for %+v", asked)
	}
	if !strings.HasPrefix(asked.ReturnURL, "https://shop.example/orders/") || !strings.HasSuffix(asked.ReturnURL, "/return") {
		t.Errorf("the shopper returns to %q", asked.ReturnURL)
	}
	shop.Wants(placed.ID, order.Pending, order.Paying)
	shop.Settle(placed.Payment) // nobody paid yet
	shop.Wants(placed.ID, order.Pending, order.Paying)

	shop.Provider.Pay(placed.Payment)
	if settled := shop.Settle(placed.Payment); settled.GetOrderId() != placed.ID || settled.GetOrderState() != order.Confirmed || settled.GetPaymentState() != order.Paid {
		t.Errorf("settled as %v", settled)
	}
	if onHand, held := shop.OnHand(lamp); onHand != 3 || held != 0 {
		t.Errorf("%d on hand, %d held; want 3 and 0", onHand, held)
	}
	got := shop.Look(placed.ID)
	if got.GetConfirmTime() == nil || got.GetExpireTime() != nil || len(got.GetPayments()) != 1 || got.GetPayments()[0].GetState() != "captured" {
		t.Errorf("the order is %v", got)
	}
	shop.Audit()
}

// A webhook, the return page and the worker may all settle at the same moment: the order is confirmed once, the money booked once.
func TestSettleAtOnce(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 10)
	for orders := 1; orders <= 6; orders++ {
		placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
		shop.Start(placed)
		shop.Provider.Pay(placed.Payment)
		together(20, func(int) {
			if settled := shop.Settle(placed.Payment); settled.GetOrderState() != order.Confirmed {
				t.Errorf("settled as %v", settled)
			}
		})
		if postings, told := shop.Number("select count(*) from ledger_entries"), shop.Told("order.v1.OrderConfirmed"); postings != 4*orders || told != orders {
			t.Errorf("%d ledger rows and %d confirmations of %d orders, want 4 and 1 of each", postings, told, orders)
		}
		if onHand, _ := shop.OnHand(lamp); onHand != int64(10-orders) {
			t.Errorf("%d on hand after %d orders, want %d", onHand, orders, 10-orders)
		}
	}
	shop.Audit()
}

// However often and from however many tabs the shopper goes to pay, there is one payment at the provider and one address.
func TestStartAtOnce(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	var wrong atomic.Int32
	together(10, func(int) {
		started, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
		if err != nil || started.GetRedirectUrl() != "https://pay.example/"+placed.Payment {
			wrong.Add(1)
			t.Logf("%v %v", started, err)
		}
	})
	opened, _ := shop.Provider.Opened(placed.Payment)
	if wrong.Load() != 0 || opened != 1 {
		t.Errorf("%d answers were wrong; %d payments at the provider", wrong.Load(), opened)
	}
	shop.Audit()
}

// A shopper whose card is declined tries again with a new attempt, for which the stock is still there.
func TestTryAgain(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 1)
	placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(placed)
	shop.Provider.Decline(placed.Payment)
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Pending, order.Unpaid)
	if _, held := shop.OnHand(lamp); held != 1 {
		t.Errorf("%d held, want 1", held)
	}
	shop.Audit()

	second := shop.Start(placed)
	if second == placed.Payment {
		t.Fatal("the declined attempt was used again")
	}
	shop.Provider.Pay(second)
	shop.Settle(placed.Payment) // the old attempt has nothing more to say
	shop.Wants(placed.ID, order.Pending, order.Paying)
	shop.Settle(second)
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	shop.Audit()
}

// Five attempts are all there are for an order, so that nobody tries out cards with it. The last failure ends the order, and its stock can be had again.
func TestAttemptsEnd(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 1)
	placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	refused := func() {
		t.Helper()
		_, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
		if connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), "order again") {
			t.Errorf("%v, want a refusal that says what to do", err)
		}
	}
	for try := range 5 {
		shop.Wants(placed.ID, order.Pending, order.Unpaid)
		attempt := shop.Start(placed)
		shop.Provider.Decline(attempt)
		together(3, func(int) { shop.Settle(attempt) })
		if try == 3 {
			shop.Audit()
		}
	}
	shop.Wants(placed.ID, order.Expired, order.Unpaid)
	if _, held := shop.OnHand(lamp); held != 0 || shop.Told("order.v1.OrderExpired") != 1 {
		t.Errorf("%d held, told %d times that the order ended; want none and once", held, shop.Told("order.v1.OrderExpired"))
	}
	refused()
	shop.Audit()
	// Even an order that was not ended, as when staff's cancelling closed its last attempt and then failed, has no sixth.
	shop.Exec("update orders set state = 'pending', expire_time = now() + interval '1 hour', expiry_try_time = now() + interval '1 hour' where id = $1", placed.ID)
	together(5, func(int) { refused() })
	if attempts := shop.Number("select count(*) from payments where order_id = $1", placed.ID); attempts != 5 {
		t.Errorf("%d attempts, want 5", attempts)
	}
}

// However often a shopper starts over, an order keeps its stock for two hours at most.
func TestTimeToPayEnds(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 1)
	placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	late := func() int {
		return shop.Number(`select (select count(*) from orders where expire_time > create_time + interval '2 hours')
			+ (select count(*) from payments p join orders o on o.id = p.order_id where p.expire_time > o.create_time + interval '2 hours')
			+ (select count(*) from stock_holds h join orders o on o.id = h.order_id where h.expire_time > o.create_time + interval '2 hours')`)
	}
	shop.Exec("update orders set create_time = create_time - interval '105 minutes', expire_time = expire_time - interval '15 minutes' where id = $1", placed.ID)
	attempt := shop.Start(placed)
	if n := late(); n != 0 {
		t.Errorf("%d times are later than two hours after the order, by starting", n)
	}
	shop.Provider.Decline(attempt)
	shop.Settle(attempt)
	if n := late(); n != 0 {
		t.Errorf("%d times are later than two hours after the order, by failing", n)
	}
	shop.Wants(placed.ID, order.Pending, order.Unpaid)
	shop.Exec("update orders set create_time = create_time - interval '890 seconds', expire_time = expire_time - interval '890 seconds' where id = $1", placed.ID)
	_, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
	if connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), "order again") {
		t.Errorf("%v, want a refusal that says what to do", err)
	}
	shop.Overdue(placed.ID)
	if answer := expireOrders(t, shop); answer.GetExpired() != 1 {
		t.Errorf("answered %v", answer)
	}
	shop.Audit()
}

// When the provider's answer is lost nobody knows whether the payment was opened. It is asked, never told again under another name, and the stock stays.
func TestStartWithoutAnswer(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]shoptest.Fault{
		"it was opened": shoptest.LostAnswer, "it never arrived": shoptest.LostRequest, "the provider was out of reach": shoptest.Unreachable,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			lamp := shop.Variant(2500, 1)
			placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
			shop.Provider.Play("start", fault)
			_, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
			if connect.CodeOf(err) != connect.CodeUnavailable {
				t.Fatalf("%v, want unavailable", err)
			}
			shop.Wants(placed.ID, order.Pending, order.Paying)
			if _, held := shop.OnHand(lamp); held != 1 {
				t.Errorf("%d held, want 1", held)
			}
			shop.Audit()
			if again := shop.Start(placed); again != placed.Payment {
				t.Errorf("another attempt %s was made while the first is unknown", again)
			}
			if opened, _ := shop.Provider.Opened(placed.Payment); opened != 1 {
				t.Errorf("%d payments at the provider, want 1", opened)
			}
			shop.Provider.Pay(placed.Payment)
			shop.Settle(placed.Payment)
			shop.Wants(placed.ID, order.Confirmed, order.Paid)
			shop.Audit()
		})
	}
}

// The shopper may even have paid before we knew that the payment was opened.
func TestPaidWhileUnknown(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 1), Quantity: 1})
	shop.Provider.Play("start", shoptest.LostAnswer)
	if _, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID}); err == nil {
		t.Fatal("the lost answer was heard")
	}
	shop.Provider.Pay(placed.Payment)
	if _, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID}); err != nil {
		t.Fatal(err)
	}
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	shop.Audit()
}

// A provider that refuses to open a payment ends the attempt, and the shopper may try again.
func TestStartRefused(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 1), Quantity: 1})
	shop.Provider.Play("start", shoptest.Refuses)
	_, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
	if connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Fatalf("%v, want failed precondition", err)
	}
	shop.Wants(placed.ID, order.Pending, order.Unpaid)
	if second := shop.Start(placed); second == placed.Payment {
		t.Error("the refused attempt was used again")
	}
	shop.Audit()
}

// A payment of which the provider never heard is given up when a request could not still be under way, and not before.
func TestNeverHeardOf(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 1), Quantity: 1})
	shop.Provider.Play("start", shoptest.LostRequest)
	if _, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID}); err == nil {
		t.Fatal("the lost request was answered")
	}
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Pending, order.Paying)
	shop.Exec("update payments set start_time = start_time - interval '3 minutes' where id = $1", placed.Payment)
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Pending, order.Unpaid)
	shop.Audit()
}

// Nobody pays, or learns of, another shopper's order; an order without an owner is nobody's.
func TestPayOthers(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 1), Quantity: 1})
	refused := func(caller auth.Caller) {
		t.Helper()
		ctx := shop.As(caller)
		if _, err := shop.Orders.StartPayment(ctx, &orderv1.StartPaymentRequest{OrderId: placed.ID}); connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("%s pays: %v, want not found", caller.Kind, err)
		}
		if _, err := shop.Orders.GetOrder(ctx, &orderv1.GetOrderRequest{OrderId: placed.ID}); connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("%s looks: %v, want not found", caller.Kind, err)
		}
	}
	refused(auth.Caller{Kind: auth.Guest, Subject: id.New()})
	refused(auth.Caller{Kind: auth.Customer, Subject: id.New()})
	shop.Exec("update orders set owner = null where id = $1", placed.ID)
	refused(auth.Caller{Kind: auth.Guest, Subject: "null"})
	if _, err := shop.Orders.GetOrder(placed.Shopper, &orderv1.GetOrderRequest{OrderId: placed.ID}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("the order is nobody's now: %v, want not found", err)
	}
}

// An order that is paid, called off or over is not paid again.
func TestPayEnded(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 9)
	paid, over := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1}), shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	delivery := shop.OrderOnDelivery(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(paid)
	shop.Provider.Pay(paid.Payment)
	shop.Settle(paid.Payment)
	shop.Overdue(over.ID)
	if _, err := shop.Orders.ExpireOrders(shop.Process(), &orderv1.ExpireOrdersRequest{}); err != nil {
		t.Fatal(err)
	}
	for name, placed := range map[string]shoptest.Placed{"paid": paid, "over": over, "on delivery": delivery} {
		_, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
		if connect.CodeOf(err) != connect.CodeFailedPrecondition {
			t.Errorf("%s: %v, want failed precondition", name, err)
		}
	}
	shop.Audit()
}
