package payment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

const (
	// statementEvery is how often a provider's statement is compared, a little less than a day so that it is once on every day.
	statementEvery = 23 * time.Hour
	// statementSettled is how old lines and movements must be to be compared: by then the five-minute comparison has settled what was missed.
	statementSettled = time.Hour
	// statementFirst is how far back the first comparison goes, and statementOverlap how far before the last one each begins: lines can come late.
	statementFirst   = 30 * 24 * time.Hour
	statementOverlap = 3 * 24 * time.Hour
	// statementPages bounds one reading.
	statementPages = 2000
)

// The kinds of what does not agree, as they are stored.
const (
	missingHere  = "missing_here"
	missingThere = "missing_there"
	different    = "different"
)

// ReconcileStatements compares every provider's statement that is due. One that does not answer does not keep the others.
func (s *Service) ReconcileStatements(ctx context.Context, _ *paymentv1.ReconcileStatementsRequest) (*paymentv1.ReconcileStatementsResponse, error) {
	answer := &paymentv1.ReconcileStatementsResponse{}
	var failures []error
	for _, name := range slices.Sorted(maps.Keys(s.providers)) {
		if name == ProviderGiftCard {
			continue // nobody else keeps a record
		}
		run, err := s.reconcileStatement(ctx, name)
		if err != nil {
			failures = append(failures, unavailable(err))
			continue
		}
		if run != nil {
			answer.Runs = append(answer.Runs, run.toProto())
		}
	}
	if len(answer.GetRuns()) == 0 {
		return answer, errors.Join(failures...)
	}
	for _, err := range failures {
		slog.ErrorContext(ctx, "reconcile a statement", "error", err)
	}
	return answer, nil
}

// reconcileStatement reads a provider's statement and compares it, unless it was compared within the last day.
func (s *Service) reconcileStatement(ctx context.Context, name string) (*comparison, error) {
	before, err := queries.GetReconciled(ctx, s.db.Primary(), name)
	if err != nil {
		return nil, fmt.Errorf("get reconciled: %w", err)
	}
	now := clock.Now()
	until, from, since := now.Add(-statementSettled), before.UntilTime.Add(-statementOverlap), before.FromTime
	if before.UntilTime.Unix() == 0 {
		from = until.Add(-statementFirst)
		since = from
	}
	if before.UntilTime.Add(statementEvery).After(until) {
		return nil, nil
	}
	if err := s.readStatement(ctx, name, from); err != nil {
		return nil, err
	}
	run := comparison{AddRunParams: paymentdb.AddRunParams{ID: id.New(), Provider: name, FromTime: from, UntilTime: until, Now: now}, fees: map[string]int64{}}
	_, err = postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		return struct{}{}, compareStatement(ctx, tx, &run, since)
	})
	return &run, err
}

// comparison is a run that is being made, with the fees that it posted by currency.
type comparison struct {
	paymentdb.AddRunParams
	fees map[string]int64
}

// lineJSON is a line as AddStatementLines reads it.
type lineJSON struct {
	ID           string    `json:"id"`
	Reference    string    `json:"reference"`
	PaymentID    *string   `json:"payment_id"`
	Kind         string    `json:"kind"`
	AmountMinor  int64     `json:"amount_minor"`
	CurrencyCode string    `json:"currency_code"`
	FeeMinor     int64     `json:"fee_minor"`
	FeeCurrency  string    `json:"fee_currency"`
	Time         time.Time `json:"time"`
}

