package checkout_test

import (
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

const (
	soldOut = checkoutv1.LineProblem_LINE_PROBLEM_SOLD_OUT
	tooFew  = checkoutv1.LineProblem_LINE_PROBLEM_TOO_FEW
)

// set sells a bundle of two cups and a pot, of which there are so many.
func set(shop *shoptest.Shop, cups, pots int64) (bundle, cup, pot string) {
	bundle, cup, pot = id.New(), shop.Variant(500, cups), shop.Variant(2000, pots)
	shop.Products.Bundle(bundle, 2700, shoptest.Item{Variant: cup, Quantity: 2}, shoptest.Item{Variant: pot, Quantity: 1})
	return bundle, cup, pot
}

func stands(t *testing.T, shop *shoptest.Shop, what, variant string, onHand, held int64) {
	t.Helper()
	if o, h := shop.OnHand(variant); o != onHand || h != held {
		t.Errorf("%s: %d on hand, %d held; want %d and %d", what, o, h, onHand, held)
	}
}

// Buying a bundle takes what it is made of, together with what else the cart wants of the same; the order says what is to be packed.
func TestPlaceBundle(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	bundle, cup, pot := set(shop, 7, 3)
	placed := shop.OrderOnDelivery(shoptest.Item{Variant: bundle, Quantity: 2}, shoptest.Item{Variant: cup, Quantity: 3})
	stands(t, shop, "cups", cup, 0, 0)
	stands(t, shop, "pots", pot, 1, 0)
	stands(t, shop, "the bundle itself", bundle, 0, 0)
	got, err := shop.Orders.GetOrder(placed.Shopper, &orderv1.GetOrderRequest{OrderId: placed.ID})
	if err != nil {
		t.Fatal(err)
	}
	lines := got.GetOrder().GetLines()
	if len(lines) != 2 || len(lines[0].GetParts()) != 2 || len(lines[1].GetParts()) != 0 {
		t.Fatalf("the order's lines are %v", lines)
	}
	if cups := lines[0].GetParts()[0]; cups.GetVariantId() != cup || cups.GetQuantity() != 4 || cups.GetSku() != "L-1" || cups.GetProductName() != "Lamp" {
		t.Errorf("the first part is %v, want 4 cups", cups)
	}
	shop.Audit()
}

// Whatever ends an order gives back the parts of its bundles, and money that comes too late takes them again.
func TestBundleGivesBack(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	bundle, cup, pot := set(shop, 5, 3)
	held := shop.Order(shoptest.Item{Variant: bundle, Quantity: 1}, shoptest.Item{Variant: cup, Quantity: 1})
	stands(t, shop, "held cups", cup, 5, 3)
	stands(t, shop, "held pots", pot, 3, 1)
	cancel := func(placed shoptest.Placed) {
		t.Helper()
		_, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.ID, IdempotencyKey: id.New()})
		if err != nil {
			t.Fatal(err)
		}
	}
	cancel(held)
	stands(t, shop, "released cups", cup, 5, 0)
	stands(t, shop, "released pots", pot, 3, 0)

	sent := shop.OrderOnDelivery(shoptest.Item{Variant: bundle, Quantity: 2})
	stands(t, shop, "sold cups", cup, 1, 0)
	cancel(sent)
	stands(t, shop, "restocked cups", cup, 5, 0)
	stands(t, shop, "restocked pots", pot, 3, 0)

	late := shop.Order(shoptest.Item{Variant: bundle, Quantity: 2})
	payment := shop.Start(late)
	shop.Exec("update stock_holds set state = 'expired' where state = 'active'")
	shop.Exec("update stock_items set held = 0")
	shop.Provider.Pay(payment)
	shop.Settle(payment)
	shop.Wants(late.ID, order.Confirmed, order.Paid)
	stands(t, shop, "cups taken again", cup, 1, 0)
	stands(t, shop, "pots taken again", pot, 1, 0)
	shop.Audit()
}

