//go:build crashpoints

package order_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// journey is what a process that may die is to do: everything from the button to the money's way back.
type journey struct {
	Database, Sandbox string
	Shopper, Cart     string
	Variant           string
	TotalMinor        int64
	// Quantity is how much of it is bought; one where nothing is said.
	Quantity int32
	// GiftCard pays ten dollars of it; empty when none does.
	GiftCard string
	// Parts: what is paid is only reserved, taken in two parts, and some of it goes back before the order is called off.
	Parts bool
	// StoreCredit: some of it becomes store credit before the order is called off.
	StoreCredit bool
	// Ships: what is paid is only reserved, and taken as each of two parcels leaves.
	Ships bool
}

const journeyEnv = "TEST_CRASH_JOURNEY"

// The process that dies. It only runs when a test below starts it.
func TestCrashJourney(t *testing.T) {
	var j journey
	if json.Unmarshal([]byte(os.Getenv(journeyEnv)), &j) != nil {
		t.Skip("started by other tests alone")
	}
	db, err := postgres.Open(t.Context(), postgres.Config{URL: j.Database, MaxConns: 3, Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	j.travel(t, j.open(t, db))
}

func (j journey) open(t *testing.T, db *postgres.DB) *shoptest.Shop {
	t.Helper()
	if j.Parts || j.Ships {
		return shoptest.OpenReserving(t, db, shoptest.NewSandboxClient(t, j.Sandbox))
	}
	return shoptest.Open(t, db, shoptest.NewSandboxClient(t, j.Sandbox))
}

// travel takes every step. Each may have been taken before by a process that died.
func (j journey) travel(t *testing.T, shop *shoptest.Shop) {
	t.Helper()
	shop.Products.Price(j.Variant, 2500)
	shopper := shop.As(auth.Caller{Kind: auth.Guest, Subject: j.Shopper})
	press := &checkoutv1.PlaceOrderRequest{
		CartId: j.Cart, ExpectedTotal: &typev1.Money{AmountMinor: j.TotalMinor, CurrencyCode: "USD"}, IdempotencyKey: "the-button-of-this-page",
	}
	if j.GiftCard != "" {
		press.ExpectedGiftCards = []*checkoutv1.GiftCardShare{{GiftCardId: j.GiftCard, AmountMinor: 1000}}
	}
	placed, err := shop.Checkout.PlaceOrder(shopper, press)
	if err != nil {
		t.Fatalf("place: %v", err)
	}
	if shop.Look(placed.GetOrderId()).GetState() == order.Pending {
		started, err := shop.Orders.StartPayment(shopper, &orderv1.StartPaymentRequest{OrderId: placed.GetOrderId()})
		if err != nil {
			t.Fatalf("start: %v", err)
		}
		if started.GetRedirectUrl() != "" {
			shoptest.Press(t, started.GetRedirectUrl(), "pay")
		}
		shop.Settle(placed.GetPaymentId())
		if j.Parts || j.Ships {
			shop.Wants(placed.GetOrderId(), order.Confirmed, order.Reserved)
		} else {
			shop.Wants(placed.GetOrderId(), order.Confirmed, order.Paid)
		}
	}
	if j.Ships {
		j.ship(t, shop, placed)
		return
	}
	if j.Parts {
		j.moveParts(t, shop, placed)
	}
	if j.StoreCredit {
		_, err := shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{
			OrderId: placed.GetOrderId(), OtherMinor: 300, ExpectedMinor: 300, StoreCredit: true, IdempotencyKey: "for-a-scratch",
		})
		if err != nil {
			t.Fatalf("refund: %v", err)
		}
	}
	if _, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.GetOrderId(), IdempotencyKey: "no-longer-wanted"}); err != nil {
		t.Fatalf("cancel: %v", err)
	}
	for _, paid := range shop.Look(placed.GetOrderId()).GetPayments() {
		if _, err := shop.Payments.ReturnMoney(shop.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: paid.GetId(), IdempotencyKey: "event-of-return"}); err != nil {
			t.Fatalf("return: %v", err)
		}
		shop.Settle(paid.GetId())
	}
	shop.Wants(placed.GetOrderId(), order.Cancelled, order.Refunded)
}

// moveParts does what staff do with money that is reserved.
func (j journey) moveParts(t *testing.T, shop *shoptest.Shop, placed *checkoutv1.PlaceOrderResponse) {
	t.Helper()
	for key, amount := range map[string]int64{"the-first-parcel": 1000, "the-second-parcel": 500} {
		_, err := shop.Orders.CapturePayment(shop.Staff(), &orderv1.CapturePaymentRequest{
			OrderId: placed.GetOrderId(), PaymentId: placed.GetPaymentId(), AmountMinor: amount, IdempotencyKey: key,
		})
		if err != nil {
			t.Fatalf("capture: %v", err)
		}
	}
	_, err := shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{
		OrderId: placed.GetOrderId(), OtherMinor: 300, ExpectedMinor: 300, IdempotencyKey: "for-a-scratch",
	})
	if err != nil {
		t.Fatalf("refund: %v", err)
	}
}

