package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A request that is sent twice opens one payment, and a key cannot be used for two different ones.
func TestCreateIsIdempotent(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	first := s.open("order-1")
	if first.State != RequiresAction || first.Version != 1 || first.RedirectURL != s.url+"/pay/"+first.ID {
		t.Errorf("opened as %+v", first)
	}

	status, again := s.call("POST", "/v1/payments", "order-1", asked("order-1"))
	if status != http.StatusOK || again.ID != first.ID {
		t.Errorf("a repeat gave %d and payment %s, want 200 and %s", status, again.ID, first.ID)
	}
	spaced := `{ "currency":"EUR", "amount_minor": 4990, "reference":"order-1", "description":"Order T-1001",
		"return_url":"https://shop.example/return?payment=order-1", "cancel_url":"https://shop.example/cancel" }`
	if status, again = s.call("POST", "/v1/payments", "order-1", spaced); status != http.StatusOK || again.ID != first.ID {
		t.Errorf("a repeat with other spacing gave %d and payment %s", status, again.ID)
	}

	other := asked("order-1")
	other["amount_minor"] = 5000
	if status, body := s.raw("POST", "/v1/payments", "order-1", other); status != http.StatusConflict || !strings.Contains(string(body), "idempotency_key_reused") {
		t.Errorf("the same key with another amount: %d %s", status, body)
	}
	if status, body := s.raw("POST", "/v1/payments", "another-key", asked("order-1")); status != http.StatusConflict || !strings.Contains(string(body), "reference_taken") {
		t.Errorf("another key for the same reference: %d %s", status, body)
	}
	if status, found := s.call("GET", "/v1/payments?reference=order-1", "", nil); status != http.StatusOK || found.ID != first.ID {
		t.Errorf("found %d %s by reference", status, found.ID)
	}
}

// Fifty simultaneous sends of one request open one payment.
func TestCreateRace(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	var ids sync.Map
	together(50, func(int) {
		if status, p := s.call("POST", "/v1/payments", "order-1", asked("order-1")); status/100 == 2 {
			ids.Store(p.ID, true)
		}
	})
	count := 0
	ids.Range(func(any, any) bool { count++; return true })
	if count != 1 {
		t.Errorf("opened %d payments, want 1", count)
	}
}

func TestRefusesBadSessions(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	tests := map[string]func(map[string]any){
		"no amount":          func(m map[string]any) { delete(m, "amount_minor") },
		"negative amount":    func(m map[string]any) { m["amount_minor"] = -1 },
		"fraction":           func(m map[string]any) { m["amount_minor"] = 49.9 },
		"no reference":       func(m map[string]any) { m["reference"] = "" },
		"small currency":     func(m map[string]any) { m["currency"] = "eur" },
		"script as address":  func(m map[string]any) { m["return_url"] = "javascript:alert(1)" },
		"policy in address":  func(m map[string]any) { m["return_url"] = "https://shop.example;script-src*/" },
		"user in address":    func(m map[string]any) { m["cancel_url"] = "https://shop.example@evil.example/" },
		"long description":   func(m map[string]any) { m["description"] = strings.Repeat("x", 501) },
		"expired already":    func(m map[string]any) { m["expire_time"] = s.sandbox.clock.now().Add(-time.Second) },
		"open for years":     func(m map[string]any) { m["expire_time"] = s.sandbox.clock.now().AddDate(3, 0, 0) },
		"misspelt parameter": func(m map[string]any) { m["ammount"] = 1 },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			body := asked("order-1")
			spoil(body)
			if status, answer := s.raw("POST", "/v1/payments", "order-1", body); status != http.StatusBadRequest {
				t.Errorf("answered %d %s", status, answer)
			}
		})
	}
	if status, _ := s.call("POST", "/v1/payments", "", asked("order-1")); status != http.StatusBadRequest {
		t.Errorf("without a key: %d", status)
	}
	if status, _ := s.call("GET", "/v1/payments?reference=order-1", "", nil); status != http.StatusNotFound {
		t.Errorf("a refused session can be found: %d", status)
	}
	if status, _ := s.call("GET", "/v1/payments/pay_unknown", "", nil); status != http.StatusNotFound {
		t.Errorf("an unknown payment: %d", status)
	}
}

// Nobody without the key sees or moves anything.
func TestKeyIsNeeded(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	p := s.open("order-1")
	for _, path := range []string{"POST /v1/payments", "GET /v1/payments", "GET /v1/payments/" + p.ID, "GET /v1/charges",
		"POST /v1/payments/" + p.ID + "/void", "POST /v1/payments/" + p.ID + "/refunds", "GET /control", "POST /control", "POST /control/reset"} {
		for _, header := range []string{"", testKey, "Bearer ", "Bearer wrong", "bearer " + testKey} {
			method, address, _ := strings.Cut(path, " ")
			req, err := http.NewRequestWithContext(t.Context(), method, s.url+address, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", header)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s with %q answered %d", path, header, resp.StatusCode)
			}
		}
	}
}

