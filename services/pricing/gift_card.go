package pricing

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/idempotency"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// mostMoves is how many moves a card's page shows.
const mostMoves = 200

// Kinds and states of cards, and kinds of moves, as they are stored.
const (
	giftCardActive = "active"
	moveIssue      = "issue" // also the key of it
	moveReturn     = "return"
	moveAdjust     = "adjust"
	moveExpire     = "expire"

	giftCardKindPrefix  = "GIFT_CARD_KIND_"
	giftCardStatePrefix = "GIFT_CARD_STATE_"
	moveKindPrefix      = "GIFT_CARD_MOVE_KIND_"
	sourcePrefix        = "GIFT_CARD_SOURCE_"
)

var (
	errNoGiftCard      = rpc.NotFound("no such gift card")
	errGiftCardChanged = rpc.Aborted("somebody else changed this gift card meanwhile; look at it again")
)

// UpdateGiftCard changes what staff decide of a card.
func (s *Service) UpdateGiftCard(ctx context.Context, req *pricingv1.UpdateGiftCardRequest) (*pricingv1.UpdateGiftCardResponse, error) {
	changed, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (pricingdb.GiftCard, error) {
		row, err := lockGiftCard(ctx, tx, req.GetId())
		if err != nil {
			return row, err
		}
		if row.Version != req.GetExpectedVersion() {
			return row, errGiftCardChanged
		}
		change := pricingdb.ChangeGiftCardParams{ID: row.ID, State: row.State, ExpireTime: row.ExpireTime, Email: row.Email, Note: row.Note, Now: clock.Now()}
		if req.State != nil {
			change.State = strings.ToLower(strings.TrimPrefix(req.GetState().String(), giftCardStatePrefix))
		}
		if expires := req.GetExpireTime(); expires != nil {
			at := expires.AsTime()
			change.ExpireTime = &at
			if at.Unix() == 0 {
				change.ExpireTime = nil
			}
		}
		if req.Email != nil {
			change.Email = strings.TrimSpace(req.GetEmail())
			if err := checkHolder(parseKind(row.Kind), change.Email); err != nil {
				return row, err
			}
			if change.Email == "" && row.MailsAsked > row.MailsSent {
				return row, rpc.InvalidArgument("email: the code is still to be mailed to it; block the card if it should not be")
			}
		}
		if req.Note != nil {
			change.Note = strings.TrimSpace(req.GetNote())
		}
		changed, err := queries.ChangeGiftCard(ctx, tx, change)
		if err == nil && row.State != giftCardActive && changed.State == giftCardActive && changed.MailsAsked > changed.MailsSent {
			err = tellMail(ctx, tx, changed) // nobody sent it while the card was blocked
		}
		return changed, err
	})
	if err != nil {
		return nil, err
	}
	return &pricingv1.UpdateGiftCardResponse{Card: giftCardToProto(changed)}, nil
}

// AdjustGiftCard changes a balance for a reason of the staff's.
func (s *Service) AdjustGiftCard(ctx context.Context, req *pricingv1.AdjustGiftCardRequest) (*pricingv1.AdjustGiftCardResponse, error) {
	return postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*pricingv1.AdjustGiftCardResponse, error) {
		return idempotency.Do(ctx, tx, req, func() (*pricingv1.AdjustGiftCardResponse, error) {
			row, err := lockGiftCard(ctx, tx, req.GetId())
			if err != nil {
				return nil, err
			}
			row, err = moveByStaff(ctx, tx, row, pricingdb.MoveGiftCardParams{
				Kind: moveAdjust, AmountMinor: req.GetAmountMinor(), Key: "adjust " + req.GetIdempotencyKey(), Reason: strings.TrimSpace(req.GetReason()),
			})
			return &pricingv1.AdjustGiftCardResponse{Card: giftCardToProto(row)}, err
		})
	})
}

