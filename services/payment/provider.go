package payment

import (
	"context"
	"errors"
	"net/http"
	"time"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// Provider is a company that collects money for the shop. Implementations keep no state, are safe for concurrent use, and
// every call may be repeated: the same key does the same thing once. Never call one inside a transaction.
//
// An error is one of the four below, or a mistake of ours (such as a context that ended before anything was sent).
type Provider interface {
	// Start opens a payment under our reference and says where to send the shopper.
	//
	// Repeating it takes the very same request: what was stored with the payment, not what is current now.
	Start(ctx context.Context, in StartRequest) (View, error)

	// Find returns the provider's view of the payment with our reference, or ErrUnknownPayment if it never heard of it.
	// Shortly after a Start without an answer that is not final: the request may still be on its way.
	Find(ctx context.Context, reference string) (View, error)

	// Void makes sure that an open payment can never be charged. ErrRefused: it ended before, and Find says how; it may
	// have been paid.
	Void(ctx context.Context, reference, key string) (View, error)

	// Refund gives back some of what was captured. ErrRefused: more than is left, or nothing was captured.
	// After ErrUnknownOutcome, Find tells by View.Refunds whether the refund with this key was made.
	Refund(ctx context.Context, reference, key string, amount money.Amount) (View, error)

	// Charges returns a page of the provider's own statement from a time on, oldest first, and where the next page begins: the cursor is empty for the first page, and
	// after the last.
	Charges(ctx context.Context, from time.Time, cursor string) (page []Charge, next string, err error)

	// ParseWebhook verifies a signed message and tells which payment to ask about. Nothing else in it is believed.
	// ErrUnverified: it is not proven to be the provider's. ErrMalformed: it is, and makes no sense.
	ParseWebhook(header http.Header, body []byte, now time.Time) (Notice, error)
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
	ExpireTime  time.Time // from then on the shopper cannot pay any more
}

// View is what a provider says of one payment.
type View struct {
	State         paymentv1.PaymentState // what it amounts to in our states
	CapturedMinor int64
	RefundedMinor int64
	Currency      string                  // ISO 4217
	ProviderID    string                  // the provider's own number
	RedirectURL   string                  // where the shopper pays; empty when there is nothing to do
	Version       int64                   // rises with each change, so that an older view can be told from a newer one
	Problem       string                  // why it failed, empty otherwise
	Failure       paymentv1.FailureReason // the same for programs
	Refunds       map[string]int64        // minor units given back, by the key of each refund
	// ByHand says that no company keeps this record: State is all there is, and what was received and given back is known
	// to the shop's own books alone.
	ByHand bool
}

// Charge is a line of a provider's statement: money that was taken or given back, or that a payment cannot bring any more.
type Charge struct {
	Reference     string
	CapturedMinor int64
	RefundedMinor int64
	Voided        bool
	Time          time.Time
}

// Notice says that something may have happened to a payment.
type Notice struct {
	ID        string // the provider's number of this message: the same for a message that is sent again
	Reference string // ours
}
