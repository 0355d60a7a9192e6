package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// ReviewsPage lists what buyers say of products, to be published, rejected and answered.
type ReviewsPage struct {
	Shell
	List
	Rows []ReviewRow
}

// ReviewRow is one review. It posts reply to Action, which is empty for those who may not.
type ReviewRow struct {
	ID         string
	Product    string
	ProductURL string
	Stars      string
	Title      string
	Body       []string
	Author     string
	When       string
	Verified   ui.Tag
	Answered   bool
	Action     string
	Reply      ui.Field
}

// replyID names the field: a page has many of them.
func (r ReviewRow) replyID() string { return "reply-" + r.ID }
