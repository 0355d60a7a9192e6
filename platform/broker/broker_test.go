package broker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/tradewind-commerce/tradewind/gen/db/platformdb"
	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

type nothing = struct{}

// happened is the event of these tests: something with a name.
type happened = wrapperspb.StringValue

func publish(t testing.TB, db *postgres.DB, names ...string) {
	t.Helper()
	_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
		for _, name := range names {
			if err := broker.Publish(ctx, tx, wrapperspb.String(name)); err != nil {
				return nothing{}, err
			}
		}
		return nothing{}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// start runs a broker until the test ends, or until stop is called.
func start(t testing.TB, db *postgres.DB, cfg broker.Config, consumers ...broker.Consumer) (stop func()) {
	t.Helper()
	if cfg.Metrics == nil {
		cfg.Metrics = prometheus.NewRegistry()
	}
	b, err := broker.Open(t.Context(), db, cfg, consumers...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan nothing)
	go func() {
		defer close(done)
		b.Run(ctx)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-done
	})
	t.Cleanup(stop)
	return stop
}

// record remembers how often each event was handled.
type record struct {
	mu   sync.Mutex
	seen map[string]int
}

func (r *record) note(name string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = map[string]int{}
	}
	r.seen[name]++
	return r.seen[name]
}

func (r *record) counts() (names, handled int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.seen {
		handled += n
	}
	return len(r.seen), handled
}

func (r *record) has(names int) func() bool {
	return func() bool { n, _ := r.counts(); return n >= names }
}

// noting is a consumer that only takes notes.
func noting(name string, r *record) broker.Consumer {
	return broker.On(name, func(_ context.Context, event *happened) error { r.note(event.GetValue()); return nil })
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	deadline := time.After(60 * time.Second)
	for !is() {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-deadline:
			t.Fatalf("still waiting for %s", what)
		}
	}
}

func count(t testing.TB, db *postgres.DB, what string) (n int) {
	t.Helper()
	if err := db.Primary().QueryRow(t.Context(), "select count(*) from "+what).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func empty(t testing.TB, db *postgres.DB) func() bool {
	return func() bool { return count(t, db, "outbox") == 0 && count(t, db, "deliveries where not dead") == 0 }
}

func named(prefix string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s %d", prefix, i)
	}
	return names
}

// An event is told exactly when it happened: never of work that was rolled back, always of work that was committed.
func TestEventsAreToldWithTheirTransaction(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	var mails, stats record
	start(t, db, broker.Config{}, noting("mails", &mails), noting("stats", &stats))
	called := errors.New("called off")
	_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
		if err := broker.Publish(ctx, tx, wrapperspb.String("called off")); err != nil {
			return nothing{}, err
		}
		return nothing{}, called
	})
	if !errors.Is(err, called) {
		t.Fatal(err)
	}
	publish(t, db, "order 1", "order 2")
	eventually(t, "both consumers", func() bool { return mails.has(2)() && stats.has(2)() })
	eventually(t, "nothing to be left", empty(t, db))
	for name, r := range map[string]*record{"mails": &mails, "stats": &stats} {
		if names, handled := r.counts(); names != 2 || handled != 2 || r.seen["called off"] != 0 {
			t.Errorf("%s handled %v", name, r.seen)
		}
	}
}

// Relays in several processes share the events out; each event reaches each consumer once.
func TestRelaysAtOnce(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	var r record
	const events = 600
	for i := range events / 50 {
		publish(t, db, named(fmt.Sprint("batch ", i), 50)...)
	}
	for range 3 {
		start(t, db, broker.Config{}, noting("counter", &r))
	}
	publish(t, db, "last")
	eventually(t, "the queue to be empty", empty(t, db))
	names, handled := r.counts()
	if names != events+1 || handled != names {
		t.Errorf("%d events were handled %d times, want %d once each", names, handled, events+1)
	}
}

