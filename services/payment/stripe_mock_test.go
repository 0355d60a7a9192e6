package payment_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

// Every request that we send is one that Stripe's published interface has: its own mock server answers each. What the mock says of a payment is made
// up, so a proxy puts in what a call needs to go on; that we understand the answers is for the provider that keeps state to show.
func TestStripeMock(t *testing.T) {
	t.Parallel()
	mock := startStripeMock(t)
	page, later, fields, saved := startRequest(id.New()), startRequest(id.New()), startRequest(id.New()), startRequest(id.New())
	page.Challenge, fields.Challenge = true, true
	later.CaptureLater, later.Customer, later.SaveMethod = true, "customer-1", true
	fields.InFields, fields.CaptureLater, fields.Customer, fields.SaveMethod = true, true, "customer-1", true
	saved.Customer, saved.SavedMethod = "customer-1", "pm_1"
	session := payment.Ref{Reference: page.Reference, ProviderID: "cs_test_1"}
	intent := payment.Ref{Reference: page.Reference, ProviderID: "pi_1"}
	for name, tc := range map[string]struct {
		status string // of the intent
		want   string // the request that this is about
		call   func(*payment.Stripe) error
	}{
		"start on the page":     {"", "POST /v1/checkout/sessions", starting(t, page)},
		"start, capture later":  {"none", "POST /v1/customers", starting(t, later)},
		"start in fields":       {"requires_payment_method", "POST /v1/payment_intents", starting(t, fields)},
		"start by saved method": {"requires_action", "POST /v1/payment_intents", starting(t, saved)},
		"find a page":           {"", "GET /v1/checkout/sessions/cs_test_1", finding(t, session)},
		"find an intent":        {"succeeded", "GET /v1/payment_intents/pi_1", finding(t, intent)},
		"look in the lists":     {"succeeded", "GET /v1/checkout/sessions", finding(t, payment.Ref{Reference: page.Reference})},
		"search for an old one": {"succeeded", "GET /v1/payment_intents/search", finding(t, payment.Ref{Reference: "01890000-0000-7000-8000-000000000000"})},
		"capture": {"requires_capture", "POST /v1/payment_intents/pi_1/capture", func(s *payment.Stripe) error {
			_, err := s.Capture(t.Context(), intent, "capture-1", eur(500), false)
			return err
		}},
		"void a reservation": {"requires_capture", "POST /v1/payment_intents/pi_1/cancel", func(s *payment.Stripe) error {
			_, err := s.Void(t.Context(), intent, "void-1")
			return err
		}},
		"void a page": {"", "POST /v1/checkout/sessions/cs_test_1/expire", func(s *payment.Stripe) error {
			_, err := s.Void(t.Context(), session, "void-1")
			return err
		}},
		"refund": {"succeeded", "POST /v1/refunds", func(s *payment.Stripe) error {
			_, err := s.Refund(t.Context(), intent, "refund-1", eur(500), payment.RefundRequested)
			return err
		}},
		"the statement": {"", "GET /v1/balance_transactions", func(s *payment.Stripe) error {
			_, _, err := s.Charges(t.Context(), startedAt.Add(-time.Hour), "txn_1")
			return err
		}},
		"methods": {"", "GET /v1/customers/search", func(s *payment.Stripe) error {
			_, err := s.Methods(t.Context(), "customer-1")
			return err
		}},
		"forget a method": {"", "POST /v1/payment_methods/pm_1/detach", func(s *payment.Stripe) error {
			return s.ForgetMethod(t.Context(), "customer-1", "pm_1")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			between := &between{t: t, mock: mock, status: tc.status, reference: page.Reference}
			address := serve(t, between).URL
			client, err := payment.NewStripe(payment.StripeConfig{SecretKey: "sk_test_123", PublishableKey: "pk_test_123", URL: address, Timeout: 20 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			_ = tc.call(client) // the mock's answer is no payment of ours
			if !slices.Contains(between.passed(), tc.want) {
				t.Errorf("the mock answered %q, want %s among them", between.passed(), tc.want)
			}
		})
	}
}

func starting(t *testing.T, in payment.StartRequest) func(*payment.Stripe) error {
	return func(s *payment.Stripe) error {
		_, err := s.Start(t.Context(), in)
		return err
	}
}

func finding(t *testing.T, of payment.Ref) func(*payment.Stripe) error {
	return func(s *payment.Stripe) error {
		_, err := s.Find(t.Context(), of)
		return err
	}
}

// between hands requests on to the mock, notes those that it accepts, and makes the payments in its answers the one that is asked for.
type between struct {
	t                       *testing.T
	mock, status, reference string
	mu                      sync.Mutex
	requests                []string
}

func (b *between) passed() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.requests)
}

func (b *between) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	target, err := url.Parse(b.mock)
	if err != nil {
		b.t.Error(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(answer *http.Response) error {
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			return err
		}
		if answer.StatusCode >= 400 {
			b.t.Errorf("%s %s: %s", r.Method, r.URL, body)
		}
		b.mu.Lock()
		b.requests = append(b.requests, r.Method+" "+r.URL.Path)
		b.mu.Unlock()
		if body, err = b.change(body); err != nil {
			return err
		}
		answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		answer.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return nil
	}
	proxy.ServeHTTP(w, r)
}

func (b *between) change(body []byte) ([]byte, error) {
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, err
	}
	switch object["object"] {
	case "checkout.session":
		object["client_reference_id"], object["currency"], object["status"], object["payment_intent"] = b.reference, "eur", "open", nil
	case "payment_intent":
		object["metadata"], object["currency"], object["status"] = map[string]string{"reference": b.reference}, "eur", b.status
		object["latest_charge"], object["amount_received"], object["amount_capturable"] = nil, 0, 4990
		if b.status == "succeeded" {
			object["amount_received"] = 4990
		}
	case "payment_method":
		object["customer"] = "cus_1"
	case "search_result":
		// A status makes it a search for payments, or for a customer who is to be made.
		object["data"] = []any{map[string]any{"object": "customer", "id": "cus_1", "created": 1, "metadata": map[string]string{"reference": "customer-1"}}}
		if b.status != "" {
			object["data"] = []any{}
		}
	}
	return json.Marshal(object)
}

// startStripeMock runs Stripe's own mock server, which the tools' module names, and returns its address.
func startStripeMock(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "stripe-mock")
	build := exec.Command("go", "build", "-modfile=../../deploy/tools/go.mod", "-o", binary, "github.com/stripe/stripe-mock")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build stripe-mock: %v\n%s", err, out)
	}
	for range 20 {
		port := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000))
		cmd := exec.Command(binary, "-http-addr", port)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
		if reachable(port, ended) {
			return "http://" + port
		} // else the port was taken: try another
	}
	t.Fatal("stripe-mock does not start")
	return ""
}

// reachable waits until a program listens. It is false when the program has ended.
func reachable(address string, ended <-chan struct{}) bool {
	for range 300 {
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			_ = conn.Close()
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(100 * time.Millisecond):
		}
	}
	return false
}
