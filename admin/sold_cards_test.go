package main

import (
	"net/http"
	"testing"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// A draft becomes a gift card by a button, and an ordinary product again; one with what no gift card has says why not, and one on sale has no button.
func TestMakeGiftCard(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	tea := d.tea()
	here := "/products/" + tea.GetId()
	form := "form[action='" + here + "/gift-card']"
	d.open(here)
	action, values := d.form(form)
	d.send(form)
	d.says("Gift card")
	if !d.stored().GetGiftCard() || d.page.Find("#field-download").Length() != 0 {
		t.Error("it is no gift card, or asks for files")
	}
	d.post(action, values) // an old tab
	d.send(form)
	if d.stored().GetGiftCard() {
		t.Error("it is a gift card still")
	}
	free := d.stored()
	free.Variants[0].Price.AmountMinor = 0
	d.byProgram(free, "variants")
	d.post(action, values)
	d.wants(http.StatusConflict, here+"/gift-card")
	d.says("A variant costs nothing")
	d.exec("update products set state = 'active'")
	d.open(here)
	if d.page.Find(form).Length() != 0 {
		t.Error("what is on sale can become something else")
	}
}

// An order names the gift cards that were bought by it, a card the order that it was sold with, and a refund those that it takes back.
func TestSoldGiftCards(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	provider := shoptest.NewProvider()
	shop := shoptest.Open(t, d.db, provider)
	order := shop.Order(shoptest.Item{Variant: shop.CardForSale(2500), Quantity: 2})
	shop.Start(order)
	provider.Pay(order.Payment)
	shop.Settle(order.Payment)
	seen := shop.Look(order.ID)
	first, line := seen.GetGiftCards()[0], seen.GetLines()[0].GetId()
	d.open("/gift-cards")
	d.says("Gift card, sold")
	here := "/orders/" + order.ID
	d.open(here)
	d.says("Gift cards were issued and their codes go to the buyer by mail")
	d.open(d.page.Find("main th a[href^='/gift-cards/0']").AttrOr("href", ""))
	d.says("Bought with order " + order.Number)
	if d.page.Find("main dd a[href='"+here+"']").Length() != 1 {
		t.Error("the card does not lead to its order")
	}
	d.open(here + "/refund?units-" + line + "=1")
	d.says("These gift cards are taken back, and can be spent no more: …" + first.GetLastFour())
	d.says("Gift card voided")
	_, err := shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{ // the desk's own shop has no such provider
		OrderId: order.ID, Lines: []*orderv1.RefundChoice{{LineId: line, Quantity: 1}}, ExpectedMinor: 2500, IdempotencyKey: id.New(),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.open(here)
	d.says("Taken back")
	if left := d.number("select balance_minor from gift_cards where id = $1", first.GetGiftCardId()); left != 0 {
		t.Errorf("%d is left on the card that was taken back", left)
	}
	d.exec("update auth_staff set permissions = array_remove(permissions, 'gift_cards.read')")
	d.open(here)
	if d.page.Find("main th a[href^='/gift-cards/0']").Length() != 0 {
		t.Error("who may not see gift cards is led to one")
	}
	if shop.Look(order.ID).GetPaymentState() != orderv1.PaymentState_PAYMENT_STATE_PARTLY_REFUNDED {
		t.Error("nothing went back")
	}
	shop.Audit()
}
