package checkout_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

const (
	hosted     = checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED
	onDelivery = checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY
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

func place(ctx context.Context, shop *shoptest.Shop, cart *checkoutv1.Cart, key string) (*checkoutv1.PlaceOrderResponse, error) {
	return shop.Checkout.PlaceOrder(ctx, &checkoutv1.PlaceOrderRequest{CartId: cart.GetId(), ExpectedTotal: cart.GetTotals().GetTotal(), IdempotencyKey: key})
}

func problem(t *testing.T, err error) *checkoutv1.PlaceOrderProblem {
	t.Helper()
	if connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Fatalf("%v, want failed precondition", err)
	}
	detail, found := rpc.Detail[*checkoutv1.PlaceOrderProblem](err)
	if !found {
		t.Fatalf("%v says nothing line by line", err)
	}
	return detail
}

// An order that is paid on delivery is confirmed at once and takes its stock; one that is to be paid first holds it.
func TestPlaceOrder(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method       checkoutv1.PaymentMethod
		state        order.State
		paid         order.PaymentState
		onHand, held int64
		confirmed    int
	}{
		"hosted":      {hosted, order.Pending, order.Unpaid, 5, 2, 0},
		"on delivery": {onDelivery, order.Confirmed, order.OnDelivery, 3, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			lamp, shopper := shop.Variant(2500, 5), shop.Guest()
			cart := shop.Cart(shopper, tc.method, shoptest.Item{Variant: lamp, Quantity: 2})
			placed, err := place(shopper, shop, cart, id.New())
			if err != nil {
				t.Fatal(err)
			}
			if placed.GetOrderNumber() != "TW-001001" || (placed.GetPaymentId() == "") != (tc.method == onDelivery) {
				t.Errorf("placed %v", placed)
			}
			shop.Wants(placed.GetOrderId(), tc.state, tc.paid)
			if onHand, held := shop.OnHand(lamp); onHand != tc.onHand || held != tc.held {
				t.Errorf("%d on hand, %d held; want %d and %d", onHand, held, tc.onHand, tc.held)
			}
			if shop.Told("order.v1.OrderPlaced") != 1 || shop.Told("order.v1.OrderConfirmed") != tc.confirmed {
				t.Errorf("told %d placed and %d confirmed", shop.Told("order.v1.OrderPlaced"), shop.Told("order.v1.OrderConfirmed"))
			}
			ordered, err := shop.Carts.GetCart(shopper, &checkoutv1.GetCartRequest{CartId: cart.GetId()})
			if err != nil || ordered.GetCart().GetState() != checkoutv1.CartState_CART_STATE_ORDERED || ordered.GetCart().GetOrderId() != placed.GetOrderId() {
				t.Errorf("the cart is %v, %v", ordered, err)
			}
			for what, try := range map[string]error{
				"ordered again": func() error { _, err := place(shopper, shop, cart, id.New()); return err }(),
				"changed": func() error {
					_, err := shop.Carts.AddCartItem(shopper, &checkoutv1.AddCartItemRequest{CartId: cart.GetId(), VariantId: lamp, Quantity: 1})
					return err
				}(),
			} {
				if connect.CodeOf(try) != connect.CodeFailedPrecondition {
					t.Errorf("%s: %v, want failed precondition", what, try)
				}
			}
			shop.Audit()
		})
	}
}

// An order that costs nothing is confirmed without asking for money.
func TestPlaceFreeOrder(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	shop.Exec("update shipping_prices set price_minor = 0")
	shopper := shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.Variant(0, 5), Quantity: 1})
	placed, err := place(shopper, shop, cart, id.New())
	if err != nil || placed.GetPaymentId() != "" {
		t.Fatalf("%v, %v", placed, err)
	}
	shop.Wants(placed.GetOrderId(), order.Confirmed, order.Paid)
	shop.Audit()
}

