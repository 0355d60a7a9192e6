package order_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// market is a shop, the real sandbox program, and a worker that listens and polls.
type market struct {
	*shoptest.Shop
	t       *testing.T
	sandbox *shoptest.Sandbox
}

func newMarket(t *testing.T, binary string) market {
	t.Helper()
	m := market{t: t}
	door := shoptest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, err := m.Payments.ReceiveWebhook(m.Guest(), &paymentv1.ReceiveWebhookRequest{
			Provider: "sandbox", Headers: map[string]string{"sandbox-signature": r.Header.Get("Sandbox-Signature")}, Body: body,
		})
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	m.sandbox = shoptest.StartSandbox(t, binary, door)
	m.Shop = shoptest.Open(t, postgrestest.New(t), shoptest.NewSandboxClient(t, m.sandbox.URL))
	return m
}

// work does what the worker does: it settles what providers spoke of and what is unsettled, expires orders and returns what is owed.
func (m market) work() {
	m.t.Helper()
	rows, err := m.DB.Primary().Query(m.t.Context(), "delete from outbox where topic like 'tradewind.payment.v1.%' returning topic, payload")
	if err != nil {
		m.t.Fatal(err)
	}
	var settle, giveBack []string
	for rows.Next() {
		var topic string
		var payload []byte
		if err := rows.Scan(&topic, &payload); err != nil {
			m.t.Fatal(err)
		}
		spoke, due := &paymentv1.ProviderSpoke{}, &paymentv1.ReturnDue{}
		if strings.HasSuffix(topic, "ReturnDue") {
			err = proto.Unmarshal(payload, due)
			giveBack = append(giveBack, due.GetPaymentId())
		} else {
			err = proto.Unmarshal(payload, spoke)
			settle = append(settle, spoke.GetPaymentId())
		}
		if err != nil {
			m.t.Fatal(err)
		}
	}
	unsettled, err := m.Payments.ListUnsettledPayments(m.Process(), &paymentv1.ListUnsettledPaymentsRequest{})
	if err != nil {
		m.t.Fatal(err)
	}
	for _, paymentID := range append(settle, unsettled.GetPaymentIds()...) {
		_, err := m.Orders.SettlePayment(m.Process(), &orderv1.SettlePaymentRequest{PaymentId: paymentID})
		if err != nil && connect.CodeOf(err) != connect.CodeUnavailable {
			m.t.Errorf("settle: %v", err)
		}
	}
	for _, paymentID := range giveBack {
		for try := 1; ; try++ { // as deliveries are tried again
			_, err := m.Payments.ReturnMoney(m.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: paymentID, IdempotencyKey: "return-of-" + paymentID})
			if err == nil {
				break
			}
			if try == 5 {
				m.t.Fatalf("return: %v", err)
			}
		}
	}
	if _, err := m.Orders.ExpireOrders(m.Process(), &orderv1.ExpireOrdersRequest{}); err != nil {
		m.t.Errorf("expire: %v", err)
	}
}

// until works until an order stands as it should.
func (m market) until(orderID string, state order.State, paid order.PaymentState) {
	m.t.Helper()
	deadline := clock.Now().Add(30 * time.Second)
	for {
		m.work()
		got := m.Look(orderID)
		if got.GetState() == state && got.GetPaymentState() == paid {
			return
		}
		if clock.Now().After(deadline) {
			m.t.Fatalf("the order is %v and %v, want %v and %v", got.GetState(), got.GetPaymentState(), state, paid)
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-m.t.Context().Done():
			m.t.FailNow()
		}
	}
}

// agrees fails unless the sandbox's statement and our books say the same of each payment.
func (m market) agrees() {
	m.t.Helper()
	m.Audit()
	net := map[string]int64{}
	for _, charge := range m.sandbox.Charges() {
		switch charge.Kind {
		case "capture":
			net[charge.Reference] += charge.AmountMinor
		case "refund":
			net[charge.Reference] -= charge.AmountMinor
		}
	}
	rows, err := m.DB.Primary().Query(m.t.Context(), "select id::text, captured_minor - refunded_minor from payments")
	if err != nil {
		m.t.Fatal(err)
	}
	for rows.Next() {
		var reference string
		var booked int64
		if err := rows.Scan(&reference, &booked); err != nil {
			m.t.Fatal(err)
		}
		if booked != net[reference] {
			m.t.Errorf("payment %s: we have %d, the provider has %d", reference, booked, net[reference])
		}
	}
}

// start goes to pay, again and again until the provider answers.
func (m market) start(placed shoptest.Placed) *orderv1.StartPaymentResponse {
	m.t.Helper()
	for try := 1; ; try++ {
		started, err := m.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
		if err == nil {
			return started
		}
		if connect.CodeOf(err) != connect.CodeUnavailable || try == 5 {
			m.t.Fatal(err)
		}
	}
}

// With the real sandbox program, whatever it does wrong, a paid order is paid once, a cancelled one is paid back once, and both records agree.
func TestSandboxJourney(t *testing.T) {
	t.Parallel()
	binary := shoptest.BuildSandbox(t)
	for name, script := range map[string]string{
		"all is well":                       `{}`,
		"starts, then says nothing":         `{"create": "hang_after", "count": 1}`,
		"starts, then answers 500 for good": `{"create": "500_replayed", "count": 1}`,
		"does not start":                    `{"create": "500", "count": 2}`,
		"charges, then hangs":               `{"pay": "charge_then_hang"}`,
		"charges, then fails":               `{"pay": "charge_then_500"}`,
		"loses its messages":                `{"webhook": {"drop": true}}`,
		"says everything five times":        `{"webhook": {"duplicate": 4}}`,
		"speaks before it answers":          `{"webhook": {"before_reply": true}}`,
		"does not say how it stands":        `{"get": "500", "count": 1}`,
		"refunds, then says nothing":        `{"refund": "hang_after", "count": 1}`,
		"refunds, then fails for good":      `{"refund": "500_replayed", "count": 1}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t, binary)
			lamp := m.Variant(2500, 3)
			placed := m.Order(shoptest.Item{Variant: lamp, Quantity: 1})
			m.sandbox.Tell(script)
			started := m.start(placed)
			shoptest.Press(t, started.GetRedirectUrl(), "pay")
			m.until(placed.ID, order.Confirmed, order.Paid)
			m.agrees()

			if _, err := m.Orders.CancelOrder(m.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.ID, IdempotencyKey: id.New()}); err != nil {
				t.Fatal(err)
			}
			m.until(placed.ID, order.Cancelled, order.Refunded)
			m.agrees()
			if charges := m.sandbox.Charges(); len(charges) != 2 {
				t.Errorf("the provider's statement is %v, want one capture and one refund", charges)
			}
			if onHand, held := m.OnHand(lamp); onHand != 3 || held != 0 {
				t.Errorf("%d on hand, %d held; want 3 and none", onHand, held)
			}
		})
	}
}
