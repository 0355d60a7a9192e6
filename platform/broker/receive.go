package broker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/tradewind-commerce/tradewind/gen/db/platformdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

var errStalled = errors.New("messages wait and none comes")

// keepReceiving works for a consumer for as long as the connection lives, opening the link anew when it fails.
func (b *Broker) keepReceiving(ctx context.Context, conn *connection, c *Consumer) {
	var failing backoff
	for ctx.Err() == nil {
		since := clock.Running()
		err := b.receive(ctx, conn, c)
		if ctx.Err() != nil {
			return
		}
		if clock.Running()-since > time.Minute {
			failing.reset()
		}
		slog.WarnContext(ctx, "receiving stopped, opening the link again", "consumer", c.Name, "error", oneLine(err))
		b.measures.reopened.WithLabelValues(c.Name).Inc()
		if pause(ctx, failing.next()) && conn.dialect != activemq {
			_ = b.declare(ctx) // in case somebody deleted the queue; what else is wrong shows at the link
		}
	}
}

// receive works off a consumer's queue over one link.
//
// Credit is granted by hand, a batch at a time: RabbitMQ 3 stops sending, for good, to links that grant it message by message.
func (b *Broker) receive(ctx context.Context, conn *connection, c *Consumer) error {
	session, err := conn.NewSession(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { go closeSession(session) }()
	receiver, err := session.NewReceiver(ctx, conn.dialect.address(b.queue(c)), &amqp.ReceiverOptions{Credit: -1})
	if err != nil {
		return err
	}
	var working sync.WaitGroup
	defer func() {
		if ctx.Err() != nil && !conn.lost() { // the process stops: what is in hand is finished and settled first
			working.Wait()
		}
	}()
	grant := uint32(2 * c.Concurrency)
	for {
		if err := receiver.IssueCredit(grant); err != nil {
			return err
		}
		for range grant {
			msg, err := b.next(ctx, receiver, c)
			if err != nil {
				return err
			}
			select {
			case c.slots <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err() // unsettled, so it comes again to another worker
			}
			working.Add(1)
			b.handlers.Go(func() {
				defer working.Done()
				defer func() { <-c.slots }()
				b.receiveOne(ctx, receiver, c, msg)
			})
		}
	}
}

// next waits for a message, and gives the link up when messages wait for it that do not come.
func (b *Broker) next(ctx context.Context, receiver *amqp.Receiver, c *Consumer) (*amqp.Message, error) {
	for {
		limited, cancel := context.WithTimeout(ctx, jittered(b.cfg.Stall))
		msg, err := receiver.Receive(limited, nil)
		expired := limited.Err() != nil && ctx.Err() == nil
		cancel()
		if err == nil || !expired {
			return msg, err
		}
		before := clock.Now().Add(-b.cfg.Stall)
		waiting, err := queries.IsWaitingAtBroker(ctx, b.db.Primary(), platformdb.IsWaitingAtBrokerParams{Consumer: c.Name, SentBefore: &before})
		if err == nil && waiting {
			return nil, errStalled
		}
	}
}

// receiveOne works off one message. It is settled when its effect, or that there is none, is written down.
func (b *Broker) receiveOne(ctx context.Context, receiver *amqp.Receiver, c *Consumer, msg *amqp.Message) {
	deliveryID, attempts, err := namedBy(msg)
	if err != nil {
		slog.WarnContext(ctx, "a message that is none of ours was refused", "consumer", c.Name, "error", err)
		b.settleMessage(func(ctx context.Context) error {
			return receiver.RejectMessage(ctx, msg, &amqp.Error{Condition: amqp.ErrCondInvalidField})
		})
		return
	}
	d, err := b.begin(c, deliveryID, attempts)
	switch {
	case postgres.IsNoRows(err): // done, discarded, or begun before
	case err != nil:
		slog.ErrorContext(ctx, "begin a delivery", "consumer", c.Name, "delivery_id", deliveryID, "error", err)
		pause(ctx, sendAgain) // the database has a bad moment, and the message would be back at once
		b.settleMessage(func(ctx context.Context) error { return receiver.ReleaseMessage(ctx, msg) })
		return
	default:
		b.deliver(c, delivery(d))
	}
	b.settleMessage(func(ctx context.Context) error { return receiver.AcceptMessage(ctx, msg) })
}

func namedBy(msg *amqp.Message) (deliveryID string, attempts int32, err error) {
	if msg.Properties == nil {
		return "", 0, errors.New("it has no id")
	}
	messageID, _ := msg.Properties.MessageID.(string)
	return parseMessageID(messageID)
}

func (b *Broker) begin(c *Consumer, deliveryID string, attempts int32) (platformdb.BeginDeliveryRow, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.work), settleTimeout)
	defer cancel()
	return queries.BeginDelivery(ctx, b.db.Primary(), platformdb.BeginDeliveryParams{
		LostTime: clock.Now().Add(c.lostAfter()), ID: deliveryID, Attempts: attempts,
	})
}

// settleMessage answers the message broker. A failure is no harm: the message comes again and finds nothing to begin.
func (b *Broker) settleMessage(settle func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.work), sendTimeout)
	defer cancel()
	_ = settle(ctx)
}
