package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/tradewind-commerce/tradewind/gen/db/platformdb"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/crash"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

const (
	// sendTimeout bounds how long the message broker may take to answer for a message.
	sendTimeout = 5 * time.Second
	// sendRoom is how many messages of one consumer are on their way at once.
	sendRoom = 64
	// sendLost is when a message is sent again whose sender ended before the broker had answered.
	sendLost = 30 * time.Second
	// sendAgain is when a message that was not surely taken is sent again.
	sendAgain = 2 * time.Second
)

// send gives due deliveries to the message broker. A message that the broker does not answer for may have arrived or not: it is
// sent again, and the consumer begins each attempt once.
func (b *Broker) send(ctx context.Context, conn *connection) {
	var pace pace
	var failing backoff
	links := newSenders(conn)
	for ctx.Err() == nil {
		rung := b.handedOut.rung()
		sent, more, err := b.sendOnce(ctx, links)
		if err != nil {
			if ctx.Err() == nil {
				slog.ErrorContext(ctx, "send deliveries", "error", err)
				pause(ctx, failing.next())
			}
			continue
		}
		failing.reset()
		if !more {
			pace.wait(ctx, sent > 0, rung, nil)
		}
	}
}

// sendOnce sends what is due, and reports how much and whether there is more.
func (b *Broker) sendOnce(ctx context.Context, links *senders) (sent int, more bool, err error) {
	names := make([]string, len(b.consumers))
	for i, c := range b.consumers {
		names[i] = c.Name
	}
	now := clock.Now()
	due, err := b.takeForSending(ctx, names, now)
	if err != nil {
		return 0, false, err
	}
	byConsumer := map[string][]platformdb.ClaimForSendingRow{}
	for _, d := range due {
		byConsumer[d.Consumer] = append(byConsumer[d.Consumer], d)
	}
	var mu sync.Mutex
	var took, failed []string
	var all sync.WaitGroup
	for consumer, rows := range byConsumer {
		more = more || len(rows) == sendRoom
		all.Go(func() { // one queue that takes nothing holds no other up
			ctx, cancel := context.WithTimeout(ctx, sendTimeout)
			defer cancel()
			taken, refused, err := links.send(ctx, consumer, b.cfg.QueuePrefix+consumer, rows)
			b.measures.sent.WithLabelValues("taken").Add(float64(len(taken)))
			b.measures.sent.WithLabelValues("not taken").Add(float64(len(refused)))
			if err != nil {
				slog.WarnContext(ctx, "the message broker did not take messages", "consumer", consumer, "messages", len(refused), "error", oneLine(err))
			}
			mu.Lock()
			defer mu.Unlock()
			took, failed = append(took, taken...), append(failed, refused...)
		})
	}
	all.Wait()
	if len(took) > 0 {
		crash.At(crash.RelayAfterPublish)
	}
	return len(due), more && len(failed) == 0, b.noteSent(ctx, now, took, failed)
}

// takeForSending takes due deliveries. Should this process end before the broker has them, another sends them soon.
func (b *Broker) takeForSending(ctx context.Context, consumers []string, now time.Time) ([]platformdb.ClaimForSendingRow, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeTimeout)
	defer cancel()
	return queries.ClaimForSending(ctx, b.db.Primary(), platformdb.ClaimForSendingParams{
		LostTime: now.Add(sendLost), Now: now, Consumers: consumers, Room: sendRoom,
	})
}

// noteSent writes down which messages the broker has, and has the others sent again.
func (b *Broker) noteSent(ctx context.Context, sentAt time.Time, took, failed []string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	var err error
	if len(took) > 0 {
		err = queries.SentAt(ctx, b.db.Primary(), platformdb.SentAtParams{
			DueTime: sentAt.Add(b.cfg.Resend), Ids: took, SentTime: &sentAt,
		})
	}
	if len(failed) > 0 {
		err = errors.Join(err, queries.NotSent(ctx, b.db.Primary(), platformdb.NotSentParams{
			DueTime: clock.Now().Add(jittered(sendAgain)), Ids: failed, SentTime: &sentAt,
		}))
	}
	return err
}

// message is the one place where messages are made. Without the durable header a broker may forget them when it restarts.
func message(d platformdb.ClaimForSendingRow) *amqp.Message {
	return &amqp.Message{
		Header: &amqp.MessageHeader{Durable: true},
		Properties: &amqp.MessageProperties{
			MessageID:   messageID(d.ID, d.Attempts),
			Subject:     &d.Topic,
			ContentType: new("application/protobuf"),
		},
		ApplicationProperties: map[string]any{"event_id": d.EventID},
		Data:                  [][]byte{d.Payload},
	}
}

// messageID names a delivery and the attempt that the message is for, so that a message which comes again begins nothing.
func messageID(deliveryID string, attempts int32) string {
	return deliveryID + "/" + strconv.Itoa(int(attempts))
}

func parseMessageID(messageID string) (deliveryID string, attempts int32, err error) {
	deliveryID, count, found := strings.Cut(messageID, "/")
	n, err := strconv.ParseInt(count, 10, 32)
	if !found || err != nil || !id.Valid(deliveryID) {
		return "", 0, fmt.Errorf("%q names no delivery", messageID)
	}
	return deliveryID, int32(n), nil
}

// senders are the open links to the consumers' queues, each in a session of its own, since an error ends the whole session.
type senders struct {
	conn *connection
	mu   sync.Mutex
	open map[string]*amqp.Sender
}

func newSenders(conn *connection) *senders {
	return &senders{conn: conn, open: map[string]*amqp.Sender{}}
}

// send sends messages and returns the deliveries that the broker took and those that it did not, or not surely.
func (s *senders) send(ctx context.Context, consumer, queue string, rows []platformdb.ClaimForSendingRow) (took, failed []string, err error) {
	link, err := s.to(ctx, consumer, queue)
	if err != nil {
		return nil, allIDs(rows), err
	}
	receipts := make([]amqp.SendReceipt, 0, len(rows))
	for _, row := range rows {
		receipt, sendErr := link.SendWithReceipt(ctx, message(row), nil)
		if sendErr != nil {
			err = sendErr
			break
		}
		receipts = append(receipts, receipt)
	}
	failed = allIDs(rows[len(receipts):])
	for i := range receipts {
		state, waitErr := receipts[i].Wait(ctx)
		if _, accepted := state.(*amqp.StateAccepted); accepted {
			took = append(took, rows[i].ID)
			continue
		}
		failed = append(failed, rows[i].ID)
		if waitErr == nil {
			waitErr = fmt.Errorf("answered %T, not accepted", state)
		}
		err = waitErr
	}
	if err != nil {
		s.drop(consumer)
	}
	return took, failed, err
}

func allIDs(rows []platformdb.ClaimForSendingRow) []string {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids
}

func (s *senders) to(ctx context.Context, consumer, queue string) (*amqp.Sender, error) {
	s.mu.Lock()
	link := s.open[consumer]
	s.mu.Unlock()
	if link != nil {
		return link, nil
	}
	session, err := s.conn.NewSession(ctx, nil)
	if err != nil {
		return nil, err
	}
	link, err = session.NewSender(ctx, s.conn.dialect.address(queue), nil)
	if err != nil {
		go closeSession(session)
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[consumer] = link
	return link, nil
}

// drop forgets a link that failed. The next message opens another.
func (s *senders) drop(consumer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if link := s.open[consumer]; link != nil {
		delete(s.open, consumer)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
			defer cancel()
			_ = link.Close(ctx)
		}()
	}
}

func closeSession(session *amqp.Session) {
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
	defer cancel()
	_ = session.Close(ctx)
}
