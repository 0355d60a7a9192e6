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
	"syscall"
)

// An installer runs apt-get without letting any package start a service or make a database.
type installer struct {
	root string
	apt  string
	dpkg string
	log  string
}

const (
	// Debian asks this program before it starts a service; 101 forbids it.
	policyPath    = "usr/sbin/policy-rc.d"
	policyContent = "#!/bin/sh\n" + installMark + "\nexit 101\n"
	// Debian makes a PostgreSQL cluster of its own at the first install, unless told here.
	clusterPath    = "etc/postgresql-common/createcluster.d/tradewind.conf"
	clusterContent = installMark + "\ncreate_main_cluster = false\n"

	installMark = "# Written by Tradewind's go run ./deploy/local while it installs packages; safe to remove afterwards."
)

// run installs packages. What it changes on the system for that time is put back, whatever happens; what a killed
// launcher left is put back first.
func (i installer) run(names []string) (err error) {
	output, err := os.OpenFile(i.log, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer output.Close()
	restorePolicy, err := i.replace(policyPath, policyContent, 0o755)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, restorePolicy()) }()
	restoreCluster, err := i.replace(clusterPath, clusterContent, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, restoreCluster()) }()

	install := append([]string{"install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"}, names...)
	if i.command(output, i.apt, install...) == nil {
		return nil
	}
	// Perhaps the lists are missing or old, or an earlier installation was cut off.
	_ = i.command(output, i.dpkg, "--configure", "-a")
	_ = i.command(output, i.apt, "update")
	if err := i.command(output, i.apt, install...); err != nil {
		return fmt.Errorf("apt-get: %w\n%s\nlog: %s", err, lastLines(i.log, 20), i.log)
	}
	return nil
}

// command runs to its end even if the launcher is told to stop: a package half installed is trouble for the machine.
func (i installer) command(output *os.File, name string, args ...string) error {
	cmd := exec.CommandContext(context.Background(), name, args...)
	cmd.Env = without(os.Environ(), []string{"DEBIAN_FRONTEND="}, "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = attributes(nil, false, syscall.SIGTERM)
	return cmd.Run()
}

// replace puts a file in place of what is there and returns how to undo that. What was there is kept beside it.
func (i installer) replace(path, content string, mode fs.FileMode) (restore func() error, err error) {
	path = filepath.Join(i.root, path)
	before := path + ".before-tradewind"
	restore = func() error {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if exists(before) {
			return os.Rename(before, path)
		}
		return nil
	}
	if found, err := os.ReadFile(path); err == nil && bytes.Contains(found, []byte(installMark)) {
		if err := restore(); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	if exists(path) {
		if err := os.Rename(path, before); err != nil {
			return nil, err
		}
	}
	return restore, writeFile(path, []byte(content), mode)
}
