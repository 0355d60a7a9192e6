package telemetry

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	collector "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/platform/config"
)

// newTraces makes spans that carry ids into logs and calls; they are kept only where a collector is configured.
func newTraces(settings Settings, service string) (*trace.TracerProvider, error) {
	options := []trace.TracerProviderOption{
		trace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))),
	}
	if settings.OTLPEndpoint == "" {
		return trace.NewTracerProvider(append(options, trace.WithSampler(trace.NeverSample()))...), nil
	}
	if settings.TraceRatio < 0 || settings.TraceRatio > 1 {
		return nil, fmt.Errorf("OTEL_TRACES_SAMPLER_ARG: %v is not from 0 to 1", settings.TraceRatio)
	}
	client, err := newCollectorClient(settings.OTLPEndpoint, settings.OTLPHeaders)
	if err != nil {
		return nil, err
	}
	return trace.NewTracerProvider(append(options,
		trace.WithSampler(trace.ParentBased(trace.TraceIDRatioBased(settings.TraceRatio))),
		trace.WithBatcher(otlptrace.NewUnstarted(client)),
	)...), nil
}

// collectorClient posts spans by OTLP over HTTP. OpenTelemetry's own client does the same but links a whole gRPC
// implementation, some 8 MB in each program.
type collectorClient struct {
	url    string
	header http.Header
	http   *http.Client
}

func newCollectorClient(endpoint string, headers config.Secret) (*collectorClient, error) {
	base, err := url.Parse(endpoint)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: want a URL such as http://localhost:4318")
	}
	client := &collectorClient{
		url:    base.JoinPath("v1/traces").String(),
		header: http.Header{"Content-Type": {"application/x-protobuf"}},
		http:   &http.Client{Timeout: 10 * time.Second},
	}
	for pair := range strings.SplitSeq(headers.Reveal(), ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, found := strings.Cut(pair, "=")
		plain, err := url.PathUnescape(strings.TrimSpace(value))
		if !found || err != nil {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_HEADERS: want key=value, separated by commas")
		}
		client.header.Set(strings.TrimSpace(name), plain)
	}
	return client, nil
}

// Start has nothing to open.
func (c *collectorClient) Start(context.Context) error { return nil }

// Stop lets idle connections go.
func (c *collectorClient) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces sends one batch. A batch that fails is dropped and reported: a shop does not wait for its traces.
func (c *collectorClient) UploadTraces(ctx context.Context, spans []*collector.ResourceSpans) error {
	body, err := proto.Marshal(&collector.TracesData{ResourceSpans: spans}) // on the wire the same as an export request
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header = c.header.Clone()
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // so that the connection is used again
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("send traces: the collector answered %s", response.Status)
	}
	return nil
}
