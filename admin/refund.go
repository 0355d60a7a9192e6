package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	"github.com/tradewind-commerce/tradewind/platform/id"
	"github.com/tradewind-commerce/tradewind/platform/money"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// What the form of a refund takes.
var (
	unitsField    = ui.Field{Label: "Units", InputMode: "numeric", Width: ui.Short, Quiet: true}
	shippingField = ui.Field{Name: "shipping", Label: "For shipping", InputMode: "decimal", Width: ui.Short, Optional: true}
	otherField    = ui.Field{Name: "other", Label: "Anything else", Hint: "An amount for no item in particular, such as for goodwill.", InputMode: "decimal", Width: ui.Short, Optional: true}
	toField       = ui.Field{Name: "to", Label: "Where it goes"}
	noteField     = ui.Field{Name: "note", Label: "Note", Hint: "For the timeline; the shopper does not read it.", Optional: true, Rows: 2, MaxLength: 500}
)

// refundReasons are why money goes back, as people say it.
var refundReasons = []struct {
	value  string
	label  string
	reason orderv1.RefundReason
}{
	{"requested", "The shopper asked for it", orderv1.RefundReason_REFUND_REASON_REQUESTED},
	{"duplicate", "It was paid twice", orderv1.RefundReason_REFUND_REASON_DUPLICATE},
	{"fraud", "The order was a fraud", orderv1.RefundReason_REFUND_REASON_FRAUD},
	{"other", "Another reason", orderv1.RefundReason_REFUND_REASON_UNSPECIFIED},
}

// asCredit is what a form says for money that goes onto a gift card.
const asCredit = "credit"

// where offers both places that a refund can go to. What went to one cannot go to the other any more.
func where(form url.Values, order *orderv1.Order) ui.Field {
	field := toField
	field.Options = []ui.Option{
		{Value: "payments", Label: "Back to the payments", Selected: form.Get(field.Name) != asCredit},
		{Value: asCredit, Label: "Store credit for " + order.GetEmail(), Selected: form.Get(field.Name) == asCredit},
	}
	return field
}

// parseAmount reads an amount that is not below zero; nothing typed is zero. The second result says what is wrong.
func parseAmount(text, currency string) (int64, string) {
	if text = strings.TrimSpace(text); text == "" {
		return 0, ""
	}
	amount, err := money.ParseDecimal(text, currency)
	if err != nil || amount.IsNegative() {
		return 0, "Enter an amount such as " + money.Amount{Minor: 1250, Currency: currency}.Decimal()
	}
	return amount.Minor, ""
}

// wanted is what somebody chose to give back.
type wanted struct {
	lines           []*orderv1.RefundChoice
	shipping, other int64
	problems        ui.Problems
}

// readWanted reads a choice out of a form.
func readWanted(form url.Values, order *orderv1.Order) wanted {
	want := wanted{problems: ui.Problems{}}
	currency := order.GetTotals().GetTotal().GetCurrencyCode()
	for _, line := range order.GetLines() {
		text := strings.TrimSpace(form.Get("units-" + line.GetId()))
		if text == "" || text == "0" {
			continue
		}
		units, err := strconv.ParseInt(text, 10, 32)
		if err != nil || units < 0 {
			want.problems["units-"+line.GetId()] = "Enter a number of units"
			continue
		}
		want.lines = append(want.lines, &orderv1.RefundChoice{LineId: line.GetId(), Quantity: int32(units)})
	}
	for _, field := range []struct {
		name string
		into *int64
	}{{"shipping", &want.shipping}, {"other", &want.other}} {
		minor, problem := parseAmount(form.Get(field.name), currency)
		if problem != "" {
			want.problems[field.name] = problem
		}
		*field.into = minor
	}
	return want
}

// refund shows what can go back, and with a choice in the address what would.
func (o *office) refund(w http.ResponseWriter, v visit) error {
	return o.showRefund(w, v, http.StatusOK, v.URL.Query(), "")
}

