package checkout_test

import (
	"testing"

	"buf.build/go/protovalidate"
	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// A shopper who agreed to so many of one currency did not agree to so many of another.
func TestTotalOfAnotherCurrency(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	shopper := shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	ask := &checkoutv1.PlaceOrderRequest{
		CartId: cart.GetId(), ExpectedTotal: &typev1.Money{AmountMinor: cart.GetTotals().GetTotal().GetAmountMinor(), CurrencyCode: "EUR"}, IdempotencyKey: id.New(),
	}
	_, err := shop.Checkout.PlaceOrder(shopper, ask)
	problem, _ := rpc.Detail[*checkoutv1.PlaceOrderProblem](err)
	if connect.CodeOf(err) != connect.CodeFailedPrecondition || problem.GetTotal().GetCurrencyCode() != "USD" {
		t.Errorf("%v, %v", err, problem)
	}
}

// Who adds to a line until it costs less apiece has seen the lower price: nothing is said to have changed.
func TestSeenPriceOfMore(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	shopper, lamp := shop.Guest(), shop.Variant(2500, 9)
	shop.Products.PriceFrom(lamp, 3, 2000)
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: lamp, Quantity: 2})
	more, err := shop.Carts.AddCartItem(shopper, &checkoutv1.AddCartItemRequest{CartId: cart.GetId(), VariantId: lamp, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	if line := more.GetCart().GetLines()[0]; line.GetQuantity() != 3 || line.GetUnitPrice().GetAmountMinor() != 2000 || line.GetProblem() != checkoutv1.LineProblem_LINE_PROBLEM_UNSPECIFIED {
		t.Errorf("%v", line)
	}
}

// A shopper who was promised one promotion is not given another instead, though the total is the same: the order is refused and says which is lost.
func TestAnotherPromotionForTheSame(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	shopper := shop.Guest()
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	first := shop.Promote(&pricingv1.Promotion{Name: "First", Effect: off(500)}, "", 0)
	seen := look(t, shopper, shop, cart)
	shop.Exec("update promotions set active = false where id = $1", first)
	shop.Promote(&pricingv1.Promotion{Name: "Second", Effect: off(500)}, "", 0)
	if now := look(t, shopper, shop, cart); now.GetTotals().GetTotal().GetAmountMinor() != seen.GetTotals().GetTotal().GetAmountMinor() {
		t.Fatalf("the totals are %v and %v, want the same", seen.GetTotals(), now.GetTotals())
	}
	_, err := placeSeen(shopper, shop, seen)
	problem, _ := rpc.Detail[*checkoutv1.PlaceOrderProblem](err)
	if connect.CodeOf(err) != connect.CodeFailedPrecondition || len(problem.GetDiscounts()) != 1 || problem.GetDiscounts()[0].GetPromotionId() != first {
		t.Errorf("%v, %v", err, problem)
	}
	if _, err := placeSeen(shopper, shop, look(t, shopper, shop, cart)); err != nil {
		t.Errorf("what was seen is refused: %v", err)
	}
}

// A gift that was promised and is sold out meanwhile is said before the order is placed, and not left out in silence.
func TestGiftLostToStock(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	shopper, towel := shop.Guest(), shop.Variant(900, 1)
	cart := shop.Cart(shopper, hosted, shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
	promotion := shop.Promote(&pricingv1.Promotion{Name: "A towel with it", Effect: gift(towel, 1)}, "", 0)
	seen := look(t, shopper, shop, cart)
	if len(seen.GetPromotions()) != 1 || seen.GetPromotions()[0].GetPromotionId() != promotion {
		t.Fatalf("the gift is not promised: %v", seen)
	}
	shop.Count(towel, 0)
	_, err := placeSeen(shopper, shop, seen)
	problem, _ := rpc.Detail[*checkoutv1.PlaceOrderProblem](err)
	if connect.CodeOf(err) != connect.CodeFailedPrecondition || len(problem.GetDiscounts()) != 1 || problem.GetDiscounts()[0].GetPromotionId() != promotion {
		t.Errorf("%v, %v", err, problem)
	}
	if shop.Number("select count(*) from orders") != 0 {
		t.Error("it was placed without the gift")
	}
}

// The goods that a promotion asks for are bounded and named once, however they are named.
func TestConditionsAreBounded(t *testing.T) {
	t.Parallel()
	ids := func(n int) []string {
		list := make([]string, n)
		for i := range list {
			list[i] = id.New()
		}
		return list
	}
	for name, into := range map[string]func(*pricingv1.Items, []string){
		"categories":          func(goods *pricingv1.Items, list []string) { goods.CategoryIds = list },
		"collections":         func(goods *pricingv1.Items, list []string) { goods.CollectionIds = list },
		"categories left out": func(goods *pricingv1.Items, list []string) { goods.WithoutCategoryIds = list },
	} {
		twice := ids(1)
		for what, tc := range map[string]struct {
			list  []string
			taken bool
		}{"100": {ids(100), true}, "101": {ids(101), false}, "one twice": {append(twice, twice...), false}, "no id": {[]string{"lamps"}, false}} {
			goods := &pricingv1.Items{}
			into(goods, tc.list)
			err := protovalidate.Validate(&pricingv1.CreatePromotionRequest{Promotion: &pricingv1.Promotion{Name: "Sale", Effect: off(100), Conditions: &pricingv1.Conditions{Items: goods}}})
			if (err == nil) != tc.taken {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
}
