package storefront_test

import (
	"net/http"
	"strings"
	"testing"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// placed is the path of the order that was placed last.
func (s *shop) placed() string {
	s.t.Helper()
	var id string
	if err := s.db.Primary().QueryRow(s.t.Context(), "select id from orders order by id desc limit 1").Scan(&id); err != nil {
		s.t.Fatal(err)
	}
	return "/orders/" + s.sign(id)
}

// A shopper who cannot pay reads why, and what is not so is not said: neither that things are kept which are sold out, nor that nothing was charged while nobody knows.
func TestRefusedPayment(t *testing.T) {
	t.Parallel()
	sandbox := shoptest.StartSandbox(t, shoptest.BuildSandbox(t), "")
	for name, tc := range map[string]struct {
		meanwhile, method, says string
	}{
		"sold out after a decline": {
			"update stock_holds set state = 'expired'; update stock_items set held = 0, on_hand = 0", "", "Something in this order was sold out before it was paid",
		},
		"too often": {
			`insert into payments (id, order_id, provider, state, currency_code, amount_minor, authorized_minor, expire_time, create_time, update_time)
				select gen_random_uuid(), order_id, 'sandbox', 'failed', currency_code, amount_minor, 0, now(), create_time - interval '1 hour', now() from payments, generate_series(1, 5)`,
			"", "Paying for this order failed too often",
		},
		"no transfers": {"select 1", "bank_transfer", "The shop takes no bank transfers at the moment"},
		"a saved card of whose session has ended": {"select 1", "saved:card_1", "Sign in to pay by a saved card"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, switches{sandbox: sandbox.URL})
			v := s.visitor()
			order := v.order("hosted")
			shoptest.Press(t, v.away, "decline")
			v.get(order+"/return").expect(http.StatusOK, "main", "Your bank refused the payment")
			s.exec(tc.meanwhile)
			v.post(order+"/payment", "method", tc.method).expect(http.StatusConflict, ".outcome", tc.says)
			if says := v.text(".outcome"); !strings.Contains(says, "The payment did not begin") || strings.Contains(says, "kept") || strings.Contains(says, "Nothing was charged") || strings.Contains(says, "Your bank") {
				t.Errorf("the page says %s", says)
			}
			if signIn := v.page.Find(".outcome a[href^='/account/sign-in']").Length(); (signIn == 1) != (tc.method == "saved:card_1") {
				t.Errorf("%d ways to sign in", signIn)
			}
		})
	}
}

// Who wants to transfer the money while nobody knows what became of the card reads that, and not that nothing was charged. Once it was paid, the order says so.
func TestRefusedWhileInDoubt(t *testing.T) {
	t.Parallel()
	sandbox := shoptest.StartSandbox(t, shoptest.BuildSandbox(t), "")
	s := open(t, switches{account: account, sandbox: sandbox.URL})
	v := s.visitor()
	order := v.order("hosted")
	shoptest.Press(t, v.away, "pay")
	sandbox.Tell(`{"get": "500", "void": "500"}`)
	v.post(order+"/payment", "method", "bank_transfer").expect(http.StatusConflict, ".outcome", "its outcome is not known yet")
	if says := v.text(".outcome"); !strings.Contains(says, "The payment did not begin") || strings.Contains(says, "kept") || strings.Contains(says, "Nothing was charged") {
		t.Errorf("the page says %s", says)
	}
	sandbox.Tell(`{}`)
	v.post(order+"/payment", "method", "bank_transfer").expect(http.StatusOK, ".order__thanks", "Thank you")
}

// An order stands when its payment breaks down: the shopper is led to where it can be paid, after placing it as when trying again.
func TestPaymentBreaksDown(t *testing.T) {
	t.Parallel()
	sandbox := shoptest.StartSandbox(t, shoptest.BuildSandbox(t), "")
	s := open(t, switches{sandbox: sandbox.URL})
	s.exec("create function broken() returns trigger language plpgsql as $$ begin raise 'broken'; end $$")
	s.exec("create trigger broken before update on orders for each row execute function broken()")
	v := s.visitor()
	order := v.order("hosted")
	for range 2 {
		if v.path != order {
			t.Fatalf("the shopper is at %s and reads %s", v.path, v.text("main"))
		}
		v.expect(http.StatusOK, ".order__actions", "Pay $")
		v.post(order + "/payment")
	}
	s.exec("drop trigger broken on orders")
	if v.post(order + "/payment"); v.away == "" {
		t.Errorf("not led to the provider, but to %s", v.path)
	}
}

