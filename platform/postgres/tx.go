package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tradewind-commerce/tradewind/platform/clock"
)

const (
	// tries is how often a transaction is run in all when others keep getting in its way.
	tries = 3
	// commitTimeout bounds a commit, which goes on when its caller has left: a known outcome is worth the wait.
	commitTimeout = 5 * time.Second
	// rollbackTimeout bounds a rollback; a connection that takes longer is dropped, which rolls back too.
	rollbackTimeout = time.Second
)

// idle is the state of a connection without a transaction, as the server tells it.
const idle = 'I'

type inTransactionKey struct{}

// InTransaction reports whether ctx was handed to a transaction's closure. Nothing may be waited for there but the database.
func InTransaction(ctx context.Context) bool {
	return ctx.Value(inTransactionKey{}) != nil
}

// InTx runs fn in a transaction on the primary and commits unless fn fails. It raises the caller's consistency token, so that the
// caller's next read sees the change; or, when fn refused because of what others did, sees that.
//
// The whole closure is run again, three times in all, when the transaction lost against another (serialization failure,
// deadlock) or its server went away before the commit was sent; so fn changes nothing but the database and sets what it returns
// anew. A commit whose connection is lost is never repeated: the error is ErrCommitUnknown.
func InTx[T any](ctx context.Context, db *DB, fn func(ctx context.Context, tx pgx.Tx) (T, error)) (T, error) {
	for try := 1; ; try++ {
		result, err := once(ctx, db, fn)
		if err == nil || try == tries || errors.Is(err, ErrCommitUnknown) || !repeatable(err) {
			return result, err
		}
		db.counts.repeats.Inc()
		select {
		case <-time.After(5*time.Millisecond + rand.N(45*time.Millisecond)):
		case <-ctx.Done():
			return result, err
		}
	}
}

func once[T any](ctx context.Context, db *DB, fn func(ctx context.Context, tx pgx.Tx) (T, error)) (result T, err error) {
	var none T
	conn, err := db.primary.acquire(ctx)
	if err != nil {
		return none, err
	}
	began, traced := clock.Running(), tracer{"primary"}
	ctx = traced.start(ctx, "transaction")
	defer func() {
		db.counts.transaction(clock.Running()-began, err)
		traced.end(ctx, err)
	}()
	defer conn.Release()
	ended := false
	defer func() { // also when fn panics
		if !ended {
			rollback(ctx, conn)
		}
	}()
	open := begin(conn)
	result, err = fn(context.WithValue(ctx, inTransactionKey{}, true), open)
	if err == nil {
		err = open.flush(ctx)
	}
	if err != nil {
		rollback(ctx, conn)
		ended = true
		err = lostWith(conn, err)
		db.primary.notice(conn, err)
		if refusal(ctx, err) {
			if lsn, err := flushedAt(ctx, conn); err == nil {
				RaiseToken(ctx, lsn)
			}
		}
		return none, err
	}
	if err := ctx.Err(); err != nil {
		return none, err // nobody is left to hear of a success
	}
	ended = true
	lsn, err := commit(ctx, conn)
	if err != nil {
		rollback(ctx, conn)
		db.primary.notice(conn, err)
		return none, err
	}
	if lsn == 0 { // committed, but the position was lost with the connection
		lsn, _ = db.flushed(ctx)
	}
	RaiseToken(ctx, lsn)
	return result, nil
}

// commit ends the transaction and learns, in the same round trip, how far the log is written: a server that has replayed that far
// shows the transaction.
func commit(ctx context.Context, conn *pgxpool.Conn) (LSN, error) {
	if conn.Conn().IsClosed() {
		return 0, lostError{errors.New("commit: the connection is closed")} // before anything was sent
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	results, err := conn.Conn().PgConn().Exec(ctx, "commit; select pg_current_wal_flush_lsn()").ReadAll()
	if len(results) == 0 || results[0].Err != nil || results[0].CommandTag.String() == "" {
		// Only the server's refusal is certain. pgconn.SafeToRetry is not: it takes a connection that is lost while the answer
		// is awaited for one that was closed before.
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.SeverityUnlocalized == "ERROR" {
			return 0, fmt.Errorf("commit: %w", err)
		}
		return 0, fmt.Errorf("%w: %w", ErrCommitUnknown, err)
	}
	if results[0].CommandTag.String() != "COMMIT" {
		return 0, fmt.Errorf("commit: %w", pgx.ErrTxCommitRollback) // a statement had failed and fn went on
	}
	if err != nil || len(results) < 2 || len(results[1].Rows) != 1 {
		return 0, nil
	}
	return ParseLSN(string(results[1].Rows[0][0]))
}

func rollback(ctx context.Context, conn *pgxpool.Conn) {
	if conn.Conn().IsClosed() || conn.Conn().PgConn().TxStatus() == idle {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	if _, err := conn.Exec(ctx, "rollback"); err != nil {
		_ = conn.Conn().Close(ctx) // and the server rolls back
	}
}

// CatchUp makes later reads under ctx see all that is committed by now. It is for callers without a token who know of something that a
// server which is behind has not heard of yet.
func (db *DB) CatchUp(ctx context.Context) error {
	lsn, err := db.flushed(ctx)
	if err == nil {
		RaiseToken(ctx, lsn)
	}
	return err
}

// refusal says whether fn decided that the transaction shall not be, and somebody who has a token is there to hear it. Failures of the database say nothing about what is stored.
func refusal(ctx context.Context, err error) bool {
	var pg *pgconn.PgError
	var lost lostError
	return tokenOf(ctx) != nil && ctx.Err() == nil && !errors.As(err, &pg) && !errors.As(err, &lost)
}

// flushed asks the primary how far its log is written.
func (db *DB) flushed(ctx context.Context) (LSN, error) { return flushedAt(ctx, db.primary) }

func flushedAt(ctx context.Context, primary DBTX) (LSN, error) {
	var text string
	if err := primary.QueryRow(ctx, "select pg_current_wal_flush_lsn()::text").Scan(&text); err != nil {
		return 0, err
	}
	return ParseLSN(text)
}
