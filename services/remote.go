package services

import (
	"errors"
	"net/http"
	"time"

	"connectrpc.com/connect/v2"

	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
)

// Remote returns clients for services that all run elsewhere, and that are called in the name of the signed-in staff member alone. It
// is what the back office uses: it has no secret to prove that it is a process of ours.
func Remote(urls map[string]string) (*Set, error) {
	cfg := Settings{ServiceURLs: urls}
	if err := cfg.checkPlaces(); err != nil {
		return nil, err
	}
	if cfg.ServesAny() {
		return nil, errors.New("SERVICE_URLS does not say where every service is; *=http://host:port stands for all")
	}
	calls := newCaller()
	at := func(name string) *connect.Client {
		return connect.NewClient(rpc.NewTransport(calls, cfg.url(name)), rpc.ClientInterceptor(nil))
	}
	set := clients(at)
	return &set, nil
}

// newCaller keeps connections to other processes open, and tells them who the visitor is.
func newCaller() *http.Client {
	return &http.Client{Transport: web.Forward(&http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: web.ClientIdle, ResponseHeaderTimeout: 90 * time.Second})}
}
