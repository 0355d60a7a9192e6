package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// TypePage is a type of products with the attributes that it asks for. Without Action there is only something to read.
type TypePage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Problems   []ui.FieldProblem
	Action     string
	Hidden     []ui.Hidden
	Name       ui.Field
	Grid       Grid
	Dangers    []Action
}

// PricesPage is what the variants of a product cost in price lists. Without Action there is only something to read.
type PricesPage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Views      []ui.Link
	Problems   []ui.FieldProblem
	Action     string
	Grid       Grid
	NoLists    bool // there is no price list yet
}
