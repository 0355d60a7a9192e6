package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const oldestPostgres = 15

// postgresNeeds are the programs that make an installation of use to us: some packages hold only the client's.
var postgresNeeds = []string{"postgres", "initdb", "psql", "pg_basebackup", "pg_controldata"}

// An installation is one version of PostgreSQL on this machine.
type installation struct {
	programs string
	version  int
}

// installations finds every usable PostgreSQL, newest first: where Debian, Red Hat, Homebrew and others put it, and in PATH.
func installations(ctx context.Context, root string, path string) []installation {
	var dirs []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/lib/postgresql*/bin", "/usr/local/pgsql*/bin",
		"/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin", "/usr/libexec/postgresql*",
	} {
		found, _ := filepath.Glob(filepath.Join(root, pattern))
		dirs = append(dirs, found...)
	}
	dirs = append(dirs, filepath.SplitList(path)...)

	var all []installation
	for _, dir := range dirs {
		real, err := filepath.EvalSymlinks(dir)
		if err != nil || slices.ContainsFunc(all, func(i installation) bool { return i.programs == real }) {
			continue
		}
		if version := postgresVersion(ctx, real); version >= oldestPostgres {
			all = append(all, installation{real, version})
		}
	}
	slices.SortStableFunc(all, func(a, b installation) int { return b.version - a.version })
	return all
}

// postgresVersion is the major version in a folder, or 0 if the folder lacks a program we need.
func postgresVersion(ctx context.Context, dir string) int {
	for _, name := range postgresNeeds {
		if found, err := os.Stat(filepath.Join(dir, name)); err != nil || found.Mode()&0o111 == 0 {
			return 0
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	return majorVersion(string(out))
}

// majorVersion reads "postgres (PostgreSQL) 15.18 (Debian ...)".
func majorVersion(text string) int {
	_, rest, _ := strings.Cut(text, "(PostgreSQL) ")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	version, _ := strconv.Atoi(rest[:end])
	return version
}

var errNoPostgres = errors.New("there is no PostgreSQL " + strconv.Itoa(oldestPostgres) + " or newer on this machine")

// choose takes the newest installation, or the one that wrote the data: no other version can read it.
func choose(all []installation, data string) (installation, error) {
	if len(all) == 0 {
		return installation{}, errNoPostgres
	}
	content, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	wrote, parseErr := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil || parseErr != nil {
		return all[0], nil
	}
	for _, i := range all {
		if i.version == wrote {
			return i, nil
		}
	}
	return installation{}, fmt.Errorf("the data in %s was written by PostgreSQL %d, which is no longer on this machine: "+
		"install it again, or give the data up with up --fresh", data, wrote)
}
