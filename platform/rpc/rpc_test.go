package rpc

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectinprocess"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1/orderv1connect"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// orders is a service whose GetOrder does what a test says.
type orders struct {
	orderv1connect.UnimplementedOrderServiceHandler
	get func(ctx context.Context) error
}

func (o orders) GetOrder(ctx context.Context, _ *orderv1.GetOrderRequest) (*orderv1.GetOrderResponse, error) {
	return &orderv1.GetOrderResponse{}, o.get(ctx)
}

func (o orders) SettlePayment(ctx context.Context, _ *orderv1.SettlePaymentRequest) (*orderv1.SettlePaymentResponse, error) {
	return &orderv1.SettlePaymentResponse{}, o.get(ctx)
}

// world is one service, called both ways: what holds in one process holds between two.
type world struct {
	signer   *auth.Signer
	identity *auth.Identity
	server   *connect.Server
	url      string
	clients  map[string]orderv1connect.OrderServiceClient
	log      *strings.Builder
}

func newWorld(t *testing.T, get func(ctx context.Context) error) world {
	t.Helper()
	signer, err := auth.NewSigner(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	identity, err := auth.NewIdentity(make([]byte, 32), "worker")
	if err != nil {
		t.Fatal(err)
	}
	log := &strings.Builder{}
	verifier := auth.NewVerifier(func(context.Context) ([]auth.PublicKey, error) { return []auth.PublicKey{signer.PublicKey()}, nil })
	server := connect.NewServer(ServerInterceptor(ServerConfig{Tokens: verifier, Identity: identity, Log: slog.New(slog.NewTextHandler(log, nil))}))
	orderv1connect.RegisterOrderServiceHandler(server, orders{get: get})
	mux := http.NewServeMux()
	Mount(mux, server, false)
	listener := httptest.NewServer(mux)
	t.Cleanup(listener.Close)
	client := func(transport connect.Transport, identity *auth.Identity) orderv1connect.OrderServiceClient {
		return orderv1connect.NewOrderServiceClient(connect.NewClient(transport, ClientInterceptor(identity)))
	}
	return world{
		signer: signer, identity: identity, server: server, url: listener.URL, log: log,
		clients: map[string]orderv1connect.OrderServiceClient{
			"in one process":     client(connectinprocess.New(server), nil),
			"over HTTP":          client(NewTransport(listener.Client(), listener.URL), nil),
			"process, in one":    client(connectinprocess.New(server), identity),
			"process, over HTTP": client(NewTransport(listener.Client(), listener.URL), identity),
		},
	}
}

func (w world) token(t *testing.T, caller auth.Caller, life time.Duration) string {
	t.Helper()
	token, err := w.signer.Sign(caller, clock.Now().Add(life))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func request() *orderv1.GetOrderRequest { return &orderv1.GetOrderRequest{OrderId: id.New()} }

// Whoever the policy does not name is refused, in one process as between two, and nobody becomes a caller by what a context held.
func TestPolicyHoldsOnBothPaths(t *testing.T) {
	t.Parallel()
	var seen auth.Caller
	w := newWorld(t, func(ctx context.Context) error { seen = auth.CallerFrom(ctx); return nil })
	staff := auth.Caller{Kind: auth.Staff, Subject: "s", Grants: []string{"orders.read"}}
	tests := map[string]struct {
		token string
		want  connect.Code
		kind  auth.Kind
	}{
		"nobody":              {"", connect.CodeUnauthenticated, ""},
		"guest":               {w.token(t, auth.Caller{Kind: auth.Guest, Subject: "g"}, time.Minute), 0, auth.Guest},
		"staff":               {w.token(t, staff, time.Minute), 0, auth.Staff},
		"staff without right": {w.token(t, auth.Caller{Kind: auth.Staff, Subject: "s", Grants: []string{"products.read"}}, time.Minute), connect.CodePermissionDenied, ""},
		"key without scope":   {w.token(t, auth.Caller{Kind: auth.Key, Subject: "k"}, time.Minute), connect.CodePermissionDenied, ""},
		"ended token":         {w.token(t, staff, -time.Minute), connect.CodeUnauthenticated, ""},
		"a process's token":   {w.token(t, auth.Caller{Kind: auth.Process, Subject: "worker"}, time.Minute), connect.CodeUnauthenticated, ""},
		"no token at all":     {"not.a.token", connect.CodeUnauthenticated, ""},
		"8 kB of dots":        {strings.Repeat(".", 8<<10), connect.CodeUnauthenticated, ""},
	}
	for name, tc := range tests {
		for _, path := range []string{"in one process", "over HTTP"} {
			ctx := auth.WithCaller(context.Background(), auth.Caller{Kind: auth.Staff, Subject: "forged", Grants: []string{"orders.read"}})
			seen = auth.Caller{}
			_, err := w.clients[path].GetOrder(auth.WithToken(ctx, tc.token), request())
			if code := codeOf(err); code != tc.want {
				t.Errorf("%s, %s: %v, want %v", name, path, err, tc.want)
			}
			if seen.Kind != tc.kind || seen.Subject == "forged" {
				t.Errorf("%s, %s: the handler saw %+v", name, path, seen)
			}
		}
	}
}

// codeOf is 0 for success, where connect says unknown.
func codeOf(err error) connect.Code {
	if err == nil {
		return 0
	}
	return connect.CodeOf(err)
}

// What only processes may call is not even served in public, by its own path or by the service's.
func TestProcessMethodsAreHidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(context.Context) error { return nil })
	settle := &orderv1.SettlePaymentRequest{PaymentId: id.New()}
	for _, path := range []string{"process, in one", "process, over HTTP"} {
		if _, err := w.clients[path].SettlePayment(context.Background(), settle); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	staff := auth.WithToken(context.Background(), w.token(t, auth.Caller{Kind: auth.Staff, Subject: "s", Grants: []string{"orders.write"}}, time.Minute))
	for _, path := range []string{"in one process", "over HTTP"} {
		if _, err := w.clients[path].SettlePayment(staff, settle); connect.CodeOf(err) != connect.CodePermissionDenied {
			t.Errorf("staff, %s: %v", path, err)
		}
	}
	mux := http.NewServeMux()
	Mount(mux, w.server, true)
	public := httptest.NewServer(mux)
	t.Cleanup(public.Close)
	client := orderv1connect.NewOrderServiceClient(connect.NewClient(NewTransport(public.Client(), public.URL), ClientInterceptor(w.identity)))
	if _, err := client.SettlePayment(context.Background(), settle); connect.CodeOf(err) != connect.CodeUnimplemented {
		t.Errorf("a process method on the public port: %v", err)
	}
	for _, path := range []string{"/tradewind.order.v1.OrderService/SettlePayment", "/tradewind.order.v1.OrderService/%53ettlePayment"} {
		answer, err := http.Post(public.URL+path, "application/json", strings.NewReader(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", path, answer.StatusCode)
		}
	}
}

// A request that breaks a rule of its proto never reaches the handler, and the words name the field.
func TestValidation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(context.Context) error { t.Error("the handler ran"); return nil })
	guest := auth.WithToken(context.Background(), w.token(t, auth.Caller{Kind: auth.Guest, Subject: "g"}, time.Minute))
	for _, path := range []string{"in one process", "over HTTP"} {
		_, err := w.clients[path].GetOrder(guest, &orderv1.GetOrderRequest{OrderId: "1"})
		if connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), "order_id") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Errors keep their code and words where these were chosen, and give nothing away where they were not; panics are errors.
