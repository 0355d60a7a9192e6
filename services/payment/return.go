package payment

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// ReturnMoney gives back what a payment owes. A payment returns once in its life, under a key stored with it, so neither a repeat nor a second caller gives
// anything back twice: the idempotency key of the request has nothing left to decide. The books learn of it by settling, like of anything that a provider did. Staff are told of what people have to give back.
func (s *Service) ReturnMoney(ctx context.Context, req *paymentv1.ReturnMoneyRequest) (*paymentv1.ReturnMoneyResponse, error) {
	row, err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (paymentdb.Payment, error) {
		row, err := queries.PrepareReturn(ctx, tx, paymentdb.PrepareReturnParams{ID: req.GetPaymentId(), ReturnKey: req.GetPaymentId() + "-return", Now: clock.Now()})
		if postgres.IsNoRows(err) {
			return s.load(ctx, tx, req.GetPaymentId())
		}
		if err != nil || !ByHand(row.Provider) {
			return row, err
		}
		return row, queries.SetProblem(ctx, tx, paymentdb.SetProblemParams{
			ID: row.ID, Problem: "this money is to go back to the shopper: give it back by hand, and note that as a refund", Attention: attentionRefused, Now: clock.Now(),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("prepare return: %w", err)
	}
	switch {
	case ByHand(row.Provider):
		return &paymentv1.ReturnMoneyResponse{Payment: toProto(row)}, nil
	case row.ReleaseDue:
		if err := s.letGo(ctx, row); err != nil {
			return nil, err
		}
	case row.OwedMinor == 0:
		return nil, rpc.FailedPrecondition("nothing is owed of this payment")
	case row.RefundedMinor >= row.OwedMinor:
		return &paymentv1.ReturnMoneyResponse{Payment: toProto(row)}, nil
	}
	if row.OwedMinor <= row.RefundedMinor {
		return &paymentv1.ReturnMoneyResponse{Payment: toProto(row)}, s.tellReturn(ctx, row)
	}
	provider, err := s.provider(row)
	if err != nil {
		return nil, err
	}
	returned, err := giveBack(ctx, provider, row)
	if err != nil {
		return nil, unavailable(err)
	}
	crash.At(crash.ReturnAfterProvider)
	if returned < row.OwedMinor {
		return nil, fmt.Errorf("payment %s: %d of %d went back", row.ID, returned, row.OwedMinor)
	}
	return &paymentv1.ReturnMoneyResponse{Payment: toProto(row)}, s.tellReturn(ctx, row)
}

// tellReturn has the payment settled, by which the books learn of what went back.
func (s *Service) tellReturn(ctx context.Context, row paymentdb.Payment) error {
	_, err := postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		return struct{}{}, broker.Publish(ctx, tx, &paymentv1.ProviderSpoke{PaymentId: row.ID})
	})
	if err != nil {
		return fmt.Errorf("tell of return: %w", err)
	}
	return nil
}

// letGo releases what is reserved. That it has ended by itself is as good; what was taken meanwhile is owed once the books know it.
func (s *Service) letGo(ctx context.Context, row paymentdb.Payment) error {
	provider, err := s.provider(row)
	if err != nil {
		return err
	}
	if _, err := provider.Void(ctx, refOf(row), row.ID+"-release"); err != nil && !errors.Is(err, ErrRefused) {
		return unavailable(err)
	}
	crash.At(crash.ReturnAfterProvider)
	return nil
}

// giveBack asks before it acts: the return may have been made by a call whose answer was lost. It says how much went back in all.
func giveBack(ctx context.Context, provider Provider, row paymentdb.Payment) (int64, error) {
	before, err := provider.Find(ctx, refOf(row))
	if err != nil {
		return 0, err
	}
	if before.RefundedMinor >= row.OwedMinor {
		return before.RefundedMinor, nil
	}
	left := money.Amount{Minor: row.OwedMinor - before.RefundedMinor, Currency: row.CurrencyCode}
	view, err := provider.Refund(ctx, refOf(row), *row.ReturnKey, left, "")
	if errors.Is(err, ErrRefused) { // somebody else gave it back meanwhile
		if view, err = provider.Find(ctx, refOf(row)); err == nil && view.RefundedMinor < row.OwedMinor {
			err = fmt.Errorf("the provider does not give back %s of payment %s", left, row.ID)
		}
	}
	if err != nil {
		return 0, err
	}
	return view.RefundedMinor, nil
}
