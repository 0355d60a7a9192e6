package event

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// Who is given a card gets one mail with its code, however often it is asked for, and another when another is asked for. What the giver wrote does not become markup, and the code is kept nowhere.
func TestSendGiftCardMailOnce(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	req := &eventv1.SendGiftCardMailRequest{
		Card: &pricingv1.GiftCard{
			Id: id.New(), Kind: pricingv1.GiftCardKind_GIFT_CARD_KIND_CARD, Balance: &typev1.Money{AmountMinor: 2500, CurrencyCode: "USD"}, Email: "ann@example.com", Message: "Happy <b>birthday</b>\nYours, Ada",
			ExpireTime: timestamppb.New(time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)),
		},
		Code: "F7KM-2QXD-9TRW-7QX2", Mail: 1,
	}
	sent.fails.Store(1)
	if _, err := service.SendGiftCardMail(t.Context(), req); err == nil {
		t.Error("a mail that the server did not take counts as sent")
	}
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() { _, _ = service.SendGiftCardMail(context.Background(), req) })
	}
	wait.Wait()
	if answer, err := service.SendGiftCardMail(t.Context(), req); err != nil || answer.GetSent() || len(sent.mails) != 1 {
		t.Fatalf("%d mails, then %v, %v", len(sent.mails), answer, err)
	}
	m := sent.mails[0]
	for _, want := range []string{"A gift card of $25.00", "F7KM-2QXD-9TRW-7QX2", "until 31 December 2027", "Happy <b>birthday</b>\nYours, Ada", "https://shop.example/cart"} {
		if !strings.Contains(m.subject+"\n"+m.text, want) {
			t.Errorf("the mail does not say %q:\n%s", want, m.text)
		}
	}
	if m.to != "ann@example.com" || strings.Contains(m.html, "<b>") || !strings.Contains(m.html, "F7KM-2QXD-9TRW-7QX2") || !strings.HasSuffix(strings.TrimSpace(m.html), "</html>") {
		t.Errorf("to %q:\n%s", m.to, m.html)
	}
	var kept int
	err := service.cfg.DB.Primary().QueryRow(t.Context(), "select count(*) from event_mails e where e::text like '%F7KM%' or e::text like '%ann@%'").Scan(&kept)
	if err != nil || kept != 0 {
		t.Errorf("code or address is kept %d times, %v", kept, err)
	}
	req.Mail, req.Reason, req.Card.Kind = 2, "Refund of order TW-000001", pricingv1.GiftCardKind_GIFT_CARD_KIND_CREDIT
	if answer, err := service.SendGiftCardMail(t.Context(), req); err != nil || !answer.GetSent() || !strings.Contains(sent.mails[1].text, "You have $25.00 of store credit\n\nRefund of order TW-000001.") {
		t.Errorf("the second mail: %v, %v", answer, err)
	}
}
