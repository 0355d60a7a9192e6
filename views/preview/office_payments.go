package preview

import (
	"fmt"

	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func adminPaymentPages() []Page {
	page := func(name string, component templ.Component) Page {
		return Page{Name: "admin/" + name, Component: component}
	}
	return []Page{
		page("order-reserved", admin.Order(orderReserved())),
		page("order-sent-unpaid", admin.Order(orderSentUnpaid())),
		page("shipment", admin.Shipment(shipment(nil))),
		page("shipment-refused", admin.Shipment(shipment(ui.Problems{"units-1": "Enter a number of units", "link": "Enter a whole address that begins with https://"}))),
		page("rest", admin.Rest(rest(nil))),
		page("rest-refused", admin.Rest(rest(ui.Problems{"": "something else of this order is left to send by now; look at it again", "reason": "Write at most 500 characters"}))),
		page("order-finished", admin.Order(orderFinished())),
		page("refund", admin.Refund(refund(nil))),
		page("refund-preview", admin.Refund(refund(refundPreview()))),
		page("refund-credit", admin.Refund(refundAsCredit())),
		page("attention", admin.Attention(attention())),
		page("attention-empty", admin.Attention(admin.AttentionPage{Shell: office("Payments that need attention", -1)})),
		page("reconciliation", admin.Reconciliation(reconciliation())),
		page("reconciliation-runs", admin.Table(reconciliationRuns())),
	}
}

// orderReserved is an order whose money staff take in parts, with the longest number that a provider gives.
func orderReserved() admin.OrderPage {
	page := order()
	page.Payment = ui.Tag{Label: "Partly paid", Tone: ui.Warn}
	page.Payments = []admin.Payment{{
		Method: "Card, at Stripe", Provider: "stripe", Amount: "€101.70", State: ui.Tag{Label: "Partly captured", Tone: ui.Warn}, When: "23 Nov 2026, 14:06 UTC",
		Reference: "cs_live_a1kQ7mXb0tPzG5vYw3LhN8sRcE2dJfU6oI9pKqVxMzTbWnHyGjDlSaQeRu", Sums: []string{"Taken €48.00", "Given back €12.00", "Reserved until 30 Nov 2026, 14:06 UTC"},
		Actions: []admin.Action{
			{Label: "Capture", URL: "/orders/1/payments/1/captures", Confirm: "The money is taken from the shopper. What stays reserved can be taken later, until the reservation lapses.", Fields: []ui.Field{
				{Name: "amount", Label: "Amount", InputMode: "decimal", Width: ui.Short, Value: "53.70"},
				{Name: "rest", Label: "The rest", Options: []ui.Option{{Value: "keep", Label: "stays reserved"}, {Value: "release", Label: "is released"}}},
			}},
			{Label: "Release", URL: "/orders/1/payments/1/release", Kind: ui.Danger, Confirm: "What is reserved goes free. The order is not paid any more by what was not taken.", Button: "Release the money"},
		},
	}}
	page.Ledger = admin.Ledger{
		Rows: []admin.LedgerRow{
			{When: "23 Nov 2026, 14:06 UTC", What: "Sale", Account: "Customer receivable", Debit: "€101.70", First: true}, {Account: "Revenue", Credit: "€82.68"}, {Account: "Tax payable", Credit: "€19.02"},
			{When: "24 Nov 2026, 09:12 UTC", What: "Capture", Account: "Provider clearing", Debit: "€48.00", First: true}, {Account: "Customer receivable", Credit: "€48.00"},
			{When: "24 Nov 2026, 09:12 UTC", What: "Fee", Account: "Fees", Debit: "€0.97", First: true}, {Account: "Provider clearing", Credit: "€0.97"},
		},
		Balances: []admin.Balance{{Account: "Provider clearing", Amount: "€47.03"}, {Account: "Customer receivable", Amount: "€53.70"}, {Account: "Revenue", Amount: "−€82.68"}, {Account: "Tax payable", Amount: "−€19.02"}, {Account: "Fees", Amount: "€0.97"}},
	}
	return page
}

// orderSentUnpaid is an order of which a part is on its way, for which the money could not be taken.
func orderSentUnpaid() admin.OrderPage {
	page := orderReserved()
	page.State, page.Fulfilment = ui.Tag{Label: "Partly fulfilled", Tone: ui.Info}, ui.Tag{Label: "Partly sent", Tone: ui.Info}
	page.Notices = []admin.OrderNotice{
		{Tone: ui.Bad, Text: "€48.00 of what was sent is not paid: the money could not be taken."},
		{Tone: ui.Warn, Text: "€101.70 is reserved until 30 Nov 2026, 14:06 UTC. Send the order or capture the money before; it cannot be taken afterwards."},
	}
	page.Actions = append(page.Actions, admin.Action{Label: "Take €48.00", URL: "/orders/1/sent-captures"})
	page.Primary = &admin.Action{Label: "Mark as shipped", URL: "/orders/1/shipment", Link: true}
	lines := page.Groups[0].Lines
	mug := lines[0]
	mug.Quantity, mug.Total, mug.Note = "1", "", "of 2"
	page.Groups = []admin.LineGroup{
		{Title: "To send", State: ui.Tag{Label: "To pack", Tone: ui.Warn}, Lines: []admin.OrderLine{mug}},
		{Title: "Parcel 1", State: ui.Tag{Label: "Sent", Tone: ui.Info}, Detail: "An Post CE123456789IE", URL: "https://carrier.example/CE123456789IE", Lines: []admin.OrderLine{mug, lines[1]}},
	}
	return page
}

func shipment(problems ui.Problems) admin.ShipmentPage {
	units := func(name, value string) ui.Field {
		return ui.Field{Name: "units-" + name, Label: "Units of it", InputMode: "numeric", Width: ui.Short, Quiet: true}.With(value, problems)
	}
	return admin.ShipmentPage{
		Shell: office("Mark as shipped", 1), Heading: "Mark as shipped: order TW-10482", URL: "/orders/1/shipments", Button: "Mark as shipped", Hidden: []ui.Hidden{{Name: "key", Value: "0191f3c2"}},
		Breadcrumb: []ui.Link{{Label: "Orders", URL: "/orders"}, {Label: "TW-10482", URL: "/orders/1"}, {Label: "Mark as shipped", Current: true}},
		Money:      "€101.70 is reserved. What is due by what you send is taken from it: the items with their share of discounts and tax, and with the first ones the delivery.",
		Lines: []admin.ShipmentLine{
			{Name: "Stoneware mug with a wide handle", Note: "Moss, 350 ml, HP-MUG-MOS-350", Left: "2 of 2", Units: units("1", "2")},
			{Name: "Reading lamp with a linen shade", Note: longWord, Left: "1 of 3", Units: units("2", "1"), Parts: []admin.OrderPart{{Quantity: "1", Name: "Lamp foot", SKU: "NL-FOOT"}, {Quantity: "2", Name: "Shade", SKU: "NL-SHADE"}}},
		},
		How: []ui.Field{
			ui.Field{Name: "carrier", Label: "Carrier", Optional: true, Width: ui.Medium, MaxLength: 100}.With("An Post", problems),
			ui.Field{Name: "number", Label: "Tracking number", Optional: true, Width: ui.Medium, MaxLength: 100}.With("CE123456789IE", problems),
			ui.Field{Name: "link", Label: "Tracking link", Hint: "The carrier’s page about it, beginning with https://. The shopper gets it by mail.", Optional: true, Type: "url", MaxLength: 500}.With("carrier.example", problems),
		},
		Problems: ui.Summary(problems, "units-1", "units-2", "carrier", "number", "link"),
	}
}

// orderFinished is an order of which a part was sent, and the rest will not be.
func orderFinished() admin.OrderPage {
	page := orderSentUnpaid()
	page.State, page.Fulfilment, page.Primary, page.Notices = ui.Tag{Label: "Fulfilled", Tone: ui.Info}, ui.Tag{Label: "Sent in part", Tone: ui.Info}, nil, nil
	page.Groups[0].Title, page.Groups[0].State, page.Groups[0].Detail = "Will not be sent", ui.Tag{Label: "Not sent", Tone: ui.Bad}, "Back in stock"
	return page
}

func rest(problems ui.Problems) admin.RestPage {
	return admin.RestPage{
		Shell: office("The rest will not be sent", 1), Heading: "The rest will not be sent: order TW-10482", URL: "/orders/1/rest", Hidden: []ui.Hidden{{Name: "key", Value: "0191f3c2"}},
		Breadcrumb: []ui.Link{{Label: "Orders", URL: "/orders"}, {Label: "TW-10482", URL: "/orders/1"}, {Label: "The rest will not be sent", Current: true}},
		Lines: []admin.RestLine{
			{Name: "Stoneware mug with a wide handle", Note: "Moss, 350 ml, HP-MUG-MOS-350", Units: "1 of 2", Amount: "€21.60"},
			{Name: "Reading lamp with a linen shade", Note: longWord, Units: "2 of 3, 1 refunded before", Amount: "€1,049.00", Parts: []admin.OrderPart{{Quantity: "1", Name: "Lamp foot", SKU: "NL-FOOT"}, {Quantity: "2", Name: "Shade", SKU: "NL-SHADE"}}},
		},
		Money: []string{
			"€1,000.00 goes back to the shopper: Card, at Stripe.", "€70.60 that is reserved is released. It was not taken.",
			"What was refunded of an item before counts for what will not be sent of it. If it was for units that were sent, refund these as well.",
		},
		Stock:  ui.Field{Name: "stock", Label: "The units", Options: []ui.Option{{Value: "back", Label: "Back in stock", Selected: true}, {Value: "lost", Label: "Lost: not put back in stock"}}},
		Reason: ui.Field{Name: "reason", Label: "Reason", Hint: "For the timeline; the shopper does not read it.", Optional: true, Rows: 2, MaxLength: 500}.With("", problems), Problems: ui.Summary(problems, "reason"),
	}
}

func refund(preview *admin.RefundPreview) admin.RefundPage {
	units := func(name string) *ui.Field {
		return &ui.Field{Name: "units-" + name, Label: "Units of it", InputMode: "numeric", Width: ui.Short, Value: "1"}
	}
	return admin.RefundPage{
		Shell: office("Refund TW-10482", 1), Heading: "Refund TW-10482", ChooseURL: "/orders/1/refund", Left: "€101.70", Preview: preview,
		Breadcrumb: []ui.Link{{Label: "Orders", URL: "/orders"}, {Label: "TW-10482", URL: "/orders/1"}, {Label: "Refund", Current: true}},
		Lines: []admin.RefundLine{
			{Name: "Stoneware mug with a wide handle", Note: "Moss, 350 ml, HP-MUG-MOS-350", Left: "2 of 2, €43.20", Units: units("1")},
			{Name: "Reading lamp with a linen shade", Note: longWord, Left: "Nothing"},
		},
		Shipping: ui.Field{Name: "shipping", Label: "Shipping in EUR", InputMode: "decimal", Width: ui.Short, Optional: true, Hint: "At most €5.95"},
		To: &ui.Field{Name: "to", Label: "Where it goes", Options: []ui.Option{
			{Value: "payments", Label: "Back to the payments", Selected: true}, {Value: "credit", Label: "Store credit for adalbert.von.und.zu.habenichts@example.com"},
		}},
		Other: ui.Field{Name: "other", Label: "Goodwill in EUR", InputMode: "decimal", Width: ui.Short, Optional: true},
	}
}

func refundPreview() *admin.RefundPreview {
	return &admin.RefundPreview{
		Cards:  "…7QX2, …K3MP",
		Amount: "€21.60", Left: "€80.10", URL: "/orders/1/refunds", Hidden: []ui.Hidden{{Name: "key", Value: "0191f3c2"}},
		Parts: []admin.RefundPart{{Method: "Card, at Stripe", Amount: "€20.00", Left: "€0.00"}, {Method: "On delivery", Amount: "€1.60", Left: "€80.10"}},
		Ledger: admin.Ledger{Rows: []admin.LedgerRow{
			{What: "Refund", Account: "Customer receivable", Debit: "€21.60", First: true}, {Account: "Provider clearing", Credit: "€21.60"},
			{What: "Credit", Account: "Refunds", Debit: "€17.56", First: true}, {Account: "Tax payable", Debit: "€4.04"}, {Account: "Customer receivable", Credit: "€21.60"},
		}},
		Reason: ui.Field{Name: "reason", Label: "Reason", Options: []ui.Option{{Label: "None of these"}, {Value: "requested", Label: "The shopper asked for it"}}, Width: ui.Medium},
		Note:   ui.Field{Name: "note", Label: "Note", Optional: true, Rows: 2, MaxLength: 500},
	}
}

// refundAsCredit is the same money as store credit.
func refundAsCredit() admin.RefundPage {
	preview := refundPreview()
	preview.Credit = "adalbert.von.und.zu.habenichts@example.com"
	preview.Ledger.Rows[0].What, preview.Ledger.Rows[1].Account = "Store credit", "Gift cards"
	page := refund(preview)
	page.To.Options[0].Selected, page.To.Options[1].Selected = false, true
	return page
}

func attention() admin.AttentionPage {
	settle := &admin.Action{Label: "Seen to", URL: "/payments/attention/1"}
	return admin.AttentionPage{
		Shell: office("Payments that need attention", -1), Declines: "Of 212 payments that began in the last five minutes, banks declined 96. Until that is over, every bank is asked to make sure who pays.",
		List: admin.List{Action: "/payments", Actions: []admin.Action{{Label: "Reconciliation", URL: "/payments/reconciliation?state=open", Link: true}}, OlderURL: "/payments?page=2"},
		Rows: []admin.AttentionRow{
			{ID: "1", Since: "23 Nov 2026, 14:06 UTC", SinceISO: "2026-11-23T14:06:00Z", Why: ui.Tag{Label: "Disputed", Tone: ui.Bad}, Advice: "The shopper's bank asks the money back. Answer at the provider in time, or the money is lost.", Detail: "product not received", Amount: "€101.70", Method: "Card, at Stripe", OrderURL: "/orders/1", Settle: settle},
			{ID: "2", Since: "22 Nov 2026, 09:00 UTC", SinceISO: "2026-11-22T09:00:00Z", Why: ui.Tag{Label: "Reservation ends soon", Tone: ui.Bad}, Advice: "Capture the money, or release it if the order is not sent.", Detail: "It ends on 25 Nov 2026, 09:00 UTC.", Amount: "€4,101.70", Method: "Card, at the sandbox", OrderURL: "/orders/2", Settle: settle},
			{ID: "3", Since: "21 Nov 2026, 09:00 UTC", SinceISO: "2026-11-21T09:00:00Z", Why: ui.Tag{Label: "Refused", Tone: ui.Bad}, Advice: "The provider did not do what was asked. Try again, or do it in another way.", Detail: longWord, Amount: "€0.50", Method: "Card, at Stripe", OrderURL: "/orders/3"},
			{ID: "4", Since: "20 Nov 2026, 09:00 UTC", SinceISO: "2026-11-20T09:00:00Z", Why: ui.Tag{Label: "Sent and not paid", Tone: ui.Bad}, Advice: "Goods were sent, and the money for them could not be taken. Try again, or ask the shopper to pay in another way.", Detail: "the provider refused: insufficient funds", Amount: "€48.00", Method: "Card, at Stripe", OrderURL: "/orders/4", Retry: &admin.Action{Label: "Try again", URL: "/orders/4/sent-captures"}, Settle: settle},
		},
	}
}

func reconciliation() admin.ReconciliationPage {
	here := "/payments/reconciliation/1"
	note := ui.Field{Name: "note", Label: "Note", Optional: true, Rows: 2, MaxLength: 500}
	made := 0
	action := func(label, confirm string, fields ...ui.Field) admin.Action {
		made++
		for i := range fields {
			fields[i].Scope = fmt.Sprintf("%d-", made)
		}
		return admin.Action{Label: label, URL: here, Confirm: confirm, Fields: fields}
	}
	return admin.ReconciliationPage{
		Shell: office("Reconciliation", -1),
		List: admin.List{
			Action: "/payments/reconciliation", Actions: []admin.Action{{Label: "Comparisons", URL: "/payments/reconciliation/runs", Link: true}, {Label: "Export", URL: "/payments/reconciliation/export.csv", Link: true}},
			Filters: []admin.Filter{{Name: "state", Label: "State", Options: []ui.Option{{Label: "Any"}, {Value: "open", Label: "Open", Selected: true}}}}, Chips: []ui.Chip{{Label: "State: Open", RemoveURL: "/payments/reconciliation"}}, ClearURL: "/payments/reconciliation",
		},
		Rows: []admin.ReconciliationRow{
			{
				Kind: "Different amount", Advice: "Both have the payment, and say different amounts.", Provider: "Card, at Stripe", Reference: "0191f3c2-77aa-7c11-9a51-0d8d7b9a4d11", OrderURL: "/orders/1", Ours: "€101.70", Theirs: "€96.70",
				Found: "23 Nov 2026, 03:00 UTC", FoundISO: "2026-11-23T03:00:00Z", State: ui.Tag{Label: "Open", Tone: ui.Bad},
				Actions: []admin.Action{action("Accept", "It stays as it is, and nothing is posted.", note), {Label: "Look up again", URL: here}, action("Write off", "The difference is posted as a loss, or as a gain if the provider keeps more.", note)},
			},
			{
				Kind: "Missing here", Advice: "The provider keeps money that belongs to no payment of the shop.", Provider: "Card, at Stripe", Reference: longWord, Ours: "€0.00", Theirs: "€7.00",
				Found: "22 Nov 2026, 03:00 UTC", FoundISO: "2026-11-22T03:00:00Z", State: ui.Tag{Label: "Open", Tone: ui.Bad},
				Actions: []admin.Action{action("Accept", "It stays as it is, and nothing is posted.", note), action("Give back", "The provider gives the money back to whoever paid it.", note), action("Link", "The money is booked as paid for an order.", ui.Field{Name: "order", Label: "Order number", Width: ui.Medium}, note)},
			},
			{
				Kind: "Missing there", Advice: "The books say that it was paid, and the statement has nothing of it.", Provider: "Card, at Stripe", Reference: "0191f3c2-77aa-7c11-9a51-0d8d7b9a4d12", OrderURL: "/orders/2", Ours: "−€12.00", Theirs: "€0.00",
				Found: "21 Nov 2026, 03:00 UTC", FoundISO: "2026-11-21T03:00:00Z", State: ui.Tag{Label: "Write-off taken back", Tone: ui.OK}, Note: "Maeve The bank was closed; " + markup,
			},
		},
	}
}

func reconciliationRuns() admin.TablePage {
	row := func(when, provider, lines, matched, opened, open, fees string, bad bool) admin.Row {
		still := admin.Cell{Text: open}
		if bad {
			still.URL = "/payments/reconciliation?state=open"
		}
		return admin.Row{Cells: []admin.Cell{{Text: when, Note: "from 19 Nov 2026, 02:00 UTC to 23 Nov 2026, 02:00 UTC"}, {Text: provider}, {Text: lines}, {Text: matched}, {Text: opened}, still, {Text: fees}}}
	}
	return admin.TablePage{
		Shell: office("Comparisons", -1), Heading: "Comparisons of statements", Intro: "Each row is one comparison of a provider’s statement with the books. They are made once a day. What agrees are payments; fees are those that the books had not yet.",
		List: admin.List{Action: "/payments/reconciliation/runs", Actions: []admin.Action{{Label: "Differences", URL: "/payments/reconciliation?state=open", Link: true}}, OlderURL: "?page=2"},
		Columns: []admin.Column{
			{Label: "When", Long: true}, {Label: "Provider", Said: true}, {Label: "Lines", Number: true}, {Label: "Agree", Number: true}, {Label: "Differ", Number: true}, {Label: "Still open", Number: true}, {Label: "Fees", Number: true},
		},
		Rows: []admin.Row{
			row("23 Nov 2026, 03:00 UTC", "Card, at Stripe", "12,481", "6,102", "3", "2", "€1,204.50, $12.00", true),
			row("22 Nov 2026, 03:00 UTC", "Card, at Stripe", "11,020", "5,900", "0", "0", "€1,100.00", false),
			row("22 Nov 2026, 03:00 UTC", "Card, at the sandbox", "0", "0", "0", "0", "", false),
		},
	}
}