// However many refunds arrive at once, never more is given back than was captured.
func TestRefundNeverAboveCaptured(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	p := s.open("order-1")
	if status, _ := s.refund(p, "early", 100); status != http.StatusConflict {
		t.Errorf("refund before capture answered %d", status)
	}
	s.pay(p)
	var done atomic.Int64
	together(50, func(i int) {
		if status, _ := s.refund(p, fmt.Sprintf("refund-%d", i), 499); status == http.StatusOK {
			done.Add(1)
		}
	})
	if done.Load() != 10 {
		t.Errorf("%d refunds of a tenth were accepted, want 10", done.Load())
	}
	s.wants(p, Refunded, 4990, 4990)
}

func TestRefundIsIdempotent(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	p := s.open("order-1")
	s.pay(p)
	together(20, func(int) { s.refund(p, "refund-1", 1000) })
	s.wants(p, PartlyRefunded, 4990, 1000)
	if status, _ := s.refund(p, "refund-1", 2000); status != http.StatusConflict {
		t.Errorf("same key, other amount: %d", status)
	}
	if status, _ := s.refund(p, "refund-2", 4000); status != http.StatusConflict {
		t.Errorf("more than is left: %d", status)
	}
	if status, now := s.refund(p, "refund-3", 3990); status != http.StatusOK || now.Version != 4 || len(now.Refunds) != 2 {
		t.Errorf("the rest: %d %+v", status, now)
	}
	s.wants(p, Refunded, 4990, 4990)
}

// What was voided can never be charged; what was charged can only be refunded.
func TestVoid(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	p := s.open("order-1")
	for range 2 {
		if status, now := s.void(p, "void-1"); status != http.StatusOK || now.State != Voided || now.Version != 2 {
			t.Errorf("void: %d %+v", status, now)
		}
	}
	s.button(p, "pay")
	s.wants(p, Voided, 0, 0)

	paid := s.open("order-2")
	s.pay(paid)
	if status, _ := s.void(paid, "void-2"); status != http.StatusConflict {
		t.Errorf("void of a captured payment: %d", status)
	}
	s.wants(paid, Captured, 4990, 0)
}

// The statement shows every movement, once, in order.
func TestStatement(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	p, voided := s.open("order-1"), s.open("order-2")
	s.pay(p)
	s.refund(p, "refund-1", 990)
	s.void(voided, "void-1")
	var got []string
	for _, c := range s.charges() {
		got = append(got, fmt.Sprintf("%s %s %d %s", c.Reference, c.Kind, c.AmountMinor, c.Currency))
	}
	want := "order-1 capture 4990 EUR, order-1 refund 990 EUR, order-2 void 0 EUR"
	if strings.Join(got, ", ") != want {
		t.Errorf("statement is %v, want %s", got, want)
	}
}

// The statement can be read page by page, and from a time on.
func TestStatementPages(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	for i := range 5 {
		s.pay(s.open(fmt.Sprintf("order-%d", i)))
	}
	read := func(query string) (references []string, next string) {
		t.Helper()
		var page struct {
			Charges []movement
			Next    string
		}
		status, raw := s.raw(http.MethodGet, "/v1/charges?"+query, "", nil)
		if err := json.Unmarshal(raw, &page); err != nil || status != http.StatusOK {
			t.Fatalf("%s answered %d %s", query, status, raw)
		}
		for _, charge := range page.Charges {
			references = append(references, charge.Reference)
		}
		return references, page.Next
	}
	times := s.charges()
	from := times[1].Time.Format(time.RFC3339Nano)
	first, next := read("limit=3&from=" + url.QueryEscape(from))
	second, end := read("limit=3&from=" + url.QueryEscape(from) + "&after=" + next)
	if got := strings.Join(append(first, second...), " "); got != "order-1 order-2 order-3 order-4" || len(first) != 3 || end != "" {
		t.Errorf("read %v and %v, then %q", first, second, end)
	}
	if after, end := read("from=" + url.QueryEscape(times[4].Time.Add(time.Hour).Format(time.RFC3339Nano))); len(after) != 0 || end != "" {
		t.Errorf("after all of them: %v, %q", after, end)
	}
	if beyond, _ := read("after=99&limit=9223372036854775807"); len(beyond) != 0 {
		t.Errorf("beyond the end: %v", beyond)
	}
	for _, query := range []string{"from=yesterday", "limit=0", "limit=-1", "limit=x", "after=x"} {
		if status, _ := s.raw(http.MethodGet, "/v1/charges?"+query, "", nil); status != http.StatusBadRequest {
			t.Errorf("%s answered %d, want 400", query, status)
		}
	}
}

// together runs n callers that start at the same moment.
func together(n int, do func(i int)) {
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Go(func() {
			start.Wait()
			do(i)
		})
	}
	start.Done()
	done.Wait()
}
