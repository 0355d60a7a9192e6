package checkout_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

func usd(minor int64) *typev1.Money {
	return &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"}
}

// off takes an amount off all goods, and percent a share.
func off(minor int64) *pricingv1.Effect {
	return &pricingv1.Effect{Kind: &pricingv1.Effect_AmountOff{AmountOff: &pricingv1.AmountOff{Amount: usd(minor)}}}
}

func percent(rate int32, items *pricingv1.Items) *pricingv1.Effect {
	return &pricingv1.Effect{Kind: &pricingv1.Effect_PercentOff{PercentOff: &pricingv1.PercentOff{Rate: rate * 10_000, Items: items}}}
}

func gift(variant string, units int32) *pricingv1.Effect {
	return &pricingv1.Effect{Kind: &pricingv1.Effect_FreeGift{FreeGift: &pricingv1.FreeGift{VariantId: variant, Units: units}}}
}

func freeDelivery() *pricingv1.Effect {
	return &pricingv1.Effect{Kind: &pricingv1.Effect_ShippingOff{ShippingOff: &pricingv1.ShippingOff{Rate: 1_000_000}}}
}

func apply(t *testing.T, ctx context.Context, shop *shoptest.Shop, cart *checkoutv1.Cart, code string) *checkoutv1.Cart {
	t.Helper()
	answer, err := shop.Carts.ApplyCode(ctx, &checkoutv1.ApplyCodeRequest{CartId: cart.GetId(), Code: code})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetCart()
}

func look(t *testing.T, ctx context.Context, shop *shoptest.Shop, cart *checkoutv1.Cart) *checkoutv1.Cart {
	t.Helper()
	answer, err := shop.Carts.GetCart(ctx, &checkoutv1.GetCartRequest{CartId: cart.GetId()})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetCart()
}

// placeSeen orders a cart as its shopper sees it, with what makes it cheaper.
func placeSeen(ctx context.Context, shop *shoptest.Shop, cart *checkoutv1.Cart) (placed *checkoutv1.PlaceOrderResponse, err error) {
	ask := &checkoutv1.PlaceOrderRequest{CartId: cart.GetId(), ExpectedTotal: cart.GetTotals().GetTotal(), IdempotencyKey: id.New()}
	for _, one := range cart.GetPromotions() {
		ask.ExpectedPromotionIds = append(ask.ExpectedPromotionIds, one.GetPromotionId())
	}
	for _, card := range cart.GetGiftCards() {
		if pays := card.GetAmount().GetAmountMinor(); pays > 0 {
			ask.ExpectedGiftCards = append(ask.ExpectedGiftCards, &checkoutv1.GiftCardShare{GiftCardId: card.GetGiftCardId(), AmountMinor: pays})
		}
	}
	err = shoptest.Insist(func() error {
		placed, err = shop.Checkout.PlaceOrder(ctx, ask)
		return err
	})
	return placed, err
}

