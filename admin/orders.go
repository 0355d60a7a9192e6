package main

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	postal "github.com/tradewind-commerce/tradewind/platform/address"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

var orderStates = []struct {
	value string
	label string
	state orderv1.OrderState
	tone  ui.Tone
}{
	{"pending", "Pending", orderv1.OrderState_ORDER_STATE_PENDING, ui.Warn},
	{"confirmed", "Confirmed", orderv1.OrderState_ORDER_STATE_CONFIRMED, ui.OK},
	{"partly_fulfilled", "Partly fulfilled", orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED, ui.Info},
	{"fulfilled", "Fulfilled", orderv1.OrderState_ORDER_STATE_FULFILLED, ui.Info},
	{"delivered", "Delivered", orderv1.OrderState_ORDER_STATE_DELIVERED, ui.OK},
	{"closed", "Closed", orderv1.OrderState_ORDER_STATE_CLOSED, ui.Neutral},
	{"cancelled", "Cancelled", orderv1.OrderState_ORDER_STATE_CANCELLED, ui.Bad},
	{"expired", "Expired", orderv1.OrderState_ORDER_STATE_EXPIRED, ui.Bad},
}

var paymentStates = []struct {
	value string
	label string
	state orderv1.PaymentState
	tone  ui.Tone
}{
	{"unpaid", "Unpaid", orderv1.PaymentState_PAYMENT_STATE_UNPAID, ui.Warn},
	{"pending", "Pending", orderv1.PaymentState_PAYMENT_STATE_PENDING, ui.Warn},
	{"authorized", "Reserved", orderv1.PaymentState_PAYMENT_STATE_AUTHORIZED, ui.Info},
	{"partly_paid", "Partly paid", orderv1.PaymentState_PAYMENT_STATE_PARTLY_PAID, ui.Info},
	{"paid", "Paid", orderv1.PaymentState_PAYMENT_STATE_PAID, ui.OK},
	{"on_delivery", "On delivery", orderv1.PaymentState_PAYMENT_STATE_ON_DELIVERY, ui.Info},
	{"partly_refunded", "Partly refunded", orderv1.PaymentState_PAYMENT_STATE_PARTLY_REFUNDED, ui.Neutral},
	{"refunded", "Refunded", orderv1.PaymentState_PAYMENT_STATE_REFUNDED, ui.Neutral},
}

func stateTag(state orderv1.OrderState) ui.Tag {
	for _, known := range orderStates {
		if known.state == state {
			return ui.Tag{Label: known.label, Tone: known.tone}
		}
	}
	return ui.Tag{}
}

func paidTag(state orderv1.PaymentState) ui.Tag {
	for _, known := range paymentStates {
		if known.state == state {
			return ui.Tag{Label: known.label, Tone: known.tone}
		}
	}
	return ui.Tag{}
}

// fulfilmentTag follows from the order's state until parcels have states of their own.
func fulfilmentTag(order *orderv1.Order) ui.Tag {
	if order.GetDigital() && order.GetState() == orderv1.OrderState_ORDER_STATE_FULFILLED {
		return ui.Tag{Label: "To download", Tone: ui.OK}
	}
	switch order.GetState() {
	case orderv1.OrderState_ORDER_STATE_CONFIRMED:
		return ui.Tag{Label: "To pack", Tone: ui.Warn}
	case orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED:
		return ui.Tag{Label: "Partly sent", Tone: ui.Info}
	case orderv1.OrderState_ORDER_STATE_FULFILLED:
		return ui.Tag{Label: "Sent", Tone: ui.Info}
	case orderv1.OrderState_ORDER_STATE_DELIVERED, orderv1.OrderState_ORDER_STATE_CLOSED:
		return ui.Tag{Label: "Delivered", Tone: ui.OK}
	default:
		return ui.Tag{}
	}
}

// orderList takes the address of a list of orders apart. Every order of a list carries what narrowed it, so that its page knows its neighbours.
func orderList(address *url.URL) (*list, *orderv1.ListOrdersRequest) {
	list := newList(address, "/orders", "Number or email")
	req := &orderv1.ListOrdersRequest{PageSize: list.size, PageToken: list.values.Get("page"), Query: list.Query}
	list.choice("state", "State", len(orderStates), func(i int) (string, string) { return orderStates[i].value, orderStates[i].label }, func(i int) { req.State = orderStates[i].state })
	list.choice("payment", "Payment", len(paymentStates), func(i int) (string, string) { return paymentStates[i].value, paymentStates[i].label }, func(i int) { req.PaymentState = paymentStates[i].state })
	for name := range list.values { // nothing else is carried along
		if !slices.Contains([]string{"q", "state", "payment", "size", "page"}, name) {
			delete(list.values, name)
		}
	}
	return list, req
}

