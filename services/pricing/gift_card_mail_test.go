package pricing

import (
	"context"
	"sync"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

func (s issuer) open(card string, mail int32) (*pricingv1.OpenGiftCardMailResponse, error) {
	return s.OpenGiftCardMail(s.t.Context(), &pricingv1.OpenGiftCardMailRequest{GiftCardId: card, Mail: mail})
}

func (s issuer) wantsNotDue(what, card string, mail int32) {
	s.t.Helper()
	if opened, err := s.open(card, mail); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		s.t.Errorf("%s: %v, %v", what, opened.GetCard(), err)
	}
}

// The code of a card can be had again for its mail, until the mail is out, and never for a card that nobody asked to mail. Mails are asked for once, however often the button is pressed.
func TestGiftCardMail(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, postgrestest.New(t), 1)
	req := &pricingv1.IssueGiftCardsRequest{
		BatchId: id.New(), Count: 1, Amount: usd(2500), Kind: pricingv1.GiftCardKind_GIFT_CARD_KIND_CARD, Email: "ann@example.com", Mail: true, Message: " Happy birthday ",
	}
	issued, err := s.IssueGiftCards(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.IssueGiftCards(t.Context(), req); err != nil || again.GetCards()[0].GetCode() != issued.GetCards()[0].GetCode() {
		t.Errorf("the call again: %v", err)
	}
	card := issued.GetCards()[0].GetCard().GetId()
	s.wantsMails(1)
	for range 2 { // the worker may die in between
		opened, err := s.open(card, 1)
		if err != nil || opened.GetCode() != issued.GetCards()[0].GetCode() || opened.GetCard().GetMessage() != "Happy birthday" {
			t.Fatalf("opened %v, %v", opened.GetCard(), err)
		}
	}
	s.wantsNotDue("a mail that nobody asked for", card, 2)
	for range 2 {
		if _, err := s.CloseGiftCardMail(t.Context(), &pricingv1.CloseGiftCardMailRequest{GiftCardId: card, Mail: 1}); err != nil {
			t.Fatal(err)
		}
	}
	s.wantsNotDue("a mail that went out", card, 1)

	var pressing sync.WaitGroup
	key := id.New()
	for range 8 {
		pressing.Go(func() {
			if _, err := s.MailGiftCard(context.Background(), &pricingv1.MailGiftCardRequest{Id: card, IdempotencyKey: key}); err != nil {
				t.Error(err)
			}
		})
	}
	pressing.Wait()
	s.wantsMails(2)
	s.wantsNotDue("an older mail", card, 1)
	if _, err := s.open(card, 2); err != nil {
		t.Errorf("the second mail: %v", err)
	}
	if _, err := s.db.Primary().Exec(t.Context(), "update gift_cards set state = 'blocked'"); err != nil {
		t.Fatal(err)
	}
	s.wantsNotDue("a blocked card", card, 2)
	if _, err := s.MailGiftCard(t.Context(), &pricingv1.MailGiftCardRequest{Id: card, IdempotencyKey: id.New()}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a blocked card was mailed: %v", err)
	}

	state, nobody, version := pricingv1.GiftCardState_GIFT_CARD_STATE_ACTIVE, "", issued.GetCards()[0].GetCard().GetVersion()
	if _, err := s.UpdateGiftCard(t.Context(), &pricingv1.UpdateGiftCardRequest{Id: card, ExpectedVersion: version, Email: &nobody}); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("who is to be mailed was forgotten: %v", err)
	}
	if _, err := s.UpdateGiftCard(t.Context(), &pricingv1.UpdateGiftCardRequest{Id: card, ExpectedVersion: version, State: &state}); err != nil {
		t.Fatal(err)
	}
	s.wantsMails(3)
	if _, err := s.open(card, 2); err != nil {
		t.Errorf("the mail that waited while the card was blocked: %v", err)
	}

	for name, change := range map[string]func(*pricingv1.IssueGiftCardsRequest){
		"to nobody":   func(r *pricingv1.IssueGiftCardsRequest) { r.Email = "" },
		"a whole lot": func(r *pricingv1.IssueGiftCardsRequest) { r.Count = 2 },
	} {
		wrong := &pricingv1.IssueGiftCardsRequest{BatchId: id.New(), Count: 1, Amount: usd(1), Kind: pricingv1.GiftCardKind_GIFT_CARD_KIND_CARD, Email: "ann@example.com", Mail: true}
		change(wrong)
		if _, err := s.IssueGiftCards(t.Context(), wrong); connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
	plain := s.issue(1, 100)[0].GetCard()
	s.wantsNotDue("a card that is handed over", plain.GetId(), 1)
	if _, err := s.MailGiftCard(t.Context(), &pricingv1.MailGiftCardRequest{Id: plain.GetId(), IdempotencyKey: id.New()}); connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("a card without an address was mailed: %v", err)
	}
}

// wantsMails fails unless so many mails were told of.
func (s issuer) wantsMails(want int) {
	s.t.Helper()
	var told int
	err := s.db.Primary().QueryRow(s.t.Context(), "select count(*) from outbox where topic = 'tradewind.pricing.v1.GiftCardMailDue'").Scan(&told)
	if err != nil || told != want {
		s.t.Errorf("%d mails were told of, want %d; %v", told, want, err)
	}
}

// A mail that is due when the shop's secret is changed still has the code that the card was issued with, and one whose secret is gone has none rather than a wrong one.
func TestGiftCardMailAfterNewSecret(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	before := newIssuer(t, db, 1)
	card, err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (*pricingv1.GiftCard, error) {
		return IssueCredit(ctx, tx, before.cfg.GiftCards, Credit{
			OrderID: id.New(), RefundID: id.New(), Email: "ann@example.com", AmountMinor: 500, Currency: "USD", Actor: "Ada", Reason: "Refund of order TW-000001",
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := newIssuer(t, db, 2, 1).open(card.GetId(), 1)
	if err != nil || opened.GetReason() != "Refund of order TW-000001" || opened.GetCard().GetSource() != pricingv1.GiftCardSource_GIFT_CARD_SOURCE_REFUND {
		t.Fatalf("opened %v, %v", opened, err)
	}
	found, err := before.FindGiftCard(t.Context(), &pricingv1.FindGiftCardRequest{Code: opened.GetCode()})
	if err != nil || found.GetCard().GetId() != card.GetId() {
		t.Errorf("the code finds %v, %v", found, err)
	}
	if opened, err := newIssuer(t, db, 2).open(card.GetId(), 1); err == nil {
		t.Errorf("a stranger's secret made %q", opened.GetCode())
	}
}
