package main

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// paymentView is a payment as the API shows it.
type paymentView struct {
	ID              string     `json:"id"`
	Reference       string     `json:"reference"`
	State           State      `json:"state"`
	AmountMinor     int64      `json:"amount_minor"`
	Currency        string     `json:"currency"`
	AuthorizedMinor int64      `json:"authorized_minor"`
	CapturedMinor   int64      `json:"captured_minor"`
	RefundedMinor   int64      `json:"refunded_minor"`
	DisputedMinor   int64      `json:"disputed_minor"`
	FeeMinor        int64      `json:"fee_minor"`
	Captures        []part     `json:"captures"`
	Refunds         []part     `json:"refunds"`
	Disputes        []dispute  `json:"disputes"`
	Method          *method    `json:"method,omitempty"`
	DeclineReason   string     `json:"decline_reason,omitempty"`
	RedirectURL     string     `json:"redirect_url"`
	ClientSecret    string     `json:"client_secret,omitempty"`
	CaptureBy       *time.Time `json:"capture_by,omitempty"`
	CreateTime      time.Time  `json:"create_time"`
	ExpireTime      time.Time  `json:"expire_time"`
	Version         int64      `json:"version"`
}

func (s *sandbox) view(p payment) paymentView {
	v := paymentView{
		ID: p.ID, Reference: p.Reference, State: p.State, AmountMinor: p.AmountMinor, Currency: p.Currency,
		AuthorizedMinor: p.AuthorizedMinor, CapturedMinor: p.CapturedMinor, RefundedMinor: p.RefundedMinor, DisputedMinor: p.disputed(), FeeMinor: p.FeeMinor,
		Captures: append([]part{}, p.Captures...), Refunds: append([]part{}, p.Refunds...), Disputes: append([]dispute{}, p.Disputes...),
		Method: p.Method, DeclineReason: p.DeclineReason, RedirectURL: s.pageOf(p), CreateTime: p.CreateTime, ExpireTime: p.ExpireTime, Version: p.Version,
	}
	if p.reserved() > 0 {
		v.CaptureBy = &p.CaptureBy
	}
	if p.Fields && p.State == RequiresAction {
		v.ClientSecret = s.clientSecret(p.ID)
	}
	return v
}

// pageOf is where the shopper pays; one who pays by a saved method only confirms who they are.
func (s *sandbox) pageOf(p payment) string {
	page := s.config.PageURL + "/pay/" + p.ID
	if p.SavedMethod != "" {
		page += "/challenge"
	}
	return page
}

var (
	plainHost     = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)
	plainToken    = regexp.MustCompile(`^[!-~]{1,255}$`)
	plainCurrency = regexp.MustCompile(`^[A-Z]{3}$`)
)

// check refuses what a payment cannot be opened with. The expiry is checked later: a repeat may come after it.
func (s session) check() error {
	if !plainToken.MatchString(s.Reference) {
		return badRequest("reference must be 1 to 255 visible ASCII characters")
	}
	if s.AmountMinor <= 0 || s.AmountMinor > 1e15 {
		return badRequest("amount_minor must be positive and at most 1000000000000000")
	}
	if !plainCurrency.MatchString(s.Currency) {
		return badRequest("currency must be three capital letters")
	}
	if utf8.RuneCountInString(s.Description) > 500 {
		return badRequest("description must be at most 500 characters")
	}
	if _, err := origin(s.ReturnURL); err != nil {
		return badRequest("return_url " + err.Error())
	}
	if _, err := origin(s.CancelURL); err != nil {
		return badRequest("cancel_url " + err.Error())
	}
	if s.Customer != "" && !plainToken.MatchString(s.Customer) {
		return badRequest("customer must be 1 to 255 visible ASCII characters")
	}
	if s.Customer == "" && (s.SaveMethod || s.SavedMethod != "") {
		return badRequest("methods are saved for a customer: say which")
	}
	return nil
}

func (s *sandbox) createPayment(w http.ResponseWriter, r *http.Request) {
	var asked session
	body, err := readJSON(w, r, &asked)
	if err == nil {
		err = asked.check()
	}
	if err != nil {
		s.refuse(w, err)
		return
	}
	asked.ExpireTime = asked.ExpireTime.UTC()
	asked.Metadata, asked.IntentMetadata = nil, nil // of Stripe alone
	s.act(w, r, "create", func(key string) (payment, int, error) {
		p, repeated, err := s.book.create(key, "create "+body, asked)
		if err == nil && p.SavedMethod != "" && p.State == RequiresAction {
			p, err = s.paySaved(p)
		}
		if repeated {
			return p, http.StatusOK, err
		}
		return p, http.StatusCreated, err
	})
}

// bank is what the bank of a payment does with the first try: what the script says, or what the shop asked of it.
func (s *sandbox) bank(p payment) string {
	how := s.director.next("pay")
	if how == well && p.Challenge {
		return challenge
	}
	return how
}

// paySaved asks the bank of a saved method, as the script wants: it agrees, declines or wants to be shown who pays.
func (s *sandbox) paySaved(p payment) (payment, error) {
	switch how := s.bank(p); how {
	case decline:
		return s.book.decline(p.ID, s.director.declineReason(), false)
	case challenge:
		return p, nil
	default:
		return s.book.approve(p.ID, s.book.card(p))
	}
}