// ship does what staff do who send an order in two parcels.
func (j journey) ship(t *testing.T, shop *shoptest.Shop, placed *checkoutv1.PlaceOrderResponse) {
	t.Helper()
	line := shop.Look(placed.GetOrderId()).GetLines()[0].GetId()
	for _, key := range []string{"the-first-parcel", "the-second-parcel"} {
		_, err := shop.Orders.ShipOrder(shop.Staff(), &orderv1.ShipOrderRequest{
			OrderId: placed.GetOrderId(), Lines: []*orderv1.FulfilmentChoice{{LineId: line, Quantity: 1}}, IdempotencyKey: key,
		})
		if err != nil {
			t.Fatalf("ship: %v", err)
		}
	}
	shop.Wants(placed.GetOrderId(), order.Fulfilled, order.Paid)
}

// A process that dies at any of the named places, at each of its visits, leaves books that are in order, and another one that starts over finishes the journey: one
// order, one charge, one refund.
func TestCrashPoints(t *testing.T) {
	t.Parallel()
	binary := shoptest.BuildSandbox(t)
	for _, point := range crash.Ordering {
		visits := 1
		if strings.HasPrefix(point, "settle.") {
			visits = 3 // as it was started, paid and returned
		}
		if point == crash.ReturnAfterProvider {
			visits = 2 // of the card and of the gift card
		}
		for visit := 1; visit <= visits; visit++ {
			at := fmt.Sprintf("%s:%d", point, visit)
			t.Run(at, func(t *testing.T) {
				urls := postgrestest.NewURLs(t)
				db, err := postgres.Open(t.Context(), postgres.Config{URL: urls.Primary, MaxConns: 3, Metrics: prometheus.NewRegistry()})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(db.Close)
				sandbox := shoptest.StartSandbox(t, binary, "http://127.0.0.1:9")
				j := journey{Database: urls.Primary, Sandbox: sandbox.URL}
				shop := j.open(t, db)
				j.begin(t, shop)
				j.payPart(t, shop)
				if !j.dies(t, at) {
					t.Fatal("the process did not come by this place")
				}
				shop.Audit()
				j.travel(t, shop)
				shop.Audit()
				if left := shop.Number("select balance_minor from gift_cards"); left != 1000 {
					t.Errorf("%d is on the gift card, want all of it", left)
				}
				if orders := shop.Number("select count(*) from orders"); orders != 1 {
					t.Errorf("%d orders, want 1", orders)
				}
				if charges := sandbox.Charges(); len(charges) != 2 || charges[0].Kind != "capture" || charges[1].Kind != "refund" {
					t.Errorf("the provider's statement is %v, want one capture and one refund", charges)
				}
				if onHand, held := shop.OnHand(j.Variant); onHand != 3 || held != 0 {
					t.Errorf("%d on hand, %d held; want 3 and none", onHand, held)
				}
				for _, event := range []string{"OrderPlaced", "OrderConfirmed", "OrderCancelled"} {
					if told := shop.Told("order.v1." + event); told != 1 {
						t.Errorf("%s was told %d times, want once", event, told)
					}
				}
			})
		}
	}
}

