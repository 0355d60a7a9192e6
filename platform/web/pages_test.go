package web

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
)

// shelf is public pages with a clock that a test moves.
type shelf struct {
	*PublicPages
	time atomic.Int64
}

func newShelf(cfg PublicConfig) *shelf {
	s := &shelf{PublicPages: NewPublicPages(cfg)}
	s.store.now = func() time.Duration { return time.Duration(s.time.Load()) }
	return s
}

func (s *shelf) pass(d time.Duration) { s.time.Add(int64(d)) }

// show asks a handler for a page; change prepares the request.
func show(h http.Handler, target string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for _, c := range change {
		c(r)
	}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, r)
	return answer
}

func with(header, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(header, value) }
}

// counted makes a page that says how often it has been made.
func counted(made *atomic.Int32) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Surrogate-Key", "product-1")
		_, _ = fmt.Fprintf(w, "<p>%s %d", r.URL.RequestURI(), made.Add(1))
	}
}

// However many ask at once, a page is made once, and all see the same.
func TestOnePageIsMadeForAll(t *testing.T) {
	t.Parallel()
	var made atomic.Int32
	release := make(chan struct{})
	page := counted(&made)
	pages := newShelf(PublicConfig{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-release
		page(w, r)
	}))
	var visitors sync.WaitGroup
	answers := make([]*httptest.ResponseRecorder, 200)
	var asking atomic.Int32
	for i := range answers {
		visitors.Go(func() {
			asking.Add(1)
			answers[i] = show(pages, "/products/a")
		})
	}
	waitFor(t, "all visitors ask", func() bool { return asking.Load() == 200 })
	close(release)
	visitors.Wait()
	for _, answer := range answers {
		if answer.Code != http.StatusOK || answer.Body.String() != answers[0].Body.String() {
			t.Fatalf("visitors saw %q and %q", answers[0].Body, answer.Body)
		}
	}
	if made.Load() != 1 {
		t.Errorf("the page was made %d times", made.Load())
	}
}

func TestPageIsMadeAnewAfterItsLifetime(t *testing.T) {
	t.Parallel()
	var made atomic.Int32
	shelf := newShelf(PublicConfig{})
	pages := shelf.Handler(counted(&made))
	for _, step := range []struct {
		wait time.Duration
		want int32
	}{{0, 1}, {PageLifetime - time.Millisecond, 1}, {time.Millisecond, 2}, {0, 2}, {time.Hour, 3}} {
		shelf.pass(step.wait)
		if show(pages, "/"); made.Load() != step.want {
			t.Errorf("after %s: made %d times, want %d", step.wait, made.Load(), step.want)
		}
	}
}

// While one visitor's request makes a page anew, the others see the old one instead of waiting, but not for long.
func TestOldPageIsShownWhileANewOneIsMade(t *testing.T) {
	t.Parallel()
	shelf := newShelf(PublicConfig{})
	var made atomic.Int32
	entered, release := make(chan struct{}, 2), make(chan struct{})
	page := counted(&made)
	pages := shelf.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if made.Load() == 1 {
			entered <- struct{}{}
			<-release
		}
		page(w, r)
	}))
	old := show(pages, "/").Body.String()
	shelf.pass(PageLifetime * 3 / 2)
	fresh := make(chan string)
	go func() { fresh <- show(pages, "/").Body.String() }()
	<-entered
	if got := show(pages, "/").Body.String(); got != old {
		t.Errorf("shown %q while the page is made, want %q", got, old)
	}
	shelf.pass(2 * time.Second) // now it is too old to be shown
	waited := make(chan string)
	go func() { waited <- show(pages, "/").Body.String() }()
	close(release)
	if a, b := <-fresh, <-waited; a != "<p>/ 2" || b != "<p>/ 2" {
		t.Errorf("shown %q and %q", a, b)
	}
}

