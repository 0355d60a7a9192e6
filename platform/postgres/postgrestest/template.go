package postgrestest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/queries"
)

const (
	templatePrefix = "template_test_"
	templatesKept  = 4         // of other states of the migrations, which other working trees may be testing
	abandoned      = time.Hour // after which a test's database that nobody uses was left by a killed test
	buildLock      = 7_203_511 // any number, the same in every test program
)

// create makes a database as a copy of the migrated template, which is faster than migrating it.
func (s *cluster) create(ctx context.Context, name string) error {
	template, err := templateName()
	if err != nil {
		return err
	}
	// Copying the files takes less than half of the time of writing each page to the log, for the replica to repeat.
	statement := "create database " + pgx.Identifier{name}.Sanitize() + " template " + pgx.Identifier{template}.Sanitize() + " strategy file_copy"
	for {
		_, err := s.primary.Exec(ctx, statement)
		var pg *pgconn.PgError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &pg) && pg.Code == "3D000": // no such template yet, or it was cleared away
			if err := s.build(ctx, template); err != nil {
				return fmt.Errorf("template: %w", err)
			}
		case errors.As(err, &pg) && pg.Code == "55006": // in use, by another copy of it
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
				return err
			}
		default:
			return err
		}
	}
}

// build migrates a database and makes it the template when it is whole. Test programs that run at once build one.
func (s *cluster) build(ctx context.Context, template string) error {
	conn, err := pgx.Connect(ctx, s.primaryURL)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) // and with it the lock
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", buildLock); err != nil {
		return err
	}
	var there bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", template).Scan(&there); err != nil || there {
		return err
	}
	draft := template + "_draft"
	for _, statement := range []string{
		"drop database if exists " + pgx.Identifier{draft}.Sanitize() + " with (force)",
		"create database " + pgx.Identifier{draft}.Sanitize(),
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	if _, err := postgres.Migrate(ctx, inDatabase(s.primaryURL, draft), queries.Migrations); err != nil {
		return err
	}
	rename := "alter database " + pgx.Identifier{draft}.Sanitize() + " rename to " + pgx.Identifier{template}.Sanitize()
	for {
		_, err := conn.Exec(ctx, rename)
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == "55006" && ctx.Err() == nil {
			continue // the migration's connection is still on its way out
		}
		if err != nil {
			return err
		}
		break
	}
	return clearAway(ctx, conn, template)
}

// clearAway drops the templates of migrations as they once were and the databases that killed tests left.
func clearAway(ctx context.Context, conn *pgx.Conn, template string) error {
	rows, err := conn.Query(ctx, `
		select datname from pg_database d
		where datname like 'test\_%' and not exists (select from pg_stat_activity a where a.datid = d.oid)
		union all
		(select datname from pg_database where datname like $1 and datname <> $2 order by oid desc offset $3)`,
		strings.ReplaceAll(templatePrefix, "_", `\_`)+"%", template, templatesKept)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if made, found := madeAt(name); found && clock.Since(made) < abandoned {
			continue
		}
		_, _ = conn.Exec(ctx, "drop database if exists "+pgx.Identifier{name}.Sanitize()) // fails when it is in use after all
	}
	return nil
}

// madeAt reads the time in the name of a test's database.
func madeAt(name string) (time.Time, bool) {
	parts := strings.Split(name, "_")
	if parts[0] != "test" || len(parts) != 3 {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(parts[1], 10, 64)
	return time.Unix(seconds, 0), err == nil
}

// templateName changes with every migration.
var templateName = sync.OnceValues(func() (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(queries.Migrations, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(queries.Migrations, path)
		fmt.Fprintf(hash, "%s %d\n%s", path, len(content), content)
		return err
	})
	return fmt.Sprintf("%s%x", templatePrefix, hash.Sum(nil)[:6]), err
})
