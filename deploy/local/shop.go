package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// shopStages is how the shop stops: who asks stops before who answers, and PostgreSQL last.
var shopStages = []stage{
	{4 * time.Second, []string{"worker", "admin"}},
	{3 * time.Second, []string{"server"}},
	{500 * time.Millisecond, []string{"sandbox", "mailbox"}},
	{time.Second, []string{"primary"}},
	{500 * time.Millisecond, []string{"replica"}},
}

// A liveShop is the running shop, as its launcher holds it.
type liveShop struct {
	launcher         *launcher
	primary, replica cluster
	processes        []*process // all but the replica's
	follower         *process
}

// openShop brings everything up, in the order in which the parts need each other.
func (l *launcher) openShop(ctx context.Context, s site, chosen upFlags) (*liveShop, error) {
	if len(s.alive()) > 1 { // the launcher's own record is one
		l.say("stopping what an earlier run left")
		s.stop()
	}
	if err := settlePorts(s, chosen.port, busy); err != nil {
		return nil, err
	}
	if chosen.fresh {
		if err := s.forgetData(); err != nil {
			return nil, err
		}
	}
	keys, err := s.secrets()
	if err != nil {
		return nil, err
	}
	p := plan{site: s, base: chosen.port, keys: keys}
	up := &liveShop{launcher: l}

	var group sync.WaitGroup
	var databaseErr, buildErr error
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	group.Go(func() {
		if databaseErr = up.startDatabase(both, p, !chosen.detach); databaseErr != nil {
			cancel()
		}
	})
	group.Go(func() {
		if buildErr = l.build(both); buildErr != nil {
			cancel()
		}
	})
	group.Wait()
	if err := firstCause([]error{databaseErr, buildErr}); err != nil {
		return nil, err
	}
	if err := l.fillDatabase(ctx, p); err != nil {
		return nil, err
	}
	if err := up.startPrograms(ctx, p, !chosen.detach); err != nil {
		return nil, err
	}
	l.printAddresses(p)
	if err := l.addStaff(ctx, p); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		l.say("the shop is up, but no staff login was made: %v", err) // perhaps it exists, and only the note of it is lost
	}
	return up, nil
}

func (up *liveShop) startDatabase(ctx context.Context, p plan, tied bool) error {
	l, s := up.launcher, p.site
	as, err := serverOwner()
	if err != nil {
		return err
	}
	found, err := choose(installations(ctx, "/", os.Getenv("PATH")), s.join("primary"))
	if err != nil {
		return err
	}
	socket, err := l.plainFolder(s, as, "socket")
	if err != nil {
		return err
	}
	up.primary = cluster{site: s, name: "primary", programs: found.programs, as: as, socket: socket, tied: tied,
		port: p.base + portPrimary, settings: settings{connections: 200, preload: preload(found.programs)}}
	up.replica = up.primary
	up.replica.name, up.replica.port = "replica", p.base+portReplica
	up.replica.settings.follows = connInfo(socket, up.primary.port)

	l.say("starting PostgreSQL %d, a primary and a replica, in %s", found.version, s.path)
	if !up.primary.complete() {
		// What was done to an earlier database was not done to the one about to be made.
		if err := os.RemoveAll(s.join(stateFile)); err != nil {
			return err
		}
		if err := up.primary.create(ctx); err != nil {
			return err
		}
	}
	primary, err := up.primary.start(ctx, primaryPatience)
	if err != nil {
		return err
	}
	up.processes = append(up.processes, primary)
	if err := up.primary.prepareDatabase(ctx, p.keys.DatabasePassword); err != nil {
		return err
	}
	up.follower, err = l.follow(ctx, up.replica, up.primary)
	return err
}

// startPrograms starts those that answer before those that ask them.
func (up *liveShop) startPrograms(ctx context.Context, p plan, tied bool) error {
	if err := makeFolder(p.site.join("blobs"), 0o700); err != nil {
		return err
	}
	for _, together := range [][]string{{"sandbox", "mailbox"}, {"server"}, {"worker", "admin"}} {
		up.launcher.say("starting %s", strings.Join(together, " and "))
		var started []*process
		for _, name := range together {
			child, err := p.site.start(part{
				name: name,
				path: up.launcher.binary(name),
				env:  p.environment(name),
				dir:  p.site.path,
				port: p.base + mainPort[name],
				stop: syscall.SIGTERM,
				tied: tied,
			})
			if err != nil {
				return err
			}
			started = append(started, child)
		}
		for _, child := range started {
			ready := "http://" + p.loopback(readyPort[child.Name]) + "/readyz"
			if err := child.await(ctx, 2*time.Minute, func(ctx context.Context) error { return isReady(ctx, ready) }); err != nil {
				return err
			}
		}
		up.processes = append(up.processes, started...)
	}
	return nil
}

var (
	mainPort = map[string]int{"server": portServer, "admin": portAdmin, "worker": portWorkerPrivate, "sandbox": portSandbox,
		"mailbox": portMailbox}
	// The sandbox and the mailbox are strangers to the shop and have no private port.
	readyPort = map[string]int{"server": portServerPrivate, "admin": portAdminPrivate, "worker": portWorkerPrivate,
		"sandbox": portSandbox, "mailbox": portMailbox}
)

func isReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultTransport.RoundTrip(request) // no proxy is asked for a loopback address
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(url + " answers " + response.Status)
	}
	return nil
}

// state is what was done once to the shop's database.
type state struct {
	Seeded bool `json:"seeded"`
	Staff  bool `json:"staff"`
}

const stateFile = "state.json"

func (s site) state() state {
	var found state
	if content, err := os.ReadFile(s.join(stateFile)); err == nil {
		_ = json.Unmarshal(content, &found) // a damaged file means doing it again, which is harmless
	}
	return found
}

func (s site) keepState(now state) error {
	content, err := json.Marshal(now)
	if err != nil {
		return err
	}
	return writeFile(s.join(stateFile), append(content, '\n'), 0o600)
}

// fillDatabase applies the migrations and, once, loads the sample shop.
func (l *launcher) fillDatabase(ctx context.Context, p plan) error {
	l.say("bringing the database up to date")
	if err := l.serverCommand(ctx, p, "", migrateCommand...); err != nil {
		return err
	}
	now := p.site.state()
	if now.Seeded {
		return nil
	}
	l.say("loading the sample shop")
	if err := l.serverCommand(ctx, p, "", seedCommand...); err != nil {
		return err
	}
	now.Seeded = true
	return p.site.keepState(now)
}

// addStaff makes the first login and shows it, once: the password is kept nowhere.
func (l *launcher) addStaff(ctx context.Context, p plan) error {
	now := p.site.state()
	if now.Staff {
		return nil
	}
	password := randomWord()[:20]
	if err := l.serverCommand(ctx, p, password+"\n", staffCommand...); err != nil {
		return err
	}
	fmt.Fprintf(l.out, "  staff login  %s  %s\n               shown only this once\n", staffEmail, password)
	now.Staff = true
	return p.site.keepState(now)
}

// serverCommand runs one of server's sub-commands to its end.
func (l *launcher) serverCommand(ctx context.Context, p plan, input string, args ...string) error {
	cmd := exec.CommandContext(ctx, l.binary("server"), args...)
	cmd.Dir = l.clone
	cmd.Env = p.environment("server")
	cmd.Stdin = strings.NewReader(input)
	logPath := p.site.logPath("server-" + args[0])
	output, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer output.Close()
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("server %s: %w\n%s\nlog: %s", args[0], err, lastLines(logPath, 20), logPath)
	}
	return nil
}
