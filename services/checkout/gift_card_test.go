package checkout_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/checkout"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// withCard lets a gift card pay for a cart.
func withCard(t *testing.T, ctx context.Context, shop *shoptest.Shop, cart *checkoutv1.Cart, code string) *checkoutv1.Cart {
	t.Helper()
	answer, err := shop.Carts.ApplyGiftCard(ctx, &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: code})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetCart()
}

// paid is an order that was paid by a gift card first.
type paid struct {
	*shoptest.Shop
	t *testing.T
	shoptest.Placed
	lamp string
	card *pricingv1.GiftCard
}

// payPart orders two lamps for 5595, of which a gift card of 2000 pays what it has.
func payPart(t *testing.T, method checkoutv1.PaymentMethod) paid {
	t.Helper()
	shop := shoptest.New(t)
	lamp, shopper := shop.Variant(2500, 5), shop.Guest()
	card, code := shop.GiftCard(2000)
	cart := withCard(t, shopper, shop, shop.Cart(shopper, method, shoptest.Item{Variant: lamp, Quantity: 2}), code)
	if share := cart.GetGiftCards()[0]; cart.GetLeftToPay().GetAmountMinor() != 3595 || share.GetAmount().GetAmountMinor() != 2000 || share.GetLastFour() != code[len(code)-4:] {
		t.Fatalf("the cart is paid by %v, %v is left", share, cart.GetLeftToPay())
	}
	placed, err := placeSeen(shopper, shop, cart)
	if err != nil {
		t.Fatal(err)
	}
	return paid{shop, t, shoptest.Placed{ID: placed.GetOrderId(), Number: placed.GetOrderNumber(), Payment: placed.GetPaymentId(), Shopper: shopper}, lamp, card}
}

func (p paid) balance(want int64) {
	p.t.Helper()
	if left := p.Shop.Number("select balance_minor from gift_cards where id = $1", p.card.GetId()); int64(left) != want {
		p.t.Errorf("%d is left on the card, want %d", left, want)
	}
}

// giveBack does what the worker does with what is owed, twice.
func (p paid) giveBack() {
	p.t.Helper()
	for range 2 {
		for _, attempt := range p.Look(p.ID).GetPayments() {
			_, err := p.Payments.ReturnMoney(p.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: attempt.GetId(), IdempotencyKey: id.New()})
			if err != nil && connect.CodeOf(err) != connect.CodeFailedPrecondition {
				p.t.Fatal(err)
			}
			p.Settle(attempt.GetId())
		}
	}
}

