package payment_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

// bank opens a dispute of a payment, or decides the one that is open.
func (o *opened) bank(outcome string) {
	o.c.t.Helper()
	o.c.control("/control/disputes", fmt.Sprintf(`{"reference": %q, "amount_minor": %d, "reason": "fraudulent", "outcome": %q}`, o.Reference, map[bool]int{true: 2000}[outcome == ""], outcome))
}

func disputes(t *testing.T, c *company) {
	o := c.open()
	o.press("pay")
	o.stands(captured, 4990, 4990, 0)
	o.bank("")
	view := o.stands(payment.Disputed, 4990, 4990, 0)
	if len(view.Disputes) != 1 || view.DisputedMinor != 2000 {
		t.Fatalf("disputed: %+v", view)
	}
	d := view.Disputes[0]
	if d.State != payment.DisputeOpen || d.AmountMinor != 2000 || d.Reason != "fraudulent" || d.ID == "" || d.EvidenceBy.Before(clock.Now()) {
		t.Errorf("the dispute is %+v", d)
	}
	wants(t, "refund while it is disputed", o.refund("refund-1", 1), payment.ErrRefused)
	o.bank("won")
	if view := o.stands(captured, 4990, 4990, 0); view.DisputedMinor != 0 || view.Disputes[0].State != payment.DisputeWon || !view.Disputes[0].EvidenceBy.IsZero() {
		t.Errorf("won: %+v", view)
	}
	o.bank("")
	o.bank("lost")
	if view := o.stands(payment.Disputed, 4990, 4990, 0); view.DisputedMinor != 2000 || view.Disputes[1].State != payment.DisputeLost {
		t.Errorf("lost: %+v", view)
	}
}

func savedMethods(t *testing.T, c *company) {
	keeper, ok := c.Provider.(payment.MethodKeeper)
	if !ok {
		t.Fatal("it keeps no methods")
	}
	methods := func() []payment.Method {
		t.Helper()
		list, err := keeper.Methods(t.Context(), "customer-1")
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if list := methods(); len(list) != 0 {
		t.Errorf("saved before anything was: %v", list)
	}
	first := c.open(func(in *payment.StartRequest) { in.Customer, in.SaveMethod = "customer-1", true })
	first.press("pay")
	visa := first.stands(captured, 4990, 4990, 0).Method
	if visa.SavedID == "" || !slices.Equal(methods(), []payment.Method{visa}) {
		t.Fatalf("saved %v, paid by %v", methods(), visa)
	}
	bySaved := func(in *payment.StartRequest) { in.Customer, in.SavedMethod = "customer-1", visa.SavedID }
	c.open(bySaved).stands(captured, 4990, 4990, 0)
	c.open(bySaved, later).stands(payment.Authorized, 4990, 0, 0)

	c.tell(`{"pay": "decline", "decline_reason": "expired_card"}`)
	if view := c.open(bySaved).stands(failed, 0, 0, 0); view.Failure != declinedByBank || view.Problem != "declined: expired card" || view.RedirectURL != "" {
		t.Errorf("declined: %+v", view)
	}
	c.tell(`{"pay": "challenge"}`)
	challenged := c.open(bySaved)
	c.tell(`{}`)
	if view := challenged.stands(requiresAction, 0, 0, 0); !strings.HasSuffix(view.RedirectURL, "/challenge") || view.ClientSecret != "" {
		t.Fatalf("challenged: %+v", view)
	}
	challenged.press("", "code", "123456")
	challenged.stands(captured, 4990, 4990, 0)

	stranger := startRequest(id.New())
	stranger.Customer, stranger.SavedMethod = "customer-2", visa.SavedID
	_, err := c.Provider.Start(t.Context(), stranger)
	wants(t, "pay by another's method", err, payment.ErrRefused)
	wants(t, "forget another's method", keeper.ForgetMethod(t.Context(), "customer-2", visa.SavedID), payment.ErrRefused)
	for range 2 {
		wants(t, "forget", keeper.ForgetMethod(t.Context(), "customer-1", visa.SavedID), nil)
	}
	forgotten := startRequest(id.New())
	bySaved(&forgotten)
	_, err = c.Provider.Start(t.Context(), forgotten)
	wants(t, "pay by a forgotten method", err, payment.ErrRefused)
	if list := methods(); len(list) != 0 {
		t.Errorf("still there: %v", list)
	}
}

func fields(t *testing.T, c *company) {
	o := c.open(func(in *payment.StartRequest) { in.InFields = true })
	view := o.stands(requiresAction, 0, 0, 0)
	if view.ClientSecret == "" || view.PublishableKey == "" || view.RedirectURL != "" {
		t.Fatalf("for fields: %+v", view)
	}
	pay := func(card string) map[string]string {
		t.Helper()
		number := "pay_" + o.ProviderID[strings.Index(o.ProviderID, "_")+1:]
		resp, err := http.PostForm(c.url+"/fields/"+number, url.Values{"key": {view.PublishableKey}, "client_secret": {view.ClientSecret.Reveal()}, "card": {card}})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var answer map[string]string
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %v", card, resp.Status, err)
		}
		return answer
	}
	pay("insufficient_funds")
	if view := o.now(); view.State != requiresAction || view.Failure != declinedByBank || view.Problem != "declined: insufficient funds" || view.ClientSecret == "" {
		t.Errorf("declined: %+v", view)
	}
	pay("mastercard")
	if view := o.stands(captured, 4990, 4990, 0); view.Method.Brand != "mastercard" || view.ClientSecret != "" || view.PublishableKey != "" || view.Problem != "" {
		t.Errorf("paid: %+v", view)
	}
}

