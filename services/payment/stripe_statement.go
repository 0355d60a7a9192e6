package payment

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v85"

	"github.com/tradewind-commerce/tradewind/platform/money"
)

// Charges reads Stripe's balance transactions, newest first. What was voided moved nothing and is not among them.
func (s *Stripe) Charges(ctx context.Context, from time.Time, cursor string) ([]Charge, string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	list, err := asked(ctx, func(ctx context.Context) (*stripe.V1List[*stripe.BalanceTransaction], error) {
		params := &stripe.BalanceTransactionListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: from.Unix()}}
		params.Limit, params.StartingAfter = stripe.Int64(100), optional(cursor)
		params.AddExpand("data.source")
		params.AddExpand("data.source.charge") // of refunds and disputes, which do not all know our reference
		list := s.api.V1BalanceTransactions.List(ctx, params)
		return list, list.Err()
	})
	if err != nil {
		return nil, "", err
	}
	page := make([]Charge, 0, len(list.Data()))
	next := ""
	for _, line := range list.Data() {
		charge, err := stripeCharge(line)
		if err != nil {
			return nil, "", fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		page = append(page, charge)
		next = line.ID
	}
	if !list.Meta().HasMore {
		next = ""
	}
	return page, next, nil
}

// stripeCharge translates one line. Amounts of payments are in the payment's currency, which its charge knows; fee and net are in that of the balance.
func stripeCharge(line *stripe.BalanceTransaction) (Charge, error) {
	balance := strings.ToUpper(string(line.Currency))
	charge := Charge{
		ID: line.ID, Kind: ChargeOther, AmountMinor: max(line.Amount, -line.Amount), Currency: balance, Time: time.Unix(line.Created, 0).UTC(),
		Fee: money.Amount{Minor: line.Fee, Currency: balance}, Net: money.Amount{Minor: line.Net, Currency: balance},
	}
	if kind, known := stripeKinds[line.Type]; known {
		charge.Kind = kind
	}
	source := line.Source
	if source == nil {
		return charge, nil
	}
	var of *stripe.Charge
	switch {
	case source.Charge != nil:
		of = source.Charge
		if charge.Currency = strings.ToUpper(string(of.Currency)); charge.Currency != balance {
			charge.AmountMinor = of.AmountCaptured
		}
	case source.Refund != nil:
		of, charge.Key = source.Refund.Charge, source.Refund.Metadata[keyKey]
		charge.AmountMinor, charge.Currency = source.Refund.Amount, strings.ToUpper(string(source.Refund.Currency))
	case source.Dispute != nil:
		of = source.Dispute.Charge
		charge.AmountMinor, charge.Currency = source.Dispute.Amount, strings.ToUpper(string(source.Dispute.Currency))
		charge.Kind = ChargeDispute
		if line.Amount > 0 {
			charge.Kind = ChargeDisputeWon
		}
	}
	if of != nil {
		charge.Reference = of.Metadata[referenceKey]
		if of.PaymentIntent != nil {
			charge.ProviderID = of.PaymentIntent.ID
		}
	}
	if !money.Known(charge.Currency) {
		return Charge{}, fmt.Errorf("its statement has a line in %q", charge.Currency)
	}
	charge.AmountMinor = fromStripe(charge.AmountMinor, charge.Currency)
	return charge, nil
}

var stripeKinds = map[stripe.BalanceTransactionType]ChargeKind{
	stripe.BalanceTransactionTypeCharge: ChargeCapture, stripe.BalanceTransactionTypePayment: ChargeCapture,
	stripe.BalanceTransactionTypeRefund: ChargeRefund, stripe.BalanceTransactionTypePaymentRefund: ChargeRefund,
	stripe.BalanceTransactionTypeRefundFailure: ChargeRefundFailed, stripe.BalanceTransactionTypePaymentFailureRefund: ChargeRefundFailed,
	stripe.BalanceTransactionTypeStripeFee: ChargeFee, stripe.BalanceTransactionTypeStripeFxFee: ChargeFee, stripe.BalanceTransactionTypeTaxFee: ChargeFee,
	stripe.BalanceTransactionTypePayout: ChargePayout, stripe.BalanceTransactionTypePayoutCancel: ChargePayout, stripe.BalanceTransactionTypePayoutFailure: ChargePayout,
}
