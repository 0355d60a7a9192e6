package storefront

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// addCode enters a code in the cart.
func (s *Shop) addCode(w http.ResponseWriter, r *http.Request) error {
	return s.enterInCart(w, r, s.applyCode, func(page *storefront.CartPage, reason string) {
		if page.Coupon == nil { // an empty cart, where no code counts
			page.Problems = ui.Problems{"": reason}
			return
		}
		page.Coupon.Error = reason
	})
}

// enterInCart enters what a form of the cart holds. What is refused comes back as the cart with the reason, told where the form is, and what was typed.
func (s *Shop) enterInCart(
	w http.ResponseWriter, r *http.Request, apply func(*http.Request, *checkoutv1.Cart) (string, error), tell func(*storefront.CartPage, string),
) error {
	cart, err := s.loadCart(r, "")
	if err != nil {
		return err
	}
	if cart == nil {
		web.SeeOther(w, r, "/cart")
		return nil
	}
	reason, err := apply(r, cart)
	if err != nil {
		return err
	}
	if reason == "" {
		web.SeeOther(w, r, "/cart")
		return nil
	}
	page := s.cartPage(r, cart)
	tell(&page, reason)
	return web.Render(w, r, http.StatusUnprocessableEntity, storefront.Cart(page))
}

// removeCode takes a code out of the cart.
func (s *Shop) removeCode(w http.ResponseWriter, r *http.Request) error {
	return s.dropCode(w, r, "/cart")
}

// addCheckoutCode enters a code at a step of the checkout, and stays there.
func (s *Shop) addCheckoutCode(w http.ResponseWriter, r *http.Request) error {
	return s.enterAtStep(w, r, "code", s.applyCode)
}

// enterAtStep enters what a form beside a step holds, and shows the step again with the reason when it is refused.
func (s *Shop) enterAtStep(w http.ResponseWriter, r *http.Request, field string, apply func(*http.Request, *checkoutv1.Cart) (string, error)) error {
	step := stepOf(r)
	cart, err := s.loadCart(r, "")
	if err != nil {
		return err
	}
	switch {
	case cart == nil:
		return s.lost(w, r, step)
	case step > nextStep(cart) || !ready(cart): // undone in another tab
		web.SeeOther(w, r, "/checkout")
		return nil
	}
	reason, err := apply(r, cart)
	if err != nil {
		return err
	}
	if reason == "" {
		web.SeeOther(w, r, steps[step].path)
		return nil
	}
	problems := ui.Problems{field: reason}
	switch step {
	case contactStep:
		return s.showContact(w, r, cart, s.keptContact(r, cart), nil, problems)
	case deliveryStep:
		return s.showDelivery(w, r, cart, problems)
	case paymentStep:
		chosen, way, same, billing := s.keptPayment(r, cart)
		return s.showPayment(w, r, cart, chosen, way, same, billing, problems)
	default:
		return s.showReview(w, r, cart, http.StatusUnprocessableEntity, "", problems)
	}
}

// removeCheckoutCode takes a code out of the cart at a step of the checkout.
func (s *Shop) removeCheckoutCode(w http.ResponseWriter, r *http.Request) error {
	return s.dropCode(w, r, steps[stepOf(r)].path)
}

// stepOf is the step that a form of the checkout's summary stands at.
func stepOf(r *http.Request) int {
	step, err := strconv.Atoi(typed(r, "step"))
	if err != nil || step < 0 || step >= len(steps) {
		return contactStep
	}
	return step
}

// applyCode returns why a code does not count, in words for the shopper, or nothing when the cart has it now.
func (s *Shop) applyCode(r *http.Request, cart *checkoutv1.Cart) (string, error) {
	code := typed(r, "code")
	if code == "" {
		return s.words.Say("Enter a discount code."), nil
	}
	if len(code) > mostOfCode {
		return s.codeProblem(&pricingv1.CodeResult{Reason: pricingv1.CodeReason_CODE_REASON_NOT_VALID}), nil
	}
	_, err := s.Carts.ApplyCode(s.asShopper(r), &checkoutv1.ApplyCodeRequest{CartId: cart.GetId(), Code: code, WithoutCart: true})
	if result, found := rpc.Detail[*pricingv1.CodeResult](err); found {
		return s.codeProblem(result), nil
	}
	if reason, refused := refusal(err); refused {
		return reason, nil
	}
	return "", err
}

// mostOfCode is how long a code may be that is asked about; none is as long.
const mostOfCode = 100

func (s *Shop) dropCode(w http.ResponseWriter, r *http.Request, next string) error {
	return s.takeOut(w, r, next, func(ctx context.Context, cart string) error {
		_, err := s.Carts.RemoveCode(ctx, &checkoutv1.RemoveCodeRequest{CartId: cart, Code: typed(r, "code"), WithoutCart: true})
		return err
	})
}

// takeOut takes something out of the cart that a form names. What is not there, or not any more, is as good as taken out.
func (s *Shop) takeOut(w http.ResponseWriter, r *http.Request, next string, remove func(ctx context.Context, cart string) error) error {
	cart, err := s.loadCart(r, "")
	if err != nil {
		return err
	}
	if cart != nil {
		err = remove(s.asShopper(r), cart.GetId())
		if _, refused := refusal(err); err != nil && !refused {
			return err
		}
	}
	web.SeeOther(w, r, next)
	return nil
}

