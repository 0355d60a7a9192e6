package web

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/telemetry"
)

// PageLifetime is how long a process shows a page without making it again, unless told otherwise. A change must be seen within a second,
// and needs some of it to reach the read model.
const PageLifetime = 300 * time.Millisecond

// PublicConfig says how public pages are shared. Zero values mean the defaults given here.
type PublicConfig struct {
	// Lifetime is how long this process shows a page without making it again: PageLifetime.
	Lifetime time.Duration
	// EdgeLifetime is how long a CDN may, unless it is told that the page changed: 60 s.
	EdgeLifetime time.Duration
	// FillTimeout is how long making a page may take: 5 s.
	FillTimeout time.Duration
	// Memory is how many bytes of pages are kept: 8 MiB, some hundreds of pages with their encodings.
	Memory int64
	// Host is what handlers see as the request's host, whatever the visitor's said.
	Host string
	// Keep copies what a page needs from the visitor's context to the page's, which is empty otherwise. It may copy only
	// what follows from the path, such as the market; anything else would show one visitor's page to another.
	Keep    func(page, visitor context.Context) context.Context
	Metrics prometheus.Registerer
}

// PublicPages makes each public page at most once at a time and shows it to everyone who asks within its lifetime.
//
// A public page follows from its path and its known query parameters alone. Its handler therefore gets a request
// without headers, cookies or address, and a context that holds no more than request id, trace and consistency token.
type PublicPages struct {
	cfg   PublicConfig
	store pageStore

	found, gone []string // Cache-Control
	asked       *prometheus.CounterVec
}

// NewPublicPages makes an empty store.
func NewPublicPages(cfg PublicConfig) *PublicPages {
	cfg.Lifetime = cmp.Or(cfg.Lifetime, PageLifetime)
	cfg.EdgeLifetime = cmp.Or(cfg.EdgeLifetime, time.Minute)
	cfg.FillTimeout = cmp.Or(cfg.FillTimeout, 5*time.Second)
	cfg.Memory = cmp.Or(cfg.Memory, 8<<20)
	p := &PublicPages{
		cfg:   cfg,
		store: newPageStore(cfg.Lifetime, cfg.Memory),
		found: []string{edgeControl(cfg.EdgeLifetime)},
		gone:  []string{edgeControl(min(cfg.EdgeLifetime, 10*time.Second))}, // it may appear
		asked: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "public_pages_total",
			Help: "Public pages shown: hit, stale while another request makes it anew, or miss.",
		}, []string{"result"}),
	}
	if cfg.Metrics != nil {
		cfg.Metrics.MustRegister(p.asked)
	}
	return p
}

// edgeControl lets browsers keep a page only to ask whether it changed. A CDN may show an old page while it gets the new
// one, and for an hour when the shop does not answer.
func edgeControl(life time.Duration) string {
	return fmt.Sprintf("public, max-age=0, s-maxage=%d, stale-while-revalidate=60, stale-if-error=3600", int(life.Seconds()))
}

// Handler shares the pages that next makes. The query parameters are those that change the page; all others are dropped
// and count as not there. A name that ends in * stands for all that begin so; "*" alone for all.
//
// Pages with status 200, 301, 404 and 410 are kept. One that sets a cookie or a private Cache-Control is shown to its visitor
// alone. Surrogate-Key goes along as it is, so that a CDN can be told what changed.
func (p *PublicPages) Handler(next http.Handler, parameters ...string) http.Handler {
	known := newParameters(parameters)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		query := known.normal(r.URL)
		key := pathOf(r)
		if query != "" {
			key += "?" + query
		}
		visitor := reader{token: postgres.Token(r.Context()), issued: issued(r.Context())}
		for {
			answer, flight, leads := p.store.find(key, visitor)
			switch {
			case answer != nil:
				p.count(flight)
				answer.serve(w, r)
				return
			case leads:
				p.asked.WithLabelValues("miss").Inc()
				p.lead(next, r, key, query, flight).serve(w, r)
				return
			}
			select {
			case <-flight.done:
			case <-r.Context().Done():
				return
			}
			switch answer := flight.answer; {
			case !answer.shared:
				p.asked.WithLabelValues("miss").Inc()
				p.fill(next, r, query, visitor.token).serve(w, r)
				return
			case visitor.satisfiedBy(flight.token, flight.began):
				p.asked.WithLabelValues("hit").Inc()
				answer.serve(w, r)
				return
			}
		}
	})
}

