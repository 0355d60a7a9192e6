package order_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

func payByTransfer(shop *shoptest.Shop, placed shoptest.Placed) error {
	_, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID, ByTransfer: true})
	return err
}

func recordTransfer(shop *shoptest.Shop, placed shoptest.Placed, key string) error {
	_, err := shop.Orders.RecordTransfer(shop.Staff(), &orderv1.RecordTransferRequest{OrderId: placed.ID, IdempotencyKey: key})
	return err
}

// refused fails unless an answer says that it cannot be, as things stand.
func refused(t *testing.T, what string, err error) {
	t.Helper()
	if connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("%s: %v, want FAILED_PRECONDITION", what, err)
	}
}

// An order that its shopper pays by bank transfer waits for the money with its stock, for days, and is confirmed once by what staff note, however many note it at once.
func TestTransfer(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 3)
	placed := shop.OrderByTransfer(shoptest.Item{Variant: lamp, Quantity: 2})
	if placed.Payment != "" {
		t.Error("the shopper is sent to pay at a provider")
	}
	shop.Wants(placed.ID, order.Pending, order.AwaitingTransfer)
	to := shop.Look(placed.ID).GetTransfer()
	if to.GetReference() != placed.Number || to.GetAmount().GetAmountMinor() != shop.Look(placed.ID).GetTotals().GetTotal().GetAmountMinor() || to.GetAccount() == "" {
		t.Errorf("it is to be transferred as %v", to)
	}
	if days := to.GetPayBy().AsTime().Sub(shop.Look(placed.ID).GetCreateTime().AsTime()).Hours() / 24; days != 7 {
		t.Errorf("it waits for %v days, want 7", days)
	}
	shop.Exec("update stock_holds set expire_time = now() - interval '1 h'") // a hold's own clock says nothing while the order waits
	if _, err := shop.Stock.ReleaseExpiredHolds(shop.Process(), &inventoryv1.ReleaseExpiredHoldsRequest{}); err != nil {
		t.Fatal(err)
	}
	if onHand, held := shop.OnHand(lamp); onHand != 3 || held != 2 {
		t.Errorf("%d on hand and %d held, want 3 and 2", onHand, held)
	}
	shop.Audit()

	key := id.New()
	var noted atomic.Int64
	together(20, func(n int) {
		with := key
		if n%2 == 1 {
			with = id.New()
		}
		if err := recordTransfer(shop, placed, with); err == nil {
			noted.Add(1)
		} else if connect.CodeOf(err) != connect.CodeFailedPrecondition {
			t.Error(err)
		}
	})
	if noted.Load() != 1 && noted.Load() != 10 { // one key of another press, or all presses of the one
		t.Errorf("%d presses say that it was noted", noted.Load())
	}
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	if onHand, held := shop.OnHand(lamp); onHand != 1 || held != 0 {
		t.Errorf("%d on hand and %d held, want 1 and none", onHand, held)
	}
	if inBank := shop.Number("select sum(amount_minor) from ledger_entries where account = 'bank'"); int64(inBank) != to.GetAmount().GetAmountMinor() {
		t.Errorf("the books have %d at the bank, want %d", inBank, to.GetAmount().GetAmountMinor())
	}
	if shop.Look(placed.ID).GetTransfer() != nil {
		t.Error("it is to be transferred once more")
	}
	if told := shop.Told("order.v1.OrderAwaitsTransfer"); told != 1 {
		t.Errorf("told %d times that it waits", told)
	}
	refused(t, "noted again", recordTransfer(shop, placed, id.New()))
	shop.Audit()
}

