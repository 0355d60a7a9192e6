package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/postgres"
)

func mustURL(t testing.TB, text string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// ask sends a request to a site whose only page is the handler.
func ask(site Site, r *http.Request, page http.HandlerFunc) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	mux.Handle("/", page)
	answer := httptest.NewRecorder()
	site.Handler(mux).ServeHTTP(answer, r)
	return answer
}

func hello(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }

// Every answer tells browsers and caches what they may do, also one that refuses.
func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	site := Site{
		URL:         mustURL(t, "https://shop.example"),
		AssetURL:    mustURL(t, "https://cdn.example/shop"),
		FormTargets: []string{"https://pay.example"},
	}
	forged := httptest.NewRequest(http.MethodPost, "https://shop.example/cart", nil)
	forged.Header.Set("Sec-Fetch-Site", "cross-site")
	requests := map[string]*http.Request{
		"page":       httptest.NewRequest(http.MethodGet, "https://shop.example/", nil),
		"forged":     forged,
		"other host": httptest.NewRequest(http.MethodGet, "https://evil.example/", nil),
	}
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self' https://cdn.example; style-src 'self' https://cdn.example; " +
			"img-src 'self' https://cdn.example data:; font-src 'self' https://cdn.example; manifest-src 'self' https://cdn.example; " +
			"connect-src 'self'; form-action 'self' https://pay.example; frame-ancestors 'none'; base-uri 'none'",
		"X-Content-Type-Options":     "nosniff",
		"Referrer-Policy":            "strict-origin-when-cross-origin",
		"Cross-Origin-Opener-Policy": "same-origin",
		"Strict-Transport-Security":  "max-age=31536000",
		"Cache-Control":              "private, no-store",
	}
	for name, r := range requests {
		answer := ask(site, r, hello)
		for header, value := range want {
			if got := answer.Header().Get(header); got != value {
				t.Errorf("%s: %s = %q, want %q", name, header, got, value)
			}
		}
		if !strings.Contains(answer.Header().Get("Permissions-Policy"), "camera=()") {
			t.Errorf("%s: Permissions-Policy = %q", name, answer.Header().Get("Permissions-Policy"))
		}
	}
	laptop := ask(Site{URL: mustURL(t, "http://localhost:8080")}, httptest.NewRequest(http.MethodGet, "/", nil), hello)
	if laptop.Header().Get("Strict-Transport-Security") != "" {
		t.Error("a laptop's browser is told to insist on https")
	}
}

// A form on somebody else's page changes nothing here.
func TestFormsOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		method string
		header map[string]string
		want   int
	}{
		"our form":                       {"POST", map[string]string{"Sec-Fetch-Site": "same-origin", "Cookie": "a=b"}, 200},
		"our form, older browser":        {"POST", map[string]string{"Origin": "https://shop.example", "Cookie": "a=b"}, 200},
		"another site":                   {"POST", map[string]string{"Sec-Fetch-Site": "cross-site", "Cookie": "a=b"}, 403},
		"another site, no cookie":        {"POST", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"another site, older browser":    {"POST", map[string]string{"Origin": "https://evil.example", "Cookie": "a=b"}, 403},
		"a sibling host":                 {"POST", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "https://blog.shop.example"}, 403},
		"an opaque origin":               {"POST", map[string]string{"Origin": "null", "Cookie": "a=b"}, 403},
		"no origin, but a cookie":        {"POST", map[string]string{"Cookie": "a=b"}, 403},
		"a program without cookies":      {"POST", nil, 200},
		"DELETE of another site":         {"DELETE", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"a link on another site":         {"GET", map[string]string{"Sec-Fetch-Site": "cross-site", "Cookie": "a=b"}, 200},
		"JSON as text from another site": {"POST", map[string]string{"Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"}, 403},
	}
	site := Site{URL: mustURL(t, "https://shop.example")}
	for name, tc := range tests {
		r := httptest.NewRequest(tc.method, "https://shop.example/cart", nil)
		for header, value := range tc.header {
			r.Header.Set(header, value)
		}
		reached := false
		answer := ask(site, r, func(http.ResponseWriter, *http.Request) { reached = true })
		if answer.Code != tc.want || reached != (tc.want == 200) {
			t.Errorf("%s: status %d, page reached: %t; want %d", name, answer.Code, reached, tc.want)
		}
	}
}

