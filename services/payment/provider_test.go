package payment_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

const goodAnswer = `{"id":"pay_1","reference":"order-1","state":"requires_action","amount_minor":4990,"currency":"EUR","authorized_minor":0,"captured_minor":0,` +
	`"refunded_minor":0,"refunds":[],"redirect_url":"https://pay.example/pay_1","version":1}`

// Whatever answers in the provider's place, a payment is never taken for opened, paid or unheard of on its word.
func TestSandboxDoubtsStrangeAnswers(t *testing.T) {
	t.Parallel()
	swap := func(from, to string) string { return strings.Replace(goodAnswer, from, to, 1) }
	tests := map[string]struct {
		status    int
		body      string
		questions error // what Find says; Start says ErrUnknownOutcome unless starts is set
		starts    error
	}{
		"good":                {status: 200, body: goodAnswer},
		"a proxy's page":      {status: 200, body: "<html>", questions: payment.ErrUnavailable},
		"a proxy's 404":       {status: 404, body: "<html>not here</html>", questions: payment.ErrUnavailable},
		"a proxy's 409":       {status: 409, body: `{"message":"conflict"}`, questions: payment.ErrUnavailable},
		"a redirect":          {status: 302, body: "", questions: payment.ErrUnavailable},
		"too much":            {status: 200, body: goodAnswer + strings.Repeat(" ", 1<<20), questions: payment.ErrUnavailable},
		"nothing":             {status: 200, body: "", questions: payment.ErrUnavailable},
		"another payment":     {status: 200, body: swap("order-1", "order-2"), questions: payment.ErrUnavailable},
		"an unknown state":    {status: 200, body: swap("requires_action", "partying"), questions: payment.ErrUnavailable},
		"no version":          {status: 200, body: swap(`"version":1`, `"version":0`), questions: payment.ErrUnavailable},
		"an unknown currency": {status: 200, body: swap("EUR", "EUX"), questions: payment.ErrUnavailable},
		"too much captured":   {status: 200, body: swap(`"captured_minor":0`, `"captured_minor":4991`), questions: payment.ErrUnavailable},
		"refund from nothing": {status: 200, body: swap(`"refunded_minor":0`, `"refunded_minor":1`), questions: payment.ErrUnavailable},
		"a script to go to":   {status: 200, body: swap("https://pay.example/pay_1", "javascript:alert(1)"), questions: payment.ErrUnavailable},
		"another amount":      {status: 200, body: swap("4990", "499"), starts: payment.ErrUnknownOutcome},
		"unheard of":          {404, `{"error":{"code":"unknown_payment","message":"no"}}`, payment.ErrUnknownPayment, payment.ErrUnknownPayment},
		"a no":                {409, `{"error":{"code":"final","message":"no"}}`, payment.ErrRefused, payment.ErrRefused},
		"locked out":          {401, `{"error":{"code":"unauthorized","message":"no"}}`, payment.ErrUnavailable, payment.ErrUnavailable},
		"too many":            {429, `{"error":{"code":"slow_down","message":"no"}}`, payment.ErrUnavailable, payment.ErrUnavailable},
		"its own failure":     {500, `{"error":{"code":"internal","message":"no"}}`, payment.ErrUnavailable, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			}))
			client, err := payment.NewSandbox(payment.SandboxConfig{URL: server.URL + "/", Key: "key"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.Find(t.Context(), payment.Ref{Reference: "order-1"}); !errors.Is(err, tc.questions) {
				t.Errorf("find: %v, want %v", err, tc.questions)
			}
			want := tc.starts
			if want == nil && tc.questions != nil {
				want = payment.ErrUnknownOutcome
			}
			if _, err := client.Start(t.Context(), startRequest("order-1")); !errors.Is(err, want) {
				t.Errorf("start: %v, want %v", err, want)
			}
		})
	}
}

