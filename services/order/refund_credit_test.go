package order_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// A refund as store credit issues one card to the shopper, moves what the shop owes and nothing at the provider, and cannot go back a second time: not by another refund, nor when the order is called off.
func TestRefundAsStoreCredit(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := paid(t, shop)
	preview, err := shop.Orders.PreviewRefund(shop.Staff(), &orderv1.PreviewRefundRequest{OrderId: placed.ID, OtherMinor: 2000, StoreCredit: true})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{"store_credit customer_receivable": 2000, "store_credit gift_card_liability": -2000, "credit refunds": 2000, "credit customer_receivable": -2000}
	for _, entry := range preview.GetEntries() {
		if what := entry.GetKind() + " " + entry.GetAccount(); want[what] != entry.GetAmount().GetAmountMinor() {
			t.Errorf("the preview says %s %d", what, entry.GetAmount().GetAmountMinor())
		}
	}
	if len(preview.GetEntries()) != 4 || preview.GetLeft().GetAmountMinor() != 3095 {
		t.Errorf("the preview is %v", preview)
	}
	req := &orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 2000, ExpectedMinor: 2000, StoreCredit: true, Note: "late parcel", IdempotencyKey: id.New()}
	for range 2 { // pressed twice
		if answer, err := shop.Orders.RefundOrder(shop.Staff(), req); err != nil || answer.GetProblem() != "" {
			t.Fatalf("%v, %v", answer, err)
		}
	}
	req.StoreCredit = false
	if _, err := shop.Orders.RefundOrder(shop.Staff(), req); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("the key was taken for another place: %v", err)
	}
	shop.Wants(placed.ID, order.Confirmed, order.PartlyRefunded)
	wantBalances(t, shop, placed.ID, map[string]int64{"gateway_clearing": 5095, "sales": -5095, "refunds": 2000, "gift_card_liability": -2000, "customer_receivable": 0})
	cards, err := shop.GiftCards.ListGiftCards(shop.Staff(), &pricingv1.ListGiftCardsRequest{Query: "ada@example.com"})
	if err != nil || len(cards.GetCards()) != 1 || cards.GetCards()[0].GetBalance().GetAmountMinor() != 2000 {
		t.Fatalf("the shopper has %v, %v", cards, err)
	}
	seen := shop.Look(placed.ID)
	if len(seen.GetRefunds()) != 1 || seen.GetRefunds()[0].GetGiftCardId() != cards.GetCards()[0].GetId() || seen.GetPayments()[0].GetCredited().GetAmountMinor() != 2000 {
		t.Errorf("the order tells of %v and %v", seen.GetRefunds(), seen.GetPayments())
	}
	last := seen.GetTimeline()[len(seen.GetTimeline())-1]
	if first := seen.GetTimeline()[0]; first.GetKind() == "refund.asked" {
		last = first
	}
	if said := last.GetText(); !strings.Contains(said, "as store credit, on the gift card …"+cards.GetCards()[0].GetLastFour()+": late parcel") {
		t.Errorf("the timeline says %q", said)
	}
	shop.Audit()
	tooMuch := &orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 3096, ExpectedMinor: 3096, StoreCredit: true, IdempotencyKey: id.New()}
	if _, err := shop.Orders.RefundOrder(shop.Staff(), tooMuch); connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), "30.95 USD") {
		t.Errorf("more than is left: %v", err)
	}
	if _, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.ID, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := shop.Payments.ReturnMoney(shop.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: placed.Payment, IdempotencyKey: id.New()}); err != nil {
			t.Fatal(err)
		}
	}
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Cancelled, order.Refunded)
	if kept := shop.Provider.Kept(); kept != 2000 {
		t.Errorf("the provider keeps %d, want the 2000 that became store credit", kept)
	}
	wantBalances(t, shop, placed.ID, map[string]int64{"gateway_clearing": 2000, "sales": -5095, "refunds": 5095, "gift_card_liability": -2000, "customer_receivable": 0})
	shop.Audit()
}

// What a gift card paid can become store credit too, and all of an order can, so that nothing is left to give back.
func TestRefundAllAsStoreCredit(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t)
	placed := paid(t, shop)
	req := &orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 1000, ExpectedMinor: 1000, StoreCredit: true, IdempotencyKey: id.New()}
	if _, err := shop.Orders.RefundOrder(shop.Staff(), req); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("money that is only reserved became store credit: %v", err)
	}
	take := &orderv1.CapturePaymentRequest{OrderId: placed.ID, PaymentId: placed.Payment, AmountMinor: 5095, Final: true, IdempotencyKey: id.New()}
	if _, err := shop.Orders.CapturePayment(shop.Staff(), take); err != nil {
		t.Fatal(err)
	}
	line := shop.Look(placed.ID).GetLines()[0].GetId()
	all := &orderv1.RefundOrderRequest{
		OrderId: placed.ID, Lines: []*orderv1.RefundChoice{{LineId: line, Quantity: 3}}, ShippingMinor: 595, ExpectedMinor: 5095, StoreCredit: true, IdempotencyKey: id.New(),
	}
	if _, err := shop.Orders.RefundOrder(shop.Staff(), all); err != nil {
		t.Fatal(err)
	}
	shop.Wants(placed.ID, order.Confirmed, order.Refunded)
	left, err := shop.Orders.PreviewRefund(shop.Staff(), &orderv1.PreviewRefundRequest{OrderId: placed.ID})
	if err != nil || left.GetLeft().GetAmountMinor() != 0 || left.GetLinesLeft()[0].GetQuantity() != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	shop.Audit()
}

// Two hundred who each give back a fifth of the same money, every other one as store credit, give back all of it and no cent more.
func TestRefundAsStoreCreditRace(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	for round := range shoptest.Rounds(2) {
		placed, before := paid(t, shop), shop.Provider.Kept()-5095
		issued := shop.Number("select coalesce(sum(balance_minor), 0)::bigint from gift_cards")
		var made, credited atomic.Int64
		together(shoptest.Crowd, func(i int) {
			req := &orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 1019, ExpectedMinor: 1019, StoreCredit: i%2 == 0, IdempotencyKey: id.New()}
			err := shoptest.Insist(func() error {
				_, err := shop.Orders.RefundOrder(shop.Staff(), req)
				return err
			})
			switch {
			case err == nil && req.GetStoreCredit():
				credited.Add(1)
				made.Add(1)
			case err == nil:
				made.Add(1)
			case connect.CodeOf(err) != connect.CodeFailedPrecondition:
				t.Error(err)
			}
		})
		onCards := int64(shop.Number("select coalesce(sum(balance_minor), 0)::bigint from gift_cards") - issued)
		if kept := shop.Provider.Kept() - before; made.Load() != 5 || onCards != 1019*credited.Load() || kept != onCards {
			t.Errorf("round %d: %d refunds, %d as store credit; the provider keeps %d and cards hold %d", round, made.Load(), credited.Load(), kept, onCards)
		}
		shop.Settle(placed.Payment)
		shop.Wants(placed.ID, order.Confirmed, order.Refunded)
	}
	shop.Audit()
}
