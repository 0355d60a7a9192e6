package storefront

import (
	"net/http"
	"strings"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
)

// paymentReturn is where the provider sends the shopper back to. It finds out how the payment stands; loading it again never pays again.
func (s *Shop) paymentReturn(w http.ResponseWriter, r *http.Request) error {
	order, err := s.openOrder(r)
	if err != nil {
		return err
	}
	asked := true
	if attempts := order.GetPayments(); len(attempts) > 0 && order.GetState() == orderv1.OrderState_ORDER_STATE_PENDING && !awaitsTransfer(order) {
		_, err := s.Orders.SettlePayment(r.Context(), &orderv1.SettlePaymentRequest{PaymentId: attempts[0].GetId()})
		asked = err == nil
		if order, err = s.openOrder(r); err != nil {
			return err
		}
	}
	state := returnState(order, asked)
	if state == "" || state == storefront.PaymentPaid {
		web.SeeOther(w, r, orderURL(r.PathValue("signed")))
		return nil
	}
	return s.showReturn(w, r, order, state, http.StatusOK)
}

func (s *Shop) showReturn(w http.ResponseWriter, r *http.Request, order *orderv1.Order, state storefront.ReturnState, status int) error {
	return web.Render(w, r, status, storefront.Payment(s.paymentPage(r, order, state)))
}

func (s *Shop) paymentPage(r *http.Request, order *orderv1.Order, state storefront.ReturnState) storefront.PaymentPage {
	here := orderURL(r.PathValue("signed"))
	page := storefront.PaymentPage{
		Shell: s.privateShell(r, "Payment"), OrderNumber: order.GetNumber(), Amount: s.due(order), Email: order.GetEmail(),
		OrderURL: here, SelfURL: here + "/return", State: state,
	}
	switch state {
	case storefront.PaymentFailed, storefront.PaymentCancelled, storefront.PaymentUnfinished, storefront.PaymentHeld:
		page.RetryURL, page.OnDelivery = here+"/payment", mayPayOnDelivery(order)
		page.ByTransfer = s.cfg.Transfers
		page.Choices, page.CardsSilent = s.retryChoices(r, order, state == storefront.PaymentUnfinished)
		if declinedAttempt(order) != "" {
			page.Reason = "Your bank refused the payment. Another card may work."
			if page.OnDelivery {
				page.Reason = "Your bank refused the payment. Another card may work, or you pay when the parcel arrives."
			}
		}
		page.Until = "They are kept until " + until(order.GetExpireTime().AsTime()) + "."
	case storefront.PaymentChecking:
		page.RefreshURL = page.SelfURL
	case storefront.PaymentExpired:
		page.Reason = strings.Join(expiredSentences(order), " ")
	}
	return page
}

// showHeld tells a shopper who cannot begin to pay, or not like that, why, and offers what else there is. An order that was paid or ended meanwhile, and a card that was
// declined just now, are told by the return page.
func (s *Shop) showHeld(w http.ResponseWriter, r *http.Request, req *orderv1.StartPaymentRequest, declined string, refused error) error {
	order, err := s.openOrder(r)
	if err != nil {
		return err
	}
	here := orderURL(r.PathValue("signed"))
	if now := declinedAttempt(order); order.GetState() != orderv1.OrderState_ORDER_STATE_PENDING || now != "" && now != declined {
		web.SeeOther(w, r, here+"/return")
		return nil
	}
	page, status := s.paymentPage(r, order, storefront.PaymentHeld), http.StatusTooManyRequests
	page.Reason = words(refused)
	if connect.CodeOf(refused) == connect.CodeFailedPrecondition {
		page.Until, status = "", http.StatusConflict // it may be sold out, or a payment under way
		page.OnDelivery = page.OnDelivery && !req.GetOnDelivery()
		page.ByTransfer = page.ByTransfer && !req.GetByTransfer()
	}
	if customerOf(r) == nil && (status == http.StatusTooManyRequests || req.GetWay().GetSavedMethodId() != "") {
		page.SignInURL = signInURL(here)
	}
	return web.Render(w, r, status, storefront.Payment(page))
}

