package ratelimit

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func newLimiter(limit Limit) (*Limiter, *time.Duration) {
	l := New(limit)
	now := time.Hour
	l.now = func() time.Duration { return now }
	return l, &now
}

// A password can be tried five times, then once in three minutes; others are not held up by it.
func TestTake(t *testing.T) {
	t.Parallel()
	l, now := newLimiter(Limit{Burst: 5, Every: 3 * time.Minute})
	for i := range 5 {
		if ok, _ := l.Take("alice"); !ok {
			t.Fatalf("try %d was refused", i+1)
		}
	}
	for range 3 { // being refused costs nothing
		if ok, after := l.Take("alice"); ok || after != 3*time.Minute {
			t.Errorf("sixth try: %t, after %s", ok, after)
		}
	}
	if ok, _ := l.Take("bob"); !ok {
		t.Error("bob was refused for what alice did")
	}
	*now += 3*time.Minute - time.Second
	if ok, after := l.Take("alice"); ok || after != time.Second {
		t.Errorf("too early: %t, after %s", ok, after)
	}
	*now += time.Second
	if ok, _ := l.Take("alice"); !ok {
		t.Error("refused after the time that was told")
	}
	if ok, _ := l.Take("alice"); ok {
		t.Error("two were allowed for the time of one")
	}
	l.Reset("alice")
	if ok, _ := l.Take("alice"); !ok {
		t.Error("refused after a reset")
	}
}

// Whatever the times, no span sees more than the burst and one for each Every in it; and what was told is kept.
func TestNeverMoreThanTheLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limit := Limit{Burst: rapid.IntRange(1, 10).Draw(t, "burst"), Every: time.Duration(rapid.IntRange(1, 100).Draw(t, "every"))}
		l, now := newLimiter(limit)
		var allowed []time.Duration
		for _, wait := range rapid.SliceOfN(rapid.IntRange(0, 50), 1, 200).Draw(t, "waits") {
			*now += time.Duration(wait)
			ok, after := l.Take("k")
			if !ok {
				if after <= 0 {
					t.Fatalf("refused until %s", after)
				}
				*now += after
				if ok, after = l.Take("k"); !ok {
					t.Fatalf("refused again, until %s more", after)
				}
			}
			allowed = append(allowed, *now)
		}
		for i, first := range allowed {
			for j := i; j < len(allowed); j++ {
				if n, most := j-i+1, limit.Burst+int((allowed[j]-first)/limit.Every); n > most {
					t.Fatalf("%d in %s, at most %d", n, allowed[j]-first, most)
				}
			}
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	l, _ := newLimiter(Limit{Burst: 60, Every: 50 * time.Millisecond})
	var allowed atomic.Int32
	var callers sync.WaitGroup
	for range 200 {
		callers.Go(func() {
			if ok, _ := l.Take("k"); ok {
				allowed.Add(1)
			}
		})
	}
	callers.Wait()
	if allowed.Load() != 60 {
		t.Errorf("%d were allowed", allowed.Load())
	}
}

// Strangers with ever new keys do not fill the memory, and whoever is being held up stays so.
func TestKeysAreBounded(t *testing.T) {
	t.Parallel()
	l, now := newLimiter(Limit{Burst: 5, Every: time.Minute})
	l.most = 1000
	for range 5 {
		l.Take("guesser")
	}
	for i := range 20_000 {
		if ok, _ := l.Take(fmt.Sprint("stranger", i)); !ok {
			t.Fatal("a stranger was refused")
		}
		if len(l.filled) > l.most {
			t.Fatalf("%d keys are held", len(l.filled))
		}
	}
	if ok, _ := l.Take("guesser"); ok {
		t.Error("a guesser was forgotten")
	}
	*now += time.Hour
	l.Take("after an hour")
	if len(l.filled) != 1 {
		t.Errorf("%d keys are held for nothing", len(l.filled))
	}
}

func TestMistakesAllowNothing(t *testing.T) {
	t.Parallel()
	for _, limit := range []Limit{{}, {Burst: 1}, {Every: time.Second}, {Burst: -1, Every: time.Second}} {
		if ok, after := New(limit).Take("k"); ok || after <= 0 {
			t.Errorf("%+v: %t, %s", limit, ok, after)
		}
	}
}

func BenchmarkTake(b *testing.B) {
	l := New(Limit{Burst: 60, Every: 50 * time.Millisecond})
	for b.Loop() {
		l.Take("192.0.2.1")
	}
}
