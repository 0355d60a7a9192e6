package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	authv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/auth/v1"
)

// tabs are the views above a list, the open one in brackets.
func (d *desk) tabs() string {
	var all []string
	d.page.Find(".tabs a").Each(func(_ int, tab *goquery.Selection) {
		name := strings.TrimSpace(tab.Text())
		if _, open := tab.Attr("aria-current"); open {
			name = "[" + name + "]"
		}
		all = append(all, name)
	})
	return strings.Join(all, " ")
}

func (d *desk) wantsTabs(want string) {
	d.t.Helper()
	if got := d.tabs(); got != want {
		d.t.Fatalf("%s (%d) has the views %s, want %s", d.at, d.status, got, want)
	}
}

// What a list shows is saved under a name, found again, renamed and deleted, all by forms alone, and nobody else sees it.
func TestSavedViews(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.perform(d.handIn(`[
		{"key": "a", "name": "Apple jug", "brand": "Leaf", "price": "8.00"},
		{"key": "b", "name": "Birch jug", "brand": "Bark", "price": "1.00"},
		{"key": "c", "name": "Cedar cup", "brand": "Leaf", "price": "8.00"}]`))
	const usual = "All For sale Drafts No picture Archived"
	d.open("/products")
	d.wantsTabs("[All] For sale Drafts No picture Archived")
	if d.page.Find("form[action^='/products/views']").Length() != 0 {
		t.Error("all products can be saved as a view")
	}

	// As a form without script sends it, from a page further on.
	d.open("/products?q=jug&status=&category=&brand=Leaf&tag=&picture=&changed=&sort=name&size=25&page=")
	d.wantsTabs(usual)
	d.send("form[action='/products/views']", "name", "  ")
	if d.status != http.StatusUnprocessableEntity || d.text("form[action='/products/views'] .field__error") != "Give the view a name" {
		t.Errorf("%d: %s", d.status, d.text("form[action='/products/views']"))
	}
	d.send("form[action='/products/views']", "name", " Leafy  jugs ")
	d.wants(http.StatusOK, "/products")
	d.says("1 product")
	d.wantsTabs(usual + " [Leafy jugs]")
	if d.at.RawQuery != "brand=Leaf&q=jug&sort=name" {
		t.Errorf("the view shows %s", d.at)
	}
	d.open("/products?brand=Leaf&sort=name")
	d.wantsTabs(usual + " Leafy jugs")
	d.send("form[action='/products/views']", "name", "All of Leaf")
	d.wantsTabs(usual + " [All of Leaf] Leafy jugs")
	d.says("2 products")

	// A name that is taken comes back with what was typed; another one is kept.
	rename := "form[action^='/products/views/'][action$='/name']"
	d.send(rename, "name", "leafy jugs")
	if d.status != http.StatusConflict || !strings.Contains(d.text(rename), "You have another view called leafy jugs") || d.page.Find(rename+" [name=name]").AttrOr("value", "") != "leafy jugs" {
		t.Errorf("%d: %s", d.status, d.text(rename))
	}
	d.says("2 products")
	d.send(rename, "name", "Leaf")
	d.wantsTabs(usual + " [Leaf] Leafy jugs")
	of, form := d.form(rename)

	// A colleague has none of it, and cannot reach it.
	if _, err := d.set.Staff.CreateStaff(t.Context(), &authv1.CreateStaffRequest{Email: "bob@example.com", DisplayName: "Bob", Password: password}); err != nil {
		t.Fatal(err)
	}
	signIn := func(as string) {
		t.Helper()
		d.freshBrowser()
		d.open("/login")
		d.send("form[action='/login']", "email", as, "password", password)
	}
	signIn("bob@example.com")
	d.open("/products?brand=Leaf&sort=name")
	d.wantsTabs(usual)
	form.Set("name", "Bob's")
	if d.post(of, form); d.status != http.StatusNotFound {
		t.Errorf("a colleague renames it: %d", d.status)
	}
	d.post(strings.TrimSuffix(of, "name")+"removal", url.Values{})
	signIn(email)
	d.open("/products?brand=Leaf&sort=name")
	d.wantsTabs(usual + " [Leaf] Leafy jugs")
	d.send("form[action^='/products/views/'][action$='/removal']")
	d.wants(http.StatusOK, "/products")
	d.wantsTabs("[All] For sale Drafts No picture Archived Leafy jugs")
}