// Two hundred presses of the same button, from as many connections as there are, make one order, and each of them leads to it: also those that look for the last
// unit after the first press took it.
func TestPlaceOrderSameKey(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp, shopper := shop.Variant(2500, 1), shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 1})
	var orders sync.Map
	together(200, func(int) {
		placed, err := place(shopper, shop, cart, "the-button-of-this-page")
		if err != nil {
			t.Errorf("a press saw: %v", err)
			return
		}
		orders.Store(placed.GetOrderId()+placed.GetOrderNumber()+placed.GetPaymentId(), true)
	})
	if late, err := place(shopper, shop, cart, "the-button-of-this-page"); err != nil {
		t.Errorf("a late press saw: %v", err)
	} else {
		orders.Store(late.GetOrderId()+late.GetOrderNumber()+late.GetPaymentId(), true)
	}
	different := 0
	orders.Range(func(any, any) bool { different++; return true })
	if stored := shop.Number("select count(*) from orders"); stored != 1 || different != 1 {
		t.Errorf("%d orders, %d different answers", stored, different)
	}
	if _, held := shop.OnHand(lamp); held != 1 {
		t.Errorf("%d held, want 1", held)
	}
	other := &checkoutv1.PlaceOrderRequest{CartId: cart.GetId(), ExpectedTotal: &typev1.Money{AmountMinor: 1, CurrencyCode: "USD"}, IdempotencyKey: "the-button-of-this-page"}
	if _, err := shop.Checkout.PlaceOrder(shopper, other); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("the same key for another request: %v, want failed precondition", err)
	}
	second := shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.Variant(1000, 1), Quantity: 1})
	if _, err := place(shopper, shop, second, "the-button-of-this-page"); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("the same key for another cart: %v, want failed precondition", err)
	}
	if _, err := place(shopper, shop, second, "the-button-of-its-own-page"); err != nil {
		t.Errorf("the other cart cannot be ordered any more: %v", err)
	}
	if stored := shop.Number("select count(*) from orders"); stored != 2 {
		t.Errorf("%d orders, want one of each cart", stored)
	}
	shop.Audit()
}

// A press that looked at the cart before another press took the last unit for it is led to that order, and does not read that it is sold out. So is one of another tab.
func TestPlaceOrderOvertaken(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{"the same button": "the-button-of-this-page", "another tab": "the-button-of-another-tab"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			shopper := shop.Guest()
			cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.Variant(2500, 1), Quantity: 1})
			var first *checkoutv1.PlaceOrderResponse
			shop.Products.Meanwhile(func() {
				var err error
				if first, err = place(shopper, shop, cart, key); err != nil {
					t.Error(err)
				}
			})
			second, err := place(shopper, shop, cart, "the-button-of-this-page")
			led := second.GetOrderId()
			if err != nil {
				led = problem(t, err).GetOrderId()
			}
			if led == "" || led != first.GetOrderId() {
				t.Errorf("led to %q by %v, want %q", led, err, first.GetOrderId())
			}
			shop.Audit()
		})
	}
}

// Different presses for the same cart, as from two tabs, make one order too, even of the last unit, and the other tabs are led to it.
func TestPlaceOrderTwoTabs(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	shopper := shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.Variant(2500, 1), Quantity: 1})
	var placed atomic.Int32
	var orders sync.Map
	together(50, func(int) {
		answer, err := place(shopper, shop, cart, id.New())
		if err != nil {
			orders.Store(problem(t, err).GetOrderId(), true)
			return
		}
		orders.Store(answer.GetOrderId(), true)
		placed.Add(1)
	})
	different := 0
	orders.Range(func(any, any) bool { different++; return true })
	if stored := shop.Number("select count(*) from orders"); stored != 1 || placed.Load() != 1 || different != 1 {
		t.Errorf("%d orders stored, %d placed, tabs were led to %d", stored, placed.Load(), different)
	}
	shop.Audit()
}