// orders lists orders, newest first.
func (o *office) orders(w http.ResponseWriter, v visit) error {
	list, req := orderList(v.URL)
	req.Count = true
	answer, err := o.Orders.ListOrders(v.ctx, req)
	if err != nil {
		return err
	}
	page := admin.OrdersPage{Shell: o.shell(w, v, "Orders")}
	list.Total = total(answer.GetTotal(), "order", "orders")
	if answer.GetTotal() > 0 {
		export := admin.Action{Label: "Export", URL: list.narrowed("/orders/export.csv"), Link: true}
		if answer.GetTotal() > mostExported {
			export.Label = "Export the newest " + count(mostExported)
		}
		list.Actions = append(list.Actions, export)
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, order := range answer.GetOrders() {
		page.Rows = append(page.Rows, admin.OrderRow{
			ID: order.GetId(), Number: order.GetNumber(), URL: list.narrowed("/orders/" + order.GetId()), Noted: order.GetCommented(),
			Placed: when(order.GetCreateTime()), PlacedISO: whenISO(order.GetCreateTime()),
			Customer: buyer(order), Email: order.GetEmail(), Channel: "Web",
			State: stateTag(order.GetState()), Payment: paidTag(order.GetPaymentState()), Fulfilment: fulfilmentTag(order),
			Items: plural(int64(order.GetItemCount()), "item", "items"), Total: o.money(order.GetTotals().GetTotal()),
		})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Orders(page))
}

// mostExported bounds a file. The button says so where it leaves something out.
const mostExported = 5000

// exportOrders is the list as a file, page by page as it is read.
func (o *office) exportOrders(w http.ResponseWriter, v visit) error {
	_, req := orderList(v.URL)
	req.PageSize, req.PageToken = 100, ""
	answer, err := o.Orders.ListOrders(v.ctx, req)
	if err != nil {
		return err
	}
	write, end := csvFile(w, "orders.csv")
	write("number", "placed", "state", "payment", "name", "email", "items", "currency", "goods", "shipping", "tax", "total", "delivery", "city", "region", "postcode", "country",
		"discount", "tax relief", "rounding", "promotions", "company", "vat number", "reverse charge")
	for written := 0; ; {
		for _, order := range answer.GetOrders() {
			totals, to := order.GetTotals(), order.GetDeliveryAddress()
			write(order.GetNumber(), whenISO(order.GetCreateTime()), stateValue(order.GetState()), paidValue(order.GetPaymentState()), buyer(order), order.GetEmail(),
				strconv.Itoa(int(order.GetItemCount())), totals.GetTotal().GetCurrencyCode(), decimal(totals.GetGoods()), decimal(totals.GetShipping()), decimal(totals.GetTax()),
				decimal(totals.GetTotal()), order.GetDelivery().GetName(), to.GetCity(), to.GetRegion(), to.GetPostalCode(), to.GetCountryCode(),
				decimal(totals.GetDiscount()), decimal(totals.GetTaxRelief()), decimal(totals.GetRounding()), promotionsLine(order), order.GetBillingAddress().GetCompany(), order.GetVatNumber(), yes(order.GetReverseCharge(), "yes", ""))
		}
		written += len(answer.GetOrders())
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" || written >= mostExported {
			return end()
		}
		if answer, err = o.Orders.ListOrders(v.ctx, req); err != nil {
			return err
		}
	}
}

// promotionsLine is what made an order cheaper, in one field of a file: "Autumn sale (AUTUMN): 5.00; Free delivery: 4.90".
func promotionsLine(order *orderv1.Order) string {
	parts := make([]string, len(order.GetPromotions()))
	for i, one := range order.GetPromotions() {
		parts[i] = promotionName(one) + ": " + decimal(&typev1.Money{
			AmountMinor: one.GetGoods().GetAmountMinor() + one.GetShipping().GetAmountMinor(), CurrencyCode: order.GetTotals().GetTotal().GetCurrencyCode(),
		})
	}
	return strings.Join(parts, "; ")
}

