// Command mailbox is a mail server for development and tests: it takes every mail that is sent to it, delivers none, and shows them all as
// pages and as JSON. It knows nothing of the shop that sends.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"
)

// config is every setting, read once at the start.
type config struct {
	Addr     string `env:"ADDR" default:":8092" help:"Address of the pages. Only this machine is served, since whoever looks sees everybody's mails. Port 0 takes a free one."`
	SMTPAddr string `name:"smtp-addr" env:"SMTP_ADDR" default:":8093" help:"Address that takes mails by SMTP, on this machine only as well."`
	Keep     int    `env:"KEEP" default:"500" help:"How many mails are kept, in memory; the oldest makes room."`
}

const description = `A mail server for development and tests. It delivers nothing and shows the last mails it was sent.

Some addresses misbehave: refused@ any domain is refused for good (550), and later@ any domain for now (450) the first time it is asked.`

// What one sender can take of this machine.
const (
	mostConnections  = 50
	mostRecipients   = 100
	mostMessageBytes = 1 << 20
	patience         = 30 * time.Second // for a command or for a whole message
)

func main() {
	var cfg config
	kong.Parse(&cfg, kong.Name("mailbox"), kong.Description(description))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, cfg, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "mailbox:", err)
		os.Exit(1)
	}
}

// run serves until the context ends. It writes one line with its addresses to out once both take connections.
func run(ctx context.Context, cfg config, out, logs io.Writer) error {
	if cfg.Keep < 1 {
		return fmt.Errorf("KEEP %d: want at least 1", cfg.Keep)
	}
	pages, err := listen("ADDR", cfg.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = pages.Close() }()
	mails, err := listen("SMTP_ADDR", cfg.SMTPAddr)
	if err != nil {
		return err
	}
	defer func() { _ = mails.Close() }()

	complaints := slog.NewLogLogger(slog.NewJSONHandler(logs, nil), slog.LevelWarn)
	box := &mailbox{most: cfg.Keep, now: time.Now}
	web := &http.Server{
		Handler: box.routes(), ReadHeaderTimeout: 2 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: complaints,
	}
	post := box.server()
	post.ErrorLog = complaints
	if _, err := fmt.Fprintf(out, "mailbox listening on http://%s and smtp://%s\n", pages.Addr(), mails.Addr()); err != nil {
		return fmt.Errorf("print the addresses: %w", err)
	}
	served := make(chan error, 2)
	go func() { served <- web.Serve(pages) }()
	go func() { served <- post.Serve(mails) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	// A mail that is cut off was not accepted: whoever sends it tries again.
	if err := errors.Join(post.Close(), web.Shutdown(deadline)); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

// server takes mails for the box. It offers no login and no encryption: it is never reached over a network.
func (b *mailbox) server() *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{box: b}, nil }))
	server.Domain = "localhost"
	server.MaxRecipients, server.MaxMessageBytes = mostRecipients, mostMessageBytes
	server.ReadTimeout, server.WriteTimeout = patience, patience
	server.EnableSMTPUTF8 = true
	return server
}

// listen opens an address of this machine and of no network. The setting is named in what it complains of.
func listen(setting, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("%s %q: want a port such as :8092", setting, addr)
	}
	if host == "" || host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("%s %q: the mailbox shows everybody's mails without a login, so it serves this machine only; leave the host out", setting, addr)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	return netutil.LimitListener(listener, mostConnections), nil
}
