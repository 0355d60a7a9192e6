package main

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// getStripe answers with one object by its number.
func (s *sandbox) getStripe(show func(*sandbox, payment, expand) object) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.stripeLook(w, r, func() (object, error) {
			p, err := s.book.get(bookID(r.PathValue("id")))
			if err != nil {
				return nil, err
			}
			return show(s, p, expansion(r.URL.Query())), nil
		})
	}
}

func (s *sandbox) stripeLook(w http.ResponseWriter, r *http.Request, find func() (object, error)) {
	if !s.before(r, s.director.next("get"), func() { s.refuseStripe(w, errScripted) }) {
		return
	}
	found, err := find()
	if err != nil {
		s.refuseStripe(w, err)
		return
	}
	status, body := stripeAnswer(found, nil)
	s.write(w, status, body)
}

func (s *sandbox) listSessions(w http.ResponseWriter, r *http.Request) {
	s.stripeLook(w, r, func() (object, error) {
		return s.page(r, s.book.newest(func(p *payment) bool { return p.onPage() }), func(p payment) object { return sessionObject(s, p, nil) })
	})
}

func (s *sandbox) listIntents(w http.ResponseWriter, r *http.Request) {
	s.stripeLook(w, r, func() (object, error) {
		return s.page(r, s.book.newest((*payment).tried), func(p payment) object { return intentObject(s, p, nil) })
	})
}

// page is the part of a list that was asked for: created[gte], starting_after, limit.
func (s *sandbox) page(r *http.Request, payments []payment, show func(payment) object) (object, error) {
	query := r.URL.Query()
	since, _ := strconv.ParseInt(query.Get("created[gte]"), 10, 64)
	objects := []object{}
	for _, p := range payments {
		if p.CreateTime.Unix() >= since {
			objects = append(objects, show(p))
		}
	}
	return listObject(r, objects)
}

func listObject(r *http.Request, objects []object) (object, error) {
	query := r.URL.Query()
	if after := query.Get("starting_after"); after != "" {
		at := slices.IndexFunc(objects, func(o object) bool { return o["id"] == after })
		if at < 0 {
			return nil, &refusal{http.StatusNotFound, "resource_missing", "no such " + after}
		}
		objects = objects[at+1:]
	}
	limit, err := strconv.Atoi(cmp.Or(query.Get("limit"), "10"))
	if err != nil || limit < 1 || limit > 100 {
		return nil, badRequest("limit must be between 1 and 100")
	}
	more := len(objects) > limit
	return object{"object": "list", "data": objects[:min(limit, len(objects))], "has_more": more, "url": r.URL.Path}, nil
}

// searchIntents knows one question, and for the newest payments not the answer yet.
func (s *sandbox) searchIntents(w http.ResponseWriter, r *http.Request) {
	s.stripeLook(w, r, func() (object, error) {
		reference, err := wantedReference(r)
		if err != nil {
			return nil, err
		}
		found := []object{}
		for _, p := range s.book.newest((*payment).tried) {
			if p.IntentMetadata["reference"] == reference && s.clock.now().Sub(p.CreateTime) >= s.director.searchLag() {
				found = append(found, intentObject(s, p, nil))
			}
		}
		return object{"object": "search_result", "data": found, "has_more": false}, nil
	})
}

func wantedReference(r *http.Request) (string, error) {
	reference, ok := strings.CutPrefix(r.URL.Query().Get("query"), "metadata['reference']:'")
	if !ok {
		return "", badRequest("only metadata['reference']:'…' is understood here")
	}
	return strings.TrimSuffix(reference, "'"), nil
}

func (s *sandbox) listRefunds(w http.ResponseWriter, r *http.Request) {
	s.stripeLook(w, r, func() (object, error) {
		p, err := s.book.get(bookID(r.URL.Query().Get("payment_intent")))
		if err != nil {
			return nil, err
		}
		objects := []object{}
		for i := range p.Refunds {
			objects = append(objects, refundObject(p, len(p.Refunds)-1-i, nil))
		}
		return listObject(r, objects)
	})
}

