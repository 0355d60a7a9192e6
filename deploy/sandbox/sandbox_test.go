package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const (
	testKey    = "key-of-the-test-shop"
	testSecret = "webhook-secret-of-the-test-shop"
)

// TestMain lets a test start this program for real, to kill it: the test binary plays the sandbox when told so.
func TestMain(m *testing.M) {
	if os.Getenv("SANDBOX_TEST_PROGRAM") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// shop is a caller of one sandbox, as a shop and its shoppers are.
type shop struct {
	t       *testing.T
	url     string
	sandbox *sandbox // nil when it runs as a program of its own
}

// startSandbox runs a sandbox in this process on a record of its own.
func startSandbox(t *testing.T, change ...func(*config)) *shop {
	t.Helper()
	cfg := config{
		Data: filepath.Join(t.TempDir(), "record.jsonl"), Key: testKey, WebhookSecret: testSecret,
		Slow: 20 * time.Millisecond, Hang: 100 * time.Millisecond,
	}
	for _, c := range change {
		c(&cfg)
	}
	s, err := newSandbox(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.sender.retries = []time.Duration{5 * time.Millisecond}
	server := serve(t, s.routes())
	s.config.PageURL = server.URL
	t.Cleanup(func() {
		s.stop()
		server.Close()
		s.close()
	})
	return &shop{t: t, url: server.URL, sandbox: s}
}

// serve listens on a port that outgoing connections do not take.
func serve(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	for range 50 {
		listener, err := net.Listen("tcp", freeAddress())
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

func freeAddress() string { return fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000)) }

// call sends one API request and decodes what came back; status 0 means that no answer came.
func (s *shop) call(method, path, key string, body any) (int, paymentView) {
	var p paymentView
	status, raw := s.raw(method, path, key, body)
	if status/100 == 2 {
		if err := json.Unmarshal(raw, &p); err != nil {
			s.t.Errorf("%s %s answered %s: %v", method, path, raw, err)
		}
	}
	return status, p
}

func (s *shop) raw(method, path, key string, body any) (int, []byte) {
	encoded, ok := body.(string)
	if !ok && body != nil {
		plain, err := json.Marshal(body)
		if err != nil {
			s.t.Error(err)
		}
		encoded = string(plain)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewBufferString(encoded))
	if err != nil {
		s.t.Error(err)
		return 0, nil
	}
	req.Header.Set("Authorization", "Bearer "+testKey)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := onceOnly.RoundTrip(req)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil
	}
	return resp.StatusCode, raw
}

// onceOnly sends a request on a connection of its own: on a used one, Go repeats a keyed request that got no answer.
var onceOnly = &http.Transport{DisableKeepAlives: true}

// asked is what a shop sends to open a payment of 49.90.
func asked(reference string) map[string]any {
	return map[string]any{
		"reference": reference, "amount_minor": 4990, "currency": "EUR", "description": "Order T-1001",
		"return_url": "https://shop.example/return?payment=" + reference, "cancel_url": "https://shop.example/cancel",
	}
}

func (s *shop) open(reference string) paymentView {
	s.t.Helper()
	status, p := s.call("POST", "/v1/payments", reference, asked(reference))
	if status != http.StatusCreated {
		s.t.Fatalf("open %s: status %d", reference, status)
	}
	return p
}

// press submits a page's form, without following the redirect. A nil answer means that none came.
func (s *shop) press(path string, form url.Values) *http.Response {
	client := http.Client{Transport: onceOnly, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(s.url+path, form)
	if err != nil {
		return nil
	}
	_ = resp.Body.Close()
	return resp
}

func (s *shop) button(p paymentView, action string) *http.Response {
	return s.press("/pay/"+p.ID, url.Values{"action": {action}})
}

func (s *shop) pay(p paymentView) {
	s.t.Helper()
	if resp := s.button(p, "pay"); resp == nil || resp.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("pay: %v", resp)
	}
}

func (s *shop) get(p paymentView) paymentView {
	s.t.Helper()
	status, now := s.call("GET", "/v1/payments/"+p.ID, "", nil)
	if status != http.StatusOK {
		s.t.Fatalf("get %s: status %d", p.ID, status)
	}
	return now
}

func (s *shop) refund(p paymentView, key string, amount int64) (int, paymentView) {
	return s.call("POST", "/v1/payments/"+p.ID+"/refunds", key, map[string]any{"amount_minor": amount})
}

func (s *shop) void(p paymentView, key string) (int, paymentView) {
	return s.call("POST", "/v1/payments/"+p.ID+"/void", key, nil)
}

// tell sets the script.
func (s *shop) tell(script string) {
	s.t.Helper()
	if status, body := s.raw("POST", "/control", "", script); status != http.StatusOK {
		s.t.Fatalf("script %s: %d %s", script, status, body)
	}
}

// played is how often the script struck.
func (s *shop) played(what string) int {
	s.t.Helper()
	var now performance
	_, body := s.raw("GET", "/control", "", nil)
	if err := json.Unmarshal(body, &now); err != nil {
		s.t.Fatal(err)
	}
	return now.Played[what]
}

func (s *shop) charges() []movement {
	s.t.Helper()
	var statement struct{ Charges []movement }
	_, body := s.raw("GET", "/v1/charges", "", nil)
	if err := json.Unmarshal(body, &statement); err != nil {
		s.t.Fatal(err)
	}
	return statement.Charges
}

// wants fails unless the payment now stands like this.
func (s *shop) wants(p paymentView, state State, captured, refunded int64) {
	s.t.Helper()
	if now := s.get(p); now.State != state || now.CapturedMinor != captured || now.RefundedMinor != refunded {
		s.t.Errorf("payment is %s with %d captured and %d refunded, want %s, %d, %d",
			now.State, now.CapturedMinor, now.RefundedMinor, state, captured, refunded)
	}
}

// eventually polls until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline, poll := time.After(10*time.Second), time.NewTicker(5*time.Millisecond)
	defer poll.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		case <-poll.C:
		}
	}
}
