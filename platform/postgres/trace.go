package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// tracer makes a span of each statement of a request that is traced, and costs next to nothing for all others. Spans hold the statement's
// name, never its values.
type tracer struct{ side string }

type statementSpan struct{}

func (t tracer) start(ctx context.Context, name string) context.Context {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return ctx
	}
	ctx, span := parent.TracerProvider().Tracer("postgres").Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("db.system.name", "postgresql"), attribute.String("tradewind.side", t.side)))
	return context.WithValue(ctx, statementSpan{}, span)
}

func (tracer) end(ctx context.Context, err error) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return
	}
	span, ours := ctx.Value(statementSpan{}).(trace.Span)
	if !ours {
		return
	}
	if err != nil {
		code := "failed"
		if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) {
			code = refused.Code // its message may hold values
		}
		span.SetStatus(codes.Error, code)
	}
	span.End()
}

// TraceQueryStart is called by pgx, as are those below.
func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return t.start(ctx, statement{sql: data.SQL}.name())
}

// TraceQueryEnd ends the span when the last row is read.
func (t tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	t.end(ctx, data.Err)
}

// TraceBatchStart opens one span for all statements of a batch, which travel together. It is named by the last: the others were kept back for it.
func (t tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	name := "batch"
	if queries := data.Batch.QueuedQueries; len(queries) > 0 {
		name = statement{sql: queries[len(queries)-1].SQL}.name()
	}
	return t.start(ctx, name)
}

// TraceBatchQuery is told each of them.
func (tracer) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		span.AddEvent(statement{sql: data.SQL}.name())
	}
}

// TraceBatchEnd ends the batch's span.
func (t tracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	t.end(ctx, data.Err)
}

// TraceCopyFromStart opens the span of a copy.
func (t tracer) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceCopyFromStartData) context.Context {
	return t.start(ctx, "copy "+data.TableName.Sanitize())
}

// TraceCopyFromEnd ends it.
func (t tracer) TraceCopyFromEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceCopyFromEndData) {
	t.end(ctx, data.Err)
}
