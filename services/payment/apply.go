package payment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// unheardAfter is how long after we told a provider to start a payment its not knowing it is final. It is far longer than a request can be under way.
const unheardAfter = 2 * time.Minute

// Applied says what a provider's view changed.
type Applied struct {
	PaymentID string
	State     State
	// CapturedMinor and RefundedMinor are what was newly taken and newly given back; below zero is a refund that came back.
	CapturedMinor, RefundedMinor int64
	// Reserved: money was newly reserved, to be taken later.
	Reserved bool
	// Disputes are those that are new or were decided.
	Disputes []*paymentv1.Dispute
	// Closed: the attempt has just come to nothing.
	Closed bool
	// Problem is why an attempt came to nothing, or what is wrong with the view, which was not applied then; empty when there is nothing new to say.
	Problem string
	// Standing is that of all of the order's payments, after.
	Standing Standing
}

// Apply stores what a provider says of one of an order's payments and posts what moved. A view that is not newer than what is stored changes nothing; one
// that cannot be true is noted for people and changes nothing either.
func Apply(ctx context.Context, tx pgx.Tx, orderID, paymentID string, view *paymentv1.ProviderView) (Applied, error) {
	rows, err := queries.LockOrderPayments(ctx, tx, orderID)
	if err != nil {
		return Applied{}, fmt.Errorf("lock payments: %w", err)
	}
	at := slices.IndexFunc(rows, func(row paymentdb.Payment) bool { return row.ID == paymentID })
	if at < 0 {
		return Applied{}, errNoPayment
	}
	before, was := standing(rows), rows[at]
	applied, row, err := apply(ctx, tx, was, view)
	if err != nil {
		return Applied{}, err
	}
	rows[at] = row
	applied.Standing = standing(rows)
	var untaken int64 // what a final capture left
	if row.CapturedMinor > 0 && Open(parseState(was.State)) && !Open(applied.State) {
		untaken = max(stillAgreed(was)-row.CapturedMinor, 0)
	}
	if applied.RefundedMinor <= 0 && untaken == 0 {
		return applied, nil
	}
	sale, err := queries.GetSold(ctx, tx, &orderID)
	if err != nil {
		return Applied{}, fmt.Errorf("get sale: %w", err)
	}
	kept := before.CapturedMinor - before.RefundedMinor + applied.CapturedMinor
	return applied, credit(ctx, tx, orderID, sale, creditDue(sale, kept, max(applied.RefundedMinor, 0), untaken))
}

// apply changes one locked payment.
func apply(ctx context.Context, tx pgx.Tx, row paymentdb.Payment, view *paymentv1.ProviderView) (Applied, paymentdb.Payment, error) {
	now := clock.Now()
	before := parseState(row.State)
	unchanged := Applied{PaymentID: row.ID, State: before}
	if !view.GetKnown() {
		if !unheard(row, now) {
			return unchanged, row, nil
		}
		view = &paymentv1.ProviderView{State: Failed, CurrencyCode: row.CurrencyCode, Version: row.ProviderVersion, Problem: "the provider does not know this payment"}
	} else if view.GetVersion() <= row.ProviderVersion || !follows(before, view.GetState()) && !moved(row, view) {
		return unchanged, row, nil
	}
	if problem := doubt(row, view); problem != "" {
		if row.Problem == problem {
			return unchanged, row, nil
		}
		unchanged.Problem = problem
		row.Problem = problem
		err := queries.SetProblem(ctx, tx, paymentdb.SetProblemParams{ID: row.ID, Problem: problem, Attention: attentionProblem, Now: now})
		return unchanged, row, err
	}
	state := view.GetState()
	applied := Applied{
		PaymentID: row.ID, State: state, Closed: Open(before) && slices.Contains(closed, state), Reserved: before != Authorized && state == Authorized,
		CapturedMinor: view.GetCapturedMinor() - row.CapturedMinor, RefundedMinor: view.GetRefundedMinor() - row.RefundedMinor,
	}
	if applied.Closed {
		applied.Problem = view.GetProblem()
	}
	fee := max(view.GetFee().GetAmountMinor()-row.FeeMinor, 0) // the statement may have told of more
	if view.GetFee() == nil || row.FeeCurrency != "" && row.FeeCurrency != view.GetFee().GetCurrencyCode() {
		fee = 0
	}
	disputes, err := storeDisputes(ctx, tx, row, view.GetDisputes(), now)
	if err != nil {
		return applied, row, err
	}
	applied.Disputes = disputes
	row = updated(row, view, now)
	if err := store(ctx, tx, row, now); err != nil {
		return applied, row, err
	}
	if err := postView(ctx, tx, row, applied, fee, now); err != nil {
		return applied, row, err
	}
	return applied, row, obeyed(ctx, tx, row, view, now)
}

