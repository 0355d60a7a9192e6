package order_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// payTogether pays an order online and settles it as often as browser, webhook and worker do at the same moment.
func payTogether(t *testing.T, shop *shoptest.Shop, placed shoptest.Placed) {
	t.Helper()
	shop.Start(placed)
	if !shop.Provider.Pay(placed.Payment) {
		t.Fatal("it cannot be paid")
	}
	together(6, func(int) {
		err := shoptest.Insist(func() error {
			_, err := shop.Orders.SettlePayment(shop.Process(), &orderv1.SettlePaymentRequest{PaymentId: placed.Payment})
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// code is that of a card, as the worker learns it to mail it.
func code(t *testing.T, shop *shoptest.Shop, card string) string {
	t.Helper()
	mail, err := shop.GiftCards.OpenGiftCardMail(shop.Process(), &pricingv1.OpenGiftCardMailRequest{GiftCardId: card, Mail: 1})
	if err != nil {
		t.Fatal(err)
	}
	return mail.GetCode()
}

// spend has a new shopper pay for goods with a card, as far as it goes.
func spend(t *testing.T, shop *shoptest.Shop, code string, minor int64) {
	t.Helper()
	shopper := shop.Guest()
	cart := shop.Cart(shopper, checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED, shoptest.Item{Variant: shop.Files(minor, "map.pdf"), Quantity: 1})
	applied, err := shop.Carts.ApplyGiftCard(shopper, &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: code})
	if err != nil {
		t.Fatal(err)
	}
	_, err = shop.Checkout.PlaceOrder(shopper, wholeCart(applied.GetCart()))
	if err != nil {
		t.Fatal(err)
	}
}

// wholeCart orders a cart as it is shown.
func wholeCart(cart *checkoutv1.Cart) *checkoutv1.PlaceOrderRequest {
	req := &checkoutv1.PlaceOrderRequest{CartId: cart.GetId(), ExpectedTotal: cart.GetTotals().GetTotal(), IdempotencyKey: id.New()}
	for _, card := range cart.GetGiftCards() {
		req.ExpectedGiftCards = append(req.ExpectedGiftCards, &checkoutv1.GiftCardShare{GiftCardId: card.GetGiftCardId(), AmountMinor: card.GetAmount().GetAmountMinor()})
	}
	return req
}

// Whoever buys gift cards has as many once the money is there, and not before, however often that is told; nothing of it is earned, and nothing is sent.
func TestBuyGiftCards(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewReserving(t) // which would only reserve the money of goods
	placed := shop.Order(shoptest.Item{Variant: shop.CardForSale(2500), Quantity: 2}, shoptest.Item{Variant: shop.CardForSale(1000), Quantity: 1})
	if n := shop.Number("select count(*) from gift_cards"); n != 0 {
		t.Errorf("%d cards before anybody paid", n)
	}
	if _, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID, OnDelivery: true}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("paying on delivery: %v", err)
	}
	payTogether(t, shop, placed)
	shop.Wants(placed.ID, order.Fulfilled, order.Paid)
	wantBalances(t, shop, placed.ID, map[string]int64{"gateway_clearing": 6000, "gift_card_liability": -6000, "customer_receivable": 0})
	seen := shop.Look(placed.ID)
	cards := seen.GetGiftCards()
	if len(cards) != 3 || cards[0].GetValue().GetAmountMinor() != 2500 || cards[2].GetValue().GetAmountMinor() != 1000 || cards[0].GetLineId() != cards[1].GetLineId() || cards[0].GetGiftCardId() == cards[1].GetGiftCardId() {
		t.Fatalf("the order tells of %v", cards)
	}
	if told := shop.Told("pricing.v1.GiftCardMailDue"); told != 3 {
		t.Errorf("%d mails are due, want 3", told)
	}
	for _, card := range cards {
		got, err := shop.GiftCards.GetGiftCard(shop.Staff(), &pricingv1.GetGiftCardRequest{Id: card.GetGiftCardId()})
		if err != nil {
			t.Fatal(err)
		}
		one := got.GetCard()
		if one.GetSource() != pricingv1.GiftCardSource_GIFT_CARD_SOURCE_SOLD || one.GetEmail() != "ada@example.com" || one.GetBalance().GetAmountMinor() != card.GetValue().GetAmountMinor() || got.GetMoves()[0].GetOrderId() != placed.ID {
			t.Errorf("the card is %v, %v", one, got.GetMoves())
		}
	}
	// What was booked with the order is not booked again by whoever hears of moves.
	moves := shop.Column("select id::text from gift_card_moves")
	if _, err := shop.Payments.PostGiftCardMoves(shop.Process(), &paymentv1.PostGiftCardMovesRequest{MoveIds: moves}); err != nil {
		t.Fatal(err)
	}
	wantBalances(t, shop, placed.ID, map[string]int64{"gateway_clearing": 6000, "gift_card_liability": -6000, "customer_receivable": 0})
	if told := shop.Told("pricing.v1.GiftCardsMoved"); told != 0 {
		t.Errorf("the books are told of %d changes that they know", told)
	}
	for _, hidden := range shop.Column("select owner from orders") {
		shopper, err := shop.Orders.GetOrder(placed.Shopper, &orderv1.GetOrderRequest{OrderId: placed.ID})
		if err != nil || len(shopper.GetOrder().GetGiftCards()) != 3 || shopper.GetOrder().GetGiftCards()[0].GetGiftCardId() != "" {
			t.Errorf("%s reads %v, %v", hidden, shopper.GetOrder().GetGiftCards(), err)
		}
	}
	spend(t, shop, code(t, shop, cards[0].GetGiftCardId()), 2000)
	shop.Audit()
}

// Goods go on as usual beside gift cards, which are not among what is to be sent; money that comes after the order expired still buys them, once.
func TestBuyGiftCardsWithGoods(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 1}, shoptest.Item{Variant: shop.CardForSale(2500), Quantity: 1})
	shop.Start(placed)
	shop.Exec("update orders set state = 'expired', expire_time = null, expiry_try_time = null")
	shop.Exec("update stock_holds set state = 'expired', pinned = false")
	shop.Exec("update stock_items set held = 0")
	shop.Provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	wantBalances(t, shop, placed.ID, map[string]int64{"gateway_clearing": 4595, "gift_card_liability": -2500, "sales": -2095, "customer_receivable": 0})
	for _, line := range shop.Look(placed.ID).GetLines() {
		want := int32(1)
		if line.GetGiftCard() {
			want = 0
			_, err := shop.Orders.ShipOrder(shop.Staff(), &orderv1.ShipOrderRequest{OrderId: placed.ID, Lines: []*orderv1.FulfilmentChoice{{LineId: line.GetId(), Quantity: 1}}, IdempotencyKey: id.New()})
			if connect.CodeOf(err) != connect.CodeInvalidArgument {
				t.Errorf("a gift card was sent: %v", err)
			}
		}
		if line.GetToSend() != want {
			t.Errorf("%d of %v are to be sent", line.GetToSend(), line)
		}
	}
	shop.Audit()
	lamp := shop.Look(placed.ID).GetLines()[0].GetId()
	if _, err := shop.Orders.ShipOrder(shop.Staff(), &orderv1.ShipOrderRequest{OrderId: placed.ID, Lines: []*orderv1.FulfilmentChoice{{LineId: lamp, Quantity: 1}}, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	shop.Wants(placed.ID, order.Fulfilled, order.Paid)
	shop.Audit()
}

// What gift cards were bought for stays, however little of the goods beside them is kept when the rest of these will not be sent: three lamps, of which one is sent, delivery, and a gift card.
func TestFinishBesideGiftCards(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3}, shoptest.Item{Variant: shop.CardForSale(2500), Quantity: 1})
	shop.Start(placed)
	shop.Provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
	mustSend(t, shop, placed.ID, 1)
	if _, err := shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 4500, ExpectedMinor: 4500, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	ended := mustFinish(t, shop, placed.ID, true)
	if back := ended.GetFinish().GetRefunded().GetAmountMinor(); back != 595 || shop.Provider.Kept() != 2500 {
		t.Errorf("%d went back and %d is kept, want 595 and what the gift card was bought for", back, shop.Provider.Kept())
	}
	wantBalances(t, shop, placed.ID, map[string]int64{"gateway_clearing": 2500, "gift_card_liability": -2500, "sales": -5095, "refunds": 5095, "customer_receivable": 0})
	shop.Audit()
}

