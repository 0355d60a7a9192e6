package payment

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// SandboxConfig is how the shop reaches the payment sandbox.
type SandboxConfig struct {
	URL            string         // base address of its API
	Key            config.Secret  // bearer secret of its API
	WebhookSecrets config.Secrets // any of them may sign, so that one can be replaced without losing messages
	// Timeout is how long an answer may take, besides a second to connect: 5 s if zero, which a shopper can wait for.
	// A worker, where nobody waits, gives it 20 s.
	Timeout time.Duration
}

// Sandbox is the client of the payment sandbox in deploy/sandbox, which behaves like a provider with a hosted page.
type Sandbox struct {
	base    string
	key     config.Secret
	secrets config.Secrets
	timeout time.Duration // of a whole call
	client  *http.Client
}

var _ Provider = (*Sandbox)(nil)

const (
	connectTimeout = time.Second
	maxAnswer      = 1 << 20
)

// NewSandbox checks the settings and returns the client. It does not call anyone.
func NewSandbox(cfg SandboxConfig) (*Sandbox, error) {
	base, err := url.Parse(cfg.URL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("the sandbox needs a full http or https address")
	}
	if cfg.Key == "" {
		return nil, errors.New("the sandbox needs a key")
	}
	if slices.Contains(cfg.WebhookSecrets, "") {
		return nil, errors.New("a webhook secret of the sandbox is empty: anyone could sign with it")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 5 * time.Second
	}
	s := &Sandbox{base: strings.TrimSuffix(base.String(), "/"), key: cfg.Key, secrets: cfg.WebhookSecrets, timeout: connectTimeout + cfg.Timeout}
	s.client = &http.Client{
		Transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
			TLSHandshakeTimeout:   connectTimeout,
			ResponseHeaderTimeout: cfg.Timeout,
			MaxIdleConnsPerHost:   16,
			MaxConnsPerHost:       64,
			IdleConnTimeout:       30 * time.Second,
			Proxy:                 http.ProxyFromEnvironment,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s, nil
}

// String keeps the secrets out of whatever prints the client.
func (s *Sandbox) String() string { return "sandbox at " + s.base }

// Start opens a hosted payment.
func (s *Sandbox) Start(ctx context.Context, in StartRequest) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if in.CancelURL == "" {
		in.CancelURL = in.ReturnURL
	}
	p, err := s.payment(ctx, http.MethodPost, "/v1/payments", in.Reference, in.Key, map[string]any{
		"reference": in.Reference, "amount_minor": in.Amount.Minor, "currency": in.Amount.Currency, "description": in.Description,
		"return_url": in.ReturnURL, "cancel_url": in.CancelURL, "expire_time": in.ExpireTime.UTC(),
	})
	if err != nil {
		return View{}, err
	}
	if p.AmountMinor != in.Amount.Minor || p.Currency != in.Amount.Currency {
		return View{}, fmt.Errorf("%w: it opened another amount", ErrUnknownOutcome)
	}
	return p.view(), nil
}

// Find asks by our reference.
func (s *Sandbox) Find(ctx context.Context, reference string) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	p, err := s.find(ctx, reference)
	if err != nil {
		return View{}, err
	}
	return p.view(), nil
}

// Void closes an open payment.
func (s *Sandbox) Void(ctx context.Context, reference, key string) (View, error) {
	return s.act(ctx, reference, key, "void", nil, "")
}

// Refund gives money back.
func (s *Sandbox) Refund(ctx context.Context, reference, key string, amount money.Amount) (View, error) {
	return s.act(ctx, reference, key, "refunds", map[string]any{"amount_minor": amount.Minor}, amount.Currency)
}

// act looks the payment up, since the API takes the sandbox's own number, and then changes it, both within one timeout.
func (s *Sandbox) act(ctx context.Context, reference, key, what string, body any, currency string) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	known, err := s.find(ctx, reference)
	if err != nil {
		return View{}, err
	}
	if currency != "" && currency != known.Currency {
		return View{}, fmt.Errorf("%w: the payment is in %s, not %s", ErrRefused, known.Currency, currency)
	}
	p, err := s.payment(ctx, http.MethodPost, "/v1/payments/"+url.PathEscape(known.ID)+"/"+what, reference, key, body)
	if err != nil {
		return View{}, err
	}
	return p.view(), nil
}

func (s *Sandbox) find(ctx context.Context, reference string) (sandboxPayment, error) {
	return s.payment(ctx, http.MethodGet, "/v1/payments?reference="+url.QueryEscape(reference), reference, "", nil)
}

