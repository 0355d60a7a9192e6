package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A record says which process is one part of a site, so that any later launcher can find and stop it.
type record struct {
	Name    string         `json:"name"`
	PID     int            `json:"pid"`
	Started string         `json:"started"` // when the kernel started it: a later stranger with the same pid differs here
	Port    int            `json:"port,omitempty"`
	Stop    syscall.Signal `json:"stop"` // what makes it stop in good order
}

// alive says whether the recorded process, and no stranger, still runs.
func (r record) alive() bool {
	started, running := processStart(r.PID)
	return running && started == r.Started
}

// running is the record of a part that is alive. A record of a dead one is stale: it is removed.
func (s site) running(name string) (record, bool) {
	r, err := readRecord(s.recordPath(name))
	if err == nil && r.alive() {
		return r, true
	}
	if exists(s.recordPath(name)) {
		_ = os.Remove(s.recordPath(name))
	}
	return record{}, false
}

func readRecord(path string) (record, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return record{}, err
	}
	var r record
	if err := json.Unmarshal(content, &r); err != nil {
		return record{}, err
	}
	return r, nil
}

func (s site) write(r record) error {
	content, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return writeFile(s.recordPath(r.Name), append(content, '\n'), 0o600)
}

// forget removes a record unless it already speaks of a newer process.
func (s site) forget(r record) {
	if found, err := readRecord(s.recordPath(r.Name)); err == nil && found == r {
		_ = os.Remove(s.recordPath(r.Name))
	}
}

// alive are the records of all parts that run.
func (s site) alive() []record {
	paths, _ := filepath.Glob(s.join("run", "*.json"))
	var found []record
	for _, path := range paths {
		if r, running := s.running(strings.TrimSuffix(filepath.Base(path), ".json")); running {
			found = append(found, r)
		}
	}
	return found
}

// end asks a process to stop, waits, and kills it and its children once the grace is over.
func (s site) end(r record, grace time.Duration) {
	defer s.forget(r)
	if !r.alive() {
		return
	}
	sendSignal(r.PID, r.Stop)
	if s.gone(r, grace) {
		return
	}
	// PostgreSQL's own emergency stop also ends its children, which a kill would leave to find out by themselves.
	if r.Stop == syscall.SIGINT {
		sendSignal(r.PID, syscall.SIGQUIT)
		if s.gone(r, time.Second) {
			return
		}
	}
	if r.alive() {
		killGroup(r.PID)
		s.gone(r, time.Second)
	}
}

func (s site) gone(r record, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return poll(ctx, 20*time.Millisecond, func() (bool, error) { return !r.alive(), nil }) == nil
}
