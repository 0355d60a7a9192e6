package order_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// ending is the request that ends an order as its preview says.
func ending(t *testing.T, shop *shoptest.Shop, orderID string, restock bool) *orderv1.FinishOrderRequest {
	t.Helper()
	preview, err := shop.Orders.PreviewFinish(shop.Staff(), &orderv1.PreviewFinishRequest{OrderId: orderID})
	if err != nil {
		t.Fatal(err)
	}
	req := &orderv1.FinishOrderRequest{
		OrderId: orderID, ExpectedRefundMinor: preview.GetFinish().GetRefunded().GetAmountMinor(), Restock: restock, Reason: "broken", IdempotencyKey: id.New(),
	}
	for _, line := range preview.GetLines() {
		req.Lines = append(req.Lines, &orderv1.FulfilmentChoice{LineId: line.GetLineId(), Quantity: line.GetQuantity()})
	}
	return req
}

func mustFinish(t *testing.T, shop *shoptest.Shop, orderID string, restock bool) *orderv1.Order {
	t.Helper()
	answer, err := shop.Orders.FinishOrder(shop.Staff(), ending(t, shop, orderID, restock))
	if err != nil || answer.GetProblem() != "" {
		t.Fatal(answer.GetProblem(), err)
	}
	return answer.GetOrder()
}

