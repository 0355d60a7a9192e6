package auth

import (
	"context"
	"fmt"
	"runtime"

	"github.com/alexedwards/argon2id"

	"github.com/tradewind-commerce/tradewind/platform/rpc"
)

// passwordParams are OWASP's least for argon2id (Password Storage Cheat Sheet): 19 MiB, two passes, one lane. About 35 ms here.
var passwordParams = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// maxWaiting is how many logins may queue for a core before they are told to come back.
const maxWaiting = 32

var errBusy = rpc.ResourceExhausted("too many people are signing in; try again in a few seconds")

// hasher bounds how many passwords are hashed at once: hashing is the cheapest way for a stranger to burn our processors.
type hasher struct {
	running chan struct{}
	waiting chan struct{}
	// dummy is compared with when there is no such account, so that the answer takes as long.
	dummy string
}

func newHasher() (*hasher, error) {
	dummy, err := argon2id.CreateHash("nobody has this password", passwordParams)
	if err != nil {
		return nil, fmt.Errorf("hash password: %w", err)
	}
	return &hasher{
		running: make(chan struct{}, runtime.NumCPU()),
		waiting: make(chan struct{}, maxWaiting),
		dummy:   dummy,
	}, nil
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	hash, err := argon2id.CreateHash(password, passwordParams)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// compare says whether a password is the one that was hashed. No hash at all is compared with a dummy, and is never right.
func (h *hasher) compare(ctx context.Context, password, hash string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	right, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return right && known, nil
}

func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.waiting <- struct{}{}:
	default:
		return errBusy
	}
	defer func() { <-h.waiting }()
	select {
	case h.running <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) leave() { <-h.running }
