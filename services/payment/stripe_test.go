package payment_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tradewind-commerce/tradewind/platform/config"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/services/payment"
)

// What is particular to Stripe, at a program that keeps state and speaks like it.
func TestStripe(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "sandbox")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/tradewind-commerce/tradewind/deploy/sandbox").CombinedOutput(); err != nil {
		t.Fatalf("build the sandbox: %v\n%s", err, out)
	}
	for name, test := range map[string]func(*testing.T, *company){
		"one capture where there is only one": oneCapture,
		"amounts as Stripe counts":            amountsAsStripeCounts,
		"a page that ends too soon or late":   pageOutsideItsTimes,
		"many refunds":                        manyRefunds,
		"a locked door":                       lockedDoor,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, startCompany(t, binary, "stripe"))
		})
	}
}

func oneCapture(t *testing.T, c *company) {
	c.tell(`{"single_capture": true}`)
	o := c.open(later)
	o.press("pay")
	o.now()
	wants(t, "a part", o.capture("capture-1", 1000, false), nil)
	o.stands(captured, 1000, 1000, 0)
	wants(t, "more", o.capture("capture-2", 1000, false), payment.ErrRefused)
}

func amountsAsStripeCounts(t *testing.T, c *company) {
	for _, tc := range []struct {
		amount money.Amount
		taken  bool
	}{
		{money.Amount{Minor: 4990, Currency: "JPY"}, true},
		{money.Amount{Minor: 4990, Currency: "ISK"}, true},
		{money.Amount{Minor: 4990, Currency: "UGX"}, true},
		{money.Amount{Minor: 4900, Currency: "MGA"}, true},
		{money.Amount{Minor: 4990, Currency: "MGA"}, false},
		{money.Amount{Minor: 4990, Currency: "KWD"}, true},
		{money.Amount{Minor: 4991, Currency: "KWD"}, false},
		{money.Amount{Minor: 0, Currency: "EUR"}, false},
		{money.Amount{Minor: -1, Currency: "EUR"}, false},
		{money.Amount{Minor: 1 << 62, Currency: "ISK"}, false},
	} {
		in := startRequest(id.New())
		in.Amount = tc.amount
		view, err := c.Provider.Start(t.Context(), in)
		if !tc.taken {
			wants(t, fmt.Sprintf("start of %d %s", tc.amount.Minor, tc.amount.Currency), err, payment.ErrRefused)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tc.amount, err)
			continue
		}
		o := &opened{c, payment.Ref{Reference: in.Reference, ProviderID: view.ProviderID}, view}
		o.press("pay")
		o.stands(captured, tc.amount.Minor, tc.amount.Minor, 0)
	}
}

// Stripe's pages last from half an hour to a day. What is to end at another time opens all the same, once however often it is asked for.
func pageOutsideItsTimes(t *testing.T, c *company) {
	for _, ends := range []time.Duration{10 * time.Minute, 48 * time.Hour} {
		in := startRequest(id.New())
		in.ExpireTime = startedAt.Add(ends)
		first, err := c.Provider.Start(t.Context(), in)
		if err != nil {
			t.Fatalf("ends in %v: %v", ends, err)
		}
		if again, err := c.Provider.Start(t.Context(), in); err != nil || again.ProviderID != first.ProviderID {
			t.Errorf("ends in %v: opened %s and %s, %v", ends, first.ProviderID, again.ProviderID, err)
		}
	}
}

// Stripe shows ten refunds with a payment; the others are asked for.
func manyRefunds(t *testing.T, c *company) {
	o := c.open()
	o.press("pay")
	o.now()
	for i := range 12 {
		wants(t, "refund", o.refund(fmt.Sprintf("refund-%d", i), 10), nil)
		o.stands(partlyRefunded, 4990, 4990, int64(10*(i+1)))
	}
	if view := o.now(); len(view.Refunds) != 12 {
		t.Errorf("%d refunds", len(view.Refunds))
	}
}

