package event

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
)

// testSignIn is one whose code is just mailed.
func testSignIn() *eventv1.SendSignInMailRequest {
	return &eventv1.SendSignInMailRequest{SignInId: id.New(), Email: "ann@example.com", Code: "04217735", ExpireTime: timestamppb.New(clock.Now().Add(15*time.Minute - time.Second))}
}

// Who signs in gets one mail with the code, however often it is asked for, also after the mail server was away. The code is in its text and nowhere else.
func TestSendSignInMailOnce(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	req := testSignIn()
	sent.fails.Store(1)
	if _, err := service.SendSignInMail(t.Context(), req); err == nil {
		t.Error("a mail that the server did not take counts as sent")
	}
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() { _, _ = service.SendSignInMail(context.Background(), req) })
	}
	wait.Wait()
	if answer, err := service.SendSignInMail(t.Context(), req); err != nil || answer.GetSent() || len(sent.mails) != 1 {
		t.Fatalf("%d mails, then %v, %v", len(sent.mails), answer, err)
	}
	m := sent.mails[0]
	for _, want := range []string{"0421 7735", "for the next 15 minutes", "Nobody at Shelf & Tag will ever ask you", "If you did not ask for it"} {
		if !strings.Contains(m.text, want) || !strings.Contains(m.html, strings.ReplaceAll(want, "&", "&amp;")) {
			t.Errorf("the mail does not say %q:\n%s\n%s", want, m.text, m.html)
		}
	}
	if m.to != "ann@example.com" || m.subject != "Your code to sign in to Shelf & Tag" || tellsCode(m.id) || !strings.HasSuffix(strings.TrimSpace(m.html), "</html>") {
		t.Errorf("to %q about %q, as %q:\n%s", m.to, m.subject, m.id, m.html)
	}
	var kept int
	err := service.cfg.DB.Primary().QueryRow(t.Context(), "select count(*) from event_mails e where e::text ~ '0421 ?7735' or e::text like '%ann@%'").Scan(&kept)
	if err != nil || kept != 0 {
		t.Errorf("code or address is kept %d times, %v", kept, err)
	}
	if answer, err := service.SendSignInMail(t.Context(), testSignIn()); err != nil || !answer.GetSent() || len(sent.mails) != 2 {
		t.Errorf("the mail of another sign-in: %v, %v", answer, err)
	}
}

// tellsCode says whether a text has the code of testSignIn, all of it: an id or a time may have four such digits.
func tellsCode(text string) bool {
	return strings.Contains(strings.ReplaceAll(text, " ", ""), "04217735")
}

// A shop without a mail server logs that there was a mail, and neither whose nor the code.
func TestTheLogHasNoCode(t *testing.T) {
	t.Parallel()
	service, _ := newTestService(t)
	var log bytes.Buffer
	service.sender = logSender{slog.New(slog.NewTextHandler(&log, nil))}
	if answer, err := service.SendSignInMail(t.Context(), testSignIn()); err != nil || !answer.GetSent() {
		t.Fatalf("%v, %v", answer, err)
	}
	if line := log.String(); !strings.Contains(line, "Your code to sign in") || tellsCode(line) || strings.Contains(line, "ann@") {
		t.Errorf("the log says %s", line)
	}
}

// A mail that is late says what is left of its time.
func TestALateSignInMail(t *testing.T) {
	t.Parallel()
	service, sent := newTestService(t)
	for left, want := range map[time.Duration]string{8*time.Minute - time.Second: "for the next 8 minutes.", 20 * time.Second: "for the next minute."} {
		req := testSignIn()
		req.ExpireTime = timestamppb.New(clock.Now().Add(left))
		if _, err := service.SendSignInMail(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		if m := sent.mails[len(sent.mails)-1]; !strings.Contains(m.text, want) || !strings.Contains(m.html, want) {
			t.Errorf("with %s left the mail does not say %q:\n%s", left, want, m.text)
		}
	}
}
