package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// fakePostgres lays out an installation whose programs only tell their version.
func fakePostgres(t *testing.T, dir, version string, without string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range postgresNeeds {
		if name == without {
			continue
		}
		script := "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// The newest PostgreSQL is taken, except for data that another version wrote.
func TestChoosePostgres(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	versions := map[string]string{"14": "14.9", "15": "15.18 (Debian 15.18-0+deb12u1)", "17": "17.2", "18": "18beta1"}
	for folder, version := range versions {
		fakePostgres(t, filepath.Join(root, "usr/lib/postgresql", folder, "bin"), version, "")
	}
	fakePostgres(t, filepath.Join(root, "usr/lib/postgresql/19/bin"), "19.0", "initdb") // only the client's package
	fakePostgres(t, filepath.Join(root, "elsewhere"), "16.1", "")

	all := installations(t.Context(), root, filepath.Join(root, "elsewhere")+":"+filepath.Join(root, "nowhere"))
	var found []int
	for _, i := range all {
		found = append(found, i.version)
	}
	if fmt.Sprint(found) != "[18 17 16 15]" {
		t.Fatalf("found %v, want 18, 17, 16 and 15", found)
	}
	data := t.TempDir()
	if chosen, err := choose(all, data); err != nil || chosen.version != 18 {
		t.Errorf("new data gets %v, %v", chosen, err)
	}
	for wrote, wanted := range map[string]int{"15": 15, "13": 0} {
		if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte(wrote+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if chosen, err := choose(all, data); chosen.version != wanted || (err != nil) != (wanted == 0) {
			t.Errorf("data of %s gets %v, %v", wrote, chosen, err)
		}
	}
	if _, err := choose(nil, data); err == nil {
		t.Error("a PostgreSQL was chosen where there is none")
	}
}

// A path with quotes must reach PostgreSQL as it is.
func TestQuoting(t *testing.T) {
	t.Parallel()
	if got, want := quoted(`o'hara\x`), `'o''hara\\x'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := connInfo(`/o'h`, 8086), `host='/o\'h' port=8086 user=postgres application_name=replica`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Only the tests' data may be lost with the machine's power.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	shop := cluster{name: "primary", port: 8086, socket: "/s", settings: settings{connections: 200}}
	tests := shop
	tests.settings.disposable = true
	if strings.Contains(shop.configuration(), "fsync = off") || !strings.Contains(tests.configuration(), "fsync = off") {
		t.Error("fsync is set the wrong way round")
	}
	if !strings.Contains(tests.configuration(), "shared_buffers = 128MB") || shop.buffers() < 128 || shop.buffers() > 4096 {
		t.Errorf("%d MB are kept of the shop's data, and of a test's:\n%s", shop.buffers(), tests.configuration())
	}
	for _, want := range []string{"synchronous_commit = on", "listen_addresses = '127.0.0.1'", "wal_retrieve_retry_interval = 200ms"} {
		if !strings.Contains(shop.configuration(), want) || !strings.Contains(tests.configuration(), want) {
			t.Errorf("%q is not set", want)
		}
	}
}

// clusters keeps the ports of parallel tests apart.
var clusters atomic.Int32

// realCluster is a primary of the machine's own PostgreSQL, not yet created.
func realCluster(t *testing.T) (*launcher, cluster) {
	t.Helper()
	all := installations(t.Context(), "/", os.Getenv("PATH"))
	if len(all) == 0 {
		t.Skip("there is no PostgreSQL on this machine")
	}
	as, err := serverOwner()
	if err != nil {
		t.Fatal(err)
	}
	l, s := newSite(t, shopStages...)
	for dir := s.path; as != nil && filepath.Base(dir) != filepath.Base(os.TempDir()); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil { // the server's user has to come through
			t.Fatal(err)
		}
	}
	socket, err := l.plainFolder(s, as, "socket")
	if err != nil {
		t.Fatal(err)
	}
	base, err := firstBase(20480+os.Getpid()%100*80+int(clusters.Add(1))*20, busy)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop() })
	return l, cluster{site: s, name: "primary", programs: all[0].programs, as: as, socket: socket, port: base + portPrimary,
		settings: settings{connections: 20, disposable: true}}
}

// Whatever happens to a replica or to half-made data, the next start heals it and what was stored is still there.
func TestClustersHeal(t *testing.T) {
	t.Parallel()
	l, primary := realCluster(t)
	ctx := t.Context()
	replica := primary
	replica.name, replica.port = "replica", primary.port+1
	replica.settings.follows = connInfo(primary.socket, primary.port)

	// An initdb that died leaves a folder that only looks like data.
	for _, dir := range []string{primary.data() + ".new", primary.data()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := primary.create(ctx); err != nil {
		t.Fatal(err)
	}
	running, err := primary.start(ctx, primaryPatience)
	if err != nil {
		t.Fatal(err)
	}
	if err := primary.prepareDatabase(ctx, "secret"); err != nil {
		t.Fatal(err)
	}
	if err := primary.prepareDatabase(ctx, "other"); err != nil {
		t.Fatalf("repeating it: %v", err)
	}
	if _, err := primary.sql(ctx, appName, "create table kept as select 7 as number"); err != nil {
		t.Fatal(err)
	}
	follower, err := l.follow(ctx, replica, primary)
	if err != nil {
		t.Fatal(err)
	}
	follows := func(after string) {
		t.Helper()
		if number, err := replica.sql(ctx, appName, "select number from kept"); err != nil || number != "7" {
			t.Errorf("after %s the replica holds %q, %v", after, number, err)
		}
		if alone, err := replica.sql(ctx, appName, "select pg_is_in_recovery()"); err != nil || alone != "t" {
			t.Errorf("after %s the replica is no replica: %q, %v", after, alone, err)
		}
	}
	follows("its first copy")

	if _, err := replica.sql(ctx, "postgres", "select pg_promote()"); err != nil {
		t.Fatal(err)
	}
	replica.site.end(follower.record, 5*time.Second)
	if follower, err = l.follow(ctx, replica, primary); err != nil {
		t.Fatal(err)
	}
	follows("a promotion")

	replica.site.end(follower.record, 5*time.Second)
	if err := os.RemoveAll(filepath.Join(replica.data(), "pg_wal")); err != nil {
		t.Fatal(err)
	}
	if follower, err = l.follow(ctx, replica, primary); err != nil {
		t.Fatal(err)
	}
	follows("the loss of its files")

	// A crash of everything leaves locks whose process ids may be anyone's today.
	killGroup(running.PID)
	killGroup(follower.PID)
	<-running.exited
	<-follower.exited
	if _, err := primary.start(ctx, primaryPatience); err != nil {
		t.Fatalf("after a crash: %v", err)
	}
	if _, err := l.follow(ctx, replica, primary); err != nil {
		t.Fatalf("after a crash: %v", err)
	}
	follows("a crash")
}

// What a killed launcher started but did not record is found and stopped with the rest.
func TestOrphansAreAdopted(t *testing.T) {
	t.Parallel()
	l, primary := realCluster(t)
	if err := primary.create(t.Context()); err != nil {
		t.Fatal(err)
	}
	p, err := primary.start(t.Context(), primaryPatience)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(primary.site.recordPath("primary")); err != nil {
		t.Fatal(err)
	}
	if err := l.adoptOrphans(primary.site); err != nil {
		t.Fatal(err)
	}
	if found, running := primary.site.running("primary"); !running || found.PID != p.PID {
		t.Errorf("adopted %v, %v", found, running)
	}
	primary.site.stop()
	<-p.exited
}
