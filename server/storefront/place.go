package storefront

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	trackingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/tracking/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/rpc"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// review is the last look before the order. Its key names the order that its button places, however often it is pressed.
func (s *Shop) review(w http.ResponseWriter, r *http.Request) error {
	cart, err := s.atStep(w, r, reviewStep)
	if cart == nil {
		return err
	}
	if saved := cart.GetPaymentWay().GetSavedMethodId(); saved != "" && !s.savedCards(r).usable(saved) {
		web.SeeOther(w, r, steps[paymentStep].path) // which says so
		return nil
	}
	return s.showReview(w, r, cart, http.StatusOK, "", nil)
}

func (s *Shop) showReview(w http.ResponseWriter, r *http.Request, cart *checkoutv1.Cart, status int, changed string, problems ui.Problems) error {
	total := cart.GetTotals().GetTotal()
	page := storefront.ReviewPage{
		Shell: s.privateShell(r, steps[reviewStep].label), Checkout: s.checkoutParts(r, cart, reviewStep),
		CartID: cart.GetId(), IdempotencyKey: id.New(), ExpectedTotal: fmt.Sprintf("%d %s", total.GetAmountMinor(), total.GetCurrencyCode()),
		PayLabel: "Order and pay " + s.money(total), Changed: changed,
		TermsText: "By ordering you agree to the terms of sale.",
		Terms:     []ui.Link{{Label: "Terms of sale", URL: "/pages/terms"}, {Label: "Returns", URL: "/pages/returns"}},
	}
	page.SavedCard, page.SaveCard = cart.GetPaymentWay().GetSavedMethodId(), cart.GetPaymentWay().GetSaveMethod()
	page.TermsVersion = cart.GetTermsVersion()
	page.GiftCardShares = cardShares(cart)
	left := total
	if len(page.GiftCardShares) > 0 {
		left = cart.GetLeftToPay()
		page.PayLabel = "Order and pay " + s.money(left)
	}
	for _, one := range cart.GetPromotions() {
		page.Promotions = append(page.Promotions, one.GetPromotionId())
	}
	switch {
	case left.GetAmountMinor() == 0 && len(page.GiftCardShares) > 0:
		page.PayLabel = "Order and pay by gift card"
	case left.GetAmountMinor() == 0:
		page.PayLabel = "Order, nothing to pay"
	case cart.GetPaymentMethod() == checkoutv1.PaymentMethod_PAYMENT_METHOD_BANK_TRANSFER:
		page.PayLabel = "Order and transfer " + s.money(left)
	case cart.GetPaymentMethod() == checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY:
		page.PayLabel = "Order and pay " + s.money(left) + " on delivery"
	}
	page.Problems, page.Coupon.Error, page.GiftCards.Error = problems, problems["code"], problems["gift_card"]
	return web.Render(w, r, status, storefront.CheckoutReview(page))
}

// placeOrder turns the cart into an order and leads to where it is paid.
func (s *Shop) placeOrder(w http.ResponseWriter, r *http.Request) error {
	// The cart may be an order already, by the first of two presses: its id is all that is needed, and the key leads to that order. After the answer to the first
	// only the form has it. Checkout takes the shopper's own carts alone.
	cartID := cmp.Or(s.cookies.Get(r, cartCookie), typed(r, "cart_id"))
	if cartID == "" {
		return s.lost(w, r, reviewStep)
	}
	expected, ok := parseTotal(typed(r, "expected_total"))
	if !ok {
		web.SeeOther(w, r, "/checkout")
		return nil
	}
	placed, err := s.Checkout.PlaceOrder(s.asShopper(r), &checkoutv1.PlaceOrderRequest{
		CartId: cartID, ExpectedTotal: expected, IdempotencyKey: typed(r, "idempotency_key"), ExpectedPromotionIds: r.PostForm["promotion"],
		AcceptedTermsVersion: typed(r, "terms"), ExpectedGiftCards: parseShares(r.PostForm["gift_card_share"]),
	})
	if err != nil {
		switch connect.CodeOf(err) {
		case connect.CodeFailedPrecondition, connect.CodeAborted, connect.CodeInvalidArgument:
			return s.refusedOrder(w, r, err)
		case connect.CodeNotFound, connect.CodeUnauthenticated, connect.CodePermissionDenied: // the last of who has no cookie any more
			return s.lost(w, r, reviewStep)
		default:
			return err
		}
	}
	link, err := s.Links.SignLink(r.Context(), &trackingv1.SignLinkRequest{OrderId: placed.GetOrderId()})
	if err != nil {
		return err
	}
	s.forgetCart(w)
	if placed.GetPaymentId() == "" {
		web.SeeOther(w, r, orderURL(link.GetSigned()))
		return nil
	}
	start := &orderv1.StartPaymentRequest{OrderId: placed.GetOrderId(), Way: s.way(r)}
	if saved := typed(r, "saved_card"); customerOf(r) != nil && saved != "" { // as the review showed it
		start.Way = &paymentv1.Way{SavedMethodId: saved}
	} else if customerOf(r) != nil {
		start.Way.SaveMethod = r.PostFormValue("save_card") != ""
	}
	r.SetPathValue("signed", link.GetSigned()) // this is the order's page from here on
	return s.leadToPayment(s.payingAs(r, true), w, r, start, "")
}

