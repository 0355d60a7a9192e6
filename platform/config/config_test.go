package config

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

type settings struct {
	Addr     string            `env:"TEST_ADDR" default:":8080" help:"Where the shop is served."`
	Timeout  time.Duration     `env:"TEST_TIMEOUT" default:"5s" help:"How long a request may take."`
	Workers  int               `env:"TEST_WORKERS" default:"2" help:"How many at once."`
	Database Secret            `env:"TEST_DATABASE_URL" help:"The primary."`
	Replicas Secrets           `env:"TEST_REPLICA_URLS" help:"Replicas, separated by commas."`
	Key      Key               `env:"TEST_KEY" help:"Derives tokens."`
	URLs     map[string]string `name:"service-urls" env:"TEST_URLS" mapsep:"," help:"Service URLs."`

	Serve   struct{} `cmd:"" default:"1" help:"Serve the shop."`
	Migrate struct {
		DryRun bool `help:"Only say what would be done."`
	} `cmd:"" help:"Change the schema."`
}

func (s settings) Validate() error {
	if s.Workers < 1 {
		return errors.New("--workers must be at least 1")
	}
	return nil
}

func parse(args ...string) (settings, string, error) {
	return Parse[settings]("server", "Serves the shop.", args, new(strings.Builder))
}

func TestFlagsWinOverEnvironmentOverDefaults(t *testing.T) {
	t.Setenv("TEST_ADDR", ":9000")
	t.Setenv("TEST_TIMEOUT", "1s")
	t.Setenv("TEST_WORKERS", "") // set but empty: not set
	t.Setenv("TEST_REPLICA_URLS", " postgres://a , postgres://b,")
	t.Setenv("TEST_URLS", "catalog=http://127.0.0.1:9001,*=http://127.0.0.1:9002")
	got, command, err := parse("--timeout=2s")
	if err != nil {
		t.Fatal(err)
	}
	if got.Addr != ":9000" || got.Timeout != 2*time.Second || got.Workers != 2 || command != "serve" {
		t.Errorf("got %+v, command %q", got, command)
	}
	if replicas := got.Replicas.Reveal(); len(replicas) != 2 || replicas[1] != "postgres://b" {
		t.Errorf("replicas = %q", replicas)
	}
	if got.URLs["catalog"] != "http://127.0.0.1:9001" || got.URLs["*"] != "http://127.0.0.1:9002" {
		t.Errorf("URLs = %v", got.URLs)
	}
	if got, command, err := parse("migrate", "--dry-run"); err != nil || command != "migrate" || !got.Migrate.DryRun {
		t.Errorf("migrate --dry-run: %+v, %q, %v", got.Migrate, command, err)
	}
}

// A wrong setting stops the start with one line that names it, and does not print a secret on the way.
func TestErrorsAreOneLineWithoutValues(t *testing.T) {
	tests := map[string]struct {
		env, value string
		args       []string
		want       string
	}{
		"wrong key":              {env: "TEST_KEY", value: "canary-s3cret", want: "TEST_KEY: want 32 bytes in base64"},
		"wrong number":           {env: "TEST_WORKERS", value: "canary-many", want: "TEST_WORKERS: "},
		"wrong duration":         {env: "TEST_TIMEOUT", value: "canary", want: "TEST_TIMEOUT: "},
		"unknown flag":           {args: []string{"--colour"}, want: "unknown flag --colour"},
		"values that do not fit": {args: []string{"--workers=0"}, want: "--workers must be at least 1"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if tc.env != "" {
				t.Setenv(tc.env, tc.value)
			}
			_, _, err := parse(tc.args...)
			if err == nil {
				t.Fatal("no error")
			}
			text := err.Error()
			if !strings.HasPrefix(text, "server: ") || !strings.Contains(text, tc.want) || !strings.Contains(text, "-h") {
				t.Errorf("error = %q, want %q in it", text, tc.want)
			}
			if strings.Contains(text, "canary") || strings.Contains(text, "\n") {
				t.Errorf("error shows a value or has several lines: %q", text)
			}
		})
	}
}

func TestHelpExplainsEverySetting(t *testing.T) {
	t.Parallel()
	var help strings.Builder
	if _, _, err := Parse[settings]("server", "Serves the shop.", []string{"-h"}, &help); !errors.Is(err, ErrHelp) {
		t.Fatalf("error = %v, want ErrHelp", err)
	}
	for _, want := range []string{"Serves the shop.", "--addr", "TEST_ADDR", ":8080", "Where the shop is served", "TEST_KEY", "migrate"} {
		if !strings.Contains(help.String(), want) {
			t.Errorf("help does not say %q:\n%s", want, help.String())
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	key := NewKey([32]byte([]byte("canary-canary-canary-canary-1234")))
	secret := Secret("canary://user:canary@host")
	holder := struct {
		S  Secret
		K  Key
		L  Secrets
		PS *Secret
	}{secret, key, Secrets{secret}, &secret}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "secret", secret, "key", key, "all", holder)
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "secret", secret, "key", key, "all", holder)
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	outputs := []string{log.String(), string(encoded), fmt.Sprint(secret, key, holder), secret.String(), key.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		outputs = append(outputs, fmt.Sprintf(verb, secret), fmt.Sprintf(verb, key), fmt.Sprintf(verb, holder))
	}
	for _, output := range outputs {
		if strings.Contains(output, "canary") || strings.Contains(output, "63616e617279") ||
			strings.Contains(output, "99 97 110") || strings.Contains(output, base64.StdEncoding.EncodeToString(key.Bytes())) {
			t.Errorf("a secret is shown: %s", output)
		}
	}
	if secret.Reveal() != "canary://user:canary@host" || !key.Set() {
		t.Error("a secret got lost")
	}
}

func TestKeyTakesAnyBase64(t *testing.T) {
	t.Parallel()
	raw := []byte("\xff\xfe\xfd89012345678901234567890123456\xff\xfe\xfd"[:32])
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		var key Key
		if err := key.UnmarshalText([]byte(encoding.EncodeToString(raw) + "\n")); err != nil || string(key.Bytes()) != string(raw) {
			t.Errorf("%v: %v", encoding, err)
		}
	}
	var key Key
	if err := key.UnmarshalText([]byte(base64.StdEncoding.EncodeToString(raw[:31]))); err == nil || key.Set() {
		t.Error("31 bytes were taken for a key")
	}
}
