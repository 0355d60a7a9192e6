package main

import (
	"encoding/base64"
	"os"
	"testing"
)

// Secrets that change make every session, link and password of the shop void; secrets that others can read are none.
func TestSecrets(t *testing.T) {
	t.Parallel()
	_, s := newSite(t)
	made, err := s.secrets()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{made.SecretKey, made.SigningKey} {
		if decoded, err := base64.StdEncoding.DecodeString(key); err != nil || len(decoded) != 32 {
			t.Errorf("a key of %d bytes, %v", len(decoded), err)
		}
	}
	if made.SecretKey == made.SigningKey || made.SandboxKey == made.SandboxWebhookSecret || made.DatabasePassword == "" {
		t.Error("secrets repeat or are missing")
	}
	if again, err := s.secrets(); err != nil || again != made {
		t.Errorf("the second start has other secrets (%v)", err)
	}
	found, err := os.Stat(s.join("secrets.json"))
	if err != nil || found.Mode().Perm() != 0o600 {
		t.Errorf("secrets are readable by others: %v, %v", found.Mode(), err)
	}

	// A secret that an older launcher did not know is added beside the rest.
	if err := os.WriteFile(s.join("secrets.json"), []byte(`{"secret_key":"`+made.SecretKey+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if grown, err := s.secrets(); err != nil || grown.SecretKey != made.SecretKey || grown.SigningKey == "" {
		t.Errorf("secrets grew into %v, %v", grown, err)
	}
	if err := os.WriteFile(s.join("secrets.json"), []byte(`{"secr`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.secrets(); err == nil {
		t.Error("damaged secrets were silently replaced")
	}
}
