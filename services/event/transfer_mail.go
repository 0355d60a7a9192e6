package event

import (
	"context"
	"fmt"

	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
)

// transferMail is what the templates are filled with about an order whose shopper is to transfer the money.
type transferMail struct {
	orderMail
	Amount, Until, Holder, Account, BankCode, BankName, Reference string
}

// sendTransfer tells where to transfer the money, unless it came meanwhile, or the shopper pays in another way. A shopper who comes back to this way has the mail already.
func (s *Service) sendTransfer(ctx context.Context, order *orderv1.Order) (*eventv1.SendOrderMailResponse, error) {
	const kind = "transfer"
	to := order.GetTransfer()
	if to == nil {
		return &eventv1.SendOrderMailResponse{Skipped: true}, nil
	}
	filled := transferMail{
		orderMail: s.fill(order), Amount: s.money(to.GetAmount()), Until: to.GetPayBy().AsTime().Format("2 January 2006"), Holder: to.GetHolder(),
		Account: to.GetAccount(), BankCode: to.GetBankCode(), BankName: to.GetBankName(), Reference: to.GetReference(),
	}
	mail, err := write(kind, order.GetId()+"."+kind, fmt.Sprintf("Order %s: where to transfer %s", order.GetNumber(), filled.Amount), order.GetEmail(), filled)
	if err != nil {
		return nil, err
	}
	sent, err := s.sendOnce(ctx, order.GetId(), kind, mail)
	if err != nil {
		return nil, err
	}
	return &eventv1.SendOrderMailResponse{Sent: sent}, nil
}
