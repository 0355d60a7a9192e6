package config

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
)

// hidden is what a secret shows of itself.
const hidden = "***"

// Secret is a setting that must not be seen: a password, or a URL with one in it. However it is printed, logged or
// marshalled, it shows ***.
type Secret string

// Reveal returns the secret itself, for the one call that needs it.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret; an empty one shows as empty, so that logs tell whether it was set.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// Format hides the secret from every verb, %x and %#v included.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue hides the secret from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes any text.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = Secret(text)
	return nil
}

// Secrets is a list of secrets separated by commas.
type Secrets []Secret

// UnmarshalText takes a list with commas; spaces around an item and empty items are dropped.
func (s *Secrets) UnmarshalText(text []byte) error {
	*s = nil
	for item := range strings.SplitSeq(string(text), ",") {
		if item = strings.TrimSpace(item); item != "" {
			*s = append(*s, Secret(item))
		}
	}
	return nil
}

// Reveal returns the secrets themselves.
func (s Secrets) Reveal() []string {
	items := make([]string, len(s))
	for i, item := range s {
		items[i] = item.Reveal()
	}
	return items
}

// keySize is that of AES-256, HMAC-SHA256 keys and Ed25519 seeds.
const keySize = 32

// Key is a secret of 32 bytes, written in base64. Print one with: openssl rand -base64 32.
type Key struct{ bytes []byte }

// NewKey is for keys made by a program, such as a test's.
func NewKey(bytes [keySize]byte) Key { return Key{bytes: bytes[:]} }

// Set reports whether there is a key.
func (k Key) Set() bool { return len(k.bytes) == keySize }

// Bytes returns the 32 bytes, or nil when there is no key.
func (k Key) Bytes() []byte { return k.bytes }

// String hides the key.
func (k Key) String() string {
	if !k.Set() {
		return ""
	}
	return hidden
}

// Format hides the key from every verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.String())) }

// LogValue hides the key from logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText hides the key from encoders.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText takes 32 bytes in base64, standard or URL-safe, padded or not.
func (k *Key) UnmarshalText(text []byte) error {
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(strings.TrimSpace(string(text)), "="))
	bytes, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil || len(bytes) != keySize {
		return fmt.Errorf("want %d bytes in base64 (openssl rand -base64 %d)", keySize, keySize)
	}
	k.bytes = bytes
	return nil
}
