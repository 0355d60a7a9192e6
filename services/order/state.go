package order

import (
	"slices"
	"strings"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

// State is where an order stands.
type State = orderv1.OrderState

// The states, by short names.
const (
	Pending         = orderv1.OrderState_ORDER_STATE_PENDING
	Confirmed       = orderv1.OrderState_ORDER_STATE_CONFIRMED
	PartlyFulfilled = orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED
	Fulfilled       = orderv1.OrderState_ORDER_STATE_FULFILLED
	Delivered       = orderv1.OrderState_ORDER_STATE_DELIVERED
	Closed          = orderv1.OrderState_ORDER_STATE_CLOSED
	Cancelled       = orderv1.OrderState_ORDER_STATE_CANCELLED
	Expired         = orderv1.OrderState_ORDER_STATE_EXPIRED
)

// moves is the whole life of an order. A state without moves is final. Money that comes for an expired order confirms it, if the goods can still be had. A digital
// order is fulfilled as soon as it is paid, since nothing of it is sent; it alone can be cancelled then.
var moves = map[State][]State{
	Pending:         {Confirmed, Cancelled, Expired},
	Confirmed:       {PartlyFulfilled, Fulfilled, Cancelled},
	PartlyFulfilled: {Fulfilled},
	Fulfilled:       {Delivered, Cancelled},
	Delivered:       {Closed},
	Expired:         {Confirmed},
	Closed:          {},
	Cancelled:       {},
}

// may says whether an order can go from one state to another.
func may(from, to State) bool { return slices.Contains(moves[from], to) }

// PaymentState sums up an order's payments.
type PaymentState = orderv1.PaymentState

// The payment states, by short names.
const (
	Unpaid     = orderv1.PaymentState_PAYMENT_STATE_UNPAID
	Paying     = orderv1.PaymentState_PAYMENT_STATE_PENDING
	Paid       = orderv1.PaymentState_PAYMENT_STATE_PAID
	OnDelivery = orderv1.PaymentState_PAYMENT_STATE_ON_DELIVERY
	// AwaitingTransfer is money that the shopper is to transfer.
	AwaitingTransfer = orderv1.PaymentState_PAYMENT_STATE_AWAITING_TRANSFER
	Refunded         = orderv1.PaymentState_PAYMENT_STATE_REFUNDED
	// Reserved is money that can be taken and was not.
	Reserved       = orderv1.PaymentState_PAYMENT_STATE_AUTHORIZED
	PartlyPaid     = orderv1.PaymentState_PAYMENT_STATE_PARTLY_PAID
	PartlyRefunded = orderv1.PaymentState_PAYMENT_STATE_PARTLY_REFUNDED
)

// stands says whether an order was confirmed and nobody called it off since.
func stands(row Order) bool { return row.ConfirmTime != nil && parseState(row.State) != Cancelled }

// paymentState sums up the payments of an order with that total: money that we have counts before money still to come, and that before money that went back. Before an
// order is confirmed, what gift cards paid is a part, and the rest is what matters.
func paymentState(p payment.Standing, totalMinor int64, confirmed bool) PaymentState {
	kept := p.CapturedMinor - p.RefundedMinor
	switch {
	case p.Open && !confirmed:
		return Paying
	case p.AwaitsTransfer && !confirmed:
		return AwaitingTransfer
	case kept > 0 && kept < totalMinor && !confirmed:
		return PartlyPaid
	case kept > 0 && kept < totalMinor && p.ReservedMinor > 0:
		return PartlyPaid
	case kept > 0 && kept < totalMinor && p.RefundedMinor > 0:
		return PartlyRefunded
	case kept > 0:
		return Paid
	case p.ReservedMinor > 0 && !p.OnDelivery:
		return Reserved
	case p.Open:
		return Paying
	case p.OnDelivery:
		return OnDelivery
	case p.RefundedMinor > 0:
		return Refunded
	default:
		return Unpaid
	}
}

const (
	statePrefix        = "ORDER_STATE_"
	paymentStatePrefix = "PAYMENT_STATE_"
)

// name is how a state is stored: "partly_fulfilled".
func name(s State) string { return strings.ToLower(strings.TrimPrefix(s.String(), statePrefix)) }

func parseState(name string) State {
	return State(orderv1.OrderState_value[statePrefix+strings.ToUpper(name)])
}

func paymentName(s PaymentState) string {
	return strings.ToLower(strings.TrimPrefix(s.String(), paymentStatePrefix))
}

func parsePaymentState(name string) PaymentState {
	return PaymentState(orderv1.PaymentState_value[paymentStatePrefix+strings.ToUpper(name)])
}
