package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sleeper starts a process that does nothing, as a stranger or as a part of a site.
func sleeper(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}

func recordOf(t *testing.T, name string, pid int) record {
	t.Helper()
	started, running := processStart(pid)
	if !running {
		t.Fatalf("process %d does not run", pid)
	}
	return record{Name: name, PID: pid, Started: started, Stop: syscall.SIGTERM}
}

// A record left by a crash may carry the id that a stranger's process has today. The stranger must live.
func TestStrangersAreNotStopped(t *testing.T) {
	t.Parallel()
	_, s := newSite(t, stage{time.Second, []string{"server"}})
	stranger := sleeper(t)
	stale := recordOf(t, "server", stranger.Process.Pid)
	stale.Started += "0"
	if err := s.write(stale); err != nil {
		t.Fatal(err)
	}
	s.end(stale, time.Second)
	if err := s.write(stale); err != nil {
		t.Fatal(err)
	}
	if _, running := s.running("server"); running {
		t.Error("a stranger's process counts as the server")
	}
	if exists(s.recordPath("server")) {
		t.Error("the stale record is still there")
	}
	s.stop()
	if _, running := processStart(stranger.Process.Pid); !running {
		t.Error("the stranger's process was stopped")
	}
}

// A record that a crash cut in half must not keep the shop from starting.
func TestDamagedRecordIsStale(t *testing.T) {
	t.Parallel()
	_, s := newSite(t)
	if err := os.WriteFile(s.recordPath("server"), []byte(`{"name":"ser`), 0o600); err != nil {
		t.Fatal(err)
	}
	if found := s.alive(); len(found) > 0 || exists(s.recordPath("server")) {
		t.Errorf("a damaged record is taken for %v", found)
	}
}

// A launcher that stops late must not remove the record of what a newer one has started.
func TestForgetOnlyOwnRecord(t *testing.T) {
	t.Parallel()
	_, s := newSite(t)
	newer := recordOf(t, "server", os.Getpid())
	if err := s.write(newer); err != nil {
		t.Fatal(err)
	}
	older := newer
	older.PID++
	s.forget(older)
	if found, running := s.running("server"); !running || found != newer {
		t.Errorf("the record is %v, %v", found, running)
	}
	s.forget(newer)
	if exists(s.recordPath("server")) {
		t.Error("the record is still there")
	}
}

// A part that does not stop when asked is killed, with its children, and parts stop stage by stage.
func TestStop(t *testing.T) {
	t.Parallel()
	_, s := newSite(t, stage{200 * time.Millisecond, []string{"stubborn"}}, stage{5 * time.Second, []string{"polite"}})
	start := func(name, script string) *process {
		p, err := s.start(part{name: name, path: "/bin/sh", args: []string{"-c", script}, dir: "/", stop: syscall.SIGTERM})
		if err != nil {
			t.Fatal(err)
		}
		spoke := func(context.Context) error {
			if content, err := os.ReadFile(p.log); err != nil || len(content) == 0 {
				return errors.New("silent")
			}
			return nil
		}
		if err := p.await(t.Context(), 10*time.Second, spoke); err != nil {
			t.Fatal(err)
		}
		return p
	}
	stubborn := start("stubborn", "trap '' TERM; echo ready; while :; do sleep 1; done")
	polite := start("polite", "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done")
	if !s.complete() {
		t.Error("both run, yet the site is not complete")
	}
	s.stop()
	<-stubborn.exited
	<-polite.exited
	if polite.err != nil || !strings.Contains(lastLines(polite.log, 5), "bye") {
		t.Errorf("the polite part ended with %v", polite.err)
	}
	if stubborn.err == nil {
		t.Error("the stubborn part was not killed")
	}
	if left := s.alive(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
