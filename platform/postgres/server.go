package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tradewind-commerce/tradewind/platform/clock"
)

const (
	connectTimeout = 2 * time.Second // for each host
	pingTimeout    = time.Second
	reachTimeout   = 5 * time.Second // how long a start waits for a server that is there
	idleInTx       = 5 * time.Second // a transaction that waits for its own program is ended by the server

	// opened is where a connection remembers when it was made.
	opened = "tradewind.opened"
)

// server is one server's connections.
type server struct {
	name  string // host:port, for logs and metrics
	pool  *pgxpool.Pool
	wait  time.Duration // for a free connection
	reset atomic.Int64  // when the pool was last emptied, by clock.Running
}

func openServer(ctx context.Context, role, url string, cfg Config, conns int32) (*server, error) {
	if url == "" {
		return nil, errors.New("no URL is configured")
	}
	pc, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	settle(pc.ConnConfig, role, cfg)
	pc.ConnConfig.Tracer = tracer{role}
	pc.MaxConns = conns
	pc.MinIdleConns = min(2, conns)
	pc.MaxConnLifetime = 30 * time.Minute
	pc.MaxConnLifetimeJitter = 5 * time.Minute // so that a failover or a new address is followed gradually
	pc.HealthCheckPeriod = 15 * time.Second
	pc.PingTimeout = pingTimeout
	pc.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		conn.PgConn().CustomData()[opened] = int64(clock.Running())
		registerIDs(conn.TypeMap())
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, err
	}
	if err := reach(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	host := net.JoinHostPort(pc.ConnConfig.Host, strconv.Itoa(int(pc.ConnConfig.Port)))
	return &server{name: host, pool: pool, wait: cfg.AcquireTimeout}, nil
}

// reach tries for a while: a server may be starting itself, be full or slow for a moment, or have to replay what the first statement is
// in the way of.
func reach(ctx context.Context, pool *pgxpool.Pool) error {
	began := clock.Running()
	for {
		err := pool.Ping(ctx)
		if err == nil || !passing(err) || clock.Running()-began > reachTimeout {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

// passing reports whether a server is there, or may be, and will answer in a moment. One that refuses the connection is not.
func passing(err error) bool {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		// serialization_failure, too_many_connections, cannot_connect_now
		return slices.Contains([]string{"40001", "53300", "57P03"}, said.Code)
	}
	return pgconn.Timeout(err)
}

// settle gives every connection its limits, unless the URL sets them. The server enforces them, so that no code can forget one.
func settle(conn *pgx.ConnConfig, role string, cfg Config) {
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = connectTimeout
	}
	limits := map[string]string{
		"application_name":                    cfg.AppName,
		"timezone":                            "UTC",
		"statement_timeout":                   milliseconds(cfg.StatementTimeout),
		"lock_timeout":                        milliseconds(cfg.LockTimeout),
		"idle_in_transaction_session_timeout": milliseconds(idleInTx),
		// Our statements are short. Compiling one of hundreds of expressions took a second where running it took some milliseconds.
		"jit": "off",
	}
	if role == "primary" {
		// What decides and writes finds its rows by key, whatever the values: planning it anew for each call costs more than running it.
		// Reads, which may filter by anything, are planned as the server sees fit: see queryAsRead.
		limits["plan_cache_mode"] = "force_generic_plan"
	}
	for name, value := range limits {
		if conn.RuntimeParams[name] == "" {
			conn.RuntimeParams[name] = value
		}
	}
	if role == "primary" && conn.ValidateConnect == nil {
		// Of several hosts, or behind a name that moved in a failover, only the server that takes writes will do.
		conn.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
}

func milliseconds(d time.Duration) string {
	return strconv.FormatInt(d.Milliseconds(), 10)
}

// acquire waits in turn for a connection, no longer than the configured time.
func (s *server) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	if InTransaction(ctx) {
		return nil, ErrInTransaction
	}
	waiting, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	conn, err := s.pool.Acquire(waiting)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("%w (%v at %s)", ErrBusy, s.wait, s.name)
	}
	return conn, err
}

// notice looks at what a statement answered. When the server is going away, or takes no writes any more, this connection and those
// made before it are dropped, and new ones find the server that took over.
func (s *server) notice(conn *pgxpool.Conn, err error) {
	if err == nil || !serverGone(err) {
		return
	}
	made, _ := conn.Conn().PgConn().CustomData()[opened].(int64)
	last := s.reset.Load()
	if made >= last && s.reset.CompareAndSwap(last, int64(clock.Running())) {
		s.pool.Reset()
	}
	ctx, cancel := context.WithTimeout(context.Background(), pingTimeout)
	defer cancel()
	_ = conn.Conn().Close(ctx)
}

// Exec runs a statement that returns no rows.
func (s *server) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	defer conn.Release()
	tag, err := conn.Exec(ctx, sql, args...)
	s.notice(conn, err)
	return tag, err
}

// Query runs a statement that returns rows. Its connection is taken until they are closed.
func (s *server) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := s.query(ctx, sql, args)
	if err != nil {
		return failedRows{err}, err
	}
	return rows, nil
}

func (s *server) query(ctx context.Context, sql string, args []any) (*heldRows, error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, sql, args...)
	if err != nil {
		err = lostWith(conn, err)
		s.notice(conn, err)
		conn.Release()
		return nil, err
	}
	return &heldRows{Rows: rows, conn: conn, from: s}, nil
}

// queryAsRead asks the primary what a replica would be asked, in one round trip and planned as there.
func (s *server) queryAsRead(ctx context.Context, sql string, args []any) (pgx.Rows, error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return failedRows{err}, err
	}
	var batch pgx.Batch
	batch.Queue("select set_config('plan_cache_mode', 'auto', true)") // for the transaction that the batch is
	batch.Queue(sql, args...)
	results := conn.SendBatch(ctx, &batch)
	_, err = results.Exec()
	var rows pgx.Rows
	if err == nil {
		rows, err = results.Query()
	}
	if err != nil {
		_ = results.Close()
		err = lostWith(conn, err)
		s.notice(conn, err)
		conn.Release()
		return failedRows{err}, err
	}
	return &heldRows{Rows: batchRows{rows, results}, conn: conn, from: s}, nil
}

// QueryRow runs a statement that returns at most one row. Its connection is taken until Scan.
func (s *server) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := s.Query(ctx, sql, args...)
	return heldRow{rows, err}
}

// CopyFrom streams rows into a table.
func (s *server) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Release()
	copied, err := conn.CopyFrom(ctx, table, columns, rows)
	s.notice(conn, err)
	return copied, err
}

// SendBatch sends several statements in one round trip. Its connection is taken until the results are closed.
func (s *server) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	conn, err := s.acquire(ctx)
	if err != nil {
		return failedBatch{err}
	}
	return &heldBatch{BatchResults: conn.SendBatch(ctx, batch), conn: conn, from: s}
}
