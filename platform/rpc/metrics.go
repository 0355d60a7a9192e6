package rpc

import (
	"strings"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct{ seconds *prometheus.HistogramVec }

func newMetrics(registry prometheus.Registerer) metrics {
	m := metrics{prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "tradewind_rpc_seconds",
		Help:    "Time that calls took in this process, by method and code.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"method", "code"})}
	if registry != nil {
		registry.MustRegister(m.seconds)
	}
	return m
}

func (m metrics) observe(spec connect.Spec, err error, took time.Duration) {
	code := "ok"
	if err != nil {
		code = connect.CodeOf(err).String()
	}
	m.seconds.WithLabelValues(strings.TrimPrefix(spec.Procedure, "/"), code).Observe(took.Seconds())
}