// A gift card pays first and the shopper the rest, also when the first try fails; the order is paid once both have come, and staff can give it all back: to who paid
// last first.
func TestGiftCardAndCard(t *testing.T) {
	t.Parallel()
	shop := payPart(t, hosted)
	shop.balance(0)
	shop.Wants(shop.ID, order.Pending, order.PartlyPaid)
	shop.Audit()
	shop.Start(shop.Placed)
	shop.Wants(shop.ID, order.Pending, order.Paying)
	shop.Provider.Decline(shop.Payment)
	shop.Settle(shop.Payment)
	shop.Wants(shop.ID, order.Pending, order.PartlyPaid)
	shop.Payment = ""
	started, err := shop.Orders.StartPayment(shop.Shopper, &orderv1.StartPaymentRequest{OrderId: shop.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, asked := shop.Provider.Opened(started.GetPaymentId()); asked.Amount.Minor != 3595 {
		t.Errorf("the provider was asked for %v", asked.Amount)
	}
	shop.Provider.Pay(started.GetPaymentId())
	shop.Settle(started.GetPaymentId())
	shop.Wants(shop.ID, order.Confirmed, order.Paid)
	shop.Audit()

	key := id.New()
	for range 2 { // the second press of the button changes nothing
		refunded, err := shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{OrderId: shop.ID, OtherMinor: 4595, ExpectedMinor: 4595, IdempotencyKey: key})
		if err != nil || refunded.GetProblem() != "" {
			t.Fatalf("%v, %v", refunded, err)
		}
	}
	shop.balance(1000)
	shop.Wants(shop.ID, order.Confirmed, order.PartlyRefunded)
	shop.Audit()
	if _, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: shop.ID, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	shop.giveBack()
	shop.balance(2000)
	shop.Wants(shop.ID, order.Cancelled, order.Refunded)
	shop.Audit()
	if kept := shop.Provider.Kept(); kept != 0 {
		t.Errorf("the provider keeps %d", kept)
	}
}

// Whatever ends an order that was never paid in full, its gift card gets back what it paid, once.
func TestGiftCardComesBack(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(shop paid){
		"cancelled": func(shop paid) {
			if _, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: shop.ID, IdempotencyKey: id.New()}); err != nil {
				shop.t.Fatal(err)
			}
		},
		"not paid in time": func(shop paid) {
			shop.Overdue(shop.ID)
			if _, err := shop.Orders.ExpireOrders(shop.Process(), &orderv1.ExpireOrdersRequest{}); err != nil {
				shop.t.Fatal(err)
			}
		},
		"not paid in time, the payment begun": func(shop paid) {
			shop.Start(shop.Placed)
			shop.Overdue(shop.ID)
			if _, err := shop.Orders.ExpireOrders(shop.Process(), &orderv1.ExpireOrdersRequest{}); err != nil {
				shop.t.Fatal(err)
			}
		},
		"declined too often": func(shop paid) {
			for range payment.MaxAttempts {
				started, err := shop.Orders.StartPayment(shop.Shopper, &orderv1.StartPaymentRequest{OrderId: shop.ID})
				if err != nil {
					shop.t.Fatal(err)
				}
				shop.Provider.Decline(started.GetPaymentId())
				shop.Settle(started.GetPaymentId())
			}
		},
		"its money came too late": func(shop paid) {
			shop.Start(shop.Placed)
			shop.Overdue(shop.ID)
			if _, err := shop.Orders.ExpireOrders(shop.Process(), &orderv1.ExpireOrdersRequest{}); err != nil {
				shop.t.Fatal(err)
			}
			shop.Provider.Distort(shop.Payment, func(view *payment.View) {
				view.State, view.AuthorizedMinor, view.CapturedMinor = payment.Captured, 3595, 3595
				view.Version++
			})
			shop.Settle(shop.Payment)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := payPart(t, hosted)
			end(shop)
			shop.Audit()
			shop.giveBack()
			shop.balance(2000)
			if state := shop.Look(shop.ID).GetState(); state != order.Cancelled && state != order.Expired {
				t.Errorf("the order is %v", state)
			}
			if kept := shop.Provider.Kept(); kept != 0 {
				t.Errorf("the provider keeps %d", kept)
			}
			shop.Audit()
		})
	}
}

// With the rest to be paid on delivery the order is confirmed at once, and so is one that gift cards pay for whole.
func TestGiftCardConfirms(t *testing.T) {
	t.Parallel()
	shop := payPart(t, onDelivery)
	shop.Wants(shop.ID, order.Confirmed, order.PartlyPaid)
	shop.Audit()

	one, first := shop.GiftCard(2000)
	_, second := shop.GiftCard(9000)
	shopper := shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.lamp, Quantity: 1})
	cart = withCard(t, shopper, shop.Shop, withCard(t, shopper, shop.Shop, cart, strings.ToLower(first)), strings.ReplaceAll(second, "-", " "))
	if cart.GetLeftToPay().GetAmountMinor() != 0 || cart.GetGiftCards()[1].GetAmount().GetAmountMinor() != cart.GetTotals().GetTotal().GetAmountMinor()-2000 {
		t.Errorf("two cards pay %v", cart.GetGiftCards())
	}
	placed, err := placeSeen(shopper, shop.Shop, cart)
	if err != nil || placed.GetPaymentId() != "" {
		t.Fatalf("%v, %v", placed, err)
	}
	shop.Wants(placed.GetOrderId(), order.Confirmed, order.Paid)
	if onHand, held := shop.OnHand(shop.lamp); onHand != 2 || held != 0 {
		t.Errorf("%d on hand, %d held", onHand, held)
	}
	again, err := shop.Carts.ApplyGiftCard(shop.Guest(), &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: first})
	if connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("another shopper's cart: %v, %v", again, err)
	}
	if _, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.GetOrderId(), IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	whole := shop
	whole.ID, whole.card = placed.GetOrderId(), one
	whole.giveBack()
	whole.balance(2000)
	shop.Wants(placed.GetOrderId(), order.Cancelled, order.Refunded)
	shop.Audit()
}