// Charges reads the sandbox's statement.
func (s *Sandbox) Charges(ctx context.Context, from time.Time, cursor string) ([]Charge, string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	path := "/v1/charges?" + url.Values{"from": {from.UTC().Format(time.RFC3339Nano)}, "after": {cursor}, "limit": {"500"}}.Encode()
	var statement struct {
		Charges []struct {
			Reference   string    `json:"reference"`
			Kind        string    `json:"kind"`
			AmountMinor int64     `json:"amount_minor"`
			Time        time.Time `json:"time"`
		} `json:"charges"`
		Next string `json:"next"`
	}
	if err := s.call(ctx, http.MethodGet, path, "", nil, &statement); err != nil {
		return nil, "", err
	}
	page := make([]Charge, 0, len(statement.Charges))
	for _, line := range statement.Charges {
		charge := Charge{Reference: line.Reference, Time: line.Time}
		switch line.Kind {
		case "capture":
			charge.CapturedMinor = line.AmountMinor
		case "refund":
			charge.RefundedMinor = line.AmountMinor
		case "void":
			charge.Voided = true
		default:
			return nil, "", fmt.Errorf("%w: its statement has a %q", ErrUnavailable, line.Kind)
		}
		if line.Reference == "" || line.AmountMinor < 0 {
			return nil, "", fmt.Errorf("%w: its statement does not add up", ErrUnavailable)
		}
		page = append(page, charge)
	}
	return page, statement.Next, nil
}

// payment sends one request about the payment with our reference, and refuses an answer that cannot be about it.
func (s *Sandbox) payment(ctx context.Context, method, path, reference, key string, body any) (sandboxPayment, error) {
	var p sandboxPayment
	if err := s.call(ctx, method, path, key, body, &p); err != nil {
		return sandboxPayment{}, err
	}
	if err := p.check(reference); err != nil {
		return sandboxPayment{}, fmt.Errorf("%w: %w", lost(method), err)
	}
	return p, nil
}

// lost is what an answer that was not heard means: a question changed nothing.
func lost(method string) error {
	if method == http.MethodGet {
		return ErrUnavailable
	}
	return ErrUnknownOutcome
}

// call sends one request and says what the answer, or the lack of one, means.
func (s *Sandbox) call(ctx context.Context, method, path, key string, body, answer any) error {
	var content io.Reader // none, for a question
	if method != http.MethodGet {
		encoded, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		content = bytes.NewReader(encoded)
	}
	var sent atomic.Bool // set by the goroutine that writes
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, content)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+s.key.Reveal())
	if content != nil {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
	}
	unheard := lost(method)
	resp, err := s.client.Do(req)
	if err != nil {
		if !sent.Load() {
			unheard = ErrUnavailable
		}
		return fmt.Errorf("%w: %w", unheard, err)
	}
	defer func() { _ = resp.Body.Close() }()
	return readAnswer(resp, unheard, answer)
}

func readAnswer(resp *http.Response, lost error, answer any) error {
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return fmt.Errorf("%w: %w", lost, err)
	}
	if len(raw) > maxAnswer {
		return fmt.Errorf("%w: more than %d bytes", lost, maxAnswer)
	}
	if resp.StatusCode/100 == 2 {
		if err := json.Unmarshal(raw, answer); err != nil {
			return fmt.Errorf("%w: unreadable: %w", lost, err)
		}
		return nil
	}
	var problem struct {
		Error struct{ Code, Message string }
	}
	if err := json.Unmarshal(raw, &problem); err != nil || problem.Error.Code == "" {
		return fmt.Errorf("%w: status %d", lost, resp.StatusCode) // somebody else on the way, not the API
	}
	return fmt.Errorf("%w: %s (%s)", meaning(resp.StatusCode, problem.Error.Code, lost), problem.Error.Message, problem.Error.Code)
}

// meaning sorts the API's errors. Only its own word counts: a 404 of a proxy must not read as "never heard of it".
func meaning(status int, code string, lost error) error {
	switch {
	case code == "unknown_payment":
		return ErrUnknownPayment
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusTooManyRequests:
		return ErrUnavailable // turned away at the door
	case status == http.StatusBadRequest, status == http.StatusConflict, status == http.StatusUnprocessableEntity:
		return ErrRefused
	default:
		return lost
	}
}

// sandboxPayment is a payment as the API shows it.
type sandboxPayment struct {
	ID            string `json:"id"`
	Reference     string `json:"reference"`
	State         string `json:"state"`
	AmountMinor   int64  `json:"amount_minor"`
	Currency      string `json:"currency"`
	CapturedMinor int64  `json:"captured_minor"`
	RefundedMinor int64  `json:"refunded_minor"`
	Refunds       []struct {
		Key         string `json:"key"`
		AmountMinor int64  `json:"amount_minor"`
	} `json:"refunds"`
	RedirectURL string `json:"redirect_url"`
	Version     int64  `json:"version"`
}

