package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// With SPEAKS=stripe the sandbox has Stripe's API in place of its own: as much of it as the shop's client needs, over the same book, page, script and
// messages. It keeps Stripe's habits: objects by number and expanded on request, lists newest first, search that lags, amounts in Stripe's units, keys
// that replay their first answer word for word, a 500 included, and a page where a declined shopper tries again.

func (s *sandbox) stripeRoutes(mux *http.ServeMux) {
	for pattern, handler := range map[string]http.HandlerFunc{
		"POST /v1/checkout/sessions":             s.createSession,
		"GET /v1/checkout/sessions":              s.listSessions,
		"GET /v1/checkout/sessions/{id}":         s.getStripe(sessionObject),
		"POST /v1/checkout/sessions/{id}":        s.noteOnSession,
		"POST /v1/checkout/sessions/{id}/expire": s.expireSession,
		"POST /v1/payment_intents":               s.createIntent,
		"GET /v1/payment_intents":                s.listIntents,
		"GET /v1/payment_intents/search":         s.searchIntents,
		"GET /v1/payment_intents/{id}":           s.getStripe(intentObject),
		"POST /v1/payment_intents/{id}/capture":  s.captureIntent,
		"POST /v1/payment_intents/{id}/cancel":   s.cancelIntent,
		"POST /v1/refunds":                       s.createRefund,
		"GET /v1/refunds":                        s.listRefunds,
		"GET /v1/disputes":                       s.listDisputes,
		"GET /v1/balance_transactions":           s.listBalance,
		"POST /v1/customers":                     s.createCustomer,
		"GET /v1/customers/search":               s.searchCustomers,
		"GET /v1/customers/{id}/payment_methods": s.listCustomerMethods,
		"GET /v1/payment_methods/{id}":           s.getMethod,
		"POST /v1/payment_methods/{id}/detach":   s.detachMethod,
	} {
		mux.HandleFunc(pattern, s.authorized(handler))
	}
}

// id is the book's number of what Stripe calls by several.
func bookID(number string) string {
	_, tail, _ := strings.Cut(strings.Replace(number, "cs_test_", "cs_", 1), "_")
	return "pay_" + tail
}

// numbered is Stripe's number of a part of a payment.
func numbered(prefix string, p payment) string {
	return prefix + "_" + strings.TrimPrefix(p.ID, "pay_")
}

func (s *sandbox) createSession(w http.ResponseWriter, r *http.Request) {
	s.stripeAct(w, r, "create", func(key, request string, form url.Values) (payment, object, error) {
		asked := session{
			Reference: form.Get("client_reference_id"), Currency: strings.ToUpper(form.Get("line_items[0][price_data][currency]")),
			Description: form.Get("line_items[0][price_data][product_data][name]"), ReturnURL: form.Get("success_url"), CancelURL: form.Get("cancel_url"),
			CaptureLater: form.Get("payment_intent_data[capture_method]") == "manual", Challenge: asksBank(form), Customer: customerOf(form.Get("customer")),
			SaveMethod: form.Get("payment_intent_data[setup_future_usage]") != "", Metadata: metadata(form, ""), IntentMetadata: metadata(form, "payment_intent_data"),
		}
		asked.AmountMinor, _ = strconv.ParseInt(form.Get("line_items[0][price_data][unit_amount]"), 10, 64)
		now := s.clock.now()
		asked.ExpireTime = now.Add(24 * time.Hour)
		if at := form.Get("expires_at"); at != "" {
			seconds, _ := strconv.ParseInt(at, 10, 64)
			asked.ExpireTime = time.Unix(seconds, 0).UTC()
			if first := s.book.used(key); !first && (asked.ExpireTime.Before(now.Add(30*time.Minute)) || asked.ExpireTime.After(now.Add(24*time.Hour))) {
				return payment{}, nil, &refusal{http.StatusBadRequest, "expires_at", "expires_at must be between 30 minutes and 24 hours from now"}
			}
		}
		if err := asked.check(); err != nil {
			return payment{}, nil, err
		}
		p, _, err := s.book.create(key, request, asked)
		return p, sessionObject(s, p, expansion(form)), err
	})
}

func asksBank(form url.Values) bool {
	return form.Get("payment_method_options[card][request_three_d_secure]") == "challenge"
}

func (s *sandbox) noteOnSession(w http.ResponseWriter, r *http.Request) {
	s.stripeAct(w, r, "", func(_, _ string, form url.Values) (payment, object, error) {
		p, err := s.book.change(bookID(r.PathValue("id")), func(payment) (entry, error) {
			return entry{Kind: noted, Metadata: metadata(form, "")}, nil
		})
		return p, sessionObject(s, p, expansion(form)), err
	})
}

