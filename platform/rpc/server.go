package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"buf.build/go/protovalidate"
	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectproto"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"

	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/telemetry"
)

// Headers that travel with every call beside Authorization.
const (
	processHeader     = "X-Process"
	consistencyHeader = "Consistency-Token"
	requestIDHeader   = "X-Request-Id"
)

// ServerConfig is what the server side of calls needs.
type ServerConfig struct {
	// Tokens verifies the Authorization header.
	Tokens *auth.Verifier
	// Identity verifies the X-Process header.
	Identity *auth.Identity
	Log      *slog.Logger
	// Metrics takes the counts of calls; nil keeps none.
	Metrics prometheus.Registerer
}

// ServerInterceptor is everything that happens between the wire and a handler. It is one function, so that its order can be read:
// request id, span, recovery and error codes; deadline; caller; policy; consistency token; and, as the message is read, validation.
func ServerInterceptor(cfg ServerConfig) connect.ServerInterceptor {
	metrics := newMetrics(cfg.Metrics)
	return func(next connect.ServerFunc) connect.ServerFunc {
		return func(ctx context.Context, spec connect.Spec, stream connect.ServerStream) (err error) {
			info, _ := connect.CallInfoForServerContext(ctx)
			ctx = withRequestID(ctx, info.RequestHeader().Get(requestIDHeader))
			ctx, span := startSpan(ctx, spec, info.RequestHeader())
			start := clock.Now()
			defer func() {
				if panicked := recover(); panicked != nil {
					err = fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
				}
				err = cfg.atTheEdge(ctx, spec, err)
				metrics.observe(spec, err, clock.Now().Sub(start))
				endSpan(span, err)
			}()

			policy := PolicyOf(spec)
			if policy == nil {
				return errors.New("the method has no policy")
			}
			ctx, cancel := context.WithTimeout(ctx, deadline(spec, policy))
			defer cancel()
			ctx, caller, err := cfg.identify(ctx, info.RequestHeader())
			if err != nil {
				return err
			}
			if err := allow(policy, caller); err != nil {
				return err
			}
			lsn, err := postgres.ParseLSN(info.RequestHeader().Get(consistencyHeader))
			if err != nil {
				return InvalidArgument("the Consistency-Token header is not one that this shop gave out")
			}
			ctx = postgres.WithToken(ctx, lsn)
			err = next(ctx, spec, &serverStream{ServerStream: stream, ctx: ctx, info: info})
			if err != nil {
				setConsistency(ctx, info) // what was committed before the failure is still to be seen
			}
			return err
		}
	}
}

// identify verifies both tokens and sets the caller anew, whatever the context held: an in-process call inherits its caller's context.
func (cfg ServerConfig) identify(ctx context.Context, header *connect.Header) (context.Context, auth.Caller, error) {
	var caller auth.Caller
	token := ""
	if authorization := header.Get("Authorization"); authorization != "" {
		bearer, found := cutBearer(authorization)
		if !found {
			return ctx, caller, Unauthenticated("the Authorization header must read: Bearer TOKEN")
		}
		verified, err := cfg.Tokens.Verify(ctx, bearer)
		if errors.Is(err, auth.ErrToken) || verified.Kind == auth.Process {
			return ctx, caller, Unauthenticated("the token is not valid, or not any more; get a new one")
		}
		if err != nil {
			return ctx, caller, connect.NewError(connect.CodeUnavailable, "tokens cannot be verified at the moment; repeat the call").WithCause(err)
		}
		caller, token = verified, bearer
	}
	if process := header.Get(processHeader); process != "" {
		if cfg.Identity == nil {
			return ctx, caller, Unauthenticated("this process takes no calls from other processes")
		}
		name, err := cfg.Identity.Verify(ctx, process)
		if err != nil {
			return ctx, caller, Unauthenticated("the X-Process token is not valid")
		}
		caller.Through = name
		if caller.Kind == auth.Anonymous {
			caller.Kind, caller.Subject = auth.Process, name
		}
	}
	return auth.WithToken(auth.WithCaller(ctx, caller), token), caller, nil
}

