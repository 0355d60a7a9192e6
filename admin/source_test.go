package main

import (
	"net/http"
	"strings"
	"testing"
)

// A source is kept, refused where it does not fit, changed without its secrets being shown, and deleted.
func TestSourcePages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/sources")
	d.says("Where products come from")
	d.open("/sources/new")
	d.send("form.form", "name", "", "every_minutes", "soon")
	d.wants(http.StatusUnprocessableEntity, "/sources/new/settings")
	d.says("Say what you call the source")
	d.says("Write a number of minutes")
	d.send("form.form", "name", "Wholesaler", "every_minutes", "", "location", "http://10.0.0.1/goods.csv")
	d.wants(http.StatusUnprocessableEntity, "/sources/new/settings")
	if d.page.Find("#field-location-error").Length() != 1 {
		t.Errorf("an address inside is not refused at its field: %s", d.text("main"))
	}
	d.send("form.form", "location", "https://93.184.216.34/goods.csv", "daily_at", "04:30", "user", "shop", "password", "hidden-word", "headers", "X-Api-Key: hidden-key", "gone_policy", "archive")
	d.wants(http.StatusOK, d.at.Path)
	source := d.at.Path
	d.says("daily at 04:30 UTC")
	d.says("They are archived, unless more than 20% would go at once")

	d.open(source + "/settings")
	if strings.Contains(d.body, "hidden-") {
		t.Error("a secret is shown")
	}
	d.says("X-Api-Key")
	_, values := d.form("form.form", "name", "Wholesaler North")
	values["owns"] = []string{"price", "name"}
	d.post(source+"/settings", values)
	d.wants(http.StatusOK, source)
	d.says("Price, Name")
	d.open(source + "/settings")
	d.says("X-Api-Key") // what it says is sealed; that it is still there is the service's own test
	if n := d.number("select count(*) from product_source_secrets s where octet_length(s.sealed) > 0 and s::text not like '%hidden-%'"); n != 1 {
		t.Error("the secrets did not stay, or not sealed")
	}
	d.post(source+"/settings", values) // as it was looked at before
	d.wants(http.StatusConflict, source+"/settings")

	d.open(source)
	d.send("form[action$='/trigger']")
	d.wants(http.StatusOK, source+"/trigger")
	if secret := d.text("#secret"); !strings.Contains(secret, strings.TrimPrefix(source, "/sources/")) || !strings.Contains(secret, "token") {
		t.Errorf("what to post is %q", secret)
	}
	d.open(source)
	if d.page.Find("#secret").Length() != 0 {
		t.Error("the secret is shown twice")
	}
	d.send("form[action$='/comparisons']")
	if !strings.HasPrefix(d.at.Path, "/sync/") {
		t.Fatalf("asking leads to %s", d.at)
	}
	d.open(source)
	d.send("form[action$='/removal']")
	d.wants(http.StatusConflict, source+"/removal")
	d.says("cancel it first")
	d.exec("update product_sync_runs set state = 'cancelled'")
	d.open(source)
	d.send("form[action$='/removal']")
	d.wants(http.StatusOK, "/sources")
	d.says("its products stay")
	d.open("/sources/no-such-source")
	d.wants(http.StatusNotFound, "/sources/no-such-source")
}

// Whoever may only look at products finds sources, and neither a form nor a button that would be refused.
func TestSourcesForReaders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.exec("update auth_staff set permissions = array_remove(permissions, 'products.write')")
	d.open("/sources/" + handedIn)
	if d.status != http.StatusOK || d.page.Find("main form, main a.button").Length() != 0 {
		t.Errorf("%d with buttons: %s", d.status, d.text("main"))
	}
	d.open("/sources/new")
	d.wants(http.StatusForbidden, "/sources/new")
}
