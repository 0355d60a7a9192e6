package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	typev1 "github.com/tradewind-commerce/tradewind/gen/tradewind/type/v1"
	"github.com/tradewind-commerce/tradewind/platform/clock"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// What the form of a shipment takes.
var (
	carrierField      = ui.Field{Name: "carrier", Label: "Carrier", Optional: true, Width: ui.Medium, MaxLength: 100}
	trackingField     = ui.Field{Name: "number", Label: "Tracking number", Optional: true, Width: ui.Medium, MaxLength: 100, AutoComplete: "off"}
	trackingLinkField = ui.Field{Name: "link", Label: "Tracking link", Hint: "The carrier’s page about it, beginning with https://. The shopper gets it by mail.", Optional: true, Type: "url", MaxLength: 500, AutoComplete: "off"}
)

// mayShip says whether something is left to send of an order that stands.
func mayShip(order *orderv1.Order) bool {
	switch order.GetState() {
	case orderv1.OrderState_ORDER_STATE_CONFIRMED, orderv1.OrderState_ORDER_STATE_PARTLY_FULFILLED:
		return !order.GetDigital()
	default:
		return false
	}
}

// shipLabel is what sending is called, also of what is fetched.
func shipLabel(order *orderv1.Order) string {
	if order.GetDelivery().GetPickupAddress() != nil {
		return "Mark as handed over"
	}
	return "Mark as shipped"
}

// shipment asks what is sent.
func (o *office) shipment(w http.ResponseWriter, v visit) error {
	order, err := o.theOrder(v)
	if err != nil {
		return err
	}
	form := url.Values{"key": {id.New()}}
	for _, line := range order.GetLines() {
		form.Set("units-"+line.GetId(), strconv.Itoa(int(max(line.GetToSend()-unitsRefunded(order, line.GetId()), 0))))
	}
	return o.showShipment(w, v, http.StatusOK, order, form, ui.Problems{})
}

// unitsRefunded is of how many units of a line the money went back. Whether those were sent before or are not to be sent at all only staff know, so that the form proposes not to send them and
// says why.
func unitsRefunded(order *orderv1.Order, line string) int32 {
	var units int32
	for _, refund := range order.GetRefunds() {
		for _, part := range refund.GetLines() {
			if part.GetLineId() == line {
				units += part.GetQuantity()
			}
		}
	}
	return units
}

// theOrder is the order that a visit is about.
func (o *office) theOrder(v visit) (*orderv1.Order, error) {
	answer, err := o.Orders.GetOrder(v.ctx, &orderv1.GetOrderRequest{OrderId: v.PathValue("id")})
	if connect.CodeOf(err) == connect.CodeInvalidArgument && err != nil {
		return nil, web.NotFound
	}
	return answer.GetOrder(), err
}

func (o *office) showShipment(w http.ResponseWriter, v visit, status int, order *orderv1.Order, form url.Values, problems ui.Problems) error {
	here := "/orders/" + order.GetId()
	heading := shipLabel(order) + ": order " + order.GetNumber()
	page := admin.ShipmentPage{
		Shell: o.shell(w, v, heading), Heading: heading, URL: here + "/shipments", Button: shipLabel(order), Money: o.takenFor(order),
		Breadcrumb: []ui.Link{{Label: "Orders", URL: "/orders"}, {Label: order.GetNumber(), URL: here}, {Label: shipLabel(order), URL: here + "/shipment", Current: true}},
		Hidden:     []ui.Hidden{{Name: "key", Value: form.Get("key")}},
	}
	if mayFinish(order) {
		page.RestURL = here + "/rest"
	}
	var names []string
	for _, line := range order.GetLines() {
		if line.GetToSend() == 0 {
			continue
		}
		units := unitsField
		units.Name, units.Label = "units-"+line.GetId(), "Units of "+line.GetProductName()
		names = append(names, units.Name)
		row := admin.ShipmentLine{
			Name: line.GetProductName(), Note: strings.TrimSpace(line.GetVariantName() + " " + line.GetSku()),
			Left: fmt.Sprintf("%d of %d", line.GetToSend(), line.GetQuantity()), Units: units.With(form.Get(units.Name), problems),
		}
		if refunded := unitsRefunded(order, line.GetId()); refunded > 0 {
			row.Left += fmt.Sprintf(", %d refunded", refunded)
		}
		for _, part := range line.GetParts() {
			row.Parts = append(row.Parts, orderPart(part))
		}
		page.Lines = append(page.Lines, row)
	}
	if order.GetDelivery().GetPickupAddress() == nil {
		page.How = []ui.Field{carrierField.With(form.Get("carrier"), problems), trackingField.With(form.Get("number"), problems), trackingLinkField.With(form.Get("link"), problems)}
	}
	page.Problems = ui.Summary(problems, append(names, "carrier", "number", "link")...)
	return web.Render(w, v.Request, status, admin.Shipment(page))
}

