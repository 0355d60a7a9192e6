package main

import (
	"net/http"
	"strings"
	"testing"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// Staff mark what they send, with the carrier's number, once however often they press; what they mistype comes back, and the order shows each parcel until nothing is left to send.
func TestShipment(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	order := shop.OrderOnDelivery(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	here := "/orders/" + order.ID
	units := "units-" + shop.Look(order.ID).GetLines()[0].GetId()
	d.open(here)
	d.open(d.page.Find(".head__actions a[href$='/shipment']").AttrOr("href", ""))
	d.wants(http.StatusOK, here+"/shipment")
	if d.page.Find("[name='"+units+"']").AttrOr("value", "") != "3" || strings.Contains(d.text("main"), "is reserved") {
		t.Errorf("the form says %q", d.text("main"))
	}
	for name, mistake := range map[string][]string{
		"say for at least one item":             {units, "0"},
		"enter a number of units":               {units, "two"},
		"only 3 can still be sent":              {units, "4"},
		"enter a whole address that begins":     {units, "1", "link", "carrier.example"},
		"write at most 100 characters":          {units, "1", "carrier", strings.Repeat("x", 101)},
		"enter a whole address that begins wit": {units, "1", "link", "javascript:alert(1)"},
	} {
		d.open(here + "/shipment")
		d.send("form.editor", append(mistake, "number", "CE1")...)
		if d.status != http.StatusUnprocessableEntity && d.status != http.StatusConflict || !strings.Contains(strings.ToLower(d.text(".error-summary")), name) {
			t.Errorf("%s: %d, %q", name, d.status, d.text(".error-summary"))
		}
		if d.page.Find("[name=number]").AttrOr("value", "") != "CE1" {
			t.Errorf("%s: what was typed is lost", name)
		}
	}
	d.open(here + "/shipment")
	action, values := d.form("form.editor", units, "1", "carrier", "Parcel post", "number", "CE1", "link", "https://carrier.example/CE1")
	for range 2 {
		d.post(action, values)
		d.wants(http.StatusOK, here)
	}
	d.says("Partly sent")
	d.says("Sent: 1 × ")
	if got := d.text(".panel__detail"); got != "Parcel post CE1" || d.page.Find("a[href='https://carrier.example/CE1']").Length() != 1 {
		t.Errorf("the parcel says %q", got)
	}
	d.open(here + "/shipment")
	d.says("2 of 3")
	d.send("form.editor")
	d.wants(http.StatusOK, here)
	d.says("Parcel 2")
	if d.page.Find("a[href$='/shipment']").Length() != 0 || strings.Contains(d.text("main"), "To send") {
		t.Errorf("something is still to be sent: %s", d.text("main"))
	}
	shop.Audit()
}

// What was refunded is not proposed to be sent.
func TestShipmentAfterRefund(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	provider := shoptest.NewProvider()
	shop := shoptest.Open(t, d.db, provider)
	order := shop.Order(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	shop.Start(order)
	provider.Pay(order.Payment)
	shop.Settle(order.Payment)
	line := shop.Look(order.ID).GetLines()[0].GetId()
	_, err := shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{
		OrderId: order.ID, Lines: []*orderv1.RefundChoice{{LineId: line, Quantity: 1}}, ExpectedMinor: 1500, IdempotencyKey: id.New(),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.open("/orders/" + order.ID + "/shipment")
	d.says("3 of 3, 1 refunded")
	if proposed := d.page.Find("[name='units-"+line+"']").AttrOr("value", ""); proposed != "2" {
		t.Errorf("%s units are proposed to be sent, want 2", proposed)
	}
}

// Whoever sends what is reserved reads that it is taken. What could not be taken is on the order and on the list, from where it is tried again.
func TestShipmentUnpaid(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	provider := shoptest.NewProvider()
	shop := shoptest.OpenReserving(t, d.db, provider)
	shop.Provider = provider
	order := shop.Order(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	shop.Start(order)
	provider.Pay(order.Payment)
	shop.Settle(order.Payment)
	d.exec("update payments set capture_by = now() + interval '1 day' where order_id = $1", order.ID)
	d.open("/orders/" + order.ID)
	d.says("$50.95 is reserved until")
	d.open("/orders/" + order.ID + "/shipment")
	d.says("What is due by what you send is taken from it")
	d.exec("update payments set single_capture = true where order_id = $1", order.ID)
	d.open("/orders/" + order.ID + "/shipment")
	d.says("The provider takes it only once, so all of it is taken now.")
	d.exec("update payments set single_capture = false where order_id = $1", order.ID)

	provider.Play("capture", shoptest.Refuses)
	_, err := shop.Orders.ShipOrder(shop.Staff(), &orderv1.ShipOrderRequest{
		OrderId: order.ID, Lines: []*orderv1.FulfilmentChoice{{LineId: shop.Look(order.ID).GetLines()[0].GetId(), Quantity: 3}}, IdempotencyKey: id.New(),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.open("/orders/" + order.ID)
	d.says("$50.95 of what was sent is not paid")
	_, err = shop.Orders.ReleasePayment(shop.Staff(), &orderv1.ReleasePaymentRequest{OrderId: order.ID, PaymentId: order.Payment, IdempotencyKey: id.New()})
	if err != nil {
		t.Fatal(err)
	}
	d.open("/payments")
	d.says("Sent and not paid")
	d.send("form[action='/orders/" + order.ID + "/sent-captures']")
	d.wants(http.StatusConflict, "/orders/"+order.ID+"/sent-captures")
	d.says("nothing is reserved that it could be taken from; ask the shopper to pay it in another way")
}

// Staff end an order of which the rest will not be sent: they see what that is and what goes back, say what becomes of the units, and are told when something else has happened meanwhile. Two presses are one end.
func TestRestWillNotBeSent(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	order := shop.OrderOnDelivery(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	here := "/orders/" + order.ID
	line := shop.Look(order.ID).GetLines()[0]
	d.open(here)
	if d.page.Find("a[href='"+here+"/rest']").Length() != 0 {
		t.Error("an order of which nothing was sent can be ended rather than cancelled")
	}
	d.open(here + "/rest")
	d.wants(http.StatusConflict, here+"/rest")
	d.says("it can be cancelled instead")
	send := func() {
		t.Helper()
		_, err := shop.Orders.ShipOrder(shop.Staff(), &orderv1.ShipOrderRequest{
			OrderId: order.ID, Lines: []*orderv1.FulfilmentChoice{{LineId: line.GetId(), Quantity: 1}}, IdempotencyKey: id.New(),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	send()
	_, err := shop.Orders.CapturePayment(shop.Staff(), &orderv1.CapturePaymentRequest{
		OrderId: order.ID, PaymentId: shop.Look(order.ID).GetPayments()[0].GetId(), AmountMinor: 5095, IdempotencyKey: id.New(),
	})
	if err != nil {
		t.Fatal(err)
	}
	d.open(here + "/shipment")
	d.open(d.page.Find("a[href='"+here+"/rest']").AttrOr("href", ""))
	d.says("2 of 3")
	d.says("$30.00 goes back to the shopper: On delivery.")
	stale, seen := d.form("form.editor")
	send()
	d.post(stale, seen)
	d.wants(http.StatusConflict, here+"/rest")
	d.says("Something else of this order is left to send by now")
	d.says("1 of 3")
	d.send("form.editor", "reason", strings.Repeat("x", 501))
	d.wants(http.StatusUnprocessableEntity, here+"/rest")
	if d.page.Find("#field-reason[aria-invalid]").Length() != 1 || !strings.Contains(d.text(".error-summary"), "at most 500") {
		t.Errorf("the form says %q", d.text("main"))
	}
	d.open(here + "/rest")
	action, values := d.form("form.editor", "stock", "lost", "reason", "fell off the shelf")
	for range 2 {
		d.post(action, values)
		d.wants(http.StatusOK, here)
	}
	d.says("Sent in part")
	d.says("Will not be sent: 1 × ")
	d.says("not put back in stock: fell off the shelf")
	d.says("15.00 USD is to go back to the shopper for what will not be sent.")
	if d.page.Find("a[href$='/shipment'], a[href$='/rest']").Length() != 0 || strings.Contains(d.text("main"), "To send") || strings.Contains(d.text("main"), "To download") {
		t.Errorf("something is still to be sent: %s", d.text("main"))
	}
	if onHand, _ := shop.OnHand(line.GetVariantId()); onHand != 6 {
		t.Errorf("%d on hand, want 6", onHand)
	}
	if kept := d.number("select captured_minor - refunded_minor from payments where order_id = $1", order.ID); kept != 3595 {
		t.Errorf("%d is kept, want 3595", kept)
	}
	shop.Audit()
}

// Who ends an order whose money is reserved reads what is released, and on delivery what is not collected.
func TestRestReserved(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	provider := shoptest.NewProvider()
	shop := shoptest.OpenReserving(t, d.db, provider)
	shop.Provider = provider
	reserved := shop.Order(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	shop.Start(reserved)
	provider.Pay(reserved.Payment)
	shop.Settle(reserved.Payment)
	collected := shop.OrderOnDelivery(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	for order, words := range map[string]string{reserved.ID: "$30.00 that is reserved is released", collected.ID: "$30.00 less is collected on delivery"} {
		_, err := shop.Orders.ShipOrder(shop.Staff(), &orderv1.ShipOrderRequest{
			OrderId: order, Lines: []*orderv1.FulfilmentChoice{{LineId: shop.Look(order).GetLines()[0].GetId(), Quantity: 1}}, IdempotencyKey: id.New(),
		})
		if err != nil {
			t.Fatal(err)
		}
		d.open("/orders/" + order + "/rest")
		d.says(words)
	}
	d.open("/orders/" + collected.ID + "/rest")
	d.send("form.editor")
	d.wants(http.StatusOK, "/orders/"+collected.ID)
	d.says("The order is ended")
	d.says("Back in stock")
	shop.Audit()
}
