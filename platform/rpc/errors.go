// Package rpc is what every call goes through on both sides, in one process or between two: identity, policies, validation,
// deadlines, consistency tokens and error codes.
package rpc

import (
	"errors"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectproto"
	"google.golang.org/protobuf/proto"
)

// The constructors below make errors whose words a shopper or an integrator may read. Anything else that a handler returns is
// logged and answered as "internal".

// NotFound says that something does not exist, or not for this caller.
func NotFound(message string) error { return connect.NewError(connect.CodeNotFound, message) }

// FailedPrecondition says that the state of things does not allow the call; repeating it unchanged is no use.
func FailedPrecondition(message string, details ...proto.Message) error {
	return withDetails(connect.NewError(connect.CodeFailedPrecondition, message), details)
}

// InvalidArgument says that the request itself is wrong, whatever the state of things.
func InvalidArgument(message string, details ...proto.Message) error {
	return withDetails(connect.NewError(connect.CodeInvalidArgument, message), details)
}

// AlreadyExists says that what was to be created is there.
func AlreadyExists(message string) error { return connect.NewError(connect.CodeAlreadyExists, message) }

// Aborted says that somebody else changed the same thing; look again, then repeat.
func Aborted(message string, details ...proto.Message) error {
	return withDetails(connect.NewError(connect.CodeAborted, message), details)
}

// OutOfRange says that a page or position is beyond the end.
func OutOfRange(message string) error { return connect.NewError(connect.CodeOutOfRange, message) }

// Unavailable says that something we need did not answer; repeat the call.
func Unavailable(message string) error { return connect.NewError(connect.CodeUnavailable, message) }

// Unauthenticated says that the caller must sign in first.
func Unauthenticated(message string) error {
	return connect.NewError(connect.CodeUnauthenticated, message)
}

// PermissionDenied says that this caller may not do that.
func PermissionDenied(message string) error {
	return connect.NewError(connect.CodePermissionDenied, message)
}

// ResourceExhausted says that a limit was reached; the words say when to try again.
func ResourceExhausted(message string) error {
	return connect.NewError(connect.CodeResourceExhausted, message)
}

// Passed hands a callee's error on to our caller with its code, words and details. Returned as it is, it would reach the caller
// as a bare "internal", because a callee's words are not meant for everyone.
func Passed(err error) error {
	var remote *connect.Error
	if !errors.As(err, &remote) {
		return err
	}
	own := connect.NewError(remote.Code(), remote.Message()).WithCause(err)
	for _, detail := range remote.Details() {
		own = own.WithDetail(detail)
	}
	return own
}

// Detail returns the first detail of an error that is a T.
func Detail[T proto.Message](err error) (T, bool) {
	var none T
	var failure *connect.Error
	if !errors.As(err, &failure) {
		return none, false
	}
	for _, detail := range failure.Details() {
		value, err := connectproto.UnmarshalErrorDetail(detail)
		if err != nil {
			continue
		}
		if typed, ok := value.(T); ok {
			return typed, true
		}
	}
	return none, false
}

func withDetails(failure *connect.Error, details []proto.Message) error {
	for _, message := range details {
		if detail, err := connectproto.NewErrorDetail(message); err == nil {
			failure = failure.WithDetail(detail)
		}
	}
	return failure
}
