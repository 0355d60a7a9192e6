package storefront

import (
	"cmp"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect/v2"

	checkoutv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/checkout/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
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
	if !order.GetDigital() {
		page.Arrives = s.arrives(order.GetDelivery(), order.GetCreateTime().AsTime())
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

// awaitsTransfer says whether the shopper is to transfer the money.
func awaitsTransfer(order *orderv1.Order) bool {
	return order.GetState() == orderv1.OrderState_ORDER_STATE_PENDING && order.GetPaymentState() == orderv1.PaymentState_PAYMENT_STATE_AWAITING_TRANSFER
}

// transfer says where to transfer the money; nil unless that is awaited.
func (s *Shop) transfer(order *orderv1.Order) *storefront.Transfer {
	to := order.GetTransfer()
	if to == nil {
		return nil
	}
	return &storefront.Transfer{
		Amount: s.money(to.GetAmount()), Reference: to.GetReference(), Until: to.GetPayBy().AsTime().Format("2 January 2006"),
		Holder: to.GetHolder(), Account: to.GetAccount(), BankCode: to.GetBankCode(), BankName: to.GetBankName(),
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
			return []string{"Pay until " + order.GetExpireTime().AsTime().Format("15:04 MST") + ", and the codes of your gift cards come by email."}
		}
		if order.GetDigital() {
			return []string{"Pay until " + order.GetExpireTime().AsTime().Format("15:04 MST") + ", and you can download it at once."}
		}
		return []string{"We keep your items until " + order.GetExpireTime().AsTime().Format("15:04 MST") + ". Pay by then, and we send them."}
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
		if attempts := order.GetPayments(); len(attempts) > 0 && attempts[0].GetProvider() == bankTransfer {
			return []string{"Your transfer did not arrive in time, so the items went back on the shelf.", "If the money is on its way, we send your order after all if we still have the items, or the money goes back to you."}
		}
		return []string{"It was not paid in time, so the items went back on the shelf. Nothing was charged; money that arrived late goes back by itself."}
	case orderv1.OrderState_ORDER_STATE_CANCELLED:
		return []string{"Money that was paid goes back the way it came."}
	default:
		return nil
	}
}

// awaitSentences say what happens once the money has arrived.
func awaitSentences(order *orderv1.Order) []string {
	by := "Transfer the money so that it arrives until " + order.GetExpireTime().AsTime().Format("2 January 2006") + ". We have mailed where to as well, to " + order.GetEmail() + "."
	switch {
	case hasGiftCards(order):
		return []string{by, "Once it has arrived, the codes of your gift cards come by email."}
	case order.GetDigital():
		return []string{by, "Once it has arrived, we write to you, and you can download what you bought."}
	default:
		return []string{by, "We keep your items until then, and send them once the money has arrived."}
	}
}

// paymentReturn is where the provider sends the shopper back to. It finds out how the payment stands; loading it again never pays again.
func (s *Shop) paymentReturn(w http.ResponseWriter, r *http.Request) error {
	order, err := s.openOrder(r)
	if err != nil {
		return err
	}
	asked := true
	if attempts := order.GetPayments(); len(attempts) > 0 && order.GetState() == orderv1.OrderState_ORDER_STATE_PENDING && !awaitsTransfer(order) {
		_, err := s.Orders.SettlePayment(r.Context(), &orderv1.SettlePaymentRequest{PaymentId: attempts[0].GetId()})
		asked = err == nil
		if order, err = s.openOrder(r); err != nil {
			return err
		}
	}
	state := returnState(order, asked)
	if state == "" || state == storefront.PaymentPaid {
		web.SeeOther(w, r, orderURL(r.PathValue("signed")))
		return nil
	}
	return s.showReturn(w, r, order, state, http.StatusOK)
}

func (s *Shop) showReturn(w http.ResponseWriter, r *http.Request, order *orderv1.Order, state storefront.PaymentState, status int) error {
	return web.Render(w, r, status, storefront.Payment(s.paymentPage(r, order, state)))
}

func (s *Shop) paymentPage(r *http.Request, order *orderv1.Order, state storefront.PaymentState) storefront.PaymentPage {
	here := orderURL(r.PathValue("signed"))
	page := storefront.PaymentPage{
		Shell: s.privateShell(r, "Payment"), OrderNumber: order.GetNumber(), Amount: s.due(order), Email: order.GetEmail(),
		OrderURL: here, SelfURL: here + "/return", State: state,
	}
	switch state {
	case storefront.PaymentFailed, storefront.PaymentCancelled, storefront.PaymentUnfinished, storefront.PaymentHeld:
		page.RetryURL, page.OnDelivery = here+"/payment", mayPayOnDelivery(order)
		page.ByTransfer = s.cfg.Transfers
		page.Choices, page.CardsSilent = s.retryChoices(r, order, state == storefront.PaymentUnfinished)
		if order.GetPayments()[0].GetFailureReason() == paymentv1.FailureReason_FAILURE_REASON_DECLINED {
			page.Reason = "Your bank refused the payment. Another card may work."
			if page.OnDelivery {
				page.Reason = "Your bank refused the payment. Another card may work, or you pay when the parcel arrives."
			}
		}
		page.Until = "They are kept until " + order.GetExpireTime().AsTime().Format("15:04 MST") + "."
	case storefront.PaymentChecking:
		page.RefreshURL = page.SelfURL
	}
	return page
}

// showHeld tells a shopper who cannot begin to pay yet what to do meanwhile. The order stands.
func (s *Shop) showHeld(w http.ResponseWriter, r *http.Request, signed string, refused error) error {
	r.SetPathValue("signed", signed)
	order, err := s.openOrder(r)
	if err != nil {
		return err
	}
	page := s.paymentPage(r, order, storefront.PaymentHeld)
	if page.Reason = words(refused); customerOf(r) == nil {
		page.SignInURL = signInURL(orderURL(signed))
	}
	return web.Render(w, r, http.StatusTooManyRequests, storefront.Payment(page))
}

// secured says whether the shopper has done all that there is to do: paid, or had the money reserved.
func secured(state orderv1.PaymentState) bool {
	switch state {
	case orderv1.PaymentState_PAYMENT_STATE_PAID, orderv1.PaymentState_PAYMENT_STATE_AUTHORIZED, orderv1.PaymentState_PAYMENT_STATE_PARTLY_PAID:
		return true
	default:
		return false
	}
}

// returnState sums up for the shopper how the newest attempt stands. It is empty when nothing is to be said of a payment, only of the order: it was called
// off, or is paid on delivery or by bank transfer.
func returnState(order *orderv1.Order, asked bool) storefront.PaymentState {
	switch state := order.GetState(); {
	case awaitsTransfer(order):
		return ""
	case state == orderv1.OrderState_ORDER_STATE_PENDING:
	case state == orderv1.OrderState_ORDER_STATE_EXPIRED:
		return storefront.PaymentExpired
	case state == orderv1.OrderState_ORDER_STATE_CANCELLED, !secured(order.GetPaymentState()):
		return ""
	case justPlaced(order):
		return storefront.PaymentPaid
	default:
		return storefront.PaymentAlready
	}
	if len(order.GetPayments()) == 0 {
		return storefront.PaymentPending
	}
	attempt := order.GetPayments()[0]
	switch {
	case attempt.GetFailureReason() == paymentv1.FailureReason_FAILURE_REASON_CANCELLED:
		return storefront.PaymentCancelled
	case attempt.GetState() == "failed", attempt.GetState() == "voided", attempt.GetState() == "expired":
		return storefront.PaymentFailed
	case !asked:
		return storefront.PaymentChecking
	// The provider was asked just now. Had it heard of a payment whose opening had no clear answer, the payment would not be unknown any more: nothing was charged, and going on opens the very same one.
	case attempt.GetState() == "unknown", attempt.GetState() == "created", attempt.GetState() == "requires_action":
		return storefront.PaymentUnfinished
	default:
		return storefront.PaymentPending
	}
}

// payAgain starts another attempt, goes on with the one that is open, or lets the shopper pay on delivery or by bank transfer instead.
func (s *Shop) payAgain(w http.ResponseWriter, r *http.Request) error {
	order, err := s.openOrder(r)
	if err != nil {
		return err
	}
	state := returnState(order, true)
	if state == storefront.PaymentPaid || state == storefront.PaymentAlready { // in another tab
		return s.showReturn(w, r, order, storefront.PaymentAlready, http.StatusConflict)
	}
	start := &orderv1.StartPaymentRequest{OrderId: order.GetId(), OnDelivery: r.PostFormValue("method") == onDelivery, ByTransfer: r.PostFormValue("method") == bankTransfer, Way: s.way(r)}
	theirs := s.owns(r, order)
	switch method := typed(r, "method"); {
	case strings.HasPrefix(method, savedPrefix) && !theirs: // such as a customer whose session has ended
		web.SeeOther(w, r, orderURL(r.PathValue("signed"))+"/return")
		return nil
	case theirs && (method == begun || method == "" && state == storefront.PaymentUnfinished):
		start.Way = nil // whatever it was
	case theirs && method != "" && !start.GetOnDelivery() && !start.GetByTransfer():
		inFields := start.Way.GetInFields()
		start.Way = chosenWay(r)
		start.Way.InFields = inFields && start.Way.GetSavedMethodId() == ""
	}
	return s.leadToPayment(s.payingAs(r, theirs), w, r, start, r.PathValue("signed"))
}

const webhookLimit = 256 << 10

// webhook hands a provider's message on. Who sent it is told by its signature, which payment checks.
func (s *Shop) webhook(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, webhookLimit))
	if err != nil {
		return err
	}
	headers := make(map[string]string, len(r.Header))
	for name := range r.Header {
		if len(headers) < 50 {
			headers[strings.ToLower(name)] = r.Header.Get(name)
		}
	}
	_, err = s.Payments.ReceiveWebhook(r.Context(), &paymentv1.ReceiveWebhookRequest{Provider: r.PathValue("provider"), Headers: headers, Body: body})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
