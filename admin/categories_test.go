package main

import (
	"net/http"
	"strings"
	"testing"
)

// The tree is kept by hand: categories are made, renamed, moved, put in order and deleted, and what is wrong is said beside the field.
func TestCategories(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/categories")
	d.says("No categories yet")
	add := func(name, below string) string {
		d.open("/categories/new" + below)
		d.send("main form.form", "name", name)
		d.says("The category is saved.")
		return strings.TrimPrefix(d.at.Path, "/categories/")
	}
	kitchen := add("Kitchen", "")
	mugs := add("Mugs", "?below="+kitchen)
	add("Bath", "")
	d.open("/categories")
	d.says("Kitchen › Mugs")
	d.open("/categories/new?below=" + kitchen)
	d.send("main form.form", "name", "MUGS")
	if d.status != http.StatusUnprocessableEntity || d.text("#field-name-error") == "" || d.page.Find("#field-name").AttrOr("value", "") != "MUGS" {
		t.Errorf("a second one of the same name: %d %s", d.status, d.text("main"))
	}
	d.open("/categories/" + kitchen)
	if d.page.Find("#field-parent_id option[value='"+mugs+"']").Length() != 0 {
		t.Error("a category may be put below one that is below it")
	}
	d.send("main form.form", "name", "Cooking", "description", "For cooks.\nAnd others.", "slug", "cooking")
	d.says("The category is saved.")
	d.open("/categories/" + mugs)
	d.says("Mugs")
	action, values := d.form("main form.form", "parent_id", "")
	d.exec("update product_categories set version = version + 1, seo_title = 'Cups' where id = $1", mugs)
	d.post(action, values)
	d.wants(http.StatusConflict, "/categories/"+mugs+"/contents")
	d.says("Title in search engines is now: Cups")
	d.send("main form.form")
	d.says("The category is saved.")
	if d.number("select count(*) from product_categories where id = $1 and parent_id is null", mugs) != 1 {
		t.Error("it did not move")
	}
	d.open("/categories/" + kitchen)
	d.send("form[action='/categories/" + kitchen + "/place']")
	d.says("The category has its new place.")
	d.open("/categories/" + kitchen)
	d.send("form[action='/categories/" + kitchen + "/removal']")
	d.wants(http.StatusOK, "/categories")
	d.says("The category is gone.")

	d.exec("update auth_staff set permissions = array_remove(permissions, 'products.write')")
	d.open("/categories/" + mugs)
	if d.wants(http.StatusOK, "/categories/"+mugs); d.page.Find("main form, main button").Length() != 0 {
		t.Error("a reader finds controls")
	}
	d.open("/categories/new")
	d.wants(http.StatusForbidden, "/categories/new")
}
