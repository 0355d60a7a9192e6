package main

import (
	"slices"
	"strings"
	"testing"
)

// Each program is told only the secrets it needs, whatever the caller's own environment holds.
func TestEnvironment(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://production")
	t.Setenv("SECRET_KEY", "production")
	t.Setenv("VALKEY_URL", "redis://mine:1")
	t.Setenv("SMTP_URL", "")
	keys := secrets{SecretKey: "the-secret", SigningKey: "the-signer", SandboxKey: "the-sandbox", SandboxWebhookSecret: "the-hook",
		DatabasePassword: "the-password"}
	p := plan{site: site{path: "/data/shop"}, base: 9000, keys: keys}
	tests := map[string]struct{ told, untold []string }{
		"server": {
			[]string{"ADDR=127.0.0.1:9000", "PRIVATE_ADDR=127.0.0.1:9003", "SECRET_KEY=the-secret", "SIGNING_KEY=the-signer",
				"DATABASE_URL=postgres://tradewind:the-password@127.0.0.1:9006/tradewind?sslmode=disable",
				"DATABASE_REPLICA_URLS=postgres://tradewind:the-password@127.0.0.1:9007/tradewind?sslmode=disable",
				"VALKEY_URL=redis://mine:1", "BLOB_URL=file:///data/shop/blobs", "PUBLIC_URL=http://localhost:9000",
				"SMTP_URL=smtp://127.0.0.1:9013?from=shop@tradewind.example"},
			nil,
		},
		"worker": {[]string{"PRIVATE_ADDR=127.0.0.1:9002", "SECRET_KEY=the-secret"}, []string{"the-signer", "the-sandbox"}},
		"admin": {
			[]string{"ADDR=127.0.0.1:9001", "SERVICE_URLS=*=http://127.0.0.1:9000"},
			[]string{"the-secret", "the-signer", "the-sandbox", "the-hook", "the-password"},
		},
		"mailbox": {
			[]string{"ADDR=127.0.0.1:9012", "SMTP_ADDR=127.0.0.1:9013"},
			[]string{"the-secret", "the-signer", "the-sandbox", "the-hook", "the-password"},
		},
		"sandbox": {[]string{"ADDR=127.0.0.1:9005", "SANDBOX_KEY=the-sandbox"}, []string{"the-secret", "the-signer", "the-password"}},
	}
	for name, tc := range tests {
		environment := p.environment(name)
		for _, want := range tc.told {
			if !slices.Contains(environment, want) {
				t.Errorf("%s is not told %s", name, want)
			}
		}
		for _, secret := range append(tc.untold, "production") {
			if strings.Contains(strings.Join(environment, "\n"), secret) {
				t.Errorf("%s is told %s", name, secret)
			}
		}
	}
}

// Who has a mail server of their own gets mails from there, and is not sent to a mailbox that stays empty.
func TestOwnMailServer(t *testing.T) {
	const own = "smtps://me:word@mail.example:465?from=shop@example.com"
	t.Setenv("SMTP_URL", own)
	p := plan{site: site{path: "/data/shop"}, base: 9000}
	if environment := strings.Join(p.environment("server"), "\n"); strings.Count(environment, "SMTP_URL=") != 1 || !strings.Contains(environment, "SMTP_URL="+own) {
		t.Errorf("the server is told %s", environment)
	}
	var said strings.Builder
	(&launcher{out: &said}).printAddresses(p)
	if strings.Contains(said.String(), "mailbox") {
		t.Errorf("printed %s", said.String())
	}
}

func TestParseUp(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args string
		want upFlags
		fail bool
	}{
		"nothing":          {"", upFlags{port: 8080}, false},
		"all":              {"--port 9000 --detach --fresh", upFlags{9000, true, true}, false},
		"a system port":    {"--port 80", upFlags{}, true},
		"a port too high":  {"--port 40000", upFlags{}, true},
		"an unknown flag":  {"--prot 9000", upFlags{}, true},
		"a word of no use": {"shop", upFlags{}, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := parseUp(strings.Fields(tc.args)); got != tc.want || (err != nil) != tc.fail {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestGoCommands(t *testing.T) {
	t.Parallel()
	const all, alone = "test -tags=crashpoints -vet=off -timeout=20m -skip=^(TestDrill|TestCrash|TestEdge)", "-count=1 -p=1 -run=^(TestDrill|TestCrash|TestEdge) ./services/order ./server/e2e"
	tests := map[string]struct{ args, want string }{
		"everything":        {"", all + " ./..., test -tags=crashpoints -vet=off -timeout=20m " + alone},
		"with races":        {"-race", all + " -race ./..., test -tags=crashpoints -vet=off -timeout=20m -race " + alone},
		"with flags":        {"-race -count 1", all + " -race -count 1 ./..."},
		"named packages":    {"-race ./services/...", "test -race ./services/..."},
		"binary's own args": {"-v -args -x", all + " -v ./... -args -x"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, command := range goCommands(strings.Fields(tc.args)) {
				got = append(got, strings.Join(command, " "))
			}
			if strings.Join(got, ", ") != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