// sandboxStates translates the sandbox's states to ours, and says why a payment failed, for staff and for programs.
var sandboxStates = map[string]struct {
	state   paymentv1.PaymentState
	problem string
	failure paymentv1.FailureReason
}{
	"requires_action": {state: paymentv1.PaymentState_PAYMENT_STATE_REQUIRES_ACTION},
	"captured":        {state: paymentv1.PaymentState_PAYMENT_STATE_CAPTURED},
	"partly_refunded": {state: paymentv1.PaymentState_PAYMENT_STATE_PARTLY_REFUNDED},
	"refunded":        {state: paymentv1.PaymentState_PAYMENT_STATE_REFUNDED},
	"voided":          {state: paymentv1.PaymentState_PAYMENT_STATE_VOIDED},
	"expired":         {state: paymentv1.PaymentState_PAYMENT_STATE_EXPIRED},
	"declined":        {paymentv1.PaymentState_PAYMENT_STATE_FAILED, "declined", paymentv1.FailureReason_FAILURE_REASON_DECLINED},
	"cancelled":       {paymentv1.PaymentState_PAYMENT_STATE_FAILED, "cancelled by the shopper", paymentv1.FailureReason_FAILURE_REASON_CANCELLED},
}

// check refuses an answer that cannot be true, before anyone books by it.
func (p sandboxPayment) check(reference string) error {
	if p.Reference != reference {
		return errors.New("it answered for another payment")
	}
	_, known := sandboxStates[p.State]
	if !known || p.ID == "" || p.Version < 1 || !money.Known(p.Currency) {
		return errors.New("it answered with a payment that lacks something")
	}
	if p.RefundedMinor < 0 || p.RefundedMinor > p.CapturedMinor || p.CapturedMinor > p.AmountMinor {
		return errors.New("it answered with amounts that do not add up")
	}
	page, err := url.Parse(p.RedirectURL) // a shopper is sent there
	if err != nil || page.Scheme != "http" && page.Scheme != "https" || page.Host == "" {
		return errors.New("it answered with an address that is no web page")
	}
	return nil
}

func (p sandboxPayment) view() View {
	stands := sandboxStates[p.State]
	view := View{
		State: stands.state, Problem: stands.problem, Failure: stands.failure, CapturedMinor: p.CapturedMinor, RefundedMinor: p.RefundedMinor,
		Currency: p.Currency, ProviderID: p.ID, Version: p.Version, Refunds: make(map[string]int64, len(p.Refunds)),
	}
	if stands.state == paymentv1.PaymentState_PAYMENT_STATE_REQUIRES_ACTION {
		view.RedirectURL = p.RedirectURL
	}
	for _, refund := range p.Refunds {
		view.Refunds[refund.Key] = refund.AmountMinor
	}
	return view
}

// signatureTolerance is how far the time of a signature may be from ours, either way.
const signatureTolerance = 5 * time.Minute

// ParseWebhook checks the header Sandbox-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">.
func (s *Sandbox) ParseWebhook(header http.Header, body []byte, now time.Time) (Notice, error) {
	if len(body) > maxAnswer || !s.signed(header.Get("Sandbox-Signature"), body, now) {
		return Notice{}, ErrUnverified
	}
	var message struct{ ID, Reference string }
	if err := json.Unmarshal(body, &message); err != nil {
		return Notice{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	for _, text := range []string{message.ID, message.Reference} {
		if text == "" || len(text) > 255 {
			return Notice{}, fmt.Errorf("%w: no id or reference", ErrMalformed)
		}
	}
	return Notice{ID: message.ID, Reference: message.Reference}, nil
}

// signed reports whether one of the signatures was made with one of our secrets, now or nearly so.
func (s *Sandbox) signed(header string, body []byte, now time.Time) bool {
	stamp, rest, ok := strings.Cut(header, ",")
	stamp, dated := strings.CutPrefix(stamp, "t=")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if !ok || !dated || err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > signatureTolerance {
		return false
	}
	for _, given := range strings.SplitN(rest, ",", 5) { // a few: secrets are replaced one at a time
		given, versioned := strings.CutPrefix(given, "v1=")
		sum, err := hex.DecodeString(given)
		if !versioned || err != nil {
			continue
		}
		for _, secret := range s.secrets {
			mac := hmac.New(sha256.New, []byte(secret.Reveal()))
			mac.Write([]byte(stamp + "."))
			mac.Write(body)
			if hmac.Equal(mac.Sum(nil), sum) {
				return true
			}
		}
	}
	return false
}
