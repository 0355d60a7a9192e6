package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// ShipmentPage is where goods of an order are marked as sent.
type ShipmentPage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Money      string // what becomes of money that is reserved; empty when none is
	Lines      []ShipmentLine
	How        []ui.Field // carrier and number; empty for what is fetched
	URL        string     // POST
	Hidden     []ui.Hidden
	Button     string
	RestURL    string // where the order is ended without what is left; empty before something was sent
	Problems   []ui.FieldProblem
}

// ShipmentLine is a line of which units are still to be sent.
type ShipmentLine struct {
	Name  string
	Note  string // option values and SKU
	Left  string // "2 of 3", "2 of 3, 1 refunded"
	Units ui.Field
	Parts []OrderPart
}
