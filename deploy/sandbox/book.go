package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// book holds every payment. Each change is one entry, on the disk before it is seen; one lock makes changes take turns,
// so that two approvals of one payment are one charge.
type book struct {
	clock  *clock
	record *record
	tell   func(message) // is told of each change that a shop may want to hear of; must not block

	mu          sync.RWMutex
	payments    map[string]*payment
	byReference map[string]string // reference → payment id
	keys        map[string]use
	charges     []movement
	methods     map[string][]method // saved ones by the shop's reference of the customer
	open        map[string]bool     // ids of the payments that can still expire
	unsent      map[string]message  // webhooks nobody accepted yet
}

// use is what an idempotency key was first used for.
type use struct {
	request   string // hash
	paymentID string
	broken    bool    // answers 500 for good
	answer    *answer // what it answers for good, where a dialect wants that
}

// answer is what an idempotency key was answered, word for word.
type answer struct {
	Status int    `json:"status"`
	Body   []byte `json:"body"`
}

// movement is one line of the provider's statement. A void moves nothing: it says that nothing can move any more.
type movement struct {
	ID          string    `json:"id"`
	PaymentID   string    `json:"payment_id"`
	Reference   string    `json:"reference"`
	Kind        string    `json:"kind"` // capture, refund, void, dispute or dispute_won
	AmountMinor int64     `json:"amount_minor"`
	FeeMinor    int64     `json:"fee_minor"`
	Key         string    `json:"key,omitempty"` // of the shop's request
	Currency    string    `json:"currency"`
	Time        time.Time `json:"time"`
}

// refusal is a definite no: nothing was changed.
type refusal struct {
	status  int
	code    string
	message string
}

func (r *refusal) Error() string { return r.message }

func conflict(code, format string, args ...any) error {
	return &refusal{http.StatusConflict, code, fmt.Sprintf(format, args...)}
}

var (
	errUnknown = &refusal{http.StatusNotFound, "unknown_payment", "no such payment"}
	errBroken  = errors.New("this idempotency key ended in an error") // answered 500, like its first use
)

func openBook(path string, c *clock) (*book, error) {
	b := &book{
		clock: c, tell: func(message) {},
		payments: map[string]*payment{}, byReference: map[string]string{}, keys: map[string]use{},
		methods: map[string][]method{}, open: map[string]bool{}, unsent: map[string]message{},
	}
	record, err := openRecord(path, b.apply)
	if err != nil {
		return nil, err
	}
	b.record = record
	return b, nil
}

// create opens a payment. The same key and request again give the payment as it is now, and true.
func (b *book) create(key, request string, s session) (payment, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p, repeated, err := b.repeat(key, request); repeated || err != nil {
		return p, repeated, err
	}
	now := b.clock.now()
	if s.ExpireTime.IsZero() {
		s.ExpireTime = now.Add(30 * time.Minute)
	}
	if !s.ExpireTime.After(now) || s.ExpireTime.After(now.Add(7*24*time.Hour)) {
		return payment{}, false, &refusal{http.StatusBadRequest, "invalid_expire_time", "expire_time must be within the next 7 days"}
	}
	if _, taken := b.byReference[s.Reference]; taken {
		return payment{}, false, conflict("reference_taken", "another payment has the reference %q", s.Reference)
	}
	by := b.savedMethod(s.Customer, s.SavedMethod)
	if s.SavedMethod != "" && by == nil {
		return payment{}, false, conflict("unknown_method", "the customer %q has saved no method %q", s.Customer, s.SavedMethod)
	}
	id := "pay_" + strings.ToLower(rand.Text())
	p, err := b.commit(entry{Kind: created, PaymentID: id, Session: &s, Key: key, Request: request})
	return p, false, err
}

// void makes an open payment impossible to approve, and releases what is reserved.
func (b *book) void(id, key, request string) (payment, error) {
	return b.keyed(id, key, request, func(p payment) (entry, error) {
		switch {
		case p.State == RequiresAction, p.State == Authorized:
			return entry{Kind: voided}, nil
		case p.State == Voided:
			return entry{}, nil
		case p.reserved() > 0:
			return entry{Kind: released}, nil
		case p.CapturedMinor > 0:
			return entry{}, conflict("already_captured", "the payment is captured: refund it")
		default:
			return entry{}, conflict("final", "the payment is %s", p.State)
		}
	})
}

// capture takes some of what is reserved; the final one releases the rest.
func (b *book) capture(id, key, request string, amount int64, final bool, notes map[string]string) (payment, error) {
	return b.keyed(id, key, request, func(p payment) (entry, error) {
		switch left := p.reserved(); {
		case left == 0 || p.State == Disputed:
			return entry{}, conflict("nothing_reserved", "the payment is %s: there is nothing to capture", p.State)
		case amount > left:
			return entry{}, conflict("capture_exceeds_reserved", "at most %d can be captured", left)
		default:
			return entry{Kind: captured, AmountMinor: amount, FeeMinor: fee(amount), Final: final || amount == left, Metadata: notes}, nil
		}
	})
}

