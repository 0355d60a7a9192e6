package main

import (
	"net/http"
	"testing"
)

// Staff write what a category or a collection is called in another language, are told beside the field what is wrong, and take the language away.
func TestLanguagesOfCategoriesAndCollections(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, of := range []struct{ path, form, table string }{
		{"/categories/new", "main form.form", "product_categories"}, {"/collections/new", "main form.editor", "product_collections"},
	} {
		send := func(values ...string) {
			action, sent := d.form(of.form, values...)
			sent.Set("do", "save")
			d.post(action, sent)
		}
		stored := func(name string) int {
			return d.number("select count(*) from "+of.table+" where translations @> jsonb_build_array(jsonb_build_object('locale', 'de', 'name', $1::text))", name)
		}
		d.open(of.path)
		send("name", "Kitchen", "add_locale", "de")
		d.says("is saved.")
		d.says("German (de)")
		send("translations-0-name", "Küche", "translations-0-slug", "Küche!")
		if d.status != http.StatusUnprocessableEntity || d.text("#field-translations-0-slug-error") == "" || d.page.Find("#field-translations-0-name").AttrOr("value", "") != "Küche" {
			t.Errorf("%s: a wrong address: %d %s", of.path, d.status, d.text("main"))
		}
		send("translations-0-slug", "kueche")
		d.says("is saved.")
		if stored("Küche") != 1 {
			t.Errorf("%s: the name in German is not stored", of.path)
		}
		send("add_locale", "nonsense")
		if d.status != http.StatusUnprocessableEntity || d.text("#field-translations-1-locale-error") == "" {
			t.Errorf("%s: no language: %d %s", of.path, d.status, d.text("main"))
		}
		d.open(d.at.Path[:len(d.at.Path)-len("/contents")])
		action, values := d.form(of.form)
		values.Set("translations-0-removed", "1")
		values.Set("do", "save")
		d.post(action, values)
		if d.says("is saved."); stored("Küche") != 0 {
			t.Errorf("%s: the language stays", of.path)
		}
	}
}
