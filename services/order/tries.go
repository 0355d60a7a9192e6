package order

import (
	"context"
	"fmt"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/cache"
	"github.com/tradewind-commerce/tradewind/platform/ratelimit"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// How often one shopper may begin to pay, over all orders: more than anybody needs, and too little for who tries out stolen cards.
var (
	minuteTries = ratelimit.Limit{Burst: 3, Every: 20 * time.Second}
	hourTries   = ratelimit.Limit{Burst: 10, Every: 6 * time.Minute}
)

// Tries bounds how often shoppers begin to pay.
type Tries struct{ minute, hour *ratelimit.Shared }

// NewTries counts with the other processes of the shop, and allows a part of the usual, or more. Nothing of it is no bound.
func NewTries(shared *cache.Cache, part float64) *Tries {
	if part <= 0 {
		return nil
	}
	return &Tries{ratelimit.NewShared(shared, "payments a minute", minuteTries.Part(part)), ratelimit.NewShared(shared, "payments an hour", hourTries.Part(part))}
}

// take counts an attempt of a shopper, or says when there may be another.
func (t *Tries) take(ctx context.Context, shopper string) error {
	if t == nil {
		return nil
	}
	allowed, wait := t.minute.Take(ctx, shopper)
	if allowed {
		allowed, wait = t.hour.Take(ctx, shopper)
	}
	if allowed {
		return nil
	}
	until := fmt.Sprintf("%d seconds", max(int(wait.Round(time.Second)/time.Second), 1))
	if wait > time.Minute {
		until = fmt.Sprintf("%d minutes", int((wait+time.Minute-1)/time.Minute))
	}
	return rpc.ResourceExhausted("you began to pay very often; your order is kept, try again in " + until)
}
