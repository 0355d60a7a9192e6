package cache

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// search is a caller's question: where the answer may be, how it is found, and how it is read.
type search struct {
	key     string
	life    time.Duration
	version byte
	find    func(ctx context.Context) (data []byte, found bool, err error)
	accept  func(data []byte) bool // false for what this program cannot read
}

// settledBy reports whether an item answers the question.
func (s search) settledBy(seen item) (found, settled bool) {
	switch {
	case seen.kind == absent && seen.version == s.version:
		return false, true
	case seen.kind == value && seen.version == s.version && s.accept(seen.payload):
		return true, true
	}
	return false, false
}

// flight is one search for an answer in this process. Its result is there once done is closed.
type flight struct {
	done  chan struct{}
	data  []byte
	found bool
	err   error
	left  bool // the one who searched did not wait for the end
}

func (c *Cache) load(ctx context.Context, s search) (found bool, err error) {
	seen, err := c.store.look(ctx, s.key)
	if err != nil {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		c.counts.failed(err)
	} else if found, settled := s.settledBy(seen); settled {
		c.counts.hit(found)
		return found, nil
	}
	for {
		c.mu.Lock()
		current, flying := c.flights[s.key]
		if !flying {
			current = &flight{done: make(chan struct{})}
			c.flights[s.key] = current
		}
		c.mu.Unlock()
		if !flying {
			return c.lead(ctx, s, current, seen, err == nil)
		}
		select {
		case <-current.done:
		case <-ctx.Done():
			return false, ctx.Err()
		}
		switch {
		case current.err != nil && current.left:
			continue // one of those who waited goes on
		case current.err != nil:
			return false, current.err
		case !current.found:
			c.counts.hit(false)
			return false, nil
		case s.accept(current.data):
			c.counts.hit(true)
			return true, nil
		}
		_, found, err := s.find(ctx) // two kinds of answers share a key; neither may break the other
		return found, err
	}
}

var errPanicked = errors.New("cache: the search for the answer panicked")

// lead searches for all who wait, and lets them go whatever happens.
func (c *Cache) lead(ctx context.Context, s search, own *flight, seen item, available bool) (bool, error) {
	own.err = errPanicked
	defer func() {
		own.left = ctx.Err() != nil
		c.mu.Lock()
		if c.flights[s.key] == own {
			delete(c.flights, s.key)
		}
		c.mu.Unlock()
		close(own.done)
	}()
	c.counts.reads.WithLabelValues("miss").Inc()
	if available {
		own.data, own.found, own.err = c.refill(ctx, s, seen)
	} else {
		own.data, own.found, own.err = c.find(ctx, s, 0)
	}
	return own.found, own.err
}

// longestWait is how often at least a claimed key is looked at. The look is mostly at this process's own copy.
const longestWait = 10 * time.Millisecond

// refill claims the key and finds the answer; or waits for whoever has claimed it, for as long as that pays.
func (c *Cache) refill(ctx context.Context, s search, seen item) ([]byte, bool, error) {
	started, wait := clock.Running(), time.Millisecond
	for {
		var err error
		if clock.Running()-started > c.cfg.patience {
			return c.find(ctx, s, seen.lsn)
		}
		if seen.kind == claimed {
			if err := pause(ctx, wait); err != nil {
				return nil, false, err
			}
			wait = min(2*wait, longestWait)
			seen, err = c.store.look(ctx, s.key)
		} else {
			own := newClaim(seen.lsn)
			current, ours, claimErr := c.store.claim(ctx, s.key, seen, own, fillClaim)
			if ours {
				return c.fill(ctx, s, own)
			}
			seen, err = current, claimErr
		}
		switch {
		case ctx.Err() != nil: // nobody reads the answer any more
			return nil, false, ctx.Err()
		case err != nil:
			c.counts.failed(err)
			return c.find(ctx, s, 0)
		}
		if found, settled := s.settledBy(seen); settled {
			return seen.payload, found, nil
		}
	}
}

// fill finds the answer and leaves it where the claim is.
func (c *Cache) fill(ctx context.Context, s search, claim item) (data []byte, found bool, err error) {
	left := unclaimed(claim) // what is left when nothing is found
	life := tombLife
	defer func() {
		// A visitor who has left does not take the answer away from others.
		if err := c.store.replace(context.WithoutCancel(ctx), s.key, claim, left, life); err != nil {
			c.counts.failed(err)
		}
	}()
	ctx = readFrom(ctx, max(claim.lsn, c.store.floor(s.key)))
	read := postgres.Token(ctx)
	c.counts.fills.Inc()
	data, found, err = s.find(ctx)
	switch {
	case err != nil || len(data) > c.cfg.Largest:
	case found:
		left = item{kind: value, lsn: read, version: s.version, payload: data}
		life = s.life - rand.N(s.life/10+1) // so that what was found together is not lost together
	default:
		left = item{kind: absent, lsn: read, version: s.version}
		life = min(s.life, absentLife)
	}
	return data, found, err
}

// find finds the answer for this process alone.
func (c *Cache) find(ctx context.Context, s search, floor postgres.LSN) ([]byte, bool, error) {
	c.counts.fills.Inc()
	return s.find(readFrom(ctx, max(floor, c.store.floor(s.key))))
}

// readFrom makes reads see everything up to lsn. The caller's own token stays as it is: a position that the cache knows
// is nothing that the caller has seen.
func readFrom(ctx context.Context, lsn postgres.LSN) context.Context {
	return postgres.WithToken(ctx, max(postgres.Token(ctx), lsn))
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
