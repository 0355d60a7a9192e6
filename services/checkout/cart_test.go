package checkout_test

import (
	"context"
	"testing"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// basket is one shopper's cart.
type basket struct {
	*shoptest.Shop
	t       *testing.T
	shopper context.Context //nolint:containedctx // whose cart it is
	id      string
}

func newBasket(t *testing.T) basket {
	t.Helper()
	shop := shoptest.New(t)
	shopper := shop.Guest()
	created, err := shop.Carts.CreateCart(shopper, &checkoutv1.CreateCartRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return basket{shop, t, shopper, created.GetCart().GetId()}
}

func (b basket) add(variant string, quantity int32) (*checkoutv1.Cart, error) {
	answer, err := b.Carts.AddCartItem(b.shopper, &checkoutv1.AddCartItemRequest{CartId: b.id, VariantId: variant, Quantity: quantity})
	return answer.GetCart(), err
}

func (b basket) get(country string) *checkoutv1.Cart {
	b.t.Helper()
	answer, err := b.Carts.GetCart(b.shopper, &checkoutv1.GetCartRequest{CartId: b.id, EstimateCountryCode: country})
	if err != nil {
		b.t.Fatal(err)
	}
	return answer.GetCart()
}

func (b basket) contact(country, region string) (*checkoutv1.Cart, error) {
	answer, err := b.Carts.SetCartContact(b.shopper, &checkoutv1.SetCartContactRequest{
		CartId: b.id, Email: "ada@example.com", DeliveryAddress: shoptest.Address(country, region),
	})
	return answer.GetCart(), err
}

func (b basket) delivery(code string) (*checkoutv1.Cart, error) {
	answer, err := b.Carts.SetCartDelivery(b.shopper, &checkoutv1.SetCartDeliveryRequest{CartId: b.id, DeliveryCode: code})
	return answer.GetCart(), err
}

// The same item twice is one line; totals follow; a line goes with its last unit.
func TestCartItems(t *testing.T) {
	t.Parallel()
	b := newBasket(t)
	lamp, shade := b.Variant(2500, 50), b.Variant(999, 50)
	for _, variant := range []string{lamp, shade, lamp} {
		if _, err := b.add(variant, 2); err != nil {
			t.Fatal(err)
		}
	}
	cart := b.get("")
	if lines := cart.GetLines(); len(lines) != 2 || lines[0].GetVariantId() != lamp || lines[0].GetQuantity() != 4 || lines[0].GetTotal().GetAmountMinor() != 10000 {
		t.Fatalf("lines %v", lines)
	}
	if cart.GetTotals().GetTotal().GetAmountMinor() != 11998 || cart.GetTotals().GetShipping() != nil || cart.GetVersion() != 4 {
		t.Errorf("cart %v", cart)
	}
	if estimate := b.get("US"); estimate.GetCountryCode() != "US" || estimate.GetTotals().GetShipping() == nil || len(estimate.GetDeliveries()) == 0 {
		t.Errorf("estimate %v", estimate)
	}
	if nowhere := b.get("AQ"); nowhere.GetCountryCode() != "" || nowhere.GetTotals().GetTotal().GetAmountMinor() != 11998 {
		t.Errorf("estimate for where nothing goes: %v", nowhere)
	}
	changed, err := b.Carts.SetCartItemQuantity(b.shopper, &checkoutv1.SetCartItemQuantityRequest{CartId: b.id, LineId: cart.GetLines()[0].GetId(), Quantity: 0})
	if err != nil || len(changed.GetCart().GetLines()) != 1 {
		t.Errorf("%v, %v", changed, err)
	}
	_, err = b.Carts.SetCartItemQuantity(b.shopper, &checkoutv1.SetCartItemQuantityRequest{CartId: b.id, LineId: cart.GetLines()[0].GetId(), Quantity: 1})
	if connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("a line that is gone: %v, want not found", err)
	}
}

// A cart takes only what can be bought, within bounds.
func TestAddCartItemRefuses(t *testing.T) {
	t.Parallel()
	b := newBasket(t)
	lamp, gone, out := b.Variant(2500, 500), b.Variant(2500, 5), b.Variant(2500, 0)
	b.Products.Withdraw(gone)
	if _, err := b.add(lamp, 99); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		variant string
		code    connect.Code
	}{
		"over 99":      {lamp, connect.CodeFailedPrecondition},
		"not for sale": {gone, connect.CodeFailedPrecondition},
		"sold out":     {out, connect.CodeFailedPrecondition},
		"unknown":      {id.New(), connect.CodeNotFound},
	} {
		if _, err := b.add(tc.variant, 1); connect.CodeOf(err) != tc.code {
			t.Errorf("%s: %v, want %v", name, err, tc.code)
		}
	}
	if cart := b.get(""); cart.GetVersion() != 2 || cart.GetLines()[0].GetQuantity() != 99 {
		t.Errorf("a refusal changed the cart: %v", cart)
	}
	b.Exec("insert into cart_items (id, cart_id, variant_id, quantity, seen_unit_price_minor, position) select gen_random_uuid(), $1, gen_random_uuid(), 1, 1, n from generate_series(2, 100) n", b.id)
	if _, err := b.add(b.Variant(1, 1), 1); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("the 101st line: %v, want failed precondition", err)
	}
}

