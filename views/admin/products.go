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