func refundUnits(t *testing.T, shop *shoptest.Shop, orderID string, units int32, minor int64) {
	t.Helper()
	lines := []*orderv1.RefundChoice{{LineId: shop.Look(orderID).GetLines()[0].GetId(), Quantity: units}}
	if _, err := shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{OrderId: orderID, Lines: lines, ExpectedMinor: minor, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
}

func mustCapture(t *testing.T, shop *shoptest.Shop, placed shoptest.Placed, minor int64, final bool) {
	t.Helper()
	_, err := shop.Orders.CapturePayment(shop.Staff(), &orderv1.CapturePaymentRequest{
		OrderId: placed.ID, PaymentId: placed.Payment, AmountMinor: minor, Final: final, IdempotencyKey: id.New(),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// However an order was paid and what went back before: once its rest will not be sent, the shop keeps what was sent and the delivery, nothing is reserved any more, and the books say so. Three lamps at 15.00 with delivery for 5.95
// are 50.95.
func TestFinishOrder(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reserving bool
		before    func(t *testing.T, shop *shoptest.Shop, placed shoptest.Placed) // one lamp was sent
		kept      int64                                                           // by the provider, afterwards
		refunded  int64
		taken     int64
		released  int64
		payment   orderv1.PaymentState
	}{
		"paid at once": {kept: 2095, refunded: 3000, payment: order.PartlyRefunded},
		"one lamp went back before": {
			before: func(t *testing.T, shop *shoptest.Shop, placed shoptest.Placed) {
				refundUnits(t, shop, placed.ID, 1, 1500)
			}, kept: 2095, refunded: 1500, payment: order.PartlyRefunded,
		},
		"all that is left went back before": {
			before: func(t *testing.T, shop *shoptest.Shop, placed shoptest.Placed) {
				refundUnits(t, shop, placed.ID, 2, 3000)
			}, kept: 2095, payment: order.PartlyRefunded,
		},
		"all went back before": {
			before: func(t *testing.T, shop *shoptest.Shop, placed shoptest.Placed) {
				refundUnits(t, shop, placed.ID, 3, 4500)
			}, kept: 595, payment: order.PartlyRefunded,
		},
		"some is disputed": {
			before: func(_ *testing.T, shop *shoptest.Shop, placed shoptest.Placed) {
				shop.Provider.Dispute(placed.Payment, 1000, payment.DisputeOpen)
				shop.Settle(placed.Payment)
			}, kept: 3095, refunded: 2000, payment: order.PartlyRefunded,
		},
		"reserved": {reserving: true, kept: 2095, released: 3000, payment: order.Paid},
		"reserved, and two were sent and one went back": {
			reserving: true, before: func(t *testing.T, shop *shoptest.Shop, placed shoptest.Placed) {
				mustSend(t, shop, placed.ID, 1)
				refundUnits(t, shop, placed.ID, 1, 1500)
			}, kept: 3595, taken: 1500, payment: order.PartlyRefunded,
		},
		"reserved, and one went back": {
			reserving: true, before: func(t *testing.T, shop *shoptest.Shop, placed shoptest.Placed) {
				refundUnits(t, shop, placed.ID, 1, 1500)
			},
			kept: 2095, taken: 1500, released: 1500, payment: order.PartlyRefunded,
		},
		"reserved, and staff took more": {
			reserving: true, before: func(t *testing.T, shop *shoptest.Shop, placed shoptest.Placed) {
				mustCapture(t, shop, placed, 1905, false)
			},
			kept: 2095, refunded: 1905, released: 1095, payment: order.PartlyRefunded,
		},
		"reserved, and staff took more and let go of the rest": {
			reserving: true, before: func(t *testing.T, shop *shoptest.Shop, placed shoptest.Placed) {
				mustCapture(t, shop, placed, 1905, true)
			},
			kept: 2095, refunded: 1905, payment: order.PartlyRefunded,
		},
		"reserved, and staff let go of the rest": {
			reserving: true, before: func(t *testing.T, shop *shoptest.Shop, placed shoptest.Placed) {
				release(t, shop, placed.ID, placed.Payment)
			},
			kept: 2095, payment: order.Paid,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			if tc.reserving {
				shop = shoptest.NewReserving(t)
			}
			placed := paid(t, shop)
			mustSend(t, shop, placed.ID, 1)
			if tc.before != nil {
				tc.before(t, shop, placed)
			}
			units := shop.Look(placed.ID).GetLines()[0].GetToSend()
			req := ending(t, shop, placed.ID, true)
			for range 2 { // pressed twice
				if answer, err := shop.Orders.FinishOrder(shop.Staff(), req); err != nil || answer.GetProblem() != "" {
					t.Fatal(answer.GetProblem(), err)
				}
			}
			shop.Wants(placed.ID, order.Fulfilled, tc.payment)
			seen := shop.Look(placed.ID)
			end := seen.GetFinish()
			if end.GetRefunded().GetAmountMinor() != tc.refunded || end.GetReleased().GetAmountMinor() != tc.released || end.GetTaken().GetAmountMinor() != tc.taken {
				t.Errorf("the order says %v, want %d back, %d released and %d taken", end, tc.refunded, tc.released, tc.taken)
			}
			if line := seen.GetLines()[0]; line.GetUnsent() != units || line.GetToSend() != 0 || seen.GetSentUnpaid() != nil {
				t.Errorf("the line is %v, and %v of what was sent is unpaid", line, seen.GetSentUnpaid())
			}
			if kept := shop.Provider.Kept(); kept != tc.kept {
				t.Errorf("the provider keeps %d, want %d", kept, tc.kept)
			}
			if waits := shop.Number("select count(*) from payment_instructions where state <> 'done'"); waits != 0 {
				t.Errorf("%d instructions are not done", waits)
			}
			if got := balances(t, shop, placed.ID); got["customer_receivable"] != 0 {
				t.Errorf("the books say that the shopper owes %d", got["customer_receivable"])
			}
			if onHand, held := shop.OnHand(seen.GetLines()[0].GetVariantId()); onHand != 6+int64(units) || held != 0 {
				t.Errorf("%d on hand and %d held, want %d and none", onHand, held, 6+units)
			}
			if told := shop.Told("order.v1.OrderFinished"); told != 1 {
				t.Errorf("told %d times, want once", told)
			}
			shop.Audit()
		})
	}
}

// Only an order of which some was sent, and some not, can be ended, and by nobody who saw something else.
func TestFinishRefused(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	refused := func(what string, req *orderv1.FinishOrderRequest, code connect.Code, words string) {
		t.Helper()
		if _, err := shop.Orders.FinishOrder(shop.Staff(), req); connect.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", what, err)
		}
	}
	placed := paid(t, shop)
	line := shop.Look(placed.ID).GetLines()[0].GetId()
	req := func(units int32, expected int64) *orderv1.FinishOrderRequest {
		return &orderv1.FinishOrderRequest{
			OrderId: placed.ID, Lines: []*orderv1.FulfilmentChoice{{LineId: line, Quantity: units}}, ExpectedRefundMinor: expected, IdempotencyKey: id.New(),
		}
	}
	refused("nothing was sent", req(3, 4500), connect.CodeFailedPrecondition, "it can be cancelled instead")
	if _, err := shop.Orders.PreviewFinish(shop.Staff(), &orderv1.PreviewFinishRequest{OrderId: placed.ID}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("previewed the end of what was not begun: %v", err)
	}
	mustSend(t, shop, placed.ID, 1)
	refused("another sum", req(2, 2999), connect.CodeFailedPrecondition, "look at it again")
	refused("fewer units", req(1, 3000), connect.CodeFailedPrecondition, "something else")
	other := req(2, 3000)
	other.Lines = append(other.Lines, &orderv1.FulfilmentChoice{LineId: id.New(), Quantity: 1})
	refused("a line that is not there", other, connect.CodeFailedPrecondition, "something else")
	twice := req(1, 3000)
	twice.OrderId = id.New()
	refused("no order", twice, connect.CodeNotFound, "")
	shop.Wants(placed.ID, order.PartlyFulfilled, order.Paid)
	if kept := shop.Provider.Kept(); kept != 5095 {
		t.Errorf("the provider keeps %d, want all", kept)
	}

	mustFinish(t, shop, placed.ID, false)
	refused("ended already", req(2, 3000), connect.CodeFailedPrecondition, "nothing of this order is left to send")
	if _, err := send(shop, placed.ID, id.New(), 1); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("sent what will not be sent: %v", err)
	}
	if _, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.ID, IdempotencyKey: id.New()}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("called off what is on its way: %v", err)
	}
	if onHand, _ := shop.OnHand(shop.Look(placed.ID).GetLines()[0].GetVariantId()); onHand != 6 {
		t.Errorf("%d on hand, want 6: what is lost is not put back", onHand)
	}
	whole := paid(t, shop)
	mustSend(t, shop, whole.ID, 3)
	if _, err := shop.Orders.PreviewFinish(shop.Staff(), &orderv1.PreviewFinishRequest{OrderId: whole.ID}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("previewed the end of what was sent whole: %v", err)
	}
	shop.Audit()
}

