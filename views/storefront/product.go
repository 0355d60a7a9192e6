package storefront

import (
	"context"

	"github.com/tradewind-commerce/tradewind/views/ui"
	"github.com/tradewind-commerce/tradewind/views/wording"
)

// ProductPage shows one product, in the variant its address names.
type ProductPage struct {
	Shell
	Breadcrumb  []ui.Link
	Name        string
	Brand       ui.Link // URL may be empty
	Gallery     []ui.Image
	Price       ui.Price
	UnitPrice   string // "€1.90 per 100 g"
	TaxNote     string // "Including VAT, plus shipping"
	Sale        ui.Tag // when reduced
	LowestPrice string // "Lowest price of the 30 days before: €24.00", when reduced
	Options     []OptionGroup
	Parts       []Part // what is in the bundle; none for what is no bundle
	Stock       ui.Tag // "In stock", "Only 3 left", "Sold out"
	Arrival     string // "Order today, arrives Thursday 27 to Friday 28 November"
	Shipping    string // "Shipping to Germany from €4.90, free from €60"
	// ElsewhereURL is where shipping to other countries can be estimated.
	ElsewhereURL string
	Returns      string // "30 days to send it back, free of charge"
	ReturnsURL   string
	Summary      string // one or two sentences under the name
	Buy          Buy
	Description  []string // paragraphs, as plain text
	Details      []DetailGroup
	Reviews      *ReviewSummary
	Related      []Card
	Together     []Card // often bought with it
	Structured   ProductData
}

// Buy is the form that puts the variant into the cart. Without a VariantID nothing can be bought as chosen, and Why says
// so: "Choose a size", "Sold out".
type Buy struct {
	VariantID string
	SKU       string
	Max       int // most that can be ordered at once; zero means no limit is shown
	Why       string
}

// Part is what is in a bundle.
type Part struct {
	Quantity string // "2"
	Name     string
	Options  string // "Moss, large"
	URL      string // of its page; may be empty
}

// OptionGroup is a property the shopper chooses, such as a colour or a size, as links to the resulting variants.
type OptionGroup struct {
	Name   string
	Chosen string // empty while nothing is chosen
	Values []OptionValue
}

// OptionValue is one choice. What is sold out stays visible and says so; what does not exist has no URL.
type OptionValue struct {
	Label   string
	URL     string
	Current bool
	SoldOut bool
	Colour  string // "#2a4d3e" draws a swatch
}

// DetailGroup is a part of the specification table.
type DetailGroup struct {
	Title string
	Rows  []Detail
}

// Detail is one line of the specification.
type Detail struct {
	Name  string
	Value string
}

func detailsLabel(ctx context.Context, group DetailGroup) string {
	if group.Title == "" {
		return wording.Say(ctx, "Details")
	}
	return group.Title
}
