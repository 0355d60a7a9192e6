package main

import (
	"net/http"
	"strings"
	"testing"
)

// A country's taxes are written as a table; what is wrong stands in its cell, and carts are priced by what is saved.
func TestTaxes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/taxes")
	d.says("California, United States")
	d.says("VAT 19 %")
	d.open("/taxes/new")
	d.press("save", "name", "VAT", "taxes-0-name", "VAT 24 %", "taxes-0-rate", "24;5")
	d.wants(http.StatusUnprocessableEntity, "/taxes/new/contents")
	if d.text("#field-taxes-0-rate-error") != "Write the rate as a percentage such as 19 or 8.875" || d.text("#field-country_code-error") == "" {
		t.Errorf("not said in the cells: %s", d.text("main"))
	}
	d.press("save", "country_code", "IS", "region", "North", "taxes-0-rate", "24,0")
	if d.status != http.StatusUnprocessableEntity || d.text("#field-region-error") == "" {
		t.Errorf("%d: %s", d.status, d.text("main"))
	}
	d.press("add", "region", "")
	d.press("save", "taxes-1-tax_class", "reduced", "taxes-1-name", "VAT 11 %", "taxes-1-rate", "11", "taxes-1-valid_from", "yesterday")
	if d.text("#field-taxes-1-valid_from-error") == "" {
		t.Errorf("the day is taken: %s", d.text("main"))
	}
	d.press("save", "taxes-1-valid_from", "2015-01-01")
	d.wants(http.StatusOK, "/taxes/zones/IS")
	d.says("The taxes are saved.")
	d.exec("update tax_zones set version = version + 1 where country_code = 'IS'")
	d.press("save", "taxes-0-rate", "25")
	d.wants(http.StatusConflict, "/taxes/zones/IS/contents")
	d.says("They are now VAT 24 % at 24 %, VAT 11 % at 11 %.")
	d.press("save")
	d.says("The taxes are saved.")
	if n := d.number("select rate from taxes where country_code = 'IS' and class = ''"); n != 250_000 {
		t.Errorf("the rate is %d", n)
	}
	d.exec("update auth_staff set permissions = array_remove(permissions, 'settings.write')")
	d.open("/taxes/zones/IS")
	d.says("VAT 11 %")
	if d.page.Find("main form, main button, main input").Length() != 0 {
		t.Error("a reader finds controls")
	}
	d.open("/taxes/new")
	d.wants(http.StatusForbidden, "/taxes/new")
	d.exec("update auth_staff set permissions = array_append(permissions, 'settings.write')")
	d.open("/taxes/zones/IS")
	d.send("form[action='/taxes/zones/IS/removal']")
	d.wants(http.StatusOK, "/taxes")
	if strings.Contains(d.text("table"), "Iceland") {
		t.Error("Iceland is still there")
	}
	d.open("/taxes/zones/IS")
	d.wants(http.StatusNotFound, "/taxes/zones/IS")
}

