//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

const supported = true

// processStart tells when a process started, in words that only it has, and whether it runs. A zombie does not run.
func processStart(pid int) (string, bool) {
	out, err := exec.CommandContext(context.Background(), "ps", "-o", "stat=", "-o", "lstart=", "-p", strconv.Itoa(pid)).Output()
	state, started, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if err != nil || state == "" || strings.HasPrefix(state, "Z") {
		return "", false
	}
	return strings.TrimSpace(started), true
}

// processesFrom and processesIn find nothing here: without /proc, only what is recorded is known.
func processesFrom(string) map[int]string { return nil }
func processesIn(_, _ string) []int       { return nil }

// attributes are how the kernel treats a child. No signal follows the launcher's death here: `down` ends what is left.
func attributes(as *owner, tied bool, _ syscall.Signal) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: tied, Setsid: !tied}
	if as != nil {
		a.Credential = &syscall.Credential{Uid: as.uid, Gid: as.gid}
	}
	return a
}

func endWithParent() {}

func sendSignal(pid int, s syscall.Signal) { _ = syscall.Kill(pid, s) }

func killGroup(pid int) {
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	_ = syscall.Kill(pid, syscall.SIGKILL)
}

// lockFile takes a lock that is released when the file is closed or the process ends; false means someone else has it.
func lockFile(file *os.File, exclusive bool) (bool, error) {
	how := syscall.LOCK_SH
	if exclusive {
		how = syscall.LOCK_EX
	}
	err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// memoryFolder is not known here: databases of tests are on the disk.
const memoryFolder = "."

func roomInMemory(string) bool { return false }
func ownFolder(string) bool    { return false }
