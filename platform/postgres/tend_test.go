package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// What keeps tables in order may take longer than anything that somebody waits for, and runs where no transaction is.
func TestTend(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	err := db.Tend(t.Context(), func(ctx context.Context, conn postgres.DBTX) error {
		for _, statement := range []string{
			"create table tended (n int not null)", "create index tended_n on tended (n)", "reindex index concurrently tended_n", "vacuum tended", "select pg_sleep(5.5)",
		} {
			if _, err := conn.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err = db.Tend(ctx, func(ctx context.Context, conn postgres.DBTX) error {
		_, err := conn.Exec(ctx, "select pg_sleep(60)")
		return err
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("what took longer than its context ended with %v", err)
	}
}
