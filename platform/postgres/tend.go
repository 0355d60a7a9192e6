package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Tend lets fn keep the primary's tables in order: on a connection of its own, on which each statement runs by itself and for as long as ctx lets it. What must not
// run within a transaction, such as REINDEX CONCURRENTLY, can only run there.
func (db *DB) Tend(ctx context.Context, fn func(ctx context.Context, conn DBTX) error) error {
	cfg := db.primary.pool.Config().ConnConfig
	cfg.RuntimeParams["statement_timeout"], cfg.RuntimeParams["lock_timeout"] = "0", "0"
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("connect to tend tables: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	registerIDs(conn.TypeMap())
	return fn(ctx, conn)
}
