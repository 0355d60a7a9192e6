package postgres_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/platform/proxytest"
)

type nothing = struct{}

// newCounters is a table of numbers to fight over.
func newCounters(t *testing.T, db *postgres.DB) {
	t.Helper()
	for _, statement := range []string{
		"create table counters (name text primary key, n int not null)",
		"insert into counters values ('a', 0), ('b', 0)",
	} {
		if _, err := db.Primary().Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func counted(t *testing.T, db *postgres.DB, name string) (n int) {
	t.Helper()
	if err := db.Primary().QueryRow(t.Context(), "select n from counters where name = $1", name).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Two transactions that cannot both be right are put one after the other, without the callers noticing.
func TestSerializationFailureIsRunAgain(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	newCounters(t, db)
	var both sync.WaitGroup
	both.Add(2)
	var runs atomic.Int32
	raise := func() error {
		met := false
		_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
			runs.Add(1)
			if _, err := tx.Exec(ctx, "set transaction isolation level serializable"); err != nil {
				return nothing{}, err
			}
			var n int
			if err := tx.QueryRow(ctx, "select n from counters where name = 'a'").Scan(&n); err != nil {
				return nothing{}, err
			}
			if !met { // both have read before either writes
				met = true
				both.Done()
				both.Wait()
			}
			_, err := tx.Exec(ctx, "update counters set n = $1 where name = 'a'", n+1)
			return nothing{}, err
		})
		return err
	}
	inParallel(t, raise, raise)
	if n := counted(t, db, "a"); n != 2 {
		t.Errorf("counted %d, want 2", n)
	}
	if runs.Load() < 3 || db.CountedRepeats() < 1 {
		t.Errorf("%d runs, %v repeats: the two did not get in each other's way", runs.Load(), db.CountedRepeats())
	}
}

// Two transactions that lock the same rows in opposite order both succeed in the end.
func TestDeadlockIsRunAgain(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	newCounters(t, db)
	var both sync.WaitGroup
	both.Add(2)
	raise := func(first, second string) func() error {
		met := false
		return func() error {
			_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
				if _, err := tx.Exec(ctx, "update counters set n = n + 1 where name = $1", first); err != nil {
					return nothing{}, err
				}
				if !met {
					met = true
					both.Done()
					both.Wait()
				}
				_, err := tx.Exec(ctx, "update counters set n = n + 1 where name = $1", second)
				return nothing{}, err
			})
			return err
		}
	}
	inParallel(t, raise("a", "b"), raise("b", "a"))
	if a, b := counted(t, db, "a"), counted(t, db, "b"); a != 2 || b != 2 {
		t.Errorf("counted %d and %d, want 2 and 2", a, b)
	}
	if db.CountedRepeats() < 1 {
		t.Error("the two did not get in each other's way")
	}
}

