// Package postgres owns how the shop reaches its database: a primary for writes and decisions, replicas for reads that
// they are fresh enough to answer, transactions that repeat themselves, and the token that lets callers read what they wrote.
package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/prometheus/client_golang/prometheus"
)

// Config says where the database is and how much of it one process may take. Zero values mean the defaults given here.
type Config struct {
	// URL is the primary's. It may name several hosts; the one that takes writes is used, so a failover needs no restart.
	URL string
	// ReplicaURLs name streaming replicas of the primary. None is fine: then the primary answers every read.
	ReplicaURLs []string

	MaxConns  int32 // to the primary: 10
	ReadConns int32 // to each replica: as many as to the primary

	StatementTimeout time.Duration // 5 s; the server stops what runs longer
	LockTimeout      time.Duration // 2 s waiting for one row or table
	AcquireTimeout   time.Duration // 2 s waiting for a free connection; callers queue, in turn, until then

	AppName string // shown in pg_stat_activity and as the metrics' app label: "tradewind"

	// Metrics is where the pools' metrics are registered: the default registry.
	Metrics prometheus.Registerer
}

func (c Config) withDefaults() Config {
	c.MaxConns = cmp.Or(c.MaxConns, 10)
	c.ReadConns = cmp.Or(c.ReadConns, c.MaxConns)
	c.StatementTimeout = cmp.Or(c.StatementTimeout, 5*time.Second)
	c.LockTimeout = cmp.Or(c.LockTimeout, 2*time.Second)
	c.AcquireTimeout = cmp.Or(c.AcquireTimeout, 2*time.Second)
	c.AppName = cmp.Or(c.AppName, "tradewind")
	if c.Metrics == nil {
		c.Metrics = prometheus.DefaultRegisterer
	}
	return c
}

// DB is a primary and its replicas. It is safe for use by many goroutines.
type DB struct {
	primary  *server
	replicas []*replica
	next     atomic.Uint32 // whose turn it is among the replicas
	counts   *counts

	stopWatching context.CancelFunc
	watchers     sync.WaitGroup
}

// DBTX is what runs statements: a DB's two sides and a transaction. It covers every generated query.
type DBTX interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error)
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

// Open connects to the primary and every replica. What is configured but cannot be reached, or cannot do its part, is an
// error of one line.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	cfg = cfg.withDefaults()
	db := &DB{counts: newCounts()}
	var err error
	if db.primary, err = openServer(ctx, "primary", cfg.URL, cfg, cfg.MaxConns); err != nil {
		return nil, fmt.Errorf("postgres primary: %w", oneLine(err))
	}
	if err := checkPrimary(ctx, db.primary); err != nil {
		db.Close()
		return nil, fmt.Errorf("postgres primary: %w", oneLine(err))
	}
	for i, url := range cfg.ReplicaURLs {
		side, err := openServer(ctx, "replica", url, cfg, cfg.ReadConns)
		if err != nil {
			db.Close()
			return nil, fmt.Errorf("postgres replica %d: %w", i+1, oneLine(err))
		}
		db.replicas = append(db.replicas, newReplica(side, db.counts))
	}
	db.watch()
	db.register(cfg)
	return db, nil
}

// Close ends every connection after the statements that run on them.
func (db *DB) Close() {
	if db.stopWatching != nil {
		db.stopWatching()
		db.watchers.Wait()
	}
	db.counts.unregister()
	for _, r := range db.replicas {
		r.pool.Close()
	}
	if db.primary != nil {
		db.primary.pool.Close()
	}
}

// Primary runs statements on the primary, each by itself: for reads that must be fresh outside a transaction. Inside a
// transaction it refuses, as Read does: a caller that holds one connection while it waits for another can stop the shop.
func (db *DB) Primary() DBTX {
	return db.primary
}

// Read runs queries on a replica that has replayed the caller's consistency token, or else on the primary. It takes Query and
// QueryRow alone, and a query that writes fails on the replica.
func (db *DB) Read(ctx context.Context) DBTX {
	return reader{db: db, token: tokenOf(ctx)}
}

// checkPrimary refuses a server whose answers would make the consistency token a lie.
func checkPrimary(ctx context.Context, primary *server) error {
	var commit string
	if err := primary.QueryRow(ctx, "show synchronous_commit").Scan(&commit); err != nil {
		return err
	}
	if commit == "off" {
		return errors.New("synchronous_commit is off: callers could not read what they wrote; turn it on (fsync may stay off on a laptop)")
	}
	return nil
}

// oneLine flattens a connection error, which lists the hosts that were tried on lines of their own.
func oneLine(err error) error {
	return lineError{err}
}

type lineError struct{ error }

func (e lineError) Error() string { return strings.Join(strings.Fields(e.error.Error()), " ") }
func (e lineError) Unwrap() error { return e.error }
