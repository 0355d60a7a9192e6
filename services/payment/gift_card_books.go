package payment

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/paymentdb"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// PostGiftCardMoves books what pricing did with cards by itself, move by move. A movement is named for its move, so that it is booked once however often the event comes.
func (s *Service) PostGiftCardMoves(ctx context.Context, req *paymentv1.PostGiftCardMovesRequest) (*paymentv1.PostGiftCardMovesResponse, error) {
	answer, err := s.giftCards.BatchGetGiftCardMoves(ctx, &pricingv1.BatchGetGiftCardMovesRequest{Ids: req.GetMoveIds()})
	if err != nil {
		return nil, fmt.Errorf("get moves of gift cards: %w", err)
	}
	params := paymentdb.PostGiftCardEntriesParams{Now: clock.Now()}
	for _, move := range answer.GetMoves() {
		k := kindOfMove(move)
		if k == "" {
			continue
		}
		params.TxnIds, params.Kinds = append(params.TxnIds, move.GetId()+" "+string(k)), append(params.Kinds, string(k))
		params.Debits, params.Credits = append(params.Debits, string(sides[k].debit)), append(params.Credits, string(sides[k].credit))
		params.Amounts, params.CurrencyCodes = append(params.Amounts, move.GetAmount().GetAmountMinor()), append(params.CurrencyCodes, move.GetAmount().GetCurrencyCode())
		params.OrderIds = append(params.OrderIds, move.GetOrderId())
	}
	if len(params.TxnIds) == 0 {
		return &paymentv1.PostGiftCardMovesResponse{}, nil
	}
	_, err = postgres.InTx(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
		return struct{}{}, queries.PostGiftCardEntries(ctx, tx, params)
	})
	if err != nil {
		return nil, fmt.Errorf("post moves of gift cards: %w", err)
	}
	return &paymentv1.PostGiftCardMovesResponse{}, nil
}

// kindOfMove is what a move is in the books; empty for those that whoever made them booked in the same transaction. What the shop owes grows by what a move puts on a card, so that the credit of each is the cards'.
func kindOfMove(move *pricingv1.GiftCardMove) kind {
	switch move.GetKind() {
	case pricingv1.GiftCardMoveKind_GIFT_CARD_MOVE_KIND_ISSUE:
		if move.GetSource() == pricingv1.GiftCardSource_GIFT_CARD_SOURCE_GIVEN {
			return kindGiftCardGiven
		}
	case pricingv1.GiftCardMoveKind_GIFT_CARD_MOVE_KIND_ADJUST:
		return kindGiftCardAdjusted
	case pricingv1.GiftCardMoveKind_GIFT_CARD_MOVE_KIND_EXPIRE:
		return kindGiftCardExpired
	}
	return ""
}
