package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// sandbox is the provider: its book, its script, its messages and the three doors it has (API, page, control).
type sandbox struct {
	config   config
	log      *slog.Logger
	clock    *clock
	book     *book
	director *director
	sender   *sender

	life   context.Context //nolint:containedctx // ends every held connection when the program stops
	stop   context.CancelFunc
	expiry chan struct{} // closed when the expiry has ended
}

func newSandbox(cfg config, log *slog.Logger) (*sandbox, error) {
	s := &sandbox{config: cfg, log: log, clock: &clock{}, director: newDirector(), expiry: make(chan struct{})}
	var err error
	if s.book, err = openBook(cfg.Data, s.clock); err != nil {
		return nil, err
	}
	s.life, s.stop = context.WithCancel(context.Background())
	s.sender = newSender(cfg, s)
	for _, m := range s.book.waiting(oldestMessage) {
		s.sender.send(m)
	}
	s.book.tell = s.sender.send
	go s.expire()
	return s, nil
}

// expire ends sessions nobody came back to, so that the shop is told of them too.
func (s *sandbox) expire() {
	defer close(s.expiry)
	for pause(s.life, 500*time.Millisecond) {
		if err := s.book.expireDue(); err != nil {
			s.log.Error("expire payments", "error", err)
		}
	}
}

func (s *sandbox) close() {
	s.stop()
	<-s.expiry
	s.sender.close()
	if err := s.book.record.close(); err != nil {
		s.log.Error("close the record", "error", err)
	}
}

func (s *sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	if s.config.Speaks == speaksStripe {
		s.stripeRoutes(mux)
	}
	mux.HandleFunc("POST /v1/payments", s.authorized(s.createPayment))
	mux.HandleFunc("GET /v1/payments", s.authorized(s.findPayment))
	mux.HandleFunc("GET /v1/payments/{id}", s.authorized(s.getPayment))
	mux.HandleFunc("POST /v1/payments/{id}/captures", s.authorized(s.capturePayment))
	mux.HandleFunc("POST /v1/payments/{id}/void", s.authorized(s.voidPayment))
	mux.HandleFunc("POST /v1/payments/{id}/refunds", s.authorized(s.refundPayment))
	mux.HandleFunc("GET /v1/charges", s.authorized(s.listCharges))
	mux.HandleFunc("GET /v1/customers/{customer}/methods", s.authorized(s.listMethods))
	mux.HandleFunc("DELETE /v1/customers/{customer}/methods/{id}", s.authorized(s.forgetMethod))
	mux.HandleFunc("POST /fields/{id}", s.payInFields)
	mux.HandleFunc("GET /fields", showFields)
	mux.HandleFunc("GET /fields.js", showScript(fieldsScript))
	mux.HandleFunc("GET /fields-frame.js", showScript(frameScript))
	mux.HandleFunc("POST /control/disputes", s.authorized(s.disputePayment))
	mux.HandleFunc("GET /control", s.authorized(s.getScript))
	mux.HandleFunc("POST /control", s.authorized(s.setScript))
	mux.HandleFunc("POST /control/reset", s.authorized(s.resetScript))
	mux.HandleFunc("GET /pay/{id}", s.showPayment)
	mux.HandleFunc("POST /pay/{id}", s.decidePayment)
	mux.HandleFunc("GET /pay/{id}/challenge", s.showChallenge)
	mux.HandleFunc("POST /pay/{id}/challenge", s.answerChallenge)
	mux.HandleFunc("GET /style.css", showStyle)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", s.ready)
	return mux
}

// ready is false once the record cannot be written: then nothing can be promised any more.
func (s *sandbox) ready(w http.ResponseWriter, _ *http.Request) {
	if err := s.book.record.health(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ready\n")
}

// authorized lets only those in who hold the key. Hashing first makes the comparison take as long for any guess.
func (s *sandbox) authorized(next http.HandlerFunc) http.HandlerFunc {
	want := sha256.Sum256([]byte("Bearer " + s.config.Key))
	return func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
			no := &refusal{http.StatusUnauthorized, "unauthorized", "send the key as a bearer token"}
			if s.config.Speaks == speaksStripe {
				s.refuseStripe(w, no)
				return
			}
			s.refuse(w, no)
			return
		}
		next(w, r)
	}
}

func (s *sandbox) getScript(w http.ResponseWriter, _ *http.Request) {
	s.reply(w, http.StatusOK, s.director.performance())
}

// setScript replaces the whole script: what is left out goes back to normal.
func (s *sandbox) setScript(w http.ResponseWriter, r *http.Request) {
	var told script
	if _, err := readJSON(w, r, &told); err != nil {
		s.refuse(w, err)
		return
	}
	if err := told.check(); err != nil {
		s.refuse(w, badRequest(err.Error()))
		return
	}
	s.perform(told)
	s.getScript(w, r)
}

func (s *sandbox) resetScript(w http.ResponseWriter, r *http.Request) {
	s.perform(script{})
	s.getScript(w, r)
}

func (s *sandbox) perform(told script) {
	s.clock.shift(told.ClockOffsetSeconds)
	s.director.perform(told)
}

// before plays what happens before a request is looked at. It is false when the request is answered.
func (s *sandbox) before(r *http.Request, how string, answer500 func()) bool {
	switch how {
	case slow:
		if !pause(s.life, s.director.slowness(s.config.Slow)) {
			panic(http.ErrAbortHandler) // stopping: nothing was done, and nothing is said
		}
	case hang:
		s.hang(r)
	case reset:
		panic(http.ErrAbortHandler) // net/http's way to drop a connection without an answer
	case fail:
		answer500()
		return false
	}
	return true
}

// hang holds the connection, then drops it without a word.
func (s *sandbox) hang(r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), s.config.Hang)
	defer cancel()
	select {
	case <-ctx.Done():
	case <-s.life.Done():
	}
	panic(http.ErrAbortHandler)
}

func badRequest(message string) error {
	return &refusal{http.StatusBadRequest, "invalid_request", message}
}

// readJSON decodes a small body strictly and returns its hash in a form that does not depend on spacing.
func readJSON(w http.ResponseWriter, r *http.Request, into any) (string, error) {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil && decoder.More() {
		err = errors.New("more than one value")
	}
	if err != nil {
		return "", badRequest("cannot read the body: " + err.Error())
	}
	plain, err := json.Marshal(into)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sha256.Sum256(plain)), nil
}

func (s *sandbox) reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.log.Warn("write answer", "error", err)
	}
}

// refuse answers with what went wrong; what is not a definite no is our own failure.
func (s *sandbox) refuse(w http.ResponseWriter, err error) {
	no := &refusal{http.StatusInternalServerError, "internal", "something went wrong"}
	if !errors.As(err, &no) && !errors.Is(err, errScripted) && !errors.Is(err, errBroken) {
		s.log.Error("request failed", "error", err)
	}
	type problem struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	s.reply(w, no.status, map[string]problem{"error": {no.code, no.message}})
}

// errScripted is a failure that the script asked for.
var errScripted = errors.New("the script said so")
