package postgres_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

// Whoever looks for what made a request slow finds its statements by name, those of a transaction below it; a request that is not traced
// leaves nothing.
func TestStatementsAreTraced(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	recorder := tracetest.NewSpanRecorder()
	sampled := trace.NewTracerProvider(trace.WithSpanProcessor(recorder), trace.WithSampler(trace.AlwaysSample()))
	unsampled := trace.NewTracerProvider(trace.WithSpanProcessor(recorder), trace.WithSampler(trace.NeverSample()))
	wrong := errors.New("no")
	for _, provider := range []*trace.TracerProvider{unsampled, sampled} {
		ctx, page := provider.Tracer("test").Start(t.Context(), "page")
		var one int
		if err := db.Primary().QueryRow(ctx, "-- name: FindOne :one\nselect 1").Scan(&one); err != nil {
			t.Fatal(err)
		}
		if err := db.Read(ctx).QueryRow(ctx, "-- name: ReadNothing :one\nselect 1/(1-$1::int)", 1).Scan(&one); err == nil {
			t.Fatal("divided by zero")
		}
		_, err := postgres.InTx(ctx, db, func(ctx context.Context, tx pgx.Tx) (int, error) {
			_, err := tx.Exec(ctx, "-- name: WriteOne :exec\nselect 1")
			return 0, errors.Join(err, wrong)
		})
		if !errors.Is(err, wrong) {
			t.Fatal(err)
		}
		page.End()
	}
	byName := map[string]trace.ReadOnlySpan{}
	var names []string
	for _, span := range recorder.Ended() {
		byName[span.Name()] = span
		names = append(names, span.Name())
	}
	for _, want := range []string{"page", "FindOne", "ReadNothing", "transaction", "WriteOne"} {
		if byName[want] == nil {
			t.Fatalf("%s is not among %v", want, names)
		}
	}
	if pages := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name != "page" && name != "FindOne" }); len(pages) != 2 {
		t.Errorf("spans %v: the request that is not traced left some", names)
	}
	below := func(child, parent string) {
		t.Helper()
		if byName[child].Parent().SpanID() != byName[parent].SpanContext().SpanID() {
			t.Errorf("%s is not below %s", child, parent)
		}
	}
	below("FindOne", "page")
	below("transaction", "page")
	below("WriteOne", "transaction")
	if failed := byName["ReadNothing"].Status(); failed.Code != codes.Error || failed.Description != "22012" {
		t.Errorf("division by zero is noted as %v", failed)
	}
	if byName["transaction"].Status().Code != codes.Error || byName["FindOne"].Status().Code == codes.Error || byName["page"].Status().Code == codes.Error {
		t.Error("success and failure are mixed up")
	}
}
