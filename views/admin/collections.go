package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// CollectionPage is one collection as a form, or a new one, and the products it has. Whoever may only look finds Facts in place of the form.
type CollectionPage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Problems   []ui.FieldProblem
	Facts      []Fact
	Actions    []Action
	Action     string
	Hidden     []ui.Hidden
	Fields     []ui.Field
	Hide       Check
	Languages  Languages
	How        Choice // by hand or by rule
	Match      Choice // all conditions or one
	Conditions []ConditionRow
	Sentence   string // the rule in words
	Preview    *RulePreview
	Dangers    []Action

	Total          string // of its products
	Products       []CollectionProduct
	MoreURL        string
	ProductsAction string // POST of the buttons below; empty where a rule decides
	AddProduct     ui.Field
}

// ConditionRow is one condition of a rule.
type ConditionRow struct {
	Field    ui.Field
	Name     ui.Field // of the attribute
	Operator ui.Field
	Values   ui.Field
	Remove   Check
}

// RulePreview is what a rule gathers.
type RulePreview struct {
	Text     string
	Products []ui.Link
}

// CollectionProduct is a product of a collection. Up, Down and Remove are values of the buttons named do.
type CollectionProduct struct {
	Name   string
	URL    string
	Price  string
	State  ui.Tag
	Up     string
	Down   string
	Remove string
}
