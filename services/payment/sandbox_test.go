package payment_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

const (
	requiresAction = paymentv1.PaymentState_PAYMENT_STATE_REQUIRES_ACTION
	captured       = paymentv1.PaymentState_PAYMENT_STATE_CAPTURED
	partlyRefunded = paymentv1.PaymentState_PAYMENT_STATE_PARTLY_REFUNDED
	refunded       = paymentv1.PaymentState_PAYMENT_STATE_REFUNDED
	voided         = paymentv1.PaymentState_PAYMENT_STATE_VOIDED
	expired        = paymentv1.PaymentState_PAYMENT_STATE_EXPIRED
	failed         = paymentv1.PaymentState_PAYMENT_STATE_FAILED
)

// The client agrees with the real sandbox program, in good times and bad.
func TestSandbox(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "sandbox")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/tradewind-commerce/tradewind/deploy/sandbox").CombinedOutput(); err != nil {
		t.Fatalf("build the sandbox: %v\n%s", err, out)
	}
	for name, test := range map[string]func(*testing.T, *sandboxProgram){
		"pays and refunds":                  paysAndRefunds,
		"ends without money":                endsWithoutMoney,
		"repeats are one payment":           repeatsAreOnePayment,
		"no answer means nobody knows":      noAnswerMeansNobodyKnows,
		"refund whose answer is lost":       refundWhoseAnswerIsLost,
		"a question changes nothing":        aQuestionChangesNothing,
		"out of reach is not unknown":       outOfReachIsNotUnknown,
		"webhooks are taken when they hold": webhooksAreTakenWhenTheyHold,
		"the statement lists what moved":    theStatementListsWhatMoved,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, startSandboxProgram(t, binary))
		})
	}
}

func paysAndRefunds(t *testing.T, s *sandboxProgram) {
	view := s.start("order-1")
	if view.State != requiresAction || !strings.HasPrefix(view.RedirectURL, s.url+"/pay/") || view.Version != 1 || view.ProviderID == "" {
		t.Errorf("started as %+v", view)
	}
	s.press(view, "pay")
	if view := s.find("order-1"); view.State != captured || view.CapturedMinor != 4990 || view.Currency != "EUR" || view.RedirectURL != "" {
		t.Errorf("paid: %+v", view)
	}
	for range 2 {
		view, err := s.Refund(t.Context(), ref("order-1"), "refund-1", eur(990), "")
		if err != nil || view.State != partlyRefunded || view.RefundedMinor != 990 || view.Refunds["refund-1"] != 990 {
			t.Errorf("refund: %+v %v", view, err)
		}
	}
	for name, amount := range map[string]money.Amount{"above the rest": eur(4001), "nothing": eur(0), "negative": eur(-1), "other currency": {Minor: 1, Currency: "USD"}} {
		if _, err := s.Refund(t.Context(), ref("order-1"), "refund-2", amount, ""); !errors.Is(err, payment.ErrRefused) {
			t.Errorf("refund %s: %v", name, err)
		}
	}
	if _, err := s.Void(t.Context(), ref("order-1"), "void-1"); !errors.Is(err, payment.ErrRefused) {
		t.Errorf("void of paid money: %v", err)
	}
	if view, err := s.Refund(t.Context(), ref("order-1"), "refund-3", eur(4000), ""); err != nil || view.State != refunded || len(view.Refunds) != 2 {
		t.Errorf("the rest: %+v %v", view, err)
	}
}

func theStatementListsWhatMoved(t *testing.T, s *sandboxProgram) {
	s.press(s.start("order-1"), "pay")
	s.start("order-2")
	if _, err := s.Void(t.Context(), ref("order-2"), "void-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Refund(t.Context(), ref("order-1"), "refund-1", eur(990), ""); err != nil {
		t.Fatal(err)
	}
	page, next, err := s.Charges(t.Context(), startedAt.Add(-time.Hour), "")
	if err != nil || next != "" || len(page) != 3 {
		t.Fatalf("%v, %q, %v", page, next, err)
	}
	var lines []string
	for _, line := range page {
		if clock.Now().Sub(line.Time).Abs() > time.Minute || line.ID == "" || line.ProviderID == "" {
			t.Errorf("the statement has %+v", line)
		}
		lines = append(lines, fmt.Sprintf("%s %s %d %s, fee %d, net %d, %s", line.Reference, line.Kind, line.AmountMinor, line.Currency, line.Fee.Minor, line.Net.Minor, line.Key))
	}
	want := []string{"order-1 capture 4990 EUR, fee 94, net 4896, ", "order-2 void 0 EUR, fee 0, net 0, void-1", "order-1 refund 990 EUR, fee 0, net -990, refund-1"}
	if !slices.Equal(lines, want) {
		t.Errorf("the statement is %q, want %q", lines, want)
	}
	if page, _, err := s.Charges(t.Context(), clock.Now().Add(time.Hour), ""); err != nil || len(page) != 0 {
		t.Errorf("of the future: %v, %v", page, err)
	}
	s.stop()
	if _, _, err := s.Charges(t.Context(), startedAt, ""); !errors.Is(err, payment.ErrUnavailable) {
		t.Errorf("out of reach: %v", err)
	}
}