// A gift card goes back only while nothing was spent from it; then nobody can spend it any more and the shop promises it no longer.
func TestRefundGiftCards(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 1}, shoptest.Item{Variant: shop.CardForSale(2500), Quantity: 2})
	payTogether(t, shop, placed)
	seen := shop.Look(placed.ID)
	line, cards := seen.GetLines()[1].GetId(), seen.GetGiftCards()
	first := code(t, shop, cards[0].GetGiftCardId())
	spend(t, shop, first, 1000)
	one, two := []*orderv1.RefundChoice{{LineId: line, Quantity: 1}}, []*orderv1.RefundChoice{{LineId: line, Quantity: 2}}

	_, err := shop.Orders.PreviewRefund(shop.Staff(), &orderv1.PreviewRefundRequest{OrderId: placed.ID, Lines: two})
	spentWords := "…" + cards[0].GetLastFour() + ", of which 15.00 USD is left"
	if connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), spentWords) {
		t.Errorf("a preview of a spent card: %v", err)
	}
	_, err = shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{OrderId: placed.ID, Lines: two, ExpectedMinor: 5000, IdempotencyKey: id.New()})
	if connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), spentWords) {
		t.Errorf("a refund of a spent card: %v", err)
	}
	if _, err = shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.ID, IdempotencyKey: id.New()}); connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), spentWords) {
		t.Errorf("an order with a spent card was cancelled: %v", err)
	}
	// What the cards were bought for goes back only with them: beside them there are the lamp and its delivery.
	_, err = shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 2096, ExpectedMinor: 2096, IdempotencyKey: id.New()})
	if connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), "20.95 USD") {
		t.Errorf("the price of a card went back without it: %v", err)
	}

	preview, err := shop.Orders.PreviewRefund(shop.Staff(), &orderv1.PreviewRefundRequest{OrderId: placed.ID, Lines: one, OtherMinor: 95})
	if err != nil || len(preview.GetGiftCards()) != 1 || preview.GetGiftCards()[0].GetGiftCardId() != cards[1].GetGiftCardId() {
		t.Fatalf("%v, %v", preview, err)
	}
	said := map[string]int64{}
	for _, entry := range preview.GetEntries() {
		said[entry.GetAccount()] += entry.GetAmount().GetAmountMinor()
	}
	if said["gift_card_liability"] != 2500 || said["refunds"] != 95 || said["customer_receivable"] != 0 || said["gateway_clearing"] != -2595 {
		t.Errorf("the preview says %v", said)
	}
	req := &orderv1.RefundOrderRequest{OrderId: placed.ID, Lines: one, OtherMinor: 95, ExpectedMinor: 2595, IdempotencyKey: id.New()}
	for range 2 {
		if _, err := shop.Orders.RefundOrder(shop.Staff(), req); err != nil {
			t.Fatal(err)
		}
	}
	shop.Settle(placed.Payment)
	wantBalances(t, shop, placed.ID, map[string]int64{"gateway_clearing": 4500, "gift_card_liability": -2500, "sales": -2095, "refunds": 95, "customer_receivable": 0})
	back, err := shop.GiftCards.GetGiftCard(shop.Staff(), &pricingv1.GetGiftCardRequest{Id: cards[1].GetGiftCardId()})
	if err != nil || back.GetCard().GetBalance().GetAmountMinor() != 0 || back.GetCard().GetState() != pricingv1.GiftCardState_GIFT_CARD_STATE_BLOCKED || back.GetMoves()[0].GetKind() != pricingv1.GiftCardMoveKind_GIFT_CARD_MOVE_KIND_VOID {
		t.Errorf("the card is %v, %v", back, err)
	}
	if shop.Look(placed.ID).GetGiftCards()[1].GetVoidTime() == nil {
		t.Error("the order does not say that the card was taken back")
	}
	shop.Audit()
}

