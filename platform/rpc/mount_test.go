package rpc

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	healthv1 "github.com/tradewind-commerce/tradewind/gen/grpc/health/v1"
	"github.com/tradewind-commerce/tradewind/gen/grpc/health/v1/healthv1connect"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1/orderv1connect"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// A call that its policy gives more time than the port gives a request is answered all the same, by HTTP/1 and HTTP/2; others keep the
// port's limits.
func TestCallsOutliveThePortsLimits(t *testing.T) {
	t.Parallel()
	const limit = 50 * time.Millisecond
	w := newWorld(t, func(ctx context.Context) error {
		select {
		case <-time.After(5 * limit):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	for name, second := range map[string]bool{"HTTP/1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mux := http.NewServeMux()
			Mount(mux, w.server, false)
			protocols := new(http.Protocols)
			protocols.SetHTTP1(!second)
			protocols.SetUnencryptedHTTP2(second)
			listener := httptest.NewUnstartedServer(mux)
			listener.Config.ReadTimeout, listener.Config.WriteTimeout, listener.Config.Protocols = limit, limit, protocols
			listener.Start()
			t.Cleanup(listener.Close)
			caller := &http.Client{Transport: &http.Transport{Protocols: protocols}}
			client := orderv1connect.NewOrderServiceClient(connect.NewClient(NewTransport(caller, listener.URL), ClientInterceptor(w.identity)))
			if _, err := client.SettlePayment(t.Context(), &orderv1.SettlePaymentRequest{PaymentId: id.New()}); err != nil {
				t.Errorf("a call of 30 s on a port of %s: %v", limit, err)
			}
			if _, err := client.GetOrder(t.Context(), request()); err == nil {
				t.Error("a call of 2 s was given more than the port gives")
			}
		})
	}
}

func healthClient(w world) healthv1connect.HealthClient {
	return healthv1connect.NewHealthClient(connect.NewClient(NewTransport(http.DefaultClient, w.url), ClientInterceptor(nil)))
}

// mounted is the world with its standard services, which the test stops.
func mounted(t *testing.T, ready func(context.Context) error) (healthv1connect.HealthClient, context.CancelFunc) {
	t.Helper()
	w := newWorld(t, func(context.Context) error { return nil })
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	RegisterStandard(ctx, w.server, ready)
	mux := http.NewServeMux()
	Mount(mux, w.server, true)
	listener := httptest.NewServer(mux)
	t.Cleanup(listener.Close)
	w.url = listener.URL
	return healthClient(w), stop
}

// The standard health service knows the services of this process by name, and no others.
func TestHealthKnowsItsServices(t *testing.T) {
	t.Parallel()
	client, _ := mounted(t, func(context.Context) error { return nil })
	for service, want := range map[string]connect.Code{"": 0, orderv1connect.OrderServiceName: 0, "grpc.health.v1.Health": 0, "tradewind.order.v1.NoService": connect.CodeNotFound} {
		answer, err := client.Check(t.Context(), &healthv1.HealthCheckRequest{Service: service})
		if codeOf(err) != want || err == nil && answer.GetStatus() != healthv1.HealthCheckResponse_SERVING {
			t.Errorf("%q: %v, %v", service, answer, err)
		}
	}
	watch, err := client.Watch(t.Context(), &healthv1.HealthCheckRequest{Service: "tradewind.order.v1.NoService"})
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := watch.Receive(); err != nil || answer.GetStatus() != healthv1.HealthCheckResponse_SERVICE_UNKNOWN {
		t.Errorf("a watcher of no service was told %v, %v", answer, err)
	}
}

// Whoever watches is told of each change, and at last that the process stops.
func TestHealthWatch(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	client, stop := mounted(t, func(context.Context) error {
		if broken.Load() {
			return context.DeadlineExceeded
		}
		return nil
	})
	watch, err := client.Watch(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		do   func()
		want healthv1.HealthCheckResponse_ServingStatus
	}{
		{func() {}, healthv1.HealthCheckResponse_SERVING},
		{func() { broken.Store(true) }, healthv1.HealthCheckResponse_NOT_SERVING},
		{func() { broken.Store(false) }, healthv1.HealthCheckResponse_SERVING},
		{stop, healthv1.HealthCheckResponse_NOT_SERVING},
	} {
		step.do()
		answer, err := watch.Receive()
		if err != nil || answer.GetStatus() != step.want {
			t.Fatalf("told %v, %v, want %v", answer, err, step.want)
		}
	}
	if answer, err := watch.Receive(); err == nil {
		t.Errorf("after the process stopped: %v", answer)
	}
	if answer, err := client.Check(context.Background(), &healthv1.HealthCheckRequest{}); err != nil || answer.GetStatus() != healthv1.HealthCheckResponse_NOT_SERVING {
		t.Errorf("a process that stops says %v, %v", answer, err)
	}
}
