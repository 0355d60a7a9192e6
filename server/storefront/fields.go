package storefront

import (
	"net/http"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
)

// way is how the shopper wants to pay: in the provider's fields where the form says that script runs, else on its page.
func (s *Shop) way(r *http.Request) *paymentv1.Way {
	return &paymentv1.Way{InFields: s.cfg.PayInFields && r.PostFormValue("in_fields") != ""}
}

// payInFields shows the provider's fields for the payment that is open in them. The provider is asked each time; what it says goes into this one answer. This page alone lets the provider's script in.
func (s *Shop) payInFields(w http.ResponseWriter, r *http.Request) error {
	order, err := s.openOrder(r)
	if err != nil {
		return err
	}
	here := orderURL(r.PathValue("signed"))
	attempts := order.GetPayments()
	if order.GetState() != orderv1.OrderState_ORDER_STATE_PENDING || len(attempts) == 0 {
		web.SeeOther(w, r, here+"/return")
		return nil
	}
	page := storefront.FieldsPage{
		Shell: s.privateShell(r, "Pay for your order"), OrderNumber: order.GetNumber(), Amount: s.due(order),
		Until:    "They are kept until " + until(order.GetExpireTime().AsTime()) + ".",
		OrderURL: here, PageURL: here + "/payment",
	}
	opened, err := s.Payments.OpenFields(r.Context(), &paymentv1.OpenFieldsRequest{PaymentId: attempts[0].GetId()})
	switch connect.CodeOf(err) {
	case connect.CodeUnavailable, connect.CodeDeadlineExceeded:
		return web.Render(w, r, http.StatusServiceUnavailable, storefront.Fields(page))
	case connect.CodeFailedPrecondition, connect.CodeNotFound: // paid, or not to be paid here: the return page finds out
		web.SeeOther(w, r, here+"/return")
		return nil
	}
	if err != nil {
		return err
	}
	page.Fields = &storefront.ProviderFields{
		Script: opened.GetScriptUrl(), Key: opened.GetPublishableKey(), Secret: opened.GetClientSecret(), ReturnURL: s.absolute(here + "/return"), Lang: s.cfg.Locale,
	}
	s.site.Admit(w, web.Guest{
		Scripts: append([]string{opened.GetScriptUrl()}, opened.GetScriptSources()...), Frames: opened.GetFrameSources(), Calls: opened.GetConnectSources(),
	})
	return web.Render(w, r, http.StatusOK, storefront.Fields(page))
}