// refund gives back a part or all of what was captured.
func (b *book) refund(id, key, request string, amount int64, reason string, notes map[string]string) (payment, error) {
	return b.keyed(id, key, request, func(p payment) (entry, error) {
		if p.CapturedMinor == 0 {
			return entry{}, conflict("not_captured", "the payment is %s: there is nothing to refund", p.State)
		}
		if p.State == Disputed {
			return entry{}, conflict("disputed", "the payment is disputed: the bank decides on its money")
		}
		if left := p.CapturedMinor - p.RefundedMinor; amount > left {
			return entry{}, conflict("refund_exceeds_captured", "at most %d can be refunded", left)
		}
		return entry{Kind: refunded, AmountMinor: amount, Reason: reason, Metadata: notes}, nil
	})
}

// approve reserves or charges an open payment in full. One that was approved already stays as it is.
func (b *book) approve(id string, by method) (payment, error) {
	return b.change(id, func(p payment) (entry, error) {
		if p.State == Captured || p.State == Authorized {
			return entry{}, nil
		}
		if p.SavedMethod == "" && p.SaveMethod {
			by.SavedID = "pm_" + strings.TrimPrefix(id, "pay_")
		}
		if p.CaptureLater {
			return entry{Kind: authorized, Method: &by, CaptureBy: b.clock.now().Add(timeToCapture).Truncate(time.Second)}, onlyOpen(p)
		}
		return entry{Kind: captured, AmountMinor: p.AmountMinor, FeeMinor: fee(p.AmountMinor), Final: true, Method: &by}, onlyOpen(p)
	})
}

// decline is the bank's no to a try to pay. If the shopper can try again, the payment stays open.
func (b *book) decline(id, reason string, again bool) (payment, error) {
	return b.change(id, func(p payment) (entry, error) {
		switch {
		case p.State == Declined:
			return entry{}, nil
		case again:
			return entry{Kind: tryDeclined, Reason: reason}, onlyOpen(p)
		default:
			return entry{Kind: declined, Reason: reason}, onlyOpen(p)
		}
	})
}

// end closes an open payment without a charge. Ending it the same way again changes nothing.
func (b *book) end(id string, how kind) (payment, error) {
	return b.change(id, func(p payment) (entry, error) {
		if p.State == State(how) {
			return entry{}, nil
		}
		return entry{Kind: how}, onlyOpen(p)
	})
}

// wrongCodesAllowed is how many wrong codes end a challenge.
const wrongCodesAllowed = 3

// wrongCode counts a failed challenge; the last one allowed declines the payment, or only the try if there may be another.
func (b *book) wrongCode(id string, again bool) (payment, error) {
	p, err := b.change(id, func(p payment) (entry, error) { return entry{Kind: wrongCode}, onlyOpen(p) })
	if err != nil || p.WrongCodes < wrongCodesAllowed {
		return p, err
	}
	return b.decline(id, "authentication_failed", again)
}

func onlyOpen(p payment) error {
	if p.State != RequiresAction {
		return conflict("final", "the payment is %s", p.State)
	}
	return nil
}

// get and find end a payment whose time is up before they show it.
func (b *book) get(id string) (payment, error) {
	b.mu.RLock()
	p, ok := b.payments[id]
	if !ok {
		b.mu.RUnlock()
		return payment{}, errUnknown
	}
	seen := *p
	b.mu.RUnlock()
	if !seen.overdue(b.clock.now()) {
		return seen, nil
	}
	return b.change(id, func(payment) (entry, error) { return entry{}, nil })
}

func (b *book) find(reference string) (payment, error) {
	b.mu.RLock()
	id := b.byReference[reference]
	b.mu.RUnlock()
	return b.get(id)
}

// statement is every movement of money there ever was, in order.
func (b *book) statement() []movement {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.charges[:len(b.charges):len(b.charges)] // only ever appended to
}

// expireDue ends every payment whose time is up, one at a time so that others are not kept waiting.
func (b *book) expireDue() error {
	now := b.clock.now()
	var due []string
	b.mu.RLock()
	for id := range b.open {
		if b.payments[id].overdue(now) {
			due = append(due, id)
		}
	}
	b.mu.RUnlock()
	for _, id := range due {
		if _, err := b.get(id); err != nil {
			return err
		}
	}
	return nil
}

// breakKey makes every further use of an idempotency key answer 500, as some providers do once they answered so.
func (b *book) breakKey(id, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, err := b.commit(entry{Kind: brokenKey, PaymentID: id, Key: key})
	return err
}

// waiting lists the webhooks that nobody accepted before the last stop and that are not too old to matter.
func (b *book) waiting(oldest time.Duration) []message {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var found []message
	for _, m := range b.unsent {
		if b.clock.now().Sub(m.CreateTime) < oldest {
			found = append(found, m)
		}
	}
	slices.SortFunc(found, func(a, b message) int { return cmp.Or(a.CreateTime.Compare(b.CreateTime), cmp.Compare(a.ID, b.ID)) })
	return found
}

// sent remembers that a webhook needs no further try. It need not be durable: after a crash it is sent once more.
func (b *book) sent(m message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := entry{Time: b.clock.now(), Kind: sent, PaymentID: m.PaymentID, Message: m.ID}
	if err := b.record.append(e, false); err != nil {
		return err
	}
	return b.apply(e)
}