// A relay that dies after taking events and before they are handed out leaves them to the next.
func TestRelayKilledMidway(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	var r record
	stop := start(t, db, broker.Config{}, noting("counter", &r)) // makes the consumer known
	stop()
	publish(t, db, named("event", 20)...)
	_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
		moved, err := platformdb.New().RelayOutbox(ctx, tx, platformdb.RelayOutboxParams{Batch: 100, Now: clock.Now()})
		if err != nil || moved.Events != 20 || moved.Deliveries != 20 {
			return nothing{}, fmt.Errorf("took %+v: %w", moved, err)
		}
		start(t, db, broker.Config{}, noting("counter", &r)) // works beside it, and must not wait for it
		publish(t, db, "another")
		eventually(t, "the other relay to go on", r.has(1))
		return nothing{}, errors.New("killed")
	})
	if err == nil || err.Error() != "killed" {
		t.Fatal(err)
	}
	eventually(t, "all events", r.has(21))
	eventually(t, "nothing to be left", empty(t, db))
	if _, handled := r.counts(); handled != 21 {
		t.Errorf("%d deliveries, want 21", handled)
	}
}

// A worker that dies with a delivery in hand leaves it due again, with the attempt counted; an event that kills every worker is
// given up.
func TestWorkerKilledMidway(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	var r record
	gentle := noting("counter", &r)
	stop := start(t, db, broker.Config{Runs: func(string) bool { return false }}, gentle)
	publish(t, db, "survivor", "killer")
	eventually(t, "the deliveries", func() bool { return count(t, db, "deliveries") == 2 })
	stop()
	die := func() {
		now := clock.Now()
		taken, err := platformdb.New().ClaimDeliveries(t.Context(), db.Primary(), platformdb.ClaimDeliveriesParams{
			Consumers: []string{"counter"}, Rooms: []int32{9}, LostTimes: []time.Time{now.Add(time.Millisecond)}, Now: now,
		})
		if err != nil || len(taken) == 0 {
			t.Fatalf("took %d, %v", len(taken), err)
		}
	}
	die()
	var attempts int
	if err := db.Primary().QueryRow(t.Context(), "select min(attempts) from deliveries").Scan(&attempts); err != nil || attempts != 1 {
		t.Fatalf("%d attempts, %v", attempts, err)
	}
	if _, err := db.Primary().Exec(t.Context(), "update deliveries set attempts = 6 where payload like '%killer%'"); err != nil {
		t.Fatal(err)
	}
	start(t, db, broker.Config{}, gentle)
	eventually(t, "nothing to be left", empty(t, db))
	if names, handled := r.counts(); names != 1 || handled != 1 || r.seen["survivor"] != 1 {
		t.Errorf("handled %v", r.seen)
	}
	if letters := deadLetters(t, db); len(letters) != 1 || !strings.Contains(letters[0].Error, "ended with its worker") {
		t.Errorf("dead: %+v", letters)
	}
}

