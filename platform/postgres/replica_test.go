package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// openCluster reads through the replica, or any other URLs, of a cluster to break.
func openCluster(t *testing.T, primary string, replicas ...string) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Config{
		URL: primary, ReplicaURLs: replicas, MaxConns: 5, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func inUse(db *postgres.DB) func() bool {
	return func() bool { return !slices.Contains(db.Usable(), false) }
}
func takenOut(db *postgres.DB) func() bool {
	return func() bool { return !slices.Contains(db.Usable(), true) }
}
func anonymous(t *testing.T) context.Context { return postgres.WithToken(t.Context(), 0) }

// shoppers reads and writes from many sides until stop, which returns the errors they saw. Each reads what it wrote before.
func shoppers(t *testing.T, db *postgres.DB) (stop func() (reads int, failures []error)) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	var reads atomic.Int64
	var mu sync.Mutex
	var failures []error
	failed := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		failures = append(failures, err)
	}
	for range 3 {
		all.Go(func() {
			ctx := postgres.WithToken(ctx, 0)
			between := time.NewTicker(2 * time.Millisecond) // leaves the machine to others
			defer between.Stop()
			for ctx.Err() == nil {
				noteID, err := write(ctx, db, "mine")
				if err != nil {
					failed(fmt.Errorf("write: %w", err))
					return
				}
				// Again and again until a replica has surely had the chance to answer.
				for since := clock.Running(); clock.Running()-since < 200*time.Millisecond && ctx.Err() == nil; reads.Add(1) {
					<-between.C
					if said, err := read(ctx, db, noteID); err != nil || said != "mine" {
						failed(fmt.Errorf("read %q: %w", said, err))
						return
					}
				}
			}
		})
	}
	return func() (int, []error) {
		cancel()
		all.Wait()
		failures = slices.DeleteFunc(failures, func(err error) bool { return errors.Is(err, context.Canceled) })
		return int(reads.Load()), failures
	}
}

// A replica may freeze, stop, lose power, hang or be promoted while shoppers browse: none of them sees an error, or misses what
// they wrote.
func TestReplicaFaultsCostNoError(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.NewCluster(t)
	db := openCluster(t, cluster.Primary.URL(), cluster.Replica.URL())
	newNotes(t, db)
	eventually(t, "the replica to be used", inUse(db))

	noticed := func(t *testing.T, within time.Duration) {
		t.Helper()
		since := clock.Running()
		eventually(t, "the replica to be taken out of use", takenOut(db))
		if took := clock.Running() - since; took > within {
			t.Errorf("noticed after %v, want within %v", took, within)
		}
	}
	faults := []struct {
		name        string
		fault, mend func()
		within      time.Duration // until it must be noticed
		back        bool
	}{
		{"replay frozen", func() { cluster.Replica.Exec("select pg_wal_replay_pause()") },
			func() { cluster.Replica.Exec("select pg_wal_replay_resume()") }, 7 * time.Second, true},
		{"stopped in order", cluster.Replica.Stop, cluster.Replica.Start, time.Second, true},
		{"power lost", cluster.Replica.Kill, cluster.Replica.Start, time.Second, true},
		{"hanging", cluster.Replica.Freeze, cluster.Replica.Thaw, time.Second, true},
		{"promoted", cluster.Replica.Promote, func() {}, time.Second, false},
	}
	for _, f := range faults {
		stop := shoppers(t, db)
		_, before, _ := db.CountedReads()
		eventually(t, "reads from the replica", func() bool { _, now, _ := db.CountedReads(); return now > before+20 })
		f.fault()
		noticed(t, f.within)
		f.mend()
		if f.back {
			eventually(t, "the replica to be used after it was "+f.name, inUse(db))
			_, before, _ := db.CountedReads()
			eventually(t, "reads from the replica again", func() bool { _, now, _ := db.CountedReads(); return now > before+20 })
		}
		reads, failures := stop()
		if len(failures) > 0 {
			t.Fatalf("%s: %d of %d reads failed, the first with: %v", f.name, len(failures), reads, failures[0])
		}
		primary, replica, repeated := db.CountedReads()
		t.Logf("%s: %d reads; in all primary %v, replica %v, repeated %v", f.name, reads, primary, replica, repeated)
	}
	// Promoted and written to on its own, it must not answer any more, however it looks.
	cluster.Replica.Exec("truncate notes")
	for range 50 {
		var n int
		if err := db.Read(anonymous(t)).QueryRow(t.Context(), "select count(*) from notes").Scan(&n); err != nil || n == 0 {
			t.Fatalf("read %d notes, %v", n, err)
		}
	}
}

