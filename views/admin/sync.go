package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// SyncRunsPage lists the runs that brought products in. Column keys for List.Sorts: started.
type SyncRunsPage struct {
	Shell
	List
	Rows []SyncRunRow
}

// SyncRunRow is one run in the list.
type SyncRunRow struct {
	Name     string // "catalogue-2026-11.csv"
	URL      string
	Source   string // "Upload by Maeve", "Feed at supplier.example"
	Started  string
	Duration string
	State    ui.Tag
	Counts   SyncCounts
}

// SyncCounts is what a run has done so far, formatted.
type SyncCounts struct {
	Read      string
	Created   string
	Updated   string
	Unchanged string
	Rejected  string
}

// SyncRunPage shows a run, live while it goes on.
type SyncRunPage struct {
	Shell
	Breadcrumb  []ui.Link
	Name        string
	Facts       []Fact // source, format, who, when
	Progress    SyncProgress
	RejectedURL string     // download of the rows that were not taken
	Errors      []RowError // only once the run has ended: a table that is replaced every second cannot be read
	MoreErrors  string     // "and 1,204 more in the file of rejected rows"
	Actions     []Action
}

// SyncProgress is how far a run has come. The page looks again by itself, every second from URL, until Live is false.
type SyncProgress struct {
	Live      bool
	URL       string
	State     ui.Tag
	Percent   int
	Text      string // "48,200 of 100,000 rows"
	Rate      string // "3,100 rows a second"
	Remaining string // "about 17 seconds left"
	Counts    SyncCounts
	Problem   string // why the run failed
	CancelURL string // POST, while it can be cancelled
}

// Fact is a labelled value.
type Fact struct {
	Label string
	Value string
	URL   string
}

// RowError is a row that was not taken, and why.
type RowError struct {
	Row     string
	Field   string
	Value   string
	Message string
	URL     string // of the product it concerns
}

// UploadPage takes a file of products. It posts, as multipart, format and then file to Action: what stands before the file is known
// while the file is still coming.
type UploadPage struct {
	Shell
	Breadcrumb []ui.Link
	Action     string
	Formats    []ui.Option
	MaxSize    string // "At most 200 MB."
	Accept     string // ".csv,.xml,.json,.gz"
	Samples    []ui.Link
	Problems   ui.Problems
}
