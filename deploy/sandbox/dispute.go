package main

import (
	"crypto/rand"
	"net/http"
	"strings"
)

// openDispute is the shopper's bank asking money back: all that is left of a payment, unless an amount is named.
func (b *book) openDispute(id string, amount int64, reason string) (payment, error) {
	return b.change(id, func(p payment) (entry, error) {
		left := p.CapturedMinor - p.RefundedMinor - p.disputed()
		if amount == 0 {
			amount = left
		}
		if amount <= 0 || amount > left {
			return entry{}, conflict("nothing_to_dispute", "at most %d can be disputed", left)
		}
		return entry{Kind: wasDisputed, AmountMinor: amount, FeeMinor: disputeFee(amount), Reason: reason, Dispute: "dp_" + strings.ToLower(rand.Text())}, nil
	})
}

// closeDispute is the bank's decision on every dispute of a payment that is open.
func (b *book) closeDispute(id string, won bool) (payment, error) {
	return b.change(id, func(p payment) (entry, error) {
		for _, d := range p.Disputes {
			if d.State == disputeOpen && won {
				return entry{Kind: wonDispute, Dispute: d.ID}, nil
			}
			if d.State == disputeOpen {
				return entry{Kind: lostDispute, Dispute: d.ID}, nil
			}
		}
		return entry{}, conflict("no_dispute", "no dispute of this payment is open")
	})
}

// disputePayment plays the bank: a call of tests, not of shops. It opens a dispute, or closes the one that is open.
func (s *sandbox) disputePayment(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Reference   string `json:"reference"`
		AmountMinor int64  `json:"amount_minor"`
		Reason      string `json:"reason"`
		Outcome     string `json:"outcome"` // won or lost; empty opens one
	}
	if _, err := readJSON(w, r, &asked); err != nil {
		s.refuse(w, err)
		return
	}
	p, err := s.book.find(asked.Reference)
	if err == nil {
		switch asked.Outcome {
		case "":
			p, err = s.book.openDispute(p.ID, asked.AmountMinor, asked.Reason)
		case disputeWon, disputeLost:
			p, err = s.book.closeDispute(p.ID, asked.Outcome == disputeWon)
		default:
			err = badRequest("outcome must be won or lost; leave it out to open a dispute")
		}
	}
	if err != nil {
		s.refuse(w, err)
		return
	}
	s.reply(w, http.StatusOK, s.view(p))
}
