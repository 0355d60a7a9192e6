package main

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// Staff note what was collected on delivery, look at what a refund would do and give it back, once however often they press. The ledger is on the order's page.
func TestCaptureAndRefund(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	order := shop.OrderOnDelivery(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	here := "/orders/" + order.ID
	capture := "form[action='" + here + "/payments/" + d.paymentOf(order.ID) + "/captures']"
	d.open(here)
	d.says("Customer receivable")
	d.send(capture, "amount", "a lot")
	d.wants(http.StatusUnprocessableEntity, here+"/payments/"+d.paymentOf(order.ID)+"/captures")
	d.send(capture, "amount", "50.95")
	d.wants(http.StatusOK, here)
	d.says("Provider clearing")
	if books := d.page.Find("dl").Text(); !strings.Contains(books, "−$50.95") || strings.Contains(books, "-$") {
		t.Errorf("the ledger says %q, want what is below zero with a minus sign", books)
	}
	line := shop.Look(order.ID).GetLines()[0].GetId()

	d.open(here + "/refund?units-" + line + "=9")
	d.wants(http.StatusUnprocessableEntity, here+"/refund")
	d.says("only 3 can still be given back")
	d.open(here + "/refund?units-" + line + "=1&shipping=0.95")
	d.wants(http.StatusOK, here+"/refund")
	d.says("$15.95 goes back")
	action, values := d.form("form[action='" + here + "/refunds']")
	for range 2 {
		d.post(action, values)
		d.wants(http.StatusOK, here)
	}
	d.says("Partly refunded")
	if kept := d.number("select captured_minor - refunded_minor from payments where order_id = $1", order.ID); kept != 3500 {
		t.Errorf("%d is kept, want 3500", kept)
	}
	d.post(action, replaced(values, "key", "another-key-of-this-page"))
	d.wants(http.StatusOK, here)
	d.post(action, replaced(values, "key", "a-third-key-of-this-page"))
	d.wants(http.StatusOK, here)
	d.post(action, replaced(values, "key", "a-fourth-key-of-this-page"))
	d.wants(http.StatusConflict, here+"/refunds")
	shop.Audit()
}

// Staff find orders that wait for a bank transfer, and note once that the money has arrived.
func TestRecordTransfer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	provider := shoptest.NewProvider()
	shop := shoptest.Open(t, d.db, provider)
	order := shop.OrderByTransfer(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 1})
	d.open("/orders?payment=awaiting_transfer")
	d.says(order.Number)
	here := "/orders/" + order.ID
	d.open(here)
	d.says("Bank transfer")
	action, values := d.form("form[action='" + here + "/transfer']")
	for range 2 {
		d.post(action, values)
		d.wants(http.StatusOK, here)
	}
	d.says("The money is noted, and the order confirmed.")
	d.says("The bank transfer was noted as received.")
	if d.page.Find("form[action='"+here+"/transfer']").Length() > 0 {
		t.Error("it can be noted once more")
	}
	d.post(action, replaced(values, "key", "another-key-of-this-page"))
	d.wants(http.StatusConflict, here+"/transfer")

	tried := shop.OrderByTransfer(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 1})
	for range 2 { // a card that is declined, and the transfer again
		card := shop.Start(tried)
		provider.Decline(card)
		shop.Settle(card)
		if _, err := shop.Orders.StartPayment(tried.Shopper, &orderv1.StartPaymentRequest{OrderId: tried.ID, ByTransfer: true}); err != nil {
			t.Fatal(err)
		}
	}
	card := shop.Start(tried)
	provider.Decline(card)
	shop.Settle(card)
	here = "/orders/" + tried.ID
	d.open(here)
	if found := d.page.Find("form[action='" + here + "/transfer']").Length(); found != 1 {
		t.Errorf("it can be noted at %d of its attempts, want the newest transfer", found)
	}
	d.post(d.form("form[action='" + here + "/transfer']"))
	d.wants(http.StatusOK, here)
	d.says("The money is noted, and the order confirmed.")
	shop.Audit()
}

