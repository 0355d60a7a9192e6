package checkout_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// browser is one in which somebody shops as a guest before they sign in.
type browser struct {
	ctx          context.Context
	guest, token string
}

func newBrowser(shop *shoptest.Shop) browser {
	guest := id.New()
	caller := auth.Caller{Kind: auth.Guest, Subject: guest}
	return browser{ctx: shop.As(caller), guest: guest, token: shop.Token(caller, time.Hour)}
}

func claim(t *testing.T, shop *shoptest.Shop, customer context.Context, cartID, token string) *checkoutv1.Cart {
	t.Helper()
	answer, err := shop.Carts.ClaimCart(customer, &checkoutv1.ClaimCartRequest{CartId: cartID, GuestToken: token})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetCart()
}

// quantities are what a cart holds, by variant.
func quantities(cart *checkoutv1.Cart) map[string]int32 {
	held := map[string]int32{}
	for _, line := range cart.GetLines() {
		held[line.GetVariantId()] += line.GetQuantity()
	}
	return held
}

// Who signs in goes on with the cart they filled as a guest, as far as they had come with it, and finds in it what they had left in their own: of the same variant, the larger
// quantity. The other cart is gone, the guest has none any more, and signing in again changes nothing.
func TestClaimCart(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	both, more, left := shop.Variant(1000, 50), shop.Variant(2000, 50), shop.Variant(3000, 50)
	customer, guest := shop.Customer(id.New()), newBrowser(shop)
	own := shop.Cart(customer, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, shoptest.Item{Variant: both, Quantity: 1}, shoptest.Item{Variant: more, Quantity: 5}, shoptest.Item{Variant: left, Quantity: 2})
	filled := shop.Cart(guest.ctx, checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED, shoptest.Item{Variant: both, Quantity: 3}, shoptest.Item{Variant: more, Quantity: 2})

	claimed := claim(t, shop, customer, filled.GetId(), guest.token)
	want := map[string]int32{both: 3, more: 5, left: 2}
	if got := quantities(claimed); len(claimed.GetLines()) != 3 || got[both] != want[both] || got[more] != want[more] || got[left] != want[left] {
		t.Errorf("the cart holds %v, want %v", got, want)
	}
	if claimed.GetId() != filled.GetId() || claimed.GetEmail() != filled.GetEmail() || claimed.GetDeliveryCode() != "standard" || !claimed.GetDeliveryChosen() || claimed.GetPaymentMethod() != filled.GetPaymentMethod() {
		t.Errorf("the steps taken before are gone: %v", claimed)
	}
	if claimed.GetVersion() <= filled.GetVersion() {
		t.Error("the cart says that it did not change")
	}
	if _, err := shop.Carts.GetCart(guest.ctx, &checkoutv1.GetCartRequest{CartId: filled.GetId()}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("the guest still has the cart: %v", err)
	}
	if _, err := shop.Carts.GetCart(customer, &checkoutv1.GetCartRequest{CartId: own.GetId()}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("the old cart is still there: %v", err)
	}
	for _, again := range []*checkoutv1.Cart{claim(t, shop, customer, filled.GetId(), guest.token), claim(t, shop, customer, filled.GetId(), ""), claim(t, shop, customer, "", "")} {
		if again.GetId() != claimed.GetId() || again.GetVersion() != claimed.GetVersion() {
			t.Errorf("signing in again made of cart %s at version %d cart %s at version %d", claimed.GetId(), claimed.GetVersion(), again.GetId(), again.GetVersion())
		}
	}
	placed, err := shop.Checkout.PlaceOrder(customer, &checkoutv1.PlaceOrderRequest{CartId: claimed.GetId(), ExpectedTotal: claimed.GetTotals().GetTotal(), IdempotencyKey: id.New()})
	if err != nil || placed.GetOrderId() == "" {
		t.Errorf("the cart cannot be ordered: %v", err)
	}
	shop.Audit()
}

