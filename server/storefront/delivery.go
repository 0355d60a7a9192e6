package storefront

import (
	"net/http"
	"slices"
	"strings"
	"time"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// delivery asks how to send it.
func (s *Shop) delivery(w http.ResponseWriter, r *http.Request) error {
	cart, err := s.atStep(w, r, deliveryStep)
	if cart == nil {
		return err
	}
	return s.showDelivery(w, r, cart, nil)
}

func (s *Shop) showDelivery(w http.ResponseWriter, r *http.Request, cart *checkoutv1.Cart, problems ui.Problems) error {
	page := storefront.DeliveryPage{Shell: s.privateShell(r, steps[deliveryStep].label), Checkout: s.checkoutParts(r, cart, deliveryStep)}
	for _, option := range cart.GetDeliveries() {
		choice := storefront.DeliveryChoice{
			ID: option.GetCode(), Name: option.GetName(), Arrives: s.arrives(option, today()),
			Detail: strings.Join(addressLines(option.GetPickupAddress()), ", "), Hours: option.GetPickupHours(),
			Price: s.money(option.GetPrice()), Selected: option.GetCode() == cart.GetDeliveryCode(),
		}
		if option.GetPrice().GetAmountMinor() == 0 {
			choice.Price = "Free"
		}
		page.Choices = append(page.Choices, choice)
	}
	if len(page.Choices) == 0 {
		page.None = "Nothing is delivered to this address. Go back and give another one."
	}
	return web.Render(w, r, refuse(&page.Checkout, problems), storefront.CheckoutDelivery(page))
}

// saveDelivery stores the second step.
func (s *Shop) saveDelivery(w http.ResponseWriter, r *http.Request) error {
	cart, err := s.loadCart(r, "")
	if err != nil {
		return err
	}
	if cart == nil {
		return s.lost(w, r, deliveryStep)
	}
	if next := nextStep(cart); next < deliveryStep || skipped(cart, deliveryStep) {
		web.SeeOther(w, r, steps[next].path)
		return nil
	}
	code := typed(r, "delivery")
	if code == "" {
		return s.showDelivery(w, r, cart, ui.Problems{"delivery": "Choose how to have it delivered"})
	}
	_, err = s.Carts.SetCartDelivery(s.asShopper(r), &checkoutv1.SetCartDeliveryRequest{CartId: cart.GetId(), DeliveryCode: code, WithoutCart: true})
	if reason, refused := refusal(err); refused {
		return s.showDelivery(w, r, cart, ui.Problems{"delivery": reason})
	}
	if err != nil {
		return err
	}
	web.SeeOther(w, r, steps[paymentStep].path)
	return nil
}

// deliveryLines say how the goods come, or where they are fetched, and when.
func (s *Shop) deliveryLines(cart *checkoutv1.Cart) []string {
	for _, option := range cart.GetDeliveries() {
		if option.GetCode() == cart.GetDeliveryCode() {
			return slices.DeleteFunc(
				[]string{option.GetName(), s.arrives(option, today()), strings.Join(addressLines(option.GetPickupAddress()), ", "), option.GetPickupHours()},
				func(line string) bool { return line == "" },
			)
		}
	}
	return nil
}

// arrives says when a delivery comes, or can be fetched; nothing where nobody knows.
func (s *Shop) arrives(option *pricingv1.DeliveryOption, from time.Time) string {
	switch when := arrival(s.words, option, from); {
	case when == "":
		return ""
	case option.GetPickupAddress() != nil:
		return "Ready " + when
	default:
		return "Arrives " + when
	}
}

// fetched says whether the delivery that counts is a place to fetch the goods.
func fetched(cart *checkoutv1.Cart) bool {
	for _, option := range cart.GetDeliveries() {
		if option.GetCode() == cart.GetDeliveryCode() {
			return option.GetPickupAddress() != nil
		}
	}
	return false
}