// The cart says line by line what changed since the shopper put it there.
func TestCartProblems(t *testing.T) {
	t.Parallel()
	b := newBasket(t)
	few, out, gone, dearer, fine := b.Variant(1000, 9), b.Variant(1000, 9), b.Variant(1000, 9), b.Variant(1000, 9), b.Variant(1000, 9)
	for _, variant := range []string{few, out, gone, dearer, fine} {
		if _, err := b.add(variant, 3); err != nil {
			t.Fatal(err)
		}
	}
	b.Count(few, 2)
	b.Count(out, 0)
	b.Products.Withdraw(gone)
	b.Products.Price(dearer, 1500)
	cart := b.get("")
	want := []checkoutv1.LineProblem{
		checkoutv1.LineProblem_LINE_PROBLEM_TOO_FEW, checkoutv1.LineProblem_LINE_PROBLEM_SOLD_OUT, checkoutv1.LineProblem_LINE_PROBLEM_NOT_FOR_SALE,
		checkoutv1.LineProblem_LINE_PROBLEM_PRICE_CHANGED, checkoutv1.LineProblem_LINE_PROBLEM_UNSPECIFIED,
	}
	for i, line := range cart.GetLines() {
		if line.GetProblem() != want[i] {
			t.Errorf("line %d has %v, want %v", i, line.GetProblem(), want[i])
		}
	}
	if line := cart.GetLines()[0]; line.GetAvailable() != 2 {
		t.Errorf("%d available, want 2", line.GetAvailable())
	}
	if line := cart.GetLines()[3]; line.GetUnitPrice().GetAmountMinor() != 1500 || line.GetPreviousUnitPrice().GetAmountMinor() != 1000 {
		t.Errorf("the dearer line is %v", line)
	}
	if total := cart.GetTotals().GetGoods().GetAmountMinor(); total != 3*(1000+1000+1500+1000) {
		t.Errorf("goods %d: what is not for sale costs nothing", total)
	}
}

// The steps of the checkout: where it goes decides how it can be sent, and moving forgets a delivery that is not offered there.
func TestCheckoutSteps(t *testing.T) {
	t.Parallel()
	b := newBasket(t)
	if _, err := b.add(b.Variant(2500, 50), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := b.delivery("standard"); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a delivery to nowhere: %v, want failed precondition", err)
	}
	if _, err := b.contact("AQ", ""); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("to where nothing goes: %v, want failed precondition", err)
	}
	cart, err := b.contact("US", "OR")
	if err != nil {
		t.Fatal(err)
	}
	if cart.GetDeliveryCode() != "standard" || cart.GetDeliveryChosen() || cart.GetCountryCode() != "US" || cart.GetEmail() != "ada@example.com" {
		t.Errorf("cart %v", cart)
	}
	if _, err := b.delivery("balloon"); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("by balloon: %v, want failed precondition", err)
	}
	if cart, err = b.delivery("freight"); err != nil || cart.GetDeliveryCode() != "freight" || !cart.GetDeliveryChosen() {
		t.Errorf("by freight: %v, %v", cart, err)
	}
	if cart, err = b.contact("CA", "ON"); err != nil || cart.GetDeliveryChosen() || cart.GetDeliveryCode() != "standard" || cart.GetTotals().GetTax().GetAmountMinor() == 0 {
		t.Errorf("in Ontario: %v, %v", cart, err)
	}
	if _, err = b.delivery("express"); err != nil {
		t.Fatal(err)
	}
	if cart, err = b.contact("US", "OR"); err != nil || !cart.GetDeliveryChosen() || cart.GetDeliveryCode() != "express" {
		t.Errorf("back in Oregon: %v, %v", cart, err)
	}
}

