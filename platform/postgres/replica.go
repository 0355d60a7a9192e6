package postgres

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tradewind-commerce/tradewind/platform/clock"
)

const (
	pollEvery   = 100 * time.Millisecond
	pollTimeout = 500 * time.Millisecond // a server that takes longer to say where it is counts as gone
	pollBackoff = 500 * time.Millisecond // before asking a server again that did not answer
)

// MostLag is how far behind a replica may be that is asked: for this long after a change a read without its token may not see it.
const MostLag = 5 * time.Second

// replica is a server that answers reads while it is usable: it answers, replays the primary's log and is not far behind.
type replica struct {
	*server
	counts   *counts
	usable   atomic.Bool
	replayed atomic.Uint64 // the position it is known to have replayed: a floor, at most a poll old
	lag      atomic.Int64

	mu      sync.Mutex
	ejected time.Duration // when a read last failed, by clock.Running
	alive   context.Context
	kill    context.CancelFunc // ends the reads that wait for a server that is gone
}

func newReplica(side *server, counts *counts) *replica {
	r := &replica{server: side, counts: counts}
	r.alive, r.kill = context.WithCancel(context.Background())
	return r
}

// query asks this replica, and sees every row come.
func (r *replica) query(ctx context.Context, sql string, args []any) (*wholeRows, error) {
	r.mu.Lock()
	alive := r.alive
	r.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(alive, cancel)
	done := func() { stop(); cancel() }
	rows, err := r.server.query(ctx, sql, args)
	if err != nil {
		done()
		return nil, err
	}
	rows.done = done
	return fetch(rows)
}

// failed judges a read's error. It reports whether the replica is to blame, so that the primary should be asked, and takes a
// broken replica out of use until it is seen to be well.
func (r *replica) failed(caller context.Context, err error) bool {
	var lost lostError
	var connect *pgconn.ConnectError
	switch {
	case caller.Err() != nil, errors.Is(err, ErrBusy), errors.Is(err, ErrInTransaction):
		return false
	case behind(err):
		return true // it only needs time
	case broken(err), errors.As(err, &lost), errors.As(err, &connect), errors.Is(err, context.Canceled):
		r.eject("failing")
		return true
	}
	return false
}

// eject takes the replica out of use. Reads that wait for it go on unless it is gone.
func (r *replica) eject(reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ejected = clock.Running()
	if reason == "unreachable" {
		r.kill()
	}
	if r.usable.Swap(false) {
		r.counts.ejections.WithLabelValues(r.name, reason).Inc()
		slog.Warn("replica taken out of use", "replica", r.name, "reason", reason)
	}
}

// admit puts the replica in use, unless a read failed on it after it was asked how it is.
func (r *replica) admit(asked time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if asked <= r.ejected {
		return
	}
	if r.alive.Err() != nil {
		r.alive, r.kill = context.WithCancel(context.Background())
	}
	if !r.usable.Swap(true) {
		slog.Info("replica in use", "replica", r.name)
	}
}

// watch follows the primary's and the replicas' positions until Close. It returns when each was asked once.
func (db *DB) watch() {
	if len(db.replicas) == 0 {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	db.stopWatching = stop
	written := new(horizon)
	var first sync.WaitGroup
	follow := func(s *server, step func(context.Context, *pgx.Conn) error, gone func()) {
		first.Add(1)
		asked := sync.OnceFunc(first.Done)
		db.watchers.Go(func() {
			defer asked()
			s.follow(ctx, step, gone, asked)
		})
	}
	follow(db.primary, written.step, func() {})
	for _, r := range db.replicas {
		follow(r.server, func(ctx context.Context, conn *pgx.Conn) error { return r.step(ctx, conn, written) },
			func() { r.eject("unreachable") })
	}
	first.Wait()
}

// follow asks a server where it is, again and again, over a connection of its own: a pool that is full says nothing about
// the server.
func (s *server) follow(ctx context.Context, step func(context.Context, *pgx.Conn) error, gone, asked func()) {
	config := s.pool.Config().ConnConfig
	config.RuntimeParams["application_name"] += " watch"
	var conn *pgx.Conn
	for ctx.Err() == nil {
		pause := pollEvery
		var err error
		if conn == nil {
			conn, err = pgx.ConnectConfig(ctx, config)
		}
		if err == nil {
			limited, cancel := context.WithTimeout(ctx, pollTimeout)
			err = step(limited, conn)
			cancel()
		}
		if err != nil && ctx.Err() == nil {
			gone()
			pause = pollBackoff
		}
		if err != nil && conn != nil {
			closeNow(conn)
			conn = nil
		}
		asked()
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
	if conn != nil {
		closeNow(conn)
	}
}

func closeNow(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), pollTimeout)
	defer cancel()
	_ = conn.Close(ctx)
}

// step asks the replica how it is and decides whether it may be used.
func (r *replica) step(ctx context.Context, conn *pgx.Conn, written *horizon) error {
	asked := clock.Running()
	var recovering bool
	var text string
	err := conn.QueryRow(ctx, "select pg_is_in_recovery(), coalesce(pg_last_wal_replay_lsn()::text, '')").Scan(&recovering, &text)
	if err != nil {
		return err
	}
	replayed, err := ParseLSN(text)
	if err != nil {
		return err
	}
	before := LSN(r.replayed.Swap(uint64(replayed)))
	lag := written.lag(replayed)
	r.lag.Store(int64(lag))
	switch {
	case !recovering:
		r.eject("promoted") // it takes writes of its own now, or stands alone
	case written.behind(before, asked-pollEvery):
		r.eject("diverged") // it has replayed what the primary never wrote
	case lag > MostLag:
		r.eject("lagging")
	default:
		r.admit(asked)
	}
	return nil
}

// horizon remembers when the primary's log reached which position, so that a replica's lag is known in time without comparing
// the clocks of two machines, and is zero when nothing is written.
type horizon struct {
	mu      sync.Mutex
	asked   time.Duration
	samples []sample // rising
}

type sample struct {
	at  time.Duration
	lsn LSN
}

// remembered is enough for a minute; a longer lag reads as a minute.
const remembered = int(time.Minute / pollEvery)

func (h *horizon) step(ctx context.Context, conn *pgx.Conn) error {
	asked := clock.Running()
	var text string
	if err := conn.QueryRow(ctx, "select pg_current_wal_flush_lsn()::text").Scan(&text); err != nil {
		return err // also when the server is the primary no more: the next connection finds the one that is
	}
	lsn, err := ParseLSN(text)
	if err != nil {
		return err
	}
	h.add(asked, lsn)
	return nil
}

func (h *horizon) add(asked time.Duration, lsn LSN) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = asked
	last := h.last()
	if lsn < last {
		h.samples = nil // another server took over, with less
	}
	if lsn == last && len(h.samples) > 0 {
		return
	}
	if len(h.samples) == remembered {
		h.samples = append(h.samples[:0], h.samples[1:]...)
	}
	h.samples = append(h.samples, sample{asked, lsn})
}

func (h *horizon) last() LSN {
	if len(h.samples) == 0 {
		return 0
	}
	return h.samples[len(h.samples)-1].lsn
}

// lag returns for how long there has been something to replay beyond a position.
func (h *horizon) lag(replayed LSN) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.samples {
		if s.lsn > replayed {
			return clock.Running() - s.at
		}
	}
	return 0
}

// behind reports whether the primary, asked after since, had not yet written a position.
func (h *horizon) behind(lsn LSN, since time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked > since && h.last() < lsn
}
