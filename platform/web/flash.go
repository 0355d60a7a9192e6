package web

import (
	"net/http"
	"strings"
	"time"
)

const (
	flashCookie  = "flash"
	flashLife    = time.Minute
	longestFlash = 100
)

// Flash is what the next page says once: a code that the page has words for, and perhaps what it is about, such as a
// number or an id. It is not signed, so it holds nothing that matters: a page shows codes it knows and ignores all others.
type Flash struct {
	Code    string // such as "cart.added": letters, digits, -, _ and .
	Subject string // the same letters; may be empty
}

// SetFlash leaves a message for the next page. A message of other letters, or too long, is not left.
func (c Cookies) SetFlash(w http.ResponseWriter, flash Flash) {
	if value := flash.Code + "~" + flash.Subject; flash.Code != "" && len(value) <= longestFlash {
		if !strings.Contains(flash.Code, "~") && !strings.Contains(flash.Subject, "~") {
			c.Set(w, flashCookie, value, flashLife)
		}
	}
}

// TakeFlash returns the message that was left, once. Public pages have none: they are the same for everyone.
func (c Cookies) TakeFlash(w http.ResponseWriter, r *http.Request) (Flash, bool) {
	value := c.Get(r, flashCookie)
	if value == "" {
		return Flash{}, false
	}
	c.Clear(w, flashCookie)
	code, subject, found := strings.Cut(value, "~")
	if !found || code == "" || len(value) > longestFlash || strings.Contains(subject, "~") {
		return Flash{}, false
	}
	return Flash{Code: code, Subject: subject}, true
}