// A page cannot depend on its visitor: it does not learn who that is.
func TestPublicPagesDoNotKnowTheVisitor(t *testing.T) {
	t.Parallel()
	type secretKey struct{}
	type marketKey struct{}
	shelf := newShelf(PublicConfig{
		Host: "shop.example",
		Keep: func(page, visitor context.Context) context.Context {
			return context.WithValue(page, marketKey{}, visitor.Value(marketKey{}))
		},
	})
	mux := http.NewServeMux()
	mux.Handle("GET /products/{slug}", shelf.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if len(r.Header) != 0 || r.Host != "shop.example" || r.RemoteAddr != "" || r.RequestURI != "" || r.TLS != nil {
			t.Errorf("the page sees %v of %s at %q", r.Header, r.RemoteAddr, r.Host)
		}
		if body, err := io.ReadAll(r.Body); err != nil || len(body) != 0 {
			t.Errorf("the page sees a body: %q, %v", body, err)
		}
		if r.Context().Value(secretKey{}) != nil || Client(r.Context()).IsValid() {
			t.Error("the page sees the visitor's context")
		}
		if r.Context().Value(marketKey{}) != "de-DE" || r.PathValue("slug") != "tea" || r.URL.RawQuery != "page=2" {
			t.Errorf("the page lacks what it follows from: %v, %q, %q", r.Context().Value(marketKey{}), r.PathValue("slug"), r.URL.RawQuery)
		}
	}), "page"))
	handler := Edge{}.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithValue(context.WithValue(r.Context(), secretKey{}, "alice"), marketKey{}, "de-DE")
		mux.ServeHTTP(w, r.WithContext(ctx))
	}))
	answer := show(handler, "https://evil.example/products/tea?page=2&utm_source=mail", func(r *http.Request) {
		r.Header.Set("Cookie", "session=alice")
		r.Header.Set("Authorization", "Bearer alice")
		r.Header.Set("X-Forwarded-Host", "evil.example")
		r.Header.Set("Accept-Language", "tlh")
		r.Body = io.NopCloser(strings.NewReader("body"))
	})
	if answer.Code != http.StatusOK || answer.Header().Get("X-Request-Id") != "" {
		t.Errorf("answer = %d %v", answer.Code, answer.Header())
	}
}

// One visitor's cookie is never sent to another, and what was meant for one is not shown to two.
func TestPersonalAnswersAreNotShared(t *testing.T) {
	t.Parallel()
	for name, personal := range map[string]func(http.Header, int32){
		"cookie":   func(h http.Header, n int32) { h.Set("Set-Cookie", fmt.Sprintf("session=%d", n)) },
		"private":  func(h http.Header, _ int32) { h.Set("Cache-Control", "private") },
		"no-store": func(h http.Header, _ int32) { h.Set("Cache-Control", "no-store") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var made atomic.Int32
			release := make(chan struct{})
			pages := newShelf(PublicConfig{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				<-release
				n := made.Add(1)
				personal(w.Header(), n)
				_, _ = fmt.Fprint(w, n)
			}))
			var asking atomic.Int32
			var visitors sync.WaitGroup
			var seen sync.Map
			for range 20 {
				visitors.Go(func() {
					asking.Add(1)
					answer := show(pages, "/")
					if other, twice := seen.LoadOrStore(answer.Body.String(), answer); twice {
						t.Errorf("two visitors saw the same: %v", other)
					}
					if got := answer.Header().Get("Cache-Control"); got != "private, no-store" {
						t.Errorf("Cache-Control = %q", got)
					}
				})
			}
			waitFor(t, "all visitors ask", func() bool { return asking.Load() == 20 })
			close(release)
			visitors.Wait()
		})
	}
}

