package main

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// Every check is a query that the shop's tables answer, and an empty shop breaks nothing.
func TestChecksOfAnEmptyShop(t *testing.T) {
	t.Parallel()
	found, err := examine(t.Context(), begin(t, postgrestest.NewURLs(t).Primary), time.Minute, others{movements: []movement{}, told: []told{}})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 40 {
		t.Errorf("%d checks were made", len(found))
	}
	for _, f := range found {
		if f.count > 0 || f.skipped {
			t.Errorf("%s of an empty shop: %d, skipped %v", f.check.name, f.count, f.skipped)
		}
	}
}

// begin opens a transaction that is rolled back when the test ends.
func begin(t *testing.T, url string) pgx.Tx {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // which rolls back
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tx
}
