package e2e

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Cards of the provider's test mode.
const (
	goodCard       = "4242424242424242"
	refusedCard    = "4000000000009995"
	challengedByIt = "4000000000003220"
)

// A shop whose provider has a public key takes cards in the provider's fields, whichever API the provider speaks: with a second try, with the bank's second step, and with
// the provider's page as the way out; the way of the card at Stripe's, and all of it at both with TRADEWIND_FULL=1. Whatever is pressed and however often, the money moves once, and no card comes near the shop.
func TestPayInFields(t *testing.T) {
	for name, how := range map[string]topology{"sandbox": allInOne, "stripe": {stripe: true}} {
		t.Run(name, func(t *testing.T) {
			if name == "sandbox" && !full {
				t.Skip("the same fields by the other API: TRADEWIND_FULL=1")
			}
			o := &furnished{shop: open(t, how, func(string) []string {
				return []string{"SANDBOX_PUBLIC_KEY=pk_test_fields", "STRIPE_PUBLISHABLE_KEY=pk_test_fields"}
			})}
			o.browser = startBrowser(t)
			t.Run("at once", func(t *testing.T) {
				tries := map[string]func(*testing.T, *furnished){
					"paid": paidInFields, "declined, then another card": declinedInFields, "challenged": challengedInFields, "policy": fieldsPolicy,
				}
				if full {
					maps.Copy(tries, map[string]func(*testing.T, *furnished){
						"the page instead": leavesFields, "blocked": blockedFields, "without script": withoutFields, "pressed twice in two tabs": fieldsTwice,
					})
				}
				for name, run := range tries {
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						run(t, o)
					})
				}
			})
			t.Run("only the message comes", func(t *testing.T) { fieldsByMessage(t, o) })
			t.Run("only the shopper comes", func(t *testing.T) { fieldsByReturn(t, o) })
			t.Run("no card in the shop", func(t *testing.T) { noCards(t, o) })
			o.check(t, "")
		})
	}
}

// atFields waits for the provider's fields and returns our reference of the payment.
func (b *tab) atFields(o *furnished) string {
	b.t.Helper()
	b.arrive("/orders/", "[data-fields] iframe")
	b.await(`!document.querySelector(".fields .button").hidden`)
	if path := b.ask("location.pathname"); !strings.HasSuffix(path, "/pay") {
		b.t.Fatalf("the fields are at %s", path)
	}
	return o.payments(b.t, b.text(".option-list dd"))[0]
}

// payments are those of an order, the newest first.
func (o *furnished) payments(t testing.TB, number string) []string {
	t.Helper()
	return o.column(t, "select p.id::text from payments p join orders o on o.id = p.order_id where o.number = $1 order by p.id desc", number)
}

// typeCard goes by keyboard from the button back through the fields, types, and comes to the button again. The frame is another origin's: keys are all that gets in.
func (b *tab) typeCard(number string) {
	b.t.Helper()
	b.ask(`document.querySelector(".fields .button").focus()`)
	b.do(chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)), chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)),
		chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)),
		chromedp.KeyEvent(number), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent("1234"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent("987"), chromedp.KeyEvent(kb.Tab))
	b.await(`document.activeElement === document.querySelector(".fields .button")`)
}

// lookAround looks at a page with the provider's frame in it. axe asks that frame for axe, as if it were of the same origin, and browsers write to the console that it is not.
func (b *tab) lookAround(name string) {
	b.t.Helper()
	origin := b.ask("location.origin")
	b.mu.Lock()
	b.excused = append(b.excused, "Failed to execute 'postMessage' on 'DOMWindow': The target origin provided ('"+origin+"')")
	b.mu.Unlock()
	b.look(name)
}

func (b *tab) press() { b.do(chromedp.KeyEvent(kb.Enter)) }

func (b *tab) thanked() {
	b.t.Helper()
	b.arrive("/orders/", ".order__thanks")
	b.says(".order__meta .tag", "Paid")
}

// took fails unless the provider has taken for each payment as often as is wanted.
func (o *furnished) took(t *testing.T, want map[string]int) {
	t.Helper()
	for reference, times := range want {
		if taken := o.charges(t, reference); taken != times {
			t.Errorf("%s was charged %d times, want %d", reference, taken, times)
		}
	}
}

func paidInFields(t *testing.T, o *furnished) {
	b := openTab(t, o.browser, true)
	b.order(o)
	reference := b.atFields(o)
	b.lookAround("fields-" + t.Name())
	b.press() // nothing is typed yet
	b.ask(`document.querySelector(".fields .button").focus()`)
	b.press()
	b.says("[data-fields-says][data-bad]", "Your card number is incomplete.")
	b.typeCard(goodCard)
	b.press()
	b.thanked()
	o.took(t, map[string]int{reference: 1})
	frame := openTab(t, o.browser, true)
	frame.visit(o.sandbox + "/fields?theme=stripe")
	frame.look("fields-frame")
}

