package payment

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v85"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// What we note with Stripe's objects.
const (
	referenceKey = "reference" // ours, of the payment or the customer
	savedKey     = "saved"     // the saved method that the payment was told to use
	voidedKey    = "voided"    // we ended this session; it did not run out
	keyKey       = "key"       // our idempotency key of a refund
)

// captureKey is where a Payment Intent keeps "key amount" of one capture: apart for each, so that two at once do not overwrite each other.
func captureKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return "capture_" + hex.EncodeToString(sum[:12])
}

// found is what Stripe knows of a payment.
type found struct {
	session  *stripe.CheckoutSession // nil unless it is, or was, paid on Stripe's page and that is how we found it
	intent   *stripe.PaymentIntent   // nil until the shopper has tried to pay there
	refunds  []*stripe.Refund
	disputes []*stripe.Dispute
}

// open says that the page is there to pay on.
func (f found) open() bool {
	return f.session != nil && f.session.Status == stripe.CheckoutSessionStatusOpen
}

// reference is ours, as Stripe has noted it.
func (f found) reference() string {
	if f.session != nil {
		return f.session.ClientReferenceID
	}
	return f.intent.Metadata[referenceKey]
}

func (f found) currency() string {
	if f.intent != nil {
		return strings.ToUpper(string(f.intent.Currency))
	}
	return strings.ToUpper(string(f.session.Currency))
}

// view translates what Stripe says of the payment with our reference. An error says why it cannot be true.
func (s *Stripe) view(f found, reference string) (View, error) {
	v := View{Currency: f.currency(), Captures: map[string]int64{}, Refunds: map[string]int64{}}
	if f.reference() != reference {
		return View{}, errors.New("it answered for another payment")
	}
	if !money.Known(v.Currency) {
		return View{}, fmt.Errorf("it answered in %q", v.Currency)
	}
	if f.session != nil {
		v.ProviderID = f.session.ID
	}
	if f.intent != nil && !f.open() {
		s.viewIntent(&v, f)
	}
	if f.session != nil {
		viewSession(&v, f)
	}
	if v.State == paymentv1.PaymentState_PAYMENT_STATE_UNSPECIFIED {
		return View{}, errors.New("it answered with a state that nobody knows")
	}
	if v.RefundedMinor > v.CapturedMinor || v.CapturedMinor > v.AuthorizedMinor || v.RefundedMinor < 0 {
		return View{}, errors.New("it answered with amounts that do not add up")
	}
	v.Version = stripeVersion(v, f)
	return v, nil
}

// viewSession adds what only the page knows: that it is still there, or that nobody paid on it.
func viewSession(v *View, f found) {
	switch {
	case f.open():
		v.State, v.RedirectURL = RequiresAction, f.session.URL
		if f.intent != nil {
			lastTry(v, f.intent.LastPaymentError)
		}
	case f.session.Status == stripe.CheckoutSessionStatusExpired && v.CapturedMinor == 0:
		v.ProviderID, v.State = f.session.ID, Expired
		if f.session.Metadata[voidedKey] != "" {
			v.State = Voided
		}
	case f.intent == nil:
		v.State = RequiresAction // complete, and the intent is about to be there
	}
}

func (s *Stripe) viewIntent(v *View, f found) {
	intent := f.intent
	v.ProviderID = intent.ID
	captured := fromStripe(intent.AmountReceived, v.Currency)
	v.CapturedMinor, v.AuthorizedMinor = captured, captured
	saved := intent.Metadata[savedKey] != ""
	switch intent.Status {
	case stripe.PaymentIntentStatusRequiresPaymentMethod, stripe.PaymentIntentStatusRequiresConfirmation, stripe.PaymentIntentStatusRequiresAction, stripe.PaymentIntentStatusProcessing:
		v.State = RequiresAction
		lastTry(v, intent.LastPaymentError)
		switch next := intent.NextAction; {
		case saved && intent.Status == stripe.PaymentIntentStatusRequiresPaymentMethod:
			v.State = Failed // nobody has the secret to try another one with
		case !saved && f.session == nil && s.public != "" && intent.Status != stripe.PaymentIntentStatusProcessing:
			v.ClientSecret, v.PublishableKey = config.Secret(intent.ClientSecret), s.public // also for who left at the bank: the fields take another try
		case next != nil && next.RedirectToURL != nil:
			v.RedirectURL = next.RedirectToURL.URL
		}
		return
	case stripe.PaymentIntentStatusRequiresCapture:
		v.AuthorizedMinor += fromStripe(intent.AmountCapturable, v.Currency)
		v.SingleCapture = !manyCaptures(intent)
		viewCharge(v, f)
		v.State = v.stands(true)
	case stripe.PaymentIntentStatusSucceeded:
		viewCharge(v, f)
		v.State = v.stands(false)
	case stripe.PaymentIntentStatusCanceled:
		viewCharge(v, f)
		switch reason := intent.CancellationReason; {
		case captured > 0:
			v.State = v.stands(false) // only the rest was released
		case reason == stripe.PaymentIntentCancellationReasonAutomatic, reason == stripe.PaymentIntentCancellationReasonExpired:
			v.State, v.AuthorizedMinor = Expired, 0
		default:
			v.State, v.AuthorizedMinor = Voided, 0
		}
	}
}