// The shopper sees what will not come and what becomes of the money, and nothing of what is the shop's own business.
func TestFinishAsTheShopperSeesIt(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := paid(t, shop)
	mustSend(t, shop, placed.ID, 1)
	mustFinish(t, shop, placed.ID, true)
	seen, err := shop.Orders.GetOrder(placed.Shopper, &orderv1.GetOrderRequest{OrderId: placed.ID})
	if err != nil {
		t.Fatal(err)
	}
	end := seen.GetOrder().GetFinish()
	if seen.GetOrder().GetLines()[0].GetUnsent() != 2 || end.GetRefunded().GetAmountMinor() != 3000 || end.GetCreateTime() == nil {
		t.Errorf("the shopper sees %v and %v", seen.GetOrder().GetLines()[0], end)
	}
	if end.GetReason() != "" || end.GetActor() != "" || end.GetRestocked() || end.GetTaken() != nil || end.GetRefundId() != "" {
		t.Errorf("the shopper sees %v", end)
	}
	said := shop.Look(placed.ID)
	if own := said.GetFinish(); own.GetReason() != "broken" || own.GetActor() != "Ada" || !own.GetRestocked() || own.GetRefundId() != said.GetRefunds()[0].GetId() {
		t.Errorf("staff see %v", own)
	}
	var found bool
	for _, entry := range said.GetTimeline() {
		found = found || entry.GetKind() == "finished" && entry.GetText() == "Will not be sent: 2 × Lamp Moss, back in stock: broken" && entry.GetActor() == "Ada"
	}
	if !found {
		t.Errorf("the timeline is %v", said.GetTimeline())
	}
}

