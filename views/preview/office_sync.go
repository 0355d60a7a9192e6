package preview

import (
	"fmt"

	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func adminSyncPages() []Page {
	page := func(name string, component templ.Component) Page {
		return Page{Name: "admin/" + name, Component: component}
	}
	return []Page{
		page("upload", admin.Upload(upload(nil))),
		page("upload-refused", admin.Upload(upload(ui.Problems{"file": "Choose a file", "source": "There is no such source."}))),
		page("sync-run-compared", admin.SyncRun(syncCompared())),
		page("sync-run-refused-rows", admin.SyncRun(syncRefusedRows())),
		page("sync-run-held", admin.SyncRun(syncHeld())),
		page("sync-run-undone", admin.SyncRun(syncUndone())),
		page("placement", admin.Placement(placement())),
		page("placement-new", admin.Placement(newPlacement())),
		page("source", admin.Source(source())),
		page("source-failing", admin.Source(failingSource())),
		page("mapping", admin.Mapping(mapping())),
		page("mapping-refused", admin.Mapping(mappingRefused())),
	}
}

func upload(problems ui.Problems) admin.UploadPage {
	return admin.UploadPage{
		Shell: office("Import products", 3), Breadcrumb: []ui.Link{{Label: "Imports", URL: "/sync"}, {Label: "Import products", Current: true}}, Action: "/sync", MaxSize: "CSV, XML or JSON, also gzipped, at most 1 GB.", Accept: ".csv,.xml,.json,.gz",
		How:      admin.Choice{Name: "how", Label: "What shall happen", Options: []ui.Option{{Value: "compare", Label: "Compare first: show what would change, and change nothing yet", Selected: true}, {Value: "apply", Label: "Import at once"}}},
		Source:   ui.Field{Name: "source", Label: "Where the file comes from", Quiet: true, Options: []ui.Option{{Value: "1", Label: "Files handed in"}, {Value: "2", Label: "Wholesaler " + longWord}}}.With("", problems),
		Format:   ui.Field{Name: "format", Label: "Format", Width: ui.Medium, Options: []ui.Option{{Label: "Find out", Selected: true}, {Value: "shopify", Label: "Shopify CSV"}}},
		Problems: problems,
	}
}

func syncCompared() admin.SyncRunPage {
	page := syncRun(false)
	page.Errors, page.RejectedURL, page.MoreErrors = nil, "", ""
	page.Progress = admin.SyncProgress{State: ui.Tag{Label: "Waits for you", Tone: ui.Warn}, Text: "Compared with the shop. Nothing is changed yet.", Counts: admin.SyncCounts{Read: "412", Created: "0", Updated: "0", Unchanged: "0", Rejected: "3"}}
	page.Next = []admin.Action{{Label: "Apply this import", URL: "/sync/3/application", Kind: ui.Primary}, {Label: "Change what the columns mean", URL: "/sync/3/mapping", Link: true}, {Label: "Leave it", URL: "/sync/3/cancellation"}}
	found := &admin.Comparison{NextURL: "/sync/3?show=changed&page=x", FirstURL: "/sync/3?show=changed"}
	for i, label := range []string{"New 12", "Changed 40", "of them stock only", "Gone 2", "Unchanged 358", "Refused 3"} {
		found.Tabs = append(found.Tabs, ui.Link{Label: label, URL: fmt.Sprintf("/sync/3?show=%d", i), Current: i == 1})
	}
	for i := range 20 {
		found.Changes = append(found.Changes, admin.ChangeRow{
			Name: goods[i%len(goods)].name, URL: fmt.Sprintf("/products/%d", i), Key: fmt.Sprintf("SKU-%04d", i), Row: fmt.Sprint(i + 2), Kind: ui.Tag{Label: "Changed", Tone: ui.Info},
			Fields: []admin.ComparedField{{Field: fmt.Sprintf("Price of SKU-%04d", i), Now: "€24.00", Then: "€26.00"}, {Field: "Description", Now: longName, Then: longWord}, {Field: "Brand", Then: "Moss & Clay"}},
		})
	}
	found.Changes[3].More = "and 12 more fields"
	found.Changes = append(found.Changes, admin.ChangeRow{Name: longWord, Key: longWord, Row: "99", Kind: ui.Tag{Label: "New", Tone: ui.OK}, More: "would be created"})
	page.Comparison = found
	return page
}

func syncRefusedRows() admin.SyncRunPage {
	page := syncCompared()
	page.Comparison.Changes, page.Comparison.NextURL, page.Comparison.FirstURL = nil, "", ""
	page.Comparison.Errors = syncRun(false).Errors
	return page
}

func syncHeld() admin.SyncRunPage {
	page := syncRun(false)
	page.Notices = []admin.RunNotice{{Tone: ui.Warn, Text: "128 of the source's 400 products are not in the file. That is more than 20%, so nothing was taken off sale."}}
	page.Next = []admin.Action{
		{Label: "Take them off sale", URL: "/sync/3/release", Kind: ui.Danger, Confirm: "They are no longer for sale.", Button: "Take 128 products off sale"},
		{Label: "Undo this import", URL: "/sync/3/undoing", Kind: ui.Danger, Confirm: "Products that it created are removed.", Button: "Undo it"},
	}
	return page
}

func syncUndone() admin.SyncRunPage {
	page := syncRun(false)
	page.Errors, page.MoreErrors = nil, ""
	page.Progress.State, page.Progress.Percent = ui.Tag{Label: "Undone"}, 0
	page.Notices = []admin.RunNotice{{Text: "1,204 products that it created are removed, 2 are archived because somebody ordered or changed them, 31,980 are what they were, and 2 are left alone."}}
	page.LeftAlone = []admin.LeftAlone{
		{Name: goods[0].name, URL: "/products/1", Reason: "Changed since by Maeve O’Sullivan on 2026-11-23 15:04 UTC."},
		{Name: longWord, URL: "/products/2", Reason: "Its SKU " + longWord + " belongs to another product now."},
	}
	page.MoreURL = "/sync/3?page=x"
	return page
}

func mappingRow(name, column string, chosen string) admin.MappingRow {
	row := admin.MappingRow{
		Column: column, Hidden: ui.Hidden{Name: name + "-column", Value: column}, Usable: true,
		Field: admin.GridCell{Name: name + "-field", Label: "Meaning", Options: []ui.Option{{Label: "Leave out"}}},
	}
	for _, label := range []string{"SKU", "GTIN", "Name", "Description", "Price", "Stock", "Category", "Brand", "Pictures", "Option of the variant", "Attribute", "Weight", "Tags"} {
		row.Field.Options = append(row.Field.Options, ui.Option{Value: label, Label: label, Selected: label == chosen})
	}
	for _, label := range []string{"Called", "Unit", "Split at", "Language", "Currency", "Where empty"} {
		row.Details = append(row.Details, admin.GridCell{Name: name + "-" + label, Label: label})
	}
	return row
}

func mapping() admin.MappingPage {
	page := admin.MappingPage{
		Shell: office("What the columns mean", 3), Action: "/sync/3/mapping", CancelURL: "/sync/3", Button: "Compare with the shop",
		Breadcrumb: []ui.Link{{Label: "Imports", URL: "/sync"}, {Label: "artikel.csv", URL: "/sync/3"}, {Label: "What the columns mean", Current: true}},
		Facts:      []admin.Fact{{Label: "Format", Value: "Any other table, by its columns"}, {Label: "Letters", Value: "Windows 1252"}, {Label: "Between cells", Value: "semicolon"}},
		Missing:    []string{"No column gives the price."},
		Scope:      admin.Choice{Name: "scope", Label: "What a row describes", Options: []ui.Option{{Value: "products", Label: "A product or one of its variants", Selected: true}, {Value: "offers", Label: "Only the price or the stock of a variant that the shop has"}}},
		Decimal:    ui.Field{Name: "decimal", Label: "Decimals stand after", Width: ui.Medium, Options: []ui.Option{{Label: "what the file’s numbers show"}, {Value: ",", Label: "a comma: 12,50"}}},
		Keep:       admin.Check{Name: "keep", Value: "1", Label: "Keep this for the source", Hint: "Its next files are then read so without asking.", Checked: true},
	}
	for i, column := range []string{"Artikelnummer", "Bezeichnung", "VK brutto", "Bestand", "Warengruppe", "Bild", "Gewicht", "EK", longWord} {
		row := mappingRow(fmt.Sprintf("columns-%d", i), column, []string{"SKU", "Name", "Price", "Stock", "Category", "Pictures", "Weight", "", ""}[i])
		row.Samples = []string{"A-1", longWord, "12,50"}
		row.Reason = "The header is a word for it. 20 of 20 cells look like it."
		row.Detailed = i == 6
		page.Columns = append(page.Columns, row)
	}
	page.Columns = append(page.Columns, admin.MappingRow{Samples: []string{"x"}, Field: admin.GridCell{Name: "columns-9-field"}, Reason: "Its header is empty or there before, so that it cannot be named."})
	page.Constants = []admin.MappingRow{mappingRow("constants-0", "", "Brand"), mappingRow("constants-1", "Bezeichnung", "Tags")}
	return page
}

func mappingRefused() admin.MappingPage {
	page := mapping()
	text := "The column \"VK brutto\" gives price, and so does the column \"EK\". Keep one of them."
	page.Missing, page.Columns[7].Field.Error = nil, text
	page.Problems = []ui.FieldProblem{{Text: text, URL: "#field-columns-7-field"}}
	return page
}

func source() admin.SourcePage {
	return admin.SourcePage{
		Shell: office("Wholesaler", 3), Heading: "Wholesaler", Breadcrumb: []ui.Link{{Label: "Sources", URL: "/sources"}, {Label: "Wholesaler", Current: true}},
		Actions: []admin.Action{{Label: "Change it", URL: "/sources/1/settings", Link: true}, {Label: "Compare now", URL: "/sources/1/comparisons"}, {Label: "Import now", URL: "/sources/1/runs", Kind: ui.Primary}},
		Facts:   []admin.Fact{{Label: "How files come", Value: "A web address that the shop asks"}, {Label: "Place", Value: "https://supplier.example/" + longWord + ".csv"}, {Label: "Next", Value: "24 Nov 2026, 04:30 UTC"}},
		Trigger: &admin.Trigger{
			Text: "A program that knows the secret can have the source asked, once a minute at most.", URL: "https://shop.example/tradewind.product.v1.SourceService/TriggerSource",
			Secret: &admin.Secret{Label: "What to post", Value: `{"id": "0191f3c2-77aa-7c11-9a51-0d8d7b9a4d11", "token": "7b1d0c0f4e2a4b6f9c8d7e6f5a4b3c2d"}`, Text: "Copy it now: it is not shown again."},
			Make:   &admin.Action{Label: "Make another secret", URL: "/sources/1/trigger", Confirm: "The secret that there is stops working at once.", Button: "Make another"},
		},
		Runs: syncRuns().Rows, MoreURL: "/sources/1?page=x",
		Dangers: []admin.Action{{Label: "Delete the source", URL: "/sources/1/removal", Kind: ui.Danger, Confirm: "Its products stay.", Button: "Delete it"}},
	}
}

func failingSource() admin.SourcePage {
	page := source()
	page.Trigger, page.Runs, page.MoreURL = nil, nil, ""
	page.Notices = []admin.RunNotice{{Tone: ui.Bad, Text: "Asking it went wrong 3 times in a row: https://supplier.example/" + longWord + " answered 503."}}
	return page
}

func placement() admin.PlacementPage {
	page := admin.PlacementPage{
		Shell: office("Search for “tea”", -1), Heading: "Search for “tea”", Action: "/search/placements/1/contents", Hidden: []ui.Hidden{{Name: "version", Value: "3"}},
		Breadcrumb: []ui.Link{{Label: "Placed products", URL: "/search/placements"}, {Label: "Search for “tea”", Current: true}},
		Add:        ui.Field{Name: "find_related", Label: "Another product", Quiet: true, Hint: "Its SKU, or a part of its name."},
		Dangers:    []admin.Action{{Label: "Let them go", URL: "/search/placements/1/removal", Kind: ui.Danger, Confirm: "The products stand where they usually do again.", Button: "Let them go"}},
	}
	for i, name := range []string{goods[0].name, longWord, longName} {
		row := admin.PlacementRow{Name: name, URL: fmt.Sprintf("/products/%d", i), Hidden: []ui.Hidden{{Name: fmt.Sprintf("products-%d-id", i), Value: "1"}}}
		row.Place = admin.GridCell{Name: fmt.Sprintf("products-%d-place", i), Label: "Place of " + name, Options: []ui.Option{{Value: "pinned", Label: "Comes first", Selected: i < 2}, {Value: "buried", Label: "After all others", Selected: i == 2}, {Label: "Take it out"}}}
		switch i {
		case 0:
			row.Down = "down 0"
		case 1:
			row.Up = "up 1"
		}
		page.Rows = append(page.Rows, row)
	}
	return page
}

func newPlacement() admin.PlacementPage {
	page := placement()
	page.Rows, page.Dangers, page.Hidden = nil, nil, nil
	text := "Write a search or choose a category, and not both"
	page.Where = []ui.Field{{Name: "query", Label: "Search", Optional: true, Error: text}, {Name: "category", Label: "Or category", Optional: true, Options: []ui.Option{{Label: "None"}, {Value: "1", Label: "Kitchen › " + longWord}}}}
	page.Problems = []ui.FieldProblem{{Text: text, URL: "#field-query"}}
	return page
}
