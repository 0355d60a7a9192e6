package main

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
)

// What the shop's programs are told, and the commands they understand, is all in this file.

// migrateCommand, seedCommand and staffCommand are server's own sub-commands. The last reads a password.
var (
	migrateCommand = []string{"migrate"}
	seedCommand    = []string{"seed"}
	staffCommand   = []string{"staff", "add", "--email", staffEmail, "--password-stdin"}
)

// The sample shop's account is the example that ISO 13616 is mostly explained with, and nobody's.
const (
	sampleAccount = "DE89 3704 0044 0532 0130 00"
	sampleHolder  = "Sample shop, please do not pay"
)

const (
	staffEmail = "owner@tradewind.example"
	shopEmail  = "shop@tradewind.example" // whom mails are from
)

// webhookPath is where the storefront takes a payment provider's messages.
const webhookPath = "/webhooks/payments/sandbox"

// ownSettings are variables that the launcher decides, whatever the caller's environment holds: a shop that was told
// half by one and half by the other would not work. VALKEY_URL, AMQP_URL, BLOB_URL, SMTP_URL and a payment provider's
// keys are the caller's.
var ownSettings = []string{"ADDR=", "PRIVATE_ADDR=", "DATABASE_URL=", "DATABASE_REPLICA_URLS=", "SERVICES=", "PAGES=", "JOBS=",
	"SERVICE_URLS=", "PUBLIC_URL=", "ADMIN_URL=", "SECRET_KEY=", "SIGNING_KEY=", "SANDBOX_URL=", "SANDBOX_KEY=",
	"SANDBOX_WEBHOOK_SECRET=", "BANK_ACCOUNT=", "BANK_HOLDER=", "SMTP_ADDR=", "DATA=", "WEBHOOK_URL=", "PAGE_URL=", "TRUSTED_PROXIES="}

// A plan is where a shop's parts are and what they need to know of each other.
type plan struct {
	site site
	base int
	keys secrets
}

func (p plan) publicURL() string { return p.local(portServer) }
func (p plan) adminURL() string  { return p.local(portAdmin) }

// mailboxURL shows the shop's mails, unless the caller has a mail server that they go to.
func (p plan) mailboxURL() (string, bool) { return p.local(portMailbox), os.Getenv("SMTP_URL") == "" }

func (p plan) local(port int) string    { return "http://localhost:" + strconv.Itoa(p.base+port) }
func (p plan) loopback(port int) string { return "127.0.0.1:" + strconv.Itoa(p.base+port) }

func (p plan) databaseURL(port int) string {
	return fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", appName, p.keys.DatabasePassword, p.loopback(port), appName)
}

// environment is a program's whole environment: what it is told, and what of the caller's does not contradict that.
func (p plan) environment(name string) []string {
	return without(os.Environ(), ownSettings, p.told(name)...)
}

// told is what one program of the shop is told. Each gets only the secrets it needs: the back office none.
func (p plan) told(name string) []string {
	files := url.URL{Scheme: "file", Path: p.site.join("blobs")}
	addresses := []string{"PUBLIC_URL=" + p.publicURL(), "ADMIN_URL=" + p.adminURL()}
	stores := []string{
		"DATABASE_URL=" + p.databaseURL(portPrimary),
		"DATABASE_REPLICA_URLS=" + p.databaseURL(portReplica),
	}
	if os.Getenv("BLOB_URL") == "" {
		stores = append(stores, "BLOB_URL="+files.String())
	}
	provider := []string{"SANDBOX_KEY=" + p.keys.SandboxKey, "SANDBOX_WEBHOOK_SECRET=" + p.keys.SandboxWebhookSecret}
	switch name {
	case "server":
		var mails []string
		if _, used := p.mailboxURL(); used {
			mails = []string{"SMTP_URL=smtp://" + p.loopback(portMailboxSMTP) + "?from=" + shopEmail}
		}
		return slices.Concat(addresses, stores, provider, mails, []string{
			"ADDR=" + p.loopback(portServer),
			"PRIVATE_ADDR=" + p.loopback(portServerPrivate),
			"SECRET_KEY=" + p.keys.SecretKey,
			"SIGNING_KEY=" + p.keys.SigningKey,
			"SANDBOX_URL=http://" + p.loopback(portSandbox),
			"TRUSTED_PROXIES=127.0.0.1", // the back office says who signs in
			"BANK_ACCOUNT=" + cmp.Or(os.Getenv("BANK_ACCOUNT"), sampleAccount),
			"BANK_HOLDER=" + cmp.Or(os.Getenv("BANK_HOLDER"), sampleHolder),
		})
	case "worker":
		return slices.Concat(addresses, stores, []string{
			"PRIVATE_ADDR=" + p.loopback(portWorkerPrivate),
			"SECRET_KEY=" + p.keys.SecretKey,
			"SERVICES=product", // imports stream to the database without a hop
			"SERVICE_URLS=*=http://" + p.loopback(portServerPrivate),
		})
	case "admin":
		return slices.Concat(addresses, []string{
			"ADDR=" + p.loopback(portAdmin),
			"PRIVATE_ADDR=" + p.loopback(portAdminPrivate),
			"SERVICE_URLS=*=http://" + p.loopback(portServer),
		})
	case "mailbox":
		return []string{"ADDR=" + p.loopback(portMailbox), "SMTP_ADDR=" + p.loopback(portMailboxSMTP)}
	default: // the sandbox, a stranger to the shop
		return slices.Concat(provider, []string{
			"ADDR=" + p.loopback(portSandbox),
			"DATA=" + p.site.join("sandbox.db"),
			"WEBHOOK_URL=http://" + p.loopback(portServer) + webhookPath,
		})
	}
}
