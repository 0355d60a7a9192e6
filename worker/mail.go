package main

import (
	"context"

	"connectrpc.com/connect/v2"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/services"
)

func mailConsumers(_ settings, set *services.Set) []broker.Consumer {
	return []broker.Consumer{
		broker.On("mail.confirmed", func(ctx context.Context, event *orderv1.OrderConfirmed) error {
			return mailOrder(ctx, set, event.GetOrderId(), eventv1.OrderMailKind_ORDER_MAIL_KIND_CONFIRMED)
		}),
		broker.On("mail.transfer", func(ctx context.Context, event *orderv1.OrderAwaitsTransfer) error {
			return mailOrder(ctx, set, event.GetOrderId(), eventv1.OrderMailKind_ORDER_MAIL_KIND_TRANSFER)
		}),
		broker.On("mail.expired", func(ctx context.Context, event *orderv1.OrderExpired) error {
			return mailOrder(ctx, set, event.GetOrderId(), eventv1.OrderMailKind_ORDER_MAIL_KIND_EXPIRED)
		}),
		broker.On("mail.cancelled", func(ctx context.Context, event *orderv1.OrderCancelled) error {
			return mailOrder(ctx, set, event.GetOrderId(), eventv1.OrderMailKind_ORDER_MAIL_KIND_CANCELLED)
		}),
		broker.On("mail.shipped", func(ctx context.Context, event *orderv1.OrderShipped) error {
			return mail(ctx, set, event.GetOrderId(), &eventv1.SendOrderMailRequest{Kind: eventv1.OrderMailKind_ORDER_MAIL_KIND_SHIPPED, FulfilmentId: event.GetFulfilmentId()})
		}),
		broker.On("mail.finished", func(ctx context.Context, event *orderv1.OrderFinished) error {
			return mailOrder(ctx, set, event.GetOrderId(), eventv1.OrderMailKind_ORDER_MAIL_KIND_FINISHED)
		}),
		broker.On("mail.gift_card", func(ctx context.Context, event *pricingv1.GiftCardMailDue) error {
			return mailGiftCard(ctx, set, event)
		}),
		broker.On("mail.sign_in", func(ctx context.Context, event *authv1.SignInCodeAsked) error {
			return mailSignInCode(ctx, set, event)
		}),
	}
}

// mailOrder reads the order again and has the shopper told, unless it moved on so that the event is old news. One mail of a kind goes out, however often the event comes.
func mailOrder(ctx context.Context, set *services.Set, order string, kind eventv1.OrderMailKind) error {
	return mail(ctx, set, order, &eventv1.SendOrderMailRequest{Kind: kind})
}

// mail fills in the order as it stands and has a mail sent.
func mail(ctx context.Context, set *services.Set, order string, req *eventv1.SendOrderMailRequest) error {
	read, err := set.Orders.GetOrder(ctx, &orderv1.GetOrderRequest{OrderId: order})
	if connect.CodeOf(err) == connect.CodeNotFound {
		return broker.Poison(err)
	}
	if err != nil {
		return err
	}
	req.Order = read.GetOrder()
	_, err = set.Mails.SendOrderMail(ctx, req)
	if connect.CodeOf(err) == connect.CodeFailedPrecondition {
		return broker.Poison(err) // the address is refused for good
	}
	return err
}

// mailGiftCard takes the code of a card from who makes it to who mails it, unless the mail is not due any more. The code stays in this call, and is told no more once the mail went out.
func mailGiftCard(ctx context.Context, set *services.Set, event *pricingv1.GiftCardMailDue) error {
	opened, err := set.GiftCards.OpenGiftCardMail(ctx, &pricingv1.OpenGiftCardMailRequest{GiftCardId: event.GetGiftCardId(), Mail: event.GetMail()})
	switch connect.CodeOf(err) {
	case connect.CodeNotFound:
		return broker.Poison(err)
	case connect.CodeFailedPrecondition:
		return nil
	}
	if err != nil {
		return err
	}
	_, err = set.Mails.SendGiftCardMail(ctx, &eventv1.SendGiftCardMailRequest{Card: opened.GetCard(), Code: opened.GetCode(), Mail: event.GetMail(), Reason: opened.GetReason()})
	if connect.CodeOf(err) == connect.CodeFailedPrecondition {
		return broker.Poison(err) // the address is refused for good
	}
	if err != nil {
		return err
	}
	_, err = set.GiftCards.CloseGiftCardMail(ctx, &pricingv1.CloseGiftCardMailRequest{GiftCardId: event.GetGiftCardId(), Mail: event.GetMail()})
	return err
}

// mailSignInCode takes a code from who makes it to who mails it, unless it can be entered no more. The code stays in this call.
func mailSignInCode(ctx context.Context, set *services.Set, event *authv1.SignInCodeAsked) error {
	opened, err := set.Accounts.OpenSignInCode(ctx, &authv1.OpenSignInCodeRequest{SignInId: event.GetSignInId()})
	switch connect.CodeOf(err) {
	case connect.CodeNotFound:
		return broker.Poison(err)
	case connect.CodeFailedPrecondition:
		return nil
	}
	if err != nil {
		return err
	}
	_, err = set.Mails.SendSignInMail(ctx, &eventv1.SendSignInMailRequest{SignInId: event.GetSignInId(), Email: opened.GetEmail(), Code: opened.GetCode(), ExpireTime: opened.GetExpireTime()})
	if connect.CodeOf(err) == connect.CodeFailedPrecondition {
		return broker.Poison(err) // the address is refused for good
	}
	return err
}
