package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// message tells the shop that a payment changed. It may come late, twice, in any order or never.
type message struct {
	ID         string    `json:"id"`
	Type       string    `json:"type"`
	PaymentID  string    `json:"payment_id"`
	Reference  string    `json:"reference"`
	CreateTime time.Time `json:"create_time"`
	Version    int64     `json:"version"`
}

// messageID can be told from the payment alone, so the record need not keep messages.
func messageID(p *payment) string {
	return fmt.Sprintf("evt_%s_%d", strings.TrimPrefix(p.ID, "pay_"), p.Version)
}

// messageOf is the message that an entry causes, given the payment after it.
func messageOf(e entry, p *payment) (message, bool) {
	switch e.Kind {
	case authorized, captured, released, tryDeclined, declined, cancelled, expired, voided, refunded, wasDisputed, wonDispute, lostDispute:
		return message{messageID(p), "payment." + string(e.Kind), p.ID, p.Reference, e.Time, p.Version}, true
	default:
		return message{}, false
	}
}

// oldestMessage is how long a message is worth sending.
const oldestMessage = time.Hour

// retries is the wait before each further try; the last one repeats until oldestMessage has passed.
var retries = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second}

// sender carries messages to the shop until they are accepted.
type sender struct {
	url      string
	secret   string
	header   string // of the signature
	encode   func(message) ([]byte, error)
	retries  []time.Duration
	clock    *clock
	director *director
	book     *book
	log      *slog.Logger
	client   *http.Client
	slots    chan struct{} // bounds what is under way at one moment

	ctx     context.Context //nolint:containedctx // the program's life, which every delivery shares
	end     context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex
	untried map[string]chan struct{} // message id → closed after its first try
}

func newSender(cfg config, s *sandbox) *sender {
	ctx, end := context.WithCancel(context.Background())
	header, encode := "Sandbox-Signature", func(m message) ([]byte, error) { return json.Marshal(m) }
	if cfg.Speaks == speaksStripe {
		header, encode = "Stripe-Signature", s.stripeEvent
	}
	return &sender{
		url: cfg.WebhookURL, secret: cfg.WebhookSecret, header: header, encode: encode, retries: retries,
		clock: s.clock, director: s.director, book: s.book, log: s.log,
		client: &http.Client{
			Timeout:       10 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		slots: make(chan struct{}, 64),
		ctx:   ctx, end: end, untried: map[string]chan struct{}{},
	}
}

// send takes a message on and returns at once. Without an address there is nobody to tell.
func (s *sender) send(m message) {
	if s.url == "" || s.ctx.Err() != nil {
		return
	}
	tried := make(chan struct{})
	s.mu.Lock()
	s.untried[m.ID] = tried
	s.mu.Unlock()
	s.running.Go(func() { s.deliver(m, tried) })
}

// awaitFirstTry returns once the payment's newest message was tried, for scripts that let a webhook overtake the answer.
func (s *sender) awaitFirstTry(ctx context.Context, p payment) {
	s.mu.Lock()
	tried, ok := s.untried[messageID(&p)]
	s.mu.Unlock()
	if !ok {
		return
	}
	select {
	case <-tried:
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
}

func (s *sender) deliver(m message, tried chan struct{}) {
	var once sync.Once
	finish := func() {
		once.Do(func() {
			s.mu.Lock()
			delete(s.untried, m.ID)
			s.mu.Unlock()
			close(tried)
		})
	}
	defer finish()

	wait, waited := s.director.delay(), time.Duration(0)
	for try := 0; s.pause(wait); try++ {
		how := s.director.webhooks()
		if how.Drop {
			s.settle(m, "dropped")
			return
		}
		accepted := s.post(m, 1+how.Duplicate)
		finish()
		if accepted {
			s.settle(m, "accepted")
			return
		}
		if wait = s.retries[min(try, len(s.retries)-1)]; waited > oldestMessage {
			s.settle(m, "given up")
			return
		}
		waited += wait
	}
}

// post sends copies at the same moment; one that is accepted is enough.
func (s *sender) post(m message, copies int) bool {
	body, err := s.encode(m)
	if err != nil {
		s.log.Error("encode webhook", "error", err)
		return false
	}
	answers := make(chan error, copies)
	for range copies {
		go func() { answers <- s.postOnce(body) }()
	}
	accepted := false
	for range copies {
		err := <-answers
		accepted = accepted || err == nil
		if err != nil && s.ctx.Err() == nil {
			s.director.noteWebhook("refused")
			s.log.Warn("webhook not accepted", "message", m.ID, "type", m.Type, "error", err)
		}
	}
	return accepted
}

func (s *sender) postOnce(body []byte) error {
	s.slots <- struct{}{}
	defer func() { <-s.slots }()
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(s.header, signature(s.secret, s.clock.now(), body))
	s.director.noteWebhook("sent")
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // lets the connection be used again
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("answered %s", resp.Status)
	}
	return nil
}

// settle ends the tries for a message.
func (s *sender) settle(m message, how string) {
	s.director.noteWebhook(how)
	if err := s.book.sent(m); err != nil {
		s.log.Error("note that a webhook is settled", "message", m.ID, "error", err)
	}
}

// pause is false when the program is about to stop.
func (s *sender) pause(d time.Duration) bool { return pause(s.ctx, d) }

// close ends every delivery; what was not accepted is sent after the next start.
func (s *sender) close() {
	s.end()
	s.running.Wait()
}

// signature is the header that proves who sent a message and when: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">.
func signature(secret string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.", at.Unix())
	mac.Write(body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
