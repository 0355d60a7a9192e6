package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// List is what all lists share: what narrows them, what orders them, and the way through them. Its form is a GET of
// Action, so every state has an address.
type List struct {
	Action string
	Label  string // what the search box searches: "Number, name or email"
	Query  string // parameter q
	Views  []ui.Link
	// ViewActions keep what the list shows as a view, or change the view that is open.
	ViewActions []Action
	Filters     []Filter
	Hidden      []ui.Hidden // kept by the form: the sort and the page size
	Chips       []ui.Chip
	ClearURL    string
	Total       string          // "1,204 orders"
	Sorts       map[string]Sort // by column key; a column that is not in it cannot be sorted
	Sizes       []ui.Link       // 25, 50, 100
	NewerURL    string
	OlderURL    string
	ByName      bool     // in the order of names or places, not of time: the way on leads to the next rows rather than to older ones
	Actions     []Action // of the page: create, upload, export
	// Bulk acts on the ticked rows (form field "id"); without it no boxes are drawn.
	Bulk []BulkAction
	// BulkAll leads to the same for all rows that match, also on other pages.
	BulkAll *ui.Link
}

// Filter is one select of a list, or a field to type into where it has no options.
type Filter struct {
	Name    string
	Label   string
	Value   string
	Options []ui.Option
}

// Sort is a column that orders the list. Direction is "ascending" or "descending" on the column in effect.
type Sort struct {
	URL       string
	Direction string
}

// BulkAction is a button above the list for the ticked rows.
type BulkAction struct {
	Label string
	URL   string
	Kind  ui.ButtonKind
}

func (l List) forward() string {
	if l.ByName {
		return "Next"
	}
	return "Older"
}

func (l List) backward() string {
	if l.ByName {
		return "From the start"
	}
	return "Newer"
}

func (l List) narrowed() bool { return len(l.Chips) > 0 || l.Query != "" }

// TablePage is a plain list of anything: customers, keys, the audit log.
type TablePage struct {
	Shell
	List
	Heading string
	Intro   string
	Columns []Column
	Rows    []Row
	Empty   Emptiness
}

// Emptiness is what a list says while there is nothing in it.
type Emptiness struct {
	Title  string
	Text   string
	Action *Action
}

// Column is the head of a table's column.
type Column struct {
	Key    string // for List.Sorts
	Label  string
	Number bool
	Long   bool // what it says takes several lines rather than widen the table
	Said   bool // on phones, where no head stands above, its name goes before the value; always so for numbers
}

// Row is a line of a table, a cell for each column. The first cell usually carries the link.
type Row struct {
	ID    string // for bulk actions
	Cells []Cell
	// Actions stand at the end of the row.
	Actions []Action
}

// Cell is one value of a row.
type Cell struct {
	Text string
	URL  string
	Tag  ui.Tag
	Note string // a second, quieter line
}

// filters says whether there is anything to filter: not in a list that is empty by itself.
func (l List) filters(rows int) bool {
	return (l.Label != "" || len(l.Filters) > 0) && (rows > 0 || l.narrowed())
}

func (p TablePage) number(index int) bool {
	return index < len(p.Columns) && p.Columns[index].Number
}

func (p TablePage) long(index int) bool { return index < len(p.Columns) && p.Columns[index].Long }

// said names a value where its column's head is not seen.
func (p TablePage) said(index int, cell Cell) string {
	if index == 0 || index >= len(p.Columns) || cell.Text == "" || !p.Columns[index].Number && !p.Columns[index].Said {
		return ""
	}
	return p.Columns[index].Label
}

func (p TablePage) acts() bool {
	for _, row := range p.Rows {
		if len(row.Actions) > 0 {
			return true
		}
	}
	return false
}

// label names a row for its tick box.
func (r Row) label() string {
	if len(r.Cells) == 0 {
		return r.ID
	}
	return r.Cells[0].Text
}
