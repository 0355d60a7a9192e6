package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// reader asks a replica where one is fresh enough, and the primary otherwise or when that replica fails.
type reader struct {
	db    *DB
	token *holder
}

// pick returns a usable replica that has replayed the token, taking turns; nil when there is none.
func (db *DB) pick(token LSN) *replica {
	if len(db.replicas) == 0 {
		return nil
	}
	turn := int(db.next.Add(1))
	for i := range db.replicas {
		r := db.replicas[(turn+i)%len(db.replicas)]
		if r.usable.Load() && LSN(r.replayed.Load()) >= token {
			return r
		}
	}
	return nil
}

// Query asks for rows. A replica that fails at any of them costs nothing but time: the primary is asked the same.
func (r reader) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if replica := r.db.pick(r.token.get()); replica != nil && !InTransaction(ctx) {
		rows, err := replica.query(ctx, sql, args)
		if err == nil {
			r.db.counts.readsReplica.Inc()
			return rows, nil
		}
		if !replica.failed(ctx, err) {
			return failedRows{err}, err
		}
		r.db.counts.readsRepeated.Inc()
	}
	r.db.counts.readsPrimary.Inc()
	return r.db.primary.queryAsRead(ctx, sql, args)
}

// QueryRow asks for one row when Scan is called. A replica that fails costs nothing but time here too.
func (r reader) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return readRow{reader: r, ctx: ctx, sql: sql, args: args}
}

type readRow struct {
	reader
	ctx  context.Context
	sql  string
	args []any
}

func (r readRow) Scan(dest ...any) error {
	rows, err := r.Query(r.ctx, r.sql, r.args...)
	if err != nil {
		return err
	}
	return scanOne(rows, dest)
}

// Exec refuses: a statement without rows writes.
func (reader) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, errReadOnly
}

// CopyFrom refuses, since it writes.
func (reader) CopyFrom(context.Context, pgx.Identifier, []string, pgx.CopyFromSource) (int64, error) {
	return 0, errReadOnly
}

// SendBatch refuses: it may write, and its results could not be asked for twice.
func (reader) SendBatch(context.Context, *pgx.Batch) pgx.BatchResults {
	return failedBatch{errReadOnly}
}
