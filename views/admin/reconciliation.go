package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// ReconciliationPage lists what providers' statements and the books do not agree on.
type ReconciliationPage struct {
	Shell
	List     List
	Rows     []ReconciliationRow
	Problems []ui.FieldProblem
}

// ReconciliationRow is something that did not agree.
type ReconciliationRow struct {
	Kind      string
	Advice    string
	Reference string
	Provider  string
	OrderURL  string // empty when there is no order
	Ours      string
	Theirs    string
	Found     string
	FoundISO  string
	State     ui.Tag
	Note      string // by whom, and in what words
	Actions   []Action
}
