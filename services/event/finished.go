package event

import (
	"context"
	"fmt"

	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// finishedMail is what the templates about an order are filled with of which the rest will not come: of its lines those, and what becomes of their money.
type finishedMail struct {
	orderMail
	Refunded, Released, Uncollected string
}

// sendFinished tells what will not come, once for an order. No order is begun again, so this mail is never untrue.
func (s *Service) sendFinished(ctx context.Context, order *orderv1.Order) (*eventv1.SendOrderMailResponse, error) {
	end := order.GetFinish()
	if end == nil {
		return nil, rpc.InvalidArgument("order: nothing of it is said not to come")
	}
	filled := finishedMail{orderMail: s.fill(order), Refunded: s.money(end.GetRefunded()), Released: s.money(end.GetReleased()), Uncollected: s.money(end.GetUncollected())}
	filled.Lines = nil
	for _, line := range order.GetLines() {
		if line.GetUnsent() > 0 {
			filled.Lines = append(filled.Lines, mailLine{Name: named(line.GetProductName(), line.GetVariantName()), Quantity: fmt.Sprint(line.GetUnsent())})
		}
	}
	const kind = "finished"
	mail, err := write(kind, order.GetId()+"."+kind, fmt.Sprintf("A part of order %s will not come", order.GetNumber()), order.GetEmail(), filled)
	if err != nil {
		return nil, err
	}
	sent, err := s.sendOnce(ctx, order.GetId(), kind, mail)
	if err != nil {
		return nil, err
	}
	return &eventv1.SendOrderMailResponse{Sent: sent}, nil
}
