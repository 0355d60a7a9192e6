package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// injection: what a merchant or a shopper types is text on every page, whatever it looks like.
func injection(t *testing.T, o *furnished) {
	visitor := newShopper(t)
	check := func(where string) {
		t.Helper()
		for _, live := range []string{`<script>alert`, `<img src=x`, `</title><img`, `"onerror`, `<b>bold`} {
			if strings.Contains(visitor.body, live) {
				t.Errorf("%s holds %s as markup", where, live)
			}
		}
	}
	visitor.goTo(o.url + "/products/shelf-hostile")
	check("the product")
	want := strings.Join(strings.Fields(hostile), " ")
	if got := words(visitor.page.Find("h1")); got != want {
		t.Errorf("the product is called %q, want %q", got, want)
	}
	if title := words(visitor.page.Find("title")); !strings.HasPrefix(title, want) {
		t.Errorf("the title is %q", title)
	}
	visitor.submit("form.buy__form", map[string]string{"quantity": "1"})
	check("the cart")
	if got := words(visitor.page.Find(".cart-line__name")); got != want {
		t.Errorf("the cart's line is called %q", got)
	}
	visitor.submit(`form[action$="/removal"]`, nil)
	check("the cart after a removal")
	if got := words(visitor.page.Find(".flash__text")); got != want+" was removed." {
		t.Errorf("the cart says %q", got)
	}
	visitor.submit("form.flash", nil)
	visitor.goTo("/checkout")
	visitor.submit("form[action='/checkout/contact']", map[string]string{"email": hostile, "name": hostile, "line1": `"><b>bold`, "city": hostile})
	check("a refused form")
	if kept := visitor.page.Find("input[name=name]").AttrOr("value", ""); kept != hostile {
		t.Errorf("the form kept %q", kept)
	}
	visitor.submit("form[action='/checkout/contact']", map[string]string{
		"email": "ada@example.com", "name": hostile, "line1": `"><b>bold</b>`, "city": hostile[:60], "postcode": "97201", "country": "US", "region": "OR",
	})
	check("delivery")
	visitor.submit("form[action='/checkout/delivery']", nil)
	visitor.submit("form[action='/checkout/payment']", map[string]string{"method": "on_delivery"})
	check("the review")
	visitor.submit("form[action='/checkout/review']", nil)
	if !strings.HasPrefix(visitor.at.Path, "/orders/") {
		t.Fatalf("not ordered: %s %s", visitor.at, visitor.text())
	}
	check("the order")
	visitor.goTo(shelf)
	check("the category")
	visitor.goTo("/search?q=" + url.QueryEscape(hostile))
	check("the search")
	visitor.goTo(shelf + "?brand=" + url.QueryEscape(hostile) + "&price_min=" + url.QueryEscape(hostile))
	check("the filters")

	visitor = o.clerk(t)
	visitor.goTo("/products?q=shelf-hostile")
	check("the office's products")
	visitor.goTo("/orders")
	check("the office's orders")
	visitor.follow("table.list tbody th a")
	check("the office's order")
	visitor.goTo("/orders?q=" + url.QueryEscape(hostile))
	check("the office's search")
	visitor.goTo("/login?next=" + url.QueryEscape("https://evil.example/"+hostile))
	check("the login")
}

// foreignForms: a form of another site, or of something that does not say where it comes from, changes nothing, whoever's cookies it
// brings.
func foreignForms(t *testing.T, o *furnished) {
	visitor, clerk := newShopper(t), o.clerk(t)
	visitor.fillCart(o.url)
	line := visitor.page.Find(".cart-line form[action$='/removal']").AttrOr("action", "")
	clerk.goTo(o.admin + "/orders")
	cookies := func(s *shopper, address string) string {
		at, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, cookie := range s.client.Jar.Cookies(at) {
			all = append(all, cookie.Name+"="+cookie.Value)
		}
		return strings.Join(all, "; ")
	}
	for _, form := range []struct{ address, cookies string }{
		{o.url + line, cookies(visitor, o.url)},
		{o.url + "/checkout/contact", cookies(visitor, o.url)},
		{o.url + "/checkout/review", cookies(visitor, o.url)},
		{o.admin + "/deliveries/discard", cookies(clerk, o.admin)},
		{o.admin + "/sync", cookies(clerk, o.admin)},
		{o.admin + "/logout", cookies(clerk, o.admin)},
	} {
		for name, origin := range map[string][2]string{
			"nobody":        {"X-Nothing", "1"},
			"another site":  {"Origin", "https://evil.example"},
			"another port":  {"Origin", o.sandbox},
			"a hidden one":  {"Origin", "null"},
			"another frame": {"Sec-Fetch-Site", "cross-site"},
			"a sibling":     {"Sec-Fetch-Site", "same-site"},
		} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, form.address, strings.NewReader("quantity=0"))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			request.Header.Set("Cookie", form.cookies)
			request.Header.Set(origin[0], origin[1])
			if got := exchange(t, request); got.status != http.StatusForbidden {
				t.Errorf("a form of %s to %s answers %d, want 403", name, form.address, got.status)
			}
		}
	}
	visitor.goTo("/cart")
	if visitor.page.Find(".cart-line").Length() != 1 {
		t.Error("a foreign form emptied the cart")
	}
	clerk.goTo("/orders")
	clerk.expect("Orders")
	if clerk.at.Path != "/orders" {
		t.Errorf("a foreign form signed the clerk out: %s", clerk.at)
	}
}
