package order

import (
	"testing"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

// Each state can be reached from a placed order, only closed and cancelled are the end, and every state has its line in the table.
func TestMoves(t *testing.T) {
	t.Parallel()
	reached := map[State]bool{Pending: true}
	for queue := []State{Pending}; len(queue) > 0; queue = queue[1:] {
		for _, next := range moves[queue[0]] {
			if !reached[next] {
				reached[next] = true
				queue = append(queue, next)
			}
		}
	}
	for number := range orderv1.OrderState_name {
		state := State(number)
		if state == orderv1.OrderState_ORDER_STATE_UNSPECIFIED {
			continue
		}
		next, listed := moves[state]
		if !listed || !reached[state] {
			t.Errorf("%v: in the table %v, reached %v", state, listed, reached[state])
		}
		if final := state == Closed || state == Cancelled; final != (len(next) == 0) {
			t.Errorf("%v goes on to %v", state, next)
		}
		if parseState(name(state)) != state {
			t.Errorf("%v is stored as %q, which is not read back", state, name(state))
		}
	}
	for number := range orderv1.PaymentState_name {
		if state := PaymentState(number); state != 0 && parsePaymentState(paymentName(state)) != state {
			t.Errorf("%v is stored as %q, which is not read back", state, paymentName(state))
		}
	}
}

// Money that we have counts before money still to come, and that before money that went back.
func TestPaymentState(t *testing.T) {
	t.Parallel()
	for want, standings := range map[PaymentState][]payment.Standing{
		Unpaid:     {{}},
		Paying:     {{Open: true}, {Open: true, CapturedMinor: 5, RefundedMinor: 5}},
		Paid:       {{CapturedMinor: 5}, {CapturedMinor: 10, RefundedMinor: 5}, {CapturedMinor: 5, Open: true}, {CapturedMinor: 4}},
		OnDelivery: {{OnDelivery: true}, {OnDelivery: true, ReservedMinor: 5}},
		Refunded:   {{CapturedMinor: 5, RefundedMinor: 5}},
		Reserved:   {{ReservedMinor: 5}}, PartlyPaid: {{CapturedMinor: 3, ReservedMinor: 2}},
		PartlyRefunded: {{CapturedMinor: 5, RefundedMinor: 4}},
	} {
		for _, standing := range standings {
			if got := paymentState(standing, 5, true); got != want {
				t.Errorf("%+v is %v, want %v", standing, got, want)
			}
		}
	}
}

// Order numbers can be told apart, whatever the merchant likes them to look like.
func TestCheckNumbers(t *testing.T) {
	t.Parallel()
	for pattern, fine := range map[string]bool{
		"TW-%06d": true, "%d": true, "2026/%03d-A": true, "": false, "TW": false, "%d-%d": false, "%s": false, "100%": false, "%%d": false, "%x": false,
	} {
		if err := CheckNumbers(pattern); (err == nil) != fine {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}