// A code that cannot be spent is refused with the reason; a cart keeps five cards at most, and lets go of them.
func TestGiftCardRefusals(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp, shopper := shop.Variant(2500, 50), shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 1})
	for name, tc := range map[string]struct {
		change string
		want   checkoutv1.GiftCardProblem
	}{
		"expired":  {"update gift_cards set expire_time = now() where id = $1", checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_EXPIRED},
		"blocked":  {"update gift_cards set state = 'blocked' where id = $1", checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_BLOCKED},
		"currency": {"update gift_cards set currency_code = 'EUR' where id = $1", checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_OTHER_CURRENCY},
		"empty": {"with m as (insert into gift_card_moves select gen_random_uuid(), id, 'adjust', -balance_minor, 0, null, null, 'all', '', '', now() from gift_cards where id = $1) " +
			"update gift_cards set balance_minor = 0 where id = $1", checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_EMPTY},
	} {
		card, code := shop.GiftCard(1000)
		cart = withCard(t, shopper, shop, cart, code)
		shop.Exec(tc.change, card.GetId())
		_, err := shop.Carts.ApplyGiftCard(shopper, &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: code})
		if refused, _ := rpc.Detail[*checkoutv1.GiftCardRefusal](err); refused.GetProblem() != tc.want {
			t.Errorf("%s: %v", name, err)
		}
		if cart = look(t, shopper, shop, cart); cart.GetGiftCards()[0].GetProblem() != tc.want || cart.GetLeftToPay().GetAmountMinor() != cart.GetTotals().GetTotal().GetAmountMinor() {
			t.Errorf("%s: a cart that has it shows %v", name, cart.GetGiftCards())
		}
		removed, err := shop.Carts.RemoveGiftCard(shopper, &checkoutv1.RemoveGiftCardRequest{CartId: cart.GetId(), GiftCardId: card.GetId()})
		if err != nil || len(removed.GetCart().GetGiftCards()) != 0 {
			t.Errorf("%s: removed %v, %v", name, removed, err)
		}
	}
	for _, code := range []string{"ABCD-EFGH-JKMN-PQRS", "x"} {
		_, err := shop.Carts.ApplyGiftCard(shopper, &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: code})
		if refused, _ := rpc.Detail[*checkoutv1.GiftCardRefusal](err); refused.GetProblem() != checkoutv1.GiftCardProblem_GIFT_CARD_PROBLEM_UNKNOWN || strings.Contains(err.Error(), code) && len(code) > 1 {
			t.Errorf("%s: %v", code, err)
		}
	}
	for range 5 {
		_, code := shop.GiftCard(100)
		cart = withCard(t, shopper, shop, withCard(t, shopper, shop, cart, code), code)
	}
	_, sixth := shop.GiftCard(100)
	if _, err := shop.Carts.ApplyGiftCard(shopper, &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: sixth}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a sixth card: %v", err)
	}
}