// updated is a payment after a provider said something of it.
func updated(row paymentdb.Payment, view *paymentv1.ProviderView, now time.Time) paymentdb.Payment {
	was, state := parseState(row.State), view.GetState()
	taken := view.GetCapturedMinor() > row.CapturedMinor
	row.State, row.CapturedMinor, row.RefundedMinor = stateName(state), view.GetCapturedMinor(), view.GetRefundedMinor()
	row.DisputedMinor, row.AuthorizedMinor = view.GetDisputedMinor(), max(view.GetAuthorizedMinor(), view.GetCapturedMinor())
	row.RedirectUrl, row.ProviderVersion, row.Problem = view.GetRedirectUrl(), view.GetVersion(), view.GetProblem()
	row.FailureReason, row.SingleCapture = failureName(view.GetFailureReason()), view.GetSingleCapture()
	if method := view.GetMethod(); method.GetBrand() != "" {
		row.MethodBrand, row.MethodLast4 = method.GetBrand(), method.GetLast4()
	}
	if view.GetProviderReference() != "" {
		row.ProviderReference = view.GetProviderReference()
	}
	if fee := view.GetFee(); fee != nil && (row.FeeCurrency == "" || row.FeeCurrency == fee.GetCurrencyCode()) {
		row.FeeMinor, row.FeeCurrency = max(row.FeeMinor, fee.GetAmountMinor()), fee.GetCurrencyCode()
	}
	contested := slices.ContainsFunc(view.GetDisputes(), func(d *paymentv1.Dispute) bool { return d.GetState() == disputeOpen })
	switch {
	case contested:
		row.AskTime = after(now, askReserved) // not every provider tells how it was decided
	case !Open(state):
		row.AskTime, row.ReleaseDue = nil, false // nothing more to ask, or to let go
	}
	row = lapses(row, view)
	row.Attention, row.AttentionTime = attention(row, was, contested, taken, now)
	return row
}

// store writes a payment as a provider's view left it.
func store(ctx context.Context, tx pgx.Tx, row paymentdb.Payment, now time.Time) error {
	err := queries.ApplyView(ctx, postgres.Later(tx), paymentdb.ApplyViewParams{
		ID: row.ID, State: row.State, AuthorizedMinor: row.AuthorizedMinor, CapturedMinor: row.CapturedMinor, RefundedMinor: row.RefundedMinor,
		DisputedMinor: row.DisputedMinor, FeeMinor: row.FeeMinor, FeeCurrency: row.FeeCurrency, SingleCapture: row.SingleCapture, CaptureBy: row.CaptureBy, WarnTime: row.WarnTime,
		ReleaseDue: row.ReleaseDue, ProviderReference: row.ProviderReference, RedirectUrl: row.RedirectUrl, ProviderVersion: row.ProviderVersion,
		Problem: row.Problem, FailureReason: row.FailureReason, MethodBrand: row.MethodBrand, MethodLast4: row.MethodLast4, AskTime: row.AskTime, Attention: row.Attention, AttentionTime: row.AttentionTime, Now: now,
	})
	if err != nil {
		return fmt.Errorf("store view: %w", err)
	}
	return nil
}

