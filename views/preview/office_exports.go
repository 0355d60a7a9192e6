package preview

import (
	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func adminExportPages() []Page {
	page := func(name string, component templ.Component) Page {
		return Page{Name: "admin/" + name, Component: component}
	}
	return []Page{
		page("exports", admin.Exports(exports())),
		page("exports-empty", admin.Exports(admin.ExportsPage{Shell: office("Exports", 4), List: admin.List{Action: "/exports", Actions: exports().List.Actions}})),
		page("export-new", admin.NewExport(newExport(nil))),
		page("export-refused", admin.NewExport(newExport(ui.Problems{"format": "Choose a format", "every": "Write a number of hours from 1 to 672, or leave it empty"}))),
	}
}

func exports() admin.ExportsPage {
	return admin.ExportsPage{
		Shell: liveOffice("Exports", 4, "/exports"), LiveURL: "/exports",
		List: admin.List{Action: "/exports", Actions: []admin.Action{{Label: "New export", URL: "/exports/new", Link: true, Kind: ui.Primary}}, OlderURL: "/exports?page=2"},
		Rows: []admin.ExportRow{
			{Format: "CSV, as Shopify has it", Filter: "Brand: " + longWord, Asked: "23 Nov 2026, 14:05 UTC", By: "Maeve", State: ui.Tag{Label: "Writing", Tone: ui.Info}, Percent: 40, Progress: "1,200 of 3,291 products"},
			{Format: "JSON Lines, with everything", Filter: "All products", Asked: "23 Nov 2026, 14:01 UTC", By: "Maeve", State: ui.Tag{Label: "Done", Tone: ui.OK}, Progress: "3,291 products", Size: "4 MB", DownloadURL: "/exports/1/file", Until: "30 Nov 2026, 14:01 UTC"},
			{Format: "Google Merchant Center", Filter: "All products", Asked: "23 Nov 2026, 13:00 UTC", By: "schedule", State: ui.Tag{Label: "Done", Tone: ui.OK}, Progress: "3,291 products", Note: "12 variants left out, without a picture or a price", Size: "6 MB", DownloadURL: "/exports/2/file", Until: "A newer one is made"},
			{Format: "JSON Lines, with everything", Filter: "All products", Asked: "22 Nov 2026, 14:01 UTC", By: "Maeve", State: ui.Tag{Label: "Failed", Tone: ui.Bad}, Note: "The file is larger than 1 GB even when packed. Narrow it, by category or brand.", Until: "29 Nov 2026, 14:01 UTC"},
		},
		Schedules: []admin.ScheduleRow{{
			Format: "Google Merchant Center", Filter: "All products", Every: "6 hours", Next: "23 Nov 2026, 19:00 UTC", Address: "https://shop.example/feeds/K3Q4QZ7T2WJ5PRBX6MNAV7DYHE.xml",
			Actions: []admin.Action{{Label: "End", URL: "/exports/schedules/1/removal", Kind: ui.Danger, Confirm: "No more files are made, and who asks at this address gets none.", Button: "End it"}},
		}},
	}
}

func newExport(problems ui.Problems) admin.NewExportPage {
	every := ui.Field{Name: "every", Label: "Make it again every … hours", InputMode: "numeric", MaxLength: 3, Width: ui.Short, Optional: true, Hint: "Empty makes one file."}.With("", problems)
	return admin.NewExportPage{
		Shell: office("Export products", 4), Action: "/exports",
		Breadcrumb: []ui.Link{{Label: "Exports", URL: "/exports"}, {Label: "Export products", Current: true}},
		Formats:    ui.Field{Name: "format", Label: "Format", Options: []ui.Option{{Value: "csv", Label: "CSV, as Shopify has it"}, {Value: "jsonl", Label: "JSON Lines, with everything"}}, Width: ui.Medium}.With("", problems),
		Every:      &every, Problems: ui.Summary(problems, "format", "every"),
		Filters: []ui.Field{
			{Name: "q", Label: "Name, SKU or key", Optional: true, MaxLength: 100},
			{Name: "status", Label: "Status", Options: []ui.Option{{Label: "Any"}, {Value: "active", Label: "For sale"}}, Width: ui.Medium, Optional: true},
		},
	}
}

// liveOffice surrounds a page that looks again by itself.
func liveOffice(title string, at int, address string) admin.Shell {
	shell := office(title, at)
	shell.RefreshURL = address
	return shell
}
