package main

import (
	"net/http"
	"slices"

	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
)

// customersRoutes are the pages about who has an account.
func customersRoutes(r routes) {
	r.staff("GET /customers", needs("customers.read", r.customers))
	r.staff("GET /customers/{id}", needs("customers.read", r.customer))
	r.staff("POST /customers/{id}/contents", needs("customers.write", r.saveCustomer))
}

// customers lists customers, newest first.
func (o *office) customers(w http.ResponseWriter, v visit) error {
	groups, err := o.Customers.ListCustomerGroups(v.ctx, &userv1.ListCustomerGroupsRequest{})
	if err != nil {
		return err
	}
	list := newList(v.URL, "/customers", "E-mail or name")
	req := &userv1.ListCustomersRequest{PageSize: list.size, PageToken: list.values.Get("page"), Query: firstBytes(list.Query, 200)}
	known := groups.GetGroups()
	// A group that has lost its last member since still narrows the list to nothing, rather than to everybody.
	if asked := list.values.Get("group"); asked != "" && !slices.ContainsFunc(known, func(group *userv1.CustomerGroup) bool { return group.GetName() == asked }) {
		known = append(known, &userv1.CustomerGroup{Name: firstBytes(asked, 100)})
	}
	if len(known) > 0 {
		list.choice("group", "Group", len(known), func(i int) (string, string) { return known[i].GetName(), groupLabel(known[i]) }, func(i int) { req.CustomerGroup = known[i].GetName() })
	}
	answer, err := o.Customers.ListCustomers(v.ctx, req)
	if err != nil {
		return err
	}
	page := admin.TablePage{
		Shell: o.shell(w, v, "Customers"), Heading: "Customers",
		Columns: []admin.Column{{Label: "E-mail"}, {Label: "Name"}, {Label: "Group", Said: true}, {Label: "Since", Said: true}},
		Empty:   admin.Emptiness{Title: "No customers yet", Text: "Whoever signs in to the shop becomes a customer. Who orders without signing in is found among the orders."},
	}
	page.List = list.finish(answer.GetNextPageToken())
	for _, customer := range answer.GetCustomers() {
		page.Rows = append(page.Rows, admin.Row{ID: customer.GetId(), Cells: []admin.Cell{
			{Text: customer.GetEmail(), URL: customerURL(customer.GetId())}, {Text: customer.GetName()}, {Text: customer.GetCustomerGroup()}, {Text: when(customer.GetCreateTime())},
		}})
	}
	return web.Render(w, v.Request, http.StatusOK, admin.Table(page))
}

// mostMembers is where the service stops counting.
const mostMembers = 1000

func groupLabel(group *userv1.CustomerGroup) string {
	return group.GetName() + " (" + totalOf(group.GetMembers(), group.GetMembers() >= mostMembers, "customer", "customers") + ")"
}

func customerURL(id string) string { return "/customers/" + id }