func TestErrorsAtTheEdge(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fail func() error
		want connect.Code
		says string
	}{
		"chosen":           {func() error { return NotFound("no such order") }, connect.CodeNotFound, "no such order"},
		"wrapped":          {func() error { return errors.Join(errors.New("while"), FailedPrecondition("paid already")) }, connect.CodeFailedPrecondition, "paid already"},
		"unexpected":       {func() error { return errors.New("secret table missing") }, connect.CodeInternal, "request id"},
		"panic":            {func() error { panic("secret") }, connect.CodeInternal, "request id"},
		"callee's words":   {func() error { return connect.NewError(connect.CodeNotFound, "secret").WithRemote() }, connect.CodeInternal, "request id"},
		"callee passed on": {func() error { return Passed(connect.NewError(connect.CodeNotFound, "no such cart").WithRemote()) }, connect.CodeNotFound, "no such cart"},
		"callee is away":   {func() error { return connect.NewError(connect.CodeUnavailable, "secret host").WithRemote() }, connect.CodeUnavailable, "repeat"},
		"database busy":    {func() error { return postgres.ErrBusy }, connect.CodeUnavailable, "busy"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(context.Context) error { return tc.fail() })
			guest := auth.WithToken(context.Background(), w.token(t, auth.Caller{Kind: auth.Guest, Subject: "g"}, time.Minute))
			for _, path := range []string{"in one process", "over HTTP"} {
				_, err := w.clients[path].GetOrder(guest, request())
				if connect.CodeOf(err) != tc.want || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "secret") {
					t.Errorf("%s: %v", path, err)
				}
			}
			if tc.want == connect.CodeInternal && !strings.Contains(w.log.String(), "secret") {
				t.Errorf("the cause was not logged: %s", w.log)
			}
		})
	}
}

