package services

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// A shop whose mail server or provider does not answer says so when it starts, in one line and without secrets; what comes up a moment
// later is waited for, and what is served elsewhere is nobody's business here.
func TestReach(t *testing.T) {
	t.Parallel()
	there := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(there.Close)
	closed, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	_ = closed.Close()
	for name, tc := range map[string]struct {
		settings Settings
		says     string
	}{
		"all there":            {Settings{SMTPURL: config.Secret("smtp://shop:word@" + there.Listener.Addr().String() + "?from=a@example.com"), SandboxURL: there.URL}, ""},
		"nothing configured":   {Settings{}, ""},
		"no mail server":       {Settings{SMTPURL: config.Secret("smtp://shop:word@" + nobody + "?from=a@example.com")}, "cannot reach the mail server at " + nobody + " (SMTP_URL)"},
		"no provider":          {Settings{SandboxURL: "http://" + nobody}, "cannot reach the payment sandbox (SANDBOX_URL)"},
		"provider's elsewhere": {Settings{SandboxURL: "http://" + nobody, ServiceURLs: map[string]string{"payment": "http://elsewhere"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if tc.says == "" {
				ctx = t.Context()
			}
			err := tc.settings.Reach(ctx)
			if (err == nil) != (tc.says == "") || err != nil && (!strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "word")) {
				t.Errorf("%v, want %q", err, tc.says)
			}
		})
	}
}

// The back office is not ready before it has found the services, and stays so when they go away for a while.
func TestReached(t *testing.T) {
	t.Parallel()
	var ready atomic.Bool
	server := connect.NewServer()
	rpc.RegisterStandard(t.Context(), server, func(context.Context) error {
		if ready.Load() {
			return nil
		}
		return context.DeadlineExceeded
	})
	mux := http.NewServeMux()
	rpc.Mount(mux, server, true)
	services := httptest.NewServer(mux)
	t.Cleanup(services.Close)
	reached := Reached(map[string]string{"*": services.URL, "catalog": services.URL})
	if err := reached(t.Context()); err == nil || !strings.Contains(err.Error(), "not ready") {
		t.Errorf("before the services are ready: %v", err)
	}
	ready.Store(true)
	late := time.After(10 * time.Second) // health is asked about once a second
	for reached(t.Context()) != nil {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-late:
			t.Fatal("never found the services")
		}
	}
	services.Close()
	if err := reached(t.Context()); err != nil {
		t.Errorf("after the services went away: %v", err)
	}
	if err := Reached(map[string]string{"*": services.URL})(t.Context()); err == nil || !strings.Contains(err.Error(), "SERVICE_URLS") {
		t.Errorf("nobody there: %v", err)
	}
}