func inParallel(t *testing.T, fns ...func() error) {
	t.Helper()
	var all sync.WaitGroup
	for _, fn := range fns {
		all.Go(func() {
			if err := fn(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// A flash sale has more shoppers than connections: they queue, and nobody is turned away.
func TestShoppersQueueForConnections(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	newCounters(t, db)
	shoppers := make([]func() error, 200)
	for i := range shoppers {
		shoppers[i] = func() error {
			_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
				_, err := tx.Exec(ctx, "update counters set n = n + 1 where name = 'a'")
				return nothing{}, err
			})
			return err
		}
	}
	inParallel(t, shoppers...)
	if n := counted(t, db, "a"); n != len(shoppers) {
		t.Errorf("counted %d, want %d", n, len(shoppers))
	}
}

// Waiting for a connection ends, and says so in a way that is not the caller's own deadline.
func TestBusy(t *testing.T) {
	t.Parallel()
	db, err := postgres.Open(t.Context(), postgres.Config{
		URL: postgrestest.NewURLs(t).Primary, MaxConns: 1, AcquireTimeout: 50 * time.Millisecond, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = postgres.InTx(t.Context(), db, func(context.Context, pgx.Tx) (nothing, error) {
		_, err := db.Primary().Exec(t.Context(), "select 1") // another caller, so not the closure's ctx
		return nothing{}, err
	})
	if !errors.Is(err, postgres.ErrBusy) || !postgres.IsBusy(err) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want ErrBusy", err)
	}
}

// A transaction that asks for a second connection would stop the shop under load, so it never works, not even on a quiet day.
func TestSecondConnectionInsideTransactionIsRefused(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	ask := map[string]func(ctx context.Context) error{
		"primary": func(ctx context.Context) error { return db.Primary().QueryRow(ctx, "select 1").Scan(new(int)) },
		"read":    func(ctx context.Context) error { return db.Read(ctx).QueryRow(ctx, "select 1").Scan(new(int)) },
		"list": func(ctx context.Context) error {
			rows, _ := db.Read(ctx).Query(ctx, "select 1")
			_, err := pgx.CollectRows(rows, pgx.RowTo[int])
			return err
		},
		"transaction": func(ctx context.Context) error {
			_, err := postgres.InTx(ctx, db, func(context.Context, pgx.Tx) (nothing, error) { return nothing{}, nil })
			return err
		},
		"batch": func(ctx context.Context) error { return db.Primary().SendBatch(ctx, &pgx.Batch{}).Close() },
	}
	for name, fn := range ask {
		_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, _ pgx.Tx) (nothing, error) {
			if !postgres.InTransaction(ctx) {
				t.Error("the closure's context is not marked")
			}
			return nothing{}, fn(ctx)
		})
		if !errors.Is(err, postgres.ErrInTransaction) {
			t.Errorf("%s: got %v, want ErrInTransaction", name, err)
		}
	}
	if postgres.InTransaction(t.Context()) {
		t.Error("a context outside any transaction is marked")
	}
}

// Nothing of a transaction remains unless all of it does, and a caller is never told otherwise.
func TestTransactionIsAllOrNothing(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	newCounters(t, db)
	for _, statement := range []string{
		"create table pairs (n int references pairs_of deferrable initially deferred)",
	} {
		if _, err := db.Primary().Exec(t.Context(), "create table pairs_of (n int primary key)"); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Primary().Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	set := func(ctx context.Context, tx pgx.Tx) {
		if _, err := tx.Exec(ctx, "update counters set n = 9 where name = 'a'"); err != nil {
			t.Error(err)
		}
	}
	refused := errors.New("refused")
	tests := map[string]struct {
		fn   func(ctx context.Context, tx pgx.Tx) (nothing, error)
		want func(error) bool
	}{
		"an error": {
			func(ctx context.Context, tx pgx.Tx) (nothing, error) { set(ctx, tx); return nothing{}, refused },
			func(err error) bool { return errors.Is(err, refused) },
		},
		"a failure that was overlooked": {
			func(ctx context.Context, tx pgx.Tx) (nothing, error) {
				set(ctx, tx)
				_, _ = tx.Exec(ctx, "select 1/0")
				return nothing{}, nil
			},
			func(err error) bool { return errors.Is(err, pgx.ErrTxCommitRollback) },
		},
		"a constraint checked at commit": {
			func(ctx context.Context, tx pgx.Tx) (nothing, error) {
				set(ctx, tx)
				_, err := tx.Exec(ctx, "insert into pairs values (1)")
				return nothing{}, err
			},
			func(err error) bool {
				return postgres.Violates(err, "pairs_n_fkey") && !errors.Is(err, postgres.ErrCommitUnknown)
			},
		},
		"a rollback of its own": {
			func(ctx context.Context, tx pgx.Tx) (nothing, error) {
				set(ctx, tx)
				return nothing{}, tx.Rollback(ctx)
			},
			func(err error) bool { return err != nil },
		},
	}
	for name, tc := range tests {
		if _, err := postgres.InTx(t.Context(), db, tc.fn); !tc.want(err) {
			t.Errorf("%s: got %v", name, err)
		}
		if n := counted(t, db, "a"); n != 0 {
			t.Fatalf("%s: the change stayed", name)
		}
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (nothing, error) { set(ctx, tx); panic("bug") })
	}()
	ctx, leave := context.WithCancel(t.Context())
	_, err := postgres.InTx(ctx, db, func(ctx context.Context, tx pgx.Tx) (nothing, error) { set(ctx, tx); leave(); return nothing{}, nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the caller has left, got %v", err)
	}
	if n := counted(t, db, "a"); n != 0 {
		t.Error("a change stayed")
	}
}

// A commit whose connection is lost says that nobody knows, even though here it did happen; and it is never run twice.
func TestCommitUnknown(t *testing.T) {
	t.Parallel()
	urls := postgrestest.NewURLs(t)
	direct, err := postgres.Open(t.Context(), postgres.Config{URL: urls.Primary, MaxConns: 2, Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(direct.Close)
	newCounters(t, direct)
	proxied, proxy := throughProxy(t, urls.Primary)
	runs := 0
	_, err = postgres.InTx(t.Context(), proxied, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
		runs++
		if _, err := tx.Exec(ctx, "update counters set n = n + 1 where name = 'a'"); err != nil {
			return nothing{}, err
		}
		proxy.BreakAfter(func(sent []byte) bool { return strings.Contains(string(sent), "commit;") })
		return nothing{}, nil
	})
	if !errors.Is(err, postgres.ErrCommitUnknown) || runs != 1 {
		t.Fatalf("got %v after %d runs, want ErrCommitUnknown after 1", err, runs)
	}
	eventually(t, "the commit that reached the server", func() bool { return counted(t, direct, "a") == 1 })
	if _, err := proxied.Primary().Exec(t.Context(), "select 1"); err != nil {
		t.Errorf("the pool did not recover: %v", err)
	}
}

// A connection that is lost before the commit was sent changed nothing, so the transaction is simply run again.
func TestConnectionLostBeforeCommitIsRunAgain(t *testing.T) {
	t.Parallel()
	urls := postgrestest.NewURLs(t)
	db, _ := throughProxy(t, urls.Primary)
	newCounters(t, db)
	runs := 0
	_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
		runs++
		if runs == 1 {
			if _, err := tx.Exec(ctx, "select pg_terminate_backend(pg_backend_pid())"); err != nil {
				return nothing{}, err
			}
		}
		_, err := tx.Exec(ctx, "update counters set n = n + 1 where name = 'a'")
		return nothing{}, err
	})
	if err != nil || runs != 2 || counted(t, db, "a") != 1 {
		t.Errorf("got %v after %d runs, counted %d", err, runs, counted(t, db, "a"))
	}
}

func throughProxy(t *testing.T, url string) (*postgres.DB, *proxytest.Proxy) {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	addr := hostPort(config)
	proxy := proxytest.New(t, addr)
	db, err := postgres.Open(t.Context(), postgres.Config{
		URL: strings.Replace(url, addr, proxy.Addr, 1), MaxConns: 2, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db, proxy
}
