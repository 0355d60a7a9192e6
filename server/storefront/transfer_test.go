package storefront_test

import (
	"net/http"
	"strings"
	"testing"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

const account = "DE89 3704 0044 0532 0130 00"

// Without script, a shopper chooses to transfer the money and reads where to, with what to write with it, at the order's page for as long as that is awaited.
func TestPayByTransfer(t *testing.T) {
	t.Parallel()
	s := open(t, switches{account: account})
	v := s.visitor().toPayment()
	v.post("/checkout/payment", "method", "bank_transfer", "billing_same", "1")
	v.expect(http.StatusOK, "form.checkout__pay", "Order and transfer $")
	v.place()
	v.expect(http.StatusOK, ".order__thanks", "Thank you")
	order := v.path
	for _, says := range []string{account, "Reference", "TW-001001", "To arrive until"} {
		v.expect(http.StatusOK, ".order__main .panel", says)
	}
	v.expect(http.StatusOK, ".next-steps", "We keep your items until then")
	if v.page.Find(".order__actions button").Length() > 0 {
		t.Error("it is offered to pay at a provider, and there is none")
	}
	if v.get(order + "/return"); v.path != order {
		t.Errorf("where shoppers return to after paying shows %s", v.path)
	}
	if v.page.Find(".order__side").Text() == "" || strings.Contains(v.text(".order__side"), "Arrives") {
		t.Errorf("an order that nobody sends yet arrives: %s", v.text(".order__side"))
	}
	s.exec("update orders set create_time = create_time - interval '6 days'")
	var placed string
	if err := s.db.Primary().QueryRow(t.Context(), "select id from orders").Scan(&placed); err != nil {
		t.Fatal(err)
	}
	if _, err := s.set.Orders.RecordTransfer(s.staff(), &orderv1.RecordTransferRequest{OrderId: placed, IdempotencyKey: "the-money-came"}); err != nil {
		t.Fatal(err)
	}
	v.get(order)
	v.expect(http.StatusOK, ".order__meta", "Paid")
	if strings.Contains(v.page.Text(), account) {
		t.Error("the money is to be transferred once more")
	}
	arrives := v.page.Find(".order__side p:contains('Arrives')").Text()
	atOnce := s.visitor()
	atOnce.order("on_delivery")
	atOnce.expect(http.StatusOK, ".order__side", "Arrives")
	if !strings.Contains(atOnce.text(".order__side"), arrives) || arrives == "" {
		t.Errorf("paid today it says %q, but ordered today %s", arrives, atOnce.text(".order__side"))
	}
}

// A shopper whose provider does not answer can transfer the money instead, and go back to the card after that.
func TestTransferInsteadOfCard(t *testing.T) {
	t.Parallel()
	s := open(t, switches{account: account, sandbox: "http://127.0.0.1:9"})
	v := s.visitor().toPayment()
	v.post("/checkout/payment", "method", "bank_transfer", "billing_same", "1")
	v.place()
	order := v.path
	v.expect(http.StatusOK, ".order__actions", "Pay by card instead")
	v.post(order + "/payment")
	if v.path != order+"/return" {
		t.Errorf("trying the card leads to %s", v.path)
	}
	s.exec("update payments set state = 'failed', provider_version = 1 where provider = 'sandbox'")
	s.exec("update orders set payment_state = 'unpaid'")
	v.get(order + "/return")
	v.expect(http.StatusOK, ".outcome__ways", "Pay by bank transfer instead")
	v.expect(http.StatusOK, ".outcome", "They are kept until "+clock.Now().AddDate(0, 0, 7).UTC().Format("2 January, "))
	v.post(order+"/payment", "method", "bank_transfer")
	v.expect(http.StatusOK, ".order__main .panel", account)
}
