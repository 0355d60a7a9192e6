package postgres

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Usable shows a test which replicas are in use.
func (db *DB) Usable() []bool {
	var usable []bool
	for _, r := range db.replicas {
		usable = append(usable, r.usable.Load())
	}
	return usable
}

// CountedReads shows a test which side answered how many reads, and how many failed on a replica before the primary answered.
func (db *DB) CountedReads() (primary, replica, repeated float64) {
	return value(db.counts.readsPrimary), value(db.counts.readsReplica), value(db.counts.readsRepeated)
}

// CountedRepeats shows a test how many transactions were run again.
func (db *DB) CountedRepeats() float64 { return value(db.counts.repeats) }

func emptyPool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), "postgres://nobody@127.0.0.1:1/none")
	if err != nil {
		t.Fatal(err)
	}
	return pool
}
