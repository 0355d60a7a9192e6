package main

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed *.sql
var files embed.FS

// check is one invariant: a query of what breaks it, a line of text for each. It is written in a file of SQL as
//
//	-- check: stock.held
//	-- What is held is not the sum of the live holds.
//	select …
type check struct {
	name    string
	meaning string
	// needs is what the check compares our books with: "provider", "journal", or nothing.
	needs string
	query string
}

// finding is what a check found.
type finding struct {
	check    check
	skipped  bool // there was nothing to compare with
	count    int
	examples []string
}

const mostExamples = 3

func (f finding) line() string {
	line := f.check.meaning + " " + strings.Join(f.examples, "; ")
	if f.count > len(f.examples) {
		line += "; …"
	}
	return line
}

// checks reads every file, stock and money first.
func checks() ([]check, error) {
	var all []check
	for _, name := range []string{"stock.sql", "money.sql", "orders.sql", "promotions.sql", "giftcards.sql", "events.sql", "catalog.sql"} {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		parts := strings.Split("\n"+string(text), "\n-- check: ")
		for _, part := range parts[1:] {
			c := check{}
			title, rest, _ := strings.Cut(part, "\n")
			c.name = title
			for strings.HasPrefix(rest, "-- ") {
				var line string
				line, rest, _ = strings.Cut(strings.TrimPrefix(rest, "-- "), "\n")
				if needs, found := strings.CutPrefix(line, "needs: "); found {
					c.needs = needs
					continue
				}
				c.meaning = strings.TrimSpace(c.meaning + " " + line)
			}
			c.query = strings.TrimSpace(rest)
			if slices.ContainsFunc(all, func(other check) bool { return other.name == c.name }) || c.meaning == "" || c.query == "" {
				return nil, fmt.Errorf("%s: check %q is there twice or says nothing", name, c.name)
			}
			all = append(all, c)
		}
	}
	return all, nil
}

// examine runs every check in a transaction, whose snapshot must be older than what it is compared with. Patience is how long ago something
// must have begun to count as over.
func examine(ctx context.Context, tx pgx.Tx, patience time.Duration, others others) ([]finding, error) {
	all, err := checks()
	if err != nil {
		return nil, err
	}
	if err := others.load(ctx, tx, patience); err != nil {
		return nil, fmt.Errorf("load what to compare with: %w", err)
	}
	found := make([]finding, 0, len(all))
	for _, c := range all {
		f := finding{check: c}
		if c.needs == "provider" && others.movements == nil || c.needs == "journal" && others.told == nil {
			f.skipped = true
			found = append(found, f)
			continue
		}
		err := tx.QueryRow(ctx, fmt.Sprintf(
			"select count(*), coalesce((array_agg(what order by what))[1:%d], '{}') from (%s) broken (what)", mostExamples, c.query,
		)).Scan(&f.count, &f.examples)
		if err != nil {
			return nil, fmt.Errorf("check %s: %w", c.name, err)
		}
		found = append(found, f)
	}
	return found, nil
}
