package main

import (
	"context"

	"connectrpc.com/connect/v2"

	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/services"
)

func mailConsumers(_ settings, set *services.Set) []broker.Consumer {
	return []broker.Consumer{
		broker.On("mail.confirmed", func(ctx context.Context, event *orderv1.OrderConfirmed) error {
			return mailOrder(ctx, set, event.GetOrderId(), eventv1.OrderMailKind_ORDER_MAIL_KIND_CONFIRMED)
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