// What will not be sent and was never taken cannot go back afterwards, while what was sent still can; a refund that the provider refused can be made again.
func TestRefundAfterFinish(t *testing.T) {
	t.Parallel()
	left := func(shop *shoptest.Shop, orderID string) *orderv1.RefundLine {
		t.Helper()
		preview, err := shop.Orders.PreviewRefund(shop.Staff(), &orderv1.PreviewRefundRequest{OrderId: orderID})
		if err != nil {
			t.Fatal(err)
		}
		return preview.GetLinesLeft()[0]
	}
	reserving := shoptest.NewReserving(t)
	placed := paid(t, reserving)
	mustSend(t, reserving, placed.ID, 1)
	mustFinish(t, reserving, placed.ID, true)
	if can := left(reserving, placed.ID); can.GetQuantity() != 1 || can.GetAmount().GetAmountMinor() != 1500 {
		t.Errorf("%v can go back, want the lamp that was sent", can)
	}
	refundUnits(t, reserving, placed.ID, 1, 1500)
	if kept := reserving.Provider.Kept(); kept != 595 {
		t.Errorf("the provider keeps %d, want 595", kept)
	}
	reserving.Audit()

	shop := shoptest.New(t)
	placed = paid(t, shop)
	mustSend(t, shop, placed.ID, 1)
	shop.Provider.Play("refund", shoptest.Refuses)
	answer, err := shop.Orders.FinishOrder(shop.Staff(), ending(t, shop, placed.ID, true))
	if err != nil || answer.GetProblem() == "" {
		t.Fatalf("%q, %v, want to read why the provider refused", answer.GetProblem(), err)
	}
	shop.Wants(placed.ID, order.Fulfilled, order.Paid)
	if can := left(shop, placed.ID); can.GetQuantity() != 3 || can.GetAmount().GetAmountMinor() != 4500 {
		t.Errorf("%v can go back, want all of it", can)
	}
	refundUnits(t, shop, placed.ID, 2, 3000)
	if kept := shop.Provider.Kept(); kept != 2095 {
		t.Errorf("the provider keeps %d, want 2095", kept)
	}
	shop.Audit()
}

// On delivery so much less is collected, and the books know it at once, also where a gift card paid a part or all of what was sent.
func TestFinishOnDelivery(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.OrderOnDelivery(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	placed.Payment = shop.Look(placed.ID).GetPayments()[0].GetId()
	mustSend(t, shop, placed.ID, 1)
	seen := mustFinish(t, shop, placed.ID, true)
	shop.Wants(placed.ID, order.Fulfilled, order.OnDelivery)
	if seen.GetFinish().GetUncollected().GetAmountMinor() != 3000 || seen.GetPayments()[0].GetAuthorized().GetAmountMinor() != 2095 || seen.GetFinish().GetRefunded() != nil {
		t.Errorf("the order says %v and is to bring %v", seen.GetFinish(), seen.GetPayments()[0].GetAuthorized())
	}
	wantBalances(t, shop, placed.ID, map[string]int64{"sales": -5095, "refunds": 3000, "customer_receivable": 2095})
	_, err := shop.Orders.CapturePayment(shop.Staff(), &orderv1.CapturePaymentRequest{OrderId: placed.ID, PaymentId: placed.Payment, AmountMinor: 2096, IdempotencyKey: id.New()})
	if connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("collected more than is due: %v", err)
	}
	mustCapture(t, shop, placed, 2095, false)
	shop.Wants(placed.ID, order.Fulfilled, order.Paid)
	wantBalances(t, shop, placed.ID, map[string]int64{"sales": -5095, "refunds": 3000, "gateway_clearing": 2095, "customer_receivable": 0})

	collected := shop.OrderOnDelivery(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	collected.Payment = shop.Look(collected.ID).GetPayments()[0].GetId()
	mustSend(t, shop, collected.ID, 1)
	mustCapture(t, shop, collected, 3000, false)
	if seen := mustFinish(t, shop, collected.ID, true); seen.GetFinish().GetUncollected().GetAmountMinor() != 2095 || seen.GetFinish().GetRefunded().GetAmountMinor() != 905 {
		t.Errorf("the order says %v", seen.GetFinish())
	}
	wantBalances(t, shop, collected.ID, map[string]int64{"sales": -5095, "refunds": 3000, "gateway_clearing": 2095, "customer_receivable": 0})
	shop.Audit()
}

// Where a gift card paid a part, what is reserved beside it is let go of first, and what the card paid beyond what was sent goes back to it.
func TestFinishWithGiftCard(t *testing.T) {
	t.Parallel()
	for name, reserving := range map[string]bool{"the rest reserved": true, "the rest paid": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			if reserving {
				shop = shoptest.NewReserving(t)
			}
			placed := withGiftCard(t, shop, 3000)
			mustSend(t, shop, placed.ID, 1)
			seen := mustFinish(t, shop, placed.ID, true)
			back, released := int64(905), int64(2095)
			if !reserving {
				back, released = 3000, 0
			}
			if end := seen.GetFinish(); end.GetRefunded().GetAmountMinor() != back || end.GetReleased().GetAmountMinor() != released {
				t.Errorf("the order says %v, want %d back and %d released", end, back, released)
			}
			if kept := shop.Provider.Kept(); kept != 0 {
				t.Errorf("the provider keeps %d, want nothing: the card paid for what was sent", kept)
			}
			wantBalances(t, shop, placed.ID, map[string]int64{"sales": -5095, "refunds": 3000, "gift_card_liability": 2095, "customer_receivable": 0, "gateway_clearing": 0})
			shop.Audit()
		})
	}
}