func webhooks(t *testing.T, c *company) {
	c.tell(`{"webhook": {"duplicate": 2, "delay_ms": 200, "shuffle": true}}`)
	o := c.open(later)
	o.press("pay")
	o.now()
	wants(t, "capture", o.capture("capture-1", 4990, true), nil)
	wants(t, "refund", o.refund("refund-1", 100), nil)
	heard := map[string]delivery{}
	for range 9 { // three messages, each thrice and in any order
		select {
		case message := <-c.inbox:
			notice, err := c.Provider.ParseWebhook(message.header, message.body, clock.Now())
			if err != nil || notice.Reference != o.Reference || notice.ID == "" {
				t.Errorf("%s: %+v %v", message.body, notice, err)
			}
			heard[notice.ID] = message
		case <-time.After(10 * time.Second):
			t.Fatalf("only %d messages came", len(heard))
		}
	}
	if len(heard) != 3 {
		t.Errorf("%d different messages, want 3", len(heard))
	}
	for _, message := range heard {
		refusesForgeries(t, c, message)
	}
	o.now()
	o.bank("")
	c.tell(`{}`)
	select {
	case message := <-c.inbox: // of a dispute some providers tell only their own number
		notice, err := c.Provider.ParseWebhook(message.header, message.body, clock.Now())
		if err != nil || notice.Reference != o.Reference && notice.ProviderID != o.ProviderID {
			t.Errorf("of a dispute: %+v %v", notice, err)
		}
	case <-time.After(10 * time.Second):
		t.Error("no message of the dispute")
	}
}

func refusesForgeries(t *testing.T, c *company, message delivery) {
	t.Helper()
	now := clock.Now()
	if _, err := c.client("new", "webhook-secret").ParseWebhook(message.header, message.body, now); err != nil {
		t.Errorf("the older of two secrets: %v", err)
	}
	swap := func(from, to string) http.Header {
		changed := message.header.Clone()
		for _, name := range []string{"Sandbox-Signature", "Stripe-Signature"} {
			if signed := changed.Get(name); signed != "" {
				changed.Set(name, strings.Replace(signed, from, to, 1))
			}
		}
		return changed
	}
	for name, forged := range map[string]struct {
		by     payment.Provider
		header http.Header
		body   []byte
		at     time.Time
	}{
		"altered body":    {c.Provider, message.header, []byte(strings.Replace(string(message.body), "evt_", "evt-", 1)), now},
		"altered time":    {c.Provider, swap("t=", "t=1"), message.body, now},
		"unsigned":        {c.Provider, http.Header{}, message.body, now},
		"no signature":    {c.Provider, swap("v1=", "v0="), message.body, now},
		"replayed later":  {c.Provider, message.header, message.body, now.Add(6 * time.Minute)},
		"from the future": {c.Provider, message.header, message.body, now.Add(-6 * time.Minute)},
		"other secret":    {c.client("other"), message.header, message.body, now},
		"no secret":       {c.client(), message.header, message.body, now},
	} {
		notice, err := forged.by.ParseWebhook(forged.header, forged.body, forged.at)
		if wants(t, name, err, payment.ErrUnverified); notice != (payment.Notice{}) {
			t.Errorf("%s: %+v", name, notice)
		}
	}
}

func statementAddsUp(t *testing.T, c *company) {
	paid, parts := c.open(), c.open(later)
	paid.press("pay")
	parts.press("pay")
	paid.now()
	parts.now()
	wants(t, "capture", parts.capture("capture-1", 1000, false), nil)
	wants(t, "capture", parts.capture("capture-2", 2000, true), nil)
	wants(t, "refund", parts.refund("refund-1", 500), nil)
	paid.bank("")
	paid.bank("won")
	lines, next, err := c.Provider.Charges(t.Context(), startedAt.Add(-time.Hour), "")
	if err != nil || next != "" {
		t.Fatalf("%q %v", next, err)
	}
	var got []string
	for _, line := range lines {
		if line.Reference != paid.Reference && line.Reference != parts.Reference || line.ProviderID == "" || line.ID == "" || clock.Now().Sub(line.Time).Abs() > time.Minute {
			t.Errorf("a line is %+v", line)
		}
		got = append(got, fmt.Sprintf("%v %s %d %s: fee %d, net %d, %s", line.Reference == paid.Reference, line.Kind, line.AmountMinor, line.Currency, line.Fee.Minor, line.Net.Minor, line.Key))
	}
	want := []string{
		"true capture 4990 EUR: fee 94, net 4896, ", "true dispute 2000 EUR: fee 1500, net -3500, ", "true dispute_won 2000 EUR: fee 0, net 2000, ",
		"false capture 1000 EUR: fee 39, net 961, ", "false capture 2000 EUR: fee 53, net 1947, ", "false refund 500 EUR: fee 0, net -500, refund-1",
	}
	if c.name == "sandbox" { // it knows the keys of captures as well
		want[3] += "capture-1"
		want[4] += "capture-2"
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the statement is %q, want %q", got, want)
	}
	lines, _, err = c.Provider.Charges(t.Context(), clock.Now().Add(time.Hour), "")
	if err != nil || len(lines) != 0 {
		t.Errorf("of the future: %v %v", lines, err)
	}
}
