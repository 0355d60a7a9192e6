package main

import (
	"net/http"
	"net/url"
	"strings"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// reconciled are the states of a difference, as filters and people call them.
var reconciled = []struct {
	value string
	label string
	state paymentv1.ReconciliationState
	tone  ui.Tone
}{
	{"open", "Open", paymentv1.ReconciliationState_RECONCILIATION_STATE_OPEN, ui.Bad},
	{"agreed", "Agrees by now", paymentv1.ReconciliationState_RECONCILIATION_STATE_AGREED, ui.OK},
	{"accepted", "Accepted", paymentv1.ReconciliationState_RECONCILIATION_STATE_ACCEPTED, ui.Neutral},
	{"written_off", "Written off", paymentv1.ReconciliationState_RECONCILIATION_STATE_WRITTEN_OFF, ui.Neutral},
	{"returned", "Given back", paymentv1.ReconciliationState_RECONCILIATION_STATE_RETURNED, ui.Neutral},
	{"linked", "Linked to an order", paymentv1.ReconciliationState_RECONCILIATION_STATE_LINKED, ui.Neutral},
	{"taken_back", "Write-off taken back", paymentv1.ReconciliationState_RECONCILIATION_STATE_TAKEN_BACK, ui.OK},
}

// differences say what did not agree, and what it may come from.
var differences = map[paymentv1.ReconciliationKind]struct{ value, label, advice string }{
	paymentv1.ReconciliationKind_RECONCILIATION_KIND_MISSING_HERE:  {"missing_here", "Missing here", "The provider keeps money that belongs to no payment of the shop."},
	paymentv1.ReconciliationKind_RECONCILIATION_KIND_MISSING_THERE: {"missing_there", "Missing there", "The books say that it was paid, and the statement has nothing of it."},
	paymentv1.ReconciliationKind_RECONCILIATION_KIND_DIFFERENT:     {"different", "Different amount", "Both have the payment, and say different amounts."},
}

// whyField is what staff say when they close a difference, and linkField the order that money is for.
var (
	whyField  = ui.Field{Name: "note", Label: "Note", Optional: true, Rows: 2, MaxLength: 500}
	linkField = ui.Field{Name: "order", Label: "Order number", Width: ui.Medium}
)

// differenceList takes the address of the list apart.
func differenceList(address *url.URL) (*list, *paymentv1.ListReconciliationItemsRequest) {
	list := newList(address, "/payments/reconciliation", "")
	req := &paymentv1.ListReconciliationItemsRequest{PageSize: list.size, PageToken: list.values.Get("page")}
	list.choice("state", "State", len(reconciled), func(i int) (string, string) { return reconciled[i].value, reconciled[i].label }, func(i int) { req.State = reconciled[i].state })
	return list, req
}

// reconciliation lists what does not agree.
func (o *office) reconciliation(w http.ResponseWriter, v visit) error {
	return o.showReconciliation(w, v, http.StatusOK, "")
}

func (o *office) showReconciliation(w http.ResponseWriter, v visit, status int, problem string) error {
	list, req := differenceList(v.URL)
	answer, err := o.Payments.ListReconciliationItems(v.ctx, req)
	if err != nil {
		return err
	}
	list.Actions = []admin.Action{
		{Label: "Comparisons", URL: "/payments/reconciliation/runs", Link: true}, {Label: "Export", URL: list.narrowed("/payments/reconciliation/export.csv"), Link: true},
	}
	page := admin.ReconciliationPage{Shell: o.shell(w, v, "Reconciliation"), List: list.finish(answer.GetNextPageToken())}
	if problem != "" {
		page.Problems = ui.Summary(ui.Problems{"": problem})
	}
	for _, item := range answer.GetItems() {
		kind := differences[item.GetKind()]
		row := admin.ReconciliationRow{
			Kind: kind.label, Advice: kind.advice, Reference: item.GetReference(), Provider: providerName(item.GetProvider()), Ours: o.money(item.GetOurs()), Theirs: o.money(item.GetTheirs()),
			Found: when(item.GetCreateTime()), FoundISO: whenISO(item.GetCreateTime()), State: differenceTag(item.GetState()),
			Note: strings.TrimSpace(item.GetActor() + " " + item.GetNote()),
		}
		if item.GetOrderId() != "" {
			row.OrderURL = "/orders/" + item.GetOrderId()
		}
		if v.may("orders.write") && item.GetState() == paymentv1.ReconciliationState_RECONCILIATION_STATE_OPEN {
			row.Actions = differenceActions(item)
		}
		page.Rows = append(page.Rows, row)
	}
	return web.Render(w, v.Request, status, admin.Reconciliation(page))
}

// differenceActions are what can be done about a difference.
func differenceActions(item *paymentv1.ReconciliationItem) []admin.Action {
	here := "/payments/reconciliation/" + item.GetId()
	action := func(label, as, confirm string, fields ...ui.Field) admin.Action {
		for i := range fields {
			fields[i].Scope = item.GetId() + "-" + as + "-"
		}
		return admin.Action{Label: label, URL: here, Hidden: []ui.Hidden{{Name: "as", Value: as}}, Confirm: confirm, Fields: fields}
	}
	actions := []admin.Action{action("Accept", "accepted", "It stays as it is, and nothing is posted.", whyField)}
	if item.GetPaymentId() == "" {
		return append(actions, action("Give back", "returned", "The provider gives the money back to whoever paid it.", whyField), action("Link", "linked", "The money is booked as paid for an order.", linkField, whyField))
	}
	look := admin.Action{Label: "Look up again", URL: here, Hidden: []ui.Hidden{{Name: "as", Value: "agreed"}}}
	return append(actions, look, action("Write off", "written_off", "The difference is posted as a loss, or as a gain if the provider keeps more.", whyField))
}

func differenceTag(state paymentv1.ReconciliationState) ui.Tag {
	for _, known := range reconciled {
		if known.state == state {
			return ui.Tag{Label: known.label, Tone: known.tone}
		}
	}
	return ui.Tag{}
}

// closeDifference does what staff chose.
func (o *office) closeDifference(w http.ResponseWriter, v visit) error {
	req := &paymentv1.CloseReconciliationItemRequest{ItemId: v.PathValue("item"), Note: typed(v, whyField)}
	if tooLong(req.GetNote(), whyField) {
		return o.showReconciliation(w, v, http.StatusUnprocessableEntity, "Write a note of at most 500 characters")
	}
	for _, known := range reconciled {
		if known.value == v.PostFormValue("as") {
			req.State = known.state
		}
	}
	if req.GetState() == paymentv1.ReconciliationState_RECONCILIATION_STATE_LINKED {
		found, err := o.Orders.ListOrders(v.ctx, &orderv1.ListOrdersRequest{Query: typed(v, linkField), PageSize: 2})
		if err != nil {
			return err
		}
		if typed(v, linkField) == "" || len(found.GetOrders()) != 1 {
			return o.showReconciliation(w, v, http.StatusUnprocessableEntity, "There is no order with this number")
		}
		req.OrderId = found.GetOrders()[0].GetId()
	}
	answer, err := o.Payments.CloseReconciliationItem(v.ctx, req)
	switch code := connect.CodeOf(err); {
	case err == nil:
	case code == connect.CodeFailedPrecondition, code == connect.CodeUnavailable:
		return o.showReconciliation(w, v, http.StatusConflict, words(err))
	default:
		return err
	}
	flash := "difference.closed"
	if answer.GetItem().GetState() == paymentv1.ReconciliationState_RECONCILIATION_STATE_OPEN {
		flash = "difference.asked"
	}
	o.cookies.SetFlash(w, web.Flash{Code: flash})
	web.SeeOther(w, v.Request, "/payments/reconciliation?state=open")
	return nil
}

// exportDifferences is the list as a file, page by page as it is read.
func (o *office) exportDifferences(w http.ResponseWriter, v visit) error {
	_, req := differenceList(v.URL)
	req.PageSize, req.PageToken = 100, ""
	answer, err := o.Payments.ListReconciliationItems(v.ctx, req)
	if err != nil {
		return err
	}
	write, end := csvFile(w, "reconciliation.csv")
	write("found", "kind", "provider", "reference", "order", "currency", "ours", "theirs", "state", "closed", "by", "note")
	for written := 0; ; {
		for _, item := range answer.GetItems() {
			write(whenISO(item.GetCreateTime()), differences[item.GetKind()].value, item.GetProvider(), item.GetReference(), item.GetOrderId(), item.GetOurs().GetCurrencyCode(),
				decimal(item.GetOurs()), decimal(item.GetTheirs()), differenceValue(item.GetState()), whenISO(item.GetCloseTime()), item.GetActor(), item.GetNote())
		}
		written += len(answer.GetItems())
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" || written >= mostExported {
			return end()
		}
		if answer, err = o.Payments.ListReconciliationItems(v.ctx, req); err != nil {
			return err
		}
	}
}

func differenceValue(state paymentv1.ReconciliationState) string {
	for _, known := range reconciled {
		if known.state == state {
			return known.value
		}
	}
	return ""
}
