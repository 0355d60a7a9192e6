package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// GiftCardPage is a gift card with its moves, the form that issues some, or, once, the codes of those that were issued. What a page has none of is left out.
type GiftCardPage struct {
	TablePage
	Breadcrumb []ui.Link
	Tags       []ui.Tag
	// Notice is what must be done now, since it cannot be done later.
	Notice   string
	Problems []ui.FieldProblem
	Figures  []Figure // amounts and codes
	Facts    []Fact   // all else
	Forms    []SmallForm
}
