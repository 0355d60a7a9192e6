package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A cluster is one PostgreSQL server of our own: its programs, its data, and where it listens.
type cluster struct {
	site     site
	name     string // primary or replica
	programs string
	as       *owner
	socket   string // folder; only its owner may enter, so connections there need no password
	port     int
	tied     bool
	settings settings
}

// superuser is who the launcher is to PostgreSQL.
const superuser = "postgres"

func (c cluster) data() string { return c.site.data(c.name) }

// program is one of PostgreSQL's own programs, run to its end. Its output is part of any error.
func (c cluster) program(ctx context.Context, input, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(c.programs, name), args...)
	cmd.Dir = c.site.path
	cmd.Env = postgresEnv()
	cmd.Stdin = strings.NewReader(input)
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	cmd.SysProcAttr = attributes(c.as, false, 0)
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("%s: %w\n    %s", name, err,
			strings.ReplaceAll(strings.TrimSpace(problem.String()), "\n", "\n    "))
	}
	return out.String(), nil
}

// postgresEnv keeps the caller's own PostgreSQL settings, such as PGHOST, away from ours.
func postgresEnv() []string {
	return without(os.Environ(), []string{"PG", "LC_", "LANG"}, "LC_ALL=C")
}

// sql runs statements as the superuser, each in its own transaction, and returns the bare rows.
func (c cluster) sql(ctx context.Context, database, statements string) (string, error) {
	out, err := c.program(ctx, statements, "psql", "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1",
		"-h", c.socket, "-p", strconv.Itoa(c.port), "-U", superuser, "-d", database)
	return strings.TrimSpace(out), err
}

// create makes the data folder of a primary unless it is complete. It is made aside and renamed at the end, so an
// initdb that died leaves nothing that looks like data.
func (c cluster) create(ctx context.Context) error {
	if c.complete() {
		return nil
	}
	if err := c.setAside(); err != nil {
		return err
	}
	return c.make(func(fresh string) error {
		args := []string{"-D", fresh, "-U", superuser, "-E", "UTF8", "--auth-local=trust", "--auth-host=scram-sha-256",
			"--data-checksums"}
		if runtime.GOOS == "darwin" {
			args = append(args, "--lc-collate=C", "--lc-ctype=UTF-8")
		} else {
			args = append(args, "--locale=C.UTF-8")
		}
		if c.settings.disposable {
			args = append(args, "--no-sync")
		}
		if _, err := c.program(ctx, "", "initdb", args...); err != nil {
			return err
		}
		conf, err := os.OpenFile(filepath.Join(fresh, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = conf.WriteString("\ninclude '" + settingsFile + "'\n")
		return errors.Join(err, conf.Close())
	})
}

// make fills a fresh folder and puts it in the place of the data.
func (c cluster) make(fill func(fresh string) error) error {
	fresh := c.data() + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := c.as.folder(fresh); err != nil {
		return err
	}
	if err := fill(fresh); err != nil {
		return err
	}
	if err := c.writeSettings(fresh); err != nil {
		return err
	}
	return os.Rename(fresh, c.data())
}

func (c cluster) complete() bool {
	for _, file := range []string{"PG_VERSION", "global/pg_control", "postgresql.conf", settingsFile} {
		if !exists(filepath.Join(c.data(), file)) {
			return false
		}
	}
	return true
}

// setAside moves a data folder that is not complete out of the way. It is not deleted: somebody else made it so.
func (c cluster) setAside() error {
	if !exists(c.data()) {
		return nil
	}
	broken := c.data() + ".broken"
	if err := os.RemoveAll(broken); err != nil {
		return err
	}
	return os.Rename(c.data(), broken)
}

// start runs the server and waits until it answers. Processes that a crash left in the data folder are ended first;
// only then may the lock file be removed that would stop the server from starting.
func (c cluster) start(ctx context.Context, within time.Duration) (*process, error) {
	if err := c.evict(ctx); err != nil {
		return nil, err
	}
	if err := c.writeSettings(c.data()); err != nil {
		return nil, err
	}
	p, err := c.site.start(part{
		name: c.name,
		path: filepath.Join(c.programs, "postgres"),
		args: []string{"-D", c.data()},
		env:  postgresEnv(),
		dir:  c.site.path,
		as:   c.as,
		port: c.port,
		stop: syscall.SIGINT, // a fast stop: open transactions are rolled back, then all is written
		tied: c.tied,
	})
	if err != nil {
		return nil, err
	}
	err = p.await(ctx, within, func(ctx context.Context) error {
		_, err := c.sql(ctx, "postgres", "select 1")
		return err
	})
	if err != nil {
		c.site.end(p.record, 3*time.Second)
		return nil, err
	}
	return p, nil
}

// evict ends the processes of a server whose launcher is gone, and only then removes the locks that would stop the next
// one: PostgreSQL takes a process that has ended but was not yet reaped, or a stranger with the same id, for the owner.
func (c cluster) evict(ctx context.Context) error {
	if runtime.GOOS != "linux" {
		return nil // nothing can be looked for, and PostgreSQL decides by itself whether a lock is stale
	}
	var err error
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT} {
		if postmaster, running := c.postmaster(); running {
			sendSignal(postmaster, signal)
		}
		wait, cancel := context.WithTimeout(ctx, 5*time.Second)
		err = poll(wait, 50*time.Millisecond, func() (bool, error) {
			return len(processesIn(c.data(), "postgres")) == 0, nil
		})
		cancel()
		if err == nil {
			return c.removeLocks()
		}
	}
	return fmt.Errorf("an earlier PostgreSQL still works in %s: %w", c.data(), err)
}

// postmaster is the process that leads the server in the data folder, if one does.
func (c cluster) postmaster() (int, bool) {
	pid, err := firstNumber(filepath.Join(c.data(), "postmaster.pid"))
	return pid, err == nil && slices.Contains(processesIn(c.data(), "postgres"), pid)
}

func (c cluster) removeLocks() error {
	socket := filepath.Join(c.socket, ".s.PGSQL."+strconv.Itoa(c.port))
	for _, path := range []string{filepath.Join(c.data(), "postmaster.pid"), socket + ".lock", socket} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// firstNumber reads the number in a file's first line.
func firstNumber(path string) (int, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(content), "\n")
	return strconv.Atoi(strings.TrimSpace(line))
}