func (s *sandbox) expireSession(w http.ResponseWriter, r *http.Request) {
	s.stripeAct(w, r, "void", func(key, request string, form url.Values) (payment, object, error) {
		p, err := s.book.get(bookID(r.PathValue("id")))
		if err == nil && p.State != RequiresAction && !s.book.used(key) {
			err = conflict("resource_invalid", "only an open session can be expired, this one is %s", sessionStatus(p))
		}
		if err == nil {
			p, err = s.book.void(p.ID, key, request)
		}
		return p, sessionObject(s, p, expansion(form)), err
	})
}

func (s *sandbox) createIntent(w http.ResponseWriter, r *http.Request) {
	s.stripeAct(w, r, "create", func(key, request string, form url.Values) (payment, object, error) {
		asked := session{
			Currency: strings.ToUpper(form.Get("currency")), Description: form.Get("description"), ReturnURL: form.Get("return_url"), Fields: true,
			CaptureLater: form.Get("capture_method") == "manual", Challenge: asksBank(form), Customer: customerOf(form.Get("customer")), SaveMethod: form.Get("setup_future_usage") != "",
			SavedMethod: form.Get("payment_method"), IntentMetadata: metadata(form, ""), ExpireTime: s.clock.now().Add(7 * 24 * time.Hour).Truncate(time.Second),
		}
		asked.AmountMinor, _ = strconv.ParseInt(form.Get("amount"), 10, 64)
		if asked.Reference = asked.IntentMetadata["reference"]; asked.ReturnURL == "" {
			asked.ReturnURL = "https://shop.example/" // its fields return to nowhere
		}
		asked.CancelURL = asked.ReturnURL
		if err := asked.check(); err != nil {
			return payment{}, nil, err
		}
		p, _, err := s.book.create(key, request, asked)
		if err == nil && p.SavedMethod != "" && p.State == RequiresAction {
			p, err = s.paySaved(p)
		}
		if err == nil && p.State == Declined {
			err = &declineError{p.DeclineReason, intentObject(s, p, expansion(form))}
		}
		return p, intentObject(s, p, expansion(form)), err
	})
}

func (s *sandbox) captureIntent(w http.ResponseWriter, r *http.Request) {
	s.stripeAct(w, r, "capture", func(key, request string, form url.Values) (payment, object, error) {
		amount, err := strconv.ParseInt(form.Get("amount_to_capture"), 10, 64)
		if err != nil || amount <= 0 {
			return payment{}, nil, badRequest("amount_to_capture must be positive")
		}
		if form.Has("final_capture") && s.director.singleCapture() {
			return payment{}, nil, badRequest("this account cannot capture more than once")
		}
		p, err := s.book.capture(bookID(r.PathValue("id")), key, request, amount, form.Get("final_capture") != "false", metadata(form, ""))
		return p, intentObject(s, p, expansion(form)), err
	})
}

func (s *sandbox) cancelIntent(w http.ResponseWriter, r *http.Request) {
	s.stripeAct(w, r, "void", func(key, request string, form url.Values) (payment, object, error) {
		p, err := s.book.void(bookID(r.PathValue("id")), key, request)
		return p, intentObject(s, p, expansion(form)), err
	})
}

func (s *sandbox) createRefund(w http.ResponseWriter, r *http.Request) {
	s.stripeAct(w, r, "refund", func(key, request string, form url.Values) (payment, object, error) {
		amount, err := strconv.ParseInt(form.Get("amount"), 10, 64)
		if err != nil || amount <= 0 {
			return payment{}, nil, badRequest("amount must be positive")
		}
		p, err := s.book.refund(bookID(form.Get("payment_intent")), key, request, amount, form.Get("reason"), metadata(form, ""))
		if err != nil {
			return p, nil, err
		}
		return p, refundObject(p, len(p.Refunds)-1, expansion(form)), nil
	})
}

func (s *sandbox) createCustomer(w http.ResponseWriter, r *http.Request) {
	s.stripeAct(w, r, "", func(_, _ string, form url.Values) (payment, object, error) {
		return payment{}, customerObject(metadata(form, "")["reference"]), nil
	})
}

func (s *sandbox) detachMethod(w http.ResponseWriter, r *http.Request) {
	s.stripeAct(w, r, "", func(_, _ string, _ url.Values) (payment, object, error) {
		id := r.PathValue("id")
		owner, m := s.book.ownerOf(id)
		if m == nil {
			return payment{}, nil, errUnknown
		}
		return payment{}, methodObject("", *m), s.book.forgetMethod(owner, id)
	})
}

