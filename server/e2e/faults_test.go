package e2e

import (
	"context"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/platform/proxytest"
)

// fragile is a shop spread over many processes, whose dependencies can be broken one by one.
type fragile struct {
	*shop
	cluster       *postgrestest.Cluster
	cache, broker *proxytest.Proxy
}

func openFragile(t *testing.T) *fragile {
	t.Helper()
	f := &fragile{cluster: postgrestest.NewCluster(t)}
	f.enlarge()
	f.loadSample(t)
	cacheURL, brokerURL := needed(t, "TEST_VALKEY_URL"), needed(t, "TEST_AMQP_URL")
	f.cache, f.broker = proxytest.New(t, hostOf(t, cacheURL)), proxytest.New(t, hostOf(t, brokerURL))
	f.shop = open(t, spread, func(process string) []string {
		if strings.HasPrefix(process, "admin") || process == "sandbox" {
			return nil
		}
		return []string{
			"DATABASE_URL=" + f.cluster.Primary.URL(), "DATABASE_REPLICA_URLS=" + f.cluster.Replica.URL(),
			"VALKEY_URL=" + strings.Replace(cacheURL, hostOf(t, cacheURL), f.cache.Addr, 1),
			"AMQP_URL=" + strings.Replace(brokerURL, hostOf(t, brokerURL), f.broker.Addr, 1),
		}
	})
	return f
}

func hostOf(t testing.TB, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := net.SplitHostPort(parsed.Host); err != nil {
		t.Fatal(err)
	}
	return parsed.Host
}

// enlarge lets as many connect as a shop of twenty processes needs. A replica must allow no fewer than its primary, so it comes first.
func (f *fragile) enlarge() {
	for _, server := range []*postgrestest.Server{f.cluster.Replica, f.cluster.Primary} {
		server.Exec("alter system set max_connections = 250")
		server.Stop()
		server.Start()
	}
}

// loadSample copies the sample shop into the cluster.
func (f *fragile) loadSample(t *testing.T) {
	t.Helper()
	sample := copySample(t)
	dump := exec.Command(programOf(t, "pg_dump"), sample.Primary)
	load := exec.Command(programOf(t, "psql"), "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", f.cluster.Primary.URL())
	var err error
	if load.Stdin, err = dump.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := dump.Start(); err != nil {
		t.Fatal(err)
	}
	if said, err := load.CombinedOutput(); err != nil {
		t.Fatalf("load the sample: %v\n%s", err, said)
	}
	if err := dump.Wait(); err != nil {
		t.Fatal(err)
	}
}

// programOf finds one of PostgreSQL's programs.
func programOf(t testing.TB, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil || len(found) == 0 {
		t.Fatalf("there is no %s on this machine", name)
	}
	return found[len(found)-1]
}

// fault is something that breaks and is mended.
type fault struct {
	name   string
	strike func()
	mend   func()
	// inUse says, before, that the shop leans on what will break, and struck, after, that it was felt. Nil: nobody can tell.
	inUse, struck func() bool
	// span is for how long it lasts at least; orders is how many are placed meanwhile.
	span   time.Duration
	orders int
}

