package shoptest

import (
	"context"
	"sync/atomic"

	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/services/user"
)

// Customer returns the context of a shopper who is signed in to an account of theirs.
func (s *Shop) Customer(account string) context.Context {
	s.t.Helper()
	return s.As(auth.Caller{Kind: auth.Customer, Subject: account, Name: "ada@example.com"})
}

// Customers is the user service, which counts how often it is asked and can be away.
type Customers struct {
	*user.Service
	shop  *Shop
	asked atomic.Int64
	away  atomic.Bool
}

// Group puts an account in a group of customers; empty in none.
func (c *Customers) Group(account, group string) {
	c.shop.t.Helper()
	c.shop.Exec(`insert into user_profiles (id, email, customer_group, create_time, update_time) values ($1, 'ada@example.com', $2, $3, $3)
		on conflict (id) do update set customer_group = excluded.customer_group`, account, group, clock.Now())
}

// Away makes nobody answer for customers, until they are back.
func (c *Customers) Away(away bool) { c.away.Store(away) }

// Asked returns how often somebody asked since the last time.
func (c *Customers) Asked() int64 { return c.asked.Swap(0) }

// GetProfile is the one call that checkout makes.
func (c *Customers) GetProfile(ctx context.Context, req *userv1.GetProfileRequest) (*userv1.GetProfileResponse, error) {
	c.asked.Add(1)
	if c.away.Load() {
		return nil, rpc.Unavailable("customers are not to be reached")
	}
	return c.Service.GetProfile(ctx, req)
}