// Of two hundred shoppers who order one of five units at the same moment, five have an order and the others read that it is sold out, whether their page knew it or
// only the stock itself. Nobody sees an error, and nobody holds what they did not get.
func TestPlaceOrderRace(t *testing.T) {
	t.Parallel()
	for name, hope := range map[string]bool{"offers are fresh": false, "offers are a moment old": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			for round := range shoptest.Rounds(2) {
				lamp := shop.Variant(2500, 5)
				who, carts := shop.Racers(shoptest.Crowd, shop.Cart(shop.Guest(), hosted, shoptest.Item{Variant: lamp, Quantity: 1}))
				if hope {
					shop.Products.Hope()
				}
				var got, soldOut atomic.Int32
				together(len(who), func(i int) {
					key := id.New()
					err := shoptest.Insist(func() error {
						_, err := place(who[i], shop, carts[i], key)
						return err
					})
					if err == nil {
						got.Add(1)
						return
					}
					lines := problem(t, err).GetLines()
					if len(lines) != 1 || lines[0].GetProblem() != checkoutv1.LineProblem_LINE_PROBLEM_SOLD_OUT || lines[0].GetLineId() != carts[i].GetLines()[0].GetId() {
						t.Errorf("a shopper read %v", lines)
					}
					soldOut.Add(1)
				})
				if got.Load() != 5 || soldOut.Load() != 195 {
					t.Errorf("round %d: %d have an order and %d read that it is sold out", round, got.Load(), soldOut.Load())
				}
			}
			shop.Audit()
		})
	}
}

// Carts with the same things in opposite order are ordered at the same time without anybody waiting in a circle.
func TestPlaceOrderOpposite(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp, shade := shop.Variant(2500, 100), shop.Variant(900, 100)
	type ready struct {
		ctx  context.Context
		cart *checkoutv1.Cart
	}
	var shoppers []ready
	for i := range 20 {
		items := []shoptest.Item{{Variant: lamp, Quantity: 1}, {Variant: shade, Quantity: 1}}
		if i%2 == 1 {
			items[0], items[1] = items[1], items[0]
		}
		shopper := shop.Guest()
		shoppers = append(shoppers, ready{shopper, shop.Cart(shopper, hosted, items...)})
	}
	together(len(shoppers), func(i int) {
		if _, err := place(shoppers[i].ctx, shop, shoppers[i].cart, id.New()); err != nil {
			t.Error(err)
		}
	})
	if _, held := shop.OnHand(lamp); held != 20 {
		t.Errorf("%d held, want 20", held)
	}
	shop.Audit()
}

// The shopper pays what stood beside the button or nothing: a changed price, delivery or tax is shown before it is charged.
func TestPlaceOrderChangedPrice(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp, shopper := shop.Variant(2500, 5), shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Products.Price(lamp, 2600)
	_, err := place(shopper, shop, cart, "button-of-the-first-page")
	detail := problem(t, err)
	if detail.GetTotal().GetAmountMinor() != 2600+595 || len(detail.GetLines()) != 1 || detail.GetLines()[0].GetProblem() != checkoutv1.LineProblem_LINE_PROBLEM_PRICE_CHANGED {
		t.Errorf("refused with %v", detail)
	}
	cart.Totals.Total = &typev1.Money{AmountMinor: 3195, CurrencyCode: "EUR"}
	_, err = place(shopper, shop, cart, "button-of-another-page")
	problem(t, err)
	cart.Totals.Total = detail.GetTotal()
	placed, err := place(shopper, shop, cart, "button-of-the-first-page")
	if err != nil {
		t.Fatal(err)
	}
	if total := shop.Look(placed.GetOrderId()).GetTotals().GetTotal().GetAmountMinor(); total != 3195 {
		t.Errorf("the order comes to %d, want 3195", total)
	}
	shop.Audit()
}

