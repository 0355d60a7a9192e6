// Package fetch is the shop's one way out to addresses that merchants typed: feeds, pictures and webhooks.
//
// It connects only to the address that it has just checked, so neither a redirect nor a name that answers differently
// the second time leads it to the shop's own network. Everything is bounded: time, bytes, redirects, headers.
package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

var (
	// ErrRefused says that an address may not be fetched. Trying again cannot help until the address or the settings change.
	ErrRefused = errors.New("refused")

	// ErrTooLarge says that an answer has more bytes than were asked for.
	ErrTooLarge = errors.New("answer too large")

	// ErrTimeout says that an answer was not complete in time.
	ErrTimeout = errors.New("took too long")
)

// maxRedirects bounds one fetch. Each redirect is checked like a first address.
const maxRedirects = 5

// Config says what may be reached. The zero value is right for a shop on the open internet.
type Config struct {
	// AllowPrivate also reaches loopback, private and carrier addresses, for a shop beside its suppliers' machines.
	// Link-local (cloud metadata), multicast and translated addresses stay out of reach.
	AllowPrivate bool

	// AllowHTTP also takes http:// addresses, which anyone on the way can read and change.
	AllowHTTP bool

	// AllowAnyPort also takes ports other than 80 and 443.
	AllowAnyPort bool

	// MaxBytes bounds an answer whose request names no bound: 32 MiB if zero.
	MaxBytes int64

	// Timeout bounds a whole fetch, body included, whose request names no bound: 30 s if zero.
	Timeout time.Duration

	// RootCAs verifies servers instead of the system's authorities, if set.
	RootCAs *x509.CertPool

	// Resolve finds the addresses of a name, instead of the system's resolver, if set.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

// Client fetches. It keeps connections and is safe for concurrent use.
type Client struct {
	cfg    Config
	client *http.Client
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
}

// Request is one fetch. Only URL is required.
type Request struct {
	Method   string // GET if empty; only GET and HEAD follow redirects
	URL      string
	Header   http.Header // sent to the URL's own host only, never to where it redirects
	User     string      // HTTP basic authentication, if set
	Password string
	Body     []byte
	MaxBytes int64         // of the answer after decompression; the client's bound if zero
	Timeout  time.Duration // of the whole fetch; the client's bound if zero
}

// Response is an answer with any status. The caller closes Body, whose Read says ErrTooLarge past the bound and
// ErrTimeout past the time.
type Response struct {
	StatusCode int
	Header     http.Header
	URL        string // after redirects, without credentials and query
	Body       io.ReadCloser
}

// StatusError is an answer that arrived but was not what was asked for.
type StatusError struct {
	StatusCode int
	URL        string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("fetch %s: answered %d %s", e.URL, e.StatusCode, http.StatusText(e.StatusCode))
}

// New makes a client.
func New(cfg Config) *Client {
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 32 << 20
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.Resolve == nil {
		cfg.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	c := &Client{cfg: cfg, dial: (&net.Dialer{Timeout: 5 * time.Second}).DialContext}
	c.client = &http.Client{
		CheckRedirect: c.checkRedirect,
		Transport: &http.Transport{
			Proxy:                  nil, // a proxy would resolve and connect by itself, past every check here
			DialContext:            c.connect,
			ForceAttemptHTTP2:      true,
			TLSClientConfig:        &tls.Config{RootCAs: cfg.RootCAs, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    10 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConns:           64,
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        30 * time.Second,
		},
	}
	return c
}

// Close ends idle connections.
func (c *Client) Close() { c.client.CloseIdleConnections() }

// Do sends a request and returns the answer whatever its status. Errors name the address without its query and
// credentials, and the reason.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w: not a URL", ErrRefused)
	}
	where := plain(u)
	if err := c.check(u); err != nil {
		return nil, fmt.Errorf("fetch %s: %w: %w", where, ErrRefused, err)
	}
	timeout, maxBytes := r.Timeout, r.MaxBytes
	if timeout <= 0 {
		timeout = c.cfg.Timeout
	}
	if maxBytes <= 0 {
		maxBytes = c.cfg.MaxBytes
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, ErrTimeout)
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), bytes.NewReader(r.Body))
	if err != nil {
		cancel()
		return nil, fmt.Errorf("fetch %s: %w: not a request", where, ErrRefused)
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "Tradewind")
	}
	if r.User != "" || r.Password != "" {
		req.SetBasicAuth(r.User, r.Password)
	}
	answer, err := c.client.Do(req)
	if err != nil {
		err = fmt.Errorf("fetch %s: %w", where, reason(ctx, err))
		cancel()
		return nil, err
	}
	where = plain(answer.Request.URL)
	if answer.ContentLength > maxBytes && r.Method != http.MethodHead {
		_ = answer.Body.Close()
		cancel()
		return nil, fmt.Errorf("fetch %s: %w: %d bytes, over %d", where, ErrTooLarge, answer.ContentLength, maxBytes)
	}
	body := &boundedBody{ctx: ctx, cancel: cancel, body: answer.Body, left: maxBytes, max: maxBytes, where: where}
	return &Response{StatusCode: answer.StatusCode, Header: answer.Header, URL: where, Body: body}, nil
}

