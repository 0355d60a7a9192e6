package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/rabbitmq/amqp091-go"
)

const (
	connectTimeout = 10 * time.Second
	// silence is how long a message broker may say nothing before it counts as gone.
	silence = 15 * time.Second

	longestQueue = 1_000_000 // messages; beyond, the broker refuses and deliveries wait in the database
	mostReturns  = 20        // of one message, by workers that died with it; the database has it sent again
)

// connection is an open connection to the message broker. Links that fail are opened anew on it; when it fails itself, another
// takes its place.
type connection struct {
	*amqp.Conn
	dialect dialect
}

// dialect is a message broker's form of addresses.
type dialect string

const (
	rabbit3  dialect = "rabbit3"
	rabbit4  dialect = "rabbit4"
	activemq dialect = "activemq"
)

// address names a queue that exists, or is made by naming it.
func (d dialect) address(queue string) string {
	switch d {
	case rabbit3:
		return "/amq/queue/" + queue
	case rabbit4:
		return "/queues/" + url.PathEscape(queue)
	default:
		return "queue://" + queue
	}
}

func recognise(conn *amqp.Conn) dialect {
	product, _ := conn.Properties()["product"].(string)
	version, _ := conn.Properties()["version"].(string)
	switch {
	case !strings.Contains(product, "RabbitMQ"):
		return activemq
	case strings.HasPrefix(version, "3."):
		return rabbit3
	default:
		return rabbit4
	}
}

// connect opens a connection and makes sure that every consumer's queue exists.
func (b *Broker) connect(ctx context.Context) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	options := &amqp.ConnOptions{IdleTimeout: silence, WriteTimeout: sendTimeout}
	target, err := url.Parse(b.cfg.URL)
	if err != nil {
		return nil, errors.New("the message broker's URL is no URL") // which the error would repeat, password and all
	}
	if host := strings.Trim(target.Path, "/"); host != "" {
		options.HostName = "vhost:" + host
	}
	conn, err := amqp.Dial(ctx, b.cfg.URL, options)
	if err != nil {
		return nil, fmt.Errorf("message broker %s: %w", target.Host, err)
	}
	c := &connection{Conn: conn, dialect: dialect(b.cfg.Dialect)}
	if c.dialect == "" {
		c.dialect = recognise(conn)
	}
	if c.dialect != activemq {
		if err := b.declare(ctx); err != nil {
			c.end()
			return nil, fmt.Errorf("message broker %s: declare queues: %w", target.Host, err)
		}
	}
	return c, nil
}

// declare makes each consumer's queue, which AMQP 1.0 has no words for, by RabbitMQ's older protocol: replicated, durable, and
// refusing more than it can hold. There is no queue for dead letters, since the deliveries table lists those.
func (b *Broker) declare(ctx context.Context) error {
	dialer := amqp091.DefaultDial(connectTimeout)
	conn, err := amqp091.DialConfig(b.cfg.URL, amqp091.Config{Heartbeat: silence, Locale: "en_US", Dial: dialer})
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	channel, err := conn.Channel()
	if err != nil {
		return err
	}
	for _, c := range b.consumers {
		_, err := channel.QueueDeclare(b.queue(c), true, false, false, false, amqp091.Table{
			amqp091.QueueTypeArg: amqp091.QueueTypeQuorum,
			"x-delivery-limit":   mostReturns,
			"x-max-length":       longestQueue,
			"x-overflow":         "reject-publish",
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *Broker) queue(c *Consumer) string { return b.cfg.QueuePrefix + c.Name }

// end closes a connection without waiting for a broker that may be gone.
func (c *connection) end() { go c.Close() }

// superviseConnection keeps a connection for as long as the process works, and sends and receives over it.
func (b *Broker) superviseConnection(ctx context.Context) {
	conn := b.first
	var failing backoff
	for ctx.Err() == nil {
		if conn == nil {
			var err error
			if conn, err = b.connect(ctx); err != nil {
				if ctx.Err() == nil {
					slog.WarnContext(ctx, "the message broker cannot be reached, deliveries wait", "error", oneLine(err))
					pause(ctx, failing.next())
				}
				continue
			}
		}
		failing.reset()
		slog.InfoContext(ctx, "message broker connected", "dialect", conn.dialect)
		b.measures.connected.Set(1)
		b.useConnection(ctx, conn)
		b.measures.connected.Set(0)
		if ctx.Err() == nil {
			slog.WarnContext(ctx, "the message broker is lost", "error", conn.Err())
			pause(ctx, failing.next())
		}
		conn.end()
		conn = nil
	}
	if conn != nil {
		conn.end()
	}
}

// useConnection sends and receives until the connection is lost or ctx ends. In the latter case what is in hand is finished first.
func (b *Broker) useConnection(ctx context.Context, conn *connection) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-conn.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	var links sync.WaitGroup
	links.Go(func() { b.send(ctx, conn) })
	for _, c := range b.mine() {
		links.Go(func() { b.keepReceiving(ctx, conn, c) })
	}
	links.Wait()
}

// lost reports whether the connection is gone.
func (c *connection) lost() bool {
	select {
	case <-c.Done():
		return true
	default:
		return false
	}
}

func oneLine(err error) error {
	return lineError{err}
}

type lineError struct{ error }

func (e lineError) Error() string { return strings.Join(strings.Fields(e.error.Error()), " ") }
func (e lineError) Unwrap() error { return e.error }
