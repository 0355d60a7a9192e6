package main

import (
	"net/http"
	"strings"
	"testing"
)

// A zone is written as places, one a line, and its ways to deliver as tables of prices; what is wrong is said where it stands.
func TestShipping(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/shipping")
	d.says("Everywhere else")
	d.open("/shipping/zones/new")
	d.press("save", "name", "Islands")
	d.wants(http.StatusUnprocessableEntity, "/shipping/zones/new/contents")
	d.press("save", "areas", "US-HI\nUS-Atlantis\nCA")
	if got := d.text("#field-areas-error"); !strings.Contains(got, "“US-Atlantis”: “Atlantis” is no region of United States") {
		t.Errorf("says %q", got)
	}
	d.press("save", "areas", "US-HI\nCA")
	if got := d.text("#field-areas-error"); !strings.Contains(got, "“CA”: another zone has this place already") {
		t.Errorf("says %q", got)
	}
	d.press("save", "areas", "US-HI\nUS 99500..99999")
	d.says("The zone is saved.")
	zone := d.at.Path
	d.says("No ways to deliver yet")
	d.open(zone + "/new-method")
	d.press("save", "name", "Air mail", "code", "Air mail", "min_days", "2", "max_days", "1", "prices-0-price_minor", "12,5")
	d.wants(http.StatusUnprocessableEntity, zone+"/new-method/contents")
	d.press("save", "prices-0-price_minor", "12.50", "prices-0-most_grams", "5000", "prices-1-least_goods_minor", "100", "prices-1-price_minor", "0")
	if d.text("#field-code-error") == "" || d.text("#field-max_days-error") == "" {
		t.Errorf("not said at the fields: %s", d.text("main"))
	}
	d.press("save", "code", "air", "max_days", "4", "prices-1-currency_code", "USX")
	if d.text("#field-prices-1-price_minor-error")+d.text("#field-prices-1-currency_code-error") == "" {
		t.Errorf("a currency that is none: %s", d.text("main"))
	}
	d.press("save", "prices-1-currency_code", "USD")
	d.wants(http.StatusOK, zone)
	d.says("$0.00 to $12.50")
	d.open("/shipping/try?country=US&region=HI&goods=40&grams=500")
	d.says("Air mailtakenair2 to 4$12.50$60.00")
	d.open(zone + "/new-method")
	d.press("save", "name", "Our shop", "code", "shop", "max_days", "0", "min_days", "0", "prices-0-price_minor", "0", "pickup_address.line1", "1 Main St")
	d.wants(http.StatusUnprocessableEntity, zone+"/new-method/contents")
	d.press("save", "pickup_address.full_name", "Tradewind", "pickup_address.city", "Honolulu", "pickup_address.region", "HI", "pickup_address.country_code", "US", "pickup_hours", "Mon to Fri, 9 to 17")
	d.says("fetched in Honolulu")
	d.press("save", "methods-0-active", "no")
	d.open("/shipping/try?country=US&region=HI&goods=40")
	d.says("fetched at Tradewind, Honolulu")
	if strings.Contains(d.text("table"), "Air mail") {
		t.Errorf("what is off is offered: %s", d.text("table"))
	}
	d.open(zone + "/methods/air")
	d.exec("update shipping_zones set version = version + 1")
	d.press("save", "name", "By air")
	d.wants(http.StatusConflict, zone+"/methods/air/contents")
	d.press("save")
	d.says("By air")
	d.exec("update auth_staff set permissions = array_remove(permissions, 'settings.write')")
	for _, page := range []string{zone, zone + "/methods/air"} {
		d.open(page)
		d.says("By air")
		if d.page.Find("main form, main button, main input").Length() != 0 {
			t.Errorf("a reader finds controls on %s", page)
		}
	}
	d.exec("update auth_staff set permissions = array_append(permissions, 'settings.write')")
	d.open(zone)
	d.send("form[action='" + zone + "/removal']")
	d.wants(http.StatusOK, "/shipping")
	d.says("The zone is gone.")
	d.open(zone)
	d.wants(http.StatusNotFound, zone)
}

// What a currency is worth is written by hand or handed in as a file, day by day.
func TestCurrencies(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/currencies")
	d.says("US Dollarthe shop’s own")
	d.open("/currencies/JPY")
	d.says("No rate yet")
	d.press("save", "rate", "a lot")
	d.wants(http.StatusUnprocessableEntity, "/currencies/JPY")
	if d.text("#field-rate-error") == "" {
		t.Errorf("the rate is taken: %s", d.text("main"))
	}
	d.press("save", "rate", "150.25", "valid_from", "2026-01-01")
	d.says("The rates are saved.")
	d.handFile("/currencies/file", "file", "rates.csv", []byte("currency,valid_from,rate\nJPY,2026-02-01,151\nUSD,2026-02-01,1\n"))
	d.wants(http.StatusUnprocessableEntity, "/currencies/file")
	if got := d.text("tbody"); !strings.Contains(got, "3currencyUSDIs the shop’s own") {
		t.Errorf("says %q", got)
	}
	d.handFile("/currencies/file", "file", "rates.csv", []byte("currency,valid_from,rate\nJPY,2026-02-01,151\neur,2026-02-01,0.9\n"))
	d.wants(http.StatusOK, "/currencies")
	d.says("Rates stored: 2.")
	d.says("YenJPY1512026-02-01¥1¥1")
	d.open("/currencies/JPY")
	action, values := d.form("form.editor")
	values.Set("rates-0-removed", "1")
	values.Set("do", "save")
	d.post(action, values)
	d.open("/currencies")
	d.says("YenJPY150.252026-01-01")
	d.open("/currencies/nothing")
	d.wants(http.StatusNotFound, "/currencies/nothing")
}
