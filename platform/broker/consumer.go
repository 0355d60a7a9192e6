package broker

import (
	"cmp"
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"
)

// Consumer is one party that wants one kind of event. What it does when an event comes again must change nothing.
type Consumer struct {
	// Name tells it from all others, for good: "mail.confirmation". Deliveries and queues are kept under it.
	Name string
	// Topic is the full name of the event's message.
	Topic string
	// Concurrency is how many deliveries it works on at once in one process: 4.
	Concurrency int
	// Timeout bounds the work on one delivery: 30 s. A worker that dies is noticed after it.
	Timeout time.Duration
	// Retries are the pauses before each further try, where this consumer's are not to be those of the broker's Config.
	Retries []time.Duration

	handle func(ctx context.Context, payloads [][]byte) error
	most   int // deliveries in one call of handle
	slots  chan struct{}
}

// On makes a consumer of the events that handle takes. Its error decides: nil accepts the event, Poison gives it up, anything else
// has it tried again later.
//
// The handler's context carries the event's id and a consistency token, so that its reads see what the event speaks of. It is
// nobody's request: the handler says on whose behalf it calls.
func On[M proto.Message](name string, handle func(ctx context.Context, event M) error) Consumer {
	return OnMany(name, 1, func(ctx context.Context, events []M) error { return handle(ctx, events[0]) })
}

// OnMany makes a consumer that is handed all events that wait for it, up to so many, since it can do for many in one call what would cost
// as much for each. Should the call fail, each of them is tried again later by itself, so that one which cannot succeed holds no other up.
// A message broker hands events over one by one.
func OnMany[M proto.Message](name string, most int, handle func(ctx context.Context, events []M) error) Consumer {
	var kind M
	message := kind.ProtoReflect()
	return Consumer{
		Name:  name,
		Topic: string(message.Descriptor().FullName()),
		most:  most,
		handle: func(ctx context.Context, payloads [][]byte) error {
			events := make([]M, len(payloads))
			for i, payload := range payloads {
				events[i] = message.New().Interface().(M)
				if err := proto.Unmarshal(payload, events[i]); err != nil {
					return Poison(err)
				}
			}
			return handle(ctx, events)
		},
	}
}

func (c Consumer) ready() *Consumer {
	c.Concurrency = cmp.Or(c.Concurrency, 4)
	c.Timeout = cmp.Or(c.Timeout, 30*time.Second)
	c.slots = make(chan struct{}, c.Concurrency)
	return &c
}

// lostAfter is when a delivery that was taken counts as lost with its worker.
func (c *Consumer) lostAfter() time.Duration { return c.Timeout + 30*time.Second }

// Poison marks an error that trying again cannot help. The delivery is dead at once, and staff see it.
func Poison(err error) error {
	if err == nil {
		return nil
	}
	return poisonError{err}
}

type poisonError struct{ error }

func (e poisonError) Unwrap() error { return e.error }

func isPoison(err error) bool {
	var poison poisonError
	return errors.As(err, &poison)
}

func notPoison(err error) error {
	var poison poisonError
	if errors.As(err, &poison) {
		return poison.error
	}
	return err
}

type eventIDKey struct{}

// EventID returns the id of the event that ctx was handed for, the same on every try; empty elsewhere, and of several at once. It is the idempotency key
// of what a consumer asks for.
func EventID(ctx context.Context) string {
	eventID, _ := ctx.Value(eventIDKey{}).(string)
	return eventID
}
