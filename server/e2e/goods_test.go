package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// goodsOf are those that one of the journeys puts together: a cup of which a set is made, the set, and a guide to download. Nobody else buys them.
func goodsOf(script bool) (cup, set, guide string) {
	return fmt.Sprintf("journey-cup-%t", script), fmt.Sprintf("journey-set-%t", script), fmt.Sprintf("journey-guide-%t", script)
}

// goods are the products of both journeys as an import brings them: each an ordinary one.
func goods() (products []map[string]any) {
	for _, script := range []bool{false, true} {
		cup, set, guide := goodsOf(script)
		for _, slug := range []string{cup, set, guide} {
			products = append(products, map[string]any{"key": slug, "slug": slug, "name": titled(slug), "price": "6.00", "stock": 10})
		}
	}
	return products
}

// titled is the name of what stands at an address.
func titled(slug string) string {
	return strings.ToUpper(slug[:1]) + strings.ReplaceAll(slug[1:], "-", " ")
}

// arrange is an afternoon in the back office: what was found is kept as a view, gathered as a collection and read in German; a set is put together and a file
// handed in, and a shopper has both.
func arrange(t *testing.T, o *furnished, script bool) {
	b := openTab(t, o.browser, script)
	b.signIn(o)
	b.saveView(o)
	b.gather(o)
	b.translate(o)
	b.putTogether(o)
	b.handInFile(o)
	o.haveBoth(t, b)
}

// saveView keeps what a search found under a name, gives it another, and takes it away.
func (b *tab) saveView(o *furnished) {
	b.t.Helper()
	cup, _, _ := goodsOf(b.script)
	here := "/products?q=" + cup
	b.visit(o.admin + here)
	b.says("table.list tbody", titled(cup))
	typed := func(action, name string) {
		form := fmt.Sprintf("details:has(form[action$='%s'])", action)
		if b.ask(fmt.Sprintf("document.querySelector(%s).open", js(form))) == "false" {
			b.click(form + " > summary")
		}
		if name != "" {
			b.fill(form+" [name=name]", name)
		}
		b.click(form + " .button:not(summary)")
	}
	typed("/products/views", fmt.Sprintf("My cup %t", b.script))
	b.says(".tabs [aria-current]", fmt.Sprintf("My cup %t", b.script))
	b.look("office-view")
	typed("/name", fmt.Sprintf("The cup %t", b.script))
	b.says(".tabs [aria-current]", fmt.Sprintf("The cup %t", b.script))
	b.visit(o.admin + "/products")
	b.click(fmt.Sprintf(".tabs a[href$='q=%s']", cup))
	b.arrive(here, "table.list")
	b.await(`document.querySelectorAll("table.list tbody tr").length === 1`)
	typed("/removal", "")
	b.arrive("/products", ".flash")
	b.await(fmt.Sprintf(`![...document.querySelectorAll(".tabs a")].some(a => a.textContent.includes(%s))`, js(fmt.Sprintf("The cup %t", b.script))))
}

// gather makes a collection by a rule, looks at what it would hold, and finds it in the shop.
func (b *tab) gather(o *furnished) {
	b.t.Helper()
	name := fmt.Sprintf("Gathered %t", b.script)
	cup, set, _ := goodsOf(b.script)
	b.visit(o.admin + "/collections/new")
	b.look("office-collection-new")
	b.fill("#field-name", name)
	b.click("input[name=how][value=rule]")
	b.click(`button[value="add-condition"]`)
	b.arrive("/collections/new/contents", "#field-conditions-0-field")
	b.choose("#field-conditions-0-field", "name")
	b.choose("#field-conditions-0-operator", "contains")
	b.fill("#field-conditions-0-values", titled(cup)+"\n"+titled(set))
	b.click(`button[value="preview"]`)
	b.says("main [role=status]", "2 products meet it")
	b.look("office-collection-preview")
	b.click(`button[value="save"]`)
	b.says(".flash", "The collection is saved")
	b.look("office-collection")
	at := o.url + "/collections/" + strings.ToLower(strings.ReplaceAll(name, " ", "-"))
	eventually(b.t, "the shop shows what the rule gathers", func() bool {
		page := o.get(b.t, at).body
		return strings.Contains(page, titled(cup)) && strings.Contains(page, titled(set))
	})
	b.visit(at)
	b.says("h1", name)
	b.await(`document.querySelectorAll(".listing .cards > li").length === 2`)
	b.look("collection")
}

// translate gives a word its German, once for all products, and reads it on the page of one.
func (b *tab) translate(o *furnished) {
	b.t.Helper()
	word, german := "Colour", "Farbton"
	if b.script {
		word, german = "Material", "Werkstoff"
	}
	b.visit(o.admin + "/words?locale=de")
	b.arrive("/words/de", "form.editor")
	b.look("office-words")
	row := b.ask(fmt.Sprintf(`[...document.querySelectorAll("[name^=words-][name$=-word]")].find(e => e.value === %s && document.getElementsByName(e.name.replace(/word$/, "kind"))[0].value === "name").name`, js(word)))
	b.fill("#field-"+strings.TrimSuffix(row, "word")+"translation", german)
	b.click(`button[value="save"]`)
	b.says(".flash", "The words are saved")
	eventually(b.t, "the shop says it in German", func() bool {
		return strings.Contains(o.get(b.t, "/de/products/enamel-stovetop-kettle").body, german)
	})
	if strings.Contains(o.get(b.t, "/products/enamel-stovetop-kettle").body, german) {
		b.t.Errorf("the shop says %s in its own language too", german)
	}
	b.visit(o.url + "/de/products/enamel-stovetop-kettle")
	b.says("main", german)
	b.look("product-german")
}

