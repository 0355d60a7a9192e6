package postgres

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// counts are a DB's metrics. Each process opens one DB; of several with the same app name, the first one's are shown.
type counts struct {
	readsPrimary, readsReplica, readsRepeated, repeats prometheus.Counter
	ejections                                          *prometheus.CounterVec
	committed, rolledBack                              prometheus.Observer
	transactions                                       *prometheus.HistogramVec
	unregister                                         func()
}

func newCounts() *counts {
	reads := func(side string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tradewind_postgres_reads_total", Help: "Reads by the side that answered.",
			ConstLabels: prometheus.Labels{"side": side},
		})
	}
	transactions := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "tradewind_postgres_transaction_seconds", Help: "Time that transactions held a connection to the primary, by how they ended.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60},
	}, []string{"end"})
	return &counts{
		transactions: transactions, committed: transactions.WithLabelValues("commit"), rolledBack: transactions.WithLabelValues("rollback"),
		readsPrimary: reads("primary"),
		readsReplica: reads("replica"),
		readsRepeated: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tradewind_postgres_reads_repeated_total", Help: "Reads that failed on a replica and were asked again on the primary.",
		}),
		repeats: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tradewind_postgres_transactions_repeated_total", Help: "Transactions run again after losing against another.",
		}),
		ejections: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tradewind_postgres_replica_ejections_total", Help: "Times a replica was taken out of use.",
		}, []string{"replica", "reason"}),
		unregister: func() {},
	}
}

func (c *counts) transaction(took time.Duration, err error) {
	if err != nil {
		c.rolledBack.Observe(took.Seconds())
		return
	}
	c.committed.Observe(took.Seconds())
}

func (db *DB) register(cfg Config) {
	in := prometheus.WrapRegistererWith(prometheus.Labels{"app": cfg.AppName}, cfg.Metrics)
	all := []prometheus.Collector{
		db.counts.readsPrimary, db.counts.readsReplica, db.counts.readsRepeated, db.counts.repeats, db.counts.transactions, db.counts.ejections, pools{db},
	}
	var registered []prometheus.Collector
	db.counts.unregister = func() {
		for _, c := range registered {
			in.Unregister(c)
		}
	}
	for _, c := range all {
		if in.Register(c) == nil {
			registered = append(registered, c)
		}
	}
}

// pools reads the pools' state when metrics are asked for.
type pools struct{ db *DB }

var (
	sideLabels = []string{"side", "server"}

	connsDesc = prometheus.NewDesc("tradewind_postgres_connections", "Connections by state.", append([]string{"state"}, sideLabels...), nil)
	maxDesc   = prometheus.NewDesc("tradewind_postgres_connections_max", "Connections the pool may open.", sideLabels, nil)
	takenDesc = prometheus.NewDesc("tradewind_postgres_acquires_total", "Connections taken from the pool.", sideLabels, nil)
	queueDesc = prometheus.NewDesc("tradewind_postgres_acquires_queued_total", "Connections that had to be waited for.", sideLabels, nil)
	waitDesc  = prometheus.NewDesc("tradewind_postgres_acquire_wait_seconds_total", "Time spent waiting for connections.", sideLabels, nil)
	lagDesc   = prometheus.NewDesc("tradewind_postgres_replica_lag_seconds", "For how long the replica has had something to replay.", []string{"replica"}, nil)
	usedDesc  = prometheus.NewDesc("tradewind_postgres_replica_usable", "1 while the replica answers reads.", []string{"replica"}, nil)
)

// Describe sends the metrics' descriptions.
func (pools) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connsDesc, maxDesc, takenDesc, queueDesc, waitDesc, lagDesc, usedDesc} {
		out <- d
	}
}

// Collect sends the pools' and replicas' present state.
func (p pools) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	side := func(role string, s *server) {
		stat := s.pool.Stat()
		gauge(connsDesc, float64(stat.AcquiredConns()), "acquired", role, s.name)
		gauge(connsDesc, float64(stat.IdleConns()), "idle", role, s.name)
		gauge(maxDesc, float64(stat.MaxConns()), role, s.name)
		count(takenDesc, float64(stat.AcquireCount()), role, s.name)
		count(queueDesc, float64(stat.EmptyAcquireCount()), role, s.name)
		count(waitDesc, stat.EmptyAcquireWaitTime().Seconds(), role, s.name)
	}
	side("primary", p.db.primary)
	seen := map[string]bool{} // one server given twice is shown once
	for _, r := range p.db.replicas {
		if seen[r.name] {
			continue
		}
		seen[r.name] = true
		side("replica", r.server)
		gauge(lagDesc, time.Duration(r.lag.Load()).Seconds(), r.name)
		usable := 0.0
		if r.usable.Load() {
			usable = 1
		}
		gauge(usedDesc, usable, r.name)
	}
}