// takenFor says what becomes of money that is reserved; empty when none is.
func (o *office) takenFor(order *orderv1.Order) string {
	attempt, left := reserved(order)
	switch {
	case attempt == nil:
		return ""
	case attempt.GetSingleCapture():
		return o.money(left) + " is reserved. The provider takes it only once, so all of it is taken now."
	default:
		return o.money(left) + " is reserved. What is due by what you send is taken from it: the items with their share of discounts and tax, and with the first ones the delivery."
	}
}

// reserved is the payment of which money can be taken, and how much. What is collected on delivery is not reserved.
func reserved(order *orderv1.Order) (*orderv1.PaymentAttempt, *typev1.Money) {
	for _, attempt := range order.GetPayments() {
		left := &typev1.Money{
			AmountMinor: attempt.GetAuthorized().GetAmountMinor() - attempt.GetCaptured().GetAmountMinor(), CurrencyCode: attempt.GetAmount().GetCurrencyCode(),
		}
		state := attempt.GetState()
		if left.GetAmountMinor() > 0 && (state == "authorized" || state == "partly_captured") && attempt.GetProvider() != onDelivery {
			return attempt, left
		}
	}
	return nil, nil
}

// ship notes what is sent. The key was made with the page, so that two presses are one shipment.
func (o *office) ship(w http.ResponseWriter, v visit) error {
	if err := v.ParseForm(); err != nil {
		return web.Problem{Status: http.StatusUnprocessableEntity, Message: "The form could not be read."}
	}
	order, err := o.theOrder(v)
	if err != nil {
		return err
	}
	req, problems := readShipment(v.PostForm, order)
	if len(problems) > 0 {
		return o.showShipment(w, v, http.StatusUnprocessableEntity, order, v.PostForm, problems)
	}
	answer, err := o.Orders.ShipOrder(v.ctx, req)
	if connect.CodeOf(err) == connect.CodeFailedPrecondition && err != nil {
		if order, again := o.theOrder(v); again == nil {
			return o.showShipment(w, v, http.StatusConflict, order, v.PostForm, ui.Problems{"": words(err)})
		}
	}
	if err != nil {
		return err
	}
	flash := "order.shipped"
	if answer.GetProblem() != "" {
		flash = "order.shipped_unpaid" // the order's page says more
	}
	o.cookies.SetFlash(w, web.Flash{Code: flash})
	web.SeeOther(w, v.Request, "/orders/"+url.PathEscape(order.GetId()))
	return nil
}

// readShipment reads what is sent, and how, out of a form.
func readShipment(form url.Values, order *orderv1.Order) (*orderv1.ShipOrderRequest, ui.Problems) {
	problems := ui.Problems{}
	req := &orderv1.ShipOrderRequest{
		OrderId: order.GetId(), Carrier: strings.TrimSpace(form.Get("carrier")), TrackingNumber: strings.TrimSpace(form.Get("number")),
		TrackingUrl: strings.TrimSpace(form.Get("link")), IdempotencyKey: form.Get("key"),
	}
	for _, line := range order.GetLines() {
		name := "units-" + line.GetId()
		text := strings.TrimSpace(form.Get(name))
		if text == "" || text == "0" {
			continue
		}
		units, err := strconv.ParseInt(text, 10, 32)
		if err != nil || units < 0 {
			problems[name] = "Enter a number of units"
			continue
		}
		req.Lines = append(req.Lines, &orderv1.FulfilmentChoice{LineId: line.GetId(), Quantity: int32(units)})
	}
	if len(req.GetLines()) == 0 && len(problems) == 0 {
		problems[""] = "Say for at least one item how many units are sent"
	}
	for _, field := range []ui.Field{carrierField, trackingField, trackingLinkField} {
		if tooLong(strings.TrimSpace(form.Get(field.Name)), field) {
			problems[field.Name] = fmt.Sprintf("Write at most %d characters", field.MaxLength)
		}
	}
	if link, err := url.Parse(req.GetTrackingUrl()); req.GetTrackingUrl() != "" && (err != nil || link.Scheme != "https" && link.Scheme != "http" || link.Host == "" || strings.Contains(req.GetTrackingUrl(), " ")) {
		problems["link"] = "Enter a whole address that begins with https://"
	}
	return req, problems
}

// captureSent tries again to take what is due by what was sent.
func (o *office) captureSent(w http.ResponseWriter, v visit) error {
	answer, err := o.Orders.CaptureSent(v.ctx, &orderv1.CaptureSentRequest{OrderId: v.PathValue("id"), IdempotencyKey: v.PostFormValue("key")})
	return o.afterInstruction(w, v, "payment.captured", answer.GetProblem(), err)
}

