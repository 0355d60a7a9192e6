package storefront

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	"github.com/tradewind-commerce/tradewind/platform/auth"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/services"
	"github.com/tradewind-commerce/tradewind/services/shoptest"
)

// A shopper who orders from one tab and then from another is led to the order they have, and not to an empty cart.
func TestOrderFromTwoTabs(t *testing.T) {
	t.Parallel()
	shop := shoptest.New(t)
	shopper := shop.Guest()
	cart := shop.Cart(shopper, checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY, shoptest.Item{Variant: shop.Variant(2500, 1), Quantity: 1})
	address, err := url.Parse("https://shop.example")
	if err != nil {
		t.Fatal(err)
	}
	pages := New(&services.Set{Carts: shop.Carts, Checkout: shop.Checkout, Orders: shop.Orders, Links: shop.Links}, Config{}, web.Site{URL: address})
	browser := httptest.NewRecorder()
	pages.cookies.Set(browser, guestCookie, auth.TokenFrom(shopper), time.Hour)
	pages.cookies.Set(browser, cartCookie, cart.GetId(), time.Hour)
	press := func() string {
		t.Helper()
		form := url.Values{"expected_total": {"3095 USD"}, "idempotency_key": {id.New()}}
		r := httptest.NewRequestWithContext(shop.Process(), http.MethodPost, "/checkout/review", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, cookie := range browser.Result().Cookies() {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		if err := pages.placeOrder(w, r); err != nil {
			t.Fatal(err)
		}
		to, _, _ := strings.Cut(w.Header().Get("Location"), "?")
		return to
	}
	first := press()
	if second := press(); !strings.HasPrefix(first, "/orders/") || second != first {
		t.Errorf("the first tab leads to %q, the second to %q", first, second)
	}
}
