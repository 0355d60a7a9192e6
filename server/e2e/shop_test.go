// Package e2e tries the whole shop as programs: real processes, database and replica, cache, broker and browser, all in one and split.
package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// patience bounds every wait; test machines are busy.
const patience = 60 * time.Second

var binaries string // folder with the programs

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "tradewind-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binaries = folder
	build := exec.Command("go", "build", "-tags", "crashpoints", "-o", folder+"/", "../../server", "../../worker", "../../admin", "../../deploy/sandbox", "../../deploy/mailbox")
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	dropSample()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// topology is how a shop is spread over processes.
type topology struct {
	// split gives each of these services two processes of their own behind a balancer, and two workers and admins; the rest stays
	// with the storefront.
	split []string
	// cache and queue use the real servers rather than the defaults.
	cache, queue bool
	// stripe has the shop collect through Stripe, by nothing but what a merchant sets; the sandbox then speaks as Stripe does.
	stripe bool
}

var allInOne = topology{}

var spread = topology{split: []string{"auth", "catalog", "checkout", "order", "payment", "inventory", "product"}, cache: true, queue: true}

// shop is a running shop with what a test needs to reach and to disturb it.
type shop struct {
	t         testing.TB
	dir       string
	database  postgrestest.URLs
	url       string // storefront and API
	private   string
	admin     string
	admins    []string // all instances of the back office
	sandbox   string
	mailbox   string
	read      readMails
	keys      map[string]string
	processes map[string]*program
	env       []string // of every process of ours
	started   []string // in order
}

// program is one process; its output is kept for when a test fails.
type program struct {
	name   string
	args   []string
	env    []string
	ready  string
	cmd    *exec.Cmd
	output *output
	ended  chan struct{}
}

type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// open starts a shop with the sample products. change may alter the environment, by the name of the process.
func open(t testing.TB, how topology, change ...func(process string) []string) *shop {
	t.Helper()
	s := &shop{t: t, dir: t.TempDir(), database: copySample(t), processes: map[string]*program{}, keys: map[string]string{}}
	for _, name := range []string{"SECRET_KEY", "SIGNING_KEY", "SANDBOX_KEY", "SANDBOX_WEBHOOK_SECRET"} {
		secret := make([]byte, 32)
		_, _ = rand.Read(secret)
		s.keys[name] = base64.StdEncoding.EncodeToString(secret)
	}
	server, private, admin, sandbox, mailbox, smtp := freePort(t), freePort(t), freePort(t), freePort(t), freePort(t), freePort(t)
	s.url, s.private, s.admin, s.sandbox, s.mailbox = at(server), at(private), at(admin), at(sandbox), at(mailbox)
	s.env = append(os.Environ(),
		"DATABASE_URL="+s.database.Primary, "DATABASE_REPLICA_URLS="+s.database.Replica, "DATABASE_CONNECTIONS=8",
		"BLOB_URL=file://"+filepath.Join(binaries, "files"), // pictures are named by their content, so shops can share them
		"PUBLIC_URL="+s.url, "ADMIN_URL="+s.admin,
		"SECRET_KEY="+s.keys["SECRET_KEY"], "SIGNING_KEY="+s.keys["SIGNING_KEY"],
		"SANDBOX_URL="+s.sandbox, "SANDBOX_KEY="+s.keys["SANDBOX_KEY"], "SANDBOX_WEBHOOK_SECRET="+s.keys["SANDBOX_WEBHOOK_SECRET"],
		"SMTP_URL=smtp://127.0.0.1:"+smtp+"?from=shop@example.com",
		"RATE_LIMIT=0", // one shopper of a test is many
	)
	provider := []string{"ADDR=127.0.0.1:" + sandbox, "DATA=" + filepath.Join(s.dir, "sandbox.jsonl"), "WEBHOOK_URL=" + s.url + "/webhooks/payments/sandbox", "HANG=8s", "SLOW=2s"}
	if how.stripe {
		s.keys["SANDBOX_KEY"], s.keys["SANDBOX_WEBHOOK_SECRET"] = "sk_test_"+sandbox, "whsec_"+sandbox
		s.env = append(s.env, "SANDBOX_URL=", "STRIPE_URL="+s.sandbox, "STRIPE_SECRET_KEY="+s.keys["SANDBOX_KEY"], "STRIPE_WEBHOOK_SECRET="+s.keys["SANDBOX_WEBHOOK_SECRET"])
		provider = append(provider, "SPEAKS=stripe", "WEBHOOK_URL="+s.url+"/webhooks/payments/stripe",
			"SANDBOX_KEY="+s.keys["SANDBOX_KEY"], "SANDBOX_WEBHOOK_SECRET="+s.keys["SANDBOX_WEBHOOK_SECRET"])
	}
	if how.cache {
		s.env = append(s.env, "VALKEY_URL="+needed(t, "TEST_VALKEY_URL"), "CACHE_PREFIX="+filepath.Base(s.dir)+server)
	}
	if how.queue {
		s.env = append(s.env, "AMQP_URL="+needed(t, "TEST_AMQP_URL"), "AMQP_QUEUE_PREFIX=test."+server+".")
	}
	extra := func(process string) []string {
		var env []string
		for _, c := range change {
			env = append(env, c(process)...)
		}
		return env
	}
	t.Cleanup(s.close)
	s.start(program{name: "sandbox", args: []string{"sandbox"}, ready: s.sandbox + "/readyz", env: append(provider, extra("sandbox")...)})
	s.start(program{name: "mailbox", args: []string{"mailbox"}, ready: s.mailbox + "/readyz", env: []string{
		"ADDR=127.0.0.1:" + mailbox, "SMTP_ADDR=127.0.0.1:" + smtp, "KEEP=100000", // a drill counts them
	}})
	urls := s.split(how, extra)
	s.start(program{name: "server", args: []string{"server"}, ready: s.private + "/readyz", env: append([]string{
		"ADDR=127.0.0.1:" + server, "PRIVATE_ADDR=127.0.0.1:" + private, "SERVICE_URLS=" + urls,
	}, extra("server")...)})
	workers := 1
	if len(how.split) > 0 {
		workers = 2
		urls += ",*=" + s.private
	}
	for i := range workers {
		s.startWorker(fmt.Sprintf("worker%d", i+1), urls, extra)
	}
	s.startAdmin("admin1", admin, urls, extra)
	if len(how.split) > 0 {
		s.startAdmin("admin2", freePort(t), urls, extra)
	}
	return s
}