// A provider that only reserves the money although it was to take it gets the order confirmed, but nobody a gift card: those come with the money.
func TestGiftCardsWaitForMoney(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.CardForSale(2500), Quantity: 1})
	shop.Start(placed)
	shop.Provider.Pay(placed.Payment)
	shop.Provider.Distort(placed.Payment, func(view *payment.View) { view.State, view.CapturedMinor = payment.Authorized, 0 })
	shop.Settle(placed.Payment)
	if issued := shop.Number("select count(*) from gift_cards"); issued != 0 || shop.Look(placed.ID).GetConfirmTime() == nil {
		t.Errorf("%d cards were issued for money that is only reserved", issued)
	}
	shop.Provider.Distort(placed.Payment, func(view *payment.View) { view.State, view.CapturedMinor = payment.Captured, 2500 })
	shop.Settle(placed.Payment)
	if issued := shop.Number("select count(*) from gift_cards"); issued != 1 {
		t.Errorf("%d cards were issued once the money was taken", issued)
	}
	shop.Audit()
}

// A cancelled order takes all of its gift cards back, and all that was paid goes back once.
func TestCancelGiftCards(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.CardForSale(2500), Quantity: 3})
	payTogether(t, shop, placed)
	for range 2 {
		if _, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.ID, IdempotencyKey: id.New()}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := shop.Payments.ReturnMoney(shop.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: placed.Payment, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	shop.Settle(placed.Payment)
	shop.Wants(placed.ID, order.Cancelled, order.Refunded)
	wantBalances(t, shop, placed.ID, map[string]int64{})
	if left := shop.Number("select coalesce(sum(balance_minor), 0)::bigint from gift_cards"); left != 0 {
		t.Errorf("%d is left on cards whose money went back", left)
	}
	shop.Audit()
}

