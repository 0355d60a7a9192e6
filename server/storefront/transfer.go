package storefront

import (
	"slices"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/views/storefront"
)

// awaitsTransfer says whether the shopper is to transfer the money.
func awaitsTransfer(order *orderv1.Order) bool {
	return order.GetState() == orderv1.OrderState_ORDER_STATE_PENDING && order.GetPaymentState() == orderv1.PaymentState_PAYMENT_STATE_AWAITING_TRANSFER
}

// toldToTransfer says whether the shopper was ever told where to transfer the money: it may be under way, whatever they tried after that.
func toldToTransfer(order *orderv1.Order) bool {
	return slices.ContainsFunc(order.GetPayments(), func(attempt *orderv1.PaymentAttempt) bool { return attempt.GetProvider() == bankTransfer })
}

// transfer says where to transfer the money; nil unless that is awaited.
func (s *Shop) transfer(order *orderv1.Order) *storefront.Transfer {
	to := order.GetTransfer()
	if to == nil {
		return nil
	}
	return &storefront.Transfer{
		Amount: s.money(to.GetAmount()), Reference: to.GetReference(), Until: to.GetPayBy().AsTime().Format("2 January 2006"),
		Holder: to.GetHolder(), Account: to.GetAccount(), BankCode: to.GetBankCode(), BankName: to.GetBankName(),
	}
}

// awaitSentences say what happens once the money has arrived.
func awaitSentences(order *orderv1.Order) []string {
	by := "Transfer the money so that it arrives until " + order.GetExpireTime().AsTime().Format("2 January 2006") + ". We have mailed where to as well, to " + order.GetEmail() + "."
	switch {
	case hasGiftCards(order):
		return []string{by, "Once it has arrived, the codes of your gift cards come by email."}
	case order.GetDigital():
		return []string{by, "Once it has arrived, we write to you, and you can download what you bought."}
	default:
		return []string{by, "We keep your items until then, and send them once the money has arrived."}
	}
}
