package shoptest

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

// Provider is a payment provider in memory that does as a test says. Its record is apart from the shop's books, so the two can be compared.
type Provider struct {
	mu       sync.Mutex
	payments map[string]*payment.View
	asked    map[string]payment.StartRequest
	// faults are played one a call, by the name of the call: "start", "find", "capture", "void", "refund".
	faults map[string][]Fault
	calls  map[string]int
}

// Fault is what goes wrong with a call.
type Fault struct {
	// Acts: the call is carried out before it fails.
	Acts bool
	Err  error
}

// Faults that tests play.
var (
	LostAnswer  = Fault{Acts: true, Err: payment.ErrUnknownOutcome}
	LostRequest = Fault{Err: payment.ErrUnknownOutcome}
	Unreachable = Fault{Err: payment.ErrUnavailable}
	Refuses     = Fault{Err: payment.ErrRefused}
)

// NewProvider returns a provider that behaves well.
func NewProvider() *Provider {
	return &Provider{
		payments: map[string]*payment.View{}, asked: map[string]payment.StartRequest{},
		faults: map[string][]Fault{}, calls: map[string]int{},
	}
}

// Play makes the next calls of a name go wrong, one after the other.
func (p *Provider) Play(call string, faults ...Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults[call] = append(p.faults[call], faults...)
}

// Calls returns how often a call was made.
func (p *Provider) Calls(call string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[call]
}

// Opened returns how many payments were opened, and what was asked for with a reference.
func (p *Provider) Opened(reference string) (int, payment.StartRequest) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.payments), p.asked[reference]
}

// Kept returns what the provider took and did not give back, of all payments.
func (p *Provider) Kept() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	var kept int64
	for _, view := range p.payments {
		kept += view.CapturedMinor - view.RefundedMinor
	}
	return kept
}

// Pay is the shopper's click: the money is taken, or reserved if that was all that was asked for. It is false when the payment is not open.
func (p *Provider) Pay(reference string) bool {
	if _, asked := p.Opened(reference); asked.CaptureLater {
		return p.change(reference, payment.Authorized, "", 0)
	}
	return p.change(reference, paymentv1.PaymentState_PAYMENT_STATE_CAPTURED, "", 0)
}

// Decline is the bank's no.
func (p *Provider) Decline(reference string) bool {
	return p.change(reference, paymentv1.PaymentState_PAYMENT_STATE_FAILED, "declined", paymentv1.FailureReason_FAILURE_REASON_DECLINED)
}

// Cancel is the shopper's change of mind.
func (p *Provider) Cancel(reference string) bool {
	return p.change(reference, paymentv1.PaymentState_PAYMENT_STATE_FAILED, "cancelled by the shopper", paymentv1.FailureReason_FAILURE_REASON_CANCELLED)
}

// Expire is the end of the provider's patience.
func (p *Provider) Expire(reference string) bool {
	return p.change(reference, paymentv1.PaymentState_PAYMENT_STATE_EXPIRED, "", 0)
}

func (p *Provider) change(reference string, state paymentv1.PaymentState, problem string, failure paymentv1.FailureReason) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	view := p.payments[reference]
	if view == nil || view.State != paymentv1.PaymentState_PAYMENT_STATE_REQUIRES_ACTION {
		return false
	}
	view.State, view.Problem, view.Failure, view.RedirectURL, view.ClientSecret = state, problem, failure, "", ""
	if state == payment.Authorized || state == payment.Captured {
		view.AuthorizedMinor = p.asked[reference].Amount.Minor
	}
	if state == payment.Authorized {
		view.CaptureBy = clock.Now().Add(7 * 24 * time.Hour)
	}
	if state == payment.Captured {
		view.CapturedMinor = view.AuthorizedMinor
	}
	view.Version++
	return true
}

// Distort changes what the provider says of a payment, as no provider should.
func (p *Provider) Distort(reference string, how func(*payment.View)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	how(p.payments[reference])
	p.payments[reference].Version++
}

