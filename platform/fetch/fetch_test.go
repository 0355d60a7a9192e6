package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// somewhere is a public address that tests give to names; it is never really dialled.
var somewhere = netip.MustParseAddr("93.184.215.14")

// names answers look-ups from a table: the first look-up of a name gets the first answer, and so on, the last for ever.
type names map[string][][]netip.Addr

func (n names) resolver(asked *atomic.Int64) func(context.Context, string) ([]netip.Addr, error) {
	next := map[string]int{}
	lock := make(chan struct{}, 1)
	return func(_ context.Context, host string) ([]netip.Addr, error) {
		lock <- struct{}{}
		defer func() { <-lock }()
		asked.Add(1)
		answers := n[host]
		if len(answers) == 0 {
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
		i := min(next[host], len(answers)-1)
		next[host]++
		return answers[i], nil
	}
}

// internet is a client for whom every permitted address leads to one test server; it notes what was dialled.
type internet struct {
	*Client
	server *httptest.Server
	asked  atomic.Int64
	dialed chan string
}

func newInternet(t *testing.T, cfg Config, table names, handler http.HandlerFunc) *internet {
	t.Helper()
	in := &internet{dialed: make(chan string, 100)}
	in.server = httptest.NewTLSServer(handler)
	t.Cleanup(in.server.Close)
	cfg.RootCAs = x509.NewCertPool()
	cfg.RootCAs.AddCert(in.server.Certificate())
	cfg.Resolve = table.resolver(&in.asked)
	in.Client = New(cfg)
	t.Cleanup(in.Close)
	in.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		in.dialed <- address
		return (&net.Dialer{}).DialContext(ctx, network, in.server.Listener.Addr().String())
	}
	return in
}

func (in *internet) dials() []string {
	var all []string
	for {
		select {
		case address := <-in.dialed:
			all = append(all, address)
		default:
			return all
		}
	}
}

// trap is a listener on this machine that nothing may connect to.
func trap(t *testing.T) (port string, visits func() int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var count atomic.Int64
	server := &http.Server{ReadHeaderTimeout: time.Second, ConnState: func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			count.Add(1)
		}
	}}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port, count.Load
}

// No way of writing this machine's own address reaches a server on it, and the refusal says why.
func TestOwnMachineIsOutOfReach(t *testing.T) {
	t.Parallel()
	port, visits := trap(t)
	table := names{
		"localhost":        {{netip.MustParseAddr("127.0.0.1")}},
		"inside.example":   {{netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("127.0.0.1")}},
		"mapped.example":   {{netip.MustParseAddr("::ffff:127.0.0.1")}},
		"metadata.example": {{netip.MustParseAddr("169.254.169.254")}},
	}
	var asked atomic.Int64
	client := New(Config{AllowHTTP: true, AllowAnyPort: true, Resolve: table.resolver(&asked)})
	tests := map[string]string{
		"127.0.0.1":          "loopback",
		"127.1.2.3":          "loopback",
		"[::1]":              "loopback",
		"0.0.0.0":            "unspecified",
		"[::]":               "unspecified",
		"[::ffff:127.0.0.1]": "IPv4 address in IPv6 form",
		"[::127.0.0.1]":      "IPv4 address in IPv6 form",
		"[64:ff9b::7f00:1]":  "NAT64",
		"[2002:7f00:1::]":    "6to4",
		"169.254.169.254":    "metadata",
		"2130706433":         "number but not an address",
		"0x7f000001":         "number but not an address",
		"0177.0.0.1":         "number but not an address",
		"127.1":              "number but not an address",
		"0x7f.0.0.0x1":       "number but not an address",
		"127.0.0.1.":         "number but not an address",
		"127.0.0.１":          "loopback", // the full-width digit becomes a plain one on the way to the connection
		"localhost":          "loopback",
		"inside.example":     "loopback",
		"mapped.example":     "loopback",
		"metadata.example":   "metadata",
	}
	for host, why := range tests {
		for _, scheme := range []string{"http", "https"} {
			_, err := client.Do(t.Context(), Request{URL: scheme + "://" + host + ":" + port + "/"})
			if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), why) {
				t.Errorf("%s://%s: %v, want a refusal that says %q", scheme, host, err, why)
			}
		}
	}
	if n := visits(); n != 0 {
		t.Errorf("%d connections arrived", n)
	}
	if _, err := client.Do(t.Context(), Request{URL: "http://nowhere.example/"}); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("a name without address is no refusal but a failure: %v", err)
	}
}

// The system's own resolver is held to the same rules.
func TestSystemResolver(t *testing.T) {
	t.Parallel()
	port, visits := trap(t)
	_, err := New(Config{AllowHTTP: true, AllowAnyPort: true}).Do(t.Context(), Request{URL: "http://localhost:" + port})
	if !errors.Is(err, ErrRefused) || visits() != 0 {
		t.Errorf("%v after %d connections", err, visits())
	}
}

