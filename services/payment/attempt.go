package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// The functions in this file and in apply.go are joins: they take part in the transaction of an order, which must be locked or new, so that no two
// callers change an order's payments at once.

// ErrOpen says that a payment of the order can still bring money at its provider: it must be closed there first.
var ErrOpen = errors.New("a payment of the order is still open at its provider")

// MaxAttempts is how often an order may be tried to be paid at a provider. More are no shopper's but somebody's who tries out cards.
const MaxAttempts = 5

// ErrTooMany says that there were that many attempts.
var ErrTooMany = errors.New("the order was tried to be paid too often")

// Create writes an attempt to pay for an order, such as the first for a new one, and returns its id. What is collected on delivery is agreed by that, and what is transferred waits for the shopper.
func Create(ctx context.Context, tx pgx.Tx, orderID, provider string, amount money.Amount, expires time.Time) (string, error) {
	payment, state := id.New(), Created
	switch provider {
	case ProviderOnDelivery:
		state = Authorized
	case ProviderBankTransfer:
		state = RequiresAction
	}
	err := queries.CreatePayment(ctx, postgres.Later(tx), paymentdb.CreatePaymentParams{
		ID: payment, OrderID: orderID, Provider: provider, State: stateName(state), CurrencyCode: amount.Currency, AmountMinor: amount.Minor,
		AuthorizedMinor: agreed(state, amount), ExpireTime: expires, Now: clock.Now(),
	})
	if err != nil {
		return "", fmt.Errorf("create payment: %w", err)
	}
	return payment, nil
}

// agreed is what a new payment can take without asking anybody: all of it on delivery.
func agreed(state State, amount money.Amount) int64 {
	if state == Authorized {
		return amount.Minor
	}
	return 0
}

// Attempt is what a shopper pays by.
type Attempt struct {
	ID string
	// RedirectURL is the provider's page, when the shopper only has to go there.
	RedirectURL string
	// InFields says that it is open at the provider, to be paid in its fields.
	InFields bool
	// New says that earlier attempts came to nothing and this one was made for it, or that the provider has not been told of it yet.
	New bool
}

// otherWay says whether a provider was told to collect in another way than the shopper wants now. Who wants its fields goes on with its page as well.
func otherWay(row paymentdb.Payment, way *paymentv1.Way) bool {
	return row.SavedMethodID != way.GetSavedMethodId() || row.SaveMethod != way.GetSaveMethod() || row.InFields && !way.GetInFields()
}

// Begin returns the order's open attempt at a provider, or makes another one if those before came to nothing: at the same provider as the last, or at the hosted one if that was to be transferred, which
// it need not be any more. ErrTooMany: no more are made. ErrOpen: the provider of the one that is returned was told to collect in another way; no way at all goes on with any.
func Begin(ctx context.Context, tx pgx.Tx, orderID, hosted string, way *paymentv1.Way, expires time.Time) (Attempt, error) {
	rows, err := queries.LockOrderPayments(ctx, tx, orderID)
	if err != nil {
		return Attempt{}, fmt.Errorf("lock payments: %w", err)
	}
	if rows = attempts(rows); len(rows) == 0 {
		return Attempt{}, fmt.Errorf("order %s has no payment to begin", orderID)
	}
	for _, row := range rows {
		if !Open(parseState(row.State)) {
			continue
		}
		if row.Provider == ProviderBankTransfer {
			if err := endAttempt(ctx, tx, row, Voided); err != nil {
				return Attempt{}, err
			}
			continue
		}
		if row.ProviderKey != nil && way != nil && otherWay(row, way) {
			return Attempt{ID: row.ID}, ErrOpen
		}
		if row.ProviderKey == nil {
			err := queries.ExtendPayment(ctx, postgres.Later(tx), paymentdb.ExtendPaymentParams{ID: row.ID, ExpireTime: expires, Now: clock.Now()})
			if err != nil {
				return Attempt{}, fmt.Errorf("extend payment: %w", err)
			}
		}
		if row.InFields && parseState(row.State) == RequiresAction {
			return Attempt{ID: row.ID, InFields: true}, nil
		}
		return Attempt{ID: row.ID, RedirectURL: row.RedirectUrl, New: row.ProviderKey == nil}, nil
	}
	if tries(rows) >= MaxAttempts {
		return Attempt{}, ErrTooMany
	}
	last, provider := rows[0], rows[0].Provider
	if ByHand(provider) {
		provider = hosted
	}
	payment, err := Create(ctx, tx, orderID, provider, money.Amount{Minor: last.AmountMinor, Currency: last.CurrencyCode}, expires)
	return Attempt{ID: payment, New: true}, err
}