// A code is kept with the cart once it counts; one that does not is refused with the reason. It goes and comes with what is in the cart.
func TestCodes(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp, shopper := shop.Variant(2500, 50), shop.Guest()
	promotion := shop.Promote(&pricingv1.Promotion{Name: "Ten off", Conditions: &pricingv1.Conditions{MinValue: usd(5000)}, Effect: off(1000)}, "TEN-OFF", 0)
	shop.Promote(&pricingv1.Promotion{Name: "One off", Effect: off(100)}, "ONEOFF", 0)
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 2})
	for code, want := range map[string]pricingv1.CodeReason{"NOTHING": pricingv1.CodeReason_CODE_REASON_NOT_VALID, " - ": 0} {
		_, err := shop.Carts.ApplyCode(shopper, &checkoutv1.ApplyCodeRequest{CartId: cart.GetId(), Code: code})
		if result, _ := rpc.Detail[*pricingv1.CodeResult](err); err == nil || result.GetReason() != want {
			t.Errorf("%q: %v, %v", code, err, result)
		}
	}
	cart = apply(t, shopper, shop, cart, " ten off ")
	version := cart.GetVersion()
	cart = apply(t, shopper, shop, cart, "TEN-OFF")
	line := cart.GetLines()[0]
	if cart.GetVersion() != version || len(cart.GetCodes()) != 1 || !cart.GetCodes()[0].GetApplied() || cart.GetCodes()[0].GetCode() != "ten off" {
		t.Errorf("after the same code twice: %v", cart)
	}
	if line.GetDiscount().GetAmountMinor() != 1000 || line.GetTotal().GetAmountMinor() != 4000 || line.GetDiscounts()[0].GetName() != "Ten off" ||
		cart.GetTotals().GetDiscount().GetAmountMinor() != 1000 || cart.GetPromotions()[0].GetPromotionId() != promotion {
		t.Errorf("with ten off: %v", cart)
	}
	fewer, err := shop.Carts.SetCartItemQuantity(shopper, &checkoutv1.SetCartItemQuantityRequest{CartId: cart.GetId(), LineId: line.GetId(), Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	if code := fewer.GetCart().GetCodes()[0]; code.GetApplied() || code.GetMissingValue().GetAmountMinor() != 2500 || fewer.GetCart().GetTotals().GetDiscount() != nil {
		t.Errorf("with too little in the cart: %v", fewer.GetCart())
	}
	for i := range 3 {
		shop.Promote(&pricingv1.Promotion{Name: "A bit", Effect: off(10)}, fmt.Sprint("BIT", i), 0)
		cart = apply(t, shopper, shop, cart, fmt.Sprint("BIT", i))
	}
	cart = apply(t, shopper, shop, cart, "ONEOFF")
	shop.Promote(&pricingv1.Promotion{Name: "Too many", Effect: off(10)}, "SIXTH", 0)
	if _, err := shop.Carts.ApplyCode(shopper, &checkoutv1.ApplyCodeRequest{CartId: cart.GetId(), Code: "SIXTH"}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a sixth code: %v", err)
	}
	removed, err := shop.Carts.RemoveCode(shopper, &checkoutv1.RemoveCodeRequest{CartId: cart.GetId(), Code: "TENOFF"})
	if err != nil || len(removed.GetCart().GetCodes()) != 4 {
		t.Errorf("after its removal: %v, %v", removed, err)
	}
}

// An order keeps what made it cheaper, at its lines too; whatever ends it gives that back, and the code counts again.
func TestPlaceDiscounted(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, shop *shoptest.Shop, order string){
		"cancelled": func(t *testing.T, shop *shoptest.Shop, order string) {
			t.Helper()
			if _, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: order, IdempotencyKey: id.New()}); err != nil {
				t.Fatal(err)
			}
		},
		"expired": func(t *testing.T, shop *shoptest.Shop, order string) {
			t.Helper()
			shop.Exec("update orders set expire_time = now() - interval '1 hour', expiry_try_time = now() - interval '1 hour' where id = $1", order)
			if _, err := shop.Orders.ExpireOrders(shop.Process(), &orderv1.ExpireOrdersRequest{}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			lamp, cup, shopper := shop.Variant(2500, 50), shop.Variant(1000, 50), shop.Guest()
			shop.Products.Put(cup, "0190a000-0000-7000-8000-000000000001")
			shop.Promote(&pricingv1.Promotion{Name: "Half price cups", Effect: percent(50, &pricingv1.Items{CategoryIds: []string{"0190a000-0000-7000-8000-000000000001"}}), Limits: &pricingv1.Limits{Budget: usd(1000)}}, "", 0)
			shop.Promote(&pricingv1.Promotion{Name: "Free delivery", Effect: freeDelivery()}, "POST", 1)
			cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 1}, shoptest.Item{Variant: cup, Quantity: 2})
			cart = apply(t, shopper, shop, cart, "post")
			placed, err := placeSeen(shopper, shop, cart)
			if err != nil {
				t.Fatal(err)
			}
			got := shop.Look(placed.GetOrderId())
			totals := got.GetTotals()
			if totals.GetGoods().GetAmountMinor() != 4500 || totals.GetDiscount().GetAmountMinor() != 1000 || totals.GetShipping().GetAmountMinor() != 0 || totals.GetTotal().GetAmountMinor() != 3500 {
				t.Errorf("totals %v", totals)
			}
			if lines := got.GetLines(); lines[0].GetDiscount() != nil || lines[1].GetDiscount().GetAmountMinor() != 1000 || lines[1].GetTotal().GetAmountMinor() != 1000 ||
				lines[1].GetDiscounts()[0].GetName() != "Half price cups" {
				t.Errorf("lines %v", lines)
			}
			kept := got.GetPromotions()
			if len(kept) != 2 || kept[0].GetGoods().GetAmountMinor() != 1000 || kept[1].GetCode() != "post" || kept[1].GetShipping().GetAmountMinor() != 595 {
				t.Errorf("promotions %v", kept)
			}
			shop.Audit()
			again := shop.Cart(shopper, hosted, shoptest.Item{Variant: cup, Quantity: 1})
			_, err = shop.Carts.ApplyCode(shopper, &checkoutv1.ApplyCodeRequest{CartId: again.GetId(), Code: "POST"})
			if result, _ := rpc.Detail[*pricingv1.CodeResult](err); result.GetReason() != pricingv1.CodeReason_CODE_REASON_NOT_VALID || again.GetTotals().GetDiscount() != nil {
				t.Errorf("while the order stands: %v, %v", err, again.GetTotals())
			}
			end(t, shop, placed.GetOrderId())
			if again = apply(t, shopper, shop, again, "POST"); again.GetTotals().GetTotal().GetAmountMinor() != 500 {
				t.Errorf("after the order ended: %v", again.GetTotals())
			}
			shop.Audit()
		})
	}
}