func cutBearer(authorization string) (string, bool) {
	const scheme = "bearer "
	if len(authorization) <= len(scheme) || !strings.EqualFold(authorization[:len(scheme)], scheme) {
		return "", false
	}
	return authorization[len(scheme):], true
}

// atTheEdge lets errors out whose words were chosen for the caller, and logs and hides all others.
func (cfg ServerConfig) atTheEdge(ctx context.Context, spec connect.Spec, err error) error {
	if err == nil {
		return nil
	}
	var own *connect.Error
	if errors.As(err, &own) && !own.IsRemote() {
		if cause := own.Unwrap(); cause != nil && !errors.As(cause, new(*connect.Error)) {
			cfg.Log.WarnContext(ctx, "call failed", "procedure", spec.Procedure, "code", own.Code().String(), "error", cause)
		}
		return own
	}
	switch {
	case own != nil && (own.Code() == connect.CodeUnavailable || own.Code() == connect.CodeDeadlineExceeded):
		cfg.Log.WarnContext(ctx, "a callee did not answer", "procedure", spec.Procedure, "error", err)
		return connect.NewError(connect.CodeUnavailable, "a part of the shop does not answer; repeat the call").WithCause(err)
	case errors.Is(err, context.Canceled):
		return connect.NewError(connect.CodeCanceled, "the caller left").WithCause(err)
	case errors.Is(err, context.DeadlineExceeded):
		return connect.NewError(connect.CodeDeadlineExceeded, "this took too long; repeat the call").WithCause(err)
	case postgres.IsBusy(err):
		cfg.Log.WarnContext(ctx, "database busy", "procedure", spec.Procedure, "error", err)
		return connect.NewError(connect.CodeUnavailable, "the shop is very busy; repeat the call").WithCause(err)
	}
	cfg.Log.ErrorContext(ctx, "call failed", "procedure", spec.Procedure, "error", err)
	return connect.Errorf(connect.CodeInternal, "something went wrong on our side; tell us request id %s", telemetry.RequestID(ctx)).WithCause(err)
}

// serverStream validates what comes in and puts the consistency token on the answer before it is sent: headers set later are lost over HTTP.
type serverStream struct {
	connect.ServerStream
	ctx  context.Context
	info *connect.CallInfo
}

func (s *serverStream) Receive(message any) error {
	if err := s.ServerStream.Receive(message); err != nil {
		return err
	}
	return validate(message)
}

func (s *serverStream) Send(message any) error {
	// In one process nothing else would stop an answer that comes too late.
	if err := s.ctx.Err(); err != nil {
		return err
	}
	setConsistency(s.ctx, s.info)
	return s.ServerStream.Send(message)
}

func setConsistency(ctx context.Context, info *connect.CallInfo) {
	if lsn := postgres.Token(ctx); lsn > 0 {
		info.ResponseHeader().Set(consistencyHeader, lsn.String())
	}
}

// validate checks a request against the rules in its proto. The words name the fields.
func validate(message any) error {
	request, ok := message.(proto.Message)
	if !ok {
		return fmt.Errorf("%T is no proto message", message)
	}
	err := protovalidate.Validate(request)
	if err == nil {
		return nil
	}
	var broken *protovalidate.ValidationError
	if !errors.As(err, &broken) {
		return fmt.Errorf("validate %T: %w", message, err)
	}
	refusal := connect.NewError(connect.CodeInvalidArgument, broken.Error())
	if detail, err := connectproto.NewErrorDetail(broken.ToProto()); err == nil {
		refusal = refusal.WithDetail(detail)
	}
	return refusal
}

// withRequestID takes over a caller's id if it looks like one of ours, or makes one.
func withRequestID(ctx context.Context, given string) context.Context {
	if given == "" || len(given) > 64 || strings.ContainsFunc(given, func(r rune) bool { return r <= ' ' || r > '~' }) {
		given = id.New()
	}
	return telemetry.WithRequestID(ctx, given)
}