// metadata reads prefix[metadata][name]=value, or metadata[name]=value.
func metadata(form url.Values, prefix string) map[string]string {
	notes := map[string]string{}
	start := "metadata["
	if prefix != "" {
		start = prefix + "[metadata]["
	}
	for name := range form {
		if key, ok := strings.CutPrefix(name, start); ok {
			notes[strings.TrimSuffix(key, "]")] = form.Get(name)
		}
	}
	return notes
}

// stripeAct runs a request that changes something once for its key, the way the script wants it told. The first answer stays the answer, also when it
// was a 500 or the bank's no; that a request was wrong is not remembered.
func (s *sandbox) stripeAct(w http.ResponseWriter, r *http.Request, request string, do func(key, request string, form url.Values) (payment, object, error)) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		s.refuseStripe(w, badRequest("cannot read the body: "+err.Error()))
		return
	}
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		key = rand.Text()
	}
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(r.URL.Path+"?"+r.PostForm.Encode())))
	if kept, err := s.book.answerTo(key, hash); kept != nil || err != nil {
		s.replay(w, kept, err)
		return
	}
	how := well
	if request != "" {
		how = s.director.next(request)
	}
	if !s.before(r, how, func() { s.refuseStripe(w, errScripted) }) {
		return
	}
	p, made, err := do(key, hash, r.PostForm)
	status, body := stripeAnswer(made, err)
	if how == failAfter || how == failReplayed {
		status, body = stripeAnswer(nil, errScripted)
	}
	if err == nil || status == http.StatusPaymentRequired {
		if err := s.book.keepAnswer(key, hash, p.ID, answer{status, body}); err != nil {
			s.refuseStripe(w, err)
			return
		}
	}
	if s.director.webhooks().BeforeReply && p.ID != "" {
		s.sender.awaitFirstTry(r.Context(), p)
	}
	if how == hangAfter {
		s.hang(r)
	}
	s.write(w, status, body)
}

func (s *sandbox) replay(w http.ResponseWriter, kept *answer, err error) {
	if err != nil {
		s.write(w, http.StatusBadRequest, stripeProblem("idempotency_error", "idempotency_key_in_use", err.Error(), "", nil))
		return
	}
	w.Header().Set("Idempotent-Replayed", "true")
	s.write(w, kept.Status, kept.Body)
}

func (s *sandbox) write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		s.log.Warn("write answer", "error", err)
	}
}

// declineError is the bank's no to a saved method; the payment is there all the same.
type declineError struct {
	reason string
	intent object
}

func (d *declineError) Error() string { return "Your card was declined." }

func stripeAnswer(made object, err error) (int, []byte) {
	var no *refusal
	var declined *declineError
	switch {
	case err == nil:
		body, _ := json.Marshal(made)
		return http.StatusOK, body
	case errors.As(err, &declined):
		return http.StatusPaymentRequired, stripeProblem("card_error", "card_declined", declined.Error(), declined.reason, declined.intent)
	case errors.As(err, &no) && no.status == http.StatusNotFound:
		return no.status, stripeProblem("invalid_request_error", "resource_missing", no.message, "", nil)
	case errors.As(err, &no) && no.code == "expires_at":
		return no.status, stripeProblem("invalid_request_error", "", no.message, "", object{"param": no.code})
	case errors.As(err, &no) && no.status == http.StatusUnauthorized:
		return no.status, stripeProblem("invalid_request_error", "", no.message, "", nil)
	case errors.As(err, &no):
		return http.StatusBadRequest, stripeProblem("invalid_request_error", no.code, no.message, "", nil)
	default:
		return http.StatusInternalServerError, stripeProblem("api_error", "", "something went wrong", "", nil)
	}
}

// stripeProblem is an error as Stripe tells it. More is a parameter's name, or the payment that the error is about.
func stripeProblem(kind, code, message, decline string, more object) []byte {
	problem := object{"type": kind, "message": message}
	for name, value := range map[string]string{"code": code, "decline_code": decline} {
		if value != "" {
			problem[name] = value
		}
	}
	switch {
	case more["object"] != nil:
		problem["payment_intent"] = more
	default:
		maps.Copy(problem, more)
	}
	body, _ := json.Marshal(object{"error": problem})
	return body
}

func (s *sandbox) refuseStripe(w http.ResponseWriter, err error) {
	var no *refusal
	if !errors.As(err, &no) && !errors.Is(err, errScripted) {
		s.log.Error("request failed", "error", err)
	}
	status, body := stripeAnswer(nil, err)
	s.write(w, status, body)
}