// split starts two processes for each service, and a balancer that goes from one to the other, and returns SERVICE_URLS for them.
func (s *shop) split(how topology, extra func(string) []string) string {
	var urls []string
	type pair struct{ addresses []string }
	ports := map[string]pair{}
	for _, service := range how.split {
		addresses := []string{"127.0.0.1:" + freePort(s.t), "127.0.0.1:" + freePort(s.t)}
		ports[service] = pair{addresses}
		urls = append(urls, service+"="+balance(s.t, addresses...))
	}
	joined := strings.Join(urls, ",")
	for _, service := range how.split {
		for i, address := range ports[service].addresses {
			name := fmt.Sprintf("%s%d", service, i+1)
			others := []string{"*=" + s.private}
			for _, u := range urls {
				if !strings.HasPrefix(u, service+"=") {
					others = append(others, u)
				}
			}
			s.start(program{name: name, args: []string{"server"}, ready: "http://" + address + "/readyz", env: append([]string{
				"ADDR=-", "PRIVATE_ADDR=" + address, "PAGES=none", "SERVICES=" + service, "SERVICE_URLS=" + strings.Join(others, ","), "DATABASE_CONNECTIONS=4",
			}, extra(name)...)})
		}
	}
	return joined
}

func (s *shop) startWorker(name, urls string, extra func(string) []string) {
	port := freePort(s.t)
	env := []string{"PRIVATE_ADDR=127.0.0.1:" + port}
	if urls != "" {
		env = append(env, "SERVICES=product", "SERVICE_URLS="+withoutService(urls, "product"))
	}
	s.start(program{name: name, args: []string{"worker"}, ready: at(port) + "/readyz", env: append(env, extra(name)...)})
}