func TestWhatIsKept(t *testing.T) {
	t.Parallel()
	const found = "public, max-age=0, s-maxage=60, stale-while-revalidate=60, stale-if-error=3600"
	const gone = "public, max-age=0, s-maxage=10, stale-while-revalidate=60, stale-if-error=3600"
	for status, want := range map[int]struct {
		kept    bool
		control string
	}{
		200: {true, found}, 404: {true, gone}, 410: {true, gone},
		301: {true, found}, 303: {false, noStore}, 429: {false, noStore}, 500: {false, noStore}, 503: {false, noStore},
	} {
		var made atomic.Int32
		pages := newShelf(PublicConfig{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			made.Add(1)
			w.Header().Set("Surrogate-Key", "product-1")
			w.WriteHeader(status)
		}))
		for range 2 {
			answer := show(pages, "/")
			if answer.Code != status || answer.Header().Get("Cache-Control") != want.control {
				t.Errorf("%d: %d, Cache-Control %q", status, answer.Code, answer.Header().Get("Cache-Control"))
			}
			if answer.Header().Get("Surrogate-Key") != "product-1" {
				t.Errorf("%d: no surrogate key", status)
			}
		}
		if (made.Load() == 1) != want.kept {
			t.Errorf("%d: made %d times", status, made.Load())
		}
	}
}

// Spelling does not make another page, unknown parameters do not reach it, and what it depends on does make another.
func TestPagesByQuery(t *testing.T) {
	t.Parallel()
	var made atomic.Int32
	pages := newShelf(PublicConfig{}).Handler(counted(&made), "page", "sort", "f.*")
	first := show(pages, "/c?page=2&f.color=red&f.color=blue&utm_source=x").Body.String()
	for _, same := range []string{"/c?f.color=red&f.color=blue&page=2", "/c?page=2&f.color=red&f.color=blue&sort=", "/c?f.color=red&page=%32&f.color=blue&x=%zz"} {
		if got := show(pages, same).Body.String(); got != first {
			t.Errorf("%s is another page: %q, want %q", same, got, first)
		}
	}
	for _, other := range []string{"/c?page=3&f.color=red&f.color=blue", "/c", "/d?page=2&f.color=red&f.color=blue", "/c?page=2&f.color=blue&f.color=red"} {
		if got := show(pages, other).Body.String(); got == first {
			t.Errorf("%s is the same page: %q", other, got)
		}
	}
	if strings.Contains(first, "utm") {
		t.Errorf("the page saw an unknown parameter: %q", first)
	}
}

// A prefix that was cut on the way, as a market's is, still makes another page.
func TestPagesByTheWholePath(t *testing.T) {
	t.Parallel()
	var made atomic.Int32
	pages := newShelf(PublicConfig{}).Handler(counted(&made))
	mux := http.NewServeMux()
	mux.Handle("/de/", http.StripPrefix("/de", pages))
	mux.Handle("/fr/", http.StripPrefix("/fr", pages))
	if a, b := show(mux, "/de/tea").Body.String(), show(mux, "/fr/tea").Body.String(); a == b {
		t.Errorf("two markets share %q", a)
	}
}

func TestRevalidation(t *testing.T) {
	t.Parallel()
	shelf := newShelf(PublicConfig{})
	body := "<p>tea"
	pages := shelf.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }))
	tag := show(pages, "/").Header().Get("Etag")
	for _, given := range []string{tag, strings.TrimPrefix(tag, "W/"), `"other", ` + tag, "*"} {
		answer := show(pages, "/", with("If-None-Match", given))
		if answer.Code != http.StatusNotModified || answer.Body.Len() != 0 || answer.Header().Get("Etag") != tag || !strings.HasPrefix(answer.Header().Get("Cache-Control"), "public") {
			t.Errorf("with %s: %d %v", given, answer.Code, answer.Header())
		}
	}
	shelf.pass(time.Minute)
	if answer := show(pages, "/", with("If-None-Match", tag)); answer.Code != http.StatusNotModified {
		t.Errorf("made anew but equal: %d", answer.Code)
	}
	body = "<p>coffee"
	shelf.pass(time.Minute)
	if answer := show(pages, "/", with("If-None-Match", tag)); answer.Code != http.StatusOK || answer.Header().Get("Etag") == tag {
		t.Errorf("changed: %d %v", answer.Code, answer.Header())
	}
}

