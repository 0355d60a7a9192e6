package order_test

import (
	"testing"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

func expireOrders(t *testing.T, shop *shoptest.Shop) *orderv1.ExpireOrdersResponse {
	t.Helper()
	answer, err := shop.Orders.ExpireOrders(shop.Process(), &orderv1.ExpireOrdersRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// An order that nobody paid gives its stock back when its time is over, and not before.
func TestExpire(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 5)
	left, paying, fresh := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1}), shop.Order(shoptest.Item{Variant: lamp, Quantity: 1}), shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(paying)
	shop.Overdue(left.ID)
	shop.Overdue(paying.ID)
	if answer := expireOrders(t, shop); answer.GetExpired() != 2 || answer.GetConfirmed() != 0 || answer.GetWaiting() != 0 {
		t.Errorf("answered %v", answer)
	}
	shop.Wants(left.ID, order.Expired, order.Unpaid)
	shop.Wants(paying.ID, order.Expired, order.Unpaid)
	shop.Wants(fresh.ID, order.Pending, order.Unpaid)
	if shop.Provider.Pay(paying.Payment) {
		t.Error("the payment of an expired order could still be paid")
	}
	if onHand, held := shop.OnHand(lamp); onHand != 5 || held != 1 {
		t.Errorf("%d on hand, %d held; want 5 and 1", onHand, held)
	}
	if told := shop.Told("order.v1.OrderExpired"); told != 2 {
		t.Errorf("told %d times, want 2", told)
	}
	shop.Audit()
}

// An order that was paid in the last moment is confirmed, not expired.
func TestExpireFindsItPaid(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	shop.Start(placed)
	shop.Provider.Pay(placed.Payment)
	shop.Overdue(placed.ID)
	if answer := expireOrders(t, shop); answer.GetConfirmed() != 1 || answer.GetExpired() != 0 {
		t.Errorf("answered %v", answer)
	}
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	shop.Audit()
}

// While a provider does not answer, orders that may have been paid keep their stock; others do not wait for them, and the provider is not asked for each.
func TestExpireWaitsForTheProvider(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 9)
	var paying []shoptest.Placed
	for range 3 {
		placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
		shop.Start(placed)
		shop.Overdue(placed.ID)
		paying = append(paying, placed)
	}
	left := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Overdue(left.ID)
	shop.Provider.Play("void", shoptest.LostRequest)
	if answer := expireOrders(t, shop); answer.GetExpired() != 1 || answer.GetWaiting() != 3 {
		t.Errorf("answered %v", answer)
	}
	if calls := shop.Provider.Calls("void"); calls != 1 {
		t.Errorf("a provider that does not answer was called %d times", calls)
	}
	shop.Wants(left.ID, order.Expired, order.Unpaid)
	shop.Wants(paying[0].ID, order.Pending, order.Paying)
	shop.Audit()
	if answer := expireOrders(t, shop); answer.GetWaiting()+answer.GetExpired() != 0 {
		t.Errorf("orders that wait were tried again at once: %v", answer)
	}
	for _, placed := range paying {
		shop.Overdue(placed.ID)
	}
	if answer := expireOrders(t, shop); answer.GetExpired() != 3 {
		t.Errorf("answered %v", answer)
	}
	shop.Audit()
}

// An order whose payment nobody knows the outcome of keeps waiting until a request cannot be under way any more.
func TestExpireUnknown(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 1), Quantity: 1})
	shop.Provider.Play("start", shoptest.LostRequest)
	if _, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID}); err == nil {
		t.Fatal("the lost request was answered")
	}
	shop.Overdue(placed.ID)
	if answer := expireOrders(t, shop); answer.GetWaiting() != 1 {
		t.Errorf("answered %v", answer)
	}
	shop.Audit()
	shop.Exec("update payments set start_time = start_time - interval '3 minutes' where id = $1", placed.Payment)
	shop.Overdue(placed.ID)
	if answer := expireOrders(t, shop); answer.GetExpired() != 1 {
		t.Errorf("answered %v", answer)
	}
	shop.Audit()
}

// Expiry, payment and a shopper who starts over may meet at the same moment. Whoever is first wins, and money and stock agree.
func TestExpireAgainstSettle(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 100)
	for range 8 {
		placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
		shop.Start(placed)
		shop.Overdue(placed.ID)
		together(6, func(i int) {
			switch i {
			case 0, 1:
				expireOrders(t, shop)
			case 2:
				shop.Provider.Pay(placed.Payment)
			case 3:
				_, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
				t.Logf("started over: %v", err)
			default:
				shop.Settle(placed.Payment)
			}
		})
		shop.Settle(placed.Payment)
		got := shop.Look(placed.ID)
		if got.GetState() == order.Pending { // who started over has a new attempt open; the next expiry ends it
			shop.Overdue(placed.ID)
			expireOrders(t, shop)
			got = shop.Look(placed.ID)
		}
		paid := shop.Provider.Kept() == int64(shop.Number("select coalesce(sum(total_minor), 0) from orders where state = 'confirmed'"))
		if !paid {
			t.Errorf("the order is %v, and the provider keeps %d", got.GetState(), shop.Provider.Kept())
		}
		if state := got.GetState(); state != order.Confirmed && state != order.Expired {
			t.Errorf("the order is %v", state)
		}
	}
	shop.Audit()
}
