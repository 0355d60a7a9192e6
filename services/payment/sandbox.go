package payment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// SandboxConfig is how the shop reaches the payment sandbox.
type SandboxConfig struct {
	URL            string         // base address of its API
	Key            config.Secret  // bearer secret of its API
	PublicKey      string         // by which shoppers' browsers pay in fields; without it they pay on the sandbox's page
	WebhookSecrets config.Secrets // any of them may sign, so that one can be replaced without losing messages
	// Timeout is how long an answer may take, besides a second to connect: 5 s if zero, which a shopper can wait for.
	// A worker, where nobody waits, gives it 20 s.
	Timeout time.Duration
}

// Sandbox is the client of the payment sandbox in deploy/sandbox, which behaves like a provider with a hosted page.
type Sandbox struct {
	base    string
	key     config.Secret
	public  string
	secrets config.Secrets
	timeout time.Duration // of a whole call
	client  *http.Client
}

var (
	_ Provider     = (*Sandbox)(nil)
	_ MethodKeeper = (*Sandbox)(nil)
	_ FieldsHost   = (*Sandbox)(nil)
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
	return &Sandbox{
		base: strings.TrimSuffix(base.String(), "/"), key: cfg.Key, public: cfg.PublicKey, secrets: cfg.WebhookSecrets,
		timeout: connectTimeout + cfg.Timeout, client: newHTTPClient(cfg.Timeout),
	}, nil
}

// String keeps the secrets out of whatever prints the client.
func (s *Sandbox) String() string { return "sandbox at " + s.base }

// Fields are drawn by a script of the sandbox's, in a frame of its own.
func (s *Sandbox) Fields() (Fields, bool) {
	return Fields{Script: s.base + "/fields.js", FrameSources: []string{originOf(s.base)}}, s.public != ""
}

// Start opens a payment.
func (s *Sandbox) Start(ctx context.Context, in StartRequest) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if in.InFields && s.public == "" {
		return View{}, fmt.Errorf("%w: there is no public key for its fields", ErrRefused)
	}
	if in.CancelURL == "" {
		in.CancelURL = in.ReturnURL
	}
	p, err := s.payment(ctx, http.MethodPost, "/v1/payments", in.Reference, in.Key, map[string]any{
		"reference": in.Reference, "amount_minor": in.Amount.Minor, "currency": in.Amount.Currency, "description": in.Description,
		"return_url": in.ReturnURL, "cancel_url": in.CancelURL, "expire_time": in.ExpireTime.UTC(),
		"capture_later": in.CaptureLater, "challenge": in.Challenge, "fields": in.InFields, "customer": in.Customer, "save_method": in.SaveMethod, "saved_method": in.SavedMethod,
	})
	if err != nil {
		return View{}, err
	}
	if p.AmountMinor != in.Amount.Minor || p.Currency != in.Amount.Currency {
		return View{}, fmt.Errorf("%w: it opened another amount", ErrUnknownOutcome)
	}
	return s.view(p), nil
}

// Find asks by our reference, which the sandbox finds as fast as its own number.
func (s *Sandbox) Find(ctx context.Context, of Ref) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	p, err := s.find(ctx, of.Reference)
	if err != nil {
		return View{}, err
	}
	return s.view(p), nil
}

// Capture takes some of what is reserved.
func (s *Sandbox) Capture(ctx context.Context, of Ref, key string, amount money.Amount, final bool) (View, error) {
	return s.act(ctx, of.Reference, key, "captures", map[string]any{"amount_minor": amount.Minor, "final": final}, amount.Currency)
}

// Void closes an open payment, or releases what is reserved.
func (s *Sandbox) Void(ctx context.Context, of Ref, key string) (View, error) {
	return s.act(ctx, of.Reference, key, "void", nil, "")
}

// Refund gives money back.
func (s *Sandbox) Refund(ctx context.Context, of Ref, key string, amount money.Amount, reason RefundReason) (View, error) {
	return s.act(ctx, of.Reference, key, "refunds", map[string]any{"amount_minor": amount.Minor, "reason": reason}, amount.Currency)
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
	return s.view(p), nil
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
			ID          string    `json:"id"`
			PaymentID   string    `json:"payment_id"`
			Reference   string    `json:"reference"`
			Kind        string    `json:"kind"`
			AmountMinor int64     `json:"amount_minor"`
			FeeMinor    int64     `json:"fee_minor"`
			Currency    string    `json:"currency"`
			Key         string    `json:"key"`
			Time        time.Time `json:"time"`
		} `json:"charges"`
		Next string `json:"next"`
	}
	if err := s.call(ctx, http.MethodGet, path, "", nil, &statement); err != nil {
		return nil, "", err
	}
	page := make([]Charge, 0, len(statement.Charges))
	for _, line := range statement.Charges {
		sign, known := sandboxCharges[line.Kind]
		if !known {
			return nil, "", fmt.Errorf("%w: its statement has a %q", ErrUnavailable, line.Kind)
		}
		if line.Reference == "" || line.AmountMinor < 0 || line.FeeMinor < 0 || line.FeeMinor > line.AmountMinor || !money.Known(line.Currency) {
			return nil, "", fmt.Errorf("%w: its statement does not add up", ErrUnavailable)
		}
		page = append(page, Charge{
			Ref: Ref{line.Reference, line.PaymentID}, ID: line.ID, Kind: ChargeKind(line.Kind), AmountMinor: line.AmountMinor, Currency: line.Currency, Key: line.Key,
			Fee: money.Amount{Minor: line.FeeMinor, Currency: line.Currency}, Net: money.Amount{Minor: sign*line.AmountMinor - line.FeeMinor, Currency: line.Currency}, Time: line.Time,
		})
	}
	return page, statement.Next, nil
}

// sandboxCharges are the kinds of lines, which have our names, and which way they move money.
var sandboxCharges = map[string]int64{"capture": 1, "refund": -1, "void": 0, "dispute": -1, "dispute_won": 1}

// Methods lists what a customer has saved.
func (s *Sandbox) Methods(ctx context.Context, customer string) ([]Method, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var answer struct {
		Methods []sandboxMethod `json:"methods"`
	}
	if err := s.call(ctx, http.MethodGet, "/v1/customers/"+url.PathEscape(customer)+"/methods", "", nil, &answer); err != nil {
		return nil, err
	}
	methods := make([]Method, 0, len(answer.Methods))
	for _, m := range answer.Methods {
		methods = append(methods, Method(m))
	}
	return methods, nil
}

// ForgetMethod makes a saved method unusable.
func (s *Sandbox) ForgetMethod(ctx context.Context, customer, methodID string) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var left struct{}
	return s.call(ctx, http.MethodDelete, "/v1/customers/"+url.PathEscape(customer)+"/methods/"+url.PathEscape(methodID), "", nil, &left)
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
	ctx, sent := noteSent(ctx)
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
