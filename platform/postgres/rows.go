package postgres

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// heldRows gives its connection back when the rows end.
type heldRows struct {
	pgx.Rows
	conn *pgxpool.Conn // nil once given back
	from *server
	done func() // called with the connection given back

	peeked, first bool // the first row was fetched ahead, and whether there is one
}

// peek fetches the first row ahead. Most failures show there, when the query can still be asked elsewhere.
func (r *heldRows) peek() error {
	r.peeked, r.first = true, r.Rows.Next()
	if r.first {
		return nil
	}
	err := lostWith(r.conn, r.Rows.Err())
	r.release()
	return err
}

func (r *heldRows) Next() bool {
	if r.peeked {
		r.peeked = false
		return r.first
	}
	if r.Rows.Next() {
		return true
	}
	r.release()
	return false
}

func (r *heldRows) Scan(dest ...any) error {
	err := r.Rows.Scan(dest...)
	if err != nil {
		r.Close()
	}
	return err
}

func (r *heldRows) Values() ([]any, error) {
	values, err := r.Rows.Values()
	if err != nil {
		r.Close()
	}
	return values, err
}

func (r *heldRows) Close() {
	r.Rows.Close()
	r.release()
}

func (r *heldRows) release() {
	if r.conn == nil {
		return
	}
	r.from.notice(r.conn, r.Rows.Err())
	r.conn.Release()
	r.conn = nil
	if r.done != nil {
		r.done()
	}
}

// batchRows are the rows of a batch's last statement. They end when the batch does.
type batchRows struct {
	pgx.Rows
	batch pgx.BatchResults
}

func (r batchRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	_ = r.batch.Close()
	return false
}

func (r batchRows) Close() {
	r.Rows.Close()
	_ = r.batch.Close() // its error is the rows'
}

// lostError is an error that cost the connection.
type lostError struct{ error }

func (e lostError) Unwrap() error { return e.error }

func lostWith(conn *pgxpool.Conn, err error) error {
	if err != nil && conn.Conn().IsClosed() {
		return lostError{err}
	}
	return err
}

// heldRow is the one row of a query.
type heldRow struct {
	rows pgx.Rows
	err  error
}

func (r heldRow) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	return scanOne(r.rows, dest)
}

func scanOne(rows pgx.Rows, dest []any) error {
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := rows.Scan(dest...); err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

// heldBatch gives its connection back when it is closed.
type heldBatch struct {
	pgx.BatchResults
	conn *pgxpool.Conn
	from *server
}

func (b *heldBatch) Close() error {
	err := b.BatchResults.Close()
	if b.conn != nil {
		b.from.notice(b.conn, err)
		b.conn.Release()
		b.conn = nil
	}
	return err
}

// failedRows are the rows of a query that could not be asked.
type failedRows struct{ err error }

func (failedRows) Close()                                       {}
func (r failedRows) Err() error                                 { return r.err }
func (failedRows) CommandTag() pgconn.CommandTag                { return pgconn.CommandTag{} }
func (failedRows) FieldDescriptions() []pgconn.FieldDescription { return nil }
func (failedRows) Next() bool                                   { return false }
func (r failedRows) Scan(...any) error                          { return r.err }
func (r failedRows) Values() ([]any, error)                     { return nil, r.err }
func (failedRows) RawValues() [][]byte                          { return nil }
func (failedRows) Conn() *pgx.Conn                              { return nil }
func (failedRows) TypeMap() *pgtype.Map                         { return nil }

// failedBatch are the results of a batch that could not be sent.
type failedBatch struct{ err error }

func (b failedBatch) Exec() (pgconn.CommandTag, error) { return pgconn.CommandTag{}, b.err }
func (b failedBatch) Query() (pgx.Rows, error)         { return failedRows(b), b.err }
func (b failedBatch) QueryRow() pgx.Row                { return failedRows(b) }
func (b failedBatch) Close() error                     { return b.err }
func (failedBatch) Tx() pgx.Tx                         { return nil }
