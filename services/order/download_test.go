package order_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// bought is a paid order of one file.
func bought(shop *shoptest.Shop) shoptest.Placed {
	placed := shop.Order(shoptest.Item{Variant: shop.Files(1500, "Guide.pdf"), Quantity: 1})
	pay(shop, placed)
	return placed
}

func pay(shop *shoptest.Shop, placed shoptest.Placed) {
	shop.Start(placed)
	shop.Provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
}

// open downloads a file, as a page does for whoever holds its link, and returns in which state it was if it could not.
func open(t *testing.T, shop *shoptest.Shop, download *orderv1.Download, resume bool) order.DownloadState {
	t.Helper()
	_, err := shop.Orders.OpenDownload(shop.Process(), &orderv1.OpenDownloadRequest{Signed: download.GetSigned(), Resume: resume})
	if err == nil {
		return order.Ready
	}
	problem, found := rpc.Detail[*orderv1.DownloadProblem](err)
	if !found || connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Fatalf("open: %v", err)
	}
	return problem.GetState()
}

// A file can be had once its order is paid, as often as was allowed; what breaks off can be gone on with; looking costs nothing; and staff can begin anew.
func TestDownload(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Files(1500, "Guide.pdf", "Maps.zip"), Quantity: 2})
	unpaid := shop.Look(placed.ID)
	if !unpaid.GetDigital() || unpaid.GetDeliveryAddress() != nil || unpaid.GetBillingAddress().GetCountryCode() != "US" || unpaid.GetTotals().GetTotal().GetAmountMinor() != 3000 {
		t.Fatalf("placed as %v", unpaid)
	}
	if got := open(t, shop, unpaid.GetDownloads()[0], false); got != order.Waiting {
		t.Errorf("before it is paid: %v", got)
	}
	pay(shop, placed)
	shop.Wants(placed.ID, order.Fulfilled, order.Paid)
	paid := shop.Look(placed.ID)
	if len(paid.GetDownloads()) != 2 || paid.GetDownloads()[0].GetFileName() != "Guide.pdf" || paid.GetDownloads()[1].GetState() != order.Ready {
		t.Fatalf("downloads %v", paid.GetDownloads())
	}
	file := paid.GetDownloads()[0]
	if _, err := shop.Orders.OpenDownload(shop.Process(), &orderv1.OpenDownloadRequest{Signed: paid.GetSigned()}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("the link of the order opens a file: %v", err)
	}
	for range 7 {
		if _, err := shop.Orders.OpenDownload(shop.Process(), &orderv1.OpenDownloadRequest{Signed: file.GetSigned(), Look: true}); err != nil {
			t.Errorf("look: %v", err)
		}
	}
	for n := range 5 {
		if got := open(t, shop, file, n == 0); got != order.Ready { // the first asks for a later part of what nobody began
			t.Fatalf("download %d: %v", n+1, got)
		}
		if got := open(t, shop, file, true); got != order.Ready {
			t.Fatalf("go on with download %d: %v", n+1, got)
		}
	}
	if got := open(t, shop, file, false); got != order.UsedUp {
		t.Errorf("a sixth time: %v", got)
	}
	shop.Exec("update order_download_takes set time = time - interval '61 minutes'")
	if got := open(t, shop, file, true); got != order.UsedUp {
		t.Errorf("going on after an hour: %v", got)
	}
	if got := open(t, shop, paid.GetDownloads()[1], false); got != order.Ready {
		t.Errorf("the other file: %v", got)
	}
	renew := &orderv1.RenewDownloadRequest{OrderId: placed.ID, DownloadId: file.GetId(), IdempotencyKey: "renew-" + placed.ID}
	for range 2 {
		answer, err := shop.Orders.RenewDownload(shop.Staff(), renew)
		if err != nil {
			t.Fatal(err)
		}
		got := answer.GetOrder().GetDownloads()[0]
		if got.GetTaken() != 0 || got.GetState() != order.Ready || got.GetSigned() != file.GetSigned() || len(got.GetTakeTimes()) != 5 {
			t.Fatalf("renewed to %v", got)
		}
	}
	if got := open(t, shop, file, false); got != order.Ready {
		t.Errorf("after it was renewed: %v", got)
	}
	if answer, err := shop.Orders.RenewDownload(shop.Staff(), renew); err != nil || answer.GetOrder().GetDownloads()[0].GetTaken() != 1 {
		t.Errorf("a repeat renewed again: %v, %v", answer.GetOrder().GetDownloads(), err)
	}
	if noted := shop.Number("select count(*) from order_timeline where order_id = $1 and kind = 'download.renewed'", placed.ID); noted != 1 {
		t.Errorf("noted %d times", noted)
	}
	shop.Exec("update order_downloads set expire_time = expire_time - interval '31 days'")
	if got := open(t, shop, file, true); got != order.Late {
		t.Errorf("after 30 days: %v", got)
	}
	shop.Audit()
}

