package main

import (
	"context"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/services"
)

// userConsumers keep the profiles in step with the accounts.
func userConsumers(_ settings, set *services.Set) []broker.Consumer {
	return []broker.Consumer{broker.On("user.signed_up", func(ctx context.Context, event *authv1.CustomersSignedUp) error {
		return learnCustomers(ctx, set, event)
	})}
}

// learnCustomers begins the profiles of new accounts. One that has begun stays as it is, so that the event may come again.
func learnCustomers(ctx context.Context, set *services.Set, event *authv1.CustomersSignedUp) error {
	_, err := set.Customers.LearnCustomers(ctx, &userv1.LearnCustomersRequest{CustomerIds: event.GetCustomerIds()})
	return err
}
