package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"
)

// No answer takes more memory or disk than was allowed for it, whether it announces its size, hides it, or packs it.
func TestSizeLimit(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write(make([]byte, 1<<20))
	_ = writer.Close()
	in := newInternet(t, Config{}, names{"example.com": {{somewhere}}}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/announced":
			_, _ = w.Write(make([]byte, 2000))
		case "/streamed":
			for range 2000 {
				if _, err := w.Write([]byte{0}); err != nil {
					return
				}
				w.(http.Flusher).Flush()
			}
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed.Bytes())
		case "/exact":
			_, _ = w.Write(make([]byte, 1000))
		}
	})
	for _, path := range []string{"/announced", "/streamed", "/packed"} {
		limit := int64(1000)
		if path == "/packed" {
			limit = int64(packed.Len()) + 1 // small enough as it travels
		}
		content, _, err := in.Bytes(t.Context(), "https://example.com"+path, limit)
		if !errors.Is(err, ErrTooLarge) || content != nil {
			t.Errorf("%s: %d bytes, %v", path, len(content), err)
		}
	}
	content, _, err := in.Bytes(t.Context(), "https://example.com/exact", 1000)
	if err != nil || len(content) != 1000 {
		t.Errorf("exactly the limit: %d bytes, %v", len(content), err)
	}
}

// A server that never finishes its head or its body holds nobody up.
func TestTimeLimit(t *testing.T) {
	t.Parallel()
	in := newInternet(t, Config{}, names{"example.com": {{somewhere}}}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			_, _ = io.WriteString(w, "half")
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	})
	if _, err := in.Do(t.Context(), Request{URL: "https://example.com/head", Timeout: 100 * time.Millisecond}); !errors.Is(err, ErrTimeout) {
		t.Errorf("head: %v", err)
	}
	answer, err := in.Do(t.Context(), Request{URL: "https://example.com/body", Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(answer.Body)
	if string(content) != "half" || !errors.Is(err, ErrTimeout) {
		t.Errorf("body: %q, %v", content, err)
	}
	_ = answer.Body.Close()

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := in.Do(ctx, Request{URL: "https://example.com/head"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled by the caller: %v", err)
	}
}
