package storefront

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"connectrpc.com/connect/v2"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

const (
	accountPath = "/account"
	signInPath  = "/account/sign-in"
	codePath    = "/account/sign-in/code"
	// signInCookie holds what the shopper was sent, until the code that came by mail is entered.
	signInCookie = "sign_in"
	// longestNext is of the address that signing in leads to.
	longestNext = 500
	day         = 24 * time.Hour
)

// signInURL is where a shopper signs in, to go on somewhere.
func signInURL(next string) string { return signInPath + "?" + url.Values{"next": {next}}.Encode() }

// signIn asks for the e-mail address.
func (s *Shop) signIn(w http.ResponseWriter, r *http.Request) error {
	goOn := nextPath(r.URL.Query().Get("next"))
	if customerOf(r) != nil {
		web.SeeOther(w, r, goOn)
		return nil
	}
	page := storefront.SignInPage{Shell: s.privateShell(r, "Sign in"), Next: goOn}
	if cart, err := s.loadCart(r, ""); err == nil {
		page.Email = cart.GetEmail()
	}
	return web.Render(w, r, http.StatusOK, storefront.SignIn(page))
}

// nextPath is a place in the shop to go on at: the account unless told otherwise.
func nextPath(asked string) string {
	if asked == "" || len(asked) > longestNext || web.SafePath(asked) != asked {
		return accountPath
	}
	return asked
}

// sendCode has a code mailed. What the shopper reads is the same whether the address has an account.
func (s *Shop) sendCode(w http.ResponseWriter, r *http.Request) error {
	page := storefront.SignInPage{Shell: s.privateShell(r, "Sign in"), Next: nextPath(typed(r, "next")), Email: typed(r, "email"), Problems: ui.Problems{}}
	if !isEmail(page.Email) {
		page.Problems["email"] = noEmail
	} else {
		sent, err := s.Accounts.SendSignInCode(r.Context(), &authv1.SendSignInCodeRequest{Email: page.Email})
		switch connect.CodeOf(err) {
		case connect.CodeInvalidArgument:
			page.Problems["email"] = noEmail
		case connect.CodeResourceExhausted:
			page.Problems[""] = words(err)
		default:
			if err != nil {
				return err
			}
			s.cookies.Set(w, signInCookie, mailedCode{sent.GetSignInId(), page.Email, page.Next}.encode(), sent.GetExpireTime().AsTime().Sub(clock.Now()))
			web.SeeOther(w, r, codePath)
			return nil
		}
	}
	return web.Render(w, r, http.StatusUnprocessableEntity, storefront.SignIn(page))
}

// mailedCode is what a browser knows of a code that was mailed. None of it is secret from whoever typed it.
type mailedCode struct{ signIn, email, next string }

func (m mailedCode) encode() string {
	return base64.RawURLEncoding.EncodeToString([]byte(url.Values{"id": {m.signIn}, "email": {m.email}, "next": {m.next}}.Encode()))
}

// mailed is what the cookie says, or nothing.
func (s *Shop) mailed(r *http.Request) mailedCode {
	text, err := base64.RawURLEncoding.DecodeString(s.cookies.Get(r, signInCookie))
	if err != nil {
		return mailedCode{}
	}
	values, err := url.ParseQuery(string(text))
	if err != nil {
		return mailedCode{}
	}
	return mailedCode{values.Get("id"), values.Get("email"), nextPath(values.Get("next"))}
}

// code asks for the code that was mailed.
func (s *Shop) code(w http.ResponseWriter, r *http.Request) error {
	mailed := s.mailed(r)
	switch {
	case customerOf(r) != nil:
		web.SeeOther(w, r, mailed.next)
		return nil
	case mailed.signIn == "":
		web.SeeOther(w, r, signInPath)
		return nil
	}
	return s.showCode(w, r, mailed, http.StatusOK, nil)
}

func (s *Shop) showCode(w http.ResponseWriter, r *http.Request, mailed mailedCode, status int, problems ui.Problems) error {
	page := storefront.SignInCodePage{
		Shell: s.privateShell(r, "Enter the code"), Email: mailed.email, Next: mailed.next, Code: typed(r, "code"), Problems: problems,
	}
	return web.Render(w, r, status, storefront.SignInCode(page))
}

// enterCode signs in who knows the code.
func (s *Shop) enterCode(w http.ResponseWriter, r *http.Request) error {
	mailed, code := s.mailed(r), typed(r, "code")
	if mailed.signIn == "" {
		web.SeeOther(w, r, signInPath)
		return nil
	}
	if strings.Trim(code, " -") == "" || len(code) > mostOfCode {
		return s.showCode(w, r, mailed, http.StatusUnprocessableEntity, ui.Problems{"code": "Enter the eight digits from the email"})
	}
	opened, err := s.Accounts.SignIn(r.Context(), &authv1.SignInRequest{SignInId: mailed.signIn, Code: code})
	switch connect.CodeOf(err) {
	case connect.CodeUnauthenticated, connect.CodeInvalidArgument, connect.CodeResourceExhausted:
		return s.showCode(w, r, mailed, http.StatusUnprocessableEntity, ui.Problems{"code": words(err)})
	}
	if err != nil {
		return err
	}
	s.cookies.Set(w, customerCookie, opened.GetSession(), cookieDays*day)
	s.cookies.Clear(w, signInCookie)
	s.claim(w, withCustomer(r, opened.GetCustomer(), opened.GetToken()))
	web.SeeOther(w, r, mailed.next)
	return nil
}

// signOut ends the session of this browser.
func (s *Shop) signOut(w http.ResponseWriter, r *http.Request) error {
	if session := s.cookies.Get(r, customerCookie); session != "" {
		if _, err := s.Accounts.SignOut(r.Context(), &authv1.SignOutRequest{Session: session}); err != nil {
			return err
		}
	}
	return s.forget(w, r)
}

// signOutEverywhere ends the sessions of all browsers.
func (s *Shop) signOutEverywhere(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.Accounts.SignOutEverywhere(s.asShopper(r), &authv1.SignOutEverywhereRequest{}); err != nil {
		return err
	}
	return s.forget(w, r)
}

// forget has the browser forget who used it.
func (s *Shop) forget(w http.ResponseWriter, r *http.Request) error {
	s.cookies.Clear(w, customerCookie)
	s.cookies.Clear(w, signInCookie)
	s.forgetCart(w)
	web.SeeOther(w, r, "/")
	return nil
}

const noEmail = "Enter an email address, such as name@example.com"

// isEmail says whether a text looks like an e-mail address. Whether it is one, the mail shows.
func isEmail(text string) bool {
	at := strings.LastIndexByte(text, '@')
	return at >= 1 && strings.Contains(text[at:], ".") && !strings.ContainsAny(text, " ,;")
}