func endsWithoutMoney(t *testing.T, s *sandboxProgram) {
	for action, why := range map[string]struct {
		problem string
		failure paymentv1.FailureReason
	}{
		"decline": {"declined: do not honor", paymentv1.FailureReason_FAILURE_REASON_DECLINED},
		"cancel":  {"cancelled by the shopper", paymentv1.FailureReason_FAILURE_REASON_CANCELLED},
	} {
		s.press(s.start(action), action)
		if view := s.find(action); view.State != failed || view.Problem != why.problem || view.Failure != why.failure || view.CapturedMinor != 0 {
			t.Errorf("%s: %+v", action, view)
		}
		if _, err := s.Refund(t.Context(), ref(action), "refund-"+action, eur(1), ""); !errors.Is(err, payment.ErrRefused) {
			t.Errorf("refund after %s: %v", action, err)
		}
	}
	view := s.start("voided")
	for range 2 {
		if view, err := s.Void(t.Context(), ref("voided"), "void-1"); err != nil || view.State != voided {
			t.Errorf("void: %+v %v", view, err)
		}
	}
	s.press(view, "pay")
	if view := s.find("voided"); view.State != voided || view.CapturedMinor != 0 {
		t.Errorf("paid after it was voided: %+v", view)
	}
	s.start("late")
	s.tell(`{"clock_offset_seconds": 7200}`)
	if view := s.find("late"); view.State != expired {
		t.Errorf("after its time: %+v", view)
	}
}

func repeatsAreOnePayment(t *testing.T, s *sandboxProgram) {
	first, again := s.start("order-1"), s.start("order-1")
	if first.ProviderID != again.ProviderID {
		t.Errorf("two payments: %s and %s", first.ProviderID, again.ProviderID)
	}
	other := startRequest("order-1")
	other.Amount = eur(1)
	if _, err := s.Start(t.Context(), other); !errors.Is(err, payment.ErrRefused) {
		t.Errorf("the same key for another amount: %v", err)
	}
	for _, call := range []func() (payment.View, error){
		func() (payment.View, error) { return s.Find(t.Context(), ref("order-2")) },
		func() (payment.View, error) { return s.Void(t.Context(), ref("order-2"), "void-1") },
		func() (payment.View, error) { return s.Refund(t.Context(), ref("order-2"), "refund-1", eur(1), "") },
	} {
		if _, err := call(); !errors.Is(err, payment.ErrUnknownPayment) {
			t.Errorf("a payment nobody opened: %v", err)
		}
	}
}

// Whether it acted or not, a start that got no answer is unknown until Find is asked.
func noAnswerMeansNobodyKnows(t *testing.T, s *sandboxProgram) {
	for how, acted := range map[string]bool{"reset": false, "hang": false, "500": false, "hang_after": true, "500_after": true, "500_replayed": true} {
		s.tell(`{"create": "` + how + `", "percent": 100}`)
		if _, err := s.Start(t.Context(), startRequest(how)); !errors.Is(err, payment.ErrUnknownOutcome) || errors.Is(err, payment.ErrUnavailable) {
			t.Errorf("start with %s: %v", how, err)
		}
		s.tell(`{}`)
		view, err := s.Find(t.Context(), ref(how))
		if acted && (err != nil || view.State != requiresAction) || !acted && !errors.Is(err, payment.ErrUnknownPayment) {
			t.Errorf("find after %s: %+v %v", how, view, err)
		}
	}
}

