package web

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/platform/telemetry"
)

func proxies(t testing.TB, text string) Proxies {
	t.Helper()
	var p Proxies
	if err := p.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return p
}

// A visitor cannot choose the address that limits count by.
func TestClientAddress(t *testing.T) {
	t.Parallel()
	trusted := proxies(t, "10.0.0.0/8, 2001:db8:ffff::/48")
	tests := map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"direct":                      {"192.0.2.1:5000", nil, "192.0.2.1"},
		"direct, forged":              {"192.0.2.1:5000", []string{"1.1.1.1"}, "192.0.2.1"},
		"through a proxy":             {"10.0.0.1:5000", []string{"192.0.2.1"}, "192.0.2.1"},
		"through two":                 {"10.0.0.1:5000", []string{"192.0.2.1, 10.9.9.9"}, "192.0.2.1"},
		"through a proxy, forged":     {"10.0.0.1:5000", []string{"1.1.1.1, 192.0.2.1"}, "192.0.2.1"},
		"forged as a proxy's address": {"10.0.0.1:5000", []string{"1.1.1.1, 10.1.1.1, 192.0.2.1"}, "192.0.2.1"},
		"several header lines":        {"10.0.0.1:5000", []string{"1.1.1.1", "192.0.2.1"}, "192.0.2.1"},
		"nonsense":                    {"10.0.0.1:5000", []string{"192.0.2.1, unknown"}, "10.0.0.1"},
		"proxy says nothing":          {"10.0.0.1:5000", nil, "10.0.0.1"},
		"IPv6":                        {"[2001:db8:ffff::1]:5000", []string{"2001:db8::7"}, "2001:db8::7"},
		"IPv4 in IPv6":                {"[::ffff:10.0.0.1]:5000", []string{"::ffff:192.0.2.1"}, "192.0.2.1"},
	}
	for name, tc := range tests {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tc.peer
		r.Header["X-Forwarded-For"] = tc.forwarded
		if got, _ := trusted.client(r); got != netip.MustParseAddr(tc.want) {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	for _, text := range []string{"10.0.0.0/33", "proxy.example", "10.0.0.1/8/8"} {
		if err := new(Proxies).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was taken for a network", text)
		}
	}
}

// exchange sends one request through an edge and returns the answer and the log.
func exchange(t *testing.T, e Edge, r *http.Request, handler http.HandlerFunc) (*httptest.ResponseRecorder, string) {
	t.Helper()
	var log bytes.Buffer
	e.Log = telemetry.NewLogger(&log, slog.LevelInfo)
	answer := httptest.NewRecorder()
	e.Handler(handler).ServeHTTP(answer, r)
	return answer, log.String()
}

// No header means "already signed in", or anything else that a proxy says, once the edge is passed.
func TestForwardingHeadersEndAtTheEdge(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Anything", "X-Real-IP", "Forwarded", "CF-Connecting-IP",
		"X-Original-URL", "X-HTTP-Method-Override", "X-Remote-User"} {
		r.Header.Set(name, "forged")
	}
	r.Header.Set("Accept", "text/html")
	exchange(t, Edge{}, r, func(_ http.ResponseWriter, r *http.Request) {
		for name, values := range r.Header {
			if strings.Contains(strings.Join(values, ""), "forged") {
				t.Errorf("%s passed the edge", name)
			}
		}
		if r.Header.Get("Accept") != "text/html" {
			t.Error("an honest header got lost")
		}
		if got := Client(r.Context()).String(); got != "192.0.2.1" {
			t.Errorf("client = %s", got)
		}
	})
}

