package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"

	inventoryv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1"
	"github.com/tradewind-commerce/tradewind/gen/tradewind/inventory/v1/inventoryv1connect"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

var buildChecker = sync.OnceValue(func() error {
	said, err := exec.Command("go", "build", "-o", binaries+"/", "../../deploy/invariants").CombinedOutput()
	if err != nil {
		return errors.New(string(said))
	}
	return nil
})

// check waits until nothing is broken any more: every event told, every payment known, every mail sent. What is still broken after that
// fails the test.
func (s *shop) check(t *testing.T, journal string) {
	t.Helper()
	await(t, "every event to be told", func() bool {
		return s.column(t, "select ((select count(*) from outbox) + (select count(*) from deliveries where not dead))::text")[0] == "0"
	})
	args := []string{"--patience", "1s"}
	if journal != "" {
		args = append(args, "--journal", journal)
	}
	for deadline := time.Now().Add(3 * patience); ; {
		said, status := s.examine(t, args...)
		if status == 0 {
			return
		}
		if status != 1 || time.Now().After(deadline) {
			t.Errorf("after all was mended there is still broken:\n%s", said)
			return
		}
		<-time.After(500 * time.Millisecond)
	}
}

// examine runs the checker, and returns what it said and its exit status.
func (s *shop) examine(t *testing.T, args ...string) (said string, status int) {
	t.Helper()
	if err := buildChecker(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(binaries, "invariants"), args...)
	cmd.Env = append(append([]string{}, s.env...), "DATABASE_URL="+s.databaseURL())
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// databaseURL is the primary as the server was told.
func (s *shop) databaseURL() (url string) {
	for _, setting := range slices.Concat(s.env, s.processes["server"].env) {
		if value, found := strings.CutPrefix(setting, "DATABASE_URL="); found {
			url = value
		}
	}
	return url
}

// column is the only column of a query, as text.
func (s *shop) column(t testing.TB, query string, args ...any) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.databaseURL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	rows, err := conn.Query(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	values, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// asProcess calls what only processes of the shop may call.
func (s *shop) asProcess(t testing.TB, service string) *connect.Client {
	t.Helper()
	secret, err := auth.DecodeSecret(s.keys["SECRET_KEY"])
	if err != nil {
		t.Fatal(err)
	}
	identity, err := auth.NewIdentity(secret, "test")
	if err != nil {
		t.Fatal(err)
	}
	return connect.NewClient(rpc.NewTransport(http.DefaultClient, s.instances(service)[0]), rpc.ClientInterceptor(identity))
}

// asShopper calls an instance of a service as anybody may, by a number that goes from one instance to the next.
func (s *shop) asShopper(t testing.TB, service string, number int) *connect.Client {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	at := s.instances(service)
	return connect.NewClient(rpc.NewTransport(&http.Client{Transport: transport, Timeout: patience}, at[number%len(at)]), rpc.ClientInterceptor(nil))
}

// instances are where a service is served: by processes of its own, or with the storefront.
func (s *shop) instances(service string) []string {
	var at []string
	for _, name := range []string{service + "1", service + "2"} {
		if p := s.processes[name]; p != nil {
			at = append(at, strings.TrimSuffix(p.ready, "/readyz"))
		}
	}
	if len(at) == 0 {
		return []string{s.private}
	}
	return at
}

// tokenOf is what auth would sign for a caller.
func (s *shop) tokenOf(t testing.TB, caller auth.Caller) string {
	t.Helper()
	seed, err := auth.DecodeSecret(s.keys["SIGNING_KEY"])
	if err != nil {
		t.Fatal(err)
	}
	signer, err := auth.NewSigner(seed)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signer.Sign(caller, clock.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// stockUp counts the same of everything.
func (s *shop) stockUp(t testing.TB, onHand int64, variants ...string) {
	t.Helper()
	request := &inventoryv1.SetStockRequest{Reason: "test", IdempotencyKey: id.New()}
	for _, variant := range variants {
		request.Counts = append(request.Counts, &inventoryv1.StockCount{VariantId: variant, OnHand: onHand})
	}
	if _, err := inventoryv1connect.NewStockServiceClient(s.asProcess(t, "inventory")).SetStock(t.Context(), request); err != nil {
		t.Fatal(err)
	}
}

// script tells the payment provider how to behave; an empty one, to behave well.
func (s *shop) script(t testing.TB, script string) {
	t.Helper()
	if script == "" {
		script = "{}"
	}
	s.control(t, http.MethodPost, strings.NewReader(script), nil)
}

// played is how many requests the provider answered as its script says.
func (s *shop) played(t testing.TB) int {
	t.Helper()
	var state struct {
		Played map[string]int `json:"played"`
	}
	s.control(t, http.MethodGet, nil, &state)
	sum := 0
	for _, n := range state.Played {
		sum += n
	}
	return sum
}

func (s *shop) control(t testing.TB, method string, body io.Reader, into any) {
	t.Helper()
	request, err := http.NewRequest(method, s.sandbox+"/control", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+s.keys["SANDBOX_KEY"])
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode >= 300 {
		t.Fatalf("the provider's control: %s", answer.Status)
	}
	if into != nil {
		if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
}
