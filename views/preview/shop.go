package preview

import (
	"fmt"
	"strings"

	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// assets are where the preview serves the joined files.
func assets(sheet string) ui.Assets {
	return ui.Assets{CSS: "/assets/" + sheet, JS: "/assets/tradewind.js", HTMX: "/assets/htmx.js", Icon: "/assets/favicon.svg", Fields: "/assets/fields.js"}
}

func shell(title, description string) storefront.Shell {
	return storefront.Shell{
		Assets:      assets("storefront.css"),
		ShopName:    "Tradewind",
		Title:       title,
		Description: description,
		Canonical:   "https://shop.example/",
		SuggestURL:  "/search/suggestions",
		AccountURL:  "/account",
		Menu: []ui.Link{
			{Label: "Kitchen", URL: "/categories/kitchen"}, {Label: "Table", URL: "/categories/table"},
			{Label: "Living", URL: "/categories/living"}, {Label: "Textiles", URL: "/categories/textiles"},
			{Label: "Garden", URL: "/categories/garden"}, {Label: "Workshop", URL: "/categories/workshop"},
			{Label: "Sale", URL: "/categories/sale"},
		},
		Markets: []storefront.Market{
			{Label: "Ireland · English · EUR", Lang: "en-IE", URL: "/", Current: true},
			{Label: "Deutschland · Deutsch · EUR", Lang: "de-DE", URL: "/de"},
			{Label: "United Kingdom · English · GBP", Lang: "en-GB", URL: "/gb"},
		},
		Footer: []ui.LinkGroup{
			{Title: "Help", Links: []ui.Link{{Label: "Contact", URL: "/pages/contact"}, {Label: "Shipping", URL: "/pages/shipping"}, {Label: "Returns", URL: "/pages/returns"}, {Label: "Find an order", URL: "/orders"}}},
			{Title: "The shop", Links: []ui.Link{{Label: "About us", URL: "/pages/about"}, {Label: "Our makers", URL: "/pages/makers"}, {Label: "Become an affiliate", URL: "/affiliates"}}},
			{Title: "Legal", Links: []ui.Link{{Label: "Terms of sale", URL: "/pages/terms"}, {Label: "Privacy", URL: "/pages/privacy"}, {Label: "Imprint", URL: "/pages/imprint"}}},
		},
		Legal: "Prices include VAT. Shipping is added in the cart.",
	}
}

// private is a shell that may know the shopper.
func private(title string) storefront.Shell {
	s := shell(title, "")
	s.Canonical = ""
	s.NoIndex = true
	s.Private = true
	s.CartCount = 3
	return s
}

func picture(name, alt string) ui.Image {
	url := "/media/" + name + ".svg"
	var sizes []string
	for _, width := range []int{320, 480, 640, 960, 1280, 1600} {
		sizes = append(sizes, fmt.Sprintf("%s?w=%d %dw", url, width, width))
	}
	return ui.Image{URL: url, SrcSet: strings.Join(sizes, ", "), Alt: alt, Width: 640, Height: 800, Large: url}
}

// goods are the names the preview's shelves are filled with.
var goods = []struct{ picture, name, brand string }{
	{"mug", "Stoneware mug with a wide handle", "Harbour Pottery"},
	{"bowl", "Serving bowl", "Harbour Pottery"},
	{"lamp", "Reading lamp with a linen shade", "Northlight"},
	{"chair", "Oak kitchen chair, seat of woven cord", "Alder & Sons"},
	{"jug", "Water jug, 1.2 litres", "Harbour Pottery"},
	{"scarf", "Lambswool scarf", "Tarn Weavers"},
	{"plant", "Rubber plant in a clay pot", "Greenroom"},
	{"basket", "Willow basket for bread or firewood", "Alder & Sons"},
	{"board", "Cherrywood cutting board", "Alder & Sons"},
	{"candle", "Beeswax candle, burns for 40 hours", "Northlight"},
}

func card(index int) storefront.Card {
	good := goods[index%len(goods)]
	c := storefront.Card{
		URL:   fmt.Sprintf("/products/%s-%d", good.picture, index),
		Name:  good.name,
		Brand: good.brand,
		Image: picture(good.picture, ""),
		Price: ui.Price{Now: fmt.Sprintf("€%d.00", 12+index*7%90)},
	}
	switch index % 6 {
	case 1:
		c.Price.Was = fmt.Sprintf("€%d.00", 29+index*7%90)
		c.Tag = ui.Tag{Label: "Sale", Tone: ui.Sale}
	case 2:
		c.Colours = "3 colours"
		c.Price.From = true
	case 3:
		c.Tag = ui.Tag{Label: "Only 2 left", Tone: ui.Warn}
	case 4:
		c.Colours = "5 colours"
	case 5:
		c.Tag = ui.Tag{Label: "Sold out"}
	}
	return c
}

func cards(count int) []storefront.Card {
	list := make([]storefront.Card, count)
	for i := range list {
		list[i] = card(i)
	}
	return list
}

func crumbs(last string) []ui.Link {
	return []ui.Link{{Label: "Home", URL: "/"}, {Label: "Kitchen", URL: "/categories/kitchen"}, {Label: last, Current: true}}
}