// showRefund draws the choice in a form, its preview, and what was wrong with giving it back.
func (o *office) showRefund(w http.ResponseWriter, v visit, status int, form url.Values, problem string) error {
	order, err := o.theOrder(v)
	if err != nil {
		return err
	}
	want := readWanted(form, order)
	blank := &orderv1.PreviewRefundRequest{OrderId: order.GetId(), StoreCredit: form.Get(toField.Name) == asCredit}
	can, err := o.Orders.PreviewRefund(v.ctx, blank)
	if err != nil {
		return err
	}
	here := "/orders/" + order.GetId()
	page := admin.RefundPage{
		Shell: o.shell(w, v, "Refund of order "+order.GetNumber()), Heading: "Refund of order " + order.GetNumber(),
		Breadcrumb: []ui.Link{{Label: "Orders", URL: "/orders"}, {Label: order.GetNumber(), URL: here}, {Label: "Refund", URL: here + "/refund", Current: true}},
		ChooseURL:  here + "/refund", Left: o.money(can.GetLeft()),
	}
	if len(want.problems) == 0 && (len(want.lines) > 0 || want.shipping > 0 || want.other > 0) {
		blank.Lines, blank.ShippingMinor, blank.OtherMinor = want.lines, want.shipping, want.other
		preview, err := o.Orders.PreviewRefund(v.ctx, blank)
		switch code := connect.CodeOf(err); {
		case err == nil:
			page.Preview = o.refundPreview(order, form, preview)
		case code == connect.CodeFailedPrecondition, code == connect.CodeInvalidArgument:
			problem = words(err)
		default:
			return err
		}
	}
	if problem != "" {
		want.problems[""] = problem
	}
	if len(want.problems) > 0 && status == http.StatusOK {
		status = http.StatusUnprocessableEntity
	}
	names := []string{"shipping", "other"}
	for i, line := range can.GetLinesLeft() {
		bought := order.GetLines()[i]
		row := admin.RefundLine{
			Name: bought.GetProductName(), Note: strings.TrimSpace(bought.GetVariantName() + " " + bought.GetSku()),
			Left: fmt.Sprintf("%d of %d, %s", line.GetQuantity(), bought.GetQuantity(), o.money(line.GetAmount())),
		}
		if line.GetQuantity() > 0 {
			field := unitsField
			field.Name, field.Label = "units-"+line.GetLineId(), "Units of "+bought.GetProductName()
			field = field.With(form.Get(field.Name), want.problems)
			row.Units = &field
			names = append(names, field.Name)
		}
		page.Lines = append(page.Lines, row)
	}
	page.Shipping = shippingField.With(form.Get("shipping"), want.problems)
	page.Shipping.Hint = "At most " + o.money(can.GetShippingLeft()) + "."
	page.Other = otherField.With(form.Get("other"), want.problems)
	currency := order.GetTotals().GetTotal().GetCurrencyCode()
	page.Shipping.Prefix, page.Other.Prefix = currency, currency
	if order.GetEmail() != "" {
		to := where(form, order)
		page.To = &to
	}
	page.Problems = ui.Summary(want.problems, names...)
	return web.Render(w, v.Request, status, admin.Refund(page))
}

// refundPreview is what would happen, with the form that makes it so. The key is made with it, so that two presses are one refund.
func (o *office) refundPreview(order *orderv1.Order, form url.Values, preview *orderv1.PreviewRefundResponse) *admin.RefundPreview {
	amount := preview.GetRefund().GetAmount()
	shown := &admin.RefundPreview{
		Amount: o.money(amount), Left: o.money(preview.GetLeft()), Ledger: o.books(preview.GetEntries()), URL: "/orders/" + order.GetId() + "/refunds",
		Hidden: []ui.Hidden{{Name: "key", Value: id.New()}, {Name: "expected", Value: strconv.FormatInt(amount.GetAmountMinor(), 10)}},
		Reason: ui.Field{Name: "reason", Label: "Reason"}, Note: noteField.With(form.Get("note"), nil),
	}
	for _, why := range refundReasons {
		shown.Reason.Options = append(shown.Reason.Options, ui.Option{Value: why.value, Label: why.label, Selected: form.Get("reason") == why.value})
	}
	for _, line := range preview.GetRefund().GetLines() {
		shown.Hidden = append(shown.Hidden, ui.Hidden{Name: "units-" + line.GetLineId(), Value: strconv.Itoa(int(line.GetQuantity()))})
	}
	for _, name := range []string{"shipping", "other", toField.Name} {
		shown.Hidden = append(shown.Hidden, ui.Hidden{Name: name, Value: form.Get(name)})
	}
	if form.Get(toField.Name) == asCredit {
		shown.Credit = order.GetEmail()
	}
	shown.Cards = namedCards(preview.GetGiftCards())
	for _, part := range preview.GetParts() {
		shown.Parts = append(shown.Parts, admin.RefundPart{Method: providerName(part.GetProvider()), Amount: o.money(part.GetAmount()), Left: o.money(part.GetLeft())})
	}
	return shown
}

// giveBack makes a refund as the preview showed it.
func (o *office) giveBack(w http.ResponseWriter, v visit) error {
	if err := v.ParseForm(); err != nil {
		return web.Problem{Status: http.StatusUnprocessableEntity, Message: "The form could not be read."}
	}
	found, err := o.Orders.GetOrder(v.ctx, &orderv1.GetOrderRequest{OrderId: v.PathValue("id")})
	if err != nil {
		return err
	}
	if note := typed(v, noteField); tooLong(note, noteField) {
		return o.showRefund(w, v, http.StatusUnprocessableEntity, v.PostForm, "Write a note of at most 500 characters")
	}
	want := readWanted(v.PostForm, found.GetOrder())
	expected, _ := strconv.ParseInt(v.PostFormValue("expected"), 10, 64)
	if len(want.problems) > 0 || expected <= 0 {
		return o.showRefund(w, v, http.StatusUnprocessableEntity, v.PostForm, "")
	}
	req := &orderv1.RefundOrderRequest{
		OrderId: v.PathValue("id"), Lines: want.lines, ShippingMinor: want.shipping, OtherMinor: want.other, ExpectedMinor: expected,
		Note: typed(v, noteField), IdempotencyKey: v.PostFormValue("key"), StoreCredit: v.PostFormValue(toField.Name) == asCredit,
	}
	for _, why := range refundReasons {
		if why.value == v.PostFormValue("reason") {
			req.Reason = why.reason
		}
	}
	answer, err := o.Orders.RefundOrder(v.ctx, req)
	if connect.CodeOf(err) == connect.CodeFailedPrecondition && err != nil {
		return o.showRefund(w, v, http.StatusConflict, v.PostForm, words(err))
	}
	flash := "order.refunded"
	if req.GetStoreCredit() {
		flash = "order.credited"
	}
	return o.afterInstruction(w, v, flash, answer.GetProblem(), err)
}
