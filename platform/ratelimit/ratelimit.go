// Package ratelimit owns how often somebody may do something, counted in this process or by all together.
package ratelimit

import (
	"sync"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// Limit allows some at once, and one more each time that Every has passed. Five in a quarter of an hour are
// Limit{Burst: 5, Every: 3 * time.Minute}; twenty a second, sixty at once, Limit{Burst: 60, Every: 50 * time.Millisecond}.
type Limit struct {
	Burst int
	Every time.Duration
}

// Part is a limit of a part of it, or of more than all.
func (l Limit) Part(part float64) Limit {
	return Limit{
		Burst: max(int(float64(l.Burst)*part), 1),
		Every: max(time.Duration(float64(l.Every)/part), time.Microsecond), // as fine as the cache counts
	}
}

// Limiter counts by key: an address, an account. It is safe for use by many goroutines, and holds a bounded number of
// keys: when strangers bring too many, those that were used least are forgotten, and may begin anew.
type Limiter struct {
	limit Limit
	most  int
	now   func() time.Duration // never jumps; tests move it

	mu sync.Mutex
	// filled is when a key's allowance is whole again. Every use moves it on by Limit.Every. A key for which it has
	// passed is as good as unknown.
	filled map[string]time.Duration
	swept  time.Duration
}

// These bound a limiter's memory to some 30 MB.
const (
	mostKeys   = 100_000
	longestKey = 256 // longer ones that begin alike count as one
)

// New makes a limiter. A limit of no burst or no time is a mistake, and allows nothing.
func New(limit Limit) *Limiter {
	return &Limiter{limit: limit, most: mostKeys, now: clock.Running, filled: map[string]time.Duration{}}
}

// Take uses the key's allowance once, or says after which time there will be some. A refusal uses nothing.
func (l *Limiter) Take(key string) (allowed bool, retryAfter time.Duration) {
	if l.limit.Burst <= 0 || l.limit.Every <= 0 {
		return false, time.Minute
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key = key[:min(len(key), longestKey)]
	now := l.now()
	filled, known := l.filled[key]
	filled = max(filled, now) + l.limit.Every
	if excess := filled - now - time.Duration(l.limit.Burst)*l.limit.Every; excess > 0 {
		return false, excess
	}
	if !known && len(l.filled) >= l.most {
		l.forget(now)
	}
	l.filled[key] = filled
	return true, 0
}

// Reset gives a key its whole allowance back: after a login that succeeded, the failures before it count no more.
func (l *Limiter) Reset(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.filled, key[:min(len(key), longestKey)])
}

// sampled is how many keys are looked at to find one that was used little.
const sampled = 16

// forget makes room for a key. All whose allowance is whole go, though not at each call; else the least used of a few.
func (l *Limiter) forget(now time.Duration) {
	if now-l.swept >= l.limit.Every {
		l.swept = now
		for key, filled := range l.filled {
			if filled <= now {
				delete(l.filled, key)
			}
		}
	}
	for len(l.filled) >= l.most {
		least, looked := "", 0
		for key, filled := range l.filled { // in an order of chance
			if looked == 0 || filled < l.filled[least] {
				least = key
			}
			if looked++; looked == sampled {
				break
			}
		}
		delete(l.filled, least)
	}
}
