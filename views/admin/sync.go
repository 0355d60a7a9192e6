package admin

import (
	"strconv"

	"github.com/tradewind-commerce/tradewind/views/ui"
)

// SyncRunsPage lists the runs that brought products in. Column keys for List.Sorts: started.
type SyncRunsPage struct {
	Shell
	List
	Rows  []SyncRunRow
	Empty Emptiness
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
	Gone      string // taken off sale; empty when nothing was
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
	Notices     []RunNotice
	Comparison  *Comparison
	LeftAlone   []LeftAlone // products that undoing the run left as they are
	MoreURL     string      // of those
	// Next is what can be done with the run as it stands. It is part of what replaces itself, so that nobody has to load the page again.
	Next []Action
}

// RunNotice is something that staff should know about a run.
type RunNotice struct {
	Tone ui.Tone
	Text string
}

// Comparison is what a run would do, a page of one kind of change at a time.
type Comparison struct {
	Tabs     []ui.Link
	Text     string // in place of rows: that there are none, or none to show
	Changes  []ChangeRow
	Errors   []RowError
	FirstURL string
	NextURL  string
}

// ChangeRow is what a run would do to one product. A new one has no fields.
type ChangeRow struct {
	Name   string
	URL    string // empty for a new one
	Key    string // as the source calls it
	Row    string // of the file; empty for what is gone from it
	Kind   ui.Tag
	Fields []ComparedField
	More   string // "and 12 more fields"
}

// ComparedField is how one field would change.
type ComparedField struct {
	Field string
	Now   string
	Then  string
}

// LeftAlone is a product that undoing did not touch, and why.
type LeftAlone struct {
	Name   string
	URL    string
	Reason string
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

// UploadPage takes a file of products. It posts, as multipart, the choices and then the file to Action: what stands before the file is known
// while the file is still coming.
type UploadPage struct {
	Shell
	Breadcrumb []ui.Link
	Action     string
	How        Choice // compare first, or import at once
	Source     ui.Field
	Format     ui.Field
	MaxSize    string // "At most 200 MB."
	Accept     string // ".csv,.xml,.json,.gz"
	Problems   ui.Problems
}

// MappingPage asks what the columns of a table mean.
type MappingPage struct {
	Shell
	Breadcrumb []ui.Link
	Facts      []Fact
	Missing    []string // what the proposal lacks to be used
	Problems   []ui.FieldProblem
	Action     string
	Scope      Choice
	Decimal    ui.Field
	Columns    []MappingRow
	Constants  []MappingRow // values that every row has, and columns that give a second field
	Keep       Check
	Button     string
	CancelURL  string
}

// MappingRow is a column with what it seems to be, or a constant.
type MappingRow struct {
	Column   string // empty for a constant
	Hidden   ui.Hidden
	Samples  []string
	Field    GridCell
	Reason   string
	Usable   bool       // a column without a header of its own is not
	Details  []GridCell // rarely needed; Detailed says that some are filled
	Detailed bool
}

// SourcePage is where products come from, with its runs.
type SourcePage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Actions    []Action
	Notices    []RunNotice
	Facts      []Fact
	Trigger    *Trigger
	Runs       []SyncRunRow
	MoreURL    string
	Dangers    []Action
}

// Trigger is how a supplier's program has the source asked.
type Trigger struct {
	Text   string
	URL    string
	Secret *Secret // once, when it is made
	Make   *Action
}

// lines is how many rows of the table the product's name stands beside.
func (c ChangeRow) lines() string {
	n := max(len(c.Fields), 1)
	if len(c.Fields) > 0 && c.More != "" {
		n++
	}
	return strconv.Itoa(n)
}

func (c ChangeRow) rest() []ComparedField { return c.Fields[min(1, len(c.Fields)):] }

// detailLabel calls the value of a constant what it is.
func (r MappingRow) detailLabel(detail GridCell) string {
	if r.Column == "" && detail.Label == "Where empty" {
		return "Value"
	}
	return detail.Label
}
