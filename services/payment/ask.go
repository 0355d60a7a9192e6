package payment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	// firstQuestion is when a provider is asked about a payment for the first time; TakeUnsettled has the times after it.
	firstQuestion = 2 * time.Second
	// unsettledBatch bounds what one worker asks about at a time, if it does not say how much it can.
	unsettledBatch = 100
	// noteTimeout bounds noting that an outcome is unknown, which is done even when the caller has left.
	noteTimeout = 2 * time.Second
)

// OpenAtProvider tells the provider to collect. What it is told is stored first, so that whoever comes after a crash tells or asks the very same.
func (s *Service) OpenAtProvider(ctx context.Context, req *paymentv1.OpenAtProviderRequest) (*paymentv1.OpenAtProviderResponse, error) {
	answer, err := s.declines.answer(ctx)
	if err != nil {
		return nil, err
	}
	if answer == signInFirst && !req.GetSignedIn() {
		return nil, errSignInFirst
	}
	told := false
	row, err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (paymentdb.Payment, error) {
		row, err := queries.LockPayment(ctx, tx, req.GetPaymentId())
		if postgres.IsNoRows(err) {
			return row, errNoPayment
		}
		state := parseState(row.State)
		if err != nil || state == RequiresAction {
			return row, err
		}
		if state != Created && state != Unknown {
			return row, rpc.FailedPrecondition("this payment cannot be opened any more")
		}
		told = row.ProviderKey != nil
		now := clock.Now()
		_, offered := s.fields(row.Provider) // else its page is there
		return queries.PrepareStart(ctx, tx, paymentdb.PrepareStartParams{
			ID: row.ID, ProviderKey: row.ID, ReturnUrl: req.GetReturnUrl(), Description: req.GetDescription(), CaptureLater: req.GetCaptureLater(), Now: &now, AskTime: after(now, firstQuestion),
			Challenge: answer != nothingUnusual, InFields: req.GetWay().GetInFields() && offered, CustomerID: req.GetCustomerId(), SaveMethod: req.GetWay().GetSaveMethod(), SavedMethodID: req.GetWay().GetSavedMethodId(),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("prepare start: %w", err)
	}
	if parseState(row.State) == RequiresAction {
		return opened(row, ownView(row)), nil
	}
	provider, err := s.provider(row)
	if err != nil {
		return nil, err
	}
	crash.At(crash.PaymentBeforeProvider)
	view, err := start(ctx, provider, row, told)
	crash.At(crash.PaymentAfterProvider)
	if errors.Is(err, ErrUnknownOutcome) {
		s.noteUnknown(ctx, row)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return opened(row, view), nil
}

func opened(row paymentdb.Payment, view *paymentv1.ProviderView) *paymentv1.OpenAtProviderResponse {
	return &paymentv1.OpenAtProviderResponse{View: view, InFields: row.InFields && view.GetState() == RequiresAction}
}

// start asks before it tells again: a provider that was told before may have done as told, and may answer the same key with the same error for ever.
func start(ctx context.Context, provider Provider, row paymentdb.Payment, told bool) (*paymentv1.ProviderView, error) {
	if told {
		view, err := provider.Find(ctx, refOf(row))
		if !errors.Is(err, ErrUnknownPayment) {
			return viewToProto(view), err
		}
	}
	view, err := provider.Start(ctx, StartRequest{
		Reference: row.ID, Key: *row.ProviderKey, Amount: money.Amount{Minor: row.AmountMinor, Currency: row.CurrencyCode},
		Description: row.Description, ReturnURL: row.ReturnUrl, ExpireTime: row.ExpireTime, CaptureLater: row.CaptureLater,
		Challenge: row.Challenge, InFields: row.InFields, Customer: row.CustomerID, SaveMethod: row.SaveMethod, SavedMethod: row.SavedMethodID,
	})
	if !errors.Is(err, ErrRefused) {
		return viewToProto(view), err
	}
	// A definite no to this request. It may still know the payment from an earlier one.
	found, findErr := provider.Find(ctx, refOf(row))
	if errors.Is(findErr, ErrUnknownPayment) {
		return &paymentv1.ProviderView{Known: true, State: Failed, CurrencyCode: row.CurrencyCode, Version: row.ProviderVersion + 1, Problem: err.Error()}, nil
	}
	return viewToProto(found), findErr
}

// noteUnknown says in the books that nobody knows whether the provider did as told. If it cannot be noted, the payment is asked about all the same.
func (s *Service) noteUnknown(ctx context.Context, row paymentdb.Payment) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTimeout)
	defer cancel()
	now := clock.Now()
	_, err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		return struct{}{}, queries.MarkUnknown(ctx, tx, paymentdb.MarkUnknownParams{
			ID: row.ID, Problem: "the provider gave no clear answer", AskTime: after(now, firstQuestion), Now: now,
		})
	})
	if err != nil {
		slog.ErrorContext(ctx, "note that a payment's outcome is unknown", "payment_id", row.ID, "error", err)
	}
}

