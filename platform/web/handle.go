package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"connectrpc.com/connect/v2"

	"github.com/tradewind-commerce/tradewind/platform/telemetry"
)

// Problem is what a visitor is told when a page cannot be shown.
type Problem struct {
	Status int
	// Message is in words for the visitor, where the cause had some; it may be empty.
	Message string
	// RequestID leads to the log line. Only failures on our side have one.
	RequestID string
	// RetryAfter is when to try again, where that may help.
	RetryAfter time.Duration
}

// Error makes Problem an error, so that a handler can end with one: return web.Problem{Status: http.StatusNotFound}.
func (p Problem) Error() string {
	return fmt.Sprintf("%d %s: %s", p.Status, http.StatusText(p.Status), p.Message)
}

// NotFound ends a handler whose page does not exist.
var NotFound error = Problem{Status: http.StatusNotFound}

// ProblemPage shows a problem: it writes the status and a page, or for 401 perhaps leads to the login. Nil shows plain text.
type ProblemPage func(w http.ResponseWriter, r *http.Request, problem Problem)

// Handle serves a page by a function that may fail. A failure that has not been answered yet is shown as a problem; one
// that nobody could expect is logged, once, here. A panic is such a failure.
func Handle(page func(w http.ResponseWriter, r *http.Request) error, show ProblemPage) http.Handler {
	return http.HandlerFunc(func(plain http.ResponseWriter, r *http.Request) {
		w := &writer{ResponseWriter: plain} // its own, to know whether this page has answered
		err := run(page, w, r)
		if err == nil {
			return
		}
		problem, expected := problemOf(r.Context(), err)
		if !expected {
			slog.ErrorContext(r.Context(), "page failed", "method", r.Method, "route", r.Pattern, "error", err)
		}
		switch {
		case w.status != 0 && expected: // the page has said so itself
		case w.status != 0:
			panic(http.ErrAbortHandler) // half a page is out; cut the connection rather than end it as if it were whole
		case problem.Status == statusClientLeft:
			w.WriteHeader(statusClientLeft)
		default:
			show.show(w, r, problem)
		}
	})
}

func run(page func(w http.ResponseWriter, r *http.Request) error, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if panicked := recover(); panicked == http.ErrAbortHandler {
			panic(panicked)
		} else if panicked != nil {
			err = fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
		}
	}()
	return page(w, r)
}

// statusClientLeft stands in logs and metrics for visitors who did not wait.
const statusClientLeft = 499

const (
	retryLimited = 10 * time.Second // after 429
	retryBusy    = 2 * time.Second  // after 503
)

// problemOf translates an error, and says whether it is one that a shop in good order meets.
func problemOf(ctx context.Context, err error) (problem Problem, expected bool) {
	problem, expected = classify(ctx, err)
	switch {
	case problem.Status == http.StatusTooManyRequests && problem.RetryAfter == 0:
		problem.RetryAfter = retryLimited
	case problem.Status == http.StatusServiceUnavailable && problem.RetryAfter == 0:
		problem.RetryAfter = retryBusy
	}
	if problem.Status >= 500 {
		problem.RequestID = telemetry.RequestID(ctx)
	}
	return problem, expected
}

func classify(ctx context.Context, err error) (problem Problem, expected bool) {
	var tooLarge *http.MaxBytesError
	var failure *connect.Error
	switch {
	case errors.As(err, &problem):
		return problem, problem.Status < 500
	case errors.As(err, &tooLarge):
		return Problem{Status: http.StatusRequestEntityTooLarge, Message: "This is too large to send."}, true
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return Problem{Status: statusClientLeft}, true
	case errors.As(err, &failure):
		status, known := statuses[failure.Code()]
		switch {
		case !known:
			return Problem{Status: http.StatusInternalServerError}, false
		case status == statusClientLeft && ctx.Err() == nil: // somebody else gave up, not our visitor
			return Problem{Status: http.StatusServiceUnavailable}, false
		case status >= 500:
			return Problem{Status: status}, false
		}
		return Problem{Status: status, Message: failure.Message()}, true
	case errors.Is(err, context.DeadlineExceeded):
		return Problem{Status: http.StatusServiceUnavailable}, false
	}
	return Problem{Status: http.StatusInternalServerError}, false
}

// statuses are those of failures that callees mean; all other codes are failures on our side.
var statuses = map[connect.Code]int{
	connect.CodeCanceled:           statusClientLeft,
	connect.CodeNotFound:           http.StatusNotFound,
	connect.CodeOutOfRange:         http.StatusNotFound, // a page beyond the last
	connect.CodeFailedPrecondition: http.StatusConflict,
	connect.CodeAlreadyExists:      http.StatusConflict,
	connect.CodeAborted:            http.StatusConflict,
	connect.CodeInvalidArgument:    http.StatusUnprocessableEntity,
	connect.CodeUnauthenticated:    http.StatusUnauthorized,
	connect.CodePermissionDenied:   http.StatusForbidden,
	connect.CodeResourceExhausted:  http.StatusTooManyRequests,
	connect.CodeUnavailable:        http.StatusServiceUnavailable,
	connect.CodeDeadlineExceeded:   http.StatusServiceUnavailable,
}

func (show ProblemPage) show(w http.ResponseWriter, r *http.Request, problem Problem) {
	if problem.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(problem.RetryAfter.Seconds())))
	}
	if show != nil {
		show(w, r, problem)
		return
	}
	text := http.StatusText(problem.Status)
	if problem.Message != "" {
		text = problem.Message
	}
	if problem.RequestID != "" {
		text += "\nRequest " + problem.RequestID
	}
	http.Error(w, text, problem.Status)
}

// Page is what a template makes; every templ component is one.
type Page interface {
	Render(ctx context.Context, w io.Writer) error
}

var pageBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const largestPooled = 1 << 20

// Render writes a page, whole or not at all: a template that fails half-way is an error and nothing is sent.
func Render(w http.ResponseWriter, r *http.Request, status int, page Page) error {
	buffer := pageBuffers.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= largestPooled {
			buffer.Reset()
			pageBuffers.Put(buffer)
		}
	}()
	if err := page.Render(r.Context(), buffer); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	header := w.Header()
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "text/html; charset=utf-8")
	}
	header.Set("Content-Length", strconv.Itoa(buffer.Len()))
	w.WriteHeader(status)
	_, err := w.Write(buffer.Bytes())
	if err != nil && r.Context().Err() != nil {
		return nil // the visitor left
	}
	return err
}