// Whatever asks at the same moment, a file is not downloaded more often than was allowed.
func TestDownloadRace(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	file := shop.Look(bought(shop).ID).GetDownloads()[0]
	var had, refused atomic.Int32
	var wait sync.WaitGroup
	for range 24 {
		wait.Go(func() {
			_, err := shop.Orders.OpenDownload(shop.Process(), &orderv1.OpenDownloadRequest{Signed: file.GetSigned()})
			switch connect.CodeOf(err) {
			case connect.CodeFailedPrecondition:
				refused.Add(1)
			default:
				if err != nil {
					t.Error(err)
				}
				had.Add(1)
			}
		})
	}
	wait.Wait()
	if had.Load() != 5 || refused.Load() != 19 {
		t.Errorf("%d had it, %d were refused; want 5 and 19", had.Load(), refused.Load())
	}
	if counted := shop.Number("select count(*) from order_download_takes where download_id = $1", file.GetId()); counted != 5 {
		t.Errorf("%d counted", counted)
	}
}

// When the money goes back nothing can be downloaded any more, nor renewed.
func TestDownloadEnds(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	cancelled, refunded := bought(shop), bought(shop)
	if _, err := cancel(shop, cancelled.ID, id.New()); err != nil {
		t.Fatal(err)
	}
	shop.Exec("update orders set payment_state = 'refunded' where id = $1", refunded.ID)
	for name, placed := range map[string]shoptest.Placed{"cancelled": cancelled, "refunded": refunded} {
		file := shop.Look(placed.ID).GetDownloads()[0]
		if got := open(t, shop, file, false); got != order.Ended || file.GetState() != order.Ended {
			t.Errorf("%s: %v, shown as %v", name, got, file.GetState())
		}
		_, err := shop.Orders.RenewDownload(shop.Staff(), &orderv1.RenewDownloadRequest{OrderId: placed.ID, DownloadId: file.GetId(), IdempotencyKey: id.New()})
		if connect.CodeOf(err) != connect.CodeFailedPrecondition {
			t.Errorf("%s: renewed: %v", name, err)
		}
	}
}

