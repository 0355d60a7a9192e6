// Package web owns what every page and port has in common: how a process is served and stopped, what a request may bring,
// what an answer carries, which answers are shared between visitors, and the files that pages refer to.
package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"sync/atomic"
	"time"
)

// The limits of one connection. Routes that need longer say so: see LongRequest.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 20 * time.Second
	idleTimeout       = 60 * time.Second
	headerLimit       = 16 << 10

	stopTimeout = 8 * time.Second // of the 10 s that a stop may take
)

// ClientIdle is when our own clients close a connection that nobody uses: well before a server would. Go's clients open more connections than they then need, and a first request that comes just as the server's time
// for it ends is answered 400 by Go 1.26 where HTTP/2 may come without TLS: the server takes the end of its look for HTTP/2 for an end of the request.
const ClientIdle = 5 * time.Second

const _ = uint(readHeaderTimeout - 2*ClientIdle) // does not compile unless that is so

// Server is what a process serves.
type Server struct {
	// Addr is the public address, such as ":8080". Empty serves nothing in public, as the worker does.
	Addr    string
	Handler http.Handler

	// PrivateAddr is for /healthz, /readyz, /metrics and whatever Private holds, such as calls that only processes may make.
	PrivateAddr string
	Private     http.Handler
	Metrics     http.Handler
	// Ready says whether the process can serve; what it can do without, such as the cache, it leaves out.
	Ready func(context.Context) error

	// StopTimeout is how long requests may take to finish when the process stops: 8 s.
	StopTimeout time.Duration
	Log         *slog.Logger
	// Started is told the addresses once they take connections; nil where there is none. For ports chosen by the system.
	Started func(public, private net.Addr)
}

// Serve listens, then serves HTTP/1 and unencrypted HTTP/2 until ctx ends or a listener fails. When ctx ends, the process
// first stops being ready and accepting, then finishes the requests it has, then stops answering in private.
func Serve(ctx context.Context, s Server) error {
	var health health
	health.ready = s.Ready
	public, err := s.listen(ctx, "--addr", s.Addr, s.Handler)
	if err != nil {
		return err
	}
	private, err := s.listen(ctx, "--private-addr", s.PrivateAddr, s.private(&health))
	if err != nil {
		public.close()
		return err
	}
	failed := make(chan error, 2)
	public.serve(failed)
	private.serve(failed)
	if s.Started != nil {
		s.Started(public.addr(), private.addr())
	}

	select {
	case err = <-failed:
		err = fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	health.stopping.Store(true)
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), cmp.Or(s.StopTimeout, stopTimeout))
	defer cancel()
	return errors.Join(err, public.stop(patience), private.stop(patience))
}

func (s Server) private(health *health) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.Handle("GET /readyz", health)
	// go tool pprof http://localhost:8083/debug/pprof/profile says what a process that works too hard does.
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	if s.Metrics != nil {
		mux.Handle("GET /metrics", s.Metrics)
	}
	if s.Private != nil {
		mux.Handle("/", s.Private)
	}
	return mux
}

// port is one listener and its server; a nil port does nothing.
type port struct {
	listener net.Listener
	server   *http.Server
	abandon  context.CancelFunc
}

func (s Server) listen(ctx context.Context, setting, addr string, handler http.Handler) (*port, error) {
	if addr == "" {
		return nil, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s (choose another address with %s): %w", addr, setting, err)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	// Requests outlive ctx: they are given time to finish when the process stops, then abandoned together.
	requests, abandon := context.WithCancel(context.WithoutCancel(ctx))
	log := cmp.Or(s.Log, slog.Default())
	return &port{
		listener: listener,
		abandon:  abandon,
		server: &http.Server{
			Handler:           handler,
			Protocols:         protocols,
			ReadHeaderTimeout: readHeaderTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    headerLimit,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // what visitors do wrong
			BaseContext:       func(net.Listener) context.Context { return requests },
		},
	}, nil
}

func (p *port) serve(failed chan<- error) {
	if p == nil {
		return
	}
	go func() {
		if err := p.server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
}

func (p *port) addr() net.Addr {
	if p == nil {
		return nil
	}
	return p.listener.Addr()
}

func (p *port) stop(patience context.Context) error {
	if p == nil {
		return nil
	}
	defer p.abandon()
	if err := p.server.Shutdown(patience); err != nil {
		_ = p.server.Close()
		return fmt.Errorf("requests on %s were cut off when the process stopped: %w", p.addr(), err)
	}
	return nil
}

func (p *port) close() {
	if p != nil {
		_ = p.listener.Close()
		p.abandon()
	}
}

// health answers /readyz. One failed check in a row is forgiven once the process has been ready: a blip that all
// instances see must not take all of them out.
type health struct {
	ready    func(context.Context) error
	stopping atomic.Bool
	wasReady atomic.Bool
	failures atomic.Int32
}

const (
	readyTimeout  = time.Second
	readyForgives = 1
)

func (h *health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.stopping.Load() {
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	}
	if h.ready != nil {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		if err := h.ready(ctx); err != nil {
			if failures := h.failures.Add(1); failures > readyForgives || !h.wasReady.Load() {
				http.Error(w, "not ready: "+err.Error(), http.StatusServiceUnavailable)
				return
			}
		} else {
			h.failures.Store(0)
			h.wasReady.Store(true)
		}
	}
	_, _ = w.Write([]byte("ok\n"))
}
