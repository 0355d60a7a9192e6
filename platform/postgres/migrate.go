package postgres

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

const (
	// migrationLock is how long a change may stand in the queue for a table, since every query of the shop queues behind it.
	migrationLock = 2 * time.Second
	// migrationTries is how often a change that found its table in use is tried again.
	migrationTries = 30
)

// Migrate applies the migrations that the database has not had yet, each in a transaction of its own, and returns how many. It is
// safe to run by several programs at once: the others wait. A migration with an earlier time than the last one applied, as a
// branch that merges late brings it, is applied too.
func Migrate(ctx context.Context, url string, migrations fs.FS) (applied int, err error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	settle(config, "primary", Config{AppName: "tradewind migrate", LockTimeout: migrationLock}) // a large index may take its time
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	db := stdlib.OpenDB(*config)
	defer db.Close()

	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations,
		goose.WithSessionLocker(locker), goose.WithAllowOutofOrder(true), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	for try := 1; ; try++ {
		done, err := provider.Up(ctx)
		applied += len(done)
		if err == nil {
			return applied, nil
		}
		if code(err) != lockNotAvailable || try == migrationTries {
			return applied, fmt.Errorf("migrate: %w", oneLine(err))
		}
		slog.Info("a table to change is in use, trying again", "try", try, "error", err)
		select {
		case <-time.After(200*time.Millisecond + rand.N(800*time.Millisecond)):
		case <-ctx.Done():
			return applied, fmt.Errorf("migrate: %w", ctx.Err())
		}
	}
}
