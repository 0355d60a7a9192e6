package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

//go:embed pages.html
var pagesSource string

//go:embed style.css
var style []byte

var pages = template.Must(template.New("").Funcs(template.FuncMap{"words": words}).Parse(pagesSource))

// words makes a code readable: "insufficient_funds" is "insufficient funds".
func words(code string) string { return strings.ReplaceAll(code, "_", " ") }

// page is what every page of the hosted payment shows.
type page struct {
	Title       string
	Problem     string // what was wrong with what was typed
	Amount      string
	Description string
	Reference   string
	URL         string
	State       State
	Outcome     string
	Expires     string
	BackURL     string
	CodesLeft   int
	Reasons     []string // that a bank may decline for
}

// outcomes is how a finished payment is told to the shopper.
var outcomes = map[State]string{
	Authorized:     "Approved",
	PartlyCaptured: "Paid in part",
	Captured:       "Paid",
	Disputed:       "Paid, and disputed",
	Declined:       "The bank declined this payment",
	Cancelled:      "You cancelled this payment",
	Expired:        "This payment has expired",
	Voided:         "The shop withdrew this payment",
	Refunded:       "Paid, then refunded",
	PartlyRefunded: "Paid, then partly refunded",
}

func (s *sandbox) showPayment(w http.ResponseWriter, r *http.Request) {
	p, err := s.book.get(r.PathValue("id"))
	if err != nil {
		s.showProblem(w, err)
		return
	}
	name, title := "result", outcomes[p.State]
	if p.State == RequiresAction {
		name, title = "pay", "Pay "+amount(p.AmountMinor, p.Currency)
	}
	show(w, http.StatusOK, name, p, page{Title: title})
}

func (s *sandbox) decidePayment(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	id := r.PathValue("id")
	switch r.PostFormValue("action") {
	case "pay":
		p, err := s.book.get(id)
		if err != nil {
			s.showProblem(w, err)
			return
		}
		s.approve(w, r, s.bank(p))
	case "slow":
		s.approve(w, r, slow)
	case "hang":
		s.approve(w, r, chargeThenHang)
	case "challenge":
		http.Redirect(w, r, "/pay/"+id+"/challenge", http.StatusSeeOther)
	case "decline":
		reason := cmp.Or(r.PostFormValue("reason"), s.director.declineReason())
		if !slices.Contains(declineReasons, reason) {
			s.showProblem(w, badRequest("Banks here know no such reason."))
			return
		}
		s.decline(w, r, id, reason)
	case "cancel":
		if s.config.Speaks == speaksStripe { // there, leaving the page ends nothing
			p, err := s.book.get(id)
			if err != nil {
				s.showProblem(w, err)
				return
			}
			http.Redirect(w, r, p.CancelURL, http.StatusSeeOther)
			return
		}
		p, err := s.book.end(id, cancelled)
		s.goBack(w, r, p, err)
	default:
		s.showProblem(w, badRequest("That page has no such button."))
	}
}

// approve charges the payment, the way the script wants it told. Once the bank was asked, a shopper who leaves changes nothing.
func (s *sandbox) approve(w http.ResponseWriter, r *http.Request, how string) {
	if !s.before(r, how, func() { s.showProblem(w, errScripted) }) {
		return
	}
	id := r.PathValue("id")
	switch how {
	case decline:
		s.decline(w, r, id, s.director.declineReason())
		return
	case challenge:
		http.Redirect(w, r, "/pay/"+id+"/challenge", http.StatusSeeOther)
		return
	}
	p, err := s.book.get(id)
	if err == nil {
		p, err = s.book.approve(id, s.book.card(p))
	}
	if err == nil && how == chargeThenHang {
		s.hang(r)
	}
	if err == nil && how == chargeThenFail {
		err = errScripted
	}
	s.goBack(w, r, p, err)
}

// decline tells the shopper that the bank said no: at the shop, or here where there is another try.
func (s *sandbox) decline(w http.ResponseWriter, r *http.Request, id, reason string) {
	p, err := s.book.decline(id, reason, s.config.Speaks == speaksStripe)
	s.goBack(w, r, p, err)
}

