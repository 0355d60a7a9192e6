package main

import (
	"net/http"
	"strconv"

	"connectrpc.com/connect/v2"

	orderv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/order/v1"
	userv1 "github.com/tradewind-commerce/tradewind/gen/tradewind/user/v1"
	"github.com/tradewind-commerce/tradewind/platform/web"
	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// What staff decide of a customer.
var (
	groupField        = ui.Field{Name: "customer_group", Label: "Group", Optional: true, MaxLength: 100, AutoComplete: "off", Hint: "As price lists, promotions and taxes write it, such as trade."}
	customerNoteField = ui.Field{Name: "note", Label: "Note", Optional: true, Rows: 4, MaxLength: 2000, Hint: "For staff; the customer never sees it."}
)

// customer shows a customer with what they keep and what they bought.
func (o *office) customer(w http.ResponseWriter, v visit) error {
	return o.showCustomer(w, v, http.StatusOK, nil, nil)
}

func (o *office) theCustomer(v visit) (*userv1.Profile, error) {
	answer, err := o.Customers.GetCustomer(v.ctx, &userv1.GetCustomerRequest{Id: v.PathValue("id")})
	if code := connect.CodeOf(err); err != nil && (code == connect.CodeInvalidArgument || code == connect.CodeNotFound) {
		return nil, web.NotFound
	}
	return answer.GetCustomer(), err
}

// showCustomer draws a customer, with what was typed into the form when it was refused.
func (o *office) showCustomer(w http.ResponseWriter, v visit, status int, texts map[string]string, problems ui.Problems) error {
	customer, err := o.theCustomer(v)
	if err != nil {
		return err
	}
	if status == http.StatusConflict {
		problems = customerConflict(customer, texts)
	}
	heading, here := customer.GetEmail(), customerURL(customer.GetId())
	if customer.GetName() != "" {
		heading = customer.GetName()
	}
	page := admin.CustomerPage{
		Breadcrumb: []ui.Link{{Label: "Customers", URL: "/customers"}, {Label: heading, URL: here, Current: true}},
		Facts:      []admin.Fact{{Label: "E-mail", Value: customer.GetEmail(), URL: "mailto:" + customer.GetEmail()}, {Label: "Customer since", Value: when(customer.GetCreateTime())}},
		Problems:   ui.Summary(problems, groupField.Name, customerNoteField.Name),
	}
	page.Shell, page.Heading = o.shell(w, v, heading), heading
	if group := customer.GetCustomerGroup(); group != "" {
		page.Facts = append(page.Facts, admin.Fact{Label: "Group", Value: group})
	}
	if v.may("customers.write") {
		form, err := o.customerForm(v, customer, texts, problems)
		if err != nil {
			return err
		}
		page.Form = form
	} else if customer.GetNote() != "" {
		page.Facts = append(page.Facts, admin.Fact{Label: "Note", Value: customer.GetNote()})
	}
	for i, kept := range customer.GetAddresses() {
		title := "Another address"
		switch {
		case len(customer.GetAddresses()) == 1:
			title = "Address"
		case i == 0:
			title = "Preferred address"
		}
		lines := addressLines(kept.GetAddress())
		if phone := kept.GetAddress().GetPhone(); phone != "" {
			lines = append(lines, phone)
		}
		page.Addresses = append(page.Addresses, admin.CustomerAddress{Title: title, Lines: lines})
	}
	if err := o.customerOrders(v, &page, customer); err != nil {
		return err
	}
	return web.Render(w, v.Request, status, admin.CustomerDetails(page))
}

func (o *office) customerForm(v visit, customer *userv1.Profile, texts map[string]string, problems ui.Problems) (*admin.SmallForm, error) {
	groups, err := o.Customers.ListCustomerGroups(v.ctx, &userv1.ListCustomerGroupsRequest{})
	if err != nil {
		return nil, err
	}
	if texts == nil {
		texts = map[string]string{groupField.Name: customer.GetCustomerGroup(), customerNoteField.Name: customer.GetNote()}
	}
	group := groupField.With(texts[groupField.Name], problems)
	for _, one := range groups.GetGroups() {
		group.Suggestions = append(group.Suggestions, one.GetName())
	}
	return &admin.SmallForm{
		Title: "Group and note", Action: customerURL(customer.GetId()) + "/contents", Button: "Save",
		Hidden: []ui.Hidden{{Name: "version", Value: strconv.FormatInt(customer.GetVersion(), 10)}},
		Fields: []ui.Field{group, customerNoteField.With(texts[customerNoteField.Name], problems)},
	}, nil
}

// ordersOfCustomer is how many a page shows: on a phone what staff decide stands below them.
const ordersOfCustomer = 10

// customerOrders adds a page of a customer's orders. The rest of the page does not wait for orders that cannot be read.
func (o *office) customerOrders(v visit, page *admin.CustomerPage, customer *userv1.Profile) error {
	if !v.may("orders.read") {
		page.NoOrders = "You may not see orders. Whoever manages staff can let you."
		return nil
	}
	token := v.URL.Query().Get("page")
	answer, err := o.Orders.ListCustomerOrders(v.ctx, &orderv1.ListCustomerOrdersRequest{CustomerId: customer.GetId(), PageSize: ordersOfCustomer, PageToken: token})
	switch {
	case err != nil && connect.CodeOf(err) == connect.CodeInvalidArgument: // a page that nobody was led to
		return web.NotFound
	case err != nil:
		o.log.WarnContext(v.ctx, "list a customer's orders", "error", err)
		page.NoOrders = "The orders cannot be shown at the moment. Try again in a minute, or look for the e-mail address among the orders."
		return nil
	}
	page.Columns = []admin.Column{{Label: "Order"}, {Label: "State"}, {Label: "Payment"}, {Label: "Total", Number: true}, {Label: "Placed", Said: true}}
	page.Empty = admin.Emptiness{Title: "No orders yet", Text: "What the customer ordered without signing in is found by the e-mail address among the orders."}
	list := newList(v.URL, customerURL(customer.GetId()), "")
	page.List = list.finish(answer.GetNextPageToken())
	page.List.Sizes = nil
	for _, order := range answer.GetOrders() {
		page.Rows = append(page.Rows, admin.Row{ID: order.GetId(), Cells: []admin.Cell{
			{Text: order.GetNumber(), URL: "/orders/" + order.GetId(), Note: plural(int64(order.GetItemCount()), "item", "items")},
			{Tag: stateTag(order.GetState())}, {Tag: paidTag(order.GetPaymentState())}, {Text: o.money(order.GetTotals().GetTotal())}, {Text: when(order.GetCreateTime())},
		}})
	}
	return nil
}

// saveCustomer puts a customer in a group and keeps what is said of them.
func (o *office) saveCustomer(w http.ResponseWriter, v visit) error {
	texts, problems := map[string]string{}, ui.Problems{}
	for _, field := range []ui.Field{groupField, customerNoteField} {
		texts[field.Name] = typed(v, field)
		if tooLong(texts[field.Name], field) {
			problems[field.Name] = "Write at most " + count(int64(field.MaxLength)) + " characters"
		}
	}
	if len(problems) > 0 {
		return o.showCustomer(w, v, http.StatusUnprocessableEntity, texts, problems)
	}
	req := &userv1.UpdateCustomerRequest{Id: v.PathValue("id"), CustomerGroup: texts[groupField.Name], Note: texts[customerNoteField.Name]}
	req.Version, _ = strconv.ParseInt(v.PostFormValue("version"), 10, 64) // none that fits, if it is no number
	saved, err := o.Customers.UpdateCustomer(v.ctx, req)
	switch connect.CodeOf(err) {
	case connect.CodeFailedPrecondition:
		return o.showCustomer(w, v, http.StatusConflict, texts, nil)
	case connect.CodeInvalidArgument:
		return o.showCustomer(w, v, http.StatusUnprocessableEntity, texts, fieldProblem(err))
	}
	if err != nil {
		return err
	}
	o.cookies.SetFlash(w, web.Flash{Code: "customer.saved"})
	web.SeeOther(w, v.Request, customerURL(saved.GetCustomer().GetId()))
	return nil
}

// customerConflict says what stands there now beside what was typed, so that sending the form once more is a choice. A customer who has changed an address
// meanwhile stands in nobody's way, but counts as a change all the same.
func customerConflict(now *userv1.Profile, texts map[string]string) ui.Problems {
	problems := ui.Problems{"": "Somebody changed this customer since you opened the page, so nothing is saved yet. What you typed is still there: look at it, then save."}
	for _, one := range []struct{ name, stands string }{{groupField.Name, now.GetCustomerGroup()}, {customerNoteField.Name, now.GetNote()}} {
		switch one.stands {
		case texts[one.name]: // both mean the same
		case "":
			problems[one.name] = "It is empty now; saving writes what you typed"
		default:
			problems[one.name] = "It is now “" + one.stands + "”; saving replaces it by what you typed"
		}
	}
	return problems
}
