package main

import (
	"fmt"
	"slices"
	"time"
)

// State is where a payment stands.
type State string

// The states of a payment. All but RequiresAction, Captured and PartlyRefunded are final.
const (
	RequiresAction State = "requires_action"
	Captured       State = "captured"
	Declined       State = "declined"
	Cancelled      State = "cancelled"
	Expired        State = "expired"
	Voided         State = "voided"
	Refunded       State = "refunded"
	PartlyRefunded State = "partly_refunded"
)

// moves is the whole life of a payment. A state without moves is final.
var moves = map[State][]State{
	RequiresAction: {Captured, Declined, Cancelled, Expired, Voided},
	Captured:       {PartlyRefunded, Refunded},
	PartlyRefunded: {PartlyRefunded, Refunded},
	Declined:       {}, Cancelled: {}, Expired: {}, Voided: {}, Refunded: {},
}

// session is what a shop asked for: it never changes.
type session struct {
	Reference   string    `json:"reference"`
	AmountMinor int64     `json:"amount_minor"`
	Currency    string    `json:"currency"`
	Description string    `json:"description"`
	ReturnURL   string    `json:"return_url"`
	CancelURL   string    `json:"cancel_url"`
	ExpireTime  time.Time `json:"expire_time"`
}

// refund is one amount given back, under the key that the shop sent with it.
type refund struct {
	Key         string    `json:"key"`
	AmountMinor int64     `json:"amount_minor"`
	CreateTime  time.Time `json:"create_time"`
}

type payment struct {
	session
	ID            string
	State         State
	CapturedMinor int64
	RefundedMinor int64
	Refunds       []refund
	CreateTime    time.Time
	Version       int64 // of what a shop can see: wrong codes do not count
	WrongCodes    int
}

func (p *payment) overdue(now time.Time) bool {
	return p.State == RequiresAction && !now.Before(p.ExpireTime)
}

// kind is what a line of the record says happened.
type kind string

const (
	created   kind = "created"
	captured  kind = "captured"
	declined  kind = "declined"
	cancelled kind = "cancelled"
	expired   kind = "expired"
	voided    kind = "voided"
	refunded  kind = "refunded"
	wrongCode kind = "wrong_code"
	brokenKey kind = "broken_key" // this idempotency key answers 500 from now on
	sent      kind = "sent"       // a webhook was accepted, dropped or given up: it is not sent again
)

// entry is one line of the record. A payment is nothing but its entries, applied in order.
type entry struct {
	Time        time.Time `json:"time"`
	Kind        kind      `json:"kind"`
	PaymentID   string    `json:"payment_id"`
	Session     *session  `json:"session,omitempty"`      // of created
	AmountMinor int64     `json:"amount_minor,omitempty"` // of captured and refunded
	Key         string    `json:"key,omitempty"`          // idempotency key of the request, if it had one
	Request     string    `json:"request,omitempty"`      // hash of that request
	Message     string    `json:"message,omitempty"`      // of sent: the webhook's id
}

// apply changes the payment as the entry says, or refuses what a payment cannot do. Live requests and the replay at the
// start both come through here, so a record that was tampered with stops the start.
func (p *payment) apply(e entry) error {
	next := State(e.Kind)
	charged, returned := p.CapturedMinor, p.RefundedMinor
	switch e.Kind {
	case wrongCode:
		p.WrongCodes++
		return nil
	case captured:
		if e.AmountMinor != p.AmountMinor {
			return fmt.Errorf("captures %d of %d", e.AmountMinor, p.AmountMinor)
		}
		charged = e.AmountMinor
	case refunded:
		if e.AmountMinor <= 0 || e.AmountMinor > charged-returned {
			return fmt.Errorf("refunds %d, %d of %d are refunded", e.AmountMinor, returned, charged)
		}
		if returned += e.AmountMinor; returned < charged {
			next = PartlyRefunded
		}
	}
	if !slices.Contains(moves[p.State], next) {
		return fmt.Errorf("cannot go from %s to %s", p.State, next)
	}
	if e.Kind == refunded {
		p.Refunds = append(slices.Clip(p.Refunds), refund{Key: e.Key, AmountMinor: e.AmountMinor, CreateTime: e.Time})
	}
	p.State, p.CapturedMinor, p.RefundedMinor = next, charged, returned
	p.Version++
	return nil
}
