package storefront_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"

	catalogv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/catalog/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// sellGiftCard puts a gift card of some values on sale.
func (s *shop) sellGiftCard(slug string, values ...int64) {
	s.t.Helper()
	card := &productv1.Product{
		Name: "Gift card", Slug: slug, GiftCard: true, State: productv1.ProductState_PRODUCT_STATE_ACTIVE, Options: []*productv1.Option{{Name: "Value"}},
	}
	for _, value := range values {
		card.Variants = append(card.Variants, &productv1.Variant{OptionValues: []string{strconv.FormatInt(value/100, 10)}, Price: usd(value)})
	}
	made, err := s.set.Products.CreateProduct(s.t.Context(), &productv1.CreateProductRequest{Product: card})
	if err == nil {
		_, err = s.set.Catalog.RefreshProducts(s.t.Context(), &catalogv1.RefreshProductsRequest{ProductIds: []string{made.GetProduct().GetId()}})
	}
	var variants []string
	for _, variant := range made.GetProduct().GetVariants() {
		variants = append(variants, variant.GetId())
	}
	if err == nil { // somebody asks how many there are, and none was ever counted
		_, err = s.set.Catalog.RefreshStock(s.t.Context(), &catalogv1.RefreshStockRequest{VariantIds: variants})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// A shopper buys a gift card without an address and without a word about stock; another gift card does not pay for it, and the order's page has everything but the code.
func TestBuyGiftCard(t *testing.T) {
	t.Parallel()
	sandbox := shoptest.StartSandbox(t, shoptest.BuildSandbox(t), "")
	s := open(t, switches{sandbox: sandbox.URL})
	s.sellGiftCard("gift-card", 2500, 5000)
	v := s.visitor()
	v.get("/products/gift-card")
	v.expect(http.StatusOK, "main", "Gift card, sent by email")
	v.expect(http.StatusOK, "main", "A gift card worth $25.00")
	v.expect(http.StatusOK, ".buy__form", "Add to cart")
	for _, nonsense := range []string{"In stock", "Sold out", "days to send it back", "Shipping"} {
		if strings.Contains(v.text(".product__side"), nonsense) {
			t.Errorf("a gift card says %q: %s", nonsense, v.text(".product__side"))
		}
	}
	if v.page.Find(".options__values a").Length() != 2 {
		t.Errorf("the values are %s", v.text(".options"))
	}
	v.add("gift-card") // two of them
	v.get("/cart")
	v.expect(http.StatusOK, ".cart-line", "Gift card, sent by email")
	v.expect(http.StatusOK, ".fold:has(#field-gift_card)", "Gift cards do not pay for gift cards: $50.00")
	v.post("/cart/gift-cards", "gift_card", s.giftCard(9000))
	v.expect(http.StatusOK, "main", "$90.00 stays on it")
	v.expect(http.StatusOK, "main", "Gift cards do not pay for gift cards: $50.00")
	v.get("/checkout")
	v.expect(http.StatusOK, "main", "the codes of the gift cards")
	if v.page.Find("[name=line1], [name=postcode]").Length() > 0 {
		t.Error("a gift card asks for an address")
	}
	v.post("/checkout/contact", "email", "ada@example.com", "country", "US", "region", "OR")
	v.expect(http.StatusOK, "h1", "Payment")
	if v.page.Find("[value=on_delivery]").Length() > 0 {
		t.Error("a gift card can be paid on delivery")
	}
	v.post("/checkout/payment", "method", "hosted")
	v.expect(http.StatusOK, "h1", "Review and order")
	field := func(name string) string { return v.page.Find("[name="+name+"]").AttrOr("value", "") }
	v.post("/checkout/review", "idempotency_key", field("idempotency_key"), "expected_total", field("expected_total"))
	var order string
	if err := s.db.Primary().QueryRow(context.Background(), "select id from orders").Scan(&order); err != nil {
		t.Fatal(err)
	}
	page := "/orders/" + s.sign(order)
	waiting := v.away
	v.get(page)
	v.expect(http.StatusOK, "main", "the codes of your gift cards come by email")
	shoptest.Press(t, waiting, "pay")
	v.get(page + "/return")
	v.expect(http.StatusOK, ".order__thanks", "Thank you")
	var lastFour, card string
	if err := s.db.Primary().QueryRow(context.Background(), "select id, last_four from gift_cards where source = 'sold' order by id limit 1").Scan(&card, &lastFour); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"Gift card …" + lastFour, "$25.00", "Issued", "Its code went to ada@example.com"} {
		v.expect(http.StatusOK, "main", words)
	}
	if strings.Contains(v.text("main"), card) || strings.Contains(v.text("main"), "download") {
		t.Errorf("the page says %s", v.text("main"))
	}
}
