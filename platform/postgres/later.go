package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Later is tx for writes whose outcome nothing hangs on but the whole transaction: they are kept back and sent, in order, with the next
// statement that is not, or with the end of the closure. A dozen round trips become two or three.
//
//	queries.AddOrderLines(ctx, postgres.Later(tx), …)
//
// Exec always succeeds and tells no number of rows. What goes wrong is the error of whatever the statement is sent with, and names the
// statement; so a write that may break a rule of the database that a shopper should hear of is not one to keep back.
func Later(tx pgx.Tx) DBTX {
	if t, ours := tx.(transaction); ours {
		return later{t}
	}
	return tx // a savepoint, or a test's own transaction
}

type later struct{ transaction }

// Exec keeps a statement back.
func (l later) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	*l.kept = append(*l.kept, statement{sql, args})
	return pgconn.CommandTag{}, nil
}

type statement struct {
	sql  string
	args []any
}

// name is what a generated statement is called by.
func (s statement) name() string {
	line, _, _ := strings.Cut(s.sql, "\n")
	name, _, _ := strings.Cut(strings.TrimPrefix(line, "-- name: "), " ")
	return name
}

// send sends what was kept back with one more statement, and reads the answers up to that one's.
func (t transaction) send(ctx context.Context, sql string, args []any) (pgx.BatchResults, error) {
	kept := *t.kept
	*t.kept = nil
	var batch pgx.Batch
	for _, earlier := range kept {
		batch.Queue(earlier.sql, earlier.args...)
	}
	batch.Queue(sql, args...)
	results := t.Tx.SendBatch(ctx, &batch)
	for _, earlier := range kept {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // says the same again
			return nil, fmt.Errorf("%s: %w", earlier.name(), err)
		}
	}
	return results, nil
}

// flush sends what is kept back.
func (t transaction) flush(ctx context.Context) error {
	kept := *t.kept
	if len(kept) == 0 {
		return nil
	}
	last := kept[len(kept)-1]
	*t.kept = kept[:len(kept)-1]
	if _, err := t.Exec(ctx, last.sql, last.args...); err != nil {
		return fmt.Errorf("%s: %w", last.name(), err)
	}
	return nil
}

// Exec runs a statement after those that were kept back.
func (t transaction) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if len(*t.kept) == 0 {
		return t.Tx.Exec(ctx, sql, args...)
	}
	results, err := t.send(ctx, sql, args)
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
	if len(*t.kept) == 0 {
		return t.Tx.Query(ctx, sql, args...)
	}
	results, err := t.send(ctx, sql, args)
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
	if len(*t.kept) == 0 {
		return t.Tx.QueryRow(ctx, sql, args...)
	}
	rows, err := t.Query(ctx, sql, args...)
	return heldRow{rows, err}
}

// CopyFrom copies after what was kept back.
func (t transaction) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	if err := t.flush(ctx); err != nil {
		return 0, err
	}
	return t.Tx.CopyFrom(ctx, table, columns, rows)
}

// SendBatch sends a batch after what was kept back.
func (t transaction) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	if err := t.flush(ctx); err != nil {
		return failedBatch{err}
	}
	return t.Tx.SendBatch(ctx, batch)
}

// Begin sets a savepoint after what was kept back.
func (t transaction) Begin(ctx context.Context) (pgx.Tx, error) {
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	return t.Tx.Begin(ctx)
}
