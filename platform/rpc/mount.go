package rpc

import (
	"context"
	"net/http"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
)

// BodyLimit is what the largest request takes with its framing: a piece of a file.
const BodyLimit = fileLimit + 64<<10

const (
	// readLimit bounds a request: nothing but pieces of files comes near it.
	readLimit = 1 << 20
	fileLimit = 3 << 20
	// answerLimit bounds what we take from a callee; 500 whole products fit.
	answerLimit = 32 << 20

	// wayTime is what a request and its answer may take on the wire beside the call's own deadline.
	wayTime = 5 * time.Second
)

// Mount serves Connect, gRPC and gRPC-Web. The public port leaves out what only processes may call.
func Mount(mux *http.ServeMux, server *connect.Server, public bool) {
	connecthttp.Mount(callMux{mux, hidden(server, public), patience(server)}, server,
		connecthttp.WithReadMaxBytes(readLimit),
		connecthttp.WithCompressMinBytes(1024),
		connecthttp.WithConditionalOptions(func(spec connect.Spec) []connecthttp.Option {
			switch spec.Procedure {
			case "/tradewind.product.v1.SyncService/AppendSyncFile", "/tradewind.product.v1.MediaService/AppendUpload":
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

// patience is how long a connection must last for calls that may take longer than others.
func patience(server *connect.Server) map[string]time.Duration {
	procedures := make(map[string]time.Duration)
	for spec := range server.Specs() {
		if policy := PolicyOf(spec); policy != nil && deadline(spec, policy) > writeDeadline {
			procedures[spec.Procedure] = deadline(spec, policy) + wayTime
		}
	}
	return procedures
}

// callMux leaves some procedures unserved. Their paths end up at the service's catch-all, which is told to say "unimplemented". Others
// it gives the time that their policies promise, where the port's own limits are shorter.
type callMux struct {
	mux      *http.ServeMux
	hidden   map[string]bool
	patience map[string]time.Duration
}

func (m callMux) Handle(pattern string, handler http.Handler) {
	if m.hidden[pattern] {
		return
	}
	m.mux.Handle(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.hidden[r.URL.Path] {
			http.NotFound(w, r)
			return
		}
		if patience := m.patience[r.URL.Path]; patience > 0 {
			ctx, cancel := context.WithTimeout(r.Context(), patience)
			defer cancel()
			until, _ := ctx.Deadline()
			control := http.NewResponseController(w)
			_ = control.SetReadDeadline(until) // one that passes ends the request, even when all of it is read
			_ = control.SetWriteDeadline(until)
			r = r.WithContext(ctx)
		}
		handler.ServeHTTP(w, r)
	}))
}
