package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// secrets are made once for each site, and readable only by whoever runs the launcher.
type secrets struct {
	SecretKey            string `json:"secret_key"`
	SigningKey           string `json:"signing_key"`
	SandboxKey           string `json:"sandbox_key"`
	SandboxWebhookSecret string `json:"sandbox_webhook_secret"`
	DatabasePassword     string `json:"database_password"`
	BrokerPassword       string `json:"broker_password"`
}

// secrets reads the site's secrets, making those that are missing.
func (s site) secrets() (secrets, error) {
	path := s.join("secrets.json")
	var kept secrets
	content, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return secrets{}, err
	}
	if err == nil {
		if err := json.Unmarshal(content, &kept); err != nil {
			return secrets{}, fmt.Errorf("%s is damaged: %w", path, err)
		}
	}
	full := secrets{
		SecretKey:            or(kept.SecretKey, randomKey),
		SigningKey:           or(kept.SigningKey, randomKey),
		SandboxKey:           or(kept.SandboxKey, randomWord),
		SandboxWebhookSecret: or(kept.SandboxWebhookSecret, randomWord),
		DatabasePassword:     or(kept.DatabasePassword, randomWord),
		BrokerPassword:       or(kept.BrokerPassword, randomWord),
	}
	if full == kept {
		return full, nil
	}
	content, err = json.MarshalIndent(full, "", "  ")
	if err != nil {
		return secrets{}, err
	}
	return full, writeFile(path, append(content, '\n'), 0o600)
}

func or(kept string, made func() string) string {
	if kept != "" {
		return kept
	}
	return made()
}

// randomKey is 32 bytes, as the settings that are keys want them.
func randomKey() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: the program ends instead
	return base64.StdEncoding.EncodeToString(key)
}

// randomWord needs no escaping in a URL or in SQL.
func randomWord() string {
	word := make([]byte, 20)
	_, _ = rand.Read(word)
	return hex.EncodeToString(word)
}
