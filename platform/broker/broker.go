// Package broker owns how the shop tells by event: facts are written to the outbox in the transaction that made them true, handed
// out to each consumer as a delivery, worked off at least once and in no order, tried again on a schedule, and shown to staff
// when that does not help.
//
// The deliveries table is the queue. With a message broker each delivery also goes to its consumer's own durable queue, so that
// workers need not ask the database for work; the table still says what is left to do.
package broker

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/gen/db/platformdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

var queries = platformdb.New()

// Config says how events travel. Zero values mean the defaults given here.
type Config struct {
	// URL is a message broker's: amqp:// or amqps://. Without one, workers take deliveries from the database.
	URL string
	// Dialect is the broker's form of addresses: rabbit3, rabbit4 or activemq. It is recognised when it is empty.
	Dialect string
	// QueuePrefix stands before a consumer's name in the name of its queue: "tradewind.".
	QueuePrefix string

	// Runs chooses the consumers that this process works for: all. The others are known to it, so that it hands events out to them.
	Runs func(consumer string) bool

	// Retries are the pauses before each further try: 10 s, 1 min, 10 min, 1 h and 6 h. After the last a delivery is dead.
	Retries []time.Duration
	// Resend is after how long a message that no consumer has begun is sent again: 15 min.
	Resend time.Duration
	// Stall is how long a link may bring nothing, while messages wait for it, before it is opened anew: 30 s.
	Stall time.Duration
	// Grace is how long Run waits for the work in hand before it is stopped: 8 s.
	Grace time.Duration

	// Metrics is where metrics are registered: the default registry.
	Metrics prometheus.Registerer
}

func (c Config) withDefaults() Config {
	c.QueuePrefix = cmp.Or(c.QueuePrefix, "tradewind.")
	if c.Runs == nil {
		c.Runs = func(string) bool { return true }
	}
	if c.Retries == nil {
		c.Retries = []time.Duration{10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour}
	}
	c.Resend = cmp.Or(c.Resend, 15*time.Minute)
	c.Stall = cmp.Or(c.Stall, 30*time.Second)
	c.Grace = cmp.Or(c.Grace, 8*time.Second)
	if c.Metrics == nil {
		c.Metrics = prometheus.DefaultRegisterer
	}
	return c
}

const (
	// forgotten is after how long a consumer that no program has known gets no more events.
	forgotten = 30 * 24 * time.Hour
	// seenEvery is how often a program says which consumers it knows.
	seenEvery = time.Hour
)

// Broker relays events and works deliveries off. Any number of them, in any number of processes, share the work.
type Broker struct {
	db        *postgres.DB
	cfg       Config
	consumers []*Consumer // all that are known
	measures  *measures
	handedOut bell // rung when there are new deliveries

	first *connection // opened by Open, so that a wrong URL stops the start

	work     context.Context // what handlers run under; ends after the grace
	stopWork context.CancelFunc
	handlers sync.WaitGroup
}

// Open makes the consumers known and, where a message broker is configured, connects to it and declares their queues. Pass every
// consumer there is, also in a process that works for a few.
func Open(ctx context.Context, db *postgres.DB, cfg Config, consumers ...Consumer) (*Broker, error) {
	cfg = cfg.withDefaults()
	b := &Broker{db: db, cfg: cfg, measures: newMeasures()}
	b.work, b.stopWork = context.WithCancel(context.WithoutCancel(ctx))
	for _, c := range consumers {
		if slices.ContainsFunc(b.consumers, func(other *Consumer) bool { return other.Name == c.Name }) {
			return nil, fmt.Errorf("broker: two consumers are named %q", c.Name)
		}
		b.consumers = append(b.consumers, c.ready())
	}
	if err := b.subscribe(ctx); err != nil {
		return nil, fmt.Errorf("broker: make consumers known: %w", err)
	}
	if cfg.URL != "" {
		conn, err := b.connect(ctx)
		if err != nil {
			return nil, fmt.Errorf("broker: %w", oneLine(err))
		}
		b.first = conn
	}
	b.measures.register(cfg.Metrics)
	return b, nil
}

// Run relays events and works deliveries off until ctx ends. Then it takes no more, waits for the work in hand and, after the grace,
// stops it; what was stopped is done again elsewhere.
func (b *Broker) Run(ctx context.Context) {
	var loops sync.WaitGroup
	loops.Go(func() { b.relay(ctx) })
	loops.Go(func() { b.keepKnown(ctx) })
	loops.Go(func() { b.measure(ctx) })
	if b.cfg.URL == "" {
		loops.Go(func() { b.dispatch(ctx) })
	} else {
		loops.Go(func() { b.superviseConnection(ctx) })
	}
	<-ctx.Done()
	grace := time.AfterFunc(b.cfg.Grace, b.stopWork)
	loops.Wait()
	b.handlers.Wait()
	grace.Stop()
	b.stopWork()
	b.measures.unregister()
}

// mine returns the consumers that this process works for.
func (b *Broker) mine() []*Consumer {
	return slices.DeleteFunc(slices.Clone(b.consumers), func(c *Consumer) bool { return !b.cfg.Runs(c.Name) })
}

func (b *Broker) subscribe(ctx context.Context) error {
	known := platformdb.SubscribeParams{Now: clock.Now()}
	for _, c := range b.consumers {
		known.Consumers = append(known.Consumers, c.Name)
		known.Topics = append(known.Topics, c.Topic)
	}
	return queries.Subscribe(ctx, b.db.Primary(), known)
}

func (b *Broker) keepKnown(ctx context.Context) {
	for pause(ctx, jittered(seenEvery)) {
		if err := b.subscribe(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "make consumers known", "error", err)
		}
	}
}
