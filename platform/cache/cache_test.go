package cache

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

type product struct {
	Name string
	Tags []string
}

var products = JSON[product](1)

// source is where answers come from: it counts and can change.
type source struct {
	mu    sync.Mutex
	name  string
	reads atomic.Int32
}

func (s *source) set(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.name = name
}

func (s *source) find(context.Context) (product, bool, error) {
	s.reads.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	return product{Name: s.name, Tags: []string{"a"}}, s.name != "", nil
}

func mustGet(t *testing.T, c *Cache, key string, fill func(context.Context) (product, bool, error)) (product, bool) {
	t.Helper()
	answer, found, err := Get(t.Context(), c, key, time.Minute, products, fill)
	if err != nil {
		t.Fatal(err)
	}
	return answer, found
}

func TestAnswersAreKept(t *testing.T) {
	everywhere(t, func(t *testing.T, c *Cache) {
		tea, nothing := &source{name: "tea"}, &source{}
		for range 3 {
			if got, found := mustGet(t, c, "tea", tea.find); !found || got.Name != "tea" {
				t.Errorf("got %v, %t", got, found)
			}
			if got, found := mustGet(t, c, "nothing", nothing.find); found || got.Name != "" {
				t.Errorf("got %v, %t of what is not there", got, found)
			}
		}
		if tea.reads.Load() != 1 || nothing.reads.Load() != 1 {
			t.Errorf("read %d and %d times", tea.reads.Load(), nothing.reads.Load())
		}
	})
}

// A failure is the caller's to see, and not kept.
func TestFailuresAreNotKept(t *testing.T) {
	everywhere(t, func(t *testing.T, c *Cache) {
		broken := errors.New("database gone")
		if _, _, err := Get(t.Context(), c, "k", time.Minute, products, func(context.Context) (product, bool, error) {
			return product{}, false, broken
		}); !errors.Is(err, broken) {
			t.Errorf("error = %v", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a panic was swallowed")
				}
			}()
			_, _, _ = Get(t.Context(), c, "k", time.Minute, products, func(context.Context) (product, bool, error) { panic("bug") })
		}()
		if got, found := mustGet(t, c, "k", (&source{name: "tea"}).find); !found || got.Name != "tea" {
			t.Errorf("then %v, %t", got, found)
		}
	})
}

// A hot answer that runs out costs the database one read, not one for every reader.
func TestOneReaderFindsForAll(t *testing.T) {
	everywhere(t, func(t *testing.T, c *Cache) {
		tea := &source{name: "tea"}
		release := make(chan struct{})
		var readers sync.WaitGroup
		var asking atomic.Int32
		for range 200 {
			readers.Go(func() {
				asking.Add(1)
				got, found := mustGet(t, c, "tea", func(ctx context.Context) (product, bool, error) {
					<-release
					return tea.find(ctx)
				})
				if !found || got.Name != "tea" {
					t.Errorf("got %v, %t", got, found)
				}
			})
		}
		waitFor(t, "all readers ask", func() bool { return asking.Load() == 200 })
		close(release)
		readers.Wait()
		if tea.reads.Load() != 1 {
			t.Errorf("read %d times", tea.reads.Load())
		}
	})
}

// After a change, the next reader reads from where the change is, and nobody sees the old answer any more.
func TestInvalidate(t *testing.T) {
	everywhere(t, func(t *testing.T, c *Cache) {
		tea := &source{name: "tea"}
		var from []postgres.LSN
		find := func(ctx context.Context) (product, bool, error) {
			from = append(from, postgres.Token(ctx))
			return tea.find(ctx)
		}
		mustGet(t, c, "tea", find)
		for i, name := range []string{"green tea", "", "black tea"} {
			tea.set(name)
			if err := c.Invalidate(t.Context(), postgres.LSN(40+i), "tea", "another"); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if got, found := mustGet(t, c, "tea", find); got.Name != name || found != (name != "") {
					t.Errorf("got %v, %t, want %q", got, found, name)
				}
			}
		}
		if want := []postgres.LSN{0, 40, 41, 42}; !equal(from, want) {
			t.Errorf("read from %v, want %v", from, want)
		}

		// News that is older than the answer changes nothing; news without a position always does.
		if err := c.Invalidate(t.Context(), 41, "tea"); err != nil {
			t.Fatal(err)
		}
		if mustGet(t, c, "tea", find); len(from) != 4 {
			t.Errorf("an answer was found anew for older news: %v", from)
		}
		if err := c.Invalidate(t.Context(), 0, "tea"); err != nil {
			t.Fatal(err)
		}
		if mustGet(t, c, "tea", find); len(from) != 5 || from[4] != 42 {
			t.Errorf("read from %v", from)
		}
	})
}

