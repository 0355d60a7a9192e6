package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// challengedCard pays by a card whose bank asks for a second step: a wrong code is told there and charges nothing, the right one leads back to an order that is paid once.
func challengedCard(t *testing.T, o *furnished, script bool) {
	b := openTab(t, o.browser, script)
	b.order(o)
	reference := b.atProvider()
	b.click(`button[value="challenge"]`)
	b.arrive("/pay/", "#code")
	if taken := o.charges(t, reference); taken != 0 {
		t.Errorf("charged %d times before the bank has agreed", taken)
	}
	b.expectStatus(422)
	b.do(chromedp.SendKeys(chromedp.CSS("#code"), "12"+kb.Enter))
	b.says("main", "Enter the code as six digits")
	b.fill("#code", "123456"+kb.Enter)
	b.arrive("/orders/", ".order__thanks")
	b.says(".order__meta .tag", "Paid")
	b.says(".order__meta .tag", "Confirmed")
	if taken := o.charges(t, reference); taken != 1 {
		t.Errorf("charged %d times, want once", taken)
	}
}

// declinedThenOnDelivery is turned down by the bank, reads why, and pays whoever brings the parcel: the order is confirmed, and the provider has taken nothing.
func declinedThenOnDelivery(t *testing.T, o *furnished, script bool) {
	b := openTab(t, o.browser, script)
	b.order(o)
	declined := b.atProvider()
	b.click(`button[value="decline"]`)
	b.arrive("/orders/", ".outcome__card")
	b.says("h1", "The payment did not go through")
	b.says(".outcome__card", "Your bank refused the payment. Another card may work, or you pay when the parcel arrives.")
	b.says(".outcome__card", "Nothing was charged.")
	b.look("payment-declined")
	order := strings.TrimSuffix(b.ask("location.pathname"), "/return")
	b.click(`form:has([value="on_delivery"]) .button`)
	b.arrive(order, ".order__thanks")
	b.says(".order__meta .tag", "Confirmed")
	b.says(".order__meta .tag", "Paid on delivery")
	b.look("order-on-delivery-instead")
	b.visit(o.url + order + "/return") // the provider's page once more, from the tab's history
	b.arrive(order, ".order")
	b.says(".order__meta .tag", "Paid on delivery")
	if taken := o.charges(t, declined); taken != 0 {
		t.Errorf("charged %d times, want not at all", taken)
	}
	if open := o.column(t, "select state from payments where order_id = (select order_id from payments where id = $1) order by id", declined); strings.Join(open, " ") != "failed authorized" {
		t.Errorf("the payments are %v, want the declined one and one to be collected", open)
	}
}

// declinedThenAnotherCard is turned down and tries again: one payment is taken, under one order.
func declinedThenAnotherCard(t *testing.T, o *furnished, script bool) {
	b := openTab(t, o.browser, script)
	b.order(o)
	declined := b.atProvider()
	b.click(`button[value="decline"]`)
	b.arrive("/orders/", ".outcome__card")
	b.click(".outcome__ways .button--primary")
	paid := b.atProvider()
	b.click(`button[value="pay"]`)
	b.arrive("/orders/", ".order__thanks")
	b.says(".order__meta .tag", "Paid")
	for reference, want := range map[string]int{declined: 0, paid: 1} {
		if taken := o.charges(t, reference); taken != want {
			t.Errorf("%s was charged %d times, want %d", reference, taken, want)
		}
	}
}
