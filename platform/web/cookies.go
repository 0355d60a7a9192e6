package web

import (
	"net/http"
	"strings"
	"time"
)

// Cookies are how a site keeps something with its visitors. Every cookie is for this host alone, and no script sees it.
//
// On https the names begin with __Host-, which browsers take only from the host itself and over https, so that no sibling
// host can plant one. A site whose public URL is plain http (a laptop) has neither prefix nor Secure: browsers would drop
// such cookies from http://127.0.0.1.
type Cookies struct {
	// Secure is whether visitors come by https.
	Secure bool
	// SameSite is Lax unless said otherwise; the back office uses Strict.
	SameSite http.SameSite
}

const hostPrefix = "__Host-"

// longestCookie keeps a cookie, with its name and attributes, below what browsers and header limits take.
const longestCookie = 3072

// Name is the cookie's name as the browser knows it.
func (c Cookies) Name(name string) string {
	if c.Secure {
		return hostPrefix + name
	}
	return name
}

// Set keeps a value for some time; without one it is forgotten with the browser's session. The value is made of letters,
// digits and -._~ in any number up to 3 KiB: encode anything else. It reports whether the value could be set.
func (c Cookies) Set(w http.ResponseWriter, name, value string, life time.Duration) bool {
	if !validCookieValue(value) {
		return false
	}
	http.SetCookie(w, c.cookie(name, value, int(life.Seconds())))
	return true
}

// Get returns the value, or "" when there is none or it is not one that Set takes.
func (c Cookies) Get(r *http.Request, name string) string {
	cookie, err := r.Cookie(c.Name(name))
	if err != nil || !validCookieValue(cookie.Value) {
		return ""
	}
	return cookie.Value
}

// Clear makes the browser forget the cookie.
func (c Cookies) Clear(w http.ResponseWriter, name string) {
	http.SetCookie(w, c.cookie(name, "", -1))
}

func (c Cookies) cookie(name, value string, maxAge int) *http.Cookie {
	sameSite := c.SameSite
	if sameSite == 0 {
		sameSite = http.SameSiteLaxMode
	}
	return &http.Cookie{
		Name: c.Name(name), Value: value, Path: "/", MaxAge: maxAge,
		Secure: c.Secure, HttpOnly: true, SameSite: sameSite,
	}
}

func validCookieValue(value string) bool {
	return len(value) <= longestCookie && !strings.ContainsFunc(value, func(r rune) bool {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("-._~", r):
			return false
		}
		return true
	})
}
