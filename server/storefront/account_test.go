package storefront_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
)

// codeFor is the code that was last mailed to an address.
func (s *shop) codeFor(email string) string {
	s.t.Helper()
	var signIn string
	if err := s.db.Primary().QueryRow(s.t.Context(), "select id from auth_sign_ins where email = $1 order by id desc limit 1", email).Scan(&signIn); err != nil {
		s.t.Fatal(err)
	}
	opened, err := s.set.Accounts.OpenSignInCode(s.t.Context(), &authv1.OpenSignInCodeRequest{SignInId: signIn})
	if err != nil {
		s.t.Fatal(err)
	}
	return opened.GetCode()
}

// signIn goes through both pages of it.
func (v *visitor) signIn(email, next string) *visitor {
	v.t.Helper()
	v.get("/account/sign-in?next=" + url.QueryEscape(next))
	v.post("/account/sign-in", "email", email, "next", v.page.Find("[name=next]").AttrOr("value", ""))
	v.expect(http.StatusOK, "h1", "Enter the code")
	code := v.shop.codeFor(strings.ToLower(email))
	return v.post("/account/sign-in/code", "code", code[:4]+" "+code[4:])
}

// Without script: who enters the code from the mail is signed in, with the cart that was filled before, and the order that was placed before stands in the account.
// On another device the same cart is there again. Signing out leaves nothing of it in the browser.
func TestAccountPages(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	v.get("/account").expect(http.StatusOK, "h1", "Sign in")
	v.order("on_delivery")
	v.expect(http.StatusOK, "main", "Open an account")
	placed := v.path
	number := v.text("h1")
	v.add("bowl")
	v.post("/account/sign-in", "email", "no address")
	v.expect(http.StatusUnprocessableEntity, ".field--bad", "Enter an email address")
	v.signIn("Grace@Example.com", "/checkout/contact")
	v.expect(http.StatusOK, "h1", "Contact")
	if typed := v.page.Find("#field-email").AttrOr("value", ""); typed != "grace@example.com" {
		t.Errorf("the step asks again for the address: %q", typed)
	}
	v.get("/account").expect(http.StatusOK, "main", number)
	v.get(v.page.Find(".account__order a").AttrOr("href", ""))
	if v.path != placed {
		t.Errorf("the account leads to %s, the order is at %s", v.path, placed)
	}

	phone := s.visitor()
	phone.signIn("grace@example.com", "/cart")
	phone.expect(http.StatusOK, "main", "Bowl")
	if shown := phone.text(".cart-count [aria-hidden]"); shown != "2" {
		t.Errorf("the header counts %q", shown)
	}

	v.post("/account/sign-out")
	v.get("/cart").expect(http.StatusOK, "main", "Your cart is empty")
	v.get("/account").expect(http.StatusOK, "h1", "Sign in")
	phone.post("/account/sign-out/everywhere")
	phone.get("/account").expect(http.StatusOK, "h1", "Sign in")
}

// A cart of a guest and one that the customer filled on another device become one.
func TestCartsMergeOnSignIn(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	laptop, phone := s.visitor(), s.visitor()
	laptop.add("jug")
	laptop.signIn("ada@example.com", "/cart").expect(http.StatusOK, "main", "Jug")
	phone.add("bowl")
	phone.signIn("ada@example.com", "/cart").expect(http.StatusOK, "main", "Jug")
	phone.expect(http.StatusOK, "main", "Bowl")
	if shown := phone.text(".cart-count [aria-hidden]"); shown != "4" {
		t.Errorf("the header counts %q", shown)
	}
}

// Of wrong codes only so many are tried, and what a form of sign-in leads to is never another site.
func TestSignInRefuses(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	v.get("/account/sign-in/code").expect(http.StatusOK, "h1", "Sign in")
	v.post("/account/sign-in", "email", "ada@example.com", "next", "//evil.example/")
	right := s.codeFor("ada@example.com")
	wrong := "12345678"
	if right == wrong {
		wrong = "87654321"
	}
	v.post("/account/sign-in/code", "code", "").expect(http.StatusUnprocessableEntity, ".field--bad", "Enter the eight digits")
	for range 5 {
		v.post("/account/sign-in/code", "code", wrong).expect(http.StatusUnprocessableEntity, ".field--bad", "code")
	}
	v.post("/account/sign-in/code", "code", right).expect(http.StatusUnprocessableEntity, ".field--bad", "code")

	v.post("/account/sign-in", "email", "ada@example.com", "next", "//evil.example/")
	v.post("/account/sign-in/code", "code", s.codeFor("ada@example.com"))
	v.expect(http.StatusOK, "h1", "Your account")
	if v.path != "/account" || v.away != "" {
		t.Errorf("signing in led to %s%s", v.away, v.path)
	}
}

// Addresses are kept, chosen at the checkout, changed and removed, and nobody sees another's.
func TestAccountAddresses(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	v.signIn("ada@example.com", "/account").expect(http.StatusOK, "main", "No address is saved")
	v.post("/account/address", "name", "Ada Lovelace", "line1", "1 Engine Street", "city", "", "postcode", "97201", "country", "US", "region", "OR")
	v.expect(http.StatusUnprocessableEntity, ".field--bad", "City")
	v.post("/account/address", "name", "Ada Lovelace", "line1", "1 Engine Street", "city", "Portland", "postcode", "97201", "country", "US", "region", "OR", "preferred", "1")
	v.expect(http.StatusOK, "main", "The address is saved")
	v.expect(http.StatusOK, ".account__address", "1 Engine Street")

	v.add("jug")
	v.get("/checkout/contact")
	if typed := v.page.Find("#field-line1").AttrOr("value", ""); typed != "1 Engine Street" {
		t.Errorf("the step is filled with %q", typed)
	}
	v.post("/checkout/contact", append([]string{"keep", "1", "line1", "2 Mill Lane"}, without("line1", contact)...)...)
	v.expect(http.StatusOK, "h1", "Delivery")
	v.get("/account").expect(http.StatusOK, ".account__addresses", "2 Mill Lane")
	v.get("/checkout/contact").expect(http.StatusOK, ".own-addresses", "2 Mill Lane")

	other := s.visitor()
	edit := v.get("/account").page.Find(".account__address a").First().AttrOr("href", "")
	other.signIn("eve@example.com", "/account")
	other.get(edit).expect(http.StatusNotFound, "h1", "")
	remove := v.page.Find("[name=id]").First().AttrOr("value", "")
	other.post("/account/address/removal", "id", remove)
	v.get(edit).expect(http.StatusOK, "h1", "Change the address")
	v.post("/account/address/removal", "id", remove).expect(http.StatusOK, "main", "The address is removed")
	v.get(edit).expect(http.StatusNotFound, "h1", "")
	v.post("/account/name", "name", strings.Repeat("a", 300)).expect(http.StatusUnprocessableEntity, ".field--bad", "too long")
	v.post("/account/name", "name", "Ada").expect(http.StatusOK, "main", "Your name is saved")
}

func without(name string, fields []string) []string {
	var rest []string
	for i := 0; i+1 < len(fields); i += 2 {
		if fields[i] != name {
			rest = append(rest, fields[i], fields[i+1])
		}
	}
	return rest
}

// A session that ended leaves a guest, and no error.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	v := s.visitor()
	v.add("jug")
	v.signIn("ada@example.com", "/cart").expect(http.StatusOK, "main", "Jug")
	s.exec("delete from auth_customer_sessions")
	v.get("/cart").expect(http.StatusOK, "main", "Your cart is empty")
	v.add("bowl")
	v.get("/cart").expect(http.StatusOK, "main", "Bowl")
}