// A name that somebody pointed at our address shows nothing of ours and passes no form on.
func TestHostIsPinned(t *testing.T) {
	t.Parallel()
	site := Site{URL: mustURL(t, "https://shop.example")}
	unreachable := func(http.ResponseWriter, *http.Request) { t.Error("a page was shown under another name") }
	answer := ask(site, httptest.NewRequest(http.MethodGet, "https://evil.example/a%2Fb?c=d", nil), unreachable)
	if answer.Code != http.StatusPermanentRedirect || answer.Header().Get("Location") != "https://shop.example/a%2Fb?c=d" {
		t.Errorf("GET: %d to %q", answer.Code, answer.Header().Get("Location"))
	}
	if answer := ask(site, httptest.NewRequest(http.MethodPost, "https://evil.example/", nil), unreachable); answer.Code != http.StatusMisdirectedRequest {
		t.Errorf("POST: %d", answer.Code)
	}
	if answer := ask(site, httptest.NewRequest(http.MethodGet, "https://SHOP.example/", nil), hello); answer.Code != http.StatusOK {
		t.Errorf("our own name in capitals: %d", answer.Code)
	}
	if answer := ask(Site{URL: mustURL(t, "http://localhost:8080")}, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/", nil), hello); answer.Code != http.StatusOK {
		t.Errorf("a laptop's other name: %d", answer.Code)
	}
}

// A visitor's next page shows what they just changed: it is read from where that has arrived.
func TestVisitorsReadWhatTheyWrote(t *testing.T) {
	t.Parallel()
	site := Site{URL: mustURL(t, "https://shop.example"), TokenKey: []byte("key")}
	wrote := ask(site, httptest.NewRequest(http.MethodGet, "https://shop.example/", nil), func(w http.ResponseWriter, r *http.Request) {
		postgres.RaiseToken(r.Context(), 42)
		w.WriteHeader(http.StatusSeeOther)
		postgres.RaiseToken(r.Context(), 43) // too late for this answer
	})
	cookies := wrote.Result().Cookies()
	if len(cookies) != 1 || cookies[0].Name != "__Host-seen" || cookies[0].MaxAge != 60 || !cookies[0].HttpOnly {
		t.Fatalf("cookies = %v", cookies)
	}
	read := httptest.NewRequest(http.MethodGet, "https://shop.example/", nil)
	read.AddCookie(cookies[0])
	answer := ask(site, read, func(_ http.ResponseWriter, r *http.Request) {
		if got := postgres.Token(r.Context()); got != 42 {
			t.Errorf("token = %d, want 42", got)
		}
	})
	if len(answer.Result().Cookies()) != 0 {
		t.Errorf("a page that wrote nothing set %v", answer.Result().Cookies())
	}
}

// A made-up position, which would send all reads to the primary, is worth nothing.
func TestTokensAreSigned(t *testing.T) {
	t.Parallel()
	c := consistency{key: []byte("key")}
	now := clock.Now()
	if lsn, at := c.parse(c.format(7, now)); lsn != 7 || at.Unix() != now.Unix() {
		t.Errorf("7 became %d at %s", lsn, at)
	}
	valid := c.format(7, now)
	forged := map[string]string{
		"empty": "", "garbage": "AAAA", "another key's": consistency{key: []byte("other")}.format(7, now),
		"without a key": consistency{}.format(7, now), "cut": valid[:len(valid)-2], "longer": valid + "AA",
		"old": c.format(7, now.Add(-2*time.Minute)), "from the future": c.format(7, now.Add(2*time.Minute)),
	}
	for i := range valid {
		if i == len(valid)-1 { // its last bits are padding, or not: base64
			continue
		}
		changed := []byte(valid)
		changed[i] = map[bool]byte{true: 'B', false: 'A'}[changed[i] == 'A']
		forged["changed at "+valid[:i]] = string(changed)
	}
	for name, value := range forged {
		if lsn, _ := c.parse(value); lsn != 0 {
			t.Errorf("%s: taken as %d", name, lsn)
		}
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		site Site
		want string
	}{
		"https":       {Site{URL: mustURL(t, "https://shop.example")}, "__Host-cart=abc; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax"},
		"back office": {Site{URL: mustURL(t, "https://admin.example"), SameSite: http.SameSiteStrictMode}, "__Host-cart=abc; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Strict"},
		"laptop":      {Site{URL: mustURL(t, "http://127.0.0.1:8080")}, "cart=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"},
	}
	for name, tc := range tests {
		cookies := tc.site.Cookies()
		answer := httptest.NewRecorder()
		if !cookies.Set(answer, "cart", "abc", time.Minute) || answer.Header().Get("Set-Cookie") != tc.want {
			t.Errorf("%s: %q, want %q", name, answer.Header().Get("Set-Cookie"), tc.want)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(answer.Result().Cookies()[0])
		if got := cookies.Get(r, "cart"); got != "abc" {
			t.Errorf("%s: read back %q", name, got)
		}
	}
	secure := Cookies{Secure: true}
	planted := httptest.NewRequest(http.MethodGet, "/", nil)
	planted.Header.Set("Cookie", "cart=planted-by-a-sibling")
	if got := secure.Get(planted, "cart"); got != "" {
		t.Errorf("a cookie without prefix was taken: %q", got)
	}
	for _, value := range []string{"a b", "a;b", "a\"b", "a,b", "é", "a\r\nSet-Cookie: b=c", strings.Repeat("x", 4000)} {
		answer := httptest.NewRecorder()
		if secure.Set(answer, "cart", value, 0) || len(answer.Header()) != 0 {
			t.Errorf("%q was set", value)
		}
	}
	answer := httptest.NewRecorder()
	secure.Clear(answer, "cart")
	if got := answer.Header().Get("Set-Cookie"); got != "__Host-cart=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax" {
		t.Errorf("Clear: %q", got)
	}
}

func TestFlash(t *testing.T) {
	t.Parallel()
	var cookies Cookies
	answer := httptest.NewRecorder()
	cookies.SetFlash(answer, Flash{Code: "cart.added", Subject: "3"})
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(answer.Result().Cookies()[0])
	next := httptest.NewRecorder()
	if flash, ok := cookies.TakeFlash(next, r); !ok || flash != (Flash{"cart.added", "3"}) {
		t.Errorf("flash = %v, %t", flash, ok)
	}
	if cleared := next.Result().Cookies(); len(cleared) != 1 || cleared[0].MaxAge >= 0 {
		t.Errorf("the message stays: %v", cleared)
	}
	for _, flash := range []Flash{{}, {Subject: "x"}, {Code: "<b>"}, {Code: "a~b"}, {Code: "a", Subject: "b~c"}, {Code: strings.Repeat("x", 200)}} {
		answer := httptest.NewRecorder()
		if cookies.SetFlash(answer, flash); len(answer.Header()) != 0 {
			t.Errorf("%v was left: %v", flash, answer.Header())
		}
	}
	if _, ok := cookies.TakeFlash(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)); ok {
		t.Error("there was a message that nobody left")
	}
}

