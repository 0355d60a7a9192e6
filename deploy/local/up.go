package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

const upHelp = `up: the whole shop on this machine, with nothing set up but Go.

  go run ./deploy/local up [--port 8080] [--detach] [--fresh]

Starts a private PostgreSQL primary with a streaming replica, builds server, worker, admin, the payment sandbox and a mailbox,
brings the database up to date, loads a sample shop the first time, starts everything and prints the addresses and,
the first time, the staff login. Stays until Ctrl-C, then stops everything in order within ten seconds.

  --port N    the first of the ports in use: storefront N, back office N+1, and the other parts up to N+13
  --detach    return once everything is ready; ` + "`down`" + ` stops it
  --fresh     forget the shop's data and begin anew

Settings are not needed. VALKEY_URL, AMQP_URL, BLOB_URL, SMTP_URL and a payment provider's keys are used if set. Without
SMTP_URL the mailbox shows every mail that the shop sends, and nothing is delivered.
`

// launcherName is the record of the launcher itself while it starts or holds the shop.
const launcherName = "launcher"

type upFlags struct {
	port          int
	detach, fresh bool
}

func parseUp(args []string) (upFlags, error) {
	var chosen upFlags
	flags := flag.NewFlagSet("up", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&chosen.port, "port", shopBase, "")
	flags.BoolVar(&chosen.detach, "detach", false, "")
	flags.BoolVar(&chosen.fresh, "fresh", false, "")
	if err := flags.Parse(args); err != nil {
		return upFlags{}, fmt.Errorf("%w\n\n%s", err, upHelp)
	}
	if flags.NArg() > 0 {
		return upFlags{}, fmt.Errorf("up takes only flags, got %q\n\n%s", flags.Args(), upHelp)
	}
	if chosen.port < 1024 || chosen.port+portCount > portLimit {
		return upFlags{}, fmt.Errorf("--port %d: choose one from 1024 to %d, below the ports that the system hands out by itself",
			chosen.port, portLimit-portCount)
	}
	return chosen, nil
}

func runUp(ctx context.Context, l *launcher, args []string) error {
	chosen, err := parseUp(args)
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGPIPE) // the reader of our output may leave first; the shop still stops in order
	if !chosen.detach {
		endWithParent()
	}
	s := l.shop()
	if err := l.prepare(s); err != nil {
		return err
	}
	release, err := l.exclusive(ctx, s.join("lock"))
	if err != nil {
		return err
	}
	defer release()
	if err := l.adoptOrphans(s); err != nil {
		return err
	}
	if l.alreadyUp(s) {
		if chosen.fresh {
			return errors.New("--fresh needs it stopped: go run ./deploy/local down shop")
		}
		return nil
	}
	if err := l.needPackages(ctx, postgresPackage); err != nil {
		return err
	}
	self, err := s.recordSelf()
	if err != nil {
		return err
	}
	defer s.forget(self)
	up, err := l.openShop(ctx, s, chosen)
	if err != nil {
		s.stop()
		return err
	}
	if chosen.detach {
		l.say("\nit runs in the background: `go run ./deploy/local logs server` shows what it says, `down` stops it")
		return nil
	}
	release() // others may look, and be told that it runs
	l.say("\n`go run ./deploy/local logs server` shows what it says; Ctrl-C stops it")
	err = up.watch(ctx)
	s.forget(self)
	l.say("\nstopping the shop")
	s.stop()
	if err == nil {
		l.say("stopped; its data stays in %s", s.path)
	}
	return err
}

// alreadyUp says so if the shop runs: held by another launcher, or in the background with no part missing.
func (l *launcher) alreadyUp(s site) bool {
	base, known := s.base()
	_, held := s.running(launcherName)
	if !known || !held && !s.complete() {
		return false
	}
	l.say("the shop is running already")
	l.printAddresses(plan{site: s, base: base})
	return true
}

func (l *launcher) printAddresses(p plan) {
	fmt.Fprintf(l.out, "\n  storefront   %s\n  back office  %s\n", p.publicURL(), p.adminURL())
	if address, used := p.mailboxURL(); used {
		fmt.Fprintf(l.out, "  mailbox      %s\n", address)
	}
}

// recordSelf lets `down` find this launcher.
func (s site) recordSelf() (record, error) {
	at, _ := processStart(os.Getpid())
	self := record{Name: launcherName, PID: os.Getpid(), Started: at, Stop: syscall.SIGTERM}
	return self, s.write(self)
}

var shopPorts = map[int]string{portServer: "storefront", portAdmin: "back office", portWorkerPrivate: "worker", portServerPrivate: "server",
	portAdminPrivate: "back office's private port", portSandbox: "payment sandbox", portPrimary: "PostgreSQL", portReplica: "PostgreSQL replica",
	portMailbox: "mailbox", portMailboxSMTP: "mailbox's SMTP"}

// settlePorts refuses to start while somebody else has one of the shop's ports.
func settlePorts(s site, base int, busy func(int) bool) error {
	var taken []string
	for at := range portCount {
		if name, used := shopPorts[at]; used && busy(base+at) {
			taken = append(taken, fmt.Sprintf("%d (%s)", base+at, name))
		}
	}
	if len(taken) > 0 {
		word := "port"
		if len(taken) > 1 {
			word = "ports"
		}
		return fmt.Errorf("%s %s taken by another program: free it, or choose other ports with --port, as in --port %d",
			word, strings.Join(taken, ", "), freeSuggestion(base, busy))
	}
	return s.keepBase(base)
}

// freeSuggestion is a base that would work right now.
func freeSuggestion(base int, busy func(int) bool) int {
	for _, from := range []int{base + 1000, shopBase + 1000} {
		if free, err := firstBase(from, busy); err == nil {
			return free
		}
	}
	return base
}

// freshData are the parts of the shop's folder that --fresh forgets. Secrets and logs stay.
var freshData = []string{"primary", "replica", "blobs", "sandbox.db", stateFile}

func (s site) forgetData() error {
	for _, name := range slices.Clone(freshData) {
		if err := os.RemoveAll(s.join(name)); err != nil {
			return err
		}
	}
	return nil
}
