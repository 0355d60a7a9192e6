package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// restLabel is what ending an order is called of which some was sent.
const restLabel = "The rest will not be sent"

// asLost is what a form says of units that are not put back on the shelf.
const asLost = "lost"

var stockField = ui.Field{Name: "stock", Label: "The units"}

// mayFinish says whether some of an order was sent, and some not.
func mayFinish(order *orderv1.Order) bool {
	return order.GetState() == orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED
}

// rest shows what would not be sent, and what would become of it.
func (o *office) rest(w http.ResponseWriter, v visit) error {
	return o.showRest(w, v, http.StatusOK, url.Values{"key": {id.New()}}, ui.Problems{})
}

// showRest draws it as it stands now, with what was typed and what was wrong. Where nothing is to be ended the order's page says why.
func (o *office) showRest(w http.ResponseWriter, v visit, status int, form url.Values, problems ui.Problems) error {
	order, err := o.theOrder(v)
	if err != nil {
		return err
	}
	preview, err := o.Orders.PreviewFinish(v.ctx, &orderv1.PreviewFinishRequest{OrderId: order.GetId()})
	if connect.CodeOf(err) == connect.CodeFailedPrecondition && err != nil {
		return o.showOrder(w, v, http.StatusConflict, ui.Problems{"": words(err)})
	}
	if err != nil {
		return err
	}
	here := "/orders/" + order.GetId()
	heading := restLabel + ": order " + order.GetNumber()
	page := admin.RestPage{
		Shell: o.shell(w, v, heading), Heading: heading, URL: here + "/rest", Money: o.restMoney(preview),
		Breadcrumb: []ui.Link{{Label: "Orders", URL: "/orders"}, {Label: order.GetNumber(), URL: here}, {Label: restLabel, URL: here + "/rest", Current: true}},
		Hidden: []ui.Hidden{
			{Name: "key", Value: form.Get("key")}, {Name: "expected", Value: strconv.FormatInt(preview.GetFinish().GetRefunded().GetAmountMinor(), 10)},
		},
		Stock: stockField, Reason: reasonField.With(form.Get(reasonField.Name), problems), Problems: ui.Summary(problems, reasonField.Name),
	}
	page.Stock.Options = []ui.Option{
		{Value: "back", Label: "Back in stock", Selected: form.Get(stockField.Name) != asLost},
		{Value: asLost, Label: "Lost: not put back in stock", Selected: form.Get(stockField.Name) == asLost},
	}
	bought := map[string]*orderv1.OrderLine{}
	for _, line := range order.GetLines() {
		bought[line.GetId()] = line
	}
	for _, left := range preview.GetLines() {
		line := bought[left.GetLineId()]
		row := admin.RestLine{
			Name: line.GetProductName(), Note: strings.TrimSpace(line.GetVariantName() + " " + line.GetSku()),
			Units: fmt.Sprintf("%d of %d", left.GetQuantity(), line.GetQuantity()), Amount: o.money(left.GetAmount()),
		}
		if left.GetRefundedBefore() > 0 {
			row.Units += fmt.Sprintf(", %d refunded before", left.GetRefundedBefore())
		}
		for _, part := range line.GetParts() {
			row.Parts = append(row.Parts, orderPart(part))
		}
		page.Hidden = append(page.Hidden, ui.Hidden{Name: "units-" + left.GetLineId(), Value: strconv.Itoa(int(left.GetQuantity()))})
		page.Lines = append(page.Lines, row)
	}
	return web.Render(w, v.Request, status, admin.Rest(page))
}

// restMoney says what becomes of the money, a sentence each.
func (o *office) restMoney(preview *orderv1.PreviewFinishResponse) []string {
	var list []string
	for _, part := range preview.GetParts() {
		list = append(list, o.money(part.GetAmount())+" goes back to the shopper: "+providerName(part.GetProvider())+".")
	}
	end := preview.GetFinish()
	if end.GetTaken() != nil {
		list = append(list, o.money(end.GetTaken())+" is taken of what is reserved, since it is due by what was sent.")
	}
	if end.GetReleased() != nil {
		list = append(list, o.money(end.GetReleased())+" that is reserved is released. It was not taken.")
	}
	if end.GetUncollected() != nil {
		list = append(list, o.money(end.GetUncollected())+" less is collected on delivery.")
	}
	for _, line := range preview.GetLines() {
		if line.GetRefundedBefore() > 0 {
			list = append(list, "What was refunded of an item before counts for what will not be sent of it. If it was for units that were sent, refund these as well.")
			break
		}
	}
	if len(list) == 0 {
		list = append(list, "No money moves.")
	}
	return list
}

// finish ends an order as its page said. The key was made with the page, so that two presses are one.
func (o *office) finish(w http.ResponseWriter, v visit) error {
	if err := v.ParseForm(); err != nil {
		return web.Problem{Status: http.StatusUnprocessableEntity, Message: "The form could not be read."}
	}
	reason := typed(v, reasonField)
	if tooLong(reason, reasonField) {
		return o.showRest(w, v, http.StatusUnprocessableEntity, v.PostForm, ui.Problems{reasonField.Name: "Write at most 500 characters"})
	}
	req := &orderv1.FinishOrderRequest{OrderId: v.PathValue("id"), Restock: v.PostFormValue(stockField.Name) != asLost, Reason: reason, IdempotencyKey: v.PostFormValue("key")}
	req.ExpectedRefundMinor, _ = strconv.ParseInt(v.PostFormValue("expected"), 10, 64)
	for _, name := range slices.Sorted(maps.Keys(v.PostForm)) { // the same every time, so that two presses are one request
		line, found := strings.CutPrefix(name, "units-")
		if units, err := strconv.ParseInt(v.PostFormValue(name), 10, 32); found && err == nil {
			req.Lines = append(req.Lines, &orderv1.FulfilmentChoice{LineId: line, Quantity: int32(units)})
		}
	}
	answer, err := o.Orders.FinishOrder(v.ctx, req)
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeFailedPrecondition || code == connect.CodeInvalidArgument) {
		form := v.PostForm
		form.Set("key", id.New()) // what is shown now is another request
		return o.showRest(w, v, http.StatusConflict, form, ui.Problems{"": words(err)})
	}
	return o.afterInstruction(w, v, "order.finished", answer.GetProblem(), err)
}
