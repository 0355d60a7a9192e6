package catalog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A shelf that many look at is read once, a failure is told to those who waited for it alone, and the memory stays bounded.
func TestRecent(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := newRecent[int](time.Hour, 3)
	var loads atomic.Int32
	release := make(chan struct{})
	var shoppers sync.WaitGroup
	for range 50 {
		shoppers.Go(func() {
			got, err := r.get(ctx, "shelf", func(context.Context) (int, error) {
				<-release
				return int(loads.Add(1)), nil
			})
			if got != 1 || err != nil {
				t.Errorf("got %d, %v", got, err)
			}
		})
	}
	close(release)
	shoppers.Wait()
	if got, known := r.known("shelf"); got != 1 || !known {
		t.Errorf("remembered %d, %t", got, known)
	}

	broken := errors.New("database gone")
	fail := func(context.Context) (int, error) { return 0, broken }
	if _, err := r.get(ctx, "other", fail); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if _, known := r.known("other"); known {
		t.Error("a failure is remembered")
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = r.get(ctx, "other", func(context.Context) (int, error) { panic("bug") })
	}()
	if got, err := r.get(ctx, "other", func(context.Context) (int, error) { return 2, nil }); got != 2 || err != nil {
		t.Errorf("after a panic: %d, %v", got, err)
	}
	for i := range 20 {
		r.set(fmt.Sprint(i), i)
	}
	if len(r.answers) > 3 {
		t.Errorf("%d answers are kept, want 3 at most", len(r.answers))
	}

	r.lifetime = 0
	r.drop("shelf")
	if got, _ := r.get(ctx, "shelf", func(context.Context) (int, error) { return 7, nil }); got != 7 {
		t.Errorf("got %d", got)
	}
	if _, known := r.known("shelf"); known {
		t.Error("remembered without a lifetime")
	}

	// The one who began to load may leave.
	r.lifetime = time.Hour
	leaving, leave := context.WithCancel(ctx)
	leave()
	if got, err := r.get(leaving, "left", func(ctx context.Context) (int, error) { return 8, ctx.Err() }); got != 8 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
}
