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