// withGiftCard is an order like paid's of which a gift card pays some.
func withGiftCard(t *testing.T, shop *shoptest.Shop, minor int64) shoptest.Placed {
	t.Helper()
	shopper := shop.Guest()
	cart := shop.Cart(shopper, checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED, shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	card, code := shop.GiftCard(minor)
	if _, err := shop.Carts.ApplyGiftCard(shopper, &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: code, WithoutCart: true}); err != nil {
		t.Fatal(err)
	}
	answer, err := shop.Checkout.PlaceOrder(shopper, &checkoutv1.PlaceOrderRequest{
		CartId: cart.GetId(), ExpectedTotal: cart.GetTotals().GetTotal(), IdempotencyKey: id.New(), ExpectedGiftCards: []*checkoutv1.GiftCardShare{{GiftCardId: card.GetId(), AmountMinor: minor}},
	})
	if err != nil {
		t.Fatal(err)
	}
	placed := shoptest.Placed{Shopper: shopper, ID: answer.GetOrderId(), Payment: answer.GetPaymentId()}
	shop.Start(placed)
	shop.Provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
	return placed
}

// A capture that is under way keeps an order from being ended, since nobody knows what is left then; one that was refused is made with its end, and again by a press, and lets go of the rest both times.
func TestFinishAfterCaptures(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t)
	placed := paid(t, shop)
	shop.Provider.Play("capture", shoptest.Unreachable)
	mustSend(t, shop, placed.ID, 1)
	if _, err := shop.Orders.PreviewFinish(shop.Staff(), &orderv1.PreviewFinishRequest{OrderId: placed.ID}); connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), "just being taken") {
		t.Fatalf("previewed while money is being taken: %v", err)
	}
	shop.Provider.Play("capture", shoptest.Refuses, shoptest.Refuses)
	for _, given := range instructions(t, shop, placed.ID) {
		if _, err := shop.Orders.CarryOutInstruction(shop.Process(), &orderv1.CarryOutInstructionRequest{InstructionId: given.GetId()}); err != nil {
			t.Fatal(err)
		}
	}
	answer, err := shop.Orders.FinishOrder(shop.Staff(), ending(t, shop, placed.ID, true))
	if err != nil || answer.GetProblem() == "" || answer.GetOrder().GetSentUnpaid().GetAmountMinor() != 2095 {
		t.Fatalf("%q, %v unpaid, %v", answer.GetProblem(), answer.GetOrder().GetSentUnpaid(), err)
	}
	if _, err := shop.Orders.CaptureSent(shop.Staff(), &orderv1.CaptureSentRequest{OrderId: placed.ID, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	shop.Wants(placed.ID, order.Fulfilled, order.Paid)
	if seen := shop.Look(placed.ID).GetPayments()[0]; seen.GetCaptured().GetAmountMinor() != 2095 || seen.GetAuthorized().GetAmountMinor() != 2095 {
		t.Errorf("the payment is %v, want the rest let go of", seen)
	}
	shop.Audit()
}

// An answer of the provider's that is lost gives nothing back twice, and releases nothing that is not to be.
func TestFinishUnanswered(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reserving bool
		call      string
	}{"refund": {false, "refund"}, "release": {true, "void"}} {
		for lost, fault := range map[string]shoptest.Fault{"answer lost": shoptest.LostAnswer, "request lost": shoptest.LostRequest, "unreachable": shoptest.Unreachable} {
			t.Run(name+", "+lost, func(t *testing.T) {
				t.Parallel()
				shop := shoptest.New(t)
				if tc.reserving {
					shop = shoptest.NewReserving(t)
				}
				placed := paid(t, shop)
				mustSend(t, shop, placed.ID, 1)
				shop.Provider.Play(tc.call, fault)
				mustFinish(t, shop, placed.ID, true)
				for range 2 { // told twice
					for _, given := range instructions(t, shop, placed.ID) {
						if _, err := shop.Orders.CarryOutInstruction(shop.Process(), &orderv1.CarryOutInstructionRequest{InstructionId: given.GetId()}); err != nil {
							t.Fatal(err)
						}
					}
				}
				if kept := shop.Provider.Kept(); kept != 2095 {
					t.Errorf("the provider keeps %d, want 2095", kept)
				}
				if got := balances(t, shop, placed.ID); got["customer_receivable"] != 0 {
					t.Errorf("the shopper owes %d", got["customer_receivable"])
				}
				shop.Audit()
			})
		}
	}
}

