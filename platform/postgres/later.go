package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// transaction is what a closure gets: all of a transaction but its end, which is the closure's return.
type transaction struct {
	pgx.Tx // nil: what is not written here, nobody calls
	conn   *pgx.Conn
	unsent *unsent
}

// unsent is what a transaction has yet to tell the server.
type unsent struct {
	kept []statement // "begin" is the first of them
	err  error       // of a statement that found nothing: the transaction cannot be committed any more
}

// begin opens a transaction, which the server hears of with its first statement.
func begin(conn *pgxpool.Conn) transaction {
	return transaction{conn: conn.Conn(), unsent: &unsent{kept: []statement{{sql: "begin"}}}}
}

// Later is tx for writes whose outcome nothing hangs on but the whole transaction: they are kept back and sent, in order, with the next
// statement that is not, or with the end of the closure. A dozen round trips become two or three.
//
//	queries.AddTimelineEntry(ctx, postgres.Later(tx), …)
//
// Exec always succeeds and tells no number of rows. What goes wrong is the error of whatever the statement is sent with, and names the
// statement; so a write that may break a rule of the database that a shopper should hear of is not one to keep back.
func Later(tx pgx.Tx) DBTX {
	if t, ours := tx.(transaction); ours {
		return later{transaction: t}
	}
	return tx // a test's own transaction
}

// LaterOr is Later for a write that must find what it changes: where it changes no row, missed is the error of whatever it is sent with, and nothing of the
// transaction stays.
//
//	queries.EndCart(ctx, postgres.LaterOr(tx, errChanged), …)
func LaterOr(tx pgx.Tx, missed error) DBTX {
	if t, ours := tx.(transaction); ours {
		return later{t, missed}
	}
	return atOnce{tx, missed}
}

type later struct {
	transaction
	missed error
}

// Exec keeps a statement back.
func (l later) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	l.unsent.kept = append(l.unsent.kept, statement{sql, args, l.missed})
	return pgconn.CommandTag{}, nil
}

type atOnce struct {
	DBTX
	missed error
}

// Exec runs a write in a transaction that keeps nothing back.
func (a atOnce) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	tag, err := a.DBTX.Exec(ctx, sql, args...)
	if err == nil && tag.RowsAffected() == 0 {
		err = a.missed
	}
	return tag, err
}

type statement struct {
	sql    string
	args   []any
	missed error // nil where it may change nothing
}

// name is what a generated statement is called by.
func (s statement) name() string {
	line, _, _ := strings.Cut(s.sql, "\n")
	name, _, _ := strings.Cut(strings.TrimPrefix(line, "-- name: "), " ")
	return name
}

// done reads what became of a statement that was kept back.
func (s statement) done(results pgx.BatchResults) error {
	tag, err := results.Exec()
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", s.name(), err)
	case tag.RowsAffected() == 0:
		return s.missed
	default:
		return nil
	}
}

// send sends what was kept back with some more, and reads the answers up to theirs.
func (t transaction) send(ctx context.Context, more ...statement) (pgx.BatchResults, error) {
	kept := t.unsent.kept
	t.unsent.kept = nil
	var batch pgx.Batch
	for _, statements := range [][]statement{kept, more} {
		for _, one := range statements {
			batch.Queue(one.sql, one.args...)
		}
	}
	results := t.conn.SendBatch(ctx, &batch)
	for _, earlier := range kept {
		if err := earlier.done(results); err != nil {
			_ = results.Close() // says the same again
			t.unsent.err = err
			return nil, err
		}
	}
	return results, nil
}

// flush sends what is kept back, and returns what went wrong with anything that was.
func (t transaction) flush(ctx context.Context) error {
	if len(t.unsent.kept) == 0 {
		return t.unsent.err
	}
	results, err := t.send(ctx)
	if err != nil {
		return err
	}
	return results.Close()
}

// Exec runs a statement after those that were kept back.
func (t transaction) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if len(t.unsent.kept) == 0 {
		return t.conn.Exec(ctx, sql, args...)
	}
	results, err := t.send(ctx, statement{sql: sql, args: args})
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := results.Exec()
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	return tag, err
}

// Query asks after what was kept back.
func (t transaction) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if len(t.unsent.kept) == 0 {
		return t.conn.Query(ctx, sql, args...)
	}
	results, err := t.send(ctx, statement{sql: sql, args: args})
	if err != nil {
		return failedRows{err}, err
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close() // says the same again
		return failedRows{err}, err
	}
	return batchRows{rows, results}, nil
}

// QueryRow asks for one row after what was kept back.
func (t transaction) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if len(t.unsent.kept) == 0 {
		return t.conn.QueryRow(ctx, sql, args...)
	}
	rows, err := t.Query(ctx, sql, args...)
	return heldRow{rows, err}
}

// CopyFrom copies after what was kept back.
func (t transaction) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	if err := t.flush(ctx); err != nil {
		return 0, err
	}
	return t.conn.CopyFrom(ctx, table, columns, rows)
}

// SendBatch sends a batch after what was kept back.
func (t transaction) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	if err := t.flush(ctx); err != nil {
		return failedBatch{err}
	}
	return t.conn.SendBatch(ctx, batch)
}

// Conn is the connection, for what is no statement.
func (t transaction) Conn() *pgx.Conn { return t.conn }

// Begin refuses: nothing here needs savepoints.
func (transaction) Begin(context.Context) (pgx.Tx, error) {
	return nil, errors.New("postgres: a transaction has no savepoints")
}

// Commit refuses.
func (transaction) Commit(context.Context) error {
	return errors.New("postgres: a transaction commits when its closure returns nil")
}

// Rollback refuses.
func (transaction) Rollback(context.Context) error {
	return errors.New("postgres: a transaction rolls back when its closure returns an error")
}
