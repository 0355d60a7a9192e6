package order_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// What TestSandboxParts guarantees holds at Stripe too: reserved, taken and given back in parts, each once, whatever it does wrong and however often staff press.
func TestStripeParts(t *testing.T) {
	t.Parallel()
	binary := shoptest.BuildSandbox(t)
	for name, script := range map[string]string{
		"all is well":                         `{}`,
		"takes a part, then says nothing":     `{"capture": "hang_after", "count": 1}`,
		"takes a part, then fails for good":   `{"capture": "500_replayed", "count": 1}`,
		"does not take a part":                `{"capture": "500", "count": 2}`,
		"refunds a part, then says nothing":   `{"refund": "hang_after", "count": 1}`,
		"refunds a part, then fails for good": `{"refund": "500_replayed", "count": 1}`,
		"loses its messages":                  `{"webhook": {"drop": true}}`,
		"says everything five times":          `{"webhook": {"duplicate": 4}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inParts(t, openOnStripe(t, binary), script, toldLater)
		})
	}
}

// A card whose bank asks for a second step is reserved once the step is done and not before; one that is declined can be tried again on Stripe's page, under the same payment.
func TestStripeChallengeAndDecline(t *testing.T) {
	t.Parallel()
	m := openOnStripe(t, shoptest.BuildSandbox(t))
	placed := m.Order(shoptest.Item{Variant: m.Variant(1500, 9), Quantity: 3})
	page := m.start(placed).GetRedirectUrl()
	shoptest.Press(t, page, "decline")
	m.Settle(placed.Payment)
	m.Wants(placed.ID, order.Pending, order.Paying)
	shoptest.Press(t, page, "challenge")
	m.Settle(placed.Payment)
	m.Wants(placed.ID, order.Pending, order.Paying)
	shoptest.Confirm(t, page, "123456")
	m.until(placed.ID, order.Confirmed, order.Reserved)
	m.twice(&orderv1.CapturePaymentRequest{OrderId: placed.ID, PaymentId: placed.Payment, AmountMinor: 2000, Final: true, IdempotencyKey: id.New()})
	m.done(placed.ID, 1)
	m.until(placed.ID, order.Confirmed, order.Paid)
	m.twice(&orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 500, ExpectedMinor: 500, IdempotencyKey: id.New()})
	m.done(placed.ID, 2)
	m.until(placed.ID, order.Confirmed, order.PartlyRefunded)
	m.agrees()
	if attempts := len(m.Look(placed.ID).GetPayments()); attempts != 1 {
		t.Errorf("%d payments, want one", attempts)
	}
}

// Only what Stripe has signed just now moves an order, and only once: nothing forged, altered or old is taken in, and what is told again is not told on.
func TestStripeMessages(t *testing.T) {
	t.Parallel()
	m := openOnStripe(t, shoptest.BuildSandbox(t))
	placed := m.Order(shoptest.Item{Variant: m.Variant(1500, 9), Quantity: 1})
	m.sandbox.Tell(`{"webhook": {"drop": true}}`)
	shoptest.Press(t, m.start(placed).GetRedirectUrl(), "pay")
	about := m.Look(placed.ID).GetPayments()[0].GetProviderReference()
	event := fmt.Sprintf(`{"id":"evt_1","object":"event","type":"checkout.session.completed","data":{"object":{"id":%q,"object":"checkout.session","client_reference_id":%q}}}`, about, placed.Payment)
	told := func(signed, sent, secret string, age time.Duration) error {
		stamp := strconv.FormatInt(clock.Now().Add(-age).Unix(), 10)
		sum := hmac.New(sha256.New, []byte(secret))
		_, _ = fmt.Fprintf(sum, "%s.%s", stamp, signed)
		return m.hear([]byte(sent), map[string]string{"stripe-signature": "t=" + stamp + ",v1=" + hex.EncodeToString(sum.Sum(nil))})
	}
	for name, err := range map[string]error{
		"forged":     told(event, event, "another-secret", 0),
		"old":        told(event, event, "webhook-secret", time.Hour),
		"altered":    told(event, strings.Replace(event, "evt_1", "evt_2", 1), "webhook-secret", 0),
		"not signed": m.hear([]byte(event), map[string]string{}),
	} {
		if connect.CodeOf(err) != connect.CodeUnauthenticated {
			t.Errorf("a message that is %s: %v", name, err)
		}
	}
	if heard := m.Told("payment.v1.ProviderSpoke"); heard != 0 {
		t.Errorf("%d messages are told on, want none", heard)
	}
	m.Wants(placed.ID, order.Pending, order.Paying)
	for range 3 { // sent again, since the answer was lost
		if err := told(event, event, "webhook-secret", 0); err != nil {
			t.Fatal(err)
		}
	}
	if heard := m.Told("payment.v1.ProviderSpoke"); heard != 1 {
		t.Errorf("told on %d times, want once", heard)
	}
	m.work()
	m.Wants(placed.ID, order.Confirmed, order.Reserved)
	m.agrees()
}
