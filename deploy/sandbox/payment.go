package main

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// State is where a payment stands.
type State string

// The states of a payment.
const (
	RequiresAction State = "requires_action"
	Authorized     State = "authorized"
	PartlyCaptured State = "partly_captured" // more can be taken
	Captured       State = "captured"
	PartlyRefunded State = "partly_refunded"
	Refunded       State = "refunded"
	Disputed       State = "disputed" // a dispute is open or lost
	Declined       State = "declined"
	Cancelled      State = "cancelled"
	Expired        State = "expired"
	Voided         State = "voided"
)

// moves is the whole life of a payment. A state without moves is final.
var moves = map[State][]State{
	RequiresAction: {RequiresAction, Authorized, Captured, Declined, Cancelled, Expired, Voided},
	Authorized:     {PartlyCaptured, Captured, Expired, Voided},
	PartlyCaptured: {PartlyCaptured, Captured, PartlyRefunded, Refunded, Disputed},
	Captured:       {PartlyRefunded, Refunded, Disputed},
	PartlyRefunded: {PartlyRefunded, Refunded, Disputed},
	Disputed:       {Disputed, PartlyCaptured, Captured, PartlyRefunded},
	Declined:       {}, Cancelled: {}, Expired: {}, Voided: {}, Refunded: {},
}

// session is what a shop asked for: it never changes.
type session struct {
	Reference    string    `json:"reference"`
	AmountMinor  int64     `json:"amount_minor"`
	Currency     string    `json:"currency"`
	Description  string    `json:"description"`
	ReturnURL    string    `json:"return_url"`
	CancelURL    string    `json:"cancel_url"`
	ExpireTime   time.Time `json:"expire_time"`
	CaptureLater bool      `json:"capture_later,omitempty"` // approving only reserves
	Challenge    bool      `json:"challenge,omitempty"`     // the bank is to be shown who pays
	Fields       bool      `json:"fields,omitempty"`        // paid in fields on the shop's page
	Customer     string    `json:"customer,omitempty"`      // the shop's reference of the shopper
	SaveMethod   bool      `json:"save_method,omitempty"`
	SavedMethod  string    `json:"saved_method,omitempty"` // paid by this at once

	// What a shop notes with Stripe's two objects of a payment.
	Metadata       map[string]string `json:"metadata,omitempty"`
	IntentMetadata map[string]string `json:"intent_metadata,omitempty"`
}

// part is some of a payment taken or given back, under the key that the shop sent with it.
type part struct {
	Key         string    `json:"key"`
	AmountMinor int64     `json:"amount_minor"`
	Reason      string    `json:"reason,omitempty"` // of refunds
	CreateTime  time.Time `json:"create_time"`

	Metadata map[string]string `json:"metadata,omitempty"` // what the shop noted with a refund at Stripe
}

// dispute is the shopper's bank asking money back.
type dispute struct {
	ID          string    `json:"id"`
	AmountMinor int64     `json:"amount_minor"`
	Reason      string    `json:"reason"`
	State       string    `json:"state"` // open, won or lost
	CreateTime  time.Time `json:"create_time"`
	EvidenceBy  time.Time `json:"evidence_by"`
}

// method is what a shopper pays by.
type method struct {
	Brand       string `json:"brand"`
	Last4       string `json:"last4"`
	ExpiryMonth int    `json:"expiry_month"`
	ExpiryYear  int    `json:"expiry_year"`
	SavedID     string `json:"saved_id,omitempty"`
}

type payment struct {
	session
	ID              string
	State           State
	AuthorizedMinor int64 // falls to what is captured when the rest is released
	CapturedMinor   int64
	RefundedMinor   int64
	FeeMinor        int64
	Captures        []part // those that the shop asked for
	Refunds         []part
	Disputes        []dispute
	Method          *method
	DeclineReason   string    // of the last try to pay
	CaptureBy       time.Time // when the reservation lapses
	CreateTime      time.Time
	Version         int64 // of what a shop can see: wrong codes do not count
	WrongCodes      int
}

// reserved is what can still be taken.
func (p *payment) reserved() int64 { return p.AuthorizedMinor - p.CapturedMinor }

