package preview

import (
	"fmt"

	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func adminPages() []Page {
	page := func(name string, component templ.Component) Page {
		return Page{Name: "admin/" + name, Component: component}
	}
	return []Page{
		page("login", admin.Login(admin.LoginPage{Shell: outside("Sign in")})),
		page("login-refused", admin.Login(refusedLogin())),
		page("login-wait", admin.Login(admin.LoginPage{Shell: outside("Sign in"), Wait: "Too many tries. You can try again in 4 minutes."})),
		page("login-code", admin.SecondFactor(admin.SecondFactorPage{Shell: outside("Enter your code"), Problems: ui.Problems{"code": "This code is not right, or it is too old. Enter the newest one."}})),
		page("dashboard", admin.Dashboard(dashboard())),
		page("dashboard-empty", admin.Dashboard(admin.DashboardPage{Shell: office("Overview", 0), Greeting: "Good morning, Maeve"})),
		page("orders", admin.Orders(orders(50))),
		page("orders-filtered-empty", admin.Orders(ordersFiltered())),
		page("orders-empty", admin.Orders(admin.OrdersPage{Shell: office("Orders", 1), List: admin.List{Action: "/orders", Label: "Number, name or email"}})),
		page("order", admin.Order(order())),
		page("order-refused", admin.Order(orderRefused())),
		page("order-cancellation-refused", admin.Order(cancellationRefused())),
		page("products", admin.Products(products())),
		page("products-empty", admin.Products(admin.ProductsPage{Shell: office("Products", 2), List: admin.List{Actions: []admin.Action{{Label: "Upload a file", URL: "/sync/upload", Link: true, Kind: ui.Primary}}}})),
		page("sync-runs", admin.SyncRuns(syncRuns())),
		page("sync-run-live", admin.SyncRun(syncRun(true))),
		page("sync-run-done", admin.SyncRun(syncRun(false))),
		page("sync-run-failed", admin.SyncRun(syncFailed())),
		page("dead-letters", admin.DeadLetters(deadLetters())),
		page("dead-letters-empty", admin.DeadLetters(admin.DeadLettersPage{Shell: office("Failed deliveries", 4)})),
		page("table", admin.Table(auditLog())),
		page("form", admin.Form(keyForm())),
		page("form-refused", admin.Form(keyFormRefused())),
		page("form-secret", admin.Form(keySecret())),
		page("error-403", admin.Error(admin.ErrorPage{Shell: office("Not allowed", -1), Status: 403})),
		page("error-404", admin.Error(admin.ErrorPage{Shell: office("Not found", -1), Status: 404})),
		page("error-409", admin.Error(admin.ErrorPage{Shell: office("Conflict", -1), Status: 409, BackURL: "/orders/1"})),
		page("error-500", admin.Error(admin.ErrorPage{Shell: admin.Shell{Assets: assets("admin.css"), Title: "Error"}, Status: 500, RequestID: "0191f3c2-77aa-7c11-9a51-0d8d7b9a4d11"})),
		page("stress-orders", admin.Orders(stressOrders())),
		page("stress-order", admin.Order(stressAdminOrder())),
		page("rtl-orders", admin.Orders(rtlOrders())),
	}
}

func outside(title string) admin.Shell {
	return admin.Shell{Assets: assets("admin.css"), ShopName: "Tradewind", Title: title, Environment: "Staging"}
}

// office is the shell of someone who is signed in, with the nth page of the navigation current.
func office(title string, current int) admin.Shell {
	shell := outside(title)
	shell.SearchURL = "/search"
	shell.Jobs = &admin.Jobs{Text: "1 sync running", URL: "/sync"}
	shell.User = &admin.User{Name: "Maeve O’Sullivan", Email: "maeve@shop.example", AccountURL: "/account", SignOutURL: "/logout"}
	shell.Nav = []admin.NavGroup{
		{Items: []admin.NavItem{
			{Label: "Overview", URL: "/", Icon: ui.IconHome}, {Label: "Orders", URL: "/orders", Icon: ui.IconBox, Count: "12"},
			{Label: "Products", URL: "/products", Icon: ui.IconTag},
		}},
		{Title: "Machinery", Items: []admin.NavItem{
			{Label: "Product sync", URL: "/sync", Icon: ui.IconRefresh}, {Label: "Failed deliveries", URL: "/deliveries", Icon: ui.IconAlert, Count: "3"},
			{Label: "Audit log", URL: "/audit", Icon: ui.IconList},
		}},
	}
	if current >= 0 {
		group, item := 0, current
		if item > 2 {
			group, item = 1, item-3
		}
		shell.Nav[group].Items[item].Current = true
	}
	return shell
}

func refusedLogin() admin.LoginPage {
	return admin.LoginPage{Shell: outside("Sign in"), Email: "maeve@shop.example", Next: "/orders", Ended: "Your session has ended. Sign in to go on where you were. What you typed is kept.", Kept: []ui.Hidden{{Name: "kept.comment", Value: markup}}, Problems: ui.Problems{"": "The email address and the password do not belong together."}}
}

func dashboard() admin.DashboardPage {
	page := admin.DashboardPage{
		Shell: office("Overview", 0), Greeting: "Good morning, Maeve", Compared: "compared with the 14 days before",
		Periods: []ui.Link{{Label: "Today", URL: "?period=1"}, {Label: "14 days", URL: "?period=14", Current: true}, {Label: "90 days", URL: "?period=90"}},
		Tasks: []admin.Task{
			{Label: "orders to pack", Count: "12", URL: "/orders?fulfilment=open"}, {Label: "payments failed", Count: "2", URL: "/orders?payment=failed", Tone: ui.Warn},
			{Label: "failed deliveries", Count: "3", URL: "/deliveries", Tone: ui.Bad}, {Label: "products almost sold out", Count: "7", URL: "/products?stock=low", Tone: ui.Warn},
		},
		Figures: []admin.Figure{
			{Label: "Sales", Value: "€18,204.50", URL: "/orders?paid=1", Change: "+12%", Tone: ui.OK}, {Label: "Orders", Value: "214", URL: "/orders", Change: "+4%", Tone: ui.OK},
			{Label: "Average order", Value: "€85.07", Change: "+8%", Tone: ui.OK}, {Label: "Refunds", Value: "€312.00", URL: "/orders?refunded=1", Change: "+40%", Tone: ui.Bad},
		},
		Chart: &admin.Chart{Title: "Sales by day", Summary: "Best day: Friday 20 November with €2,410.00. Quietest: Sunday 15 November with €610.00."},
		Lists: []admin.TopList{
			{Title: "Sold most", All: ui.Link{Label: "All products", URL: "/products"}, Rows: []admin.TopRow{{Label: "Stoneware mug with a wide handle", URL: "/products/1", Value: "84"}, {Label: "Beeswax candle, burns for 40 hours", URL: "/products/2", Value: "51"}, {Label: "Lambswool scarf", URL: "/products/3", Value: "37"}}},
			{Title: "Searched for without result", Rows: []admin.TopRow{{Label: "teapot", URL: "/search?q=teapot", Value: "22"}, {Label: "bread knife", URL: "/search?q=bread+knife", Value: "14"}}},
		},
	}
	for day, percent := range []int{44, 52, 38, 61, 70, 58, 25, 49, 66, 72, 80, 77, 100, 36} {
		page.Chart.Bars = append(page.Chart.Bars, admin.Bar{Label: fmt.Sprintf("%d November", day+8), Value: fmt.Sprintf("€%d.00", percent*24), Percent: percent})
	}
	return page
}

func orderList() admin.List {
	return admin.List{
		Action: "/orders", Label: "Number, name or email", Total: "About 1,204,300 orders",
		Views: []ui.Link{{Label: "All", URL: "/orders", Current: true}, {Label: "To pack", URL: "/orders?view=pack"}, {Label: "Unpaid", URL: "/orders?view=unpaid"}, {Label: "Problems", URL: "/orders?view=problems"}},
		Filters: []admin.Filter{
			{Name: "payment", Label: "Payment", Options: []ui.Option{{Value: "", Label: "Any"}, {Value: "paid", Label: "Paid"}, {Value: "failed", Label: "Failed"}}},
			{Name: "fulfilment", Label: "Fulfilment", Options: []ui.Option{{Value: "", Label: "Any"}, {Value: "open", Label: "To pack"}, {Value: "shipped", Label: "Shipped"}}},
		},
		Hidden:   []ui.Hidden{{Name: "size", Value: "50"}},
		Sorts:    map[string]admin.Sort{"placed": {URL: "/orders?sort=placed", Direction: "descending"}, "number": {URL: "/orders?sort=number"}, "total": {URL: "/orders?sort=-total"}},
		Sizes:    []ui.Link{{Label: "25", URL: "?size=25"}, {Label: "50", URL: "?size=50", Current: true}, {Label: "100", URL: "?size=100"}},
		OlderURL: "/orders?after=abc", NewerURL: "/orders?before=abc",
		Actions: []admin.Action{{Label: "Export", URL: "/orders/export", Link: true}},
		Bulk:    []admin.BulkAction{{Label: "Mark as packed", URL: "/orders/packing"}, {Label: "Cancel", URL: "/orders/cancellation", Kind: ui.Danger}},
	}
}

func orders(count int) admin.OrdersPage {
	page := admin.OrdersPage{Shell: office("Orders", 1), List: orderList()}
	page.Flash = &ui.Flash{Tone: ui.OK, Text: "Order TW-10481 is packed.", Action: &ui.Link{Label: "See the order", URL: "/orders/1"}}
	names := []string{"Maeve O’Sullivan", "Jörg Müller", "李小龙", "Ana Souza", "Søren Kjær"}
	states := []ui.Tag{{Label: "Confirmed", Tone: ui.Info}, {Label: "Pending", Tone: ui.Warn}, {Label: "Fulfilled", Tone: ui.OK}, {Label: "Cancelled", Tone: ui.Bad}}
	paid := []ui.Tag{{Label: "Paid", Tone: ui.OK}, {Label: "Pending", Tone: ui.Warn}, {Label: "Paid", Tone: ui.OK}, {Label: "Refunded"}}
	packed := []ui.Tag{{Label: "To pack", Tone: ui.Warn}, {Label: "Waiting"}, {Label: "Shipped", Tone: ui.OK}, {Label: "None"}}
	for i := range count {
		page.Rows = append(page.Rows, admin.OrderRow{
			ID: fmt.Sprintf("0191f3c2-77aa-7c11-9a51-%012d", i), Number: fmt.Sprintf("TW-%d", 10482-i), URL: fmt.Sprintf("/orders/%d", i), Placed: fmt.Sprintf("23 Nov, %02d:%02d", 14-i/10, 59-i%60), PlacedISO: "2026-11-23T14:05:00Z",
			Customer: names[i%5], Email: fmt.Sprintf("shopper%d@example.com", i), Channel: "Web shop", State: states[i%4], Payment: paid[i%4], Fulfilment: packed[i%4], Items: fmt.Sprint(1 + i%4), Total: fmt.Sprintf("€%d.%02d", 40+i*13%400, i*7%100), Noted: i%9 == 3,
		})
	}
	return page
}

func ordersFiltered() admin.OrdersPage {
	page := orders(0)
	page.Flash = nil
	page.List.Query = "nobody@example.com"
	page.List.Chips = []ui.Chip{{Label: "nobody@example.com", RemoveURL: "/orders?payment=failed"}, {Label: "Payment: Failed", RemoveURL: "/orders?q=nobody%40example.com"}}
	page.List.ClearURL = "/orders"
	return page
}