// openProduct opens the editor of a product by way of the list.
func (b *tab) openProduct(o *furnished, slug string) {
	b.t.Helper()
	b.visit(o.admin + "/products?q=" + slug)
	b.click("table.list tbody th a")
	b.arrive("/products/", ".editor")
	b.says("h1", titled(slug))
}

// putTogether makes a set of two cups, of none at first.
func (b *tab) putTogether(o *furnished) {
	b.t.Helper()
	cup, set, _ := goodsOf(b.script)
	b.openProduct(o, set)
	b.click(`.tabs a[href$="/bundle"]`)
	b.arrive("/products/", "#field-find_part")
	b.says("main", "This is no bundle")
	b.fill("#field-find_part", titled(cup))
	b.click(`button[value="find-part"]`)
	b.arrive("/products/", "[name=found-0-add]")
	b.click("[name=found-0-add]")
	b.click(`button[value="add-parts"]`)
	b.arrive("/products/", "#field-parts-0-quantity")
	b.fill("#field-parts-0-quantity", "0")
	b.click(`button[value="save"]`)
	b.arrive("/products/", ".error-summary")
	b.look("office-bundle-refused")
	b.fill("#field-parts-0-quantity", "2")
	b.click(`button[value="save"]`)
	b.says(".flash", "What it is made of is saved")
	b.look("office-bundle")
	eventually(b.t, "the shop says what the set is made of", func() bool {
		return strings.Contains(o.get(b.t, "/products/"+set).body, "2 × ")
	})
}

const guideText = "How to keep a cup for a hundred years."

// handInFile makes a product one that is downloaded.
func (b *tab) handInFile(o *furnished) {
	b.t.Helper()
	_, _, guide := goodsOf(b.script)
	b.openProduct(o, guide)
	file := filepath.Join(b.t.TempDir(), "Guide to cups.txt")
	write(b.t, file, guideText)
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#field-download"), []string{file}))
	b.click("form:has(#field-download) .button")
	b.says(".flash", "The file is kept")
	b.says(".file", "Guide to cups.txt")
	b.look("office-files")
	eventually(b.t, "the shop says that the guide is downloaded", func() bool {
		return strings.Contains(o.get(b.t, "/products/"+guide).body, "Digital download")
	})
}

// haveBoth buys the set and the guide. The cups of the set are gone; the guide is downloaded until its link expires.
func (o *furnished) haveBoth(t *testing.T, b *tab) {
	t.Helper()
	cup, set, guide := goodsOf(b.script)
	b.visit(o.url + "/products/" + set)
	b.says(".bundle", titled(cup))
	b.look("product-bundle")
	for _, slug := range []string{set, guide} {
		b.visit(o.url + "/products/" + slug)
		b.click(".buy__form .button")
		if b.script {
			b.await(`document.querySelector("#added-dialog").open`)
		} else {
			b.arrive("/cart", ".cart-line")
		}
	}
	b.look("cart-bundle")
	b.toProvider(o)
	b.atProvider()
	b.click(`button[value="pay"]`)
	b.arrive("/orders/", ".order__thanks")
	b.says(".order__meta .tag", "Paid")
	b.says(".items", titled(set))
	b.look("order-downloads")
	link := b.ask(`document.querySelector("a[href*='/downloads/']").href`)
	got := o.get(t, link)
	if got.status != http.StatusOK || got.body != guideText || !strings.Contains(got.header.Get("Content-Disposition"), "Guide to cups.txt") {
		t.Errorf("the download answers %d as %q: %.100s", got.status, got.header.Get("Content-Disposition"), got.body)
	}
	if control := got.header.Get("Cache-Control"); !strings.HasPrefix(control, "private, no-store") {
		t.Errorf("what was paid for may be kept by anybody: Cache-Control %q", control)
	}
	staff := o.clerk(t)
	staff.goTo(o.admin + "/products?q=" + cup)
	if left := words(staff.page.Find("table.list tbody td.number").First()); left != "8 in stock" {
		t.Errorf("of ten cups, with two in a set that was sold, the office counts %s", left)
	}
	expired := o.column(t, `update order_downloads set expire_time = now() - interval '1 second'
		where line_id in (select id from order_lines where product_name = $1) returning id::text`, titled(guide))
	if len(expired) != 1 {
		t.Fatalf("%d downloads were bought, want 1", len(expired))
	}
	b.expectStatus(http.StatusGone)
	b.visit(link)
	b.says("h1", "This download has expired")
	b.look("download-expired")
}
