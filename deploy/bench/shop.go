package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// shop is the one being measured, brought up by the launcher as anybody's is.
type shop struct {
	environment []string // of the launcher
	folder      string
	port        int
	told        map[string]string // what the server was told
	pids        map[string]int    // of server, worker, admin, sandbox, primary and replica
	worker      *exec.Cmd         // the launcher's, started again without pictures; nil if it was left
	db          *pgxpool.Pool     // the primary, for looking and for preparing what is not measured
	process     *connect.Client
}

func (s *shop) url() string     { return s.local(0) }
func (s *shop) private() string { return s.local(3) }
func (s *shop) local(offset int) string {
	return "http://localhost:" + strconv.Itoa(s.port+offset) // as PUBLIC_URL has it, so that cookies come along
}

// bringUp starts a fresh shop, or finds the one that an earlier run kept.
func bringUp(ctx context.Context, cfg settings) (*shop, error) {
	folder := cfg.Folder
	if folder == "" {
		folder = "/var/lib/tradewind/bench"
		if os.Getuid() != 0 {
			home, err := os.UserHomeDir()
			if err != nil {
				return nil, err
			}
			folder = filepath.Join(home, ".local", "state", "tradewind", "bench")
		}
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	s := &shop{environment: append(os.Environ(), "TRADEWIND_DATA="+folder), folder: folder, port: cfg.Port, pids: map[string]int{}, told: map[string]string{}}
	if cfg.Running {
		if err := s.recall(); err != nil {
			return nil, err
		}
		return s, s.connect(ctx)
	}
	if _, err := s.launcher(ctx, "down", "shop"); err != nil {
		return nil, err
	}
	say("bringing up a shop of its own on ports from %d", cfg.Port)
	up := []string{"up", "--detach", "--port", strconv.Itoa(cfg.Port)}
	if !cfg.Again {
		up = append(up, "--fresh")
	}
	_, err = s.launcher(ctx, up...)
	for _, step := range []func(context.Context) error{s.look, s.leavePictures, s.connect} {
		if err == nil {
			err = step(ctx)
		}
	}
	if err == nil {
		err = s.remember()
	}
	if err != nil {
		return nil, errors.Join(err, s.takeDown())
	}
	return s, nil
}

// remembered is what another run needs to know of a shop that is kept.
type remembered struct {
	Told map[string]string `json:"told"`
	PIDs map[string]int    `json:"pids"`
}

func (s *shop) remember() error {
	content, err := json.Marshal(remembered{s.told, s.pids})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.folder, "bench.json"), content, 0o600)
}

func (s *shop) recall() error {
	content, err := os.ReadFile(filepath.Join(s.folder, "bench.json"))
	if err != nil {
		return fmt.Errorf("no shop was kept: %w", err)
	}
	var kept remembered
	if err := json.Unmarshal(content, &kept); err != nil {
		return err
	}
	s.told, s.pids = kept.Told, kept.PIDs
	return nil
}

// look learns where everything is.
func (s *shop) look(ctx context.Context) error {
	said, err := s.launcher(ctx, "env", "shop")
	if err != nil {
		return err
	}
	for line := range strings.Lines(said) {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		s.told[name] = strings.Trim(value, "'")
	}
	said, err = s.launcher(ctx, "status")
	if err != nil {
		return err
	}
	data, _, _ := strings.Cut(strings.TrimPrefix(said, "data: "), "\n")
	for _, name := range []string{"server", "worker", "admin", "sandbox", "primary", "replica"} {
		content, err := os.ReadFile(filepath.Join(data, "shop", "run", name+".json"))
		if err != nil {
			return err
		}
		var record struct {
			PID int `json:"pid"`
		}
		if err := json.Unmarshal(content, &record); err != nil {
			return err
		}
		s.pids[name] = record.PID
	}
	return nil
}

// connect opens what the measuring itself needs.
func (s *shop) connect(ctx context.Context) error {
	var err error
	if s.db, err = pgxpool.New(ctx, s.told["DATABASE_URL"]); err != nil {
		return err
	}
	secret, err := auth.DecodeSecret(s.told["SECRET_KEY"])
	if err != nil {
		return err
	}
	identity, err := auth.NewIdentity(secret, "bench")
	if err != nil {
		return err
	}
	s.process = connect.NewClient(rpc.NewTransport(http.DefaultClient, s.private()), rpc.ClientInterceptor(identity))
	return nil
}

// leavePictures starts the worker again without the job that fetches pictures: imported records name a hundred thousand of them, on a machine
// that is somebody else's.
func (s *shop) leavePictures(ctx context.Context) error {
	pid := s.pids["worker"]
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		return err
	}
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return err
	}
	if err := until(ctx, time.Minute, func() (bool, error) {
		_, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
		return os.IsNotExist(err), nil
	}); err != nil {
		return fmt.Errorf("the worker does not stop: %w", err)
	}
	s.worker = exec.Command(path)
	s.worker.Env = append(slices.DeleteFunc(strings.Split(string(environment), "\x00"), func(v string) bool { return v == "" }),
		"JOBS=catalog,products,payment,mail,expiry,sync")
	if err := s.worker.Start(); err != nil {
		return err
	}
	s.pids["worker"] = s.worker.Process.Pid
	return until(ctx, time.Minute, func() (bool, error) {
		answer, err := http.Get(s.local(2) + "/readyz")
		if err != nil {
			return false, nil
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK, nil
	})
}

// takeDown ends the shop. Its data stays until the next run.
func (s *shop) takeDown() error {
	if s.db != nil {
		s.db.Close()
	}
	if s.worker != nil {
		_ = s.worker.Process.Signal(syscall.SIGTERM)
		_ = s.worker.Wait()
	}
	_, err := s.launcher(context.Background(), "down", "shop")
	return err
}

func (s *shop) launcher(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"run", "./deploy/local"}, args...)...)
	cmd.Env = s.environment
	var errs strings.Builder
	cmd.Stderr = &errs
	said, err := cmd.Output()
	if err != nil && args[0] != "status" { // which says by its code what the caller sees anyway
		return "", fmt.Errorf("deploy/local %s: %w\n%s", strings.Join(args, " "), err, errs.String())
	}
	return string(said), nil
}

// number is what a query counts.
func (s *shop) number(ctx context.Context, sql string) (int64, error) {
	var n int64
	err := s.db.QueryRow(ctx, sql).Scan(&n)
	return n, err
}

// drained waits until every event has reached its consumers.
func (s *shop) drained(ctx context.Context, patience time.Duration) error {
	return until(ctx, patience, func() (bool, error) {
		left, err := s.number(ctx, "select (select count(*) from outbox) + (select count(*) from deliveries where not dead)")
		return left == 0, err
	})
}

// replicated waits until the replica shows what the primary has: the baselines read from it.
func (s *shop) replicated(ctx context.Context) error {
	replica, err := pgx.Connect(ctx, s.told["DATABASE_REPLICA_URLS"])
	if err != nil {
		return err
	}
	defer func() { _ = replica.Close(context.WithoutCancel(ctx)) }()
	var written string
	if err := s.db.QueryRow(ctx, "select pg_current_wal_flush_lsn()::text").Scan(&written); err != nil {
		return err
	}
	return until(ctx, time.Minute, func() (bool, error) {
		var there bool
		err := replica.QueryRow(ctx, "select pg_last_wal_replay_lsn() >= $1::text::pg_lsn", written).Scan(&there)
		return there, err
	})
}

var errPatience = errors.New("it takes too long")

// until asks until the answer is yes.
func until(ctx context.Context, patience time.Duration, ask func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errPatience)
	defer cancel()
	for {
		if done, err := ask(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
