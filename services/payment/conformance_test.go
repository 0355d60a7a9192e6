package payment_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

const (
	declinedByBank = paymentv1.FailureReason_FAILURE_REASON_DECLINED
	everyLostWay   = "hang_after 500_after 500_replayed" // acts, and does not say so
)

// Providers are interchangeable: what the shop expects of one holds for each, at programs that keep state and misbehave.
func TestProviders(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "sandbox")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/tradewind-commerce/tradewind/deploy/sandbox").CombinedOutput(); err != nil {
		t.Fatalf("build the sandbox: %v\n%s", err, out)
	}
	for _, name := range []string{"sandbox", "stripe"} {
		for what, test := range map[string]func(*testing.T, *company){
			"takes at once and gives back in parts": takesAtOnce,
			"reserves, then takes in parts":         takesInParts,
			"releases what is reserved":             releases,
			"a reservation lapses":                  reservationLapses,
			"challenges":                            challenges,
			"challenges when asked to":              challengesWhenAsked,
			"declines":                              declines,
			"ends what is not paid":                 endsWhatIsNotPaid,
			"the same key is the same payment":      sameKeySamePayment,
			"an answer to start is lost":            startIsLost,
			"an answer to capture is lost":          captureIsLost,
			"an answer to refund is lost":           refundIsLost,
			"a question changes nothing":            questionsChangeNothing,
			"disputes":                              disputes,
			"saved methods":                         savedMethods,
			"fields":                                fields,
			"webhooks":                              webhooks,
			"the statement adds up":                 statementAddsUp,
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				test(t, startCompany(t, binary, name))
			})
		}
	}
}

// company is a running provider and a client of it.
type company struct {
	payment.Provider
	*sandboxProgram
	name   string
	client func(secrets ...config.Secret) payment.Provider
}

func startCompany(t *testing.T, binary, name string) *company {
	t.Helper()
	const patience = 2 * time.Second
	c := &company{name: name}
	if name == "sandbox" {
		c.sandboxProgram = startSandboxProgram(t, binary)
		c.client = func(secrets ...config.Secret) payment.Provider {
			client, err := payment.NewSandbox(payment.SandboxConfig{URL: c.url, Key: "key", PublicKey: "pk_sandbox", WebhookSecrets: secrets, Timeout: patience})
			if err != nil {
				t.Fatal(err)
			}
			return client
		}
	} else {
		c.sandboxProgram = startSandboxProgram(t, binary, "SPEAKS=stripe", "SANDBOX_KEY=sk_test_key", "SANDBOX_PUBLIC_KEY=pk_test_key")
		c.client = func(secrets ...config.Secret) payment.Provider {
			client, err := payment.NewStripe(payment.StripeConfig{
				URL: c.url, SecretKey: "sk_test_key", PublishableKey: "pk_test_key", WebhookSecrets: secrets, Timeout: patience,
			})
			if err != nil {
				t.Fatal(err)
			}
			return client
		}
	}
	c.Provider = c.client("webhook-secret")
	return c
}

// opened is a payment that was started, as the provider last told of it.
type opened struct {
	c *company
	payment.Ref
	view payment.View
}

func (c *company) open(change ...func(*payment.StartRequest)) *opened {
	c.t.Helper()
	in := startRequest(id.New())
	for _, how := range change {
		how(&in)
	}
	view, err := c.Provider.Start(c.t.Context(), in)
	if err != nil {
		c.t.Fatalf("start: %v", err)
	}
	return &opened{c, payment.Ref{Reference: in.Reference, ProviderID: view.ProviderID}, view}
}

func later(in *payment.StartRequest) { in.CaptureLater = true }

// now asks. A view that differs has a higher version, and one that does not has the same.
func (o *opened) now() payment.View {
	o.c.t.Helper()
	view, err := o.c.Provider.Find(o.c.t.Context(), o.Ref)
	if err != nil {
		o.c.t.Fatalf("find: %v", err)
	}
	same := view.State == o.view.State && view.CapturedMinor == o.view.CapturedMinor && view.RefundedMinor == o.view.RefundedMinor &&
		view.AuthorizedMinor == o.view.AuthorizedMinor && view.DisputedMinor == o.view.DisputedMinor
	if view.Version < o.view.Version || !same && view.Version == o.view.Version {
		o.c.t.Errorf("from %+v to %+v the version does not rise", o.view, view)
	}
	o.view, o.ProviderID = view, view.ProviderID
	return view
}

