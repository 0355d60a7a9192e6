package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// PlacementPage says which products come first, or last, for a search or in a category. Its buttons are named do; all that is typed travels with
// each of them, so nothing is stored before it is saved.
type PlacementPage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Problems   []ui.FieldProblem
	Action     string
	Hidden     []ui.Hidden
	Where      []ui.Field // the search and the category of a new one
	Rows       []PlacementRow
	Add        ui.Field
	Dangers    []Action
}

// PlacementRow is a product with its place. Up and Down are values of the buttons named do, for those whose order counts.
type PlacementRow struct {
	Name   string
	URL    string
	Hidden []ui.Hidden
	Place  GridCell
	Up     string
	Down   string
}