// A refund that was made is found by its key, even at a provider that repeats its error for ever.
func refundWhoseAnswerIsLost(t *testing.T, s *sandboxProgram) {
	s.press(s.start("order-1"), "pay")
	for how, acted := range map[string]bool{"reset": false, "hang": false, "500": false, "hang_after": true, "500_after": true, "500_replayed": true} {
		s.tell(`{"refund": "` + how + `"}`)
		if _, err := s.Refund(t.Context(), ref("order-1"), how, eur(10), ""); !errors.Is(err, payment.ErrUnknownOutcome) {
			t.Errorf("refund with %s: %v", how, err)
		}
		s.tell(`{}`)
		if _, made := s.find("order-1").Refunds[how]; made != acted {
			t.Errorf("refund with %s was made: %v, want %v", how, made, acted)
		}
	}
	_, err := s.Refund(t.Context(), ref("order-1"), "500_replayed", eur(10), "")
	if view := s.find("order-1"); !errors.Is(err, payment.ErrUnknownOutcome) || view.RefundedMinor != 30 {
		t.Errorf("repeat of a broken key: %v, then %+v", err, view)
	}
}

func aQuestionChangesNothing(t *testing.T, s *sandboxProgram) {
	s.start("order-1")
	for _, how := range []string{"reset", "hang", "500"} {
		s.tell(`{"get": "` + how + `"}`)
		for name, ask := range map[string]func() (payment.View, error){
			"find":   func() (payment.View, error) { return s.Find(t.Context(), ref("order-1")) },
			"void":   func() (payment.View, error) { return s.Void(t.Context(), ref("order-1"), "void-1") },
			"refund": func() (payment.View, error) { return s.Refund(t.Context(), ref("order-1"), "refund-1", eur(1), "") },
		} {
			if _, err := ask(); !errors.Is(err, payment.ErrUnavailable) || errors.Is(err, payment.ErrUnknownOutcome) {
				t.Errorf("%s with %s: %v", name, how, err)
			}
		}
	}
	s.tell(`{}`)
	if view := s.find("order-1"); view.State != requiresAction || view.Version != 1 {
		t.Errorf("something changed: %+v", view)
	}
}

func outOfReachIsNotUnknown(t *testing.T, s *sandboxProgram) {
	locked := s.client(func(cfg *payment.SandboxConfig) { cfg.Key = "wrong" })
	if _, err := locked.Start(t.Context(), startRequest("order-1")); !errors.Is(err, payment.ErrUnavailable) {
		t.Errorf("start with a wrong key: %v", err)
	}
	s.stop()
	for range 2 { // the second time without a connection from before
		_, err := s.Start(t.Context(), startRequest("order-1"))
		if err == nil || !errors.Is(err, payment.ErrUnavailable) && !errors.Is(err, payment.ErrUnknownOutcome) {
			t.Errorf("start at a stopped provider: %v", err)
		}
	}
	if _, err := s.client().Start(t.Context(), startRequest("order-1")); !errors.Is(err, payment.ErrUnavailable) {
		t.Errorf("start at a provider that is not there: %v", err)
	}
	if _, err := s.client().Find(t.Context(), ref("order-1")); !errors.Is(err, payment.ErrUnavailable) {
		t.Errorf("find at a provider that is not there: %v", err)
	}
}

func webhooksAreTakenWhenTheyHold(t *testing.T, s *sandboxProgram) {
	s.press(s.start("order-1"), "pay")
	var message delivery
	select {
	case message = <-s.inbox:
	case <-time.After(10 * time.Second):
		t.Fatal("no webhook came")
	}
	now := clock.Now()
	notice, err := s.ParseWebhook(message.header, message.body, now)
	if err != nil || notice.Reference != "order-1" || notice.ID == "" {
		t.Fatalf("notice %+v %v", notice, err)
	}
	rotated := s.client(func(cfg *payment.SandboxConfig) { cfg.WebhookSecrets = config.Secrets{"new", "webhook-secret"} })
	if _, err := rotated.ParseWebhook(message.header, message.body, now); err != nil {
		t.Errorf("the older of two secrets: %v", err)
	}

	altered := strings.Replace(string(message.body), "order-1", "order-2", 1)
	dearer := http.Header{"Sandbox-Signature": {strings.Replace(message.header.Get("Sandbox-Signature"), "t=", "t=1", 1)}}
	for name, refused := range map[string]func() (payment.Notice, error){
		"altered body": func() (payment.Notice, error) { return s.ParseWebhook(message.header, []byte(altered), now) },
		"altered time": func() (payment.Notice, error) { return s.ParseWebhook(dearer, message.body, now) },
		"unsigned":     func() (payment.Notice, error) { return s.ParseWebhook(http.Header{}, message.body, now) },
		"6 minutes old": func() (payment.Notice, error) {
			return s.ParseWebhook(message.header, message.body, now.Add(6*time.Minute))
		},
		"from 6 minutes": func() (payment.Notice, error) {
			return s.ParseWebhook(message.header, message.body, now.Add(-6*time.Minute))
		},
		"other secret": func() (payment.Notice, error) {
			other := s.client(func(cfg *payment.SandboxConfig) { cfg.WebhookSecrets = config.Secrets{"other"} })
			return other.ParseWebhook(message.header, message.body, now)
		},
		"no secret": func() (payment.Notice, error) {
			none := s.client(func(cfg *payment.SandboxConfig) { cfg.WebhookSecrets = nil })
			return none.ParseWebhook(message.header, message.body, now)
		},
	} {
		if notice, err := refused(); !errors.Is(err, payment.ErrUnverified) || notice != (payment.Notice{}) {
			t.Errorf("%s: %+v %v", name, notice, err)
		}
	}
}

