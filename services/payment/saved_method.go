package payment

import (
	"context"
	"errors"
	"time"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// listTimeout is how long a page waits for what a customer has saved: it goes on without.
const listTimeout = 3 * time.Second

// ListSavedMethods asks the provider each time: nothing of it is kept here, so nothing is left here of what was removed.
func (s *Service) ListSavedMethods(ctx context.Context, _ *paymentv1.ListSavedMethodsRequest) (*paymentv1.ListSavedMethodsResponse, error) {
	answer := &paymentv1.ListSavedMethodsResponse{}
	keeper := s.keeper()
	if keeper == nil {
		return answer, nil
	}
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	methods, err := keeper.Methods(ctx, auth.CallerFrom(ctx).Subject)
	if err != nil {
		return nil, unavailable(err)
	}
	now := clock.Now()
	for _, method := range methods {
		converted := methodToProto(method)
		converted.Expired = method.expired(now)
		answer.Methods = append(answer.Methods, converted)
	}
	return answer, nil
}

// ForgetSavedMethod has the provider forget a method. Whose it is, the provider knows.
func (s *Service) ForgetSavedMethod(ctx context.Context, req *paymentv1.ForgetSavedMethodRequest) (*paymentv1.ForgetSavedMethodResponse, error) {
	keeper := s.keeper()
	if keeper == nil {
		return nil, errNoMethod
	}
	err := keeper.ForgetMethod(ctx, auth.CallerFrom(ctx).Subject, req.GetMethodId())
	if errors.Is(err, ErrRefused) {
		return nil, errNoMethod
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return &paymentv1.ForgetSavedMethodResponse{}, nil
}

var errNoMethod = rpc.NotFound("no such saved card")

// keeper is the provider that collects online now, if it keeps methods. What was saved at one that is offered no more cannot be paid by.
func (s *Service) keeper() MethodKeeper {
	keeper, _ := s.providers[s.hosted].(MethodKeeper)
	return keeper
}

// expired says whether a card's last month is over.
func (m Method) expired(now time.Time) bool {
	return m.ExpiryYear > 0 && !now.Before(time.Date(m.ExpiryYear, time.Month(m.ExpiryMonth)+1, 1, 0, 0, 0, 0, time.UTC))
}

func methodToProto(m Method) *paymentv1.Method {
	return &paymentv1.Method{Id: m.SavedID, Brand: m.Brand, Last4: m.Last4, ExpiryMonth: int32(m.ExpiryMonth), ExpiryYear: int32(m.ExpiryYear)} //nolint:gosec // a month and a year
}
