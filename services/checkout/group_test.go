package checkout_test

import (
	"context"
	"testing"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// A customer in a group sees and pays its prices, gets the promotions that are for it, and no tax is taken of a group that is exempt; of guests and other customers nothing of this is true,
// whatever they are shown next to it. What is seen is what is ordered.
func TestPricesOfAGroup(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	inGermany(shop)
	shop.Exec("update tax_settings set exempt_groups = '{embassies}'")
	lamp := shop.Variant(11_900, 50)
	shop.Products.PriceFor(lamp, "trade", 9000)
	shop.Promote(&pricingv1.Promotion{Name: "For trade", Effect: percent(10, nil), Conditions: &pricingv1.Conditions{CustomerGroups: []string{"trade"}}}, "", 0)
	in := func(group string) context.Context {
		account := id.New()
		shop.Customers.Group(account, group)
		return shop.Customer(account)
	}
	tests := map[string]struct {
		shopper                    context.Context
		goods, discount, tax, paid int64
	}{
		// 119.00 and a delivery of 14.95; 19 % within 133.95 is 21.39.
		"guest":                {shop.Guest(), 11_900, 0, 2139, 13_395},
		"customer in no group": {shop.Customer(id.New()), 11_900, 0, 2139, 13_395},
		"in another group":     {in("friends"), 11_900, 0, 2139, 13_395},
		// 90.00 less 10 % and the delivery; 19 % within 95.95 is 15.32.
		"in trade": {in("trade"), 9000, 900, 1532, 9595},
		// 100.00 without tax, and 12.56 for the delivery.
		"in an exempt group": {in("embassies"), 11_900, 0, 0, 11_256},
	}
	for name, want := range tests {
		cart := shop.Cart(want.shopper, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, shoptest.Item{Variant: lamp, Quantity: 1})
		_, err := shop.Carts.SetCartContact(want.shopper, &checkoutv1.SetCartContactRequest{CartId: cart.GetId(), Email: "ada@example.com", DeliveryAddress: shoptest.Address("DE", "")})
		if err != nil {
			t.Fatal(err)
		}
		cart = look(t, want.shopper, shop, cart)
		placed, err := placeSeen(want.shopper, shop, cart)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for where, totals := range map[string]*pricingv1.Totals{"cart": cart.GetTotals(), "order": shop.Look(placed.GetOrderId()).GetTotals()} {
			if totals.GetGoods().GetAmountMinor() != want.goods || totals.GetDiscount().GetAmountMinor() != want.discount || totals.GetTax().GetAmountMinor() != want.tax || totals.GetTotal().GetAmountMinor() != want.paid {
				t.Errorf("%s, %s: %v", name, where, totals)
			}
		}
	}
	shop.Audit()
}

// Who changes groups between looking and ordering orders nothing at a price they did not see: the lines whose prices changed are named. Looking again, they can.
func TestGroupChangesBeforeOrdering(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp, plain, account := shop.Variant(10_000, 50), shop.Variant(500, 50), id.New()
	shop.Products.PriceFor(lamp, "trade", 9000)
	shop.Customers.Group(account, "trade")
	customer := shop.Customer(account)
	cart := shop.Cart(customer, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, shoptest.Item{Variant: lamp, Quantity: 1}, shoptest.Item{Variant: plain, Quantity: 1})
	shop.Customers.Group(account, "")
	_, err := placeSeen(customer, shop, cart)
	problem, told := rpc.Detail[*checkoutv1.PlaceOrderProblem](err)
	if connect.CodeOf(err) != connect.CodeFailedPrecondition || !told || len(problem.GetLines()) != 1 || problem.GetLines()[0].GetVariantId() != lamp ||
		problem.GetLines()[0].GetProblem() != checkoutv1.LineProblem_LINE_PROBLEM_PRICE_CHANGED || problem.GetTotal().GetAmountMinor() != cart.GetTotals().GetTotal().GetAmountMinor()+1000 {
		t.Fatalf("ordered at a price that is not the customer's any more: %v, %v", err, problem)
	}
	if _, err := placeSeen(customer, shop, look(t, customer, shop, cart)); err != nil {
		t.Errorf("looked again, and still: %v", err)
	}
}

// While nobody knows in which group a customer is, no price is said and nothing is ordered: everybody's price might be another than theirs. Guests shop on.
func TestGroupIsNotKnown(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	item := shoptest.Item{Variant: shop.Variant(10_000, 50), Quantity: 1}
	customer := shop.Customer(id.New())
	cart := shop.Cart(customer, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, item)
	shop.Customers.Away(true)
	if answer, err := shop.Carts.GetCart(customer, &checkoutv1.GetCartRequest{CartId: cart.GetId()}); err == nil {
		t.Errorf("a price is said: %v", answer.GetCart().GetTotals())
	}
	placed, err := shop.Checkout.PlaceOrder(customer, &checkoutv1.PlaceOrderRequest{CartId: cart.GetId(), ExpectedTotal: cart.GetTotals().GetTotal(), IdempotencyKey: id.New()})
	if err == nil {
		t.Errorf("ordered: %v", placed)
	}
	if n := shop.Number("select count(*) from orders"); n != 0 {
		t.Errorf("%d orders", n)
	}
	shop.Cart(shop.Guest(), checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, item)
	shop.Customers.Away(false)
	if _, err := placeSeen(customer, shop, cart); err != nil {
		t.Error(err)
	}
}

// A request asks for a customer's group once, however much it prices, and not at all when nothing is priced or a guest asks.
func TestGroupIsAskedForOnce(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(10_000, 50)
	shop.Promote(&pricingv1.Promotion{Name: "A gift", Effect: gift(shop.Variant(100, 50), 1)}, "", 0)
	for _, signedIn := range []bool{false, true} {
		shopper, once := shop.Guest(), int64(0)
		if signedIn {
			shopper, once = shop.Customer(id.New()), 1
		}
		cart := shop.Cart(shopper, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, shoptest.Item{Variant: lamp, Quantity: 1})
		shop.Customers.Asked()
		asked := func(method string, want int64, err error) {
			t.Helper()
			if got := shop.Customers.Asked(); err != nil || got != want {
				t.Errorf("%s, signed in: %v: asked %d times, want %d; %v", method, signedIn, got, want, err)
			}
		}
		_, err := shop.Carts.GetCart(shopper, &checkoutv1.GetCartRequest{CartId: cart.GetId()})
		asked("GetCart", once, err)
		_, err = shop.Carts.AddCartItem(shopper, &checkoutv1.AddCartItemRequest{CartId: cart.GetId(), VariantId: lamp, Quantity: 1})
		asked("AddCartItem", once, err)
		_, err = shop.Carts.SetCartItemQuantity(shopper, &checkoutv1.SetCartItemQuantityRequest{CartId: cart.GetId(), LineId: cart.GetLines()[0].GetId(), Quantity: 3})
		asked("SetCartItemQuantity", once, err)
		_, err = shop.Carts.SetCartContact(shopper, &checkoutv1.SetCartContactRequest{CartId: cart.GetId(), Email: "ada@example.com", DeliveryAddress: shoptest.Address("US", "OR")})
		asked("SetCartContact", once, err)
		_, err = shop.Carts.RemoveCode(shopper, &checkoutv1.RemoveCodeRequest{CartId: cart.GetId(), Code: "NONE", WithoutCart: true})
		asked("RemoveCode without the cart", 0, err)
		cart = look(t, shopper, shop, cart)
		shop.Customers.Asked()
		_, err = placeSeen(shopper, shop, cart)
		asked("PlaceOrder", once, err)
	}
}