// A cart is only given to those who prove that they filled it, and only while it is one. To all others it does not exist, and it stays as it is.
func TestClaimCartRefuses(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	item := shoptest.Item{Variant: shop.Variant(1000, 50), Quantity: 1}
	guest, other := newBrowser(shop), newBrowser(shop)
	filled := shop.Cart(guest.ctx, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, item)
	ordered := shop.Cart(guest.ctx, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, item)
	_, err := shop.Checkout.PlaceOrder(guest.ctx, &checkoutv1.PlaceOrderRequest{CartId: ordered.GetId(), ExpectedTotal: ordered.GetTotals().GetTotal(), IdempotencyKey: id.New()})
	if err != nil {
		t.Fatal(err)
	}
	caller := auth.Caller{Kind: auth.Guest, Subject: guest.guest}
	tests := map[string]*checkoutv1.ClaimCartRequest{
		"no token":           {CartId: filled.GetId()},
		"another guest's":    {CartId: filled.GetId(), GuestToken: other.token},
		"an ended one":       {CartId: filled.GetId(), GuestToken: shop.Token(caller, -time.Minute)},
		"a customer's":       {CartId: filled.GetId(), GuestToken: shop.Token(auth.Caller{Kind: auth.Customer, Subject: guest.guest}, time.Hour)},
		"a made-up one":      {CartId: filled.GetId(), GuestToken: guest.token + "x"},
		"an ordered cart":    {CartId: ordered.GetId(), GuestToken: guest.token},
		"no cart":            {GuestToken: guest.token},
		"no such cart":       {CartId: id.New(), GuestToken: guest.token},
		"not even an id":     {CartId: "cart", GuestToken: guest.token},
		"nothing of a guest": {},
	}
	own := shop.Customer(id.New())
	left := shop.Cart(own, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, item)
	for name, asked := range tests {
		if answer, err := shop.Carts.ClaimCart(shop.Customer(id.New()), asked); connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("%s: %v, %v", name, answer, err)
		}
		if answer, err := shop.Carts.ClaimCart(own, asked); err != nil || answer.GetCart().GetId() != left.GetId() || answer.GetCart().GetVersion() != left.GetVersion() {
			t.Errorf("%s, with a cart of one's own: %v, %v", name, answer, err)
		}
	}
	if answer, err := shop.Carts.GetCart(guest.ctx, &checkoutv1.GetCartRequest{CartId: filled.GetId()}); err != nil || answer.GetCart().GetVersion() != filled.GetVersion() {
		t.Errorf("the guest's cart changed: %v, %v", answer, err)
	}
}