// The connection goes to the address that was checked: a name that is public once and private the next time gains nothing.
func TestRebinding(t *testing.T) {
	t.Parallel()
	inside := netip.MustParseAddr("127.0.0.1")
	table := names{"example.com": {{somewhere}, {inside}}}
	in := newInternet(t, Config{}, table, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // so that the redirect has to connect, and resolve, again
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/again", http.StatusFound)
			return
		}
		t.Error("the second request arrived")
	})
	_, err := in.Do(t.Context(), Request{URL: "https://example.com/"})
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "example.com resolves to 127.0.0.1, a loopback address") {
		t.Errorf("error %v", err)
	}
	if dials := in.dials(); len(dials) != 1 || dials[0] != "93.184.215.14:443" {
		t.Errorf("dialled %q, want the first answer only", dials)
	}
	if n := in.asked.Load(); n != 2 {
		t.Errorf("%d look-ups, want one a connection", n)
	}
}

// Of a name's addresses only the permitted ones are tried.
func TestMixedAnswers(t *testing.T) {
	t.Parallel()
	table := names{"example.com": {{netip.MustParseAddr("10.0.0.1"), somewhere, netip.MustParseAddr("::1")}}}
	in := newInternet(t, Config{}, table, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	content, _, err := in.Bytes(t.Context(), "https://example.com/", 100)
	if err != nil || string(content) != "hello" {
		t.Errorf("%q, %v", content, err)
	}
	if dials := in.dials(); len(dials) != 1 || dials[0] != "93.184.215.14:443" {
		t.Errorf("dialled %q", dials)
	}
}

// A redirect is held to the rules of a first address.
func TestRedirects(t *testing.T) {
	t.Parallel()
	port, visits := trap(t)
	table := names{"example.com": {{somewhere}}, "inside.example": {{netip.MustParseAddr("192.168.0.1")}}}
	tests := map[string]string{
		"http://169.254.169.254/latest/meta-data/":  "cloud metadata",
		"https://169.254.169.254/latest/meta-data/": "cloud metadata",
		"https://127.0.0.1:" + port + "/":           "loopback",
		"https://[::ffff:127.0.0.1]:" + port + "/":  "IPv6 form",
		"https://0.0.0.0:" + port + "/":             "unspecified",
		"https://inside.example/":                   "inside.example resolves to 192.168.0.1, a private address",
		"http://example.com/":                       "from https to http",
		"https://user:secret@example.com/":          "credentials",
		"file:///etc/passwd":                        "scheme",
		"gopher://example.com/":                     "scheme",
		"/loop":                                     "more than 5 redirects",
	}
	for to, why := range tests {
		t.Run(to, func(t *testing.T) {
			var hops atomic.Int64
			in := newInternet(t, Config{AllowHTTP: true, AllowAnyPort: true}, table, func(w http.ResponseWriter, r *http.Request) {
				hops.Add(1)
				http.Redirect(w, r, to, http.StatusFound)
			})
			_, err := in.Do(t.Context(), Request{URL: "https://example.com/"})
			if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "secret") {
				t.Errorf("error %v, want a refusal that says %q", err, why)
			}
			if n := hops.Load(); n != 1 && (to != "/loop" || n != 6) {
				t.Errorf("%d requests were answered", n)
			}
		})
	}
	if n := visits(); n != 0 {
		t.Errorf("%d connections arrived", n)
	}
	// The same without http: and without other ports.
	for to, why := range map[string]string{"http://example.com/": "only https", "https://example.com:8443/": "port 8443"} {
		in := newInternet(t, Config{}, table, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusSeeOther) })
		if _, err := in.Do(t.Context(), Request{URL: "https://example.com/"}); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), why) {
			t.Errorf("redirect to %s: %v", to, err)
		}
	}
}

// Keys and passwords for one host never travel to the host that it redirects to.
func TestSecretsStayWithTheirHost(t *testing.T) {
	t.Parallel()
	table := names{"example.com": {{somewhere}}, "www.example.com": {{somewhere}}}
	var sent http.Header
	in := newInternet(t, Config{}, table, func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "example.com" && r.URL.Path == "/" {
			if user, password, _ := r.BasicAuth(); user != "feed" || password != "hunter2" || r.Header.Get("X-Api-Key") != "k" {
				t.Errorf("the first host was sent %v", r.Header)
			}
			http.Redirect(w, r, "https://www.example.com/moved", http.StatusMovedPermanently)
			return
		}
		sent = r.Header.Clone()
	})
	header := http.Header{"X-Api-Key": {"k"}, "Cookie": {"a=b"}, "If-None-Match": {`"v1"`}}
	answer, err := in.Do(t.Context(), Request{URL: "https://example.com/?token=hunter2", Header: header, User: "feed", Password: "hunter2"})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	for _, name := range []string{"Authorization", "X-Api-Key", "Cookie", "Referer"} {
		if sent.Get(name) != "" {
			t.Errorf("%s: %s was sent on", name, sent.Get(name))
		}
	}
	if sent.Get("If-None-Match") != `"v1"` || sent.Get("User-Agent") != "Tradewind" {
		t.Errorf("the second host was sent %v", sent)
	}
	if answer.URL != "https://www.example.com/moved" {
		t.Errorf("final address %s", answer.URL)
	}
}

