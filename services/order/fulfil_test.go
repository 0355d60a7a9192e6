package order_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// send notes that units of an order's first line left.
func send(shop *shoptest.Shop, orderID, key string, units int32) (*orderv1.ShipOrderResponse, error) {
	return shop.Orders.ShipOrder(shop.Staff(), &orderv1.ShipOrderRequest{
		OrderId: orderID, Lines: []*orderv1.FulfilmentChoice{{LineId: shop.Look(orderID).GetLines()[0].GetId(), Quantity: units}},
		Carrier: "Parcel post", TrackingNumber: "CE1", TrackingUrl: "https://carrier.example/CE1", IdempotencyKey: key,
	})
}

func mustSend(t *testing.T, shop *shoptest.Shop, orderID string, units int32) *orderv1.ShipOrderResponse {
	t.Helper()
	sent, err := send(shop, orderID, id.New(), units)
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

func taken(shop *shoptest.Shop, orderID string) (minor int64) {
	for _, attempt := range shop.Look(orderID).GetPayments() {
		minor += attempt.GetCaptured().GetAmountMinor()
	}
	return minor
}

// What is reserved is taken parcel by parcel: the first brings the delivery, the last all the rest, and pressing twice takes nothing twice. The shopper hears of each parcel once, and of nothing that is
// the shop's own business.
func TestCaptureOnShipment(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t)
	placed := paid(t, shop)
	key := id.New()
	for range 2 {
		if _, err := send(shop, placed.ID, key, 1); err != nil {
			t.Fatal(err)
		}
	}
	shop.Wants(placed.ID, order.PartlyFulfilled, order.PartlyPaid)
	if got := taken(shop, placed.ID); got != 1500+595 {
		t.Errorf("%d was taken with the first parcel, want 2095", got)
	}
	shop.Audit()
	mustSend(t, shop, placed.ID, 2)
	shop.Wants(placed.ID, order.Fulfilled, order.Paid)
	if got := taken(shop, placed.ID); got != 5095 {
		t.Errorf("%d was taken with the last parcel, want 5095", got)
	}
	wantBalances(t, shop, placed.ID, map[string]int64{"gateway_clearing": 5095, "sales": -5095, "customer_receivable": 0})
	if calls, told := shop.Provider.Calls("capture"), shop.Told("order.v1.OrderShipped"); calls != 2 || told != 2 {
		t.Errorf("%d captures and %d events, want two of each", calls, told)
	}
	if _, err := send(shop, placed.ID, id.New(), 1); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("sent more than was bought: %v", err)
	}
	if _, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.ID, IdempotencyKey: id.New()}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("called off what is on its way: %v", err)
	}
	seen, err := shop.Orders.GetOrder(placed.Shopper, &orderv1.GetOrderRequest{OrderId: placed.ID})
	if err != nil {
		t.Fatal(err)
	}
	parcels := seen.GetOrder().GetFulfilments()
	if len(parcels) != 2 || parcels[0].GetTrackingNumber() != "CE1" || parcels[1].GetLines()[0].GetQuantity() != 2 || parcels[0].GetActor() != "" || parcels[0].GetAmount() != nil {
		t.Errorf("the shopper sees %v", parcels)
	}
	shop.Audit()
}

// Of what is sent at the same moment nothing is sent twice, and what is taken is what was sent.
func TestShipAtOnce(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t)
	placed := paid(t, shop)
	var refused atomic.Int32
	together(5, func(int) {
		if _, err := send(shop, placed.ID, id.New(), 1); connect.CodeOf(err) == connect.CodeFailedPrecondition && err != nil {
			refused.Add(1)
		} else if err != nil {
			t.Error(err)
		}
	})
	for range 5 { // answers that overtook each other are asked for again, as the worker does
		for _, given := range instructions(t, shop, placed.ID) {
			_, _ = shop.Orders.CarryOutInstruction(shop.Process(), &orderv1.CarryOutInstructionRequest{InstructionId: given.GetId()})
		}
	}
	if refused.Load() != 2 || len(shop.Look(placed.ID).GetFulfilments()) != 3 || taken(shop, placed.ID) != 5095 || shop.Provider.Kept() != 5095 {
		t.Errorf("%d were refused, %d parcels, %d taken, %d kept; want 2, 3, and 5095", refused.Load(), len(shop.Look(placed.ID).GetFulfilments()), taken(shop, placed.ID), shop.Provider.Kept())
	}
	shop.Wants(placed.ID, order.Fulfilled, order.Paid)
	shop.Audit()
}

