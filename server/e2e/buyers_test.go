package e2e

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// buyers are shoppers who come, buy and pay, one after the other, until they are sent home.
type buyers struct {
	s       *shop
	come    func() (*buyer, error) // has the next one shop and pay
	leave   chan struct{}
	running sync.WaitGroup

	mu       sync.Mutex
	told     journal
	paid     int // orders that were shown as paid
	open     int // orders whose payment was still being looked into when the shopper left
	failures []string
	slowest  time.Duration
	cut      int // journeys that ended with a broken connection to the shop
	reloads  int // requests that patient buyers made again after a broken connection
}

// invite lets some buyers in.
func (s *shop) invite(t *testing.T, n int) *buyers {
	t.Helper()
	return s.welcome(t, n, func() (*buyer, error) {
		v := newBuyer(s)
		return v, v.shopAndPay()
	})
}

// welcome lets some buyers of whatever kind in.
func (s *shop) welcome(t *testing.T, n int, come func() (*buyer, error)) *buyers {
	t.Helper()
	b := &buyers{s: s, come: come, leave: make(chan struct{})}
	for range n {
		b.running.Go(func() {
			for {
				select {
				case <-b.leave:
					return
				default:
					if !b.send() {
						<-time.After(100 * time.Millisecond) // nobody opens the door
					}
				}
			}
		})
	}
	t.Cleanup(b.sendHome) // also when the test gives up
	return b
}

// sendHome waits until everyone has finished what they began.
func (b *buyers) sendHome() {
	b.mu.Lock()
	select {
	case <-b.leave:
	default:
		close(b.leave)
	}
	b.mu.Unlock()
	b.running.Wait()
}

func (b *buyers) done() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.paid + b.open
}

// more waits until so many further orders were placed.
func (b *buyers) more(t *testing.T, n int) {
	t.Helper()
	goal := b.done() + n
	await(t, fmt.Sprintf("%d more orders", n), func() bool { return b.done() >= goal || b.failed() > 20 })
}

func (b *buyers) failed() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.failures)
}

