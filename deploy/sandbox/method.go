package main

import (
	"net/http"
	"slices"
)

// cards are the means of payment that shoppers have here, by what they type or a script says.
var cards = map[string]method{
	"visa":       {Brand: "visa", Last4: "4242", ExpiryMonth: 12, ExpiryYear: 2034},
	"mastercard": {Brand: "mastercard", Last4: "4444", ExpiryMonth: 11, ExpiryYear: 2033},
}

// card is what a payment is paid by on the page: what was saved, or the card that everybody has.
func (b *book) card(p payment) method {
	if p.SavedMethod != "" {
		b.mu.RLock()
		defer b.mu.RUnlock()
		if saved := b.savedMethod(p.Customer, p.SavedMethod); saved != nil {
			return *saved
		}
	}
	return cards["visa"]
}

// savedMethod is nil when the customer has not saved it; the caller holds the lock.
func (b *book) savedMethod(customer, id string) *method {
	for _, m := range b.methods[customer] {
		if m.SavedID == id && id != "" {
			return &m
		}
	}
	return nil
}

func (b *book) listMethods(customer string) []method {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return append([]method{}, b.methods[customer]...)
}

// forgetMethod makes a saved method unusable. Forgetting again changes nothing.
func (b *book) forgetMethod(customer, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := b.savedMethod(customer, id)
	if m == nil {
		for owner := range b.methods {
			if b.savedMethod(owner, id) != nil {
				return conflict("not_theirs", "the method %q is another customer's", id)
			}
		}
		return nil
	}
	_, err := b.commit(entry{Kind: forgotMethod, Reason: customer, Method: m})
	return err
}

func (b *book) forget(customer string, m *method) {
	b.methods[customer] = slices.DeleteFunc(slices.Clone(b.methods[customer]), func(kept method) bool { return kept.SavedID == m.SavedID })
}

func (s *sandbox) listMethods(w http.ResponseWriter, r *http.Request) {
	if !s.before(r, s.director.next("get"), func() { s.refuse(w, errScripted) }) {
		return
	}
	s.reply(w, http.StatusOK, map[string][]method{"methods": s.book.listMethods(r.PathValue("customer"))})
}

func (s *sandbox) forgetMethod(w http.ResponseWriter, r *http.Request) {
	customer := r.PathValue("customer")
	if err := s.book.forgetMethod(customer, r.PathValue("id")); err != nil {
		s.refuse(w, err)
		return
	}
	s.reply(w, http.StatusOK, map[string][]method{"methods": s.book.listMethods(customer)})
}