// Dispute is the shopper's bank: it opens a dispute of an amount, or decides it.
func (p *Provider) Dispute(reference string, amountMinor int64, state payment.DisputeState) {
	p.Distort(reference, func(view *payment.View) {
		dispute := payment.Dispute{ID: "dp_1", AmountMinor: amountMinor, State: state, Reason: "fraudulent"}
		if state == payment.DisputeOpen {
			dispute.EvidenceBy = clock.Now().Add(7 * 24 * time.Hour)
		}
		view.Disputes, view.DisputedMinor, view.State = []payment.Dispute{dispute}, amountMinor, payment.Disputed
		if state == payment.DisputeWon {
			view.DisputedMinor, view.State = 0, payment.Captured
		}
	})
}

// Start implements payment.Provider.
func (p *Provider) Start(ctx context.Context, in payment.StartRequest) (payment.View, error) {
	return p.play(ctx, "start", func() (payment.View, error) {
		if view := p.payments[in.Reference]; view != nil {
			if p.asked[in.Reference] != in {
				return payment.View{}, fmt.Errorf("%w: another request under the same key", payment.ErrRefused)
			}
			return clone(view), nil
		}
		view := &payment.View{
			State: paymentv1.PaymentState_PAYMENT_STATE_REQUIRES_ACTION, Currency: in.Amount.Currency, ProviderID: "prov-" + in.Reference,
			RedirectURL: "https://pay.example/" + in.Reference, Version: 1, Captures: map[string]int64{}, Refunds: map[string]int64{},
		}
		if in.InFields {
			view.RedirectURL, view.ClientSecret, view.PublishableKey = "", config.Secret("secret of "+in.Reference), "public"
		}
		p.payments[in.Reference], p.asked[in.Reference] = view, in
		return clone(view), nil
	})
}

// Fields are there, for whoever asks.
func (p *Provider) Fields() (payment.Fields, bool) {
	return payment.Fields{Script: "https://pay.example/fields.js", FrameSources: []string{"https://pay.example"}}, true
}

// Find implements payment.Provider.
func (p *Provider) Find(ctx context.Context, of payment.Ref) (payment.View, error) {
	return p.play(ctx, "find", func() (payment.View, error) { return p.known(of.Reference) })
}

// Capture implements payment.Provider.
func (p *Provider) Capture(ctx context.Context, of payment.Ref, key string, amount money.Amount, final bool) (payment.View, error) {
	return p.play(ctx, "capture", func() (payment.View, error) {
		view := p.payments[of.Reference]
		switch {
		case view == nil:
			return payment.View{}, payment.ErrUnknownPayment
		case view.Captures[key] != 0:
			return clone(view), nil
		case view.State != payment.Authorized && view.State != payment.PartlyCaptured, amount.Minor > view.AuthorizedMinor-view.CapturedMinor:
			return payment.View{}, payment.ErrRefused
		}
		view.Captures[key] = amount.Minor
		view.CapturedMinor += amount.Minor
		if final {
			view.AuthorizedMinor = view.CapturedMinor
		}
		view.State = payment.PartlyCaptured
		if view.CapturedMinor == view.AuthorizedMinor {
			view.State = taken(view)
		}
		view.Version++
		return clone(view), nil
	})
}

// Void implements payment.Provider.
func (p *Provider) Void(ctx context.Context, of payment.Ref, _ string) (payment.View, error) {
	return p.play(ctx, "void", func() (payment.View, error) {
		view := p.payments[of.Reference]
		switch {
		case view == nil:
			return payment.View{}, payment.ErrUnknownPayment
		case view.State == paymentv1.PaymentState_PAYMENT_STATE_VOIDED:
			return clone(view), nil
		case view.State == payment.PartlyCaptured:
			view.State, view.AuthorizedMinor = taken(view), view.CapturedMinor
			view.Version++
			return clone(view), nil
		case view.State != payment.RequiresAction && view.State != payment.Authorized:
			return payment.View{}, payment.ErrRefused
		}
		view.State, view.RedirectURL, view.ClientSecret, view.AuthorizedMinor = payment.Voided, "", "", 0
		view.Version++
		return clone(view), nil
	})
}