// Money that comes for an expired order keeps it at its price only if what made it cheaper can be counted again; otherwise it goes back.
func TestLateMoneyForDiscounted(t *testing.T) {
	t.Parallel()
	for name, taken := range map[string]bool{"still there": false, "used up meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			lamp, shopper := shop.Variant(2500, 50), shop.Guest()
			shop.Promote(&pricingv1.Promotion{Name: "Ten off", Effect: off(1000), Limits: &pricingv1.Limits{Uses: 1}}, "TEN", 1)
			cart := apply(t, shopper, shop, shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 1}), "TEN")
			placed, err := placeSeen(shopper, shop, cart)
			if err != nil {
				t.Fatal(err)
			}
			attempt := shop.Start(shoptest.Placed{Shopper: shopper, ID: placed.GetOrderId()})
			shop.Provider.Expire(attempt)
			shop.Overdue(placed.GetOrderId())
			if _, err := shop.Orders.ExpireOrders(shop.Process(), &orderv1.ExpireOrdersRequest{}); err != nil {
				t.Fatal(err)
			}
			shop.Wants(placed.GetOrderId(), order.Expired, order.Unpaid)
			shop.Audit()
			if taken {
				other := shop.Guest()
				if _, err := placeSeen(other, shop, apply(t, other, shop, shop.Cart(other, hosted, shoptest.Item{Variant: lamp, Quantity: 1}), "TEN")); err != nil {
					t.Fatal(err)
				}
			}
			shop.Provider.Distort(attempt, func(view *payment.View) { // it took the money after all
				view.State, view.CapturedMinor = paymentv1.PaymentState_PAYMENT_STATE_CAPTURED, 1500+595
			})
			shop.Settle(attempt)
			if got := shop.Look(placed.GetOrderId()); (got.GetState() == order.Confirmed) == taken {
				t.Errorf("the order is %v", got.GetState())
			}
			shop.Audit()
		})
	}
}

// A gift is a line that costs nothing and keeps its stock; while it is not to be had the cart goes without, and says so. Who saw it does not order without it unasked.
func TestGifts(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp, mug, shopper := shop.Variant(2500, 50), shop.Variant(900, 2), shop.Guest()
	promotion := shop.Promote(&pricingv1.Promotion{Name: "A mug with it", Effect: gift(mug, 2)}, "", 0)
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 1})
	if gifts := cart.GetGifts(); len(gifts) != 1 || gifts[0].GetTotal().GetAmountMinor() != 0 || gifts[0].GetDiscount().GetAmountMinor() != 1800 || gifts[0].GetQuantity() != 2 ||
		cart.GetTotals().GetTotal().GetAmountMinor() != 2500+595 {
		t.Fatalf("gifts %v, %v", gifts, cart.GetTotals())
	}
	other := shop.Guest()
	late := shop.Cart(other, hosted, shoptest.Item{Variant: lamp, Quantity: 1})
	placed, err := placeSeen(shopper, shop, cart)
	if err != nil {
		t.Fatal(err)
	}
	if got := shop.Look(placed.GetOrderId()); len(got.GetLines()) != 2 || !got.GetLines()[1].GetGift() || got.GetLines()[1].GetVariantId() != mug || got.GetItemCount() != 3 {
		t.Errorf("ordered %v", got)
	}
	stands(t, shop, "mugs", mug, 2, 2)
	_, err = placeSeen(other, shop, late)
	if lost := problem(t, err).GetDiscounts(); len(lost) != 1 || lost[0].GetPromotionId() != promotion || lost[0].GetName() != "A mug with it" {
		t.Errorf("who saw a gift that is gone reads %v", err)
	}
	late = look(t, other, shop, late)
	if len(late.GetGifts()) != 0 || len(late.GetMissingGifts()) != 1 || late.GetMissingGifts()[0].GetProductName() != "Lamp" || len(late.GetPromotions()) != 0 {
		t.Errorf("the cart goes with %v, without %v", late.GetGifts(), late.GetMissingGifts())
	}
	if _, err := placeSeen(other, shop, late); err != nil {
		t.Errorf("without the gift: %v", err)
	}
	if files := shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.Files(500, "Guide.pdf"), Quantity: 1}); len(files.GetGifts()) != 0 || len(files.GetMissingGifts()) != 1 {
		t.Errorf("a mug came with a file: %v", files)
	}
	shop.Audit()
}