// What cannot be ordered is refused line by line, what is missing by name, and nothing is left behind.
func TestPlaceOrderRefuses(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	few, out, gone, shopper := shop.Variant(2500, 5), shop.Variant(2500, 5), shop.Variant(2500, 5), shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: few, Quantity: 3}, shoptest.Item{Variant: out, Quantity: 1}, shoptest.Item{Variant: gone, Quantity: 1})
	shop.Count(few, 2)
	shop.Count(out, 0)
	shop.Products.Withdraw(gone)
	_, err := place(shopper, shop, cart, id.New())
	lines := problem(t, err).GetLines()
	if len(lines) != 3 || lines[0].GetProblem() != checkoutv1.LineProblem_LINE_PROBLEM_TOO_FEW || lines[0].GetAvailable() != 2 ||
		lines[1].GetProblem() != checkoutv1.LineProblem_LINE_PROBLEM_SOLD_OUT || lines[2].GetProblem() != checkoutv1.LineProblem_LINE_PROBLEM_NOT_FOR_SALE {
		t.Errorf("refused with %v", lines)
	}

	created, err := shop.Carts.CreateCart(shopper, &checkoutv1.CreateCartRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := place(shopper, shop, created.GetCart(), id.New()); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("an empty cart: %v, want failed precondition", err)
	}
	added, err := shop.Carts.AddCartItem(shopper, &checkoutv1.AddCartItemRequest{CartId: created.GetCart().GetId(), VariantId: few, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = place(shopper, shop, added.GetCart(), id.New())
	if missing := problem(t, err).GetMissing(); len(missing) != 4 || missing[0] != "email" || missing[1] != "delivery_address" || missing[2] != "delivery" || missing[3] != "payment" {
		t.Errorf("missing %v", missing)
	}
	if left := shop.Number("select (select count(*) from orders) + (select count(*) from idempotency_keys where scope like 'tradewind.checkout.%')"); left != 0 {
		t.Errorf("%d rows are left of refused orders", left)
	}
}

// A cart that changes while it is being ordered, even between its prices and its transaction, is not ordered as the shopper did not see it.
func TestPlaceOrderAgainstChange(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp, shopper := shop.Variant(2500, 500), shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Products.Meanwhile(func() {
		_, err := shop.Carts.AddCartItem(shopper, &checkoutv1.AddCartItemRequest{CartId: cart.GetId(), VariantId: lamp, Quantity: 1})
		if err != nil {
			t.Error(err)
		}
	})
	if _, err := place(shopper, shop, cart, id.New()); connect.CodeOf(err) != connect.CodeAborted {
		t.Errorf("%v, want aborted", err)
	}
	if left := shop.Number("select count(*) from orders"); left != 0 {
		t.Errorf("%d orders, want none", left)
	}
	shop.Audit()
}

// Changes and orders of the same cart at the same moment: what is ordered is what the shopper saw.
func TestPlaceOrderChangeRace(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 500)
	for range 10 {
		shopper := shop.Guest()
		cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 1})
		var placed *checkoutv1.PlaceOrderResponse
		together(2, func(i int) {
			if i == 0 {
				var err error
				placed, err = place(shopper, shop, cart, id.New())
				if code := connect.CodeOf(err); err != nil && code != connect.CodeAborted && code != connect.CodeFailedPrecondition {
					t.Errorf("ordering: %v", err)
				}
				return
			}
			_, err := shop.Carts.AddCartItem(shopper, &checkoutv1.AddCartItemRequest{CartId: cart.GetId(), VariantId: lamp, Quantity: 1})
			if err != nil && connect.CodeOf(err) != connect.CodeFailedPrecondition {
				t.Errorf("adding: %v", err)
			}
		})
		if placed.GetOrderId() == "" {
			continue
		}
		if got := shop.Look(placed.GetOrderId()); got.GetTotals().GetTotal().GetAmountMinor() != cart.GetTotals().GetTotal().GetAmountMinor() || got.GetItemCount() != 1 {
			t.Errorf("ordered %v, the shopper saw %v", got.GetTotals(), cart.GetTotals())
		}
	}
	shop.Audit()
}
