package postgres_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// Questions that are asked together have their own answers each, and one that fails, fails the others too rather than leaving them with half.
func TestTogether(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	var one int
	var many []string
	number := func(on postgres.DBTX) error { return on.QueryRow(t.Context(), "select $1::int", 7).Scan(&one) }
	names := func(on postgres.DBTX) error {
		rows, err := on.Query(t.Context(), "select unnest($1::text[])", []string{"a", "b"})
		if err != nil {
			return err
		}
		many, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	}
	nobody := func(on postgres.DBTX) error { return on.QueryRow(t.Context(), "select 1 where false").Scan(&one) }
	wrong := func(on postgres.DBTX) error { return on.QueryRow(t.Context(), "select 1/($1::int - 1)", 1).Scan(&one) }
	twice := func(on postgres.DBTX) error {
		if err := number(on); err != nil {
			return err
		}
		return number(on)
	}
	none := func(postgres.DBTX) error { return nil }
	for range 3 { // by then the connection knows the statements
		one, many = 0, nil
		if err := db.Together(t.Context(), number, none, names); err != nil || one != 7 || !slices.Equal(many, []string{"a", "b"}) {
			t.Fatalf("got %d and %v, %v", one, many, err)
		}
	}
	if err := db.Together(t.Context(), nobody, names); !postgres.IsNoRows(err) || len(many) != 2 {
		t.Errorf("no row: got %v and %v", err, many)
	}
	for name, asks := range map[string][]postgres.Ask{"first": {wrong, number}, "last": {number, names, wrong}, "two queries": {names, twice}} {
		if err := db.Together(t.Context(), asks...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := db.Together(t.Context(), number); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
