package main

import (
	"net/http"

	"golang.org/x/sync/errgroup"

	eventv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/event/v1"
	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	productv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/product/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// waiting is how many of a kind the first page counts; beyond it says "more".
const waiting = 100

// dashboard says what waits for a person. Every number leads to the list behind it.
func (o *office) dashboard(w http.ResponseWriter, v visit) error {
	page := admin.DashboardPage{Shell: o.shell(w, v, "Overview"), Greeting: "Hello, " + v.staff.GetDisplayName()}
	var unpaid, toPack *orderv1.ListOrdersResponse
	var dead *eventv1.ListDeadDeliveriesResponse
	var runs *productv1.ListSyncRunsResponse
	group, ctx := errgroup.WithContext(v.ctx)
	group.Go(func() (err error) {
		unpaid, err = o.Orders.ListOrders(ctx, &orderv1.ListOrdersRequest{State: orderv1.OrderState_ORDER_STATE_PENDING, PageSize: waiting})
		return err
	})
	group.Go(func() (err error) {
		toPack, err = o.Orders.ListOrders(ctx, &orderv1.ListOrdersRequest{State: orderv1.OrderState_ORDER_STATE_CONFIRMED, PageSize: waiting})
		return err
	})
	group.Go(func() (err error) {
		dead, err = o.Deliveries.ListDeadDeliveries(ctx, &eventv1.ListDeadDeliveriesRequest{PageSize: 1})
		return err
	})
	group.Go(func() (err error) {
		runs, err = o.Sync.ListSyncRuns(ctx, &productv1.ListSyncRunsRequest{PageSize: 5})
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	atLeast := func(orders *orderv1.ListOrdersResponse) string {
		text := count(int64(len(orders.GetOrders())))
		if orders.GetNextPageToken() != "" {
			text = "more than " + text
		}
		return text
	}
	page.Tasks = []admin.Task{
		{Label: "orders to pack", Count: atLeast(toPack), URL: "/orders?state=confirmed"},
		{Label: "orders waiting for payment", Count: atLeast(unpaid), URL: "/orders?state=pending"},
		{Label: "events given up", Count: count(int64(dead.GetTotal())), URL: "/deliveries"},
	}
	if dead.GetTotal() > 0 {
		page.Tasks[2].Tone = ui.Bad
	}
	latest := admin.TopList{Title: "Latest orders to pack", All: ui.Link{Label: "All orders", URL: "/orders"}}
	for _, order := range toPack.GetOrders()[:min(len(toPack.GetOrders()), 5)] {
		latest.Rows = append(latest.Rows, admin.TopRow{Label: order.GetNumber(), URL: "/orders/" + order.GetId(), Value: o.money(order.GetTotals().GetTotal())})
	}
	imports := admin.TopList{Title: "Latest imports", All: ui.Link{Label: "All imports", URL: "/sync"}}
	for _, run := range runs.GetRuns() {
		imports.Rows = append(imports.Rows, admin.TopRow{Label: run.GetFileName(), URL: "/sync/" + run.GetId(), Value: runTag(run.GetState()).Label})
	}
	page.Lists = []admin.TopList{latest, imports}
	return web.Render(w, v.Request, http.StatusOK, admin.Dashboard(page))
}
