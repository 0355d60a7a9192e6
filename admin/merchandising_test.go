package main

import (
	"net/http"
	"strings"
	"testing"
)

// What was searched in vain leads to a synonym, which is kept, refused where it makes no sense, and not overwritten by whoever looked earlier.
func TestSynonymPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/search/missed")
	d.says("Every search found something")
	d.exec("insert into catalog_missed_searches (day, query, searches) values ((now() at time zone 'utc')::date, 'kanapee', 7)")
	d.open("/search/missed")
	d.says("kanapee")
	d.open(d.page.Find("main a[href^='/search/synonyms/new']").AttrOr("href", ""))
	d.send("form.form")
	d.wants(http.StatusUnprocessableEntity, "/search/synonyms/new/contents")
	if d.page.Find("#field-phrases-error").Length() != 1 {
		t.Errorf("one word alone is not refused at its field: %s", d.text("main"))
	}
	d.send("form.form", "phrases", "kanapee\nsofa\n", "locale", "de")
	d.wants(http.StatusOK, "/search/synonyms")
	d.says("kanapee, sofa")
	d.says("German")
	d.open(d.page.Find("main td a[href^='/search/synonyms/']").AttrOr("href", ""))
	action, values := d.form("form.form", "asked", "ottomane")
	d.post(action, values)
	d.wants(http.StatusOK, "/search/synonyms")
	d.says("ottomane → kanapee, sofa")
	d.post(action, values) // as it was looked at before
	d.wants(http.StatusConflict, action)
	d.says("Somebody else changed these synonyms")
	d.open("/search/synonyms")
	d.open(d.page.Find("main td a[href^='/search/synonyms/']").AttrOr("href", ""))
	d.send("form[action$='/removal']")
	d.wants(http.StatusOK, "/search/synonyms")
	if n := d.number("select count(*) from catalog_synonyms"); n != 0 {
		t.Errorf("%d groups are left", n)
	}
}

// Products are found, put in order and stored; what was typed survives every button.
func TestPlacementPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.perform(d.handIn(`[{"key": "jug", "name": "Small jug", "price": "8.00"}, {"key": "cup", "name": "Blue cup", "price": "5.00"}, {"key": "pot", "name": "Tea pot", "price": "25.00"}]`))
	d.open("/search/placements/new?query=tea")
	press := func(button string, typed ...string) {
		t.Helper()
		action, values := d.form("form.editor", typed...)
		values.Set("do", button)
		d.post(action, values)
	}
	press("add", "find_related", "no such thing")
	d.wants(http.StatusUnprocessableEntity, "/search/placements/new/contents")
	for _, name := range []string{"Small jug", "Blue cup", "Tea pot"} {
		press("add", "find_related", name)
	}
	press("up 2")
	press("save", "products-2-place", "buried", "query", "")
	d.wants(http.StatusUnprocessableEntity, "/search/placements/new/contents")
	d.says("Write a search or choose a category")
	press("save", "query", "tea")
	d.wants(http.StatusOK, "/search/placements")
	d.says("Search for “tea”")
	for column, want := range map[string]string{"pinned": "Small jug,Tea pot", "buried": "Blue cup"} {
		var names string
		err := d.db.Primary().QueryRow(t.Context(), "select coalesce(string_agg(p.name, ',' order by o), '') from catalog_placements c, unnest(c."+column+") with ordinality as u (id, o) join products p on p.id = u.id").Scan(&names)
		if err != nil || names != want {
			t.Errorf("%s are %q, want %q (%v)", column, names, want, err)
		}
	}
	d.open("/search/placements/new?query=tea")
	press("save")
	d.wants(http.StatusConflict, "/search/placements/new/contents")
	d.open("/search/placements")
	d.open(d.page.Find("main td a[href^='/search/placements/']").AttrOr("href", ""))
	here := d.at.Path
	press("save", "products-0-place", "")
	d.wants(http.StatusOK, "/search/placements")
	d.open(here)
	if n := d.page.Find("form.editor tbody tr").Length(); n != 2 || strings.Contains(d.text("form.editor"), "Small jug") {
		t.Errorf("%d products are left: %s", n, d.text("form.editor"))
	}
	d.send("form[action$='/removal']")
	d.wants(http.StatusOK, "/search/placements")
	d.says("Nothing is placed by hand")
	d.open(here)
	d.wants(http.StatusNotFound, here)
}

// Whoever may not see what shoppers search for finds no such page.
func TestSearchPagesForOthers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.exec("update auth_staff set permissions = array_remove(permissions, 'catalog.write')")
	d.open("/search/synonyms")
	if d.status != http.StatusOK || d.page.Find("main a.button").Length() != 0 {
		t.Errorf("%d with buttons: %s", d.status, d.text("main"))
	}
	d.open("/search/placements/new")
	d.wants(http.StatusForbidden, "/search/placements/new")
	d.exec("update auth_staff set permissions = array_remove(permissions, 'catalog.read')")
	d.open("/search/missed")
	d.wants(http.StatusForbidden, "/search/missed")
}