// What a card pays is what the shopper saw: less by now is refused and told by the end of its code, more by now stays on the card.
func TestGiftCardAsSeen(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp, shopper := shop.Variant(2500, 50), shop.Guest()
	card, code := shop.GiftCard(2000)
	cart := withCard(t, shopper, shop, shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 2}), code)
	adjust := func(minor int64) {
		t.Helper()
		_, err := shop.GiftCards.AdjustGiftCard(shop.Staff(), &pricingv1.AdjustGiftCardRequest{Id: card.GetId(), AmountMinor: minor, Reason: "a mistake", IdempotencyKey: id.New()})
		if err != nil {
			t.Fatal(err)
		}
	}
	adjust(-500)
	_, err := placeSeen(shopper, shop, cart)
	if told := problem(t, err).GetGiftCards(); len(told) != 1 || told[0].GetAmount().GetAmountMinor() != 1500 || !strings.Contains(err.Error(), code[len(code)-4:]) || strings.Contains(err.Error(), code) {
		t.Errorf("with less on it: %v, %v", err, told)
	}
	if _, err := place(shopper, shop, cart, id.New()); len(problem(t, err).GetGiftCards()) != 1 {
		t.Errorf("by a shopper who saw no card: %v", err)
	}
	adjust(5000)
	if _, err := placeSeen(shopper, shop, cart); err != nil {
		t.Fatal(err)
	}
	if left := shop.Number("select balance_minor from gift_cards"); left != 6500-2000 {
		t.Errorf("%d is left", left)
	}
	shop.Audit()
}

// Of two hundred shoppers who press the button at once with the code of one card, as many are paid by it as it holds, to the last cent. Each of the others reads that
// there is less left, and has ordered nothing.
func TestGiftCardRace(t *testing.T) {
	t.Parallel()
	const each = 3095
	for round := range shoptest.Rounds(2) {
		t.Run(fmt.Sprint("round ", round+1), func(t *testing.T) {
			shop := shoptest.New(t)
			lamp := shop.Variant(2500, 2*shoptest.Crowd)
			want := 1 + rand.IntN(9)
			_, code := shop.GiftCard(int64(want)*each + rand.Int64N(each))
			who, carts := make([]context.Context, shoptest.Crowd), make([]*checkoutv1.Cart, shoptest.Crowd)
			for i := range who {
				who[i] = shop.Guest()
				carts[i] = shop.Cart(who[i], []checkoutv1.PaymentMethod{hosted, onDelivery}[i%2], shoptest.Item{Variant: lamp, Quantity: 1})
				if carts[i] = withCard(t, who[i], shop, carts[i], code); carts[i].GetGiftCards()[0].GetAmount().GetAmountMinor() != each {
					t.Fatalf("the card pays %v", carts[i].GetGiftCards())
				}
			}
			var got atomic.Int32
			together(len(who), func(i int) {
				_, err := placeSeen(who[i], shop, carts[i])
				if err == nil {
					got.Add(1)
				} else if told := problem(t, err).GetGiftCards(); len(told) != 1 || told[0].GetAmount().GetAmountMinor() >= each {
					t.Errorf("a shopper read %v of %v", err, told)
				}
			})
			if orders := shop.Number("select count(*) from orders where state = 'confirmed' and payment_state = 'paid'"); int(got.Load()) != want || orders != want {
				t.Errorf("%d orders got it, %d are paid, want %d", got.Load(), orders, want)
			}
			shop.Audit()
		})
	}
}

// No copy of the database holds a code, wherever it went.
func TestGiftCardCodeIsNowhere(t *testing.T) {
	t.Parallel()
	shop := payPart(t, hosted)
	_, code := shop.GiftCard(700)
	cart := withCard(t, shop.Shopper, shop.Shop, shop.Cart(shop.Shopper, hosted, shoptest.Item{Variant: shop.lamp, Quantity: 1}), code)
	if _, err := placeSeen(shop.Shopper, shop.Shop, cart); err != nil {
		t.Fatal(err)
	}
	for _, table := range shop.Column("select quote_ident(table_name) from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'") {
		for _, row := range shop.Column("select t::text from " + table + " t") {
			for _, secret := range []string{code, strings.ReplaceAll(code, "-", "")} {
				if strings.Contains(strings.ToUpper(row), secret) {
					t.Errorf("%s holds it: %.300s", table, row)
				}
			}
		}
	}
}

