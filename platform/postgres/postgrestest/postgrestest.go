// Package postgrestest gives each test a migrated database of its own on real servers: a primary and a streaming replica.
package postgrestest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

// URLs are where a test's database is, for tests that start whole programs.
type URLs struct {
	Primary string
	Replica string
}

// patience bounds every wait for a server. It is long because test machines are busy.
const patience = 60 * time.Second

// New returns a database of the test's own, with the shop's tables and nothing in them, read through a real replica. It is closed
// and dropped when the test ends.
func New(t testing.TB) *postgres.DB {
	t.Helper()
	at := NewURLs(t)
	db, err := postgres.Open(t.Context(), postgres.Config{
		URL: at.Primary, ReplicaURLs: []string{at.Replica},
		MaxConns: 3, ReadConns: 3, // many tests share the servers
		StatementTimeout: 30 * time.Second, LockTimeout: 15 * time.Second, AcquireTimeout: 15 * time.Second,
		AppName: "test", Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// NewURLs makes the database that New opens. It is dropped when the test ends, whoever is still connected.
func NewURLs(t testing.TB) URLs {
	t.Helper()
	if os.Getenv("TEST_DATABASE_URL") == "" || os.Getenv("TEST_DATABASE_REPLICA_URL") == "" {
		t.Fatal("no test database: run `go run ./deploy/local test ./services/x`, or `eval \"$(go run ./deploy/local env)\"` once and `go test` as usual")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := servers()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d_%08x", clock.Now().Unix(), rand.Uint32())
	if err := s.create(ctx, name); err != nil {
		t.Fatalf("test database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if _, err := s.primary.Exec(ctx, "drop database if exists "+pgx.Identifier{name}.Sanitize()+" with (force)"); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	if err := s.replicated(ctx); err != nil {
		t.Fatalf("the test replica: %v", err)
	}
	return URLs{Primary: inDatabase(s.primaryURL, name), Replica: inDatabase(s.replicaURL, name)}
}

// cluster is the two servers that the tests of one program share.
type cluster struct {
	primaryURL, replicaURL string
	primary, replica       *pgxpool.Pool // to the database postgres, for making others
}

var servers = sync.OnceValues(func() (*cluster, error) {
	s := &cluster{primaryURL: os.Getenv("TEST_DATABASE_URL"), replicaURL: os.Getenv("TEST_DATABASE_REPLICA_URL")}
	var err error
	if s.primary, err = connect(s.primaryURL); err != nil {
		return nil, fmt.Errorf("TEST_DATABASE_URL: %w", err)
	}
	if s.replica, err = connect(s.replicaURL); err != nil {
		return nil, fmt.Errorf("TEST_DATABASE_REPLICA_URL: %w", err)
	}
	return s, nil
})

func connect(url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 1
	config.MaxConnIdleTime = time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	return pool, pool.Ping(ctx)
}

// replicated waits until the replica shows what the primary has committed, the new database among it.
func (s *cluster) replicated(ctx context.Context) error {
	var written string
	if err := s.primary.QueryRow(ctx, "select pg_current_wal_flush_lsn()::text").Scan(&written); err != nil {
		return err
	}
	for {
		var reached bool
		err := s.replica.QueryRow(ctx, "select pg_last_wal_replay_lsn() >= $1::text::pg_lsn", written).Scan(&reached)
		if err != nil || reached {
			return err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("not caught up: %w", ctx.Err())
		}
	}
}

func inDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server // connecting with it has worked, so it is a URL
	}
	u.Path = "/" + name
	return u.String()
}
