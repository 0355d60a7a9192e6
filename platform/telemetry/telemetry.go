// Package telemetry owns what a process says about itself: logs, metrics and traces.
package telemetry

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/tradewind-commerce/tradewind/platform/config"
)

// Settings is what can be configured. Embed it in a program's settings.
type Settings struct {
	LogLevel     slog.Level    `name:"log-level" env:"LOG_LEVEL" default:"info" help:"Least important lines to log: debug, info, warn or error."`
	OTLPEndpoint string        `name:"otlp-endpoint" env:"OTEL_EXPORTER_OTLP_ENDPOINT" help:"Where traces are sent by OTLP over HTTP, such as http://localhost:4318. None: traces are not kept."`
	OTLPHeaders  config.Secret `name:"otlp-headers" env:"OTEL_EXPORTER_OTLP_HEADERS" help:"Headers for the trace collector: key=value, separated by commas, values URL-encoded."`
	TraceRatio   float64       `name:"trace-ratio" env:"OTEL_TRACES_SAMPLER_ARG" default:"0.1" help:"Part of requests to trace, from 0 to 1. A caller's decision is kept."`
}

// Telemetry is a process's logger, metrics and traces.
type Telemetry struct {
	// Log writes JSON lines with the request id and the trace id of the context they are logged under.
	Log *slog.Logger
	// Registry holds the process's metrics. Packages register theirs here.
	Registry *prometheus.Registry
	// Traces makes spans. It is also OpenTelemetry's global provider.
	Traces *trace.TracerProvider
}

// Start sets a process up and makes its logger, trace provider and propagation the defaults. The service names it in traces.
func Start(settings Settings, service string, log io.Writer) (*Telemetry, error) {
	t := &Telemetry{Log: NewLogger(log, settings.LogLevel), Registry: prometheus.NewRegistry()}
	t.Registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewBuildInfoCollector(),
	)
	traces, err := newTraces(settings, service)
	if err != nil {
		return nil, err
	}
	t.Traces = traces
	slog.SetDefault(t.Log)
	otel.SetTracerProvider(t.Traces)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { t.Log.Warn("telemetry", "error", err) }))
	return t, nil
}

// Metrics serves the registry to Prometheus.
func (t *Telemetry) Metrics() http.Handler {
	return promhttp.HandlerFor(t.Registry, promhttp.HandlerOpts{Registry: t.Registry})
}

// stopTimeout is what a stop may spend on traces, after all that shoppers need is done.
const stopTimeout = time.Second

// Stop sends the traces that are left, if the collector takes them in time.
func (t *Telemetry) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := t.Traces.Shutdown(ctx); err != nil {
		t.Log.WarnContext(ctx, "the last traces were not sent", "error", err)
	}
}