func equal(a, b []postgres.LSN) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// An answer that was being found while its subject changed is not kept: it may be the old one.
func TestChangeWhileFinding(t *testing.T) {
	everywhere(t, func(t *testing.T, c *Cache) {
		entered, release := make(chan struct{}), make(chan struct{})
		slow := make(chan product)
		go func() {
			got, _ := mustGet(t, c, "tea", func(context.Context) (product, bool, error) {
				close(entered)
				<-release
				return product{Name: "old"}, true, nil
			})
			slow <- got
		}()
		<-entered
		if err := c.Invalidate(t.Context(), 7, "tea"); err != nil {
			t.Fatal(err)
		}
		tea := &source{name: "new"}
		if got, _ := mustGet(t, c, "tea", tea.find); got.Name != "new" {
			t.Errorf("after the change: %v", got)
		}
		close(release)
		if got := <-slow; got.Name != "old" {
			t.Errorf("the slow reader got %v", got)
		}
		if got, _ := mustGet(t, c, "tea", tea.find); got.Name != "new" || tea.reads.Load() != 1 {
			t.Errorf("the old answer came back: %v after %d reads", got, tea.reads.Load())
		}
	})
}

// The one who searches may leave; those who wait go on.
func TestLeavingReaders(t *testing.T) {
	everywhere(t, func(t *testing.T, c *Cache) {
		entered := make(chan struct{})
		ctx, leave := context.WithCancel(t.Context())
		first := make(chan error)
		go func() {
			_, _, err := Get(ctx, c, "tea", time.Minute, products, func(ctx context.Context) (product, bool, error) {
				close(entered)
				<-ctx.Done()
				return product{}, false, ctx.Err()
			})
			first <- err
		}()
		<-entered
		tea := &source{name: "tea"}
		waiting := make(chan product)
		go func() {
			got, _ := mustGet(t, c, "tea", tea.find)
			waiting <- got
		}()
		leave()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("error = %v", err)
		}
		if got := <-waiting; got.Name != "tea" {
			t.Errorf("the one who waited got %v", got)
		}
		if _, _, err := Get(ctx, c, "another", time.Minute, products, func(ctx context.Context) (product, bool, error) {
			return product{}, false, ctx.Err()
		}); !errors.Is(err, context.Canceled) {
			t.Errorf("a reader who had left got %v", err)
		}
	})
}

// What one caller does with an answer does not change another's.
func TestAnswersAreCopies(t *testing.T) {
	everywhere(t, func(t *testing.T, c *Cache) {
		tea := &source{name: "tea"}
		for range 3 {
			got, _ := mustGet(t, c, "tea", tea.find)
			if got.Tags[0] != "a" {
				t.Errorf("got %v", got)
			}
			got.Tags[0] = "changed"
		}
	})
}

// Another release's answers, and whatever else is under a key, are found anew rather than misread.
func TestOtherReleasesAnswers(t *testing.T) {
	everywhere(t, func(t *testing.T, c *Cache) {
		tea := &source{name: "tea"}
		mustGet(t, c, "tea", tea.find)
		next := JSON[product](2)
		for range 2 {
			if got, found, err := Get(t.Context(), c, "tea", time.Minute, next, tea.find); err != nil || !found || got.Name != "tea" {
				t.Errorf("got %v, %t, %v", got, found, err)
			}
		}
		if tea.reads.Load() != 2 {
			t.Errorf("read %d times", tea.reads.Load())
		}
		text := JSON[string](2) // the same version of another kind
		if got, found, err := Get(t.Context(), c, "tea", time.Minute, text, func(context.Context) (string, bool, error) { return "text", true, nil }); err != nil || !found || got != "text" {
			t.Errorf("got %q, %t, %v", got, found, err)
		}
	})
}

