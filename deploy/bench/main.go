// Command bench measures the shop against baselines that are measured in the same run on the same machine: what the least program that does
// the same costs. It brings up a shop of its own by the launcher, with its data on the disk and fsync on, and ends it again.
//
//	go run ./deploy/bench                      # everything: about ten minutes
//	go run ./deploy/bench --only list,page     # some of it
//	go run ./deploy/bench --markdown           # as docs/performance.md has it
//	go run ./deploy/bench --only size --records 1000000
//
// Whoever makes the load runs on the same machine, so requests a second say little; CPU per operation says more. It counts the server, the
// worker and the database with its replica, user and system time, until everything that an operation set off is over.
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
	"time"

	"github.com/tradewind-commerce/tradewind/platform/config"
)

type settings struct {
	Only     []string      `name:"only" help:"Parts to measure: list, page, cached, order, journey, sync. None: all of these. Only if named: size, which fills the shop with --records products."`
	Seconds  int           `name:"seconds" default:"10" help:"How long each part is measured."`
	Clients  int           `name:"clients" default:"16" help:"How many clients ask at once."`
	Records  int           `name:"records" default:"100000" help:"Records of the import."`
	Data     string        `name:"data" default:"../shared/data" help:"Folder with bestbuy/bestbuy-products-3291.json.gz; without it products are made up."`
	Port     int           `name:"port" default:"13080" help:"First of the shop's ports."`
	Folder   string        `name:"folder" help:"Where the shop's data is put. None: beside the launcher's."`
	Keep     bool          `name:"keep" help:"Leave the shop up, to look at it or to measure again with --running."`
	Running  bool          `name:"running" help:"Measure the shop that an earlier run kept."`
	Again    bool          `name:"again" help:"Start the shop that an earlier run kept again, migrated and with programs built anew."`
	Markdown bool          `name:"markdown" help:"Print tables for docs/performance.md."`
	Patience time.Duration `name:"patience" default:"15m" help:"How long to wait for an import or for events to be told."`

	Measure  struct{} `cmd:"" default:"1" help:"Measure."`
	Baseline struct {
		Addr  string `help:"Where to listen." required:""`
		Files string `help:"Folder of files to serve." required:""`
	} `cmd:"" hidden:"" help:"Serve the least that does the same, as a process of its own whose CPU can be read."`
}

var parts = []string{"list", "page", "cached", "order", "journey", "sync", "size"}

// Validate checks the parts against those there are.
func (s *settings) Validate() error {
	for _, part := range s.Only {
		if !slices.Contains(parts, part) {
			return fmt.Errorf("--only: there is no part %q; they are %s", part, strings.Join(parts, ", "))
		}
	}
	return nil
}

func (s *settings) measures(part string) bool {
	return len(s.Only) == 0 && part != "size" || slices.Contains(s.Only, part)
}

func (s *settings) span() time.Duration { return time.Duration(s.Seconds) * time.Second }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, config.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	cfg, command, err := config.Parse[settings]("bench", "bench measures the shop against baselines.", args, out)
	if err != nil {
		return err
	}
	if command == "baseline" {
		return serveBaseline(ctx, cfg.Baseline.Addr, cfg.Baseline.Files)
	}
	rep := newReport(ctx)
	shop, err := bringUp(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() {
		if !cfg.Keep {
			err = errors.Join(err, shop.takeDown())
		}
	}()
	b := &bench{settings: cfg, shop: shop, report: rep}
	if err := b.measureAll(ctx); err != nil {
		return err
	}
	if cfg.Markdown {
		return rep.markdown(out)
	}
	return rep.text(out)
}

// bench is one run.
type bench struct {
	settings
	shop   *shop
	report *report
}

// measureAll begins with the import, because the catalogue that it makes is what lists and pages are read from.
func (b *bench) measureAll(ctx context.Context) error {
	if b.measures("size") {
		if err := b.size(ctx); err != nil {
			return fmt.Errorf("size: %w", err)
		}
		return b.memory()
	}
	if err := b.importProducts(ctx); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	for _, part := range []struct {
		name    string
		wanted  bool
		measure func(context.Context) error
	}{
		{"pages", b.measures("list") || b.measures("page") || b.measures("cached"), b.pages},
		{"orders", b.measures("order"), b.orders},
		{"journeys", b.measures("journey"), b.journeys},
	} {
		if !part.wanted {
			continue
		}
		if err := part.measure(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return b.memory()
}

// say tells what goes on.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