// WriteOffGiftCard takes what is left off an expired card.
func (s *Service) WriteOffGiftCard(ctx context.Context, req *pricingv1.WriteOffGiftCardRequest) (*pricingv1.WriteOffGiftCardResponse, error) {
	return postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*pricingv1.WriteOffGiftCardResponse, error) {
		return idempotency.Do(ctx, tx, req, func() (*pricingv1.WriteOffGiftCardResponse, error) {
			row, err := lockGiftCard(ctx, tx, req.GetId())
			switch {
			case err != nil:
				return nil, err
			case row.ExpireTime == nil || row.ExpireTime.After(clock.Now()):
				return nil, rpc.FailedPrecondition("this card has not expired, so what is on it is still owed; block it, or take it off by an adjustment")
			case row.BalanceMinor == 0:
				return nil, rpc.FailedPrecondition("nothing is left on this card")
			}
			row, err = moveByStaff(ctx, tx, row, pricingdb.MoveGiftCardParams{
				Kind: moveExpire, AmountMinor: -row.BalanceMinor, Key: "expire " + req.GetIdempotencyKey(), Reason: "Expired at " + row.ExpireTime.UTC().Format("2006-01-02 15:04 UTC"),
			})
			return &pricingv1.WriteOffGiftCardResponse{Card: giftCardToProto(row)}, err
		})
	})
}

// moveByStaff changes the balance of a locked card and tells the books of it.
func moveByStaff(ctx context.Context, tx pgx.Tx, row pricingdb.GiftCard, move pricingdb.MoveGiftCardParams) (pricingdb.GiftCard, error) {
	move.ID, move.GiftCardID, move.Actor, move.Now = id.New(), row.ID, who(ctx), clock.Now()
	moved, err := queries.MoveGiftCard(ctx, tx, move)
	if err != nil {
		return row, fmt.Errorf("%s gift card: %w", move.Kind, err)
	}
	if moved == 0 {
		return row, rpc.FailedPrecondition("only " + balanceOf(row).String() + " is left on this card, so no more can be taken off")
	}
	row.BalanceMinor += move.AmountMinor
	return row, tellMoves(ctx, tx, []string{move.ID})
}

// mostTold is how many moves one event tells of.
const mostTold = 500

// tellMoves has the books hear of moves that no payment made.
func tellMoves(ctx context.Context, tx pgx.Tx, moves []string) error {
	for some := range slices.Chunk(moves, mostTold) {
		if err := broker.Publish(ctx, tx, &pricingv1.GiftCardsMoved{MoveIds: some}); err != nil {
			return err
		}
	}
	return nil
}

// BatchGetGiftCardMoves reads the primary: the books are kept by what it says.
func (s *Service) BatchGetGiftCardMoves(ctx context.Context, req *pricingv1.BatchGetGiftCardMovesRequest) (*pricingv1.BatchGetGiftCardMovesResponse, error) {
	rows, err := queries.ListMovesByID(ctx, s.cfg.DB.Primary(), req.GetIds())
	if err != nil {
		return nil, fmt.Errorf("list moves: %w", err)
	}
	answer := &pricingv1.BatchGetGiftCardMovesResponse{}
	for _, row := range rows {
		move := moveToProto(row.GiftCardMove, row.CurrencyCode)
		move.Source = parseSource(row.Source)
		answer.Moves = append(answer.Moves, move)
	}
	return answer, nil
}

func lockGiftCard(ctx context.Context, tx pgx.Tx, cardID string) (pricingdb.GiftCard, error) {
	row, err := queries.LockGiftCard(ctx, tx, cardID)
	if postgres.IsNoRows(err) {
		return row, errNoGiftCard
	}
	if err != nil {
		return row, fmt.Errorf("lock gift card: %w", err)
	}
	return row, nil
}

// FindGiftCard finds the card of a code. One that was stored under an earlier key is kept under the one in force from now on.
func (s *Service) FindGiftCard(ctx context.Context, req *pricingv1.FindGiftCardRequest) (*pricingv1.FindGiftCardResponse, error) {
	hashes := s.cfg.GiftCards.hashes(req.GetCode())
	if len(hashes) == 0 {
		return nil, errNoGiftCard
	}
	row, err := queries.FindGiftCard(ctx, s.cfg.DB.Primary(), hashes)
	if postgres.IsNoRows(err) {
		return nil, errNoGiftCard
	}
	if err != nil {
		return nil, fmt.Errorf("find gift card: %w", err)
	}
	if !bytes.Equal(row.CodeHash, hashes[0]) {
		_, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
			return struct{}{}, queries.RehashGiftCard(ctx, tx, pricingdb.RehashGiftCardParams{ID: row.ID, CodeHash: hashes[0]})
		})
		if err != nil {
			return nil, fmt.Errorf("rehash gift card: %w", err)
		}
	}
	return &pricingv1.FindGiftCardResponse{Card: giftCardToProto(row)}, nil
}

