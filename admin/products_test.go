package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// The list of products says what can be sold of each, and leads to the shop only where the shop has a page.
func TestProductsList(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.perform(d.handIn(`[
		{"key": "jug", "slug": "jug", "name": "Jug", "price": "8.00", "stock": 1005},
		{"key": "gone", "slug": "gone", "name": "Gone jug", "price": "8.00", "stock": 0},
		{"key": "draft", "slug": "draft", "name": "Draft jug", "price": "8.00", "stock": 7, "state": "draft"},
		{"key": "mug", "slug": "mug", "name": "Mug", "options": [{"name": "Colour", "values": ["Moss", "Sand"]}], "variants": [
			{"sku": "M-1", "options": {"Colour": "Moss"}, "price": "5.00", "stock": 3}, {"sku": "M-2", "options": {"Colour": "Sand"}, "price": "5.00", "stock": 0}]}]`))
	d.exec("update stock_items set held = 2 where on_hand = 3")
	d.open("/products?q=jug")
	d.says("3 products")
	d.open("/products")
	d.wants(http.StatusOK, "/products")
	d.says("4 products")
	for name, want := range map[string]struct{ stock, url string }{
		"Jug":       {"1,005 in stock", "http://shop.test/products/jug"},
		"Gone jug":  {"Sold out0 in stock", "http://shop.test/products/gone"},
		"Draft jug": {"7 in stock", ""},
		"Mug":       {"1 variant sold out1 in stock", "http://shop.test/products/mug"},
	} {
		row := d.page.Find("table.list tbody tr").FilterFunction(func(_ int, row *goquery.Selection) bool {
			return row.Find("th bdi").First().Text() == name
		})
		stock := strings.Join(strings.Fields(row.Find("td.number").First().Text()), " ")
		if shop := row.Find(".list__note a").AttrOr("href", ""); row.Length() != 1 || stock != want.stock || shop != want.url {
			t.Errorf("%s: %d rows, stock %q, leads to %q; want %+v", name, row.Length(), stock, shop, want)
		}
		if own := row.Find("th > a").AttrOr("href", ""); !strings.HasPrefix(own, "/products/") {
			t.Errorf("%s leads to %q, not to its page", name, own)
		}
	}
	d.exec("update auth_staff set permissions = array_remove(permissions, 'inventory.read')")
	d.open("/products")
	if d.wants(http.StatusOK, "/products"); strings.Contains(d.text("thead"), "Stock") {
		t.Error("stock is shown to those who may not see it")
	}
}

// Every filter of the list narrows it, can be taken away, and holds for the export too.
func TestProductFilters(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.perform(d.handIn(`[
		{"key": "a", "name": "Apple jug", "brand": "Leaf", "tags": ["green"], "categories": ["Jugs"], "price": "8.00"},
		{"key": "b", "name": "Birch jug", "brand": "Bark", "categories": ["Jugs"], "price": "=1.00", "state": "draft"},
		{"key": "c", "name": "Cedar cup", "brand": "Leaf", "categories": ["Cups"], "price": "8.00", "images": ["https://pictures.example/c.jpg"]},
		{"key": "d", "name": "=Dry cup", "brand": "Leaf", "categories": ["Cups"], "price": "3.00", "state": "draft"}]`))
	d.open("/products?sort=name")
	names := func() (all []string) {
		d.page.Find("table.list tbody th bdi:first-child").Each(func(_ int, name *goquery.Selection) {
			if name.Closest(".list__note").Length() == 0 {
				all = append(all, name.Text())
			}
		})
		return all
	}
	if got := strings.Join(names(), ", "); got != "=Dry cup, Apple jug, Cedar cup" {
		t.Errorf("by name: %s", got)
	}
	category := d.page.Find("#filter-category option:contains('Cups')").AttrOr("value", "")
	for query, want := range map[string]string{
		"status=draft": "=Dry cup", "brand=Leaf&sort=name": "=Dry cup, Apple jug, Cedar cup", "tag=green": "Apple jug", "picture=none&sort=name": "=Dry cup, Apple jug",
		"category=" + category + "&status=active": "Cedar cup", "changed=1&brand=Leaf&status=draft": "=Dry cup", "q=jug": "Apple jug",
	} {
		d.open("/products?" + query)
		if got := strings.Join(names(), ", "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
		if d.page.Find(".chips a.chip").Length() == 0 {
			t.Errorf("%s: nothing says what narrows the list", query)
		}
	}
	for query, status := range map[string]int{
		"category=0191f3c2-77aa-7c11-9a51-0d8d7b9a4d11": http.StatusOK, "type=0191f3c2-77aa-7c11-9a51-0d8d7b9a4d11": http.StatusOK, "category=x": http.StatusUnprocessableEntity,
		"status=sold": http.StatusNotFound, "picture=all": http.StatusNotFound, "changed=never": http.StatusNotFound,
	} {
		d.open("/products?" + query)
		if d.status != status || d.page.Find("table.list tbody tr").Length() > 0 {
			t.Errorf("%s: %d, and %d rows that were not asked for", query, d.status, d.page.Find("table.list tbody tr").Length())
		}
		d.open("/products/bulk?" + query)
		if got := d.text("h1"); d.status == http.StatusOK && got != "Change 0 products" {
			t.Errorf("%s: %s", query, got)
		}
	}
	d.open("/products?picture=none")
	if at := d.text(".tabs [aria-current]"); at != "No picture" {
		t.Errorf("the open view is %q", at)
	}
	d.open("/products?status=draft&brand=Leaf")
	d.open(d.page.Find("a:contains('Export')[href^='/exports/new']").AttrOr("href", ""))
	d.send("form[action='/exports']", "format", "csv")
	d.makeExports()
	d.open("/exports")
	d.open(d.page.Find("#exports tbody a").AttrOr("href", ""))
	if rows := strings.Split(strings.TrimSpace(d.body), "\n"); d.status != http.StatusOK || len(rows) != 2 || !strings.HasPrefix(rows[1], "'=Dry cup,d,,Leaf,Cups,") {
		t.Errorf("%d: %s", d.status, d.body)
	}
}
