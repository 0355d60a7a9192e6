package storefront

import "github.com/tradewind-commerce/tradewind/views/ui"

// HomePage is the front of the shop: one picture with one thing to do, the ways in, and a few shelves.
type HomePage struct {
	Shell
	Hero       Hero
	Categories []CategoryTile
	Shelves    []Shelf
	Facts      []Fact // shipping, returns, payment: what a shopper asks before buying
	Structured OrganizationData
}

// Hero is the one picture at the top and the one thing it asks for.
type Hero struct {
	Heading string
	Text    string
	Action  ui.Link
	Image   ui.Image
}

// CategoryTile is a way into a category or a collection.
type CategoryTile struct {
	Name  string
	URL   string
	Image ui.Image
	Count string // "128 products"; may be empty
}

// Shelf is a titled row of products with a link to all of them.
type Shelf struct {
	Title string
	All   ui.Link
	Cards []Card
}

// Fact is one line of trust.
type Fact struct {
	Icon  ui.IconName
	Title string
	Text  string
}

// Card is a product on a shelf. The whole card is one link.
type Card struct {
	URL   string
	Name  string
	Brand string
	Image ui.Image
	Price ui.Price
	Tag   ui.Tag // only for what matters: sold out, few left, a sale
	// LowestPrice is "Lowest price of the 30 days before: €24.00" when it is reduced; empty otherwise.
	LowestPrice string
	Colours     string // "3 colours"; empty for one
	Rating      string // "4.6 out of 5, 38 reviews"; empty without reviews
}

// heading is never empty: a front without a hero is called after the shop.
func (p HomePage) heading() string {
	if p.Hero.Heading == "" {
		return p.Shell.shopName()
	}
	return p.Hero.Heading
}
