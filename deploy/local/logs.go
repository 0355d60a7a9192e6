package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const logsHelp = `logs: what one part of the shop, or one test server, has said.

  go run ./deploy/local logs                  the names
  go run ./deploy/local logs server           all since its start
  go run ./deploy/local logs -f server        and what follows, until Ctrl-C
  go run ./deploy/local logs server.before    the run before
  go run ./deploy/local logs test/rabbitmq    a test server's
`

func runLogs(ctx context.Context, l *launcher, args []string) error {
	flags := flag.NewFlagSet("logs", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	follow := flags.Bool("f", false, "")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("%w\n\n%s", err, logsHelp)
	}
	if flags.NArg() == 0 {
		return l.listLogs()
	}
	if flags.NArg() > 1 {
		return fmt.Errorf("logs takes one name, got %q", flags.Args())
	}
	s, name := l.shop(), flags.Arg(0)
	if rest, ok := strings.CutPrefix(name, "test/"); ok {
		s, name = l.test(), rest
	}
	file, err := os.Open(s.logPath(filepath.Base(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%q has no log: `logs` lists those there are", flags.Arg(0))
	}
	if err != nil {
		return err
	}
	defer file.Close()
	err = poll(ctx, 200*time.Millisecond, func() (bool, error) {
		_, err := io.Copy(l.out, file)
		return !*follow, err
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (l *launcher) listLogs() error {
	for _, s := range []site{l.shop(), l.test()} {
		paths, _ := filepath.Glob(s.join("log", "*.log"))
		for _, path := range paths {
			name := strings.TrimSuffix(filepath.Base(path), ".log")
			if s.name == "test" {
				name = "test/" + name
			}
			fmt.Fprintf(l.out, "%-24s%s\n", name, path)
		}
	}
	return nil
}
