package main

import (
	"net/http"
	"strings"
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

	// A product of the type is asked for what the type wants to know, and is not for sale without what it needs.
	lamp := strings.TrimPrefix(here, "/types/")
	d.open("/products/new")
	d.press("look", "name", "Desk lamp", "variants-0-price", "30.00", "type_id", lamp)
	d.says("Some of these, with commas between: E14, E27.")
	d.press("save", "state", "active", "attributes-1-value", "e14, E27", "attributes-3-value", "tall")
	d.wants(http.StatusUnprocessableEntity, "/products/new/contents")
	d.says("It is not a number such as 12.5")
	d.says("Power is missing")
	d.press("save", "attributes-2-value", "40 W", "attributes-3-value", "")
	d.says("The product is saved.")
	p := d.stored()
	if a := p.GetAttributes(); len(a) != 2 || a[0].GetValue() != "E14, E27" || a[1].GetTyped().GetNumber() != "40" {
		t.Errorf("attributes %v", a)
	}
	d.press("save", "attributes-1-value", "60")
	if a := d.stored().GetAttributes(); len(a) != 2 || a[1].GetTyped().GetNumber() != "60" || a[0].GetDefinitionId() == "" {
		t.Errorf("attributes %v", a)
	}
	d.exec("update auth_staff set permissions = array_remove(permissions, 'products.write')")
	d.open(here)
	if d.page.Find("main form, main button, main input").Length() != 0 {
		t.Error("a reader finds controls")
	}
	d.exec("update auth_staff set permissions = array_append(permissions, 'products.write')")
	d.open(here)
	d.send("form[action='" + here + "/removal']")
	d.wants(http.StatusConflict, here+"/removal")
	d.says("Products follow this type")
	d.exec("update products set type_id = null")
	d.open(here)
	d.send("form[action='" + here + "/removal']")
	d.wants(http.StatusOK, "/types")
	d.says("The type is gone.")
}
