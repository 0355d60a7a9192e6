package preview

import (
	"fmt"

	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func customerPages() []Page {
	page := func(name string, component templ.Component) Page {
		return Page{Name: "admin/" + name, Component: component}
	}
	return []Page{
		page("customer", admin.CustomerDetails(customer(nil))),
		page("customer-conflict", admin.CustomerDetails(customer(ui.Problems{
			"": "Somebody changed this customer since you opened the page, so nothing is saved yet.", "customer_group": "It is now “press”; saving replaces it by what you typed",
		}))),
		page("customer-new", admin.CustomerDetails(newCustomer())),
		page("stress-customer", admin.CustomerDetails(stressCustomer())),
	}
}

func customerPage(heading string) admin.CustomerPage {
	page := admin.CustomerPage{Breadcrumb: []ui.Link{{Label: "Customers", URL: "/customers"}, {Label: heading, Current: true}}}
	page.Shell, page.Heading = office(heading, 2), heading
	page.Facts = []admin.Fact{{Label: "E-mail", Value: "aoife@example.com", URL: "mailto:aoife@example.com"}, {Label: "Customer since", Value: "1 Oct 2026, 09:00 UTC"}}
	page.Columns = []admin.Column{{Label: "Order"}, {Label: "State"}, {Label: "Payment"}, {Label: "Total", Number: true}, {Label: "Placed", Said: true}}
	page.Empty = admin.Emptiness{Title: "No orders yet", Text: "What the customer ordered without signing in is found by the e-mail address among the orders."}
	return page
}

func customer(problems ui.Problems) admin.CustomerPage {
	page := customerPage("Aoife Ní Bhriain")
	page.Facts = append(page.Facts, admin.Fact{Label: "Group", Value: "trade"})
	page.Problems = ui.Summary(problems, "customer_group")
	page.Form = &admin.SmallForm{Title: "Group and note", Action: "/customers/1/contents", Button: "Save", Hidden: []ui.Hidden{{Name: "version", Value: "3"}}, Fields: []ui.Field{
		ui.Field{Name: "customer_group", Label: "Group", Optional: true, Hint: "As price lists, promotions and taxes write it, such as trade.", Suggestions: []string{"press", "trade"}}.With("trade", problems),
		{Name: "note", Label: "Note", Optional: true, Rows: 4, MaxLength: 2000, Hint: "For staff; the customer never sees it.", Value: "Rings before she collects."},
	}}
	page.Addresses = []admin.CustomerAddress{
		{Title: "Preferred address", Lines: []string{"Aoife Ní Bhriain", "12 Bridge Street", "Westport", "Co. Mayo", "F28 XY00", "Ireland", "+353 1 555 0199"}},
		{Title: "Another address", Lines: []string{"Aoife Ní Bhriain", "Storkower Straße 1", "10409 Berlin", "Germany"}},
	}
	for i := range 10 {
		page.Rows = append(page.Rows, admin.Row{ID: fmt.Sprint(i), Cells: []admin.Cell{
			{Text: fmt.Sprintf("TW-%06d", 120-i), URL: fmt.Sprintf("/orders/%d", i), Note: "3 items"}, {Tag: ui.Tag{Label: "Confirmed", Tone: ui.OK}}, {Tag: ui.Tag{Label: "Paid", Tone: ui.OK}},
			{Text: fmt.Sprintf("$%d.50", 1112+i)}, {Text: "23 Nov 2026, 14:20 UTC"},
		}})
	}
	page.List.OlderURL = "/customers/1?page=x"
	return page
}

func newCustomer() admin.CustomerPage {
	page := customerPage("aoife@example.com")
	page.Facts = append(page.Facts, admin.Fact{Label: "Note", Value: "Rings before she collects."})
	return page
}

func stressCustomer() admin.CustomerPage {
	page := customer(nil)
	page.Heading, page.Facts[2].Value, page.Facts[0].Value = longWord+" "+markup, longWord, longWord+"@example.com"
	page.Addresses[0].Lines[1], page.Addresses[1].Lines[3], page.Rows[0].Cells[0].Text = longWord, markup, longWord
	return page
}
