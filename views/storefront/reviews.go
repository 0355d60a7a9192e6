package storefront

import (
	"context"

	"github.com/tradewind-commerce/tradewind/views/ui"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

// ReviewSummary is what a product's page says of its reviews and where they are.
type ReviewSummary struct {
	Text string // "4.6 out of 5, 38 reviews", or an invitation
	URL  string
}

// ReviewsPage shows what buyers say of a product, and takes what another has to say. It is the same for everyone.
type ReviewsPage struct {
	Shell
	Breadcrumb []ui.Link
	Product    ui.Link
	Summary    string // "4.6 out of 5, 38 reviews"; empty without reviews
	Histogram  []StarCount
	AllURL     string // all reviews again, when they are narrowed to some stars
	Sorts      []ui.Link
	Reviews    []Review
	OlderURL   string
	Form       *ReviewForm
}

// StarCount is a line of the histogram.
type StarCount struct {
	Label   string // "5 stars"
	Count   string // "31 reviews"
	Percent int
	URL     string // only these; empty where there are none
	Current bool
}

// Review is what somebody says.
type Review struct {
	Stars    string // "4 out of 5 stars"
	Drawn    string // "★★★★☆", for the eye alone
	Title    string
	Body     []string
	Author   string
	Lang     string
	When     string
	WhenISO  string
	Verified bool
	Reply    []string
}

// ReviewForm posts rating, title, body, author and email to Action. The field named website is for programs that fill in everything.
type ReviewForm struct {
	Action   string
	Rating   string
	Title    string
	Body     string
	Author   string
	Email    string
	AskEmail bool // who comes from an order has given it
	Problems ui.Problems
}

// WriteReviewPage takes a review by itself: of who bought, or one that has to be mended.
type WriteReviewPage struct {
	Shell
	Breadcrumb []ui.Link
	Product    string
	Verified   bool
	Done       bool
	BackURL    string
	Form       ReviewForm
}

func (f ReviewForm) problems() []ui.FieldProblem {
	return ui.Summary(f.Problems, "rating", "title", "body", "author", "email")
}

func (f ReviewForm) ratings(ctx context.Context) []ui.Option {
	options := []ui.Option{{Label: wording.Say(ctx, "Choose")}}
	for _, known := range []struct {
		value string
		label wording.Sentence
	}{
		{"5", wording.Sentence("5 stars: excellent")}, {"4", wording.Sentence("4 stars: good")}, {"3", wording.Sentence("3 stars: all right")}, {"2", wording.Sentence("2 stars: poor")}, {"1", wording.Sentence("1 star: bad")},
	} {
		options = append(options, ui.Option{Value: known.value, Label: wording.Say(ctx, known.label), Selected: f.Rating == known.value})
	}
	return options
}
