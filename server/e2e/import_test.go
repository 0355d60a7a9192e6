package e2e

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tradewind-commerce/tradewind/deploy/seed/many"
)

// importTable brings in a table of nobody's format with German headers from a source of its own: its columns are told, wrongly at first, what
// would change is looked at, it is applied, and undone.
func (b *tab) importTable(o *furnished) {
	b.t.Helper()
	b.expectStatus(http.StatusUnprocessableEntity)
	b.visit(o.admin + "/sources/new")
	b.look("office-source-new")
	name := fmt.Sprintf("Wholesaler, script %t", b.script)
	b.fill("#field-name", name)
	b.choose("#field-kind", "files")
	b.click("main form .button--primary")
	b.arrive("/sources/", ".flash")
	b.says("h1", name)
	b.look("office-source")
	b.click(".head__actions .button--primary")
	b.arrive("/sync/new?source=", "#field-file")
	file := filepath.Join(b.t.TempDir(), "artikel.csv")
	write(b.t, file, strings.ReplaceAll("Artikelnummer;Bezeichnung;Verkaufspreis;Bestand;Warengruppe\n#-1;Moosbecher #;24,90;7;Krüge\n#-2;Tonbecher #;19,50;3;Krüge\n", "#", fmt.Sprint("T", b.script)))
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#field-file"), []string{file}))
	b.click("main form .button--primary")
	b.arrive("/sync/", "#field-columns-0-field")
	b.says(".facts", "semicolon")
	b.says(".mapping", "Moosbecher")
	b.look("office-mapping")
	b.choose("#field-columns-1-field", "price")
	b.click("main form .form__actions .button--primary")
	b.says(".error-summary", "No column gives the name.")
	b.look("office-mapping-refused")
	b.choose("#field-columns-1-field", "name")
	b.choose("#field-columns-2-field", "price")
	b.click("main form .form__actions .button--primary")
	b.arrive("/sync/", "#comparison")
	b.says("#comparison .tabs", "New 2")
	b.says("#comparison", "Moosbecher")
	b.look("office-table-compared")
	b.click("#run-next .button--primary")
	b.says("#run-progress .tag", "Done")
	b.click("#run-next summary")
	b.click("#run-next .menu-fold__panel .button")
	b.says("#run-progress .tag", "Undone")
	b.says("#run .notice", "2 products that it created are removed")
	b.look("office-table-undone")
}

// largeImport is how many products a large import brings.
func largeImport() int {
	if full {
		return 50_000
	}
	return 6_000
}

