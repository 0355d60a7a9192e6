package preview

import (
	"fmt"

	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/admin"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func giftCardPages() []Page {
	page := func(name string, component templ.Component) Page {
		return Page{Name: "admin/" + name, Component: component}
	}
	return []Page{
		page("gift-card", admin.GiftCard(giftCard())),
		page("gift-card-new", admin.GiftCard(newGiftCard(nil))),
		page("gift-card-refused", admin.GiftCard(newGiftCard(ui.Problems{"amount": "Enter an amount such as 50.00"}))),
		page("gift-card-issued", admin.GiftCard(issuedGiftCard())),
		page("stress-gift-card", admin.GiftCard(stressGiftCard())),
	}
}

func giftCardPage(heading string) admin.GiftCardPage {
	page := admin.GiftCardPage{Breadcrumb: []ui.Link{{Label: "Gift cards", URL: "/gift-cards"}, {Label: heading, Current: true}}}
	page.Shell, page.Heading = office(heading, 2), heading
	return page
}

func giftCard() admin.GiftCardPage {
	page := giftCardPage("Gift card …7QX2")
	page.Tags = []ui.Tag{{Label: "Active", Tone: ui.OK}}
	page.Figures = []admin.Figure{{Label: "Left", Value: "$12.50"}, {Label: "Issued for", Value: "$50.00"}}
	page.Facts = []admin.Fact{{Label: "Issued", Value: "1 Oct 2026, 09:00 UTC"}, {Label: "Given to", Value: "ann@example.com"}, {Label: "Mail with the code", Value: "On its way"}, {Label: "Message", Value: "Happy birthday from all of us"}, {Label: "Note", Value: "For the parcel that came late."}}
	page.List.Actions = []admin.Action{{Label: "Block", URL: "/gift-cards/1/state", Kind: ui.Danger, Confirm: "Nobody can spend it until it is unblocked."},
		{Label: "Mail the code again", URL: "/gift-cards/1/mails", Confirm: "The code goes to ann@example.com. Whoever has it can spend the card.", Button: "Send the mail"},
		{Label: "Write off", URL: "/gift-cards/1/expiry", Kind: ui.Danger, Confirm: "What is left is owed to nobody any more, also if the card is extended later.", Button: "Write off what is left"}}
	page.Forms = []admin.SmallForm{
		{Title: "Adjust", Action: "/gift-cards/1/moves", Button: "Adjust it", Fields: []ui.Field{{Name: "change", Label: "Change by", Width: ui.Short, Hint: "Such as 10.00, or -10.00 to take off."}, {Name: "reason", Label: "Reason"}}},
		{Title: "Extend or describe", Action: "/gift-cards/1/contents", Button: "Save", Fields: []ui.Field{{Name: "until", Label: "Can be spent until", Type: "date", Width: ui.Short, Optional: true}, {Name: "note", Label: "Note", Optional: true}}},
	}
	page.Columns = []admin.Column{{Label: "What"}, {Label: "Amount", Number: true}, {Label: "Left", Number: true}, {Label: "Order"}, {Label: "By", Said: true}, {Label: "When", Said: true}}
	for i := range 20 {
		page.Rows = append(page.Rows, admin.Row{ID: fmt.Sprint(i), Cells: []admin.Cell{
			{Text: "Spent"}, {Text: "−$1.50"}, {Text: fmt.Sprintf("$%d.50", 12+i)}, {Text: "Order", URL: fmt.Sprintf("/orders/%d", i)}, {Text: "shopper"}, {Text: "23 Nov 2026, 14:20 UTC"},
		}})
	}
	return page
}

func newGiftCard(problems ui.Problems) admin.GiftCardPage {
	page := giftCardPage("Issue gift cards")
	page.Forms = []admin.SmallForm{{Title: "What to issue", Action: "/gift-cards/new", Button: "Issue", Hint: "Codes are shown this once.", Fields: []ui.Field{
		ui.Field{Name: "amount", Label: "Amount", Prefix: "USD", Width: ui.Short}.With("a lot", problems), {Name: "count", Label: "How many", Value: "1", Width: ui.Short},
		{Name: "email", Label: "E-mail of who is given it", Type: "email", Optional: true, Hint: "Needed for store credit, and for a mail."},
		{Name: "mail", Label: "The code is", Options: []ui.Option{{Label: "shown to me"}, {Value: "mail", Label: "shown to me, and mailed to them"}}},
		{Name: "message", Label: "Message in the mail", Optional: true, Rows: 3, MaxLength: 1000},
	}}}
	page.Problems = ui.Summary(problems, "amount")
	return page
}

func issuedGiftCard() admin.GiftCardPage {
	page := giftCardPage("Gift card issued")
	page.Notice = "Copy the code now, and hand it to who may spend it. It is not shown again."
	page.Figures = []admin.Figure{{Label: "Code", Value: "F7KM-2QXD-9TRW-7QX2"}, {Label: "Amount", Value: "$50.00"}}
	page.List.Actions = []admin.Action{{Label: "Go to the card", URL: "/gift-cards/1", Link: true}}
	return page
}

func stressGiftCard() admin.GiftCardPage {
	page := giftCard()
	page.Facts[4].Value, page.Notice = longWord+" "+markup, markup
	page.Rows[0].Cells[0].Note, page.Rows[1].Cells[4].Text = longWord, markup
	return page
}