// Of ten thousand codes that are tried, only as many are looked up as the limits allow: a shopper's own, and for codes that begin alike those of all together, whatever names they give themselves.
// Right and wrong ones count alike, so that nobody learns by the difference.
func TestGiftCardTries(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewLimited(t)
	lamp, shopper := shop.Variant(2500, 500), shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 1})
	_, code := shop.GiftCard(1000)
	looked := 0
	for i := range 10_000 {
		_, err := shop.Carts.ApplyGiftCard(shopper, &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: fmt.Sprintf("%016d", i)})
		if connect.CodeOf(err) != connect.CodeResourceExhausted {
			looked++
		}
	}
	if looked != checkout.ShopperTries.Burst {
		t.Errorf("a shopper's %d tries were looked up", looked)
	}
	if _, err := shop.Carts.ApplyGiftCard(shopper, &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: code}); connect.CodeOf(err) != connect.CodeResourceExhausted || !strings.Contains(err.Error(), "minutes") {
		t.Errorf("the right code after them: %v", err)
	}
	looked = 0
	for range 30 { // everybody is new, and tries the same card
		guesser := shop.Guest()
		created, err := shop.Carts.CreateCart(guesser, &checkoutv1.CreateCartRequest{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = shop.Carts.ApplyGiftCard(guesser, &checkoutv1.ApplyGiftCardRequest{CartId: created.GetCart().GetId(), Code: code[:15] + "ZZZZ"})
		if connect.CodeOf(err) != connect.CodeResourceExhausted {
			looked++
		}
	}
	if looked != checkout.PrefixTries.Burst {
		t.Errorf("%d tries of codes that begin alike were looked up", looked)
	}
}

// Gift cards pay for goods and delivery beside gift cards that are bought, and never for those; nor is anybody paid for them at the door.
func TestGiftCardsBuyNoGiftCards(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	shopper := shop.Guest()
	_, code := shop.GiftCard(90_000)
	cart := withCard(t, shopper, shop, shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.Variant(2500, 9), Quantity: 1}, shoptest.Item{Variant: shop.CardForSale(5000), Quantity: 2}), code)
	if pays := cart.GetGiftCards()[0].GetAmount().GetAmountMinor(); pays != 3095 || cart.GetLeftToPay().GetAmountMinor() != 10_000 || cart.GetGiftCardsBought().GetAmountMinor() != 10_000 {
		t.Errorf("the card pays %d, %v is left, for cards %v", pays, cart.GetLeftToPay(), cart.GetGiftCardsBought())
	}
	if _, err := shop.Carts.SetCartPayment(shopper, &checkoutv1.SetCartPaymentRequest{CartId: cart.GetId(), Method: onDelivery}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("paid on delivery: %v", err)
	}
	greedy := proto.CloneOf(cart)
	greedy.GiftCards[0].Amount.AmountMinor = 5000 // some of it for the cards
	if _, err := placeSeen(shopper, shop, greedy); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a card bought cards: %v", err)
	}
	placed, err := placeSeen(shopper, shop, cart)
	if err != nil {
		t.Fatal(err)
	}
	if issued := shop.Number("select count(*) from gift_cards where source = 'sold'"); issued != 0 || shop.Look(placed.GetOrderId()).GetState() != order.Pending {
		t.Errorf("%d cards were issued before the rest is paid", issued)
	}
	shop.Audit()
	alone := withCard(t, shopper, shop, shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.CardForSale(5000), Quantity: 1}), code)
	if pays := alone.GetGiftCards()[0].GetAmount().GetAmountMinor(); pays != 0 || alone.GetLeftToPay().GetAmountMinor() != 5000 || !alone.GetDigital() || len(alone.GetDeliveries()) != 0 {
		t.Errorf("of a cart of cards a card pays %d: %v", pays, alone)
	}
}
