package order

import (
	"context"
	"fmt"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/ratelimit"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// How often one shopper may begin to pay, over all orders: more than anybody needs, and too little for who tries out stolen cards.
var (
	MinuteTries = ratelimit.Limit{Burst: 3, Every: 20 * time.Second}
	HourTries   = ratelimit.Limit{Burst: 10, Every: 6 * time.Minute}
)

// Tries bounds how often shoppers begin to pay.
type Tries struct{ Minute, Hour *ratelimit.Shared }

// take counts an attempt of a shopper, or says when there may be another.
func (t *Tries) take(ctx context.Context, shopper string) error {
	if t == nil {
		return nil
	}
	allowed, wait := t.Minute.Take(ctx, shopper)
	if allowed {
		allowed, wait = t.Hour.Take(ctx, shopper)
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
