package pricing

import (
	"bytes"
	"context"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/gen/db/pricingdb"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	// mostOnGiftCard bounds what one card is issued for, in minor units: far more than anybody gives, and far less than sums of them could overflow.
	mostOnGiftCard = 1_000_000_000
	// toldAgain is how long the codes of a batch are told once more to who repeats the call.
	toldAgain = 15 * time.Minute

	// What cards were issued for, as it is stored.
	sourceGiven  = "given"
	sourceRefund = "refund"
	sourceSold   = "sold"
)

var errIssued = rpc.AlreadyExists("these gift cards were issued already, and their codes were told then; if they are lost, block the cards and issue others")

// IssueGiftCards makes cards and tells their codes, this once.
func (s *Service) IssueGiftCards(ctx context.Context, req *pricingv1.IssueGiftCardsRequest) (*pricingv1.IssueGiftCardsResponse, error) {
	now := clock.Now()
	params, err := issue(req, now)
	if err != nil {
		return nil, err
	}
	codes := s.cfg.GiftCards.fill(&params, int(req.GetCount()))
	params.Actor = who(ctx)
	rows, err := postgres.InTx(ctx, s.cfg.DB, func(ctx context.Context, tx pgx.Tx) ([]pricingdb.GiftCard, error) {
		rows, err := queries.ListBatch(ctx, tx, req.GetBatchId())
		if err != nil || len(rows) > 0 {
			return rows, err
		}
		if rows, err = issueBatch(ctx, tx, params); err != nil {
			return nil, err
		}
		return rows, tellMoves(ctx, tx, params.Ids) // a card's first move has its id
	})
	if postgres.Violates(err, "gift_card_code") { // the same call came twice at once
		rows, err = queries.ListBatch(ctx, s.cfg.DB.Primary(), req.GetBatchId())
	}
	if err != nil {
		return nil, fmt.Errorf("issue gift cards: %w", err)
	}
	answer := &pricingv1.IssueGiftCardsResponse{}
	for i, row := range rows {
		same := len(rows) == len(codes) && now.Sub(row.CreateTime) < toldAgain && row.InitialMinor == params.AmountMinor && row.CurrencyCode == params.CurrencyCode
		if !same || !bytes.Equal(row.CodeHash, params.CodeHashes[i]) {
			return nil, errIssued
		}
		answer.Cards = append(answer.Cards, &pricingv1.IssuedGiftCard{Card: giftCardToProto(row), Code: grouped(codes[i])})
	}
	return answer, nil
}

// fill makes the codes of a batch, and its cards' ids, of which only hashes go into the database.
func (k *GiftCardKeys) fill(params *pricingdb.IssueGiftCardsParams, count int) (codes []string) {
	for i := range count {
		code := k.code(params.BatchID, i)
		params.Ids, params.CodeHashes = append(params.Ids, id.New()), append(params.CodeHashes, k.hashes(code)[0])
		params.LastFours, codes = append(params.LastFours, code[giftCardCodeSize-4:]), append(codes, code)
	}
	return codes
}

// issue checks what staff want to issue.
func issue(req *pricingv1.IssueGiftCardsRequest, now time.Time) (pricingdb.IssueGiftCardsParams, error) {
	params := pricingdb.IssueGiftCardsParams{
		BatchID: req.GetBatchId(), Kind: kindName(req.GetKind()), CurrencyCode: req.GetAmount().GetCurrencyCode(), AmountMinor: req.GetAmount().GetAmountMinor(),
		Source: sourceGiven, Email: strings.TrimSpace(req.GetEmail()), Note: strings.TrimSpace(req.GetNote()), Message: strings.TrimSpace(req.GetMessage()), Now: now,
	}
	switch {
	case !money.Known(params.CurrencyCode):
		return params, rpc.InvalidArgument("amount: not a currency of ISO 4217")
	case params.AmountMinor <= 0 || params.AmountMinor > mostOnGiftCard:
		most := money.Amount{Minor: mostOnGiftCard, Currency: params.CurrencyCode}
		return params, rpc.InvalidArgument("amount: a gift card holds more than nothing, and at most " + most.String())
	}
	if err := checkHolder(req.GetKind(), params.Email); err != nil {
		return params, err
	}
	if req.GetMail() {
		params.MailsAsked = 1
	}
	switch {
	case req.GetMail() && params.Email == "":
		return params, rpc.InvalidArgument("email: say to whom the code is to be mailed")
	case req.GetMail() && req.GetCount() > 1:
		return params, rpc.InvalidArgument("count: a mail has the code of one card; issue them one at a time")
	}
	if expires := req.GetExpireTime(); expires != nil {
		at := expires.AsTime()
		if !at.After(now) {
			return params, rpc.InvalidArgument("expire_time: is past; nobody could spend it")
		}
		params.ExpireTime = &at
	}
	return params, nil
}

func checkHolder(kind pricingv1.GiftCardKind, email string) error {
	if kind == pricingv1.GiftCardKind_GIFT_CARD_KIND_CREDIT && email == "" {
		return rpc.InvalidArgument("email: store credit is somebody's; say whose by an e-mail address")
	}
	if email == "" {
		return nil
	}
	if parsed, err := mail.ParseAddress(email); err != nil || parsed.Address != email {
		return rpc.InvalidArgument("email: is no e-mail address such as name@example.com")
	}
	return nil
}

// Credit is what an order's shopper gets back as store credit.
type Credit struct {
	OrderID, RefundID, Email string
	AmountMinor              int64
	Currency                 string
	// Actor gave it, for the Reason; both are for people who read the card's moves.
	Actor, Reason string
}

// IssueCredit makes a gift card for money that an order's shopper gets back. It is a join: order calls it in the transaction that refunds, with the keys of the installation's cards. The card's first move
// has the card's id.
func IssueCredit(ctx context.Context, tx pgx.Tx, keys *GiftCardKeys, given Credit) (*pricingv1.GiftCard, error) {
	params := pricingdb.IssueGiftCardsParams{
		BatchID: given.RefundID, Kind: kindName(pricingv1.GiftCardKind_GIFT_CARD_KIND_CREDIT), CurrencyCode: given.Currency, AmountMinor: given.AmountMinor, Email: given.Email,
		Source: sourceRefund, MailsAsked: 1, OrderID: &given.OrderID, Actor: given.Actor, Reason: given.Reason, Now: clock.Now(),
	}
	keys.fill(&params, 1)
	rows, err := issueBatch(ctx, tx, params)
	if err != nil {
		return nil, fmt.Errorf("issue store credit: %w", err)
	}
	return giftCardToProto(rows[0]), nil
}

// issueBatch writes the cards of a batch, reads them, and has them mailed where that was asked for.
func issueBatch(ctx context.Context, tx pgx.Tx, params pricingdb.IssueGiftCardsParams) ([]pricingdb.GiftCard, error) {
	if err := queries.IssueGiftCards(ctx, tx, params); err != nil {
		return nil, err
	}
	rows, err := queries.ListBatch(ctx, tx, params.BatchID)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if row.MailsAsked == 0 {
			continue
		}
		if err := tellMail(ctx, tx, row); err != nil {
			return nil, err
		}
	}
	return rows, nil
}
