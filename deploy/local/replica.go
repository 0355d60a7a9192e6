package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// replicaPatience is how long a replica may take to come up, and again to catch up: a copy would be made sooner.
const replicaPatience = 20 * time.Second

// primaryPatience is longer: after a crash a primary first does again what it had not yet written, and nothing can
// stand in for it.
const primaryPatience = 5 * time.Minute

// follow brings up a replica of a running primary. One that cannot follow, be it broken, promoted, of another primary
// or so far behind that the primary no longer keeps what it lacks, is copied anew.
func (l *launcher) follow(ctx context.Context, replica, primary cluster) (*process, error) {
	if l.canFollow(ctx, replica, primary) {
		p, err := replica.startFollowing(ctx, primary)
		if err == nil || ctx.Err() != nil {
			return p, err
		}
	}
	if exists(replica.data()) {
		l.say("the replica cannot follow its primary and is copied anew")
	}
	if err := replica.copy(ctx, primary); err != nil {
		return nil, fmt.Errorf("copy the primary: %w", err)
	}
	return replica.startFollowing(ctx, primary)
}

// canFollow says whether the replica's data is a copy of this primary that still is a replica.
func (l *launcher) canFollow(ctx context.Context, replica, primary cluster) bool {
	if !replica.complete() || !exists(filepath.Join(replica.data(), "standby.signal")) {
		return false
	}
	of, err := replica.identity(ctx)
	if err != nil {
		return false
	}
	wanted, err := primary.identity(ctx)
	return err == nil && of == wanted
}

// identity is the number that a primary shares with its replicas and with nobody else.
func (c cluster) identity(ctx context.Context) (string, error) {
	out, err := c.program(ctx, "", "pg_controldata", "-D", c.data())
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(out) {
		if name, value, ok := strings.Cut(line, ":"); ok && name == "Database system identifier" {
			return strings.TrimSpace(value), nil
		}
	}
	return "", errors.New("pg_controldata names no system identifier")
}

func (c cluster) copy(ctx context.Context, primary cluster) error {
	if err := os.RemoveAll(c.data()); err != nil {
		return err
	}
	return c.make(func(fresh string) error {
		args := []string{"-D", fresh, "-X", "stream", "-c", "fast", "-w",
			"-h", primary.socket, "-p", strconv.Itoa(primary.port), "-U", superuser}
		if c.settings.disposable {
			args = append(args, "--no-sync")
		}
		if _, err := c.program(ctx, "", "pg_basebackup", args...); err != nil {
			return err
		}
		return c.as.file(filepath.Join(fresh, "standby.signal"), "")
	})
}

// startFollowing starts a replica and waits until it has replayed what the primary holds now.
func (c cluster) startFollowing(ctx context.Context, primary cluster) (*process, error) {
	target, err := primary.sql(ctx, "postgres", "select pg_current_wal_flush_lsn()")
	if err != nil {
		return nil, err
	}
	p, err := c.start(ctx, replicaPatience)
	if err != nil {
		return nil, err
	}
	err = p.await(ctx, replicaPatience, func(ctx context.Context) error { return c.caughtUp(ctx, target) })
	if err != nil {
		c.site.end(p.record, 3*time.Second)
		return nil, err
	}
	return p, nil
}

// caughtUp is nil once a replica streams and has replayed a position.
func (c cluster) caughtUp(ctx context.Context, target string) error {
	state, err := c.sql(ctx, "postgres", `select coalesce((select status from pg_stat_wal_receiver), 'not streaming') || ' '
		|| (pg_last_wal_replay_lsn() >= '`+target+`'::pg_lsn)::text`)
	if err != nil {
		return err
	}
	if state != "streaming true" {
		return errors.New("replication: " + state)
	}
	return nil
}