// waits says that time alone will change the payment.
func (p *payment) waits() bool { return p.State == RequiresAction || p.reserved() > 0 }

func (p *payment) overdue(now time.Time) bool {
	return p.State == RequiresAction && !now.Before(p.ExpireTime) || p.reserved() > 0 && !now.Before(p.CaptureBy)
}

// disputed is what is withheld for disputes that are open or lost.
func (p *payment) disputed() (minor int64) {
	for _, d := range p.Disputes {
		if d.State != disputeWon {
			minor += d.AmountMinor
		}
	}
	return minor
}

// The states of disputes.
const (
	disputeOpen = "open"
	disputeWon  = "won"
	disputeLost = "lost"
)

// kind is what a line of the record says happened.
type kind string

const (
	created      kind = "created"
	authorized   kind = "authorized"
	captured     kind = "captured"
	released     kind = "released" // what was reserved and not taken
	tryDeclined  kind = "try_declined"
	declined     kind = "declined"
	cancelled    kind = "cancelled"
	expired      kind = "expired"
	voided       kind = "voided"
	refunded     kind = "refunded"
	wasDisputed  kind = "disputed"
	wonDispute   kind = "dispute_won"
	lostDispute  kind = "dispute_lost"
	wrongCode    kind = "wrong_code"
	noted        kind = "noted"         // metadata of a session
	leadsBack    kind = "leads_back"    // where a shopper goes who was challenged in fields
	brokenKey    kind = "broken_key"    // this idempotency key answers 500 from now on
	answered     kind = "answered"      // this idempotency key answers the same from now on
	forgotMethod kind = "forgot_method" // a saved method is not kept any more
	sent         kind = "sent"          // a webhook was accepted, dropped or given up: it is not sent again
)

// entry is one line of the record. A payment is nothing but its entries, applied in order.
type entry struct {
	Time        time.Time `json:"time"`
	Kind        kind      `json:"kind"`
	PaymentID   string    `json:"payment_id,omitempty"`
	Session     *session  `json:"session,omitempty"`      // of created
	AmountMinor int64     `json:"amount_minor,omitempty"` // of captured, refunded and disputed
	FeeMinor    int64     `json:"fee_minor,omitempty"`    // of captured and disputed
	Final       bool      `json:"final,omitempty"`        // of captured: the rest is released
	Reason      string    `json:"reason,omitempty"`       // of declined, refunded and disputed
	Method      *method   `json:"method,omitempty"`       // of authorized and captured: what it was paid by; of forgot_method
	CaptureBy   time.Time `json:"capture_by,omitzero"`    // of authorized
	Dispute     string    `json:"dispute,omitempty"`      // its id
	Key         string    `json:"key,omitempty"`          // idempotency key of the request, if it had one
	Request     string    `json:"request,omitempty"`      // hash of that request
	Answer      *answer   `json:"answer,omitempty"`       // of answered
	Message     string    `json:"message,omitempty"`      // of sent: the webhook's id
	ReturnURL   string    `json:"return_url,omitempty"`   // of leads_back

	Metadata map[string]string `json:"metadata,omitempty"` // of noted, and of captured and refunded at Stripe
}

// apply changes the payment as the entry says, or refuses what a payment cannot do. Live requests and the replay at the
// start both come through here, so a record that was tampered with stops the start.
func (p *payment) apply(e entry) error {
	switch e.Kind {
	case wrongCode:
		p.WrongCodes++
		return nil
	case noted:
		p.Metadata = merged(p.Metadata, e.Metadata)
		return nil
	case leadsBack:
		p.ReturnURL, p.CancelURL = e.ReturnURL, e.ReturnURL
		return nil
	}
	next := *p
	if err := next.take(e); err != nil {
		return err
	}
	if !slices.Contains(moves[p.State], next.State) {
		return fmt.Errorf("cannot go from %s to %s by %s", p.State, next.State, e.Kind)
	}
	next.Version++
	*p = next
	return nil
}