// A caller that gives up before anything is sent has changed nothing; one that gives up later cannot know.
func TestSandboxTellsWhetherItWasSent(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{}, 1)
	release := make(chan struct{})
	server := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached <- struct{}{}; <-release }))
	t.Cleanup(func() { close(release) })
	client, err := payment.NewSandbox(payment.SandboxConfig{URL: server.URL, Key: "key"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reached; cancel() }()
	if _, err := client.Start(ctx, startRequest("order-1")); !errors.Is(err, payment.ErrUnknownOutcome) || !errors.Is(err, context.Canceled) {
		t.Errorf("given up after it was sent: %v", err)
	}
	if _, err := client.Start(ctx, startRequest("order-1")); !errors.Is(err, payment.ErrUnavailable) {
		t.Errorf("given up before: %v", err)
	}
}

// serve listens on a port that outgoing connections do not take.
func serve(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	for range 50 {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000)))
		if err != nil {
			continue
		}
		server := httptest.NewUnstartedServer(handler)
		_ = server.Listener.Close()
		server.Listener = listener
		server.Start()
		t.Cleanup(server.Close)
		return server
	}
	t.Fatal("no free port")
	return nil
}

func TestNewSandboxChecksItsSettings(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]payment.SandboxConfig{
		"no address":      {Key: "key"},
		"no scheme":       {URL: "127.0.0.1:8085", Key: "key"},
		"query":           {URL: "http://127.0.0.1:8085/?a=b", Key: "key"},
		"no key":          {URL: "http://127.0.0.1:8085"},
		"an empty secret": {URL: "http://127.0.0.1:8085", Key: "key", WebhookSecrets: config.Secrets{"one", ""}},
	} {
		if _, err := payment.NewSandbox(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	client, err := payment.NewSandbox(payment.SandboxConfig{URL: "http://127.0.0.1:8085", Key: "hush", WebhookSecrets: config.Secrets{"hush"}})
	if err != nil {
		t.Fatal(err)
	}
	if printed := fmt.Sprintf("%+v", client); strings.Contains(printed, "hush") {
		t.Errorf("printing the client shows its secrets: %s", printed)
	}
}

// No message is taken that our secret did not sign, whatever its header looks like, and none panics.
func FuzzParseWebhook(f *testing.F) {
	body := []byte(`{"id":"evt_1_2","type":"payment.captured","payment_id":"pay_1","reference":"order-1","version":2}`)
	sum := func(stamp string, body []byte) string {
		mac := hmac.New(sha256.New, []byte("secret"))
		mac.Write([]byte(stamp + "."))
		mac.Write(body)
		return hex.EncodeToString(mac.Sum(nil))
	}
	now := time.Unix(1_790_000_000, 0)
	stamp := fmt.Sprint(now.Unix())
	f.Add("t="+stamp+",v1="+sum(stamp, body), body)
	f.Add("t="+stamp+",v1=00,v1="+sum(stamp, body), body)
	f.Add("t="+stamp+",v1="+sum(stamp, []byte(`[]`)), []byte(`[]`))
	f.Add("t=99999999999999999999,v1=", body)
	f.Add("t=,v1=,", []byte{})
	client, err := payment.NewSandbox(payment.SandboxConfig{URL: "http://127.0.0.1:8085", Key: "key", WebhookSecrets: config.Secrets{"secret"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		notice, err := client.ParseWebhook(http.Header{"Sandbox-Signature": {header}}, body, now)
		signed := false
		if stamp, _, ok := strings.Cut(strings.TrimPrefix(header, "t="), ","); ok {
			signed = strings.Contains(strings.ToLower(header), sum(stamp, body))
		}
		if !errors.Is(err, payment.ErrUnverified) && !signed {
			t.Errorf("took %q from %q: %v", body, header, err)
		}
		if err == nil && (notice.ID == "" || notice.Reference == "") {
			t.Errorf("an empty notice from %q", body)
		}
	})
}