// Two hundred who spend a gift card at the moment in which it is taken back: it pays, or it goes back, and never both.
func TestRefundGiftCardRace(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	for round := range shoptest.Rounds(2) {
		placed, before := shop.Order(shoptest.Item{Variant: shop.CardForSale(2500), Quantity: 1}), shop.Provider.Kept()
		payTogether(t, shop, placed)
		seen := shop.Look(placed.ID)
		card, line := seen.GetGiftCards()[0].GetGiftCardId(), seen.GetLines()[0].GetId()
		shopper := shop.Guest()
		cart := shop.Cart(shopper, checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED, shoptest.Item{Variant: shop.Files(2500, "map.pdf"), Quantity: 1})
		applied, err := shop.Carts.ApplyGiftCard(shopper, &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: code(t, shop, card)})
		if err != nil {
			t.Fatal(err)
		}
		shoppers, carts := shop.Racers(shoptest.Crowd, applied.GetCart())
		var spent, refunded atomic.Int32
		together(shoptest.Crowd, func(i int) {
			err := shoptest.Insist(func() error {
				if i%20 == 0 {
					_, err := shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{
						OrderId: placed.ID, Lines: []*orderv1.RefundChoice{{LineId: line, Quantity: 1}}, ExpectedMinor: 2500, IdempotencyKey: id.New(),
					})
					return err
				}
				_, err := shop.Checkout.PlaceOrder(shoppers[i], wholeCart(carts[i]))
				return err
			})
			switch {
			case err == nil && i%20 == 0:
				refunded.Add(1)
			case err == nil:
				spent.Add(1)
			case connect.CodeOf(err) != connect.CodeFailedPrecondition:
				t.Error(err)
			}
		})
		shop.Settle(placed.Payment)
		kept, want := shop.Provider.Kept()-before, 2500*int64(spent.Load())
		if spent.Load()+refunded.Load() != 1 || kept != want {
			t.Errorf("round %d: the card was spent %d times and taken back %d times; the provider keeps %d, want %d", round, spent.Load(), refunded.Load(), kept, want)
		}
	}
	shop.Audit()
}
