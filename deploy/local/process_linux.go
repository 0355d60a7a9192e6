package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const supported = true

// processStart tells when a process started, in words that only it has, and whether it runs. A zombie does not run.
func processStart(pid int) (string, bool) {
	content, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", false
	}
	// The second field is the program's name in brackets, which may itself hold spaces and brackets.
	_, rest, _ := strings.Cut(string(content[strings.LastIndexByte(string(content), ')')+1:]), " ")
	fields := strings.Fields(rest)
	const state, startTime = 0, 19
	if len(fields) <= startTime || fields[state] == "Z" || fields[state] == "X" {
		return "", false
	}
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(boot)) + ":" + fields[startTime], true
}

// processesIn are the processes of a program that work in a folder.
func processesIn(dir, program string) []int {
	var pids []int
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range links {
		if target, err := os.Readlink(link); err != nil || target != dir {
			continue
		}
		name, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "comm"))
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if _, running := processStart(pid); running && strings.TrimSpace(string(name)) == program {
			pids = append(pids, pid)
		}
	}
	return pids
}

// processesFrom are the processes whose program lies in a folder, by the program's name.
func processesFrom(dir string) map[int]string {
	found := map[int]string{}
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		target, err := os.Readlink(link)
		target = strings.TrimSuffix(target, " (deleted)") // a newer build is in its place
		if err != nil || filepath.Dir(target) != dir {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if _, running := processStart(pid); running {
			found[pid] = filepath.Base(target)
		}
	}
	return found
}

// attributes are how the kernel treats a child. A tied child is told to stop when the launcher dies, however it dies;
// any other leads its own session, so that no terminal ends it.
func attributes(as *owner, tied bool, stop syscall.Signal) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{}
	if as != nil {
		a.Credential = &syscall.Credential{Uid: as.uid, Gid: as.gid}
	}
	if tied {
		a.Setpgid = true
		a.Pdeathsig = stop
	} else {
		a.Setsid = true
	}
	return a
}

// endWithParent makes the launcher stop when `go run`, which does not pass signals on, is ended from outside.
func endWithParent() {
	parent := os.Getppid()
	name, err := os.ReadFile("/proc/" + strconv.Itoa(parent) + "/comm")
	if err != nil || strings.TrimSpace(string(name)) != "go" {
		return
	}
	const setParentDeathSignal = 1
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setParentDeathSignal, uintptr(syscall.SIGTERM), 0)
	if os.Getppid() != parent {
		sendSignal(os.Getpid(), syscall.SIGTERM)
	}
}

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

// memoryFolder is a file system in memory that anybody may use.
const memoryFolder = "/dev/shm"

// roomInMemory says whether the test servers' databases fit into memory: they come to four gigabytes, and the tests need as much.
func roomInMemory(folder string) bool {
	const kind, least = 0x01021994, 10 << 30 // the kind is tmpfs
	var free syscall.Statfs_t
	if err := syscall.Statfs(folder, &free); err != nil || free.Type != kind || free.Bavail < least/2/uint64(free.Bsize) {
		return false
	}
	content, _ := os.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(content)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "MemAvailable:" {
			kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
			return err == nil && kilobytes<<10 >= least
		}
	}
	return false
}

// ownFolder says whether a path is a folder of this user's, and not one that somebody else laid where anybody may.
func ownFolder(path string) bool {
	found, err := os.Lstat(path)
	if err != nil || !found.IsDir() {
		return false
	}
	stat, ok := found.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}
