package payment

import (
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

const (
	// connectTimeout is how long it may take to reach a provider. Until then nothing was sent, so giving up costs nothing.
	connectTimeout = time.Second
	// maxAnswer bounds what is read of one.
	maxAnswer = 1 << 20
	// signatureTolerance is how far the time of a webhook's signature may be from ours, either way.
	signatureTolerance = 5 * time.Minute
)

// newHTTPClient returns a client for one provider that waits so long for an answer to begin. It follows no redirects: an API has none.
func newHTTPClient(answer time.Duration) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: connectTimeout}).DialContext,
			TLSHandshakeTimeout:   connectTimeout,
			ResponseHeaderTimeout: answer,
			MaxIdleConnsPerHost:   16,
			MaxConnsPerHost:       64,
			IdleConnTimeout:       30 * time.Second,
			Proxy:                 http.ProxyFromEnvironment,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// noteSent says by its second result, later, whether any of the requests made with its context has left: then nobody can say that nothing happened.
func noteSent(ctx context.Context) (context.Context, *atomic.Bool) {
	var sent atomic.Bool // set by the goroutine that writes
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }}), &sent
}

// lost is what an answer that was not heard means: a question changed nothing.
func lost(method string) error {
	if method == http.MethodGet {
		return ErrUnavailable
	}
	return ErrUnknownOutcome
}
