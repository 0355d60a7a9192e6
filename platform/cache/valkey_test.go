package cache

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// Ten processes with twenty readers each read the database once.
func TestOneProcessFindsForAll(t *testing.T) {
	t.Parallel()
	url, prefix := shared(t), prefix(t)
	tea := &source{name: "tea"}
	var readers sync.WaitGroup
	begin := make(chan struct{})
	for range 10 {
		c := open(t, Config{URL: url, Prefix: prefix})
		for range 20 {
			readers.Go(func() {
				<-begin
				if got, found := mustGet(t, c, "tea", tea.find); !found || got.Name != "tea" {
					t.Errorf("got %v, %t", got, found)
				}
			})
		}
	}
	close(begin)
	readers.Wait()
	if tea.reads.Load() != 1 {
		t.Errorf("read %d times", tea.reads.Load())
	}
}

// What one process changed, the others see, although they have copies.
func TestInvalidationReachesOtherProcesses(t *testing.T) {
	t.Parallel()
	url, prefix := shared(t), prefix(t)
	a, b := open(t, Config{URL: url, Prefix: prefix}), open(t, Config{URL: url, Prefix: prefix})
	tea := &source{name: "tea"}
	mustGet(t, a, "tea", tea.find)
	mustGet(t, b, "tea", tea.find)
	if tea.reads.Load() != 1 {
		t.Fatalf("read %d times", tea.reads.Load())
	}
	tea.set("green tea")
	if err := a.Invalidate(t.Context(), 99, "tea"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the other process sees the change", func() bool {
		got, _ := mustGet(t, b, "tea", func(ctx context.Context) (product, bool, error) {
			if lsn := postgres.Token(ctx); lsn != 99 {
				t.Errorf("read from %d", lsn)
			}
			return tea.find(ctx)
		})
		return got.Name == "green tea"
	})
	if got, _ := mustGet(t, a, "tea", tea.find); got.Name != "green tea" || tea.reads.Load() != 2 {
		t.Errorf("got %v after %d reads", got, tea.reads.Load())
	}
}

// A process that died while it searched is not waited for.
func TestDeadClaim(t *testing.T) {
	t.Parallel()
	c := openImpatient(t, Config{URL: shared(t), Prefix: prefix(t)})
	if _, ours, err := c.store.claim(t.Context(), c.cfg.Prefix+"tea", item{}, newClaim(7), time.Minute); err != nil || !ours {
		t.Fatal(ours, err)
	}
	tea := &source{name: "tea"}
	started := clock.Running()
	got, found := mustGet(t, c, "tea", func(ctx context.Context) (product, bool, error) {
		if postgres.Token(ctx) != 7 {
			t.Errorf("read from %d", postgres.Token(ctx))
		}
		return tea.find(ctx)
	})
	if took := clock.Running() - started; !found || got.Name != "tea" || took < claimPatience || took > 10*time.Second {
		t.Errorf("got %v, %t after %s", got, found, took)
	}
}

// Whatever somebody put under our keys by hand is not served.
func TestPoisonedKeys(t *testing.T) {
	t.Parallel()
	c := open(t, Config{URL: shared(t), Prefix: prefix(t)})
	client := c.store.(*remote).client
	b := client.B
	key := c.cfg.Prefix + "tea"
	for _, poison := range []func() error{
		func() error { return client.Do(t.Context(), b().Set().Key(key).Value("").Build()).Error() },
		func() error { return client.Do(t.Context(), b().Set().Key(key).Value("garbage").Build()).Error() },
		func() error {
			return client.Do(t.Context(), b().Set().Key(key).Value("Vzzzzzzzzzzzzzzzz01{}").Build()).Error()
		},
		func() error {
			return client.Do(t.Context(), b().Set().Key(key).Value("V000000000000000001{").Build()).Error()
		},
		func() error {
			return client.Do(t.Context(), b().Set().Key(key).Value(strings.Repeat("\x00", 100)).Build()).Error()
		},
		func() error { return client.Do(t.Context(), b().Lpush().Key(key).Element("x").Build()).Error() },
	} {
		if err := client.Do(t.Context(), b().Del().Key(key).Build()).Error(); err != nil {
			t.Fatal(err)
		}
		if err := poison(); err != nil {
			t.Fatal(err)
		}
		tea := &source{name: "tea"}
		for range 2 {
			if got, found := mustGet(t, c, "tea", tea.find); !found || got.Name != "tea" {
				t.Errorf("got %v, %t", got, found)
			}
		}
		if tea.reads.Load() != 1 {
			t.Errorf("read %d times", tea.reads.Load())
		}
		if err := poison(); err == nil {
			if err := c.Invalidate(t.Context(), 5, "tea"); err != nil {
				t.Errorf("a poisoned key cannot be invalidated: %v", err)
			}
		}
	}
}

// ask200 asks many questions and returns how long they took.
func ask200(t *testing.T, c *Cache, tea *source) time.Duration {
	t.Helper()
	begun := clock.Running()
	for i := range 200 {
		if got, found := mustGet(t, c, fmt.Sprint("tea", i), tea.find); !found || got.Name != tea.name {
			t.Fatalf("got %v, %t", got, found)
		}
	}
	return clock.Running() - begun
}