// endUntold ends the open attempts of which no provider knows. ErrOpen: a provider knows of one.
func endUntold(ctx context.Context, tx pgx.Tx, rows []paymentdb.Payment) error {
	for _, row := range rows {
		if atProvider(row) {
			return ErrOpen
		}
		if !Open(parseState(row.State)) {
			continue
		}
		if err := endAttempt(ctx, tx, row, Voided); err != nil {
			return err
		}
	}
	return nil
}

// endAttempt ends an attempt of which no provider knows.
func endAttempt(ctx context.Context, tx pgx.Tx, row paymentdb.Payment, as State) error {
	err := queries.SetPaymentState(ctx, tx, paymentdb.SetPaymentStateParams{ID: row.ID, State: stateName(as), Now: clock.Now()})
	if err != nil {
		return fmt.Errorf("end payment %s: %w", row.ID, err)
	}
	return nil
}

// PayByHand replaces attempts of an order that came to nothing by one that people collect: on delivery, or by bank transfer. An attempt that no provider knows of ends by it, and one that
// is collected so already goes on. It says how the order's payments stand then. ErrOpen: close what can still bring money at its provider first.
func PayByHand(ctx context.Context, tx pgx.Tx, orderID, provider string, expires time.Time) (string, Standing, error) {
	all, err := queries.LockOrderPayments(ctx, tx, orderID)
	if err != nil {
		return "", Standing{}, fmt.Errorf("lock payments: %w", err)
	}
	rows := attempts(all)
	if len(rows) == 0 {
		return "", Standing{}, fmt.Errorf("order %s has no payment to replace", orderID)
	}
	for _, row := range rows {
		if row.Provider == provider && Open(parseState(row.State)) {
			return row.ID, standing(all), nil
		}
	}
	if err := endUntold(ctx, tx, rows); err != nil {
		return "", Standing{}, err
	}
	payment, err := Create(ctx, tx, orderID, provider, money.Amount{Minor: rows[0].AmountMinor, Currency: rows[0].CurrencyCode}, expires)
	if err != nil {
		return "", Standing{}, err
	}
	if all, err = queries.LockOrderPayments(ctx, tx, orderID); err != nil {
		return "", Standing{}, fmt.Errorf("lock payments: %w", err)
	}
	return payment, standing(all), nil
}

// attempts are the payments that a shopper tries: a gift card's is made once and for all as the order is placed.
func attempts(rows []paymentdb.Payment) []paymentdb.Payment {
	return slices.DeleteFunc(slices.Clone(rows), func(row paymentdb.Payment) bool { return row.Provider == ProviderGiftCard })
}

// tries counts the attempts at a provider. By what people collect nobody tries out cards.
func tries(rows []paymentdb.Payment) int {
	return len(slices.DeleteFunc(attempts(rows), func(row paymentdb.Payment) bool { return ByHand(row.Provider) }))
}