// sandboxProgram is a running sandbox and a client of it.
type sandboxProgram struct {
	*payment.Sandbox
	t     *testing.T
	url   string
	key   string
	cmd   *exec.Cmd
	inbox chan delivery
}

type delivery struct {
	header http.Header
	body   []byte
}

func startSandboxProgram(t *testing.T, binary string, env ...string) *sandboxProgram {
	t.Helper()
	s := &sandboxProgram{t: t, key: "key", inbox: make(chan delivery, 100)}
	for _, setting := range env {
		if key, ok := strings.CutPrefix(setting, "SANDBOX_KEY="); ok {
			s.key = key
		}
	}
	door := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.inbox <- delivery{r.Header.Clone(), body}
	}))
	for range 20 {
		s.cmd = exec.Command(binary)
		s.cmd.Env = []string{fmt.Sprintf("ADDR=127.0.0.1:%d", 20000+rand.IntN(10000)), "DATA=" + filepath.Join(t.TempDir(), "record.jsonl"),
			"SANDBOX_KEY=key", "SANDBOX_WEBHOOK_SECRET=webhook-secret", "WEBHOOK_URL=" + door.URL, "HANG=30s"}
		s.cmd.Env = append(s.cmd.Env, env...)
		out, err := s.cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.stop)
		line, _ := bufio.NewReader(out).ReadString('\n')
		var said bool
		if s.url, said = strings.CutPrefix(strings.TrimSpace(line), "sandbox listening on "); said {
			s.Sandbox = s.client()
			return s
		}
		s.stop() // the port was taken: try another
	}
	t.Fatal("the sandbox does not start")
	return nil
}

func (s *sandboxProgram) stop() {
	if s.cmd.ProcessState == nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
}

// client waits a second for answers, so that a hanging provider does not hold up the tests.
func (s *sandboxProgram) client(change ...func(*payment.SandboxConfig)) *payment.Sandbox {
	s.t.Helper()
	cfg := payment.SandboxConfig{URL: s.url, Key: "key", WebhookSecrets: config.Secrets{"webhook-secret"}, Timeout: time.Second}
	for _, c := range change {
		c(&cfg)
	}
	client, err := payment.NewSandbox(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	return client
}

var startedAt = clock.Now()

func startRequest(reference string) payment.StartRequest {
	return payment.StartRequest{
		Reference: reference, Key: reference, Amount: eur(4990), Description: "Order 1042",
		ReturnURL: "https://shop.example/return", CancelURL: "https://shop.example/cart", ExpireTime: startedAt.Add(time.Hour),
	}
}

func ref(reference string) payment.Ref { return payment.Ref{Reference: reference} }

func eur(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "EUR"} }

func (s *sandboxProgram) start(reference string) payment.View {
	s.t.Helper()
	view, err := s.Start(s.t.Context(), startRequest(reference))
	if err != nil {
		s.t.Fatal(err)
	}
	return view
}

func (s *sandboxProgram) find(reference string) payment.View {
	s.t.Helper()
	view, err := s.Find(s.t.Context(), ref(reference))
	if err != nil {
		s.t.Fatal(err)
	}
	return view
}

// press does what the shopper does on the hosted page.
func (s *sandboxProgram) press(view payment.View, action string) {
	s.t.Helper()
	client := http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(view.RedirectURL, url.Values{"action": {action}})
	if err != nil {
		s.t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("%s answered %s", action, resp.Status)
	}
}

// tell sets the sandbox's script.
func (s *sandboxProgram) tell(script string) { s.t.Helper(); s.control("/control", script) }

func (s *sandboxProgram) control(path, script string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+path, strings.NewReader(script))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s answered %s", path, script, resp.Status)
	}
}