// A process that dies when the provider has just taken or given back a part leaves books that are in order, and another one that starts over finds each part moved,
// moves none twice, and gives back the rest.
func TestCrashInstructions(t *testing.T) {
	t.Parallel()
	binary := shoptest.BuildSandbox(t)
	for visit := 1; visit <= 3; visit++ { // two captures and a refund
		at := fmt.Sprintf("%s:%d", crash.InstructionAfterProvider, visit)
		t.Run(at, func(t *testing.T) {
			urls := postgrestest.NewURLs(t)
			db, err := postgres.Open(t.Context(), postgres.Config{URL: urls.Primary, MaxConns: 3, Metrics: prometheus.NewRegistry()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(db.Close)
			sandbox := shoptest.StartSandbox(t, binary, "http://127.0.0.1:9")
			j := journey{Database: urls.Primary, Sandbox: sandbox.URL, Parts: true}
			shop := j.open(t, db)
			j.begin(t, shop)
			if !j.dies(t, at) {
				t.Fatal("the process did not come by this place")
			}
			shop.Audit()
			j.travel(t, shop)
			shop.Audit()
			moved := map[string][]int64{}
			for _, charge := range sandbox.Charges() {
				moved[charge.Kind] = append(moved[charge.Kind], charge.AmountMinor)
			}
			slices.Sort(moved["capture"])
			if !slices.Equal(moved["capture"], []int64{500, 1000}) || !slices.Equal(moved["refund"], []int64{300, 1200}) {
				t.Errorf("the provider moved %v, want captures of 1000 and 500, and refunds of 300 and 1200", moved)
			}
		})
	}
}

// A process that dies when a parcel was just written down, when the provider has just taken its money, or around the commit of that, sends no parcel twice and takes each share once: another one that starts
// over finishes what is left.
func TestCrashShipping(t *testing.T) {
	t.Parallel()
	binary := shoptest.BuildSandbox(t)
	for _, at := range []string{
		crash.ShipAfterCommit + ":1", crash.ShipAfterCommit + ":2", crash.InstructionAfterProvider + ":1", crash.InstructionAfterProvider + ":2",
		crash.SettleBeforeCommit + ":3", crash.SettleAfterCommit + ":3", crash.SettleBeforeCommit + ":4", crash.SettleAfterCommit + ":4", // the first two are of starting and paying
	} {
		t.Run(at, func(t *testing.T) {
			urls := postgrestest.NewURLs(t)
			db, err := postgres.Open(t.Context(), postgres.Config{URL: urls.Primary, MaxConns: 3, Metrics: prometheus.NewRegistry()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(db.Close)
			sandbox := shoptest.StartSandbox(t, binary, "http://127.0.0.1:9")
			j := journey{Database: urls.Primary, Sandbox: sandbox.URL, Ships: true, Quantity: 2}
			shop := j.open(t, db)
			j.begin(t, shop)
			if !j.dies(t, at) {
				t.Fatal("the process did not come by this place")
			}
			shop.Audit()
			j.travel(t, shop)
			shop.Audit()
			var moved []int64
			for _, charge := range sandbox.Charges() {
				moved = append(moved, charge.AmountMinor)
			}
			if first := j.TotalMinor - 2500; !slices.Equal(moved, []int64{first, 2500}) {
				t.Errorf("the provider moved %v, want %d and 2500", moved, first)
			}
			if parcels, told := len(shop.Look(j.order(shop)).GetFulfilments()), shop.Told("order.v1.OrderShipped"); parcels != 2 || told != 2 {
				t.Errorf("%d parcels, told of %d; want two", parcels, told)
			}
		})
	}
}

// order is the one order that there is.
func (j journey) order(shop *shoptest.Shop) string {
	var orderID string
	_ = shop.DB.Primary().QueryRow(context.Background(), "select id::text from orders").Scan(&orderID)
	return orderID
}

// A process that dies as a refund becomes store credit, before the commit or after it, leaves books that are in order, and another one that starts over finds the one card or makes it, and gives back the rest.
func TestCrashStoreCredit(t *testing.T) {
	t.Parallel()
	binary := shoptest.BuildSandbox(t)
	for _, point := range []string{crash.RefundBeforeCommit, crash.RefundAfterCommit} {
		t.Run(point, func(t *testing.T) {
			urls := postgrestest.NewURLs(t)
			db, err := postgres.Open(t.Context(), postgres.Config{URL: urls.Primary, MaxConns: 3, Metrics: prometheus.NewRegistry()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(db.Close)
			sandbox := shoptest.StartSandbox(t, binary, "http://127.0.0.1:9")
			j := journey{Database: urls.Primary, Sandbox: sandbox.URL, StoreCredit: true}
			shop := j.open(t, db)
			j.begin(t, shop)
			if !j.dies(t, point+":1") {
				t.Fatal("the process did not come by this place")
			}
			shop.Audit()
			j.travel(t, shop)
			shop.Audit()
			if cards := shop.Column("select balance_minor::text from gift_cards"); !slices.Equal(cards, []string{"300"}) {
				t.Errorf("gift cards hold %v, want one with 300", cards)
			}
			var returned int64
			for _, charge := range sandbox.Charges() {
				if charge.Kind == "refund" {
					returned += charge.AmountMinor
				}
			}
			if returned != j.TotalMinor-300 {
				t.Errorf("the provider gave back %d of %d, want all but 300", returned, j.TotalMinor)
			}
		})
	}
}

// begin makes the cart.
func (j *journey) begin(t *testing.T, shop *shoptest.Shop) {
	t.Helper()
	j.Shopper, j.Variant = "shopper", shop.Variant(2500, 3)
	cart := shop.Cart(shop.As(auth.Caller{Kind: auth.Guest, Subject: j.Shopper}), checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED, shoptest.Item{Variant: j.Variant, Quantity: max(j.Quantity, 1)})
	j.Cart, j.TotalMinor = cart.GetId(), cart.GetTotals().GetTotal().GetAmountMinor()
}

// payPart has a gift card pay for some of it.
func (j *journey) payPart(t *testing.T, shop *shoptest.Shop) {
	t.Helper()
	card, code := shop.GiftCard(1000)
	_, err := shop.Carts.ApplyGiftCard(shop.As(auth.Caller{Kind: auth.Guest, Subject: j.Shopper}), &checkoutv1.ApplyGiftCardRequest{CartId: j.Cart, Code: code, WithoutCart: true})
	if err != nil {
		t.Fatal(err)
	}
	j.GiftCard = card.GetId()
}

// dies runs the journey in a process of its own and reports whether it died where it should.
func (j journey) dies(t *testing.T, at string) bool {
	t.Helper()
	told, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestCrashJourney$", "-test.v")
	child.Env = append(os.Environ(), journeyEnv+"="+string(told), "CRASH_AT="+at)
	said, err := child.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == crash.Status {
		return true
	}
	if err != nil {
		t.Fatalf("the process failed otherwise: %v\n%s", err, said)
	}
	return false
}
