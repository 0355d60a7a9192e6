package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const envHelp = `env: settings for a shell.

  eval "$(go run ./deploy/local env)"         the servers that tests need, and how to reach them
  eval "$(go run ./deploy/local env shop)"    what the server of the shop that is up was told, secrets included

The first starts, once and in the background, a PostgreSQL primary with a streaming replica, a Valkey or Redis and a RabbitMQ
with AMQP 1.0, all private to this clone and on loopback ports from 18080 up. Prints export lines for a shell; what
goes on is said on standard error. If the servers run already, it only prints. Their data is thrown away at each start.

` + "`down test`" + ` stops them.
`

// testStages is how the test servers stop: all at once, but the replica after its primary, to hear its last words.
var testStages = []stage{
	{8 * time.Second, []string{"rabbitmq", "epmd", "valkey", "primary"}},
	{time.Second, []string{"replica"}},
}

func runEnv(ctx context.Context, l *launcher, args []string) error {
	var servers []setting
	var err error
	switch {
	case len(args) == 0:
		servers, err = l.testServers(ctx, true)
	case slices.Equal(args, []string{"shop"}):
		servers, err = l.shopSettings()
	default:
		err = fmt.Errorf("env takes nothing or shop, got %q", args)
	}
	if err != nil {
		fmt.Fprintln(l.out, "false # see the message") // makes eval "$(...)" fail
		return err
	}
	for _, setting := range servers {
		fmt.Fprintf(l.out, "export %s='%s'\n", setting.name, strings.ReplaceAll(setting.value, "'", `'\''`))
	}
	return nil
}

// A setting is one variable of an environment.
type setting struct{ name, value string }

// shopSettings are what the running shop's server was told, for programs that look at the same database.
func (l *launcher) shopSettings() ([]setting, error) {
	s := l.shop()
	base, known := s.base()
	if !known || !s.complete() {
		return nil, errors.New("the shop is not up: go run ./deploy/local up")
	}
	keys, err := s.secrets()
	if err != nil {
		return nil, err
	}
	var told []setting
	for _, entry := range (plan{site: s, base: base, keys: keys}).told("server") {
		name, value, _ := strings.Cut(entry, "=")
		if name == "ADDR" || name == "PRIVATE_ADDR" {
			continue // these are taken: another program needs its own
		}
		told = append(told, setting{name, value})
	}
	return told, nil
}

// keptFile marks test servers that `env` started or found: they stay when a `test` ends.
const keptFile = "kept"

// testServers makes sure that all test servers run and returns how to reach them.
func (l *launcher) testServers(ctx context.Context, keep bool) ([]setting, error) {
	s := l.test()
	if err := l.prepare(s); err != nil {
		return nil, err
	}
	release, err := l.exclusive(ctx, s.join("lock"))
	if err != nil {
		return nil, err
	}
	defer release()
	keys, err := s.secrets()
	if err != nil {
		return nil, err
	}
	if err := l.startTestServers(ctx, s, keys); err != nil {
		return nil, err
	}
	if keep {
		if err := os.WriteFile(s.join(keptFile), nil, 0o600); err != nil {
			return nil, err
		}
	}
	base, _ := s.base()
	return append(testSettings(base, keys), feedData(l.clone)...), nil
}

// feedData names the folder with suppliers' real files, which are not part of the repository: tests that read them need it beside the
// clone, or named by who runs them.
func feedData(clone string) []setting {
	folder := filepath.Join(clone, "..", "shared", "data")
	if os.Getenv("TEST_FEED_DATA") != "" || !exists(filepath.Join(folder, "bestbuy")) {
		return nil
	}
	return []setting{{"TEST_FEED_DATA", folder}}
}

func testSettings(base int, keys secrets) []setting {
	postgres := func(port int) string {
		return fmt.Sprintf("postgres://%s:%s@127.0.0.1:%d/postgres?sslmode=disable", superuser, keys.DatabasePassword, port)
	}
	return []setting{
		{"TEST_DATABASE_URL", postgres(base + portPrimary)},
		{"TEST_DATABASE_REPLICA_URL", postgres(base + portReplica)},
		{"TEST_VALKEY_URL", fmt.Sprintf("redis://127.0.0.1:%d", base+portValkey)},
		{"TEST_AMQP_URL", fmt.Sprintf("amqp://tradewind:%s@127.0.0.1:%d", keys.BrokerPassword, base+portBroker)},
	}
}