// Bytes fetches a URL of at most maxBytes into memory. Any status but 200 is a *StatusError.
func (c *Client) Bytes(ctx context.Context, address string, maxBytes int64) ([]byte, http.Header, error) {
	answer, err := c.Do(ctx, Request{URL: address, MaxBytes: maxBytes})
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, nil, &StatusError{StatusCode: answer.StatusCode, URL: answer.URL}
	}
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, nil, err
	}
	return content, answer.Header, nil
}

// Check tells whether an address could be fetched as far as that shows without asking its name server, so that a form
// can refuse it at once. What the name resolves to is checked at each connection.
func (c *Client) Check(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("%w: not a URL", ErrRefused)
	}
	if err := c.check(u); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return nil
}

// check looks at what the URL itself says.
func (c *Client) check(u *url.URL) error {
	switch {
	case u.Scheme == "http" && !c.cfg.AllowHTTP:
		return errors.New("only https is allowed")
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("scheme %.20q is not https", u.Scheme)
	case u.User != nil:
		return errors.New("credentials do not belong in the address")
	}
	if port := u.Port(); port != "" && port != "80" && port != "443" && !c.cfg.AllowAnyPort {
		return fmt.Errorf("port %.10s is not 80 or 443", port)
	}
	return checkHost(u.Hostname(), c.cfg.AllowPrivate)
}

// checkRedirect holds a redirect to the rules of a first address, and keeps what was meant for the first host from the next.
func (c *Client) checkRedirect(next *http.Request, before []*http.Request) error {
	first := before[0]
	if first.Method != http.MethodGet && first.Method != http.MethodHead {
		return http.ErrUseLastResponse // a webhook's receiver has to answer itself
	}
	if len(before) > maxRedirects {
		return fmt.Errorf("%w: more than %d redirects", ErrRefused, maxRedirects)
	}
	if err := c.check(next.URL); err != nil {
		return fmt.Errorf("%w: redirect to %s: %w", ErrRefused, plain(next.URL), err)
	}
	if next.URL.Scheme != first.URL.Scheme && next.URL.Scheme == "http" {
		return fmt.Errorf("%w: redirect from https to http", ErrRefused)
	}
	next.Header.Del("Referer") // it would carry the first address's query, which may hold a key
	if next.URL.Host != first.URL.Host {
		for name := range next.Header {
			if !slices.Contains(sharedHeaders, name) {
				next.Header.Del(name)
			}
		}
	}
	return nil
}

// sharedHeaders say nothing that another host should not know.
var sharedHeaders = []string{"Accept", "Accept-Encoding", "Accept-Language", "If-Modified-Since", "If-None-Match", "User-Agent"}

// connect resolves, checks, and dials the very address that it checked.
func (c *Client) connect(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	addrs, err := c.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	var last error
	for _, addr := range addrs {
		conn, err := c.dial(ctx, network, net.JoinHostPort(addr.String(), port))
		if err == nil {
			return conn, nil
		}
		last = err
		if ctx.Err() != nil {
			break
		}
	}
	return nil, last
}

// maxAddresses bounds how many of a name's addresses are tried.
const maxAddresses = 4

// resolve returns the addresses of a host that may be connected to, or why none may.
func (c *Client) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if err := checkHost(host, c.cfg.AllowPrivate); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	found, err := c.cfg.Resolve(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", host, err)
	}
	var allowed []netip.Addr
	refused := fmt.Errorf("look up %s: no address", host)
	for _, addr := range found {
		addr = addr.Unmap() // resolvers write IPv4 answers in either form
		if why := refusal(addr, c.cfg.AllowPrivate); why != "" {
			refused = fmt.Errorf("%w: %s resolves to %s, %s", ErrRefused, host, addr, why)
			continue
		}
		allowed = append(allowed, addr)
	}
	if len(allowed) == 0 {
		return nil, refused
	}
	return allowed[:min(len(allowed), maxAddresses)], nil
}

// plain is a URL for people and logs: no credentials, no query, no fragment.
func plain(u *url.URL) string {
	return strings.TrimSuffix((&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(), "/")
}

// reason takes the URL, which may hold secrets, out of net/http's errors and names our own time limit
// or the caller's reason to stop.
func reason(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), ErrTimeout) {
		return ErrTimeout
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return err
}