// Of a bundle its parts go back on the shelf; what is downloaded is not sent and so does not count, and neither does a line that was sent whole.
func TestFinishBundlesAndDownloads(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	cup, pot, lamp := shop.Variant(800, 20), shop.Variant(1200, 20), shop.Variant(1500, 20)
	bundle := id.New()
	shop.Products.Bundle(bundle, 3000, shoptest.Item{Variant: cup, Quantity: 2}, shoptest.Item{Variant: pot, Quantity: 1})
	placed := shop.Order(
		shoptest.Item{Variant: bundle, Quantity: 3}, shoptest.Item{Variant: cup, Quantity: 2}, shoptest.Item{Variant: lamp, Quantity: 1}, shoptest.Item{Variant: shop.Files(700, "a.pdf"), Quantity: 1},
	)
	shop.Start(placed)
	shop.Provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
	lines := shop.Look(placed.ID).GetLines()
	_, err := shop.Orders.ShipOrder(shop.Staff(), &orderv1.ShipOrderRequest{
		OrderId: placed.ID, Lines: []*orderv1.FulfilmentChoice{{LineId: lines[0].GetId(), Quantity: 1}, {LineId: lines[2].GetId(), Quantity: 1}}, IdempotencyKey: id.New(),
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := mustFinish(t, shop, placed.ID, true)
	if end := seen.GetFinish(); end.GetRefunded().GetAmountMinor() != 2*3000+2*800 {
		t.Errorf("%v goes back, want 76.00", end.GetRefunded())
	}
	for i, want := range []int32{2, 2, 0, 0} {
		if got := seen.GetLines()[i].GetUnsent(); got != want {
			t.Errorf("of line %d %d are not sent, want %d", i, got, want)
		}
	}
	for name, tc := range map[string]struct {
		variant string
		want    int64
	}{"cups": {cup, 18}, "pots": {pot, 19}, "lamps": {lamp, 19}} { // one bundle and the lamp left
		if onHand, held := shop.OnHand(tc.variant); onHand != tc.want || held != 0 {
			t.Errorf("%d %s on hand and %d held, want %d", onHand, name, held, tc.want)
		}
	}
	shop.Wants(placed.ID, order.Fulfilled, order.PartlyRefunded)
	if files := seen.GetDownloads(); len(files) != 1 || files[0].GetState() != order.Ready {
		t.Errorf("the file is %v", files)
	}
	shop.Audit()
}

// However ending an order, sending of it and giving back of it meet: each unit is sent or given up, once; what goes back goes back once; and the shelf has what was not sent.
func TestFinishRace(t *testing.T) {
	t.Parallel()
	for name, reserving := range map[string]bool{"paid at once": false, "reserved": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			if reserving {
				shop = shoptest.NewReserving(t)
			}
			for range shoptest.Rounds(6) {
				finishRace(t, shop)
			}
			shop.Audit()
		})
	}
}

