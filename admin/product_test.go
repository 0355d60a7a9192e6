package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
)

// stored is the product that the desk's page is about, as the service has it.
func (d *desk) stored() *productv1.Product {
	d.t.Helper()
	answer, err := d.set.Products.GetProduct(d.t.Context(), &productv1.GetProductRequest{Id: strings.Split(d.at.Path, "/")[2]})
	if err != nil {
		d.t.Fatal(err)
	}
	return answer.GetProduct()
}

// byProgram changes the product as a program does, behind the page's back.
func (d *desk) byProgram(product *productv1.Product, fields ...string) {
	d.t.Helper()
	_, err := d.set.Products.UpdateProduct(d.t.Context(), &productv1.UpdateProductRequest{
		Product: product, UpdateMask: &fieldmaskpb.FieldMask{Paths: fields}, ExpectedVersion: product.GetVersion(),
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// tea makes a product with two variants and stays on its page.
func (d *desk) tea() *productv1.Product {
	d.t.Helper()
	made, err := d.set.Products.CreateProduct(d.t.Context(), &productv1.CreateProductRequest{Product: &productv1.Product{
		Name: "Tea", Description: "Green.", Tags: []string{"hot"}, Options: []*productv1.Option{{Name: "Size", Values: []string{"Small", "Large"}}},
		Attributes: []*productv1.Attribute{{Name: "Origin", Value: "Assam"}},
		Images:     []*productv1.Image{{SourceUrl: "https://pictures.example/a.jpg", Alt: "A tin"}, {SourceUrl: "https://pictures.example/b.jpg"}},
		Variants: []*productv1.Variant{
			{Sku: "T-S", Mpn: "m1", OptionValues: []string{"Small"}, Price: &typev1.Money{AmountMinor: 500, CurrencyCode: "USD"}},
			{Sku: "T-L", OptionValues: []string{"Large"}, Price: &typev1.Money{AmountMinor: 900, CurrencyCode: "USD"}, ImageId: "https://pictures.example/b.jpg"},
		},
	}})
	if err != nil {
		d.t.Fatal(err)
	}
	d.open("/products/" + made.GetProduct().GetId())
	d.wants(http.StatusOK, "/products/"+made.GetProduct().GetId())
	return made.GetProduct()
}

// A product is written on one page: every button on the way keeps what was typed, and the variants follow from the options.
func TestCreateProduct(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/products/new")
	d.press("add-option", "name", "Stoneware mug", "description", "Wide handle.\r\n\r\nDishwasher safe.", "tags", "cup\r\nmug", "options-0-name", "Colour",
		"options-0-values", "Moss\r\nSand", "variants-0-price", "18.00", "variants-0-weight_grams", "350", "attributes-0-name", "Material", "attributes-0-value", "Stoneware",
		"add_image", "https://pictures.example/mug.jpg", "add_locale", "de")
	d.wants(http.StatusOK, "/products/new/contents")
	d.press("make-variants", "options-1-name", "Size", "options-1-values", "Small\r\nLarge")
	d.says("3 variants are made. Nothing is saved yet.")
	if n := d.number("select count(*) from products"); n != 0 {
		t.Error("a button that saves nothing has saved")
	}
	d.press("add-attribute", "variants-1-price", "21.00", "variants-0-sku", "MUG-1", "variants-3-sku", "MUG-4")
	d.press("save", "attributes-1-name", "Origin", "attributes-1-value", "Portugal", "variants-2-image_id", "1")
	d.says("The product is saved.")
	p := d.stored()
	if p.GetName() != "Stoneware mug" || p.GetDescription() != "Wide handle.\n\nDishwasher safe." || p.GetSlug() != "stoneware-mug" || p.GetState() != productv1.ProductState_PRODUCT_STATE_DRAFT {
		t.Errorf("stored as %v", p)
	}
	var variants []string
	for _, v := range p.GetVariants() {
		variants = append(variants, fmt.Sprintf("%s %s %s %d", strings.Join(v.GetOptionValues(), "/"), v.GetSku(), decimal(v.GetPrice()), v.GetWeightGrams()))
	}
	if want := []string{"Moss/Small MUG-1 18.00 350", "Moss/Large  21.00 350", "Sand/Small  18.00 350", "Sand/Large MUG-4 18.00 350"}; !slices.Equal(variants, want) {
		t.Errorf("variants %q, want %q", variants, want)
	}
	if len(p.GetAttributes()) != 2 || len(p.GetTags()) != 2 || len(p.GetImages()) != 1 || len(p.GetTranslations()) != 1 || p.GetVariants()[2].GetImageId() != p.GetImages()[0].GetId() {
		t.Errorf("not all is there: %v", p)
	}
}

// A form that is sent twice makes one product.
func TestCreateProductTwice(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open("/products/new")
	action, values := d.form("form.editor", "name", "Jug", "variants-0-price", "8.00")
	values.Set("do", "save")
	d.post(action, values)
	first := d.at.Path
	d.post(action, values)
	if d.status != http.StatusOK || d.at.Path != first || d.number("select count(*) from products") != 1 {
		t.Errorf("the second time it led to %s (%d): %s", d.at, d.status, d.text("main"))
	}
}

// What is wrong is said above the form and beside the field, and all that was typed is still there.
func TestRefusedProduct(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.tea()
	d.open("/products/new")
	d.press("save", "name", "", "variants-0-sku", "T-S", "variants-0-gtin", "123", "variants-0-price", "8.00", "variants-0-weight_grams", "", "slug", "Not An Address")
	d.wants(http.StatusUnprocessableEntity, "/products/new/contents")
	for field, words := range map[string]string{"name": "is missing", "variants-0-sku": "belongs to the product", "variants-0-gtin": "GTIN", "slug": "not-an-address"} {
		if text := d.text("#field-" + field + "-error"); !strings.Contains(text, words) {
			t.Errorf("beside %s stands %q, not %q", field, text, words)
		}
		if d.page.Find(".error-summary a[href='#field-"+field+"']").Length() != 1 {
			t.Errorf("the summary does not lead to %s: %s", field, d.text(".error-summary"))
		}
	}
	if got := d.page.Find("#field-variants-0-sku").AttrOr("value", ""); got != "T-S" || !strings.HasPrefix(d.page.Find("title").Text(), "Error: ") {
		t.Errorf("the SKU is now %q", got)
	}
	d.press("save", "variants-0-price", "a lot")
	if text := d.text("#field-variants-0-price-error"); text != "Write a price such as 12.50" {
		t.Errorf("beside the price stands %q", text)
	}
}

// Saving changes what was changed and nothing else: not the order of variants, not what the page does not show of them.
func TestEditProduct(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before := d.tea()
	d.press("save")
	if p := d.stored(); p.GetVersion() != before.GetVersion() {
		t.Errorf("nothing was typed, and yet there is version %d after %d", p.GetVersion(), before.GetVersion())
	}
	d.press("save", "variants-1-price", "9.50", "options-0-values", "Tiny\nLarge")
	p := d.stored()
	if v := p.GetVariants(); len(v) != 2 || v[0].GetId() != before.GetVariants()[0].GetId() || v[0].GetMpn() != "m1" || v[0].GetOptionValues()[0] != "Tiny" || decimal(v[1].GetPrice()) != "9.50" {
		t.Errorf("variants are now %v", v)
	}
	if p.GetDescription() != "Green." || len(p.GetImages()) != 2 || !slices.Contains(p.GetStaffFields(), "options") || slices.Contains(p.GetStaffFields(), "description") {
		t.Errorf("more has changed than was typed: %v", p)
	}
	d.press("picture-later 0")
	if got := d.page.Find("#field-variants-1-image_id").AttrOr("value", ""); got != "1" {
		t.Errorf("the picture of the variant is number %q after it came first", got)
	}
	d.press("save")
	if p := d.stored(); p.GetImages()[0].GetId() != before.GetImages()[1].GetId() || p.GetVariants()[1].GetImageId() != before.GetImages()[1].GetId() {
		t.Errorf("pictures %v, variant shows %s", p.GetImages(), p.GetVariants()[1].GetImageId())
	}
}

// When somebody else saved meanwhile, nothing of either is lost: what only one of them changed is taken, and what both changed is shown and chosen.
func TestProductConflict(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	theirs := d.tea()
	here := d.at.Path
	theirs.Name, theirs.Brand, theirs.Tags = "Green tea", "Leaf & Co", []string{"hot", "leaf"}
	theirs.Variants[0].Price.AmountMinor, theirs.Variants[1].Price.AmountMinor = 600, 950
	d.byProgram(theirs, "name", "brand", "tags", "variants")
	d.press("save", "name", "Best tea", "description", "Greener.", "tags", "hot\nbest", "variants-0-price", "7.00")
	d.wants(http.StatusConflict, here+"/contents")
	for _, words := range []string{"has changed this product since you opened it", "Taken over from them: Brand, Variants", "Green tea", "Best tea", "Price of Small", "6.00", "7.00"} {
		d.says(words)
	}
	if p := d.stored(); p.GetName() != "Green tea" || p.GetDescription() != "Green." {
		t.Errorf("it was saved before anybody chose: %v", p)
	}
	action, values := d.form("form.editor")
	values.Set("choice-tags", "theirs")
	values.Set("do", "save")
	d.post(action, values)
	d.wants(http.StatusOK, here)
	p := d.stored()
	if p.GetName() != "Best tea" || p.GetDescription() != "Greener." || p.GetBrand() != "Leaf & Co" || !slices.Equal(p.GetTags(), []string{"hot", "leaf"}) ||
		decimal(p.GetVariants()[0].GetPrice()) != "7.00" || decimal(p.GetVariants()[1].GetPrice()) != "9.50" {
		t.Errorf("stored as %v", p)
	}
}

// Hundreds of variants are written page by page, and saved together.
func TestManyVariants(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var colours []string
	for i := range 100 {
		colours = append(colours, fmt.Sprintf("Colour %d", i))
	}
	d.open("/products/new")
	d.press("make-variants", "name", "Pencil", "variants-0-price", "1.00", "options-0-name", "Colour", "options-0-values", strings.Join(colours, "\n"))
	d.says("99 variants are made")
	d.press("show-variants 75", "variants-3-price", "2.00")
	d.press("save", "variants-2-price", "3.00", "variants-4-sku", "P-79")
	d.says("The product is saved.")
	p := d.stored()
	if v := p.GetVariants(); len(v) != 100 || decimal(v[3].GetPrice()) != "2.00" || decimal(v[77].GetPrice()) != "3.00" || v[79].GetSku() != "P-79" || v[99].GetOptionValues()[0] != "Colour 99" {
		t.Fatalf("variants are now %v", v)
	}
	p.Variants[90].Price.AmountMinor = 444
	d.byProgram(p, "variants")
	d.press("save", "variants-0-price", "5.00")
	d.wants(http.StatusConflict, d.at.Path)
	d.press("save")
	if v := d.stored().GetVariants(); decimal(v[0].GetPrice()) != "5.00" || decimal(v[90].GetPrice()) != "4.44" || decimal(v[77].GetPrice()) != "3.00" {
		t.Errorf("variants are now %v", v)
	}
	d.press("show-variants 75", "variants-1-price", "")
	d.press("save") // the page with what is wrong is opened
	d.wants(http.StatusUnprocessableEntity, d.at.Path)
	d.says("Colour 1: Enter a price")
}

// A session that ends over a product costs nothing: the page comes back with all of it.
func TestSessionEndsOverAProduct(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.tea()
	here := d.at.Path
	d.endSessions()
	d.press("save", "description", "Greener.\nBetter.", "variants-0-price", "5.55")
	d.wants(http.StatusUnauthorized, here+"/contents")
	d.send("form[action='/login']", "email", email, "password", password)
	d.says("nothing was lost")
	d.send("main form")
	d.wants(http.StatusOK, here+"/contents")
	if p := d.stored(); p.GetDescription() != "Green." {
		t.Error("it was saved before anybody saw it")
	}
	d.press("save")
	if p := d.stored(); p.GetDescription() != "Greener.\nBetter." || decimal(p.GetVariants()[0].GetPrice()) != "5.55" {
		t.Errorf("stored as %v", p)
	}
}

// Whoever may only look finds no control, and may not change anything by hand-made requests.
func TestProductForReaders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.tea()
	here := d.at.Path
	action, values := d.form("form.editor", "name", "Mine")
	values.Set("do", "save")
	d.exec("update auth_staff set permissions = array_remove(permissions, 'products.write')")
	d.open(here)
	if d.page.Find("main form, main input, main button").Length() != 0 {
		t.Errorf("there are controls: %s", d.text("main"))
	}
	for _, words := range []string{"Green.", "Assam", "T-L", "9.00", "Small"} {
		d.says(words)
	}
	d.open("/products/new")
	d.wants(http.StatusForbidden, "/products/new")
	d.post(action, values)
	d.wants(http.StatusForbidden, here+"/contents")
	for _, verb := range []string{"/copies", "/archive", "/removal"} {
		d.post(here+verb, map[string][]string{"confirm": {"delete"}, "version": {"1"}})
		d.wants(http.StatusForbidden, here+verb)
	}
}

// A product is copied, archived and brought back, and deleted only by typing that.
func TestProductLife(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.tea()
	here := d.at.Path
	d.send("form[action='" + here + "/copies']")
	d.says("This is the copy, a draft.")
	if d.at.Path == here {
		t.Error("the copy is the product itself")
	}
	d.open(here)
	d.send("form[action='" + here + "/archive']")
	d.says("Archived")
	d.send("form[action='" + here + "/archive']")
	d.says("The product is a draft again.")
	d.send("form[action='"+here+"/removal']", "confirm", "yes")
	d.wants(http.StatusUnprocessableEntity, here+"/removal")
	d.says("Type DELETE, so that nothing is removed by mistake")
	d.send("form[action='"+here+"/removal']", "confirm", "Delete")
	d.wants(http.StatusOK, "/products")
	d.open(here)
	d.wants(http.StatusNotFound, here)
}

// What a product is taxed as is chosen among the classes that the shop has; one that was removed since is told, and kept until another is chosen.
func TestProductTaxClass(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.tea()
	if options := d.page.Find("#field-tax_class option"); options.Length() != 3 || options.First().AttrOr("value", "none") != "" {
		t.Errorf("the classes to choose from: %s", d.text("#field-tax_class"))
	}
	d.press("save", "tax_class", "reduced")
	if p := d.stored(); p.GetTaxClass() != "reduced" {
		t.Errorf("stored as %v", p)
	}
	d.exec("delete from tax_classes where code = 'reduced'")
	d.press("save", "brand", "Leaf")
	d.says("reduced, which is no class: taxed as standard")
	if p := d.stored(); p.GetTaxClass() != "reduced" || p.GetBrand() != "Leaf" {
		t.Errorf("stored as %v", p)
	}
}