// An order whose money does not come gives its stock back. Money that comes late confirms it after all if the goods can still be had; else nothing is noted, and staff read that the money has to go back.
func TestTransferTooLate(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 3)
	late, lost := shop.OrderByTransfer(shoptest.Item{Variant: lamp, Quantity: 1}), shop.OrderByTransfer(shoptest.Item{Variant: lamp, Quantity: 2})
	if answer := expireOrders(t, shop); answer.GetExpired() != 0 {
		t.Errorf("answered %v before its time", answer)
	}
	shop.Overdue(late.ID)
	shop.Overdue(lost.ID)
	if answer := expireOrders(t, shop); answer.GetExpired() != 2 || answer.GetWaiting() != 0 {
		t.Errorf("answered %v, want 2 expired", answer)
	}
	shop.Wants(late.ID, order.Expired, order.Unpaid)
	if onHand, held := shop.OnHand(lamp); onHand != 3 || held != 0 {
		t.Errorf("%d on hand and %d held, want 3 and none", onHand, held)
	}
	if err := recordTransfer(shop, late, id.New()); err != nil {
		t.Fatal(err)
	}
	shop.Wants(late.ID, order.Confirmed, order.Paid)

	shop.OrderOnDelivery(shoptest.Item{Variant: lamp, Quantity: 1}) // one is left
	before := shop.Number("select count(*) from order_timeline where order_id = $1", lost.ID)
	err := recordTransfer(shop, lost, id.New())
	if refused(t, "goods that are sold", err); err != nil && !strings.Contains(err.Error(), "goods are sold") {
		t.Errorf("staff read: %v", err)
	}
	shop.Wants(lost.ID, order.Expired, order.Unpaid)
	if after := shop.Number("select count(*) from order_timeline where order_id = $1", lost.ID); after != before {
		t.Errorf("%d entries of what was not done", after-before)
	}
	shop.Audit()
}

// A shopper whose card was declined transfers the money, and one who was to transfer it pays by card instead, also days later, and loses no time if that fails.
func TestTransferInstead(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 9)
	placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Start(placed)
	shop.Provider.Decline(placed.Payment)
	shop.Settle(placed.Payment)
	for range 2 { // pressed twice
		if err := payByTransfer(shop, placed); err != nil {
			t.Fatal(err)
		}
	}
	shop.Wants(placed.ID, order.Pending, order.AwaitingTransfer)
	if told, made := shop.Told("order.v1.OrderAwaitsTransfer"), len(shop.Look(placed.ID).GetPayments()); told != 1 || made != 2 {
		t.Errorf("told %d times, %d attempts", told, made)
	}
	shop.Audit()

	shop.Exec("update orders set create_time = create_time - interval '3 days' where id = $1", placed.ID)
	until := shop.Look(placed.ID).GetExpireTime().AsTime()
	card := shop.Start(placed)
	shop.Wants(placed.ID, order.Pending, order.Paying)
	refused(t, "while the shopper pays by card", recordTransfer(shop, placed, id.New()))
	shop.Provider.Decline(card)
	shop.Settle(card)
	shop.Wants(placed.ID, order.Pending, order.Unpaid)
	if now := shop.Look(placed.ID).GetExpireTime().AsTime(); !now.Equal(until) {
		t.Errorf("it waits until %v, want %v as before", now, until)
	}
	card = shop.Start(placed)
	shop.Provider.Pay(card)
	shop.Settle(card)
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	refused(t, "paid by card", recordTransfer(shop, placed, id.New()))
	shop.Audit()

	other := shop.OrderByTransfer(shoptest.Item{Variant: lamp, Quantity: 1})
	if err := payOnDelivery(shop, other); err != nil {
		t.Fatal(err)
	}
	shop.Wants(other.ID, order.Confirmed, order.OnDelivery)
	refused(t, "is collected on delivery", recordTransfer(shop, other, id.New()))
	stranger := shoptest.Placed{ID: other.ID, Shopper: shop.Guest()}
	if err := payByTransfer(shop, stranger); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("a stranger chose how to pay: %v", err)
	}
	refused(t, "was never to be transferred", recordTransfer(shop, shop.Order(shoptest.Item{Variant: lamp, Quantity: 1}), id.New()))
	shop.Audit()
}

// A transfer that arrives is noted although its shopper meant to pay by card meanwhile, as long as no provider was told.
func TestTransferAfterTryingACard(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.OrderByTransfer(shoptest.Item{Variant: shop.Variant(2500, 9), Quantity: 1})
	tried(shop, 100, 60) // so that guests cannot pay by card
	if _, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID}); connect.CodeOf(err) != connect.CodeResourceExhausted {
		t.Fatalf("by card: %v", err)
	}
	if attempts := shop.Look(placed.ID).GetPayments(); len(attempts) != 2 || attempts[0].GetState() != "created" {
		t.Fatalf("the attempts are %v", attempts)
	}
	if err := recordTransfer(shop, placed, id.New()); err != nil {
		t.Fatal(err)
	}
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	if card := shop.Look(placed.ID).GetPayments()[0]; card.GetState() != "voided" {
		t.Errorf("the card's attempt is %s", card.GetState())
	}
	shop.Audit()
}

