package payment

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/stripe/stripe-go/v85"
)

// told sends one request that changes something, and says what the answer, or the lack of one, means.
func told[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	return heard(ctx, http.MethodPost, call)
}

// asked does the same for one that changes nothing.
func asked[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	return heard(ctx, http.MethodGet, call)
}

func heard[T any](ctx context.Context, method string, call func(context.Context) (T, error)) (T, error) {
	ctx, sent := noteSent(ctx)
	answer, err := call(ctx)
	if err == nil {
		return answer, nil
	}
	unheard := lost(method)
	if !sent.Load() {
		unheard = ErrUnavailable
	}
	return answer, fmt.Errorf("%w: %w", stripeMeaning(err, method, unheard), err)
}

// stripeMeaning sorts Stripe's errors. Only its own word counts: a 404 of a proxy must not read as "never heard of it".
func stripeMeaning(err error, method string, unheard error) error {
	var said *stripe.Error
	if !errors.As(err, &said) {
		return unheard
	}
	switch said.Type {
	case stripe.ErrorTypeAPI, stripe.ErrorTypeCard, stripe.ErrorTypeIdempotency, stripe.ErrorTypeInvalidRequest:
	default:
		return unheard
	}
	switch said.HTTPStatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return ErrUnavailable // turned away at the door
	case http.StatusConflict:
		if said.Code == stripe.ErrorCodeLockTimeout {
			return ErrUnavailable // somebody else is changing it, and we did not
		}
		return unheard // the same key is under way
	case http.StatusNotFound:
		if method == http.MethodGet && said.Code == stripe.ErrorCodeResourceMissing {
			return ErrUnknownPayment
		}
		return ErrRefused
	case http.StatusBadRequest, http.StatusPaymentRequired:
		return ErrRefused
	default:
		return unheard
	}
}

// replayed says that Stripe had been asked the same before, and repeats what it answered then.
func replayed(response *stripe.APIResponse) bool {
	return response != nil && response.Header.Get("Idempotent-Replayed") == "true"
}

// limitAnswers bounds what is read of an answer: a page of a statement may be large, but not without end.
type limitAnswers struct{ http.RoundTripper }

const maxStripeAnswer = 8 << 20

func (l limitAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxStripeAnswer), answer.Body}
	}
	return answer, err
}
