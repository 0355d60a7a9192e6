package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program runs the sandbox as a process of its own on a given record, so that it can be killed.
func program(t *testing.T, data string, env ...string) (*shop, *exec.Cmd) {
	t.Helper()
	for range 20 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append([]string{"SANDBOX_TEST_PROGRAM=1", "ADDR=" + freeAddress(), "DATA=" + data, "SANDBOX_KEY=" + testKey,
			"SANDBOX_WEBHOOK_SECRET=" + testSecret, "HANG=30s"}, env...)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { kill(cmd) })
		line, err := bufio.NewReader(out).ReadString('\n')
		if address, ok := strings.CutPrefix(strings.TrimSpace(line), "sandbox listening on "); ok {
			return &shop{t: t, url: address}, cmd
		}
		t.Logf("did not start: %q %v", line, err) // the port was taken: try another
		kill(cmd)
	}
	t.Fatal("the sandbox does not start")
	return nil, nil
}

// kill ends a program as a power cut does. Once it is dead there is nothing left to do.
func kill(cmd *exec.Cmd) {
	if cmd.ProcessState == nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// Money that was taken is known after the process is killed, although nobody ever got an answer; keys still protect and
// the shop is still told.
func TestKilledAfterCharge(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "record.jsonl")
	s, cmd := program(t, data)
	p, half := s.open("order-1"), s.open("order-2")
	s.pay(half)
	s.refund(half, "refund-1", 90)
	pressed := make(chan bool)
	go func() { pressed <- s.press("/pay/"+p.ID, url.Values{"action": {"hang"}}) == nil }()
	eventually(t, "charged", func() bool { return s.get(p).State == Captured })
	kill(cmd)
	if !<-pressed {
		t.Error("the shopper got an answer")
	}

	in := openInbox(t)
	s, _ = program(t, data, "WEBHOOK_URL="+in.url)
	s.wants(p, Captured, 4990, 0)
	s.wants(half, PartlyRefunded, 4990, 90)
	if status, again := s.call("POST", "/v1/payments", "order-1", asked("order-1")); status != http.StatusOK || again.ID != p.ID {
		t.Errorf("a repeat after the restart: %d %s", status, again.ID)
	}
	other := asked("order-1")
	other["amount_minor"] = 1
	if status, _ := s.call("POST", "/v1/payments", "order-1", other); status != http.StatusConflict {
		t.Errorf("the key with another request after the restart: %d", status)
	}
	s.refund(half, "refund-1", 90)
	s.button(p, "pay")
	if charges := s.charges(); len(charges) != 3 {
		t.Errorf("%d movements, want two captures and a refund: %+v", len(charges), charges)
	}
	eventually(t, "told of all three", func() bool { return len(in.messages()) == 3 })
}

// Whatever was answered for before a kill is there after it, at whatever moment the kill came.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "record.jsonl")
	answered := map[string]bool{}
	for round := range 5 {
		s, cmd := program(t, data)
		captured := map[string]bool{}
		for _, c := range s.charges() {
			if captured[c.Reference] {
				t.Errorf("%s is charged twice", c.Reference)
			}
			captured[c.Reference] = true
		}
		for reference := range answered {
			if !captured[reference] {
				t.Errorf("the charge of %s was lost", reference)
			}
		}
		done := make(chan string)
		go func() {
			defer close(done)
			for i := 0; ; i++ {
				reference := fmt.Sprintf("order-%d-%d", round, i)
				status, p := s.call("POST", "/v1/payments", reference, asked(reference))
				if status != http.StatusCreated {
					return
				}
				if resp := s.button(p, "pay"); resp == nil || resp.StatusCode != http.StatusSeeOther {
					return
				}
				done <- reference
			}
		}()
		for reference := range done {
			answered[reference] = true
			if len(answered) == (round+1)*20 {
				kill(cmd)
			}
		}
	}
}