// codeProblem says why a code does not count and what to do next.
func (s *Shop) codeProblem(result *pricingv1.CodeResult) string {
	switch result.GetReason() {
	case pricingv1.CodeReason_CODE_REASON_OTHER_OFFER:
		return s.words.Say("Another offer in your cart saves you more, and the two do not go together.")
	case pricingv1.CodeReason_CODE_REASON_OTHER_GOODS:
		return s.words.Say("This code is for other goods than those in your cart.")
	case pricingv1.CodeReason_CODE_REASON_OTHER_COUNTRY:
		return s.words.Say("This code is not for deliveries to this country.")
	case pricingv1.CodeReason_CODE_REASON_NO_COUNTRY:
		return s.words.Say("This code depends on where the goods go. Enter it again at checkout, once you have given your address.")
	case pricingv1.CodeReason_CODE_REASON_OTHER_CUSTOMER:
		return s.words.Say("This code is not for your account.")
	case pricingv1.CodeReason_CODE_REASON_FIRST_ORDER:
		return s.words.Say("This code is for first orders only.")
	case pricingv1.CodeReason_CODE_REASON_NOTHING_LEFT:
		return s.words.Say("The goods cost nothing any more, so this code takes nothing off.")
	case pricingv1.CodeReason_CODE_REASON_OTHER_DELIVERY:
		return s.words.Say("This code is for another way of delivery. Enter it again at checkout, once you have chosen one.")
	case pricingv1.CodeReason_CODE_REASON_MORE_VALUE:
		return s.words.Say("This code is for orders from %s of the goods that it is for. Add goods for %s more.", s.money(result.GetLeastValue()), s.money(result.GetMissingValue()))
	case pricingv1.CodeReason_CODE_REASON_MORE_UNITS:
		return s.words.Say("This code is for %d items or more of the goods that it is for. Add %d more.", result.GetLeastUnits(), result.GetMissingUnits())
	case pricingv1.CodeReason_CODE_REASON_NO_GIFT:
		return s.words.Say("The gift that belongs to this code is out of stock at the moment.")
	case pricingv1.CodeReason_CODE_REASON_BUDGET:
		return s.words.Say("Less is left of this offer than it would take off here. It may count for a smaller order.")
	default:
		return s.words.Say("This code is not valid. Check how it is spelled; it may also have ended or be used up.")
	}
}

// coupon is the form for codes, with those that the cart has.
func (s *Shop) coupon(r *http.Request, cart *checkoutv1.Cart, action string, hidden ...ui.Hidden) *storefront.CouponForm {
	form := &storefront.CouponForm{Action: action, RemovalURL: action + "/removal", Hidden: hidden, Code: typed(r, "code")}
	for _, result := range cart.GetCodes() {
		kept := storefront.KeptCode{Code: result.GetCode()}
		if !result.GetApplied() {
			kept.Problem = s.codeProblem(result)
		}
		for _, one := range cart.GetPromotions() {
			if one.GetCode() == result.GetCode() {
				kept.Effect = s.less(one.GetName(), one.GetGoodsMinor()+one.GetShippingMinor())
			}
		}
		form.Kept = append(form.Kept, kept)
	}
	return form
}

// less says what a promotion takes off. A word joiner follows the minus, since a line may end between that and a currency's sign.
func (s *Shop) less(promotion string, minor int64) string {
	return s.words.Say("%s: −%s", promotion, "\u2060"+s.minor(minor))
}

// saved says what each promotion takes off a line.
func (s *Shop) saved(discounts []*pricingv1.Discount) []string {
	var saved []string
	for _, off := range discounts {
		saved = append(saved, s.less(off.GetName(), off.GetAmountMinor()))
	}
	return saved
}

// giftLine is what a promotion adds for nothing.
func (s *Shop) giftLine(line *checkoutv1.CartLine) storefront.SummaryLine {
	shown := s.summaryLine(line)
	shown.Saved, shown.Note = nil, s.giftNote(line.GetDiscounts())
	return shown
}

func (s *Shop) giftNote(discounts []*pricingv1.Discount) string {
	if len(discounts) == 0 { // it costs nothing anyway
		return s.words.Say("A gift for you")
	}
	return s.words.Say("A gift for you: %s", discounts[0].GetName())
}

// missingGifts says which gifts could not be added.
func (s *Shop) missingGifts(cart *checkoutv1.Cart) []string {
	var texts []string
	for _, gift := range cart.GetMissingGifts() {
		if gift.GetProductName() == "" {
			texts = append(texts, s.words.Say("A gift that belongs to your order is not to be had at the moment, so it is left out."))
			continue
		}
		texts = append(texts, s.words.Say("The gift “%s” is not to be had at the moment, so it is left out.", gift.GetProductName()))
	}
	return texts
}

// lostDiscounts says which promotions do not count any more, after an order was refused for it.
func lostDiscounts(lost []*checkoutv1.LostDiscount) []string {
	var texts []string
	for _, one := range lost {
		text := "“" + one.GetName() + "” does not count any more."
		if one.GetCode() != "" {
			text = "“" + one.GetName() + "” (code " + one.GetCode() + ") does not count any more."
		}
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}