func instructions(t *testing.T, shop *shoptest.Shop, orderID string) []*paymentv1.Instruction {
	t.Helper()
	books, err := shop.Payments.GetOrderBooks(shop.Staff(), &paymentv1.GetOrderBooksRequest{OrderId: orderID})
	if err != nil {
		t.Fatal(err)
	}
	return books.GetInstructions()
}

// attentions are what staff are told of payments.
func attentions(t *testing.T, shop *shoptest.Shop) []paymentv1.Attention {
	t.Helper()
	answer, err := shop.Payments.ListAttention(shop.Staff(), &paymentv1.ListAttentionRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var whys []paymentv1.Attention
	for _, one := range answer.GetPayments() {
		whys = append(whys, one.GetAttention())
	}
	return whys
}

// Goods that left count as sent even if the provider does not take the money. Staff find it on their list, try again with one press, and the next parcel takes what is missing too.
func TestCaptureOnShipmentRefused(t *testing.T) {
	t.Parallel()
	for name, mend := range map[string]func(t *testing.T, shop *shoptest.Shop, orderID string){
		"tried again": func(t *testing.T, shop *shoptest.Shop, orderID string) {
			t.Helper()
			req := &orderv1.CaptureSentRequest{OrderId: orderID, IdempotencyKey: id.New()}
			for range 2 {
				if again, err := shop.Orders.CaptureSent(shop.Staff(), req); err != nil || again.GetProblem() != "" {
					t.Fatal(again.GetProblem(), err)
				}
			}
			if got := taken(shop, orderID); got != 2095 {
				t.Errorf("%d was taken, want 2095", got)
			}
			req.IdempotencyKey = id.New()
			if _, err := shop.Orders.CaptureSent(shop.Staff(), req); connect.CodeOf(err) != connect.CodeFailedPrecondition {
				t.Errorf("took what was taken: %v", err)
			}
		},
		"with the next parcel": func(t *testing.T, shop *shoptest.Shop, orderID string) {
			t.Helper()
			mustSend(t, shop, orderID, 1)
			if got := taken(shop, orderID); got != 3595 {
				t.Errorf("%d was taken, want 3595", got)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.NewReserving(t)
			placed := paid(t, shop)
			shop.Provider.Play("capture", shoptest.Refuses)
			if sent := mustSend(t, shop, placed.ID, 1); sent.GetProblem() == "" || sent.GetOrder().GetSentUnpaid().GetAmountMinor() != 2095 {
				t.Errorf("staff are told %q, and that %v is missing", sent.GetProblem(), sent.GetOrder().GetSentUnpaid())
			}
			shop.Wants(placed.ID, order.PartlyFulfilled, order.Reserved)
			if got := attentions(t, shop); !slices.Equal(got, []paymentv1.Attention{paymentv1.Attention_ATTENTION_UNCAPTURED}) {
				t.Errorf("staff find %v on their list", got)
			}
			mend(t, shop, placed.ID)
			if got := attentions(t, shop); len(got) != 0 || shop.Look(placed.ID).GetSentUnpaid() != nil {
				t.Errorf("staff still find %v, and %v is missing", got, shop.Look(placed.ID).GetSentUnpaid())
			}
			mustSend(t, shop, placed.ID, shop.Look(placed.ID).GetLines()[0].GetToSend())
			shop.Wants(placed.ID, order.Fulfilled, order.Paid)
			shop.Audit()
		})
	}
}

// An answer that is lost, or a request, takes nothing twice: the worker finds what the provider did, or tells it again.
func TestCaptureOnShipmentUnanswered(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]shoptest.Fault{"answer lost": shoptest.LostAnswer, "request lost": shoptest.LostRequest, "unreachable": shoptest.Unreachable} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.NewReserving(t)
			placed := paid(t, shop)
			shop.Provider.Play("capture", fault)
			if sent := mustSend(t, shop, placed.ID, 1); sent.GetProblem() != "" || sent.GetOrder().GetSentUnpaid() != nil {
				t.Errorf("staff are told %q, and that %v is missing, though it is under way", sent.GetProblem(), sent.GetOrder().GetSentUnpaid())
			}
			if _, err := shop.Orders.CaptureSent(shop.Staff(), &orderv1.CaptureSentRequest{OrderId: placed.ID, IdempotencyKey: id.New()}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
				t.Errorf("took what is being taken: %v", err)
			}
			for range 2 { // told twice
				given := instructions(t, shop, placed.ID)
				if _, err := shop.Orders.CarryOutInstruction(shop.Process(), &orderv1.CarryOutInstructionRequest{InstructionId: given[0].GetId()}); err != nil || len(given) != 1 {
					t.Fatalf("%d instructions, %v", len(given), err)
				}
			}
			if shop.Provider.Kept() != 2095 || taken(shop, placed.ID) != 2095 {
				t.Errorf("%d kept, %d taken, want 2095", shop.Provider.Kept(), taken(shop, placed.ID))
			}
			mustSend(t, shop, placed.ID, 2)
			shop.Wants(placed.ID, order.Fulfilled, order.Paid)
			shop.Audit()
		})
	}
}

