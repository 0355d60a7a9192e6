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

// MaxAttempts is how often an order may be tried to be paid. More are no shopper's but somebody's who tries out cards.
const MaxAttempts = 5

// ErrTooMany says that there were that many attempts.
var ErrTooMany = errors.New("the order was tried to be paid too often")

// Create writes the first attempt to pay for a new order and returns its id. What is collected on delivery is agreed by that.
func Create(ctx context.Context, tx pgx.Tx, orderID, provider string, amount money.Amount, expires time.Time) (string, error) {
	state := Created
	if provider == ProviderOnDelivery {
		state = Authorized
	}
	return create(ctx, tx, orderID, provider, state, amount, expires)
}

func create(ctx context.Context, tx pgx.Tx, orderID, provider string, state State, amount money.Amount, expires time.Time) (string, error) {
	payment := id.New()
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

// Begin returns the order's open attempt, or makes another one like the last if that came to nothing. ErrTooMany: no more are made. ErrOpen: its provider was told to collect in another
// way; no way at all goes on with any.
func Begin(ctx context.Context, tx pgx.Tx, orderID string, way *paymentv1.Way, expires time.Time) (Attempt, error) {
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
		if row.ProviderKey != nil && way != nil && otherWay(row, way) {
			return Attempt{}, ErrOpen
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
	if len(rows) >= MaxAttempts {
		return Attempt{}, ErrTooMany
	}
	last := rows[0]
	amount := money.Amount{Minor: last.AmountMinor, Currency: last.CurrencyCode}
	payment, err := create(ctx, tx, orderID, last.Provider, Created, amount, expires)
	return Attempt{ID: payment, New: true}, err
}

// CollectOnDelivery replaces attempts of an order that came to nothing by collecting on delivery. An attempt that no provider knows of ends by it. ErrOpen: close what can still bring
// money at its provider first. ErrTooMany: no more attempts are made.
func CollectOnDelivery(ctx context.Context, tx pgx.Tx, orderID string) (string, error) {
	rows, err := queries.LockOrderPayments(ctx, tx, orderID)
	if err != nil {
		return "", fmt.Errorf("lock payments: %w", err)
	}
	if rows = attempts(rows); len(rows) == 0 {
		return "", fmt.Errorf("order %s has no payment to replace", orderID)
	}
	for _, row := range rows {
		if !Open(parseState(row.State)) {
			continue
		}
		if row.ProviderKey != nil || row.Provider == ProviderOnDelivery {
			return "", ErrOpen
		}
		if err := queries.SetPaymentState(ctx, tx, paymentdb.SetPaymentStateParams{ID: row.ID, State: stateName(Voided), Now: clock.Now()}); err != nil {
			return "", fmt.Errorf("end payment %s: %w", row.ID, err)
		}
	}
	if len(rows) >= MaxAttempts {
		return "", ErrTooMany
	}
	amount := money.Amount{Minor: rows[0].AmountMinor, Currency: rows[0].CurrencyCode}
	return create(ctx, tx, orderID, ProviderOnDelivery, Authorized, amount, clock.Now())
}

// attempts are the payments that a shopper tries: a gift card's is made once and for all as the order is placed.
func attempts(rows []paymentdb.Payment) []paymentdb.Payment {
	return slices.DeleteFunc(slices.Clone(rows), func(row paymentdb.Payment) bool { return row.Provider == ProviderGiftCard })
}

// CallOff ends what an order's payments could still bring and owes what they brought: attempts that no provider knows of end as the state says,
// collecting on delivery is called off, money taken is to be returned, and what is reserved to be released. It says how the order's payments stand then.
// ErrOpen: close an attempt at its provider first. ErrByHand: people must give back first what they collected.
func CallOff(ctx context.Context, tx pgx.Tx, orderID string, as State) (Standing, error) {
	rows, err := queries.LockOrderPayments(ctx, tx, orderID)
	if err != nil {
		return Standing{}, fmt.Errorf("lock payments: %w", err)
	}
	for i, row := range rows {
		state := parseState(row.State)
		switch {
		case row.Provider == ProviderOnDelivery && row.CapturedMinor > row.RefundedMinor+row.CreditedMinor:
			return Standing{}, ErrByHand
		case Open(state) && (row.ProviderKey == nil || row.Provider == ProviderOnDelivery):
			rows[i].State = stateName(as)
			err = queries.SetPaymentState(ctx, tx, paymentdb.SetPaymentStateParams{ID: row.ID, State: stateName(as), Now: clock.Now()})
		case Open(state) && row.AuthorizedMinor == 0:
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
	// Money taken by all attempts, and given back, be it as store credit, in minor units of the order's currency.
	CapturedMinor, RefundedMinor int64
	// ReservedMinor is what can still be taken for the order, without asking the shopper again.
	ReservedMinor int64
	// OwedMinor is what was taken and is still to go back.
	OwedMinor int64
	// Attempts is how many there were, however they ended; what gift cards paid is none.
	Attempts int
}

func standing(rows []paymentdb.Payment) Standing {
	sum := Standing{Attempts: len(attempts(rows))}
	for _, row := range rows {
		sum.CapturedMinor += row.CapturedMinor
		sum.RefundedMinor += row.RefundedMinor + row.CreditedMinor
		sum.OwedMinor += max(row.OwedMinor-row.RefundedMinor, 0)
		if Open(parseState(row.State)) {
			sum.OnDelivery = sum.OnDelivery || row.Provider == ProviderOnDelivery
			sum.Open = sum.Open || row.Provider != ProviderOnDelivery && row.ProviderKey != nil && row.AuthorizedMinor == 0
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
