// Command seed fills the shop that is up with a large catalogue, by an import as any merchant's:
//
//	go run ./deploy/seed --products 1000000
//
// A million products take some ten minutes, and as many again until shoppers find all of them.
package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/tradewind-commerce/tradewind/deploy/seed/many"
	"github.com/tradewind-commerce/tradewind/platform/config"
)

type settings struct {
	Products int    `name:"products" default:"10000" help:"How many; at most a million."`
	Data     string `name:"data" default:"../shared/data" help:"Folder with bestbuy/bestbuy-products-3291.json.gz; without it products are made up."`
	Out      string `name:"out" help:"Only write the file, to import it elsewhere, such as many.json.gz. None: import it into the shop that is up."`

	Seed struct{} `cmd:"" default:"1" help:"Fill the shop."`
}

// Validate checks the number against what an import takes.
func (s *settings) Validate() error {
	if s.Products < 1 || s.Products > 1_000_000 {
		return fmt.Errorf("--products: %d is not between 1 and 1,000,000, which is what one import takes", s.Products)
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, config.ErrHelp) {
		fmt.Fprintln(os.Stderr, "seed:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	cfg, _, err := config.Parse[settings]("seed", "seed fills the shop that is up with a large catalogue.", args, out)
	if err != nil {
		return err
	}
	records, source, err := many.Records(cfg.Data)
	if err != nil {
		return err
	}
	file := cfg.Out
	if file == "" {
		folder, err := os.MkdirTemp("", "tradewind-seed-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(folder) }()
		file = filepath.Join(folder, "many.json.gz")
	}
	if _, err := fmt.Fprintf(out, "writing %d products (%s)\n", cfg.Products, source); err != nil {
		return err
	}
	if err := write(file, records, cfg.Products); err != nil || cfg.Out != "" {
		return err
	}
	return importFile(ctx, file, out)
}

func write(name string, records []many.Record, products int) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(file, 1<<20)
	packed := gzip.NewWriter(buffered)
	err = many.Write(packed, many.Products(records, products))
	return errors.Join(err, packed.Close(), buffered.Flush(), file.Close())
}

// importFile runs the worker's own command against the shop that the environment tells of, or else the one that the launcher has up.
func importFile(ctx context.Context, file string, out io.Writer) error {
	worker := exec.CommandContext(ctx, "go", "run", "./worker", "sync", "--file", file)
	worker.Env = os.Environ()
	if os.Getenv("DATABASE_URL") == "" {
		told, err := exec.CommandContext(ctx, "go", "run", "./deploy/local", "env", "shop").Output()
		if err != nil {
			return errors.New("no shop is up: start it by `go run ./deploy/local up`")
		}
		for line := range strings.Lines(string(told)) {
			name, value, found := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
			if found {
				worker.Env = append(worker.Env, name+"="+strings.ReplaceAll(strings.Trim(value, "'"), `'\''`, "'"))
			}
		}
	}
	worker.Stdout, worker.Stderr = out, os.Stderr
	worker.Cancel = func() error { return worker.Process.Signal(os.Interrupt) }
	return worker.Run()
}
