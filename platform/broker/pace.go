package broker

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// What another process publishes rings no bell here: a change that must be seen within a second waits for latest at most, twice where one worker hands
// out what another takes. Asking costs the database a look at an empty table; asking for ten events costs hardly more than for one, so while things sell
// a loop leaves them the time to gather.
const (
	soonest = 20 * time.Millisecond
	latest  = 100 * time.Millisecond
)

// pace is how a loop asks the database for work: at once while there is more, soon after some, and ever more rarely when there is
// none. A bell makes it ask soon again.
type pace struct{ pause time.Duration }

// wait pauses before the next question. A ring says that there may be work; freed, that there is room again for work that was
// left.
func (p *pace) wait(ctx context.Context, found bool, rung, freed <-chan struct{}) {
	if found {
		p.pause = 0
	}
	p.pause = min(max(soonest, 2*p.pause), latest)
	timer := time.NewTimer(jittered(p.pause))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-rung:
		p.pause = 0
		pause(ctx, soonest/2) // the transaction that rang has yet to commit, and others may ring
	case <-freed:
		p.pause = 0
		pause(ctx, soonest/5) // others may finish
	case <-ctx.Done():
	}
}

// bell wakes everyone who waits for it.
type bell struct {
	mu   sync.Mutex
	next chan struct{}
}

// rung returns a channel that is closed at the next ring.
func (b *bell) rung() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == nil {
		b.next = make(chan struct{})
	}
	return b.next
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next != nil {
		close(b.next)
		b.next = nil
	}
}

// pause waits and reports whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// jittered moves a time by up to a fifth, so that many do not march together.
func jittered(d time.Duration) time.Duration {
	return d + time.Duration((rand.Float64()*0.4-0.2)*float64(d))
}

// backoff is the pause before connecting again.
type backoff struct{ pause time.Duration }

func (b *backoff) next() time.Duration {
	b.pause = min(max(200*time.Millisecond, 2*b.pause), 8*time.Second)
	return jittered(b.pause)
}

func (b *backoff) reset() { b.pause = 0 }