// leadToPayment opens the payment and sends the shopper to the provider. The order stands whatever happens, so each answer leads on from it. If the provider does not answer,
// its return page finds out what became of the payment. Declined is the attempt that the shopper knows was declined.
func (s *Shop) leadToPayment(ctx context.Context, w http.ResponseWriter, r *http.Request, req *orderv1.StartPaymentRequest, declined string) error {
	started, err := s.startPayment(ctx, req)
	signed := r.PathValue("signed")
	switch {
	case err == nil && started.GetInFields():
		web.SeeOther(w, r, orderURL(signed)+"/pay")
		return nil
	case err == nil && started.GetRedirectUrl() != "":
		http.Redirect(w, r, started.GetRedirectUrl(), http.StatusSeeOther)
		return nil
	case err == nil, connect.CodeOf(err) == connect.CodeUnavailable, connect.CodeOf(err) == connect.CodeDeadlineExceeded:
		web.SeeOther(w, r, orderURL(signed)+"/return")
		return nil
	case connect.CodeOf(err) == connect.CodeResourceExhausted, connect.CodeOf(err) == connect.CodeFailedPrecondition:
		return s.showHeld(w, r, req, declined, err)
	default:
		s.cfg.Log.ErrorContext(ctx, "payment not started", "order_id", req.GetOrderId(), "error", err)
		web.SeeOther(w, r, orderURL(signed))
		return nil
	}
}

// startPayment counts first that this visitor begins to pay. Paying by hand tries out no card.
func (s *Shop) startPayment(ctx context.Context, req *orderv1.StartPaymentRequest) (*orderv1.StartPaymentResponse, error) {
	if s.cfg.PayTries != nil && !req.GetOnDelivery() && !req.GetByTransfer() {
		if err := s.cfg.PayTries(ctx); err != nil {
			return nil, err
		}
	}
	return s.Orders.StartPayment(ctx, req)
}

// refusedOrder explains what stands in the way: at the lines in the cart, or at the changed total on the review. A cart that was ordered from another tab leads to its
// order, where it can be paid.
func (s *Shop) refusedOrder(w http.ResponseWriter, r *http.Request, refused error) error {
	problem, _ := rpc.Detail[*checkoutv1.PlaceOrderProblem](refused)
	if problem.GetOrderId() != "" {
		link, err := s.Links.SignLink(r.Context(), &trackingv1.SignLinkRequest{OrderId: problem.GetOrderId()})
		if err != nil {
			return err
		}
		s.forgetCart(w)
		web.SeeOther(w, r, orderURL(link.GetSigned()))
		return nil
	}
	cart, err := s.loadCart(r, "")
	if err != nil {
		return err
	}
	if cart == nil {
		return s.lost(w, r, reviewStep)
	}
	if len(problem.GetLines()) > 0 || !ready(cart) {
		page := s.cartPage(r, cart)
		markRefused(page.Lines, problem.GetLines())
		page.Problems = ui.Problems{"": strings.Join(append([]string{"Something changed while you were checking out; nothing was ordered."}, lostDiscounts(problem.GetDiscounts())...), " ")}
		page.CheckoutURL, page.Blocked = "", "Change or remove the marked lines to go on."
		return web.Render(w, r, http.StatusConflict, storefront.Cart(page))
	}
	if next := nextStep(cart); next != reviewStep {
		web.SeeOther(w, r, steps[next].path)
		return nil
	}
	if slices.Contains(problem.GetMissing(), "terms") {
		return s.showReview(w, r, cart, http.StatusUnprocessableEntity, "", ui.Problems{"terms": "Accept the terms of sale to order"})
	}
	if problem.GetTotal() != nil || len(problem.GetDiscounts()) > 0 {
		changed := append(lostDiscounts(problem.GetDiscounts()), "The total is "+s.money(cart.GetTotals().GetTotal())+" now. Look again; nothing was ordered yet.")
		return s.showReview(w, r, cart, http.StatusConflict, strings.Join(changed, " "), nil)
	}
	return s.showReview(w, r, cart, http.StatusConflict, "", ui.Problems{"": words(refused)})
}

// markRefused says at each line why it cannot be ordered, also when the cart was read a moment later and no longer sees it.
func markRefused(lines []storefront.CartLine, refusals []*checkoutv1.LineRefusal) {
	for _, refusal := range refusals {
		for i := range lines {
			if lines[i].ID != refusal.GetLineId() || lines[i].Problem != "" {
				continue
			}
			lines[i].Problem = "Sold out just now."
			if refusal.GetAvailable() > 0 {
				lines[i].Problem = fmt.Sprintf("Only %d left now.", refusal.GetAvailable())
			}
		}
	}
}

func parseTotal(text string) (*typev1.Money, bool) {
	minor, currency, found := strings.Cut(text, " ")
	amount, err := strconv.ParseInt(minor, 10, 64)
	if !found || err != nil || len(currency) != 3 {
		return nil, false
	}
	return &typev1.Money{AmountMinor: amount, CurrencyCode: currency}, true
}

func orderURL(signed string) string { return "/orders/" + url.PathEscape(signed) }
