package payment

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1/pricingv1connect"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// ProviderGiftCard are the shop's own gift cards. What they bring is taken in the transaction that places the order; pricing keeps the record of it.
const ProviderGiftCard = "gift_card"

// CreateGiftCard writes a payment by gift card and returns its id. Its money is there as it is made: pricing takes it off the card in the same transaction, under that id.
// It is a join: checkout calls it in the transaction that places the order.
func CreateGiftCard(ctx context.Context, tx pgx.Tx, orderID, giftCardID string, amount money.Amount) (string, error) {
	now := clock.Now()
	row := paymentdb.Payment{ID: id.New(), OrderID: orderID, Provider: ProviderGiftCard, CurrencyCode: amount.Currency}
	err := queries.CreateCaptured(ctx, postgres.Later(tx), paymentdb.CreateCapturedParams{
		ID: row.ID, OrderID: orderID, Provider: row.Provider, CurrencyCode: amount.Currency, AmountMinor: amount.Minor, ProviderKey: row.ID, ProviderReference: giftCardID, Now: &now,
	})
	if err != nil {
		return "", fmt.Errorf("create gift card payment: %w", err)
	}
	return row.ID, postPayment(ctx, tx, row, kindCapture, "v1", amount.Minor, now)
}

// GiftCards are gift cards as a provider: what they took and gave back is asked of pricing, which keeps the moves of every card. They are never started, since placing an order
// spends them, and what was spent can only be given back.
type GiftCards struct {
	Cards pricingv1connect.GiftCardServiceClient
}

var _ Provider = GiftCards{}

// Start refuses: a card is spent as the order is placed, or not at all.
func (GiftCards) Start(context.Context, StartRequest) (View, error) {
	return View{}, fmt.Errorf("%w: a gift card is spent as the order is placed", ErrRefused)
}

// Find says what the card's moves say.
func (g GiftCards) Find(ctx context.Context, of Ref) (View, error) {
	answer, err := g.Cards.ListPaymentMoves(ctx, &pricingv1.ListPaymentMovesRequest{PaymentId: of.Reference})
	if err != nil {
		return View{}, giftCardError(err)
	}
	return giftCardView(answer.GetMoves())
}

// Capture refuses: nothing is ever reserved.
func (GiftCards) Capture(context.Context, Ref, string, money.Amount, bool) (View, error) {
	return View{}, fmt.Errorf("%w: nothing is reserved on a gift card", ErrRefused)
}

// Void refuses: what a card paid was taken at once, and is given back by a refund.
func (GiftCards) Void(context.Context, Ref, string) (View, error) {
	return View{}, fmt.Errorf("%w: what a gift card paid was taken at once", ErrRefused)
}

// Refund puts money back on the card.
func (g GiftCards) Refund(ctx context.Context, of Ref, key string, amount money.Amount, _ RefundReason) (View, error) {
	answer, err := g.Cards.ReturnToGiftCard(ctx, &pricingv1.ReturnToGiftCardRequest{PaymentId: of.Reference, AmountMinor: amount.Minor, IdempotencyKey: key})
	if err != nil {
		return View{}, giftCardError(err)
	}
	return giftCardView(answer.GetMoves())
}

// Charges are the moves of payments.
func (g GiftCards) Charges(ctx context.Context, from time.Time, cursor string) ([]Charge, string, error) {
	answer, err := g.Cards.ListGiftCardStatement(ctx, &pricingv1.ListGiftCardStatementRequest{StartTime: timestamppb.New(from), PageToken: cursor})
	if err != nil {
		return nil, "", giftCardError(err)
	}
	charges := make([]Charge, 0, len(answer.GetMoves()))
	for _, move := range answer.GetMoves() {
		charge := Charge{
			Ref: Ref{Reference: move.GetPaymentId(), ProviderID: move.GetGiftCardId()}, ID: move.GetId(), Kind: ChargeRefund,
			AmountMinor: move.GetAmount().GetAmountMinor(), Currency: move.GetAmount().GetCurrencyCode(), Key: move.GetKey(), Time: move.GetCreateTime().AsTime(),
		}
		if charge.AmountMinor < 0 {
			charge.Kind, charge.AmountMinor, charge.Key = ChargeCapture, -charge.AmountMinor, ""
		}
		charges = append(charges, charge)
	}
	return charges, answer.GetNextPageToken(), nil
}

// ParseWebhook refuses every message: there is nobody who could send one.
func (GiftCards) ParseWebhook(http.Header, []byte, time.Time) (Notice, error) {
	return Notice{}, ErrUnverified
}

// giftCardView is what moves amount to. Each raises the version by one.
func giftCardView(moves []*pricingv1.GiftCardMove) (View, error) {
	if len(moves) == 0 {
		return View{}, ErrUnknownPayment
	}
	view := View{
		Currency: moves[0].GetAmount().GetCurrencyCode(), ProviderID: moves[0].GetGiftCardId(), Version: int64(len(moves)), Refunds: map[string]int64{},
	}
	for _, move := range moves {
		switch minor := move.GetAmount().GetAmountMinor(); move.GetKind() {
		case pricingv1.GiftCardMoveKind_GIFT_CARD_MOVE_KIND_SPEND:
			view.CapturedMinor -= minor
		default:
			view.RefundedMinor += minor
			view.Refunds[move.GetKey()] = minor
		}
	}
	view.AuthorizedMinor = view.CapturedMinor
	view.State = view.stands(false)
	return view, nil
}

// giftCardError is what an answer of pricing's means in the words of providers.
func giftCardError(err error) error {
	switch connect.CodeOf(err) {
	case connect.CodeNotFound:
		return ErrUnknownPayment
	case connect.CodeFailedPrecondition:
		return fmt.Errorf("%w: %w", ErrRefused, err)
	case connect.CodeInvalidArgument:
		return err
	default: // what was asked for may have been done
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
}
