package main

import (
	"net/http"
	"testing"
)

// The history says who changed what, and leads back: a change is undone by one more change.
func TestProductHistory(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before := d.tea()
	here := d.at.Path
	d.press("save", "name", "Best tea", "variants-0-price", "7.00")
	d.open(here + "/history")
	for _, words := range []string{"Ada", "NameWas TeaBecame Best tea", "Price of T-SWas 5.00 USDBecame 7.00 USD", "The product came to be."} {
		d.says(words)
	}
	action, values := d.form("form[action='" + here + "/history/restorations']")
	d.post(action, values)
	d.wants(http.StatusOK, here)
	d.says("The product is what it was.")
	if p := d.stored(); p.GetName() != "Tea" || decimal(p.GetVariants()[0].GetPrice()) != "5.00" || p.GetVersion() != before.GetVersion()+2 {
		t.Errorf("it is now %v", p)
	}
	d.post(action, values) // from a page that is out of date
	d.wants(http.StatusConflict, here+"/history/restorations")
	d.says("changed")
	d.open(here + "/history")
	if n := d.page.Find(".timeline__entry").Length(); n != 3 {
		t.Errorf("%d entries, want two changes and the beginning", n)
	}
	d.exec("update auth_staff set permissions = array_remove(permissions, 'products.write')")
	d.open(here + "/history")
	if d.page.Find("main form").Length() > 0 {
		t.Error("a reader finds a button to undo")
	}
}
