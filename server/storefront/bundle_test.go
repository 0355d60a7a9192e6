package storefront_test

import (
	"net/http"
	"strings"
	"testing"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
)

// A bundle's page says what is in it and leads to the page of each part; its cart, its order and the price say the same, and the parts' stock is what goes.
func TestBundlePages(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	jug := s.merchant("Jug").GetVariants()[0]
	created, err := s.set.Products.CreateProduct(t.Context(), &productv1.CreateProductRequest{Product: &productv1.Product{
		Name: "Breakfast set", State: productv1.ProductState_PRODUCT_STATE_ACTIVE,
		Variants: []*productv1.Variant{{
			Sku: "SET", Price: &typev1.Money{AmountMinor: 4200, CurrencyCode: "USD"},
			BundleParts: []*productv1.BundlePart{{VariantId: jug.GetId(), Quantity: 2}},
		}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	set := created.GetProduct()
	show := func(ids ...string) {
		t.Helper()
		if _, err := s.set.Catalog.RefreshProducts(t.Context(), &catalogv1.RefreshProductsRequest{ProductIds: ids}); err != nil {
			t.Fatal(err)
		}
	}
	show(set.GetId())
	v := s.visitor()
	v.get("/products/breakfast-set")
	v.expect(http.StatusOK, ".bundle", "In this bundle")
	v.expect(http.StatusOK, ".bundle li", "2 × Jug")
	if to := v.page.Find(".bundle li a").AttrOr("href", ""); to != "/products/jug" {
		t.Errorf("the part leads to %q", to)
	}
	v.expect(http.StatusOK, ".product__price", "$42.00")
	v.add("breakfast-set")
	v.get("/cart")
	v.expect(http.StatusOK, ".cart-line .parts", "2 × Jug")
	v.post("/checkout/contact", contact...)
	v.post("/checkout/delivery", "delivery", "standard")
	v.post("/checkout/payment", "method", "on_delivery", "billing_same", "1")
	v.expect(http.StatusOK, ".item__words", "2 × Jug")
	field := func(name string) string { return v.page.Find("[name="+name+"]").AttrOr("value", "") }
	v.post("/checkout/review", "idempotency_key", field("idempotency_key"), "expected_total", field("expected_total"))
	v.expect(http.StatusOK, ".item__words", "4 × Jug")

	s.edit("Jug", func(p *productv1.Product) { p.State = productv1.ProductState_PRODUCT_STATE_ARCHIVED }, "state")
	v.get("/products/breakfast-set")
	v.expect(http.StatusOK, ".buy", "Sold out")
	if v.page.Find(".bundle li a").Length() != 0 || !strings.Contains(v.text(".bundle li"), "Jug") {
		t.Errorf("a part that is not sold any more is shown as %q", v.text(".bundle"))
	}
}
