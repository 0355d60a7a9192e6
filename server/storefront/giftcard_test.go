package storefront_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/services/pricing"
)

// giftCard issues a gift card and returns its code.
func (s *shop) giftCard(minor int64) string {
	s.t.Helper()
	secret := [32]byte{1} // the shop's
	keys, err := pricing.NewGiftCardKeys(secret[:])
	if err != nil {
		s.t.Fatal(err)
	}
	issued, err := pricing.New(pricing.Config{DB: s.db, Currency: "USD", GiftCards: keys}).IssueGiftCards(s.t.Context(), &pricingv1.IssueGiftCardsRequest{
		BatchId: id.New(), Count: 1, Amount: usd(minor), Kind: pricingv1.GiftCardKind_GIFT_CARD_KIND_CARD,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return issued.GetCards()[0].GetCode()
}

// Without script: a gift card that cannot pay comes back with the reason and what was typed; one that can is shown with what it pays and what is left, on the cart, at each step and on
// the order. When less is on it at the last moment, nothing is ordered and the shopper looks again.
func TestGiftCardPages(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	code := s.giftCard(1500)
	lastFour := code[len(code)-4:]
	v := s.visitor()
	v.add("jug") // two at $20.00
	v.get("/cart")
	v.post("/cart/gift-cards", "gift_card", "ABCD-EFGH-JKMN-PQRS")
	v.expect(http.StatusUnprocessableEntity, ".field--bad:has(#field-gift_card)", "There is no gift card with this code")
	if typed := v.page.Find("#field-gift_card").AttrOr("value", ""); typed != "ABCD-EFGH-JKMN-PQRS" {
		t.Errorf("what was typed became %q", typed)
	}
	v.post("/cart/gift-cards", "gift_card", "")
	v.expect(http.StatusUnprocessableEntity, ".field--bad:has(#field-gift_card)", "Enter the code of your gift card")
	v.post("/cart/gift-cards", "gift_card", strings.ToLower(code))
	for _, words := range []string{"Gift card …" + lastFour, "−$15.00", "Left to pay", "$25.00"} {
		v.expect(http.StatusOK, ".totals", words)
	}
	if strings.Contains(v.text("main"), code) {
		t.Error("the code is shown again")
	}
	v.post("/checkout/contact", contact...)
	v.post("/checkout/gift-cards/removal", "gift_card_id", v.page.Find("[name=gift_card_id]").AttrOr("value", ""), "step", "1")
	v.expect(http.StatusOK, "h1", "Delivery")
	if v.page.Find("[name=gift_card_id]").Length() != 0 {
		t.Error("the card is still there")
	}
	v.post("/checkout/gift-cards", "gift_card", "nonsense", "step", "1")
	v.expect(http.StatusUnprocessableEntity, ".field--bad:has(#field-gift_card)", "There is no gift card with this code")
	v.expect(http.StatusUnprocessableEntity, "h1", "Delivery")
	v.post("/checkout/gift-cards", "gift_card", code, "step", "1")
	v.post("/checkout/delivery", "delivery", "standard")
	v.post("/checkout/payment", "method", "on_delivery", "billing_same", "1")
	v.expect(http.StatusOK, ".done-step", "Gift card …"+lastFour)
	button := func() url.Values { // what the form with the button sends
		form := url.Values{}
		v.page.Find("form.checkout__pay input").Each(func(_ int, field *goquery.Selection) {
			form.Add(field.AttrOr("name", ""), field.AttrOr("value", ""))
		})
		return form
	}
	review := button()
	s.exec("with m as (insert into gift_card_moves select gen_random_uuid(), id, 'adjust', -500, 1000, null, null, 'a mistake', '', '', now() from gift_cards) " +
		"update gift_cards set balance_minor = 1000")
	v.ask(http.MethodPost, "/checkout/review", review)
	v.expect(http.StatusConflict, "main", "Gift card …"+lastFour+" can pay only 10.00 USD by now")
	v.expect(http.StatusConflict, ".totals", "−$10.00")
	v.ask(http.MethodPost, "/checkout/review", button())
	for _, words := range []string{"Paid by gift card", "−$10.00", "The rest"} {
		v.expect(http.StatusOK, ".order .totals", words)
	}
	v.expect(http.StatusOK, ".order", "Gift card, the rest on delivery")
}

// A gift card that pays for all of it leaves nothing to choose, and the order is paid as it is placed.
func TestGiftCardPaysAll(t *testing.T) {
	t.Parallel()
	s := open(t, switches{})
	code := s.giftCard(20000)
	v := s.visitor()
	v.add("jug")
	v.post("/cart/gift-cards", "gift_card", code)
	v.expect(http.StatusOK, ".coupon", "stays on it")
	v.post("/checkout/contact", contact...)
	v.post("/checkout/delivery", "delivery", "standard")
	v.expect(http.StatusOK, "main", "Gift cards pay for all of it")
	if v.page.Find("[type=radio][name=method]").Length() != 0 {
		t.Error("there is a way to pay nothing")
	}
	v.post("/checkout/payment", "method", v.page.Find("[name=method]").AttrOr("value", ""), "billing_same", "1")
	v.expect(http.StatusOK, ".checkout__pay", "Order and pay by gift card")
	form := url.Values{}
	v.page.Find("form.checkout__pay input").Each(func(_ int, field *goquery.Selection) {
		form.Add(field.AttrOr("name", ""), field.AttrOr("value", ""))
	})
	v.ask(http.MethodPost, "/checkout/review", form)
	v.expect(http.StatusOK, ".order__meta", "Paid")
	v.expect(http.StatusOK, ".order", "Paid by gift card")
}
