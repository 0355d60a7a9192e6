package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// A collection is kept by hand, its products in an order that buttons change, or by a rule that is tried before it is saved.
func TestCollections(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.perform(d.handIn(`[
		{"key": "a", "name": "Apple jug", "categories": ["Jugs"], "price": "20.00", "tags": ["sale"]},
		{"key": "b", "name": "Birch jug", "categories": ["Jugs"], "price": "9.50"},
		{"key": "c", "name": "Cedar cup", "categories": ["Cups"], "price": "8.00", "tags": ["sale"]}]`))
	d.open("/collections/new")
	d.press("save", "name", "")
	d.wants(http.StatusUnprocessableEntity, "/collections/new/contents")
	if d.text("#field-name-error") == "" {
		t.Errorf("nothing is said beside the name: %s", d.text("main"))
	}
	d.press("save", "name", "Winter")
	d.says("The collection is saved.")
	here := d.at.Path
	change := func(do string, typed ...string) {
		action, values := d.form("#products form", typed...)
		values.Set("do", do)
		d.post(action, values)
	}
	for _, name := range []string{"Apple", "Birch", "Cedar"} {
		change("add", "find_related", name)
		d.wants(http.StatusOK, here)
	}
	names := func() (all []string) {
		d.page.Find("#products tbody th").Each(func(_ int, name *goquery.Selection) { all = append(all, name.Text()) })
		return all
	}
	if got := strings.Join(names(), ", "); got != "Apple jug, Birch jug, Cedar cup" {
		t.Fatalf("the collection holds %s", got)
	}
	button := func(row int, label string) string {
		return d.page.Find("#products tbody tr").Eq(row).Find("button:contains('"+label+"')").AttrOr("value", "")
	}
	change(button(0, "Later"))
	change(button(2, "Earlier"))
	change(button(1, "Remove"))
	if got := strings.Join(names(), ", "); got != "Birch jug, Apple jug" {
		t.Errorf("after moving and removing it holds %s", got)
	}
	change("add", "find_related", "nothing is called so")
	d.wants(http.StatusUnprocessableEntity, here+"/products")

	d.open(here)
	d.press("add-condition")
	action, values := d.form("form.editor")
	set := func(do string, pairs ...string) {
		for i := 0; i+1 < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		values.Set("do", do)
		d.post(action, values)
	}
	set("preview", "how", "rule", "conditions-0-field", "category", "conditions-0-operator", "is", "conditions-0-values", "No such thing")
	d.wants(http.StatusUnprocessableEntity, here+"/contents")
	d.says("There is no category No such thing")
	set("preview", "conditions-0-values", "jugs")
	d.says("2 products meet it")
	d.says("Products whose category is jugs.")
	set("add-condition")
	action, values = d.form("form.editor")
	set("preview", "conditions-1-field", "price", "conditions-1-operator", "at_least", "conditions-1-values", "10.00")
	d.says("1 product meets it")
	set("save")
	d.says("The collection is saved.")
	if d.number("select count(*) from product_collections where rule is not null") != 1 {
		t.Error("the rule is not stored")
	}
	if got := d.page.Find("#field-conditions-1-values").Text(); got != "10.00" {
		t.Errorf("the price of the rule is shown as %q", got)
	}
	if got := d.page.Find("a:contains('View in shop')").AttrOr("href", ""); got != "http://shop.test/collections/winter" {
		t.Errorf("in the shop it is at %q", got)
	}
	if d.page.Find("#products button").Length() != 0 {
		t.Error("products of a rule can be moved by hand")
	}
	stale := url.Values{}
	for name, all := range values {
		stale[name] = all
	}
	d.post(action, stale)
	d.wants(http.StatusConflict, here+"/contents")
	d.exec("update auth_staff set permissions = array_remove(permissions, 'products.write')")
	d.open(here)
	if d.page.Find("main form, main button").Length() != 0 {
		t.Error("a reader finds controls")
	}
	d.says("Products whose category is Jugs, and whose price is at least 10.00.")
}

// A rule asks what is in stock in words, is tried before it is saved, and reads as it was written; a row of the home page is a number.
func TestStockCollection(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.perform(d.handIn(`[{"key": "a", "name": "Apple jug", "price": "20.00"}, {"key": "b", "name": "Birch jug", "price": "9.50", "stock": 0}]`))
	for more := true; more; {
		answer, err := d.set.Collections.LearnVariantStock(t.Context(), &productv1.LearnVariantStockRequest{})
		if err != nil {
			t.Fatal(err)
		}
		more = answer.GetMore()
	}
	d.open("/collections/new")
	d.press("add-condition", "name", "Here now")
	action, values := d.form("form.editor")
	set := func(do string, pairs ...string) {
		for i := 0; i+1 < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		values.Set("do", do)
		d.post(action, values)
	}
	set("preview", "conditions-0-field", "availability", "conditions-0-operator", "is", "conditions-0-values", "plenty")
	d.wants(http.StatusUnprocessableEntity, "/collections/new/contents")
	set("preview", "conditions-0-values", "In stock")
	d.says("1 product meets it")
	set("preview", "conditions-0-field", "units", "conditions-0-operator", "at_most", "conditions-0-values", "0")
	d.says("1 product meets it")
	set("save", "conditions-0-field", "availability", "conditions-0-operator", "is", "conditions-0-values", "In stock", "home_position", "top")
	d.wants(http.StatusUnprocessableEntity, "/collections/new/contents")
	if d.text("#field-home_position-error") == "" {
		t.Error("nothing is said beside the row on the home page")
	}
	set("save", "home_position", "2")
	d.says("The collection is saved.")
	d.says("Products whose availability is in stock.")
	if got := d.page.Find("#field-home_position").AttrOr("value", ""); got != "2" {
		t.Errorf("the row on the home page is shown as %q", got)
	}
}
