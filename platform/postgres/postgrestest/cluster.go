package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is a primary and a replica of a test's own, to break. It is empty: tests of faults bring their tables.
type Cluster struct {
	Primary *Server
	Replica *Server
}

// Server is one real PostgreSQL server.
type Server struct {
	t    testing.TB
	dir  string
	port int
	run  *running
}

// running is a server's process.
type running struct {
	*exec.Cmd
	ended chan struct{}
}

// NewCluster starts a primary and a replica that streams from it. They end, and their data goes, with the test.
func NewCluster(t testing.TB) *Cluster {
	t.Helper()
	root, err := os.MkdirTemp("/tmp", "cluster") // a short path that the servers' user can enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	own(t, root)
	c := &Cluster{Primary: newServer(t, root, "primary"), Replica: newServer(t, root, "replica")}
	c.Primary.do("initdb", "-D", c.Primary.dir, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	c.Primary.configure(`
fsync = off
max_connections = 60
max_wal_senders = 4
hot_standby_feedback = off
wal_retrieve_retry_interval = 200ms
max_standby_streaming_delay = 100ms
wal_keep_size = 64MB
listen_addresses = '127.0.0.1'
`)
	c.Primary.configure(fmt.Sprintf("port = %d\nunix_socket_directories = '%s'\n", c.Primary.port, root))
	c.Primary.Start()
	c.Replica.do("pg_basebackup", "-R", "-X", "stream", "-c", "fast", "-D", c.Replica.dir,
		"-h", "127.0.0.1", "-p", strconv.Itoa(c.Primary.port), "-U", "postgres")
	c.Replica.configure(fmt.Sprintf("port = %d\n", c.Replica.port))
	c.Replica.Start()
	return c
}

func newServer(t testing.TB, root, name string) *Server {
	return &Server{t: t, dir: filepath.Join(root, name), port: freePort(t)}
}

// Addr returns where the server listens: host:port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// URL returns the server's database postgres, as its superuser.
func (s *Server) URL() string { return "postgres://postgres@" + s.Addr() + "/postgres?sslmode=disable" }

// Start starts the server and waits until it answers.
func (s *Server) Start() {
	s.t.Helper()
	s.launch()
	s.t.Cleanup(func() { s.run.end(syscall.SIGQUIT) })
	deadline := time.After(patience)
	for {
		err := s.try("select 1")
		if err == nil {
			return
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-s.run.ended:
			s.launch() // the last remains of a server that was killed are in the way for a moment
		case <-deadline:
			said, _ := os.ReadFile(s.dir + ".log")
			s.t.Fatalf("PostgreSQL did not start: %v\n%s", err, said)
		}
	}
}

func (s *Server) launch() {
	s.t.Helper()
	log, err := os.OpenFile(s.dir+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	run := &running{Cmd: s.command("postgres", "-D", s.dir), ended: make(chan struct{})}
	run.Stdout, run.Stderr = log, log
	if err := run.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		_ = run.Wait()
		close(run.ended)
	}()
	s.run = run
}

// Stop stops the server in order, ending its connections.
func (s *Server) Stop() { s.run.end(syscall.SIGINT) }

// Kill ends the server as a power cut does.
func (s *Server) Kill() { s.run.end(syscall.SIGKILL) }

// Freeze makes the server and all its connections stop answering without closing anything.
func (s *Server) Freeze() { s.run.signal(syscall.SIGSTOP) }

// Thaw ends Freeze.
func (s *Server) Thaw() { s.run.signal(syscall.SIGCONT) }

// Promote makes a replica a primary.
func (s *Server) Promote() { s.Exec("select pg_promote()") }

// Exec runs a statement on the server as its superuser.
func (s *Server) Exec(statement string) {
	s.t.Helper()
	if err := s.try(statement); err != nil {
		s.t.Fatalf("%s: %v", statement, err)
	}
}

func (s *Server) try(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// signal reaches the server and each connection, which is a process in a group of its own. The server is stopped first, so that no
// connection is added meanwhile.
func (r *running) signal(sig syscall.Signal) {
	pid := r.Process.Pid
	_ = syscall.Kill(pid, syscall.SIGSTOP)
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, field := range strings.Fields(string(children)) {
		if child, err := strconv.Atoi(field); err == nil {
			_ = syscall.Kill(child, sig)
		}
	}
	_ = syscall.Kill(pid, sig)
}

// end ends a server and waits for it. One that has ended already is left alone: its process id may be another's by now.
func (r *running) end(sig syscall.Signal) {
	select {
	case <-r.ended:
		return
	default:
	}
	if sig == syscall.SIGKILL {
		r.signal(sig)
	} else {
		r.signal(syscall.SIGCONT) // it may be frozen
		_ = r.Process.Signal(sig) // and tells its children itself
	}
	<-r.ended
}

func (s *Server) configure(settings string) {
	s.t.Helper()
	file, err := os.OpenFile(filepath.Join(s.dir, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = file.WriteString(settings)
	if err := errors.Join(err, file.Close()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) do(program string, args ...string) {
	s.t.Helper()
	if said, err := s.command(program, args...).CombinedOutput(); err != nil {
		s.t.Fatalf("%s: %v\n%s", program, err, said)
	}
}

// command prepares one of PostgreSQL's programs, which refuse to be root.
func (s *Server) command(program string, args ...string) *exec.Cmd {
	s.t.Helper()
	cmd := exec.Command(programPath(s.t, program), args...)
	cmd.Dir = filepath.Dir(s.dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if uid, gid, dropped := serverUser(s.t); dropped {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	return cmd
}

func own(t testing.TB, path string) {
	t.Helper()
	if uid, gid, dropped := serverUser(t); dropped {
		if err := os.Chown(path, int(uid), int(gid)); err != nil {
			t.Fatal(err)
		}
	}
}

func serverUser(t testing.TB) (uid, gid uint32, dropped bool) {
	t.Helper()
	if os.Getuid() != 0 {
		return 0, 0, false
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		t.Fatalf("PostgreSQL refuses to run as root: %v", err)
	}
	u, err := strconv.ParseUint(who.Uid, 10, 32)
	g, err2 := strconv.ParseUint(who.Gid, 10, 32)
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return uint32(u), uint32(g), true
}

func programPath(t testing.TB, program string) string {
	t.Helper()
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + program)
	if err != nil || len(found) == 0 {
		t.Fatalf("PostgreSQL's %s is neither in PATH nor in /usr/lib/postgresql: %v", program, errors.Join(err, fs.ErrNotExist))
	}
	return found[len(found)-1]
}
