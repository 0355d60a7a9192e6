package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var (
	shownCode = regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){3}`)
	codeRow   = regexp.MustCompile(`(?m)^[0-9A-Z]{4}(-[0-9A-Z]{4}){3},`) // the id at its end may look like a code
)

// A gift card is issued, its code shown once, then found, extended, adjusted and blocked; what was typed stays when it is refused.
func TestGiftCards(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/gift-cards")
	d.says("No gift cards yet")
	d.open(d.page.Find("main a[href='/gift-cards/new']").AttrOr("href", ""))
	issue := "main form[action='/gift-cards/new']"
	d.send(issue, "amount", "much", "count", "0", "until", "soon", "kind", "credit")
	d.wants(http.StatusUnprocessableEntity, "/gift-cards/new")
	for _, field := range []string{"amount", "count", "until"} {
		if d.text("#field-"+field+"-error") == "" {
			t.Errorf("nothing is said of the %s", field)
		}
	}
	d.send(issue, "amount", "25.00", "count", "1", "until", "", "kind", "credit")
	if d.text("#field-email-error") == "" {
		t.Error("store credit was nobody's")
	}
	action, values := d.form(issue, "amount", "25.00", "email", "ann@example.com", "note", "late parcel", "until", "2999-12-31")
	d.post(action, values)
	code := shownCode.FindString(d.text("main"))
	d.post(action, values)
	if again := shownCode.FindString(d.text("main")); code == "" || again != code || d.number("select count(*) from gift_cards") != 1 {
		t.Fatalf("the button told %q, then %q", code, again)
	}
	if d.header.Get("Cache-Control") != "no-store" {
		t.Error("a page with a code may be kept")
	}
	d.open("/gift-cards?q=late")
	d.says("…" + code[len(code)-4:])
	if strings.Contains(d.body, code) {
		t.Error("the code is shown again")
	}
	d.open(d.page.Find("td a").AttrOr("href", ""))
	here := d.at.Path
	d.says("$25.00")
	d.says("2999-12-31")
	d.says("Issued")
	d.send("form[action$='/moves']", "change", "-30", "reason", "too much")
	d.wants(http.StatusConflict, here+"/moves")
	d.says("Only 25.00 USD is left")
	if typed := d.page.Find("#field-reason").AttrOr("value", ""); typed != "too much" {
		t.Errorf("the reason became %q", typed)
	}
	d.send("form[action$='/moves']", "change", "-24.50", "reason", "a mistake")
	d.says("The balance is changed.")
	d.says("$0.50")
	d.says("a mistake")
	d.send("form[action$='/contents']", "until", "", "email", "", "note", "for Ann")
	d.wants(http.StatusUnprocessableEntity, here+"/contents")
	action, values = d.form("form[action$='/contents']", "until", "", "email", "ann@example.com", "note", "for Ann")
	d.post(action, values)
	d.says("Saved.")
	d.post(action, values)
	d.wants(http.StatusConflict, here+"/contents")
	d.open(here)
	d.send("form[action$='/state']")
	d.says("The card is blocked.")
	d.says("Blocked")
	d.exec("update gift_cards set expire_time = now() - interval '1 hour'")
	d.open(here)
	action, values = d.form("form[action$='/expiry']")
	d.post(action, values)
	d.says("What was left is written off.")
	d.says("−$0.50")
	d.post(action, values)
	d.says("Written off")
	if d.page.Find("form[action$='/expiry']").Length() != 0 {
		t.Error("an empty card can be written off")
	}
	d.exec("update auth_staff set permissions = array_remove(permissions, 'gift_cards.write')")
	d.open(here)
	if d.page.Find("main form").Length() != 0 {
		t.Error("a reader finds forms")
	}
	d.exec("update auth_staff set permissions = array_remove(permissions, 'gift_cards.read')")
	if d.open("/gift-cards"); d.status != http.StatusForbidden {
		t.Errorf("who may not see gift cards is told %d", d.status)
	}
}

// A card is mailed to who is given it, and once more when somebody asks for that.
func TestGiftCardMails(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/gift-cards/new")
	issue := "main form[action='/gift-cards/new']"
	d.send(issue, "amount", "25.00", "count", "1", "mail", "mail")
	if d.text("#field-email-error") == "" {
		t.Error("a mail goes to nobody")
	}
	d.send(issue, "amount", "25.00", "count", "1", "email", "ann@example.com", "mail", "mail", "message", "Happy birthday")
	d.says("The code is mailed to ann@example.com")
	d.open(d.page.Find("main a[href^='/gift-cards/0']").AttrOr("href", ""))
	d.says("On its way")
	d.says("Happy birthday")
	action, values := d.form("form[action$='/mails']")
	for range 2 {
		d.post(action, values)
		d.says("The mail is on its way.")
	}
	if asked := d.number("select mails_asked from gift_cards"); asked != 2 {
		t.Errorf("%d mails were asked for, want 2", asked)
	}
	d.exec("update gift_cards set mails_asked = 10, mails_sent = 10")
	d.open(d.at.Path)
	d.says("Sent 10 times")
	d.send("form[action$='/mails']")
	d.wants(http.StatusConflict, action)
	d.says("mailed 10 times")
}

// Many cards come as a file with their codes, the same when the button is pressed twice.
func TestGiftCardBatch(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/gift-cards/new")
	action, values := d.form("main form[action='/gift-cards/new']", "amount", "10.00", "count", "120")
	d.post(action, values)
	first := d.body
	if lines := strings.Count(first, "\n"); lines != 121 || !strings.HasPrefix(first, "code,amount,currency,until,card\n") || len(codeRow.FindAllString(first, -1)) != 120 {
		t.Fatalf("%d lines came: %.200s", lines, first)
	}
	if d.post(action, values); d.body != first {
		t.Error("the second press told others")
	}
	d.exec("update gift_cards set create_time = create_time - interval '1 hour'")
	d.post(action, values)
	d.wants(http.StatusConflict, "/gift-cards/new")
	d.says("were issued already")
	if d.number("select count(*) from gift_cards") != 120 {
		t.Error("there are others")
	}
}