// An order waits for a transfer for so long from when it was placed, whenever its shopper chooses that, and nobody chooses it when that is over.
func TestTransferGivesNoNewTime(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 9)
	placed, old := shop.OrderByTransfer(shoptest.Item{Variant: lamp, Quantity: 1}), shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	shop.Exec("update orders set create_time = create_time - interval '3 days', expire_time = expire_time - interval '3 days' where id = $1", placed.ID)
	card := shop.Start(placed)
	shop.Provider.Decline(card)
	shop.Settle(card)
	if err := payByTransfer(shop, placed); err != nil {
		t.Fatal(err)
	}
	got := shop.Look(placed.ID)
	if waits := got.GetExpireTime().AsTime().Sub(got.GetCreateTime().AsTime()); waits != 7*24*time.Hour {
		t.Errorf("it waits for %v", waits)
	}
	shop.Exec("update orders set create_time = create_time - interval '8 days' where id = $1", old.ID)
	refused(t, "after its time", payByTransfer(shop, old))
	shop.Wants(old.ID, order.Pending, order.Unpaid)
	shop.Audit()
}

// Transfers are no cards that somebody tries out: an order ends at the fifth card that is declined, however often its shopper meant to transfer the money in between.
func TestTransferIsNoTry(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.OrderByTransfer(shoptest.Item{Variant: shop.Variant(2500, 9), Quantity: 1})
	for range payment.MaxAttempts {
		shop.Wants(placed.ID, order.Pending, order.AwaitingTransfer)
		card := shop.Start(placed)
		shop.Provider.Decline(card)
		shop.Settle(card)
		if shop.Look(placed.ID).GetState() == order.Expired {
			break
		}
		if err := payByTransfer(shop, placed); err != nil {
			t.Fatal(err)
		}
	}
	shop.Wants(placed.ID, order.Expired, order.Unpaid)
	if cards := shop.Number("select count(*) from payments where order_id = $1 and provider = 'sandbox'", placed.ID); cards != payment.MaxAttempts {
		t.Errorf("it ended at card %d", cards)
	}
	shop.Audit()
}

// Whatever staff and the shopper do at the same moment, an order is paid once, and its books agree.
func TestTransferRaces(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	lamp := shop.Variant(2500, 500)
	for range shoptest.Rounds(10) {
		placed := shop.OrderByTransfer(shoptest.Item{Variant: lamp, Quantity: 1})
		together(4, func(n int) {
			var err error
			switch n {
			case 0:
				err = recordTransfer(shop, placed, id.New())
			case 1:
				_, err = shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
			case 2:
				err = payOnDelivery(shop, placed)
			case 3:
				_, err = shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.ID, IdempotencyKey: id.New()})
			}
			if err != nil && connect.CodeOf(err) != connect.CodeFailedPrecondition {
				t.Error(err)
			}
		})
		if paid := shop.Number("select count(*) from payments where order_id = $1 and (captured_minor > 0 or state = 'authorized')", placed.ID); paid > 1 {
			t.Errorf("paid in %d ways", paid)
		}
	}
	shop.Audit()
}

