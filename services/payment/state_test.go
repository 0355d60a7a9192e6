package payment

import (
	"slices"
	"testing"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
)

// Each state can be reached from a new payment, each leads on, and what came to nothing can only be followed by money we did not expect.
func TestMoves(t *testing.T) {
	t.Parallel()
	for number := range paymentv1.PaymentState_name {
		state := State(number)
		if state == paymentv1.PaymentState_PAYMENT_STATE_UNSPECIFIED {
			continue
		}
		next, listed := moves[state]
		if !listed || !follows(Created, state) {
			t.Errorf("%v: in the table %v, reached %v", state, listed, follows(Created, state))
		}
		if len(next) == 0 {
			t.Errorf("%v is the end", state)
		}
		if slices.Contains(closed, state) && !slices.Equal(next, []State{Captured}) {
			t.Errorf("%v goes on to %v", state, next)
		}
		if slices.Contains(closed, state) && Open(state) {
			t.Errorf("%v is open and closed", state)
		}
		if parseState(stateName(state)) != state {
			t.Errorf("%v is stored as %q, which is not read back", state, stateName(state))
		}
		if state != Unknown && state != Created && follows(state, Created) {
			t.Errorf("%v goes back to the beginning", state)
		}
	}
	if follows(Captured, RequiresAction) || follows(Refunded, Authorized) || follows(Expired, RequiresAction) {
		t.Error("a payment goes back")
	}
}
