package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/tradewind-commerce/tradewind/platform/web"
)

// balance serves one address for several instances in turn, as a load balancer does: a request that reached nobody goes to the next.
func balance(t testing.TB, addresses ...string) string {
	t.Helper()
	var turn atomic.Uint64
	transport := &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: web.ClientIdle}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: addresses[turn.Add(1)%uint64(len(addresses))]})
			r.Out.Host = r.In.Host
		},
		Transport: transport,
	}
	server := httptest.NewUnstartedServer(proxy)
	_ = server.Listener.Close()
	listener, err := listen(t)
	if err != nil {
		t.Fatal(err)
	}
	server.Listener = listener
	server.Start()
	t.Cleanup(func() { server.Close(); transport.CloseIdleConnections() })
	return server.URL
}
