package storefront_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/PuerkitoBio/goquery"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/services/pricing"
)

// promote stores a promotion with its code; without one it counts by itself.
func (s *shop) promote(name, code string, effect *pricingv1.Effect, conditions *pricingv1.Conditions) {
	s.t.Helper()
	prices := pricing.New(pricing.Config{DB: s.db, Currency: "USD"})
	created, err := prices.CreatePromotion(s.t.Context(), &pricingv1.CreatePromotionRequest{Promotion: &pricingv1.Promotion{
		Name: name, Active: true, NeedsCode: code != "", Conditions: conditions, Effect: effect,
	}})
	if err == nil && code != "" {
		_, err = prices.CreateCodes(s.t.Context(), &pricingv1.CreateCodesRequest{PromotionId: created.GetPromotion().GetId(), Code: code})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func usd(minor int64) *typev1.Money { return &typev1.Money{AmountMinor: minor, CurrencyCode: "USD"} }

func amountOff(minor int64) *pricingv1.Effect {
	return &pricingv1.Effect{Kind: &pricingv1.Effect_AmountOff{AmountOff: &pricingv1.AmountOff{Amount: usd(minor)}}}
}

// Without script: a code that does not count comes back with the reason and what was typed; one that does is shown with what it takes off, on the cart, at each
// step, on the order and its mail; it can be removed.
func TestDiscountCodePages(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	s.promote("Ten off", "TEN-OFF", amountOff(1000), &pricingv1.Conditions{MinValue: usd(5000)})
	s.promote("Summer", "", amountOff(100), &pricingv1.Conditions{})
	v := s.visitor()
	v.add("jug") // two at $20.00
	v.get("/cart")
	v.expect(http.StatusOK, ".totals", "Summer −$1.00")
	v.expect(http.StatusOK, ".cart-line__total", "Now $39.00 Was $40.00")
	v.post("/cart/codes", "code", "NOTHING")
	v.expect(http.StatusUnprocessableEntity, ".fold__form .field__error", "Check how it is spelled")
	if typed := v.page.Find("#field-code").AttrOr("value", ""); typed != "NOTHING" {
		t.Errorf("what was typed became %q", typed)
	}
	v.post("/cart/codes", "code", "ten off")
	v.expect(http.StatusUnprocessableEntity, ".fold__form .field__error", "orders from $50.00 of the goods that it is for. Add goods for $10.00 more.")
	v.add("lamp")
	v.post("/cart/codes", "code", "ten off")
	v.expect(http.StatusOK, ".coupon", "ten off")
	v.expect(http.StatusOK, ".totals", "Ten off ten off−$10.00")
	v.expect(http.StatusOK, ".totals__saved", "You save $11.00")

	v.post("/checkout/contact", contact...)
	v.expect(http.StatusOK, ".coupon", "Ten off: −\u2060$10.00")
	v.post("/checkout/codes/removal", "code", "TEN-OFF", "step", "1")
	v.expect(http.StatusOK, "h1", "Delivery")
	if v.page.Find(".coupon").Length() != 0 {
		t.Errorf("the code is still there: %s", v.text(".coupon"))
	}
	v.post("/checkout/codes", "code", "TEN", "step", "1")
	v.expect(http.StatusUnprocessableEntity, ".fold__form .field__error", "Check how it is spelled")
	v.expect(http.StatusUnprocessableEntity, "h1", "Delivery")
	v.post("/checkout/codes", "code", "TENOFF", "step", "1")
	v.expect(http.StatusOK, "h1", "Delivery")
	v.post("/checkout/delivery", "delivery", "standard")
	v.post("/checkout/payment", "method", "on_delivery", "billing_same", "1")
	v.expect(http.StatusOK, ".totals", "Ten off TENOFF−$10.00")
	button := func() url.Values { // what the form with the button sends
		form := url.Values{}
		v.page.Find("form.checkout__pay input").Each(func(_ int, field *goquery.Selection) {
			form.Add(field.AttrOr("name", ""), field.AttrOr("value", ""))
		})
		return form
	}
	review := button()
	s.exec("update promotions set active = false where name = 'Summer'")
	v.ask(http.MethodPost, "/checkout/review", review)
	v.expect(http.StatusConflict, "main", "“Summer” does not count any more.")
	v.expect(http.StatusConflict, "main", "nothing was ordered yet")
	v.ask(http.MethodPost, "/checkout/review", button())
	v.expect(http.StatusOK, ".order .totals", "Ten off TENOFF−$10.00")
	v.expect(http.StatusOK, ".order .totals__saved", "You save $10.00")
	v.expect(http.StatusOK, ".order .items", "Ten off: −\u2060$5.00")
}
