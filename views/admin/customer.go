package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// CustomerPage is a customer with what they keep and what they bought. Its table holds their orders.
type CustomerPage struct {
	TablePage
	Breadcrumb []ui.Link
	Problems   []ui.FieldProblem
	Facts      []Fact
	// Form changes what staff decide; nil for those who may only look, to whom the facts say it.
	Form      *SmallForm
	Addresses []CustomerAddress
	// NoOrders says why there are no orders to see, where that is not because there are none.
	NoOrders string
}

// CustomerAddress is an address that a customer keeps, line by line, with the phone number at its end.
type CustomerAddress struct {
	Title string
	Lines []string
}
