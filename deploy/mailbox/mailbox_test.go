package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/smtp"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	gomail "github.com/wneessen/go-mail"
)

// running is a mailbox with both of its doors open.
type running struct {
	t         *testing.T
	web, smtp string // its address for pages, and host and port for mails
}

// start runs the program in this process until the test ends.
func start(t *testing.T) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	said, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, config{Addr: ":0", SMTPAddr: "localhost:0", Keep: 3}, out, io.Discard)
		_ = out.CloseWithError(errors.Join(err, io.EOF))
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the mailbox ended with %v", err)
		}
	})
	b := &running{t: t}
	line, err := bufio.NewReader(said).ReadString('\n')
	if err == nil {
		_, err = fmt.Sscanf(line, "mailbox listening on %s and %s\n", &b.web, &b.smtp)
	}
	if err != nil {
		t.Fatalf("it said %q: %v", line, err)
	}
	b.smtp = strings.TrimPrefix(b.smtp, "smtp://")
	return b
}

// send hands over a message that is ready to go.
func (b *running) send(raw string, to ...string) error {
	b.t.Helper()
	return smtp.SendMail(b.smtp, nil, "shop@example.com", to, []byte(strings.ReplaceAll(raw, "\n", "\r\n")))
}

func (b *running) get(path string) (*http.Response, string) {
	b.t.Helper()
	answer, err := http.Get(b.web + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer, string(body)
}

// mails are those that a program is told of.
func (b *running) mails(to string) []mail {
	b.t.Helper()
	_, body := b.get("/mails.json?to=" + url.QueryEscape(to))
	var list struct{ Mails []mail }
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		b.t.Fatalf("%v: %s", err, body)
	}
	return list.Mails
}

func simple(subject string) string {
	return "From: Shop <shop@example.com>\nTo: someone@example.com\nSubject: " + subject + "\n\nHello.\n"
}

// What a mail library writes, with umlauts, both parts and an attachment, is read back to the letter.
func TestReadsWhatWasWritten(t *testing.T) {
	t.Parallel()
	b := start(t)
	const text, page = "Grüße, 5 €\n", `<p>Grüße: <a href="https://shop.example/orders/1?a=1&amp;b=2">Bestellung</a> <a href="javascript:alert(1)">x</a></p>`
	message := gomail.NewMsg()
	if err := errors.Join(message.FromFormat("Bücher & Töpfe", "shop@example.com"), message.To("ada@example.com"), message.Bcc("grace@example.com"),
		message.AttachReader("Größe.txt", strings.NewReader("12345"))); err != nil {
		t.Fatal(err)
	}
	message.Subject("Ihre Bestellung für Köln")
	message.SetBodyString(gomail.TypeTextPlain, text)
	message.AddAlternativeString(gomail.TypeTextHTML, page)
	var raw bytes.Buffer
	if _, err := message.WriteTo(&raw); err != nil {
		t.Fatal(err)
	}
	if err := smtp.SendMail(b.smtp, nil, "shop@example.com", []string{"ada@example.com", "grace@example.com"}, raw.Bytes()); err != nil {
		t.Fatal(err)
	}
	got := b.mails("grace")
	if len(got) != 1 {
		t.Fatalf("%d mails, want 1", len(got))
	}
	m := got[0]
	if m.Subject != "Ihre Bestellung für Köln" || strings.ReplaceAll(m.Text, "\r", "") != text || m.HTML != page || m.Problem != "" {
		t.Errorf("read %+v", m)
	}
	if len(m.Links) != 1 || m.Links[0] != "https://shop.example/orders/1?a=1&b=2" {
		t.Errorf("links %q", m.Links)
	}
	if len(m.Attachments) != 1 || m.Attachments[0].Name != "Größe.txt" || m.Attachments[0].Size != 5 {
		t.Errorf("attachments %+v", m.Attachments)
	}
	if m.From != "shop@example.com" || len(m.To) != 2 || time.Since(m.Time) > time.Minute {
		t.Errorf("from %s to %s at %s", m.From, m.To, m.Time)
	}
	if _, shown := b.get("/mails/1"); !strings.Contains(shown, "Bücher &amp; Töpfe") {
		t.Errorf("its page does not show its headers: %s", shown)
	}
}

// Some addresses refuse: one for good, one for the first time. The others of the same mail are told apart.
func TestRefusals(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, try := range []struct{ to, want string }{
		{"refused@one.example", "550"}, {"Refused@one.example", "550"},
		{"later@one.example", "450"}, {"later@two.example", "450"}, {"LATER@one.example", ""}, {"later@one.example", ""},
		{"not.refused@one.example", ""},
	} {
		err := b.send(simple("Hello"), try.to)
		if try.want == "" && err != nil || try.want != "" && (err == nil || !strings.HasPrefix(err.Error(), try.want)) {
			t.Errorf("a mail to %s: %v, want %q", try.to, err, try.want)
		}
	}
	if got := len(b.mails("")); got != 3 {
		t.Errorf("%d mails were kept, want the 3 that were taken", got)
	}
}