// BatchGetGiftCards reads the primary: orders are paid by what it says.
func (s *Service) BatchGetGiftCards(ctx context.Context, req *pricingv1.BatchGetGiftCardsRequest) (*pricingv1.BatchGetGiftCardsResponse, error) {
	rows, err := queries.ListGiftCardsByID(ctx, s.cfg.DB.Primary(), req.GetIds())
	if err != nil {
		return nil, fmt.Errorf("list gift cards: %w", err)
	}
	return &pricingv1.BatchGetGiftCardsResponse{Cards: giftCardsToProto(rows)}, nil
}

func giftCardsToProto(rows []pricingdb.GiftCard) []*pricingv1.GiftCard {
	cards := make([]*pricingv1.GiftCard, len(rows))
	for i, row := range rows {
		cards[i] = giftCardToProto(row)
	}
	return cards
}

func giftCardToProto(row pricingdb.GiftCard) *pricingv1.GiftCard {
	card := &pricingv1.GiftCard{
		Id: row.ID, LastFour: row.LastFour, Kind: parseKind(row.Kind), State: pricingv1.GiftCardState(pricingv1.GiftCardState_value[giftCardStatePrefix+strings.ToUpper(row.State)]),
		Initial: amountIn(row.CurrencyCode, row.InitialMinor), Balance: amountIn(row.CurrencyCode, row.BalanceMinor), Email: row.Email, Note: row.Note,
		BatchId: row.BatchID, Version: row.Version, CreateTime: timestamppb.New(row.CreateTime), Source: parseSource(row.Source),
		Message: row.Message, MailsAsked: row.MailsAsked, MailsSent: row.MailsSent,
	}
	if row.ExpireTime != nil {
		card.ExpireTime = timestamppb.New(*row.ExpireTime)
	}
	return card
}

func moveToProto(row pricingdb.GiftCardMove, currency string) *pricingv1.GiftCardMove {
	move := &pricingv1.GiftCardMove{
		Id: row.ID, GiftCardId: row.GiftCardID, Kind: pricingv1.GiftCardMoveKind(pricingv1.GiftCardMoveKind_value[moveKindPrefix+strings.ToUpper(row.Kind)]),
		Amount: amountIn(currency, row.AmountMinor), Balance: amountIn(currency, row.BalanceMinor), Key: row.Key, Actor: row.Actor, Reason: row.Reason,
		CreateTime: timestamppb.New(row.CreateTime),
	}
	if row.OrderID != nil {
		move.OrderId = *row.OrderID
	}
	if row.PaymentID != nil {
		move.PaymentId = *row.PaymentID
	}
	return move
}

func kindName(kind pricingv1.GiftCardKind) string {
	return strings.ToLower(strings.TrimPrefix(kind.String(), giftCardKindPrefix))
}

func parseKind(name string) pricingv1.GiftCardKind {
	return pricingv1.GiftCardKind(pricingv1.GiftCardKind_value[giftCardKindPrefix+strings.ToUpper(name)])
}

func parseSource(name string) pricingv1.GiftCardSource {
	return pricingv1.GiftCardSource(pricingv1.GiftCardSource_value[sourcePrefix+strings.ToUpper(name)])
}

func amountIn(currency string, minor int64) *typev1.Money {
	return &typev1.Money{AmountMinor: minor, CurrencyCode: currency}
}

func balanceOf(row pricingdb.GiftCard) money.Amount {
	return money.Amount{Minor: row.BalanceMinor, Currency: row.CurrencyCode}
}

// who names the caller, for people who read a card's moves.
func who(ctx context.Context) string {
	caller := auth.CallerFrom(ctx)
	names := []string{caller.Name, caller.Subject, "system"}
	return names[slices.IndexFunc(names, func(name string) bool { return name != "" })]
}
