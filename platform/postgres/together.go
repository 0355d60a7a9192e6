package postgres

import (
	"context"
	"errors"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Ask is one question among several: it runs one generated query, :one or :many, on the DBTX that it is given.
type Ask func(db DBTX) error

// Together asks the primary several questions in one round trip. None may depend on the answer of another. It returns the first error.
//
//	err := db.Together(ctx,
//		func(db postgres.DBTX) (err error) { prices, err = queries.ListPrices(ctx, db, ids); return err },
//		func(db postgres.DBTX) (err error) { files, err = queries.ListFiles(ctx, db, ids); return err })
func (db *DB) Together(ctx context.Context, asks ...Ask) error {
	var batch pgx.Batch
	var results pgx.BatchResults
	errs, resume := make([]error, len(asks)), make([]func() (struct{}, bool), len(asks))
	for i, ask := range asks {
		// Each question runs to its query and waits there, until all are sent and it is its turn to read.
		next, stop := iter.Pull(func(yield func(struct{}) bool) {
			errs[i] = ask(&asking{batch: &batch, answer: func() pgx.BatchResults { yield(struct{}{}); return results }})
		})
		defer stop()
		resume[i] = next
		next()
	}
	if batch.Len() == 0 {
		return errors.Join(errs...)
	}
	results = db.primary.SendBatch(ctx, &batch)
	for _, next := range resume {
		next()
	}
	errs = append(errs, results.Close())
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// asking is a question that waits for the others.
type asking struct {
	batch  *pgx.Batch
	answer func() pgx.BatchResults // once
	asked  bool
}

var errOneQuery = errors.New("postgres: what is asked together is one query each, which returns rows")

func (a *asking) Query(_ context.Context, sql string, args ...any) (pgx.Rows, error) {
	if a.asked {
		return failedRows{errOneQuery}, errOneQuery
	}
	a.asked = true
	a.batch.Queue(sql, args...)
	return a.answer().Query()
}

func (a *asking) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := a.Query(ctx, sql, args...)
	return heldRow{rows, err}
}

func (*asking) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return pgconn.CommandTag{}, errOneQuery
}

func (*asking) CopyFrom(context.Context, pgx.Identifier, []string, pgx.CopyFromSource) (int64, error) {
	return 0, errOneQuery
}

func (*asking) SendBatch(context.Context, *pgx.Batch) pgx.BatchResults {
	return failedBatch{errOneQuery}
}