// Files that are bought with a parcel open, and their time begins, when the money for both is there: not while it is only reserved, or for the carrier to collect.
func TestMixedOrderOpensWithItsMoney(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		open  func(testing.TB) *shoptest.Shop
		place func(*shoptest.Shop, ...shoptest.Item) shoptest.Placed
		agree func(*testing.T, *shoptest.Shop, shoptest.Placed)
		state orderv1.PaymentState
	}{
		"placed to be paid on delivery": {shoptest.New, (*shoptest.Shop).OrderOnDelivery, func(*testing.T, *shoptest.Shop, shoptest.Placed) {}, order.OnDelivery},
		"paid on delivery instead of by card": {shoptest.New, (*shoptest.Shop).Order, func(t *testing.T, shop *shoptest.Shop, placed shoptest.Placed) {
			if err := payOnDelivery(shop, placed); err != nil {
				t.Fatal(err)
			}
		}, order.OnDelivery},
		"reserved": {shoptest.NewReserving, (*shoptest.Shop).Order, func(_ *testing.T, shop *shoptest.Shop, placed shoptest.Placed) { pay(shop, placed) }, order.Reserved},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := tc.open(t)
			placed := tc.place(shop, shoptest.Item{Variant: shop.Files(1500, "Guide.pdf"), Quantity: 1}, shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
			tc.agree(t, shop, placed)
			shop.Wants(placed.ID, order.Confirmed, tc.state)
			agreed := shop.Look(placed.ID)
			if file := agreed.GetDownloads()[0]; file.GetState() != order.Waiting || file.GetExpireTime() != nil {
				t.Errorf("before the money is there: %v", file)
			}
			_, err := shop.Orders.CapturePayment(shop.Staff(), &orderv1.CapturePaymentRequest{
				OrderId: placed.ID, PaymentId: agreed.GetPayments()[0].GetId(), AmountMinor: agreed.GetTotals().GetTotal().GetAmountMinor(), Final: true, IdempotencyKey: id.New(),
			})
			if err != nil {
				t.Fatal(err)
			}
			shop.Wants(placed.ID, order.Confirmed, order.Paid)
			if got := open(t, shop, shop.Look(placed.ID).GetDownloads()[0], false); got != order.Ready {
				t.Errorf("when the money is there: %v", got)
			}
			shop.Audit()
		})
	}
}

// A mixed order ships the rest: it asks for an address, and its file waits for the money, also where the carrier collects that.
func TestMixedOrder(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	guide, lamp := shop.Files(1500, "Guide.pdf"), shop.Variant(2500, 5)
	online := shop.Order(shoptest.Item{Variant: guide, Quantity: 1}, shoptest.Item{Variant: lamp, Quantity: 1})
	pay(shop, online)
	shop.Wants(online.ID, order.Confirmed, order.Paid)
	got := shop.Look(online.ID)
	if got.GetDigital() || got.GetDeliveryAddress().GetFullName() != "Ada Lovelace" || got.GetDelivery().GetCode() != "standard" || got.GetDownloads()[0].GetState() != order.Ready {
		t.Errorf("the order is %v", got)
	}
	collected := shop.OrderOnDelivery(shoptest.Item{Variant: guide, Quantity: 1}, shoptest.Item{Variant: lamp, Quantity: 1})
	if got := open(t, shop, shop.Look(collected.ID).GetDownloads()[0], false); got != order.Waiting {
		t.Errorf("before the carrier collected: %v", got)
	}
	shopper := shop.Guest()
	cart := shop.Cart(shopper, checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED, shoptest.Item{Variant: guide, Quantity: 1})
	if !cart.GetDigital() || len(cart.GetPaymentMethods()) != 2 || slices.Contains(cart.GetPaymentMethods(), checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY) || len(cart.GetDeliveries()) != 0 {
		t.Errorf("a cart of files is %v", cart)
	}
	_, err := shop.Carts.SetCartPayment(shopper, &checkoutv1.SetCartPaymentRequest{CartId: cart.GetId(), Method: checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY})
	if connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("files paid on delivery: %v", err)
	}
	mixed, err := shop.Carts.AddCartItem(shopper, &checkoutv1.AddCartItemRequest{CartId: cart.GetId(), VariantId: lamp, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = shop.Checkout.PlaceOrder(shopper, &checkoutv1.PlaceOrderRequest{
		CartId: cart.GetId(), ExpectedTotal: mixed.GetCart().GetTotals().GetTotal(), IdempotencyKey: id.New(),
	})
	problem, _ := rpc.Detail[*checkoutv1.PlaceOrderProblem](err)
	if missing := problem.GetMissing(); len(missing) != 2 || missing[0] != "delivery_address" || missing[1] != "delivery" {
		t.Errorf("a parcel without an address: %v, %v", err, missing)
	}
	if onHand, held := shop.OnHand(guide); onHand != 0 || held != 0 {
		t.Errorf("%d files on hand, %d held", onHand, held)
	}
	shop.Audit()
}
