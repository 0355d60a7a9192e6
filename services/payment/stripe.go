package payment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v85"

	"github.com/tradewind-commerce/tradewind/platform/config"
)

// StripeConfig is how the shop reaches Stripe.
type StripeConfig struct {
	SecretKey      config.Secret  // sk_… or, with fewer rights, rk_…
	PublishableKey string         // pk_…; without it shoppers pay on Stripe's page, not in its fields
	WebhookSecrets config.Secrets // whsec_…; any of them may sign. Without any, no message is taken and the shop learns by asking
	URL            string         // base address of another API that speaks like Stripe's, for tests; Stripe itself if empty
	// Timeout is how long an answer may take, besides a second to connect: 5 s if zero, which a shopper can wait for.
	// A worker, where nobody waits, gives it 20 s.
	Timeout time.Duration
}

// Stripe collects through Stripe: on its Checkout page, in its hosted fields, or by a saved method. Until it is paid, the provider's number of a
// payment on the page is that of the Checkout Session, and from then on, like that of all others, the Payment Intent's.
type Stripe struct {
	api     *stripe.Client
	other   string // base address of an API that is not Stripe's own
	public  string
	secrets config.Secrets
	timeout time.Duration // of a whole call
}

var (
	_ Provider     = (*Stripe)(nil)
	_ MethodKeeper = (*Stripe)(nil)
	_ FieldsHost   = (*Stripe)(nil)
)

// NewStripe checks the settings and returns the client. It does not call anyone.
func NewStripe(cfg StripeConfig) (*Stripe, error) {
	if key := cfg.SecretKey.Reveal(); !strings.HasPrefix(key, "sk_") && !strings.HasPrefix(key, "rk_") {
		return nil, errors.New("a secret key of Stripe's begins with sk_ or rk_")
	}
	if cfg.PublishableKey != "" && !strings.HasPrefix(cfg.PublishableKey, "pk_") {
		return nil, errors.New("a publishable key of Stripe's begins with pk_")
	}
	if slices.Contains(cfg.WebhookSecrets, "") {
		return nil, errors.New("a webhook secret of Stripe's is empty: anyone could sign with it")
	}
	if at, err := url.Parse(cfg.URL); cfg.URL != "" && (err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "") {
		return nil, errors.New("the address of Stripe's API must be a full http or https address")
	}
	timeout := cmp.Or(cfg.Timeout, 5*time.Second)
	client := newHTTPClient(timeout)
	client.Transport = limitAnswers{client.Transport}
	backends := stripe.NewBackendsWithConfig(&stripe.BackendConfig{
		URL:               stripe.String(cmp.Or(strings.TrimSuffix(cfg.URL, "/"), stripe.APIURL)),
		HTTPClient:        client,
		MaxNetworkRetries: stripe.Int64(0), // who retries, and after which question, is decided in one place, and not here
		EnableTelemetry:   stripe.Bool(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull}, // errors are returned, and logged once
	})
	return &Stripe{
		api: stripe.NewClient(cfg.SecretKey.Reveal(), stripe.WithBackends(backends)), other: strings.TrimSuffix(cfg.URL, "/"),
		public: cfg.PublishableKey, secrets: cfg.WebhookSecrets,
		timeout: connectTimeout + timeout,
	}, nil
}

// String keeps the secrets out of whatever prints the client.
func (s *Stripe) String() string { return "Stripe" }

// GoString does the same for %#v.
func (s *Stripe) GoString() string { return s.String() }

// Format does the same for every other verb, which would print the fields.
func (s *Stripe) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// Fields are drawn by Stripe.js, of the release that the API's version is of. An API that only speaks like Stripe's has a script of its own, which speaks like Stripe.js.
func (s *Stripe) Fields() (Fields, bool) {
	if s.other != "" {
		return Fields{Script: s.other + "/fields.js", FrameSources: []string{originOf(s.other)}}, s.public != ""
	}
	_, release, _ := strings.Cut(stripe.APIVersion, ".")
	return Fields{
		Script:         "https://js.stripe.com/" + release + "/stripe.js",
		ScriptSources:  []string{"https://js.stripe.com", "https://*.js.stripe.com"},
		FrameSources:   []string{"https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"},
		ConnectSources: []string{"https://api.stripe.com"},
	}, s.public != ""
}

// Start opens a payment. Stripe remembers a key for a day: a repeat after that asks first, by Find.
func (s *Stripe) Start(ctx context.Context, in StartRequest) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	amount, err := toStripe(in.Amount)
	if err != nil {
		return View{}, err
	}
	if in.InFields && s.public == "" {
		return View{}, fmt.Errorf("%w: there is no publishable key for its fields", ErrRefused)
	}
	var customer string
	if in.Customer != "" && (in.SaveMethod || in.SavedMethod != "") {
		if customer, err = s.customer(ctx, in.Customer, true); err != nil {
			return View{}, fmt.Errorf("customer: %w", unstarted(err))
		}
	}
	if in.InFields || in.SavedMethod != "" {
		return s.startIntent(ctx, in, amount, customer)
	}
	return s.startSession(ctx, in, amount, customer)
}

// unstarted is what a failure before the payment was asked for means for it: nothing was opened.
func unstarted(err error) error {
	if errors.Is(err, ErrUnknownOutcome) {
		return fmt.Errorf("%w: %s", ErrUnavailable, err.Error())
	}
	return err
}