// The last gift, which the offers still promise, is given once.
func TestGiftsRace(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp, mug := shop.Variant(2500, 50), shop.Variant(900, 1)
	shop.Promote(&pricingv1.Promotion{Name: "A mug with it", Effect: gift(mug, 1)}, "", 0)
	shoppers, carts := make([]context.Context, 20), make([]*checkoutv1.Cart, 20)
	for i := range shoppers {
		shoppers[i] = shop.Guest()
		carts[i] = shop.Cart(shoppers[i], hosted, shoptest.Item{Variant: lamp, Quantity: 1})
	}
	shop.Products.Hope()
	var got atomic.Int32
	together(len(shoppers), func(i int) {
		if _, err := placeSeen(shoppers[i], shop, carts[i]); err == nil {
			got.Add(1)
		} else if lost := problem(t, err).GetDiscounts(); len(lost) != 1 {
			t.Errorf("a shopper read %v", err)
		}
	})
	if got.Load() != 1 {
		t.Errorf("%d orders have the last mug", got.Load())
	}
	shop.Audit()
}

// An order that discounts leave nothing of is confirmed without asking for money, however it was to be paid.
func TestPlaceWhollyDiscounted(t *testing.T) {
	t.Parallel()
	for _, method := range []checkoutv1.PaymentMethod{hosted, onDelivery} {
		shop := shoptest.New(t)
		shop.Promote(&pricingv1.Promotion{Name: "All of it", Effect: percent(100, nil)}, "ALL", 1)
		shop.Promote(&pricingv1.Promotion{Name: "Free delivery", Effect: freeDelivery()}, "", 0)
		lamp, shopper := shop.Variant(2500, 5), shop.Guest()
		cart := apply(t, shopper, shop, shop.Cart(shopper, method, shoptest.Item{Variant: lamp, Quantity: 2}), "ALL")
		placed, err := placeSeen(shopper, shop, cart)
		if err != nil || placed.GetPaymentId() != "" {
			t.Fatalf("%v: %v, %v", method, placed, err)
		}
		shop.Wants(placed.GetOrderId(), order.Confirmed, order.Paid)
		stands(t, shop, "lamps", lamp, 3, 0)
		shop.Audit()
		if _, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.GetOrderId(), IdempotencyKey: id.New()}); err != nil {
			t.Fatal(err)
		}
		stands(t, shop, "lamps", lamp, 5, 0)
		shop.Audit()
	}
}

// A promotion that ends, or is used up, between the page and its button is told by name, and nothing is ordered; the cart then shows what it comes to.
func TestDiscountLostMeanwhile(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]string{
		"switched off": `update promotions set active = false`,
		"used up":      `update promotion_limits set uses = most_uses`,
		"budget spent": `update promotion_limits set spent_minor = budget_minor - 999`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			lamp, shopper := shop.Variant(2500, 5), shop.Guest()
			shop.Promote(&pricingv1.Promotion{Name: "Ten off", Effect: off(1000), Limits: &pricingv1.Limits{Uses: 10, Budget: usd(5000)}}, "", 0)
			cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 1})
			shop.Exec(meanwhile)
			_, err := placeSeen(shopper, shop, cart)
			refused := problem(t, err)
			if lost := refused.GetDiscounts(); len(lost) != 1 || lost[0].GetName() != "Ten off" || refused.GetTotal().GetAmountMinor() != 2500+595 {
				t.Errorf("the shopper read %v", refused)
			}
			if cart = look(t, shopper, shop, cart); len(cart.GetPromotions()) != 0 {
				t.Errorf("the cart still has %v", cart.GetPromotions())
			}
			if _, err := placeSeen(shopper, shop, cart); err != nil {
				t.Errorf("at the new total: %v", err)
			}
		})
	}
}