// A cache that hangs costs one caller a moment; then it is left out until it answers again, and what changed meanwhile
// is not served from it.
func TestFrozenServer(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	c := openImpatient(t, Config{URL: server.url})
	tea := &source{name: "tea"}
	mustGet(t, c, "tea", tea.find)
	mustGet(t, c, "coffee", (&source{name: "coffee"}).find)

	server.freeze(t)
	if all := ask200(t, c, tea); all > 2*time.Second {
		t.Errorf("200 questions to a frozen cache took %s", all)
	}
	if err := c.Invalidate(t.Context(), 50, "tea"); err == nil {
		t.Error("a frozen cache was told of a change")
	}
	tea.set("green tea")
	if got, _ := mustGet(t, c, "tea", func(ctx context.Context) (product, bool, error) {
		if postgres.Token(ctx) != 50 {
			t.Errorf("read from %d", postgres.Token(ctx))
		}
		return tea.find(ctx)
	}); got.Name != "green tea" {
		t.Errorf("got %v from a frozen cache", got)
	}

	server.thaw(t)
	coffee := &source{name: "found anew"}
	waitFor(t, "what did not change comes from the cache again", func() bool {
		if got, _ := mustGet(t, c, "tea", tea.find); got.Name != "green tea" {
			t.Errorf("got %v after the cache came back", got)
		}
		got, _ := mustGet(t, c, "coffee", coffee.find)
		return got.Name == "coffee"
	})
	if c.store.floor(c.cfg.Prefix+"tea") != 0 {
		t.Error("the change is still to be told")
	}
}

// A cache that is gone costs nothing, and is used again when it is back, empty.
func TestStoppedServer(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	registry := prometheus.NewRegistry()
	c := openImpatient(t, Config{URL: server.url, Metrics: registry})
	tea := &source{name: "tea"}
	ask200(t, c, tea)
	server.stop()
	before := tea.reads.Load()
	if all := ask200(t, c, tea); all > 2*time.Second {
		t.Errorf("200 questions without a cache took %s", all)
	}
	// Copies in this process may answer until the connection is seen to be broken; after that nothing does.
	waitFor(t, "the cache is left out", func() bool {
		mustGet(t, c, "probe", tea.find)
		return !c.store.(*remote).well.Load()
	})
	if tea.reads.Load() == before {
		t.Error("a cache that is gone answered everything")
	}
	if up := metric(t, registry, "cache_up"); up != 0 {
		t.Errorf("cache_up = %v", up)
	}
	server.start(t)
	waitFor(t, "all answers are kept again", func() bool {
		before := tea.reads.Load()
		ask200(t, c, tea)
		return tea.reads.Load() == before
	})
	waitFor(t, "the metrics say so", func() bool { return metric(t, registry, "cache_up") == 1 })
	if fills := metric(t, registry, "cache_fills_total"); fills != float64(tea.reads.Load()) {
		t.Errorf("%v fills counted, %d made", fills, tea.reads.Load())
	}
}

func metric(t *testing.T, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == name {
			return family.GetMetric()[0].GetGauge().GetValue() + family.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

// Everything is forgotten at the busiest moment: each answer is found once, not once for every reader.
func TestFlushAtPeak(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	caches := []*Cache{open(t, Config{URL: server.url}), open(t, Config{URL: server.url})}
	const keys = 10
	var found [keys]atomic.Int32
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var readers sync.WaitGroup
	for n := range 40 {
		readers.Go(func() {
			for i := n; ctx.Err() == nil; i++ {
				_, _, err := Get(ctx, caches[n%2], fmt.Sprint("k", i%keys), time.Minute, products, func(context.Context) (product, bool, error) {
					found[i%keys].Add(1)
					return product{Name: "tea"}, true, nil
				})
				if err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	all := func(n int32) func() bool {
		return func() bool {
			for i := range found {
				if found[i].Load() < n {
					return false
				}
			}
			return true
		}
	}
	waitFor(t, "all answers are kept", all(1))
	client := caches[0].store.(*remote).client
	if err := client.Do(ctx, client.B().Flushall().Build()).Error(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "all answers are kept again", all(2))
	stop()
	readers.Wait()
	for i := range found {
		// One more where the flush came between a claim and its answer.
		if n := found[i].Load(); n > 4 {
			t.Errorf("answer %d was found %d times", i, n)
		}
	}
}

// What is configured but cannot be reached stops the start with one line, which does not show the password.
func TestOpenFails(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	for _, url := range []string{fmt.Sprintf("redis://user:canary@127.0.0.1:%d", freePort(t)), "http://canary", "redis://user:canary@%zz"} {
		_, err := Open(ctx, Config{URL: url})
		if err == nil || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "VALKEY_URL") {
			t.Errorf("error = %v", err)
		}
	}
}

// Processes count one allowance together: the burst at once, one more with time, each key for itself.
func TestTakeTogether(t *testing.T) {
	t.Parallel()
	url, prefix := shared(t), prefix(t)
	const burst, every = 10, 5 * time.Minute
	var taken atomic.Int32
	var takers sync.WaitGroup
	for range 2 {
		process := open(t, Config{URL: url, Prefix: prefix})
		for range 2 * burst {
			takers.Go(func() {
				wait, err := process.Take(t.Context(), "carts:ada", burst, every)
				switch {
				case err != nil:
					t.Error(err)
				case wait <= 0:
					taken.Add(1)
				case wait > every:
					t.Errorf("told to wait %s for one that comes each %s", wait, every)
				}
			})
		}
	}
	takers.Wait()
	if taken.Load() != burst {
		t.Errorf("%d were allowed, want %d", taken.Load(), burst)
	}
	process := open(t, Config{URL: url, Prefix: prefix})
	if wait, err := process.Take(t.Context(), "carts:bob", burst, every); err != nil || wait > 0 {
		t.Errorf("another key: %s, %v", wait, err)
	}
	waitFor(t, "there is one more after its time", func() bool {
		wait, err := process.Take(t.Context(), "carts:eve", 1, 50*time.Millisecond)
		again, err2 := process.Take(t.Context(), "carts:eve", 1, 50*time.Millisecond)
		return err == nil && err2 == nil && wait <= 0 && again > 0
	})
}
