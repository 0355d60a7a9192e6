package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// A session that ends while somebody writes costs nothing of what was written: it goes through the login, also through a mistyped one, and is sent
// when they say so.
func TestSessionEndsWhileWriting(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	order := shop.Order(shoptest.Item{Variant: shop.Variant(2500, 5), Quantity: 1}).ID
	d.open("/orders/" + order)
	d.endSessions()
	d.send(".comment", "comment", "Called back <b>twice</b> &\nall is well.")
	d.wants(http.StatusUnauthorized, "/orders/"+order+"/comments")
	d.says(keptText)
	d.send("form[action='/login']", "email", email, "password", "mistyped")
	d.wants(http.StatusUnprocessableEntity, "/login")
	d.send("form[action='/login']", "password", password)
	d.wants(http.StatusOK, "/login")
	d.says("Add the comment?")
	if n := d.number("select count(*) from order_timeline where kind = 'comment'"); n != 0 {
		t.Error("it was sent before anybody said so")
	}
	if got := d.page.Find("#field-comment").Text(); got != "Called back <b>twice</b> &\nall is well." {
		t.Errorf("what was typed is now %q", got)
	}
	if back := d.page.Find(".form__actions a").AttrOr("href", ""); back != "/orders/"+order {
		t.Errorf("the way back leads to %s", back)
	}
	d.send("main form")
	d.wants(http.StatusOK, "/orders/"+order)
	d.says("Called back <b>twice</b> & all is well.")
}

// Nothing but a form of ours is carried through the login, and it leads nowhere else.
func TestLoginCarriesOnlyItsForms(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.freshBrowser()
	for name, address := range map[string]string{
		"another site": "https://evil.example/orders/1/comments", "no scheme": "//evil.example/comments", "no such form": "/products", "none": "",
	} {
		d.open("/login")
		action, values := d.form("form[action='/login']", "email", email, "password", password)
		values.Set(keptPath, address)
		values.Set(keptPrefix+"comment", "hello")
		d.post(action, values)
		if d.status != http.StatusOK || d.at.Path != "/" || strings.Contains(d.body, "evil") {
			t.Errorf("%s: %d at %s", name, d.status, d.at)
		}
	}
	d.freshBrowser()
	d.open("/login")
	action, values := d.form("form[action='/login']", "email", email, "password", "mistyped")
	values.Set(keptPath, "/orders/1/comments")
	values.Set(keptPrefix+"comment", strings.Repeat("x", keptBytes+1))
	d.post(action, values)
	if len(d.body) > keptBytes {
		t.Error("the login carries more than its bound")
	}
}

// Somebody whose session ended is told so and comes back to the page, with its filters. A part of a page that looks again has the page loaded again,
// rather than a login put into it.
func TestSessionEndsWhileReading(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.endSessions()
	d.open("/orders?state=pending&q=TW-1")
	d.wants(http.StatusOK, "/login")
	d.says(endedText)
	d.send("form[action='/login']", "email", email, "password", password)
	if d.at.RequestURI() != "/orders?state=pending&q=TW-1" {
		t.Errorf("after the login at %s", d.at)
	}
	d.endSessions()
	d.open("/sync/0", "HX-Request", "true")
	if d.status != http.StatusUnauthorized || d.header.Get("HX-Refresh") != "true" {
		t.Errorf("%d, HX-Refresh %q", d.status, d.header.Get("HX-Refresh"))
	}
	d.freshBrowser()
	d.open("/orders")
	if d.wants(http.StatusOK, "/login"); strings.Contains(d.body, endedText) {
		t.Error("somebody who never had a session is told that it ended")
	}
}

// Whoever guessed too often is told how long it takes from now, not from the start.
func TestLoginSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.freshBrowser()
	d.open("/login")
	for range 5 {
		d.send("form[action='/login']", "email", email, "password", "mistyped")
	}
	d.exec("update auth_login_failures set time = time - interval '11 minutes 30 seconds'")
	d.send("form[action='/login']", "email", email, "password", password)
	d.wants(http.StatusTooManyRequests, "/login")
	d.says("try again in 4 minutes")
}