// lead makes the page that others wait for, and lets them go whatever happens to it.
func (p *PublicPages) lead(next http.Handler, r *http.Request, key, query string, flight *flight) (made *answer) {
	made = &answer{status: http.StatusInternalServerError}
	defer func() { p.store.land(key, flight, made) }()
	return p.fill(next, r, query, flight.token)
}

func (p *PublicPages) count(flight *flight) {
	if flight != nil {
		p.asked.WithLabelValues("stale").Inc()
		return
	}
	p.asked.WithLabelValues("hit").Inc()
}

// fill makes a page. It is made to the end even if the visitor leaves, because others wait for it.
func (p *PublicPages) fill(next http.Handler, visitor *http.Request, query string, token postgres.LSN) *answer {
	ctx, cancel := context.WithTimeout(p.contextFor(visitor.Context(), token), p.cfg.FillTimeout)
	defer cancel()
	r := visitor.WithContext(ctx) // keeps the values in its path
	r.Method = http.MethodGet
	r.URL = &url.URL{Path: visitor.URL.Path, RawPath: visitor.URL.RawPath, RawQuery: query}
	r.Header = http.Header{}
	r.Host, r.RemoteAddr, r.RequestURI = p.cfg.Host, "", ""
	r.Body, r.ContentLength, r.TransferEncoding, r.Trailer, r.TLS = http.NoBody, 0, nil, nil, nil
	r.Form, r.PostForm, r.MultipartForm = nil, nil, nil

	made := &capture{header: http.Header{}}
	if !runFill(ctx, next, made, r) {
		made = &capture{header: http.Header{}}
		http.Error(made, "Something went wrong on our side. Request "+telemetry.RequestID(ctx), http.StatusInternalServerError)
	}
	return p.newAnswer(ctx, made)
}

func (p *PublicPages) contextFor(visitor context.Context, token postgres.LSN) context.Context {
	page := telemetry.WithRequestID(context.Background(), telemetry.RequestID(visitor))
	page = trace.ContextWithSpan(page, trace.SpanFromContext(visitor))
	if p.cfg.Keep != nil {
		page = p.cfg.Keep(page, visitor)
	}
	return postgres.WithToken(page, token)
}

func runFill(ctx context.Context, next http.Handler, w http.ResponseWriter, r *http.Request) (finished bool) {
	defer func() {
		if panicked := recover(); panicked != nil && panicked != http.ErrAbortHandler {
			slog.ErrorContext(ctx, "panic", "panic", panicked, "stack", string(debug.Stack()))
		}
	}()
	next.ServeHTTP(w, r)
	return true
}

// pathOf is the path that the visitor asked for, also where a handler in between has cut a prefix, such as the market's.
func pathOf(r *http.Request) string {
	if path, _, _ := strings.Cut(r.RequestURI, "?"); strings.HasPrefix(path, "/") {
		return path
	}
	return r.URL.EscapedPath()
}

// reader is what a visitor has written or seen, and so must be shown.
type reader struct {
	token  postgres.LSN
	issued time.Time
}

// satisfiedBy reports whether a page shows all that the visitor must see: it was read at their position or a later one,
// or so long after they wrote that every server had it.
func (v reader) satisfiedBy(token postgres.LSN, began time.Time) bool {
	return v.token <= token || !v.issued.IsZero() && began.Sub(v.issued) > postgres.MostLag
}

func (p *PublicPages) newAnswer(ctx context.Context, made *capture) *answer {
	a := &answer{status: cmp.Or(made.status, http.StatusOK), header: made.header, shared: true}
	control := made.header.Get("Cache-Control")
	private := strings.Contains(control, "private") || strings.Contains(control, "no-store")
	if len(made.header["Set-Cookie"]) > 0 {
		slog.ErrorContext(ctx, "a public page set a cookie; it is not shared", "cookies", len(made.header["Set-Cookie"]))
		private = true
	}
	switch {
	case private:
		a.shared = false
		a.header["Cache-Control"] = []string{noStore}
	case a.status == http.StatusOK, a.status == http.StatusMovedPermanently:
		a.kept = true
		a.header["Cache-Control"] = p.found
	case a.status == http.StatusNotFound, a.status == http.StatusGone:
		a.kept = true
		a.header["Cache-Control"] = p.gone
	default:
		a.header["Cache-Control"] = []string{noStore}
	}
	a.finish(made.body)
	return a
}
