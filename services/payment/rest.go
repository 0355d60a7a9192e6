package payment

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// ErrTaking says that money of the order is just being taken, and it is not known yet whether it was.
var ErrTaking = errors.New("money of the order is just being taken")

// Rest is what of an order will not be sent.
type Rest struct {
	OrderID string
	// FulfilmentID names the last of what was sent, for which money may still have to be taken.
	FulfilmentID string
	// WorthMinor is what the shopper pays for it, without what went back before.
	WorthMinor int64
}

// Ending is what becomes of an order's money when the rest of it will not be sent.
type Ending struct {
	// RefundMinor was taken and is to go back.
	RefundMinor int64
	// TakenMinor is taken of what is reserved, since it is due by what was sent; ReleasedMinor is let go of.
	TakenMinor, ReleasedMinor int64
	// UncollectedMinor was to be collected on delivery and is not.
	UncollectedMinor int64
	// creditMinor is what of the sale nothing else takes back: what was never taken, of payments that brought nothing.
	creditMinor int64
	parts       []lettingGo
}

// lettingGo is what becomes of what can still be taken of one payment.
type lettingGo struct {
	of            purse
	take, letGoOf int64
}

// end decides it. Sold is what the sale still comes to, once all that is under way is done, and cards what gift cards come to that were bought with it, whose money stays. In the end the shopper has paid for what was sent, less what
// went back for that: what was taken beyond goes back, and what is missing is taken of what is reserved. What staff let go of before was credited to the shopper already and counts first.
func end(list []purse, sold, cards, worth int64) Ending {
	var made Ending
	var kept, returnable int64
	for _, p := range list {
		if p.CapturedMinor > 0 && !Open(parseState(p.State)) {
			worth -= p.AmountMinor - p.AuthorizedMinor
		}
		kept += p.CapturedMinor - p.CreditedMinor - max(p.RefundedMinor, p.OwedMinor) - p.refunding
		returnable += p.returnable()
	}
	worth = max(worth, 0)
	due := cards + max(sold-worth, 0)
	made.RefundMinor = min(max(returnable-due, 0), worth)
	missing := max(due-kept, 0)
	uncovered, itself := sold+cards-kept, int64(0)
	for _, p := range list {
		can := p.takeable()
		part := lettingGo{of: p, take: min(missing, can)}
		part.letGoOf, missing = can-part.take, missing-part.take
		uncovered, itself = uncovered-part.take, itself+p.creditedByItself(part.take)
		if can == 0 {
			continue
		}
		if p.Provider == ProviderOnDelivery {
			made.UncollectedMinor += part.letGoOf
		} else {
			made.TakenMinor, made.ReleasedMinor = made.TakenMinor+part.take, made.ReleasedMinor+part.letGoOf
		}
		made.parts = append(made.parts, part)
	}
	made.creditMinor = max(min(min(worth, sold)-made.RefundMinor, uncovered)-itself, 0)
	return made
}

// creditedByItself is what the books credit once nothing more can be taken of a payment, if so much is taken before. Of one that brought nothing they credit nothing: it may have been tried in vain.
func (p purse) creditedByItself(take int64) int64 {
	switch state := parseState(p.State); {
	case state != Authorized && state != PartlyCaptured, p.CapturedMinor+take == 0:
		return 0
	case p.Provider == ProviderOnDelivery && take > 0:
		return 0 // what is collected less is not agreed any more
	default:
		return stillAgreed(p.Payment) - p.CapturedMinor - take
	}
}

// stillAgreed is what a payment is to bring. On delivery that may have become less than was asked for at first.
func stillAgreed(row paymentdb.Payment) int64 {
	if row.Provider == ProviderOnDelivery {
		return row.AuthorizedMinor
	}
	return row.AmountMinor
}

// PlanEnd says what EndRest would do. ErrTaking: money is just being taken.
func PlanEnd(ctx context.Context, db postgres.DBTX, rest Rest) (Ending, error) {
	rows, err := queries.ListOrderPayments(ctx, db, []string{rest.OrderID})
	if err != nil {
		return Ending{}, fmt.Errorf("list payments: %w", err)
	}
	made, _, err := planEnd(ctx, db, rows, rest)
	return made, err
}

func planEnd(ctx context.Context, db postgres.DBTX, rows []paymentdb.Payment, rest Rest) (Ending, paymentdb.GetSoldRow, error) {
	given, err := queries.ListOrderInstructions(ctx, db, rest.OrderID)
	if err != nil {
		return Ending{}, paymentdb.GetSoldRow{}, fmt.Errorf("list instructions: %w", err)
	}
	sale, err := queries.GetSold(ctx, db, &rest.OrderID)
	if err != nil {
		return Ending{}, sale, fmt.Errorf("get sale: %w", err)
	}
	list := purses(rows, given)
	stand := standing(rows)
	kept, goesBack := stand.CapturedMinor-stand.RefundedMinor, int64(0)
	for _, p := range list {
		if p.capturing > 0 {
			return Ending{}, sale, ErrTaking
		}
		goesBack += max(p.OwedMinor-p.RefundedMinor, 0) + p.refunding
	}
	left := sale.SoldMinor - sale.CreditedMinor - creditDue(sale, kept, goesBack, 0)
	return end(list, left, sale.GiftCardsMinor, rest.WorthMinor), sale, nil
}

// EndRest ends what an order's payments could still bring for the rest of it: what is due by what was sent is taken of what is reserved, and all else of it let go of; on delivery so much less is collected, and the sale loses what
// nothing else takes back. It returns the instructions, which are carried out after the transaction. What goes back is order's to refund. It is a join: order calls it with the order locked, in the transaction that ends it. ErrTaking:
// money is just being taken, so nobody knows how much is left.
func EndRest(ctx context.Context, tx pgx.Tx, rest Rest) (Ending, []string, error) {
	rows, err := queries.LockOrderPayments(ctx, tx, rest.OrderID)
	if err != nil {
		return Ending{}, nil, fmt.Errorf("lock payments: %w", err)
	}
	made, sale, err := planEnd(ctx, tx, rows, rest)
	if err != nil {
		return made, nil, err
	}
	var instructions []string
	for _, part := range made.parts {
		collected := part.of.Provider == ProviderOnDelivery
		if collected && part.take > 0 {
			if part.letGoOf == 0 {
				continue
			}
			less := paymentdb.CollectLessParams{ID: part.of.ID, AuthorizedMinor: part.of.AuthorizedMinor - part.letGoOf, Now: clock.Now()}
			if err := queries.CollectLess(ctx, postgres.Later(tx), less); err != nil {
				return made, nil, fmt.Errorf("collect less: %w", err)
			}
			continue
		}
		given := paymentdb.AddInstructionParams{PaymentID: part.of.ID, OrderID: rest.OrderID, Kind: releaseIt}
		if part.take > 0 {
			given.Kind, given.FulfilmentID, given.AmountMinor, given.Final = captureIt, &rest.FulfilmentID, part.take, true
		}
		instruction, err := instruct(ctx, tx, given)
		if err != nil {
			return made, nil, err
		}
		instructions = append(instructions, instruction)
	}
	return made, instructions, credit(ctx, tx, rest.OrderID, sale, made.creditMinor)
}
