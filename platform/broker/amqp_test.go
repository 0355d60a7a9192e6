package broker_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rabbitmq/amqp091-go"

	"github.com/tradewind-commerce/tradewind/platform/broker"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
	"github.com/tradewind-commerce/tradewind/platform/postgres/postgrestest"
	"github.com/tradewind-commerce/tradewind/platform/proxytest"
)

// queues is a configuration with queue names of the test's own on the shared message broker. They go with the test.
func queues(t *testing.T, consumers ...string) broker.Config {
	t.Helper()
	at := os.Getenv("TEST_AMQP_URL")
	if at == "" {
		t.Fatal("no test message broker: run `go run ./deploy/local test ./platform/broker`, or `eval \"$(go run ./deploy/local env)\"` once")
	}
	cfg := broker.Config{URL: at, QueuePrefix: fmt.Sprintf("test.%d.%08x.", clock.Now().Unix(), rand.Uint32())}
	t.Cleanup(func() {
		onQueues(t, cfg.URL, func(channel *amqp091.Channel) {
			for _, name := range consumers {
				if _, err := channel.QueueDelete(cfg.QueuePrefix+name, false, false, false); err != nil {
					t.Error(err)
				}
			}
		})
	})
	return cfg
}

// onQueues manages queues, which takes the broker's older protocol.
func onQueues(t *testing.T, at string, do func(*amqp091.Channel)) {
	t.Helper()
	conn, err := amqp091.Dial(at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	channel, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	do(channel)
}

// through puts a proxy that can be cut in front of the message broker.
func through(t *testing.T, cfg *broker.Config) *proxytest.Proxy {
	t.Helper()
	at, err := url.Parse(cfg.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := proxytest.New(t, at.Host)
	at.Host = proxy.Addr
	cfg.URL = at.String()
	return proxy
}

// attach opens a session of the test's own. Its other results are the broker's form of addresses, and how to leave at once.
func attach(t *testing.T, at string) (session *amqp.Session, address func(queue string) string, leave func()) {
	t.Helper()
	conn, err := amqp.Dial(t.Context(), at, nil)
	if err != nil {
		t.Fatal(err)
	}
	leave = func() { conn.Close() }
	t.Cleanup(leave)
	if session, err = conn.NewSession(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	version, _ := conn.Properties()["version"].(string)
	address = func(queue string) string {
		if strings.HasPrefix(version, "3.") {
			return "/amq/queue/" + queue
		}
		return "/queues/" + queue
	}
	return session, address, leave
}

// Over a message broker every event is handled once, failures are tried again, and nothing is left behind.
func TestMessages(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	cfg := queues(t, "mails", "stats")
	cfg.Retries = []time.Duration{time.Millisecond, time.Millisecond}
	var mails, stats record
	moody := broker.On("mails", func(ctx context.Context, event *happened) error {
		switch n := mails.note(event.GetValue()); {
		case broker.EventID(ctx) == "" || postgres.Token(ctx) == 0:
			return broker.Poison(errors.New("no id or token"))
		case event.GetValue() == "event 3" && n < 3:
			return errors.New("not yet")
		case event.GetValue() == "event 4":
			return errors.New("never")
		}
		return nil
	})
	for range 2 { // two workers on the same queues
		start(t, db, cfg, moody, noting("stats", &stats))
	}
	publish(t, db, named("event", 300)...)
	eventually(t, "nothing to be left", empty(t, db))
	if names, handled := mails.counts(); names != 300 || handled != 304 || mails.seen["event 3"] != 3 || mails.seen["event 4"] != 3 {
		t.Errorf("mails handled %d events %d times", names, handled)
	}
	if names, handled := stats.counts(); names != 300 || handled != 300 {
		t.Errorf("stats handled %d events %d times", names, handled)
	}
	if letters := deadLetters(t, db); len(letters) != 1 || letters[0].Error != "never" {
		t.Errorf("dead: %+v", letters)
	}
	eventually(t, "the queues to be empty", func() bool {
		left := 0
		onQueues(t, cfg.URL, func(channel *amqp091.Channel) {
			for _, name := range []string{"mails", "stats"} {
				queue, err := channel.QueueDeclarePassive(cfg.QueuePrefix+name, true, false, false, false, nil)
				if err != nil {
					t.Error(err)
				}
				left += queue.Messages
			}
		})
		return left == 0
	})
}

// The message broker goes away again and again while the shop works: publishing never fails, and nothing is lost or done twice.
func TestMessageBrokerLost(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	cfg := queues(t, "counter")
	proxy := through(t, &cfg)
	var r record
	start(t, db, cfg, noting("counter", &r))
	published := 0
	for round := range 5 {
		for range 10 {
			publish(t, db, named(fmt.Sprint("round ", round, " event ", published), 10)...)
			published += 10
			if published%100 == 50 {
				proxy.Cut()
			}
		}
		if n := count(t, db, "outbox"); n > 100 {
			t.Errorf("%d events wait for the relay: a lost broker holds it up", n)
		}
		proxy.Restore()
		eventually(t, fmt.Sprintf("%d events", published), r.has(published))
	}
	eventually(t, "nothing to be left", empty(t, db))
	if names, handled := r.counts(); names != published || handled != published {
		t.Errorf("%d events were handled %d times, want %d once each", names, handled, published)
	}
}

// A message that comes three times is handled once, one that is none of ours is refused, and ours outlive a restart of the broker.
func TestMessagesRepeatedAndStrange(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	cfg := queues(t, "counter")
	var r record
	known := noting("counter", &r)
	stop := start(t, db, withRuns(cfg, func(string) bool { return false }), known)
	publish(t, db, "event")
	session, address, leave := attach(t, cfg.URL)
	receiver, err := session.NewReceiver(t.Context(), address(cfg.QueuePrefix+"counter"), nil)
	if err != nil {
		t.Fatal(err)
	}
	original, err := receiver.Receive(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if original.Header == nil || !original.Header.Durable {
		t.Error("the message is not durable: a broker that restarts forgets it")
	}
	var deliveryID string
	if err := db.Primary().QueryRow(t.Context(), "select id from deliveries").Scan(&deliveryID); err != nil {
		t.Fatal(err)
	}
	if named, _ := original.Properties.MessageID.(string); named != deliveryID+"/0" {
		t.Errorf("the message is named %v, the delivery %s", original.Properties.MessageID, deliveryID)
	}
	leave() // unsettled, so it goes back to the queue
	stop()
	session, address, _ = attach(t, cfg.URL)
	sender, err := session.NewSender(t.Context(), address(cfg.QueuePrefix+"counter"), nil)
	if err != nil {
		t.Fatal(err)
	}
	strange := []*amqp.Message{
		{Data: [][]byte{[]byte("hello")}},
		{Properties: &amqp.MessageProperties{MessageID: "hello"}, Data: [][]byte{{1}}},
		{Properties: &amqp.MessageProperties{MessageID: "x' or true/0"}, Data: [][]byte{{1}}},
		{Properties: &amqp.MessageProperties{MessageID: deliveryID + "/7"}, Data: [][]byte{{1}}},
	}
	for _, msg := range append(strange, original, original) {
		msg.Header = &amqp.MessageHeader{Durable: true}
		if err := sender.Send(t.Context(), &amqp.Message{Header: msg.Header, Properties: msg.Properties, Data: msg.Data}, nil); err != nil {
			t.Fatal(err)
		}
	}
	start(t, db, cfg, known)
	eventually(t, "the event", r.has(1))
	publish(t, db, "another")
	eventually(t, "the event after", r.has(2))
	eventually(t, "nothing to be left", empty(t, db))
	if _, handled := r.counts(); handled != 2 {
		t.Errorf("handled %v", r.seen)
	}
}

func withRuns(cfg broker.Config, runs func(string) bool) broker.Config {
	cfg.Runs = runs
	return cfg
}

// A message that the broker took and lost is sent again, since the delivery is still to do; and so is one whose worker died.
func TestMessagesLostAtTheBroker(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	cfg := queues(t, "counter")
	var r record
	stop := start(t, db, withRuns(cfg, func(string) bool { return false }), noting("counter", &r))
	publish(t, db, named("event", 30)...)
	eventually(t, "the messages to be sent", func() bool {
		return count(t, db, "deliveries where sent_time is not null and due_time > now() + interval '5 minutes'") == 30
	})
	stop()
	onQueues(t, cfg.URL, func(channel *amqp091.Channel) {
		if n, err := channel.QueuePurge(cfg.QueuePrefix+"counter", false); n != 30 || err != nil {
			t.Errorf("the broker lost %d messages, %v, want 30", n, err)
		}
	})
	if _, err := db.Primary().Exec(t.Context(), "update deliveries set due_time = now()"); err != nil { // the resend time has passed
		t.Fatal(err)
	}
	start(t, db, cfg, noting("counter", &r))
	eventually(t, "nothing to be left", empty(t, db))
	if names, handled := r.counts(); names != 30 || handled != 30 {
		t.Errorf("%d events were handled %d times", names, handled)
	}
}

// Messages that wait while a link brings none make the worker open it anew, again and again until they come.
func TestStalledLinkIsOpenedAnew(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	cfg := queues(t, "counter")
	cfg.Stall = 100 * time.Millisecond
	metrics := prometheus.NewRegistry()
	cfg.Metrics = metrics
	var r record
	stop := start(t, db, withRuns(cfg, func(string) bool { return false }), noting("counter", &r))
	session, address, leave := attach(t, cfg.URL)
	if _, err := session.NewReceiver(t.Context(), address(cfg.QueuePrefix+"counter"), &amqp.ReceiverOptions{Credit: 100}); err != nil {
		t.Fatal(err) // it takes every message and does nothing with it
	}
	publish(t, db, named("event", 5)...)
	eventually(t, "the messages to be sent", func() bool { return count(t, db, "deliveries where sent_time is not null") == 5 })
	stop()
	start(t, db, cfg, noting("counter", &r))
	eventually(t, "the link to be opened anew twice", func() bool {
		families, err := metrics.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			if family.GetName() == "tradewind_broker_links_reopened_total" {
				return family.GetMetric()[0].GetCounter().GetValue() >= 2
			}
		}
		return false
	})
	leave()
	eventually(t, "the messages", r.has(5))
	eventually(t, "nothing to be left", empty(t, db))
}

// A queue that somebody deleted is made again, and what was in it is sent again.
func TestQueueDeleted(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	cfg := queues(t, "counter")
	cfg.Resend = 500 * time.Millisecond
	var r record
	start(t, db, cfg, noting("counter", &r))
	publish(t, db, "before")
	eventually(t, "the first event", r.has(1))
	onQueues(t, cfg.URL, func(channel *amqp091.Channel) {
		if _, err := channel.QueueDelete(cfg.QueuePrefix+"counter", false, false, false); err != nil {
			t.Error(err)
		}
	})
	publish(t, db, named("after", 5)...)
	eventually(t, "the events after", r.has(6))
	eventually(t, "nothing to be left", empty(t, db))
}

// What is configured but cannot be reached stops the start with one line, which does not show the password.
func TestOpenRefusesAnUnreachableBroker(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t)
	for _, at := range []string{"amqp://shop:secret-word@127.0.0.1:1", "amqp://shop:secret-word@127.0.0.1:1/%zz", strings.Replace(queues(t).URL, "amqp://", "amqp://x", 1)} {
		_, err := broker.Open(t.Context(), db, broker.Config{URL: at, Metrics: prometheus.NewRegistry()})
		if err == nil || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "secret-word") {
			t.Errorf("%s: got %v", at, err)
		}
	}
}
