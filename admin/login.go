package main

import (
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect/v2"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	sessionCookie = "session"
	// cookieLife is longer than any session, so that one that ended can be told from none. Auth says when a session ends.
	cookieLife = 30 * 24 * time.Hour
)

// A session may end while somebody writes. What they then send is carried by the login form and asked once more after it: nothing is done that was
// not seen. These are the forms so kept, by the last part of their address.
var keptForms = map[string]struct {
	heading, button string
	fields          []ui.Field // shown again, where the form had them
	do              string     // what its button does now, where the form has several
}{
	"comments":     {heading: "Add the comment?", button: "Add comment", fields: []ui.Field{commentField}},
	"cancellation": {heading: "Cancel it?", button: "Cancel it now", fields: []ui.Field{reasonField}},
	"replay":       {heading: "Try the deliveries again?", button: "Try again"},
	"discard":      {heading: "Remove the deliveries for good?", button: "Remove"},
	"contents":     {heading: "Go on where you were?", button: "Go on editing", do: "look"},
}

const (
	keptPrefix = "kept."
	keptPath   = "unsent"
	// Bounds of what is kept. The largest form is a product with many variants and languages.
	keptValues = 2000
	keptBytes  = 512 << 10
)

const (
	endedText = "Your session has ended. Sign in to go on where you were."
	keptText  = "Your session has ended. What you sent is kept: sign in, look at it and send it again."
	lostText  = "Your session has ended, so what you sent was not taken. Sign in and send it again."
)

// toLogin leads to the login and back. A form that was sent is answered by the login itself, which carries it.
func (o *office) toLogin(w http.ResponseWriter, r *http.Request, ended bool) error {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		page := admin.LoginPage{Next: address(path.Dir(r.URL.Path), r.URL.Query()), Ended: lostText}
		if r.URL.Path == "/sync" {
			page.Next = "/sync/new"
		}
		if err := r.ParseForm(); err == nil {
			if page.Kept = keep(r.URL.Path, r.PostForm); page.Kept != nil {
				page.Ended = keptText
			}
		}
		return o.showLogin(w, r, http.StatusUnauthorized, page)
	case r.Header.Get("HX-Request") != "": // part of a page that looks again by itself; the page is to be loaded again, and leads to the login
		w.Header().Set("HX-Refresh", "true")
		w.WriteHeader(http.StatusUnauthorized)
		return nil
	default:
		query := url.Values{"next": {r.URL.RequestURI()}}
		if ended {
			query.Set("ended", "1")
		}
		web.SeeOther(w, r, "/login?"+query.Encode())
		return nil
	}
}

// keep returns a form as hidden fields of the login, or nothing when it is not one that is kept.
func keep(target string, form url.Values) []ui.Hidden {
	if _, known := keptForms[path.Base(target)]; !known {
		return nil
	}
	kept, size := []ui.Hidden{{Name: keptPath, Value: target}}, 0
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range form[name] {
			kept = append(kept, ui.Hidden{Name: keptPrefix + name, Value: value})
			size += len(name) + len(value)
		}
	}
	if len(kept) > keptValues || size > keptBytes {
		return nil
	}
	return kept
}

// unsent returns the form that a login carries, and where it was going; nothing when it carries none.
func unsent(r *http.Request) (target string, form url.Values) {
	target = r.PostFormValue(keptPath)
	if web.SafePath(target) != target {
		return "", nil
	}
	form = url.Values{}
	for name, values := range r.PostForm {
		if name, kept := strings.CutPrefix(name, keptPrefix); kept {
			form[name] = values
		}
	}
	if keep(target, form) == nil {
		return "", nil
	}
	return target, form
}

// login shows the form.
func (o *office) login(w http.ResponseWriter, r *http.Request) error {
	page := admin.LoginPage{Next: web.SafePath(r.URL.Query().Get("next"))}
	if r.URL.Query().Get("ended") != "" {
		page.Ended = endedText
	}
	return o.showLogin(w, r, http.StatusOK, page)
}

