package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1/orderv1connect"
	"github.com/tradewind-commerce/tradewind/platform/cache"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
)

// visitor sends requests to a limited port until one is refused.
type visitor struct {
	handler http.Handler
	address string
}

func (v visitor) ask(method, path string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, nil)
	request.RemoteAddr = v.address
	answer := httptest.NewRecorder()
	v.handler.ServeHTTP(answer, request)
	return answer
}

// until returns the refusal and how many requests came before it.
func (v visitor) until(t *testing.T, method, path string, most int) (*httptest.ResponseRecorder, int) {
	t.Helper()
	for n := range most {
		if answer := v.ask(method, path); answer.Code != http.StatusOK {
			return answer, n
		}
	}
	return nil, most
}

func newLimited(part float64) http.Handler {
	shop := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "served") })
	return web.Edge{}.Handler(limited(shop, part, nil, payments(part, nil)))
}

// One visitor cannot take the shop from others: each kind of request has its limit, and says when to come back.
func TestLimits(t *testing.T) {
	t.Parallel()
	for path, tc := range map[string]struct {
		method string
		limit  int
		says   string
	}{
		"/products/tea": {http.MethodGet, pageLimit.Burst, "Wait"},
		"/tradewind.catalog.v1.CatalogService/Search": {http.MethodPost, callLimit.Burst, `"resource_exhausted"`},
		"/cart/items": {http.MethodPost, cartLimit.Burst, "Wait"},
		"/tradewind.auth.v1.AuthService/IssueGuestToken":    {http.MethodPost, cartLimit.Burst, `"resource_exhausted"`},
		"/tradewind.checkout.v1.CartService/CreateCart":     {http.MethodPost, cartLimit.Burst, `"resource_exhausted"`},
		"/tradewind.checkout.v1.CheckoutService/PlaceOrder": {http.MethodPost, orderLimit.Burst, `"resource_exhausted"`},
		"/tradewind.order.v1.OrderService/StartPayment":     {http.MethodPost, payLimit.Burst, `"resource_exhausted"`},
		"/checkout/review":                     {http.MethodPost, orderLimit.Burst, "Wait"},
		"/orders/abc/payment":                  {http.MethodPost, orderLimit.Burst, "Wait"},
		"/tradewind.auth.v1.AuthService/LogIn": {http.MethodPost, loginLimit.Burst, `"resource_exhausted"`},
		"/orders":                              {http.MethodPost, lookupLimit.Burst, "Wait"},
		"/webhooks/payments/sandbox":           {http.MethodPost, callLimit.Burst, "Wait"},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			handler := newLimited(1)
			refusal, n := visitor{handler, "192.0.2.1:1000"}.until(t, tc.method, path, 10*callLimit.Burst)
			// Some more are allowed as time passes.
			if refusal == nil || n < tc.limit || n > tc.limit+tc.limit/2+5 {
				t.Fatalf("%d were served, want about %d", n, tc.limit)
			}
			if refusal.Code != http.StatusTooManyRequests || refusal.Header().Get("Retry-After") == "" || !strings.Contains(refusal.Body.String(), tc.says) {
				t.Errorf("refused with %d, Retry-After %q: %s", refusal.Code, refusal.Header().Get("Retry-After"), refusal.Body)
			}
			if answer := (visitor{handler, "192.0.2.2:1000"}).ask(tc.method, path); answer.Code != http.StatusOK {
				t.Errorf("another visitor: %d", answer.Code)
			}
			if answer := (visitor{handler, "192.0.2.1:1000"}).ask(http.MethodGet, "/assets/a.css"); answer.Code != http.StatusOK {
				t.Errorf("the files of a page that was served: %d", answer.Code)
			}
		})
	}
}

// Whoever began to pay ten times waits for minutes, by programs and on pages together, and reads for how long: other orders may be placed meanwhile.
func TestPayingIsSlow(t *testing.T) {
	t.Parallel()
	pay := payments(1, nil)
	begin := pay.onPages()
	shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isCall(r) {
			return
		}
		if err := begin(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusPaymentRequired)
		}
	})
	handler := web.Edge{}.Handler(limited(shop, 1, nil, pay))
	v, byProgram := visitor{handler, "192.0.2.1:1000"}, orderv1connect.OrderServiceStartPaymentProcedure
	if refusal, _ := v.until(t, http.MethodPost, byProgram, payLimit.Burst/2); refusal != nil {
		t.Fatalf("a program is refused with %d", refusal.Code)
	}
	refusal, begun := v.until(t, http.MethodPost, "/checkout/review", orderLimit.Burst)
	if refusal == nil || begun != payLimit.Burst-payLimit.Burst/2 || refusal.Code != http.StatusPaymentRequired || !strings.Contains(refusal.Body.String(), "try again in 6 minutes") {
		t.Errorf("%d are begun on pages, then %v", begun, refusal)
	}
	refusal = v.ask(http.MethodPost, byProgram)
	if wait, err := strconv.Atoi(refusal.Header().Get("Retry-After")); err != nil || wait < 60 || !strings.Contains(refusal.Body.String(), "Wait 6 minutes") {
		t.Errorf("a program may pay again after %q seconds: %s", refusal.Header().Get("Retry-After"), refusal.Body)
	}
	if refusal, _ := (visitor{handler, "127.0.0.1:1000"}).until(t, http.MethodPost, "/checkout/review", 2*payLimit.Burst); refusal != nil {
		t.Errorf("this machine is refused with %d", refusal.Code)
	}
}

// Who guesses at orders gets no more tries because the shop runs as several processes: they count together.
func TestLimitsAreCountedTogether(t *testing.T) {
	t.Parallel()
	address := os.Getenv("TEST_VALKEY_URL")
	if address == "" {
		t.Fatal("TEST_VALKEY_URL is not set: run `go run ./deploy/local test ./server`")
	}
	shop := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "served") })
	prefix, served := "test:"+id.New()+":", 0
	for range 3 { // processes
		shared, err := cache.Open(t.Context(), cache.Config{URL: address, Prefix: prefix, Metrics: prometheus.NewRegistry()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(shared.Close)
		_, n := visitor{web.Edge{}.Handler(limited(shop, 1, shared, payments(1, shared))), "192.0.2.1:1000"}.until(t, http.MethodPost, "/orders", 5*lookupLimit.Burst)
		served += n
	}
	if served < lookupLimit.Burst || served > lookupLimit.Burst*3/2 { // a cache that is slow for a moment costs a process's own count
		t.Errorf("%d tries were served, want %d", served, lookupLimit.Burst)
	}
}

// This machine's own programs are not visitors, and limits can be put aside or made wider.
func TestLimitsThatDoNotHold(t *testing.T) {
	t.Parallel()
	const many = 500
	for name, tc := range map[string]struct {
		part    float64
		address string
	}{
		"this machine":        {1, "127.0.0.1:1000"},
		"no limits":           {0, "192.0.2.1:1000"},
		"a hundred times all": {100, "192.0.2.1:1000"},
	} {
		if refusal, n := (visitor{newLimited(tc.part), tc.address}).until(t, http.MethodGet, "/products/tea", many); refusal != nil {
			t.Errorf("%s: refused after %d", name, n)
		}
	}
	if _, n := (visitor{newLimited(0.1), "192.0.2.1:1000"}).until(t, http.MethodGet, "/products/tea", many); n > pageLimit.Burst/2 {
		t.Errorf("a tenth: %d were served", n)
	}
}
