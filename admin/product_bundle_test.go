package main

import (
	"net/http"
	"strings"
	"testing"

	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// A bundle is put together without script: parts are found by name or SKU, ticked, counted, and saved; what is wrong stands in its row.
func TestBundlePage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p := d.tea()
	cup, err := d.set.Products.CreateProduct(d.t.Context(), &productv1.CreateProductRequest{Product: &productv1.Product{
		Name: "Cup", State: productv1.ProductState_PRODUCT_STATE_ACTIVE, Options: []*productv1.Option{{Name: "Colour", Values: []string{"Moss", "Clay"}}},
		Variants: []*productv1.Variant{
			{Sku: "CUP-M", OptionValues: []string{"Moss"}, Price: p.GetVariants()[0].GetPrice()},
			{Sku: "CUP-C", OptionValues: []string{"Clay"}, Price: p.GetVariants()[0].GetPrice()},
		},
	}})
	if err != nil {
		t.Fatal(err)
	}
	here := d.at.Path + "/bundle"
	d.open(here)
	d.says("This is no bundle.")
	d.press("find-part", "find_part", "no such thing")
	if d.status != http.StatusUnprocessableEntity || !strings.Contains(d.text("#field-find_part-error"), "No product") {
		t.Errorf("%d: %s", d.status, d.text("main"))
	}
	d.press("find-part", "find_part", "cup")
	if found := d.page.Find("input[name^='found-'][type=checkbox]").Length(); found != 2 {
		t.Errorf("%d variants are found by name, want 2", found)
	}
	d.press("find-part", "find_part", "CUP-C")
	if found := d.page.Find("input[name^='found-'][type=checkbox]").Length(); found != 1 {
		t.Errorf("%d variants are found by SKU, want 1", found)
	}
	action, values := d.form("form.editor")
	values.Set("found-0-add", cup.GetProduct().GetVariants()[1].GetId())
	values.Set("do", "add-parts")
	d.post(action, values)
	if label := d.text("tbody th"); !strings.Contains(label, "Cup Clay (CUP-C)") {
		t.Errorf("the part is called %q", label)
	}
	d.press("save")
	d.wants(http.StatusUnprocessableEntity, here+"/contents")
	d.says("two units at least")
	d.press("save", "parts-0-quantity", "x")
	if !strings.Contains(d.text("#field-parts-0-quantity-error"), "Write how many") {
		t.Errorf("not said in the cell: %s", d.text("main"))
	}
	d.press("save", "parts-0-quantity", "6")
	d.wants(http.StatusOK, here)
	d.says("What it is made of is saved.")
	if n := d.number("select quantity from product_bundle_parts"); n != 6 {
		t.Errorf("%d of the part are stored, want 6", n)
	}

	// A bundle is no part of another, and the product's own form keeps what it is made of.
	d.open(strings.TrimSuffix(here, "/bundle"))
	d.press("save", "name", "Tea for six")
	if n := d.number("select count(*) from product_bundle_parts"); n != 1 {
		t.Errorf("after another change %d parts are stored, want 1", n)
	}
	d.open("/products/" + cup.GetProduct().GetId() + "/bundle")
	d.press("find-part", "find_part", "Tea for six")
	if found := d.text("main"); strings.Contains(found, p.GetVariants()[0].GetSku()) || !strings.Contains(found, p.GetVariants()[1].GetSku()) {
		t.Errorf("a bundle is offered as a part: %s", found)
	}
	d.open(here)
	action, values = d.form("form.editor")
	values.Set("parts-0-removed", "1")
	values.Set("do", "save")
	d.post(action, values)
	d.says("This is no bundle.")
}

// Whoever packs an order reads what belongs to each bundle, and how many of it for all of them.
func TestOrderOfBundles(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	shop := d.shop()
	bundle, cup := id.New(), shop.Variant(500, 9)
	shop.Products.Bundle(bundle, 2700, shoptest.Item{Variant: cup, Quantity: 3})
	placed := shop.OrderOnDelivery(shoptest.Item{Variant: bundle, Quantity: 2})
	d.open("/orders/" + placed.ID)
	if packed := d.text("[aria-label='To be packed'] li"); packed != "6 × Lamp Moss L-1" {
		t.Errorf("to be packed: %q", packed)
	}
}
