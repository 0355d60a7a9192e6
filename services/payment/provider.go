package payment

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// Provider is a company that collects money for the shop. Implementations keep no state, are safe for concurrent use, and
// every call may be repeated: the same key does the same thing once. Never call one inside a transaction.
//
// An error is one of the four below, or a mistake of ours (such as a context that ended before anything was sent).
type Provider interface {
	// Start opens a payment under our reference and says how the shopper pays: on the provider's page, in its fields, or, by a
	// saved method, with nothing more to do than perhaps a challenge.
	//
	// Repeating it takes the very same request: what was stored with the payment, not what is current now. ErrRefused: it will
	// not collect this at all. A saved method that the bank declines is no error but a view that failed.
	Start(ctx context.Context, in StartRequest) (View, error)

	// Find returns the provider's view of a payment, or ErrUnknownPayment if it never heard of it.
	// Shortly after a Start without an answer that is not final: the request may still be on its way.
	Find(ctx context.Context, of Ref) (View, error)

	// Capture takes some or all of what is reserved. The final one releases the rest; before it, more can be taken. Where the
	// provider cannot take from one reservation twice, every capture is final, and the view is captured. ErrRefused: more than
	// is left, or nothing is reserved (any more). After ErrUnknownOutcome, Find tells by View.Captures whether it was made.
	Capture(ctx context.Context, of Ref, key string, amount money.Amount, final bool) (View, error)

	// Void makes sure that nothing (more) can be taken: an open payment can never be charged, what is reserved is released.
	// ErrRefused: it ended before, and Find says how; it may have been paid.
	Void(ctx context.Context, of Ref, key string) (View, error)

	// Refund gives back some of what was captured. ErrRefused: more than is left, nothing was captured, or the shopper's bank
	// disputes the payment. After ErrUnknownOutcome, Find tells by View.Refunds whether the refund with this key was made.
	Refund(ctx context.Context, of Ref, key string, amount money.Amount, reason RefundReason) (View, error)

	// Charges returns a page of the provider's own statement from a time on, and where the next page begins: the cursor is
	// empty for the first page, and after the last. Each line comes once, in the provider's own order.
	Charges(ctx context.Context, from time.Time, cursor string) (page []Charge, next string, err error)

	// ParseWebhook verifies a signed message and tells which payment to ask about. Nothing else in it is believed.
	// ErrUnverified: it is not proven to be the provider's. ErrMalformed: it is, and makes no sense.
	ParseWebhook(header http.Header, body []byte, now time.Time) (Notice, error)
}

// MethodKeeper is a provider that keeps shoppers' means of payment for the next time. Customers are named by our own
// references. Both calls may be repeated.
type MethodKeeper interface {
	// Methods lists what a customer has saved, newest first; none for one whom the provider never heard of.
	Methods(ctx context.Context, customer string) ([]Method, error)

	// ForgetMethod makes a saved method unusable for good. ErrRefused: it is not this customer's.
	ForgetMethod(ctx context.Context, customer, methodID string) error
}

// FieldsHost is a provider that has fields for the shop's own page.
type FieldsHost interface {
	// Fields says what a page must let in to show them. It is false without the publishable key, which they need.
	Fields() (Fields, bool)
}

// Fields are what draws a provider's fields on the shop's page.
type Fields struct {
	Script string // the address of the script that draws them
	// What the page's policy lets in besides: whence the script loads more of itself, where its frames are, and whom it calls.
	ScriptSources, FrameSources, ConnectSources []string
}

// Ref names a payment at a provider.
type Ref struct {
	Reference  string // ours, unique: the payment's id
	ProviderID string // the provider's own number, as its last view had it; empty while unknown, which makes looking it up slower
}

// What a call that failed tells about the payment.
var (
	// ErrUnknownOutcome says that the request may or may not have been carried out: the answer was lost, late, an error of
	// the provider's or unreadable. Ask with Find; repeat only with the same key.
	ErrUnknownOutcome = errors.New("the provider gave no clear answer")

	// ErrUnavailable says that this call changed nothing at the provider: it was not reached, turned us away before it
	// looked at the request, or was only asked a question. It does not speak for earlier calls.
	ErrUnavailable = errors.New("the provider cannot be asked now")

	// ErrUnknownPayment says that the provider has no payment with our reference.
	ErrUnknownPayment = errors.New("the provider does not know this payment")

	// ErrRefused is a definite no: nothing was changed, and the same request will be refused again.
	ErrRefused = errors.New("the provider refused")
)

// What is wrong with a webhook.
var (
	// ErrUnverified says that a message is not proven to come from the provider, or is too old or early to be taken.
	ErrUnverified = errors.New("not a signed message of the provider")

	// ErrMalformed says that the provider signed something that is no message we know.
	ErrMalformed = errors.New("not a message we know")
)

// StartRequest is what a provider needs to collect an amount.
type StartRequest struct {
	Reference   string // ours, unique: the payment's id
	Key         string // idempotency key, stored before the call
	Amount      money.Amount
	Description string // what the shopper reads at the provider
	ReturnURL   string
	CancelURL   string    // the return address if empty
	ExpireTime  time.Time // from then on the shopper cannot pay any more; providers may round it, so void what must not be paid

	CaptureLater bool // only reserve the amount; Capture takes it
	Challenge    bool // have the bank make sure who pays, where it can
	// InFields lets the shopper pay in the provider's fields on the shop's own page, which takes script. Otherwise the
	// provider's page is where the shopper goes, which works without.
	InFields bool

	Customer    string // our reference of a shopper who is signed in, under whom methods are saved; empty for guests
	SaveMethod  bool   // the shopper wants the method kept for the next time; needs a customer
	SavedMethod string // pay by what this customer saved, by its number, instead of asking for a method
}

