package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// ExportsPage lists the files of products that were made, or are being made, and the schedules that have them made again. While one is being made, the
// list looks again by itself.
type ExportsPage struct {
	Shell
	List
	LiveURL   string // looked at every two seconds; empty when nothing moves
	Rows      []ExportRow
	Schedules []ScheduleRow
}

// ExportRow is one file.
type ExportRow struct {
	Format      string
	Filter      string // "Brand: Leaf, drafts"
	Asked       string
	By          string
	State       ui.Tag
	Percent     int    // while it is being made
	Progress    string // "1,200 of 3,291 products"
	Note        string // "2 variants left out", or why it failed
	Size        string
	DownloadURL string
	Until       string // when it is removed
	Actions     []Action
}

// ScheduleRow has a file made again and again.
type ScheduleRow struct {
	Format  string
	Filter  string
	Every   string
	Next    string
	Address string
	Actions []Action
}

// NewExportPage asks what to write. It posts format, every and the filters to Action.
type NewExportPage struct {
	Shell
	Breadcrumb []ui.Link
	Action     string
	Formats    ui.Field
	Every      *ui.Field // nil for those who may not
	Filters    []ui.Field
	Problems   []ui.FieldProblem
}