func declinedInFields(t *testing.T, o *furnished) {
	b := openTab(t, o.browser, true)
	b.order(o)
	reference := b.atFields(o)
	b.typeCard(refusedCard)
	b.press()
	b.says(`[data-fields-says][data-bad][aria-live="polite"]`, "insufficient funds")
	b.lookAround("fields-declined-" + t.Name())
	o.took(t, map[string]int{reference: 0})
	b.typeCard(goodCard)
	b.press()
	b.thanked()
	o.took(t, map[string]int{reference: 1})
}

func challengedInFields(t *testing.T, o *furnished) {
	b := openTab(t, o.browser, true)
	b.order(o)
	reference := b.atFields(o)
	pay := b.ask("location.pathname")
	b.typeCard(challengedByIt)
	b.press()
	b.arrive("/pay/", "#code")
	b.expectStatus(422)
	for range 3 {
		b.fill("#code", "12"+kb.Enter)
		b.await(`!document.querySelector("#code")?.value`)
	}
	b.arrive("/orders/", ".outcome__card") // the bank is not shown who pays
	o.took(t, map[string]int{reference: 0})
	b.click(".outcome__ways .button--primary")
	b.arrive(pay, "[data-fields] iframe")
	if again := b.atFields(o); again != reference {
		t.Errorf("going on opened another payment")
	}
	b.typeCard(challengedByIt)
	b.press()
	b.arrive("/pay/", "#code")
	b.fill("#code", "123456"+kb.Enter)
	b.thanked()
	o.took(t, map[string]int{reference: 1})
}

// leavesFields goes to the provider's page. What is open in the fields is closed by it, also in another tab, and going back ends at the order.
func leavesFields(t *testing.T, o *furnished) {
	b := openTab(t, o.browser, true)
	b.order(o)
	left := b.atFields(o)
	address := b.ask("location.href")
	other := openTab(t, o.browser, true)
	other.visit(address)
	other.atFields(o)
	other.typeCard(goodCard)
	b.click(`.outcome__ways form .button`)
	paid := b.atProvider()
	other.expectStatus(409)
	other.press()
	other.arrive("/orders/", ".outcome__card")
	o.took(t, map[string]int{left: 0, paid: 0})
	b.click(`button[value="pay"]`)
	b.thanked()
	o.took(t, map[string]int{left: 0, paid: 1})
	b.visit(address)
	b.arrive("/orders/", ".order__thanks")
	if states := o.column(t, "select state from payments where order_id = (select order_id from payments where id = $1) order by id", left); strings.Join(states, " ") != "voided captured" {
		t.Errorf("the payments are %v", states)
	}
}

// blockedFields is a shopper whose browser lets no foreign script in.
func blockedFields(t *testing.T, o *furnished) {
	b := openTab(t, o.browser, true)
	b.excused = append(b.excused, "ERR_BLOCKED_BY_CLIENT")
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{})
		if err == nil {
			_, err = cdp.Call(ctx, target, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{{URLPattern: o.sandbox + "/fields.js", Block: true}}})
		}
		return err
	}))
	b.order(o)
	b.arrive("/orders/", "[data-fields][hidden]")
	b.says("[data-fields-says][data-bad]", "could not be loaded")
	b.look("fields-blocked-" + t.Name())
	b.click(`.outcome__ways form .button`)
	paid := b.atProvider()
	b.click(`button[value="pay"]`)
	b.thanked()
	o.took(t, map[string]int{paid: 1})
}

// withoutFields has no script: the provider's page is where the card is typed, as in any shop. Who opens the fields' page all the same is led there too.
func withoutFields(t *testing.T, o *furnished) {
	b := openTab(t, o.browser, false)
	b.order(o)
	b.atProvider()
	scripted := openTab(t, o.browser, true)
	scripted.order(o)
	left := scripted.atFields(o)
	b.visit(scripted.ask("location.href"))
	b.says("noscript p, .outcome__card p", "The provider’s page does not.")
	b.look("fields-without-script")
	b.click(`.outcome__ways form .button`)
	paid := b.atProvider()
	b.click(`button[value="pay"]`)
	b.thanked()
	o.took(t, map[string]int{left: 0, paid: 1})
}

// fieldsTwice pays in two tabs at the same moment, and presses twice in each.
func fieldsTwice(t *testing.T, o *furnished) {
	one, two := openTab(t, o.browser, true), openTab(t, o.browser, true)
	one.order(o)
	reference := one.atFields(o)
	two.visit(one.ask("location.href"))
	two.atFields(o)
	for _, b := range []*tab{one, two} {
		b.typeCard(goodCard)
	}
	for _, b := range []*tab{one, two} {
		b.ask(`(() => { const f = document.querySelector("[data-fields]"); f.requestSubmit(); f.requestSubmit() })()`)
	}
	one.thanked()
	two.arrive("/orders/", ".order, .outcome__card")
	o.took(t, map[string]int{reference: 1})
}