// stands checks where a payment is, by asking with the provider's number and without.
func (o *opened) stands(state payment.State, reserved, taken, back int64) payment.View {
	o.c.t.Helper()
	view := o.now()
	if view.State != state || view.AuthorizedMinor != reserved || view.CapturedMinor != taken || view.RefundedMinor != back {
		o.c.t.Errorf("%v, reserved %d, taken %d, back %d, want %v, %d, %d, %d", view.State, view.AuthorizedMinor, view.CapturedMinor, view.RefundedMinor, state, reserved, taken, back)
	}
	if view.RedirectURL != "" && state != requiresAction {
		o.c.t.Errorf("%v leads to %s", state, view.RedirectURL)
	}
	if blind, err := o.c.Provider.Find(o.c.t.Context(), payment.Ref{Reference: o.Reference}); err != nil || blind.Version != view.Version {
		o.c.t.Errorf("without the number: %+v %v", blind, err)
	}
	return view
}

// press does what the shopper does on the page, whatever comes of it.
func (o *opened) press(action string, more ...string) *http.Response {
	o.c.t.Helper()
	form := url.Values{"action": {action}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	page := o.c.url + "/pay/" + o.view.RedirectURL[strings.Index(o.view.RedirectURL, "/pay/")+5:]
	client := http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(page, form)
	if err != nil {
		o.c.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp
}

func (o *opened) capture(key string, minor int64, final bool) error {
	_, err := o.c.Provider.Capture(o.c.t.Context(), o.Ref, key, eur(minor), final)
	return err
}

func (o *opened) refund(key string, minor int64) error {
	_, err := o.c.Provider.Refund(o.c.t.Context(), o.Ref, key, eur(minor), payment.RefundRequested)
	return err
}

func (o *opened) void() error {
	_, err := o.c.Provider.Void(o.c.t.Context(), o.Ref, o.Reference+"-void")
	return err
}

func wants(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func takesAtOnce(t *testing.T, c *company) {
	o := c.open()
	o.stands(requiresAction, 0, 0, 0)
	wants(t, "refund of nothing", o.refund("early", 1), payment.ErrRefused)
	o.press("pay")
	view := o.stands(captured, 4990, 4990, 0)
	if view.Method != (payment.Method{Brand: "visa", Last4: "4242", ExpiryMonth: 12, ExpiryYear: 2034}) || view.Fee != eur(94) || view.Currency != "EUR" || !view.CaptureBy.IsZero() {
		t.Errorf("paid: %+v", view)
	}
	for range 2 {
		wants(t, "refund", o.refund("refund-1", 990), nil)
		o.stands(partlyRefunded, 4990, 4990, 990)
	}
	wants(t, "the same key for more", o.refund("refund-1", 991), payment.ErrRefused)
	wants(t, "above the rest", o.refund("refund-2", 4001), payment.ErrRefused)
	wants(t, "void of paid money", o.void(), payment.ErrRefused)
	_, err := c.Provider.Refund(t.Context(), o.Ref, "refund-3", money.Amount{Minor: 100, Currency: "USD"}, "")
	wants(t, "other currency", err, payment.ErrRefused)
	wants(t, "the rest", o.refund("refund-4", 4000), nil)
	view = o.stands(refunded, 4990, 4990, 4990)
	if !maps.Equal(view.Refunds, map[string]int64{"refund-1": 990, "refund-4": 4000}) || len(view.Captures) != 0 {
		t.Errorf("refunds %v, captures %v", view.Refunds, view.Captures)
	}
}

func takesInParts(t *testing.T, c *company) {
	o := c.open(later)
	o.press("pay")
	view := o.stands(payment.Authorized, 4990, 0, 0)
	if until := view.CaptureBy.Sub(startedAt); until < 6*24*time.Hour || until > 8*24*time.Hour {
		t.Errorf("the reservation lapses at %v", view.CaptureBy)
	}
	for range 2 {
		wants(t, "a part", o.capture("capture-1", 1000, false), nil)
		o.stands(payment.PartlyCaptured, 4990, 1000, 0)
	}
	wants(t, "the same key for more", o.capture("capture-1", 1001, false), payment.ErrRefused)
	wants(t, "above the rest", o.capture("capture-2", 3991, false), payment.ErrRefused)
	wants(t, "back while more can be taken", o.refund("refund-1", 300), nil)
	o.stands(payment.PartlyCaptured, 4990, 1000, 300)
	wants(t, "the last part", o.capture("capture-3", 1500, true), nil)
	view = o.stands(partlyRefunded, 2500, 2500, 300)
	if !maps.Equal(view.Captures, map[string]int64{"capture-1": 1000, "capture-3": 1500}) {
		t.Errorf("captures %v", view.Captures)
	}
	wants(t, "after the last part", o.capture("capture-4", 1, true), payment.ErrRefused)
}

func releases(t *testing.T, c *company) {
	whole, part := c.open(later), c.open(later)
	whole.press("pay")
	whole.stands(payment.Authorized, 4990, 0, 0)
	for range 2 {
		wants(t, "void", whole.void(), nil)
		whole.stands(voided, 0, 0, 0)
	}
	wants(t, "capture of what was released", whole.capture("capture-1", 1, false), payment.ErrRefused)
	part.press("pay")
	wants(t, "a part", part.capture("capture-2", 1000, false), nil)
	wants(t, "void of the rest", part.void(), nil)
	part.stands(captured, 1000, 1000, 0)
}

func reservationLapses(t *testing.T, c *company) {
	o := c.open(later)
	o.press("pay")
	o.stands(payment.Authorized, 4990, 0, 0)
	c.tell(`{"clock_offset_seconds": 700000}`)
	o.stands(expired, 0, 0, 0)
	wants(t, "capture of what lapsed", o.capture("capture-1", 1, false), payment.ErrRefused)
}

func challenges(t *testing.T, c *company) {
	o := c.open()
	resp := o.press("challenge")
	if !strings.HasSuffix(resp.Header.Get("Location"), "/challenge") {
		t.Fatalf("led to %s", resp.Header.Get("Location"))
	}
	o.stands(requiresAction, 0, 0, 0)
	o.view.RedirectURL += "/challenge"
	o.press("", "code", "12345")
	o.stands(requiresAction, 0, 0, 0)
	o.view.RedirectURL += "/challenge"
	o.press("", "code", "123456")
	o.stands(captured, 4990, 4990, 0)
}

// What the shop asks the bank to make sure of is not charged by a press of the button.
func challengesWhenAsked(t *testing.T, c *company) {
	o := c.open(func(in *payment.StartRequest) { in.Challenge = true })
	resp := o.press("pay")
	if !strings.HasSuffix(resp.Header.Get("Location"), "/challenge") {
		t.Fatalf("led to %s", resp.Header.Get("Location"))
	}
	o.stands(requiresAction, 0, 0, 0)
	o.view.RedirectURL += "/challenge"
	o.press("", "code", "123456")
	o.stands(captured, 4990, 4990, 0)
}

// declines differ in one thing that a shop must live with: at some providers the shopper can try again on the same page.
func declines(t *testing.T, c *company) {
	o := c.open()
	page := o.view.RedirectURL
	o.press("decline", "reason", "insufficient_funds")
	view := o.now()
	if view.Failure != declinedByBank || view.Problem != "declined: insufficient funds" || view.CapturedMinor != 0 || view.State != failed && view.State != requiresAction {
		t.Errorf("declined: %+v", view)
	}
	if err := o.void(); view.State == failed {
		wants(t, "void of what failed", err, payment.ErrRefused)
	} else {
		wants(t, "void after a decline", err, nil)
	}
	o.view.RedirectURL = page
	o.press("pay")
	if view := o.now(); view.CapturedMinor != 0 || payment.Open(view.State) {
		t.Errorf("paid after it ended: %+v", view)
	}
}

func endsWhatIsNotPaid(t *testing.T, c *company) {
	o := c.open()
	page := o.view.RedirectURL
	for range 2 {
		wants(t, "void", o.void(), nil)
		o.stands(voided, 0, 0, 0)
	}
	o.view.RedirectURL = page
	o.press("pay")
	o.stands(voided, 0, 0, 0)
	late := c.open()
	c.tell(`{"clock_offset_seconds": 7200}`)
	late.stands(expired, 0, 0, 0)
	wants(t, "void of what ran out", late.void(), payment.ErrRefused)
	nobody := payment.Ref{Reference: id.New()}
	for name, call := range map[string]func() error{
		"find":    func() error { _, err := c.Provider.Find(t.Context(), nobody); return err },
		"void":    func() error { _, err := c.Provider.Void(t.Context(), nobody, "void-2"); return err },
		"capture": func() error { _, err := c.Provider.Capture(t.Context(), nobody, "capture-2", eur(1), true); return err },
		"refund":  func() error { _, err := c.Provider.Refund(t.Context(), nobody, "refund-2", eur(1), ""); return err },
	} {
		wants(t, name+" of an unknown payment", call(), payment.ErrUnknownPayment)
	}
}

func sameKeySamePayment(t *testing.T, c *company) {
	in := startRequest(id.New())
	first, err := c.Provider.Start(t.Context(), in)
	wants(t, "start", err, nil)
	again, err := c.Provider.Start(t.Context(), in)
	if err != nil || again.ProviderID != first.ProviderID || again.RedirectURL != first.RedirectURL {
		t.Errorf("again: %+v %v, first %+v", again, err, first)
	}
	other := in
	other.Amount = eur(4991)
	_, err = c.Provider.Start(t.Context(), other)
	wants(t, "the same key for more", err, payment.ErrRefused)
	o := &opened{c, payment.Ref{Reference: in.Reference, ProviderID: first.ProviderID}, first}
	o.press("pay")
	paid, err := c.Provider.Start(t.Context(), in)
	if err != nil || paid.State != captured {
		t.Errorf("again after it was paid: %+v %v", paid, err)
	}
}

func startIsLost(t *testing.T, c *company) {
	for how := range strings.SplitSeq(everyLostWay, " ") {
		in := startRequest(id.New())
		c.tell(`{"create": "` + how + `", "count": 1, "search_lag_seconds": 3600}`)
		_, err := c.Provider.Start(t.Context(), in)
		wants(t, "start with "+how, err, payment.ErrUnknownOutcome)
		view, err := c.Provider.Find(t.Context(), payment.Ref{Reference: in.Reference})
		if err != nil || view.State != requiresAction || view.RedirectURL == "" {
			t.Errorf("after start with %s: %+v %v", how, view, err)
		}
	}
	for _, how := range []string{"500", "hang", "reset"} {
		in := startRequest(id.New())
		c.tell(`{"create": "` + how + `"}`)
		_, err := c.Provider.Start(t.Context(), in)
		wants(t, "start with "+how, err, payment.ErrUnknownOutcome)
		c.tell(`{}`)
		_, err = c.Provider.Find(t.Context(), payment.Ref{Reference: in.Reference})
		wants(t, "find after "+how, err, payment.ErrUnknownPayment)
		_, err = c.Provider.Start(t.Context(), in)
		wants(t, "the same again", err, nil)
	}
}

func captureIsLost(t *testing.T, c *company) {
	o := c.open(later)
	o.press("pay")
	o.now()
	for how := range strings.SplitSeq(everyLostWay+" 500 hang reset", " ") {
		c.tell(`{"capture": "` + how + `"}`)
		wants(t, "capture with "+how, o.capture(how, 100, false), payment.ErrUnknownOutcome)
		c.tell(`{}`)
		made := strings.Contains(everyLostWay, how) && how != "500" && how != "hang"
		if _, taken := o.now().Captures[how]; taken != made {
			t.Errorf("capture with %s was made: %v", how, taken)
		}
	}
	_ = o.capture("hang_after", 100, false) // nobody has to ask first
	_ = o.capture("500_after", 100, false)
	o.stands(payment.PartlyCaptured, 4990, 300, 0)
}

func refundIsLost(t *testing.T, c *company) {
	o := c.open()
	o.press("pay")
	o.now()
	for how := range strings.SplitSeq(everyLostWay+" 500 hang reset", " ") {
		c.tell(`{"refund": "` + how + `"}`)
		wants(t, "refund with "+how, o.refund(how, 100), payment.ErrUnknownOutcome)
		c.tell(`{}`)
		made := strings.Contains(everyLostWay, how) && how != "500" && how != "hang"
		if _, back := o.now().Refunds[how]; back != made {
			t.Errorf("refund with %s was made: %v", how, back)
		}
	}
	_ = o.refund("hang_after", 100)
	_ = o.refund("500_replayed", 100)
	o.stands(partlyRefunded, 4990, 4990, 300)
}

func questionsChangeNothing(t *testing.T, c *company) {
	o := c.open()
	for _, how := range []string{"reset", "hang", "500"} {
		c.tell(`{"get": "` + how + `"}`)
		for name, err := range map[string]error{"refund": o.refund("refund-1", 1), "capture": o.capture("capture-1", 1, true), "void": o.void()} {
			wants(t, name+" with "+how, err, payment.ErrUnavailable)
			if errors.Is(err, payment.ErrUnknownOutcome) {
				t.Errorf("%s with %s: %v", name, how, err)
			}
		}
	}
	c.tell(`{}`)
	o.stands(requiresAction, 0, 0, 0)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Provider.Start(gone, startRequest(id.New()))
	wants(t, "start by one who has left", err, payment.ErrUnavailable)
	c.stop()
	_, err = c.client().Find(t.Context(), o.Ref)
	wants(t, "find at one who is not there", err, payment.ErrUnavailable)
	_, err = c.client().Start(t.Context(), startRequest(id.New()))
	wants(t, "start at one who is not there", err, payment.ErrUnavailable)
}
