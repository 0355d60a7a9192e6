// Command sandbox is a payment provider for development and tests: a company with a hosted payment page, an API, signed
// webhooks and its own durable record of what it charged. It knows nothing of the shop that calls it, and it can be told
// to misbehave in the ways real providers do.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// config is every setting, read once at the start.
type config struct {
	Addr          string        `env:"ADDR" default:":8085" help:"Address to listen on. Without a host only this machine is served (127.0.0.1): write 0.0.0.0:8085 to serve others. Port 0 takes a free one."`
	Data          string        `env:"DATA" required:"" placeholder:"FILE" help:"File that keeps the record of payments, made when it is missing. One sandbox at a time may use it."`
	Key           string        `env:"SANDBOX_KEY" required:"" placeholder:"SECRET" help:"Secret that callers of the API and of the control calls send as a bearer token. Prefer the environment to the flag."`
	WebhookSecret string        `env:"SANDBOX_WEBHOOK_SECRET" placeholder:"SECRET" help:"Secret that webhooks are signed with. Needed with a webhook URL. Prefer the environment to the flag."`
	WebhookURL    string        `env:"WEBHOOK_URL" placeholder:"URL" help:"Where webhooks are sent. Without it none are."`
	PageURL       string        `env:"PAGE_URL" placeholder:"URL" help:"Base of the addresses that shoppers are sent to. Without it the listening address."`
	Speaks        string        `env:"SPEAKS" enum:"sandbox,stripe" default:"sandbox" help:"Whose API it serves: its own, or as much of Stripe's as a shop needs."`
	PublicKey     string        `env:"SANDBOX_PUBLIC_KEY" default:"pk_sandbox" help:"Key by which a shopper's browser pays in fields; no secret."`
	Slow          time.Duration `env:"SLOW" default:"5s" help:"How long a slow answer takes, where a script names no time of its own."`
	Hang          time.Duration `env:"HANG" default:"60s" help:"How long a connection is held that never gets an answer."`
}

func main() {
	var cfg config
	kong.Parse(&cfg, kong.Name("sandbox"), kong.Description("A payment provider for development and tests. No real money moves."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, cfg, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

// run serves until the context ends. It writes one line with its address to out once it can be called.
func run(ctx context.Context, cfg config, out, logs io.Writer) error {
	if err := cfg.check(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", loopback(cfg.Addr))
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer func() { _ = listener.Close() }()
	if cfg.PageURL == "" {
		cfg.PageURL = "http://" + reachable(listener.Addr())
	}
	sandbox, err := newSandbox(cfg, slog.New(slog.NewJSONHandler(logs, nil)))
	if err != nil {
		return err
	}
	defer sandbox.close()

	server := &http.Server{
		Handler:           sandbox.routes(),
		ReadHeaderTimeout: 2 * time.Second,
		ReadTimeout:       10 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(sandbox.log.Handler(), slog.LevelWarn),
	} // no write timeout: holding a connection is part of the trade here
	if _, err := fmt.Fprintf(out, "sandbox listening on http://%s\n", reachable(listener.Addr())); err != nil {
		return fmt.Errorf("print the address: %w", err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	sandbox.stop() // lets go of held connections, so that the shutdown need not wait for them
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), 8*time.Second)
	defer cancel()
	if err := server.Shutdown(deadline); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

func (c config) check() error {
	if c.Key == "" || c.Data == "" {
		return errors.New("SANDBOX_KEY and DATA must not be empty")
	}
	if c.WebhookURL != "" {
		if _, err := origin(c.WebhookURL); err != nil {
			return fmt.Errorf("WEBHOOK_URL %w", err)
		}
		if c.WebhookSecret == "" {
			return errors.New("WEBHOOK_URL needs SANDBOX_WEBHOOK_SECRET to sign with")
		}
	}
	if c.PageURL != "" {
		if _, err := origin(c.PageURL); err != nil {
			return fmt.Errorf("PAGE_URL %w", err)
		}
	}
	return nil
}

// The APIs.
const (
	speaksSandbox = "sandbox"
	speaksStripe  = "stripe"
)

// loopback keeps a sandbox off the network unless a host is named.
func loopback(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host != "" {
		return addr
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// reachable is the address to call a listener at: one that listens everywhere is called on this machine.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
}

// origin is the scheme and host of an address. It is strict, because it ends up in a response header (the page's policy).
func origin(address string) (string, error) {
	if len(address) > 2000 {
		return "", errors.New("must be at most 2000 characters")
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || !plainHost.MatchString(u.Host) {
		return "", errors.New("must be a full http or https address")
	}
	return u.Scheme + "://" + u.Host, nil
}