// RefundReason is why money goes back, as far as providers want to know.
type RefundReason string

// The reasons. Empty is none of them.
const (
	RefundRequested RefundReason = "requested" // the shopper asked for it
	RefundDuplicate RefundReason = "duplicate" // it was paid twice
	RefundFraud     RefundReason = "fraud"     // the order was a fraud
)

// View is what a provider says of one payment.
type View struct {
	State    paymentv1.PaymentState // what it amounts to in our states
	Currency string                 // ISO 4217, of all amounts here but the fee
	// AuthorizedMinor is what was reserved, including what was captured of it. It falls to CapturedMinor once the rest is released.
	AuthorizedMinor int64
	CapturedMinor   int64
	RefundedMinor   int64
	DisputedMinor   int64        // what the provider withholds for disputes that are open or lost
	Fee             money.Amount // what the provider says with the payment that it keeps of it, in the currency that it pays out; its statement has all fees

	ProviderID string // the provider's own number; a later view may have a better one
	Version    int64  // rises with each change, so that an older view can be told from a newer one

	RedirectURL string    // where the shopper pays or is challenged; empty when there is nothing to do
	CaptureBy   time.Time // when a reservation lapses; zero if there is none, or the provider does not say
	// SingleCapture says that what is reserved can be taken from only once, so that whoever takes a part loses the rest.
	SingleCapture bool
	Method        Method                  // what it was paid by; zero while unknown
	Problem       string                  // why it failed, or the last try to pay did; empty otherwise
	Failure       paymentv1.FailureReason // the same for programs

	Captures map[string]int64 // minor units taken, by the key of each capture; one that Start asked for has none
	Refunds  map[string]int64 // minor units given back, by the key of each refund
	Disputes []Dispute        // oldest first

	// ClientSecret and PublishableKey open the provider's fields in the shopper's browser, while there is something to pay in
	// them. They are handed on and never stored.
	ClientSecret   config.Secret
	PublishableKey string
}

// Method is a shopper's means of payment, as far as a shop may know it.
type Method struct {
	Brand       string // "visa"; of what is no card, its kind: "paypal"
	Last4       string // last digits
	ExpiryMonth int    // 1 to 12; zero if it does not expire
	ExpiryYear  int    // four digits
	SavedID     string // by which it can be used again; empty unless it is saved
}

// Dispute is a shopper's bank asking money back.
type Dispute struct {
	ID          string // the provider's number
	AmountMinor int64
	State       DisputeState
	Reason      string    // the bank's, in the provider's words
	EvidenceBy  time.Time // until when the shop can answer; zero if it cannot, or not any more
}

// DisputeState is how a dispute stands.
type DisputeState string

// The states of disputes. An open or lost one makes its payment disputed, a won one leaves no trace but the fee.
const (
	DisputeOpen DisputeState = "open"
	DisputeWon  DisputeState = "won"
	DisputeLost DisputeState = "lost"
)

// Charge is a line of a provider's statement.
type Charge struct {
	Ref                // the payment it is about; empty for lines about none
	ID          string // the provider's number of the line
	Kind        ChargeKind
	AmountMinor int64        // never negative: the kind says which way it went
	Currency    string       // ISO 4217
	Key         string       // ours, of the refund, if the provider knows it
	Fee         money.Amount // what the provider kept for itself with this line, in the currency that it pays out
	// Net is what the line added to what the provider owes the shop, negative if it took; fees are off already. Lines of
	// money under way to the shop's bank are payouts.
	Net  money.Amount
	Time time.Time
}

// ChargeKind is what a line of a statement says happened.
type ChargeKind string

// The kinds.
const (
	ChargeCapture      ChargeKind = "capture"
	ChargeRefund       ChargeKind = "refund"
	ChargeRefundFailed ChargeKind = "refund_failed" // a refund came back: the money is the shop's again
	ChargeVoid         ChargeKind = "void"          // nothing can be taken any more; not every provider lists it
	ChargeDispute      ChargeKind = "dispute"       // withheld for a dispute
	ChargeDisputeWon   ChargeKind = "dispute_won"   // withheld no longer
	ChargeFee          ChargeKind = "fee"           // for anything but a payment
	ChargePayout       ChargeKind = "payout"        // to the shop's bank; negative if it came back
	ChargeOther        ChargeKind = "other"         // Net says what it did
)

// Notice says that something may have happened to a payment.
type Notice struct {
	ID  string // the provider's number of this message: the same for a message that is sent again
	Ref        // what it is about: our reference, the provider's number, or, about no payment, neither
}

// stands says in our states how a payment that was reserved stands by its amounts. More says that more can be taken.
func (v *View) stands(more bool) State {
	switch {
	case v.DisputedMinor > 0:
		return Disputed
	case v.CapturedMinor == 0:
		return Authorized
	case more:
		return PartlyCaptured
	case v.RefundedMinor == 0:
		return Captured
	case v.RefundedMinor < v.CapturedMinor:
		return PartlyRefunded
	default:
		return Refunded
	}
}

// declined says in words for staff what a bank said in a code.
func declined(code string) string { return "declined: " + strings.ReplaceAll(code, "_", " ") }
