package rpc

import (
	"context"
	"errors"

	"connectrpc.com/connect/v2"

	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/telemetry"
)

// ErrInTransaction says that a call was tried inside a transaction: it would hold locks for as long as another process pleases.
var ErrInTransaction = errors.New("rpc: no calls inside a transaction; ask before it or tell by event after it")

// ClientInterceptor sends along who is asking, the consistency token, the request id and the trace, and takes the token of the answer home.
// A nil identity sends no X-Process header, as the back office does, which acts only as its staff.
func ClientInterceptor(identity *auth.Identity) connect.ClientInterceptor {
	return func(next connect.ClientFunc) connect.ClientFunc {
		return func(ctx context.Context, spec connect.Spec) (connect.ClientStream, error) {
			if postgres.InTransaction(ctx) {
				return nil, ErrInTransaction
			}
			info, _ := connect.CallInfoForClientContext(ctx)
			header := info.RequestHeader()
			if token := auth.TokenFrom(ctx); token != "" {
				header.Set("Authorization", "Bearer "+token)
			}
			if identity != nil {
				token, err := identity.Token()
				if err != nil {
					return nil, err
				}
				header.Set(processHeader, token)
			}
			if lsn := postgres.Token(ctx); lsn > 0 {
				header.Set(consistencyHeader, lsn.String())
			}
			if request := telemetry.RequestID(ctx); request != "" {
				header.Set(requestIDHeader, request)
			}
			sendTrace(ctx, header)
			stream, err := next(ctx, spec)
			if err != nil {
				return nil, err
			}
			return &clientStream{ClientStream: stream, ctx: ctx, info: info}, nil
		}
	}
}

type clientStream struct {
	connect.ClientStream
	ctx  context.Context
	info *connect.CallInfo
}

func (s *clientStream) Send(message any) error {
	return fromAfar(s.ClientStream.Send(message))
}

func (s *clientStream) Receive(message any) error {
	err := s.ClientStream.Receive(message)
	if lsn, parseErr := postgres.ParseLSN(s.info.ResponseHeader().Get(consistencyHeader)); parseErr == nil {
		postgres.RaiseToken(s.ctx, lsn)
	}
	return fromAfar(err)
}

// fromAfar marks the transport's own errors, such as a refused connection, as a callee's: their words name machines and are not
// for our callers either.
func fromAfar(err error) error {
	var failure *connect.Error
	if errors.As(err, &failure) && !failure.IsRemote() {
		return failure.WithRemote()
	}
	return err
}