// One sender cannot fill the machine, and who sends too much is told so.
func TestLimits(t *testing.T) {
	t.Parallel()
	b := start(t)
	if err := b.send(simple("Big")+strings.Repeat("All work and no play\n", mostMessageBytes/20), "ada@example.com"); err == nil || !strings.HasPrefix(err.Error(), "552") {
		t.Errorf("too big a mail: %v", err)
	}
	var many []string
	for i := range mostRecipients + 1 {
		many = append(many, fmt.Sprintf("shopper-%d@example.com", i))
	}
	if err := b.send(simple("Many"), many...); err == nil || !strings.HasPrefix(err.Error(), "452") {
		t.Errorf("too many recipients: %v", err)
	}
	if got := b.mails(""); len(got) != 0 {
		t.Errorf("kept %+v", got)
	}
	for i := range 5 {
		if err := b.send(simple(fmt.Sprint(i)), "ada@example.com"); err != nil {
			t.Fatal(err)
		}
	}
	kept := b.mails("")
	if len(kept) != 3 || kept[0].Subject != "4" || kept[2].Subject != "2" {
		t.Errorf("kept %+v", kept)
	}
	if answer, _ := b.get("/mails/2"); answer.StatusCode != http.StatusNotFound {
		t.Error("the second mail made no room")
	}
}

// Pages show what is there, newest first, and what is not.
func TestPages(t *testing.T) {
	t.Parallel()
	b := start(t)
	if _, empty := b.get("/"); !strings.Contains(empty, "No mail yet") {
		t.Errorf("the empty box shows %s", empty)
	}
	for _, to := range []string{"ada", "grace", "ada"} {
		if err := b.send(simple("For "+to+" <b>&"), to+"@example.com"); err != nil {
			t.Fatal(err)
		}
	}
	rows := func(path string) []string {
		_, page := b.get(path)
		document, err := goquery.NewDocumentFromReader(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		return document.Find("tbody a").Map(func(_ int, a *goquery.Selection) string { return a.AttrOr("href", "") + " " + a.Text() })
	}
	if got := fmt.Sprint(rows("/")); got != "[/mails/3 For ada <b>& /mails/2 For grace <b>& /mails/1 For ada <b>&]" {
		t.Errorf("listed %s", got)
	}
	if got := fmt.Sprint(rows("/?to=GRACE%40example.com+")); got != "[/mails/2 For grace <b>&]" {
		t.Errorf("searched %s", got)
	}
	if _, none := b.get("/?to=%3Ci%3E"); !strings.Contains(none, "No mail to “&lt;i&gt;”") {
		t.Errorf("searched in vain: %s", none)
	}
	for _, path := range []string{"/mails/4", "/mails/0", "/mails/x", "/mails/4/html"} {
		if answer, page := b.get(path); answer.StatusCode != http.StatusNotFound || !strings.Contains(page, "Show all mails") {
			t.Errorf("%s: %d %s", path, answer.StatusCode, page)
		}
	}
	if answer, _ := b.get("/readyz"); answer.StatusCode != http.StatusOK {
		t.Errorf("readyz: %d", answer.StatusCode)
	}
}

// A mail is a stranger's text: on our page it is only text, and as a page of its own it may do nothing.
func TestHostileMail(t *testing.T) {
	t.Parallel()
	b := start(t)
	const script = `</title></pre><script>alert(1)</script>`
	if err := b.send("Subject: "+script+"\nX-Odd: "+script+"\nContent-Type: text/html\n\n"+script, "ada@example.com"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/mails/1"} {
		answer, page := b.get(path)
		if strings.Contains(page, "<script") || !strings.Contains(page, "&lt;script&gt;") {
			t.Errorf("%s shows %s", path, page)
		}
		if policy := answer.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s has the policy %q", path, policy)
		}
	}
	answer, page := b.get("/mails/1/html")
	if !strings.Contains(page, script) {
		t.Errorf("the mail as a page: %s", page)
	}
	policy := answer.Header.Get("Content-Security-Policy")
	for _, rule := range []string{"default-src 'none';", "form-action 'none';", "base-uri 'none';", " sandbox"} {
		if !strings.Contains(policy, rule) {
			t.Errorf("its policy %q lacks %q", policy, rule)
		}
	}
	if strings.Contains(policy, "script") || strings.Contains(policy, "http") {
		t.Errorf("its policy %q lets it out", policy)
	}
}

// Nobody on the network can read mails, whatever the settings say.
func TestLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.com:0", "8092"} {
		for _, cfg := range []config{{Addr: address, SMTPAddr: ":0", Keep: 1}, {Addr: ":0", SMTPAddr: address, Keep: 1}} {
			if err := run(t.Context(), cfg, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), "ADDR") {
				t.Errorf("%+v: %v", cfg, err)
			}
		}
	}
}
