package broker

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tradewind-commerce/tradewind/gen/db/platformdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

const (
	measureEvery = 10 * time.Second
	mostCounted  = 10_000 // a queue that is longer reads as this
)

// measures are a broker's metrics. Each process has one broker; of several, the first one's are shown.
type measures struct {
	relayed    prometheus.Counter
	delivered  *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
	due        *prometheus.GaugeVec
	dead       prometheus.Gauge
	outboxAge  prometheus.Gauge
	sent       *prometheus.CounterVec
	connected  prometheus.Gauge
	reopened   *prometheus.CounterVec
	unregister func()
}

func newMeasures() *measures {
	return &measures{
		relayed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tradewind_events_relayed_total", Help: "Events handed out to their consumers.",
		}),
		delivered: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradewind_deliveries_total", Help: "Tries of deliveries by what became of them.",
		}, []string{"consumer", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tradewind_delivery_seconds", Help: "How long one try takes.", Buckets: prometheus.ExponentialBuckets(0.002, 4, 8),
		}, []string{"consumer"}),
		due: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "tradewind_deliveries_due", Help: "Deliveries that wait for a worker, counted to 10000.",
		}, []string{"consumer"}),
		dead: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tradewind_deliveries_dead", Help: "Deliveries that were given up, counted to 10000.",
		}),
		outboxAge: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tradewind_outbox_age_seconds", Help: "How long the oldest event has waited to be handed out.",
		}),
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradewind_messages_sent_total", Help: "Messages by whether the message broker took them.",
		}, []string{"outcome"}),
		connected: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tradewind_broker_connected", Help: "1 while the message broker is connected.",
		}),
		reopened: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradewind_broker_links_reopened_total", Help: "Links to queues that failed, or brought nothing while messages waited.",
		}, []string{"consumer"}),
		unregister: func() {},
	}
}

func (m *measures) register(in prometheus.Registerer) {
	var registered []prometheus.Collector
	for _, c := range []prometheus.Collector{m.relayed, m.delivered, m.seconds, m.due, m.dead, m.outboxAge, m.sent, m.connected, m.reopened} {
		if in.Register(c) == nil {
			registered = append(registered, c)
		}
	}
	m.unregister = func() {
		for _, c := range registered {
			in.Unregister(c)
		}
	}
}

// measure looks at the queues from time to time. Scaling rules and alarms read what it finds.
func (b *Broker) measure(ctx context.Context) {
	for {
		if err := b.measureOnce(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "measure the queues", "error", err)
		}
		if !pause(ctx, jittered(measureEvery)) {
			return
		}
	}
}

func (b *Broker) measureOnce(ctx context.Context) error {
	db, now := b.db.Primary(), clock.Now()
	age := time.Duration(0)
	since, err := queries.OutboxWaitsSince(ctx, db)
	switch {
	case postgres.IsNoRows(err):
	case err != nil:
		return err
	default:
		age = max(0, now.Sub(since))
	}
	b.measures.outboxAge.Set(age.Seconds())
	dead, err := CountDeadLetters(ctx, db, mostCounted)
	if err != nil {
		return err
	}
	b.measures.dead.Set(float64(dead))
	names := make([]string, 0, len(b.consumers))
	for _, c := range b.mine() {
		names = append(names, c.Name)
	}
	queues, err := queries.CountDueDeliveries(ctx, db, platformdb.CountDueDeliveriesParams{Consumers: names, Now: now, Most: mostCounted})
	if err != nil {
		return err
	}
	for _, q := range queues {
		b.measures.due.WithLabelValues(q.Consumer).Set(float64(q.Due))
	}
	return nil
}
