package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// LedgerRow is one side of a movement in the books.
type LedgerRow struct {
	When    string
	What    string
	Account string
	Debit   string // one of the two is empty
	Credit  string
	First   bool // of its movement
}

// Balance is what an account comes to.
type Balance struct{ Account, Amount string }

// Ledger is what the books have of an order.
type Ledger struct {
	Rows     []LedgerRow
	Balances []Balance
}

// RefundPage is where money is given back: first chosen, then looked at, then given.
type RefundPage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	ChooseURL  string // GET, draws the preview
	Lines      []RefundLine
	Shipping   ui.Field
	Other      ui.Field
	To         *ui.Field // where it goes; nil when there is one place only
	Left       string    // what can go back in all
	Preview    *RefundPreview
	Problems   []ui.FieldProblem
}

// RefundLine is a line of which units can go back.
type RefundLine struct {
	Name  string
	Note  string // option values and SKU
	Left  string // "2 of 3, 50.00"
	Units *ui.Field
}

// RefundPreview is what would happen.
type RefundPreview struct {
	Amount  string
	Left    string // afterwards
	Credit  string // whose store credit it becomes; empty when it goes to the payments
	Cards   string // gift cards that are taken back, "…7QX2, …K3MP"
	Parts   []RefundPart
	Ledger  Ledger
	URL     string // POST
	Hidden  []ui.Hidden
	Reason  ui.Field
	Note    ui.Field
	Problem string
}

// RefundPart is what goes back to one payment, or of its money becomes store credit.
type RefundPart struct{ Method, Amount, Left string }

// AttentionPage lists payments that need somebody.
type AttentionPage struct {
	Shell
	Declines string // that far more cards are declined than usual, and what is done about it
	List     List
	Rows     []AttentionRow
}

// AttentionRow is a payment that needs somebody.
type AttentionRow struct {
	ID       string
	Since    string
	SinceISO string
	Why      ui.Tag
	Advice   string // what to do
	Detail   string // in the provider's words
	Amount   string
	Method   string
	OrderURL string
	Retry    *Action // does again what was refused
	Settle   *Action
}