// What one costs depends on how many are bought, and choosing another quantity is no change of the price.
func TestQuantityPrices(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp, shopper := shop.Variant(2500, 50), shop.Guest()
	shop.Products.PriceFrom(lamp, 10, 2000)
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 4}, shoptest.Item{Variant: lamp, Quantity: 6})
	line := cart.GetLines()[0]
	if line.GetUnitPrice().GetAmountMinor() != 2000 || line.GetTotal().GetAmountMinor() != 20000 || line.GetProblem() != 0 {
		t.Errorf("ten are %v", line)
	}
	fewer, err := shop.Carts.SetCartItemQuantity(shopper, &checkoutv1.SetCartItemQuantityRequest{CartId: cart.GetId(), LineId: line.GetId(), Quantity: 9})
	if err != nil {
		t.Fatal(err)
	}
	if line = fewer.GetCart().GetLines()[0]; line.GetUnitPrice().GetAmountMinor() != 2500 || line.GetProblem() != 0 {
		t.Errorf("nine are %v", line)
	}
	placed, err := placeSeen(shopper, shop, look(t, shopper, shop, cart))
	if err != nil || shop.Look(placed.GetOrderId()).GetTotals().GetGoods().GetAmountMinor() != 9*2500 {
		t.Errorf("%v, %v", placed, err)
	}
	shop.Audit()
}

// A promotion that leaves out what is reduced already takes nothing off it.
func TestReducedIsLeftOut(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp, chair, shopper := shop.Variant(2500, 50), shop.Variant(4000, 50), shop.Guest()
	shop.Products.Reduce(chair, 3000)
	shop.Promote(&pricingv1.Promotion{Name: "A tenth off", Effect: percent(10, &pricingv1.Items{WithoutReduced: true})}, "", 0)
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 1}, shoptest.Item{Variant: chair, Quantity: 1})
	if lines := cart.GetLines(); lines[0].GetTotal().GetAmountMinor() != 2250 || lines[1].GetTotal().GetAmountMinor() != 3000 {
		t.Errorf("the lamp is %v, the chair %v", lines[0].GetTotal(), lines[1].GetTotal())
	}
}

// Of two hundred shoppers who press the button at once, as many get a limited discount as there may be, the others read by name which one they have no more, and
// nobody sees an error: a code for one order, a promotion for some, one for each customer, and a campaign with a budget that does not end on an even number of orders.
func TestDiscountRace(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		limits *pricingv1.Limits
		code   string
		uses   int64
		email  string // of all of them, else each has their own
		want   int32
	}{
		"the last use of a code": {code: "TEN", uses: 1, want: 1},
		"uses of a promotion":    {limits: &pricingv1.Limits{Uses: 7}, want: 7},
		"one customer":           {limits: &pricingv1.Limits{UsesPerCustomer: 2}, email: "ada@example.com", want: 2},
		"a budget":               {limits: &pricingv1.Limits{Budget: usd(11*1000 + 999)}, want: 11},
	} {
		t.Run(name, func(t *testing.T) {
			for round := range shoptest.Rounds(1) {
				t.Run(fmt.Sprint("round ", round+1), func(t *testing.T) {
					shop := shoptest.New(t)
					lamp, shopper := shop.Variant(2500, 2*shoptest.Crowd), shop.Guest()
					shop.Promote(&pricingv1.Promotion{Name: "Ten off", Effect: off(1000), Limits: tc.limits}, tc.code, tc.uses)
					cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 1})
					if tc.code != "" {
						cart = apply(t, shopper, shop, cart, tc.code)
					}
					who, carts := shop.Racers(shoptest.Crowd, cart)
					if tc.email != "" {
						shop.Exec("update carts set email = $1", tc.email)
					}
					var got atomic.Int32
					together(len(who), func(i int) {
						_, err := placeSeen(who[i], shop, carts[i])
						if err == nil {
							got.Add(1)
							return
						}
						names := []string{}
						for _, lost := range problem(t, err).GetDiscounts() {
							names = append(names, lost.GetName())
						}
						if !slices.Equal(names, []string{"Ten off"}) {
							t.Errorf("a shopper read %v of %v", err, names)
						}
					})
					if stored := shop.Number("select count(*) from orders"); got.Load() != tc.want || stored != int(tc.want) {
						t.Errorf("%d orders got it, %d are stored, want %d", got.Load(), stored, tc.want)
					}
					shop.Audit()
				})
			}
		})
	}
}