// readStatement stores the lines of a provider's statement from a time on, each once.
func (s *Service) readStatement(ctx context.Context, name string, from time.Time) error {
	cursor := ""
	for range statementPages {
		charges, next, err := s.providers[name].Charges(ctx, from, cursor)
		if err != nil {
			return err
		}
		lines := make([]lineJSON, 0, len(charges))
		for _, charge := range charges {
			line := lineJSON{
				ID: charge.ID, Reference: charge.Reference, Kind: string(charge.Kind), AmountMinor: charge.AmountMinor, CurrencyCode: charge.Currency,
				FeeMinor: charge.Fee.Minor, FeeCurrency: charge.Fee.Currency, Time: charge.Time,
			}
			if id.Valid(charge.Reference) {
				line.PaymentID = &charge.Reference
			}
			lines = append(lines, line)
		}
		encoded, err := json.Marshal(lines)
		if err != nil {
			return fmt.Errorf("encode lines: %w", err)
		}
		if err := queries.AddStatementLines(ctx, s.db.Primary(), paymentdb.AddStatementLinesParams{Provider: name, Lines: encoded}); err != nil {
			return fmt.Errorf("add statement lines: %w", err)
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
	return fmt.Errorf("the statement of %s has no end", name)
}

// compareStatement writes a run with what does not agree, and posts fees that the books had not yet.
func compareStatement(ctx context.Context, tx pgx.Tx, run *comparison, since time.Time) error {
	rows, err := queries.CompareStatement(ctx, tx, paymentdb.CompareStatementParams{Provider: run.Provider, FromTime: run.FromTime, UntilTime: run.UntilTime, Since: since})
	if err != nil {
		return fmt.Errorf("compare statement: %w", err)
	}
	strays, err := queries.ListStrays(ctx, tx, paymentdb.ListStraysParams{Provider: run.Provider, FromTime: run.FromTime, UntilTime: run.UntilTime})
	if err != nil {
		return fmt.Errorf("list strays: %w", err)
	}
	if run.Lines, err = queries.CountStatementLines(ctx, tx, paymentdb.CountStatementLinesParams{Provider: run.Provider, FromTime: run.FromTime, UntilTime: run.UntilTime}); err != nil {
		return fmt.Errorf("count lines: %w", err)
	}
	var items []paymentdb.AddItemParams
	var agreed []string
	for _, row := range rows {
		if err := chargeFee(ctx, tx, run, row); err != nil {
			return err
		}
		if row.CapturedMinor == row.Captured && row.RefundedMinor == row.Refunded {
			agreed = append(agreed, row.ID)
			continue
		}
		item := paymentdb.AddItemParams{
			Reference: row.ID, PaymentID: &row.ID, OrderID: &row.OrderID, Kind: different, OursMinor: row.CapturedMinor - row.RefundedMinor,
			TheirsMinor: row.Captured - row.Refunded, CurrencyCode: row.CurrencyCode,
		}
		if row.Lines == 0 {
			item.Kind = missingThere
		}
		items = append(items, item)
	}
	run.Matched = int32(len(agreed))
	for _, stray := range strays {
		if stray.Kept == 0 { // all of it went back
			agreed = append(agreed, stray.Reference)
			continue
		}
		items = append(items, paymentdb.AddItemParams{Reference: stray.Reference, Kind: missingHere, TheirsMinor: stray.Kept, CurrencyCode: stray.CurrencyCode})
	}
	return storeRun(ctx, tx, run, items, agreed)
}

// storeRun writes a run and its items. What is open already stays so, and what agrees by now is closed.
func storeRun(ctx context.Context, tx pgx.Tx, run *comparison, items []paymentdb.AddItemParams, agreed []string) error {
	if err := queries.AddRun(ctx, tx, run.AddRunParams); err != nil {
		return fmt.Errorf("add run: %w", err)
	}
	for _, currency := range slices.Sorted(maps.Keys(run.fees)) {
		if err := queries.AddRunFee(ctx, tx, paymentdb.AddRunFeeParams{RunID: run.ID, CurrencyCode: currency, AmountMinor: run.fees[currency]}); err != nil {
			return fmt.Errorf("add run fee: %w", err)
		}
	}
	for _, item := range items {
		item.ID, item.RunID, item.Provider, item.Now = id.New(), run.ID, run.Provider, run.Now
		added, err := queries.AddItem(ctx, tx, item)
		if err != nil {
			return fmt.Errorf("add item: %w", err)
		}
		run.Opened += int32(added)
	}
	if err := queries.SetOpened(ctx, tx, paymentdb.SetOpenedParams{ID: run.ID, Opened: run.Opened}); err != nil {
		return fmt.Errorf("count items: %w", err)
	}
	if _, err := queries.CloseAgreed(ctx, tx, paymentdb.CloseAgreedParams{Provider: run.Provider, Agreed: agreed, Now: &run.Now}); err != nil {
		return fmt.Errorf("close what agrees: %w", err)
	}
	return takeBack(ctx, tx, run, agreed)
}

// takeBack posts back what was written off of references that agree after all. It looks after open items were closed, so that whoever writes one off meanwhile
// is either seen here or finds it closed.
func takeBack(ctx context.Context, tx pgx.Tx, run *comparison, agreed []string) error {
	rows, err := queries.ListWrittenOff(ctx, tx, paymentdb.ListWrittenOffParams{Provider: run.Provider, Agreed: agreed})
	if err != nil || len(rows) == 0 {
		return err
	}
	for _, row := range rows {
		err := post(ctx, tx, movement{
			name: row.ID + " taken_back", kind: kindTakenBack, payment: row.PaymentID, orderID: row.OrderID, currency: row.CurrencyCode,
			entries: kindTakenBack.moves(row.WrittenOffMinor),
		}, run.Now)
		if err != nil {
			return err
		}
	}
	if err := queries.TakeBack(ctx, tx, paymentdb.TakeBackParams{Provider: run.Provider, Agreed: agreed, Now: &run.Now}); err != nil {
		return fmt.Errorf("take back what was written off: %w", err)
	}
	return nil
}

// chargeFee posts what a statement says that a payment cost beyond what the books have. A provider's view may know of fewer fees than its statement, never of more.
func chargeFee(ctx context.Context, tx pgx.Tx, run *comparison, row paymentdb.CompareStatementRow) error {
	beyond := row.Fee - row.FeeMinor
	if beyond <= 0 || row.FeeCurrency != "" && row.FeeCurrency != row.ChargedIn {
		return nil
	}
	if err := queries.SetFee(ctx, tx, paymentdb.SetFeeParams{ID: row.ID, FeeMinor: row.Fee, FeeCurrency: row.ChargedIn}); err != nil {
		return fmt.Errorf("set fee: %w", err)
	}
	run.fees[row.ChargedIn] += beyond
	charged := paymentdb.Payment{ID: row.ID, OrderID: row.OrderID, CurrencyCode: row.ChargedIn}
	return postPayment(ctx, tx, charged, kindFee, run.ID, beyond, run.Now)
}
