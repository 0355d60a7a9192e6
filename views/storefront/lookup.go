package storefront

import "github.com/tradewind-commerce/tradewind/views/ui"

// OrderLookupPage finds an order for a buyer without the link. It posts number and email to /orders.
type OrderLookupPage struct {
	Shell
	Number   string // as typed
	Email    string
	Problems ui.Problems
}

func (p OrderLookupPage) problems() []ui.FieldProblem {
	return ui.Summary(p.Problems, "number", "email")
}
