package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// programs are what the shop is made of, as folders of the clone. Each binary has its folder's name.
var programs = []string{"./server", "./worker", "./admin", "./deploy/sandbox", "./deploy/mailbox"}

func (l *launcher) binary(name string) string { return filepath.Join(l.data, "bin", name) }

// build compiles the shop's programs into the data folder.
func (l *launcher) build(ctx context.Context) error {
	l.say("building %s (the first time takes a few minutes)", strings.Join(programs, " "))
	tool, err := goTool()
	if err != nil {
		return err
	}
	bin := filepath.Join(l.data, "bin")
	if err := makeFolder(bin, 0o755); err != nil {
		return err
	}
	logPath := l.shop().logPath("build")
	output, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer output.Close()
	cmd := exec.CommandContext(ctx, tool, append([]string{"build",
		"-buildvcs=false", // git may refuse to read a clone that belongs to another user
		"-o", bin + string(filepath.Separator)}, programs...)...)
	cmd.Dir = l.clone
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("go build: %w\n%s\nlog: %s", err, lastLines(logPath, 20), logPath)
	}
	return nil
}

// goTool is the go command. `go run` puts its own first in PATH.
func goTool() (string, error) {
	if path, err := exec.LookPath("go"); err == nil {
		return path, nil
	}
	if path := filepath.Join(os.Getenv("GOROOT"), "bin", "go"); filepath.IsAbs(path) && exists(path) {
		return path, nil
	}
	return "", errors.New("there is no go command in PATH")
}
