package checkout_test

import (
	"testing"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
)

// A cart stays for 30 days after its last change, whenever it was made; then it goes with the shopper's address.
func TestRemoveOldCarts(t *testing.T) {
	t.Parallel()
	left := newBasket(t)
	created, err := left.Carts.CreateCart(left.shopper, &checkoutv1.CreateCartRequest{})
	if err != nil {
		t.Fatal(err)
	}
	used := &basket{left.Shop, t, left.shopper, created.GetCart().GetId()}
	lamp := left.Variant(2500, 50)
	for _, b := range []*basket{&left, used} {
		if _, err := b.add(lamp, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := b.contact("US", "CA"); err != nil {
			t.Fatal(err)
		}
	}
	age := func(b *basket, created, touched string) {
		t.Helper()
		_, err := b.DB.Primary().Exec(t.Context(), "update carts set create_time = now() - $2::text::interval, update_time = now() - $3::text::interval where id = $1", b.id, created, touched)
		if err != nil {
			t.Fatal(err)
		}
	}
	age(&left, "31 days", "30 days 1 minute")
	age(used, "31 days", "29 days 23 hours")
	for _, want := range []int32{1, 0} { // a repeat finds nothing more
		answer, err := left.Carts.RemoveOldCarts(left.Process(), &checkoutv1.RemoveOldCartsRequest{})
		if err != nil || answer.GetRemoved() != want {
			t.Errorf("removed %d, %v, want %d", answer.GetRemoved(), err, want)
		}
	}
	if _, err := left.Carts.GetCart(left.shopper, &checkoutv1.GetCartRequest{CartId: left.id}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("the old cart: %v", err)
	}
	if cart := used.get(""); len(cart.GetLines()) != 1 {
		t.Errorf("the cart that was used lately: %v", cart)
	}
}