// startTestServers starts those that do not run. If one fails, those it started are stopped again.
func (l *launcher) startTestServers(ctx context.Context, s site, keys secrets) error {
	if s.complete() {
		return s.testServersAnswer(ctx)
	}
	if err := l.adoptOrphans(s); err != nil {
		return err
	}
	before := s.alive()
	if err := l.needPackages(ctx, postgresPackage, cachePackage, brokerPackage); err != nil {
		return err
	}
	as, err := serverOwner()
	if err != nil {
		return err
	}
	found, err := choose(installations(ctx, "/", os.Getenv("PATH")), "")
	if err != nil {
		return err
	}
	if len(before) == 0 {
		// Nobody uses what the last ones left, and PostgreSQL that does not wait for the disk may have lost some of it.
		for _, path := range []string{s.join("primary"), s.join("replica"), s.join("valkey"), l.plainPath(s, "rabbitmq"),
			s.join(keptFile)} {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
		}
		if err := s.inMemory(); err != nil {
			return err
		}
		unlock, err := l.chooseTestBase(ctx, s)
		if err != nil {
			return err
		}
		defer unlock()
	}
	base, ok := s.base()
	if !ok {
		return fmt.Errorf("%s does not say which ports the running test servers use: run down test", s.join("ports.json"))
	}
	socket, err := l.plainFolder(s, as, "socket")
	if err != nil {
		return err
	}
	missing := func(name string) bool { _, running := s.running(name); return !running }

	var group sync.WaitGroup
	failures := make([]error, 3)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	side := func(at int, start func() error) {
		group.Go(func() {
			if failures[at] = start(); failures[at] != nil {
				cancel() // the others need not be waited for
			}
		})
	}
	l.say("starting the test servers: PostgreSQL %d with a replica, Valkey, RabbitMQ, on ports from %d", found.version, base)
	side(0, func() error {
		return l.startTestDatabase(ctx, s, found, as, socket, base, keys, missing)
	})
	if missing("valkey") {
		side(1, func() error { return startValkey(ctx, s, as, base+portValkey) })
	}
	if missing("rabbitmq") {
		side(2, func() error { return l.startBroker(ctx, s, as, base, keys.BrokerPassword) })
	}
	group.Wait()
	if err := firstCause(failures); err != nil {
		s.stop(before...)
		return err
	}
	return nil
}

// testServersAnswer waits for servers that run already: a launcher that was killed may have left them still starting.
func (s site) testServersAnswer(ctx context.Context) error {
	base, _ := s.base()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var last error
	err := poll(ctx, 100*time.Millisecond, func() (bool, error) {
		last = errors.Join(answers(ctx, base+portPrimary, "", ""), answers(ctx, base+portReplica, "", ""),
			answers(ctx, base+portValkey, ping, pong), answers(ctx, base+portBroker, brokerHeader, brokerHeader))
		return last == nil, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the test servers run but do not answer; `go run ./deploy/local down test` stops them: %w", last)
	}
	return err
}

// firstCause prefers what went wrong over what was only called off because of it.
func firstCause(failures []error) error {
	var calledOff error
	for _, err := range failures {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		calledOff = errors.Join(calledOff, err)
	}
	return calledOff
}

// chooseTestBase settles the ports of servers about to start: the last ones if they are free. Until it is released,
// no other clone of this user chooses, so that two do not choose the same.
func (l *launcher) chooseTestBase(ctx context.Context, s site) (release func(), err error) {
	release, err = l.exclusive(ctx, filepath.Join(filepath.Dir(l.data), "ports.lock"))
	if err != nil {
		return nil, err
	}
	from := testBase
	if last, ok := s.base(); ok {
		from = last
	}
	base, err := firstBase(from, busy)
	if err != nil && from != testBase {
		base, err = firstBase(testBase, busy)
	}
	if err == nil {
		err = s.keepBase(base)
	}
	if err != nil {
		release()
		return nil, err
	}
	return release, nil
}

func (l *launcher) startTestDatabase(ctx context.Context, s site, found installation, as *owner, socket string, base int,
	keys secrets, missing func(string) bool) error {
	primary := cluster{site: s, name: "primary", programs: found.programs, as: as, socket: socket,
		port: base + portPrimary, settings: settings{connections: 300, disposable: true, preload: preload(found.programs)}}
	replica := primary
	replica.name, replica.port = "replica", base+portReplica
	replica.settings.follows = connInfo(socket, primary.port)

	if missing("primary") {
		if err := primary.create(ctx); err != nil {
			return err
		}
		if _, err := primary.start(ctx, primaryPatience); err != nil {
			return err
		}
		password := strings.ReplaceAll(keys.DatabasePassword, "'", "''")
		if _, err := primary.sql(ctx, "postgres", "alter role "+superuser+" password '"+password+"'"); err != nil {
			return err
		}
	}
	if missing("replica") {
		if _, err := l.follow(ctx, replica, primary); err != nil {
			return err
		}
	}
	return nil
}
