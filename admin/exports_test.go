package main

import (
	"net/http"
	"strings"
	"testing"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
)

// makeExports does what the worker does with exports.
func (d *desk) makeExports() {
	d.t.Helper()
	for {
		answer, err := d.set.Exports.PerformNextExport(d.t.Context(), &productv1.PerformNextExportRequest{})
		if err != nil {
			d.t.Fatal(err)
		}
		if !answer.GetPerformed() {
			return
		}
	}
}

// Whoever asks for a file sees it being made without loading the page again, and then has it whole.
func TestExportAFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.perform(d.handIn(`[{"key": "jug", "name": "Small jug", "price": "8.00", "stock": 5}, {"key": "cup", "name": "Cup", "price": "3.00", "stock": 5, "state": "draft"}]`))
	d.open("/exports")
	d.says("Nothing has been exported yet")
	d.open("/exports/new?status=draft")
	d.send("form[action='/exports']", "format", "jsonl")
	d.wants(http.StatusOK, "/exports")
	d.says("Status: Draft")
	if d.page.Find("#exports[hx-get='/exports'][hx-select='#exports']").Length() != 1 || d.page.Find("#exports tbody a").Length() != 0 {
		t.Error("a file that waits is not looked for again, or can be had already")
	}
	d.send("form[action$='/cancellation']")
	d.wants(http.StatusOK, "/exports")
	d.says("Cancelled")
	if d.page.Find("#exports form").Length() != 0 {
		t.Error("what is cancelled can be cancelled")
	}
	d.open("/exports/new?status=draft")
	d.send("form[action='/exports']", "format", "jsonl")
	d.makeExports()
	d.open("/exports", "HX-Request", "true")
	if d.page.Find("[hx-get]").Length() != 0 {
		t.Error("a list in which nothing moves still looks again")
	}
	d.says("1 product")
	d.open(d.page.Find("#exports tbody a").AttrOr("href", ""))
	if d.status != http.StatusOK || !strings.HasPrefix(d.body, `{"key":"cup"`) || strings.Count(d.body, "\n") != 1 || !strings.HasSuffix(d.header.Get("Content-Disposition"), `.jsonl"`) {
		t.Errorf("%d %v\n%s", d.status, d.header, d.body)
	}
	d.endSessions()
	d.open("/exports/01a21a63-9706-7cdb-ad7b-137b374449ca/file")
	d.wants(http.StatusOK, "/login")
}

// A form that cannot be used comes back with what was typed; a schedule shows its address until it is ended.
func TestExportAgainAndAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/exports/new")
	d.send("form[action='/exports']", "format", "google", "every", "often", "brand", "Leaf")
	if d.status != http.StatusUnprocessableEntity || d.page.Find("#field-every").AttrOr("value", "") != "often" || d.page.Find("#field-brand").AttrOr("value", "") != "Leaf" {
		t.Errorf("%d: %s", d.status, d.text("main"))
	}
	d.says("Write a number of hours")
	d.send("form[action='/exports']", "every", "6")
	d.wants(http.StatusOK, "/exports")
	d.says("6 hours")
	if address := d.text("code"); !strings.HasPrefix(address, "http://shop.test/feeds/") || !strings.HasSuffix(address, ".xml") {
		t.Errorf("address %q", address)
	}
	d.send("form[action$='/removal']")
	d.says("the address is gone")
	if d.number("select count(*) from product_export_schedules") != 0 {
		t.Error("the schedule is still there")
	}
}
