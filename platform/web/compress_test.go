package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

func TestNegotiate(t *testing.T) {
	t.Parallel()
	for accepted, want := range map[string]encoding{
		"":                                identity,
		"gzip, deflate, br, zstd":         brotlied,
		"gzip, deflate":                   gzipped,
		"GZIP":                            gzipped,
		"br;q=0.5, gzip;q=0.8":            gzipped,
		"br;q=0.8,gzip;q=0.8":             brotlied,
		"br;q=0, gzip; q=0.1":             gzipped,
		"gzip;q=0":                        identity,
		"*":                               brotlied,
		"*;q=0":                           identity,
		"br;q=0, *":                       gzipped,
		"identity":                        identity,
		"deflate, sdch":                   identity,
		"br;q=nonsense, gzip;q=-1":        identity,
		"gzip;q=1.0, identity; q=0.5":     gzipped,
		strings.Repeat("x,", 4000) + "br": brotlied,
	} {
		if got := negotiate(http.Header{"Accept-Encoding": {accepted}}); got != want {
			t.Errorf("%.40q: %q, want %q", accepted, got.header(), want.header())
		}
	}
}

func TestCompress(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("<li>tea</li>", 1000)
	write := func(text string, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			for _, part := range strings.SplitAfter(text, "tea") { // in many small writes
				_, _ = io.WriteString(w, part)
			}
		}
	}
	tests := map[string]struct {
		page   http.HandlerFunc
		packed bool
	}{
		"a page":            {write(long, "Content-Type", "text/html"), true},
		"of unknown type":   {write("<html>" + long), true},
		"with a length":     {write(long, "Content-Length", "12000"), true},
		"JSON":              {write(long, "Content-Type", "application/problem+json"), true},
		"short":             {write("<html>tea"), false},
		"a picture":         {write(long, "Content-Type", "image/png"), false},
		"a drawing":         {write(long, "Content-Type", "image/svg+xml"), true},
		"packed already":    {write(long, "Content-Encoding", "zstd", "Content-Type", "text/html"), false},
		"part of a file":    {write(long, "Content-Range", "bytes 0-1/2", "Content-Type", "text/html"), false},
		"not to be changed": {write(long, "Cache-Control", "no-transform", "Content-Type", "text/html"), false},
		"events":            {write(long, "Content-Type", "text/event-stream"), false},
	}
	for name, tc := range tests {
		plain := httptest.NewRecorder()
		tc.page(plain, httptest.NewRequest(http.MethodGet, "/", nil))
		for _, e := range []encoding{identity, gzipped, brotlied} {
			answer := show(Compress(tc.page), "/", with("Accept-Encoding", e.header()))
			want := plain.Header().Get("Content-Encoding")
			if tc.packed {
				want = e.header()
			}
			if got := answer.Header().Get("Content-Encoding"); got != want {
				t.Errorf("%s for %q: sent as %q, want %q", name, e.header(), got, want)
			}
			if got := unpack(t, answer); got != plain.Body.String() {
				t.Errorf("%s for %q: %d bytes became %d", name, e.header(), plain.Body.Len(), len(got))
			}
			if tc.packed && (answer.Header().Get("Vary") != "Accept-Encoding" || e != identity && answer.Header().Get("Content-Length") != "") {
				t.Errorf("%s for %q: %v", name, e.header(), answer.Header())
			}
		}
	}
}

// Statuses, empty answers and tags survive.
func TestCompressKeepsTheAnswer(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("<li>tea</li>", 1000)
	for status, body := range map[int]string{200: "", 204: "", 304: "", 303: "", 404: long, 500: "short"} {
		answer := show(Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Etag", `"strong"`)
			w.WriteHeader(status)
			w.WriteHeader(http.StatusTeapot) // is too late
			if body != "" {
				_, _ = io.WriteString(w, body)
			}
		})), "/", with("Accept-Encoding", "br"))
		if answer.Code != status || unpackOrEmpty(t, answer) != body {
			t.Errorf("%d: answered %d with %d bytes", status, answer.Code, answer.Body.Len())
		}
		if want := map[bool]string{true: `W/"strong"`, false: `"strong"`}[body == long]; answer.Header().Get("Etag") != want {
			t.Errorf("%d: Etag %s", status, answer.Header().Get("Etag"))
		}
	}
}

func unpackOrEmpty(t *testing.T, answer *httptest.ResponseRecorder) string {
	if answer.Body.Len() == 0 {
		return ""
	}
	return unpack(t, answer)
}

// What is flushed arrives, packed or not.
func TestCompressFlushes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ accepted, kind string }{{"gzip", "text/html"}, {"gzip", "text/event-stream"}, {"br", "text/event-stream"}} {
		read := make(chan struct{})
		server := httptest.NewServer(Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", tc.kind)
			_, _ = io.WriteString(w, "first")
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			<-read
			_, _ = io.WriteString(w, "second")
		})))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", tc.accepted)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 5)
		if _, err := io.ReadFull(response.Body, first); err != nil || string(first) != "first" {
			t.Errorf("%v: %q, %v", tc, first, err)
		}
		close(read)
		if rest, err := io.ReadAll(response.Body); err != nil || string(rest) != "second" {
			t.Errorf("%v: %q, %v", tc, rest, err)
		}
		response.Body.Close()
		server.Close()
	}
}

// A page that panics has not answered, so that somebody else can.
func TestCompressLeavesPanicsOpen(t *testing.T) {
	t.Parallel()
	answer := httptest.NewRecorder()
	w := wrap(answer)
	func() {
		defer func() { _ = recover() }()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", "br")
		Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "beginning")
			panic("halfway")
		})).ServeHTTP(w, r)
	}()
	if w.status != 0 || answer.Body.Len() != 0 {
		t.Errorf("sent %d %q", w.status, answer.Body)
	}
}

// Encoders that are used again never mix two visitors' pages.
func TestCompressIsSafeForManyVisitors(t *testing.T) {
	t.Parallel()
	page := Compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, strings.Repeat(r.URL.Path, 1000))
	}))
	var visitors sync.WaitGroup
	for i := range 8 {
		visitors.Go(func() {
			path := "/" + strings.Repeat(string(rune('a'+i)), i+1)
			for n := range 50 {
				if got := unpack(t, show(page, path, with("Accept-Encoding", []string{"br", "gzip"}[n%2]))); got != strings.Repeat(path, 1000) {
					t.Errorf("%s: another page", path)
					return
				}
			}
		})
	}
	visitors.Wait()
}