// Staff see that a refund becomes store credit before it does, and afterwards what the order, its payment and the card say of it.
func TestRefundAsStoreCredit(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	order := shop.OrderOnDelivery(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 3})
	here := "/orders/" + order.ID
	d.open(here)
	d.send("form[action='"+here+"/payments/"+d.paymentOf(order.ID)+"/captures']", "amount", "50.95")
	d.open(here + "/refund?other=20&to=credit")
	d.wants(http.StatusOK, here+"/refund")
	d.says("$20.00 becomes store credit")
	d.says("A new gift card with $20.00 is made, and its code mailed to ada@example.com")
	d.says("can give back $30.95 afterwards")
	action, values := d.form("form[action='" + here + "/refunds']")
	for range 2 {
		d.post(action, values)
		d.wants(http.StatusOK, here)
	}
	d.says("Partly refunded")
	d.says("As store credit $20.00")
	d.says("went to the shopper as store credit, on the gift card …")
	d.open("/gift-cards?q=ada@example.com")
	d.open(d.page.Find("td a").AttrOr("href", ""))
	d.says("Refund of order " + order.Number)
	if d.page.Find("td a[href='"+here+"']").Length() != 1 {
		t.Error("the card does not lead to its order")
	}
	if cards := d.number("select count(*) from gift_cards"); cards != 1 {
		t.Errorf("%d cards were made, want 1", cards)
	}
	shop.Audit()
}

// A payment that needs somebody is on the list until somebody has seen to it.
func TestAttention(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	order := shop.Order(shoptest.Item{Variant: shop.Variant(1500, 9), Quantity: 1})
	d.exec("update payments set attention = 'dispute', attention_time = now(), problem = 'product not received' where order_id = $1", order.ID)
	d.open("/payments")
	d.says("Answer at the provider in time")
	d.says("product not received")
	form := "form[action='/payments/attention/" + d.paymentOf(order.ID) + "']"
	action, values := d.form(form)
	d.exec("update payments set attention = 'refused' where order_id = $1", order.ID)
	d.post(action, values)
	d.says("There is something new about this payment")
	d.send(form)
	d.says("Nothing needs attention")
}

func (d *desk) paymentOf(order string) (payment string) {
	d.t.Helper()
	if err := d.db.Primary().QueryRow(d.t.Context(), "select id::text from payments where order_id = $1", order).Scan(&payment); err != nil {
		d.t.Fatal(err)
	}
	return payment
}

func replaced(values url.Values, name, value string) url.Values {
	values = maps.Clone(values)
	values.Set(name, value)
	return values
}

// What does not agree is listed, filtered and exported, and closed with a note by whoever saw to it.
func TestReconciliation(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.exec("insert into reconciliation_runs values (gen_random_uuid(), 'sandbox', now(), now(), 12, 0, 1, 0, now())")
	d.exec("insert into reconciliation_run_fees select id, 'EUR', 129 from reconciliation_runs")
	d.exec(`insert into reconciliation_items (id, run_id, provider, reference, kind, ours_minor, theirs_minor, currency_code, state, create_time)
		select gen_random_uuid(), id, provider, 'somebody''s', 'missing_here', 0, 700, 'USD', 'open', now() from reconciliation_runs`)
	d.open("/payments/reconciliation/runs")
	d.says("€1.29")
	if open := d.page.Find("tbody a[href='/payments/reconciliation?state=open']").Text(); open != "1" {
		t.Errorf("the comparison leads to %q differences, want 1", open)
	}
	d.open("/payments/reconciliation?state=open")
	d.says("belongs to no payment of the shop")
	d.send("form:has(input[value='linked'])", "order", "TW-nobody")
	d.wants(http.StatusUnprocessableEntity, d.at.Path)
	d.open("/payments/reconciliation?state=open")
	d.send("form:has(input[value='accepted'])", "note", "A test of ours")
	d.wants(http.StatusOK, "/payments/reconciliation")
	d.says("It is seen to.")
	if rows := d.page.Find("tbody tr").Length(); rows != 0 {
		t.Errorf("%d are open, want none", rows)
	}
	d.open("/payments/reconciliation/export.csv")
	if !strings.Contains(d.body, "missing_here,sandbox") || !strings.Contains(d.body, "7.00,accepted") || !strings.Contains(d.body, "A test of ours") {
		t.Errorf("the file says %s", d.body)
	}
}
