package pricing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// Spending is what a payment takes off a gift card.
type Spending struct {
	GiftCardID, PaymentID string
	AmountMinor           int64
	Currency              string
}

// Spend takes amounts off gift cards, each for a payment of the order. It is a join: checkout calls it in the transaction that places the order. Cards that do not hold as
// much any more, or cannot be spent, are returned as they are, and the order must not be placed then. Orders that spend one card wait for each other.
func Spend(ctx context.Context, tx pgx.Tx, orderID string, spendings []Spending) (refused []*pricingv1.GiftCard, err error) {
	params := pricingdb.SpendGiftCardsParams{OrderID: &orderID, Now: clock.Now()}
	for _, spending := range spendings {
		params.Ids, params.Amounts = append(params.Ids, spending.GiftCardID), append(params.Amounts, spending.AmountMinor)
		params.PaymentIds, params.MoveIds = append(params.PaymentIds, spending.PaymentID), append(params.MoveIds, id.New())
	}
	rows, err := queries.LockGiftCards(ctx, tx, params.Ids)
	if err != nil {
		return nil, fmt.Errorf("lock gift cards: %w", err)
	}
	for _, spending := range spendings {
		at := slices.IndexFunc(rows, func(row pricingdb.GiftCard) bool { return row.ID == spending.GiftCardID })
		if at < 0 {
			return nil, fmt.Errorf("spend gift card %s: there is none", spending.GiftCardID)
		}
		if row := rows[at]; !spendable(row, params.Now) || row.CurrencyCode != spending.Currency || row.BalanceMinor < spending.AmountMinor {
			refused = append(refused, giftCardToProto(row))
		}
	}
	if len(refused) > 0 {
		return refused, nil
	}
	spent, err := queries.SpendGiftCards(ctx, tx, params)
	if err != nil {
		return nil, fmt.Errorf("spend gift cards: %w", err)
	}
	if int(spent) != len(spendings) {
		return nil, fmt.Errorf("spend gift cards: %d of %d were spent", spent, len(spendings))
	}
	return nil, nil
}

func spendable(row pricingdb.GiftCard, now time.Time) bool {
	return row.State == giftCardActive && (row.ExpireTime == nil || row.ExpireTime.After(now))
}

// ListPaymentMoves says what a payment took off its card and gave back.
func (s *Service) ListPaymentMoves(ctx context.Context, req *pricingv1.ListPaymentMovesRequest) (*pricingv1.ListPaymentMovesResponse, error) {
	moves, err := paymentMoves(ctx, s.cfg.DB.Primary(), req.GetPaymentId())
	return &pricingv1.ListPaymentMovesResponse{Moves: moves}, err
}

func paymentMoves(ctx context.Context, db postgres.DBTX, paymentID string) ([]*pricingv1.GiftCardMove, error) {
	rows, err := queries.ListPaymentMoves(ctx, db, &paymentID)
	if err != nil {
		return nil, fmt.Errorf("list moves of a payment: %w", err)
	}
	moves := make([]*pricingv1.GiftCardMove, len(rows))
	for i, row := range rows {
		moves[i] = moveToProto(row.GiftCardMove, row.CurrencyCode)
	}
	return moves, nil
}

// ReturnToGiftCard decides with the card locked, so that no two returns give back the same.
func (s *Service) ReturnToGiftCard(ctx context.Context, req *pricingv1.ReturnToGiftCardRequest) (*pricingv1.ReturnToGiftCardResponse, error) {
	moves, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) ([]*pricingv1.GiftCardMove, error) {
		moves, err := paymentMoves(ctx, tx, req.GetPaymentId())
		if err != nil {
			return nil, err
		}
		if len(moves) == 0 {
			return nil, rpc.NotFound("this payment took nothing off a gift card")
		}
		spent := moves[0]
		if _, err := lockGiftCard(ctx, tx, spent.GetGiftCardId()); err != nil {
			return nil, err
		}
		if moves, err = paymentMoves(ctx, tx, req.GetPaymentId()); err != nil { // another return may have come before
			return nil, err
		}
		var left int64
		for _, move := range moves {
			left -= move.GetAmount().GetAmountMinor()
			switch {
			case move.GetKey() != req.GetIdempotencyKey():
			case move.GetAmount().GetAmountMinor() != req.GetAmountMinor():
				return nil, rpc.FailedPrecondition("another amount went back under this key")
			default:
				return moves, nil
			}
		}
		if req.GetAmountMinor() > left {
			return nil, rpc.FailedPrecondition("less than that is left of what this payment took off the gift card")
		}
		_, err = queries.MoveGiftCard(ctx, tx, pricingdb.MoveGiftCardParams{
			ID: id.New(), GiftCardID: spent.GetGiftCardId(), Kind: moveReturn, AmountMinor: req.GetAmountMinor(), OrderID: &spent.OrderId, PaymentID: &spent.PaymentId,
			Key: req.GetIdempotencyKey(), Actor: who(ctx), Now: clock.Now(),
		})
		if err != nil {
			return nil, fmt.Errorf("return to gift card: %w", err)
		}
		return paymentMoves(ctx, tx, req.GetPaymentId())
	})
	if err != nil {
		return nil, err
	}
	return &pricingv1.ReturnToGiftCardResponse{Moves: moves}, nil
}

// statementPage is how many moves a page of the statement has.
const statementPage = 500

// ListGiftCardStatement pages through what payments moved.
func (s *Service) ListGiftCardStatement(ctx context.Context, req *pricingv1.ListGiftCardStatementRequest) (*pricingv1.ListGiftCardStatementResponse, error) {
	after := pageKey{Time: time.Unix(0, 0), ID: "00000000-0000-0000-0000-000000000000"}
	if err := rpc.ParsePageToken(req.GetPageToken(), &after); err != nil {
		return nil, err
	}
	if !id.Valid(after.ID) {
		return nil, errPageToken
	}
	rows, err := queries.ListStatementMoves(ctx, s.cfg.DB.Primary(), pricingdb.ListStatementMovesParams{
		FromTime: req.GetStartTime().AsTime(), AfterTime: after.Time, AfterID: after.ID, Count: statementPage + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("list statement: %w", err)
	}
	answer := &pricingv1.ListGiftCardStatementResponse{}
	if len(rows) > statementPage {
		rows = rows[:statementPage]
		last := rows[statementPage-1].GiftCardMove
		answer.NextPageToken = rpc.PageToken(pageKey{Time: last.CreateTime, ID: last.ID})
	}
	for _, row := range rows {
		answer.Moves = append(answer.Moves, moveToProto(row.GiftCardMove, row.CurrencyCode))
	}
	return answer, nil
}
