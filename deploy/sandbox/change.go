package main

import (
	"errors"
	"fmt"
	"time"
)

// repeat answers a request whose idempotency key was used before; the caller holds the lock.
func (b *book) repeat(key, request string) (payment, bool, error) {
	first, used := b.keys[key]
	if !used {
		return payment{}, false, nil
	}
	if first.request != request {
		return payment{}, false, conflict("idempotency_key_reused", "this idempotency key was used for another request")
	}
	if first.broken {
		return payment{}, false, errBroken
	}
	if first.paymentID == "" {
		return payment{}, true, nil
	}
	p := b.payments[first.paymentID]
	if err := b.expireIfDue(p); err != nil {
		return payment{}, false, err
	}
	return *p, true, nil
}

// keyed is change for a request that carries an idempotency key: a repeat gives the payment as it is now. A refusal is
// not remembered, since it had no effect.
func (b *book) keyed(id, key, request string, decide func(payment) (entry, error)) (payment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p, repeated, err := b.repeat(key, request); repeated || err != nil {
		return p, err
	}
	return b.step(id, func(p payment) (entry, error) {
		e, err := decide(p)
		e.Key, e.Request = key, request
		return e, err
	})
}

// change takes one step with a payment. To decide on an entry without a kind leaves the payment as it is.
func (b *book) change(id string, decide func(payment) (entry, error)) (payment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.step(id, decide)
}

// step is change for a caller that holds the lock.
func (b *book) step(id string, decide func(payment) (entry, error)) (payment, error) {
	p, ok := b.payments[id]
	if !ok {
		return payment{}, errUnknown
	}
	if err := b.expireIfDue(p); err != nil {
		return payment{}, err
	}
	e, err := decide(*p)
	if err != nil || e.Kind == "" {
		return *p, err
	}
	e.PaymentID = id
	return b.commit(e)
}

// expireIfDue comes before every step, so that a late approval always meets an expired payment.
func (b *book) expireIfDue(p *payment) error {
	if !p.overdue(b.clock.now()) {
		return nil
	}
	e := entry{Kind: expired, PaymentID: p.ID}
	if p.CapturedMinor > 0 {
		e.Kind = released
	}
	_, err := b.commit(e)
	return err
}

// commit is the only way to change anything: to the disk, then to memory, then to whoever listens. The lock is held.
func (b *book) commit(e entry) (payment, error) {
	e.Time = b.clock.now().Truncate(time.Microsecond)
	if p := b.payments[e.PaymentID]; p != nil && e.Kind != brokenKey && e.Kind != answered {
		trial := *p // what could not be read back must never be written
		if err := trial.apply(e); err != nil {
			return payment{}, err
		}
	}
	if err := b.record.append(e, true); err != nil {
		return payment{}, err
	}
	if err := b.apply(e); err != nil {
		return payment{}, err
	}
	p := b.payments[e.PaymentID]
	if p == nil {
		return payment{}, nil // about no payment
	}
	if m, ok := messageOf(e, p); ok {
		b.tell(m)
	}
	return *p, nil
}

// apply changes memory as one entry says, for live changes and for the replay at the start alike.
func (b *book) apply(e entry) error {
	p := b.payments[e.PaymentID]
	switch {
	case e.Kind == created:
		if e.Session == nil || e.Session.AmountMinor <= 0 || p != nil || b.byReference[e.Session.Reference] != "" {
			return fmt.Errorf("payment %q is created twice or from nothing", e.PaymentID)
		}
		p = &payment{session: *e.Session, ID: e.PaymentID, State: RequiresAction, CreateTime: e.Time, Version: 1}
		b.payments[p.ID], b.byReference[p.Reference], b.open[p.ID] = p, p.ID, true
	case e.Kind == forgotMethod:
		if e.Method == nil {
			return errors.New("no method is forgotten")
		}
		b.forget(e.Reason, e.Method)
		return nil
	case e.Kind == answered: // a payment is not changed by it
		b.keys[e.Key] = use{request: e.Request, paymentID: e.PaymentID, answer: e.Answer}
		return nil
	case p == nil:
		return fmt.Errorf("%s of an unknown payment %q", e.Kind, e.PaymentID)
	case e.Kind == sent:
		delete(b.unsent, e.Message)
		return nil
	case e.Kind == brokenKey:
		broken := b.keys[e.Key]
		broken.broken = true
		b.keys[e.Key] = broken
		return nil
	default:
		if err := p.apply(e); err != nil {
			return fmt.Errorf("payment %s: %w", p.ID, err)
		}
	}
	if e.Key != "" {
		b.keys[e.Key] = use{request: e.Request, paymentID: p.ID}
	}
	b.open[p.ID] = true
	if !p.waits() {
		delete(b.open, p.ID)
	}
	if e.Method != nil && e.Method.SavedID != "" && p.SavedMethod == "" {
		b.methods[p.Customer] = append([]method{*e.Method}, b.methods[p.Customer]...)
	}
	b.list(e, p)
	if m, ok := messageOf(e, p); ok {
		b.unsent[m.ID] = m
	}
	return nil
}

// list puts an entry on the statement, if it belongs there.
func (b *book) list(e entry, p *payment) {
	name, ok := movements[e.Kind]
	if !ok {
		return
	}
	m := movement{
		ID: fmt.Sprintf("mov_%d", len(b.charges)+1), PaymentID: p.ID, Reference: p.Reference, Kind: name, AmountMinor: e.AmountMinor, FeeMinor: e.FeeMinor,
		Key: e.Key, Currency: p.Currency, Time: e.Time,
	}
	if e.Kind == wonDispute {
		for _, d := range p.Disputes {
			if d.ID == e.Dispute {
				m.AmountMinor = d.AmountMinor
			}
		}
	}
	b.charges = append(b.charges, m)
}

// movements names the entries that belong on the statement. A lost dispute moves nothing: the money is withheld since it was opened.
var movements = map[kind]string{captured: "capture", refunded: "refund", voided: "void", wasDisputed: "dispute", wonDispute: "dispute_won"}