func (s *sandbox) capturePayment(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	var asked struct {
		AmountMinor int64 `json:"amount_minor"`
		Final       bool  `json:"final"`
	}
	body, err := readJSON(w, r, &asked)
	if err == nil && asked.AmountMinor <= 0 {
		err = badRequest("amount_minor must be positive")
	}
	if err != nil {
		s.refuse(w, err)
		return
	}
	s.act(w, r, "capture", func(key string) (payment, int, error) {
		p, err := s.book.capture(id, key, "capture "+id+" "+body, asked.AmountMinor, asked.Final, nil)
		return p, http.StatusOK, err
	})
}

func (s *sandbox) voidPayment(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	s.act(w, r, "void", func(key string) (payment, int, error) {
		p, err := s.book.void(id, key, "void "+id)
		return p, http.StatusOK, err
	})
}

func (s *sandbox) refundPayment(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	var asked struct {
		AmountMinor int64  `json:"amount_minor"`
		Reason      string `json:"reason"`
	}
	body, err := readJSON(w, r, &asked)
	if err == nil && asked.AmountMinor <= 0 {
		err = badRequest("amount_minor must be positive")
	}
	if err == nil && !slices.Contains(refundReasons, asked.Reason) {
		err = badRequest(fmt.Sprintf("reason must be one of %q", refundReasons))
	}
	if err != nil {
		s.refuse(w, err)
		return
	}
	s.act(w, r, "refund", func(key string) (payment, int, error) {
		p, err := s.book.refund(id, key, "refund "+id+" "+body, asked.AmountMinor, asked.Reason, nil)
		return p, http.StatusOK, err
	})
}

// refundReasons are those that the provider wants to know; empty is none of them.
var refundReasons = []string{"", "requested", "duplicate", "fraud"}

// act runs a request that changes something, once per idempotency key, the way the script wants it told.
func (s *sandbox) act(w http.ResponseWriter, r *http.Request, request string, do func(key string) (payment, int, error)) {
	key := r.Header.Get("Idempotency-Key")
	if !plainToken.MatchString(key) {
		s.refuse(w, badRequest("send an Idempotency-Key of 1 to 255 visible ASCII characters"))
		return
	}
	how := s.director.next(request)
	if !s.before(r, how, func() { s.refuse(w, errScripted) }) {
		return
	}
	p, status, err := do(key)
	if err != nil {
		s.refuse(w, err)
		return
	}
	if s.director.webhooks().BeforeReply {
		s.sender.awaitFirstTry(r.Context(), p)
	}
	switch how {
	case hangAfter:
		s.hang(r)
	case failReplayed:
		s.refuse(w, errors.Join(errScripted, s.book.breakKey(p.ID, key)))
	case failAfter:
		s.refuse(w, errScripted)
	default:
		s.reply(w, status, s.view(p))
	}
}

func (s *sandbox) getPayment(w http.ResponseWriter, r *http.Request) {
	s.look(w, r, func() (payment, error) { return s.book.get(r.PathValue("id")) })
}

// findPayment looks a payment up by the shop's own reference: the way to learn what became of a request without an answer.
func (s *sandbox) findPayment(w http.ResponseWriter, r *http.Request) {
	reference := r.URL.Query().Get("reference")
	if reference == "" {
		s.refuse(w, badRequest("say which reference"))
		return
	}
	s.look(w, r, func() (payment, error) { return s.book.find(reference) })
}

func (s *sandbox) look(w http.ResponseWriter, r *http.Request, find func() (payment, error)) {
	if !s.before(r, s.director.next("get"), func() { s.refuse(w, errScripted) }) {
		return
	}
	p, err := find()
	if err != nil {
		s.refuse(w, err)
		return
	}
	s.reply(w, http.StatusOK, s.view(p))
}

// listCharges is the statement to reconcile with: all of it, or a page of what happened from a time on. No script touches it: it is what really happened.
func (s *sandbox) listCharges(w http.ResponseWriter, r *http.Request) {
	charges := s.book.statement()
	first, until := 0, len(charges)
	query, err := r.URL.Query(), error(nil)
	if from := query.Get("from"); from != "" {
		var since time.Time
		since, err = time.Parse(time.RFC3339Nano, from)
		if first = slices.IndexFunc(charges, func(m movement) bool { return !m.Time.Before(since) }); first < 0 {
			first = until
		}
	}
	if after := query.Get("after"); after != "" && err == nil {
		var seen int
		seen, err = strconv.Atoi(after)
		first = max(first, min(seen, until))
	}
	if limit := query.Get("limit"); limit != "" && err == nil {
		var most int
		if most, err = strconv.Atoi(limit); err == nil && most < 1 {
			err = errors.New("limit must be positive")
		}
		until = min(until, first+min(most, until))
	}
	if err != nil {
		s.refuse(w, badRequest(err.Error()))
		return
	}
	answer := struct {
		Charges []movement `json:"charges"`
		Next    string     `json:"next,omitempty"`
	}{Charges: append([]movement{}, charges[first:until]...)}
	if until < len(charges) {
		answer.Next = strconv.Itoa(until)
	}
	s.reply(w, http.StatusOK, answer)
}