// CallOff ends what an order's payments could still bring and owes what they brought: attempts that no provider knows of end as the state says,
// collecting by hand is called off, money taken is to be returned, and what is reserved to be released. It says how the order's payments stand then.
// ErrOpen: close an attempt at its provider first. ErrByHand: people must give back first what they collected.
func CallOff(ctx context.Context, tx pgx.Tx, orderID string, as State) (Standing, error) {
	rows, err := queries.LockOrderPayments(ctx, tx, orderID)
	if err != nil {
		return Standing{}, fmt.Errorf("lock payments: %w", err)
	}
	for i, row := range rows {
		state := parseState(row.State)
		switch {
		case ByHand(row.Provider) && row.CapturedMinor > row.RefundedMinor+row.CreditedMinor:
			return Standing{}, ErrByHand
		case Open(state) && !atProvider(row):
			rows[i].State = stateName(as)
			err = endAttempt(ctx, tx, row, as)
		case atProvider(row) && row.AuthorizedMinor == 0:
			return Standing{}, ErrOpen
		case state != Disputed:
			err = OweReturn(ctx, tx, orderID, row.ID)
			rows[i].ReleaseDue = Open(state)
		}
		if err != nil {
			return Standing{}, fmt.Errorf("call off payment %s: %w", row.ID, err)
		}
	}
	return standing(rows), nil
}

// ErrByHand says that money was collected by people, who must give it back before the order can be called off.
var ErrByHand = errors.New("money of the order was collected by hand")

// OweReturn notes that what a payment brought must go back, and what it keeps reserved be released, and tells so. Repeating it changes nothing.
func OweReturn(ctx context.Context, tx pgx.Tx, orderID, paymentID string) error {
	changed, err := queries.OweReturn(ctx, tx, paymentdb.OweReturnParams{ID: paymentID, Now: clock.Now()})
	if err != nil {
		return fmt.Errorf("owe return: %w", err)
	}
	if changed == 0 {
		return nil
	}
	return broker.Publish(ctx, tx, &paymentv1.ReturnDue{PaymentId: paymentID, OrderId: orderID})
}

// OweReturns owes what all payments of a locked order brought: gift cards pay before the rest comes, and it may never come. Repeating it changes nothing.
func OweReturns(ctx context.Context, tx pgx.Tx, orderID string) error {
	rows, err := queries.LockOrderPayments(ctx, tx, orderID)
	if err != nil {
		return fmt.Errorf("lock payments: %w", err)
	}
	for _, row := range rows {
		if row.CapturedMinor-row.CreditedMinor <= max(row.RefundedMinor, row.OwedMinor) {
			continue
		}
		if err := OweReturn(ctx, tx, orderID, row.ID); err != nil {
			return err
		}
	}
	return nil
}

// Standing sums up an order's payments.
type Standing struct {
	// Open: an attempt is under way at its provider, its outcome perhaps not known.
	Open bool
	// OnDelivery: the carrier will collect.
	OnDelivery bool
	// AwaitsTransfer: the shopper is to transfer the money.
	AwaitsTransfer bool
	// Money taken by all attempts, and given back, be it as store credit, in minor units of the order's currency.
	CapturedMinor, RefundedMinor int64
	// ReservedMinor is what can still be taken for the order, without asking the shopper again.
	ReservedMinor int64
	// OwedMinor is what was taken and is still to go back.
	OwedMinor int64
	// Tries is how many attempts there were at a provider, however they ended.
	Tries int
}

func standing(rows []paymentdb.Payment) Standing {
	sum := Standing{Tries: tries(rows)}
	for _, row := range rows {
		sum.CapturedMinor += row.CapturedMinor
		sum.RefundedMinor += row.RefundedMinor + row.CreditedMinor
		sum.OwedMinor += max(row.OwedMinor-row.RefundedMinor, 0)
		if Open(parseState(row.State)) {
			sum.OnDelivery = sum.OnDelivery || row.Provider == ProviderOnDelivery
			sum.AwaitsTransfer = sum.AwaitsTransfer || row.Provider == ProviderBankTransfer
			sum.Open = sum.Open || atProvider(row) && row.AuthorizedMinor == 0
			if !row.ReleaseDue {
				sum.ReservedMinor += row.AuthorizedMinor - row.CapturedMinor
			}
		}
	}
	return sum
}

// KeptMinor is what there is for the order: taken and not to go back, or reserved.
func (s Standing) KeptMinor() int64 {
	return s.CapturedMinor - s.RefundedMinor - s.OwedMinor + s.ReservedMinor
}
