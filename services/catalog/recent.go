package catalog

import (
	"context"
	"sync"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// loadTimeout bounds a load, which goes on when the one who began it leaves, since others may wait for it.
const loadTimeout = 5 * time.Second

// recent remembers answers for a moment in this process. Those who ask for the same at the same time wait for one load. What it returns
// is shared and must not be changed.
type recent[V any] struct {
	lifetime time.Duration
	most     int

	mu      sync.Mutex
	answers map[string]*answer[V]
}

type answer[V any] struct {
	loaded chan struct{} // closed when the rest is set
	value  V
	err    error
	until  time.Duration // by clock.Running
}

func newRecent[V any](lifetime time.Duration, most int) *recent[V] {
	return &recent[V]{lifetime: lifetime, most: most, answers: make(map[string]*answer[V])}
}

// get returns what is remembered under key, or loads it. Failures are not remembered.
func (r *recent[V]) get(ctx context.Context, key string, load func(context.Context) (V, error)) (V, error) {
	r.mu.Lock()
	a, found := r.answers[key]
	if found && !a.old() {
		r.mu.Unlock()
		select {
		case <-a.loaded:
			return a.value, a.err
		case <-ctx.Done():
			var none V
			return none, ctx.Err()
		}
	}
	a = &answer[V]{loaded: make(chan struct{})}
	if r.lifetime > 0 {
		r.makeRoom(key)
		r.answers[key] = a
	}
	r.mu.Unlock()

	loading, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
	defer cancel()
	defer func() { // also when load panics
		a.until = clock.Running() + r.lifetime
		close(a.loaded)
		if a.err != nil {
			r.forget(key, a)
		}
	}()
	a.err = context.Canceled // unless the next line returns
	a.value, a.err = load(loading)
	return a.value, a.err
}

func (a *answer[V]) loading() bool {
	select {
	case <-a.loaded:
		return false
	default:
		return true
	}
}

// old reports whether an answer's time is over; one that is being loaded has not begun its.
func (a *answer[V]) old() bool {
	return !a.loading() && clock.Running() >= a.until
}

func (r *recent[V]) forget(key string, a *answer[V]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.answers[key] == a {
		delete(r.answers, key)
	}
}

// known returns what is remembered under key, without loading it.
func (r *recent[V]) known(key string) (value V, found bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.answers[key]
	if a == nil || a.loading() || a.old() {
		return value, false
	}
	return a.value, true
}

// set remembers a value that was come by otherwise.
func (r *recent[V]) set(key string, value V) {
	a := &answer[V]{loaded: make(chan struct{}), value: value, until: clock.Running() + r.lifetime}
	close(a.loaded)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.makeRoom(key)
	r.answers[key] = a
}

// drop forgets what is under key, so that the next one to ask loads it.
func (r *recent[V]) drop(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.answers, key)
}

// makeRoom keeps the number of answers bounded, whatever is asked for: old ones go first, then any.
func (r *recent[V]) makeRoom(key string) {
	if _, there := r.answers[key]; there || len(r.answers) < r.most {
		return
	}
	for other, a := range r.answers {
		if a.old() {
			delete(r.answers, other)
		}
	}
	for other := range r.answers {
		if len(r.answers) < r.most {
			break
		}
		delete(r.answers, other)
	}
}
