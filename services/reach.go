package services

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"connectrpc.com/connect/v2"

	healthv1 "github.com/tradewind-commerce/tradewind/gen/grpc/health/v1"
	"github.com/tradewind-commerce/tradewind/gen/grpc/health/v1/healthv1connect"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

const (
	// reachTimeout is how long a start waits for strangers that may be starting as well.
	reachTimeout = 5 * time.Second
	reachEvery   = 100 * time.Millisecond
	tryTimeout   = 2 * time.Second
)

// Reach fails with one line when the mail server or the payment provider that services of this process would need does not answer. A
// shop whose settings are wrong should say so when it starts, not when the first shopper pays. Later on it lives without either.
func (s *Settings) Reach(ctx context.Context) error {
	if s.Serves("event") && s.SMTPURL != "" {
		server, err := url.Parse(s.SMTPURL.Reveal())
		if err != nil {
			return errors.New("SMTP_URL is no URL such as smtp://user:password@host:587?from=shop@example.com")
		}
		port := server.Port()
		switch {
		case port != "":
		case server.Scheme == "smtps":
			port = "465"
		default:
			port = "25"
		}
		address := net.JoinHostPort(server.Hostname(), port)
		err = reach(ctx, func(ctx context.Context) error {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
			if err == nil {
				_ = conn.Close()
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("cannot reach the mail server at %s (SMTP_URL): %w", address, err)
		}
	}
	if s.Serves("payment") && s.SandboxURL != "" {
		err := reach(ctx, func(ctx context.Context) error {
			request, err := http.NewRequestWithContext(ctx, http.MethodHead, s.SandboxURL, nil)
			if err != nil {
				return err
			}
			answer, err := http.DefaultClient.Do(request)
			if err == nil {
				_ = answer.Body.Close() // whatever it answers, it is there
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("cannot reach the payment sandbox (SANDBOX_URL): %w", err)
		}
	}
	return nil
}

// reach tries for a while.
func reach(ctx context.Context, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	for {
		trying, done := context.WithTimeout(ctx, tryTimeout)
		err := try(trying)
		done()
		if err == nil {
			return nil
		}
		select {
		case <-time.After(reachEvery):
		case <-ctx.Done():
			return err
		}
	}
}

// Reached says whether every one of these URLs serves, until each has once: processes start in any order, so nobody stops for another, but
// one that never found the others must not be sent visitors. Later the pages say what does not answer.
func Reached(urls map[string]string) func(context.Context) error {
	client := newCaller()
	var found atomic.Bool
	return func(ctx context.Context) error {
		if found.Load() {
			return nil
		}
		for _, at := range slices.Compact(slices.Sorted(maps.Values(urls))) {
			health := healthv1connect.NewHealthClient(connect.NewClient(rpc.NewTransport(client, at)))
			answer, err := health.Check(ctx, &healthv1.HealthCheckRequest{})
			if err != nil {
				return fmt.Errorf("the services at %s (SERVICE_URLS) do not answer: %w", at, err)
			}
			if answer.GetStatus() != healthv1.HealthCheckResponse_SERVING {
				return fmt.Errorf("the services at %s (SERVICE_URLS) are not ready", at)
			}
		}
		found.Store(true)
		return nil
	}
}