// Whatever the shop leans on fails, each alone, while people buy: nobody sees an error, no order is lost or doubled, no money either, and
// when it is mended everything that was to be told is told.
func faults(t *testing.T, f *fragile) {
	f.stockUp(t, 100_000, f.column(t, "select variant_id::text from stock_items where on_hand > 0")...)
	span, orders, brokerAway := 3*time.Second, 4, 8*time.Second
	if full {
		span, orders, brokerAway = 20*time.Second, 50, 60*time.Second
	}
	replica := f.cluster.Replica
	provider := func(name, script string) fault {
		return fault{
			name: name, span: span, orders: orders, strike: func() { f.script(t, script) }, mend: func() { f.script(t, "") },
			struck: func() bool { return f.played(t) > 0 },
		}
	}
	all := []fault{
		{name: "nothing fails", orders: orders, strike: func() {}, mend: func() {}},
		{name: "the replica is killed", span: span, orders: orders, strike: replica.Kill, mend: replica.Start, inUse: f.readsReplica(t)},
		{name: "the replica stops answering", span: span, orders: orders, strike: replica.Freeze, mend: replica.Thaw, inUse: f.readsReplica(t)},
		{
			name: "the replica is ten seconds behind", span: max(span, 12*time.Second), orders: orders,
			strike: func() { f.delay(t, "10s") }, mend: func() { f.delay(t, "0") }, inUse: f.readsReplica(t), struck: f.behind(t),
		},
		{
			name: "the cache is away", span: span, orders: orders, strike: f.cache.Cut, mend: f.cache.Restore,
			inUse: func() bool { return f.cache.Connections() > 0 }, struck: func() bool { return f.cache.Connections() == 0 },
		},
		{
			name: "the broker is away", span: brokerAway, orders: orders, strike: f.broker.Cut, mend: f.broker.Restore,
			inUse: func() bool { return f.broker.Connections() > 0 }, struck: func() bool { return f.broker.Connections() == 0 },
		},
		provider("the provider charges and does not answer", `{"pay": "charge_then_hang", "percent": 50, "seed": 7}`),
		provider("the provider opens a payment and does not answer", `{"create": "hang_after", "count": 2}`),
		provider("the provider answers with errors for good", `{"create": "500_replayed", "count": 2}`),
		provider("the provider's messages come twice, late and in any order", `{"webhook": {"duplicate": 3, "delay_ms": 3000, "shuffle": true}}`),
		provider("the provider's messages are lost", `{"webhook": {"drop": true}, "get": "500", "percent": 20, "seed": 3}`),
	}
	if full { // what they had in hand counts as lost after a minute
		all = append(all, fault{
			name: "the workers are killed", span: span, orders: orders,
			strike: func() { f.kill("worker1"); f.kill("worker2") }, mend: func() { f.restart("worker1"); f.restart("worker2") },
		})
	}
	for _, fault := range all {
		t.Run(fault.name, func(t *testing.T) { f.suffer(t, fault) })
		if t.Failed() {
			return // what comes after would only fail for the same reason
		}
	}
}

func (f *fragile) suffer(t *testing.T, fault fault) {
	b := f.invite(t, 3)
	b.more(t, 1)
	if fault.inUse != nil {
		await(t, "the shop to lean on what will break", fault.inUse)
	}
	since := time.Now()
	fault.strike()
	mended := false
	defer func() {
		if !mended {
			fault.mend()
		}
	}()
	b.more(t, fault.orders)
	await(t, "the fault to last", func() bool { return time.Since(since) >= fault.span })
	if fault.struck != nil && !fault.struck() {
		t.Error("the fault was not felt")
	}
	fault.mend()
	mended = true
	b.more(t, 1)
	b.sendHome()
	t.Logf("%d orders paid, %d left while the payment was looked into, slowest page of a shopper %v", b.paid, b.open, b.slowest.Round(time.Millisecond))
	if len(b.failures) > 0 || b.cut > 0 {
		t.Errorf("%d shoppers saw a broken connection, %d an error:\n%s", b.cut, len(b.failures), strings.Join(b.failures, "\n"))
	}
	f.check(t, b.told.file(t))
}

// readsReplica says whether anything is read from the replica meanwhile.
func (f *fragile) readsReplica(t *testing.T) func() bool {
	return func() bool {
		return f.ask(t, f.cluster.Replica.URL(), "select count(*) from pg_stat_activity where usename = 'postgres' and application_name in ('server', 'worker')") > 0
	}
}

// behind says whether the replica shows older things than the primary.
func (f *fragile) behind(t *testing.T) func() bool {
	return func() bool {
		return f.ask(t, f.cluster.Replica.URL(), "select count(*) from orders") < f.ask(t, f.cluster.Primary.URL(), "select count(*) from orders")
	}
}

// ask counts.
func (f *fragile) ask(t *testing.T, database, query string) (n int) {
	t.Helper()
	f.query(t, database, query, func(ctx context.Context, conn *pgx.Conn) error { return conn.QueryRow(ctx, query).Scan(&n) })
	return n
}

// delay holds the replica behind its primary.
func (f *fragile) delay(t *testing.T, span string) {
	for _, statement := range []string{"alter system set recovery_min_apply_delay = '" + span + "'", "select pg_reload_conf()"} {
		f.query(t, f.cluster.Replica.URL(), statement, func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, statement)
			return err
		})
	}
}

// query runs a statement over a connection of its own, and over a new one until it succeeds: a replica may cancel what it
// is asked because of what it replays, and may close the connection with it.
func (f *fragile) query(t *testing.T, database, statement string, run func(context.Context, *pgx.Conn) error) {
	t.Helper()
	var err error
	defer func() {
		if err != nil {
			t.Logf("%s: %v", statement, err)
		}
	}()
	await(t, statement, func() bool {
		var conn *pgx.Conn
		if conn, err = pgx.Connect(t.Context(), database); err != nil {
			return false
		}
		defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
		err = run(t.Context(), conn)
		return err == nil
	})
}