// lastTry says why the shopper's last try to pay failed.
func lastTry(v *View, failed *stripe.Error) {
	if failed != nil {
		v.Problem = declined(cmp.Or(string(failed.DeclineCode), string(failed.Code)))
		v.Failure = paymentv1.FailureReason_FAILURE_REASON_DECLINED
	}
}

// viewCharge adds what came of the money.
func viewCharge(v *View, f found) {
	for _, noted := range f.intent.Metadata {
		key, amount, pair := strings.Cut(noted, " ")
		if minor, err := strconv.ParseInt(amount, 10, 64); pair && err == nil && f.intent.Metadata[captureKey(key)] == noted {
			v.Captures[key] = minor
		}
	}
	for _, refund := range f.refunds {
		if failedRefund(refund) {
			continue
		}
		amount := fromStripe(refund.Amount, v.Currency)
		v.RefundedMinor += amount
		v.Refunds[cmp.Or(refund.Metadata[keyKey], refund.ID)] += amount // staff may refund at Stripe, without a key
	}
	for _, dispute := range f.disputes {
		if state, withheld := stripeDisputes[dispute.Status]; withheld {
			d := Dispute{ID: dispute.ID, AmountMinor: fromStripe(dispute.Amount, v.Currency), State: state, Reason: string(dispute.Reason)}
			if due := dispute.EvidenceDetails; due != nil && due.DueBy > 0 && state == DisputeOpen {
				d.EvidenceBy = time.Unix(due.DueBy, 0).UTC()
			}
			if v.Disputes = append(v.Disputes, d); state != DisputeWon {
				v.DisputedMinor += d.AmountMinor
			}
		}
	}
	charge := f.intent.LatestCharge
	if charge == nil {
		return
	}
	if paid := charge.BalanceTransaction; paid != nil && paid.Currency != "" {
		v.Fee = money.Amount{Minor: paid.Fee, Currency: strings.ToUpper(string(paid.Currency))}
	}
	viewMethod(v, f.intent, charge)
}

func viewMethod(v *View, intent *stripe.PaymentIntent, charge *stripe.Charge) {
	if how := charge.PaymentMethodDetails; how != nil {
		v.Method.Brand = string(how.Type)
		if card := how.Card; card != nil {
			v.Method = Method{Brand: string(card.Brand), Last4: card.Last4, ExpiryMonth: int(card.ExpMonth), ExpiryYear: int(card.ExpYear)}
			if card.CaptureBefore > 0 && v.AuthorizedMinor > v.CapturedMinor {
				v.CaptureBy = time.Unix(card.CaptureBefore, 0).UTC()
			}
		}
	}
	if intent.Customer != nil && (intent.SetupFutureUsage != "" || intent.Metadata[savedKey] != "") {
		v.Method.SavedID = charge.PaymentMethod
	}
}

// stripeDisputes are the disputes for which money is withheld, or was. Inquiries and what was prevented took none.
var stripeDisputes = map[stripe.DisputeStatus]DisputeState{
	stripe.DisputeStatusNeedsResponse: DisputeOpen, stripe.DisputeStatusUnderReview: DisputeOpen,
	stripe.DisputeStatusWon: DisputeWon, stripe.DisputeStatusLost: DisputeLost,
}

func failedRefund(refund *stripe.Refund) bool {
	return refund.Status == stripe.RefundStatusFailed || refund.Status == stripe.RefundStatusCanceled
}

// stripeVersion counts what happened to a payment, since Stripe does not: each part of the sum can only rise.
func stripeVersion(v View, f found) int64 {
	version := v.CapturedMinor + int64(len(f.refunds)+len(v.Disputes))
	for _, refund := range f.refunds {
		if failedRefund(refund) {
			version++
		}
	}
	for _, d := range v.Disputes {
		if d.State != DisputeOpen {
			version++
		}
	}
	switch {
	case v.State == RequiresAction:
		return version + 1
	case v.State == Authorized:
		return version + 2
	case v.AuthorizedMinor > v.CapturedMinor:
		return version + 3
	default:
		return version + 4
	}
}
