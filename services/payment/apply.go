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
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// unheardAfter is how long after we told a provider to start a payment its not knowing it is final. It is far longer than a request can be under way.
const unheardAfter = 2 * time.Minute

// Applied says what a provider's view changed.
type Applied struct {
	PaymentID string
	State     State
	// CapturedMinor and RefundedMinor are what was newly taken and newly given back.
	CapturedMinor, RefundedMinor int64
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
	applied, changed, err := apply(ctx, tx, rows[at], view)
	if err != nil {
		return Applied{}, err
	}
	rows[at] = changed
	applied.Standing = standing(rows)
	return applied, nil
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
		err := queries.SetProblem(ctx, tx, paymentdb.SetProblemParams{ID: row.ID, Problem: problem, Now: now})
		return unchanged, row, err
	}
	state := view.GetState()
	applied := Applied{
		PaymentID: row.ID, State: state, Closed: Open(before) && slices.Contains(closed, state),
		CapturedMinor: view.GetCapturedMinor() - row.CapturedMinor, RefundedMinor: view.GetRefundedMinor() - row.RefundedMinor,
	}
	if applied.Closed {
		applied.Problem = view.GetProblem()
	}
	row.State, row.CapturedMinor, row.RefundedMinor = stateName(state), view.GetCapturedMinor(), view.GetRefundedMinor()
	row.RedirectUrl, row.ProviderVersion, row.Problem = view.GetRedirectUrl(), view.GetVersion(), view.GetProblem()
	row.FailureReason = failureName(view.GetFailureReason())
	if view.GetProviderReference() != "" {
		row.ProviderReference = view.GetProviderReference()
	}
	if !Open(state) {
		row.AskTime = nil // nothing more to ask
	}
	err := queries.ApplyView(ctx, postgres.Later(tx), paymentdb.ApplyViewParams{
		ID: row.ID, State: row.State, CapturedMinor: row.CapturedMinor, RefundedMinor: row.RefundedMinor, ProviderReference: row.ProviderReference,
		RedirectUrl: row.RedirectUrl, ProviderVersion: row.ProviderVersion, Problem: row.Problem,
		FailureReason: row.FailureReason, AskTime: row.AskTime, Now: now,
	})
	if err != nil {
		return applied, row, fmt.Errorf("store view: %w", err)
	}
	if err := post(ctx, tx, row, "capture", row.CapturedMinor, applied.CapturedMinor, now); err != nil {
		return applied, row, err
	}
	if err := post(ctx, tx, row, "refund", row.RefundedMinor, -applied.RefundedMinor, now); err != nil {
		return applied, row, err
	}
	return applied, row, nil
}

// unheard says whether a provider's not knowing an open payment means that it will never come of it: it was told long enough ago.
func unheard(row paymentdb.Payment, now time.Time) bool {
	told := row.StartTime != nil && now.Sub(*row.StartTime) > unheardAfter
	return told && slices.Contains([]State{Created, RequiresAction, Unknown}, parseState(row.State))
}

// moved says whether a view tells of money that our books do not know of. Then its state cannot be passed over as old news.
func moved(row paymentdb.Payment, view *paymentv1.ProviderView) bool {
	return view.GetCapturedMinor() != row.CapturedMinor || view.GetRefundedMinor() != row.RefundedMinor
}

// doubt says why a view cannot be true of a payment; empty when it can.
func doubt(row paymentdb.Payment, view *paymentv1.ProviderView) string {
	captured, refunded, state := view.GetCapturedMinor(), view.GetRefundedMinor(), view.GetState()
	complete := state == Captured || state == PartlyRefunded || state == Refunded
	switch {
	case view.GetCurrencyCode() != row.CurrencyCode:
		return fmt.Sprintf("the provider says %s, we asked for %s", view.GetCurrencyCode(), row.CurrencyCode)
	case captured > row.AmountMinor, complete && captured != row.AmountMinor:
		return fmt.Sprintf("the provider says that it took %d, we asked for %d", captured, row.AmountMinor)
	case captured < row.CapturedMinor, refunded < row.RefundedMinor, refunded > captured, state == Refunded && refunded != captured:
		return fmt.Sprintf("the provider says that it took %d and gave back %d, after %d and %d", captured, refunded, row.CapturedMinor, row.RefundedMinor)
	case !follows(parseState(row.State), state):
		return fmt.Sprintf("the provider says %s after %s", stateName(state), row.State)
	}
	return ""
}

// post writes a movement of the books, if anything moved. The total that it led to is part of its name, so that it cannot be posted twice.
func post(ctx context.Context, tx pgx.Tx, row paymentdb.Payment, what string, total, delta int64, now time.Time) error {
	if delta == 0 {
		return nil
	}
	err := queries.PostMovement(ctx, postgres.Later(tx), paymentdb.PostMovementParams{
		TxnID: fmt.Sprintf("%s %s %d", row.ID, what, total), PaymentID: row.ID, CurrencyCode: row.CurrencyCode, AmountMinor: delta, Now: now,
	})
	if err != nil {
		return fmt.Errorf("post %s: %w", what, err)
	}
	return nil
}
