package storefront

import (
	"io"
	"net/http"
	"strings"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
)

const (
	webhookLimit   = 256 << 10
	webhookHeaders = 50 // more are refused: any of them may be the signature
)

// webhook hands a provider's message on. Who sent it is told by its signature, which payment checks.
func (s *Shop) webhook(w http.ResponseWriter, r *http.Request) error {
	if len(r.Header) > webhookHeaders {
		return web.Problem{Status: http.StatusRequestHeaderFieldsTooLarge}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, webhookLimit))
	if err != nil {
		return err
	}
	headers := make(map[string]string, len(r.Header))
	for name := range r.Header {
		headers[strings.ToLower(name)] = r.Header.Get(name)
	}
	_, err = s.Payments.ReceiveWebhook(r.Context(), &paymentv1.ReceiveWebhookRequest{Provider: r.PathValue("provider"), Headers: headers, Body: body})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
