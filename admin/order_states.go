package main

import (
	"slices"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

var orderStates = []struct {
	value string
	label string
	state orderv1.OrderState
	tone  ui.Tone
}{
	{"pending", "Pending", orderv1.OrderState_ORDER_STATE_PENDING, ui.Warn},
	{"confirmed", "Confirmed", orderv1.OrderState_ORDER_STATE_CONFIRMED, ui.OK},
	{"partly_fulfilled", "Partly fulfilled", orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED, ui.Info},
	{"fulfilled", "Fulfilled", orderv1.OrderState_ORDER_STATE_FULFILLED, ui.Info},
	{"delivered", "Delivered", orderv1.OrderState_ORDER_STATE_DELIVERED, ui.OK},
	{"closed", "Closed", orderv1.OrderState_ORDER_STATE_CLOSED, ui.Neutral},
	{"cancelled", "Cancelled", orderv1.OrderState_ORDER_STATE_CANCELLED, ui.Bad},
	{"expired", "Expired", orderv1.OrderState_ORDER_STATE_EXPIRED, ui.Bad},
}

var paymentStates = []struct {
	value string
	label string
	state orderv1.PaymentState
	tone  ui.Tone
}{
	{"unpaid", "Unpaid", orderv1.PaymentState_PAYMENT_STATE_UNPAID, ui.Warn},
	{"pending", "Pending", orderv1.PaymentState_PAYMENT_STATE_PENDING, ui.Warn},
	{"authorized", "Reserved", orderv1.PaymentState_PAYMENT_STATE_AUTHORIZED, ui.Info},
	{"partly_paid", "Partly paid", orderv1.PaymentState_PAYMENT_STATE_PARTLY_PAID, ui.Info},
	{"paid", "Paid", orderv1.PaymentState_PAYMENT_STATE_PAID, ui.OK},
	{"awaiting_transfer", "Transfer awaited", orderv1.PaymentState_PAYMENT_STATE_AWAITING_TRANSFER, ui.Warn},
	{"on_delivery", "On delivery", orderv1.PaymentState_PAYMENT_STATE_ON_DELIVERY, ui.Info},
	{"partly_refunded", "Partly refunded", orderv1.PaymentState_PAYMENT_STATE_PARTLY_REFUNDED, ui.Neutral},
	{"refunded", "Refunded", orderv1.PaymentState_PAYMENT_STATE_REFUNDED, ui.Neutral},
}

func stateTag(state orderv1.OrderState) ui.Tag {
	for _, known := range orderStates {
		if known.state == state {
			return ui.Tag{Label: known.label, Tone: known.tone}
		}
	}
	return ui.Tag{}
}

func paidTag(state orderv1.PaymentState) ui.Tag {
	for _, known := range paymentStates {
		if known.state == state {
			return ui.Tag{Label: known.label, Tone: known.tone}
		}
	}
	return ui.Tag{}
}

// fulfilmentTag follows from the order's state until parcels have states of their own.
func fulfilmentTag(order *orderv1.Order) ui.Tag {
	if order.GetDigital() && order.GetState() == orderv1.OrderState_ORDER_STATE_FULFILLED {
		if len(order.GetGiftCards()) > 0 {
			return ui.Tag{Label: "Complete", Tone: ui.OK}
		}
		return ui.Tag{Label: "To download", Tone: ui.OK}
	}
	switch order.GetState() {
	case orderv1.OrderState_ORDER_STATE_CONFIRMED:
		return ui.Tag{Label: "To pack", Tone: ui.Warn}
	case orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED:
		return ui.Tag{Label: "Partly sent", Tone: ui.Info}
	case orderv1.OrderState_ORDER_STATE_FULFILLED:
		if order.GetFinish() != nil {
			return ui.Tag{Label: "Sent in part", Tone: ui.Info}
		}
		return ui.Tag{Label: "Sent", Tone: ui.Info}
	case orderv1.OrderState_ORDER_STATE_DELIVERED, orderv1.OrderState_ORDER_STATE_CLOSED:
		return ui.Tag{Label: "Delivered", Tone: ui.OK}
	default:
		return ui.Tag{}
	}
}

func stateValue(state orderv1.OrderState) string {
	for _, known := range orderStates {
		if known.state == state {
			return known.value
		}
	}
	return ""
}

func paidValue(state orderv1.PaymentState) string {
	for _, known := range paymentStates {
		if known.state == state {
			return known.value
		}
	}
	return ""
}

// mayCancel says whether nothing has left yet. Of a digital order nothing ever does.
func mayCancel(order *orderv1.Order) bool {
	switch order.GetState() {
	case orderv1.OrderState_ORDER_STATE_PENDING, orderv1.OrderState_ORDER_STATE_CONFIRMED:
		return true
	default:
		return order.GetDigital() && order.GetState() == orderv1.OrderState_ORDER_STATE_FULFILLED
	}
}

// refundable says whether some payment keeps money.
func refundable(order *orderv1.Order) bool {
	return slices.ContainsFunc(order.GetPayments(), func(attempt *orderv1.PaymentAttempt) bool {
		return attempt.GetCaptured().GetAmountMinor() > attempt.GetRefunded().GetAmountMinor()+attempt.GetCredited().GetAmountMinor()
	})
}
