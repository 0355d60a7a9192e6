package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// RatesPage is a part of the shop's settings with a table of rates: the taxes of a place, the prices of a way of delivery, what currencies are worth.
// Every button of the form sends all of it, named do: "save", "add", or anything else to look at it again. Without Action there is only something to read.
type RatesPage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Intro      string
	Actions    []Action
	Views      []ui.Link
	Facts      []Fact // in place of the fields for those who may only look
	Problems   []ui.FieldProblem
	Action     string
	Hidden     []ui.Hidden
	Sections   []FormSection
	Grid       Grid
	Hint       string // what to know of the grid
	Add        string // what the button says that adds a row; empty for none
	More       *ui.Link
	Empty      Emptiness // in place of a grid without rows
	Dangers    []Action
}

// RatesFilePage takes a CSV file of rates. It posts the file, as multipart, to Action.
type RatesFilePage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Intro      string
	Columns    []Fact // what the file has
	Action     string
	File       ui.Field
	Refused    string // that nothing was stored, and how many rows are wrong
	Errors     []RowError
}

// TryPage says what a basket would cost at an address. Its form is a GET of Action.
type TryPage struct {
	Shell
	Views      []ui.Link
	Heading    string
	Intro      string
	Action     string
	Fields     []ui.Field
	Problems   []ui.FieldProblem // what is wrong with what is typed, or why it cannot be bought there
	Notice     string            // what became of the VAT number
	Deliveries []Row
	Columns    []Column // of the deliveries
	Sums       []TotalRow
}

func (p RatesFilePage) problems() []ui.FieldProblem {
	if p.Refused == "" {
		return nil
	}
	return []ui.FieldProblem{{Text: p.Refused, URL: "#field-file"}}
}