func promotionName(one *orderv1.OrderPromotion) string {
	if one.GetCode() == "" {
		return one.GetName()
	}
	return one.GetName() + " (" + one.GetCode() + ")"
}

func stateValue(state orderv1.OrderState) string {
	for _, known := range orderStates {
		if known.state == state {
			return known.value
		}
	}
	return ""
}

func paidValue(state orderv1.PaymentState) string {
	for _, known := range paymentStates {
		if known.state == state {
			return known.value
		}
	}
	return ""
}

// order shows one order with all that happened to it.
func (o *office) order(w http.ResponseWriter, v visit) error {
	return o.showOrder(w, v, http.StatusOK, nil)
}

// What the forms of an order take, in characters as the service counts them.
var (
	commentField = ui.Field{Name: "comment", Label: "Comment", Hint: "Only staff can read it.", Rows: 2, MaxLength: 2000}
	reasonField  = ui.Field{Name: "reason", Label: "Reason", Hint: "For the timeline; the shopper does not read it.", Optional: true, Rows: 2, MaxLength: 500}
)

// typed is what somebody wrote into a field, with the line breaks of a text: browsers count each as one character and send two.
func typed(v visit, field ui.Field) string {
	return strings.TrimSpace(strings.ReplaceAll(v.PostFormValue(field.Name), "\r\n", "\n"))
}

func tooLong(text string, field ui.Field) bool { return utf8.RuneCountInString(text) > field.MaxLength }