// take is apply without the check of where it leads.
func (p *payment) take(e entry) error {
	switch e.Kind {
	case authorized:
		p.AuthorizedMinor, p.CaptureBy, p.Method = p.AmountMinor, e.CaptureBy, e.Method
	case captured:
		return p.capture(e)
	case released:
		p.AuthorizedMinor = p.CapturedMinor
	case refunded:
		if e.AmountMinor <= 0 || e.AmountMinor > p.CapturedMinor-p.RefundedMinor {
			return fmt.Errorf("refunds %d, %d of %d are refunded", e.AmountMinor, p.RefundedMinor, p.CapturedMinor)
		}
		p.RefundedMinor += e.AmountMinor
		p.Refunds = append(slices.Clip(p.Refunds), part{e.Key, e.AmountMinor, e.Reason, e.Time, e.Metadata})
	case wasDisputed:
		if e.AmountMinor <= 0 || e.AmountMinor > p.CapturedMinor-p.RefundedMinor-p.disputed() {
			return fmt.Errorf("disputes %d of %d", e.AmountMinor, p.CapturedMinor)
		}
		p.FeeMinor += e.FeeMinor
		p.Disputes = append(slices.Clip(p.Disputes), dispute{e.Dispute, e.AmountMinor, e.Reason, disputeOpen, e.Time, e.Time.Add(timeToAnswer)})
	case wonDispute, lostDispute:
		return p.closeDispute(e)
	case tryDeclined, declined:
		p.DeclineReason = e.Reason
	case voided, expired:
		p.AuthorizedMinor = 0
	case cancelled:
	default:
		return fmt.Errorf("%q is nothing that happens to payments", e.Kind)
	}
	p.State = p.stands(e.Kind)
	return nil
}

func (p *payment) capture(e entry) error {
	switch left := p.reserved(); {
	case p.State == RequiresAction && e.AmountMinor == p.AmountMinor && !p.CaptureLater: // paid and taken at once
		p.AuthorizedMinor, p.Method = e.AmountMinor, e.Method
	case p.State == RequiresAction || e.AmountMinor <= 0 || e.AmountMinor > left:
		return fmt.Errorf("captures %d of %d", e.AmountMinor, left)
	default:
		p.Captures = append(slices.Clip(p.Captures), part{Key: e.Key, AmountMinor: e.AmountMinor, CreateTime: e.Time})
	}
	p.IntentMetadata = merged(p.IntentMetadata, e.Metadata)
	p.CapturedMinor += e.AmountMinor
	p.FeeMinor += e.FeeMinor
	if e.Final {
		p.AuthorizedMinor = p.CapturedMinor
	}
	p.State = p.stands(e.Kind)
	return nil
}

func (p *payment) closeDispute(e entry) error {
	at := slices.IndexFunc(p.Disputes, func(d dispute) bool { return d.ID == e.Dispute && d.State == disputeOpen })
	if at < 0 {
		return fmt.Errorf("no dispute %q is open", e.Dispute)
	}
	p.Disputes = slices.Clone(p.Disputes)
	p.Disputes[at].State = disputeWon
	if e.Kind == lostDispute {
		p.Disputes[at].State = disputeLost
	}
	p.State = p.stands(e.Kind)
	return nil
}

// stands is the state after something happened: by its name, or by the amounts.
func (p *payment) stands(after kind) State {
	switch {
	case after == tryDeclined:
		return RequiresAction
	case after == declined, after == cancelled, after == expired, after == voided:
		return State(after)
	case p.disputed() > 0:
		return Disputed
	case p.CapturedMinor == 0:
		return Authorized
	case p.reserved() > 0:
		return PartlyCaptured
	case p.RefundedMinor == 0:
		return Captured
	case p.RefundedMinor < p.CapturedMinor:
		return PartlyRefunded
	default:
		return Refunded
	}
}

// merged never changes a map that was handed out.
func merged(notes, more map[string]string) map[string]string {
	if len(more) == 0 {
		return notes
	}
	all := maps.Clone(notes)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, more)
	return all
}

const (
	timeToCapture = 7 * 24 * time.Hour // how long a reservation lasts
	timeToAnswer  = 7 * 24 * time.Hour // how long a shop may answer a dispute
)

// fee is what the provider keeps of a capture, and of the shop for a dispute.
func fee(amount int64) int64        { return min(amount, amount*14/1000+25) }
func disputeFee(amount int64) int64 { return min(amount, 1500) }
