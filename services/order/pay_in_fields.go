package order

import (
	"context"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// leaveFields closes a payment that is open in the provider's fields, so that another way to pay can be opened and never two are. Should it turn out paid, the order is, and
// whoever begins another attempt is told so.
func (s *Service) leaveFields(ctx context.Context, orderID, paymentID string) error {
	closed, err := s.cfg.Payments.CloseAtProvider(ctx, &paymentv1.CloseAtProviderRequest{PaymentId: paymentID})
	if err != nil {
		return rpc.Passed(err)
	}
	_, err = s.settle(ctx, orderID, paymentID, closed.GetView(), true)
	return err
}