// await asks until something is so. It is patient: test machines are busy, and some pauses of the shop are long.
func await(t testing.TB, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(4 * patience); !so(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for: %s", what)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// errShop is an answer that no shopper should get.
var errShop = errors.New("the shop failed")

// send lets one new shopper through the shop. It is false when the shop could not be reached.
func (b *buyers) send() bool {
	v, err := b.come()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slowest, b.reloads = max(b.slowest, v.slowest), b.reloads+v.reloads
	switch {
	case errors.Is(err, errShop):
		b.failures = append(b.failures, fmt.Sprintf("%v, after %v", err, v.slowest))
	case broken(err):
		b.cut++
	case err != nil:
		b.failures = append(b.failures, fmt.Sprintf("%v, at %s (%d): %.300s", err, v.at, v.status, v.text()))
	case v.paid:
		b.paid++
	default:
		b.open++
	}
	if v.number != "" {
		b.told.add(v.number, v.total)
	}
	return !broken(err)
}

// journal is the orders that shoppers were told of, which the shop does not write.
type journal struct{ lines []byte }

func (j *journal) add(number string, totalMinor int64) {
	j.lines = fmt.Appendf(j.lines, "{\"number\": %q, \"total_minor\": %d}\n", number, totalMinor)
}

// file writes the journal to where the checker can read it.
func (j *journal) file(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	if err := os.WriteFile(path, j.lines, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// buyer is a shopper whose failures are errors, since many of them run at once.
type buyer struct {
	*shopper
	s       *shop
	slowest time.Duration
	// patient buyers load again what a broken connection kept from them, and forgiving ones also what the shop could not show them.
	patient, forgiving bool
	reloads            int

	number string // of the order, once a page has said it
	total  int64
	paid   bool
}

func newBuyer(s *shop) *buyer {
	jar, _ := cookiejar.New(nil) // never fails
	// Each has connections of their own, as people do.
	client := &http.Client{
		Jar: jar, Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // each step on the way may have to be repeated
	}
	return &buyer{shopper: &shopper{t: s.t, client: client}, s: s}
}

func (v *buyer) inShop() bool { return strings.HasPrefix(v.at.String(), v.s.url) }

func (v *buyer) open(address string) error {
	if v.at != nil {
		target, err := v.at.Parse(address)
		if err != nil {
			return err
		}
		address = target.String()
	}
	return v.fetch(http.MethodGet, address, nil)
}

func (v *buyer) send(selector string, typed map[string]string) error {
	form := v.page.Find(selector).First()
	if form.Length() == 0 {
		return fmt.Errorf("there is no form %q", selector)
	}
	values := fields(form)
	if button := form.Find("button").First(); button.AttrOr("name", "") != "" {
		values.Set(button.AttrOr("name", ""), button.AttrOr("value", ""))
	}
	for name, value := range typed {
		values.Set(name, value)
	}
	target, err := v.at.Parse(form.AttrOr("action", v.at.String()))
	if err != nil {
		return err
	}
	return v.fetch(http.MethodPost, target.String(), values)
}

// fetch goes where a link or a form leads, and from there on as a browser does.
func (v *buyer) fetch(method, address string, form url.Values) error {
	since := time.Now()
	if strings.HasPrefix(address, v.s.url) {
		defer func() { v.slowest = max(v.slowest, time.Since(since)) }()
	}
	for range 10 {
		leadsTo, err := v.request(method, address, form)
		for reload := 0; (v.patient && broken(err) || v.forgiving && errors.Is(err, errShop)) && reload < 300; reload++ {
			v.reloads++
			<-time.After(patience / 300)
			leadsTo, err = v.request(method, address, form)
		}
		if err != nil || leadsTo == "" {
			return err
		}
		method, address, form = http.MethodGet, leadsTo, nil
	}
	return fmt.Errorf("%s leads in circles", address)
}

// request reads one answer, and says where it leads.
func (v *buyer) request(method, address string, form url.Values) (leadsTo string, err error) {
	request, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", request.URL.Scheme+"://"+request.URL.Host)
	}
	answer, err := v.client.Do(request)
	if err := v.read(answer, err); err != nil {
		return "", err
	}
	if v.status >= 500 && v.inShop() {
		return "", fmt.Errorf("%w: %s answers %d", errShop, v.at, v.status)
	}
	if found := numberShown.FindString(v.text()); found != "" && strings.HasPrefix(v.at.Path, "/orders/") {
		v.number = found
	}
	if location := answer.Header.Get("Location"); location != "" {
		target, err := v.at.Parse(location)
		if err != nil {
			return "", err
		}
		return target.String(), nil
	}
	return "", nil
}

// broken says whether a connection was: before the answer or in the middle of it.
func broken(err error) bool {
	var cut *url.Error
	return errors.As(err, &cut) || errors.Is(err, io.ErrUnexpectedEOF)
}

var numberShown = regexp.MustCompile(`TW-\d+`)

// any draws one of the links that a selector finds.
func (v *buyer) any(selector string) (string, error) {
	links := v.page.Find(selector)
	if links.Length() == 0 {
		return "", fmt.Errorf("there is no link %q", selector)
	}
	return links.Eq(rand.N(links.Length())).AttrOr("href", ""), nil
}

// shopAndPay goes from home to an order, paid or being looked into.
func (v *buyer) shopAndPay() error {
	if err := v.open(v.s.url + "/"); err != nil {
		return err
	}
	if err := v.open("/search?q=" + searched[rand.N(len(searched))]); err != nil { // what is counted for it is kept in the cache
		return err
	}
	for v.page.Find("form.buy__form").Length() == 0 { // some products are sold out
		for _, selector := range []string{"nav.menu a", "main a[href^='/products/']"} {
			link, err := v.any(selector)
			if err != nil {
				return err
			}
			if err := v.open(link); err != nil {
				return err
			}
		}
	}
	for _, step := range []func() error{
		func() error { return v.send("form.buy__form", map[string]string{"quantity": "1"}) },
		func() error { return v.open("/checkout") },
		func() error {
			return v.send("form[action='/checkout/contact']", map[string]string{
				"email": "ada@example.com", "name": "Ada O’Brien", "line1": "1 Harbour Street", "city": "Portland", "postcode": "97201",
				"country": "US", "region": "OR",
			})
		},
		v.deliver,
		func() error { return v.send("form[action='/checkout/payment']", map[string]string{"method": "hosted"}) },
		func() error {
			_, err := fmt.Sscan(v.page.Find("input[name='expected_total']").AttrOr("value", ""), &v.total)
			if err != nil {
				return fmt.Errorf("the review says no total: %w", err)
			}
			return v.send("form[action='/checkout/review']", nil)
		},
		v.pay,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	v.paid = strings.Contains(v.text(), "Paid")
	if v.number == "" {
		return errors.New("no page said the order's number")
	}
	return nil
}

// deliver takes the delivery that is chosen beforehand, unless nothing is delivered, as with a gift card.
func (v *buyer) deliver() error {
	if v.page.Find("form[action='/checkout/payment']").Length() > 0 {
		return nil
	}
	return v.send("form[action='/checkout/delivery']", nil)
}

var searched = []string{"jar", "lamp", "mug", "cork", "linen", "oak"}

// pay pays at the provider. When the provider does not answer, the shopper goes back to the shop and looks again.
func (v *buyer) pay() error {
	for try := 0; try < 3 && v.inShop(); try++ { // the provider was not reached: the order says so, and how to go on
		switch again := v.page.Find("form[action$='/payment']"); {
		case again.Length() > 0:
			if err := v.send("form[action$='/payment']", nil); err != nil {
				return err
			}
		default:
			if err := v.open(v.at.Path); err != nil {
				return err
			}
		}
	}
	if v.inShop() {
		return nil // it is still being looked into
	}
	page := v.at.String()
	if err := v.send("form", map[string]string{"action": "pay"}); err == nil && v.inShop() {
		return nil
	}
	// The provider broke the connection. Its page now says how things stand, and leads back.
	if err := v.open(page); err != nil {
		return fmt.Errorf("open the provider's page again: %w", err)
	}
	back, found := v.page.Find("a[href^='" + v.s.url + "/orders/']").Attr("href")
	if !found {
		return errors.New("the provider's page does not lead back")
	}
	return v.open(back)
}