// postView posts what a view moved. The view's version is part of each movement's name, so that it cannot be posted twice.
func postView(ctx context.Context, tx pgx.Tx, row paymentdb.Payment, applied Applied, fee int64, now time.Time) error {
	version := fmt.Sprintf("v%d", row.ProviderVersion)
	if err := postPayment(ctx, tx, row, kindCapture, version, applied.CapturedMinor, now); err != nil {
		return err
	}
	if err := postPayment(ctx, tx, row, kindRefund, version, max(applied.RefundedMinor, 0), now); err != nil {
		return err
	}
	if err := postPayment(ctx, tx, row, kindRefundFailed, version, max(-applied.RefundedMinor, 0), now); err != nil {
		return err
	}
	charged := row
	charged.CurrencyCode = row.FeeCurrency // it may pay out in another one
	return postPayment(ctx, tx, charged, kindFee, version, fee, now)
}

// obeyed notes which instructions a view shows to be carried out.
func obeyed(ctx context.Context, tx pgx.Tx, row paymentdb.Payment, view *paymentv1.ProviderView, now time.Time) error {
	var keys []string
	for _, made := range []map[string]int64{view.GetCaptures(), view.GetRefunds()} {
		for key := range made {
			if id.Valid(key) { // others are not instructions of ours
				keys = append(keys, key)
			}
		}
	}
	released := reserves(row) && !Open(view.GetState())
	if len(keys) == 0 && !released {
		return nil
	}
	slices.Sort(keys)
	err := queries.FollowInstructions(ctx, postgres.Later(tx), paymentdb.FollowInstructionsParams{PaymentID: row.ID, Ids: keys, Released: released, Now: now})
	if err != nil {
		return fmt.Errorf("follow instructions: %w", err)
	}
	return nil
}

// unheard says whether a provider's not knowing an open payment means that it will never come of it: it was told long enough ago.
func unheard(row paymentdb.Payment, now time.Time) bool {
	told := row.StartTime != nil && now.Sub(*row.StartTime) > unheardAfter
	return told && slices.Contains([]State{Created, RequiresAction, Unknown}, parseState(row.State))
}

// moved says whether a view tells of money that our books do not know of. Then its state cannot be passed over as old news.
func moved(row paymentdb.Payment, view *paymentv1.ProviderView) bool {
	return view.GetCapturedMinor() != row.CapturedMinor || view.GetRefundedMinor() != row.RefundedMinor || view.GetDisputedMinor() != row.DisputedMinor
}

// reserves says whether a payment is first agreed and then taken, in one or several parts. Others are taken whole at once.
func reserves(row paymentdb.Payment) bool {
	return row.CaptureLater || row.Provider == ProviderOnDelivery
}

// doubt says why a view cannot be true of a payment; empty when it can.
func doubt(row paymentdb.Payment, view *paymentv1.ProviderView) string {
	captured, refunded, state := view.GetCapturedMinor(), view.GetRefundedMinor(), view.GetState()
	// What is taken at once is taken whole. What was reserved may be taken in part, and then be complete.
	complete := !reserves(row) && (state == Captured || state == PartlyRefunded || state == Refunded)
	switch {
	case view.GetCurrencyCode() != row.CurrencyCode:
		return fmt.Sprintf("the provider says %s, we asked for %s", view.GetCurrencyCode(), row.CurrencyCode)
	case captured > row.AmountMinor, complete && captured != row.AmountMinor:
		return fmt.Sprintf("the provider says that it took %d, we asked for %d", captured, row.AmountMinor)
	case view.GetAuthorizedMinor() > row.AmountMinor:
		return fmt.Sprintf("the provider says that it reserved %d, we asked for %d", view.GetAuthorizedMinor(), row.AmountMinor)
	case captured < row.CapturedMinor, refunded > captured, refunded < 0, state == Refunded && refunded != captured:
		return fmt.Sprintf("the provider says that it took %d and gave back %d, after %d and %d", captured, refunded, row.CapturedMinor, row.RefundedMinor)
	case view.GetDisputedMinor() < 0, view.GetDisputedMinor() > captured:
		return fmt.Sprintf("the provider says that %d of %d is disputed", view.GetDisputedMinor(), captured)
	case !follows(parseState(row.State), state):
		return fmt.Sprintf("the provider says %s after %s", stateName(state), row.State)
	}
	return ""
}
