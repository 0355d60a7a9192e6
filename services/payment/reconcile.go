package payment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// underWay is how old a movement must be to be missed: a younger one may be on its way into the books.
const underWay = time.Minute

// newFindings counts what comparing with providers brought to light. Anything but zero is worth a look.
func newFindings(registry prometheus.Registerer) *prometheus.CounterVec {
	findings := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tradewind_payment_reconciliation_findings_total",
		Help: "What providers' statements had and our books had not: payments of ours that were missed, and stray money that belonged to none and went back.",
	}, []string{"provider", "finding"})
	if registry != nil {
		registry.MustRegister(findings)
	}
	return findings
}

// ReconcileCharges goes through the statements of all providers, one after the other.
func (s *Service) ReconcileCharges(ctx context.Context, req *paymentv1.ReconcileChargesRequest) (*paymentv1.ReconcileChargesResponse, error) {
	names := slices.Sorted(maps.Keys(s.providers))
	name, cursor, _ := strings.Cut(req.GetPageToken(), " ")
	if req.GetPageToken() == "" {
		name = names[0]
	}
	at, found := slices.BinarySearch(names, name)
	if !found {
		return nil, rpc.InvalidArgument("page_token: not one of this call")
	}
	charges, next, err := s.providers[name].Charges(ctx, req.GetStartTime().AsTime(), cursor)
	if err != nil {
		return nil, unavailable(err)
	}
	missed, stray, err := s.compare(ctx, name, charges)
	if err != nil {
		return nil, err
	}
	answer := &paymentv1.ReconcileChargesResponse{PaymentIds: missed, Compared: int32(len(charges))}
	for _, payment := range stray {
		returned, err := s.returnStray(ctx, name, payment)
		if err != nil { // the others do not wait for it, and the next comparison finds it again
			slog.ErrorContext(ctx, "return money that came for no payment of ours", "provider", name, "reference", payment.Reference, "error", err)
		}
		if returned {
			answer.Returned++
		}
	}
	switch {
	case next != "":
		answer.NextPageToken = name + " " + next
	case at+1 < len(names):
		answer.NextPageToken = names[at+1] + " "
	}
	return answer, nil
}

// sum is what the lines of a page say of one payment.
type sum struct {
	Ref
	capturedMinor, refundedMinor, withheldMinor int64
	voided, won                                 bool
}

// missedBy says whether a payment's books lack something of it.
func (s sum) missedBy(row paymentdb.Payment) bool {
	return row.CapturedMinor < s.capturedMinor || row.RefundedMinor < s.refundedMinor || s.voided && Open(parseState(row.State)) ||
		row.DisputedMinor < s.withheldMinor || s.won && s.withheldMinor <= 0 && row.DisputedMinor > 0
}

// compare names the payments whose books lack something that a statement has, and those that are none of ours.
func (s *Service) compare(ctx context.Context, provider string, charges []Charge) (missed []string, stray []Ref, err error) {
	sums := make(map[string]sum)
	var ids []string
	for _, charge := range charges {
		if charge.Reference == "" || clock.Now().Sub(charge.Time) < underWay {
			continue
		}
		sum, seen := sums[charge.Reference]
		if !seen && id.Valid(charge.Reference) {
			ids = append(ids, charge.Reference)
		}
		sum.Ref = charge.Ref
		switch charge.Kind {
		case ChargeCapture:
			sum.capturedMinor += charge.AmountMinor
		case ChargeRefund:
			sum.refundedMinor += charge.AmountMinor
		case ChargeRefundFailed:
			sum.refundedMinor -= charge.AmountMinor
		case ChargeVoid:
			sum.voided = true
		case ChargeDispute:
			sum.withheldMinor += charge.AmountMinor
		case ChargeDisputeWon:
			sum.withheldMinor -= charge.AmountMinor
			sum.won = true
		}
		sums[charge.Reference] = sum
	}
	rows, err := queries.ListPayments(ctx, s.db.Primary(), ids) // what a replica does not know yet is not stray
	if err != nil {
		return nil, nil, fmt.Errorf("list payments: %w", err)
	}
	known := make(map[string]paymentdb.Payment, len(rows))
	for _, row := range rows {
		if row.Provider == provider {
			known[row.ID] = row
		}
	}
	for _, reference := range slices.Sorted(maps.Keys(sums)) {
		sum, row := sums[reference], known[reference]
		switch {
		case row.ID == "" && sum.capturedMinor > 0:
			stray = append(stray, sum.Ref)
		case row.ID != "" && sum.missedBy(row):
			slog.WarnContext(ctx, "the books missed what a provider did", "provider", provider, "payment_id", reference, "order_id", row.OrderID)
			s.findings.WithLabelValues(provider, "missed").Inc()
			missed = append(missed, reference)
		}
	}
	return missed, stray, nil
}

// returnStray gives back what was taken under a reference that no payment of ours has, such as one that a lost database knew. Nobody would ever ask for it.
func (s *Service) returnStray(ctx context.Context, name string, of Ref) (bool, error) {
	provider := s.providers[name]
	view, err := provider.Find(ctx, of)
	if err != nil {
		return false, err
	}
	left := money.Amount{Minor: view.CapturedMinor - view.RefundedMinor, Currency: view.Currency}
	if left.Minor == 0 {
		return false, nil
	}
	slog.ErrorContext(ctx, "money came for no payment of ours and goes back", "provider", name, "reference", of.Reference, "amount", left.String())
	s.findings.WithLabelValues(name, "stray").Inc()
	if _, err := provider.Refund(ctx, of, of.Reference+"-stray", left, ""); err != nil && !errors.Is(err, ErrUnknownOutcome) {
		return false, err
	}
	return true, nil
}
