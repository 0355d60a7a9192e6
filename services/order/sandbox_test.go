package order_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/payment"
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
	return openMarket(t, binary, shoptest.Open)
}

// openMarket opens the shop by a function, such as one that only reserves what is paid.
func openMarket(t *testing.T, binary string, open func(testing.TB, *postgres.DB, payment.Provider) *shoptest.Shop) market {
	t.Helper()
	m := &market{t: t}
	m.sandbox = shoptest.StartSandbox(t, binary, m.door())
	m.Shop = open(t, postgrestest.New(t), shoptest.NewSandboxClient(t, m.sandbox.URL))
	return *m
}

// openOnStripe opens a shop whose hosted payments are Stripe's, and that only reserves what is paid.
func openOnStripe(t *testing.T, binary string) market {
	t.Helper()
	m := &market{t: t}
	m.sandbox = shoptest.StartStripe(t, binary, m.door())
	m.Shop = shoptest.OpenReserving(t, postgrestest.New(t), shoptest.NewStripeClient(t, m.sandbox.URL))
	return *m
}

// door is where the provider's messages come in.
func (m *market) door() string {
	m.t.Helper()
	return shoptest.Serve(m.t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if m.hear(body, map[string]string{"sandbox-signature": r.Header.Get("Sandbox-Signature"), "stripe-signature": r.Header.Get("Stripe-Signature")}) != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
}

// hear takes a message of the provider in.
func (m *market) hear(body []byte, headers map[string]string) error {
	_, err := m.Payments.ReceiveWebhook(m.Guest(), &paymentv1.ReceiveWebhookRequest{Provider: "sandbox", Headers: headers, Body: body})
	return err
}

// work does what the worker does: it settles what providers spoke of and what is unsettled, carries out what staff asked for, expires orders and returns
// what is owed.
func (m market) work() {
	m.t.Helper()
	rows, err := m.DB.Primary().Query(m.t.Context(), "delete from outbox where topic like 'tradewind.payment.v1.%' returning topic, payload")
	if err != nil {
		m.t.Fatal(err)
	}
	var settle, giveBack, carryOut []string
	for rows.Next() {
		var topic string
		var payload []byte
		if err := rows.Scan(&topic, &payload); err != nil {
			m.t.Fatal(err)
		}
		spoke, due, given := &paymentv1.ProviderSpoke{}, &paymentv1.ReturnDue{}, &paymentv1.InstructionGiven{}
		switch {
		case strings.HasSuffix(topic, "ReturnDue"):
			err = proto.Unmarshal(payload, due)
			giveBack = append(giveBack, due.GetPaymentId())
		case strings.HasSuffix(topic, "InstructionGiven"):
			err = proto.Unmarshal(payload, given)
			carryOut = append(carryOut, given.GetInstructionId())
		default:
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
	for _, instruction := range carryOut {
		m.again(func() error {
			_, err := m.Orders.CarryOutInstruction(m.Process(), &orderv1.CarryOutInstructionRequest{InstructionId: instruction})
			return err
		})
	}
	for _, paymentID := range giveBack {
		m.again(func() error {
			_, err := m.Payments.ReturnMoney(m.Process(), &paymentv1.ReturnMoneyRequest{PaymentId: paymentID, IdempotencyKey: "return-of-" + paymentID})
			return err
		})
	}
	if _, err := m.Orders.ExpireOrders(m.Process(), &orderv1.ExpireOrdersRequest{}); err != nil {
		m.t.Errorf("expire: %v", err)
	}
}

// again tries until it works, as deliveries are tried again.
func (m market) again(try func() error) {
	m.t.Helper()
	for n := 1; ; n++ {
		err := try()
		if err == nil {
			return
		}
		if n == 5 {
			m.t.Fatal(err)
		}
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

// Money that the sandbox reserves is taken bit by bit, some of it goes back while more is reserved, and the rest is released; each once, whatever the
// sandbox does wrong and however often staff press. When the order is called off, what is left goes back, and nobody owes anybody anything.
func TestSandboxParts(t *testing.T) {
	t.Parallel()
	binary := shoptest.BuildSandbox(t)
	for name, script := range map[string]string{
		"all is well":                         `{}`,
		"takes a part, then says nothing":     `{"capture": "hang_after", "count": 1}`,
		"takes a part, then fails for good":   `{"capture": "500_replayed", "count": 1}`,
		"does not take a part":                `{"capture": "500", "count": 2}`,
		"refunds a part, then says nothing":   `{"refund": "hang_after", "count": 1}`,
		"refunds a part, then fails for good": `{"refund": "500_replayed", "count": 1}`,
		"releases the rest, says nothing":     `{"void": "hang_after", "count": 1}`,
		"does not release the rest":           `{"void": "500", "count": 2}`,
		"loses its messages":                  `{"webhook": {"drop": true}}`,
		"says everything five times":          `{"webhook": {"duplicate": 4}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inParts(t, openMarket(t, binary, shoptest.OpenReserving), script, bothFees)
		})
	}
}

const (
	bothFees  = 85
	toldLater = -1
)

// inParts takes an order's money in parts and gives it back in parts. Fees is what both captures cost, which no refund brings back; a provider that tells all of it only in its statement has
// what the books know so far: toldLater.
func inParts(t *testing.T, m market, script string, fees int64) {
	t.Helper()
	wants := func(order string, want map[string]int64) {
		t.Helper()
		known := fees
		if fees == toldLater {
			if known = balances(t, m.Shop, order)["fees"]; known <= 0 || known > bothFees {
				t.Errorf("the books know of %d in fees, want some of %d", known, bothFees)
			}
		}
		want["fees"], want["gateway_clearing"] = known, want["gateway_clearing"]-known
		wantBalances(t, m.Shop, order, want)
	}
	placed := m.Order(shoptest.Item{Variant: m.Variant(1500, 9), Quantity: 3})
	m.sandbox.Tell(script)
	shoptest.Press(t, m.start(placed).GetRedirectUrl(), "pay")
	m.until(placed.ID, order.Confirmed, order.Reserved)

	for _, amount := range []int64{1500, 1000} {
		m.twice(&orderv1.CapturePaymentRequest{OrderId: placed.ID, PaymentId: placed.Payment, AmountMinor: amount, IdempotencyKey: id.New()})
	}
	m.until(placed.ID, order.Confirmed, order.PartlyPaid)
	m.done(placed.ID, 2)
	m.agrees()
	wants(placed.ID, map[string]int64{"sales": -5095, "customer_receivable": 2595, "gateway_clearing": 2500})

	m.twice(&orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 700, ExpectedMinor: 700, IdempotencyKey: id.New()})
	m.done(placed.ID, 3)
	m.twice(&orderv1.ReleasePaymentRequest{OrderId: placed.ID, PaymentId: placed.Payment, IdempotencyKey: id.New()})
	m.done(placed.ID, 4)
	m.until(placed.ID, order.Confirmed, order.PartlyRefunded)
	m.agrees()
	wants(placed.ID, map[string]int64{"sales": -5095, "refunds": 3295, "gateway_clearing": 1800})
	if err := m.tell(&orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 1801, ExpectedMinor: 1801, IdempotencyKey: id.New()}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("gave back more than is left: %v", err)
	}

	if _, err := m.Orders.CancelOrder(m.Staff(), &orderv1.CancelOrderRequest{OrderId: placed.ID, IdempotencyKey: id.New()}); err != nil {
		t.Fatal(err)
	}
	m.until(placed.ID, order.Cancelled, order.Refunded)
	m.agrees()
	wants(placed.ID, map[string]int64{"sales": -5095, "refunds": 5095, "gateway_clearing": 0})
	moved := map[string][]int64{}
	for _, charge := range m.sandbox.Charges() {
		moved[charge.Kind] = append(moved[charge.Kind], charge.AmountMinor)
	}
	slices.Sort(moved["capture"]) // the one that was told again may have come last
	if !slices.Equal(moved["capture"], []int64{1000, 1500}) || !slices.Equal(moved["refund"], []int64{700, 1800}) {
		t.Errorf("the provider moved %v, want captures of 1000 and 1500, and refunds of 700 and 1800", moved)
	}
}

// tell asks what staff ask of an order's money.
func (m market) tell(asked proto.Message) error {
	var err error
	switch req := asked.(type) {
	case *orderv1.CapturePaymentRequest:
		_, err = m.Orders.CapturePayment(m.Staff(), req)
	case *orderv1.ReleasePaymentRequest:
		_, err = m.Orders.ReleasePayment(m.Staff(), req)
	case *orderv1.RefundOrderRequest:
		_, err = m.Orders.RefundOrder(m.Staff(), req)
	}
	return err
}

// twice asks two times under one key.
func (m market) twice(asked proto.Message) {
	m.t.Helper()
	for range 2 {
		if err := m.tell(asked); err != nil {
			m.t.Fatal(err)
		}
	}
}

// done works until an order has so many instructions and the provider has carried out all of them.
func (m market) done(orderID string, want int) {
	m.t.Helper()
	for range 5 {
		m.work()
		books, err := m.Payments.GetOrderBooks(m.Staff(), &paymentv1.GetOrderBooksRequest{OrderId: orderID})
		if err != nil {
			m.t.Fatal(err)
		}
		waits := slices.ContainsFunc(books.GetInstructions(), func(given *paymentv1.Instruction) bool {
			return given.GetState() != paymentv1.InstructionState_INSTRUCTION_STATE_DONE
		})
		if len(books.GetInstructions()) == want && !waits {
			return
		}
	}
	m.t.Fatalf("order %s: not all of its %d instructions were carried out", orderID, want)
}
