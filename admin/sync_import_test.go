package main

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

// uploadFile sends the form of the upload page with a file, and returns the run that it made.
func (d *desk) uploadFile(name, content string, typed ...string) (run string) {
	d.t.Helper()
	d.open("/sync/new")
	action, values := d.form("main form[enctype]", typed...)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range []string{"how", "source", "format"} {
		if err := form.WriteField(field, values.Get(field)); err != nil {
			d.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		d.t.Fatal(err)
	}
	_, _ = part.Write([]byte(content))
	if err := form.Close(); err != nil {
		d.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.url+action, &body)
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Origin", d.url)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	d.do(request)
	run, _, _ = strings.Cut(strings.TrimPrefix(d.at.Path, "/sync/"), "/")
	return run
}

// german is a table of nobody's format, as merchants write it.
const german = "Artikelnummer;Bezeichnung;Verkaufspreis;Bestand;Farbe\nA-1;Moosbecher;24,90;7;Moos\nA-2;Tonbecher;19,50;3;Ton\nA-3;Krug;viel;1;Blau\n"

// A file of unknown columns is handed in, its columns are told, it is compared, applied and undone, each at its page.
func TestImportOfUnknownTable(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	run := d.uploadFile("artikel.csv", german)
	d.wants(http.StatusOK, "/sync/"+run+"/mapping")
	if proposed := d.page.Find("select[name='columns-0-field'] option[selected]").AttrOr("value", ""); proposed != "sku" {
		t.Errorf("the first column is proposed as %q", proposed)
	}
	d.says("Moosbecher")
	d.says("semicolon")
	d.send("form.editor", "columns-1-field", "price", "columns-2-field", "price")
	d.wants(http.StatusUnprocessableEntity, "/sync/"+run+"/mapping")
	if d.page.Find("#columns-2-field-error").Length() != 1 || d.page.Find(".error-summary a[href='#field-columns-2-field']").Length() != 1 {
		t.Errorf("the column that is wrong is not told: %s", d.text("main"))
	}
	d.says("No column gives the name.")
	d.send("form.editor", "columns-1-field", "name", "columns-4-field", "attribute", "constants-0-field", "brand", "constants-0-value", "Moos & Ton")
	d.wants(http.StatusOK, "/sync/"+run)
	d.perform(run)

	d.open("/sync/" + run)
	d.says("Nothing is changed yet")
	d.says("New 2")
	d.says("Refused 1")
	d.says("Moosbecher")
	if n := d.number("select count(*) from products"); n != 0 {
		t.Errorf("a comparison made %d products", n)
	}
	d.open("/sync/" + run + "?show=refused")
	d.says("viel")
	d.send("form[action$='/application']")
	d.perform(run)
	d.open("/sync/" + run)
	if n := d.number("select count(*) from products where brand = 'Moos & Ton'"); n != 2 {
		t.Errorf("%d products have the brand of all rows: %s", n, d.text("main"))
	}

	again := d.uploadFile("artikel.csv", strings.Replace(german, "24,90", "26,00", 1))
	d.wants(http.StatusOK, "/sync/"+again+"/mapping") // it was kept for that file only
	action, values := d.form("form.editor", "columns-2-field", "price", "columns-4-field", "attribute", "constants-0-field", "brand", "constants-0-value", "Moos & Ton")
	values.Set("keep", "1")
	d.post(action, values)
	d.wants(http.StatusOK, "/sync/"+again)
	d.perform(again)
	d.open("/sync/" + again + "?show=changed")
	row := d.text("#comparison tbody")
	if !strings.Contains(row, "Price of A-1") || !strings.Contains(row, "24.90") || !strings.Contains(row, "26.00") {
		t.Errorf("the comparison says %q", row)
	}
	d.send("form[action$='/application']")
	d.perform(again)
	d.open("/sync/" + run)
	d.send("form[action$='/undoing']")
	d.wants(http.StatusConflict, "/sync/"+run+"/undoing")
	d.says("undo that one first")
	d.open("/sync/" + again)
	d.send("form[action$='/undoing']")
	d.perform(again)
	d.open("/sync/" + again)
	d.says("1 is what it was")
	if n := d.number("select count(*) from product_variants where price_minor = 2490"); n != 1 {
		t.Error("the price is not what it was")
	}

	third := d.uploadFile("artikel.csv", german)
	d.wants(http.StatusOK, "/sync/"+third) // the source's files are known now
	d.send("form[action$='/cancellation']")
	d.says("Cancelled")
}

// What cannot be read is told where it was chosen, or at the end of its import; nothing is lost by that.
func TestImportRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.uploadFile("empty.csv", "")
	d.wants(http.StatusUnprocessableEntity, "/sync")
	d.says("The file is empty")
	run := d.uploadFile("letter.txt", "Dear all\nthe prices are attached\n")
	d.perform(run)
	d.open("/sync/" + run)
	d.says("Failed")
	if d.page.Find("#run-next a[href^='/sync/new?source=']").Length() != 1 {
		t.Errorf("nothing leads on: %s", d.text("main"))
	}
	d.open("/sync/" + run + "/mapping")
	d.wants(http.StatusConflict, "/sync/"+run+"/mapping")
	d.open("/sync/no-such-run")
	d.wants(http.StatusNotFound, "/sync/no-such-run")
}

// Products that a source no longer has are held back when they are many, and taken off sale when somebody says so.
func TestHeldBackRemovals(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.exec("update product_sources set gone_policy = 'archive'")
	file := func(skus ...string) string {
		var rows strings.Builder
		rows.WriteString("Handle,Title,Variant SKU,Variant Price\n")
		for _, sku := range skus {
			rows.WriteString(sku + ",Jug " + sku + "," + sku + ",8.00\n")
		}
		return rows.String()
	}
	d.perform(d.uploadFile("all.csv", file("a", "b", "c"), "how", "apply"))
	run := d.uploadFile("some.csv", file("a"))
	d.perform(run)
	d.open("/sync/" + run + "?show=gone")
	d.says("Gone 2")
	d.says("2 of the source's 3 products are not in the file")
	d.send("form[action$='/application']")
	d.perform(run)
	d.open("/sync/" + run)
	d.send("form[action$='/release']")
	d.perform(run)
	d.open("/sync/" + run)
	d.says("Taken off sale")
	if n := d.number("select count(*) from products where state = 'archived'"); n != 2 {
		t.Errorf("%d products are archived", n)
	}
}

// SKUs hold dots, and languages have names.
func TestSyncFieldLabel(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{
		"variants.A.1.price": "Price of A.1", "variants.A-1.compare_at_price": "", "description": "Description", "variants": "Variants", "translations.de.name": "Name in ",
	} {
		if got := syncFieldLabel(field); !strings.HasPrefix(got, want) || got == field {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
}
