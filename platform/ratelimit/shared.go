package ratelimit

import (
	"context"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/cache"
)

// Shared is a limit that the processes of a shop count together in their cache. While that does not answer, each counts alone and
// allows half, since there may be several. A shop without a shared cache counts alone as a matter of course, and allows all.
type Shared struct {
	name  string
	limit Limit
	cache *cache.Cache
	alone *Limiter
}

// NewShared makes a limit of that name.
func NewShared(shared *cache.Cache, name string, limit Limit) *Shared {
	alone := limit
	if shared.Shared() {
		alone = Limit{Burst: max(limit.Burst/2, 1), Every: 2 * limit.Every}
	}
	return &Shared{name: name, limit: limit, cache: shared, alone: New(alone)}
}

// Take uses the key's allowance once, or says after which time there will be some.
func (s *Shared) Take(ctx context.Context, key string) (allowed bool, retryAfter time.Duration) {
	wait, err := s.cache.Take(ctx, s.name+":"+key[:min(len(key), longestKey)], s.limit.Burst, s.limit.Every)
	if err != nil {
		return s.alone.Take(key)
	}
	return wait <= 0, wait
}
