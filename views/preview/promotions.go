package preview

import (
	"fmt"
	"strings"

	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func promotionPages() []Page {
	page := func(name string, component templ.Component) Page {
		return Page{Name: "admin/" + name, Component: component}
	}
	return []Page{
		page("promotions", admin.Table(promotions())),
		page("promotions-empty", admin.Table(admin.TablePage{Shell: office("Promotions", 2), Heading: "Promotions", Empty: admin.Emptiness{
			Title: "No promotions yet", Text: "They make carts cheaper.", Action: &admin.Action{Label: "New promotion", URL: "/promotions/new", Link: true, Kind: ui.Primary},
		}})),
		page("promotion", admin.Promotion(promotion())),
		page("promotion-new", admin.Promotion(newPromotion())),
		page("promotion-refused", admin.Promotion(promotionRefused())),
		page("promotion-conflict", admin.Promotion(promotionConflict())),
		page("promotion-tried", admin.Promotion(promotionTried(admin.TrialResult{Text: "It counts for this basket. The code FRIENDS does not: this code is not valid.", Tone: ui.OK}))),
		page("promotion-idle", admin.Promotion(promotionTried(admin.TrialResult{Text: "It does not count for this basket: it is for orders from $50.00 of the goods that it is for.", Tone: ui.Warn}))),
		page("promotion-read-only", admin.Promotion(promotionReadOnly())),
		page("promotion-codes", admin.PromotionList(promotionCodes(50))),
		page("promotion-codes-empty", admin.PromotionList(promotionCodes(0))),
		page("promotion-codes-refused", admin.PromotionList(promotionCodesRefused())),
		page("promotion-usage", admin.PromotionList(promotionUsage())),
		page("stress-promotion", admin.Promotion(stressPromotion())),
	}
}

func promotions() admin.TablePage {
	page := admin.TablePage{
		Shell: office("Promotions", 2), Heading: "Promotions",
		Columns: []admin.Column{{Label: "Promotion"}, {Label: "State"}, {Label: "Code"}, {Label: "From"}, {Label: "Until"}, {Label: "Orders", Number: true}, {Label: "Taken off", Number: true}},
		List: admin.List{
			Action: "/promotions", Label: "Name or code", Total: "231 promotions", OlderURL: "/promotions?page=abc",
			Filters: []admin.Filter{{Name: "state", Label: "State", Options: []ui.Option{{Label: "Any"}, {Value: "running", Label: "Running"}}}, {Name: "kind", Label: "Kind", Options: []ui.Option{{Label: "Any"}, {Value: "code", Label: "Needs a code"}}}},
			Views:   []ui.Link{{Label: "All", URL: "/promotions", Current: true}, {Label: "Running", URL: "/promotions?state=running"}, {Label: "Off", URL: "/promotions?state=off"}},
			Actions: []admin.Action{{Label: "Export", URL: "/promotions/export.csv", Link: true}, {Label: "New promotion", URL: "/promotions/new", Link: true, Kind: ui.Primary}},
		},
	}
	states := []ui.Tag{{Label: "Running", Tone: ui.OK}, {Label: "Scheduled", Tone: ui.Info}, {Label: "Used up", Tone: ui.Warn}, {Label: "Ended"}, {Label: "Off"}}
	for i := range 50 {
		page.Rows = append(page.Rows, admin.Row{ID: fmt.Sprint(i), Cells: []admin.Cell{
			{Text: fmt.Sprintf("Jug week %d", i), URL: fmt.Sprintf("/promotions/%d", i), Note: "10 % off everything in Jugs except 3 products, for orders from $50.00, at most once per customer."},
			{Tag: states[i%5]}, {Text: "JUGS and others"}, {Text: "1 Dec 2026, 08:00 UTC"}, {Text: "31 Dec 2026, 23:59 UTC"}, {Text: fmt.Sprint(i * 37), Note: "of 5,000"}, {Text: fmt.Sprintf("$%d.50", i*181), Note: "of $10,000.00"},
		}})
	}
	return page
}

func chosenGoods(name, label string, chosen ...string) admin.Goods {
	shown := admin.Goods{
		Label: label, Hint: "Everything, when nothing is chosen.", Do: "add " + name, Reduced: admin.Check{Name: name + "_reduced", Value: "1", Label: "Leave out what is reduced already"},
		Kind: ui.Field{Name: name + "_kind", Label: "Add", Quiet: true, Options: []ui.Option{{Value: "category", Label: "Category"}, {Value: "product", Label: "Product"}}},
		Find: ui.Field{Name: name + "_find", Label: "Called", Quiet: true, Hint: "A name, or the SKU of a product."},
	}
	for i, label := range chosen {
		shown.Chosen = append(shown.Chosen, admin.Check{Name: name + "_chosen", Value: fmt.Sprintf("category %d", i), Label: label, Checked: true})
	}
	return shown
}

func newPromotion() admin.PromotionPage {
	steps := admin.Grid{Name: "Steps", Columns: []admin.Column{{Label: "Step"}, {Label: "From"}, {Label: "Percent off"}, {Label: "or USD off"}}, Rows: []admin.GridRow{{Label: "Step 1", Cells: []admin.GridCell{
		{Name: "tiers-0-from", Label: "From of step 1", Number: true}, {Name: "tiers-0-percent", Label: "Percent off of step 1", Number: true}, {Name: "tiers-0-amount", Label: "Amount off of step 1", Number: true},
	}}}}
	small := func(name, label, hint string) ui.Field {
		return ui.Field{Name: name, Label: label, Hint: hint, Quiet: true, InputMode: "decimal", Width: ui.Short}
	}
	return admin.PromotionPage{
		Shell: office("New promotion", 2), Heading: "New promotion", Action: "/promotions/new/contents", Sentence: "10 % off everything.",
		Breadcrumb: []ui.Link{{Label: "Promotions", URL: "/promotions"}, {Label: "New promotion", Current: true}},
		Hidden:     []ui.Hidden{{Name: "id", Value: "1"}, {Name: "version", Value: "0"}, {Name: "was", Value: "{}"}, {Name: "gift"}},
		Basics:     []ui.Field{{Name: "name", Label: "Name", MaxLength: 100, Hint: "Shoppers read it beside what it takes off."}, {Name: "note", Label: "Note", Optional: true, Rows: 2, MaxLength: 1000}},
		How:        admin.Choice{Name: "how", Label: "How it counts", Options: []ui.Option{{Value: "self", Label: "By itself", Selected: true}, {Value: "code", Label: "For those who enter a code"}}},
		Code:       &ui.Field{Name: "code", Label: "Its code", Optional: true, MaxLength: 50, Hint: "Where one is needed."},
		Effects: []admin.Effect{
			{Option: ui.Option{Value: "percent", Label: "Percent off", Selected: true}, Fields: []ui.Field{{Name: "percent", Label: "Percent off", Value: "10", Quiet: true, Width: ui.Short}}},
			{Option: ui.Option{Value: "amount", Label: "An amount off all of it together"}, Hint: "Divided among the goods by what they cost.", Fields: []ui.Field{{Name: "amount", Label: "Amount off", Prefix: "USD", Quiet: true, Width: ui.Short}}},
			{Option: ui.Option{Value: "buy_get", Label: "Some units cheaper for buying others"}, Fields: []ui.Field{small("buy_units", "Units to buy", ""), small("get_units", "Units that get cheaper", ""), small("get_percent", "Percent off them", "100 makes them free.")}},
			{Option: ui.Option{Value: "tiers", Label: "More off for more"}, Fields: []ui.Field{{Name: "tiers_by", Label: "Steps are about", Quiet: true, Options: []ui.Option{{Value: "value", Label: "what the goods cost"}, {Value: "units", Label: "how many there are"}}}}, Steps: &steps},
			{Option: ui.Option{Value: "gift", Label: "A gift"}, Fields: []ui.Field{small("find_gift", "Gift", "The SKU of a variant."), small("gift_units", "Units", "")}},
		},
		Cheaper: chosenGoods("cheaper", "What gets cheaper"), Bought: chosenGoods("bought", "What has to be bought for it"), Asked: chosenGoods("asked", "Of which goods"),
		Orders: []ui.Field{small("min_value", "Value of the goods, at least", "Before promotions."), small("min_units", "Units of the goods, at least", ""), {Name: "country_codes", Label: "Countries", Optional: true}, {Name: "customer_groups", Label: "Groups of customers", Optional: true, Rows: 2}},
		First:  admin.Check{Name: "first_order", Value: "1", Label: "First orders only", Hint: "While nobody knows who the shopper is, it is believed."},
		Active: admin.Check{Name: "active", Value: "1", Label: "Switched on", Checked: true},
		When:   []ui.Field{{Name: "start_time", Label: "From", Type: "datetime-local", Optional: true, Hint: "In UTC."}, {Name: "end_time", Label: "Until", Type: "datetime-local", Optional: true}},
		Limits: []ui.Field{small("uses", "Orders in all", ""), small("uses_per_customer", "Orders of one customer", "Known by e-mail address."), small("budget", "What it may take off in all", "")},
		Others: []ui.Field{small("priority", "Place", "From 0 to 1000. Lower ones come first.")}, Alone: admin.Check{Name: "alone", Value: "1", Label: "Never together with others", Hint: "Shoppers get this one or all the others."},
		Trial: admin.Trial{
			URL:    "/promotions/new/contents#trial",
			Find:   ui.Field{Name: "find_part", Label: "Another variant", Quiet: true, Hint: "Its SKU, or a part of the product’s name."},
			Fields: []ui.Field{small("trial_country", "Country", "Such as DE."), {Name: "trial_email", Label: "E-mail address", Quiet: true}, {Name: "trial_codes", Label: "Codes of other promotions", Quiet: true, Rows: 2}, {Name: "trial_time", Label: "At", Type: "datetime-local", Quiet: true}},
		},
	}
}

func promotion() admin.PromotionPage {
	page := newPromotion()
	page.Shell, page.Heading, page.Action, page.Code = office("Jug week", 2), "Jug week", "/promotions/1/contents", nil
	page.Breadcrumb[1].Label = page.Heading
	page.Tags, page.Intro = []ui.Tag{{Label: "Running", Tone: ui.OK}}, "Used by 214 orders, $1,820.50 taken off. Changed 23 Nov 2026, 14:05 UTC."
	page.Views = []ui.Link{{Label: "Promotion", URL: "/promotions/1", Current: true}, {Label: "Codes", URL: "/promotions/1/codes"}, {Label: "Usage", URL: "/promotions/1/usage"}}
	page.Actions = []admin.Action{{Label: "Switch it off", URL: "/promotions/1/switch"}, {Label: "Duplicate", URL: "/promotions/1/copies"}}
	page.Sentence = "12.5 % off everything in Jugs except Apple jug, for orders from $50.00, until 31 Dec 2026, 23:59 UTC, at most once per customer."
	page.Basics[0].Value = page.Heading
	page.Cheaper = chosenGoods("cheaper", "What gets cheaper", "Category: Kitchen › Jugs", "All but the product: Apple jug")
	page.Dangers = []admin.Action{{Label: "Delete the promotion", URL: "/promotions/1/removal", Kind: ui.Danger, Button: "Delete it", Confirm: "It goes with all its codes."}}
	return page
}

func promotionRefused() admin.PromotionPage {
	page := promotion()
	problems := ui.Problems{"name": "Write what shoppers read beside the amount", "percent": "Write a percentage from 0.0001 to 100, such as 12.5", "cheaper_find": "There is no category Plates"}
	page.Basics[0] = page.Basics[0].With("", problems)
	page.Effects[0].Fields[0] = page.Effects[0].Fields[0].With("200", problems)
	page.Cheaper.Find = page.Cheaper.Find.With("Plates", problems)
	page.Problems = ui.Summary(problems, "name", "percent", "cheaper_find")
	return page
}

func promotionConflict() admin.PromotionPage {
	page := promotion()
	page.Conflict = &admin.ProductConflict{
		Text:    "Somebody else has changed this promotion since you opened it, so nothing is saved yet. Taken over from them: Until. Choose below where both of you changed the same, then save.",
		Choices: []admin.ConflictChoice{{Name: "choice-effect", Label: "What it does", Mine: "20 % off everything in Jugs", Theirs: "30 % off everything in Jugs", Taken: "mine"}},
	}
	return page
}

func promotionTried(result admin.TrialResult) admin.PromotionPage {
	page := promotion()
	for i, label := range []string{"Birch jug (BIRCH)", "Cedar cup (CEDAR)"} {
		number := fmt.Sprint(i)
		page.Trial.Basket.Rows = append(page.Trial.Basket.Rows, admin.GridRow{
			Label: label, Remove: "basket-" + number + "-removed", Hidden: []ui.Hidden{{Name: "basket-" + number + "-variant", Value: number}},
			Cells: []admin.GridCell{{Name: "basket-" + number + "-quantity", Label: "Quantity of " + label, Value: "2", Number: true}},
		})
	}
	page.Trial.Basket.Name, page.Trial.Basket.Remove, page.Trial.Basket.Columns = "Basket", "Remove", []admin.Column{{Label: "Variant"}, {Label: "Quantity"}}
	page.Trial.Found = []admin.FoundPart{{Check: admin.Check{Name: "found-0-add", Value: "3", Label: "Apple jug Moss (APPLE-M)"}, Hidden: []ui.Hidden{{Name: "found-0-label", Value: "Apple jug Moss (APPLE-M)"}}}}
	result.Rows = []admin.TrialRow{
		{Label: "2 × Birch jug (BIRCH)", Note: "Jug week -$2.38", Without: "$19.00", With: "$16.62", Off: "-$2.38"}, {Label: "2 × Cedar cup (CEDAR)", Without: "$16.00", With: "$16.00"},
		{Label: "Goods", Without: "$35.00", With: "$32.62", Off: "-$2.38", Sum: true}, {Label: "Delivery", Note: "Parcel post", Without: "$4.90", With: "$4.90"},
		{Label: "VAT 19 %", Note: "Within the prices", Without: "$6.37", With: "$5.99", Off: "-$0.38"}, {Label: "Total", Without: "$39.90", With: "$37.52", Off: "-$2.38", Sum: true},
	}
	page.Trial.Result = &result
	return page
}

func promotionReadOnly() admin.PromotionPage {
	page := promotionTried(admin.TrialResult{Text: "It counts for this basket.", Tone: ui.OK})
	page.Action, page.Actions, page.Dangers, page.Trial.URL = "", nil, nil, "/promotions/1/trial#trial"
	page.Facts = []admin.Fact{{Label: "Note", Value: "Agreed with the maker of the jugs."}}
	return page
}

func promotionList(title, tab string) admin.PromotionListPage {
	page := admin.PromotionListPage{
		Breadcrumb: []ui.Link{{Label: "Promotions", URL: "/promotions"}, {Label: "Jug week", URL: "/promotions/1"}, {Label: title, Current: true}},
		About:      []ui.Link{{Label: "Promotion", URL: "/promotions/1"}, {Label: "Codes", URL: "/promotions/1/codes", Current: tab == "codes"}, {Label: "Usage", URL: "/promotions/1/usage", Current: tab == "usage"}},
	}
	page.Shell, page.Heading = office(title+" of Jug week", 2), title+" of Jug week"
	page.List = admin.List{Action: "/promotions/1/" + tab}
	return page
}

func promotionCodes(codes int) admin.PromotionListPage {
	page := promotionList("Codes", "codes")
	page.Columns = []admin.Column{{Label: "Code"}, {Label: "Orders", Number: true}, {Label: "At most", Number: true}, {Label: "Made"}}
	page.Empty = admin.Emptiness{Title: "No codes yet", Text: "Shoppers enter one of them in the cart."}
	page.List.Label = "Code, or how it begins"
	if codes > 0 {
		page.List.Total, page.List.OlderURL = "10,000 codes or more", "/promotions/1/codes?page=abc"
		page.List.Actions = []admin.Action{{Label: "Download", URL: "/promotions/1/codes/export.csv", Link: true}}
	}
	page.Forms = []admin.SmallForm{
		{Title: "Add a code", Action: "/promotions/1/codes", Button: "Add it", Fields: []ui.Field{{Name: "code", Label: "Code", MaxLength: 50, Hint: "3 to 50 letters and digits."}, {Name: "code_uses", Label: "Orders that may use it", Optional: true, Width: ui.Short}}},
		{Title: "Make many", Action: "/promotions/1/codes/batches", Button: "Make them", Hidden: []ui.Hidden{{Name: "batch", Value: "1"}}, Fields: []ui.Field{
			{Name: "count", Label: "How many", Width: ui.Short, Hint: "Up to 100,000."}, {Name: "prefix", Label: "They begin with", Optional: true}, {Name: "length", Label: "Characters behind it", Value: "10", Width: ui.Short}, {Name: "batch_uses", Label: "Orders that may use each", Optional: true, Value: "1", Width: ui.Short},
		}},
	}
	for i := range codes {
		code := fmt.Sprintf("XMAS-%04dRJ7K2M", i)
		page.Rows = append(page.Rows, admin.Row{ID: code, Cells: []admin.Cell{{Text: code}, {Text: fmt.Sprint(i % 2)}, {Text: "1"}, {Text: "23 Nov 2026, 14:05 UTC"}}, Actions: []admin.Action{{
			Label: "Remove", URL: "/promotions/1/codes/removals", Hidden: []ui.Hidden{{Name: "code", Value: code}}, Kind: ui.Quiet, Confirm: "Nobody can use it any more.", Button: "Remove it",
		}}})
	}
	return page
}

func promotionCodesRefused() admin.PromotionListPage {
	page := promotionCodes(3)
	problems := ui.Problems{"code": "This code is taken; choose another", "count": "Write a whole number from 1 to 100,000"}
	page.Forms[0].Fields[0] = page.Forms[0].Fields[0].With("JUGS", problems)
	page.Forms[1].Fields[0] = page.Forms[1].Fields[0].With("0", problems)
	page.Problems = ui.Summary(problems, "code", "count")
	return page
}

func promotionUsage() admin.PromotionListPage {
	page := promotionList("Usage", "usage")
	page.Columns = []admin.Column{{Label: "Order"}, {Label: "Placed"}, {Label: "Code"}, {Label: "Taken off", Number: true}, {Label: "State"}}
	page.Figures = []admin.Figure{{Label: "Orders", Value: "214"}, {Label: "Taken off", Value: "$1,820.50"}, {Label: "Orders left", Value: "4,786"}}
	page.Chart = &admin.Chart{Title: "Orders by day", Summary: "Most orders in the last 30 days: 31 on Friday 20 November."}
	for day := range 30 {
		page.Chart.Bars = append(page.Chart.Bars, admin.Bar{Label: fmt.Sprintf("%d November", day+1), Value: fmt.Sprintf("%d orders, $%d.00", day, day*9), Percent: day * 3})
	}
	for i := range 50 {
		state := ui.Tag{Label: "Counts", Tone: ui.OK}
		if i%7 == 3 {
			state = ui.Tag{Label: "Given up"}
		}
		page.Rows = append(page.Rows, admin.Row{ID: fmt.Sprint(i), Cells: []admin.Cell{{Text: fmt.Sprintf("TW-%d", 10482-i), URL: fmt.Sprintf("/orders/%d", i)}, {Text: fmt.Sprintf("23 Nov 2026, 14:%02d UTC", 59-i)}, {Text: "JUGS"}, {Text: "$8.50"}, {Tag: state}}})
	}
	return page
}

func stressPromotion() admin.PromotionPage {
	page := promotionTried(admin.TrialResult{Text: markup + " " + longWord, Tone: ui.Warn})
	page.Heading, page.Sentence = markup, strings.Repeat("10 % off everything in "+longWord+", ", 5)
	page.Basics[0].Value, page.Basics[1].Value = markup, longWord
	var chosen []string
	for i := range 60 {
		chosen = append(chosen, fmt.Sprintf("Product: %s %d", longWord, i))
	}
	page.Cheaper, page.Asked = chosenGoods("cheaper", "What gets cheaper", chosen...), chosenGoods("asked", "Of which goods", chosen...)
	page.Trial.Result.Rows[0].Label, page.Trial.Result.Rows[0].Note = longWord, markup
	return page
}
