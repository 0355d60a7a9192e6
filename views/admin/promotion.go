package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// PromotionPage is one promotion as a form that reads itself back as a sentence, or a new one. As on a product's page every button sends all of the form, named
// do with what to do as its value. Whoever may only look finds the sentence and Facts in place of the form.
type PromotionPage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Tags       []ui.Tag
	Actions    []Action
	Intro      string
	Views      []ui.Link
	Problems   []ui.FieldProblem
	Conflict   *ProductConflict
	Sentence   string
	Facts      []Fact
	Action     string // empty for those who may only look
	Hidden     []ui.Hidden

	Basics  []ui.Field
	How     Choice    // by itself or by a code
	Code    *ui.Field // the first code of a new one
	Effects []Effect
	Cheaper Goods
	Bought  Goods // what has to be bought for it
	Orders  []ui.Field
	Asked   Goods // what conditions are about
	First   Check // for first orders only
	Active  Check
	When    []ui.Field
	Limits  []ui.Field
	Others  []ui.Field
	Alone   Check
	Trial   Trial
	Dangers []Action
}

// Effect is something that a promotion can do, with the fields that say how much. They are seen while it is chosen.
type Effect struct {
	Option ui.Option
	Hint   string
	Fields []ui.Field
	Steps  *Grid // of more off for more
}

// Goods are some goods: what was chosen, and what is to be added by the button named do.
type Goods struct {
	Label   string
	Hint    string
	Chosen  []Check
	Kind    ui.Field
	Find    ui.Field
	Do      string
	Reduced Check
}

// Trial is a basket to test a promotion against. Its buttons post to URL, which leads back to it; it has a form of its own where the page has none around it.
type Trial struct {
	URL    string
	Basket Grid
	Find   ui.Field
	Found  []FoundPart
	Fields []ui.Field
	Result *TrialResult
}

// TrialResult says what a basket costs with and without the promotion, line by line.
type TrialResult struct {
	Text string // whether it counts, and why not
	Tone ui.Tone
	Rows []TrialRow
}

// TrialRow is an amount on the way to the total.
type TrialRow struct {
	Label   string
	Note    string
	Without string
	With    string
	Off     string // the difference; empty for none
	Sum     bool
}

// PromotionListPage is a list about one promotion: its codes, or its use by orders.
type PromotionListPage struct {
	TablePage
	Breadcrumb []ui.Link
	About      []ui.Link
	Problems   []ui.FieldProblem
	Forms      []SmallForm
	Figures    []Figure
	Chart      *Chart
}

// SmallForm is a form of a few fields above a list.
type SmallForm struct {
	Title  string
	Hint   string
	Action string
	Hidden []ui.Hidden
	Fields []ui.Field
	Button string
}
