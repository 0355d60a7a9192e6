package storefront_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// A guest who cannot pay because cards are tried out in the shop reads what to do, and the order is kept.
func TestPayWhileCardsAreTriedOut(t *testing.T) {
	t.Parallel()
	s := open(t, switches{sandbox: "http://127.0.0.1:9"}) // it must not be asked
	v := s.visitor()
	v.add("jug")
	v.post("/checkout/contact", contact...)
	v.post("/checkout/delivery", "delivery", "standard")
	v.post("/checkout/payment", "method", "hosted", "billing_same", "1")
	s.exec(`insert into payments (id, order_id, provider, state, currency_code, amount_minor, authorized_minor, expire_time, create_time, update_time, provider_key, start_time, failure_reason)
		select gen_random_uuid(), gen_random_uuid(), 'sandbox', 'failed', 'USD', 1000, 0, now(), now(), now(), n::text, now(), 'declined' from generate_series(1, 60) n`)
	v.place()
	for _, says := range []string{"You cannot pay just now", "sign in, or try again", "still kept"} {
		v.expect(http.StatusTooManyRequests, ".outcome", says)
	}
	if link := v.page.Find(".outcome a[href^='/account/sign-in?next=']"); link.Length() != 1 {
		t.Errorf("there is no way to sign in: %s", v.text(".outcome"))
	}
	v.post(v.page.Find(".outcome form").First().AttrOr("action", ""), "method", "on_delivery")
	v.expect(http.StatusOK, ".order", "on delivery")
}

// Whoever began to pay very often can still order, reads when to go on, and pays in a way that tries out no card.
func TestPayTooOften(t *testing.T) {
	t.Parallel()
	s := open(t, switches{account: account, sandbox: "http://127.0.0.1:9", payTries: func(context.Context) error {
		return rpc.ResourceExhausted("you began to pay very often; try again in 6 minutes")
	}})
	v := s.visitor()
	order := v.order("hosted")
	for _, says := range []string{"You cannot pay just now", "try again in 6 minutes", "still kept"} {
		v.expect(http.StatusTooManyRequests, ".outcome", says)
	}
	v.post(order+"/payment").expect(http.StatusTooManyRequests, ".outcome", "try again in 6 minutes")
	v.post(order+"/payment", "method", "bank_transfer").expect(http.StatusOK, ".order__main .panel", account)
	v.post(order+"/payment", "method", "on_delivery").expect(http.StatusOK, ".order__side", "On delivery")
}
