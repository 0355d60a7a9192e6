package cache

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What is logged when a cache fails is not what these tests are about.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// server is a real Valkey, or the Redis that it continues, of one test's own.
type server struct {
	url     string
	program string
	port    int
	process *os.Process
}

func startServer(t *testing.T) *server {
	t.Helper()
	for _, name := range []string{"valkey-server", "redis-server"} {
		if program, err := exec.LookPath(name); err == nil {
			s := &server{program: program, port: freePort(t)}
			s.url = fmt.Sprintf("redis://127.0.0.1:%d", s.port)
			s.start(t)
			t.Cleanup(s.stop)
			return s
		}
	}
	t.Skip("this machine has neither valkey-server nor redis-server")
	return nil
}

// start brings the server up, with nothing in it.
func (s *server) start(t *testing.T) {
	t.Helper()
	command := exec.Command(s.program, "--port", fmt.Sprint(s.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	s.process = command.Process
	waitFor(t, "the server answers", func() bool {
		conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", s.port), time.Second)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

func (s *server) stop() {
	_ = s.process.Signal(syscall.SIGCONT)
	_ = s.process.Kill()
	_, _ = s.process.Wait()
}

func (s *server) freeze(t *testing.T) { s.signal(t, syscall.SIGSTOP) }
func (s *server) thaw(t *testing.T)   { s.signal(t, syscall.SIGCONT) }

func (s *server) signal(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := s.process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

var portsTaken sync.Map

// freePort is below those that the system gives out, so that nothing else takes it meanwhile.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20000 + rand.N(10000)
		if _, taken := portsTaken.LoadOrStore(port, true); taken {
			continue
		}
		if listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			listener.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// shared is the server of all tests that do not break theirs: the one that was brought up for tests, or our own.
func shared(t *testing.T) string {
	t.Helper()
	if url := os.Getenv("TEST_VALKEY_URL"); url != "" {
		return url
	}
	return startServer(t).url
}

// open makes a cache that waits for its server as long as a busy machine may need.
func open(t *testing.T, cfg Config) *Cache {
	t.Helper()
	cfg.patience, cfg.askTimeout = 10*time.Second, 10*time.Second
	return openImpatient(t, cfg)
}

// openImpatient makes a cache as the shop has it.
func openImpatient(t *testing.T, cfg Config) *Cache {
	t.Helper()
	c, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// prefix keeps tests that share a server apart.
func prefix(t *testing.T) string { return fmt.Sprintf("test:%s:%d:", t.Name(), rand.Uint64()) }

// everywhere runs a test with both kinds of cache.
func everywhere(t *testing.T, test func(t *testing.T, c *Cache)) {
	t.Parallel()
	t.Run("in this process", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, Config{}))
	})
	t.Run("in a Valkey", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, Config{URL: shared(t), Prefix: prefix(t)}))
	})
}

func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.Done():
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