// A guest who put nothing in their cart finds what they left in their own. Only who left nothing goes on with the empty one.
func TestClaimEmptyCart(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	guest, customer, newcomer := newBrowser(shop), shop.Customer(id.New()), shop.Customer(id.New())
	own := shop.Cart(customer, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, shoptest.Item{Variant: shop.Variant(1000, 50), Quantity: 1})
	empty, err := shop.Carts.CreateCart(guest.ctx, &checkoutv1.CreateCartRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if got := claim(t, shop, customer, empty.GetCart().GetId(), guest.token); got.GetId() != own.GetId() || len(got.GetLines()) != 1 {
		t.Errorf("the customer goes on with %v", got)
	}
	if got := claim(t, shop, newcomer, empty.GetCart().GetId(), guest.token); got.GetId() != empty.GetCart().GetId() {
		t.Errorf("the newcomer goes on with %v", got)
	}
}

// Of those that a customer left open, the cart they touched last counts.
func TestClaimNewestCart(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	variant := shop.Variant(1000, 50)
	customer := shop.Customer(id.New())
	first := shop.Cart(customer, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, shoptest.Item{Variant: variant, Quantity: 1})
	second := shop.Cart(customer, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, shoptest.Item{Variant: variant, Quantity: 1})
	if got := claim(t, shop, customer, "", ""); got.GetId() != second.GetId() {
		t.Errorf("goes on with %s, want %s", got.GetId(), second.GetId())
	}
	if _, err := shop.Carts.AddCartItem(customer, &checkoutv1.AddCartItemRequest{CartId: first.GetId(), VariantId: variant, Quantity: 1}); err != nil {
		t.Fatal(err)
	}
	if got := claim(t, shop, customer, "", ""); got.GetId() != first.GetId() {
		t.Errorf("goes on with %s, want %s", got.GetId(), first.GetId())
	}
}

// Two carts become none that holds too much: of lines the newest stay, of codes and gift cards the guest's, then the customer's as far as there is room.
func TestClaimedCartKeepsItsBounds(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	variant := shop.Variant(10_000, 5000)
	guest, customer := newBrowser(shop), shop.Customer(id.New())
	own := shop.Cart(customer, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, shoptest.Item{Variant: variant, Quantity: 9})
	filled := shop.Cart(guest.ctx, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, shoptest.Item{Variant: variant, Quantity: 6})
	fill := func(cart string, n int) { // variants that nobody sells any more stand in a cart as well
		ids := make([]string, n)
		for i := range ids {
			ids[i] = id.New()
		}
		shop.Exec(`insert into cart_items (id, cart_id, variant_id, quantity, seen_unit_price_minor, position)
			select i, $1, i, 1, 100, n + 1 from unnest($2::uuid[]) with ordinality as u (i, n)`, cart, ids)
	}
	fill(own.GetId(), 70)
	fill(filled.GetId(), 60)
	var cards []string
	for i := range 4 {
		cards = append(cards, give(t, shop, guest.ctx, filled.GetId()), give(t, shop, customer, own.GetId()))
		shop.Exec("update carts set codes = codes || $2::text where id = $1", filled.GetId(), "GUEST-"+string(rune('A'+i)))
		shop.Exec("update carts set codes = codes || $2::text where id = $1", own.GetId(), "OWN-"+string(rune('A'+i)))
	}
	shop.Exec("update carts set codes = codes || array['guest a'] where id = $1", own.GetId()) // the same code in another spelling
	newest := shop.Column("select id::text from cart_items where cart_id = any($1::uuid[]) and not (cart_id = $2 and variant_id = $3) order by id desc limit 100", []string{own.GetId(), filled.GetId()}, own.GetId(), variant)

	claim(t, shop, customer, filled.GetId(), guest.token)
	if got := shop.Column("select id::text from cart_items where cart_id = $1 order by id desc", filled.GetId()); !slices.Equal(got, newest) {
		t.Errorf("the cart holds %d lines, want the newest 100", len(got))
	}
	if got := shop.Column("select c from carts, unnest(codes) with ordinality as u (c, n) where id = $1 order by n", filled.GetId()); !slices.Equal(got, []string{"GUEST-A", "GUEST-B", "GUEST-C", "GUEST-D", "OWN-A"}) {
		t.Errorf("the cart keeps the codes %v", got)
	}
	want := []string{cards[0], cards[2], cards[4], cards[6], cards[1]}
	if got := shop.Column("select c::text from carts, unnest(gift_card_ids) with ordinality as u (c, n) where id = $1 order by n", filled.GetId()); !slices.Equal(got, want) {
		t.Errorf("the cart keeps the gift cards %v, want %v", got, want)
	}
}

// However many browsers of however many customers sign in at one moment: each customer has one cart afterwards with all that any of theirs held, each variant once and in the largest
// quantity, and nobody waits for another who waits for them.
func TestClaimCartsAtOnce(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	const customers, browsers = 20, shoptest.Crowd / 20
	var shared [3]string
	for i := range shared {
		shared[i] = shop.Variant(1000, 100)
	}
	fill := func(shopper context.Context, items ...shoptest.Item) string {
		created, err := shop.Carts.CreateCart(shopper, &checkoutv1.CreateCartRequest{})
		for _, item := range items {
			if err == nil {
				_, err = shop.Carts.AddCartItem(shopper, &checkoutv1.AddCartItemRequest{CartId: created.GetCart().GetId(), VariantId: item.Variant, Quantity: item.Quantity, WithoutCart: true})
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		return created.GetCart().GetId()
	}
	var accounts [customers]string
	var claims [shoptest.Crowd]func() error
	for c := range customers {
		accounts[c] = id.New()
		customer := shop.Customer(accounts[c])
		fill(customer, shoptest.Item{Variant: shared[0], Quantity: 1})
		for b := range browsers {
			guest := newBrowser(shop)
			cart := fill(guest.ctx, shoptest.Item{Variant: shared[b%3], Quantity: int32(b + 2)})
			shop.Exec("insert into cart_items (id, cart_id, variant_id, quantity, seen_unit_price_minor, position) values ($1, $2, $3, 1, 100, 2)", id.New(), cart, id.New())
			claims[c*browsers+b] = func() error {
				_, err := shop.Carts.ClaimCart(customer, &checkoutv1.ClaimCartRequest{CartId: cart, GuestToken: guest.token})
				return err
			}
		}
	}
	race(t, claims[:])
	for _, account := range accounts {
		if n := shop.Number("select count(*) from carts where owner = $1", account); n != 1 {
			t.Errorf("a customer has %d carts", n)
		}
		if n := shop.Number("select count(*) from cart_items i join carts c on c.id = i.cart_id where owner = $1", account); n != browsers+len(shared) {
			t.Errorf("a cart has %d lines, want %d", n, browsers+len(shared))
		}
		for i, variant := range shared {
			want := map[int]int{0: 11, 1: 9, 2: 10}[i] // of browsers 9, 7 and 8
			if n := shop.Number("select quantity from cart_items i join carts c on c.id = i.cart_id where owner = $1 and variant_id = $2", account, variant); n != want {
				t.Errorf("a cart has %d of variant %d, want %d", n, i, want)
			}
		}
	}
	if n := shop.Number("select count(*) from carts"); n != customers {
		t.Errorf("%d carts are left", n)
	}
	if n := shop.Number("select deadlocks from pg_stat_database where datname = current_database()"); n != 0 {
		t.Errorf("%d times did two wait for each other", n)
	}
}

// A browser in which many sign in at once gives its cart to one of them; the others have what they had, and nothing is there twice.
func TestClaimOneCartAtOnce(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	variant, guest := shop.Variant(1000, 100), newBrowser(shop)
	filled := shop.Cart(guest.ctx, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, shoptest.Item{Variant: variant, Quantity: 2})
	const many = 20
	var got [many]*checkoutv1.Cart
	var claims [many]func() error
	for i := range many {
		customer := shop.Customer(id.New())
		if i%2 == 0 {
			shop.Cart(customer, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, shoptest.Item{Variant: variant, Quantity: 1})
		}
		claims[i] = func() error {
			answer, err := shop.Carts.ClaimCart(customer, &checkoutv1.ClaimCartRequest{CartId: filled.GetId(), GuestToken: guest.token})
			got[i] = answer.GetCart()
			if i%2 == 1 && connect.CodeOf(err) == connect.CodeNotFound {
				return nil // nothing was left for one who had nothing
			}
			return err
		}
	}
	race(t, claims[:])
	winners := 0
	for _, cart := range got {
		if cart.GetId() == filled.GetId() {
			winners++
		}
	}
	if winners != 1 {
		t.Errorf("%d customers got the cart", winners)
	}
	if n := shop.Number("select count(*) from cart_items where cart_id = $1", filled.GetId()); n != 1 {
		t.Errorf("the cart has %d lines", n)
	}
	if n := shop.Number("select deadlocks from pg_stat_database where datname = current_database()"); n != 0 {
		t.Errorf("%d times did two wait for each other", n)
	}
}

// A cart that is ordered at the moment its guest signs in becomes either their order or the customer's cart, never both.
func TestClaimWhileOrdering(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	variant := shop.Variant(1000, 1000)
	for range shoptest.Rounds(5) {
		guest, customer := newBrowser(shop), shop.Customer(id.New())
		cart := shop.Cart(guest.ctx, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, shoptest.Item{Variant: variant, Quantity: 1})
		var claimed, ordered error
		race(t, []func() error{
			func() error {
				_, claimed = shop.Carts.ClaimCart(customer, &checkoutv1.ClaimCartRequest{CartId: cart.GetId(), GuestToken: guest.token})
				return nil
			},
			func() error {
				_, ordered = shop.Checkout.PlaceOrder(guest.ctx, &checkoutv1.PlaceOrderRequest{CartId: cart.GetId(), ExpectedTotal: cart.GetTotals().GetTotal(), IdempotencyKey: id.New()})
				return nil
			},
		})
		if (claimed == nil) == (ordered == nil) || claimed != nil && connect.CodeOf(claimed) != connect.CodeNotFound || ordered != nil && connect.CodeOf(ordered) != connect.CodeNotFound {
			t.Errorf("the claim ended with %v, the order with %v", claimed, ordered)
		}
	}
	shop.Audit()
}

// race lets all go at once, and fails the test for each that fails.
func race(t *testing.T, all []func() error) {
	t.Helper()
	start := make(chan struct{})
	var done sync.WaitGroup
	for _, one := range all {
		done.Go(func() {
			<-start
			if err := shoptest.Insist(one); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	done.Wait()
}

// give issues a gift card and lets it pay for a cart.
func give(t *testing.T, shop *shoptest.Shop, shopper context.Context, cart string) string {
	t.Helper()
	card, code := shop.GiftCard(100)
	if _, err := shop.Carts.ApplyGiftCard(shopper, &checkoutv1.ApplyGiftCardRequest{CartId: cart, Code: code, WithoutCart: true}); err != nil {
		t.Fatal(err)
	}
	return card.GetId()
}
