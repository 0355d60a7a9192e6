package auth

import (
	"context"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/tradewind-commerce/tradewind/platform/clock"
)

func newTestSigner(t *testing.T, seed byte) *Signer {
	t.Helper()
	bytes := make([]byte, 32)
	bytes[0] = seed
	signer, err := NewSigner(bytes)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func verifierOf(signers ...*Signer) *Verifier {
	return NewVerifier(func(context.Context) ([]PublicKey, error) {
		var keys []PublicKey
		for _, s := range signers {
			keys = append(keys, s.PublicKey())
		}
		return keys, nil
	})
}

// Only tokens that our signer made, as they were made and while they last, say who somebody is.
func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	signer := newTestSigner(t, 1)
	good := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: "s", ExpiresAt: jwt.NewNumericDate(clock.Now().Add(time.Minute)),
		},
		Kind: Staff,
	}
	make := func(method jwt.SigningMethod, key any, header map[string]any, change func(*claims)) string {
		changed := good
		if change != nil {
			change(&changed)
		}
		token := jwt.NewWithClaims(method, changed)
		token.Header["kid"], token.Header["typ"] = signer.id, tokenType
		for name, value := range header {
			token.Header[name] = value
		}
		text, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	public := signer.key.Public().(ed25519.PublicKey)
	tests := map[string]string{
		"none":                 make(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, nil),
		"HMAC with our key":    make(jwt.SigningMethodHS256, []byte(public), nil, nil),
		"lower-case algorithm": make(jwt.SigningMethodEdDSA, signer.key, map[string]any{"alg": "eddsa"}, nil),
		"another key":          make(jwt.SigningMethodEdDSA, newTestSigner(t, 2).key, nil, nil),
		"kid is a path":        make(jwt.SigningMethodEdDSA, signer.key, map[string]any{"kid": "../../key"}, nil),
		"kid is a number":      make(jwt.SigningMethodEdDSA, signer.key, map[string]any{"kid": 1}, nil),
		"another type":         make(jwt.SigningMethodEdDSA, signer.key, map[string]any{"typ": "JWT"}, nil),
		"no end":               make(jwt.SigningMethodEdDSA, signer.key, nil, func(c *claims) { c.ExpiresAt = nil }),
		"ended":                make(jwt.SigningMethodEdDSA, signer.key, nil, func(c *claims) { c.ExpiresAt = jwt.NewNumericDate(clock.Now().Add(-time.Minute)) }),
		"another issuer":       make(jwt.SigningMethodEdDSA, signer.key, nil, func(c *claims) { c.Issuer = "x" }),
		"another audience":     make(jwt.SigningMethodEdDSA, signer.key, nil, func(c *claims) { c.Audience = jwt.ClaimStrings{"x"} }),
		"nobody":               make(jwt.SigningMethodEdDSA, signer.key, nil, func(c *claims) { c.Subject = "" }),
		"no kind":              make(jwt.SigningMethodEdDSA, signer.key, nil, func(c *claims) { c.Kind = "" }),
		"too long":             make(jwt.SigningMethodEdDSA, signer.key, nil, func(c *claims) { c.Name = strings.Repeat("x", maxTokenBytes) }),
		"8 MB of dots":         strings.Repeat(".", 8<<20),
		"empty":                "",
	}
	for name, token := range tests {
		if caller, err := verifierOf(signer).Verify(context.Background(), token); !errors.Is(err, ErrToken) {
			t.Errorf("%s: %+v, %v", name, caller, err)
		}
	}
	if caller, err := verifierOf(signer).Verify(context.Background(), make(jwt.SigningMethodEdDSA, signer.key, nil, nil)); err != nil || caller.Subject != "s" {
		t.Errorf("a good token: %+v, %v", caller, err)
	}
	// A link to a key in the header leads nowhere: the name alone decides, among our own keys.
	with := make(jwt.SigningMethodEdDSA, newTestSigner(t, 2).key, map[string]any{"jku": "https://evil.example/keys", "kid": "other"}, nil)
	if _, err := verifierOf(signer).Verify(context.Background(), with); !errors.Is(err, ErrToken) {
		t.Errorf("a key of the token's own: %v", err)
	}
}

