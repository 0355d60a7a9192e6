package postgres

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var (
	// ErrCommitUnknown says that the connection was lost while a transaction committed: it may have happened or not. Look
	// for its effect, by idempotency key or unique key, before doing it again.
	ErrCommitUnknown = errors.New("postgres: the connection was lost during commit, the outcome is unknown")

	// ErrBusy says that every connection was in use for as long as a caller may wait.
	ErrBusy = errors.New("postgres: no connection became free in time")

	// ErrInTransaction says that code in a transaction asked for a second connection. It must use the tx it was given:
	// enough callers that hold one connection and wait for another would wait for each other.
	ErrInTransaction = errors.New("postgres: a second connection was asked for inside a transaction; use the tx")

	errReadOnly = errors.New("postgres: Read takes queries only; write through a transaction")
)

// Violates reports whether err is the refusal of the named constraint or unique index.
func Violates(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.ConstraintName == constraint
}

// IsNoRows reports whether err says that a query for one row found none.
func IsNoRows(err error) bool {
	return errors.Is(err, pgx.ErrNoRows)
}

// IsBusy reports whether err says that the database had no time for the caller: no free connection, a lock or a statement that
// took too long. Nothing was changed, and trying again later may succeed.
func IsBusy(err error) bool {
	return errors.Is(err, ErrBusy) || slices.Contains([]string{lockNotAvailable, queryCanceled, tooManyConnections}, code(err))
}

// The codes that decide something here; see PostgreSQL's appendix A.
const (
	serializationFailure = "40001" // on a replica: the query was in the way of replay
	deadlockDetected     = "40P01"
	readOnlyTransaction  = "25006"
	lockNotAvailable     = "55P03"
	queryCanceled        = "57014"
	tooManyConnections   = "53300"
)

func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// serverGone reports whether the server is shutting down, starting or not the one that takes writes any more: every connection
// to it is of no use.
func serverGone(err error) bool {
	c := code(err)
	return c == readOnlyTransaction || strings.HasPrefix(c, "57P")
}

// repeatable reports whether a transaction that failed with err before its commit was sent may be run again as it was.
func repeatable(err error) bool {
	var lost lostError
	c := code(err)
	return c == serializationFailure || c == deadlockDetected || serverGone(err) || errors.As(err, &lost) || pgconn.SafeToRetry(err)
}

// behind reports whether a replica failed because it has not replayed a change of the schema yet. It is well otherwise.
func behind(err error) bool {
	switch code(err) {
	case "42P01", "42703", "42883", "42704", "3D000", "0A000":
		return true
	}
	return false
}

// broken reports whether a replica failed for a reason of its own, so that the same query may succeed on the primary. A query
// that is wrong, or too slow, would fail there too.
func broken(err error) bool {
	switch c := code(err); {
	case c == "":
		return false // not the server's word; the caller looks at the connection
	case c == serializationFailure, c == deadlockDetected:
		return true // in the way of replay
	case strings.HasPrefix(c, "57P"), strings.HasPrefix(c, "08"), strings.HasPrefix(c, "28"):
		return true // shutting down, or will not have us
	default:
		return strings.HasPrefix(c, "53") || strings.HasPrefix(c, "58") || strings.HasPrefix(c, "XX") // out of something, or damaged
	}
}
