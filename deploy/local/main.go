// Command local runs the whole shop on one machine with nothing set up but Go: `go run ./deploy/local up`.
//
// It imports only the standard library, so that it builds in a moment and works before anything else does.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// A verb is one thing that the launcher does, with the text that explains it.
type verb struct {
	name  string
	short string
	help  string
	run   func(ctx context.Context, l *launcher, args []string) error
}

func verbs() []verb {
	return []verb{
		{"up", "start the whole shop and print its addresses", upHelp, runUp},
		{"down", "stop whatever of this clone still runs", downHelp, runDown},
		{"status", "what runs, and on which ports", statusHelp, runStatus},
		{"logs", "what one part has said", logsHelp, runLogs},
		{"test", "run every test against real servers", testHelp, runTest},
		{"env", "start the test servers once and print their settings", envHelp, runEnv},
	}
}

// A launcher is one run of this program: the clone it serves, where that clone's data lives, and where to speak.
type launcher struct {
	clone string
	data  string
	out   io.Writer // what was asked for: settings, a log, a status
	note  io.Writer // what goes on meanwhile
}

// say tells the reader what is going on. It never goes to standard output, which `env` gives to a shell.
func (l *launcher) say(format string, args ...any) {
	fmt.Fprintf(l.note, format+"\n", args...)
}

// errShown ends the program with a failure that its reader has already been told about.
var errShown = errors.New("already told")

// An exitCode ends the program with another program's code.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	go cancelOnSignal(cancel)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	cancel()
	os.Exit(report(os.Stderr, err))
}

// cancelOnSignal begins an orderly end. A second Ctrl-C does not wait for it; a second of another kind means nothing,
// since the kernel may tell of the end of `go run` once for each of its threads.
func cancelOnSignal(cancel func()) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	<-signals
	cancel()
	for again := range signals {
		if again == os.Interrupt {
			os.Exit(130)
		}
	}
}

// report turns the end of a run into an exit code, saying why if that is still unsaid.
func report(note io.Writer, err error) int {
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.Is(err, errShown):
		return 1
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(note, "stopped")
		return 130
	}
	fmt.Fprintln(note, "tradewind:", err)
	return 1
}

// run does the verb that args begin with.
func run(ctx context.Context, args []string, out, note io.Writer) error {
	if len(args) == 0 {
		fmt.Fprint(note, usage())
		return exitCode(2)
	}
	if asksForHelp(args[0]) {
		topic := ""
		if len(args) > 1 {
			topic = args[1]
		}
		fmt.Fprint(out, help(topic))
		return nil
	}
	at := slices.IndexFunc(verbs(), func(v verb) bool { return v.name == args[0] })
	if at < 0 {
		return fmt.Errorf("there is no verb %q\n\n%s", args[0], usage())
	}
	chosen := verbs()[at]
	if chosen.name != "test" && slices.ContainsFunc(args[1:], asksForHelp) || len(args) == 2 && asksForHelp(args[1]) {
		fmt.Fprint(out, chosen.help)
		return nil
	}
	if !supported {
		return errors.New("this launcher runs on Linux, macOS and BSD; on Windows use it inside WSL")
	}
	l, err := newLauncher(out, note)
	if err != nil {
		return err
	}
	return chosen.run(ctx, l, args[1:])
}

func newLauncher(out, note io.Writer) (*launcher, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the working directory: %w", err)
	}
	clone, err := findClone(here)
	if err != nil {
		return nil, err
	}
	data, err := dataFolder(clone, os.Getuid(), os.Getenv, os.UserHomeDir)
	if err != nil {
		return nil, err
	}
	return &launcher{clone: clone, data: data, out: out, note: note}, nil
}

func asksForHelp(arg string) bool {
	return slices.Contains([]string{"-h", "--help", "-help", "help"}, arg)
}

// help is the text of one verb, or of all.
func help(topic string) string {
	for _, v := range verbs() {
		if v.name == topic {
			return v.help
		}
	}
	return usage()
}

func usage() string {
	var text strings.Builder
	text.WriteString("Tradewind on this machine, with nothing set up but Go.\n\n")
	text.WriteString("  go run ./deploy/local VERB [FLAGS]\n\n")
	for _, v := range verbs() {
		fmt.Fprintf(&text, "  %-8s%s\n", v.name, v.short)
	}
	text.WriteString("\nVERB -h explains one verb.\n")
	return text.String()
}
