package main

import (
	"context"
	"fmt"
	"text/tabwriter"
)

const statusHelp = `status: what of this clone runs, and on which ports.

Ends with code 0 if every part of the shop runs, else 3.
`

func runStatus(_ context.Context, l *launcher, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("status takes no arguments, got %q", args)
	}
	fmt.Fprintf(l.out, "data: %s\n", l.data)
	table := tabwriter.NewWriter(l.out, 0, 0, 2, ' ', 0)
	for _, s := range []site{l.shop(), l.test()} {
		for _, stage := range s.stages {
			for _, name := range stage.parts {
				if r, running := s.running(name); running {
					fmt.Fprintf(table, "%s\t%s\trunning\tpid %d\tport %d\t%s\n", s.name, name, r.PID, r.Port, s.logPath(name))
				} else {
					fmt.Fprintf(table, "%s\t%s\tstopped\n", s.name, name)
				}
			}
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if !l.shop().complete() {
		return exitCode(3)
	}
	return nil
}
