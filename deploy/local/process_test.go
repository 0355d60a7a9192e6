package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Who starts a shop that fails must read why, and where the rest is.
func TestAwaitTellsWhy(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		script string
		within time.Duration
		want   []string
	}{
		"ends by itself": {"echo port is taken >&2; exit 3", time.Minute, []string{"stopped by itself", "port is taken", "server.log"}},
		"never ready":    {"echo thinking; exec sleep 600", 300 * time.Millisecond, []string{"was not ready", "not yet", "server.log"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, s := newSite(t)
			p, err := s.start(part{name: "server", path: "/bin/sh", args: []string{"-c", tc.script}, dir: "/", stop: syscall.SIGTERM})
			if err != nil {
				t.Fatal(err)
			}
			defer s.end(p.record, time.Second)
			err = p.await(t.Context(), tc.within, func(context.Context) error { return errors.New("not yet") })
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q:\n%v", want, err)
				}
			}
		})
	}
}

// The log of a run that failed must survive the next start, which is often the first reaction.
func TestLogOfTheRunBefore(t *testing.T) {
	t.Parallel()
	_, s := newSite(t)
	for _, word := range []string{"first", "second"} {
		p, err := s.start(part{name: "server", path: "/bin/echo", args: []string{word}, dir: "/"})
		if err != nil {
			t.Fatal(err)
		}
		<-p.exited
	}
	if now, before := lastLines(s.logPath("server"), 3), lastLines(s.logPath("server.before"), 3); now != "    second" || before != "    first" {
		t.Errorf("the log says %q, the one before %q", now, before)
	}
}

func TestLastLines(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "long.log")
	var text strings.Builder
	for line := range 20_000 {
		fmt.Fprintf(&text, "line %d\n", line)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, want := lastLines(path, 2), "    line 19998\n    line 19999"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := lastLines(path+".missing", 2); !strings.Contains(got, "no log") {
		t.Errorf("a missing log gives %q", got)
	}
}

// Two launchers must not start or stop one site at the same time, and a crash must leave no lock.
func TestExclusive(t *testing.T) {
	t.Parallel()
	l, s := newSite(t)
	release, err := l.exclusive(t.Context(), s.join("lock"))
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	if _, err := l.exclusive(short, s.join("lock")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second launcher got in: %v", err)
	}
	release()
	again, err := l.exclusive(t.Context(), s.join("lock"))
	if err != nil {
		t.Fatalf("the lock outlived its holder: %v", err)
	}
	again()
}
