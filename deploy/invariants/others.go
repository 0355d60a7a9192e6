package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/config"
)

// others is what our books are compared with. A check of our own tables alone cannot see a double charge.
type others struct {
	movements []movement // the provider's record; nil when nobody was asked
	told      []told     // what shoppers were told; nil without a journal
}

// movement is a line of the payment provider's record.
type movement struct {
	Reference   string    `json:"reference"`
	Kind        string    `json:"kind"`
	AmountMinor int64     `json:"amount_minor"`
	Currency    string    `json:"currency"`
	Time        time.Time `json:"time"`
}

// told is an order that a shopper was told of.
type told struct {
	Number     string `json:"number"`
	TotalMinor int64  `json:"total_minor"`
}

// gather asks the provider and reads the journal. The snapshot of our own books is taken first: then the provider knows all that they know, and
// what it knows beyond that is younger.
func (s *settings) gather(ctx context.Context, tx pgx.Tx) (others, error) {
	var found others
	if _, err := tx.Exec(ctx, "select 1"); err != nil {
		return found, err
	}
	var err error
	if s.SandboxURL != "" {
		if found.movements, err = readRecord(ctx, s.SandboxURL, s.SandboxKey.Reveal()); err != nil {
			return found, err
		}
	}
	if s.Journal != "" {
		if found.told, err = readJournal(s.Journal); err != nil {
			return found, err
		}
	}
	return found, nil
}

func readRecord(ctx context.Context, address, key string) ([]movement, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(address, "/")+"/v1/charges", nil)
	if err != nil {
		return nil, fmt.Errorf("SANDBOX_URL: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the payment sandbox's record: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the payment sandbox's record: %s", answer.Status)
	}
	var record struct {
		Charges []movement `json:"charges"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&record); err != nil {
		return nil, fmt.Errorf("the payment sandbox's record: %w", err)
	}
	if record.Charges == nil {
		record.Charges = []movement{}
	}
	return record.Charges, nil
}

// readJournal leaves out a last line without an end: whoever wrote it was stopped before anybody was told.
func readJournal(path string) ([]told, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	orders := []told{}
	lines := bufio.NewReader(file)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return orders, nil
		}
		var order told
		if err := json.Unmarshal(line, &order); err != nil || order.Number == "" {
			return nil, fmt.Errorf("%s: line %d is no {\"number\": …, \"total_minor\": …}", path, number)
		}
		orders = append(orders, order)
	}
}

// load puts what to compare with into tables of the transaction, beside the moment before which things should be over.
func (o others) load(ctx context.Context, tx pgx.Tx, patience time.Duration) error {
	_, err := tx.Exec(ctx, `
		set local statement_timeout = '10min';
		create temp table moment (settled timestamptz not null) on commit drop;
		create temp table provider_movements (reference text, kind text, amount_minor bigint, currency text, time timestamptz) on commit drop;
		create temp table acknowledged_orders (number text, total_minor bigint) on commit drop;`)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "insert into moment values (now() - $1::interval)", patience); err != nil {
		return err
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"provider_movements"}, []string{"reference", "kind", "amount_minor", "currency", "time"},
		pgx.CopyFromSlice(len(o.movements), func(i int) ([]any, error) {
			m := o.movements[i]
			return []any{m.Reference, m.Kind, m.AmountMinor, m.Currency, m.Time}, nil
		}))
	if err != nil {
		return err
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"acknowledged_orders"}, []string{"number", "total_minor"},
		pgx.CopyFromSlice(len(o.told), func(i int) ([]any, error) { return []any{o.told[i].Number, o.told[i].TotalMinor}, nil }))
	if err != nil {
		return err
	}
	// What the provider took and gave back by each of our references, and when it last moved something.
	_, err = tx.Exec(ctx, `
		create temp table provider_payments on commit drop as
		select reference, currency, coalesce(sum(amount_minor) filter (where kind = 'capture'), 0) as captured,
			coalesce(sum(amount_minor) filter (where kind = 'refund'), 0) as refunded, max(time) as latest
		from provider_movements where kind <> 'void' group by reference, currency;
		analyze provider_payments`)
	return err
}

// askLauncher takes the settings of the shop that is up on this machine.
func (s *settings) askLauncher(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "run", "./deploy/local", "env", "shop")
	cmd.Stderr = os.Stderr
	said, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("DATABASE_URL is not set, and the launcher knows of no shop that is up: %w", err)
	}
	for line := range strings.Lines(string(said)) {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		value = strings.ReplaceAll(strings.Trim(value, "'"), `'\''`, "'")
		switch name {
		case "DATABASE_URL":
			s.DatabaseURL = config.Secret(value)
		case "SANDBOX_URL":
			s.SandboxURL = value
		case "SANDBOX_KEY":
			s.SandboxKey = config.Secret(value)
		}
	}
	return nil
}
