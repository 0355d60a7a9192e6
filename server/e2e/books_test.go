package e2e

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// recorded is what the provider's own file says of a payment.
type recorded struct {
	reference          string
	captured, returned int64
	charged            time.Time
}

// readRecord reads the provider's durable record as it stands on the disk. Nobody is asked.
func (s *shop) readRecord(t *testing.T) map[string]*recorded {
	t.Helper()
	file, err := os.Open(filepath.Join(s.dir, "sandbox.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	byID, byReference := map[string]*recorded{}, map[string]*recorded{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var entry struct {
			Time        time.Time
			Kind        string
			PaymentID   string `json:"payment_id"`
			AmountMinor int64  `json:"amount_minor"`
			Session     struct{ Reference string }
		}
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			t.Fatal(err)
		}
		switch p := byID[entry.PaymentID]; entry.Kind {
		case "created":
			p = &recorded{reference: entry.Session.Reference}
			byID[entry.PaymentID], byReference[p.reference] = p, p
		case "captured":
			p.captured, p.charged = p.captured+entry.AmountMinor, entry.Time
		case "refunded":
			p.returned += entry.AmountMinor
		}
	}
	return byReference
}

// booked is what our ledger says of a payment, and what came of its order.
type booked struct {
	ID, Order, Number, State string
	Provider, PaymentState   string
	Total                    int64
	Captured, Refunded       int64
	CaptureTime              *time.Time
}

// compareRecord holds our ledger beside the provider's file: payment by payment and to the cent they say the same. Every payment that was taken has one order, no order
// is paid twice, and what staff were told goes back went back once.
func (s *shop) compareRecord(t *testing.T, w *staff) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.databaseURL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	rows, err := conn.Query(t.Context(), `
		select p.id::text, coalesce(o.id::text, '') as "order", coalesce(o.number, '') as number, coalesce(o.state, '') as state, p.provider, p.state as payment_state, coalesce(o.total_minor, 0) as total,
			coalesce(sum(l.amount_minor) filter (where l.kind = 'capture'), 0)::bigint as captured, -coalesce(sum(l.amount_minor) filter (where l.kind = 'refund'), 0)::bigint as refunded,
			min(l.create_time) filter (where l.kind = 'capture') as capture_time
		from payments p
		left join orders o on o.id = p.order_id
		left join ledger_entries l on l.payment_id = p.id and l.account = 'gateway_clearing'
		group by p.id, o.id order by p.id`)
	if err != nil {
		t.Fatal(err)
	}
	books, err := pgx.CollectRows(rows, pgx.RowToStructByPos[booked])
	if err != nil {
		t.Fatal(err)
	}
	record := s.readRecord(t)
	kept, taken, slowest := map[string]string{}, 0, time.Duration(0)
	for _, p := range books {
		theirs := record[p.ID]
		delete(record, p.ID)
		if theirs == nil {
			theirs = &recorded{}
		}
		if p.Provider == "on_delivery" {
			continue
		}
		if p.Captured != theirs.captured || p.Refunded != theirs.returned {
			t.Errorf("payment %s: the ledger says %d taken and %d given back, the provider's record %d and %d", p.ID, p.Captured, p.Refunded, theirs.captured, theirs.returned)
		}
		if slices.Contains([]string{"created", "requires_action", "unknown"}, p.PaymentState) {
			t.Errorf("payment %s is %s", p.ID, p.PaymentState)
		}
		if theirs.captured == 0 {
			continue
		}
		taken++
		if p.CaptureTime != nil {
			slowest = max(slowest, p.CaptureTime.Sub(theirs.charged))
		}
		left := theirs.captured - theirs.returned
		switch {
		case p.Number == "":
			t.Errorf("payment %s was taken for no order", p.ID)
		case p.State == "cancelled" || p.State == "expired":
			if left != w.credits[p.Order] { // what became store credit stays there
				t.Errorf("order %s is %s, %d of it is store credit, and the provider keeps %d for it", p.Number, p.State, w.credits[p.Order], left)
			}
		case left == 0: // another payment of the order was kept
		case kept[p.Order] != "":
			t.Errorf("order %s is paid twice, by %s and %s", p.Number, kept[p.Order], p.ID)
		default:
			kept[p.Order] = p.ID
			if want := p.Total - w.refunds[p.Order]; left != want {
				t.Errorf("order %s comes to %d, staff gave back %d, and the provider keeps %d", p.Number, p.Total, w.refunds[p.Order], left)
			}
		}
		if w.sent[p.Order] && p.State != "partly_fulfilled" && p.State != "fulfilled" {
			t.Errorf("some of order %s was sent, and it is %s", p.Number, p.State)
		}
		if w.cancelled[p.Order] && p.State != "cancelled" {
			t.Errorf("order %s was cancelled, staff were told, and is %s", p.Number, p.State)
		}
	}
	for reference, theirs := range record {
		if theirs.captured > theirs.returned {
			t.Errorf("the provider keeps %d of a payment %q that we do not know", theirs.captured-theirs.returned, reference)
		}
	}
	for order, minor := range w.refunds {
		if minor > 0 && !slices.ContainsFunc(books, func(p booked) bool { return p.Order == order && p.Refunded >= minor }) {
			t.Errorf("order %s: staff were told that %d goes back, and it did not", order, minor)
		}
	}
	for order, minor := range w.credits {
		cards := s.column(t, "select coalesce(sum(g.initial_minor), 0)::text from gift_cards g join gift_card_moves m on m.gift_card_id = g.id and m.kind = 'issue' where m.order_id = '"+order+"'")
		if cards[0] != strconv.FormatInt(minor, 10) {
			t.Errorf("order %s: staff were told of %d as store credit, and its gift cards were issued for %s", order, minor, cards[0])
		}
	}
	if slowest > 10*time.Minute {
		t.Errorf("money was in our books only %v after the provider took it", slowest)
	}
	t.Logf("%d payments taken by the provider, the last of them to reach our books took %v", taken, slowest.Round(time.Millisecond))
}

// compareMails holds what the shop says that it mailed beside what came at the mail server. A process that died between the two may have mailed something a second
// time, under the same id: so often and no more.
func (s *shop) compareMails(t *testing.T, killed map[string]int) {
	t.Helper()
	sent, kills := map[string]int{}, 0
	for _, name := range s.started {
		kills += killed[name]
	}
	for _, m := range s.mails(t, "") {
		sent[strings.Trim(m.header("Message-ID"), "<>")]++
	}
	again := 0
	for _, id := range s.column(t, "select order_id || '.' || replace(kind, ' ', '.') || '@tradewind' from event_mails where sent_time is not null") {
		if sent[id] == 0 {
			t.Errorf("mail %s counts as sent and was not", id)
		}
		again += max(sent[id]-1, 0)
		delete(sent, id)
	}
	for id := range sent {
		t.Errorf("mail %s was sent and nobody wrote that down", id)
	}
	if again > kills {
		t.Errorf("%d mails were sent again, with %d deaths", again, kills)
	}
	t.Logf("%d mails were sent once more, since their sender died", again)
}
