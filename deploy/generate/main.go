// Command generate makes all generated code again: protos, queries and pages. With -check it fails when that changed a file.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// protovalidate is the Go module that holds validate.proto; its files are laid under .build for buf, not committed.
const protovalidate = "github.com/bufbuild/protovalidate@v1.2.2"

func main() {
	check := flag.Bool("check", false, "fail when a generated file was out of date")
	lint := flag.Bool("lint", false, "only lay what buf needs and run buf lint, and buf breaking against -against")
	against := flag.String("against", "", "with -lint: git reference to compare the protos with; none: where this branch left main, or on main the commit before")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "generate makes gen/ and the templ code again. Run it from the top of the repository.")
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := run(*check, *lint, *against); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(check, lint bool, against string) error {
	if _, err := os.Stat("buf.yaml"); err != nil {
		return fmt.Errorf("run it from the top of the repository, where buf.yaml is")
	}
	if err := layProtovalidate("."); err != nil {
		return fmt.Errorf("lay validate.proto: %w", err)
	}
	if lint {
		if err := tool("buf", "lint"); err != nil {
			return err
		}
		return breaking(against)
	}
	was, err := changes()
	if err != nil {
		return err
	}
	for _, args := range [][]string{
		{"buf", "generate"},
		{"sqlc", "generate"},
		{"templ", "generate", "-path", "views", "-log-level", "warn"},
	} {
		if err := tool(args[0], args[1:]...); err != nil {
			return err
		}
	}
	if !check {
		return nil
	}
	is, err := changes()
	if err != nil {
		return err
	}
	if !bytes.Equal(was, is) {
		return fmt.Errorf("generated code is out of date; run `task generate` and commit the result:\n%s", is)
	}
	return nil
}

// before is where the protos as they were are laid for buf, which does not read the repository of a worktree.
var before = filepath.Join(".build", "before")

// breaking compares the protos with what they were, since programs of two releases run side by side.
func breaking(against string) error {
	if against == "" {
		if against = base(); against == "" {
			fmt.Fprintln(os.Stderr, "generate: there is no earlier commit here to compare the protos with")
			return nil
		}
	}
	if err := os.RemoveAll(before); err != nil {
		return err
	}
	if err := os.MkdirAll(before, 0o755); err != nil {
		return err
	}
	archive := filepath.Join(before, "protos.tar")
	for _, command := range [][]string{
		{"git", "archive", "--output", archive, against, "buf.yaml", "proto"},
		{"tar", "-xf", archive, "-C", before},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("lay the protos of %s: %w\n%s", against, err, out)
		}
	}
	if err := layProtovalidate(before); err != nil {
		return fmt.Errorf("lay validate.proto: %w", err)
	}
	return tool("buf", "breaking", "--against", before)
}

// base is where this branch left main, or, for a commit of main itself, the one before. A clone may know main by the name of its origin only.
func base() string {
	commit := func(args ...string) string {
		out, err := exec.Command("git", args...).Output()
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(out))
	}
	head := commit("rev-parse", "--verify", "--quiet", "HEAD")
	for _, main := range []string{"origin/main", "main"} {
		if left := commit("merge-base", "HEAD", main); left != "" && left != head {
			return left
		}
	}
	return commit("rev-parse", "--verify", "--quiet", "HEAD~1")
}

// tool runs a tool pinned in deploy/tools. Without cgo sqlc builds in a third of the time and needs no C compiler.
func tool(name string, args ...string) error {
	cmd := exec.Command("go", append([]string{"tool", "-modfile=deploy/tools/go.mod", name}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func layProtovalidate(folder string) error {
	target := filepath.Join(folder, ".build", "protovalidate", "buf", "validate", "validate.proto")
	out, err := exec.Command("go", "mod", "download", "-json", protovalidate).Output()
	if err != nil {
		return fmt.Errorf("download %s: %w", protovalidate, err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		return err
	}
	source, err := os.ReadFile(filepath.Join(module.Dir, "proto", "protovalidate", "buf", "validate", "validate.proto"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return os.WriteFile(target, source, 0o644)
}

// changes describes how generated files differ from what is committed, new ones included.
func changes() ([]byte, error) {
	diff, err := exec.Command("git", "diff", "--", "gen", "views").Output()
	if err != nil {
		return nil, fmt.Errorf("git diff: %w", err)
	}
	status, err := exec.Command("git", "status", "--porcelain", "--", "gen", "views").Output()
	if err != nil {
		return nil, fmt.Errorf("git status: %w", err)
	}
	return append(diff, status...), nil
}
