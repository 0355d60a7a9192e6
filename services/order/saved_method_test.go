package order_test

import (
	"context"
	"testing"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// pays starts a payment in a way.
func (m market) pays(who context.Context, placed shoptest.Placed, way *paymentv1.Way) (*orderv1.StartPaymentResponse, error) {
	return m.Orders.StartPayment(who, &orderv1.StartPaymentRequest{OrderId: placed.ID, Way: way})
}

// saves has a customer pay an order and save the card, and returns the card.
func (m market) saves(customer context.Context, item shoptest.Item) *paymentv1.Method {
	m.t.Helper()
	placed := m.OrderAs(customer, item)
	started, err := m.pays(customer, placed, &paymentv1.Way{SaveMethod: true})
	if err != nil {
		m.t.Fatal(err)
	}
	shoptest.Press(m.t, started.GetRedirectUrl(), "pay")
	m.Settle(started.GetPaymentId())
	if paid := m.Look(placed.ID).GetPayments()[0].GetMethod(); paid.GetBrand() != "visa" || paid.GetLast4() != "4242" || paid.GetId() != "" {
		m.t.Errorf("it was paid by %v", paid)
	}
	list, err := m.Payments.ListSavedMethods(customer, &paymentv1.ListSavedMethodsRequest{})
	if err != nil || len(list.GetMethods()) != 1 {
		m.t.Fatalf("saved: %v %v", list, err)
	}
	return list.GetMethods()[0]
}

// eachProvider runs a test with each provider that keeps cards.
func eachProvider(t *testing.T, test func(*testing.T, market)) {
	t.Helper()
	binary := shoptest.BuildSandbox(t)
	for name, open := range map[string]func(*testing.T, string) market{"sandbox": newMarket, "stripe": openOnStripe} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, binary))
		})
	}
}

// secured fails unless an order is paid, or its money reserved where the shop takes it later.
func (m market) secured(placed shoptest.Placed) {
	m.t.Helper()
	if got := m.Look(placed.ID); got.GetState() != order.Confirmed || got.GetPaymentState() != order.Paid && got.GetPaymentState() != order.Reserved {
		m.t.Errorf("the order is %v and %v", got.GetState(), got.GetPaymentState())
	}
}

// A card that a customer saved pays the next order at once, and once however often the button is pressed. One that is declined leaves the order to be paid in another way, and one whose bank asks for a second
// step leads there.
func TestPayBySavedCard(t *testing.T) {
	t.Parallel()
	eachProvider(t, func(t *testing.T, m market) {
		customer, lamp := m.Customer(id.New()), shoptest.Item{Variant: m.Variant(2500, 50), Quantity: 1}
		card := m.saves(customer, lamp)
		bySaved := &paymentv1.Way{SavedMethodId: card.GetId()}
		if card.GetBrand() != "visa" || card.GetLast4() != "4242" || card.GetExpiryMonth() != 12 || card.GetExpiryYear() != 2034 || card.GetExpired() {
			t.Errorf("saved %v", card)
		}

		paid := m.OrderAs(customer, lamp)
		together(8, func(int) {
			started, err := m.pays(customer, paid, bySaved)
			if err == nil && started.GetRedirectUrl() != "" {
				t.Errorf("it leads to %s", started.GetRedirectUrl())
			}
			if code := connect.CodeOf(err); err != nil && code != connect.CodeFailedPrecondition && code != connect.CodeUnavailable {
				t.Error(err)
			}
		})
		m.Settle(paid.Payment)
		m.secured(paid)
		if attempts := m.Look(paid.ID).GetPayments(); len(attempts) != 1 || attempts[0].GetMethod().GetLast4() != "4242" {
			t.Errorf("its payments are %v", attempts)
		}

		m.sandbox.Tell(`{"pay": "decline"}`)
		turnedDown := m.OrderAs(customer, lamp)
		if _, err := m.pays(customer, turnedDown, bySaved); connect.CodeOf(err) != connect.CodeFailedPrecondition {
			t.Errorf("declined: %v", err)
		}
		m.Wants(turnedDown.ID, order.Pending, order.Unpaid)
		m.sandbox.Tell(`{}`)
		started, err := m.pays(customer, turnedDown, &paymentv1.Way{})
		if err != nil {
			t.Fatal(err)
		}
		shoptest.Press(t, started.GetRedirectUrl(), "pay")
		m.Settle(started.GetPaymentId())
		m.secured(turnedDown)

		m.sandbox.Tell(`{"pay": "challenge"}`)
		asked := m.OrderAs(customer, lamp)
		first, err := m.pays(customer, asked, bySaved)
		if err != nil || first.GetRedirectUrl() == "" {
			t.Fatalf("%v %v", first, err)
		}
		m.sandbox.Tell(`{}`)
		for _, way := range []*paymentv1.Way{bySaved, nil} { // goes on where they were
			if again, err := m.pays(customer, asked, way); err != nil || again.GetRedirectUrl() != first.GetRedirectUrl() {
				t.Errorf("%v %v, want %v", again, err, first)
			}
		}
		m.agrees()
	})
}

