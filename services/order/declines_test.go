package order_test

import (
	"strings"
	"testing"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/order"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// tried leaves payments behind that began a moment ago, of which a bank declined some.
func tried(shop *shoptest.Shop, tries, declines int) {
	shop.Exec(`insert into payments (id, order_id, provider, state, currency_code, amount_minor, authorized_minor, expire_time, create_time, update_time, provider_key, start_time, failure_reason)
		select gen_random_uuid(), gen_random_uuid(), 'sandbox', 'failed', 'USD', 1000, 0, $1, $1, $1, n::text, $1, case when n <= $3 then 'declined' else 'cancelled' end
		from generate_series(1, $2::int) n`, clock.Now(), tries, declines)
}

// A shop in which cards are tried out has every bank make sure who pays, and if it gets worse, sells online only to customers who are signed in. Bad luck is neither.
func TestManyDeclines(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		tries, declines int
		answer          paymentv1.DeclineAnswer
	}{
		"a quiet shop":                    {40, 40, paymentv1.DeclineAnswer_DECLINE_ANSWER_NONE},
		"a little bad luck":               {100, 30, paymentv1.DeclineAnswer_DECLINE_ANSWER_NONE},
		"cards are tried out":             {100, 31, paymentv1.DeclineAnswer_DECLINE_ANSWER_CHALLENGE},
		"hardly anything else is, so far": {100, 59, paymentv1.DeclineAnswer_DECLINE_ANSWER_CHALLENGE},
		"hardly anything else is":         {100, 60, paymentv1.DeclineAnswer_DECLINE_ANSWER_SIGN_IN},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := shoptest.New(t)
			tried(shop, tc.tries, tc.declines)
			shop.Exec("insert into payments select (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(), 'start_time', start_time - interval '6 minutes', 'failure_reason', 'declined', 'provider_key', 'old ' || provider_key))).* from payments p")
			told, err := shop.Payments.GetDeclines(shop.Staff(), &paymentv1.GetDeclinesRequest{})
			if err != nil || told.GetAnswer() != tc.answer || int(told.GetTries()) != tc.tries || int(told.GetDeclines()) != tc.declines {
				t.Errorf("staff read %v, %v", told, err)
			}

			placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1})
			_, err = shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
			stopped := tc.answer == paymentv1.DeclineAnswer_DECLINE_ANSWER_SIGN_IN
			if _, asked := shop.Provider.Opened(placed.Payment); stopped {
				if connect.CodeOf(err) != connect.CodeResourceExhausted || !strings.Contains(err.Error(), "sign in") || asked.Reference != "" {
					t.Errorf("a guest: %v, the provider was asked for %+v; want a refusal that says to sign in", err, asked)
				}
			} else if err != nil || asked.Challenge != (tc.answer == paymentv1.DeclineAnswer_DECLINE_ANSWER_CHALLENGE) {
				t.Errorf("a guest: %v, the provider was asked for %+v", err, asked)
			}

			customer := id.New()
			shop.Exec("update orders set owner = $1 where id = $2", customer, placed.ID)
			if _, err := shop.Orders.StartPayment(shop.As(auth.Caller{Kind: auth.Customer, Subject: customer}), &orderv1.StartPaymentRequest{OrderId: placed.ID}); err != nil {
				t.Errorf("a customer: %v", err)
			}
			if _, asked := shop.Provider.Opened(placed.Payment); stopped && !asked.Challenge {
				t.Errorf("a customer's bank need not make sure: %+v", asked)
			}
			shop.Audit()
		})
	}
}

// One shopper begins to pay three times a minute and no more, over all orders; going on with what began is no attempt, and others are not held up.
func TestTriesOfOneShopper(t *testing.T) {
	t.Parallel()
	shop := shoptest.NewLimited(t)
	lamp := shop.Variant(2500, 50)
	first := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
	start := func(placed shoptest.Placed) error {
		_, err := shop.Orders.StartPayment(placed.Shopper, &orderv1.StartPaymentRequest{OrderId: placed.ID})
		return err
	}
	for range 4 {
		if err := start(first); err != nil {
			t.Fatalf("going on: %v", err)
		}
	}
	of := shop.Column("select owner from orders where id = $1", first.ID)[0]
	for n := range 3 {
		placed := shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})
		shop.Exec("update orders set owner = $1 where id = $2", of, placed.ID)
		placed.Shopper = first.Shopper
		err := start(placed)
		switch _, asked := shop.Provider.Opened(placed.Payment); {
		case n < 2 && err != nil:
			t.Errorf("attempt %d: %v", n+2, err)
		case n == 2 && (connect.CodeOf(err) != connect.CodeResourceExhausted || !strings.Contains(err.Error(), "seconds") || asked.Reference != ""):
			t.Errorf("attempt %d: %v, the provider was asked for %+v; want a refusal that says when", n+2, err, asked)
		case n == 2:
			shop.Wants(placed.ID, order.Pending, order.Paying)
		}
	}
	if err := start(shop.Order(shoptest.Item{Variant: lamp, Quantity: 1})); err != nil {
		t.Errorf("another shopper: %v", err)
	}
	shop.Audit()
}
