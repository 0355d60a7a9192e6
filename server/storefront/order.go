package storefront

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	pricingv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/pricing/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func (s *Shop) openOrder(r *http.Request) (*orderv1.Order, error) {
	answer, err := s.Orders.OpenOrder(r.Context(), &orderv1.OpenOrderRequest{Signed: r.PathValue("signed")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return nil, web.NotFound
	}
	return answer.GetOrder(), err
}

// order shows a placed order to whoever holds its link.
func (s *Shop) order(w http.ResponseWriter, r *http.Request) error {
	order, err := s.openOrder(r)
	if err != nil {
		return err
	}
	page := storefront.OrderPage{
		Shell: s.privateShell(r, "Order "+order.GetNumber()), Number: order.GetNumber(), JustPlaced: justPlaced(order),
		Placed: order.GetCreateTime().AsTime().Format("2 January 2006, 15:04 MST"), PlacedISO: order.GetCreateTime().AsTime().Format(time.RFC3339),
		Email: order.GetEmail(), State: orderTag(order), Payment: paymentTag(order),
		Progress: progress(order), Next: nextSentences(order), Totals: s.paidByCards(s.totals(order.GetTotals(), redeemed(order), order.GetDelivery().GetName(), false), order),
		PaidWith: paidWith(order), Address: addressLines(order.GetDeliveryAddress()), Delivery: order.GetDelivery().GetName(),
		HelpURL: "/pages/contact",
	}
	s.taxesOf(&page.Totals, order.GetTotals(), order.GetTaxes(), order.GetReverseCharge())
	if page.JustPlaced && customerOf(r) == nil {
		page.Join = order.GetEmail()
	}
	page.VATNumber, page.Note, page.Gift = order.GetVatNumber(), order.GetNote(), order.GetGiftMessage()
	if !order.GetDigital() && order.GetConfirmTime() != nil { // before that nobody knows when it is sent
		page.Arrives = s.arrives(order.GetDelivery(), order.GetConfirmTime().AsTime())
	}
	if place := order.GetDelivery().GetPickupAddress(); place != nil {
		page.Address, page.Hours = addressLines(place), order.GetDelivery().GetPickupHours()
	}
	if order.GetBillingAddress() != nil {
		page.Billing = addressLines(order.GetBillingAddress())
	}
	page.Digital, page.Downloads, page.Parcels, page.GiftCards = order.GetDigital(), downloads(order), parcels(order), s.boughtCards(order)
	page.Unsent = s.unsent(order)
	for _, line := range order.GetLines() {
		review := ""
		if reviewable(order) {
			review = orderURL(r.PathValue("signed")) + "/reviews/" + line.GetProductId()
		}
		shown := storefront.SummaryLine{
			Name: line.GetProductName(), URL: s.productURL(line.GetProductSlug()), Options: line.GetVariantName(),
			Quantity: strconv.Itoa(int(line.GetQuantity())), Unit: s.money(line.GetUnitPrice()), Total: s.money(line.GetTotal()),
			Image: linePicture(line.GetImage()), ReviewURL: review, Parts: s.orderParts(line),
		}
		if line.GetDiscount() != nil {
			shown.Full, shown.Saved = s.minor(line.GetTotal().GetAmountMinor()+line.GetDiscount().GetAmountMinor()), s.saved(line.GetDiscounts())
		}
		if line.GetGiftCard() {
			shown.Note = s.words.Say(giftCardLabel)
		}
		if line.GetGift() {
			shown.Note, shown.Saved = s.giftNote(line.GetDiscounts()), nil
		}
		page.Lines = append(page.Lines, shown)
	}
	if order.GetState() == orderv1.OrderState_ORDER_STATE_PENDING {
		page.PayURL, page.PayLabel = orderURL(r.PathValue("signed"))+"/payment", "Pay "+s.due(order)
	}
	if awaitsTransfer(order) {
		page.Transfer, page.PayLabel = s.transfer(order), "Pay by card instead"
		if !s.cfg.Online {
			page.PayURL = ""
		}
	}
	return web.Render(w, r, http.StatusOK, storefront.Order(page))
}

// redeemed is what made an order cheaper.
func redeemed(order *orderv1.Order) []*pricingv1.AppliedPromotion {
	var promotions []*pricingv1.AppliedPromotion
	for _, one := range order.GetPromotions() {
		promotions = append(promotions, &pricingv1.AppliedPromotion{
			PromotionId: one.GetPromotionId(), Name: one.GetName(), Code: one.GetCode(),
			GoodsMinor: one.GetGoods().GetAmountMinor(), ShippingMinor: one.GetShipping().GetAmountMinor(),
		})
	}
	return promotions
}

// orderParts is what is packed for a bundle.
func (s *Shop) orderParts(line *orderv1.OrderLine) []storefront.Part {
	var parts []storefront.Part
	for _, part := range line.GetParts() {
		parts = append(parts, storefront.Part{
			Quantity: strconv.Itoa(int(part.GetQuantity())), Name: part.GetProductName(), Options: part.GetVariantName(), URL: s.productURL(part.GetProductSlug()),
		})
	}
	return parts
}

// thanksLast is how long after it was confirmed an order's page says thank you. The link in the mail may be opened weeks later.
const thanksLast = 15 * time.Minute

func justPlaced(order *orderv1.Order) bool {
	if awaitsTransfer(order) {
		return clock.Now().Sub(order.GetCreateTime().AsTime()) < thanksLast
	}
	confirmed := orderv1.OrderState_ORDER_STATE_CONFIRMED
	if order.GetDigital() {
		confirmed = orderv1.OrderState_ORDER_STATE_FULFILLED
	}
	return order.GetState() == confirmed && clock.Now().Sub(order.GetConfirmTime().AsTime()) < thanksLast
}

// The providers that stand for the carrier, and for the shop's own account.
const (
	onDelivery   = "on_delivery"
	bankTransfer = "bank_transfer"
)

// paidWith goes by who was to collect, whatever became of it. An order that costs nothing is paid with nothing.
func paidWith(order *orderv1.Order) string {
	switch attempts := order.GetPayments(); {
	case len(attempts) == 0:
		return ""
	case attempts[0].GetProvider() == giftCard: // of several payments those by gift card are the oldest
		return "Gift card"
	case attempts[len(attempts)-1].GetProvider() == giftCard && attempts[0].GetProvider() == onDelivery:
		return "Gift card, the rest on delivery"
	case attempts[len(attempts)-1].GetProvider() == giftCard && attempts[0].GetProvider() == bankTransfer:
		return "Gift card, the rest by bank transfer"
	case attempts[len(attempts)-1].GetProvider() == giftCard:
		if by := paidBy(attempts[0].GetMethod()); by != "" {
			return "Gift card and " + by
		}
		return "Gift card and card"
	case attempts[0].GetProvider() == onDelivery:
		return methodName(checkoutv1.PaymentMethod_PAYMENT_METHOD_ON_DELIVERY)
	case attempts[0].GetProvider() == bankTransfer:
		return methodName(checkoutv1.PaymentMethod_PAYMENT_METHOD_BANK_TRANSFER)
	default:
		return cmp.Or(paidBy(attempts[0].GetMethod()), methodName(checkoutv1.PaymentMethod_PAYMENT_METHOD_HOSTED))
	}
}

// mayPayOnDelivery says whether something of an order is brought, and nothing of it has to be paid first.
func mayPayOnDelivery(order *orderv1.Order) bool { return !order.GetDigital() && !hasGiftCards(order) }

func orderTag(order *orderv1.Order) ui.Tag {
	if order.GetDelivery().GetPickupAddress() != nil && len(order.GetFulfilments()) > 0 {
		if order.GetState() == orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED {
			return ui.Tag{Label: "Partly fetched", Tone: ui.Info}
		}
		return ui.Tag{Label: "Fetched", Tone: ui.OK}
	}
	if order.GetDigital() && order.GetState() == orderv1.OrderState_ORDER_STATE_FULFILLED {
		return ui.Tag{Label: "Complete", Tone: ui.OK}
	}
	switch order.GetState() {
	case orderv1.OrderState_ORDER_STATE_PENDING:
		return ui.Tag{Label: "Waiting for payment", Tone: ui.Warn}
	case orderv1.OrderState_ORDER_STATE_CONFIRMED:
		return ui.Tag{Label: "Confirmed", Tone: ui.OK}
	case orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED:
		return ui.Tag{Label: "Partly on its way", Tone: ui.Info}
	case orderv1.OrderState_ORDER_STATE_FULFILLED:
		return ui.Tag{Label: "On its way", Tone: ui.Info}
	case orderv1.OrderState_ORDER_STATE_DELIVERED, orderv1.OrderState_ORDER_STATE_CLOSED:
		return ui.Tag{Label: "Delivered", Tone: ui.OK}
	case orderv1.OrderState_ORDER_STATE_CANCELLED:
		return ui.Tag{Label: "Cancelled", Tone: ui.Bad}
	default:
		return ui.Tag{Label: "Expired", Tone: ui.Bad}
	}
}

func paymentTag(order *orderv1.Order) ui.Tag {
	switch state := order.GetPaymentState(); {
	case state != orderv1.PaymentState_PAYMENT_STATE_PARTLY_PAID:
	case order.GetConfirmTime() == nil:
		return ui.Tag{Label: "Partly paid", Tone: ui.Warn}
	case order.GetPayments()[0].GetProvider() == onDelivery:
		return ui.Tag{Label: "The rest on delivery", Tone: ui.Info}
	}
	switch order.GetPaymentState() {
	case orderv1.PaymentState_PAYMENT_STATE_PAID, orderv1.PaymentState_PAYMENT_STATE_AUTHORIZED, orderv1.PaymentState_PAYMENT_STATE_PARTLY_PAID:
		return ui.Tag{Label: "Paid", Tone: ui.OK}
	case orderv1.PaymentState_PAYMENT_STATE_PENDING:
		return ui.Tag{Label: "Payment pending", Tone: ui.Warn}
	case orderv1.PaymentState_PAYMENT_STATE_AWAITING_TRANSFER:
		return ui.Tag{Label: "Transfer awaited", Tone: ui.Warn}
	case orderv1.PaymentState_PAYMENT_STATE_ON_DELIVERY:
		return ui.Tag{Label: "Paid on delivery", Tone: ui.Info}
	case orderv1.PaymentState_PAYMENT_STATE_PARTLY_REFUNDED:
		return ui.Tag{Label: "Partly refunded", Tone: ui.Info}
	case orderv1.PaymentState_PAYMENT_STATE_REFUNDED:
		return ui.Tag{Label: "Refunded", Tone: ui.Info}
	default:
		return ui.Tag{Label: "Not paid", Tone: ui.Warn}
	}
}

func progress(order *orderv1.Order) []storefront.OrderStep {
	state := order.GetState()
	if state == orderv1.OrderState_ORDER_STATE_CANCELLED || state == orderv1.OrderState_ORDER_STATE_EXPIRED {
		return nil
	}
	stations := []struct {
		label string
		from  orderv1.OrderState
	}{
		{"Ordered", orderv1.OrderState_ORDER_STATE_PENDING},
		{"Confirmed", orderv1.OrderState_ORDER_STATE_CONFIRMED},
		{"On its way", orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED},
		{"Delivered", orderv1.OrderState_ORDER_STATE_DELIVERED},
	}
	if order.GetDelivery().GetPickupAddress() != nil {
		stations[2].label, stations[3].label = "Ready to fetch", "Fetched"
	}
	if order.GetDigital() {
		stations = append(stations[:2], stations[2])
		stations[2].label, stations[2].from = "Ready to download", orderv1.OrderState_ORDER_STATE_FULFILLED
		if hasGiftCards(order) {
			stations[2].label = "Complete"
		}
	}
	list := make([]storefront.OrderStep, len(stations))
	current := 0
	for i, station := range stations {
		list[i] = storefront.OrderStep{Label: station.label, Done: state >= station.from}
		if list[i].Done {
			current = i
		}
	}
	list[current].Current = true
	list[0].When = order.GetCreateTime().AsTime().Format("2 January")
	if order.GetConfirmTime() != nil {
		list[1].When = order.GetConfirmTime().AsTime().Format("2 January")
	}
	if sent := order.GetFulfilments(); len(sent) > 0 {
		list[2].When = sent[0].GetCreateTime().AsTime().Format("2 January")
	}
	return list
}

func nextSentences(order *orderv1.Order) []string {
	switch order.GetState() {
	case orderv1.OrderState_ORDER_STATE_PENDING:
		if awaitsTransfer(order) {
			return awaitSentences(order)
		}
		if hasGiftCards(order) {
			return []string{"Pay until " + until(order.GetExpireTime().AsTime()) + ", and the codes of your gift cards come by email."}
		}
		if order.GetDigital() {
			return []string{"Pay until " + until(order.GetExpireTime().AsTime()) + ", and you can download it at once."}
		}
		return []string{"We keep your items until " + until(order.GetExpireTime().AsTime()) + ". Pay by then, and we send them."}
	case orderv1.OrderState_ORDER_STATE_CONFIRMED:
		if order.GetDelivery().GetPickupAddress() != nil {
			return []string{"The confirmation goes to " + order.GetEmail() + ".", "We pack your order next and write again when you can fetch it."}
		}
		return []string{"The confirmation goes to " + order.GetEmail() + ".", "We pack your parcel next and write again when it leaves."}
	case orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED:
		return []string{"The rest follows, and we write again then."}
	case orderv1.OrderState_ORDER_STATE_FULFILLED:
		if !order.GetDigital() {
			return nil
		}
		var next []string
		if hasGiftCards(order) {
			next = append(next, "The codes of your gift cards go to "+order.GetEmail()+".")
		}
		if len(order.GetDownloads()) > 0 {
			next = append(next, "The links to download are below. They go to "+order.GetEmail()+" as well.")
		}
		return next
	case orderv1.OrderState_ORDER_STATE_EXPIRED:
		return expiredSentences(order)
	case orderv1.OrderState_ORDER_STATE_CANCELLED:
		return []string{"Money that was paid goes back the way it came."}
	default:
		return nil
	}
}

// expiredSentences say that nothing was charged only where no money can be on its way, and none has to go back.
func expiredSentences(order *orderv1.Order) []string {
	paid := slices.ContainsFunc(order.GetPayments(), func(attempt *orderv1.PaymentAttempt) bool { return attempt.GetCaptured().GetAmountMinor() > 0 })
	next := []string{"It was not paid in time, so the items went back on the shelf."}
	switch {
	case toldToTransfer(order):
		next = []string{"Your transfer did not arrive in time, so the items went back on the shelf.", "If the money is on its way, we send your order after all if we still have the items, or the money goes back to you."}
	case !paid:
		next = append(next, "Nothing was charged; money that arrived late goes back by itself.")
	}
	if paid {
		next = append(next, "What was paid goes back the way it came.")
	}
	return next
}