// A provider that takes only once takes all with the first parcel, since what it leaves is lost.
func TestCaptureOnShipmentOnce(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t)
	placed := paid(t, shop)
	shop.Provider.Distort(placed.Payment, func(view *payment.View) { view.SingleCapture = true })
	shop.Settle(placed.Payment)
	mustSend(t, shop, placed.ID, 1)
	shop.Wants(placed.ID, order.PartlyFulfilled, order.Paid)
	if got := taken(shop, placed.ID); got != 5095 {
		t.Errorf("%d was taken with the first parcel, want all 5095", got)
	}
	mustSend(t, shop, placed.ID, 2)
	if calls := shop.Provider.Calls("capture"); calls != 1 {
		t.Errorf("%d captures, want one", calls)
	}
	shop.Wants(placed.ID, order.Fulfilled, order.Paid)
	shop.Audit()
}

// Of several payments a gift card's counts first, since it paid as the order was placed: the reservation is taken only for what left and the card does not cover.
func TestCaptureOnShipmentWithGiftCard(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t)
	shopper := shop.Guest()
	cart := shop.Cart(shopper, checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED, shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	card, code := shop.GiftCard(3000)
	if _, err := shop.Carts.ApplyGiftCard(shopper, &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: code, WithoutCart: true}); err != nil {
		t.Fatal(err)
	}
	answer, err := shop.Checkout.PlaceOrder(shopper, &checkoutv1.PlaceOrderRequest{
		CartId: cart.GetId(), ExpectedTotal: cart.GetTotals().GetTotal(), IdempotencyKey: id.New(), ExpectedGiftCards: []*checkoutv1.GiftCardShare{{GiftCardId: card.GetId(), AmountMinor: 3000}},
	})
	if err != nil {
		t.Fatal(err)
	}
	placed := shoptest.Placed{Shopper: shopper, ID: answer.GetOrderId(), Payment: answer.GetPaymentId()}
	shop.Start(placed)
	shop.Provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
	for _, step := range []struct{ units, kept int64 }{{1, 0}, {1, 595}, {1, 2095}} { // worth 2095, 3595 and 5095 in all
		mustSend(t, shop, placed.ID, int32(step.units))
		if got := shop.Provider.Kept(); got != step.kept {
			t.Errorf("the provider took %d, want %d", got, step.kept)
		}
	}
	shop.Wants(placed.ID, order.Fulfilled, order.Paid)
	shop.Audit()
}

// What staff took before counts, what they let go of is not asked for again, and where nothing is reserved any more staff are told that what was sent is not paid.
func TestShipAfterStaffMovedMoney(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t)
	capture := func(placed shoptest.Placed, amount int64, final bool) {
		t.Helper()
		_, err := shop.Orders.CapturePayment(shop.Staff(), &orderv1.CapturePaymentRequest{
			OrderId: placed.ID, PaymentId: placed.Payment, AmountMinor: amount, Final: final, IdempotencyKey: id.New(),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	some := paid(t, shop)
	capture(some, 1000, false)
	mustSend(t, shop, some.ID, 1)
	if got := taken(shop, some.ID); got != 2095 {
		t.Errorf("%d was taken in all, want 2095", got)
	}
	settled := paid(t, shop)
	capture(settled, 4000, true)
	mustSend(t, shop, settled.ID, 3)
	if got := shop.Look(settled.ID); taken(shop, settled.ID) != 4000 || got.GetSentUnpaid() != nil {
		t.Errorf("%d was taken, %v is missing; want 4000 and nothing, since staff let go of the rest", taken(shop, settled.ID), got.GetSentUnpaid())
	}
	gone := paid(t, shop)
	release(t, shop, gone.ID, gone.Payment)
	mustSend(t, shop, gone.ID, 3)
	if got := shop.Look(gone.ID).GetSentUnpaid().GetAmountMinor(); got != 5095 {
		t.Errorf("%d is missing, want 5095", got)
	}
	if got := attentions(t, shop); !slices.Equal(got, []paymentv1.Attention{paymentv1.Attention_ATTENTION_UNCAPTURED}) {
		t.Errorf("staff find %v on their list", got)
	}
	_, err := shop.Orders.CaptureSent(shop.Staff(), &orderv1.CaptureSentRequest{OrderId: gone.ID, IdempotencyKey: id.New()})
	if connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), "nothing is reserved") {
		t.Errorf("took what nobody reserved: %v", err)
	}
}