// goBack sends the shopper on: to the shop, or to the page that says why this button no longer counts.
func (s *sandbox) goBack(w http.ResponseWriter, r *http.Request, p payment, err error) {
	var no *refusal
	switch {
	case errors.As(err, &no) && no.status == http.StatusConflict:
		http.Redirect(w, r, "/pay/"+r.PathValue("id"), http.StatusSeeOther)
		return
	case err != nil:
		s.showProblem(w, err)
		return
	case p.State == RequiresAction && !p.Fields: // whoever pays in fields tries again at the shop
		show(w, http.StatusUnprocessableEntity, "pay", p, page{Title: "Pay " + amount(p.AmountMinor, p.Currency), Problem: "Your bank declined the card: " + words(p.DeclineReason)})
		return
	}
	if s.director.webhooks().BeforeReply {
		s.sender.awaitFirstTry(r.Context(), p)
	}
	http.Redirect(w, r, backURL(p), http.StatusSeeOther)
}

func backURL(p payment) string {
	if p.State == Cancelled {
		return p.CancelURL
	}
	return p.ReturnURL
}

func (s *sandbox) showChallenge(w http.ResponseWriter, r *http.Request) {
	p, err := s.book.get(r.PathValue("id"))
	switch {
	case err != nil:
		s.showProblem(w, err)
	case p.State != RequiresAction:
		http.Redirect(w, r, "/pay/"+p.ID, http.StatusSeeOther)
	default:
		show(w, http.StatusOK, "challenge", p, page{Title: "Confirm it is you"})
	}
}

var sixDigits = regexp.MustCompile(`^[0-9]{6}$`)

func (s *sandbox) answerChallenge(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	if sixDigits.MatchString(strings.TrimSpace(r.PostFormValue("code"))) {
		how := s.director.next("pay")
		if how == challenge {
			how = well // this was it
		}
		s.approve(w, r, how)
		return
	}
	again := s.config.Speaks == speaksStripe
	if p, err := s.book.get(r.PathValue("id")); err == nil && p.Fields {
		again = true
	}
	p, err := s.book.wrongCode(r.PathValue("id"), again)
	if err != nil || p.State != RequiresAction || p.Fields && p.DeclineReason == "authentication_failed" {
		s.goBack(w, r, p, err)
		return
	}
	show(w, http.StatusUnprocessableEntity, "challenge", p, page{
		Title: "Confirm it is you", Problem: "Enter the code as six digits, for example 123456",
	})
}

func (s *sandbox) showProblem(w http.ResponseWriter, err error) {
	var no *refusal
	switch {
	case errors.As(err, &no) && no.status == http.StatusNotFound:
		show(w, no.status, "problem", payment{}, page{Title: "No such payment", Outcome: "Check the address, or go back to the shop and start again."})
	case errors.As(err, &no):
		show(w, no.status, "problem", payment{}, page{Title: "That did not work", Outcome: no.message})
	default:
		if !errors.Is(err, errScripted) {
			s.log.Error("page failed", "error", err)
		}
		show(w, http.StatusInternalServerError, "problem", payment{}, page{
			Title: "Something went wrong", Outcome: "We cannot say whether the payment went through. Go back to the shop: it will ask us.",
		})
	}
}

// show writes a page. Forms may lead back to this payment's shop and nowhere else, since form-action covers redirects too.
func show(w http.ResponseWriter, status int, name string, p payment, content page) {
	formAction := "'self'"
	if p.ID != "" {
		content.Amount = amount(p.AmountMinor, p.Currency)
		content.Description, content.Reference = p.Description, p.Reference
		content.URL, content.BackURL, content.State, content.Outcome = "/pay/"+p.ID, backURL(p), p.State, outcomes[p.State]
		content.Expires = p.ExpireTime.Format("2 January 2006, 15:04 MST")
		content.Reasons = declineReasons
		content.CodesLeft = wrongCodesAllowed - p.WrongCodes
		for _, address := range []string{p.ReturnURL, p.CancelURL} {
			if shop, err := origin(address); err == nil {
				formAction += " " + shop
			}
		}
	}
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, name, content); err != nil {
		http.Error(w, "cannot show this page", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "+
		"frame-ancestors 'none'; form-action "+formAction)
	w.WriteHeader(status)
	_, _ = body.WriteTo(w)
}

func showStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=300")
	_, _ = w.Write(style)
}

// amount writes minor units for people: 4990 EUR is "49.90 EUR".
func amount(minor int64, currency string) string {
	digits := 2
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return fmt.Sprintf("%d %s", minor, currency)
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		digits = 3
	}
	text := fmt.Sprintf("%0*d", digits+1, minor)
	return text[:len(text)-digits] + "." + text[len(text)-digits:] + " " + currency
}