func TestRequestIDIsOursOrOurProxys(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		edge   Edge
		given  string
		passed bool
	}{
		"from a visitor":        {Edge{}, "chosen-by-visitor", false},
		"from a proxy":          {Edge{Proxies: proxies(t, "192.0.2.1")}, "given-by-proxy", true},
		"nonsense from a proxy": {Edge{Proxies: proxies(t, "192.0.2.1")}, "two words\n", false},
		"too long from a proxy": {Edge{Proxies: proxies(t, "192.0.2.1")}, strings.Repeat("x", 65), false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("X-Request-Id", tc.given)
		inside := ""
		answer, log := exchange(t, tc.edge, r, func(_ http.ResponseWriter, r *http.Request) {
			inside = telemetry.RequestID(r.Context())
			if r.Header.Get("X-Request-Id") != inside {
				t.Errorf("%s: header %q, context %q", name, r.Header.Get("X-Request-Id"), inside)
			}
		})
		if (inside == tc.given) != tc.passed || len(inside) < 8 {
			t.Errorf("%s: %q became %q", name, tc.given, inside)
		}
		if answer.Header().Get("X-Request-Id") != inside || !strings.Contains(log, `"request_id":"`+inside+`"`) {
			t.Errorf("%s: answer and log do not name the request: %v, %s", name, answer.Header(), log)
		}
	}
}

// What visitors type is not in the log.
func TestAccessLog(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/search?q=canary", nil)
	_, log := exchange(t, Edge{}, r, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	})
	var line map[string]any
	if err := json.Unmarshal([]byte(log), &line); err != nil {
		t.Fatalf("%v in %q", err, log)
	}
	for key, want := range map[string]any{"msg": "request", "method": "GET", "path": "/search", "status": 418.0, "bytes": 15.0, "client": "192.0.2.1"} {
		if line[key] != want {
			t.Errorf("%s = %v, want %v", key, line[key], want)
		}
	}
	if line["trace_id"] == "" || strings.Contains(log, "canary") {
		t.Errorf("log = %s", log)
	}
}

// A link that opens an order by itself is not in the log either, also when it is asked for in a way that we do not serve.
func TestSignedLinksAreNotLogged(t *testing.T) {
	t.Parallel()
	signed := "canary" + strings.Repeat("x", 50)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{signed}/return", hello)
	mux.HandleFunc("GET /products/{slug}", hello)
	for _, request := range [][2]string{{"GET", "/orders/canary/return"}, {"PUT", "/orders/" + signed + "/return"}, {"GET", "/products/tea"}} {
		_, log := exchange(t, Edge{}, httptest.NewRequest(request[0], request[1], nil), mux.ServeHTTP)
		if strings.Contains(log, "canaryxxx") || strings.Contains(log, "canary/") {
			t.Errorf("%v is logged: %s", request, log)
		}
		if strings.Contains(request[1], "tea") && !strings.Contains(log, `"path":"/products/tea"`) {
			t.Errorf("%v is not logged: %s", request, log)
		}
	}
}

func TestRequestsAreCountedByRoute(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	mux := http.NewServeMux()
	mux.Handle("GET /products/{slug}", http.NotFoundHandler())
	handler := Edge{Metrics: registry, Log: slog.New(slog.DiscardHandler)}.Handler(mux)
	for _, request := range [][2]string{{"GET", "/products/a"}, {"GET", "/products/b"}, {"BREW", "/pot"}} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(request[0], request[1], nil))
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, metric := range families[0].GetMetric() {
		var labels []string
		for _, label := range metric.GetLabel() {
			labels = append(labels, label.GetValue())
		}
		got = append(got, strings.Join(labels, " "))
	}
	if want := "GET GET /products/{slug} 4xx, other none 4xx"; strings.Join(got, ", ") != want {
		t.Errorf("series = %q, want %q", got, want)
	}
}

// A body beyond the limit is refused while it is read, whatever length it claims; routes for uploads may take more.
func TestBodyLimit(t *testing.T) {
	t.Parallel()
	read := Handle(func(_ http.ResponseWriter, r *http.Request) error {
		_, err := io.Copy(io.Discard, r.Body)
		return err
	}, nil)
	tests := map[string]struct {
		size    int
		handler http.Handler
		want    int
	}{
		"a form":            {1000, read, http.StatusOK},
		"the limit":         {2 << 20, read, http.StatusOK},
		"3 MiB":             {3 << 20, read, http.StatusRequestEntityTooLarge},
		"an upload":         {3 << 20, LongRequest(4<<20, time.Minute, read), http.StatusOK},
		"too big an upload": {5 << 20, LongRequest(4<<20, time.Minute, read), http.StatusRequestEntityTooLarge},
		"an upload below":   {3 << 20, LongRequest(1<<20, time.Minute, read), http.StatusRequestEntityTooLarge},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(Edge{Log: slog.New(slog.DiscardHandler)}.Handler(tc.handler))
			defer server.Close()
			body := io.MultiReader(bytes.NewReader(make([]byte, tc.size))) // of unknown length: sent in chunks
			response, err := http.Post(server.URL, "application/octet-stream", body)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != tc.want {
				t.Errorf("status = %d, want %d", response.StatusCode, tc.want)
			}
		})
	}
}

