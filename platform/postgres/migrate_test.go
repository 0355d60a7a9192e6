package postgres_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/queries"
)

func migration(sql string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("-- +goose Up\n" + sql)}
}

// Several programs of a release start at once and each may migrate: every change happens once.
func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.NewCluster(t)
	migrations := fstest.MapFS{
		"20990101000000_test_boxes.sql": migration("create table boxes (n int); insert into boxes values (1);"),
		"20990102000000_test_more.sql":  migration("insert into boxes values (2);"),
	}
	applied := make(chan int, 2)
	run := func() error {
		n, err := postgres.Migrate(t.Context(), cluster.Primary.URL(), migrations)
		applied <- n
		return err
	}
	inParallel(t, run, run)
	if sum := <-applied + <-applied; sum != 2 {
		t.Errorf("%d changes were applied, want 2", sum)
	}
	// A branch that merges late brings a change from before.
	migrations["20990101120000_test_late.sql"] = migration("insert into boxes values (3);")
	if n, err := postgres.Migrate(t.Context(), cluster.Primary.URL(), migrations); n != 1 || err != nil {
		t.Errorf("%d late changes were applied, %v", n, err)
	}
	if n, err := postgres.Migrate(t.Context(), cluster.Primary.URL(), queries.Migrations); n == 0 || err != nil {
		t.Errorf("%d of the shop's changes were applied to an empty database, %v", n, err)
	}
	db := openCluster(t, cluster.Primary.URL())
	var boxes int
	if err := db.Primary().QueryRow(t.Context(), "select count(*) from boxes").Scan(&boxes); err != nil || boxes != 3 {
		t.Errorf("%d boxes, %v, want 3", boxes, err)
	}
}

// A change of a busy table waits briefly, lets the shop go on, and tries again.
func TestMigrateWaitsForATableInTurns(t *testing.T) {
	t.Parallel()
	url := postgrestest.NewURLs(t).Primary
	db, err := postgres.Open(t.Context(), postgres.Config{URL: url, MaxConns: 2, Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	newNotes(t, db)
	changed := make(chan error, 1)
	_, err = postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
		if _, err := tx.Exec(ctx, "lock table notes"); err != nil {
			return nothing{}, err
		}
		go func() {
			_, err := postgres.Migrate(t.Context(), url, fstest.MapFS{
				"20990101000000_test_notes.sql": migration("alter table notes add column read bool;"),
			})
			changed <- err
		}()
		var gaveUp bool // the change was in the queue, and left it
		for waited := false; !gaveUp; {
			var waiting bool
			if err := tx.QueryRow(ctx, "select exists (select from pg_locks where relation = 'notes'::regclass and not granted)").Scan(&waiting); err != nil {
				return nothing{}, err
			}
			gaveUp = waited && !waiting
			waited = waited || waiting
		}
		return nothing{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-changed; err != nil {
		t.Fatal(err)
	}
	if _, err := db.Primary().Exec(t.Context(), "select read from notes"); err != nil {
		t.Error(err)
	}
}
