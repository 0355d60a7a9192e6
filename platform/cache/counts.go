package cache

import (
	"context"
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// counts are the cache's metrics.
type counts struct {
	reads *prometheus.CounterVec
	fills prometheus.Counter
	up    prometheus.Gauge
}

func newCounts() counts {
	return counts{
		reads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cache_reads_total",
			Help: "Questions to the cache: hit, absent (kept that there is no answer), miss, error, or skipped while the Valkey is not well.",
		}, []string{"result"}),
		fills: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cache_fills_total",
			Help: "Answers found anew.",
		}),
		up: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "cache_up",
			Help: "Whether the Valkey answers.",
		}),
	}
}

func (c counts) register(registry prometheus.Registerer) {
	if registry != nil {
		registry.MustRegister(c.reads, c.fills, c.up)
	}
}

func (c counts) unregister(registry prometheus.Registerer) {
	if registry != nil {
		registry.Unregister(c.reads)
		registry.Unregister(c.fills)
		registry.Unregister(c.up)
	}
}

func (c counts) hit(found bool) {
	if found {
		c.reads.WithLabelValues("hit").Inc()
	} else {
		c.reads.WithLabelValues("absent").Inc()
	}
}

func (c counts) failed(err error) {
	switch {
	case errors.Is(err, errUnavailable):
		c.reads.WithLabelValues("skipped").Inc()
	case errors.Is(err, context.Canceled): // a visitor left
	default:
		c.reads.WithLabelValues("error").Inc()
	}
}
