package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A part is how one process of a site is started and stopped.
type part struct {
	name string
	path string
	args []string
	env  []string
	dir  string
	as   *owner // nil: whoever runs the launcher
	port int
	stop syscall.Signal
	tied bool // ends with the launcher, however that ends
}

// A process is a part that this launcher started.
type process struct {
	record
	log    string
	exited chan struct{}
	err    error // how it ended; read it only after exited is closed
}

// The kernel ends tied children when the thread that started them ends, so one thread that never does starts them all.
var startOnLastingThread = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for do := range work {
			do()
		}
	}()
	return work
})

// start runs a part with its output in the site's log, and records it. The log of the run before is kept beside.
func (s site) start(p part) (*process, error) {
	logPath := s.logPath(p.name)
	if exists(logPath) {
		if err := os.Rename(logPath, s.logPath(p.name+".before")); err != nil {
			return nil, err
		}
	}
	output, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer output.Close()

	cmd := exec.CommandContext(context.Background(), p.path, p.args...) // it ends by its record, in its stage
	cmd.Env, cmd.Dir = p.env, p.dir
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = attributes(p.as, p.tied, p.stop)
	started := make(chan error)
	startOnLastingThread() <- func() { started <- cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	at, _ := processStart(cmd.Process.Pid)
	child := &process{
		record: record{Name: p.name, PID: cmd.Process.Pid, Started: at, Port: p.port, Stop: p.stop},
		log:    logPath,
		exited: make(chan struct{}),
	}
	go func() {
		child.err = cmd.Wait()
		close(child.exited)
	}()
	if err := s.write(child.record); err != nil {
		s.end(child.record, time.Second)
		return nil, fmt.Errorf("record %s: %w", p.name, err)
	}
	return child, nil
}

// await asks a new process until it is ready. If it ends or takes too long, the error carries its last words.
func (p *process) await(ctx context.Context, within time.Duration, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var last error
	err := poll(ctx, 50*time.Millisecond, func() (bool, error) {
		select {
		case <-p.exited:
			return false, p.failure("stopped by itself")
		default:
		}
		last = ready(ctx)
		return last == nil, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return p.failure(fmt.Sprintf("was not ready within %v (%v)", within, last))
	}
	return err
}

// failure is an error with the last lines of the process's log and where to read the rest.
func (p *process) failure(what string) error {
	return fmt.Errorf("%s %s\n%s\nlog: %s", p.Name, what, lastLines(p.log, 20), p.log)
}

// lastLines is the end of a log, indented for the reader to see where it begins and ends.
func lastLines(path string, count int) string {
	file, err := os.Open(path)
	if err != nil {
		return "    (no log)"
	}
	defer file.Close()
	const most = 64 << 10
	if size, err := file.Seek(0, io.SeekEnd); err == nil {
		_, _ = file.Seek(max(0, size-most), io.SeekStart)
	}
	content, _ := io.ReadAll(io.LimitReader(file, most))
	text := strings.TrimRight(string(content), "\n")
	if text == "" {
		return "    (the log is empty)"
	}
	lines := strings.Split(text, "\n")
	return "    " + strings.Join(lines[max(0, len(lines)-count):], "\n    ")
}

// without is the caller's environment less the variables that begin with one of the prefixes, then what is added.
func without(environ []string, prefixes []string, add ...string) []string {
	var kept []string
	for _, entry := range environ {
		dropped := false
		for _, prefix := range prefixes {
			dropped = dropped || strings.HasPrefix(entry, prefix)
		}
		if !dropped {
			kept = append(kept, entry)
		}
	}
	return append(kept, add...)
}