// Whatever a cookie header says, reading it is safe, and what is read could have been set.
func FuzzCookies(f *testing.F) {
	f.Add("flash=cart.added~3; seen=AAAA")
	f.Add("__Host-flash=~; __Host-flash=a~b")
	f.Add("flash=\"a;b\"; flash=\x00")
	f.Fuzz(func(t *testing.T, header string) {
		for _, cookies := range []Cookies{{}, {Secure: true}} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Cookie", header)
			if value := cookies.Get(r, "seen"); !validCookieValue(value) {
				t.Fatalf("read %q", value)
			}
			if flash, ok := cookies.TakeFlash(httptest.NewRecorder(), r); ok {
				answer := httptest.NewRecorder()
				if cookies.SetFlash(answer, flash); len(answer.Header()) == 0 {
					t.Fatalf("took %q, which cannot be left", flash)
				}
			}
			if lsn, _ := (consistency{cookies: cookies, key: []byte("key")}).parse(cookies.Get(r, "seen")); lsn != 0 {
				t.Fatalf("a token was forged: %q", header)
			}
		}
	})
}

// A guest is let into the page that admits it, and into none that is answered before, after or beside it.
func TestAdmit(t *testing.T) {
	t.Parallel()
	site := Site{URL: mustURL(t, "https://shop.example"), FormTargets: []string{"https://pay.example"}}
	pages := http.NewServeMux()
	pages.HandleFunc("GET /{$}", func(http.ResponseWriter, *http.Request) {})
	pages.HandleFunc("GET /pay", func(w http.ResponseWriter, _ *http.Request) {
		site.Admit(w, Guest{Scripts: []string{"https://js.pay.example/a.js"}, Frames: []string{"https://js.pay.example"}, Calls: []string{"https://api.pay.example"}})
	})
	handler := site.Handler(pages)
	get := func(path string) http.Header {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "https://shop.example"+path, nil))
		return answer.Header()
	}
	before := get("/")
	let := get("/pay")
	want := "default-src 'none'; script-src 'self' https://js.pay.example/a.js; style-src 'self'; img-src 'self' data:; font-src 'self'; manifest-src 'self'; " +
		"connect-src 'self' https://api.pay.example; form-action 'self' https://pay.example; frame-ancestors 'none'; base-uri 'none'; frame-src https://js.pay.example"
	if got := let.Get("Content-Security-Policy"); got != want {
		t.Errorf("the page's policy is %q, want %q", got, want)
	}
	if got := let.Get("Referrer-Policy"); got != "strict-origin" {
		t.Errorf("the guest is told more of the page's address than its origin: %q", got)
	}
	if got := let.Get("Permissions-Policy"); !strings.Contains(got, `payment=(self "https://js.pay.example")`) || !strings.Contains(got, "camera=()") {
		t.Errorf("the page may %q", got)
	}
	for name := range before {
		if after := get("/"); name != "X-Request-Id" && after.Get(name) != before.Get(name) {
			t.Errorf("%s of other pages is %q, was %q", name, after.Get(name), before.Get(name))
		}
	}
	if strings.Contains(before.Get("Content-Security-Policy"), "js.pay.example") || strings.Contains(before.Get("Content-Security-Policy"), "frame-src") {
		t.Errorf("the guest is in every page: %s", before.Get("Content-Security-Policy"))
	}
}
