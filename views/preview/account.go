package preview

import (
	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func accountPage() storefront.AccountPage {
	page := storefront.AccountPage{
		Shell: private("Your account"), Email: "maeve.osullivan@example.com", Name: "Maeve O’Sullivan", AllOrdersURL: "/account/orders", AddAddressURL: "/account/address",
		Orders: []storefront.OrderRow{
			{Number: "TW-1042", URL: "/account/orders/1", Placed: "24 November 2026", PlacedISO: "2026-11-24", Total: "€101.70", State: ui.Tag{Label: "On its way", Tone: ui.Info}},
			{Number: "TW-1017", URL: "/account/orders/2", Placed: "3 October 2026", PlacedISO: "2026-10-03", Total: "€1,249.00", State: ui.Tag{Label: "Delivered", Tone: ui.OK}},
		},
		Addresses: []storefront.SavedAddress{
			{ID: "1", Lines: []string{"Maeve O’Sullivan", "1 Harbour Street", "Kinsale", "Co. Cork", "P17 X2F9", "Ireland"}, Preferred: true, EditURL: "/account/address?id=1"},
			{ID: "2", Lines: []string{"Maeve O’Sullivan", "Weaver & Daughters", "12 Long Quay", "Dublin 2", "Ireland"}, EditURL: "/account/address?id=2"},
		},
	}
	page.Flash = &ui.Flash{Text: "The address is saved.", Tone: ui.OK}
	return page
}

// contactCustomer is the first step of the checkout for who is signed in.
func contactCustomer() storefront.ContactPage {
	page := contactPage()
	page.SignInURL, page.Keeps = "", true
	page.Own = []storefront.SavedAddress{
		{Lines: []string{"Maeve O’Sullivan, 1 Harbour Street, Kinsale, Co. Cork, P17 X2F9, Ireland"}, EditURL: "/checkout/contact?address=1"},
		{Lines: []string{"Maeve O’Sullivan, Weaver & Daughters, 12 Long Quay, Dublin 2, Ireland"}, EditURL: "/checkout/contact?address=2"},
	}
	return page
}