// A cart belongs to its shopper: to others it does not exist, whatever they try, and staff and processes have none.
func TestCartsOfOthers(t *testing.T) {
	t.Parallel()
	b := newBasket(t)
	lamp := b.Variant(2500, 50)
	cart, err := b.add(lamp, 1)
	if err != nil {
		t.Fatal(err)
	}
	other := basket{b.Shop, t, b.Guest(), b.id}
	tries := map[string]func(basket) error{
		"get": func(b basket) error {
			_, err := b.Carts.GetCart(b.shopper, &checkoutv1.GetCartRequest{CartId: b.id})
			return err
		},
		"add":     func(b basket) error { _, err := b.add(lamp, 1); return err },
		"contact": func(b basket) error { _, err := b.contact("US", "OR"); return err },
		"deliver": func(b basket) error { _, err := b.delivery("standard"); return err },
		"pay": func(b basket) error {
			_, err := b.Carts.SetCartPayment(b.shopper, &checkoutv1.SetCartPaymentRequest{CartId: b.id, Method: checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED})
			return err
		},
		"remove": func(b basket) error {
			_, err := b.Carts.SetCartItemQuantity(b.shopper, &checkoutv1.SetCartItemQuantityRequest{CartId: b.id, LineId: cart.GetLines()[0].GetId()})
			return err
		},
		"order": func(b basket) error {
			_, err := b.Checkout.PlaceOrder(b.shopper, &checkoutv1.PlaceOrderRequest{CartId: b.id, ExpectedTotal: cart.GetTotals().GetTotal(), IdempotencyKey: id.New()})
			return err
		},
	}
	for name, try := range tries {
		if err := try(other); connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("another shopper: %s: %v, want not found", name, err)
		}
		for who, ctx := range map[string]context.Context{"staff": b.Staff(), "a process": b.Process()} {
			if err := try(basket{b.Shop, t, ctx, b.id}); connect.CodeOf(err) != connect.CodePermissionDenied && connect.CodeOf(err) != connect.CodeUnauthenticated {
				t.Errorf("%s: %s: %v, want a refusal", who, name, err)
			}
		}
	}
	if left := b.get(""); left.GetVersion() != cart.GetVersion() {
		t.Errorf("somebody changed the cart: %v", left)
	}
}

// Whoever does not want the cart back is not given it, and the change is made all the same.
func TestWithoutCart(t *testing.T) {
	t.Parallel()
	b := newBasket(t)
	lamp := b.Variant(2500, 5)
	added, err := b.Carts.AddCartItem(b.shopper, &checkoutv1.AddCartItemRequest{CartId: b.id, VariantId: lamp, Quantity: 1, WithoutCart: true})
	if err != nil || added.GetCart() != nil {
		t.Fatalf("adding answers %v, %v", added, err)
	}
	line := b.get("").GetLines()[0]
	set, err := b.Carts.SetCartItemQuantity(b.shopper, &checkoutv1.SetCartItemQuantityRequest{CartId: b.id, LineId: line.GetId(), Quantity: 3, WithoutCart: true})
	if err != nil || set.GetCart() != nil {
		t.Fatalf("setting answers %v, %v", set, err)
	}
	if got := b.get("").GetLines()[0].GetQuantity(); got != 3 {
		t.Errorf("there are %d, want 3", got)
	}
}
