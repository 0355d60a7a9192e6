package preview

import (
	"fmt"

	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func order() admin.OrderPage {
	return admin.OrderPage{
		Shell: office("TW-10482", 1), Breadcrumb: []ui.Link{{Label: "Orders", URL: "/orders"}, {Label: "TW-10482", Current: true}},
		Number: "TW-10482", Placed: "Placed on 23 November 2026, 14:05", PlacedISO: "2026-11-23T14:05:00Z", Channel: "Web shop",
		State: ui.Tag{Label: "Confirmed", Tone: ui.Info}, Payment: ui.Tag{Label: "Paid", Tone: ui.OK}, Fulfilment: ui.Tag{Label: "To pack", Tone: ui.Warn},
		Primary: &admin.Action{Label: "Pack items", URL: "/orders/1/fulfilment", Link: true},
		Actions: []admin.Action{{Label: "Refund", URL: "/orders/1/refund", Link: true}, {Label: "Cancel order", URL: "/orders/1/cancellation", Kind: ui.Danger, Confirm: "The items go back on the shelf and €101.70 goes back to the card.", Fields: []ui.Field{{Name: "reason", Label: "Reason", Hint: "For the timeline; the shopper does not read it.", Optional: true, Rows: 2, MaxLength: 500}}, Button: "Cancel this order"}},
		Notices: []admin.OrderNotice{{Tone: ui.Info, Text: "The delivery address differs from the billing address."}},
		Groups: []admin.LineGroup{{Title: "To pack", State: ui.Tag{Label: "Open", Tone: ui.Warn}, Detail: "Parcel post", Lines: []admin.OrderLine{
			{Name: "Stoneware mug with a wide handle", URL: "/products/1", SKU: "HP-MUG-MOS-350", Options: "Moss, 350 ml", Quantity: "2", Unit: "€24.00", Total: "€48.00", Image: picture("mug", "")},
			{Name: "Reading lamp with a linen shade", URL: "/products/2", SKU: "NL-LAMP-1", Quantity: "1", Unit: "€65.00", Total: "€65.00", Image: picture("lamp", ""), Note: "Gift wrap"},
		}}},
		GiftCards: []admin.BoughtCard{
			{Name: "…7QX2", URL: "/gift-cards/1", Line: "Gift card €50.00", Value: "€50.00", State: ui.Tag{Label: "Issued", Tone: ui.OK}},
			{Name: "…K3MP", URL: "/gift-cards/2", Line: "Gift card €50.00", Value: "€50.00", State: ui.Tag{Label: "Taken back"}, Note: "27 Nov 2026, 14:05 UTC"},
		},
		Totals: []admin.TotalRow{{Label: "Items", Amount: "€113.00"}, {Label: "Promotion AUTUMN", Amount: "−€11.30"}, {Label: "Shipping", Amount: "€0.00"}, {Label: "Total", Amount: "€101.70", Note: "Including €19.02 VAT"}},
		Payments: []admin.Payment{
			{Method: "Card ending in 4242", Provider: "Sandbox", Amount: "€101.70", State: ui.Tag{Label: "Captured", Tone: ui.OK}, When: "23 Nov, 14:06", Reference: "pay_9f8e7d6c", URL: "https://provider.example/pay_9f8e7d6c"},
			{Method: "Card ending in 0002", Provider: "Sandbox", Amount: "€101.70", State: ui.Tag{Label: "Failed", Tone: ui.Bad}, When: "23 Nov, 14:05", Reference: "pay_1a2b3c4d", Note: "The bank refused the card."},
		},
		Customer: admin.Customer{Name: "Maeve O’Sullivan", URL: "/customers/1", Email: "maeve.osullivan@example.com", Phone: "+353 21 477 2255", Orders: "4 orders, €312.00"},
		Delivery: []string{"Maeve O’Sullivan", "12 Pier Road", "Kinsale", "P17 XY12", "Ireland"}, Method: "Parcel post, arrives 27 to 28 November", Billing: []string{"O’Sullivan Boats Ltd", "1 The Quay", "Kinsale", "P17 AB34", "Ireland"},
		Said: []admin.Said{
			{Title: "Note of the shopper", Text: "Please ring twice.\nThe dog is friendly."}, {Title: "Gift message, for the card", Text: "Happy birthday, Aoife!"},
			{Title: "VAT number", Text: "IE6388047V"}, {Title: "Terms of sale", Text: "Version 2026-01, accepted 23 Nov 2026, 14:05"},
		},
		CommentURL: "/orders/1/comments", CommentKey: "0191f3c2-77aa", Comment: ui.Field{Name: "comment", Label: "Comment", Hint: "Only staff can read it.", Rows: 2, MaxLength: 2000},
		Timeline: []admin.TimelineEntry{
			{When: "23 Nov, 14:20", WhenISO: "2026-11-23T14:20:00Z", Who: "Jörg Müller", Text: "Customer called: please leave it with the neighbour.", Comment: true},
			{When: "23 Nov, 14:10", WhenISO: "2026-11-23T14:10:00Z", Who: "Mail", Text: "Mail server slow, trying again", Tone: ui.Warn},
			{When: "23 Nov, 14:06", WhenISO: "2026-11-23T14:06:10Z", Who: "Mail", Text: "Confirmation sent to maeve.osullivan@example.com"},
			{When: "23 Nov, 14:06", WhenISO: "2026-11-23T14:06:02Z", Who: "Payment", Text: "€101.70 captured", Detail: "Card ending in 4242", Tone: ui.OK},
			{When: "23 Nov, 14:05", WhenISO: "2026-11-23T14:05:40Z", Who: "Payment", Text: "Payment refused by the bank", Detail: "Card ending in 0002", Tone: ui.Bad},
			{When: "23 Nov, 14:05", WhenISO: "2026-11-23T14:05:00Z", Who: "Web shop", Text: "Order placed", Tone: ui.Info},
		},
		NewerURL: "/orders/0", OlderURL: "/orders/2",
	}
}

func orderRefused() admin.OrderPage {
	page := order()
	page.Problems = ui.Problems{"comment": "Write a comment before you add it."}
	page.Comment = page.Comment.With("", page.Problems)
	return page
}

func cancellationRefused() admin.OrderPage {
	page := order()
	page.Problems = ui.Problems{"reason": "Write at most 500 characters."}
	page.Actions[1].Fields[0] = page.Actions[1].Fields[0].With("Because "+longWord, page.Problems)
	return page
}

func products() admin.ProductsPage {
	page := admin.ProductsPage{Shell: office("Products", 2), List: admin.List{
		Action: "/products", Label: "Name or article number", Total: "3,291 products",
		Filters: []admin.Filter{{Name: "status", Label: "Status", Options: []ui.Option{{Value: "", Label: "Any"}, {Value: "live", Label: "On sale"}}}, {Name: "brand", Label: "Brand", Value: "Leaf & Co"}},
		Views:   []ui.Link{{Label: "All", URL: "/products", Current: true}, {Label: "Drafts", URL: "/products?status=draft"}},
		Bulk:    []admin.BulkAction{{Label: "Edit as a table", URL: "/products/table"}, {Label: "Change", URL: "/products/bulk"}}, BulkAll: &ui.Link{Label: "Change all 3,291 products", URL: "/products/bulk"},
		Sorts: map[string]admin.Sort{"name": {URL: "?sort=name", Direction: "ascending"}, "updated": {URL: "?sort=-updated"}},
		Sizes: []ui.Link{{Label: "25", URL: "?size=25", Current: true}, {Label: "50", URL: "?size=50"}, {Label: "100", URL: "?size=100"}}, OlderURL: "?after=x",
		Actions: []admin.Action{{Label: "Upload a file", URL: "/sync/upload", Link: true}, {Label: "New product", URL: "/products/new", Link: true, Kind: ui.Primary}},
	}}
	for i := range 25 {
		good := goods[i%len(goods)]
		row := admin.ProductRow{ID: fmt.Sprint(i), Name: good.name, URL: fmt.Sprintf("/products/%d", i), Image: picture(good.picture, ""), Status: ui.Tag{Label: "On sale", Tone: ui.OK}, SKU: fmt.Sprintf("SKU-%04d", i), Variants: "4 variants", Stock: fmt.Sprint(i * 17 % 90), Price: "€19.00 to €24.00", Category: "Kitchen", Updated: "22 Nov, 09:12"}
		row.ShopURL = fmt.Sprintf("https://shop.example/products/%d", i)
		if i%5 == 2 {
			row.ShopURL = ""
			row.Status = ui.Tag{Label: "Draft"}
		}
		if i%5 == 0 {
			row.StockTag = ui.Tag{Label: "Low", Tone: ui.Warn}
		}
		page.Rows = append(page.Rows, row)
	}
	return page
}

func syncRuns() admin.SyncRunsPage {
	page := admin.SyncRunsPage{Shell: office("Product sync", 3), List: admin.List{Action: "/sync", Total: "3 runs", Actions: []admin.Action{{Label: "Upload a file", URL: "/sync/upload", Link: true, Kind: ui.Primary}}}}
	page.Rows = []admin.SyncRunRow{
		{Name: "catalogue-2026-11.csv", URL: "/sync/3", Source: "Upload by Maeve O’Sullivan", Started: "23 Nov, 14:02", Duration: "15 s so far", State: ui.Tag{Label: "Applying", Tone: ui.Info}, Counts: admin.SyncCounts{Read: "48,200", Created: "1,204", Updated: "31,990", Unchanged: "14,998", Rejected: "8"}},
		{Name: "supplier.example/feed.xml", URL: "/sync/2", Source: "Feed, every 6 hours", Started: "23 Nov, 12:00", Duration: "31 s", State: ui.Tag{Label: "Done", Tone: ui.OK}, Counts: admin.SyncCounts{Read: "100,000", Created: "0", Updated: "212", Unchanged: "99,788", Rejected: "0"}},
		{Name: "prices.csv", URL: "/sync/1", Source: "Upload by Jörg Müller", Started: "22 Nov, 17:40", Duration: "2 s", State: ui.Tag{Label: "Failed", Tone: ui.Bad}, Counts: admin.SyncCounts{Read: "0", Created: "0", Updated: "0", Unchanged: "0", Rejected: "0"}},
	}
	return page
}

func syncRun(live bool) admin.SyncRunPage {
	page := admin.SyncRunPage{
		Shell: office("catalogue-2026-11.csv", 3), Breadcrumb: []ui.Link{{Label: "Product sync", URL: "/sync"}, {Label: "catalogue-2026-11.csv", Current: true}}, Name: "catalogue-2026-11.csv",
		Facts:       []admin.Fact{{Label: "Format", Value: "CSV"}, {Label: "Started by", Value: "Maeve O’Sullivan"}, {Label: "Started", Value: "23 November, 14:02"}, {Label: "Size", Value: "41 MB"}},
		Progress:    admin.SyncProgress{State: ui.Tag{Label: "Done", Tone: ui.OK}, Percent: 100, Text: "100,000 of 100,000 rows in 31 seconds", Rate: "3,225 rows/s", Counts: admin.SyncCounts{Read: "100,000", Created: "1,204", Updated: "31,990", Unchanged: "65,594", Rejected: "1,212"}},
		RejectedURL: "/sync/3/rejected", MoreErrors: "1,209 more are in the file of rejected rows.",
		Errors: []admin.RowError{
			{Row: "17", Field: "price", Value: "12,5O", Message: "This is not an amount. Use digits and one dot, like 12.50."},
			{Row: "204", Field: "gtin", Value: "4006381333932", Message: "The check digit should be 1.", URL: "/products/9"},
			{Row: "9,120", Field: "option1", Value: longWord, Message: "At most 60 letters fit."},
		},
	}
	if live {
		page.Progress = admin.SyncProgress{Live: true, URL: "/sync/3", State: ui.Tag{Label: "Applying", Tone: ui.Info}, Percent: 48, Text: "48,200 of 100,000 rows", Rate: "3,100 rows/s", Remaining: "About 17 seconds left", Counts: admin.SyncCounts{Read: "48,200", Created: "1,204", Updated: "31,990", Unchanged: "14,998", Rejected: "8"}, CancelURL: "/sync/3/cancellation"}
		page.RefreshURL = "/sync/3"
		page.RejectedURL, page.Errors, page.MoreErrors = "", nil, ""
	}
	return page
}

func syncFailed() admin.SyncRunPage {
	page := syncRun(false)
	page.Errors = nil
	page.Progress = admin.SyncProgress{State: ui.Tag{Label: "Failed", Tone: ui.Bad}, Text: "0 rows", Counts: admin.SyncCounts{Read: "0", Created: "0", Updated: "0", Unchanged: "0", Rejected: "0"}, Problem: "The file is not a CSV file: the first line holds no column called “sku”."}
	page.Next = []admin.Action{{Label: "Hand the file in again", URL: "/sync/new", Link: true, Kind: ui.Primary}}
	return page
}

func deadLetters() admin.DeadLettersPage {
	page := admin.DeadLettersPage{Shell: office("Failed deliveries", 4), List: admin.List{
		Action: "/deliveries", Total: "3 deliveries", Filters: []admin.Filter{{Name: "consumer", Label: "Consumer", Options: []ui.Option{{Value: "", Label: "Any"}, {Value: "mail", Label: "mail-confirmation"}}}},
		Actions: []admin.Action{{Label: "Replay all", URL: "/deliveries/replay", Confirm: "All 3 deliveries are tried again now.", Button: "Replay all 3"}},
		Bulk:    []admin.BulkAction{{Label: "Replay", URL: "/deliveries/replay"}, {Label: "Discard", URL: "/deliveries/discard", Kind: ui.Danger}},
	}}
	for i := range 3 {
		page.Rows = append(page.Rows, admin.DeadLetterRow{ID: fmt.Sprint(i), Event: "order.confirmed", Consumer: "mail-confirmation", Subject: fmt.Sprintf("Order TW-%d", 10480+i), SubjectURL: "/orders/1", Attempts: "12", Error: "mail server: 550 5.1.1 <nobody@example.com>: recipient address rejected: user unknown", Failed: "23 Nov, 14:20", State: ui.Tag{Label: "Given up", Tone: ui.Bad}, ReplayURL: fmt.Sprintf("/deliveries/%d/replay", i), DiscardURL: fmt.Sprintf("/deliveries/%d/discard", i)})
	}
	return page
}

func auditLog() admin.TablePage {
	page := admin.TablePage{
		Shell: office("Audit log", 5), Heading: "Audit log", Intro: "Who changed what, and when. Nothing here can be changed.",
		List:    admin.List{Action: "/audit", Label: "Person or object", Total: "312 entries", Sizes: []ui.Link{{Label: "25", URL: "?size=25", Current: true}, {Label: "50", URL: "?size=50"}}, OlderURL: "?after=x"},
		Columns: []admin.Column{{Label: "What"}, {Label: "Who"}, {Label: "When"}, {Label: "Result"}, {Label: "Changes", Number: true}},
	}
	for i := range 8 {
		page.Rows = append(page.Rows, admin.Row{ID: fmt.Sprint(i), Cells: []admin.Cell{{Text: "Price list “Wholesale”", URL: "/audit/1", Note: "product.prices"}, {Text: "Jörg Müller"}, {Text: "23 Nov, 13:02"}, {Tag: ui.Tag{Label: "Done", Tone: ui.OK}}, {Text: "14"}}})
	}
	return page
}

func keyForm() admin.FormPage {
	return admin.FormPage{
		Shell: office("New API key", -1), Breadcrumb: []ui.Link{{Label: "API keys", URL: "/keys"}, {Label: "New", Current: true}}, Heading: "New API key", Intro: "A key lets a program act for the shop, within the scopes you tick.", Action: "/keys", Button: "Create the key", CancelURL: "/keys",
		Sections: []admin.FormSection{
			{Title: "Who uses it", Fields: []ui.Field{{Name: "name", Label: "Name", Hint: "So that you know later what it was for.", MaxLength: 80}, {Name: "expires", Label: "Ends on", Type: "date", Optional: true, Width: ui.Medium}}},
			{Title: "Scopes", Checks: []admin.Check{{Name: "scope", Value: "orders.read", Label: "Read orders", Checked: true}, {Name: "scope", Value: "products.write", Label: "Change products", Hint: "Also starts sync runs."}}},
		},
		Dangers: []admin.Action{{Label: "Revoke all keys", URL: "/keys/revocation", Kind: ui.Danger, Confirm: "Every program that uses a key stops working at once.", Button: "Revoke all"}},
	}
}

func keyFormRefused() admin.FormPage {
	page := keyForm()
	page.Problems = ui.Problems{"name": "Enter a name for the key."}
	page.Sections[0].Fields[0] = page.Sections[0].Fields[0].With("", page.Problems)
	return page
}

func keySecret() admin.FormPage {
	page := keyForm()
	page.Action = ""
	page.Dangers = nil
	page.Heading = "API key created"
	page.Secret = &admin.Secret{Label: "Your new key", Value: "tw_live_7b1d0c0f4e2a4b6f9c8d7e6f5a4b3c2d", Text: "Copy it now: it is not shown again."}
	return page
}

func stressOrders() admin.OrdersPage {
	page := orders(12)
	for i := range page.Rows {
		page.Rows[i].Customer = []string{longName, longWord, emoji, markup}[i%4]
		page.Rows[i].Email = longWord + "@example.com"
		page.Rows[i].Total = largeMoney
		page.Rows[i].Number = "TW-2026-00000000010482"
	}
	return page
}

func stressAdminOrder() admin.OrderPage {
	page := order()
	page.Number = longWord
	page.Groups[0].Lines[0].Name = longName
	page.Groups[0].Lines[1].Name = longWord
	page.Groups[0].Lines[1].Total = largeMoney
	page.Customer.Name = longWord
	page.Customer.Email = longWord + "@example.com"
	page.Timeline[0].Text = markup + " " + longWord
	page.Delivery = []string{longName, longWord, emoji, markup}
	page.Said[0].Text, page.Said[1].Text = longWord+" "+markup, longName
	return page
}

func rtlOrders() admin.OrdersPage {
	page := orders(25)
	page.Lang, page.Dir = "ar", "rtl"
	return page
}
