package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// ProductPage is one product as a form, or a new one. Every button of the form sends all of it, named do with what to do as its value, so that
// nothing typed is lost on the way. Whoever may only look finds the same as text: Action is then empty.
type ProductPage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Tags       []ui.Tag
	Actions    []Action // that leave the form: see it in the shop, copy it
	Intro      string   // when it last changed
	Views      []ui.Link
	Action     string
	Hidden     []ui.Hidden // what the form was opened with
	Problems   []ui.FieldProblem
	Done       string // what a button just did, "12 variants are made"
	Conflict   *ProductConflict

	Basics       []ui.Field
	State        Choice
	Publish      ui.Field
	Address      ui.Field
	Type         *ui.Field // nil where there are none
	Categories   []Check
	AddCategory  *ui.Field // nil where there is none to add
	Labels       ui.Field  // its tags
	Tax          ui.Field  // what it is taxed as
	Attributes   []AttributeRow
	Options      []OptionRow
	Variants     Grid
	VariantPages []VariantPage // more than one where there are too many to show at once
	Pictures     []PictureRow
	AddPicture   ui.Field
	Search       []ui.Field // title and description in search engines
	Found        SearchResult
	Languages    []LanguageRow
	AddLanguage  ui.Field
	Related      []Check
	FindRelated  ui.Field
	Kept         []Check // fields that feeds leave alone, to give back
	Upload       *UploadForm
	Files        *FilesPanel
	Dangers      []Action // archive, delete
}

// UploadForm hands pictures in. It posts alt and file, in this order, as they are read.
type UploadForm struct {
	Action string
	Alt    ui.Field
	File   ui.Field
	Button string
	Image  *ui.Image // what is there now, where there is one picture only
}

// FilesPanel is what buyers of a product download.
type FilesPanel struct {
	Rows []FileRow
	Add  *FileForm // nil for those who may only look
}

// FileRow is a file with the forms that change it; empty for those who may only look.
type FileRow struct {
	Name      string
	Variant   string
	Size      string
	Sale      string // whether there is an end of it
	Rename    string // POST
	NameField ui.Field
	Replace   *FileForm
	Remove    Action
}

// FileForm hands a file in. The fields come before the file, as they are read.
type FileForm struct {
	Action  string
	Hidden  []ui.Hidden
	Variant *ui.Field // nil where there is no choice
	Name    ui.Field  // without a name it is not asked
	Limited bool
	File    ui.Field
	Button  string
}

// Choice is a question with few answers.
type Choice struct {
	Name    string
	Label   string
	Hint    string
	Error   string
	Options []ui.Option
}

// ProductConflict is what somebody else changed while the form was open.
type ProductConflict struct {
	Text    string // who, and what of it does not touch this form
	Choices []ConflictChoice
}

// ConflictChoice is a field that both changed. Its radio buttons are named Name, with the values mine and theirs.
type ConflictChoice struct {
	Name   string
	Label  string
	Mine   string
	Theirs string
	Taken  string // mine or theirs
}

// AttributeRow is a row of the specification table.
type AttributeRow struct {
	Name   ui.Field
	Value  ui.Field
	Hidden []ui.Hidden
}

// OptionRow is something that variants differ by, one value a line.
type OptionRow struct {
	Name   ui.Field
	Values ui.Field
	Hidden []ui.Hidden
}

// Grid is a table of fields.
type Grid struct {
	Name    string // of its region
	Columns []Column
	Rows    []GridRow
	Remove  string // head of the boxes that remove rows; empty where rows stay
}

// wide says whether a grid is read along its columns, on a phone too. A name with one field beside it stands there one below the other.
func (g Grid) wide() bool { return len(g.Columns) > 2 || g.Remove != "" }

// GridRow is a line of a grid.
type GridRow struct {
	Label   string
	URL     string
	Note    string
	Hidden  []ui.Hidden
	Cells   []GridCell
	Remove  string // name of its box
	Removed bool
}

// GridCell is a field of a grid. Its label is that of the column and the row. Without a name it is only
// shown, and without a value as well it is what the row above says.
type GridCell struct {
	Name    string
	Label   string
	Value   string
	Error   string
	Number  bool
	Options []ui.Option // any makes a select
}

// VariantPage is a button that shows other rows of a product with very many.
type VariantPage struct {
	Label   string // "1 to 75"
	Do      string
	Current bool
}

// PictureRow is a picture with the buttons that move it.
type PictureRow struct {
	Number  string
	Image   ui.Image
	Alt     ui.Field
	Source  *ui.Field // where it is to come from, while it is new
	Problem string    // why it could not be fetched
	Hidden  []ui.Hidden
	Up      string // do; empty for the first
	Down    string // do; empty for the last
	Remove  string // name of its box
	Removed bool
}

// SearchResult is how a search engine may show the product.
type SearchResult struct {
	Title   string
	Address string
	Text    string
}

// Languages are the texts of something in other languages, and where another one is added.
type Languages struct {
	Rows []LanguageRow
	Add  ui.Field
}

// LanguageRow is a product, a category or a collection in another language.
type LanguageRow struct {
	Title  string // "German"
	Open   bool
	Fields []ui.Field
	Hidden []ui.Hidden
	Remove Check
}

func (p ProductPage) failed() bool { return len(p.Problems) > 0 }

func (p ProductPage) readOnly() bool { return p.Action == "" }

func (c GridCell) id() string { return "field-" + c.Name }

// HistoryPage is what became of one product, newest first.
type HistoryPage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Views      []ui.Link
	Problems   []ui.FieldProblem // why it could not be made what it was
	Entries    []HistoryEntry
	Made       string // when the product was first stored
	MadeISO    string
	NewerURL   string
	OlderURL   string
}

// HistoryEntry is one change.
type HistoryEntry struct {
	Who     string
	When    string
	WhenISO string
	Import  *ui.Link
	Fields  []FieldChange
	Restore *Action
}

// FieldChange is what a field was and became; both empty where only its order changed.
type FieldChange struct {
	Label  string
	Before string
	After  string
}