func finishRace(t *testing.T, shop *shoptest.Shop) {
	t.Helper()
	placed := paid(t, shop)
	mustSend(t, shop, placed.ID, 1)
	req := ending(t, shop, placed.ID, true)
	other := ending(t, shop, placed.ID, true) // the same with a key of its own
	line := req.GetLines()[0].GetLineId()
	refund := &orderv1.RefundOrderRequest{OrderId: placed.ID, Lines: []*orderv1.RefundChoice{{LineId: line, Quantity: 1}}, ExpectedMinor: 1500, IdempotencyKey: id.New()}
	var finished, shipped, refunded atomic.Int32
	count := func(into *atomic.Int32, err error) {
		switch {
		case err == nil:
			into.Add(1)
		case connect.CodeOf(err) != connect.CodeFailedPrecondition: // somebody else was first
			t.Error(err)
		}
	}
	calls := []func(ctx context.Context){
		func(ctx context.Context) { _, err := shop.Orders.FinishOrder(ctx, req); count(&finished, err) },
		func(ctx context.Context) { _, err := shop.Orders.FinishOrder(ctx, req); count(&finished, err) },
		func(ctx context.Context) { _, err := shop.Orders.FinishOrder(ctx, other); count(&finished, err) },
		func(context.Context) { _, err := send(shop, placed.ID, id.New(), 1); count(&shipped, err) },
		func(ctx context.Context) { _, err := shop.Orders.RefundOrder(ctx, refund); count(&refunded, err) },
	}
	together(len(calls), func(i int) { calls[i](shop.Staff()) })
	for range 6 { // answers that overtook each other are asked for again, as the worker does
		for _, given := range instructions(t, shop, placed.ID) {
			_, _ = shop.Orders.CarryOutInstruction(shop.Process(), &orderv1.CarryOutInstructionRequest{InstructionId: given.GetId()})
		}
	}
	if shop.Look(placed.ID).GetState() == order.PartlyFulfilled { // somebody else was first, so look again
		mustFinish(t, shop, placed.ID, true)
	}
	seen := shop.Look(placed.ID)
	bought, sent := seen.GetLines()[0], int32(0)
	for _, parcel := range seen.GetFulfilments() {
		sent += parcel.GetLines()[0].GetQuantity()
	}
	if sent+bought.GetUnsent() != bought.GetQuantity() || bought.GetToSend() != 0 || sent != 1+shipped.Load() {
		t.Errorf("%d were sent and %d will not be, of %d", sent, bought.GetUnsent(), bought.GetQuantity())
	}
	if onHand, held := shop.OnHand(bought.GetVariantId()); onHand != 9-int64(sent) || held != 0 {
		t.Errorf("%d on hand and %d held after %d were sent, want %d", onHand, held, sent, 9-sent)
	}
	want := int64(595) + 1500*int64(sent)
	if bought.GetUnsent() == 0 {
		want = 5095
	}
	if refunded.Load() > 0 && (bought.GetUnsent() == 0 || laterRefund(seen)) {
		want -= 1500 // it went back for one that was sent
	}
	var kept int64
	for _, attempt := range seen.GetPayments() {
		kept += attempt.GetCaptured().GetAmountMinor() - attempt.GetRefunded().GetAmountMinor()
	}
	if kept != want {
		t.Errorf("%d is kept after %d were sent, want %d; the refunds are %v", kept, sent, want, seen.GetRefunds())
	}
}

// laterRefund says whether what staff gave back went back after the order was ended, and so for what was sent.
func laterRefund(seen *orderv1.Order) bool {
	end := seen.GetFinish().GetCreateTime().AsTime()
	for _, back := range seen.GetRefunds() {
		if back.GetNote() == "" && back.GetCreateTime().AsTime().After(end) {
			return true
		}
	}
	return false
}