func TestMessages(t *testing.T) {
	everywhere(t, func(t *testing.T, c *Cache) {
		reads := 0
		for range 2 {
			got, found, err := Get(t.Context(), c, "m", time.Minute, Proto[*wrapperspb.StringValue](1), func(context.Context) (*wrapperspb.StringValue, bool, error) {
				reads++
				return wrapperspb.String("tea"), true, nil
			})
			if err != nil || !found || got.GetValue() != "tea" {
				t.Errorf("got %v, %t, %v", got, found, err)
			}
		}
		if reads != 1 {
			t.Errorf("read %d times", reads)
		}
	})
}

// An answer too large to be kept is answered all the same, and so is a question with too long a key.
func TestTooLarge(t *testing.T) {
	everywhere(t, func(t *testing.T, c *Cache) {
		large := &source{name: strings.Repeat("x", 600<<10)}
		for range 2 {
			if got, found := mustGet(t, c, "large", large.find); !found || got.Name != large.name {
				t.Errorf("got %d bytes, %t", len(got.Name), found)
			}
		}
		if large.reads.Load() != 2 {
			t.Errorf("read %d times", large.reads.Load())
		}
		if _, found := mustGet(t, c, strings.Repeat("k", 1000), large.find); !found {
			t.Error("a long key found nothing")
		}
	})
}

func TestNoCache(t *testing.T) {
	t.Parallel()
	var c *Cache
	tea := &source{name: "tea"}
	for range 2 {
		mustGet(t, c, "tea", tea.find)
	}
	if err := c.Invalidate(t.Context(), 1, "tea"); err != nil || tea.reads.Load() != 2 {
		t.Errorf("%v, read %d times", err, tea.reads.Load())
	}
	c.Close()
}

// Without a Valkey nobody tells this process of changes, so it keeps nothing longer than a second, nor more than it may.
func TestMemoryIsShortAndBounded(t *testing.T) {
	t.Parallel()
	c := open(t, Config{Memory: 1 << 20})
	own := c.store.(*memory)
	var passed atomic.Int64
	own.now = func() time.Duration { return time.Duration(passed.Load()) }
	tea := &source{name: "tea"}
	for _, step := range []struct {
		wait time.Duration
		want int32
	}{{0, 1}, {900 * time.Millisecond, 1}, {100 * time.Millisecond, 2}, {time.Hour, 3}} {
		passed.Add(int64(step.wait))
		if mustGet(t, c, "tea", tea.find); tea.reads.Load() != step.want {
			t.Errorf("after %s: read %d times, want %d", step.wait, tea.reads.Load(), step.want)
		}
	}
	many := &source{name: strings.Repeat("x", 1000)}
	for i := range 5000 {
		mustGet(t, c, "tea", tea.find)
		mustGet(t, c, "many:"+strings.Repeat("i", i%500)+string(rune('a'+i%26)), many.find)
	}
	var sum int64
	for element := own.recent.Front(); element != nil; element = element.Next() {
		sum += element.Value.(*kept).size()
	}
	if own.size > 1<<20 || own.size != sum || len(own.items) != own.recent.Len() {
		t.Errorf("%d bytes accounted, %d held, %d items", own.size, sum, len(own.items))
	}
	if tea.reads.Load() != 3 {
		t.Errorf("an answer in use was read %d times", tea.reads.Load())
	}
}

func BenchmarkHit(b *testing.B) {
	tea := &source{name: "tea"}
	c, err := Open(b.Context(), Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	c.store.(*memory).now = func() time.Duration { return 0 }
	for b.Loop() {
		if _, _, err := Get(b.Context(), c, "tea", time.Minute, products, tea.find); err != nil {
			b.Fatal(err)
		}
	}
}