// Money that was transferred is given back by people: the order can be cancelled once they have noted that it was.
func TestTransferGoesBackByHand(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.OrderByTransfer(shoptest.Item{Variant: shop.Variant(2500, 9), Quantity: 1})
	if err := recordTransfer(shop, placed, id.New()); err != nil {
		t.Fatal(err)
	}
	cancel := func() error {
		_, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.ID, IdempotencyKey: id.New()})
		return err
	}
	refused(t, "cancelled with the money here", cancel())
	all := shop.Look(placed.ID).GetTotals().GetTotal().GetAmountMinor()
	_, err := shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: all, ExpectedMinor: all, IdempotencyKey: id.New()})
	if err != nil {
		t.Fatal(err)
	}
	shop.Wants(placed.ID, order.Confirmed, order.Refunded)
	if err := cancel(); err != nil {
		t.Fatal(err)
	}
	shop.Wants(placed.ID, order.Cancelled, order.Refunded)
	if inBank := shop.Number("select sum(amount_minor) from ledger_entries where account = 'bank'"); inBank != 0 {
		t.Errorf("the books have %d at the bank, want nothing", inBank)
	}
	shop.Audit()

	waiting := shop.OrderByTransfer(shoptest.Item{Variant: shop.Variant(2500, 9), Quantity: 1})
	if _, err := shop.Orders.CancelOrder(shop.Staff(), &orderv1.CancelOrderRequest{OrderId: waiting.ID, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	shop.Wants(waiting.ID, order.Cancelled, order.Unpaid)
	refused(t, "cancelled before the money came", recordTransfer(shop, waiting, id.New()))
	shop.Audit()
}

// What is owed of a transfer nobody can give back but people, who find it on their list.
func TestTransferIsOwedByPeople(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.OrderByTransfer(shoptest.Item{Variant: shop.Variant(2500, 9), Quantity: 1})
	if err := recordTransfer(shop, placed, id.New()); err != nil {
		t.Fatal(err)
	}
	shop.Exec("update payments set owed_minor = captured_minor where order_id = $1", placed.ID)
	transfer := shop.Look(placed.ID).GetPayments()[0].GetId()
	for range 2 {
		if _, err := shop.Payments.ReturnMoney(shop.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: transfer, IdempotencyKey: id.New()}); err != nil {
			t.Fatal(err)
		}
	}
	listed, err := shop.Payments.ListAttention(shop.Staff(), &paymentv1.ListAttentionRequest{})
	if err != nil || len(listed.GetPayments()) != 1 || listed.GetPayments()[0].GetId() != transfer {
		t.Errorf("the list is %v, %v", listed.GetPayments(), err)
	}
}

// restByTransfer is an order of which a gift card pays some, and the shopper transfers the rest.
func restByTransfer(t *testing.T, shop *shoptest.Shop, minor int64) shoptest.Placed {
	t.Helper()
	shopper := shop.Guest()
	cart := shop.Cart(shopper, checkoutv1.PaymentMethod_PAYMENT_METHOD_BANK_TRANSFER, shoptest.Item{Variant: shop.Variant(2500, 9), Quantity: 1})
	card, code := shop.GiftCard(minor)
	if _, err := shop.Carts.ApplyGiftCard(shopper, &checkoutv1.ApplyGiftCardRequest{CartId: cart.GetId(), Code: code, WithoutCart: true}); err != nil {
		t.Fatal(err)
	}
	placed, err := shop.Checkout.PlaceOrder(shopper, &checkoutv1.PlaceOrderRequest{
		CartId: cart.GetId(), ExpectedTotal: cart.GetTotals().GetTotal(), IdempotencyKey: id.New(), ExpectedGiftCards: []*checkoutv1.GiftCardShare{{GiftCardId: card.GetId(), AmountMinor: minor}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return shoptest.Placed{Shopper: shopper, ID: placed.GetOrderId(), Number: placed.GetOrderNumber()}
}

// What a gift card leaves of the total is what is to be transferred.
func TestTransferOfTheRest(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := restByTransfer(t, shop, 1000)
	shop.Wants(placed.ID, order.Pending, order.AwaitingTransfer)
	total := shop.Look(placed.ID).GetTotals().GetTotal().GetAmountMinor()
	if due := shop.Look(placed.ID).GetTransfer().GetAmount().GetAmountMinor(); due != total-1000 {
		t.Errorf("%d is to be transferred, want %d", due, total-1000)
	}
	shop.Audit()
	if err := recordTransfer(shop, placed, id.New()); err != nil {
		t.Fatal(err)
	}
	shop.Wants(placed.ID, order.Confirmed, order.Paid)
	shop.Audit()

	lost := restByTransfer(t, shop, 1000)
	shop.Overdue(lost.ID)
	expireOrders(t, shop)
	err := recordTransfer(shop, lost, id.New())
	if refused(t, "after its gift card got its money back", err); err != nil && !strings.Contains(err.Error(), "gift card") {
		t.Errorf("staff read: %v", err)
	}
	shop.Audit()
}

// Gift cards that were bought are issued with the transfer.
func TestTransferIssuesGiftCards(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.OrderByTransfer(shoptest.Item{Variant: shop.CardForSale(5000), Quantity: 2})
	if cards := shop.Look(placed.ID).GetGiftCards(); len(cards) != 0 {
		t.Errorf("%d cards before the money came", len(cards))
	}
	if err := recordTransfer(shop, placed, id.New()); err != nil {
		t.Fatal(err)
	}
	if cards := shop.Look(placed.ID).GetGiftCards(); len(cards) != 2 {
		t.Errorf("%d cards, want 2", len(cards))
	}
	shop.Audit()
}
