package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// sampleName is the database that every shop of these tests is copied from.
var sampleName = fmt.Sprintf("e2e_sample_%d", os.Getpid())

// Who can sign in to the back office of every shop of these tests.
const (
	staffEmail    = "staff@example.com"
	staffPassword = "the password of a test"
)

// makeSample brings a database up to date and loads the sample shop and one member of staff into it, once: making its pictures takes a while.
var makeSample = sync.OnceValue(func() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*patience)
	defer cancel()
	if err := onPrimary(ctx, "create database "+sampleName); err != nil {
		return err
	}
	for _, args := range [][]string{{"migrate"}, {"seed", "--folder", "../../deploy/sample"}, {"staff", "add", "--email", staffEmail, "--password-stdin"}} {
		cmd := exec.CommandContext(ctx, filepath.Join(binaries, "server"), args...)
		cmd.Env = append(os.Environ(), "DATABASE_URL="+named(os.Getenv("TEST_DATABASE_URL"), sampleName), "BLOB_URL=file://"+filepath.Join(binaries, "files"),
			"SECRET_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "SIGNING_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
		cmd.Stdin = strings.NewReader(staffPassword + "\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("server %s: %w\n%s", args[0], err, out)
		}
	}
	return nil
})

func dropSample() {
	if os.Getenv("TEST_DATABASE_URL") != "" {
		_ = onPrimary(context.Background(), "drop database if exists "+sampleName+" with (force)")
	}
}

// copySample gives a test a shop's database of its own.
func copySample(t testing.TB) postgrestest.URLs {
	t.Helper()
	if needed(t, "TEST_DATABASE_URL"); needed(t, "TEST_DATABASE_REPLICA_URL") == "" {
		return postgrestest.URLs{}
	}
	if err := makeSample(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	name := "e2e_" + freePort(t)
	if err := errors.Join(onPrimary(ctx, "drop database if exists "+name+" with (force)"), onPrimary(ctx, "create database "+name+" template "+sampleName)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := onPrimary(context.Background(), "drop database if exists "+name+" with (force)"); err != nil {
			t.Error(err)
		}
	})
	urls := postgrestest.URLs{Primary: named(os.Getenv("TEST_DATABASE_URL"), name), Replica: named(os.Getenv("TEST_DATABASE_REPLICA_URL"), name)}
	for {
		conn, err := pgx.Connect(ctx, urls.Replica)
		if err == nil {
			_ = conn.Close(ctx)
			return urls
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the replica does not show the database: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func onPrimary(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, os.Getenv("TEST_DATABASE_URL"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

func named(server, database string) string {
	parsed, err := url.Parse(server)
	if err != nil {
		return server
	}
	parsed.Path = "/" + database
	return parsed.String()
}
