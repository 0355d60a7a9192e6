package main

import (
	"net/http"
	"testing"
)

// Other prices are written with the product, by list and quantity; what is wrong stands in its cell, and a price that is removed is gone.
func TestPriceLists(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p := d.tea()
	here := d.at.Path + "/prices"
	d.open(here)
	d.says("No price lists yet")
	d.open("/prices/new")
	d.send("main form.form", "name", "", "currency_code", "EUR")
	if d.status != http.StatusUnprocessableEntity || d.text("#field-name-error") == "" {
		t.Errorf("%d: %s", d.status, d.text("main"))
	}
	d.send("main form.form", "name", "Wholesale", "customer_group", "trade", "start_time", "2026-01-01T00:00")
	d.says("The prices are saved.")
	list := d.at.Path
	d.open(here)
	d.press("add-price")
	action, values := d.form("form.editor", "prices-0-quantity", "0", "prices-0-price", "4,50")
	values.Set("prices-0-list", list[len("/prices/"):])
	values.Set("prices-0-variant", p.GetVariants()[0].GetId())
	values.Set("do", "save")
	d.post(action, values)
	d.wants(http.StatusUnprocessableEntity, here+"/contents")
	if d.text("#field-prices-0-price-error") != "Write a price such as 12.50" || d.text("#field-prices-0-quantity-error") != "Write 1 or more" {
		t.Errorf("not said in the cells: %s", d.text("main"))
	}
	d.press("save", "prices-0-quantity", "10", "prices-0-price", "4.50")
	d.wants(http.StatusOK, here)
	if n := d.number("select count(*) from product_prices where min_quantity = 10"); n != 1 {
		t.Errorf("%d prices are stored", n)
	}
	d.press("save", "prices-0-quantity", "20")
	action, values = d.form("form.editor")
	if values.Get("prices-0-quantity") != "20" || values.Has("prices-1-quantity") {
		t.Errorf("after the quantity was changed there is %v", values)
	}
	values.Set("prices-0-removed", "1")
	values.Set("do", "save")
	d.post(action, values)
	if d.page.Find("tbody tr").Length() != 0 {
		t.Errorf("a price that was removed is there: %s", d.text("tbody"))
	}
	d.open(list)
	d.send("form[action='" + list + "/removal']")
	d.says("The price list is gone.")
}
