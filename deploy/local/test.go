package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

const testHelp = `test: every test, against real servers.

  go run ./deploy/local test                    go test ./..., and then, one after the other, the tests that have to be alone: crashes, a few rounds of the drills, and those against the clock
  go run ./deploy/local test -race              the same, looking for data races; it needs a C compiler, and takes twice as long
  go run ./deploy/local test -run=Cart          go test ./... with go test's flags, without the tests that have to be alone
  go run ./deploy/local test ./services/cart    only these packages

The drills break servers while people buy. TRADEWIND_FULL=1 gives them, and the tests that ask whether queries read an index, their whole numbers:

  TRADEWIND_FULL=1 go run ./deploy/local test -count=1 -timeout=5h -run=^TestDrill -v ./server/e2e

Starts the test servers unless they run (see ` + "`env`" + `), runs the tests and the browser journeys, and stops what it
started. As root on Debian and its kin it first installs what is missing: PostgreSQL, Redis or Valkey, RabbitMQ,
Chromium and Varnish. The exit code is go test's.
`

func runTest(ctx context.Context, l *launcher, args []string) error {
	began := time.Now()
	signal.Ignore(syscall.SIGPIPE)
	endWithParent()
	s := l.test()
	if err := l.prepare(s); err != nil {
		return err
	}
	if err := l.needPackages(ctx, postgresPackage, cachePackage, brokerPackage, browserPackage, edgePackage); err != nil {
		return err
	}
	// While any test run holds this, none of the others stops the servers. It ends with the process.
	inUse, err := os.OpenFile(s.join("in-use"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer inUse.Close()
	if err := poll(ctx, 100*time.Millisecond, func() (bool, error) { return lockFile(inUse, false) }); err != nil {
		return err
	}
	servers, err := l.testServers(ctx, false)
	if err != nil {
		return err
	}
	err = l.goTest(ctx, servers, args)
	stopErr := l.stopUnused(s, inUse)
	verdict := "all passed"
	if err != nil {
		verdict = "FAILED"
	}
	l.say("%s after %v", verdict, time.Since(began).Round(time.Second))
	return errors.Join(err, stopErr)
}

// stopUnused stops the test servers unless `env` was asked to leave them up or another test run uses them.
func (l *launcher) stopUnused(s site, inUse *os.File) error {
	release, err := l.exclusive(context.Background(), s.join("lock"))
	if err != nil {
		return err
	}
	defer release()
	if exists(s.join(keptFile)) {
		return nil
	}
	if last, err := lockFile(inUse, true); err != nil || !last {
		return err
	}
	l.say("stopping the test servers")
	s.stop()
	return s.leaveMemory()
}

// goTest runs go test in the foreground: what they print is for the reader.
func (l *launcher) goTest(ctx context.Context, servers []setting, args []string) error {
	tool, err := goTool()
	if err != nil {
		return err
	}
	env := without(os.Environ(), []string{"TEST_DATABASE_", "TEST_VALKEY_URL=", "TEST_AMQP_URL="})
	for _, setting := range servers {
		env = append(env, setting.name+"="+setting.value)
	}
	if browser := browserProgram(); browser != "" {
		env = append(without(env, []string{"TEST_CHROMIUM="}), "TEST_CHROMIUM="+browser)
	}
	if edge := edgeProgram(); edge != "" {
		env = append(without(env, []string{"TEST_VARNISHD="}), "TEST_VARNISHD="+edge)
	}
	for _, command := range goCommands(args) {
		l.say("go %s", strings.Join(command, " "))
		cmd := exec.CommandContext(ctx, tool, command...)
		cmd.Dir, cmd.Env = l.clone, env
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, l.out, l.note
		// go test passes an interrupt on to the tests, so that they stop what they started.
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = 10 * time.Second
		if err := cmd.Run(); err != nil {
			var exit *exec.ExitError
			if errors.As(err, &exit) && ctx.Err() == nil {
				return exitCode(max(1, exit.ExitCode()))
			}
			return fmt.Errorf("go %s: %w", command[0], errors.Join(ctx.Err(), err))
		}
	}
	return nil
}

// alone are the tests that would prove little beside others, and disturb them: they starve, break and kill servers, or hold them to a second.
const alone = "^(TestDrill|TestCrash|TestEdge)"

// goCommands are what to run: all packages unless some are named.
func goCommands(args []string) [][]string {
	named := slices.ContainsFunc(args, func(arg string) bool {
		return strings.HasPrefix(arg, ".") || strings.HasPrefix(arg, module) || arg == "all"
	})
	if named {
		return [][]string{append([]string{"test"}, args...)}
	}
	// The places at which a process can be made to die are compiled in everywhere, so that each package is compiled once. The linters vet
	// what is ours; here that of all libraries would be vetted for it as well.
	test := []string{"test", "-tags=crashpoints", "-vet=off", "-timeout=20m"}
	commands := [][]string{slices.Concat(test, []string{"-skip=" + alone}, slices.Insert(slices.Clone(args), argumentsEnd(args), "./..."))}
	if len(args) == 0 || slices.Equal(args, []string{"-race"}) {
		commands = append(commands, slices.Concat(test, args, []string{"-count=1", "-p=1", "-run=" + alone, "./services/order", "./server/e2e"}))
	}
	return commands
}

// argumentsEnd is where go test's own flags end and those for the test binaries begin.
func argumentsEnd(args []string) int {
	if at := slices.Index(args, "-args"); at >= 0 {
		return at
	}
	return len(args)
}