// A query that is in the way of replay is cancelled by the replica, be it before its first row or after; the caller gets its rows all the same.
func TestRecoveryConflictIsAskedAgain(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]string{
		"before the first row": "select pg_sleep(3)::text || count(*)::text from notes",
		// More than a server holds back, so that the first rows are there before the others.
		"after the first row": "select pg_sleep(0.2)::text || repeat(id::text, 500) from notes",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conflict(t, query)
		})
	}
}

func conflict(t *testing.T, query string) {
	cluster := postgrestest.NewCluster(t)
	db := openCluster(t, cluster.Primary.URL(), cluster.Replica.URL())
	newNotes(t, db)
	ctx := postgres.WithToken(t.Context(), 0)
	for range 10 {
		if _, err := write(ctx, db, "dead soon"); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the replica to show the notes", func() bool {
		var n int
		_, before, _ := db.CountedReads()
		err := db.Read(ctx).QueryRow(ctx, "select count(*) from notes").Scan(&n)
		_, after, _ := db.CountedReads()
		return err == nil && n == 10 && after > before
	})
	_, replica, repeated := db.CountedReads()
	answered := make(chan error, 1)
	go func() {
		rows, err := db.Read(ctx).Query(ctx, query)
		if err == nil {
			_, err = pgx.CollectRows(rows, pgx.RowTo[string])
		}
		answered <- err
	}()
	watch, err := pgx.Connect(t.Context(), cluster.Replica.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = watch.Close(context.WithoutCancel(t.Context())) }()
	eventually(t, "the query to have come to its second row", func() bool {
		var underWay bool
		err := watch.QueryRow(t.Context(), "select exists (select from pg_stat_activity where wait_event = 'PgSleep' and clock_timestamp() - query_start > interval '0.3 s')").Scan(&underWay)
		return err == nil && underWay
	})
	cluster.Primary.Exec("delete from notes")
	cluster.Primary.Exec("vacuum (freeze) notes")
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	if _, nowReplica, nowRepeated := db.CountedReads(); nowRepeated == repeated {
		t.Errorf("the replica answered (%v more) and was not in the way", nowReplica-replica)
	}
}

// A release reads columns that a replica learns of a moment later. That is no error either, and no reason to leave the replica.
func TestReplicaWithoutTheNewSchema(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.NewCluster(t)
	db := openCluster(t, cluster.Primary.URL(), cluster.Replica.URL())
	cluster.Replica.Exec("select pg_wal_replay_pause()")
	newNotes(t, db)
	var n int
	if err := db.Read(anonymous(t)).QueryRow(t.Context(), "select count(*) from notes").Scan(&n); err != nil {
		t.Error(err)
	}
	if takenOut(db)() {
		t.Error("the replica was taken out of use")
	}
	cluster.Replica.Exec("select pg_wal_replay_resume()")
}

// A wrong query is the caller's to hear of, at once and once; and a write that was sent to the reading side is not done.
func TestReadErrors(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	newNotes(t, db)
	ctx := anonymous(t)
	eventually(t, "the replica to have the table", func() bool {
		_, before, _ := db.CountedReads()
		err := db.Read(ctx).QueryRow(ctx, "select count(*) from notes").Scan(new(int))
		_, after, _ := db.CountedReads()
		return err == nil && after > before
	})
	_, _, already := db.CountedReads()
	if err := db.Read(ctx).QueryRow(ctx, "select 1/(select 0)").Scan(new(int)); err == nil || !strings.Contains(err.Error(), "division by zero") {
		t.Errorf("got %v, want division by zero", err)
	}
	if err := db.Read(ctx).QueryRow(ctx, "select 1 where false").Scan(new(int)); !postgres.IsNoRows(err) {
		t.Errorf("got %v, want no rows", err)
	}
	rows, err := db.Read(ctx).Query(ctx, "select generate_series(1, 1000)")
	if err != nil {
		t.Fatal(err)
	}
	if numbers, err := pgx.CollectRows(rows, pgx.RowTo[int]); err != nil || len(numbers) != 1000 || numbers[0] != 1 {
		t.Errorf("collected %d rows, %v", len(numbers), err)
	}
	if _, _, repeated := db.CountedReads(); repeated != already || takenOut(db)() {
		t.Errorf("%v reads were repeated, replicas in use: %v", repeated, db.Usable())
	}
	if err := db.Read(ctx).QueryRow(ctx, "insert into notes values (gen_random_uuid(), 'x') returning said").Scan(new(string)); err == nil {
		t.Error("Read wrote")
	}
	if _, err := db.Read(ctx).Exec(ctx, "delete from notes"); err == nil {
		t.Error("Read deleted")
	}
	if _, err := db.Read(ctx).CopyFrom(ctx, pgx.Identifier{"notes"}, nil, pgx.CopyFromRows(nil)); err == nil {
		t.Error("Read copied")
	}
	if err := db.Read(ctx).SendBatch(ctx, &pgx.Batch{}).Close(); err == nil {
		t.Error("Read sent a batch")
	}
}