// A large import is followed at its page, while it is read and applied, whoever looks and however often; it outlives the death of its worker. The
// next one is cancelled half way, and both are undone until nothing of them is left.
func TestLargeImport(t *testing.T) {
	s := open(t, allInOne, func(process string) []string {
		if strings.HasPrefix(process, "worker") {
			return []string{"JOBS=catalog,products,payment,mail,expiry,sync"} // no suppliers' pictures from the internet
		}
		return nil
	})
	records, _, err := many.Records(filepath.Join(t.TempDir(), "none")) // the same on every machine
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := many.Write(&file, many.Products(records, largeImport())); err != nil {
		t.Fatal(err)
	}
	count := func(where string) int {
		return int(number(t, s.column(t, "select count(*)::text from products"+where)[0]))
	}
	before := count("")
	staff := s.signIn(s.admin)

	run := staff.uploadFile(s.admin, "many.json", file.Bytes())
	await(t, "products to be applied", func() bool { return staff.counted(run, "Created") > 0 })
	if live := staff.page.Find("#run[hx-get] progress").AttrOr("value", ""); live == "" || live == "100" {
		t.Errorf("while it goes on, the bar says %q: %s", live, staff.text())
	}
	s.kill("worker1")
	other := s.signIn(s.admin)
	dead := staff.counted(run, "Created")
	if again := other.counted(run, "Created"); dead == 0 || dead >= largeImport() || again != dead {
		t.Errorf("after the worker's death one page says that %d products are created, another %d", dead, again)
	}
	if !full { // else its lease of the run ends by itself
		s.column(t, "update product_sync_runs set lease_time = now() where lease_time > now() returning id::text")
	}
	s.restart("worker1")
	await(t, "the import to be done", func() bool { return staff.runState(run) == "Done" })
	if created := staff.counted(run, "Created"); created != largeImport() || count("") != before+largeImport() {
		t.Errorf("%d are said to be created, there are %d more; want %d", created, count("")-before, largeImport())
	}

	// The one to be cancelled goes on for longer than anybody needs to press a button.
	file.Reset()
	longer := 4 * largeImport()
	if err := many.Write(&file, many.Products(records, longer)); err != nil {
		t.Fatal(err)
	}
	cancelled := ""
	for try := 0; cancelled == ""; try++ { // on a busy machine it may still end before it is cancelled
		told := staff.uploadFile(s.admin, "told-anew.json", bytes.ReplaceAll(file.Bytes(), []byte(`"description":"`), fmt.Appendf(nil, `"description":"Told anew %d. `, try)))
		await(t, "descriptions to be applied", func() bool { // or the import to end, before anybody saw it half done
			return !slices.Contains([]string{"Queued", "Reading", "Applying"}, staff.runState(told)) || staff.changed(told) > 0
		})
		await(t, "the import to end", func() bool {
			// The batch in hand is finished. Where that takes long the shop says that it is busy, and the button is pressed again.
			if staff.page.Find("form[action$='/cancellation']").Length() == 1 {
				staff.submit("form[action$='/cancellation']", nil)
			}
			return slices.Contains([]string{"Cancelled", "Done"}, staff.runState(told))
		})
		switch changed := staff.changed(told); {
		case staff.runState(told) == "Cancelled" && changed > 0 && changed < longer:
			cancelled = told
		case try == 9:
			t.Fatalf("none of %d imports was cancelled half way; the last changed %d: %s", try+1, changed, staff.text())
		case changed > 0:
			staff.undo(t, told)
		}
	}
	staff.undo(t, cancelled)
	if left := count(" where description like 'Told anew %'"); left != 0 {
		t.Errorf("%d products keep the description that was undone", left)
	}
	staff.undo(t, run)
	if left := count(""); left != before {
		t.Errorf("%d products are left of what was undone: %s", left-before, staff.text())
	}
}

// uploadFile imports a file at once, as the form of the page says, and returns the address of its run.
func (s *shopper) uploadFile(office, name string, content []byte) (run string) {
	s.t.Helper()
	s.goTo(office + "/sync/new")
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	source := s.page.Find("#field-source option[selected]").AttrOr("value", "")
	for _, field := range [][2]string{{"how", "apply"}, {"source", source}, {"format", ""}} {
		if err := form.WriteField(field[0], field[1]); err != nil {
			s.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = io.Copy(part, bytes.NewReader(content))
	}
	if err != nil {
		s.t.Fatal(err)
	}
	_ = form.Close()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, office+"/sync", &body)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Origin", office)
	if err := s.read(s.client.Do(request)); err != nil || s.page.Find("#run").Length() != 1 {
		s.t.Fatalf("the upload ended with %d at %s, %v: %s", s.status, s.at, err, s.text())
	}
	return s.at.String()
}

// runState loads the page of a run again and says what it says.
func (s *shopper) runState(run string) string {
	s.t.Helper()
	s.goTo(run)
	return strings.TrimSpace(s.page.Find("#run-progress .tag").Text())
}

// counted loads the page of a run again and returns one of its figures.
func (s *shopper) counted(run, figure string) int {
	s.t.Helper()
	s.goTo(run)
	shown := s.page.Find("#run-progress dt:contains(" + figure + ") + dd").Text()
	n, err := strconv.Atoi(strings.ReplaceAll(shown, ",", ""))
	if err != nil {
		s.t.Fatalf("%s says %q: %s", figure, shown, s.text())
	}
	return n
}

// changed is how many products a run changed until now.
func (s *shopper) changed(run string) int {
	s.t.Helper()
	return s.counted(run, "Updated") + s.counted(run, "Created")
}

func (s *shopper) undo(t *testing.T, run string) {
	t.Helper()
	s.goTo(run)
	s.submit("form[action$='/undoing']", nil)
	await(t, "the import to be undone", func() bool { return s.runState(run) == "Undone" })
}