// Classes that taxes are for stay; the shop's own number is checked; a basket at an address shows what both do.
func TestTaxClassesAndShop(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/taxes/classes")
	d.press("add")
	d.press("save", "classes-3-code", "Books!", "classes-3-name", "Books")
	if d.text("#field-classes-3-code-error") == "" {
		t.Errorf("the code is taken: %s", d.text("main"))
	}
	d.press("save", "classes-3-code", "books", "classes-0-name", "Most goods")
	d.says("The classes are saved.")
	if d.page.Find("#field-classes-1-code").Length() != 0 {
		t.Error("the code of a stored class can be changed")
	}
	d.open("/taxes/zones/DE")
	d.press("add")
	d.press("save", "taxes-1-tax_class", "books", "taxes-1-name", "VAT 7 %", "taxes-1-rate", "7")
	d.says("The taxes are saved.")
	d.open("/taxes/classes")
	action, values := d.form("form.editor")
	values.Set("classes-1-removed", "1")
	values.Set("do", "save")
	d.post(action, values)
	d.wants(http.StatusUnprocessableEntity, "/taxes/classes/contents")
	d.says("has taxes of its own")
	d.open("/taxes/shop")
	d.send("main form.form", "country_code", "DE", "vat_number", "DE136695977")
	if d.status != http.StatusUnprocessableEntity || !strings.Contains(d.text("#field-vat_number-error"), "a digit is wrong") {
		t.Errorf("%d: %s", d.status, d.text("main"))
	}
	d.send("main form.form", "vat_number", "136695976", "exempt_groups", "embassies\n trade ")
	d.says("The settings are saved.")
	if n := d.number("select cardinality(exempt_groups) from tax_settings where vat_number = 'DE136695976'"); n != 2 {
		t.Errorf("%d groups", n)
	}
	d.open("/shipping/try")
	d.open("/shipping/try?country=DE&goods=107&class=books")
	d.says("VAT 7 % within the prices$7.98") // 7/107 of the goods and of $14.95 for delivery, which shares their tax
	d.open("/shipping/try?country=FR&goods=120&vat=FR40303265045")
	d.says("The buyer owes the tax: reverse charge.")
	d.open("/shipping/try?country=AQ&goods=120")
	d.says("We do not deliver to this country.")
	d.open("/shipping/try?country=&goods=much")
	if d.status != http.StatusUnprocessableEntity || d.text("#field-country-error") == "" || d.text("#field-goods-error") == "" {
		t.Errorf("%d: %s", d.status, d.text("main"))
	}
}

// A table of postcodes comes as a file: all of it or nothing, with what is wrong by line, and goes out as it came in.
func TestTaxFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/taxes/file")
	hand := func(content string) { d.handFile("/taxes/file", "file", "taxes.csv", []byte(content)) }
	hand("country,name,rate,colour\nUS,King,1,red\n")
	d.wants(http.StatusUnprocessableEntity, "/taxes/file")
	d.says("There is no column “colour”")
	hand("country,name\nUS,King\n")
	d.says("The file needs a column “rate”")
	good := "\ufeffcountry;region;postcode_from;postcode_until;name;rate;step\nUS;WA;98000;98199;King;1,5 of it;2\n"
	hand(good + "US;Washingtonia;99000;;Spokane;2;2\n")
	d.wants(http.StatusUnprocessableEntity, "/taxes/file")
	if got := d.text("tbody"); !strings.Contains(got, "2rate1,5 of itWrite a percentage") || !strings.Contains(got, "3regionWashingtonia“Washingtonia” is no region of United States") {
		t.Errorf("says %q", got)
	}
	if n := d.number("select count(*) from taxes where postcode_from <> ''"); n != 0 {
		t.Errorf("%d are stored", n)
	}
	var rows strings.Builder
	rows.WriteString(strings.ReplaceAll(good, "1,5 of it", "1,5"))
	for i := range 1_200 { // more than one call takes
		rows.WriteString("US;CA;9" + leading(i) + ";;District;0.25%;2\n")
	}
	hand(rows.String())
	d.wants(http.StatusOK, "/taxes/rates")
	d.says("Taxes stored: 1201.")
	d.open("/taxes/rates?country=US&region=WA&postcode=98000")
	d.says("98000 to 98199")
	d.open("/taxes/rates.csv?country=US")
	if lines := strings.Count(d.body, "\n"); lines < 1_201 || !strings.Contains(d.body, "US,WA,98000,98199,,King,1.5,2,no,,\n") {
		t.Errorf("%d lines, beginning %.300s", lines, d.body)
	}
	hand(d.body)
	d.says("Taxes stored: ")
	if n := d.number("select count(*) from taxes where postcode_from <> ''"); n != 1_201 {
		t.Errorf("%d after the file came back", n)
	}
	action, values := "/taxes/rates/removal?country=US", map[string][]string{}
	id, _ := d.page.Find("tbody tr:contains('District') input[name=id]").First().Attr("value")
	values["id"] = []string{id}
	d.post(action, values)
	d.says("Taxes removed: 1.")
}

func leading(n int) string {
	text := "000" + strings.TrimSpace(count(int64(n)))
	text = strings.ReplaceAll(text, ",", "")
	return text[len(text)-4:]
}