// startSession opens a page of Stripe's. A session must last from half an hour to a day; what is to end sooner or later than that is open for a
// day, and voided by whoever ends the order.
func (s *Stripe) startSession(ctx context.Context, in StartRequest, amount int64, customer string) (View, error) {
	params := sessionParams(in, amount, customer)
	params.ExpiresAt = stripe.Int64(in.ExpireTime.Unix())
	params.SetIdempotencyKey(in.Key)
	open := func(ctx context.Context) (*stripe.CheckoutSession, error) {
		return s.api.V1CheckoutSessions.Create(ctx, params)
	}
	session, err := told(ctx, open)
	var refused *stripe.Error
	if errors.As(err, &refused) && refused.Param == "expires_at" {
		params.ExpiresAt = nil
		params.SetIdempotencyKey(in.Key + "-day") // another request needs another key; a repeat takes the same two steps
		session, err = told(ctx, open)
	}
	if err != nil {
		return View{}, err
	}
	if replayed(session.LastResponse) { // the first answer, which may be old
		return s.after(ctx, Ref{in.Reference, session.ID})
	}
	view, err := s.view(found{session: session}, in.Reference)
	if err != nil {
		return View{}, fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	return view, nil
}

// askTheBank is Stripe's word for a challenge wherever the card's bank has one.
const askTheBank = "challenge"

func sessionParams(in StartRequest, amount int64, customer string) *stripe.CheckoutSessionCreateParams {
	intent := &stripe.CheckoutSessionCreatePaymentIntentDataParams{
		CaptureMethod: captureMethod(in), Description: optional(in.Description), Metadata: map[string]string{referenceKey: in.Reference},
	}
	params := &stripe.CheckoutSessionCreateParams{
		Mode: stripe.String("payment"), ClientReferenceID: stripe.String(in.Reference), Metadata: map[string]string{referenceKey: in.Reference},
		SuccessURL: stripe.String(in.ReturnURL), CancelURL: stripe.String(cmp.Or(in.CancelURL, in.ReturnURL)),
		LineItems: []*stripe.CheckoutSessionCreateLineItemParams{{
			Quantity: stripe.Int64(1),
			PriceData: &stripe.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: stripe.String(strings.ToLower(in.Amount.Currency)), UnitAmount: stripe.Int64(amount),
				ProductData: &stripe.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: stripe.String(cmp.Or(in.Description, in.Reference))},
			},
		}},
		AdaptivePricing:   &stripe.CheckoutSessionCreateAdaptivePricingParams{Enabled: stripe.Bool(false)}, // the order has its currency
		PaymentIntentData: intent,
		Customer:          optional(customer),
	}
	if in.SaveMethod {
		intent.SetupFutureUsage = stripe.String("on_session")
	}
	if in.CaptureLater || in.Challenge {
		card := &stripe.CheckoutSessionCreatePaymentMethodOptionsCardParams{}
		if in.CaptureLater {
			card.RequestMulticapture = stripe.String("if_available")
		}
		if in.Challenge {
			card.RequestThreeDSecure = stripe.String(askTheBank)
		}
		params.PaymentMethodOptions = &stripe.CheckoutSessionCreatePaymentMethodOptionsParams{Card: card}
	}
	return params
}

// startIntent opens a payment for Stripe's fields, or pays by a saved method at once.
func (s *Stripe) startIntent(ctx context.Context, in StartRequest, amount int64, customer string) (View, error) {
	params := &stripe.PaymentIntentCreateParams{
		Amount: stripe.Int64(amount), Currency: stripe.String(strings.ToLower(in.Amount.Currency)), CaptureMethod: captureMethod(in), Description: optional(in.Description),
		Customer: optional(customer), AutomaticPaymentMethods: &stripe.PaymentIntentCreateAutomaticPaymentMethodsParams{Enabled: stripe.Bool(true)},
		Metadata: map[string]string{referenceKey: in.Reference},
	}
	params.SetIdempotencyKey(in.Key)
	if in.SaveMethod {
		params.SetupFutureUsage = stripe.String("on_session")
	}
	if in.CaptureLater || in.Challenge {
		card := &stripe.PaymentIntentCreatePaymentMethodOptionsCardParams{}
		if in.CaptureLater {
			card.RequestMulticapture = stripe.String("if_available")
		}
		if in.Challenge {
			card.RequestThreeDSecure = stripe.String(askTheBank)
		}
		params.PaymentMethodOptions = &stripe.PaymentIntentCreatePaymentMethodOptionsParams{Card: card}
	}
	if in.SavedMethod != "" {
		params.PaymentMethod, params.Confirm, params.ReturnURL = stripe.String(in.SavedMethod), stripe.Bool(true), stripe.String(in.ReturnURL)
		params.Metadata[savedKey] = in.SavedMethod
	}
	intent, err := told(ctx, func(ctx context.Context) (*stripe.PaymentIntent, error) {
		return s.api.V1PaymentIntents.Create(ctx, params)
	})
	var no *stripe.Error
	if errors.As(err, &no) && no.PaymentIntent != nil && no.PaymentIntent.ID != "" { // the bank declined: it is there, and failed
		return s.after(ctx, Ref{in.Reference, no.PaymentIntent.ID})
	}
	if err != nil {
		return View{}, err
	}
	return s.after(ctx, Ref{in.Reference, intent.ID})
}

func captureMethod(in StartRequest) *string {
	if in.CaptureLater {
		return stripe.String("manual")
	}
	return stripe.String("automatic")
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
