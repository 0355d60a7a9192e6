package preview

import (
	"fmt"
	"strings"

	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

// Words that break careless pages.
var (
	longName   = strings.Repeat("A product whose name goes on and on ", 5) + "until two hundred."
	longWord   = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterb"
	emoji      = "Mug 👩‍👩‍👧‍👦 of the year 🏆🇮🇪"
	markup     = `<script>alert("1")</script> & <b>bold</b>`
	largeMoney = "€1,234,567,890.12"
)

func stressPages() []Page {
	public := func(name string, page Page) Page {
		page.Name = "storefront/" + name
		page.Public = true
		return page
	}
	return []Page{
		public("stress-category", Page{Component: storefront.Category(stressCategory())}),
		public("stress-product", Page{Component: storefront.Product(stressProduct())}),
		{Name: "storefront/stress-cart", Component: storefront.Cart(stressCart())},
		{Name: "storefront/stress-order", Component: storefront.Order(stressOrder())},
		public("rtl-category", Page{Component: storefront.Category(rtlCategory())}),
		public("rtl-product", Page{Component: storefront.Product(rtlProduct())}),
		{Name: "storefront/rtl-review", Component: storefront.CheckoutReview(rtlReview())},
	}
}

func stressCards() []storefront.Card {
	list := cards(24)
	for i, name := range []string{longName, longWord, emoji, markup} {
		list[i].Name = name
		list[i].Price = ui.Price{Now: largeMoney, Was: largeMoney}
		list[i].Brand = longWord
	}
	list[1].Image = ui.Image{}
	list[2].Tag = ui.Tag{Label: "A tag with far too many words in it", Tone: ui.Warn}
	return list
}

func stressCategory() storefront.CategoryPage {
	page := categoryPage()
	page.Heading = longWord
	page.Listing.Cards = stressCards()
	for len(page.Shell.Menu) < 24 {
		page.Shell.Menu = append(page.Shell.Menu, ui.Link{Label: fmt.Sprintf("Department %d", len(page.Shell.Menu)+1), URL: "/categories/department"})
	}
	var values []storefront.FacetValue
	for i := range 40 {
		values = append(values, storefront.FacetValue{Value: fmt.Sprint(i), Label: fmt.Sprintf("Value %d of forty", i+1), Count: "123456"})
	}
	values[3].Label = longWord
	page.Listing.Facets[0].Values = values
	page.Listing.Chips = []ui.Chip{{Label: longName, RemoveURL: "?"}, {Label: markup, RemoveURL: "?"}}
	page.Listing.ClearURL = "?"
	return page
}

func stressProduct() storefront.ProductPage {
	page := productPage()
	page.Name = longName
	page.Title = longName
	page.Brand.Label = longWord
	page.Gallery = nil
	page.Price = ui.Price{Now: largeMoney, Was: largeMoney}
	page.Description = []string{markup, longWord + longWord, emoji}
	var values []storefront.OptionValue
	for i := range 40 {
		values = append(values, storefront.OptionValue{Label: fmt.Sprintf("%d½", 20+i), URL: fmt.Sprintf("?variant=%d", i), SoldOut: i%5 == 0, Current: i == 7})
	}
	values[11].Label = longWord
	page.Options[1] = storefront.OptionGroup{Name: "Size", Chosen: longWord, Values: values}
	page.Details[0].Rows = append(page.Details[0].Rows, storefront.Detail{Name: longWord, Value: longWord}, storefront.Detail{Name: "HTML", Value: markup})
	page.Structured.Name = markup
	page.Related = stressCards()[:4]
	return page
}

func stressCart() storefront.CartPage {
	page := cartPage()
	page.Lines = append(page.Lines, page.Lines[0], page.Lines[0])
	for i := range page.Lines {
		page.Lines[i].ID = fmt.Sprint(i + 1)
		page.Lines[i].Name = []string{longName, longWord, emoji, markup}[i]
		page.Lines[i].UnitPrice = ui.Price{Now: largeMoney, Was: largeMoney}
		page.Lines[i].Total = largeMoney
		page.Lines[i].Quantity = "99"
		page.Lines[i].Options = []storefront.Detail{{Name: longWord, Value: longWord}}
	}
	page.Lines[1].Image = ui.Image{}
	page.Totals.Rows[0].Amount = largeMoney
	page.Totals.Rows[1].Label = longWord
	page.Totals.Total = largeMoney
	page.CartCount = 396
	return page
}

func stressOrder() storefront.OrderPage {
	page := orderShipped()
	page.Number = "TW-2026-00000000010482"
	page.Email = strings.Repeat("very.long.", 8) + "name@example.com"
	page.Address = []string{longName, longWord, emoji, markup}
	page.Lines[0].Name = longWord
	page.Lines[1].Name = longName
	page.Lines[0].Unit, page.Lines[0].Total = largeMoney, largeMoney
	page.Totals.Total = largeMoney
	return page
}

// rtlShell turns a shell around and speaks Arabic where the words come with the struct.
func rtlShell(s storefront.Shell) storefront.Shell {
	s.Lang, s.Dir = "ar", "rtl"
	s.Base = "/ar"
	s.Menu = []ui.Link{{Label: "المطبخ", URL: "/ar/categories/kitchen", Current: true}, {Label: "المائدة", URL: "/ar/categories/table"}, {Label: "الحديقة", URL: "/ar/categories/garden"}}
	return s
}

func rtlCategory() storefront.CategoryPage {
	page := categoryPage()
	page.Shell = rtlShell(page.Shell)
	page.Heading = "المطبخ"
	page.About = storefront.FoldedText{Lead: []string{"أدوات وأوانٍ تزداد جمالًا مع الاستعمال."}}
	for i := range page.Listing.Cards {
		page.Listing.Cards[i].Name = "كوب من الخزف الحجري بمقبض عريض"
		page.Listing.Cards[i].Price.Now = "‏١٢٫٠٠ د.إ.‏"
	}
	return page
}

func rtlProduct() storefront.ProductPage {
	page := productPage()
	page.Shell = rtlShell(page.Shell)
	page.Name = "كوب من الخزف الحجري بمقبض عريض"
	page.Summary = "يتسع لـ ٣٥٠ مل. المقبض يتسع لأربعة أصابع."
	page.Stock = ui.Tag{Label: "بقي ٣ فقط", Tone: ui.Warn}
	return page
}

func rtlReview() storefront.ReviewPage {
	page := reviewPage("")
	page.Shell = rtlShell(page.Shell)
	return page
}
