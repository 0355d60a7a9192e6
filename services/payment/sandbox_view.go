package payment

import (
	"errors"
	"net/url"
	"time"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// sandboxPayment is a payment as the sandbox's API shows it.
type sandboxPayment struct {
	ID              string           `json:"id"`
	Reference       string           `json:"reference"`
	State           string           `json:"state"`
	AmountMinor     int64            `json:"amount_minor"`
	Currency        string           `json:"currency"`
	AuthorizedMinor int64            `json:"authorized_minor"`
	CapturedMinor   int64            `json:"captured_minor"`
	RefundedMinor   int64            `json:"refunded_minor"`
	DisputedMinor   int64            `json:"disputed_minor"`
	FeeMinor        int64            `json:"fee_minor"`
	Captures        []sandboxPart    `json:"captures"`
	Refunds         []sandboxPart    `json:"refunds"`
	Disputes        []sandboxDispute `json:"disputes"`
	Method          *sandboxMethod   `json:"method"`
	DeclineReason   string           `json:"decline_reason"`
	RedirectURL     string           `json:"redirect_url"`
	ClientSecret    config.Secret    `json:"client_secret"`
	CaptureBy       time.Time        `json:"capture_by"`
	Version         int64            `json:"version"`
}

type sandboxPart struct {
	Key         string `json:"key"`
	AmountMinor int64  `json:"amount_minor"`
}

type sandboxDispute struct {
	ID          string    `json:"id"`
	AmountMinor int64     `json:"amount_minor"`
	Reason      string    `json:"reason"`
	State       string    `json:"state"`
	EvidenceBy  time.Time `json:"evidence_by"`
}

type sandboxMethod struct {
	Brand       string `json:"brand"`
	Last4       string `json:"last4"`
	ExpiryMonth int    `json:"expiry_month"`
	ExpiryYear  int    `json:"expiry_year"`
	SavedID     string `json:"saved_id"`
}

// sandboxStates translates the sandbox's states to ours, and says why a payment failed, for programs.
var sandboxStates = map[string]struct {
	state   paymentv1.PaymentState
	failure paymentv1.FailureReason
}{
	"requires_action": {state: RequiresAction},
	"authorized":      {state: Authorized},
	"partly_captured": {state: PartlyCaptured},
	"captured":        {state: Captured},
	"partly_refunded": {state: PartlyRefunded},
	"refunded":        {state: Refunded},
	"disputed":        {state: Disputed},
	"voided":          {state: Voided},
	"expired":         {state: Expired},
	"declined":        {Failed, paymentv1.FailureReason_FAILURE_REASON_DECLINED},
	"cancelled":       {Failed, paymentv1.FailureReason_FAILURE_REASON_CANCELLED},
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
	for _, within := range [][2]int64{
		{p.RefundedMinor, p.CapturedMinor}, {p.DisputedMinor, p.CapturedMinor - p.RefundedMinor}, {p.CapturedMinor, p.AuthorizedMinor}, {p.AuthorizedMinor, p.AmountMinor},
	} {
		if within[0] < 0 || within[0] > within[1] {
			return errors.New("it answered with amounts that do not add up")
		}
	}
	page, err := url.Parse(p.RedirectURL) // a shopper is sent there
	if err != nil || page.Scheme != "http" && page.Scheme != "https" || page.Host == "" {
		return errors.New("it answered with an address that is no web page")
	}
	return nil
}

func (s *Sandbox) view(p sandboxPayment) View {
	stands := sandboxStates[p.State]
	view := View{
		State: stands.state, Failure: stands.failure, Currency: p.Currency, AuthorizedMinor: p.AuthorizedMinor, CapturedMinor: p.CapturedMinor,
		RefundedMinor: p.RefundedMinor, DisputedMinor: p.DisputedMinor, Fee: money.Amount{Minor: p.FeeMinor, Currency: p.Currency},
		ProviderID: p.ID, Version: p.Version, CaptureBy: p.CaptureBy, Captures: byKey(p.Captures), Refunds: byKey(p.Refunds),
	}
	switch {
	case p.State == "cancelled":
		view.Problem = "cancelled by the shopper"
	case p.DeclineReason != "" && (stands.state == Failed || stands.state == RequiresAction):
		view.Problem, view.Failure = declined(p.DeclineReason), paymentv1.FailureReason_FAILURE_REASON_DECLINED
	}
	if p.Method != nil {
		view.Method = Method(*p.Method)
	}
	for _, d := range p.Disputes {
		if DisputeState(d.State) != DisputeOpen {
			d.EvidenceBy = time.Time{} // it is decided
		}
		view.Disputes = append(view.Disputes, Dispute{ID: d.ID, AmountMinor: d.AmountMinor, State: DisputeState(d.State), Reason: d.Reason, EvidenceBy: d.EvidenceBy})
	}
	switch {
	case stands.state != RequiresAction:
	case p.ClientSecret != "":
		view.ClientSecret, view.PublishableKey = p.ClientSecret, s.public
	default:
		view.RedirectURL = p.RedirectURL
	}
	return view
}

func byKey(parts []sandboxPart) map[string]int64 {
	sums := make(map[string]int64, len(parts))
	for _, part := range parts {
		sums[part.Key] += part.AmountMinor
	}
	return sums
}
