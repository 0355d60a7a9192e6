package checkout

import (
	"context"
	"fmt"
	"sync"

	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// shopper is who a request about a cart is made for.
type shopper struct {
	// owner is whose carts they may touch.
	owner string
	// group is by what prices, promotions and taxes know a customer; empty for guests, and for customers who are in none. It is asked for when it is first needed, since many changes
	// need no prices, and once a request. An error is never taken for "none": the price would be another.
	group func() (string, error)
}

// shopper returns who asks.
func (s *Service) shopper(ctx context.Context) (shopper, error) {
	caller := auth.CallerFrom(ctx)
	switch {
	case !caller.Shopper():
		return shopper{}, rpc.Unauthenticated("only shoppers have carts")
	case caller.Kind == auth.Guest:
		return shopper{owner: caller.Subject, group: func() (string, error) { return "", nil }}, nil
	}
	return shopper{owner: caller.Subject, group: sync.OnceValues(func() (string, error) {
		answer, err := s.cfg.Profiles.GetProfile(ctx, &userv1.GetProfileRequest{})
		if err != nil {
			return "", fmt.Errorf("get profile: %w", err)
		}
		return answer.GetProfile().GetCustomerGroup(), nil
	})}, nil
}
