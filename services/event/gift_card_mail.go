package event

import (
	"context"
	"fmt"
	"time"

	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// giftCardMail is what the templates are filled with.
type giftCardMail struct {
	Store, URL, Code, Amount string
	// Until is the last day on which it can be spent; empty when it does not expire.
	Until string
	// Message is of whoever gives it, and Reason why it is given, such as for an order's refund.
	Message, Reason string
	// Credit says that it is what the shop owes to the recipient, and no gift.
	Credit bool
}

// SendGiftCardMail sends a card's code. It is kept nowhere here: neither the table of mails nor the log has it, nor the address.
func (s *Service) SendGiftCardMail(ctx context.Context, req *eventv1.SendGiftCardMailRequest) (*eventv1.SendGiftCardMailResponse, error) {
	card := req.GetCard()
	if card.GetEmail() == "" {
		return nil, rpc.InvalidArgument("card: has no e-mail address to send its code to")
	}
	filled := giftCardMail{
		Store: s.cfg.StoreName, URL: s.cfg.PublicURL + "/cart", Code: req.GetCode(), Amount: s.money(card.GetBalance()), Message: card.GetMessage(), Reason: req.GetReason(),
		Credit: card.GetKind() == pricingv1.GiftCardKind_GIFT_CARD_KIND_CREDIT,
	}
	if expires := card.GetExpireTime(); expires != nil {
		filled.Until = expires.AsTime().Add(-time.Second).Format("2 January 2006")
	}
	subject := "A gift card of " + filled.Amount + " from " + s.cfg.StoreName
	if filled.Credit {
		subject = "Your store credit of " + filled.Amount + " at " + s.cfg.StoreName
	}
	kind := fmt.Sprintf("gift_card %d", req.GetMail())
	mail, err := write("gift_card", fmt.Sprintf("%s.gift_card.%d", card.GetId(), req.GetMail()), subject, card.GetEmail(), filled)
	if err != nil {
		return nil, err
	}
	sent, err := s.sendOnce(ctx, card.GetId(), kind, mail)
	if err != nil {
		return nil, err
	}
	return &eventv1.SendGiftCardMailResponse{Sent: sent}, nil
}
