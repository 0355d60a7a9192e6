package web

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/telemetry"
)

// bodyLimit is more than any form or call brings; uploads say so: see LongRequest.
const bodyLimit = 2 << 20

const requestIDHeader = "X-Request-Id"

// Edge is what every request to a public port goes through, pages and calls alike: it gets an id and a trace, its
// visitor's address, a limit on its body, a line in the log, and an answer even when a handler panics.
type Edge struct {
	// Proxies may say who the visitor is, which request this is and which trace it belongs to. Nobody else may.
	Proxies Proxies
	// ProxiesOnly refuses whoever comes past the proxies.
	ProxiesOnly bool
	// BodyLimit is how many bytes a request may bring: 2 MiB.
	BodyLimit int64
	Log       *slog.Logger
	Metrics   prometheus.Registerer
}

// Handler wraps all of a public port.
func (e Edge) Handler(next http.Handler) http.Handler {
	e.BodyLimit = cmp.Or(e.BodyLimit, bodyLimit)
	e.Log = cmp.Or(e.Log, slog.Default())
	requests := newRequestMetrics(e.Metrics)
	tracer := otel.Tracer("web")

	return http.HandlerFunc(func(plain http.ResponseWriter, r *http.Request) {
		start := clock.Running()
		w := wrap(plain)
		client, viaProxy := e.Proxies.client(r)
		visit := &visit{client: client}
		ctx := r.Context()
		given := ""
		if viaProxy {
			given = r.Header.Get(requestIDHeader)
			ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
		}
		requestID := requestID(given)
		ctx = telemetry.WithRequestID(context.WithValue(ctx, visitKey{}, visit), requestID)
		ctx, span := tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer))

		r = r.WithContext(ctx)
		dropForwarding(r.Header)
		r.Header[requestIDHeader] = []string{requestID} // calls take it from here
		w.Header()[requestIDHeader] = []string{requestID}
		r.Body = &limitedBody{original: r.Body, ReadCloser: http.MaxBytesReader(w, r.Body, e.BodyLimit)}

		defer func() {
			abort := e.afterPanic(ctx, w, recover())
			e.finish(ctx, r, w, span, requests, clock.Running()-start)
			if abort {
				panic(http.ErrAbortHandler)
			}
		}()
		if e.ProxiesOnly && !viaProxy {
			http.Error(w, "This address is not open to the public.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// afterPanic answers in the handler's place, or reports that the connection must be cut because half an answer is out.
func (e Edge) afterPanic(ctx context.Context, w *writer, panicked any) (abort bool) {
	switch panicked {
	case nil:
		return false
	case http.ErrAbortHandler: // the handler's own way to cut the connection
		return true
	}
	e.Log.ErrorContext(ctx, "panic", "panic", panicked, "stack", string(debug.Stack()))
	if w.status != 0 {
		return true
	}
	w.Header().Set("Cache-Control", noStore)
	http.Error(w, "Something went wrong on our side. Request "+telemetry.RequestID(ctx), http.StatusInternalServerError)
	return false
}

// finish puts the request into metrics, trace and log.
func (e Edge) finish(ctx context.Context, r *http.Request, w *writer, span trace.Span, requests requestMetrics, took time.Duration) {
	visit, status := visitOf(ctx), w.statusOr200()
	route := cmp.Or(visit.route, r.Pattern, "none")
	requests.observe(route, r.Method, status, took)
	if span.IsRecording() {
		span.SetName(r.Method + " " + route)
		span.SetAttributes(attribute.Int("http.response.status_code", status))
	}
	span.End()
	e.Log.LogAttrs(ctx, slog.LevelInfo, "request",
		slog.String("method", r.Method), slog.String("path", loggedPath(r.URL.Path, route)), slog.String("route", route),
		slog.Int("status", status), slog.Int64("bytes", w.bytes),
		slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("client", visit.client.String()))
}

// longestLogged is longer than what names products and pages, and shorter than what opens something by itself.
const longestLogged = 48

// loggedPath is a path without what may open something: signed links, and anything as long as one. The query, which may
// hold what a visitor typed, is never logged.
func loggedPath(path, route string) string {
	if strings.Contains(route, "{signed}") || strings.Contains(route, "{token}") {
		return route
	}
	if len(path) <= longestLogged {
		return path
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if len(segment) > longestLogged {
			segments[i] = segment[:8] + "…"
		}
	}
	return strings.Join(segments, "/")
}

// requestID is the id that a trusted proxy gave, if it looks like one, or a new one.
func requestID(given string) string {
	if given == "" || len(given) > 64 || strings.ContainsFunc(given, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return id.New()
	}
	return given
}

// limitedBody is a request's body with its limit, and the body itself for routes that may take more.
type limitedBody struct {
	io.ReadCloser
	original io.ReadCloser
}

// LongRequest lets a route take a larger body and more time than others: uploads, and answers that take long to make.
func LongRequest(limit int64, patience time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		deadline, _ := ctx.Deadline()
		control := http.NewResponseController(w)
		_ = control.SetReadDeadline(deadline) // where the transport has none, nothing needs to be moved
		_ = control.SetWriteDeadline(deadline)
		r = r.WithContext(ctx)
		if body, ok := r.Body.(*limitedBody); ok {
			r.Body = &limitedBody{original: body.original, ReadCloser: http.MaxBytesReader(w, body.original, limit)}
		}
		next.ServeHTTP(w, r)
	})
}

type requestMetrics struct{ seconds *prometheus.HistogramVec }

func newRequestMetrics(registry prometheus.Registerer) requestMetrics {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_request_duration_seconds",
		Help:    "Time to answer a request, by route, method and class of status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"route", "method", "status"})
	if registry != nil {
		registry.MustRegister(seconds)
	}
	return requestMetrics{seconds}
}

func (m requestMetrics) observe(route, method string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch:
	default:
		method = "other" // visitors make methods up
	}
	class := strconv.Itoa(status/100) + "xx"
	m.seconds.WithLabelValues(route, method, class).Observe(took.Seconds())
}