// A cart that wants more of a part than there is, in its bundles and by itself, says which line goes without: first come, first served in the order of the
// cart, before it is placed and when somebody else was faster.
func TestBundleSharesWithPart(t *testing.T) {
	t.Parallel()
	for name, hoping := range map[string]bool{"seen in the cart": false, "lost at the last moment": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			bundle, cup, _ := set(shop, 5, 9)
			if hoping {
				shop.Products.Hope()
			}
			shopper := shop.Guest()
			cart := shop.Cart(shopper, onDelivery, shoptest.Item{Variant: bundle, Quantity: 2}, shoptest.Item{Variant: cup, Quantity: 3})
			if line := cart.GetLines()[1]; !hoping && (line.GetProblem() != tooFew || line.GetAvailable() != 1) {
				t.Errorf("the cups' line says %v, want that one is left", line)
			}
			if parts := cart.GetLines()[0].GetParts(); len(parts) != 2 || parts[0].GetQuantity() != 2 {
				t.Errorf("the bundle's line shows %v, want 2 cups and a pot", parts)
			}
			_, err := place(shopper, shop, cart, id.New())
			lines := problem(t, err).GetLines()
			if len(lines) != 1 || lines[0].GetVariantId() != cup || lines[0].GetProblem() != tooFew || lines[0].GetAvailable() != 1 {
				t.Errorf("told %v, want that one cup is left", lines)
			}
			shop.Audit()
		})
	}
}

// Who loses the race for a part is told of the bundle, which is the line in the cart.
func TestBundleSoldOutMeanwhile(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	bundle, cup, pot := set(shop, 9, 1)
	shopper := shop.Guest()
	cart := shop.Cart(shopper, onDelivery, shoptest.Item{Variant: cup, Quantity: 1}, shoptest.Item{Variant: bundle, Quantity: 1})
	shop.OrderOnDelivery(shoptest.Item{Variant: pot, Quantity: 1})
	shop.Products.Hope()
	_, err := place(shopper, shop, cart, id.New())
	lines := problem(t, err).GetLines()
	if len(lines) != 1 || lines[0].GetVariantId() != bundle || lines[0].GetProblem() != soldOut {
		t.Errorf("told %v, want that the bundle is sold out", lines)
	}
	stands(t, shop, "cups", cup, 9, 0)
	shop.Audit()
}

// Many who want the bundle and many who want its parts at once: no unit is sold twice, and none is left that somebody still could have had.
func TestBundleRace(t *testing.T) {
	t.Parallel()
	const cups, pots, buyers = 11, 4, 40
	shop := shoptest.New(t)
	bundle, cup, pot := set(shop, cups, pots)
	shop.Products.Hope()
	var sold, refused atomic.Int64
	buy := make([]func() error, buyers)
	for i := range buyers {
		items := []shoptest.Item{{Variant: bundle, Quantity: 1}}
		switch i % 4 {
		case 1:
			items = []shoptest.Item{{Variant: cup, Quantity: 1}}
		case 3: // the other way round than the bundle names them
			items = []shoptest.Item{{Variant: pot, Quantity: 1}, {Variant: cup, Quantity: 1}}
		}
		shopper := shop.Guest()
		cart := shop.Cart(shopper, onDelivery, items...)
		buy[i] = func() error {
			_, err := place(shopper, shop, cart, id.New())
			return err
		}
	}
	together(buyers, func(i int) {
		switch err := buy[i](); {
		case err == nil:
			sold.Add(1)
		case connect.CodeOf(err) == connect.CodeFailedPrecondition:
			refused.Add(1)
		default:
			t.Errorf("buyer %d saw: %v", i, err)
		}
	})
	leftCups, heldCups := shop.OnHand(cup)
	leftPots, heldPots := shop.OnHand(pot)
	if leftCups < 0 || leftPots < 0 || heldCups != 0 || heldPots != 0 {
		t.Errorf("%d cups and %d pots left, %d and %d held", leftCups, leftPots, heldCups, heldPots)
	}
	if leftCups > 0 { // ten who wanted one cup alone were refused only when there was none
		t.Errorf("%d cups are left although there were buyers for all", leftCups)
	}
	if orders := int64(shop.Number("select count(*) from orders")); orders != sold.Load() || orders+refused.Load() != buyers {
		t.Errorf("%d orders; %d were told of one, %d that it is sold out", orders, sold.Load(), refused.Load())
	}
	shop.Audit()
}

// A bundle with a part that is not for sale is not either: nobody buys half of it.
func TestBundleNotForSale(t *testing.T) {
	t.Parallel()
	b := newBasket(t)
	bundle, _, _ := set(b.Shop, 4, 4)
	if _, err := b.add(bundle, 1); err != nil {
		t.Fatal(err)
	}
	b.Products.Withdraw(bundle)
	if line := b.get("US").GetLines()[0]; line.GetProblem() != checkoutv1.LineProblem_LINE_PROBLEM_NOT_FOR_SALE {
		t.Errorf("the line says %v, want that it is not for sale", line.GetProblem())
	}
}