func (o *office) showLogin(w http.ResponseWriter, r *http.Request, status int, page admin.LoginPage) error {
	page.Shell = admin.Shell{Assets: o.assets, ShopName: o.cfg.StoreName, Environment: o.cfg.Environment, Title: "Sign in"}
	return web.Render(w, r, status, admin.Login(page))
}

// logIn checks what the form holds and opens a session under a new name, whatever cookie the browser brought.
func (o *office) logIn(w http.ResponseWriter, r *http.Request) error {
	page := admin.LoginPage{Email: strings.TrimSpace(r.PostFormValue("email")), Next: web.SafePath(r.PostFormValue("next"))}
	target, form := unsent(r)
	if target != "" {
		page.Kept = keep(target, form)
	}
	problems := ui.Problems{}
	if page.Email == "" {
		problems["email"] = "Enter your email address"
	}
	if r.PostFormValue("password") == "" {
		problems["password"] = "Enter your password"
	}
	if len(problems) > 0 {
		page.Problems = problems
		return o.showLogin(w, r, http.StatusUnprocessableEntity, page)
	}
	answer, err := o.Auth.LogIn(r.Context(), &authv1.LogInRequest{Email: page.Email, Password: r.PostFormValue("password")})
	switch code := connect.CodeOf(err); {
	case err == nil:
	case code == connect.CodeUnauthenticated, code == connect.CodeInvalidArgument:
		page.Problems = ui.Problems{"": "Email or password is wrong."}
		return o.showLogin(w, r, http.StatusUnprocessableEntity, page)
	case code == connect.CodeResourceExhausted:
		page.Wait = words(err) // and how long
		return o.showLogin(w, r, http.StatusTooManyRequests, page)
	default:
		return err
	}
	o.cookies.Set(w, sessionCookie, answer.GetSession(), cookieLife)
	if target != "" {
		return o.askAgain(w, r, answer.GetSession(), page.Next, target, form)
	}
	web.SeeOther(w, r, page.Next)
	return nil
}

// askAgain shows a form that was sent when the session had ended, to be sent now.
func (o *office) askAgain(w http.ResponseWriter, r *http.Request, session, back, target string, form url.Values) error {
	answer, err := o.Auth.ExchangeSession(r.Context(), &authv1.ExchangeSessionRequest{Session: session})
	if err != nil {
		return err
	}
	v := visit{Request: r, ctx: auth.WithToken(r.Context(), answer.GetToken()), staff: answer.GetStaff()}
	kept := keptForms[path.Base(target)]
	page := admin.FormPage{
		Shell: o.shell(w, v, kept.heading), Heading: kept.heading, Button: kept.button, Action: target, CancelURL: back,
		Intro: "Your session had ended, so this was not sent. You are signed in again, and nothing was lost.",
	}
	if kept.do != "" {
		form.Set("do", kept.do)
	}
	var shown admin.FormSection
	for _, name := range slices.Sorted(maps.Keys(form)) {
		field := slices.IndexFunc(kept.fields, func(f ui.Field) bool { return f.Name == name })
		if field >= 0 {
			shown.Fields = append(shown.Fields, kept.fields[field].With(form.Get(name), nil))
			continue
		}
		for _, value := range form[name] {
			page.Hidden = append(page.Hidden, ui.Hidden{Name: name, Value: value})
		}
	}
	if len(shown.Fields) > 0 {
		page.Sections = []admin.FormSection{shown}
	}
	return web.Render(w, r, http.StatusOK, admin.Form(page))
}

// logOut ends the session here and at auth.
func (o *office) logOut(w http.ResponseWriter, r *http.Request) error {
	if session := o.cookies.Get(r, sessionCookie); session != "" {
		if _, err := o.Auth.LogOut(r.Context(), &authv1.LogOutRequest{Session: session}); err != nil {
			return err
		}
	}
	o.cookies.Clear(w, sessionCookie)
	web.SeeOther(w, r, "/login")
	return nil
}