// Refund implements payment.Provider.
func (p *Provider) Refund(ctx context.Context, of payment.Ref, key string, amount money.Amount, _ payment.RefundReason) (payment.View, error) {
	return p.play(ctx, "refund", func() (payment.View, error) {
		view := p.payments[of.Reference]
		switch {
		case view == nil:
			return payment.View{}, payment.ErrUnknownPayment
		case view.Refunds[key] != 0:
			return clone(view), nil
		case amount.Minor > view.CapturedMinor-view.RefundedMinor-view.DisputedMinor:
			return payment.View{}, payment.ErrRefused
		}
		view.Refunds[key] = amount.Minor
		view.RefundedMinor += amount.Minor
		if view.State != payment.PartlyCaptured { // of which more can be taken
			view.State = taken(view)
		}
		view.Version++
		return clone(view), nil
	})
}

// taken is where a payment stands of which no more can be taken.
func taken(view *payment.View) payment.State {
	switch {
	case view.RefundedMinor == 0:
		return payment.Captured
	case view.RefundedMinor < view.CapturedMinor:
		return payment.PartlyRefunded
	default:
		return payment.Refunded
	}
}

// Charges implements payment.Provider, two lines a page. All of it happened two hours ago.
func (p *Provider) Charges(_ context.Context, _ time.Time, cursor string) ([]payment.Charge, string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var lines []payment.Charge
	for _, reference := range slices.Sorted(maps.Keys(p.payments)) {
		view := p.payments[reference]
		line := payment.Charge{Ref: payment.Ref{Reference: reference, ProviderID: view.ProviderID}, Currency: view.Currency, Time: clock.Now().Add(-2 * time.Hour)}
		if line.Kind, line.AmountMinor = payment.ChargeCapture, view.CapturedMinor; line.AmountMinor > 0 {
			line.ID = reference + " captured"
			lines = append(lines, line)
		}
		if line.Kind, line.AmountMinor = payment.ChargeRefund, view.RefundedMinor; line.AmountMinor > 0 {
			line.ID = reference + " refunded"
			lines = append(lines, line)
		}
		if line.Kind, line.AmountMinor = payment.ChargeVoid, 0; view.State == payment.Voided {
			line.ID = reference + " voided"
			lines = append(lines, line)
		}
	}
	from := 0
	if cursor != "" {
		from, _ = strconv.Atoi(cursor)
	}
	until := min(from+2, len(lines))
	if until < len(lines) {
		cursor = strconv.Itoa(until)
	} else {
		cursor = ""
	}
	return lines[from:until], cursor, nil
}

// ParseWebhook implements payment.Provider: the body is the message's number, a space and the reference, or the provider's number as messages of disputes have it.
func (p *Provider) ParseWebhook(header http.Header, body []byte, _ time.Time) (payment.Notice, error) {
	if header.Get("Signature") != "good" {
		return payment.Notice{}, payment.ErrUnverified
	}
	var notice payment.Notice
	if _, err := fmt.Sscan(string(body), &notice.ID, &notice.Reference); err != nil {
		return payment.Notice{}, payment.ErrMalformed
	}
	if strings.HasPrefix(notice.Reference, "prov-") {
		notice.Ref = payment.Ref{ProviderID: notice.Reference}
	}
	return notice, nil
}

func (p *Provider) known(reference string) (payment.View, error) {
	view := p.payments[reference]
	if view == nil {
		return payment.View{}, payment.ErrUnknownPayment
	}
	return clone(view), nil
}

func (p *Provider) play(ctx context.Context, call string, act func() (payment.View, error)) (payment.View, error) {
	if err := ctx.Err(); err != nil {
		return payment.View{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[call]++
	if len(p.faults[call]) == 0 {
		return act()
	}
	fault := p.faults[call][0]
	p.faults[call] = p.faults[call][1:]
	if fault.Acts {
		_, _ = act() // nobody hears of it
	}
	return payment.View{}, fault.Err
}

func clone(view *payment.View) payment.View {
	copied := *view
	copied.Captures, copied.Refunds = maps.Clone(view.Captures), maps.Clone(view.Refunds)
	return copied
}
