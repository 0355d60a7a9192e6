package admin

import (
	"slices"

	"github.com/tradewind-commerce/tradewind/views/ui"
)

// ProductsPage lists products. Column keys for List.Sorts: name, updated.
type ProductsPage struct {
	Shell
	List
	Rows []ProductRow
}

// ProductRow is one product in the list.
type ProductRow struct {
	ID       string
	Name     string
	URL      string
	ShopURL  string // empty while shoppers cannot see it
	Image    ui.Image
	Status   ui.Tag
	SKU      string
	Variants string // "12 variants"
	Stock    string // what can be sold
	StockTag ui.Tag // sold out, or partly
	Price    string // "€19.00 to €24.00"
	Category string
	Updated  string
}

// stocked says whether anything is known of the stock; without, its column is left out.
func (p ProductsPage) stocked() bool {
	return slices.ContainsFunc(p.Rows, func(row ProductRow) bool { return row.Stock != "" || row.StockTag.Label != "" })
}

// BulkPage asks what to do to many products, shows what that would do, and what became of it. Its buttons are named do: preview, and apply
// once there is a preview.
type BulkPage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Action     string
	Hidden     []ui.Hidden
	Sections   []FormSection
	Problems   []ui.FieldProblem
	Outcome    *BulkOutcome
}

// BulkOutcome is what would become of products, or what became of them.
type BulkOutcome struct {
	Preview  bool
	Text     string // "3 products change, 1 stays as it is"
	Failed   string // why it ended early
	More     bool   // there are products left
	Examples []BulkExample
	Problems []BulkProblem
}

// BulkExample is what would become of one product.
type BulkExample struct {
	Name   string
	URL    string
	Fields []FieldChange
}

// BulkProblem is a product that could not be changed.
type BulkProblem struct {
	Name string
	URL  string
	Text string
}

// goesOn says whether there is something to apply.
func (o *BulkOutcome) goesOn() bool { return o != nil && (o.Preview || o.More) }

func (o *BulkOutcome) button() string {
	if o.Preview {
		return "Apply it"
	}
	return "Go on with the others"
}

// TableEditPage is several products as a table of fields, saved together.
type TableEditPage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Action     string
	Notice     string
	Problems   []ui.FieldProblem
	Grid       Grid
}
