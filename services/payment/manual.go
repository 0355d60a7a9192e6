package payment

import (
	"context"
	"net/http"
	"time"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/money"
)

// OnDelivery is payment without a company in between: the carrier or the counter collects, and staff mark the money as
// received. There is nobody to ask, so each answer only says what the call means, and ByHand tells that the shop's own
// books are the truth: an answer never moves a payment that staff have moved further.
type OnDelivery struct{}

var _ Provider = OnDelivery{}

// Start agrees to collect on delivery: there is no page to send the shopper to.
func (OnDelivery) Start(ctx context.Context, in StartRequest) (View, error) {
	return byHand(ctx, paymentv1.PaymentState_PAYMENT_STATE_AUTHORIZED, in.Amount.Currency)
}

// Find says that the money is to be collected, of any reference: what was collected is in the shop's books.
func (OnDelivery) Find(ctx context.Context, _ Ref) (View, error) {
	return byHand(ctx, paymentv1.PaymentState_PAYMENT_STATE_AUTHORIZED, "")
}

// Capture agrees that staff have received the money; how much is still to come is for the shop's books to check.
func (OnDelivery) Capture(ctx context.Context, _ Ref, key string, amount money.Amount, _ bool) (View, error) {
	view, err := byHand(ctx, paymentv1.PaymentState_PAYMENT_STATE_UNSPECIFIED, amount.Currency)
	view.Captures = map[string]int64{key: amount.Minor}
	return view, err
}

// Void agrees that nothing will be collected.
func (OnDelivery) Void(ctx context.Context, _ Ref, _ string) (View, error) {
	return byHand(ctx, paymentv1.PaymentState_PAYMENT_STATE_VOIDED, "")
}

// Refund agrees that staff hand the money back; how much is left to give back is for the shop's books to check.
func (OnDelivery) Refund(ctx context.Context, _ Ref, key string, amount money.Amount, _ RefundReason) (View, error) {
	view, err := byHand(ctx, paymentv1.PaymentState_PAYMENT_STATE_UNSPECIFIED, amount.Currency)
	view.Refunds = map[string]int64{key: amount.Minor}
	return view, err
}

// Charges lists nothing: nobody but the shop keeps a record.
func (OnDelivery) Charges(context.Context, time.Time, string) ([]Charge, string, error) {
	return nil, "", nil
}

// ParseWebhook refuses every message: there is nobody who could send one.
func (OnDelivery) ParseWebhook(http.Header, []byte, time.Time) (Notice, error) {
	return Notice{}, ErrUnverified
}

// BankTransfer is the shop's own account at its bank: the shopper is told where to transfer the money, and staff see that it
// has arrived. As on delivery, the shop's own books are the truth.
type BankTransfer struct{ OnDelivery }

var _ Provider = BankTransfer{}

// Start waits for the money.
func (BankTransfer) Start(ctx context.Context, in StartRequest) (View, error) {
	return byHand(ctx, paymentv1.PaymentState_PAYMENT_STATE_REQUIRES_ACTION, in.Amount.Currency)
}

// Find says that the money is to come, of any reference: what has come is in the shop's books.
func (BankTransfer) Find(ctx context.Context, _ Ref) (View, error) {
	return byHand(ctx, paymentv1.PaymentState_PAYMENT_STATE_REQUIRES_ACTION, "")
}

// ByHand says whether people collect what a provider's payments bring, so that nobody but the shop's own books knows of it.
func ByHand(provider string) bool {
	return provider == ProviderOnDelivery || provider == ProviderBankTransfer
}

func byHand(ctx context.Context, state paymentv1.PaymentState, currency string) (View, error) {
	if err := ctx.Err(); err != nil {
		return View{}, err
	}
	return View{State: state, Currency: currency, Version: 1, ByHand: true}, nil
}
