package rpc

import (
	"context"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/grpcreflect/v2"

	healthv1 "github.com/tradewind-commerce/tradewind/gen/grpc/health/v1"
	"github.com/tradewind-commerce/tradewind/gen/grpc/health/v1/healthv1connect"
	"github.com/tradewind-commerce/tradewind/platform/clock"
)

const (
	// healthEvery is how often at most the process finds out anew whether it can serve, however many ask.
	healthEvery   = time.Second
	healthTimeout = time.Second
	// mostWatchers bounds the streams that anybody may hold open.
	mostWatchers = 256
)

// RegisterStandard adds health and reflection, so that load balancers, grpcurl and buf curl work. When ctx ends, the process is on its way out.
func RegisterStandard(ctx context.Context, server *connect.Server, ready func(context.Context) error) {
	h := &health{stopping: ctx.Done(), ready: ready, services: map[string]bool{"": true}, watchers: make(chan struct{}, mostWatchers)}
	healthv1connect.RegisterHealthHandler(server, h)
	grpcreflect.Register(server)
	for spec := range server.Specs() {
		service, _, _ := strings.Cut(strings.TrimPrefix(spec.Procedure, "/"), "/")
		h.services[service] = true
	}
}

// health says whether the process can serve; every service of a process is as ready as the process.
type health struct {
	stopping <-chan struct{}
	ready    func(context.Context) error
	services map[string]bool // that are served here; "" stands for all
	watchers chan struct{}

	mu      sync.Mutex
	asked   bool
	askedAt time.Duration
	last    healthv1.HealthCheckResponse_ServingStatus
}

// Check answers at once. NOT_FOUND: no such service here.
func (h *health) Check(ctx context.Context, req *healthv1.HealthCheckRequest) (*healthv1.HealthCheckResponse, error) {
	if !h.services[req.GetService()] {
		return nil, NotFound("this process serves no such service")
	}
	return &healthv1.HealthCheckResponse{Status: h.status(ctx)}, nil
}

// Watch says it, and again at each change, until the caller leaves or the process stops.
func (h *health) Watch(ctx context.Context, req *healthv1.HealthCheckRequest, stream healthv1connect.HealthWatchServerStream) error {
	select {
	case h.watchers <- struct{}{}:
		defer func() { <-h.watchers }()
	default:
		return ResourceExhausted("too many are watching; ask with Check")
	}
	said := healthv1.HealthCheckResponse_UNKNOWN
	tick := time.NewTicker(healthEvery)
	defer tick.Stop()
	for {
		status := healthv1.HealthCheckResponse_SERVICE_UNKNOWN
		if h.services[req.GetService()] {
			status = h.status(ctx)
		}
		if status != said {
			if err := stream.Send(&healthv1.HealthCheckResponse{Status: status}); err != nil {
				return err
			}
			said = status
		}
		select {
		case <-tick.C:
		case <-h.stopping:
			if said == healthv1.HealthCheckResponse_SERVING {
				return stream.Send(&healthv1.HealthCheckResponse{Status: healthv1.HealthCheckResponse_NOT_SERVING})
			}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (h *health) status(ctx context.Context) healthv1.HealthCheckResponse_ServingStatus {
	select {
	case <-h.stopping:
		return healthv1.HealthCheckResponse_NOT_SERVING
	default:
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := clock.Running(); !h.asked || now-h.askedAt >= healthEvery {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthTimeout) // the answer is for others as well
		defer cancel()
		h.last = healthv1.HealthCheckResponse_SERVING
		if h.ready(ctx) != nil {
			h.last = healthv1.HealthCheckResponse_NOT_SERVING
		}
		h.asked, h.askedAt = true, now
	}
	return h.last
}