// Whoever only holds an order's link pays by nothing that its customer saved, and saves nothing for them: not even by going on with what the customer left unfinished. Nor does another customer, and a card
// that is another's is refused by the provider.
func TestSavedCardsAreTheirCustomers(t *testing.T) {
	t.Parallel()
	eachProvider(t, func(t *testing.T, m market) {
		customer, lamp := m.Customer(id.New()), shoptest.Item{Variant: m.Variant(2500, 50), Quantity: 1}
		card := m.saves(customer, lamp)
		bySaved := &paymentv1.Way{SavedMethodId: card.GetId()}
		placed := m.OrderAs(customer, lamp)
		for name, tried := range map[string]struct {
			who  context.Context
			code connect.Code
		}{
			"holds the link": {m.Process(), connect.CodeFailedPrecondition}, "guest": {m.Guest(), connect.CodeFailedPrecondition},
			"another customer": {m.Customer(id.New()), connect.CodeNotFound},
		} {
			for _, way := range []*paymentv1.Way{bySaved, {SaveMethod: true}} {
				if _, err := m.pays(tried.who, placed, way); connect.CodeOf(err) != tried.code {
					t.Errorf("%s, %v: %v", name, way, err)
				}
			}
		}
		m.Wants(placed.ID, order.Pending, order.Unpaid)
		eve := m.Customer(id.New())
		if _, err := m.pays(eve, m.OrderAs(eve, lamp), bySaved); connect.CodeOf(err) != connect.CodeFailedPrecondition {
			t.Errorf("pays by another's card: %v", err)
		}
		if _, err := m.Payments.ForgetSavedMethod(eve, &paymentv1.ForgetSavedMethodRequest{MethodId: card.GetId()}); connect.CodeOf(err) != connect.CodeNotFound {
			t.Errorf("forgets another's card: %v", err)
		}

		m.sandbox.Tell(`{"pay": "challenge"}`)
		unfinished, err := m.pays(customer, placed, bySaved)
		if err != nil {
			t.Fatal(err)
		}
		m.sandbox.Tell(`{}`)
		other, err := m.pays(m.Process(), placed, nil)
		if err != nil || other.GetPaymentId() == unfinished.GetPaymentId() {
			t.Fatalf("whoever holds the link goes on with the customer's card: %v %v", other, err)
		}
		again, err := m.pays(customer, placed, &paymentv1.Way{SaveMethod: true})
		if err != nil || again.GetPaymentId() == other.GetPaymentId() {
			t.Fatalf("the card would not be saved: %v %v", again, err)
		}
		last, err := m.pays(m.Process(), placed, nil)
		if err != nil || last.GetPaymentId() == again.GetPaymentId() {
			t.Fatalf("what a stranger pays by would be saved for the customer: %v %v", last, err)
		}
		shoptest.Press(t, last.GetRedirectUrl(), "pay")
		m.Settle(last.GetPaymentId())
		m.secured(placed)
		if list, err := m.Payments.ListSavedMethods(customer, &paymentv1.ListSavedMethodsRequest{}); err != nil || len(list.GetMethods()) != 1 {
			t.Errorf("saved: %v %v", list, err)
		}
		m.agrees()
	})
}

// What is removed can pay nothing any more, removing twice is a success, and a provider that does not answer is said to be away.
func TestForgetSavedMethod(t *testing.T) {
	t.Parallel()
	eachProvider(t, func(t *testing.T, m market) {
		customer, lamp := m.Customer(id.New()), shoptest.Item{Variant: m.Variant(2500, 50), Quantity: 1}
		card := m.saves(customer, lamp)
		forget := func() error {
			_, err := m.Payments.ForgetSavedMethod(customer, &paymentv1.ForgetSavedMethodRequest{MethodId: card.GetId()})
			return err
		}
		m.sandbox.Tell(`{"get": "hang"}`)
		if _, err := m.Payments.ListSavedMethods(customer, &paymentv1.ListSavedMethodsRequest{}); connect.CodeOf(err) != connect.CodeUnavailable {
			t.Errorf("a provider that is silent: %v", err)
		}
		m.sandbox.Tell(`{}`)
		for range 2 {
			if err := forget(); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := m.Payments.ListSavedMethods(customer, &paymentv1.ListSavedMethodsRequest{}); err != nil || len(list.GetMethods()) != 0 {
			t.Errorf("saved: %v %v", list, err)
		}
		placed := m.OrderAs(customer, lamp)
		if _, err := m.pays(customer, placed, &paymentv1.Way{SavedMethodId: card.GetId()}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
			t.Errorf("pays by what was removed: %v", err)
		}
		m.Wants(placed.ID, order.Pending, order.Unpaid)
	})
}
