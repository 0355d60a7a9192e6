package postgres_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

const addNote = "-- name: AddNote :exec\ninsert into notes (id, said) values ($1, $2)"

// What is kept back is written, in order and before what comes after it, whatever comes after it.
func TestLater(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	newNotes(t, db)
	count := func(ctx context.Context, on postgres.DBTX) (n int, err error) {
		return n, on.QueryRow(ctx, "select count(*) from notes").Scan(&n)
	}
	after := map[string]func(ctx context.Context, tx pgx.Tx) error{
		"nothing": func(context.Context, pgx.Tx) error { return nil },
		"a row": func(ctx context.Context, tx pgx.Tx) error {
			n, err := count(ctx, tx)
			if err == nil && n < 2 {
				t.Errorf("what was kept back is not seen")
			}
			return err
		},
		"rows": func(ctx context.Context, tx pgx.Tx) error {
			for range 2 { // the second finds the connection free again
				rows, err := tx.Query(ctx, "select said from notes")
				if err != nil {
					return err
				}
				said, err := pgx.CollectRows(rows, pgx.RowTo[string])
				if err != nil {
					return err
				}
				if !slices.Contains(said, "second") {
					t.Errorf("notes = %v", said)
				}
			}
			return nil
		},
		"a write": func(ctx context.Context, tx pgx.Tx) error {
			tag, err := tx.Exec(ctx, "update notes set said = 'third' where said = 'second'")
			if err == nil && tag.RowsAffected() != 1 {
				t.Errorf("%d rows were changed", tag.RowsAffected())
			}
			return err
		},
		"a batch": func(ctx context.Context, tx pgx.Tx) error {
			var batch pgx.Batch
			batch.Queue("select said from notes")
			return tx.SendBatch(ctx, &batch).Close()
		},
		"a copy": func(ctx context.Context, tx pgx.Tx) error {
			_, err := tx.CopyFrom(ctx, pgx.Identifier{"notes"}, []string{"id", "said"}, pgx.CopyFromRows([][]any{{id.New(), "copied"}}))
			return err
		},
	}
	want := 0
	for name, next := range after {
		_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
			for _, said := range []string{"first", "second"} {
				if _, err := postgres.Later(tx).Exec(ctx, addNote, id.New(), said); err != nil {
					t.Errorf("keeping back failed: %v", err)
				}
			}
			return nothing{}, next(ctx, tx)
		})
		if err != nil {
			t.Fatalf("before %s: %v", name, err)
		}
		want += 2
		if name == "a copy" {
			want++
		}
		n, err := count(t.Context(), db.Primary())
		if err != nil {
			t.Fatal(err)
		}
		if n != want {
			t.Errorf("before %s: %d notes, want %d", name, n, want)
		}
		if _, err := db.Primary().Exec(t.Context(), "update notes set said = 'old'"); err != nil {
			t.Fatal(err)
		}
	}
}

// A statement that was kept back and fails, fails the transaction and says which it was.
func TestLaterFails(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	newNotes(t, db)
	for name, next := range map[string]func(ctx context.Context, tx pgx.Tx) error{
		"nothing": func(context.Context, pgx.Tx) error { return nil },
		"a row":   func(ctx context.Context, tx pgx.Tx) error { return tx.QueryRow(ctx, "select 1").Scan(new(int)) },
		"another": func(ctx context.Context, tx pgx.Tx) error {
			_, err := postgres.Later(tx).Exec(ctx, addNote, id.New(), "fits")
			return err
		},
	} {
		_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
			_, err := postgres.Later(tx).Exec(ctx, addNote, id.New(), strings.Repeat("too long ", 20))
			if err != nil {
				t.Errorf("keeping back failed: %v", err)
			}
			return nothing{}, next(ctx, tx)
		})
		if !postgres.Violates(err, "note_length") || !strings.Contains(err.Error(), "AddNote") {
			t.Errorf("before %s: error = %v, want the constraint and the statement's name", name, err)
		}
	}
	var n int
	if err := db.Primary().QueryRow(t.Context(), "select count(*) from notes").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d notes, %v", n, err)
	}
}

// A write that was kept back and finds nothing to change fails the transaction with its own error, even where the closure goes on.
func TestLaterMisses(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	newNotes(t, db)
	missed := errors.New("there is no such note")
	for name, next := range map[string]func(ctx context.Context, tx pgx.Tx) error{
		"nothing":         func(context.Context, pgx.Tx) error { return nil },
		"a row":           func(ctx context.Context, tx pgx.Tx) error { return tx.QueryRow(ctx, "select 1").Scan(new(int)) },
		"what goes wrong": func(ctx context.Context, tx pgx.Tx) error { _, _ = tx.Exec(ctx, "select 1"); return nil },
	} {
		_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
			_, _ = postgres.LaterOr(tx, errors.New("unused")).Exec(ctx, addNote, id.New(), "found")
			_, _ = postgres.LaterOr(tx, missed).Exec(ctx, "update notes set said = 'never' where said = 'nobody said that'")
			return nothing{}, next(ctx, tx)
		})
		if !errors.Is(err, missed) {
			t.Errorf("before %s: got %v, want the error of what was missed", name, err)
		}
	}
	var n int
	if err := db.Primary().QueryRow(t.Context(), "select count(*) from notes").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d notes stayed, %v", n, err)
	}
}

// A read that no replica may answer is planned for its values, as on a replica; what is asked of the primary itself is not. Nothing is
// compiled.
func TestPlansOfThePrimary(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	newNotes(t, db)
	mode := func(on postgres.DBTX) (mode string) {
		var compile string
		if err := on.QueryRow(t.Context(), "select current_setting('plan_cache_mode'), current_setting('jit')").Scan(&mode, &compile); err != nil {
			t.Fatal(err)
		}
		if compile != "off" {
			t.Errorf("jit is %q", compile)
		}
		return mode
	}
	ahead := postgres.WithToken(t.Context(), 1<<62) // no server has got there, so the primary is asked
	for range 3 {
		if got := mode(db.Read(ahead)); got != "auto" {
			t.Errorf("a read on the primary is planned %q", got)
		}
		if got := mode(db.Primary()); got != "force_generic_plan" {
			t.Errorf("a decision is planned %q", got)
		}
	}
}