// Keys change without anybody being signed out, a made-up key name does not make us ask again and again, and auth being away is
// no reason to refuse a key that was good a moment ago.
func TestVerifierKeys(t *testing.T) {
	t.Parallel()
	ctx, old, young := context.Background(), newTestSigner(t, 1), newTestSigner(t, 2)
	asked := 0
	keys := []PublicKey{old.PublicKey()}
	var failure error
	verifier := NewVerifier(func(context.Context) ([]PublicKey, error) { asked++; return keys, failure })
	sign := func(s *Signer, subject string) string {
		token, err := s.Sign(Caller{Kind: Guest, Subject: subject}, clock.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	if _, err := verifier.Verify(ctx, sign(old, "a")); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		_, _ = verifier.Verify(ctx, sign(young, string(rune('a'+i))))
	}
	if asked > 1 {
		t.Errorf("asked %d times for keys that do not exist", asked)
	}
	verifier.loaded = verifier.loaded.Add(-keysRetry) // some seconds later
	keys = append(keys, young.PublicKey())
	if _, err := verifier.Verify(ctx, sign(young, "b")); err != nil {
		t.Errorf("a new key: %v", err)
	}
	verifier.loaded = verifier.loaded.Add(-2 * keysLifetime)
	failure = errors.New("auth is away")
	if _, err := verifier.Verify(ctx, sign(old, "c")); err != nil {
		t.Errorf("auth being away signs people out: %v", err)
	}
	failure, keys = nil, []PublicKey{young.PublicKey()}
	verifier.loaded = verifier.loaded.Add(-2 * keysLifetime)
	if _, err := verifier.Verify(ctx, sign(young, "d")); err != nil { // somebody else's token has the keys loaded anew
		t.Fatal(err)
	}
	if _, err := verifier.Verify(ctx, sign(old, "a")); !errors.Is(err, ErrToken) {
		t.Errorf("a removed key is still accepted, from memory: %v", err)
	}
}

// A process is known by the installation's secret, and only as a process.
func TestIdentity(t *testing.T) {
	t.Parallel()
	ctx, secret := context.Background(), make([]byte, SecretSize)
	worker, err := NewIdentity(secret, "worker")
	if err != nil {
		t.Fatal(err)
	}
	server, _ := NewIdentity(secret, "server")
	token, err := worker.Token()
	if err != nil {
		t.Fatal(err)
	}
	if name, err := server.Verify(ctx, token); err != nil || name != "worker" {
		t.Errorf("%q, %v", name, err)
	}
	if again, _ := worker.Token(); again != token {
		t.Error("a new token for each call costs a signature each")
	}
	stranger, _ := NewIdentity(append(make([]byte, SecretSize-1), 1), "worker")
	foreign, _ := stranger.Token()
	if _, err := server.Verify(ctx, foreign); !errors.Is(err, ErrToken) {
		t.Errorf("another installation's process: %v", err)
	}
}

// Whatever is sent as a token, it is an error and never a panic.
func FuzzVerify(f *testing.F) {
	signer, err := NewSigner(make([]byte, 32))
	if err != nil {
		f.Fatal(err)
	}
	good, _ := signer.Sign(Caller{Kind: Guest, Subject: "g"}, clock.Now().Add(time.Hour))
	f.Add(good)
	f.Add("a.b.c")
	verifier := NewVerifier(func(context.Context) ([]PublicKey, error) { return []PublicKey{signer.PublicKey()}, nil })
	f.Fuzz(func(t *testing.T, token string) {
		caller, err := verifier.Verify(context.Background(), token)
		if (err == nil) != (caller.Kind == Guest) {
			t.Errorf("%q: %+v, %v", token, caller, err)
		}
	})
}
