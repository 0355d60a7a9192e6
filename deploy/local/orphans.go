package main

import (
	"path/filepath"
	"syscall"
)

// adoptOrphans records what runs for the site without a record, as after a launcher that was killed between a start
// and its record, so that it is seen and stopped like the rest. Programs in our own bin folder and PostgreSQL in our
// own data folders are surely ours.
func (l *launcher) adoptOrphans(s site) error {
	var orphans []record
	for _, name := range []string{"primary", "replica"} {
		if pid, running := (cluster{site: s, name: name}).postmaster(); running {
			orphans = append(orphans, record{Name: name, PID: pid, Stop: syscall.SIGINT})
		}
	}
	if s.name == l.shop().name {
		for pid, name := range processesFrom(filepath.Join(l.data, "bin")) {
			orphans = append(orphans, record{Name: name, PID: pid, Stop: syscall.SIGTERM})
		}
	}
	for _, orphan := range orphans {
		if known, running := s.running(orphan.Name); running {
			if known.PID != orphan.PID {
				orphan.Name += "-orphan" // beside the recorded one; it belongs to no stage and so is stopped first
			} else {
				continue
			}
		}
		var running bool
		if orphan.Started, running = processStart(orphan.PID); !running {
			continue
		}
		if err := s.write(orphan); err != nil {
			return err
		}
	}
	return nil
}
