package preview

import (
	"strconv"

	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func storefrontPages() []Page {
	public := func(name string, page Page) Page {
		page.Name = "storefront/" + name
		page.Public = true
		return page
	}
	return []Page{
		public("home", Page{Component: storefront.Home(homePage())}),
		public("home-empty", Page{Component: storefront.Home(storefront.HomePage{Shell: shell("", ""), Hero: storefront.Hero{Heading: "A new shop opens here"}})}),
		public("category", Page{Component: storefront.Category(categoryPage())}),
		public("category-filtered", Page{Component: storefront.Category(filteredPage(3))}),
		public("category-filtered-empty", Page{Component: storefront.Category(filteredPage(0))}),
		public("category-last-page", Page{Component: storefront.Category(lastPage())}),
		public("category-empty", Page{Component: storefront.Category(storefront.CategoryPage{Shell: shell("Garden", ""), Breadcrumb: crumbs("Garden"), Heading: "Garden", Listing: storefront.Listing{Action: "/categories/garden", Total: "No products"}})}),
		public("collection", Page{Component: storefront.Category(collectionPage())}),
		public("collections", Page{Component: storefront.Collections(storefront.CollectionsPage{Shell: shell("Collections", "All collections at Tradewind."), Breadcrumb: crumbs("Collections"), Heading: "Collections", Collections: homePage().Categories})}),
		public("collections-empty", Page{Component: storefront.Collections(storefront.CollectionsPage{Shell: shell("Collections", ""), Breadcrumb: crumbs("Collections"), Heading: "Collections"})}),
		public("search", Page{Component: storefront.Search(searchPage())}),
		public("search-nothing", Page{Component: storefront.Search(nothingPage())}),
		public("search-start", Page{Component: storefront.Search(storefront.SearchPage{Shell: shell("Search", ""), Heading: "Search"})}),
		public("product", Page{Component: storefront.Product(productPage())}),
		public("product-choose", Page{Component: storefront.Product(chooseProduct())}),
		public("product-sold-out", Page{Component: storefront.Product(soldOutProduct())}),
		public("product-bare", Page{Component: storefront.Product(storefront.ProductPage{Shell: shell("Salt", ""), Name: "Salt", Price: ui.Price{Now: "€2.00"}, Stock: ui.Tag{Label: "In stock", Tone: ui.OK}, Buy: storefront.Buy{VariantID: "018f"}})}),
		public("order-lookup", Page{Component: storefront.OrderLookup(storefront.OrderLookupPage{Shell: shell("Track an order", "")})}),
		public("content", Page{Component: storefront.Content(contentPage())}),
		public("error-404", Page{Component: storefront.Error(storefront.ErrorPage{Shell: shell("Not found", ""), Status: 404, Categories: shell("", "").Menu})}),
		public("error-410", Page{Component: storefront.Error(storefront.ErrorPage{Shell: shell("No longer sold", ""), Status: 410, Categories: shell("", "").Menu})}),
		public("error-429", Page{Component: storefront.Error(storefront.ErrorPage{Shell: shell("Too fast", ""), Status: 429, RetryAfter: "You can try again in 20 seconds."})}),
		public("error-500", Page{Component: storefront.Error(storefront.ErrorPage{Shell: storefront.Shell{Assets: assets("storefront.css"), Title: "Something went wrong"}, Status: 500, RequestID: "0191f3c2-77aa-7c11-9a51-0d8d7b9a4d11"})}),
		public("error-503", Page{Component: storefront.Error(storefront.ErrorPage{Shell: storefront.Shell{Assets: assets("storefront.css"), Title: "Back soon"}, Status: 503, RetryAfter: "We expect to be open again in about 2 minutes."})}),
	}
}

func homePage() storefront.HomePage {
	front := shell("", "Things for the house that are made to be used: kitchen, table, textiles and garden.")
	front.Notice = "Order by 17 December for delivery before the holidays."
	hero := picture("hero", "A mug, a bowl and a jug on a shelf in the evening sun")
	hero.Width, hero.Height = 1280, 854
	return storefront.HomePage{
		Shell: front,
		Hero: storefront.Hero{
			Heading: "Made to be used every day",
			Text:    "Stoneware from the kiln at Kinsale is back on the shelf, glazed in four new colours.",
			Action:  ui.Link{Label: "See the stoneware", URL: "/categories/stoneware"},
			Image:   hero,
		},
		Categories: []storefront.CategoryTile{
			{Name: "Kitchen", URL: "/categories/kitchen", Image: picture("board", ""), Count: "128 products"},
			{Name: "Table", URL: "/categories/table", Image: picture("bowl", ""), Count: "96 products"},
			{Name: "Living", URL: "/categories/living", Image: picture("lamp", ""), Count: "74 products"},
			{Name: "Textiles", URL: "/categories/textiles", Image: picture("scarf", ""), Count: "51 products"},
			{Name: "Garden", URL: "/categories/garden", Image: picture("plant", ""), Count: "88 products"},
			{Name: "Workshop", URL: "/categories/workshop", Image: picture("basket", ""), Count: "1 product"},
		},
		Shelves: []storefront.Shelf{
			{Title: "New this week", All: ui.Link{Label: "See everything new", URL: "/categories/new"}, Cards: cards(4)},
			{Title: "Popular right now", All: ui.Link{Label: "See all popular products", URL: "/categories/popular"}, Cards: cards(9)[5:]},
		},
		Facts: []storefront.Fact{
			{Icon: ui.IconTruck, Title: "With you in 2 to 3 days", Text: "€4.90 in Ireland, free from €60."},
			{Icon: ui.IconReturn, Title: "30 days to send it back", Text: "Free of charge, no questions asked."},
			{Icon: ui.IconLock, Title: "Pay as you like", Text: "By card, bank transfer or on account."},
		},
		Structured: storefront.OrganizationData{Name: "Tradewind", URL: "https://shop.example/", Logo: "https://shop.example/logo.svg", ReturnDays: 30, ReturnCountry: "IE", SearchURL: "https://shop.example/search?q={search_term_string}"},
	}
}

func facets(chosen bool) []storefront.Facet {
	return []storefront.Facet{
		{Name: "colour", Label: "Colour", Open: true, Values: []storefront.FacetValue{
			{Value: "moss", Label: "Moss", Count: "34", Colour: "#2f5d50", Selected: chosen},
			{Value: "clay", Label: "Clay", Count: "21", Colour: "#c8793f"},
			{Value: "sea", Label: "Sea", Count: "18", Colour: "#3d6daa"},
			{Value: "chalk", Label: "Chalk", Count: "12", Colour: "#f6f1e6"},
			{Value: "ink", Label: "Ink", Count: "7", Colour: "#20302f"},
		}},
		{Name: "material", Label: "Material", Open: true, Values: []storefront.FacetValue{
			{Value: "stoneware", Label: "Stoneware", Count: "61", Selected: chosen}, {Value: "oak", Label: "Oak", Count: "28"},
			{Value: "linen", Label: "Linen", Count: "19"}, {Value: "beeswax", Label: "Beeswax", Count: "4"},
		}},
		{Name: "brand", Label: "Maker", Values: []storefront.FacetValue{
			{Value: "harbour", Label: "Harbour Pottery", Count: "40"}, {Value: "alder", Label: "Alder & Sons", Count: "33"}, {Value: "tarn", Label: "Tarn Weavers", Count: "12"},
		}},
	}
}

func sortOptions() []ui.Option {
	return []ui.Option{{Value: "", Label: "Recommended", Selected: true}, {Value: "newest", Label: "Newest first"}, {Value: "price", Label: "Price, low to high"}, {Value: "-price", Label: "Price, high to low"}, {Value: "name", Label: "Name, A to Z"}}
}

func numbered(current, last int) ui.Pagination {
	link := func(n int) string { return "/categories/kitchen?page=" + strconv.Itoa(n) }
	var p ui.Pagination
	gap := false
	for n := 1; n <= last; n++ {
		if n != 1 && n != last && (n < current-1 || n > current+1) {
			gap = true
			continue
		}
		if gap {
			p.Pages = append(p.Pages, ui.PageLink{Gap: true})
			gap = false
		}
		p.Pages = append(p.Pages, ui.PageLink{Number: strconv.Itoa(n), URL: link(n), Current: n == current})
	}
	if current > 1 {
		p.Previous = link(current - 1)
	}
	if current < last {
		p.Next = link(current + 1)
	}
	p.Summary = "Products 25 to 48 of 128"
	return p
}

func categoryPage() storefront.CategoryPage {
	front := shell("Kitchen", "Pots, boards, knives and everything else for the kitchen.")
	front.Menu[0].Current = true
	return storefront.CategoryPage{
		Shell:      front,
		Breadcrumb: []ui.Link{{Label: "Home", URL: "/"}, {Label: "Kitchen", Current: true}},
		Heading:    "Kitchen",
		Subcategories: []ui.Link{
			{Label: "All", URL: "/categories/kitchen", Current: true}, {Label: "Boards", URL: "/categories/boards"}, {Label: "Stoneware", URL: "/categories/stoneware"},
			{Label: "Knives", URL: "/categories/knives"}, {Label: "Storage", URL: "/categories/storage"},
		},
		Listing: storefront.Listing{
			Action: "/categories/kitchen", Total: "128 products", Facets: facets(false), Sort: sortOptions(), Cards: cards(24), Pages: numbered(2, 6),
			Price: &storefront.PriceRange{Currency: "€", Hint: "From €4 to €320", Steps: priceSteps("")},
		},
		About: storefront.FoldedText{
			Lead: []string{"For people who cook: tools and vessels that get better with use."},
			Rest: []string{"Our kitchen things come from small workshops that we visit every year.", "Stoneware is fired twice and may go into the dishwasher; boards want oil now and then."},
		},
		Structured: storefront.BreadcrumbData{Items: []storefront.BreadcrumbItem{{Name: "Home", URL: "https://shop.example/"}, {Name: "Kitchen", URL: "https://shop.example/categories/kitchen"}}},
	}
}

// collectionPage is a category's page without anything below it, and with more to say.
func collectionPage() storefront.CategoryPage {
	page := categoryPage()
	page.Shell = shell("First frost", "Blankets, lamps and pots for the first cold evening.")
	page.Breadcrumb = []ui.Link{{Label: "Home", URL: "/"}, {Label: "Collections", URL: "/collections"}, {Label: "First frost", Current: true}}
	page.Heading, page.Subcategories, page.About = "First frost", nil, storefront.FoldedText{}
	page.Intro = storefront.FoldedText{
		Lead: []string{"Blankets, lamps and pots for the first cold evening of the year."},
		Rest: []string{"We put them together each October, with the people who make them."},
	}
	page.Listing.Action = "/collections/first-frost"
	page.Structured = storefront.BreadcrumbData{Items: []storefront.BreadcrumbItem{
		{Name: "Home", URL: "https://shop.example/"}, {Name: "Collections", URL: "https://shop.example/collections"}, {Name: "First frost", URL: "https://shop.example/collections/first-frost"},
	}}
	return page
}

// priceSteps are ranges to choose from, of which the one that begins so is chosen.
func priceSteps(from string) []storefront.PriceStep {
	return []storefront.PriceStep{
		{Link: ui.Link{Label: "Under €10", URL: "/categories/kitchen?price_max=9.99"}, Count: "12"},
		{Link: ui.Link{Label: "€10 to €40", URL: "/categories/kitchen?price_max=39.99&price_min=10", Current: from == "10"}, Count: "84"},
		{Link: ui.Link{Label: "€40 and more", URL: "/categories/kitchen?price_min=40"}, Count: "32"},
	}
}

func filteredPage(count int) storefront.CategoryPage {
	page := categoryPage()
	page.NoIndex = true
	page.Listing.Facets = facets(true)
	page.Listing.Price = &storefront.PriceRange{Currency: "€", Min: "10", Max: "40", Steps: priceSteps("10")}
	page.Listing.Chips = []ui.Chip{{Label: "Moss", RemoveURL: "?material=stoneware"}, {Label: "Stoneware", RemoveURL: "?colour=moss"}, {Label: "€10 to €40", RemoveURL: "?colour=moss&material=stoneware"}}
	page.Listing.ClearURL = "/categories/kitchen"
	page.Listing.Cards = cards(count)
	page.Listing.Total = strconv.Itoa(count) + " products"
	page.Listing.Pages = ui.Pagination{}
	return page
}

func lastPage() storefront.CategoryPage {
	page := categoryPage()
	page.Listing.Pages = numbered(40, 40)
	page.Listing.Total = "More than 960 products"
	page.Listing.TooMany = "There are more products than these 40 pages show. Choose a filter to find yours sooner."
	return page
}

func searchPage() storefront.SearchPage {
	front := shell("Results for “stonewear”", "")
	front.Query = "stonewear"
	front.NoIndex = true
	list := categoryPage().Listing
	list.Action = "/search"
	list.Hidden = []ui.Hidden{{Name: "q", Value: "stonewear"}}
	list.Cards = cards(6)
	list.Total = "6 products"
	list.Pages = ui.Pagination{}
	return storefront.SearchPage{Shell: front, Heading: "Results for “stonewear”", Corrected: "stoneware", InsteadURL: "/search?q=stonewear&exact=1", Listing: list}
}

func nothingPage() storefront.SearchPage {
	front := shell("Results for “xylophone”", "")
	front.Query = "xylophone"
	front.NoIndex = true
	return storefront.SearchPage{
		Shell: front, Heading: "Results for “xylophone”", Listing: storefront.Listing{Action: "/search", Total: "No products"},
		Suggestions: []ui.Link{{Label: "bell", URL: "/search?q=bell"}, {Label: "toy", URL: "/search?q=toy"}},
		Categories:  front.Menu, Popular: cards(4),
	}
}

func productPage() storefront.ProductPage {
	return storefront.ProductPage{
		Shell:      shell("Stoneware mug with a wide handle", "A mug of 350 ml with a handle that four fingers fit through."),
		Breadcrumb: crumbs("Stoneware mug with a wide handle"),
		Name:       "Stoneware mug with a wide handle",
		Brand:      ui.Link{Label: "Harbour Pottery", URL: "/search?brand=harbour"},
		Gallery:    []ui.Image{picture("mug", "Moss green mug, seen from the side"), picture("jug", "The mug beside the jug of the same series"), picture("bowl", "The mug in front of a bowl"), picture("board", "The mug on a cherrywood board")},
		Summary:    "Holds 350 ml. The handle fits four fingers, also with gloves on.",
		Price:      ui.Price{Now: "€24.00", Was: "€29.00"},
		TaxNote:    "Including 23% VAT, plus shipping",
		Sale:       ui.Tag{Label: "Sale", Tone: ui.Sale}, LowestPrice: "Lowest price of the 30 days before: €26.00",
		Parts: []storefront.Part{
			{Quantity: "2", Name: "Stoneware saucer", Options: "Moss", URL: "/products/saucer"}, {Quantity: "1", Name: "Tea towel that is not sold any more"},
		},
		Options: []storefront.OptionGroup{
			{Name: "Colour", Chosen: "Moss", Values: []storefront.OptionValue{
				{Label: "Moss", URL: "?variant=moss-350", Current: true, Colour: "#2f5d50"}, {Label: "Clay", URL: "?variant=clay-350", Colour: "#c8793f"},
				{Label: "Sea", URL: "?variant=sea-350", Colour: "#3d6daa", SoldOut: true}, {Label: "Chalk", URL: "?variant=chalk-350", Colour: "#f6f1e6"},
			}},
			{Name: "Size", Chosen: "350 ml", Values: []storefront.OptionValue{{Label: "250 ml", URL: "?variant=moss-250"}, {Label: "350 ml", URL: "?variant=moss-350", Current: true}, {Label: "500 ml"}}},
		},
		Stock:    ui.Tag{Label: "Only 3 left", Tone: ui.Warn},
		Arrival:  "Order within 3 hours: arrives Thursday 27 to Friday 28 November",
		Shipping: "Shipping to Ireland from €4.90, free from €60", ElsewhereURL: "/cart?country=#estimate",
		Returns:     "30 days to send it back, free of charge",
		ReturnsURL:  "/pages/returns",
		Buy:         storefront.Buy{VariantID: "0191f3c2-77aa-7c11-9a51-0d8d7b9a4d11", SKU: "HP-MUG-MOS-350", Max: 3},
		Description: []string{"Thrown on the wheel in Kinsale and glazed by hand, so no two are quite alike. The walls are thin enough to drink from with pleasure and thick enough to keep tea warm.", "The foot is left unglazed and ground smooth: it will not scratch the table."},
		Details: []storefront.DetailGroup{
			{Title: "Measures", Rows: []storefront.Detail{{Name: "Height", Value: "9.5 cm"}, {Name: "Diameter", Value: "8.8 cm"}, {Name: "Weight", Value: "340 g"}, {Name: "Holds", Value: "350 ml"}}},
			{Title: "Care", Rows: []storefront.Detail{{Name: "Dishwasher", Value: "Yes"}, {Name: "Microwave", Value: "Yes"}, {Name: "Oven", Value: "Up to 180 °C"}}},
		},
		Related:  cards(5)[1:],
		Together: cards(3)[1:],
		Structured: storefront.ProductData{
			Name: "Stoneware mug with a wide handle", Description: "A mug of 350 ml.", URL: "https://shop.example/products/mug", Brand: "Harbour Pottery", GroupID: "HP-MUG", VariesBy: []string{"color", "size"},
			Images: []string{"https://shop.example/media/mug.svg"},
			Variants: []storefront.VariantData{
				{Name: "Stoneware mug, moss, 350 ml", SKU: "HP-MUG-MOS-350", Color: "Moss", Size: "350 ml", URL: "https://shop.example/products/mug?variant=moss-350", Price: "24.00", Currency: "EUR", Availability: storefront.InStock},
				{Name: "Stoneware mug, sea, 350 ml", SKU: "HP-MUG-SEA-350", Color: "Sea", Size: "350 ml", URL: "https://shop.example/products/mug?variant=sea-350", Price: "24.00", Currency: "EUR", Availability: storefront.OutOfStock},
			},
			Breadcrumb: storefront.BreadcrumbData{Items: []storefront.BreadcrumbItem{{Name: "Home", URL: "https://shop.example/"}, {Name: "Mug"}}},
		},
	}
}

func chooseProduct() storefront.ProductPage {
	page := productPage()
	page.Price = ui.Price{Now: "€19.00", From: true}
	page.Sale, page.LowestPrice = ui.Tag{}, ""
	page.Options[1].Chosen = ""
	page.Options[1].Values[1].Current = false
	page.Stock = ui.Tag{Label: "In stock", Tone: ui.OK}
	page.Arrival = ""
	page.Buy = storefront.Buy{Why: "Choose a size to see when it arrives."}
	return page
}

func soldOutProduct() storefront.ProductPage {
	page := productPage()
	page.Price = ui.Price{Now: "€24.00"}
	page.Sale, page.LowestPrice = ui.Tag{}, ""
	page.Stock = ui.Tag{Label: "Sold out"}
	page.Arrival = "Expected again in the week of 8 December"
	page.Buy = storefront.Buy{SKU: "HP-MUG-SEA-350", Why: "This colour is sold out. Clay and chalk are in stock."}
	page.Gallery = page.Gallery[:1]
	return page
}

func contentPage() storefront.ContentPage {
	return storefront.ContentPage{
		Shell: shell("Shipping and delivery", "What shipping costs and how long it takes."), Breadcrumb: []ui.Link{{Label: "Home", URL: "/"}, {Label: "Shipping and delivery", Current: true}},
		Heading: "Shipping and delivery", Lead: "Most orders leave us the day they come in and reach you two or three days later.",
		Sections: []storefront.ContentSection{
			{Heading: "What it costs", Paragraphs: []string{"The price depends on where the parcel goes. You see it in the cart before you enter an address."}, Items: []string{"Ireland: €4.90, free from €60", "European Union: €8.90, free from €120", "United Kingdom: £9.90, duties included"}},
			{Heading: "How long it takes", Paragraphs: []string{"We pack on weekdays until three in the afternoon. Large things such as chairs come with a carrier who calls you first."}},
		},
		Updated: "Last changed on 3 November 2026",
	}
}