// A failing delivery is tried again by the schedule, under the same event id, and not at all once it is poison.
func TestRetriesAndPoison(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	var r record
	var mu sync.Mutex
	ids := map[string][]string{}
	consumer := broker.On("moody", func(ctx context.Context, event *happened) error {
		mu.Lock()
		ids[event.GetValue()] = append(ids[event.GetValue()], broker.EventID(ctx))
		mu.Unlock()
		tries := r.note(event.GetValue())
		switch event.GetValue() {
		case "third time lucky":
			if tries < 3 {
				return errors.New("not yet")
			}
		case "poison":
			return fmt.Errorf("wrapped: %w", broker.Poison(errors.New("no such order")))
		case "panic":
			panic("a bug")
		case "never":
			return errors.New("\xff\x00 still not " + strings.Repeat("x", 5000))
		case "slow":
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	})
	consumer.Timeout = 20 * time.Millisecond
	start(t, db, broker.Config{Retries: []time.Duration{time.Millisecond, 2 * time.Millisecond, 3 * time.Millisecond}}, consumer)
	publish(t, db, "third time lucky", "poison", "panic", "never", "slow")
	publish(t, db, named("good", 20)...)
	eventually(t, "nothing to be left", empty(t, db))
	want := map[string]int{"third time lucky": 3, "poison": 1, "panic": 4, "never": 4, "slow": 4}
	for name, n := range want {
		if r.seen[name] != n {
			t.Errorf("%q was tried %d times, want %d", name, r.seen[name], n)
		}
		if len(slices.Compact(slices.Clone(ids[name]))) != 1 || ids[name][0] == "" {
			t.Errorf("%q came under the ids %v", name, ids[name])
		}
	}
	if names, _ := r.counts(); names != 25 {
		t.Errorf("%d events were handled, want 25", names)
	}
	letters := deadLetters(t, db)
	if len(letters) != 4 {
		t.Fatalf("%d are dead, want 4", len(letters))
	}
	for _, letter := range letters {
		text, err := letter.JSON()
		if err != nil {
			t.Error(err)
		}
		name := strings.Trim(text, `"`)
		if int(letter.Attempts) != want[name] || letter.Error == "" || letter.Consumer != "moody" || letter.EventID != ids[name][0] {
			t.Errorf("%s: %+v", name, letter)
		}
	}
}

// A consumer may have pauses of its own between its tries, and then more tries than others.
func TestOwnRetries(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	var r record
	insistent := broker.On("insistent", func(_ context.Context, event *happened) error {
		if r.note(event.GetValue()) < 5 {
			return errors.New("not yet")
		}
		return nil
	})
	insistent.Retries = slices.Repeat([]time.Duration{time.Millisecond}, 4)
	start(t, db, broker.Config{Retries: []time.Duration{time.Hour}}, insistent)
	publish(t, db, "fifth time lucky")
	eventually(t, "nothing to be left", empty(t, db))
	if letters := deadLetters(t, db); len(letters) != 0 || r.seen["fifth time lucky"] != 5 {
		t.Errorf("tried %d times, want 5; dead: %+v", r.seen["fifth time lucky"], letters)
	}
}

// What staff repaired is replayed and done; what they discard is gone; neither touches what is not dead.
func TestReplayAndDiscard(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	var r record
	broken := true
	consumer := broker.On("repaired", func(_ context.Context, event *happened) error {
		if broken {
			return broker.Poison(errors.New("broken"))
		}
		r.note(event.GetValue())
		return nil
	})
	stop := start(t, db, broker.Config{}, consumer)
	publish(t, db, named("event", 5)...)
	eventually(t, "all to be dead", func() bool { return count(t, db, "deliveries where dead") == 5 })
	stop()
	broken = false

	all := deadLetters(t, db)
	if n, err := broker.CountDeadLetters(t.Context(), db.Primary(), 3); n != 3 || err != nil {
		t.Errorf("counted %d, %v, want no further than 3", n, err)
	}
	if n, err := broker.Discard(t.Context(), db.Primary(), all[0].ID); n != 1 || err != nil {
		t.Errorf("discarded %d, %v", n, err)
	}
	if n, err := broker.Replay(t.Context(), db.Primary(), all[0].ID, all[1].ID, all[2].ID); n != 2 || err != nil {
		t.Errorf("replayed %d, %v", n, err)
	}
	if n, err := broker.Discard(t.Context(), db.Primary(), all[1].ID); n != 0 || err != nil {
		t.Errorf("discarded %d that is not dead, %v", n, err)
	}
	start(t, db, broker.Config{}, consumer)
	eventually(t, "the replayed ones", func() bool { return count(t, db, "deliveries") == 2 })
	if names, handled := r.counts(); names != 2 || handled != 2 {
		t.Errorf("handled %v", r.seen)
	}
}

// deadLetters reads the list page by page, and checks its order.
func deadLetters(t *testing.T, db *postgres.DB) (all []broker.DeadLetter) {
	t.Helper()
	var after *broker.DeadLetter
	for {
		page, err := broker.DeadLetters(t.Context(), db.Primary(), after, 2)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if len(page) < 2 {
			break
		}
		after = &page[1]
	}
	if !slices.IsSortedFunc(all, func(a, b broker.DeadLetter) int { return b.DeadTime.Compare(a.DeadTime) }) {
		t.Error("the list is not newest first")
	}
	return all
}

// A handler reads what its event speaks of, though replicas lag: it starts from the event's place in the log.
func TestHandlerSeesWhatHappened(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	if _, err := db.Primary().Exec(t.Context(), "create table things (name text primary key)"); err != nil {
		t.Fatal(err)
	}
	var r record
	consumer := broker.On("reader", func(ctx context.Context, event *happened) error {
		if postgres.Token(ctx) == 0 {
			return broker.Poison(errors.New("no token"))
		}
		var name string
		if err := db.Read(ctx).QueryRow(ctx, "select name from things where name = $1", event.GetValue()).Scan(&name); err != nil {
			return broker.Poison(err)
		}
		r.note(name)
		return nil
	})
	start(t, db, broker.Config{}, consumer)
	for _, name := range named("thing", 100) {
		_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (nothing, error) {
			if _, err := tx.Exec(ctx, "insert into things values ($1)", name); err != nil {
				return nothing{}, err
			}
			return nothing{}, broker.Publish(ctx, tx, wrapperspb.String(name))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "nothing to be left", empty(t, db))
	if names, _ := r.counts(); names != 100 {
		t.Errorf("%d things were seen, want 100; dead: %+v", names, deadLetters(t, db))
	}
}

// A consumer that is stuck holds up nobody else.
func TestStuckConsumerHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	release := make(chan nothing)
	stuck := broker.On("stuck", func(ctx context.Context, _ *happened) error {
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	stuck.Concurrency = 2
	var r record
	start(t, db, broker.Config{}, stuck, noting("free", &r))
	publish(t, db, named("first", 10)...)
	eventually(t, "the free consumer", r.has(10))
	since := clock.Running()
	publish(t, db, "second")
	eventually(t, "the free consumer again", r.has(11))
	if took := clock.Running() - since; took > 2*time.Second {
		t.Errorf("it took %v while another is stuck", took)
	}
	close(release)
	eventually(t, "nothing to be left", empty(t, db))
}

// A process that stops finishes what it has begun; what takes too long is given back as if never taken.
func TestStop(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	began := make(chan nothing, 2)
	quick := broker.On("quick", func(ctx context.Context, _ *happened) error {
		began <- nothing{}
		select {
		case <-time.After(50 * time.Millisecond):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	endless := broker.On("endless", func(ctx context.Context, _ *happened) error {
		began <- nothing{}
		<-ctx.Done()
		return ctx.Err()
	})
	stop := start(t, db, broker.Config{Grace: 300 * time.Millisecond}, quick, endless)
	publish(t, db, "event")
	<-began
	<-began
	since := clock.Running()
	stop()
	if took := clock.Running() - since; took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	var consumer string
	var attempts int
	var due time.Time
	err := db.Primary().QueryRow(t.Context(), "select consumer, attempts, due_time from deliveries").Scan(&consumer, &attempts, &due)
	if err != nil || consumer != "endless" || attempts != 0 || due.After(clock.Now()) {
		t.Errorf("left: %q with %d attempts, due %v, %v", consumer, attempts, due, err)
	}
}

// Consumers that a process knows but does not work for get their deliveries all the same; their own process works them off.
func TestProcessesShareTheConsumers(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	var mails, stats record
	consumers := []broker.Consumer{noting("mails", &mails), noting("stats", &stats)}
	start(t, db, broker.Config{Runs: func(name string) bool { return name == "mails" }}, consumers...)
	publish(t, db, "event")
	eventually(t, "the first process", mails.has(1))
	if stats.has(1)() {
		t.Error("a process worked for a consumer that is not its own")
	}
	start(t, db, broker.Config{Runs: func(name string) bool { return name == "stats" }}, consumers...)
	eventually(t, "the second process", stats.has(1))
	if _, err := broker.Open(t.Context(), db, broker.Config{Metrics: prometheus.NewRegistry()}, consumers[0], consumers[0]); err == nil {
		t.Error("two consumers of one name were taken")
	}
}
