package payment

import (
	"slices"
	"strings"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
)

// State is where an attempt to pay stands.
type State = paymentv1.PaymentState

// The states, by short names.
const (
	Created         = paymentv1.PaymentState_PAYMENT_STATE_CREATED
	RequiresAction  = paymentv1.PaymentState_PAYMENT_STATE_REQUIRES_ACTION
	Authorized      = paymentv1.PaymentState_PAYMENT_STATE_AUTHORIZED
	PartlyCaptured  = paymentv1.PaymentState_PAYMENT_STATE_PARTLY_CAPTURED
	Captured        = paymentv1.PaymentState_PAYMENT_STATE_CAPTURED
	PartlyRefunded  = paymentv1.PaymentState_PAYMENT_STATE_PARTLY_REFUNDED
	Refunded        = paymentv1.PaymentState_PAYMENT_STATE_REFUNDED
	Voided          = paymentv1.PaymentState_PAYMENT_STATE_VOIDED
	Failed          = paymentv1.PaymentState_PAYMENT_STATE_FAILED
	Expired         = paymentv1.PaymentState_PAYMENT_STATE_EXPIRED
	Unknown         = paymentv1.PaymentState_PAYMENT_STATE_UNKNOWN
	Disputed        = paymentv1.PaymentState_PAYMENT_STATE_DISPUTED
	stateNamePrefix = "PAYMENT_STATE_"
)

// moves is the whole life of a payment. A state without moves is final. Voided, failed and expired are the end as far as we are concerned; should a
// provider take money after that, the books must say so, and the money goes back. Money that went back may come back, when the shopper's bank does not take it.
var moves = map[State][]State{
	Created:        {RequiresAction, Authorized, Captured, Voided, Failed, Expired, Unknown},
	Unknown:        {RequiresAction, Authorized, Captured, Voided, Failed, Expired},
	RequiresAction: {Authorized, Captured, Voided, Failed, Expired},
	Authorized:     {PartlyCaptured, Captured, Voided, Failed, Expired},
	PartlyCaptured: {Captured, PartlyRefunded, Refunded, Disputed},
	Captured:       {PartlyRefunded, Refunded, Disputed},
	PartlyRefunded: {Captured, Refunded, Disputed},
	Disputed:       {PartlyCaptured, Captured, PartlyRefunded, Refunded},
	Voided:         {Captured},
	Failed:         {Captured},
	Expired:        {Captured},
	Refunded:       {PartlyRefunded, Captured},
}

// open lists the states that can still bring money. An order has at most one payment in them, which an index guards.
var open = []State{Created, RequiresAction, Authorized, PartlyCaptured, Unknown}

// closed lists the states of attempts that came to nothing.
var closed = []State{Voided, Failed, Expired}

// Open says whether a payment can still bring money.
func Open(s State) bool { return slices.Contains(open, s) }

// atProvider says whether a payment can still bring money by a provider, which must close it before anything else can pay for the order. What was never told to one, and what people collect, cannot.
func atProvider(row paymentdb.Payment) bool {
	return Open(parseState(row.State)) && row.ProviderKey != nil
}

// follows says whether a payment can come from one state to another. A provider's view may skip states in between, since it says how things stand
// and not how they came about.
func follows(from, to State) bool {
	seen := map[State]bool{from: true}
	for queue := []State{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			return true
		}
		for _, next := range moves[queue[0]] {
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return false
}

// stateName is how a state is stored: "requires_action".
func stateName(s State) string {
	return strings.ToLower(strings.TrimPrefix(s.String(), stateNamePrefix))
}

func parseState(name string) State {
	return State(paymentv1.PaymentState_value[stateNamePrefix+strings.ToUpper(name)])
}

const failurePrefix = "FAILURE_REASON_"

// failureName is how a reason is stored: "declined". That there is none is empty.
func failureName(reason paymentv1.FailureReason) string {
	if reason == paymentv1.FailureReason_FAILURE_REASON_UNSPECIFIED {
		return ""
	}
	return strings.ToLower(strings.TrimPrefix(reason.String(), failurePrefix))
}

func parseFailure(name string) paymentv1.FailureReason {
	return paymentv1.FailureReason(paymentv1.FailureReason_value[failurePrefix+strings.ToUpper(name)])
}
