package admin

import "github.com/tradewind-commerce/tradewind/views/ui"

// BundlePage says what the variants of a product are made of that are bundles of others, as a form to those who may change it.
//
// It posts to Action: parts-N-variant, parts-N-label, parts-N-bundle, parts-N-quantity, parts-N-removed, found-N-add, found-N-label, find_part, version
// and do, which is "save", "find-part" or "add-parts".
type BundlePage struct {
	Shell
	Breadcrumb []ui.Link
	Heading    string
	Views      []ui.Link
	Problems   []ui.FieldProblem
	Action     string // empty for those who may only look
	Version    string
	Grid       Grid
	Find       ui.Field
	Found      []FoundPart
}

// FoundPart is a variant that may become a part.
type FoundPart struct {
	Hidden []ui.Hidden
	Check  Check
}
