package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/jackc/pgx/v5"
	"golang.org/x/net/html"
)

// shoppers is how many go through the shop at once.
const shoppers = 8

// journeys measures guests who go from home to a paid order, page by page, as a browser without script does.
func (b *bench) journeys(ctx context.Context) error {
	// Whoever takes a product from the first page of a category must find that it can be had.
	rows, err := b.shop.db.Query(ctx, `select v.id::text from product_variants v where v.product_id in (
		select first.product_id from catalog_categories c cross join lateral (
			select l.product_id from catalog_listings l where l.category_id = c.category_id
			order by l.supply desc, l.rank desc, l.create_time desc, l.product_id desc limit $1
		) first)`, cardsPerPage)
	if err != nil {
		return err
	}
	variants, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	if err := b.stockUp(ctx, variants); err != nil {
		return err
	}
	say("measuring: journeys")
	pages := 0
	client := func(int) func() error {
		return func() error {
			v, err := newVisitor(b.shop.url())
			if err != nil {
				return err
			}
			defer v.client.CloseIdleConnections()
			if err := v.shopAndPay(); err != nil {
				return fmt.Errorf("%w, at %s (%d): %.300s", err, v.at, v.status, strings.Join(strings.Fields(v.page.Text()), " "))
			}
			pages = v.pages // the same for all
			return nil
		}
	}
	if got := drive(ctx, 1, 2*time.Second, client); got.failed > 0 { // to warm up, and to see that it works
		return got.example
	}
	if err := b.shop.drained(ctx, b.Patience); err != nil {
		return err
	}
	before, err := b.shop.use(append([]string{"sandbox"}, measured...), nil)
	if err != nil {
		return err
	}
	got := drive(ctx, shoppers, b.span(), client)
	if err := b.shop.drained(ctx, b.Patience); err != nil {
		return err
	}
	after, err := b.shop.use(append([]string{"sandbox"}, measured...), nil)
	if err != nil {
		return err
	}
	if got.failed > 0 {
		return fmt.Errorf("%d of %d journeys failed: %w", got.failed, got.failed+got.ops, got.example)
	}
	used := after.since(before)
	provider := used["sandbox"]
	delete(used, "sandbox")
	const mark = 10.0
	b.report.figured(figure{
		name: "journey of a guest, home to paid", value: short(perOp(used.sum(), got.ops)) + " ms CPU", mark: short(mark) + " ms CPU",
		met: perOp(used.sum(), got.ops) <= mark,
		note: fmt.Sprintf("%d requests to the shop; %s; the provider, not counted, %s ms; %s journeys a second by %d at once, 99 %% within %v", pages,
			used.split(got.ops), short(perOp(provider, got.ops)), short(got.rate()), shoppers, got.within(99).Round(time.Millisecond)),
	})
	return nil
}

// visitor is a person with a browser that has no script.
type visitor struct {
	client *http.Client
	home   *url.URL
	at     *url.URL
	status int
	page   *goquery.Document
	pages  int // requests to the shop
}

func newVisitor(home string) (*visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	at, err := url.Parse(home)
	if err != nil {
		return nil, err
	}
	v := &visitor{home: at, at: at, page: goquery.NewDocumentFromNode(&html.Node{})}
	v.client = &http.Client{Jar: jar, Timeout: 30 * time.Second, Transport: counting{&http.Transport{DisableCompression: true}, v}}
	return v, nil
}

// counting counts requests to the shop, redirects among them.
type counting struct {
	*http.Transport
	of *visitor
}

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Port() == c.of.home.Port() {
		c.of.pages++
	}
	return c.Transport.RoundTrip(r)
}

func (v *visitor) read(answer *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	v.at, v.status = answer.Request.URL, answer.StatusCode
	if v.page, err = goquery.NewDocumentFromReader(bytes.NewReader(body)); err != nil {
		return err
	}
	if v.status >= 400 {
		return fmt.Errorf("status %d", v.status)
	}
	return nil
}

func (v *visitor) open(address string) error {
	target, err := v.at.Parse(address)
	if err != nil {
		return err
	}
	return v.read(v.client.Get(target.String()))
}

// submit sends the first form that a selector finds, as it stands but for what is typed.
func (v *visitor) submit(selector string, typed map[string]string) error {
	form := v.page.Find(selector).First()
	if form.Length() == 0 {
		return fmt.Errorf("there is no form %q", selector)
	}
	values := url.Values{}
	form.Find("input, select, textarea").Each(func(_ int, field *goquery.Selection) {
		name, kind := field.AttrOr("name", ""), field.AttrOr("type", "text")
		_, checked := field.Attr("checked")
		switch {
		case name == "" || (kind == "radio" || kind == "checkbox") && !checked:
		case goquery.NodeName(field) == "select":
			option := field.Find("option[selected]").First()
			if option.Length() == 0 {
				option = field.Find("option").First()
			}
			values.Add(name, option.AttrOr("value", option.Text()))
		default:
			values.Add(name, field.AttrOr("value", ""))
		}
	})
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
	request, err := http.NewRequest(http.MethodPost, target.String(), strings.NewReader(values.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", v.at.Scheme+"://"+v.at.Host)
	return v.read(v.client.Do(request))
}

// shopAndPay goes from home through a category and a product to a paid order.
func (v *visitor) shopAndPay() error {
	if err := v.open("/"); err != nil {
		return err
	}
	category, found := v.any("nav.menu a")
	if !found {
		return errors.New("home has no menu")
	}
	if err := v.open(category); err != nil {
		return err
	}
	product, found := v.any("main a[href^='/products/']")
	if !found {
		return errors.New("the category has no products")
	}
	for _, step := range []func() error{
		func() error { return v.open(product) },
		func() error { return v.submit("form.buy__form", map[string]string{"quantity": "1"}) },
		func() error { return v.open("/checkout") },
		func() error {
			return v.submit("form[action='/checkout/contact']", map[string]string{
				"email": "ada@example.com", "name": "Ada Lovelace", "line1": "1 Engine Street", "city": "Portland", "postcode": "97201",
				"country": "US", "region": "OR",
			})
		},
		func() error { return v.submit("form[action='/checkout/delivery']", nil) },
		func() error {
			return v.submit("form[action='/checkout/payment']", map[string]string{"method": "hosted"})
		},
		func() error { return v.submit("form[action='/checkout/review']", nil) },
		func() error { return v.submit("form", nil) }, // at the provider
	} {
		if err := step(); err != nil {
			return err
		}
	}
	if !strings.HasPrefix(v.at.Path, "/orders/") || !strings.Contains(v.page.Find("main").Text(), "Paid") {
		return errors.New("the order is not paid")
	}
	return nil
}

// any draws one of the links that a selector finds.
func (v *visitor) any(selector string) (string, bool) {
	links := v.page.Find(selector)
	if links.Length() == 0 {
		return "", false
	}
	return links.Eq(rand.N(links.Length())).Attr("href")
}