func lockedDoor(t *testing.T, c *company) {
	wrong, err := payment.NewStripe(payment.StripeConfig{URL: c.url, SecretKey: "sk_test_wrong"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = wrong.Start(t.Context(), startRequest(id.New()))
	wants(t, "start with a wrong key", err, payment.ErrUnavailable)
	if printed := fmt.Sprintf("%v %+v %#v %s", wrong, wrong, wrong, wrong); strings.Contains(printed, "sk_test") {
		t.Errorf("printing the client shows its key: %s", printed)
	}
}

// Whatever answers in Stripe's place, a payment is never taken for opened, paid or unheard of on its word.
func TestStripeDoubtsStrangeAnswers(t *testing.T) {
	t.Parallel()
	reference := id.New()
	intent := func(from, to string) string {
		good := `{"id":"pi_1","object":"payment_intent","status":"succeeded","currency":"eur","amount":4990,"amount_received":4990,"metadata":{"reference":"` + reference + `"}}`
		return strings.Replace(good, from, to, 1)
	}
	problem := func(kind, code string) string {
		return fmt.Sprintf(`{"error":{"type":%q,"code":%q,"message":"no"}}`, kind, code)
	}
	for name, tc := range map[string]struct {
		status      int
		body        string
		find, start error
	}{
		"good":                {status: 200, body: intent("", "")},
		"a proxy's page":      {200, "<html>", payment.ErrUnavailable, payment.ErrUnknownOutcome},
		"a proxy's 404":       {404, "<html>not here</html>", payment.ErrUnavailable, payment.ErrUnknownOutcome},
		"a proxy's own 404":   {404, `{"error":{"message":"not here"}}`, payment.ErrUnavailable, payment.ErrUnknownOutcome},
		"a redirect":          {302, "", payment.ErrUnavailable, payment.ErrUnknownOutcome},
		"nothing":             {200, "", payment.ErrUnavailable, payment.ErrUnknownOutcome},
		"another payment":     {200, intent(reference, id.New()), payment.ErrUnavailable, payment.ErrUnknownOutcome},
		"an unknown state":    {200, intent("succeeded", "partying"), payment.ErrUnavailable, payment.ErrUnknownOutcome},
		"an unknown currency": {200, intent("eur", "eux"), payment.ErrUnavailable, payment.ErrUnknownOutcome},
		"unheard of":          {404, problem("invalid_request_error", "resource_missing"), payment.ErrUnknownPayment, payment.ErrRefused},
		"a no":                {400, problem("invalid_request_error", "intent_invalid_state"), payment.ErrRefused, payment.ErrRefused},
		"a bank's no":         {402, problem("card_error", "card_declined"), payment.ErrRefused, payment.ErrRefused},
		"locked out":          {401, problem("invalid_request_error", ""), payment.ErrUnavailable, payment.ErrUnavailable},
		"too many":            {429, problem("invalid_request_error", "rate_limit"), payment.ErrUnavailable, payment.ErrUnavailable},
		"somebody else's":     {409, problem("invalid_request_error", "lock_timeout"), payment.ErrUnavailable, payment.ErrUnavailable},
		"the same under way":  {409, problem("idempotency_error", "idempotency_key_in_use"), payment.ErrUnavailable, payment.ErrUnknownOutcome},
		"its own failure":     {500, problem("api_error", ""), payment.ErrUnavailable, payment.ErrUnknownOutcome},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			}))
			client, err := payment.NewStripe(payment.StripeConfig{URL: server.URL, SecretKey: "sk_test_1", PublishableKey: "pk_test_1"})
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Find(t.Context(), payment.Ref{Reference: reference, ProviderID: "pi_1"})
			wants(t, "find", err, tc.find)
			in := startRequest(reference)
			in.InFields = true
			_, err = client.Start(t.Context(), in)
			wants(t, "start", err, tc.start)
		})
	}
}

// No event is taken that our secret did not sign, whatever its header looks like, and none panics.
func FuzzParseStripeWebhook(f *testing.F) {
	sum := func(stamp string, body []byte) string {
		mac := hmac.New(sha256.New, []byte("secret"))
		mac.Write([]byte(stamp + "."))
		mac.Write(body)
		return hex.EncodeToString(mac.Sum(nil))
	}
	now := time.Unix(1_790_000_000, 0)
	stamp := fmt.Sprint(now.Unix())
	for _, body := range []string{
		`{"id":"evt_1","object":"event","data":{"object":{"id":"pi_1","object":"payment_intent","metadata":{"reference":"order-1"}}}}`,
		`{"id":"evt_1","object":"event","data":{"object":{"id":"dp_1","object":"dispute","payment_intent":"pi_1"}}}`,
		`{"id":"evt_1","object":"event","data":{"object":{"object":"charge","payment_intent":{"id":"pi_1"}}}}`,
		`{"id":"evt_1","object":"event","data":{"object":{"object":"payout"}}}`,
		`{"id":"evt_1","object":"v2.core.event"}`, `[]`, ``,
	} {
		f.Add("t="+stamp+",v1="+sum(stamp, []byte(body)), []byte(body))
		f.Add("t="+stamp+",v1=00,v0=1,v1="+sum(stamp, []byte(body)), []byte(body))
		f.Add("t="+stamp+",t=1,v1="+sum("1", []byte(body)), []byte(body))
	}
	client, err := payment.NewStripe(payment.StripeConfig{SecretKey: "sk_test_1", WebhookSecrets: config.Secrets{"other", "secret"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		notice, err := client.ParseWebhook(http.Header{"Stripe-Signature": {header}}, body, now)
		if !errors.Is(err, payment.ErrUnverified) {
			signed := false
			for _, item := range strings.Split(header, ",") {
				if stamp, dated := strings.CutPrefix(item, "t="); dated {
					signed = signed || strings.Contains(strings.ToLower(header), sum(stamp, body))
				}
			}
			if !signed {
				t.Errorf("took %q from %q: %v", body, header, err)
			}
		}
		if err == nil && notice.ID == "" {
			t.Errorf("a notice without a number from %q", body)
		}
	})
}
