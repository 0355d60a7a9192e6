package shoptest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

// Sandbox is a running payment sandbox, a real program that knows nothing of the shop.
type Sandbox struct {
	t   testing.TB
	URL string
	key string
}

// BuildSandbox builds the sandbox's program, which lives as long as the test.
func BuildSandbox(t testing.TB) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "sandbox")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/tradewind-commerce/tradewind/deploy/sandbox").CombinedOutput(); err != nil {
		t.Fatalf("build the sandbox: %v\n%s", err, out)
	}
	return binary
}

// StartSandbox starts a sandbox that sends its messages to an address.
func StartSandbox(t testing.TB, binary, webhooks string) *Sandbox {
	t.Helper()
	return startSandbox(t, binary, webhooks, "key")
}

// StartStripe starts a sandbox that speaks as Stripe does, over the same book and with the same ways to misbehave.
func StartStripe(t testing.TB, binary, webhooks string) *Sandbox {
	t.Helper()
	return startSandbox(t, binary, webhooks, "sk_test_key", "SPEAKS=stripe", "SANDBOX_PUBLIC_KEY=pk_test_key")
}

func startSandbox(t testing.TB, binary, webhooks, key string, settings ...string) *Sandbox {
	t.Helper()
	for range 20 {
		cmd := exec.Command(binary)
		cmd.Env = append([]string{
			fmt.Sprintf("ADDR=127.0.0.1:%d", lowPort()), "DATA=" + filepath.Join(t.TempDir(), "record.jsonl"),
			"SANDBOX_KEY=" + key, "SANDBOX_WEBHOOK_SECRET=webhook-secret", "WEBHOOK_URL=" + webhooks, "HANG=30s",
		}, settings...)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		line, _ := bufio.NewReader(out).ReadString('\n')
		if address, said := strings.CutPrefix(strings.TrimSpace(line), "sandbox listening on "); said {
			return &Sandbox{t, address, key}
		} // else the port was taken: try another
	}
	t.Fatal("the sandbox does not start")
	return nil
}

// NewSandboxClient returns the shop's client of a sandbox. It waits a second for answers, so that a hanging one does not hold up tests.
func NewSandboxClient(t testing.TB, address string) *payment.Sandbox {
	t.Helper()
	client, err := payment.NewSandbox(payment.SandboxConfig{URL: address, Key: "key", PublicKey: "pk_sandbox", WebhookSecrets: config.Secrets{"webhook-secret"}, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// NewStripeClient returns the shop's client of a sandbox that speaks as Stripe does.
func NewStripeClient(t testing.TB, address string) *payment.Stripe {
	t.Helper()
	client, err := payment.NewStripe(payment.StripeConfig{
		URL: address, SecretKey: "sk_test_key", PublishableKey: "pk_test_key", WebhookSecrets: config.Secrets{"webhook-secret"}, Timeout: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Press does what the shopper does on the hosted page, whatever comes of it.
func Press(t testing.TB, page, action string) {
	t.Helper()
	send(t, page, url.Values{"action": {action}})
}

// Confirm gives the bank the code that it asks for on the hosted page's second step.
func Confirm(t testing.TB, page, code string) {
	t.Helper()
	send(t, page+"/challenge", url.Values{"code": {code}})
}

func send(t testing.TB, page string, form url.Values) {
	t.Helper()
	client := http.Client{Timeout: time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(page, form)
	if err != nil {
		t.Logf("the shopper's browser: %v", err)
		return
	}
	_ = resp.Body.Close()
}

// Tell sets the sandbox's script.
func (s *Sandbox) Tell(script string) {
	s.t.Helper()
	s.call(http.MethodPost, "/control", script)
}

// Charge is a line of the sandbox's own statement.
type Charge struct {
	Reference   string `json:"reference"`
	Kind        string `json:"kind"`
	AmountMinor int64  `json:"amount_minor"`
}

// Charges returns everything that really moved.
func (s *Sandbox) Charges() []Charge {
	s.t.Helper()
	var statement struct{ Charges []Charge }
	if err := json.Unmarshal(s.call(http.MethodGet, "/v1/charges", ""), &statement); err != nil {
		s.t.Fatal(err)
	}
	return statement.Charges
}

func (s *Sandbox) call(method, path, body string) []byte {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s: %s %s %v", method, path, resp.Status, answer, err)
	}
	return answer
}

// Serve listens on this machine until the test ends, on a port that no outgoing connection takes.
func Serve(t testing.TB, handler http.Handler) string {
	t.Helper()
	for range 20 {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", lowPort()))
		if err != nil {
			continue
		}
		server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler, ReadHeaderTimeout: time.Second}}
		server.Start()
		t.Cleanup(server.Close)
		return server.URL
	}
	t.Fatal("no port is free")
	return ""
}

func lowPort() int { return 20000 + rand.IntN(10000) }