func (s *sandbox) listDisputes(w http.ResponseWriter, r *http.Request) {
	s.stripeLook(w, r, func() (object, error) {
		p, err := s.book.get(bookID(r.URL.Query().Get("payment_intent")))
		if err != nil {
			return nil, err
		}
		objects := []object{}
		for _, d := range slices.Backward(p.Disputes) {
			objects = append(objects, disputeObject(p, d))
		}
		return listObject(r, objects)
	})
}

// listBalance is what moved, newest first. No script touches it: it is what really happened.
func (s *sandbox) listBalance(w http.ResponseWriter, r *http.Request) {
	since, _ := strconv.ParseInt(r.URL.Query().Get("created[gte]"), 10, 64)
	objects := []object{}
	wanted := expansion(r.URL.Query()).in("data")
	for _, m := range slices.Backward(s.book.statement()) {
		if m.Kind != "void" && m.Time.Unix() >= since {
			objects = append(objects, balanceObject(s, m, wanted))
		}
	}
	page, err := listObject(r, objects)
	if err != nil {
		s.refuseStripe(w, err)
		return
	}
	status, body := stripeAnswer(page, nil)
	s.write(w, status, body)
}

// searchCustomers finds those who have paid, or tried to.
func (s *sandbox) searchCustomers(w http.ResponseWriter, r *http.Request) {
	s.stripeLook(w, r, func() (object, error) {
		reference, err := wantedReference(r)
		if err != nil {
			return nil, err
		}
		found := []object{}
		if len(s.book.newest(func(p *payment) bool { return p.Customer == reference })) > 0 {
			found = append(found, customerObject(reference))
		}
		return object{"object": "search_result", "data": found, "has_more": false}, nil
	})
}

func (s *sandbox) listCustomerMethods(w http.ResponseWriter, r *http.Request) {
	s.stripeLook(w, r, func() (object, error) {
		customer := customerOf(r.PathValue("id"))
		objects := []object{}
		for _, m := range s.book.listMethods(customer) {
			objects = append(objects, methodObject(customer, m))
		}
		return listObject(r, objects)
	})
}

func (s *sandbox) getMethod(w http.ResponseWriter, r *http.Request) {
	s.stripeLook(w, r, func() (object, error) {
		owner, m := s.book.ownerOf(r.PathValue("id"))
		if m == nil {
			return nil, errUnknown
		}
		return methodObject(owner, *m), nil
	})
}

// newest lists payments, the newest first.
func (b *book) newest(want func(*payment) bool) []payment {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var found []payment
	for _, p := range b.payments {
		if want(p) {
			found = append(found, *p)
		}
	}
	slices.SortFunc(found, func(a, b payment) int { return cmp.Or(b.CreateTime.Compare(a.CreateTime), cmp.Compare(b.ID, a.ID)) })
	return found
}

// firstCapture is nil as long as nothing was taken.
func (b *book) firstCapture(id string) *movement {
	for _, m := range b.statement() {
		if m.PaymentID == id && m.Kind == "capture" {
			return &m
		}
	}
	return nil
}

// ownerOf finds who saved a method.
func (b *book) ownerOf(id string) (string, *method) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for owner := range b.methods {
		if m := b.savedMethod(owner, id); m != nil {
			return owner, m
		}
	}
	return "", nil
}

// used says whether a key has had its effect.
func (b *book) used(key string) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	_, used := b.keys[key]
	return used
}

// answerTo is what a key was answered before, if it was; another request under the same key is refused.
func (b *book) answerTo(key, request string) (*answer, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	first, used := b.keys[key]
	if used && first.request != request {
		return nil, conflict("idempotency_key_reused", "this idempotency key was used for another request")
	}
	return first.answer, nil
}

func (b *book) keepAnswer(key, request, id string, a answer) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, err := b.commit(entry{Kind: answered, PaymentID: id, Key: key, Request: request, Answer: &a})
	return err
}

// searchLag is how far search is behind.
func (d *director) searchLag() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Duration(d.script.SearchLagSeconds) * time.Second
}

// singleCapture says that a reservation can be taken from only once.
func (d *director) singleCapture() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.script.SingleCapture
}
