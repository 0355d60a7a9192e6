package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	"github.com/tradewind-commerce/tradewind/platform/telemetry"
)

// Each failure has its status, and only words that were meant for a visitor reach one.
func TestFailuresBecomeStatuses(t *testing.T) {
	t.Parallel()
	coded := func(code connect.Code) error { return connect.NewError(code, "words").WithCause(errors.New("canary")) }
	tests := map[string]struct {
		err        error
		want       Problem
		unexpected bool
	}{
		"not found":           {err: coded(connect.CodeNotFound), want: Problem{Status: 404, Message: "words"}},
		"beyond the end":      {err: coded(connect.CodeOutOfRange), want: Problem{Status: 404, Message: "words"}},
		"wrong state":         {err: coded(connect.CodeFailedPrecondition), want: Problem{Status: 409, Message: "words"}},
		"exists":              {err: coded(connect.CodeAlreadyExists), want: Problem{Status: 409, Message: "words"}},
		"changed meanwhile":   {err: coded(connect.CodeAborted), want: Problem{Status: 409, Message: "words"}},
		"invalid":             {err: coded(connect.CodeInvalidArgument), want: Problem{Status: 422, Message: "words"}},
		"not signed in":       {err: coded(connect.CodeUnauthenticated), want: Problem{Status: 401, Message: "words"}},
		"not allowed":         {err: coded(connect.CodePermissionDenied), want: Problem{Status: 403, Message: "words"}},
		"limited":             {err: coded(connect.CodeResourceExhausted), want: Problem{Status: 429, Message: "words", RetryAfter: 10 * time.Second}},
		"wrapped":             {err: fmt.Errorf("load: %w", coded(connect.CodeNotFound)), want: Problem{Status: 404, Message: "words"}},
		"from another server": {err: connect.NewError(connect.CodeNotFound, "words").WithRemote(), want: Problem{Status: 404, Message: "words"}},
		"our own":             {err: Problem{Status: 410, Message: "sold out for good"}, want: Problem{Status: 410, Message: "sold out for good"}},
		"NotFound":            {err: NotFound, want: Problem{Status: 404}},
		"too large":           {err: fmt.Errorf("form: %w", &http.MaxBytesError{Limit: 1}), want: Problem{Status: 413, Message: "This is too large to send."}},

		"unavailable":      {unexpected: true, err: coded(connect.CodeUnavailable), want: Problem{Status: 503, RequestID: "id-1", RetryAfter: 2 * time.Second}},
		"callee too slow":  {unexpected: true, err: coded(connect.CodeDeadlineExceeded), want: Problem{Status: 503, RequestID: "id-1", RetryAfter: 2 * time.Second}},
		"we are too slow":  {unexpected: true, err: context.DeadlineExceeded, want: Problem{Status: 503, RequestID: "id-1", RetryAfter: 2 * time.Second}},
		"callee gave up":   {unexpected: true, err: coded(connect.CodeCanceled), want: Problem{Status: 503, RequestID: "id-1", RetryAfter: 2 * time.Second}},
		"internal":         {unexpected: true, err: coded(connect.CodeInternal), want: Problem{Status: 500, RequestID: "id-1"}},
		"data loss":        {unexpected: true, err: coded(connect.CodeDataLoss), want: Problem{Status: 500, RequestID: "id-1"}},
		"a program's text": {unexpected: true, err: errors.New("canary"), want: Problem{Status: 500, RequestID: "id-1"}},
	}
	for name, tc := range tests {
		ctx := telemetry.WithRequestID(t.Context(), "id-1")
		got, expected := problemOf(ctx, tc.err)
		if got != tc.want || expected == tc.unexpected {
			t.Errorf("%s: %+v, expected %t; want %+v", name, got, expected, tc.want)
		}

		var shown Problem
		answer := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx)
		Handle(func(http.ResponseWriter, *http.Request) error { return tc.err }, func(w http.ResponseWriter, _ *http.Request, p Problem) {
			shown = p
			w.WriteHeader(p.Status)
		}).ServeHTTP(answer, r)
		retry := ""
		if tc.want.RetryAfter > 0 {
			retry = fmt.Sprint(int(tc.want.RetryAfter.Seconds()))
		}
		if shown != tc.want || answer.Code != tc.want.Status || answer.Header().Get("Retry-After") != retry {
			t.Errorf("%s: shown %+v, answered %d, retry after %q", name, shown, answer.Code, answer.Header().Get("Retry-After"))
		}

		plain := httptest.NewRecorder()
		Handle(func(http.ResponseWriter, *http.Request) error { return tc.err }, nil).ServeHTTP(plain, r)
		if plain.Code != tc.want.Status || strings.Contains(plain.Body.String(), "canary") || tc.want.RequestID != "" && !strings.Contains(plain.Body.String(), "id-1") {
			t.Errorf("%s: plain answer %d %q", name, plain.Code, plain.Body)
		}
	}
}

