package web

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/platform/telemetry"
)

// BenchmarkThroughput compares a public page of 20 KB, through everything that a page goes through, with a file of that
// size from http.FileServer. The client is as cheap as can be, since it shares the machine.
func BenchmarkThroughput(b *testing.B) {
	folder := b.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "page.html"), html[:20_000], 0o600); err != nil {
		b.Fatal(err)
	}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()

	shop := func(log *slog.Logger) http.Handler {
		pages := NewPublicPages(PublicConfig{Metrics: prometheus.NewRegistry()})
		mux := http.NewServeMux()
		mux.Handle("GET /page.html", pages.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(html[:20_000])
		})))
		site := Site{URL: mustURL(b, "http://localhost:8080"), TokenKey: []byte("key")}
		return Edge{Log: log, Metrics: prometheus.NewRegistry()}.Handler(site.Handler(mux))
	}
	for name, handler := range map[string]http.Handler{
		"FileServer":   http.FileServer(http.Dir(folder)),
		"Shop":         shop(telemetry.NewLogger(log, slog.LevelInfo)),
		"Shop, no log": shop(slog.New(slog.DiscardHandler)),
	} {
		b.Run(name, func(b *testing.B) {
			server := httptest.NewServer(handler)
			defer server.Close()
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				conn, err := net.DialTimeout("tcp", server.Listener.Addr().String(), time.Second)
				if err != nil {
					b.Error(err)
					return
				}
				defer conn.Close()
				from := bufio.NewReaderSize(conn, 64<<10)
				for pb.Next() {
					if err := exchangeRaw(conn, from); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

var rawRequest = []byte("GET /page.html HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: bench\r\nAccept: text/html\r\n\r\n")

func exchangeRaw(conn net.Conn, from *bufio.Reader) error {
	if _, err := conn.Write(rawRequest); err != nil {
		return err
	}
	length := 0
	for {
		line, err := from.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if len(line) > 16 && string(line[:16]) == "Content-Length: " {
			if length, err = strconv.Atoi(string(line[16 : len(line)-2])); err != nil {
				return err
			}
		}
	}
	if length != 20_000 {
		return io.ErrUnexpectedEOF
	}
	_, err := from.Discard(length)
	return err
}

// discard is a ResponseWriter that costs nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) WriteHeader(int)             {}
func (d discard) Write(p []byte) (int, error) { return len(p), nil }

var html = []byte(strings.Repeat(`<li class="card"><a href="/products/tea">Tea</a> <span class="price">4,99 €</span></li>`, 230))

func BenchmarkPublicPageHit(b *testing.B) {
	pages := NewPublicPages(PublicConfig{Lifetime: time.Hour}).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(html) }))
	r := httptest.NewRequest(http.MethodGet, "/categories/tea", nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	b.ReportAllocs()
	for b.Loop() {
		pages.ServeHTTP(discard{http.Header{}}, r)
	}
}

func BenchmarkPublicPageFill(b *testing.B) {
	pages := NewPublicPages(PublicConfig{Lifetime: time.Nanosecond}).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(html) }))
	r := httptest.NewRequest(http.MethodGet, "/categories/tea", nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	b.ReportAllocs()
	for b.Loop() {
		pages.ServeHTTP(discard{http.Header{}}, r)
	}
}

func BenchmarkCompress(b *testing.B) {
	for _, e := range []encoding{gzipped, brotlied} {
		b.Run(e.header(), func(b *testing.B) {
			var out bytes.Buffer
			for b.Loop() {
				out.Reset()
				w := once.take(e, &out)
				_, _ = w.Write(html)
				_ = w.Close()
				once.give(e, w)
			}
		})
	}
}
