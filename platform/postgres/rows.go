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
}

func (r *heldRows) Next() bool {
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

// wholeRows were all fetched before the first is handed out, so that a query that fails at any of them can still be asked elsewhere. They keep
// their connection, by whose types they are read.
type wholeRows struct {
	*heldRows
	fields []pgconn.FieldDescription
	count  int
	bytes  []byte // of all values, one after the other
	ends   []int  // of each value in bytes; null for none

	next, start int      // the row that Next comes to, and where in bytes it begins
	values      [][]byte // of the row that Next came to
}

const null = -1

// fetch reads rows to their end. After an error they are closed.
func fetch(rows *heldRows) (*wholeRows, error) {
	whole := &wholeRows{heldRows: rows, fields: rows.FieldDescriptions(), bytes: []byte{}} // of which an empty value is a part, and no null
	for rows.Rows.Next() {
		whole.count++
		for _, value := range rows.RawValues() {
			end := null
			if value != nil {
				whole.bytes = append(whole.bytes, value...)
				end = len(whole.bytes)
			}
			whole.ends = append(whole.ends, end)
		}
	}
	if err := rows.Err(); err != nil {
		err = lostWith(rows.conn, err)
		rows.release()
		return nil, err
	}
	whole.values = make([][]byte, len(whole.fields))
	return whole, nil
}

func (r *wholeRows) Next() bool {
	if r.next == r.count {
		r.Close()
		return false
	}
	for i, end := range r.ends[r.next*len(r.fields):][:len(r.fields)] {
		if end == null {
			r.values[i] = nil
			continue
		}
		r.values[i] = r.bytes[r.start:end:end]
		r.start = end
	}
	r.next++
	return true
}

func (r *wholeRows) Scan(dest ...any) error {
	if len(dest) == 1 {
		if row, ok := dest[0].(pgx.RowScanner); ok {
			return row.ScanRow(r)
		}
	}
	err := pgx.ScanRow(r.TypeMap(), r.fields, r.values, dest...)
	if err != nil {
		r.Close()
	}
	return err
}

func (r *wholeRows) Values() ([]any, error) {
	values := make([]any, len(r.values))
	dest := make([]any, len(r.values))
	for i := range dest {
		dest[i] = &values[i]
	}
	return values, r.Scan(dest...)
}

func (r *wholeRows) RawValues() [][]byte { return r.values }

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
