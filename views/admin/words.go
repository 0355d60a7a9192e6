package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// WordLocalesPage leads to the words of each language.
type WordLocalesPage struct {
	Shell
	Locales []ui.Link // that have any
	Action  string
	Locale  ui.Field
}

// WordsPage is what names and values of options and attributes are called in a language. Without Action there is only something to read.
type WordsPage struct {
	Shell
	List
	Breadcrumb []ui.Link
	Heading    string
	Intro      string
	Problems   []ui.FieldProblem
	Action     string
	Hidden     []ui.Hidden
	Grid       Grid
	Empty      Emptiness
}