// declinedAttempt is the newest attempt to pay an order if the bank declined it.
func declinedAttempt(order *orderv1.Order) string {
	if attempts := order.GetPayments(); len(attempts) > 0 && attempts[0].GetFailureReason() == paymentv1.FailureReason_FAILURE_REASON_DECLINED {
		return attempts[0].GetId()
	}
	return ""
}

// secured says whether the shopper has done all that there is to do: paid, or had the money reserved.
func secured(state orderv1.PaymentState) bool {
	switch state {
	case orderv1.PaymentState_PAYMENT_STATE_PAID, orderv1.PaymentState_PAYMENT_STATE_AUTHORIZED, orderv1.PaymentState_PAYMENT_STATE_PARTLY_PAID:
		return true
	default:
		return false
	}
}

// returnState sums up for the shopper how the newest attempt stands. It is empty when nothing is to be said of a payment, only of the order: it was called
// off, or is paid on delivery or by bank transfer.
func returnState(order *orderv1.Order, asked bool) storefront.ReturnState {
	switch state := order.GetState(); {
	case awaitsTransfer(order):
		return ""
	case state == orderv1.OrderState_ORDER_STATE_PENDING:
	case state == orderv1.OrderState_ORDER_STATE_EXPIRED:
		return storefront.PaymentExpired
	case state == orderv1.OrderState_ORDER_STATE_CANCELLED, !secured(order.GetPaymentState()):
		return ""
	case justPlaced(order):
		return storefront.PaymentPaid
	default:
		return storefront.PaymentAlready
	}
	if len(order.GetPayments()) == 0 {
		return storefront.PaymentPending
	}
	attempt := order.GetPayments()[0]
	switch {
	case attempt.GetFailureReason() == paymentv1.FailureReason_FAILURE_REASON_CANCELLED:
		return storefront.PaymentCancelled
	case attempt.GetState() == "failed", attempt.GetState() == "voided", attempt.GetState() == "expired":
		return storefront.PaymentFailed
	case !asked:
		return storefront.PaymentChecking
	// The provider was asked just now. Had it heard of a payment whose opening had no clear answer, the payment would not be unknown any more: nothing was charged, and going on opens the very same one.
	case attempt.GetState() == "unknown", attempt.GetState() == "created", attempt.GetState() == "requires_action":
		return storefront.PaymentUnfinished
	default:
		return storefront.PaymentPending
	}
}

// payAgain starts another attempt, goes on with the one that is open, or lets the shopper pay on delivery or by bank transfer instead.
func (s *Shop) payAgain(w http.ResponseWriter, r *http.Request) error {
	order, err := s.openOrder(r)
	if err != nil {
		return err
	}
	state := returnState(order, true)
	if state == storefront.PaymentPaid || state == storefront.PaymentAlready { // in another tab
		return s.showReturn(w, r, order, storefront.PaymentAlready, http.StatusConflict)
	}
	start := &orderv1.StartPaymentRequest{OrderId: order.GetId(), OnDelivery: r.PostFormValue("method") == onDelivery, ByTransfer: r.PostFormValue("method") == bankTransfer, Way: s.way(r)}
	theirs := s.owns(r, order)
	switch method := typed(r, "method"); {
	case strings.HasPrefix(method, savedPrefix) && !theirs: // such as a customer whose session has ended, who is told to sign in
		start.Way = &paymentv1.Way{SavedMethodId: strings.TrimPrefix(method, savedPrefix)}
	case theirs && (method == begun || method == "" && state == storefront.PaymentUnfinished):
		start.Way = nil // whatever it was
	case theirs && method != "" && !start.GetOnDelivery() && !start.GetByTransfer():
		inFields := start.Way.GetInFields()
		start.Way = chosenWay(r)
		start.Way.InFields = inFields && start.Way.GetSavedMethodId() == ""
	}
	return s.leadToPayment(s.payingAs(r, theirs), w, r, start, declinedAttempt(order))
}