// Whoever goes back and presses the button once more is led to the order that the first press placed, though the cart's cookie is gone. Nobody else is.
func TestPressedAgainAfterBack(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor().toPayment()
	v.post("/checkout/payment", "method", "on_delivery", "billing_same", "1")
	var form []string
	for _, input := range v.page.Find("form.checkout__pay input").EachIter() {
		form = append(form, input.AttrOr("name", ""), input.AttrOr("value", ""))
	}
	v.post("/checkout/review", form...).expect(http.StatusOK, ".order__thanks", "Thank you")
	order := v.path
	if v.post("/checkout/review", form...); v.path != order {
		t.Errorf("led to %s and not to the order: %s", v.path, v.text("main"))
	}
	other := s.visitor()
	other.add("bowl")
	other.get("/cart")
	for name, stranger := range map[string]*visitor{"who has no cart": s.visitor(), "who has one": other} {
		stranger.post("/checkout/review", form...)
		if strings.HasPrefix(stranger.path, "/orders/") || strings.Contains(stranger.text("main"), "Jug") {
			t.Errorf("a stranger %s is led to %s: %s", name, stranger.path, stranger.text("main"))
		}
	}
	s.visitor().post("/checkout/review", form...).expect(http.StatusConflict, "main", "the confirmation comes by email once the order is paid")
}

// An order that ended unpaid says that nothing was charged only where that is so: on its page as where shoppers come back to.
func TestExpiredOrder(t *testing.T) {
	t.Parallel()
	sandbox := shoptest.StartSandbox(t, shoptest.BuildSandbox(t), "")
	for name, tc := range map[string]struct {
		before func(v *visitor)               // at the step that asks how to pay
		then   func(v *visitor, order string) // once the card was declined
		says   string
	}{
		"nothing was paid": {func(*visitor) {}, func(*visitor, string) {}, "Nothing was charged"},
		"a card was tried after a transfer": {func(*visitor) {}, func(v *visitor, order string) {
			v.post(order+"/payment", "method", "bank_transfer").expect(http.StatusOK, ".order__main .panel", account)
			v.post(order + "/payment")
			shoptest.Press(v.t, v.away, "decline")
			v.get(order + "/return")
		}, "If the money is on its way, we send your order after all"},
		"a gift card paid a part": {func(v *visitor) {
			v.post("/checkout/gift-cards", "gift_card", v.shop.giftCard(1500), "step", "2").expect(http.StatusOK, "main", "Left to pay")
		}, func(*visitor, string) {}, "What was paid goes back the way it came."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, switches{account: account, sandbox: sandbox.URL})
			v := s.visitor().toPayment()
			tc.before(v)
			v.post("/checkout/payment", "method", "hosted", "billing_same", "1")
			v.place()
			order := s.placed()
			shoptest.Press(t, v.away, "decline")
			v.get(order+"/return").expect(http.StatusOK, "h1", "The payment did not go through")
			tc.then(v, order)
			s.exec("update orders set expire_time = now() - interval '1 minute', expiry_try_time = now()")
			if answer, err := s.set.Orders.ExpireOrders(t.Context(), &orderv1.ExpireOrdersRequest{}); err != nil || answer.GetExpired() != 1 {
				t.Fatalf("expired %v, %v", answer, err)
			}
			for _, page := range []string{order, order + "/return"} {
				v.get(page).expect(http.StatusOK, "main", tc.says)
				if tc.says != "Nothing was charged" && strings.Contains(strings.ToLower(v.text("main")), "nothing was charged") {
					t.Errorf("%s says: %s", page, v.text("main"))
				}
			}
		})
	}
}
