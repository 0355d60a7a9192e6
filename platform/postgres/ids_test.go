package postgres_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// Ids are strings on the way there and back, alone and in lists; what is no id is the server's to refuse.
func TestIDs(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	ids := []string{id.New(), id.New()}
	for _, want := range [][]string{ids, {}, {"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"}} {
		rows, err := db.Primary().Query(t.Context(), "select unnest($1::uuid[])::text", want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if len(want) != len(got) || len(want) == 2 && !slices.Equal(got, want) || len(want) == 1 && got[0] != "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" {
			t.Errorf("%v came back as %v", want, got)
		}
	}
	var back []string
	if err := db.Primary().QueryRow(t.Context(), "select $1::uuid[]", ids).Scan(&back); err != nil || !slices.Equal(back, ids) {
		t.Errorf("a list came back as %v, %v", back, err)
	}
	var some *string
	if err := db.Primary().QueryRow(t.Context(), "select $1::uuid", some).Scan(&some); err != nil || some != nil {
		t.Errorf("no id came back as %v, %v", some, err)
	}
	if err := db.Primary().QueryRow(t.Context(), "select $1::uuid[]", []string{"lamp"}).Scan(&back); err == nil {
		t.Error("a lamp was taken for an id")
	}
}
