package auth

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/clock"
)

// SecretSize is how many bytes the installation's secret has.
const SecretSize = 32

// Derive makes a key for one purpose from the installation's secret, so that one setting serves all and no key serves two purposes.
func Derive(secret []byte, purpose string) ([]byte, error) {
	if len(secret) != SecretSize {
		return nil, fmt.Errorf("the secret is %d bytes, not %d", SecretSize, len(secret))
	}
	return hkdf.Key(sha256.New, secret, nil, "tradewind "+purpose, 32)
}

// DecodeSecret reads a secret as settings hold it.
func DecodeSecret(text string) ([]byte, error) {
	secret, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(secret) != SecretSize {
		return nil, fmt.Errorf("want %d random bytes in base64, as `head -c %d /dev/urandom | base64` prints", SecretSize, SecretSize)
	}
	return secret, nil
}

const processTokenLifetime = time.Minute

// Identity is how a process proves to others of the installation which one it is.
type Identity struct {
	name     string
	signer   *Signer
	verifier *Verifier

	mu      sync.Mutex
	token   string
	renewal time.Time
}

// NewIdentity gives the process a name and keys derived from the installation's secret.
func NewIdentity(secret []byte, name string) (*Identity, error) {
	seed, err := Derive(secret, "process tokens")
	if err != nil {
		return nil, err
	}
	signer, err := NewSigner(seed)
	if err != nil {
		return nil, err
	}
	keys := []PublicKey{signer.PublicKey()}
	return &Identity{
		name: name, signer: signer,
		verifier: NewVerifier(func(context.Context) ([]PublicKey, error) { return keys, nil }),
	}, nil
}

// Token returns a token that names this process for the next half minute or more.
func (i *Identity) Token() (string, error) {
	now := clock.Now()
	i.mu.Lock()
	defer i.mu.Unlock()
	if now.Before(i.renewal) {
		return i.token, nil
	}
	token, err := i.signer.Sign(Caller{Kind: Process, Subject: i.name}, now.Add(processTokenLifetime))
	if err != nil {
		return "", err
	}
	i.token, i.renewal = token, now.Add(processTokenLifetime/2)
	return token, nil
}

// Verify returns the name of the process that a token was made by.
func (i *Identity) Verify(ctx context.Context, token string) (string, error) {
	caller, err := i.verifier.Verify(ctx, token)
	if err != nil {
		return "", err
	}
	if caller.Kind != Process {
		return "", ErrToken
	}
	return caller.Subject, nil
}
