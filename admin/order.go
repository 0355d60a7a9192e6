package main

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

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
	order, err := o.theOrder(v)
	if err != nil {
		return err
	}
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
		Groups: o.groups(order), Notices: o.moneyNotices(order),
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
	if v.may("orders.write") {
		if refundable(order) {
			page.Actions = append(page.Actions, admin.Action{Label: "Refund", URL: here + "/refund", Link: true})
		}
		if order.GetSentUnpaid() != nil {
			page.Actions = append(page.Actions, takeAgain(order.GetId(), "Take "+o.money(order.GetSentUnpaid())))
		}
		if mayFinish(order) {
			page.Actions = append(page.Actions, admin.Action{Label: restLabel, URL: here + "/rest", Link: true})
		}
		if mayShip(order) {
			page.Primary = &admin.Action{Label: shipLabel(order), URL: here + "/shipment", Link: true}
		}
	}
	page.Downloads, page.GiftCards = o.downloads(v, order, list), o.boughtCards(v, order)
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
