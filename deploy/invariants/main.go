// Command invariants looks for what must never be true of a shop: stock sold twice, money without an order, an event that nobody heard.
// It compares the shop's books with themselves, with the payment provider's own record, and with what shoppers were told:
//
//	go run ./deploy/invariants                          # the shop that is up on this machine
//	go run ./deploy/invariants --journal orders.jsonl   # and these orders, which shoppers were told of
//	DATABASE_URL=… go run ./deploy/invariants --show    # another shop; list every check
//
// It prints one line for each broken invariant and then ends with 1. It changes nothing and can run while the shop sells.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/config"
)

type settings struct {
	DatabaseURL config.Secret `name:"database-url" env:"DATABASE_URL" help:"The primary. None: that of the shop that is up on this machine."`
	SandboxURL  string        `name:"sandbox-url" env:"SANDBOX_URL" help:"Payment sandbox whose record is compared. None, with a database URL: nothing is compared with a provider."`
	SandboxKey  config.Secret `name:"sandbox-key" env:"SANDBOX_KEY" help:"Bearer key of the payment sandbox."`
	Journal     string        `name:"journal" type:"existingfile" help:"JSON lines of orders that shoppers were told of: {\"number\": \"TW-001001\", \"total_minor\": 1999}."`
	Patience    time.Duration `name:"patience" default:"60s" help:"How old something must be before \"not yet\" counts as \"never\"."`
	Show        bool          `name:"show" help:"List every check with its count, not only the broken."`
}

// errBroken ends the program with 1; what is broken was printed.
var errBroken = errors.New("invariants are broken")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case err == nil, errors.Is(err, config.ErrHelp):
	case errors.Is(err, errBroken):
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	cfg, _, err := config.Parse[settings]("invariants", "invariants looks for what must never be true of a shop.", args, out)
	if err != nil {
		return err
	}
	if cfg.DatabaseURL == "" {
		if err := cfg.askLauncher(ctx); err != nil {
			return err
		}
	}
	conn, err := pgx.Connect(ctx, cfg.DatabaseURL.Reveal())
	if err != nil {
		return errors.New("the database of DATABASE_URL cannot be reached") // its error may repeat the password
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()

	// All checks look at one moment, and nothing is left behind.
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	others, err := cfg.gather(ctx, tx)
	if err != nil {
		return err
	}
	found, err := examine(ctx, tx, cfg.Patience, others)
	if err != nil {
		return err
	}
	return report(out, found, cfg.Show, others)
}

// report prints a line for each broken invariant.
func report(out io.Writer, found []finding, all bool, others others) error {
	broken := 0
	for _, f := range found {
		switch {
		case f.skipped && all:
			fmt.Fprintf(out, "skipped   %-22s %s\n", f.check.name, f.check.meaning)
		case f.skipped:
		case f.count > 0:
			broken++
			fmt.Fprintf(out, "%-9d %-22s %s\n", f.count, f.check.name, f.line())
		case all:
			fmt.Fprintf(out, "0         %-22s %s\n", f.check.name, f.check.meaning)
		}
	}
	if others.movements == nil {
		fmt.Fprintln(out, "no payment provider was asked: SANDBOX_URL is not set")
	}
	if broken > 0 {
		return errBroken
	}
	return nil
}
