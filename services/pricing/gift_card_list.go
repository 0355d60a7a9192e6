package pricing

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

var lastFourForm = regexp.MustCompile(`^[0-9A-Z]{4}$`)

// ListGiftCards returns a page of those that pass the filters, newest first. Which statement it takes depends on what is asked, so that each has an index.
func (s *Service) ListGiftCards(ctx context.Context, req *pricingv1.ListGiftCardsRequest) (*pricingv1.ListGiftCardsResponse, error) {
	before := pageKey{Time: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ID: "ffffffff-ffff-ffff-ffff-ffffffffffff"}
	if err := rpc.ParsePageToken(req.GetPageToken(), &before); err != nil {
		return nil, err
	}
	if !id.Valid(before.ID) {
		return nil, errPageToken
	}
	size := rpc.PageSize(req.GetPageSize(), usualPage)
	rows, err := s.giftCards(ctx, req, before, size+1)
	if err != nil {
		return nil, fmt.Errorf("list gift cards: %w", err)
	}
	answer := &pricingv1.ListGiftCardsResponse{}
	if len(rows) > int(size) {
		rows = rows[:size]
		last := rows[size-1]
		answer.NextPageToken = rpc.PageToken(pageKey{Time: last.CreateTime, ID: last.ID})
	}
	answer.Cards = giftCardsToProto(rows)
	return answer, nil
}

// giftCards tells an e-mail address by its sign and the end of a code by its form. What could be that and is the end of no card's code is a word of a note.
func (s *Service) giftCards(ctx context.Context, req *pricingv1.ListGiftCardsRequest, before pageKey, count int32) ([]pricingdb.GiftCard, error) {
	db, state, query := s.cfg.DB.Read(ctx), "", strings.TrimSpace(req.GetQuery())
	if req.GetState() != 0 {
		state = strings.ToLower(strings.TrimPrefix(req.GetState().String(), giftCardStatePrefix))
	}
	if lastFour := strings.ToUpper(strings.TrimLeft(query, "….")); lastFourForm.MatchString(lastFour) { // as pages write it
		rows, err := queries.ListGiftCardsByLastFour(ctx, db, pricingdb.ListGiftCardsByLastFourParams{
			LastFour: lastFour, State: state, BeforeTime: before.Time, BeforeID: before.ID, Count: count,
		})
		if err != nil || len(rows) > 0 {
			return rows, err
		}
	}
	switch {
	case query == "" && state == "":
		return queries.ListGiftCards(ctx, db, pricingdb.ListGiftCardsParams{BeforeTime: before.Time, BeforeID: before.ID, Count: count})
	case query == "":
		return queries.ListGiftCardsInState(ctx, db, pricingdb.ListGiftCardsInStateParams{State: state, BeforeTime: before.Time, BeforeID: before.ID, Count: count})
	case strings.Contains(query, "@"):
		return queries.ListGiftCardsByEmail(ctx, db, pricingdb.ListGiftCardsByEmailParams{
			Email: query, State: state, BeforeTime: before.Time, BeforeID: before.ID, Count: count,
		})
	default:
		return queries.ListGiftCardsByNote(ctx, db, pricingdb.ListGiftCardsByNoteParams{
			Words: query, State: state, BeforeTime: before.Time, BeforeID: before.ID, Count: count,
		})
	}
}

// GetGiftCard returns a card with what happened to it.
func (s *Service) GetGiftCard(ctx context.Context, req *pricingv1.GetGiftCardRequest) (*pricingv1.GetGiftCardResponse, error) {
	db := s.cfg.DB.Read(ctx)
	row, err := queries.GetGiftCard(ctx, db, req.GetId())
	if postgres.IsNoRows(err) {
		return nil, errNoGiftCard
	}
	if err != nil {
		return nil, fmt.Errorf("get gift card: %w", err)
	}
	moves, err := queries.ListGiftCardMoves(ctx, db, pricingdb.ListGiftCardMovesParams{GiftCardID: row.ID, Count: mostMoves})
	if err != nil {
		return nil, fmt.Errorf("list moves: %w", err)
	}
	answer := &pricingv1.GetGiftCardResponse{Card: giftCardToProto(row)}
	for _, move := range moves {
		answer.Moves = append(answer.Moves, moveToProto(move, row.CurrencyCode))
	}
	return answer, nil
}
