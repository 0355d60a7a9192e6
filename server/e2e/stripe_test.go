package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A shop that has Stripe's keys takes money through Stripe: with a challenge, after a refusal, from a shopper who never came back, and gives it back; and it
// believes no message that is not Stripe's.
func TestShopOnStripe(t *testing.T) {
	s := open(t, topology{stripe: true})

	challenged := s.atStripe(t)
	challenged.submit("form", nil, "Pay with challenge")
	challenged.expect("Confirm and pay")
	challenged.submit("form", map[string]string{"code": "123456"}, "Confirm and pay")
	challenged.expect("Paid")

	declined := s.atStripe(t)
	declined.submit("form", nil, "Decline")
	if !strings.HasPrefix(declined.at.String(), s.sandbox) {
		t.Fatalf("a refused shopper is not at Stripe's page any more but at %s: %s", declined.at, declined.text())
	}
	declined.submit("form", nil, "Pay")
	declined.expect("Paid")

	s.script(t, `{"webhook": {"drop": true}}`)
	gone := s.atStripe(t)
	gone.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	gone.submit("form", nil, "Pay")
	s.script(t, "")
	await(t, "the order of a shopper who never came back to be paid", func() bool {
		return len(s.column(t, "select number from orders where payment_state = 'paid'")) == 3
	})

	paid := s.column(t, "select id::text from orders where payment_state = 'paid' order by create_time limit 1")[0]
	s.cancel(t, paid)
	await(t, "the money of a cancelled order to go back", func() bool {
		return len(s.column(t, "select number from orders where id = $1 and payment_state = 'refunded'", paid)) == 1
	})
	s.hearsOnlyStripe(t)
	savedCard(t, &furnished{shop: s, browser: startBrowser(t)}, false)
	s.check(t, "")
	if got := s.column(t, "select count(*)::text from orders where payment_state = 'paid'")[0]; got != "4" {
		t.Errorf("%s orders are paid, want 4", got)
	}
}

// atStripe is a shopper who has ordered and was led to Stripe's page.
func (s *shop) atStripe(t *testing.T) *shopper {
	t.Helper()
	visitor := newShopper(t)
	visitor.fillCart(s.url)
	visitor.checkOut("hosted")
	if !strings.HasPrefix(visitor.at.String(), s.sandbox) {
		t.Fatalf("not at Stripe but at %s (%d): %s", visitor.at, visitor.status, visitor.text())
	}
	return visitor
}

// hearsOnlyStripe sends messages to the shop that are forged, old, altered and repeated.
func (s *shop) hearsOnlyStripe(t *testing.T) {
	t.Helper()
	secret := s.keys["SANDBOX_WEBHOOK_SECRET"]
	about := s.column(t, "select provider_reference from payments where provider_reference <> '' limit 1")[0]
	event := fmt.Sprintf(`{"id":"evt_again","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":%q,"object":"payment_intent"}}}`, about)
	for name, message := range map[string]struct {
		sign, send, secret string
		age                time.Duration
		believed           bool
	}{
		"forged":   {sign: event, send: event, secret: "whsec_1111111111111111"},
		"old":      {sign: event, send: event, secret: secret, age: time.Hour},
		"altered":  {sign: event, send: strings.Replace(event, "evt_again", "evt_other", 1), secret: secret},
		"right":    {sign: event, send: event, secret: secret, believed: true},
		"repeated": {sign: event, send: event, secret: secret, believed: true},
	} {
		stamp := strconv.FormatInt(time.Now().Add(-message.age).Unix(), 10)
		sum := hmac.New(sha256.New, []byte(message.secret))
		_, _ = fmt.Fprintf(sum, "%s.%s", stamp, message.sign)
		request, err := http.NewRequest(http.MethodPost, s.url+"/webhooks/payments/stripe", strings.NewReader(message.send))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Stripe-Signature", "t="+stamp+",v1="+hex.EncodeToString(sum.Sum(nil)))
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if believed := answer.StatusCode < 300; believed != message.believed {
			t.Errorf("a %s message is answered with %s", name, answer.Status)
		}
	}
}
