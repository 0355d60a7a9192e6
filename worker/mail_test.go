package main

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1/eventv1connect"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// post is the mail that went out. Like the real service it sends each mail once.
type post struct {
	eventv1connect.MailServiceClient
	sent map[string]*eventv1.SendGiftCardMailRequest
	fail error
}

func (p *post) SendGiftCardMail(_ context.Context, req *eventv1.SendGiftCardMailRequest) (*eventv1.SendGiftCardMailResponse, error) {
	if p.fail != nil {
		return nil, p.fail
	}
	p.sent[req.GetCard().GetEmail()] = req
	return &eventv1.SendGiftCardMailResponse{Sent: true}, nil
}

// Whose refund becomes store credit is mailed a code that spends it, however late the mail server comes back; afterwards nothing tells the code any more, and the event may come again.
func TestStoreCreditIsMailed(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	placed := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 3), Quantity: 1})
	shop.Start(placed)
	shop.Provider.Pay(placed.Payment)
	shop.Settle(placed.Payment)
	_, err := shop.Orders.RefundOrder(shop.Staff(), &orderv1.RefundOrderRequest{OrderId: placed.ID, OtherMinor: 700, ExpectedMinor: 700, StoreCredit: true, IdempotencyKey: id.New()})
	if err != nil {
		t.Fatal(err)
	}
	due := &pricingv1.GiftCardMailDue{}
	for _, payload := range shop.Column("select encode(payload, 'hex') from outbox where topic = 'tradewind.pricing.v1.GiftCardMailDue'") {
		bytes, err := hex.DecodeString(payload)
		if err == nil {
			err = proto.Unmarshal(bytes, due)
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(bytes), "@") {
			t.Error("the event tells whose the card is")
		}
	}
	mails := &post{sent: map[string]*eventv1.SendGiftCardMailRequest{}, fail: rpc.Unavailable("come back later")}
	set := &services.Set{GiftCards: shop.GiftCards, Mails: mails}
	if err := mailGiftCard(shop.Process(), set, due); err == nil {
		t.Fatal("a mail that the server did not take is done with")
	}
	mails.fail = nil
	for range 2 {
		if err := mailGiftCard(shop.Process(), set, due); err != nil {
			t.Fatal(err)
		}
	}
	mail := mails.sent["ada@example.com"]
	if len(mails.sent) != 1 || mail.GetReason() != "Refund of order "+placed.Number {
		t.Fatalf("mailed %v", mails.sent)
	}
	found, err := shop.GiftCards.FindGiftCard(shop.Process(), &pricingv1.FindGiftCardRequest{Code: mail.GetCode()})
	if err != nil || found.GetCard().GetBalance().GetAmountMinor() != 700 {
		t.Errorf("the code finds %v, %v", found, err)
	}
	_, err = shop.GiftCards.OpenGiftCardMail(shop.Process(), &pricingv1.OpenGiftCardMailRequest{GiftCardId: due.GetGiftCardId(), Mail: due.GetMail()})
	if connect.CodeOf(err) != connect.CodeFailedPrecondition {
		t.Errorf("the code can be had again: %v", err)
	}
	if kept := shop.Number("select count(*) from gift_cards g where g::text like '%' || $1 || '%'", strings.ReplaceAll(mail.GetCode(), "-", "")); kept != 0 {
		t.Error("the code is in the table")
	}

	due.GiftCardId = id.New()
	if err := mailGiftCard(shop.Process(), set, due); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("a card that does not exist: %v", err)
	}
	shop.Audit()
}
