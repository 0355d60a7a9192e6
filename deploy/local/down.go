package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
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
	for _, s := range []site{l.shop(), l.test()} {
		if len(args) > 0 && !slices.Contains(args, s.name) {
			continue
		}
		if err := l.down(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// down ends a site's processes, one launcher at a time. A launcher that holds the shop in the foreground is asked
// first, since it would take the end of its parts for a failure.
func (l *launcher) down(ctx context.Context, s site) error {
	if !exists(s.join("lock")) {
		l.say("the %s never ran", s.title)
		return nil
	}
	holder, held := s.running(launcherName)
	if held {
		l.say("stopping the %s", s.title)
		s.end(holder, 12*time.Second)
	}
	release, err := l.exclusive(ctx, s.join("lock"))
	if err != nil {
		return err
	}
	defer release()
	if err := l.adoptOrphans(s); err != nil {
		return err
	}
	found := s.alive()
	switch {
	case len(found) == 0 && !held:
		l.say("the %s: nothing runs", s.title)
	case len(found) > 0 && !held:
		l.say("stopping the %s", s.title)
	}
	s.stop()
	return errors.Join(s.leaveMemory(), os.RemoveAll(s.join(keptFile)))
}
