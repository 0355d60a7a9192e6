package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

const downHelp = `down: stop whatever of this clone still runs.

  go run ./deploy/local down          the shop and the test servers
  go run ./deploy/local down shop     only the shop
  go run ./deploy/local down test     only the test servers

Works after a crash of the launcher too. Data stays.
`

func runDown(ctx context.Context, l *launcher, args []string) error {
	for _, arg := range args {
		if !slices.Contains([]string{"shop", "test"}, arg) {
			return fmt.Errorf("down takes shop or test, got %q", arg)
		}
	}
	chosen := func(s site) bool { return len(args) == 0 || slices.Contains(args, s.name) }
	if s := l.test(); chosen(s) {
		if err := l.down(ctx, s, testOrder); err != nil {
			return err
		}
	}
	return nil
}

// down ends a site's processes, one launcher at a time.
func (l *launcher) down(ctx context.Context, s site, order []string) error {
	if !exists(s.join("lock")) {
		l.say("the %s has never run", describe(s))
		return nil
	}
	release, err := l.exclusive(ctx, s.join("lock"))
	if err != nil {
		return err
	}
	defer release()
	found := s.leftovers(order)
	if len(found) == 0 {
		l.say("of the %s nothing runs", describe(s))
		return nil
	}
	l.say("stopping the %s", describe(s))
	l.stopStarted(s, nil)
	return os.RemoveAll(s.join(keptFile))
}

func describe(s site) string {
	if s.name == "test" {
		return "test servers"
	}
	return s.name
}

// stopStarted ends the test servers that did not run before. None needs another to stop, so they stop at once; only
// the replica outlives its primary, to receive its last words.
func (l *launcher) stopStarted(s site, before []record) {
	var group sync.WaitGroup
	for _, r := range s.leftovers(testOrder) {
		if slices.Contains(before, r) || r.Name == "replica" {
			continue
		}
		group.Go(func() { s.end(r, 8*time.Second) })
	}
	group.Wait()
	if r, running := s.running("replica"); running && !slices.Contains(before, r) {
		s.end(r, 3*time.Second)
	}
}
