package storefront_test

import (
	"fmt"
	"net/http"
	"testing"
)

// A message with more headers than are handed on is refused as such, and never reaches payment without its signature.
func TestWebhookHeaders(t *testing.T) {
	t.Parallel()
	v := open(t, switches{sandbox: "http://127.0.0.1:9"}).visitor()
	var header []string
	for n := range 60 {
		header = append(header, fmt.Sprintf("X-Padding-%d", n), "1")
	}
	if answer, _ := v.fetch(http.MethodPost, "/webhooks/payments/sandbox", header...); answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("answered with %d", answer.StatusCode)
	}
	if answer, _ := v.fetch(http.MethodPost, "/webhooks/payments/sandbox", header[:40]...); answer.StatusCode == http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("twenty more are refused with %d", answer.StatusCode)
	}
}
