package rpc

import (
	"context"
	"strings"

	"connectrpc.com/connect/v2"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// startSpan opens the span of a call that is served. Its parent is the span that the context holds: the caller's in the same process, or the
// request's that came through the public port, where strangers name no parents. Else it is the span that the headers name.
func startSpan(ctx context.Context, spec connect.Spec, header *connect.Header) (context.Context, trace.Span) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		ctx = propagation.TraceContext{}.Extract(ctx, carrier{header})
	}
	return otel.Tracer("rpc").Start(ctx, strings.TrimPrefix(spec.Procedure, "/"), trace.WithSpanKind(trace.SpanKindServer))
}

// endSpan closes it with the code that the caller is told.
func endSpan(span trace.Span, err error) {
	if err != nil && span.IsRecording() {
		code := connect.CodeOf(err)
		span.SetAttributes(attribute.String("rpc.connect_rpc.error_code", code.String()))
		if isOurFault(code) {
			span.SetStatus(codes.Error, code.String())
		}
	}
	span.End()
}

// isOurFault tells what somebody should look into from what callers are told every day.
func isOurFault(code connect.Code) bool {
	switch code {
	case connect.CodeInternal, connect.CodeUnknown, connect.CodeUnavailable, connect.CodeDeadlineExceeded, connect.CodeDataLoss:
		return true
	}
	return false
}

// sendTrace puts the caller's span on a call, for a callee in another process.
func sendTrace(ctx context.Context, header *connect.Header) {
	propagation.TraceContext{}.Inject(ctx, carrier{header})
}

// carrier lets OpenTelemetry read and write the headers of a call.
type carrier struct{ *connect.Header }

func (c carrier) Keys() []string {
	keys := make([]string, 0, c.Len())
	for key := range c.All() {
		keys = append(keys, key)
	}
	return keys
}