// When the primary dies, writes go on at the server that takes over, without a restart of the shop.
func TestFailover(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.NewCluster(t)
	both := fmt.Sprintf("postgres://postgres@%s,%s/postgres?sslmode=disable&target_session_attrs=read-write", cluster.Primary.Addr(), cluster.Replica.Addr())
	db := openCluster(t, both, cluster.Replica.URL())
	newNotes(t, db)
	ctx := postgres.WithToken(t.Context(), 0)
	kept, err := write(ctx, db, "before")
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the replica to have it", func() bool {
		_, before, _ := db.CountedReads()
		_, err := read(ctx, db, kept)
		_, after, _ := db.CountedReads()
		return err == nil && after > before
	})
	cluster.Primary.Kill()
	if said, err := read(ctx, db, kept); err != nil || said != "before" {
		t.Errorf("reads need the primary: %q, %v", said, err)
	}
	cluster.Replica.Promote()
	since := clock.Running()
	eventually(t, "writes to the new primary", func() bool { _, err := write(ctx, db, "after"); return err == nil })
	if took := clock.Running() - since; took > 5*time.Second {
		t.Errorf("writes took %v to come back", took)
	}
	if said, err := read(ctx, db, kept); err != nil || said != "before" {
		t.Errorf("after the failover read %q, %v", said, err)
	}
}

// A planned switch leaves the old primary up and read-only. Its connections are of no use and are left at once.
func TestSwitchover(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.NewCluster(t)
	both := fmt.Sprintf("postgres://postgres@%s,%s/postgres?sslmode=disable&target_session_attrs=read-write", cluster.Primary.Addr(), cluster.Replica.Addr())
	db := openCluster(t, both)
	newNotes(t, db)
	stop := shoppers(t, db)
	cluster.Primary.Exec("alter system set default_transaction_read_only = on")
	cluster.Primary.Exec("select pg_reload_conf()")
	eventually(t, "the old primary to refuse writes", func() bool { _, err := write(t.Context(), db, "refused"); return err != nil })
	stop()
	cluster.Replica.Promote()
	eventually(t, "writes to the new primary", func() bool { _, err := write(t.Context(), db, "after"); return err == nil })
	for range 20 { // every connection, not one of them
		if _, err := write(t.Context(), db, "after"); err != nil {
			t.Fatal(err)
		}
	}
}

// What is configured but cannot be reached, or cannot do its part, stops the start with one line.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	urls := postgrestest.NewURLs(t)
	cluster := postgrestest.NewCluster(t)
	nobody := "postgres://postgres@127.0.0.1:1/postgres"
	tests := map[string]struct {
		cfg  postgres.Config
		want string
	}{
		"no URL":                 {postgres.Config{}, "postgres primary: no URL is configured"},
		"unreachable primary":    {postgres.Config{URL: nobody}, "postgres primary: "},
		"unreachable replica":    {postgres.Config{URL: urls.Primary, ReplicaURLs: []string{urls.Replica, nobody}}, "postgres replica 2: "},
		"a replica as primary":   {postgres.Config{URL: cluster.Replica.URL()}, "postgres primary: "},
		"commits not waited for": {postgres.Config{URL: cluster.Primary.URL() + "&synchronous_commit=off"}, "synchronous_commit is off"},
	}
	for name, tc := range tests {
		tc.cfg.Metrics = prometheus.NewRegistry()
		db, err := postgres.Open(t.Context(), tc.cfg)
		if err == nil {
			db.Close()
			t.Errorf("%s: opened", name)
			continue
		}
		if !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %q", name, err)
		}
	}
}

// A server that has no connection to give at the moment does not end a start.
func TestOpenWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.NewCluster(t)
	cluster.Primary.Exec("create role shop login connection limit 1")
	url := strings.Replace(cluster.Primary.URL(), "postgres@", "shop@", 1)
	first, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(300*time.Millisecond, func() { _ = first.Close(context.Background()) })
	db, err := postgres.Open(t.Context(), postgres.Config{URL: url, MaxConns: 1, Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
}

// Nor does one that is too busy to answer in time.
func TestOpenWaitsForASlowServer(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.NewCluster(t)
	cluster.Primary.Freeze()
	time.AfterFunc(1500*time.Millisecond, cluster.Primary.Thaw) // one attempt is given up by then
	db, err := postgres.Open(t.Context(), postgres.Config{URL: cluster.Primary.URL() + "&connect_timeout=1", Metrics: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
}
