package main

import (
	"net/http"
	"testing"
)

// A type is written as a table of attributes; what is wrong stands in its cell, and what an attribute holds never changes.
func TestTypes(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/types/new")
	d.press("save", "name", "Lamp", "definitions-0-name", "Socket", "definitions-0-kind", "choice")
	d.wants(http.StatusUnprocessableEntity, "/types/new/contents")
	if d.text("#field-definitions-0-choices-error") == "" {
		t.Errorf("nothing is said beside the choices: %s", d.text("main"))
	}
	d.press("save", "definitions-0-choices", "E14 | E27", "definitions-0-many", "yes", "definitions-1-name", "Power", "definitions-1-kind", "number", "definitions-1-unit", "W", "definitions-1-required", "yes")
	d.says("The type is saved.")
	here := d.at.Path
	if n := d.page.Find("#field-definitions-0-kind option").Length(); n != 1 {
		t.Errorf("the kind of an attribute can be changed to %d others", n-1)
	}
	d.press("add-definition")
	d.exec("update product_types set version = version + 1")
	d.press("save", "definitions-2-name", "Height", "definitions-2-kind", "number", "definitions-2-unit", "cm")
	d.wants(http.StatusConflict, here+"/contents")
	d.says("It is now “Lamp” with Socket, Power.")
	d.press("save")
	d.says("The type is saved.")
	d.open("/types")
	d.says("Socket, Power, Height")
	d.exec("update auth_staff set permissions = array_remove(permissions, 'products.write')")
	d.open(here)
	if d.page.Find("main form, main button, main input").Length() != 0 {
		t.Error("a reader finds controls")
	}
	d.exec("update auth_staff set permissions = array_append(permissions, 'products.write')")
	d.open(here)
	d.send("form[action='" + here + "/removal']")
	d.wants(http.StatusOK, "/types")
	d.says("The type is gone; its products stay.")
}