// A panic is answered without its text, and logged with it.
func TestPanicIsAnswered(t *testing.T) {
	t.Parallel()
	answer, log := exchange(t, Edge{}, httptest.NewRequest(http.MethodGet, "/", nil), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public, s-maxage=60")
		panic("canary")
	})
	if answer.Code != http.StatusInternalServerError || strings.Contains(answer.Body.String(), "canary") {
		t.Errorf("answer = %d %s", answer.Code, answer.Body)
	}
	if answer.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("a failure may be kept: %v", answer.Header())
	}
	if !strings.Contains(log, "canary") || !strings.Contains(log, `"status":500`) {
		t.Errorf("log = %s", log)
	}
}

// Half a page is never taken for a whole one.
func TestPanicAfterHalfAnAnswerCutsTheConnection(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(Edge{Log: slog.New(slog.DiscardHandler)}.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<html>")
		_ = http.NewResponseController(w).Flush()
		panic("halfway")
	})))
	server.Start()
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.ReadAll(response.Body); err == nil {
		t.Error("the answer ended as if it were whole")
	}
}

func TestOnlyProxiesMayCome(t *testing.T) {
	t.Parallel()
	edge := Edge{Proxies: proxies(t, "10.0.0.1"), ProxiesOnly: true}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("X-Forwarded-For", "10.0.0.1")
	answer, _ := exchange(t, edge, r, func(http.ResponseWriter, *http.Request) { t.Error("a visitor came past the edge") })
	if answer.Code != http.StatusForbidden {
		t.Errorf("status = %d", answer.Code)
	}
	r = httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = "10.0.0.1:4000"
	if answer, _ := exchange(t, edge, r, func(http.ResponseWriter, *http.Request) {}); answer.Code != http.StatusOK {
		t.Errorf("status through the proxy = %d", answer.Code)
	}
}

func TestClientNetwork(t *testing.T) {
	t.Parallel()
	for peer, want := range map[string]string{"192.0.2.1:1": "192.0.2.1", "[2001:db8:1:2:3:4:5:6]:1": "2001:db8:1:2::/64"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		exchange(t, Edge{}, r, func(_ http.ResponseWriter, r *http.Request) {
			if got := ClientNetwork(r.Context()); got != want {
				t.Errorf("%s is counted as %s, want %s", peer, got, want)
			}
		})
	}
}

// The back office is believed about who signs in, where it is a trusted proxy; everybody else is taken for who they are.
func TestForward(t *testing.T) {
	t.Parallel()
	var seen string
	inner := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = ClientNetwork(r.Context()) })
	loopback := Proxies{netip.MustParsePrefix("127.0.0.1/32")}
	for name, tc := range map[string]struct {
		handler http.Handler
		want    string
	}{
		"public, trusted":  {Edge{Proxies: loopback}.Handler(inner), "192.0.2.7"},
		"public, unknown":  {Edge{}.Handler(inner), "127.0.0.1"},
		"private, trusted": {loopback.Identify(inner), "192.0.2.7"},
		"private, unknown": {Proxies(nil).Identify(inner), "127.0.0.1"},
	} {
		services := httptest.NewServer(tc.handler)
		office := Edge{}.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			call, err := http.NewRequestWithContext(r.Context(), http.MethodPost, services.URL, nil)
			if err != nil {
				t.Error(err)
				return
			}
			answer, err := Forward(http.DefaultTransport).RoundTrip(call)
			if err != nil {
				t.Error(err)
				return
			}
			_ = answer.Body.Close()
		}))
		visitor := httptest.NewRequest(http.MethodPost, "/login", nil)
		visitor.RemoteAddr = "192.0.2.7:4000"
		office.ServeHTTP(httptest.NewRecorder(), visitor)
		services.Close()
		if seen != tc.want {
			t.Errorf("%s: the services saw %q, want %q", name, seen, tc.want)
		}
	}
}
