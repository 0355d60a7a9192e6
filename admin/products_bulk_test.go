package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Many products are changed in two steps: what would become of them is shown first, and what is sent twice is done once.
func TestBulkChange(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.perform(d.handIn(`[
		{"key": "a", "name": "Apple jug", "price": "20.00", "tags": ["old"]},
		{"key": "b", "name": "Birch jug", "price": "9.50"},
		{"key": "c", "name": "Cedar cup", "price": "8.00", "state": "draft"}]`))
	d.open("/products?q=jug")
	if d.page.Find("input[name=id][form=bulk]").Length() != 2 {
		t.Fatal("there is nothing to tick")
	}
	ids := url.Values{}
	for _, row := range d.page.Find("input[name=id]").EachIter() {
		ids.Add("id", row.AttrOr("value", ""))
	}
	d.post("/products/bulk", ids)
	d.wants(http.StatusOK, "/products/bulk")
	d.says("Change 2 products")
	send := func(do string, typed ...string) (string, url.Values) {
		action, values := d.form("main form", typed...)
		values.Set("do", do)
		d.post(action, values)
		return action, values
	}
	send("preview")
	d.wants(http.StatusUnprocessableEntity, "/products/bulk/changes")
	d.says("Say what to change.")
	send("preview", "percent", "a lot")
	d.says("Write a percentage such as -15 or 7.5")
	send("preview", "percent", "-15", "round_to", "1", "less", "0.01", "add_tags", "sale", "remove_tags", "old", "tax_class", "reduced")
	d.wants(http.StatusOK, "/products/bulk/changes")
	d.says("2 products change, 0 stay as they are, 0 cannot be changed.")
	d.says("20.00 USDBecame 16.99 USD")
	if n := d.number("select count(*) from product_variants where price_minor = 1699"); n != 0 {
		t.Error("it was done before anybody said so")
	}
	send("apply", "percent", "-50") // other than what was looked at
	d.says("20.00 USDBecame 9.99 USD")
	send("preview", "percent", "-15")
	action, values := send("apply")
	d.wants(http.StatusOK, "/products")
	d.says("Products changed: 2.")
	d.post(action, values) // as by loading the answer again
	d.says("Products changed: 2.")
	d.freshBrowser() // of which no cookie tells what was done
	d.open("/login")
	d.send("form[action='/login']", "email", email, "password", password)
	d.post(action, values)
	d.wants(http.StatusOK, "/products")
	if n := d.number("select count(*) from products where tax_class = 'reduced'"); n != 2 {
		t.Errorf("%d products are taxed as chosen, want 2", n)
	}
	if n := d.number("select count(*) from product_variants where price_minor in (1699, 799)"); n != 2 {
		t.Errorf("%d prices are as they were shown", n)
	}

	d.open("/products?status=draft")
	link := d.page.Find(".bulk a")
	if !strings.Contains(link.Text(), "Change all 1 product") {
		t.Errorf("the way to all is called %q", link.Text())
	}
	d.open(link.AttrOr("href", ""))
	send("preview", "state", "active")
	d.says("1 product changes")
	send("apply")
	if n := d.number("select count(*) from products where state = 'active'"); n != 3 {
		t.Errorf("%d products are for sale", n)
	}
	d.post("/products/bulk", url.Values{})
	d.says("No product was ticked.")
}

// Several products are written in one table: what is right is saved, what is wrong stays with its reason in the cell.
func TestProductTable(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.perform(d.handIn(`[
		{"key": "jug", "name": "Jug", "price": "20.00"},
		{"key": "mug", "name": "Mug", "options": [{"name": "Colour", "values": ["Moss", "Sand"]}], "variants": [
			{"sku": "M-1", "options": {"Colour": "Moss"}, "price": "5.00"}, {"sku": "M-2", "options": {"Colour": "Sand"}, "price": "5.00"}]}]`))
	d.open("/products?sort=name")
	ids := url.Values{}
	for _, row := range d.page.Find("input[name=id]").EachIter() {
		ids.Add("id", row.AttrOr("value", ""))
	}
	d.post("/products/table", ids)
	d.wants(http.StatusOK, "/products/table")
	d.press("save", "rows-0-name", "Large jug", "rows-0-state", "draft", "rows-1-price", "6.00", "rows-2-sku", "M-1")
	d.wants(http.StatusUnprocessableEntity, "/products/table/contents")
	d.says("All other products are saved.")
	if d.number("select count(*) from products where name = 'Large jug' and state = 'draft'") != 1 || d.number("select count(*) from product_variants where price_minor = 600") != 0 {
		t.Errorf("not what was right was saved: %s", d.text("main"))
	}
	if text := d.text("#field-rows-1-sku-error"); !strings.Contains(text, "a SKU names one variant") || d.page.Find("tbody tr").Length() != 2 {
		t.Errorf("the cell says %q", text)
	}
	d.exec("update products set version = version + 1 where name = 'Mug'")
	d.press("save", "rows-1-sku", "M-3")
	d.says("Somebody changed this product meanwhile: it is now Mug, For sale, M-1, 5.00")
	d.press("save")
	d.wants(http.StatusOK, "/products")
	d.says("Products changed: 1.")
	if d.number("select count(*) from product_variants where sku = 'M-3'") != 1 || d.number("select count(*) from product_variants where price_minor = 600") != 1 {
		t.Error("the second time saved nothing")
	}
}