// AskProvider returns the provider's view.
func (s *Service) AskProvider(ctx context.Context, req *paymentv1.AskProviderRequest) (*paymentv1.AskProviderResponse, error) {
	row, err := s.load(ctx, s.db.Primary(), req.GetPaymentId())
	if err != nil {
		return nil, err
	}
	view, err := s.ask(ctx, row, Provider.Find)
	if err != nil {
		return nil, err
	}
	return &paymentv1.AskProviderResponse{OrderId: row.OrderID, View: view}, nil
}

// CloseAtProvider makes sure that a payment cannot be paid any more. One that ended by itself, perhaps paid, stays as it is.
func (s *Service) CloseAtProvider(ctx context.Context, req *paymentv1.CloseAtProviderRequest) (*paymentv1.CloseAtProviderResponse, error) {
	row, err := s.load(ctx, s.db.Primary(), req.GetPaymentId())
	if err != nil {
		return nil, err
	}
	how := Provider.Find
	if Open(parseState(row.State)) {
		how = func(provider Provider, ctx context.Context, of Ref) (View, error) {
			view, err := provider.Void(ctx, of, of.Reference+"-void")
			if errors.Is(err, ErrRefused) {
				return provider.Find(ctx, of)
			}
			return view, err
		}
	}
	view, err := s.ask(ctx, row, how)
	if err != nil {
		return nil, err
	}
	return &paymentv1.CloseAtProviderResponse{View: view}, nil
}

// ask puts one question about a payment to its provider, if there is anybody to ask.
func (s *Service) ask(
	ctx context.Context, row paymentdb.Payment, how func(Provider, context.Context, Ref) (View, error),
) (*paymentv1.ProviderView, error) {
	if ByHand(row.Provider) {
		return ownView(row), nil
	}
	if row.ProviderKey == nil {
		return &paymentv1.ProviderView{}, nil // it was never told of it
	}
	provider, err := s.provider(row)
	if err != nil {
		return nil, err
	}
	view, err := how(provider, ctx, refOf(row))
	if errors.Is(err, ErrUnknownPayment) {
		return &paymentv1.ProviderView{}, nil
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return viewToProto(view), nil
}

// ListUnsettledPayments hands out payments to ask about.
func (s *Service) ListUnsettledPayments(
	ctx context.Context, req *paymentv1.ListUnsettledPaymentsRequest,
) (*paymentv1.ListUnsettledPaymentsResponse, error) {
	payments, err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) ([]string, error) {
		return queries.TakeUnsettled(ctx, tx, paymentdb.TakeUnsettledParams{Now: clock.Now(), Batch: cmp.Or(req.GetLimit(), unsettledBatch)})
	})
	if err != nil {
		return nil, fmt.Errorf("take unsettled payments: %w", err)
	}
	slices.Sort(payments)
	return &paymentv1.ListUnsettledPaymentsResponse{PaymentIds: payments}, nil
}

// unavailable is what a provider's failure reads like to our callers. A mistake of ours stays one.
func unavailable(err error) error {
	for _, known := range []error{ErrUnknownOutcome, ErrUnavailable, context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, known) {
			slog.Warn("the payment provider did not answer", "error", err)
			return rpc.Unavailable("the payment provider does not answer at the moment; try again shortly")
		}
	}
	return fmt.Errorf("payment provider: %w", err)
}

// refOf names a payment to its provider.
func refOf(row paymentdb.Payment) Ref {
	return Ref{Reference: row.ID, ProviderID: row.ProviderReference}
}

// ownView is what our own books say, for payments that nobody else keeps a record of.
func ownView(row paymentdb.Payment) *paymentv1.ProviderView {
	return &paymentv1.ProviderView{
		Known: true, State: parseState(row.State), CapturedMinor: row.CapturedMinor, RefundedMinor: row.RefundedMinor, CurrencyCode: row.CurrencyCode,
		ProviderReference: row.ProviderReference, RedirectUrl: row.RedirectUrl, Version: row.ProviderVersion, Problem: row.Problem,
		FailureReason: parseFailure(row.FailureReason), AuthorizedMinor: row.AuthorizedMinor, DisputedMinor: row.DisputedMinor,
		SingleCapture: row.SingleCapture,
	}
}

func viewToProto(view View) *paymentv1.ProviderView {
	converted := &paymentv1.ProviderView{
		Known: true, State: view.State, CapturedMinor: view.CapturedMinor, RefundedMinor: view.RefundedMinor, CurrencyCode: view.Currency,
		ProviderReference: view.ProviderID, RedirectUrl: view.RedirectURL, Version: view.Version, Problem: view.Problem, FailureReason: view.Failure,
		AuthorizedMinor: view.AuthorizedMinor, DisputedMinor: view.DisputedMinor, Captures: view.Captures, Refunds: view.Refunds, Disputes: disputesOf(view),
		SingleCapture: view.SingleCapture,
	}
	if view.Method.Brand != "" {
		converted.Method = methodToProto(view.Method)
	}
	if view.Fee.Currency != "" {
		converted.Fee = &typev1.Money{AmountMinor: view.Fee.Minor, CurrencyCode: view.Fee.Currency}
	}
	if !view.CaptureBy.IsZero() {
		converted.CaptureBy = timestamppb.New(view.CaptureBy)
	}
	return converted
}
