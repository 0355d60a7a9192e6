package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// A shopper who presses Pay in fifty tabs at once is charged once.
func TestOneChargeHoweverOftenApproved(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	p := s.open("order-1")
	together(50, func(i int) {
		action := []string{"pay", "slow"}[i%2]
		if resp := s.button(p, action); resp == nil || resp.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %v", action, resp)
		}
	})
	s.wants(p, Captured, 4990, 0)
	if charges := s.charges(); len(charges) != 1 {
		t.Errorf("%d charges, want 1: %+v", len(charges), charges)
	}
}

func TestButtons(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	tests := map[string]struct {
		state    State
		captured int64
		back     string
	}{
		"pay":     {Captured, 4990, "https://shop.example/return?payment=pay"},
		"slow":    {Captured, 4990, "https://shop.example/return?payment=slow"},
		"decline": {Declined, 0, "https://shop.example/return?payment=decline"},
		"cancel":  {Cancelled, 0, "https://shop.example/cancel"},
	}
	for action, tc := range tests {
		t.Run(action, func(t *testing.T) {
			p := s.open(action)
			for range 2 { // a double click ends in the same place
				resp := s.button(p, action)
				if resp == nil || resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != tc.back {
					t.Errorf("led to %v, want %s", resp, tc.back)
				}
			}
			s.wants(p, tc.state, tc.captured, 0)
			if now := s.get(p); now.Version != 2 {
				t.Errorf("version %d after one change and a repeat", now.Version)
			}
		})
	}
	if resp := s.button(s.open("other"), "steal"); resp == nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("an unknown button: %v", resp)
	}
}

// The charge is on the record although the shopper never hears of it.
func TestChargeThenHang(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	p := s.open("order-1")
	if resp := s.button(p, "hang"); resp != nil {
		t.Errorf("answered %d", resp.StatusCode)
	}
	s.wants(p, Captured, 4990, 0)
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	p := s.open("order-1")
	path := "/pay/" + p.ID + "/challenge"
	if resp := s.button(p, "challenge"); resp == nil || resp.Header.Get("Location") != path {
		t.Fatalf("led to %v", resp)
	}
	if s.press(path, url.Values{"code": {"12345"}}).StatusCode != http.StatusUnprocessableEntity {
		t.Error("five digits were accepted")
	}
	s.wants(p, RequiresAction, 0, 0)
	if resp := s.press(path, url.Values{"code": {" 123456 "}}); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("six digits: %d", resp.StatusCode)
	}
	s.wants(p, Captured, 4990, 0)

	unlucky := s.open("order-2")
	for range 3 {
		s.press("/pay/"+unlucky.ID+"/challenge", url.Values{"code": {"no idea"}})
	}
	s.wants(unlucky, Declined, 0, 0)
	s.press("/pay/"+unlucky.ID+"/challenge", url.Values{"code": {"123456"}})
	s.wants(unlucky, Declined, 0, 0)
}

// A session whose time is up takes no money, and ends by itself.
func TestExpiredCannotBeApproved(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	pressed, left := s.open("order-1"), s.open("order-2")
	body := asked("order-3")
	body["expire_time"] = s.sandbox.clock.now().Add(3 * time.Hour)
	_, longer := s.call("POST", "/v1/payments", "order-3", body)

	s.tell(`{"clock_offset_seconds": 7200}`)
	if resp := s.button(pressed, "pay"); resp.Header.Get("Location") != "/pay/"+pressed.ID {
		t.Errorf("led to %s", resp.Header.Get("Location"))
	}
	s.wants(pressed, Expired, 0, 0)
	s.wants(left, Expired, 0, 0)
	s.wants(longer, RequiresAction, 0, 0)
	if len(s.charges()) != 0 {
		t.Errorf("charged: %+v", s.charges())
	}
	if status, again := s.call("POST", "/v1/payments", "order-1", asked("order-1")); status != http.StatusOK || again.State != Expired {
		t.Errorf("a repeat after the expiry: %d %s", status, again.State)
	}
}

// Who comes back to a finished payment sees how it ended and finds the way to the shop, but no button.
func TestFinishedPaymentShowsItsResult(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	p := s.open("order-1")
	s.pay(p)
	page := s.show("/pay/" + p.ID)
	if got := page.Find("h1").Text(); got != "Paid" {
		t.Errorf("heading %q", got)
	}
	if page.Find("form").Length() != 0 {
		t.Error("a finished payment still has buttons")
	}
	if back, _ := page.Find("main a").Attr("href"); back != "https://shop.example/return?payment=order-1" {
		t.Errorf("leads back to %q", back)
	}
	for _, action := range []string{"pay", "hang", "decline", "cancel"} {
		s.button(p, action)
	}
	if charges := s.charges(); len(charges) != 1 {
		t.Errorf("%d charges", len(charges))
	}
	s.refund(p, "refund-1", 4990)
	if got := s.show("/pay/" + p.ID).Find("h1").Text(); got != "Paid, then refunded" {
		t.Errorf("heading %q", got)
	}
	s.button(p, "pay")
	s.wants(p, Refunded, 4990, 4990)
}

// The page works without script, says what is paid, and its policy lets forms lead to this shop only.
func TestPage(t *testing.T) {
	t.Parallel()
	s := startSandbox(t)
	body := asked("order-1")
	body["description"] = `<script>alert("x")</script>`
	_, p := s.call("POST", "/v1/payments", "order-1", body)
	page := s.show("/pay/" + p.ID)
	if page.Find("script").Length() != 0 || page.Find("[style]").Length() != 0 {
		t.Error("the page has script or inline style")
	}
	if got := page.Find("h1").Text(); got != "Pay 49.90 EUR" {
		t.Errorf("heading %q", got)
	}
	if got := page.Find("dd").First().Text(); got != `<script>alert("x")</script>` {
		t.Errorf("description %q", got)
	}
	if first, _ := page.Find("form button").First().Attr("value"); first != "pay" {
		t.Errorf("the enter key presses %q", first)
	}
	if lang, _ := page.Find("html").Attr("lang"); lang != "en" {
		t.Error("the page does not name its language")
	}

	resp, err := http.Get(s.url + "/pay/" + p.ID)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	policy := resp.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none';") || !strings.HasSuffix(policy, "form-action 'self' https://shop.example https://shop.example") {
		t.Errorf("policy %q", policy)
	}
	challenge := s.show("/pay/" + p.ID + "/challenge")
	if named, _ := challenge.Find("label").Attr("for"); challenge.Find("input#"+named).Length() != 1 {
		t.Error("the code field has no label")
	}
}

func TestAmount(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"49.90 EUR": amount(4990, "EUR"), "0.05 EUR": amount(5, "EUR"), "1200 JPY": amount(1200, "JPY"), "1.250 KWD": amount(1250, "KWD"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func (s *shop) show(path string) *goquery.Document {
	s.t.Helper()
	resp, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	page, err := goquery.NewDocumentFromReader(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return page
}
