package preview

import (
	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func adminSettingPages() []Page {
	page := func(name string, component templ.Component) Page {
		return Page{Name: "admin/" + name, Component: component}
	}
	refused := taxZone(ui.Problems{"name": "Write what the taxes are called"})
	refused.Grid.Rows[1].Cells[2].Error = "Write the rate as a percentage such as 19 or 8.875"
	refused.Problems = append(refused.Problems, ui.FieldProblem{Text: "Tax 2: Write the rate as a percentage such as 19 or 8.875", URL: "#field-taxes-1-rate"})
	looking := taxZone(nil)
	looking.Action, looking.Sections, looking.Add, looking.Dangers = "", nil, "", nil
	looking.Facts = []admin.Fact{{Label: "What the taxes are called together", Value: "VAT"}, {Label: "Your prices there", Value: "hold the tax"}}
	empty := shippingZone()
	empty.Grid.Rows = nil
	return []Page{
		page("tax-zone", admin.Rates(taxZone(nil))), page("tax-zone-refused", admin.Rates(refused)), page("tax-zone-read", admin.Rates(looking)),
		page("tax-file", admin.RatesFile(taxFile())), page("tax-file-refused", admin.RatesFile(taxFileRefused())),
		page("shipping-zone", admin.Rates(shippingZone())), page("shipping-zone-empty", admin.Rates(empty)),
		page("shipping-try", admin.Try(tryAddress())), page("shipping-try-refused", admin.Try(tryRefused())),
	}
}

func taxZone(problems ui.Problems) admin.RatesPage {
	row := func(number, class, name, rate, step, from string) admin.GridRow {
		at := "taxes-" + string(number[0]-1) + "-"
		return admin.GridRow{Label: number, Remove: at + "removed", Cells: []admin.GridCell{
			{Name: at + "tax_class", Label: "Goods of tax " + number, Options: []ui.Option{{Label: "Standard"}, {Value: "reduced", Label: "Reduced", Selected: class != ""}}, Value: class},
			{Name: at + "name", Label: "Name for shoppers of tax " + number, Value: name}, {Name: at + "rate", Label: "Rate in % of tax " + number, Value: rate, Number: true},
			{Name: at + "step", Label: "Step of tax " + number, Value: step, Number: true}, {Name: at + "valid_from", Label: "First day of tax " + number, Value: from},
		}}
	}
	return admin.RatesPage{
		Shell: office("Germany", -1), Heading: "Germany", Breadcrumb: []ui.Link{{Label: "Taxes", URL: "/taxes"}, {Label: "Germany", Current: true}}, Problems: ui.Summary(problems, "name"),
		Action: "/taxes/zones/DE/contents", Hidden: []ui.Hidden{{Name: "version", Value: "3"}}, Add: "Add a tax", More: &ui.Link{Label: "Taxes of postcodes", URL: "/taxes/rates?country=DE"},
		Hint: "Of the taxes of one step only one is charged: the goods’ own class goes before the standard one, and a tax that begins later replaces the one before it.",
		Sections: []admin.FormSection{{Fields: []ui.Field{
			ui.Field{Name: "name", Label: "What the taxes are called together", Hint: "Shoppers read it, such as VAT or Sales tax.", Width: ui.Medium}.With("VAT", problems),
			{Name: "prices_include_tax", Label: "Your prices there", Value: "yes", Options: []ui.Option{{Value: "yes", Label: "hold the tax"}, {Value: "no", Label: "are without it: it is added"}}, Width: ui.Medium},
		}}},
		Grid: admin.Grid{Name: "Taxes", Remove: "Remove", Columns: []admin.Column{{Label: "Place"}, {Label: "Goods"}, {Label: "Name for shoppers"}, {Label: "Rate in %", Number: true}, {Label: "Step", Number: true}, {Label: "First day"}}, Rows: []admin.GridRow{
			row("1", "", "VAT 19 %", "19", "1", ""), row("2", "reduced", "VAT 7 %", "7", "1", "2007-01-01"),
		}},
		Dangers: []admin.Action{{Label: "Charge no taxes here", URL: "/taxes/zones/DE/removal", Kind: ui.Danger, Confirm: "They go with those of postcodes.", Button: "Remove all taxes"}},
	}
}

func taxFile() admin.RatesFilePage {
	return admin.RatesFilePage{
		Shell: office("Taxes from a file", -1), Heading: "Taxes from a file", Breadcrumb: []ui.Link{{Label: "Taxes", URL: "/taxes"}, {Label: "From a file", Current: true}}, Action: "/taxes/file",
		Intro: "Each row is a tax of a place. Either all rows are taken or none.", File: ui.Field{Name: "file", Label: "CSV file", Type: "file", Accept: ".csv,text/csv", Hint: "At most 16 MB."},
		Columns: []admin.Fact{{Label: "country", Value: "Two letters, such as US"}, {Label: "postcode_from", Value: "A postcode, or what postcodes begin with; empty for all"}},
	}
}

func taxFileRefused() admin.RatesFilePage {
	page := taxFile()
	page.Refused = "Nothing is stored: 2 things are wrong. Mend the file and hand it in again."
	page.File.Error = page.Refused
	page.Errors = []admin.RowError{{Row: "2", Field: "rate", Value: "1,5", Message: "Write a percentage such as 8.875."}, {Row: "9121", Field: "region", Value: longWord, Message: "No region of United States."}}
	return page
}

func shippingZone() admin.RatesPage {
	return admin.RatesPage{
		Shell: office("Alps", -1), Heading: "Alps", Breadcrumb: []ui.Link{{Label: "Delivery", URL: "/shipping"}, {Label: "Alps", Current: true}}, Action: "/shipping/zones/1/contents",
		Sections: []admin.FormSection{{Fields: []ui.Field{{Name: "name", Label: "Name", Value: "Alps"}, {Name: "areas", Label: "Places", Rows: 6, Value: "AT\nCH\nDE 87000..87999", Hint: "One a line."}}}},
		Grid: admin.Grid{Name: "Ways to deliver", Remove: "Remove", Columns: []admin.Column{{Label: "Way"}, {Label: "Prices"}, {Label: "Working days"}, {Label: "Offered"}}, Rows: []admin.GridRow{
			{Label: "Parcel post", URL: "/shipping/zones/1/methods/post", Note: "post", Remove: "methods-0-removed", Cells: []admin.GridCell{{Value: "€0.00 to €5.90"}, {Value: "2 to 4"}, {Name: "methods-0-active", Label: "Whether Parcel post is offered", Value: "yes", Options: []ui.Option{{Value: "yes", Label: "yes", Selected: true}, {Value: "no", Label: "no"}}}}},
			{Label: "Our shop " + longWord, URL: "/shipping/zones/1/methods/shop", Note: "fetched in Vienna", Remove: "methods-1-removed", Cells: []admin.GridCell{{Value: "€0.00"}, {Value: "0 to 0"}, {Name: "methods-1-active", Label: "Whether Our shop is offered", Value: "no", Options: []ui.Option{{Value: "yes", Label: "yes"}, {Value: "no", Label: "no", Selected: true}}}}},
		}},
		Empty: admin.Emptiness{Title: "No ways to deliver yet", Text: "Save the zone, then add how goods get there."}, More: &ui.Link{Label: "Add a way to deliver", URL: "/shipping/zones/1/new-method"},
		Dangers: []admin.Action{{Label: "Delete the zone", URL: "/shipping/zones/1/removal", Kind: ui.Danger, Confirm: "Nothing is delivered to its places any more.", Button: "Delete it"}},
	}
}

func tryAddress() admin.TryPage {
	return admin.TryPage{
		Shell: office("Try an address", -1), Heading: "Try an address", Intro: "What delivery and taxes would be for goods of a class at an address.", Action: "/shipping/try",
		Views:   []ui.Link{{Label: "Zones", URL: "/shipping"}, {Label: "Try an address", URL: "/shipping/try", Current: true}},
		Fields:  []ui.Field{{Name: "country", Label: "Country", Value: "AT", Options: []ui.Option{{Label: "Choose one"}, {Value: "AT", Label: "Austria"}}}, {Name: "goods", Label: "Goods for", Prefix: "EUR", Value: "120", Width: ui.Short}},
		Columns: []admin.Column{{Label: "Way"}, {Label: "Code"}, {Label: "Working days"}, {Label: "Price", Number: true}, {Label: "Missing for free delivery", Number: true}},
		Deliveries: []admin.Row{
			{Cells: []admin.Cell{{Text: "Parcel post", Tag: ui.Tag{Label: "taken", Tone: ui.OK}}, {Text: "post"}, {Text: "2 to 4"}, {Text: "€5.90"}, {Text: "€30.00"}}},
			{Cells: []admin.Cell{{Text: "Our shop", Note: "fetched at Tradewind, Vienna"}, {Text: "shop"}, {Text: "0 to 0"}, {Text: "€0.00"}, {}}},
		},
		Notice: "The buyer owes the tax: reverse charge.",
		Sums:   []admin.TotalRow{{Label: "Goods", Amount: "€120.00"}, {Label: "Delivery", Amount: "€5.90"}, {Label: "Tax that the buyer does not owe", Amount: "−€20.98"}, {Label: "Total", Amount: "€104.92"}},
	}
}

func tryRefused() admin.TryPage {
	page := tryAddress()
	page.Problems, page.Deliveries, page.Sums, page.Notice = []ui.FieldProblem{{Text: "We do not deliver to this country."}}, nil, nil, ""
	return page
}
