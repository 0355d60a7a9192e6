package e2e

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// shopper is a person with a browser that has no script: a cookie jar, and pages read by their HTML.
type shopper struct {
	t      testing.TB
	client *http.Client
	page   *goquery.Document
	at     *url.URL
	status int
	body   string
	// failures are answers of 500 and above that this shopper saw.
	failures []string
}

func newShopper(t testing.TB) *shopper {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &shopper{t: t, client: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

func (s *shopper) read(answer *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	s.at, s.status, s.body = answer.Request.URL, answer.StatusCode, string(body)
	if s.status >= 500 {
		s.failures = append(s.failures, answer.Request.Method+" "+s.at.String()+": "+answer.Status)
	}
	shown := s.body
	if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
		shown = "" // a file, whatever stands in it
	}
	s.page, err = goquery.NewDocumentFromReader(strings.NewReader(shown))
	return err
}

// goTo opens an address.
func (s *shopper) goTo(address string) {
	s.t.Helper()
	if s.at != nil {
		target, err := s.at.Parse(address)
		if err != nil {
			s.t.Fatal(err)
		}
		address = target.String()
	}
	if err := s.read(s.client.Get(address)); err != nil {
		s.t.Fatalf("open %s: %v", address, err)
	}
}

// follow clicks the first link that a selector finds.
func (s *shopper) follow(selector string) {
	s.t.Helper()
	href, found := s.page.Find(selector).First().Attr("href")
	if !found {
		s.t.Fatalf("%s (%d) has no link %q:\n%s", s.at, s.status, selector, s.text())
	}
	s.goTo(href)
}

// submit fills the first form that a selector finds with what it holds and what the shopper types, and sends it by the button named,
// or by the first.
func (s *shopper) submit(selector string, typed map[string]string, button ...string) {
	s.t.Helper()
	form := s.page.Find(selector).First()
	if form.Length() == 0 {
		s.t.Fatalf("%s (%d) has no form %q:\n%s", s.at, s.status, selector, s.text())
	}
	values := fields(form)
	for name, value := range typed {
		values.Set(name, value)
	}
	pressed := form.Find("button").First()
	if len(button) > 0 {
		pressed = form.Find("button").FilterFunction(func(_ int, b *goquery.Selection) bool { return strings.Contains(b.Text(), button[0]) }).First()
		if pressed.Length() == 0 {
			s.t.Fatalf("%s has no button %q", s.at, button[0])
		}
	}
	if name, found := pressed.Attr("name"); found {
		values.Set(name, pressed.AttrOr("value", ""))
	}
	target, err := s.at.Parse(form.AttrOr("action", s.at.String()))
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, target.String(), strings.NewReader(values.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", s.at.Scheme+"://"+s.at.Host)
	if err := s.read(s.client.Do(request)); err != nil {
		s.t.Fatalf("send %s: %v", target, err)
	}
}

// fields are what a form would send untouched.
func fields(form *goquery.Selection) url.Values {
	values := url.Values{}
	form.Find("input, select, textarea").Each(func(_ int, field *goquery.Selection) {
		name := field.AttrOr("name", "")
		if name == "" {
			return
		}
		switch goquery.NodeName(field) {
		case "select":
			option := field.Find("option[selected]").First()
			if option.Length() == 0 {
				option = field.Find("option").First()
			}
			values.Add(name, option.AttrOr("value", option.Text()))
		case "textarea":
			values.Add(name, field.Text())
		default:
			kind := field.AttrOr("type", "text")
			_, checked := field.Attr("checked")
			if (kind == "radio" || kind == "checkbox") && !checked {
				return
			}
			values.Add(name, field.AttrOr("value", ""))
		}
	})
	return values
}

func (s *shopper) text() string {
	return strings.Join(strings.Fields(s.page.Find("main, body").First().Text()), " ")
}

// expect fails unless the page says something.
func (s *shopper) expect(words string) {
	s.t.Helper()
	if !strings.Contains(s.text(), words) {
		s.t.Fatalf("%s (%d) does not say %q but:\n%s", s.at, s.status, words, s.text())
	}
}

// fillCart goes from home to a cart with the first product that can be had.
func (s *shopper) fillCart(shopURL string) {
	s.t.Helper()
	s.goTo(shopURL + "/")
	s.follow("nav.menu a")
	for _, card := range s.page.Find("main a[href^='/products/']").EachIter() {
		s.goTo(card.AttrOr("href", ""))
		if s.page.Find("form.buy__form").Length() > 0 {
			s.submit("form.buy__form", map[string]string{"quantity": "1"})
			return
		}
	}
	s.t.Fatal("nothing can be bought")
}

// checkOut goes from the cart to the page where the order is paid, and returns there.
func (s *shopper) checkOut(method string) {
	s.t.Helper()
	s.goTo("/checkout")
	s.submit("form[action='/checkout/contact']", map[string]string{
		"email": "ada@example.com", "name": "Ada O’Brien", "line1": "1 Harbour Street", "city": "Portland", "postcode": "97201", "country": "US", "region": "OR",
	})
	s.submit("form[action='/checkout/delivery']", nil)
	s.submit("form[action='/checkout/payment']", map[string]string{"method": method})
	s.submit("form[action='/checkout/review']", nil)
}

// signIn returns a member of staff, signed in to one instance of the back office.
func (s *shop) signIn(office string) *shopper {
	s.t.Helper()
	staff := newShopper(s.t)
	staff.goTo(office + "/login")
	staff.submit("form[action='/login']", map[string]string{"email": staffEmail, "password": staffPassword})
	staff.expect("Overview")
	return staff
}
