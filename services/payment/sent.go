package payment

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// Sent is what became due of an order by goods that left the shop.
type Sent struct {
	OrderID string
	// FulfilmentID names the last of them, for which the money is taken.
	FulfilmentID string
	// DueMinor is what all of them are worth, TotalMinor what the order costs.
	DueMinor, TotalMinor int64
	// Final says that nothing more will become due: what is left of what is taken from is released.
	Final bool
}

// takings are what is taken for goods that were sent.
type takings struct {
	parts []taking
	// dueMinor is due in all, shortMinor of it cannot be taken.
	dueMinor, shortMinor int64
}

// taking is what is taken of one payment; nothing is left of it after the final one.
type taking struct {
	paymentID   string
	amountMinor int64
	final       bool
}

// take divides what is due among an order's payments, which are sorted newest first. What was taken before counts first: gift cards pay as the order is placed, and staff may have taken some. Then comes
// what is reserved, the oldest reservation first, since that one lapses first. A provider that takes only once takes all that is reserved. What the carrier collects, and what staff have
// let go of, is not asked for.
func take(list []purse, sent Sent) takings {
	var made takings
	due, total := sent.DueMinor, sent.TotalMinor
	for _, p := range list {
		if p.CapturedMinor > 0 && !Open(parseState(p.State)) {
			total -= p.AmountMinor - p.AuthorizedMinor // released: it was credited to the shopper
		}
	}
	due = min(due, total)
	for _, p := range list {
		due -= max(p.CapturedMinor-p.OwedMinor, 0) + p.capturing
		if p.Provider == ProviderOnDelivery {
			due -= p.takeable()
		}
	}
	made.dueMinor = max(due, 0)
	for _, p := range slices.Backward(list) {
		can := p.takeable()
		part := min(can, due)
		if part <= 0 || p.Provider == ProviderOnDelivery {
			continue
		}
		due -= part
		if p.SingleCapture {
			part = can
		}
		made.parts = append(made.parts, taking{paymentID: p.ID, amountMinor: part, final: p.last(part) || sent.Final && p.capturing == 0})
	}
	made.shortMinor = max(due, 0)
	return made
}

// CaptureSent tells the payments of a locked order to take what is due by goods that were sent, and no more than that where a provider can take in parts. It returns the instructions, which are carried out
// after the transaction, and what they take. What is due and not reserved is told to staff, and returned as what is short. Repeating it takes nothing twice, since what is being taken counts.
func CaptureSent(ctx context.Context, tx pgx.Tx, sent Sent) (instructions []string, takenMinor, shortMinor int64, err error) {
	rows, err := queries.LockOrderPayments(ctx, tx, sent.OrderID)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("lock payments: %w", err)
	}
	given, err := queries.ListOrderInstructions(ctx, tx, sent.OrderID)
	if err != nil {
		return nil, 0, 0, fmt.Errorf("list instructions: %w", err)
	}
	made := take(purses(rows, given), sent)
	for _, part := range made.parts {
		instruction, err := instruct(ctx, tx, paymentdb.AddInstructionParams{
			PaymentID: part.paymentID, OrderID: sent.OrderID, FulfilmentID: &sent.FulfilmentID, Kind: captureIt, AmountMinor: part.amountMinor, Final: part.final,
		})
		if err != nil {
			return nil, 0, 0, err
		}
		instructions, takenMinor = append(instructions, instruction), takenMinor+part.amountMinor
	}
	if made.shortMinor == 0 {
		return instructions, takenMinor, 0, nil
	}
	tried := attempts(rows)
	if len(tried) == 0 {
		return instructions, takenMinor, made.shortMinor, nil // gift cards alone paid, and took some back
	}
	short := money.Amount{Minor: made.shortMinor, Currency: tried[0].CurrencyCode}
	err = queries.SetProblem(ctx, postgres.Later(tx), paymentdb.SetProblemParams{
		ID: tried[0].ID, Problem: short.String() + " is due by what was sent, and nothing is reserved for it", Attention: attentionUncaptured, Now: clock.Now(),
	})
	if err != nil {
		return nil, 0, 0, fmt.Errorf("note what is short: %w", err)
	}
	return instructions, takenMinor, made.shortMinor, nil
}

// Unpaid returns what is due by goods that were sent and neither taken nor being taken.
func Unpaid(ctx context.Context, db postgres.DBTX, sent Sent) (int64, error) {
	rows, err := queries.ListOrderPayments(ctx, db, []string{sent.OrderID})
	if err != nil {
		return 0, fmt.Errorf("list payments: %w", err)
	}
	given, err := queries.ListOrderInstructions(ctx, db, sent.OrderID)
	if err != nil {
		return 0, fmt.Errorf("list instructions: %w", err)
	}
	return take(purses(rows, given), sent).dueMinor, nil
}
