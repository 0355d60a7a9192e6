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
)

// protovalidate is the Go module that holds validate.proto; its files are laid under .build for buf, not committed.
const protovalidate = "github.com/bufbuild/protovalidate@v1.2.2"

func main() {
	check := flag.Bool("check", false, "fail when a generated file was out of date")
	lint := flag.Bool("lint", false, "only lay what buf needs and run buf lint, and buf breaking against -against")
	against := flag.String("against", "", "with -lint: git reference to compare the protos with")
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
	if err := layProtovalidate(); err != nil {
		return fmt.Errorf("lay validate.proto: %w", err)
	}
	if lint {
		if err := tool("buf", "lint"); err != nil || against == "" {
			return err
		}
		return tool("buf", "breaking", "--against", ".git#ref="+against, "--path", "proto")
	}
	before, err := changes()
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
	after, err := changes()
	if err != nil {
		return err
	}
	if !bytes.Equal(before, after) {
		return fmt.Errorf("generated code is out of date; run `task generate` and commit the result:\n%s", after)
	}
	return nil
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

func layProtovalidate() error {
	target := filepath.Join(".build", "protovalidate", "buf", "validate", "validate.proto")
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
