package rpc

import (
	"context"
	"net/http"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	"connectrpc.com/grpcreflect/v2"

	healthv1 "github.com/tradewind-commerce/tradewind/gen/grpc/health/v1"
	"github.com/tradewind-commerce/tradewind/gen/grpc/health/v1/healthv1connect"
)

// BodyLimit is what the largest request takes with its framing: a piece of a file.
const BodyLimit = fileLimit + 64<<10

const (
	// readLimit bounds a request: nothing but pieces of files comes near it.
	readLimit = 1 << 20
	fileLimit = 3 << 20
	// answerLimit bounds what we take from a callee; 500 whole products fit.
	answerLimit = 32 << 20
)

// Mount serves Connect, gRPC and gRPC-Web. The public port leaves out what only processes may call.
func Mount(mux *http.ServeMux, server *connect.Server, public bool) {
	connecthttp.Mount(muxWithout{mux, hidden(server, public)}, server,
		connecthttp.WithReadMaxBytes(readLimit),
		connecthttp.WithCompressMinBytes(1024),
		connecthttp.WithConditionalOptions(func(spec connect.Spec) []connecthttp.Option {
			if spec.Procedure == "/tradewind.product.v1.SyncService/AppendSyncFile" {
				return []connecthttp.Option{connecthttp.WithReadMaxBytes(fileLimit)}
			}
			return nil
		}))
}

// NewTransport calls another process.
func NewTransport(client *http.Client, url string) connect.Transport {
	return connecthttp.NewTransport(client, url, connecthttp.WithReadMaxBytes(answerLimit))
}

func hidden(server *connect.Server, public bool) map[string]bool {
	procedures := make(map[string]bool)
	if !public {
		return procedures
	}
	for spec := range server.Specs() {
		if ProcessOnly(PolicyOf(spec)) {
			procedures[spec.Procedure] = true
		}
	}
	return procedures
}

// muxWithout leaves some procedures unserved. Their paths end up at the service's catch-all, which is told to say "unimplemented".
type muxWithout struct {
	mux    *http.ServeMux
	hidden map[string]bool
}

func (m muxWithout) Handle(pattern string, handler http.Handler) {
	if m.hidden[pattern] {
		return
	}
	m.mux.Handle(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.hidden[r.URL.Path] {
			http.NotFound(w, r)
			return
		}
		handler.ServeHTTP(w, r)
	}))
}

// RegisterStandard adds health and reflection, so that load balancers, grpcurl and buf curl work.
func RegisterStandard(server *connect.Server, ready func(context.Context) error) {
	healthv1connect.RegisterHealthHandler(server, health{ready})
	grpcreflect.Register(server)
}

type health struct{ ready func(context.Context) error }

// Check says whether the process can serve; every service of a process is as ready as the process.
func (h health) Check(ctx context.Context, _ *healthv1.HealthCheckRequest) (*healthv1.HealthCheckResponse, error) {
	return &healthv1.HealthCheckResponse{Status: h.status(ctx)}, nil
}

// Watch says it once and again when the caller asks anew: the stream ends after the first answer, as load balancers that poll expect.
func (h health) Watch(ctx context.Context, _ *healthv1.HealthCheckRequest, stream healthv1connect.HealthWatchServerStream) error {
	return stream.Send(&healthv1.HealthCheckResponse{Status: h.status(ctx)})
}

func (h health) status(ctx context.Context) healthv1.HealthCheckResponse_ServingStatus {
	if h.ready(ctx) != nil {
		return healthv1.HealthCheckResponse_NOT_SERVING
	}
	return healthv1.HealthCheckResponse_SERVING
}