// A line that was cut short is forgotten: nobody was answered. Any other damage stops the start.
func TestDamagedRecord(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "record.jsonl")
	b, err := openBook(data, &clock{})
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := b.create("key-1", "request", session{Reference: "order-1", AmountMinor: 100, Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openBook(data, &clock{}); err == nil || !strings.Contains(err.Error(), "in use by another sandbox") {
		t.Errorf("a second sandbox on one record: %v", err)
	}
	if err := b.record.close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(data)
	if err != nil {
		t.Fatal(err)
	}

	capture := `{"time":"2026-01-02T03:04:05Z","kind":"captured","payment_id":"` + p.ID + `","amount_minor":100}`
	write(t, data, string(whole)+capture)
	if b, err = openBook(data, &clock{}); err != nil {
		t.Fatal(err)
	}
	if now, err := b.get(p.ID); err != nil || now.State != RequiresAction {
		t.Errorf("a line cut short counts: %+v %v", now, err)
	}
	if _, err := b.approve(p.ID, cards["visa"]); err != nil {
		t.Errorf("cannot go on after a line cut short: %v", err)
	}
	if err := b.record.close(); err != nil {
		t.Fatal(err)
	}

	for name, damage := range map[string]string{
		"not JSON":         "{\n",
		"charged twice":    capture + "\n" + capture + "\n",
		"too much":         strings.Replace(capture, "100", "101", 1) + "\n",
		"unknown payment":  strings.Replace(capture, p.ID, "pay_x", 1) + "\n",
		"created twice":    string(whole),
		"unknown kind":     strings.Replace(capture, "captured", "enlarged", 1) + "\n",
		"back to the open": strings.Replace(capture, "captured", "requires_action", 1) + "\n",
	} {
		write(t, data, string(whole)+damage)
		if _, err := openBook(data, &clock{}); err == nil || !strings.Contains(err.Error(), "line") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// When the disk fails, nothing is promised: the request is an error, the payment is as it was, and readiness says so.
func TestDiskFails(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	p := s.open("order-1")
	if err := s.sandbox.book.record.file.Close(); err != nil {
		t.Fatal(err)
	}
	if resp := s.button(p, "pay"); resp == nil || resp.StatusCode != http.StatusInternalServerError {
		t.Errorf("paid without a disk: %v", resp)
	}
	s.wants(p, RequiresAction, 0, 0)
	if status, _ := s.raw("GET", "/readyz", "", nil); status != http.StatusServiceUnavailable {
		t.Errorf("ready without a disk: %d", status)
	}
	if status, _ := s.raw("GET", "/healthz", "", nil); status != http.StatusOK {
		t.Errorf("alive: %d", status)
	}
}

// A stop lets go of held connections and ends well within the time a supervisor grants.
func TestStop(t *testing.T) {
	t.Parallel()
	s, cmd := program(t, filepath.Join(t.TempDir(), "record.jsonl"))
	p := s.open("order-1")
	pressed := make(chan bool)
	go func() { pressed <- s.button(p, "hang") == nil }()
	eventually(t, "charged", func() bool { return s.get(p).State == Captured })
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("still running")
	}
	<-pressed
}

func TestSettings(t *testing.T) {
	t.Parallel()
	good := config{Key: "k", Data: "d", WebhookURL: "http://127.0.0.1:8080/hook", WebhookSecret: "s", PageURL: "https://pay.example"}
	if err := good.check(); err != nil {
		t.Error(err)
	}
	for _, spoil := range []func(*config){
		func(c *config) { c.Key = "" }, func(c *config) { c.Data = "" }, func(c *config) { c.WebhookURL = "127.0.0.1:8080" },
		func(c *config) { c.WebhookSecret = "" }, func(c *config) { c.PageURL = "ftp://x/" },
	} {
		bad := good
		spoil(&bad)
		if bad.check() == nil {
			t.Errorf("accepted %+v", bad)
		}
	}
	for given, want := range map[string]string{":8085": "127.0.0.1:8085", "0.0.0.0:8085": "0.0.0.0:8085", "localhost:1": "localhost:1"} {
		if got := loopback(given); got != want {
			t.Errorf("%s listens on %s", given, got)
		}
	}
	cmd := exec.Command(os.Args[0], "-h")
	cmd.Env = []string{"SANDBOX_TEST_PROGRAM=1"}
	help, err := cmd.CombinedOutput()
	if err != nil {
		t.Error(err)
	}
	for _, setting := range []string{"$ADDR", "$DATA", "$SANDBOX_KEY", "$SANDBOX_WEBHOOK_SECRET", "$WEBHOOK_URL", "$PAGE_URL", "$SLOW", "$HANG"} {
		if !strings.Contains(string(help), setting) {
			t.Errorf("-h does not explain %s:\n%s", setting, help)
		}
	}
	cmd = exec.Command(os.Args[0])
	cmd.Env = []string{"SANDBOX_TEST_PROGRAM=1"}
	var exit *exec.ExitError
	if out, err := cmd.CombinedOutput(); !errors.As(err, &exit) || !strings.Contains(string(out), "--data") {
		t.Errorf("started without settings: %v %s", err, out)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