// An error tells the reason but not what the address keeps secret.
func TestErrorsKeepSecrets(t *testing.T) {
	t.Parallel()
	in := newInternet(t, Config{}, names{"example.com": {{somewhere}}}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	_, _, err := in.Bytes(t.Context(), "https://example.com/feed?token=hunter2", 100)
	var status *StatusError
	if !errors.As(err, &status) || status.StatusCode != http.StatusForbidden {
		t.Errorf("error %v", err)
	}
	in.server.Close()
	_, _, broken := in.Bytes(t.Context(), "https://example.com/feed?token=hunter2", 100)
	for _, err := range []error{err, broken} {
		if err == nil || !strings.Contains(err.Error(), "https://example.com/feed") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("error %v", err)
		}
	}
}

// What the address itself rules out is refused without a look-up.
func TestCheck(t *testing.T) {
	t.Parallel()
	strict, open := New(Config{}), New(Config{AllowHTTP: true, AllowAnyPort: true, AllowPrivate: true})
	tests := []struct {
		address      string
		strict, open bool
	}{
		{"https://example.com/feed.csv", true, true},
		{"https://example.com:443/", true, true},
		{"https://93.184.215.14/", true, true},
		{"https://[2606:2800:21f::1]/", true, true},
		{"http://example.com/", false, true},
		{"https://example.com:8443/", false, true},
		{"https://10.0.0.1/", false, true},
		{"https://localhost:9000/", false, true},
		{"https://169.254.169.254/", false, false},
		{"https://user:pw@example.com/", false, false},
		{"ftp://example.com/", false, false},
		{"example.com/feed.csv", false, false},
		{"https:///feed.csv", false, false},
		{"https://1234/", false, false},
		{"https://./", false, false},
		{"", false, false},
	}
	for _, tc := range tests {
		if err := strict.Check(tc.address); (err == nil) != tc.strict || err != nil && !errors.Is(err, ErrRefused) {
			t.Errorf("%q: %v", tc.address, err)
		}
		if err := open.Check(tc.address); (err == nil) != tc.open {
			t.Errorf("%q when more is allowed: %v", tc.address, err)
		}
	}
}

// A shop that was told so reaches a supplier in its own building.
func TestAllowPrivate(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		_, _ = io.WriteString(w, r.Method)
	}))
	t.Cleanup(server.Close)
	client := New(Config{AllowPrivate: true, AllowHTTP: true, AllowAnyPort: true})
	t.Cleanup(client.Close)
	content, header, err := client.Bytes(t.Context(), server.URL, 100)
	if err != nil || string(content) != "GET" || header.Get("ETag") != `"v1"` {
		t.Errorf("%q, %v, %v", content, header, err)
	}
}

// A webhook's receiver is sent the body once and cannot pass it on to another address.
func TestPostFollowsNothing(t *testing.T) {
	t.Parallel()
	var received []string
	in := newInternet(t, Config{}, names{"example.com": {{somewhere}}}, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		received = append(received, r.Method+" "+string(body)+" "+r.Header.Get("Webhook-Signature"))
		http.Redirect(w, r, "https://example.com/other", http.StatusTemporaryRedirect)
	})
	answer, err := in.Do(t.Context(), Request{
		Method: http.MethodPost, URL: "https://example.com/hook", Body: []byte("{}"), Header: http.Header{"Webhook-Signature": {"v1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusTemporaryRedirect || len(received) != 1 || received[0] != "POST {} v1" {
		t.Errorf("status %d, received %q", answer.StatusCode, received)
	}
}

// The environment cannot put a proxy, which would resolve by itself, between the checks and the connection.
func TestNoProxyFromEnvironment(t *testing.T) {
	port, visits := trap(t)
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:"+port)
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:"+port)
	t.Setenv("ALL_PROXY", "http://127.0.0.1:"+port)
	in := newInternet(t, Config{}, names{"example.com": {{somewhere}}}, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "direct") })
	content, _, err := in.Bytes(t.Context(), "https://example.com/", 100)
	if err != nil || string(content) != "direct" || visits() != 0 {
		t.Errorf("%q, %v, %d connections to the proxy", content, err, visits())
	}
}