func (s *shop) startAdmin(name, port, urls string, extra func(string) []string) {
	private := freePort(s.t)
	s.admins = append(s.admins, at(port))
	if urls == "" {
		urls = "*=" + s.url // the public port is enough: staff call as staff
	}
	s.start(program{name: name, args: []string{"admin"}, ready: at(private) + "/readyz", env: append([]string{
		"ADDR=127.0.0.1:" + port, "PRIVATE_ADDR=127.0.0.1:" + private, "SERVICE_URLS=" + urls, "ADMIN_URL=" + at(port), "DATABASE_URL=", "SECRET_KEY=", "SIGNING_KEY=",
	}, extra(name)...)})
}

func withoutService(urls, service string) string {
	var kept []string
	for _, u := range strings.Split(urls, ",") {
		if !strings.HasPrefix(u, service+"=") {
			kept = append(kept, u)
		}
	}
	return strings.Join(kept, ",")
}

// start runs a program until the shop closes, and waits until it is ready.
func (s *shop) start(p program) {
	s.t.Helper()
	p.output = &output{}
	s.processes[p.name] = &p
	s.started = append(s.started, p.name)
	s.run(&p)
	s.awaitReady(&p)
}

func (s *shop) run(p *program) {
	s.t.Helper()
	p.cmd = exec.Command(filepath.Join(binaries, p.args[0]), p.args[1:]...)
	p.cmd.Env = append(append([]string{}, s.env...), p.env...)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	p.cmd.SysProcAttr = dieWithUs()
	p.ended = make(chan struct{})
	if err := p.cmd.Start(); err != nil {
		s.t.Fatalf("%s: %v", p.name, err)
	}
	go func(cmd *exec.Cmd, ended chan struct{}) { _ = cmd.Wait(); close(ended) }(p.cmd, p.ended)
}

func (s *shop) awaitReady(p *program) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		if isReady(p) {
			return
		}
		select {
		case <-p.ended:
			s.t.Fatalf("%s ended at once:\n%s", p.name, p.output)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s is not ready:\n%s", p.name, p.output)
		}
	}
}

func isReady(p *program) bool {
	answer, err := http.Get(p.ready)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// kill ends a process as a power cut would.
func (s *shop) kill(name string) {
	p := s.processes[name]
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// restart brings a process back that was killed or ended itself.
func (s *shop) restart(name string, env ...string) {
	s.t.Helper()
	p := s.processes[name]
	p.env = append(p.env, env...)
	s.run(p)
	s.awaitReady(p)
}

func (s *shop) close() {
	for i := len(s.started) - 1; i >= 0; i-- {
		_ = s.processes[s.started[i]].cmd.Process.Signal(syscall.SIGTERM)
	}
	for _, name := range s.started {
		p := s.processes[name]
		select {
		case <-p.ended:
		case <-time.After(12 * time.Second):
			s.t.Errorf("%s did not stop within 12 s of being asked", name)
			s.kill(name)
		}
	}
	if s.t.Failed() {
		for _, name := range s.started {
			said := s.processes[name].output.String()
			if errors := failures(said); errors != "" {
				s.t.Logf("%s failed:\n%s", name, tail(errors, 4000))
			}
			s.t.Logf("%s said:\n%s", name, tail(said, 4000))
		}
	}
}

// failures are the errors of a log. They are often long past when a test ends.
func failures(log string) string {
	var lines []string
	for line := range strings.Lines(log) {
		if strings.Contains(line, `"level":"ERROR"`) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func tail(text string, size int) string {
	if len(text) > size {
		return "…" + text[len(text)-size:]
	}
	return text
}

func at(port string) string { return "http://127.0.0.1:" + port }

// needed is a server that the launcher's test command brings up.
func needed(t testing.TB, name string) string {
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: run `go run ./deploy/local test ./server/e2e`", name)
	}
	return value
}

var (
	portMu   sync.Mutex
	nextPort = 20000 + os.Getpid()%5000
)

// freePort finds a port below those that the system gives to outgoing connections.
func freePort(t testing.TB) string {
	t.Helper()
	portMu.Lock()
	defer portMu.Unlock()
	for range 2000 {
		nextPort++
		if nextPort > 31000 {
			nextPort = 20000
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", nextPort))
		if err == nil {
			_ = listener.Close()
			return fmt.Sprint(nextPort)
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Fatal(err)
		}
	}
	t.Fatal("no free port")
	return ""
}

func listen(t testing.TB) (net.Listener, error) {
	return net.Listen("tcp", "127.0.0.1:"+freePort(t))
}
