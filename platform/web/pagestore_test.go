package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// token makes a visitor who has written up to a position, some time ago.
func token(lsn postgres.LSN, ago time.Duration) func(*http.Request) {
	return func(r *http.Request) {
		ctx := context.WithValue(postgres.WithToken(r.Context(), lsn), issuedKey{}, clock.Now().Add(-ago))
		*r = *r.WithContext(ctx)
	}
}

// A visitor sees what they wrote at once, at the price of one page; it does not go away again for anyone.
func TestPublicPagesShowWhatTheirVisitorWrote(t *testing.T) {
	t.Parallel()
	shelf := newShelf(PublicConfig{})
	var made atomic.Int32
	var read []postgres.LSN
	pages := shelf.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		read = append(read, postgres.Token(r.Context()))
		_, _ = fmt.Fprint(w, made.Add(1))
	}))
	for i, step := range []struct {
		visitor func(*http.Request)
		want    string
	}{
		{token(0, 0), "1"},
		{token(40, 0), "2"}, // wrote at 40: made anew from there
		{token(40, 0), "2"},
		{token(30, 0), "2"}, // is in it
		{token(0, 0), "2"},
		{token(50, 10*time.Second), "2"}, // so long ago that every server had it when the page was made
		{token(50, 0), "3"},
	} {
		if got := show(pages, "/", step.visitor).Body.String(); got != step.want {
			t.Errorf("step %d: page %s, want %s", i, got, step.want)
		}
	}
	shelf.pass(time.Minute)
	show(pages, "/", token(0, 0))
	if want := []postgres.LSN{0, 40, 50, 50}; fmt.Sprint(read) != fmt.Sprint(want) {
		t.Errorf("read from %v, want %v", read, want)
	}
}

// Those who wait for a page that will not show what they wrote get another one.
func TestWaitingVisitorsReadWhatTheyWrote(t *testing.T) {
	t.Parallel()
	release, entered := make(chan struct{}), make(chan struct{}, 10)
	pages := newShelf(PublicConfig{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		<-release
		_, _ = fmt.Fprint(w, uint64(postgres.Token(r.Context())))
	}))
	var visitors sync.WaitGroup
	visitors.Go(func() { show(pages, "/", token(1, 0)) })
	<-entered
	for lsn := range postgres.LSN(20) {
		visitors.Go(func() {
			var shown postgres.LSN
			if _, err := fmt.Sscan(show(pages, "/", token(lsn, 0)).Body.String(), (*uint64)(&shown)); err != nil || shown < lsn {
				t.Errorf("wrote at %d, was shown %d, %v", lsn, shown, err)
			}
		})
	}
	go func() {
		for range entered { // until all are done
		}
	}()
	close(release)
	visitors.Wait()
	close(entered)
}

// A crawler that asks for ever new pages does not fill the memory, and pages in use stay.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	shelf := newShelf(PublicConfig{Memory: 1 << 20})
	var made atomic.Int32
	body := strings.Repeat("x", 10_000)
	pages := shelf.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/home" {
			made.Add(1)
		}
		if r.URL.Path == "/huge" {
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
		}
		_, _ = io.WriteString(w, body)
	}))
	for i := range 1000 {
		show(pages, "/home")
		show(pages, fmt.Sprintf("/p/%d", i))
	}
	show(pages, "/huge")
	if made.Load() != 1 {
		t.Errorf("a page in use was made %d times", made.Load())
	}
	if shelf.store.size > 1<<20 || len(shelf.store.kept) != shelf.store.recent.Len() || len(shelf.store.kept) < 20 || len(shelf.store.flights) != 0 {
		t.Errorf("%d bytes in %d pages, %d in flight", shelf.store.size, len(shelf.store.kept), len(shelf.store.flights))
	}
	var sum int64
	for element := shelf.store.recent.Front(); element != nil; element = element.Next() {
		sum += element.Value.(*keptPage).size
	}
	if sum != shelf.store.size {
		t.Errorf("pages hold %d bytes, accounted %d", sum, shelf.store.size)
	}
}
