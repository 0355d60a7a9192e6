package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

const noStore = "private, no-store"

// Site is what the pages of one origin have in common: who may frame and script them, which forms are ours, and that
// nothing is kept by caches unless it says so.
type Site struct {
	// URL is the address that visitors know, such as https://shop.example. Pages make absolute links from it and never
	// from the Host header.
	URL *url.URL
	// AssetURL is where assets and pictures come from when that is another origin, such as a CDN.
	AssetURL *url.URL
	// FormTargets are origins to which a form may lead besides ours: the payment provider's.
	FormTargets []string
	// SameSite is for cookies: Lax unless said otherwise.
	SameSite http.SameSite
	// TokenKey signs the cookie that lets visitors read what they wrote. Without one it is not protected: see consistency.
	TokenKey []byte
	// Problem shows what went wrong before a page was reached.
	Problem ProblemPage
}

// Cookies is how the site keeps cookies.
func (s Site) Cookies() Cookies {
	return Cookies{Secure: s.https(), SameSite: s.SameSite}
}

func (s Site) https() bool { return s.URL.Scheme == "https" }

var errCrossOrigin = errors.New("a form of another site, or of a program that does not say where it comes from")

// Handler serves the pages of a mux. By default an answer is private and kept nowhere; public pages and assets say
// otherwise.
func (s Site) Handler(pages *http.ServeMux) http.Handler {
	headers := s.headers()
	origins := http.NewCrossOriginProtection()
	token := consistency{cookies: s.Cookies(), key: s.TokenKey}
	compressed := Compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages.ServeHTTP(w, r)
		if visit := visitOf(r.Context()); visit != nil {
			visit.route = cmp.Or(visit.route, r.Pattern)
		}
	}))

	return http.HandlerFunc(func(plain http.ResponseWriter, r *http.Request) {
		w := wrap(plain)
		header := w.Header()
		for name, value := range headers {
			header[name] = value
		}
		if !s.ourHost(r) {
			s.misdirected(w, r)
			return
		}
		if err := errors.Join(origins.Check(r), anonymousForm(r)); err != nil {
			s.Problem.show(w, r, Problem{Status: http.StatusForbidden, Message: "This form did not come from our page. Open the page again and repeat."})
			return
		}
		if !readable(r) {
			s.Problem.show(w, r, Problem{Status: http.StatusNotFound})
			return
		}
		compressed.ServeHTTP(w, token.carry(w, r))
	})
}

// Guest is what one page lets in that is not the site's: the fields of a payment provider.
type Guest struct {
	Scripts, Frames, Calls []string // addresses or origins, as a content security policy names them
}

// Admit lets a guest into the page that is about to be answered, and into no other. Others learn of the page's address no more than its origin, and a wallet may ask the guest's frames to be paid.
func (s Site) Admit(w http.ResponseWriter, guest Guest) {
	header := w.Header()
	header.Set("Content-Security-Policy", s.policy(guest))
	header.Set("Referrer-Policy", "strict-origin")
	allowed := "payment=(self"
	for _, frame := range guest.Frames {
		allowed += ` "` + frame + `"`
	}
	header.Set("Permissions-Policy", strings.Replace(permissions, "payment=(", allowed, 1))
}

// permissions are what pages ask of browsers: nothing.
const permissions = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"

// policy says what may run and be loaded in a page.
func (s Site) policy(guest Guest) string {
	sources := "'self'"
	if s.AssetURL != nil && s.AssetURL.Host != "" && s.AssetURL.Host != s.URL.Host {
		sources += " " + s.AssetURL.Scheme + "://" + s.AssetURL.Host
	}
	rules := []string{
		"default-src 'none'",
		"script-src " + join(sources, guest.Scripts),
		"style-src " + sources,
		"img-src " + sources + " data:",
		"font-src " + sources,
		"manifest-src " + sources,
		"connect-src " + join("'self'", guest.Calls),
		"form-action " + join("'self'", s.FormTargets),
		"frame-ancestors 'none'",
		"base-uri 'none'",
	}
	if len(guest.Frames) > 0 {
		rules = append(rules, "frame-src "+strings.Join(guest.Frames, " "))
	}
	return strings.Join(rules, "; ")
}

func join(own string, more []string) string { return strings.Join(append([]string{own}, more...), " ") }

// headers are those of every answer. Their values are shared between answers, so nobody may change them in place.
func (s Site) headers() http.Header {
	headers := http.Header{}
	headers.Set("Content-Security-Policy", s.policy(Guest{}))
	headers.Set("X-Content-Type-Options", "nosniff")
	headers.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	headers.Set("Permissions-Policy", permissions)
	headers.Set("Cross-Origin-Opener-Policy", "same-origin")
	headers.Set("Cache-Control", noStore)
	if s.https() {
		headers.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return headers
}

// ourHost reports whether the visitor means this site. On a laptop, where the public URL is http, every name is ours.
func (s Site) ourHost(r *http.Request) bool {
	return !s.https() || strings.EqualFold(r.Host, s.URL.Host)
}

// misdirected leads visitors of other names of ours, and of names that others have pointed at us, to the known one.
func (s Site) misdirected(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "This site is at "+s.URL.Host, http.StatusMisdirectedRequest)
		return
	}
	known := url.URL{Scheme: s.URL.Scheme, Host: s.URL.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	http.Redirect(w, r, known.String(), http.StatusPermanentRedirect)
}

// anonymousForm refuses what changes something, brings a cookie and does not say where it comes from: all browsers do,
// and programs have no cookies of ours.
func anonymousForm(r *http.Request) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" && r.Header.Get("Cookie") != "" {
		return errCrossOrigin
	}
	return nil
}
