package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// RestPage is where staff end an order of which some was sent and the rest will not be.
type RestPage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Lines      []RestLine
	Money      []string // what becomes of it, a sentence each
	URL        string   // POST
	Hidden     []ui.Hidden
	Stock      ui.Field
	Reason     ui.Field
	Problems   []ui.FieldProblem
}

// RestLine is a line of which units are left.
type RestLine struct {
	Name   string
	Note   string // option values and SKU
	Units  string // "2 of 3", "2 of 3, 1 refunded"
	Amount string // of what was not refunded before
	Parts  []OrderPart
}
