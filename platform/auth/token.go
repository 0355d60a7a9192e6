package auth

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tradewind-commerce/tradewind/platform/clock"
)

const (
	issuer   = "tradewind"
	audience = "tradewind"
	// tokenType keeps a token of ours from passing as another kind of JWT (RFC 9068).
	tokenType = "at+jwt"
	// maxTokenBytes bounds what is parsed at all: parsing cost grows with size (CVE-2025-30204).
	maxTokenBytes = 4 << 10
	// skew is how far the clocks of two machines may differ.
	skew = 10 * time.Second
)

// ErrToken says that a token is not one of ours, or not any more.
var ErrToken = errors.New("the token is not valid")

type claims struct {
	jwt.RegisteredClaims
	Kind   Kind     `json:"kind"`
	Name   string   `json:"name,omitempty"`
	Grants []string `json:"grants,omitempty"`
}

// Signer makes tokens with one Ed25519 key.
type Signer struct {
	key ed25519.PrivateKey
	id  string
}

// NewSigner takes the 32-byte seed of the key.
func NewSigner(seed []byte) (*Signer, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("a signing key is %d bytes, not %d", ed25519.SeedSize, len(seed))
	}
	key := ed25519.NewKeyFromSeed(seed)
	return &Signer{key: key, id: keyID(key.Public().(ed25519.PublicKey))}, nil
}

// PublicKey is what verifiers need.
func (s *Signer) PublicKey() PublicKey {
	return PublicKey{ID: s.id, Key: s.key.Public().(ed25519.PublicKey)}
}

// Sign makes a token that says who a caller is until it expires.
func (s *Signer) Sign(caller Caller, expires time.Time) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: caller.Subject,
			IssuedAt: jwt.NewNumericDate(clock.Now()), ExpiresAt: jwt.NewNumericDate(expires),
		},
		Kind: caller.Kind, Name: caller.Name, Grants: caller.Grants,
	})
	token.Header["kid"] = s.id
	token.Header["typ"] = tokenType
	signed, err := token.SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return signed, nil
}

// PublicKey verifies the tokens of one signer.
type PublicKey struct {
	ID  string
	Key ed25519.PublicKey
}

// keyID names a key by its content, so that the same key has the same name everywhere.
func keyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}

// Verifier checks tokens against the keys in force. Verified tokens are remembered by their hash until they expire, since checking a signature costs more than a query.
type Verifier struct {
	load func(context.Context) ([]PublicKey, error)

	mu       sync.Mutex
	keys     map[string]ed25519.PublicKey
	loaded   time.Time
	verified map[[sha256.Size]byte]remembered
}

type remembered struct {
	caller  Caller
	expires time.Time
}

const (
	// keysLifetime is how long a removed key may still be accepted.
	keysLifetime = 60 * time.Second
	// keysRetry bounds how often an unknown key makes us ask again.
	keysRetry = 5 * time.Second
	// maxRemembered bounds the memory for verified tokens, about 300 bytes each.
	maxRemembered = 20_000
)

// NewVerifier asks load for the keys when it needs them, at most every few seconds.
func NewVerifier(load func(context.Context) ([]PublicKey, error)) *Verifier {
	return &Verifier{load: load, verified: make(map[[sha256.Size]byte]remembered)}
}

// Verify returns who a token was signed for. ErrToken means that it is not valid; any other error, that the keys could not be had.
func (v *Verifier) Verify(ctx context.Context, token string) (Caller, error) {
	if len(token) > maxTokenBytes {
		return Caller{}, ErrToken
	}
	hash := sha256.Sum256([]byte(token))
	now := clock.Now()
	v.mu.Lock()
	known, ok := v.verified[hash]
	fresh := now.Sub(v.loaded) < keysLifetime
	v.mu.Unlock()
	if ok && fresh && now.Before(known.expires) {
		return known.caller, nil
	}
	var loadErr error
	var parsed claims
	_, err := jwt.ParseWithClaims(token, &parsed, func(t *jwt.Token) (any, error) {
		if t.Header["typ"] != tokenType {
			return nil, ErrToken
		}
		id, _ := t.Header["kid"].(string)
		key, err := v.key(ctx, id)
		loadErr = err
		return key, err
	}, jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithLeeway(skew), jwt.WithTimeFunc(clock.Now))
	if loadErr != nil && !errors.Is(loadErr, ErrToken) {
		return Caller{}, fmt.Errorf("load signing keys: %w", loadErr)
	}
	if err != nil || parsed.Subject == "" || parsed.Kind == Anonymous {
		return Caller{}, ErrToken
	}
	caller := Caller{Kind: parsed.Kind, Subject: parsed.Subject, Name: parsed.Name, Grants: parsed.Grants}
	v.remember(hash, remembered{caller: caller, expires: parsed.ExpiresAt.Time})
	return caller, nil
}

// key returns a key by its name. The name is only looked up among our own; nothing in a token can lead elsewhere.
func (v *Verifier) key(ctx context.Context, id string) (ed25519.PublicKey, error) {
	v.mu.Lock()
	key, ok := v.keys[id]
	age := clock.Now().Sub(v.loaded)
	v.mu.Unlock()
	if ok && age < keysLifetime {
		return key, nil
	}
	if !ok && age < keysRetry {
		return nil, ErrToken
	}
	keys, err := v.load(ctx)
	if err != nil {
		// Auth being away must not sign everybody out at once: a key that was good a while ago still is.
		if ok && age < 10*keysLifetime {
			return key, nil
		}
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	before := v.keys
	v.keys = make(map[string]ed25519.PublicKey, len(keys))
	for _, k := range keys {
		v.keys[k.ID] = k.Key
	}
	for id := range before {
		if _, still := v.keys[id]; !still {
			clear(v.verified) // some were signed by a key that is good no more
			break
		}
	}
	v.loaded = clock.Now()
	if key, ok = v.keys[id]; !ok {
		return nil, ErrToken
	}
	return key, nil
}

func (v *Verifier) remember(hash [sha256.Size]byte, known remembered) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.verified) >= maxRemembered {
		// Forgetting all at once is rare and costs each caller one check.
		clear(v.verified)
	}
	v.verified[hash] = known
}
