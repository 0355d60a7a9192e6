package main

import (
	"encoding/json"
	"strings"
)

// stripeEvent is a message as Stripe sends it: the object that changed, as it is now.
func (s *sandbox) stripeEvent(m message) ([]byte, error) {
	p, err := s.book.get(m.PaymentID)
	if err != nil {
		return nil, err
	}
	kind, about := s.eventOf(kind(strings.TrimPrefix(m.Type, "payment.")), p)
	return json.Marshal(object{
		"id": m.ID, "object": "event", "type": kind, "created": m.CreateTime.Unix(), "api_version": "2026-03-25.dahlia", "livemode": false, "data": object{"object": about},
	})
}

func (s *sandbox) eventOf(what kind, p payment) (string, object) {
	switch what {
	case refunded:
		return "charge.refunded", chargeObject(s, p, nil)
	case wasDisputed:
		return "charge.dispute.created", disputeObject(p, p.Disputes[len(p.Disputes)-1])
	case wonDispute, lostDispute:
		return "charge.dispute.closed", disputeObject(p, p.Disputes[len(p.Disputes)-1])
	case tryDeclined, declined:
		return "payment_intent.payment_failed", intentObject(s, p, nil)
	}
	switch {
	case p.onPage() && p.Method == nil:
		return "checkout.session.expired", sessionObject(s, p, nil)
	case p.onPage() && p.Version == 2: // the first that happened to it
		return "checkout.session.completed", sessionObject(s, p, nil)
	case what == authorized:
		return "payment_intent.amount_capturable_updated", intentObject(s, p, nil)
	case what == voided, what == expired:
		return "payment_intent.canceled", intentObject(s, p, nil)
	default:
		return "payment_intent.succeeded", intentObject(s, p, nil)
	}
}
