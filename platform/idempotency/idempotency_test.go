package idempotency_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/idempotency"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
)

type answer = wrapperspb.Int64Value

// request is one to pay for something.
type request struct {
	*wrapperspb.StringValue
	key string
}

func (r request) GetIdempotencyKey() string { return r.key }

func ask(key, what string) request { return request{wrapperspb.String(what), key} }

// pay is work that must happen once: it counts how often it did.
type pay struct {
	db   *postgres.DB
	paid atomic.Int64
}

func (p *pay) do(ctx context.Context, key, what string, refuse error) (*answer, error) {
	return postgres.InTx(ctx, p.db, func(ctx context.Context, tx pgx.Tx) (*answer, error) {
		return idempotency.Do(ctx, tx, ask(key, what), func() (*answer, error) {
			if refuse != nil {
				return nil, refuse
			}
			return wrapperspb.Int64(p.paid.Add(1)), nil
		})
	})
}

// A double click, two tabs and a client that retries are one payment, and all of them are told of it.
func TestSameKeyAtOnce(t *testing.T) {
	t.Parallel()
	p := &pay{db: postgrestest.New(t)}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			got, err := p.do(t.Context(), "key", "order 1", nil)
			if err != nil || got.GetValue() != 1 {
				t.Errorf("got %v, %v, want 1", got, err)
			}
		})
	}
	all.Wait()
	if p.paid.Load() != 1 {
		t.Errorf("paid %d times", p.paid.Load())
	}
}

// One key means one request. Another request under it is refused, and another key is another payment.
func TestKeysAndRequests(t *testing.T) {
	t.Parallel()
	p := &pay{db: postgrestest.New(t)}
	steps := []struct {
		key, what string
		want      int64
		code      connect.Code
	}{
		{key: "a", what: "order 1", want: 1},
		{key: "a", what: "order 1", want: 1},
		{key: "a", what: "order 2", code: connect.CodeFailedPrecondition},
		{key: "b", what: "order 2", want: 2},
		{key: "a", what: "order 1", want: 1},
		{key: "", what: "order 3", code: connect.CodeInvalidArgument},
	}
	for i, step := range steps {
		got, err := p.do(t.Context(), step.key, step.what, nil)
		if got.GetValue() != step.want || (step.code == 0) != (err == nil) || err != nil && connect.CodeOf(err) != step.code {
			t.Errorf("step %d: got %v, %v", i, got, err)
		}
	}
	_, err := p.do(t.Context(), "a", "order 3", nil)
	if !errors.Is(err, idempotency.ErrKeyReused) {
		t.Errorf("got %v, want ErrKeyReused", err)
	}
}

// What failed has no effect and is not remembered: the same key may be tried again, also by one who waited for it.
func TestFailuresAreNotRemembered(t *testing.T) {
	t.Parallel()
	p := &pay{db: postgrestest.New(t)}
	declined := errors.New("declined")
	if _, err := p.do(t.Context(), "key", "order 1", declined); !errors.Is(err, declined) {
		t.Fatalf("got %v", err)
	}
	if got, err := p.do(t.Context(), "key", "order 1", nil); err != nil || got.GetValue() != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}