// fieldsPolicy: the page with the fields lets in the provider, and no other page does; neither it nor its address gets anywhere.
func fieldsPolicy(t *testing.T, o *furnished) {
	_, pay := o.openFields(t)
	answer := o.get(t, pay)
	policy := answer.header.Get("Content-Security-Policy")
	for _, rule := range []string{"script-src 'self' " + o.sandbox + "/fields.js;", "connect-src 'self';", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, rule) {
			t.Errorf("the fields' page has no %q in %s", rule, policy)
		}
	}
	if !strings.HasSuffix(policy, "; frame-src "+o.sandbox) || strings.Contains(policy, "unsafe") {
		t.Errorf("the fields' page is let show %s", policy)
	}
	if cache, referrer := answer.header.Get("Cache-Control"), answer.header.Get("Referrer-Policy"); !strings.Contains(cache, "no-store") || referrer != "strict-origin" {
		t.Errorf("the fields' page is kept by %q and told of by %q", cache, referrer)
	}
	doc := answer.doc(t)
	if inline := doc.Find("script:not([src])").Length(); inline > 0 {
		t.Errorf("the fields' page has %d scripts in it", inline)
	}
	for _, path := range []string{"/", "/cart", strings.TrimSuffix(pay, "/pay"), pay + "/nothing", "/checkout/review", "/products/felt-slippers"} {
		other := o.get(t, path)
		policy := other.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "frame-src") || !strings.Contains(policy, "connect-src 'self';") {
			t.Errorf("%s (%d) lets in others: %s", path, other.status, policy)
		}
	}
	html, _ := weigh(t, o, plain, pay)
	script, _ := weigh(t, o, plain, doc.Find("script[src*='fields.']").AttrOr("src", ""))
	t.Logf("the fields' page: %d bytes of HTML, %d of script besides that of all pages", html, script)
	if html > 6*kilobyte || script > 2*kilobyte {
		t.Errorf("the fields' page weighs %d bytes, its script %d", html, script)
	}
}

// openFields is a shopper without a browser who says that script runs, at the fields' page.
func (o *furnished) openFields(t *testing.T) (*shopper, string) {
	t.Helper()
	s := newShopper(t)
	s.fillCart(o.url)
	s.goTo("/checkout")
	s.submit("form[action='/checkout/contact']", map[string]string{
		"email": "ada@example.com", "name": "Ada O’Brien", "line1": "1 Harbour Street", "city": "Portland", "postcode": "97201", "country": "US", "region": "OR",
	})
	s.submit("form[action='/checkout/delivery']", nil)
	s.submit("form[action='/checkout/payment']", map[string]string{"method": "hosted"})
	s.submit("form[action='/checkout/review']", map[string]string{"in_fields": "1"})
	if !strings.HasSuffix(s.at.Path, "/pay") {
		t.Fatalf("not at the fields but at %s (%d): %s", s.at, s.status, s.text())
	}
	return s, s.at.Path
}

// payUnseen sends a card to the provider as its frame does.
func (o *furnished) payUnseen(t *testing.T, s *shopper) {
	t.Helper()
	form := s.page.Find("[data-fields]")
	secret := form.AttrOr("data-secret", "")
	id, _, _ := strings.Cut(secret, "_secret_")
	answer, err := http.PostForm(o.sandbox+"/fields/"+id, url.Values{"key": {form.AttrOr("data-key", "")}, "client_secret": {secret}, "card": {"visa"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("pay: %s", answer.Status)
	}
}

// fieldsByMessage is a shopper who paid and was seen no more.
func fieldsByMessage(t *testing.T, o *furnished) {
	s, pay := o.openFields(t)
	number := s.page.Find(".option-list dd").First().Text()
	o.payUnseen(t, s)
	eventually(t, "the order is paid by the message alone", func() bool {
		return len(o.column(t, "select number from orders where number = $1 and payment_state = 'paid'", number)) == 1
	})
	s.goTo(pay)
	s.expect("Paid")
	o.took(t, map[string]int{o.payments(t, number)[0]: 1})
}

// fieldsByReturn is a shopper of whom no message comes.
func fieldsByReturn(t *testing.T, o *furnished) {
	o.script(t, `{"webhook": {"drop": true}}`)
	defer o.script(t, "")
	s, pay := o.openFields(t)
	number := s.page.Find(".option-list dd").First().Text()
	o.payUnseen(t, s)
	s.goTo(strings.TrimSuffix(pay, "pay") + "return")
	s.expect("Paid")
	o.took(t, map[string]int{o.payments(t, number)[0]: 1})
}

// noCards looks for what was typed, and for what opens a payment in a browser, in all that the shop wrote.
func noCards(t *testing.T, o *furnished) {
	var written strings.Builder
	for name, p := range o.processes {
		if name != "sandbox" {
			fmt.Fprintln(&written, p.output.String())
		}
	}
	dump, err := exec.Command("pg_dump", "--data-only", o.databaseURL()).CombinedOutput()
	if err != nil {
		t.Fatalf("pg_dump: %v: %s", err, dump)
	}
	written.Write(dump)
	for _, secret := range []string{goodCard, refusedCard, challengedByIt, "_secret_"} {
		if at := strings.Index(written.String(), secret); at >= 0 {
			t.Errorf("the shop wrote %q: %s", secret, written.String()[max(at-100, 0):at+60])
		}
	}
}
