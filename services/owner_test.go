package services_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// onlyOwn says that nothing of another's was found by a method that answers with what is the caller's own.
func onlyOwn(own bool, err error) error {
	if err == nil && own {
		return rpc.NotFound("only what is the caller's own")
	}
	return err
}

// What one shopper owns does not exist for another, guest or customer: no method that shoppers may call finds it, whichever way it is named, and
// trying changes nothing. Each such method has to be tried here. What has no owner, payments and imports among it, no shopper may call at all,
// which TestEveryMethod tries.
func TestEveryOwner(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	variant := shop.Variant(2500, 50)
	item := shoptest.Item{Variant: variant, Quantity: 2}
	owner := shop.Guest()
	_, card := shop.GiftCard(1000)
	cart := shop.Cart(owner, checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED, item)
	line, total := cart.GetLines()[0].GetId(), cart.GetTotals().GetTotal()
	placed := shop.Order(item)
	customer := shop.As(auth.Caller{Kind: auth.Customer, Subject: id.New(), Name: "ada@example.com"})
	kept, err := shop.Profiles.SaveAddress(customer, &userv1.SaveAddressRequest{Address: shoptest.Address("US", "OR")})
	if err != nil {
		t.Fatal(err)
	}

	// Each tries a method on what somebody else owns, as a caller with a cart of their own.
	type try = func(ctx context.Context, own string) error
	tries := map[string][]try{
		"checkout.v1.CartService/GetCart": {func(ctx context.Context, _ string) error {
			_, err := shop.Carts.GetCart(ctx, &checkoutv1.GetCartRequest{CartId: cart.GetId()})
			return err
		}},
		"checkout.v1.CartService/AddCartItem": {func(ctx context.Context, _ string) error {
			_, err := shop.Carts.AddCartItem(ctx, &checkoutv1.AddCartItemRequest{CartId: cart.GetId(), VariantId: variant, Quantity: 1})
			return err
		}},
		"checkout.v1.CartService/SetCartItemQuantity": {
			func(ctx context.Context, _ string) error {
				_, err := shop.Carts.SetCartItemQuantity(ctx, &checkoutv1.SetCartItemQuantityRequest{CartId: cart.GetId(), LineId: line, Quantity: 1})
				return err
			},
			func(ctx context.Context, own string) error { // another's line through one's own cart
				_, err := shop.Carts.SetCartItemQuantity(ctx, &checkoutv1.SetCartItemQuantityRequest{CartId: own, LineId: line, Quantity: 0})
				return err
			},
		},
		"checkout.v1.CartService/SetCartContact": {func(ctx context.Context, _ string) error {
			_, err := shop.Carts.SetCartContact(ctx, &checkoutv1.SetCartContactRequest{CartId: cart.GetId(), Email: "eve@example.com", DeliveryAddress: shoptest.Address("US", "OR")})
			return err
		}},
		"checkout.v1.CartService/SetCartDelivery": {func(ctx context.Context, _ string) error {
			_, err := shop.Carts.SetCartDelivery(ctx, &checkoutv1.SetCartDeliveryRequest{CartId: cart.GetId(), DeliveryCode: "standard"})
			return err
		}},
		"checkout.v1.CartService/SetCartPayment": {func(ctx context.Context, _ string) error {
			_, err := shop.Carts.SetCartPayment(ctx, &checkoutv1.SetCartPaymentRequest{CartId: cart.GetId(), Method: checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY})
			return err
		}},
		"checkout.v1.CartService/ApplyCode": {func(ctx context.Context, _ string) error {
			_, err := shop.Carts.ApplyCode(ctx, &checkoutv1.ApplyCodeRequest{CartId: cart.GetId(), Code: "TEN-OFF"})
			return err
		}},
		"checkout.v1.CartService/RemoveCode": {func(ctx context.Context, _ string) error {
			_, err := shop.Carts.RemoveCode(ctx, &checkoutv1.RemoveCodeRequest{CartId: cart.GetId(), Code: "TEN-OFF"})
			return err
		}},
		"checkout.v1.CartService/ApplyGiftCard": {func(ctx context.Context, _ string) error {
			_, err := shop.Carts.ApplyGiftCard(ctx, &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: card})
			return err
		}},
		"checkout.v1.CartService/RemoveGiftCard": {func(ctx context.Context, _ string) error {
			_, err := shop.Carts.RemoveGiftCard(ctx, &checkoutv1.RemoveGiftCardRequest{CartId: cart.GetId(), GiftCardId: id.New()})
			return err
		}},
		"checkout.v1.CartService/ClaimCart": {
			func(ctx context.Context, own string) error {
				answer, err := shop.Carts.ClaimCart(ctx, &checkoutv1.ClaimCartRequest{CartId: cart.GetId()})
				return onlyOwn(answer.GetCart().GetId() == own, err)
			},
			func(ctx context.Context, own string) error { // with the token of a guest, who is another
				answer, err := shop.Carts.ClaimCart(ctx, &checkoutv1.ClaimCartRequest{CartId: cart.GetId(), GuestToken: shop.Token(auth.Caller{Kind: auth.Guest, Subject: id.New()}, time.Hour)})
				return onlyOwn(answer.GetCart().GetId() == own, err)
			},
		},
		"checkout.v1.CheckoutService/PlaceOrder": {
			func(ctx context.Context, _ string) error {
				_, err := shop.Checkout.PlaceOrder(ctx, &checkoutv1.PlaceOrderRequest{CartId: cart.GetId(), ExpectedTotal: total, IdempotencyKey: id.New()})
				return err
			},
			func(ctx context.Context, _ string) error { // a cart that is ordered already
				_, err := shop.Checkout.PlaceOrder(ctx, &checkoutv1.PlaceOrderRequest{CartId: placed.CartID, ExpectedTotal: total, IdempotencyKey: id.New()})
				return err
			},
		},
		"order.v1.OrderService/GetOrder": {func(ctx context.Context, _ string) error {
			_, err := shop.Orders.GetOrder(ctx, &orderv1.GetOrderRequest{OrderId: placed.ID})
			return err
		}},
		"order.v1.OrderService/StartPayment": {func(ctx context.Context, _ string) error {
			_, err := shop.Orders.StartPayment(ctx, &orderv1.StartPaymentRequest{OrderId: placed.ID})
			return err
		}},
		"order.v1.OrderService/ListMyOrders": {func(ctx context.Context, _ string) error {
			answer, err := shop.Orders.ListMyOrders(ctx, &orderv1.ListMyOrdersRequest{})
			return onlyOwn(len(answer.GetOrders()) == 0, err)
		}},
		"order.v1.OrderService/ClaimOrders": {func(ctx context.Context, _ string) error {
			answer, err := shop.Orders.ClaimOrders(ctx, &orderv1.ClaimOrdersRequest{GuestToken: shop.Token(auth.Caller{Kind: auth.Guest, Subject: id.New()}, time.Hour)})
			return onlyOwn(answer.GetClaimed() == 0, err)
		}},
		"order.v1.OrderService/OpenOrder": {
			func(ctx context.Context, _ string) error { // an order's number or id opens nothing
				_, err := shop.Orders.OpenOrder(ctx, &orderv1.OpenOrderRequest{Signed: placed.ID})
				return err
			},
			func(ctx context.Context, _ string) error {
				_, err := shop.Orders.OpenOrder(ctx, &orderv1.OpenOrderRequest{Signed: placed.Number})
				return err
			},
			func(ctx context.Context, _ string) error { // nor does another order's link with its id put in
				link, other := shop.Look(placed.ID).GetSigned(), shop.Look(shop.Order(item).ID).GetSigned()
				_, err := shop.Orders.OpenOrder(ctx, &orderv1.OpenOrderRequest{Signed: link[:len(link)/2] + other[len(link)/2:]})
				return err
			},
		},
		"user.v1.ProfileService/SaveAddress": {func(ctx context.Context, _ string) error {
			_, err := shop.Profiles.SaveAddress(ctx, &userv1.SaveAddressRequest{Id: kept.GetProfile().GetAddresses()[0].GetId(), Address: shoptest.Address("US", "NY")})
			return err
		}},
		"user.v1.ProfileService/RemoveAddress": {func(ctx context.Context, _ string) error { // says nothing, and removes nothing: it is looked for below
			_, err := shop.Profiles.RemoveAddress(ctx, &userv1.RemoveAddressRequest{Id: kept.GetProfile().GetAddresses()[0].GetId()})
			return onlyOwn(true, err)
		}},
	}
	// These own nothing, or name nothing: they are about what the caller owns.
	free := map[string]bool{
		"checkout.v1.CartService/CreateCart": true, "user.v1.ProfileService/GetProfile": true, "user.v1.ProfileService/UpdateProfile": true,
		"auth.v1.CustomerService/SignOutEverywhere":  true,                                                      // services/auth has it end the caller's own sessions alone
		"payment.v1.PaymentService/ListSavedMethods": true, "payment.v1.PaymentService/ForgetSavedMethod": true, // TestSavedCardsAreTheirCustomers tries them with providers that keep cards
	}

	walked, guests := 0, map[string]bool{}
	for spec := range newSet(t).Server.Specs() {
		policy := rpc.PolicyOf(spec)
		method := strings.TrimPrefix(spec.Procedure, "/tradewind.")
		if !policy.GetGuest() && !policy.GetCustomer() && method != "order.v1.OrderService/OpenOrder" || free[method] {
			continue
		}
		walked++
		guests[method] = policy.GetGuest() || policy.GetPublic()
		if len(tries[method]) == 0 {
			t.Errorf("%s may be called by shoppers, and nobody tries it on what another owns", method)
		}
	}
	if walked != len(tries) {
		t.Errorf("%d methods are tried, %d are there", len(tries), walked)
	}

	for _, kind := range []auth.Kind{auth.Guest, auth.Customer} {
		stranger := shop.As(auth.Caller{Kind: kind, Subject: id.New()})
		own := shop.Cart(stranger, checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED, item).GetId()
		for method, all := range tries {
			want := connect.CodeNotFound
			if kind == auth.Guest && !guests[method] {
				want = connect.CodePermissionDenied
			}
			for i, try := range all {
				if err := try(stranger, own); connect.CodeOf(err) != want {
					t.Errorf("%s, %s, try %d: %v, want %s", kind, method, i+1, err, want)
				}
			}
		}
	}

	left, err := shop.Profiles.GetProfile(customer, &userv1.GetProfileRequest{})
	if err != nil || !proto.Equal(left.GetProfile(), kept.GetProfile()) {
		t.Errorf("what strangers tried has left %v of %v: %v", left.GetProfile(), kept.GetProfile(), err)
	}

	// Another's key is only a word: it neither repeats their order nor stands in the way of one's own.
	key := &checkoutv1.PlaceOrderRequest{CartId: cart.GetId(), ExpectedTotal: total, IdempotencyKey: "the same word"}
	first, err := shop.Checkout.PlaceOrder(owner, key) // nothing that was tried has changed the cart
	if err != nil {
		t.Fatal(err)
	}
	stranger := shop.Guest()
	own := shop.Cart(stranger, checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED, item)
	second, err := shop.Checkout.PlaceOrder(stranger, &checkoutv1.PlaceOrderRequest{CartId: own.GetId(), ExpectedTotal: total, IdempotencyKey: "the same word"})
	if err != nil || second.GetOrderId() == first.GetOrderId() {
		t.Errorf("another shopper's key: %v, %v", second, err)
	}
	if _, err := shop.Checkout.PlaceOrder(stranger, key); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("a stranger repeats the owner's request: %v", err)
	}
	shop.Audit()
}
