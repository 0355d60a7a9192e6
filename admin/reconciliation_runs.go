package main

import (
	"net/http"
	"strings"

	paymentv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/payment/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
)

// reconciliationRuns lists when providers' statements were compared with the books, and what came of it.
func (o *office) reconciliationRuns(w http.ResponseWriter, v visit) error {
	list := newList(v.URL, "/payments/reconciliation/runs", "")
	answer, err := o.Payments.ListReconciliationRuns(v.ctx, &paymentv1.ListReconciliationRunsRequest{PageSize: list.size, PageToken: v.URL.Query().Get("page")})
	if err != nil {
		return err
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Comparisons"), List: list.finish(answer.GetNextPageToken()), Heading: "Comparisons of statements",
		Intro: "Each row is one comparison of a provider’s statement with the books. They are made once a day. What agrees are payments; fees are those that the books had not yet.",
		Columns: []admin.Column{
			{Label: "When", Long: true}, {Label: "Provider", Said: true}, {Label: "Lines", Number: true}, {Label: "Agree", Number: true}, {Label: "Differ", Number: true}, {Label: "Still open", Number: true}, {Label: "Fees", Number: true},
		},
		Empty: admin.Emptiness{Title: "Nothing was compared yet", Text: "The first comparison is made within a day after a payment provider is set up."},
	}
	page.Actions = []admin.Action{{Label: "Differences", URL: "/payments/reconciliation?state=open", Link: true}}
	for _, run := range answer.GetRuns() {
		page.Rows = append(page.Rows, o.runRow(run))
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

func (o *office) runRow(run *paymentv1.ReconciliationRun) admin.Row {
	open := admin.Cell{Text: count(int64(run.GetStillOpen()))}
	if run.GetStillOpen() > 0 {
		open.URL = "/payments/reconciliation?state=open"
	}
	fees := make([]string, len(run.GetFees()))
	for i, fee := range run.GetFees() {
		fees[i] = o.money(fee)
	}
	return admin.Row{ID: run.GetId(), Cells: []admin.Cell{
		{Text: when(run.GetCreateTime()), Note: "from " + when(run.GetFromTime()) + " to " + when(run.GetUntilTime())},
		{Text: providerName(run.GetProvider())}, {Text: count(int64(run.GetLines()))}, {Text: count(int64(run.GetMatched()))}, {Text: count(int64(run.GetOpened()))},
		open, {Text: strings.Join(fees, ", ")},
	}}
}
