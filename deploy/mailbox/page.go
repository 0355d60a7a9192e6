package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

//go:embed pages.html
var pagesSource string

//go:embed style.css
var style []byte

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"join":  func(addresses []string) string { return strings.Join(addresses, ", ") },
	"when":  func(t time.Time) string { return t.Local().Format("2 January 2006, 15:04:05") },
	"short": func(t time.Time) string { return t.Local().Format("2 Jan 15:04:05") },
}).Parse(pagesSource))

// page is what the pages show.
type page struct {
	Title string
	To    string // what was searched for
	Mails []mail
	Mail  mail
}

func (b *mailbox) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.listMails)
	mux.HandleFunc("GET /mails.json", b.listJSON)
	mux.HandleFunc("GET /mails/{id}", b.showMail)
	mux.HandleFunc("GET /mails/{id}/html", b.showHTML)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(style)
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for _, health := range []string{"GET /healthz", "GET /readyz"} { // it depends on nobody
		mux.HandleFunc(health, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ready\n") })
	}
	return mux
}

func (b *mailbox) listMails(w http.ResponseWriter, r *http.Request) {
	to := r.URL.Query().Get("to")
	show(w, http.StatusOK, "list", page{Title: "Mails", To: to, Mails: b.find(to)})
}

// listJSON tells programs the same as the list tells people, with all that is in the mails.
func (b *mailbox) listJSON(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(struct { // whoever asked may have left
		Mails []mail `json:"mails"`
	}{b.find(r.URL.Query().Get("to"))})
}

// asked is the mail that a request names. Where there is none, it has answered.
func (b *mailbox) asked(w http.ResponseWriter, r *http.Request) (mail, bool) {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64) // none has the number 0
	m, found := b.get(id)
	if !found {
		show(w, http.StatusNotFound, "missing", page{Title: "No such mail"})
	}
	return m, found
}

func (b *mailbox) showMail(w http.ResponseWriter, r *http.Request) {
	if m, found := b.asked(w, r); found {
		title := m.Subject
		if title == "" {
			title = "Mail without a subject"
		}
		show(w, http.StatusOK, "mail", page{Title: title, Mail: m})
	}
}

// showHTML serves a stranger's page. It can run nothing, ask nobody and send nothing; pictures must be within it.
func (b *mailbox) showHTML(w http.ResponseWriter, r *http.Request) {
	if m, found := b.asked(w, r); found {
		write(w, http.StatusOK, "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox",
			strings.NewReader(m.HTML))
	}
}

func show(w http.ResponseWriter, status int, name string, content page) {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, name, content); err != nil {
		http.Error(w, "cannot show this page", http.StatusInternalServerError)
		return
	}
	write(w, status, "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'", &body)
}

func write(w http.ResponseWriter, status int, policy string, body io.Reader) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", policy)
	w.WriteHeader(status)
	_, _ = io.Copy(w, body)
}