// What is collected on delivery, and what was paid at once, is not asked for when it is sent; what is downloaded is not sent, and due with the first parcel.
func TestShipWithoutCapture(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	collected := shop.OrderOnDelivery(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	mustSend(t, shop, collected.ID, 3)
	shop.Wants(collected.ID, order.Fulfilled, order.OnDelivery)
	atOnce := paid(t, shop)
	mustSend(t, shop, atOnce.ID, 3)
	shop.Wants(atOnce.ID, order.Fulfilled, order.Paid)
	if calls := shop.Provider.Calls("capture"); calls != 0 || len(attentions(t, shop)) != 0 {
		t.Errorf("%d captures, and staff find %v on their list", calls, attentions(t, shop))
	}
	pending := shop.Order(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 1})
	if _, err := send(shop, pending.ID, id.New(), 1); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("sent what is not paid: %v", err)
	}
	shop.Audit()
}

// What is downloaded is not sent: an order of both is sent whole with its last parcel, and the files are paid with the first.
func TestShipBesideDownloads(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 2}, shoptest.Item{Variant: shop.Files(700, "a.pdf"), Quantity: 1})
	shop.Start(placed)
	shop.Provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
	look := shop.Look(placed.ID)
	if lamps, files := look.GetLines()[0], look.GetLines()[1]; lamps.GetToSend() != 2 || files.GetToSend() != 0 {
		t.Errorf("%d and %d are to be sent, want 2 and none", lamps.GetToSend(), files.GetToSend())
	}
	_, err := shop.Orders.ShipOrder(shop.Staff(), &orderv1.ShipOrderRequest{
		OrderId: placed.ID, Lines: []*orderv1.FulfilmentChoice{{LineId: look.GetLines()[1].GetId(), Quantity: 1}}, IdempotencyKey: id.New(),
	})
	if connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("sent a file: %v", err)
	}
	mustSend(t, shop, placed.ID, 1)
	if got, want := taken(shop, placed.ID), look.GetTotals().GetTotal().GetAmountMinor()-1500; got != want {
		t.Errorf("%d was taken with the first parcel, want %d", got, want)
	}
	mustSend(t, shop, placed.ID, 1)
	shop.Wants(placed.ID, order.Fulfilled, order.Paid)
	shop.Audit()
}

// The last parcel leaves while the money for the first is still being taken. That is refused then, and is still there to be taken: the last one did not let go of it.
func TestLastParcelKeepsWhatIsBeingTaken(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t)
	placed := paid(t, shop)
	shop.Provider.Play("capture", shoptest.Unreachable)
	mustSend(t, shop, placed.ID, 1)
	mustSend(t, shop, placed.ID, 2)
	shop.Provider.Play("capture", shoptest.Refuses)
	for _, given := range instructions(t, shop, placed.ID) {
		if _, err := shop.Orders.CarryOutInstruction(shop.Process(), &orderv1.CarryOutInstructionRequest{InstructionId: given.GetId()}); err != nil {
			t.Fatal(err)
		}
	}
	if missing := shop.Look(placed.ID).GetSentUnpaid().GetAmountMinor(); missing != 2095 {
		t.Errorf("%d is missing, want what the first parcel was worth", missing)
	}
	again, err := shop.Orders.CaptureSent(shop.Staff(), &orderv1.CaptureSentRequest{OrderId: placed.ID, IdempotencyKey: id.New()})
	if err != nil || again.GetProblem() != "" {
		t.Fatal(again.GetProblem(), err)
	}
	shop.Wants(placed.ID, order.Fulfilled, order.Paid)
	shop.Audit()
}
