package main

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
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
	{"paid", "Paid", orderv1.PaymentState_PAYMENT_STATE_PAID, ui.OK},
	{"on_delivery", "On delivery", orderv1.PaymentState_PAYMENT_STATE_ON_DELIVERY, ui.Info},
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
func fulfilmentTag(state orderv1.OrderState) ui.Tag {
	switch state {
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

// orders lists orders, newest first.
func (o *office) orders(w http.ResponseWriter, v visit) error {
	query := v.URL.Query()
	list := newList(v.URL, "/orders", "Number or email")
	req := &orderv1.ListOrdersRequest{PageSize: list.size, PageToken: query.Get("page"), Query: list.Query}
	list.choice("state", "State", len(orderStates), func(i int) (string, string) { return orderStates[i].value, orderStates[i].label }, func(i int) { req.State = orderStates[i].state })
	list.choice("payment", "Payment", len(paymentStates), func(i int) (string, string) { return paymentStates[i].value, paymentStates[i].label }, func(i int) { req.PaymentState = paymentStates[i].state })
	answer, err := o.Orders.ListOrders(v.ctx, req)
	if err != nil {
		return err
	}
	page := admin.OrdersPage{Shell: o.shell(w, v, "Orders")}
	page.Shell.Query = list.Query
	page.List = list.finish(answer.GetNextPageToken())
	for _, order := range answer.GetOrders() {
		page.Rows = append(page.Rows, admin.OrderRow{
			ID: order.GetId(), Number: order.GetNumber(), URL: "/orders/" + order.GetId(),
			Placed: when(order.GetCreateTime()), PlacedISO: whenISO(order.GetCreateTime()), Customer: order.GetEmail(), Channel: "Web",
			State: stateTag(order.GetState()), Payment: paidTag(order.GetPaymentState()), Fulfilment: fulfilmentTag(order.GetState()),
			Items: plural(int64(order.GetItemCount()), "item", "items"), Total: o.money(order.GetTotals().GetTotal()),
		})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Orders(page))
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
	here := "/orders/" + order.GetId()
	page := admin.OrderPage{
		Shell:  o.shell(w, v, "Order "+order.GetNumber()),
		Number: order.GetNumber(), Placed: when(order.GetCreateTime()), PlacedISO: whenISO(order.GetCreateTime()), Channel: "Web",
		Breadcrumb: []ui.Link{{Label: "Orders", URL: "/orders"}, {Label: order.GetNumber(), URL: here, Current: true}},
		State:      stateTag(order.GetState()), Payment: paidTag(order.GetPaymentState()), Fulfilment: fulfilmentTag(order.GetState()),
		Groups: []admin.LineGroup{{Title: "Items", State: fulfilmentTag(order.GetState()), Lines: o.lines(order)}},
		Totals: o.sums(order), Customer: admin.Customer{Name: order.GetDeliveryAddress().GetFullName(), Email: order.GetEmail(), Phone: order.GetDeliveryAddress().GetPhone()},
		Delivery: addressLines(order.GetDeliveryAddress()), Billing: addressLines(order.GetBillingAddress()), Method: order.GetDelivery().GetName(),
		CommentURL: here + "/comments", CommentKey: id.New(), Comment: commentField.With(typed(v, commentField), problems), Problems: problems,
	}
	if order.GetSigned() != "" {
		page.Actions = append(page.Actions, admin.Action{Label: "See it as the shopper", URL: o.cfg.PublicURL + "/orders/" + order.GetSigned(), Link: true})
	}
	if order.GetState() == orderv1.OrderState_ORDER_STATE_PENDING || order.GetState() == orderv1.OrderState_ORDER_STATE_CONFIRMED {
		page.Actions = append(page.Actions, admin.Action{
			Label: "Cancel order", URL: here + "/cancellation", Kind: ui.Danger, Hidden: []ui.Hidden{{Name: "key", Value: id.New()}},
			Confirm: "The items go back on the shelf, and money that was paid goes back to the shopper.", Button: "Cancel the order",
			Fields: []ui.Field{reasonField.With(typed(v, reasonField), problems)},
		})
	}
	for _, attempt := range order.GetPayments() {
		page.Payments = append(page.Payments, admin.Payment{
			Method: providerName(attempt.GetProvider()), Provider: attempt.GetProvider(), Amount: o.money(attempt.GetAmount()),
			State: ui.Tag{Label: upperFirst(strings.ReplaceAll(attempt.GetState(), "_", " ")), Tone: attemptTone(attempt.GetState())},
			When:  when(attempt.GetCreateTime()), Reference: attempt.GetProviderReference(), Note: attempt.GetProblem(),
		})
	}
	for _, entry := range order.GetTimeline() {
		page.Timeline = append(page.Timeline, admin.TimelineEntry{
			When: when(entry.GetTime()), WhenISO: whenISO(entry.GetTime()), Who: entry.GetActor(), Text: entry.GetText(), Comment: entry.GetKind() == "comment",
		})
	}
	return web.Render(w, v.Request, status, admin.Order(page))
}

func (o *office) lines(order *orderv1.Order) []admin.OrderLine {
	lines := make([]admin.OrderLine, len(order.GetLines()))
	for i, line := range order.GetLines() {
		lines[i] = admin.OrderLine{
			Name: line.GetProductName(), SKU: line.GetSku(), Options: line.GetVariantName(), Quantity: strconv.Itoa(int(line.GetQuantity())),
			Unit: o.money(line.GetUnitPrice()), Total: o.money(line.GetTotal()), Image: o.thumbnail(line.GetImage()),
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
	rows := []admin.TotalRow{
		{Label: "Goods", Amount: o.money(totals.GetGoods())},
		{Label: "Shipping", Amount: o.money(totals.GetShipping()), Note: order.GetDelivery().GetName()},
	}
	tax := admin.TotalRow{Label: totals.GetTaxName(), Amount: o.money(totals.GetTax())}
	if tax.Label == "" {
		tax.Label = "Tax"
	}
	if totals.GetTaxIncluded() {
		tax.Note = "included"
	}
	return append(rows, tax, admin.TotalRow{Label: "Total", Amount: o.money(totals.GetTotal())})
}

func addressLines(address *typev1.Address) []string {
	var lines []string
	town := strings.Join(strings.Fields(address.GetCity()+" "+address.GetRegion()+" "+address.GetPostalCode()), " ")
	for _, line := range []string{address.GetFullName(), address.GetLine1(), address.GetLine2(), town, address.GetCountryCode()} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func providerName(provider string) string {
	switch provider {
	case "on_delivery":
		return "On delivery"
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
	web.SeeOther(w, v.Request, "/orders/"+url.PathEscape(v.PathValue("id")))
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
	web.SeeOther(w, v.Request, "/orders/"+url.PathEscape(v.PathValue("id")))
	return nil
}