// showOrder draws an order, with what was typed into its forms when it was refused.
func (o *office) showOrder(w http.ResponseWriter, v visit, status int, problems ui.Problems) error {
	answer, err := o.Orders.GetOrder(v.ctx, &orderv1.GetOrderRequest{OrderId: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		return web.NotFound
	}
	if err != nil {
		return err
	}
	order := answer.GetOrder()
	list, asked := orderList(v.URL)
	beside, err := o.Orders.GetOrderNeighbours(v.ctx, &orderv1.GetOrderNeighboursRequest{
		OrderId: order.GetId(), Query: asked.GetQuery(), State: asked.GetState(), PaymentState: asked.GetPaymentState(),
	})
	if err != nil {
		return err
	}
	here := "/orders/" + order.GetId()
	page := admin.OrderPage{
		Shell:  o.shell(w, v, "Order "+order.GetNumber()),
		Number: order.GetNumber(), Placed: when(order.GetCreateTime()), PlacedISO: whenISO(order.GetCreateTime()), Channel: "Web",
		Breadcrumb: []ui.Link{{Label: "Orders", URL: list.narrowed("/orders")}, {Label: order.GetNumber(), URL: list.narrowed(here), Current: true}},
		State:      stateTag(order.GetState()), Payment: paidTag(order.GetPaymentState()), Fulfilment: fulfilmentTag(order),
		Groups: []admin.LineGroup{{Title: "Items", State: fulfilmentTag(order), Lines: o.lines(order)}},
		Totals: o.sums(order), Customer: admin.Customer{Name: buyer(order), Email: order.GetEmail(), Phone: order.GetDeliveryAddress().GetPhone()},
		Delivery: addressLines(order.GetDeliveryAddress()), Billing: addressLines(order.GetBillingAddress()), Method: order.GetDelivery().GetName(),
		CommentURL: list.narrowed(here + "/comments"), CommentKey: id.New(), Comment: commentField.With(typed(v, commentField), problems), Problems: problems,
	}
	if place := order.GetDelivery().GetPickupAddress(); place != nil {
		page.DeliveryTitle, page.Delivery = "To be fetched at", addressLines(place)
	}
	page.Said = said(order)
	if newer := beside.GetNewerOrderId(); newer != "" {
		page.NewerURL = list.narrowed("/orders/" + newer)
	}
	if older := beside.GetOlderOrderId(); older != "" {
		page.OlderURL = list.narrowed("/orders/" + older)
	}
	if order.GetSigned() != "" {
		page.Actions = append(page.Actions, admin.Action{Label: "See it as the shopper", URL: o.cfg.PublicURL + "/orders/" + order.GetSigned(), Link: true})
	}
	if mayCancel(order) {
		page.Actions = append(page.Actions, admin.Action{
			Label: "Cancel order", URL: list.narrowed(here + "/cancellation"), Kind: ui.Danger, Hidden: []ui.Hidden{{Name: "key", Value: id.New()}},
			Confirm: "The items go back on the shelf, and money that was paid goes back to the shopper.", Button: "Cancel the order",
			Fields: []ui.Field{reasonField.With(typed(v, reasonField), problems)},
		})
	}
	if v.may("orders.write") && refundable(order) {
		page.Actions = append(page.Actions, admin.Action{Label: "Refund", URL: here + "/refund", Link: true})
	}
	page.Downloads = o.downloads(v, order, list)
	page.Payments = o.payments(v, order, list, problems)
	if page.Ledger, err = o.ledger(v, order.GetId()); err != nil {
		return err
	}
	for _, entry := range order.GetTimeline() {
		page.Timeline = append(page.Timeline, admin.TimelineEntry{
			When: when(entry.GetTime()), WhenISO: whenISO(entry.GetTime()), Who: entry.GetActor(), Text: entry.GetText(), Comment: entry.GetKind() == "comment",
		})
	}
	return web.Render(w, v.Request, status, admin.Order(page))
}

// refundable says whether some payment keeps money.
func refundable(order *orderv1.Order) bool {
	return slices.ContainsFunc(order.GetPayments(), func(attempt *orderv1.PaymentAttempt) bool {
		return attempt.GetCaptured().GetAmountMinor() > attempt.GetRefunded().GetAmountMinor()
	})
}

// mayCancel says whether nothing has left yet. Of a digital order nothing ever does.
func mayCancel(order *orderv1.Order) bool {
	switch order.GetState() {
	case orderv1.OrderState_ORDER_STATE_PENDING, orderv1.OrderState_ORDER_STATE_CONFIRMED:
		return true
	default:
		return order.GetDigital() && order.GetState() == orderv1.OrderState_ORDER_STATE_FULFILLED
	}
}

func (o *office) lines(order *orderv1.Order) []admin.OrderLine {
	lines := make([]admin.OrderLine, len(order.GetLines()))
	for i, line := range order.GetLines() {
		lines[i] = admin.OrderLine{
			Name: line.GetProductName(), SKU: line.GetSku(), Options: line.GetVariantName(), Quantity: strconv.Itoa(int(line.GetQuantity())),
			Unit: o.money(line.GetUnitPrice()), Total: o.money(line.GetTotal()), Image: o.thumbnail(line.GetImage()),
		}
		var notes []string
		if line.GetGift() {
			notes = append(notes, "Gift")
		}
		for _, off := range line.GetDiscounts() {
			notes = append(notes, off.GetName()+": −"+o.money(&typev1.Money{AmountMinor: off.GetAmountMinor(), CurrencyCode: line.GetTotal().GetCurrencyCode()}))
		}
		lines[i].Note = strings.Join(notes, ", ")
		for _, part := range line.GetParts() {
			lines[i].Parts = append(lines[i].Parts, admin.OrderPart{
				Quantity: strconv.Itoa(int(part.GetQuantity())), Name: strings.TrimSpace(part.GetProductName() + " " + part.GetVariantName()), SKU: part.GetSku(),
			})
		}
	}
	return lines
}

// thumbnail shows the smallest copy, from the shop's own address.
func (o *office) thumbnail(image *productv1.Image) ui.Image {
	for _, file := range image.GetFiles() {
		if file.GetContentType() == "image/jpeg" {
			return ui.Image{URL: o.cfg.PublicURL + "/" + file.GetPath(), Alt: image.GetAlt(), Width: int(file.GetWidth()), Height: int(file.GetHeight())}
		}
	}
	return ui.Image{}
}

func (o *office) sums(order *orderv1.Order) []admin.TotalRow {
	totals := order.GetTotals()
	rows := []admin.TotalRow{{Label: "Goods", Amount: o.money(totals.GetGoods())}}
	for _, one := range order.GetPromotions() { // those about the delivery are in its price
		if one.GetGoods().GetAmountMinor() > 0 {
			rows = append(rows, admin.TotalRow{Label: promotionName(one), Amount: "−" + o.money(one.GetGoods())})
		}
	}
	if !order.GetDigital() {
		rows = append(rows, admin.TotalRow{Label: "Shipping", Amount: o.money(totals.GetShipping()), Note: deliveryNote(order, o.money)})
	}
	if totals.GetTaxRelief() != nil {
		rows = append(rows, admin.TotalRow{Label: "Tax that the buyer does not owe", Amount: "−" + o.money(totals.GetTaxRelief())})
	}
	if totals.GetRounding() != nil {
		rows = append(rows, admin.TotalRow{Label: "Rounding", Amount: o.money(totals.GetRounding())})
	}
	note := ""
	if totals.GetTaxIncluded() {
		note = "included"
	}
	if taxes := order.GetTaxes(); len(taxes) > 1 && totals.GetTaxRelief() == nil {
		for _, one := range taxes {
			amount := &typev1.Money{AmountMinor: one.GetAmountMinor(), CurrencyCode: totals.GetTotal().GetCurrencyCode()}
			rows = append(rows, admin.TotalRow{Label: one.GetName(), Amount: o.money(amount), Note: note})
		}
		return append(rows, admin.TotalRow{Label: "Total", Amount: o.money(totals.GetTotal())})
	}
	tax := admin.TotalRow{Label: totals.GetTaxName(), Amount: o.money(totals.GetTax()), Note: note}
	if tax.Label == "" {
		tax.Label = "Tax"
	}
	return append(rows, tax, admin.TotalRow{Label: "Total", Amount: o.money(totals.GetTotal())})
}

// deliveryNote names the delivery and what made it cheaper.
func deliveryNote(order *orderv1.Order, money func(*typev1.Money) string) string {
	notes := []string{order.GetDelivery().GetName()}
	for _, one := range order.GetPromotions() {
		if one.GetShipping().GetAmountMinor() > 0 {
			notes = append(notes, promotionName(one)+": −"+money(one.GetShipping()))
		}
	}
	return strings.Join(notes, ", ")
}

func addressLines(kept *typev1.Address) []string {
	if kept == nil {
		return nil
	}
	return postal.Lines(postal.Of(kept))
}

func providerName(provider string) string {
	switch provider {
	case "on_delivery":
		return "On delivery"
	case "gift_card":
		return "Gift card"
	case "stripe":
		return "Card, at Stripe"
	case "sandbox":
		return "Card, at the sandbox"
	default:
		return provider
	}
}

func attemptTone(state string) ui.Tone {
	switch state {
	case "captured", "partly_captured":
		return ui.OK
	case "failed", "expired", "disputed":
		return ui.Bad
	case "unknown", "created", "requires_action":
		return ui.Warn
	default:
		return ui.Neutral
	}
}

// comment adds to the timeline. The key was made with the page, so that two presses are one comment.
func (o *office) comment(w http.ResponseWriter, v visit) error {
	text := typed(v, commentField)
	if text == "" || tooLong(text, commentField) {
		return o.showOrder(w, v, http.StatusUnprocessableEntity, ui.Problems{"comment": "Write a comment of at most 2,000 characters"})
	}
	_, err := o.Orders.AddOrderComment(v.ctx, &orderv1.AddOrderCommentRequest{OrderId: v.PathValue("id"), Text: text, IdempotencyKey: v.PostFormValue("key")})
	if connect.CodeOf(err) == connect.CodeFailedPrecondition { // the key wrote other words before
		return o.showOrder(w, v, http.StatusConflict, ui.Problems{"comment": "This page has added a comment already. If these words belong there too, add them once more."})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "order.commented"})
	list, _ := orderList(v.URL)
	web.SeeOther(w, v.Request, list.narrowed("/orders/"+url.PathEscape(v.PathValue("id"))))
	return nil
}

// cancelOrder calls an order off. The key was made with the page, so that two presses are one.
func (o *office) cancelOrder(w http.ResponseWriter, v visit) error {
	reason := typed(v, reasonField)
	if tooLong(reason, reasonField) {
		return o.showOrder(w, v, http.StatusUnprocessableEntity, ui.Problems{"reason": "Write at most 500 characters"})
	}
	_, err := o.Orders.CancelOrder(v.ctx, &orderv1.CancelOrderRequest{OrderId: v.PathValue("id"), Reason: reason, IdempotencyKey: v.PostFormValue("key")})
	if connect.CodeOf(err) == connect.CodeFailedPrecondition {
		return o.showOrder(w, v, http.StatusConflict, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "order.cancelled"})
	list, _ := orderList(v.URL)
	web.SeeOther(w, v.Request, list.narrowed("/orders/"+url.PathEscape(v.PathValue("id"))))
	return nil
}