// unpack reads an answer as its visitor would.
func unpack(t *testing.T, answer *httptest.ResponseRecorder) string {
	t.Helper()
	var from io.Reader = answer.Body
	var err error
	switch answer.Header().Get("Content-Encoding") {
	case "br":
		from = brotli.NewReader(from)
	case "gzip":
		if from, err = gzip.NewReader(from); err != nil {
			t.Fatal(err)
		}
	}
	plain, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestPagesAreSentInTheVisitorsEncoding(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("<li>tea</li>", 1000)
	pages := newShelf(PublicConfig{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/picture" {
			w.Header().Set("Content-Type", "image/png")
		}
		_, _ = io.WriteString(w, body)
	}))
	whole := Compress(pages) // the usual stack; it must not pack twice
	for accepted, want := range map[string]string{"": "", "gzip": "gzip", "gzip, deflate, br, zstd": "br", "br;q=0, gzip;q=0.5": "gzip", "identity": ""} {
		answer := show(whole, "/", with("Accept-Encoding", accepted))
		if got := answer.Header().Get("Content-Encoding"); got != want || unpack(t, answer) != body {
			t.Errorf("%q: sent as %q", accepted, got)
		}
		if vary := answer.Header()["Vary"]; len(vary) != 1 || vary[0] != "Accept-Encoding" {
			t.Errorf("%q: Vary = %q", accepted, vary)
		}
		head := show(whole, "/", with("Accept-Encoding", accepted), func(r *http.Request) { r.Method = http.MethodHead })
		if head.Body.Len() != 0 || head.Header().Get("Content-Length") != answer.Header().Get("Content-Length") || head.Header().Get("Content-Length") == "" {
			t.Errorf("%q: HEAD says %v", accepted, head.Header())
		}
	}
	if answer := show(whole, "/picture", with("Accept-Encoding", "br")); answer.Header().Get("Content-Encoding") != "" || answer.Body.String() != body {
		t.Errorf("a picture was packed: %v", answer.Header())
	}
}

// A visitor who leaves does not take the page away from those who wait for it.
func TestLeavingVisitorsDoNotSpoilThePage(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	pages := newShelf(PublicConfig{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-release
		if r.Context().Err() != nil {
			t.Error("the page was given up")
		}
		_, _ = io.WriteString(w, "page")
	}))
	ctx, leave := context.WithCancel(t.Context())
	var visitors sync.WaitGroup
	visitors.Go(func() { show(pages, "/", func(r *http.Request) { *r = *r.WithContext(ctx) }) })
	<-entered
	leave()
	waiting := make(chan string)
	go func() { waiting <- show(pages, "/").Body.String() }()
	// One who waits and leaves returns at once, with nothing.
	if answer := show(pages, "/", func(r *http.Request) { *r = *r.WithContext(ctx) }); answer.Body.Len() != 0 {
		t.Errorf("a visitor who had left was shown %q", answer.Body)
	}
	close(release)
	visitors.Wait()
	if got := <-waiting; got != "page" {
		t.Errorf("shown %q", got)
	}
}

// A page that panics is an error for everyone who waits, and the next try is a new one.
func TestPanickingPage(t *testing.T) {
	t.Parallel()
	var made atomic.Int32
	pages := newShelf(PublicConfig{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if made.Add(1) == 1 {
			panic("canary")
		}
		_, _ = io.WriteString(w, "well again")
	}))
	answer := show(pages, "/")
	if answer.Code != http.StatusInternalServerError || strings.Contains(answer.Body.String(), "canary") || answer.Header().Get("Cache-Control") != noStore {
		t.Errorf("answer = %d %v %s", answer.Code, answer.Header(), answer.Body)
	}
	if got := show(pages, "/").Body.String(); got != "well again" {
		t.Errorf("then %q", got)
	}
}

// Forms that are posted to a public page's address are not its business.
func TestOnlyReadingIsShared(t *testing.T) {
	t.Parallel()
	var made atomic.Int32
	pages := newShelf(PublicConfig{}).Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		made.Add(1)
		if r.Method == http.MethodPost && r.Header.Get("Cookie") == "" {
			t.Error("a form lost its cookie")
		}
	}))
	for range 2 {
		show(pages, "/", func(r *http.Request) { r.Method = http.MethodPost; r.Header.Set("Cookie", "a=b") })
	}
	if made.Load() != 2 {
		t.Errorf("two forms were handled %d times", made.Load())
	}
}
