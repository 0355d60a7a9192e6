package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// inbox is the shop's door for webhooks.
type inbox struct {
	url    string
	mu     sync.Mutex
	refuse int // how many more messages are answered 500
	got    []message
	heads  []http.Header
	bodies [][]byte
}

func openInbox(t *testing.T) *inbox {
	t.Helper()
	in := &inbox{}
	in.url = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var m message
		if err != nil || json.Unmarshal(body, &m) != nil {
			t.Errorf("unreadable message %s", body)
		}
		in.mu.Lock()
		defer in.mu.Unlock()
		in.got, in.heads, in.bodies = append(in.got, m), append(in.heads, r.Header), append(in.bodies, body)
		if in.refuse > 0 {
			in.refuse--
			w.WriteHeader(http.StatusInternalServerError)
		}
	})).URL
	return in
}

func (in *inbox) messages() []message {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.got)
}

func (in *inbox) at(cfg *config) { cfg.WebhookURL = in.url }

// Every change is told, signed, with the version the payment has from then on.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	in := openInbox(t)
	s := startSandbox(t, in.at)
	paid, voided, expiring := s.open("paid"), s.open("voided"), s.open("expiring")
	declining, cancelling := s.open("declining"), s.open("cancelling")
	s.pay(paid)
	s.refund(paid, "refund-1", 1000)
	s.void(voided, "void-1")
	s.button(declining, "decline")
	s.button(cancelling, "cancel")
	s.tell(`{"clock_offset_seconds": 3600}`)
	eventually(t, "six messages", func() bool { return len(in.messages()) == 6 })

	want := map[string]string{
		"paid 2": "payment.captured", "paid 3": "payment.refunded", "voided 2": "payment.voided",
		"declining 2": "payment.declined", "cancelling 2": "payment.cancelled", "expiring 2": "payment.expired",
	}
	ids := map[string]bool{}
	for i, m := range in.messages() {
		if got := want[fmt.Sprintf("%s %d", m.Reference, m.Version)]; got != m.Type {
			t.Errorf("told %+v, want %q", m, got)
		}
		ids[m.ID] = true
		var stamp int64
		var sum string
		if _, err := fmt.Sscanf(in.heads[i].Get("Sandbox-Signature"), "t=%d,v1=%s", &stamp, &sum); err != nil {
			t.Fatal(err)
		}
		if want := signature(testSecret, time.Unix(stamp, 0), in.bodies[i]); want != in.heads[i].Get("Sandbox-Signature") {
			t.Errorf("signature %s, want %s", in.heads[i].Get("Sandbox-Signature"), want)
		}
	}
	if len(ids) != 6 || s.get(expiring).State != Expired {
		t.Errorf("%d different ids, last payment %s", len(ids), s.get(expiring).State)
	}
}

// A message comes again until it is accepted, then never more.
func TestWebhookIsRetried(t *testing.T) {
	t.Parallel()
	in := openInbox(t)
	in.refuse = 3
	s := startSandbox(t, in.at)
	p := s.open("order-1")
	s.pay(p)
	eventually(t, "accepted", func() bool { return s.played("webhook accepted") == 1 })
	if got := in.messages(); len(got) != 4 || got[0].ID != got[3].ID {
		t.Errorf("%d messages, want one message four times: %+v", len(got), got)
	}
	if left := s.sandbox.book.waiting(time.Hour); len(left) != 0 {
		t.Errorf("still to be sent: %+v", left)
	}
}

func TestWebhookDuplicates(t *testing.T) {
	t.Parallel()
	in := openInbox(t)
	s := startSandbox(t, in.at)
	s.tell(`{"webhook": {"duplicate": 4}}`)
	p := s.open("order-1")
	s.pay(p)
	eventually(t, "five copies", func() bool { return s.played("webhook accepted") == 1 })
	got := in.messages()
	if len(got) != 5 {
		t.Fatalf("%d copies, want 5", len(got))
	}
	for _, m := range got {
		if m.ID != got[0].ID {
			t.Errorf("copies differ: %+v", got)
		}
	}
}

func TestWebhookDropped(t *testing.T) {
	t.Parallel()
	in := openInbox(t)
	s := startSandbox(t, in.at)
	s.tell(`{"webhook": {"drop": true}}`)
	p := s.open("order-1")
	s.pay(p)
	eventually(t, "dropped", func() bool { return s.played("webhook dropped") == 1 })
	if got := in.messages(); len(got) != 0 {
		t.Errorf("sent all the same: %+v", got)
	}
	s.wants(p, Captured, 4990, 0)
}

func TestWebhookDelayed(t *testing.T) {
	t.Parallel()
	in := openInbox(t)
	s := startSandbox(t, in.at)
	s.tell(`{"webhook": {"delay_ms": 200}}`)
	p := s.open("order-1")
	before := s.sandbox.clock.now()
	s.pay(p)
	eventually(t, "delivered", func() bool { return len(in.messages()) == 1 })
	if took := s.sandbox.clock.now().Sub(before); took < 200*time.Millisecond {
		t.Errorf("came after %s", took)
	}
}

func TestWebhooksShuffled(t *testing.T) {
	t.Parallel()
	in := openInbox(t)
	s := startSandbox(t, in.at)
	s.tell(`{"webhook": {"shuffle": true, "delay_ms": 300}, "seed": 1}`)
	var paid, told []string
	for i := range 12 {
		p := s.open(fmt.Sprintf("order-%d", i))
		s.pay(p)
		paid = append(paid, p.Reference)
	}
	eventually(t, "all delivered", func() bool { return len(in.messages()) == len(paid) })
	for _, m := range in.messages() {
		told = append(told, m.Reference)
	}
	if slices.Equal(told, paid) {
		t.Error("they came in order")
	}
	slices.Sort(told)
	slices.Sort(paid)
	if !slices.Equal(told, paid) {
		t.Errorf("told of %v, want %v", told, paid)
	}
}

// A webhook can overtake the answer to the very request that caused it.
func TestWebhookBeforeReply(t *testing.T) {
	t.Parallel()
	in := openInbox(t)
	s := startSandbox(t, in.at)
	s.tell(`{"webhook": {"before_reply": true, "delay_ms": 50}}`)
	p := s.open("order-1")
	s.pay(p)
	if got := len(in.messages()); got != 1 {
		t.Errorf("%d messages when the shopper came back, want 1", got)
	}
	s.refund(p, "refund-1", 10)
	if got := len(in.messages()); got != 2 {
		t.Errorf("%d messages when the refund was answered, want 2", got)
	}
}
