package pricing

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/idempotency"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// mostMails is how often the code of one card is mailed: more is no recipient who lost it.
const mostMails = 10

var (
	errNoAddress = rpc.FailedPrecondition("this card has no e-mail address; say whose it is first")
	errNotDue    = rpc.FailedPrecondition("this mail is not to be sent: it went out, another was asked for since, or the card is blocked")
	errMailed    = rpc.ResourceExhausted(fmt.Sprintf("the code of this card was mailed %d times; block the card and issue another", mostMails))
	errBlocked   = rpc.FailedPrecondition("this card is blocked; unblock it first, so that its code is worth something")
)

// MailGiftCard has the code mailed once more.
func (s *Service) MailGiftCard(ctx context.Context, req *pricingv1.MailGiftCardRequest) (*pricingv1.MailGiftCardResponse, error) {
	return postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (*pricingv1.MailGiftCardResponse, error) {
		return idempotency.Do(ctx, tx, req, func() (*pricingv1.MailGiftCardResponse, error) {
			row, err := lockGiftCard(ctx, tx, req.GetId())
			switch {
			case err != nil:
				return nil, err
			case row.Email == "":
				return nil, errNoAddress
			case row.State != giftCardActive:
				return nil, errBlocked
			case row.MailsAsked >= mostMails:
				return nil, errMailed
			}
			row, err = queries.AskForGiftCardMail(ctx, tx, pricingdb.AskForGiftCardMailParams{ID: row.ID, Now: clock.Now()})
			if err != nil {
				return nil, fmt.Errorf("ask for mail: %w", err)
			}
			return &pricingv1.MailGiftCardResponse{Card: giftCardToProto(row)}, tellMail(ctx, tx, row)
		})
	})
}

// tellMail has the newest mail of a card written and sent.
func tellMail(ctx context.Context, tx pgx.Tx, row pricingdb.GiftCard) error {
	return broker.Publish(ctx, tx, &pricingv1.GiftCardMailDue{GiftCardId: row.ID, Mail: row.MailsAsked})
}

// OpenGiftCardMail makes the code of a card anew, for as long as its newest mail is due. Nothing that could be stolen waits for it: the code comes of the installation's secret, and only if it is the one
// that the card was stored with.
func (s *Service) OpenGiftCardMail(ctx context.Context, req *pricingv1.OpenGiftCardMailRequest) (*pricingv1.OpenGiftCardMailResponse, error) {
	db := s.cfg.DB.Primary()
	row, err := queries.GetGiftCard(ctx, db, req.GetGiftCardId())
	if postgres.IsNoRows(err) {
		return nil, errNoGiftCard
	}
	if err != nil {
		return nil, fmt.Errorf("get gift card: %w", err)
	}
	if row.MailsSent >= req.GetMail() || row.MailsAsked != req.GetMail() || row.State != giftCardActive || row.Email == "" {
		return nil, errNotDue
	}
	batch, err := queries.ListBatch(ctx, db, row.BatchID)
	if err != nil {
		return nil, fmt.Errorf("list batch: %w", err)
	}
	at := slices.IndexFunc(batch, func(one pricingdb.GiftCard) bool { return one.ID == row.ID })
	code := s.cfg.GiftCards.codeOf(row, at)
	if code == "" {
		return nil, fmt.Errorf("gift card %s was issued under a secret that this process does not have", row.ID)
	}
	issued, err := queries.GetGiftCardMove(ctx, db, pricingdb.GetGiftCardMoveParams{GiftCardID: row.ID, Key: moveIssue})
	if err != nil {
		return nil, fmt.Errorf("get move: %w", err)
	}
	return &pricingv1.OpenGiftCardMailResponse{Card: giftCardToProto(row), Code: grouped(code), Reason: issued.Reason}, nil
}

// codeOf is the code of a card, made by whichever of the keys it was issued under; empty when that is none of them.
func (k *GiftCardKeys) codeOf(row pricingdb.GiftCard, at int) string {
	for _, key := range k.make {
		code := makeCode(key, row.BatchID, at)
		if slices.ContainsFunc(k.hashes(code), func(hash []byte) bool { return bytes.Equal(hash, row.CodeHash) }) {
			return code
		}
	}
	return ""
}

// CloseGiftCardMail notes that a mail went out.
func (s *Service) CloseGiftCardMail(ctx context.Context, req *pricingv1.CloseGiftCardMailRequest) (*pricingv1.CloseGiftCardMailResponse, error) {
	closed, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) (int64, error) {
		return queries.CloseGiftCardMail(ctx, tx, pricingdb.CloseGiftCardMailParams{ID: req.GetGiftCardId(), Mail: req.GetMail(), Now: clock.Now()})
	})
	if err != nil {
		return nil, fmt.Errorf("close mail: %w", err)
	}
	if closed == 0 {
		return nil, errNoGiftCard
	}
	return &pricingv1.CloseGiftCardMailResponse{}, nil
}
