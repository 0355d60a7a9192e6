package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// newNotes is a database with one small table to write to.
func newNotes(t *testing.T, db *postgres.DB) {
	t.Helper()
	if _, err := db.Primary().Exec(t.Context(), "create table notes (id uuid primary key, said text not null constraint note_length check (length(said) < 100))"); err != nil {
		t.Fatal(err)
	}
}

func write(ctx context.Context, db *postgres.DB, said string) (string, error) {
	return postgres.InTx(ctx, db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		noteID := id.New()
		_, err := tx.Exec(ctx, "insert into notes (id, said) values ($1, $2)", noteID, said)
		return noteID, err
	})
}

func read(ctx context.Context, db *postgres.DB, noteID string) (said string, err error) {
	err = db.Read(ctx).QueryRow(ctx, "select said from notes where id = $1", noteID).Scan(&said)
	return said, err
}

// A shopper who changed something sees it on the next page, whichever server answers.
func TestReadYourWrites(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	newNotes(t, db)
	for round := range 500 {
		ctx := postgres.WithToken(t.Context(), 0)
		noteID, err := write(ctx, db, "hello")
		if err != nil {
			t.Fatal(err)
		}
		if postgres.Token(ctx) == 0 {
			t.Fatal("the commit did not raise the token")
		}
		elsewhere := postgres.WithToken(t.Context(), postgres.Token(ctx)) // as the next request brings it
		if said, err := read(elsewhere, db, noteID); err != nil || said != "hello" {
			t.Fatalf("round %d read %q, %v", round, said, err)
		}
	}
	primary, replica, repeated := db.CountedReads()
	t.Logf("primary %v replica %v repeated %v", primary, replica, repeated)
}