// What a call wrote is seen by the caller's next read, also when the call failed after writing, on both paths.
func TestConsistencyTokenComesHome(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]error{"success": nil, "failure": NotFound("gone")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent postgres.LSN
			w := newWorld(t, func(ctx context.Context) error {
				sent = postgres.Token(ctx)
				postgres.RaiseToken(ctx, sent+100)
				return failure
			})
			guest := w.token(t, auth.Caller{Kind: auth.Guest, Subject: "g"}, time.Minute)
			for _, path := range []string{"in one process", "over HTTP"} {
				ctx := postgres.WithToken(auth.WithToken(context.Background(), guest), 4000)
				_, _ = w.clients[path].GetOrder(ctx, request())
				if sent != 4000 || postgres.Token(ctx) != 4100 {
					t.Errorf("%s: sent %d, came home %d", path, sent, postgres.Token(ctx))
				}
			}
		})
	}
}

// A method that outlives its time fails alike on both paths.
func TestDeadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(ctx context.Context) error { <-ctx.Done(); return nil })
	guest := auth.WithToken(context.Background(), w.token(t, auth.Caller{Kind: auth.Guest, Subject: "g"}, time.Minute))
	for _, path := range []string{"in one process", "over HTTP"} {
		ctx, cancel := context.WithTimeout(guest, 50*time.Millisecond)
		_, err := w.clients[path].GetOrder(ctx, request())
		cancel()
		if connect.CodeOf(err) != connect.CodeDeadlineExceeded {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A method that says nothing of its callers stops the start.
func TestCheckPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(context.Context) error { return nil })
	RegisterStandard(t.Context(), w.server, func(context.Context) error { return nil })
	if err := CheckPolicies(w.server); err != nil {
		t.Errorf("every method has a policy: %v", err)
	}
	w.server.Register(connect.Method{Spec: connect.Spec{Procedure: "/shop.v1.ShopService/Nobody"}, Handler: func(context.Context, connect.Spec, connect.ServerStream) error { return nil }})
	if err := CheckPolicies(w.server); err == nil || !strings.Contains(err.Error(), "Nobody") {
		t.Errorf("a method without a policy: %v", err)
	}
}

// A page token leads back to where it was made, and a made-up one is refused.
func FuzzPageToken(f *testing.F) {
	f.Add("", int64(0))
	f.Add("x", int64(-1))
	f.Fuzz(func(t *testing.T, text string, number int64) {
		type key struct {
			Text   []byte
			Number int64
		}
		var back key
		if err := ParsePageToken(PageToken(key{[]byte(text), number}), &back); err != nil || string(back.Text) != text || back.Number != number {
			t.Errorf("%q %d came back as %+v, %v", text, number, back, err)
		}
		if err := ParsePageToken(text, &back); err != nil && connect.CodeOf(err) != connect.CodeInvalidArgument {
			t.Errorf("%q: %v", text, err)
		}
	})
}
