package main

import (
	"slices"
	"sync"
	"time"
)

// A stage is a set of parts that stop at the same time, and how long they may take before they are killed.
type stage struct {
	grace time.Duration
	parts []string
}

// complete says whether every part of the site runs.
func (s site) complete() bool {
	for _, stage := range s.stages {
		for _, name := range stage.parts {
			if _, running := s.running(name); !running {
				return false
			}
		}
	}
	return true
}

// stop ends the parts that run, stage by stage, except those given. What no stage knows, left by another version of the
// launcher, goes first.
func (s site) stop(except ...record) {
	var unknown []string
	for _, r := range s.alive() {
		if !slices.ContainsFunc(s.stages, func(at stage) bool { return slices.Contains(at.parts, r.Name) }) {
			unknown = append(unknown, r.Name)
		}
	}
	for _, stage := range append([]stage{{time.Second, unknown}}, s.stages...) {
		var group sync.WaitGroup
		for _, name := range stage.parts {
			if r, running := s.running(name); running && name != launcherName && !slices.Contains(except, r) {
				group.Go(func() { s.end(r, stage.grace) })
			}
		}
		group.Wait()
	}
}
