// Package config reads a program's flags and environment once, into one struct.
//
// The struct's tags are kong's: `name:"addr" env:"ADDR" default:":8080" help:"Where the shop is served."`. Sub-commands
// are fields tagged `cmd:""`. A struct with a Validate method is asked whether its values fit together.
package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// ErrHelp says that help was asked for and has been printed: the program has nothing left to do.
var ErrHelp = errors.New("help was printed")

// Parse fills settings from args (without the program's name), then the environment, then defaults. It returns the
// sub-command that was chosen, or "". An environment variable that is set but empty counts as not set.
//
// -h prints every setting to help and returns ErrHelp. Any other error is one line that names the setting, and never
// repeats a value from the environment, which may be a secret.
func Parse[T any](name, description string, args []string, help io.Writer) (settings T, command string, err error) {
	helped := false
	parser, err := kong.New(&settings,
		kong.Name(name),
		kong.Description(description),
		kong.Writers(help, help),
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 120}),
	)
	if err != nil {
		return settings, "", fmt.Errorf("%s: settings are wrongly declared: %w", name, err)
	}
	ignoreEmptyEnvironment(parser.Model.Node)
	chosen, err := parser.Parse(args)
	switch {
	case helped:
		return settings, "", ErrHelp
	case err != nil:
		return settings, "", fmt.Errorf("%s: %s; %s -h explains every setting", name, explain(err), name)
	}
	return settings, chosen.Command(), nil
}

// ignoreEmptyEnvironment lets compose files and manifests write NAME= for "not set".
func ignoreEmptyEnvironment(node *kong.Node) {
	for _, flag := range node.Flags {
		flag.Tag.Envs = slices.DeleteFunc(flag.Tag.Envs, func(name string) bool {
			value, set := os.LookupEnv(name)
			return set && value == ""
		})
	}
	for _, child := range node.Children {
		ignoreEmptyEnvironment(child)
	}
}

// fromEnvironment is how the parser says which variable was wrong; it repeats the whole value.
var fromEnvironment = regexp.MustCompile(`(?s)^(?:--[\w-]+: )?(.*) \(from envar (\w+)=".*"\)$`)

func explain(err error) string {
	text := err.Error()
	if parts := fromEnvironment.FindStringSubmatch(text); parts != nil {
		return parts[2] + ": " + strings.ReplaceAll(parts[1], os.Getenv(parts[2]), "***")
	}
	return strings.Join(strings.Fields(text), " ")
}