// Nobody is told anything when nobody waits.
func TestVisitorsWhoLeft(t *testing.T) {
	t.Parallel()
	for _, err := range []error{context.Canceled, connect.NewError(connect.CodeCanceled, "the caller left")} {
		ctx, leave := context.WithCancel(t.Context())
		leave()
		answer := httptest.NewRecorder()
		Handle(func(http.ResponseWriter, *http.Request) error { return err }, func(http.ResponseWriter, *http.Request, Problem) {
			t.Error("a page was made for a visitor who left")
		}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
		if answer.Code != 499 {
			t.Errorf("status = %d", answer.Code)
		}
	}
}

func TestHandlePanics(t *testing.T) {
	t.Parallel()
	answer := httptest.NewRecorder()
	Handle(func(http.ResponseWriter, *http.Request) error { panic("canary") }, nil).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
	if answer.Code != http.StatusInternalServerError || strings.Contains(answer.Body.String(), "canary") {
		t.Errorf("answer = %d %s", answer.Code, answer.Body)
	}

	// Half a page that fails is cut off, not completed with an error in the middle.
	halfway := Handle(func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, "<html>")
		return errors.New("database gone")
	}, nil)
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("half a page ended as if it were whole")
		}
	}()
	halfway.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
}

// A page that has answered by itself, such as a form with its mistakes, is left alone.
func TestAnsweredPagesAreLeftAlone(t *testing.T) {
	t.Parallel()
	answer := httptest.NewRecorder()
	Handle(func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return connect.NewError(connect.CodeInvalidArgument, "words")
	}, func(http.ResponseWriter, *http.Request, Problem) { t.Error("shown twice") }).
		ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/", nil))
	if answer.Code != http.StatusUnprocessableEntity {
		t.Errorf("status = %d", answer.Code)
	}
}

type template func(io.Writer) error

func (render template) Render(_ context.Context, w io.Writer) error { return render(w) }

func TestRenderIsAllOrNothing(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	answer := httptest.NewRecorder()
	err := Render(answer, r, http.StatusNotFound, template(func(w io.Writer) error { _, err := io.WriteString(w, "<p>tea"); return err }))
	if err != nil || answer.Code != 404 || answer.Body.String() != "<p>tea" || answer.Header().Get("Content-Length") != "6" || answer.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("%v: %d %v %s", err, answer.Code, answer.Header(), answer.Body)
	}
	answer = httptest.NewRecorder()
	broken := errors.New("broken")
	err = Render(answer, r, http.StatusOK, template(func(w io.Writer) error { _, _ = io.WriteString(w, "<p>"); return broken }))
	if !errors.Is(err, broken) || answer.Body.Len() != 0 || len(answer.Header()) != 0 {
		t.Errorf("%v: %v %s", err, answer.Header(), answer.Body)
	}
	answer = httptest.NewRecorder()
	if err := Render(answer, r, http.StatusOK, template(func(io.Writer) error { return nil })); err != nil || answer.Body.Len() != 0 {
		t.Errorf("the last page's beginning came again: %q, %v", answer.Body, err)
	}
}