// takeAgain is the button that takes what is due by what was sent.
func takeAgain(orderID, label string) admin.Action {
	return admin.Action{Label: label, URL: "/orders/" + orderID + "/sent-captures", Hidden: []ui.Hidden{{Name: "key", Value: id.New()}}}
}

// warnBefore is how long before a reservation ends its order says so; the list of payments that need attention has it too.
const warnBefore = 48 * time.Hour

// moneyNotices say what is the matter with the money of an order before somebody sends it, or after.
func (o *office) moneyNotices(order *orderv1.Order) []admin.OrderNotice {
	var list []admin.OrderNotice
	if unpaid := order.GetSentUnpaid(); unpaid != nil {
		list = append(list, admin.OrderNotice{Tone: ui.Bad, Text: o.money(unpaid) + " of what was sent is not paid: the money could not be taken."})
	}
	attempt, left := reserved(order)
	if until := attempt.GetCaptureBy(); until != nil && until.AsTime().Sub(clock.Now()) < warnBefore {
		list = append(list, admin.OrderNotice{Tone: ui.Warn, Text: o.money(left) + " is reserved until " + when(until) + ". Send the order or capture the money before; it cannot be taken afterwards."})
	}
	if mayShip(order) && attempt == nil && order.GetPaymentState() == orderv1.PaymentState_PAYMENT_STATE_UNPAID {
		list = append(list, admin.OrderNotice{Tone: ui.Bad, Text: "The order is not paid any more: what was reserved for it has ended. Do not send it before the shopper has paid."})
	}
	return list
}

// groups are an order's lines by how they travel: what is still to be sent, or will not be, each parcel, and what is downloaded.
func (o *office) groups(order *orderv1.Order) []admin.LineGroup {
	lines := o.lines(order)
	if len(order.GetFulfilments()) == 0 {
		return []admin.LineGroup{{Title: "Items", State: fulfilmentTag(order), Lines: lines}}
	}
	at := map[string]int{}
	rest := map[string]int32{}
	for i, line := range order.GetLines() {
		at[line.GetId()], rest[line.GetId()] = i, line.GetQuantity()-line.GetToSend()-line.GetUnsent()
	}
	some := func(lineID string, units int32) admin.OrderLine {
		shown, bought := lines[at[lineID]], order.GetLines()[at[lineID]]
		shown.Quantity = strconv.Itoa(int(units))
		if units < bought.GetQuantity() {
			shown.Total = ""
			shown.Note = strings.TrimPrefix(shown.Note+fmt.Sprintf(", of %d", bought.GetQuantity()), ", ")
		}
		return shown
	}
	open := admin.LineGroup{Title: "To send", State: ui.Tag{Label: "To pack", Tone: ui.Warn}}
	for _, line := range order.GetLines() {
		if line.GetToSend() > 0 {
			open.Lines = append(open.Lines, some(line.GetId(), line.GetToSend()))
		}
	}
	unsent := admin.LineGroup{Title: "Will not be sent", State: ui.Tag{Label: "Not sent", Tone: ui.Bad}}
	if end := order.GetFinish(); end != nil {
		unsent.Detail = "Lost"
		if end.GetRestocked() {
			unsent.Detail = "Back in stock"
		}
	}
	for _, line := range order.GetLines() {
		if line.GetUnsent() > 0 {
			unsent.Lines = append(unsent.Lines, some(line.GetId(), line.GetUnsent()))
		}
	}
	groups := []admin.LineGroup{open, unsent}
	for _, parcel := range order.GetFulfilments() {
		group := admin.LineGroup{
			Title: fmt.Sprintf("Parcel %d", parcel.GetNumber()), State: ui.Tag{Label: "Sent", Tone: ui.Info}, URL: parcel.GetTrackingUrl(),
			Detail: strings.TrimSpace(parcel.GetCarrier() + " " + parcel.GetTrackingNumber()),
		}
		if group.Detail == "" {
			group.Detail = when(parcel.GetCreateTime())
		}
		for _, line := range parcel.GetLines() {
			rest[line.GetLineId()] -= line.GetQuantity()
			group.Lines = append(group.Lines, some(line.GetLineId(), line.GetQuantity()))
		}
		groups = append(groups, group)
	}
	files := admin.LineGroup{Title: "To download", State: ui.Tag{Label: "To download", Tone: ui.OK}}
	cards := admin.LineGroup{Title: "Gift cards", State: ui.Tag{Label: "By mail", Tone: ui.OK}}
	for _, line := range order.GetLines() {
		if units := rest[line.GetId()]; units > 0 && line.GetGiftCard() {
			cards.Lines = append(cards.Lines, some(line.GetId(), units))
		} else if units > 0 {
			files.Lines = append(files.Lines, some(line.GetId(), units))
		}
	}
	groups = append(groups, files, cards)
	kept := groups[:0]
	for _, group := range groups {
		if len(group.Lines) > 0 {
			kept = append(kept, group)
		}
	}
	return kept
}