// A quick look finds the answer, knows another request, and nothing where there is nothing.
func TestFind(t *testing.T) {
	t.Parallel()
	p := &pay{db: postgrestest.New(t)}
	find := func(what string) (*answer, bool, error) {
		return idempotency.Find[*answer](t.Context(), p.db.Primary(), ask("key", what))
	}
	if _, found, err := find("order 1"); found || err != nil {
		t.Errorf("found %v, %v before anything was done", found, err)
	}
	if _, err := p.do(t.Context(), "key", "order 1", nil); err != nil {
		t.Fatal(err)
	}
	if got, found, err := find("order 1"); !found || err != nil || got.GetValue() != 1 {
		t.Errorf("got %v, %v, %v", got, found, err)
	}
	if _, found, err := find("order 2"); found || !errors.Is(err, idempotency.ErrKeyReused) {
		t.Errorf("got %v, %v for another request", found, err)
	}
	stranger := auth.WithCaller(t.Context(), auth.Caller{Subject: "stranger"})
	if _, found, err := idempotency.Find[*answer](stranger, p.db.Primary(), ask("key", "order 1")); found || err != nil {
		t.Errorf("another caller's key was found: %v, %v", found, err)
	}
	if _, found, err := idempotency.Find[*answer](t.Context(), p.db.Primary(), &orderv1.CancelOrderRequest{IdempotencyKey: "key"}); found || err != nil {
		t.Errorf("another call's key was found: %v, %v", found, err)
	}
	process := func(name string) context.Context {
		return auth.WithCaller(t.Context(), auth.Caller{Kind: auth.Process, Subject: name})
	}
	if _, err := p.do(process("worker"), "run 1", "order 1", nil); err != nil {
		t.Fatal(err)
	}
	if _, found, err := idempotency.Find[*answer](process("server"), p.db.Primary(), ask("run 1", "order 1")); !found || err != nil {
		t.Errorf("a process that goes on with another's work does it again: %v, %v", found, err)
	}
}

// An answer that is kept is found like one of Do, and whoever comes with its key again, or at once, changes nothing.
func TestKeep(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	if _, err := db.Primary().Exec(t.Context(), "create table paid (what text not null)"); err != nil {
		t.Fatal(err)
	}
	keep := func(what string) error {
		_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
			if _, err := tx.Exec(ctx, "insert into paid values ($1)", what); err != nil {
				return struct{}{}, err
			}
			return struct{}{}, idempotency.Keep(ctx, tx, ask("key", what), wrapperspb.Int64(7))
		})
		return err
	}
	var all sync.WaitGroup
	var done atomic.Int64
	for range 10 {
		all.Go(func() {
			switch err := keep("order 1"); {
			case err == nil:
				done.Add(1)
			case !errors.Is(err, idempotency.ErrTaken):
				t.Errorf("got %v, want ErrTaken", err)
			}
		})
	}
	all.Wait()
	if err := keep("order 2"); !errors.Is(err, idempotency.ErrTaken) {
		t.Errorf("another request under the key: got %v, want ErrTaken", err)
	}
	var paid int
	if err := db.Primary().QueryRow(t.Context(), "select count(*) from paid").Scan(&paid); err != nil || paid != 1 || done.Load() != 1 {
		t.Errorf("paid %d times, %d were told so, %v", paid, done.Load(), err)
	}
	got, found, err := idempotency.Find[*answer](t.Context(), db.Primary(), ask("key", "order 1"))
	if err != nil || !found || got.GetValue() != 7 {
		t.Errorf("found %v, %v, %v", got, found, err)
	}
}

// An answer without content is remembered too, and old keys are forgotten.
func TestEmptyAnswerAndSweep(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	runs := 0
	do := func() error {
		_, err := postgres.InTx(t.Context(), db, func(ctx context.Context, tx pgx.Tx) (*emptypb.Empty, error) {
			return idempotency.Do(ctx, tx, ask("key", ""), func() (*emptypb.Empty, error) {
				runs++
				return &emptypb.Empty{}, nil
			})
		})
		return err
	}
	if err := errors.Join(do(), do()); err != nil || runs != 1 {
		t.Errorf("ran %d times, %v", runs, err)
	}
	if n, err := idempotency.Sweep(t.Context(), db); n != 0 || err != nil {
		t.Errorf("swept %d fresh keys, %v", n, err)
	}
	if _, err := db.Primary().Exec(t.Context(), `
		insert into idempotency_keys (scope, key, request_hash, answer, create_time, expire_time)
		select 'old', n::text, '', '', now() - interval '3 days', now() - interval '1 day' from generate_series(1, 2500) n`); err != nil {
		t.Fatal(err)
	}
	if n, err := idempotency.Sweep(t.Context(), db); n != 2500 || err != nil {
		t.Errorf("swept %d, %v, want 2500", n, err)
	}
	if err := do(); err != nil || runs != 1 {
		t.Errorf("a fresh key was swept: ran %d times, %v", runs, err)
	}
}
