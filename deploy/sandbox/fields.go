package main

import (
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
)

// fieldsScript is what shops' pages load. It speaks as much of Stripe.js's public interface as a page with fields needs, whichever API the shop calls.
//
//go:embed fields.js
var fieldsScript string

// frameScript is that of the frame, which alone sees what is typed.
//
//go:embed fields-frame.js
var frameScript string

// clientSecret lets a browser pay one payment in fields. It follows from the key, so the record need not keep it.
func (s *sandbox) clientSecret(id string) string {
	mac := hmac.New(sha256.New, []byte(s.config.Key))
	mac.Write([]byte("fields " + id))
	return id + "_secret_" + hex.EncodeToString(mac.Sum(nil))[:24]
}

// payInFields is what the provider's fields on the shop's page send: a card, "declined" or "challenge". A shopper whose bank says no can
// try another card; one who is to be challenged goes to redirect_url.
func (s *sandbox) payInFields(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*") // it is called from shops' pages, and needs no cookie
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	id := r.PathValue("id")
	secret := []byte(r.PostFormValue("client_secret"))
	if r.PostFormValue("key") != s.config.PublicKey || !hmac.Equal(secret, []byte(s.clientSecret(id))) {
		s.refuse(w, &refusal{http.StatusUnauthorized, "unauthorized", "the key or the secret is not this payment's"})
		return
	}
	p, err := s.book.get(id)
	if err == nil {
		p, err = s.leadBack(p, r.PostFormValue("return_url"))
	}
	if err == nil {
		p, err = s.pay(p, r.PostFormValue("card"))
	}
	if err != nil {
		s.refuse(w, err)
		return
	}
	answer := map[string]string{"state": string(p.State), "decline_reason": p.DeclineReason}
	if p.State == RequiresAction && p.DeclineReason == "" {
		answer["redirect_url"] = s.config.PageURL + "/pay/" + id + "/challenge"
	}
	s.reply(w, http.StatusOK, answer)
}

// pay is one try to pay in fields.
func (s *sandbox) pay(p payment, card string) (payment, error) {
	how := s.bank(p)
	by, known := cards[card]
	switch {
	case card == "challenge" || how == challenge && known:
		p.DeclineReason = "" // of an earlier try
		return p, nil
	case slices.Contains(declineReasons, card):
		return s.book.decline(p.ID, card, true)
	case how == decline:
		return s.book.decline(p.ID, s.director.declineReason(), true)
	case !known:
		return p, badRequest("card must be one that is known here, challenge, or a reason to decline it")
	default:
		return s.book.approve(p.ID, by)
	}
}

// leadBack notes where the shop's page wants a shopper back who is to be challenged.
func (s *sandbox) leadBack(p payment, address string) (payment, error) {
	if address == "" || address == p.ReturnURL || p.State != RequiresAction {
		return p, nil
	}
	if _, err := origin(address); err != nil {
		return p, badRequest("return_url " + err.Error())
	}
	return s.book.change(p.ID, func(payment) (entry, error) { return entry{Kind: leadsBack, ReturnURL: address}, nil })
}

// showFields is the frame with the fields. Any shop's page may show it, and it sends what is typed to nobody but us.
func showFields(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'")
	scheme := "light"
	if r.FormValue("theme") == "night" {
		scheme = "dark"
	}
	if err := pages.ExecuteTemplate(w, "fields", scheme); err != nil {
		http.Error(w, "cannot show this page", http.StatusInternalServerError)
	}
}

func showScript(script string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "max-age=300")
		_, _ = io.WriteString(w, script)
	}
}
