// Package idempotency owns the memory of what callers asked to be done once, so that asking again is answered and not done again.
package idempotency

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/gen/db/platformdb"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

var queries = platformdb.New()

const (
	// remembered is for how long a key is known; callers are promised a day.
	remembered = 48 * time.Hour
	sweepBatch = 1000
)

// ErrKeyReused answers a caller who sends another request under a key that was used. FAILED_PRECONDITION.
var ErrKeyReused = rpc.FailedPrecondition("this idempotency key was used for another request")

var errNoKey = rpc.InvalidArgument("an idempotency key is needed")

// Request is a call's request: its message says which call it is.
type Request interface {
	proto.Message
	GetIdempotencyKey() string
}

// Do runs fn once for each key that the caller uses for a call (processes of the shop are one caller), and returns its answer; asked again with the same request, it returns that answer without running fn.
//
// The key, the request's hash and the answer are written in tx, the transaction that does the work. So nothing is ever in progress:
// a second caller with the same key waits until the first transaction ends. If that one failed nothing is remembered, and the
// second does the work.
func Do[T proto.Message](ctx context.Context, tx pgx.Tx, request Request, fn func() (T, error)) (T, error) {
	var none T
	scope, key, hash, err := read(ctx, request)
	if err != nil {
		return none, err
	}
	now := clock.Now()
	for {
		claimed, err := queries.ClaimKey(ctx, tx, platformdb.ClaimKeyParams{
			Scope: scope, Key: key, RequestHash: hash, CreateTime: now, ExpireTime: now.Add(remembered),
		})
		if err != nil {
			return none, fmt.Errorf("take the idempotency key: %w", err)
		}
		if claimed == 1 {
			break
		}
		answer, found, err := find[T](ctx, tx, scope, key, hash)
		if err != nil || found {
			return answer, err
		}
		// It expired and was swept between the two statements.
	}
	answer, err := fn()
	if err != nil {
		return none, err
	}
	encoded, err := stored(answer)
	if err != nil {
		return none, err
	}
	if err := queries.PutAnswer(ctx, postgres.Later(tx), platformdb.PutAnswerParams{Answer: encoded, Scope: scope, Key: key}); err != nil {
		return none, fmt.Errorf("remember the answer: %w", err)
	}
	return answer, nil
}

// ErrTaken says that a key was used before; Find knows for what, and with what answer.
var ErrTaken = errors.New("the idempotency key was used before")

// Keep writes down in tx what key was used for and what it was answered, where that is known before the work is done. It costs half of what Do does, since it is one
// statement, which is kept back (see postgres.Later). If the key was used before, that fails with ErrTaken, so nothing that tx did stays.
func Keep(ctx context.Context, tx pgx.Tx, request Request, answer proto.Message) error {
	scope, key, hash, err := read(ctx, request)
	if err != nil {
		return err
	}
	stored, err := stored(answer)
	if err != nil {
		return err
	}
	now := clock.Now()
	err = queries.KeepAnswer(ctx, postgres.LaterOr(tx, ErrTaken), platformdb.KeepAnswerParams{
		Scope: scope, Key: key, RequestHash: hash, Answer: stored, CreateTime: now, ExpireTime: now.Add(remembered),
	})
	if err != nil {
		return fmt.Errorf("remember the answer: %w", err)
	}
	return nil
}

func stored(answer proto.Message) ([]byte, error) {
	encoded, err := proto.Marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("remember the answer: %w", err)
	}
	if encoded == nil {
		encoded = []byte{} // an empty answer is an answer
	}
	return encoded, nil
}

// Find looks for the answer to a request that was made before. It is for a quick look before the work that leads up to a
// transaction, and after postgres.ErrCommitUnknown; Do decides. Give it a fresh side: db.Primary().
func Find[T proto.Message](ctx context.Context, db postgres.DBTX, request Request) (answer T, found bool, err error) {
	scope, key, hash, err := read(ctx, request)
	if err != nil {
		return answer, false, err
	}
	return find[T](ctx, db, scope, key, hash)
}

func find[T proto.Message](ctx context.Context, db platformdb.DBTX, scope, key string, hash []byte) (answer T, found bool, err error) {
	row, err := queries.GetAnswer(ctx, db, platformdb.GetAnswerParams{Scope: scope, Key: key})
	switch {
	case postgres.IsNoRows(err):
		return answer, false, nil
	case err != nil:
		return answer, false, fmt.Errorf("look for the idempotency key: %w", err)
	case !bytes.Equal(row.RequestHash, hash):
		return answer, false, ErrKeyReused
	case row.Answer == nil:
		return answer, false, errors.New("an idempotency key was committed without its answer: the error of Do was dropped")
	}
	remembered := answer.ProtoReflect().New().Interface().(T)
	if err := proto.Unmarshal(row.Answer, remembered); err != nil {
		return answer, false, fmt.Errorf("read the remembered answer: %w", err)
	}
	return remembered, true, nil
}

// Sweep forgets keys that nobody needs any more, and returns how many.
func Sweep(ctx context.Context, db *postgres.DB) (int, error) {
	swept := 0
	for {
		n, err := queries.DeleteExpiredKeys(ctx, db.Primary(), platformdb.DeleteExpiredKeysParams{Now: clock.Now(), Batch: sweepBatch})
		swept += int(n)
		if err != nil {
			return swept, fmt.Errorf("sweep idempotency keys: %w", err)
		}
		if n < sweepBatch {
			return swept, nil
		}
	}
}

// read returns the scope that keeps a caller's keys for a call apart from all others, the key in it, and what tells the request from another under that key.
func read(ctx context.Context, request Request) (scope, key string, hash []byte, err error) {
	key = request.GetIdempotencyKey()
	if key == "" {
		return "", "", nil, errNoKey
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(request)
	if err != nil {
		return "", "", nil, fmt.Errorf("hash the request: %w", err)
	}
	who := auth.CallerFrom(ctx)
	if who.Kind == auth.Process {
		who.Subject = "process" // one goes on with what another began, such as an import whose worker died
	}
	sum := sha256.Sum256(body)
	return string(request.ProtoReflect().Descriptor().FullName()) + " " + who.Subject, key, sum[:], nil
}
