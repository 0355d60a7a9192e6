package preview

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/tradewind-commerce/tradewind/views/storefront"
	"github.com/tradewind-commerce/tradewind/views/ui"
)

func checkoutPages() []Page {
	page := func(name string, component templ.Component) Page {
		return Page{Name: "storefront/" + name, Component: component}
	}
	pages := []Page{
		page("cart", storefront.Cart(cartPage())),
		page("cart-added", storefront.Cart(cartAdded())),
		page("cart-problems", storefront.Cart(cartProblems())),
		page("cart-empty", storefront.Cart(storefront.CartPage{Shell: private("Your cart"), Suggested: cards(4)})),
		page("cart-empty-estimate", storefront.Cart(emptyEstimate())),
		page("cart-removed", storefront.Cart(cartRemoved())),
		page("checkout-contact", storefront.CheckoutContact(contactPage())),
		page("checkout-contact-business", storefront.CheckoutContact(contactBusiness())),
		page("checkout-contact-errors", storefront.CheckoutContact(contactErrors())),
		page("checkout-contact-lost", storefront.CheckoutContact(contactLost())),
		page("checkout-payment-lost", storefront.CheckoutPayment(paymentLost())),
		page("checkout-lost", storefront.CheckoutLost(storefront.CheckoutLostPage{Shell: private("Review"), Checkout: lost()})),
		page("checkout-delivery", storefront.CheckoutDelivery(deliveryPage())),
		page("checkout-delivery-none", storefront.CheckoutDelivery(noDelivery())),
		page("checkout-payment", storefront.CheckoutPayment(paymentStep(true))),
		page("checkout-payment-errors", storefront.CheckoutPayment(paymentStep(false))),
		page("checkout-review", storefront.CheckoutReview(reviewPage(""))),
		page("checkout-review-business", storefront.CheckoutReview(reviewBusiness())),
		page("checkout-review-changed", storefront.CheckoutReview(reviewPage("The price of one item has changed since you last looked. Please check the new total before you order."))),
		page("order-placed", storefront.Order(orderPlaced())),
		page("order-to-transfer", storefront.Order(orderToTransfer())),
		page("order-fetched", storefront.Order(orderFetched())),
		page("order-shipped", storefront.Order(orderShipped())),
		page("order-unsent", storefront.Order(orderUnsent())),
		page("order-cancelled", storefront.Order(orderCancelled())),
		page("sign-in", storefront.SignIn(storefront.SignInPage{Shell: private("Sign in"), Next: "/account"})),
		page("sign-in-refused", storefront.SignIn(storefront.SignInPage{
			Shell: private("Sign in"), Next: "/account", Email: "maeve@", Problems: ui.Problems{"email": "Enter an email address, such as name@example.com"},
		})),
		page("sign-in-code", storefront.SignInCode(storefront.SignInCodePage{Shell: private("Enter the code"), Email: "maeve@example.com", Next: "/account"})),
		page("sign-in-code-refused", storefront.SignInCode(storefront.SignInCodePage{
			Shell: private("Enter the code"), Email: "maeve@example.com", Code: "1234 5678", Problems: ui.Problems{"code": "This code is wrong or has ended. Have another one sent."},
		})),
		page("account", storefront.Account(accountPage())),
		page("account-new", storefront.Account(storefront.AccountPage{Shell: private("Your account"), Email: "maeve@example.com", AddAddressURL: "/account/address"})),
		page("account-orders", storefront.AccountOrders(storefront.AccountOrdersPage{Shell: private("Your orders"), Orders: accountPage().Orders, NextURL: "/account/orders?after=x"})),
		page("account-address", storefront.EditAddress(storefront.AddressPage{Shell: private("Address"), Address: irish("", "/account/address/country", storefront.ContactForm{}, nil), Preferred: true})),
		page("checkout-contact-customer", storefront.CheckoutContact(contactCustomer())),
		page("order-lookup-refused", storefront.OrderLookup(storefront.OrderLookupPage{
			Shell: private("Track an order"), Number: "TW-1042", Email: "maeve@", Problems: ui.Problems{
				"":      "We find no order with this number and this email address. Both stand in the confirmation that we sent you.",
				"email": "Enter the email address of the order",
			},
		})),
	}
	pages = append(pages, page("payment-fields", storefront.Fields(fieldsPage(true))), page("payment-fields-away", storefront.Fields(fieldsPage(false))))
	for _, state := range []storefront.ReturnState{storefront.PaymentUnfinished, storefront.PaymentPending, storefront.PaymentChecking, storefront.PaymentPaid, storefront.PaymentHeld, storefront.PaymentFailed, storefront.PaymentCancelled, storefront.PaymentExpired, storefront.PaymentAlready} {
		pages = append(pages, page("payment-"+string(state), storefront.Payment(paymentPage(state))))
	}
	tooLate := paymentPage(storefront.PaymentHeld)
	tooLate.Until, tooLate.SignInURL, tooLate.Reason = "", "", "A transfer for this order would come too late by now; pay in another way, or order again."
	pages = append(pages, page("payment-held-for-good", storefront.Payment(tooLate)))
	return pages
}

func cartTotals() storefront.Totals {
	return storefront.Totals{
		Rows:  []storefront.TotalRow{{Label: "Items", Amount: "€113.00"}, {Label: "Promotion AUTUMN", Amount: "−€11.30"}, {Label: "Shipping", Amount: "€0.00", Note: "Parcel post to Ireland"}},
		Label: "Total", Total: "€101.70", Saved: "You save €11.30", Tax: "Including €19.02 VAT",
		Paid: []storefront.TotalRow{{Label: "Gift card …7QX2", Amount: "−€50.00"}}, LeftLabel: "Left to pay", Left: "€51.70",
	}
}

func cartPage() storefront.CartPage {
	return storefront.CartPage{
		Shell: private("Your cart"),
		Lines: []storefront.CartLine{
			{ID: "1", VariantID: "v1", Name: "Stoneware mug with a wide handle", URL: "/products/mug", Image: picture("mug", ""), Options: []storefront.Detail{{Name: "Colour", Value: "Moss"}, {Name: "Size", Value: "350 ml"}}, UnitPrice: ui.Price{Now: "€24.00", Was: "€29.00"}, Total: "€43.20", Full: "€48.00", Saved: []string{"Autumn sale: −\u2060€4.80"}, Quantity: "2", Max: 3, UpdateURL: "/cart/items/1", RemoveURL: "/cart/items/1/removal"},
			{ID: "2", VariantID: "v2", Name: "Reading lamp with a linen shade", Variant: "Sand", URL: "/products/lamp", Parts: []storefront.Part{{Quantity: "1", Name: "Lamp"}, {Quantity: "2", Name: "Bulb", Options: "Warm"}}, Image: picture("lamp", ""), UnitPrice: ui.Price{Now: "€65.00"}, Total: "€65.00", Quantity: "1", UpdateURL: "/cart/items/2", RemoveURL: "/cart/items/2/removal"},
		},
		Totals: cartTotals(),
		Free:   &storefront.FreeShipping{Text: "Shipping is free for this order.", Percent: 100},
		Gifts:  []storefront.SummaryLine{{Name: "Tea towel", URL: "/products/towel", Quantity: "1", Unit: "€9.00", Total: "€0.00", Full: "€9.00", Note: "A gift for you: Autumn sale", Image: picture("mug", "")}},
		Coupon: &storefront.CouponForm{Action: "/cart/codes", RemovalURL: "/cart/codes/removal", Kept: []storefront.KeptCode{
			{Code: "AUTUMN", Effect: "10% off, −€11.30"}, {Code: "SPRING", Problem: "Another offer in the cart saves you more."},
		}},
		GiftCards:   giftCardForm("/cart/gift-cards"),
		Estimate:    &storefront.ShippingEstimate{Action: "/cart", Countries: countries(), ByPostcode: true},
		CheckoutURL: "/checkout",
		Suggested:   cards(4),
	}
}

// giftCardForm has a card that pays and one that cannot.
func giftCardForm(action string, hidden ...ui.Hidden) *storefront.GiftCardForm {
	return &storefront.GiftCardForm{Note: "Gift cards do not pay for gift cards: €50.00 of this cart is to be paid in another way.", Action: action, RemovalURL: action + "/removal", Hidden: hidden, Kept: []storefront.KeptGiftCard{
		{ID: "1", Name: "Gift card …7QX2", Effect: "€3.00 stays on it"}, {ID: "2", Name: "Gift card …4MTW", Problem: "Nothing is left on this gift card."},
	}}
}

func countries() []ui.Option {
	return []ui.Option{{Value: "", Label: "Choose a country"}, {Value: "DE", Label: "Germany"}, {Value: "IE", Label: "Ireland"}, {Value: "GB", Label: "United Kingdom"}}
}

func cartAdded() storefront.CartPage {
	page := cartPage()
	page.Added = &storefront.AddedLine{Name: "Stoneware mug with a wide handle", Options: "Moss, 350 ml", Quantity: "1 piece", Price: "€24.00", Image: picture("mug", ""), Subtotal: "Subtotal of 3 items: €113.00"}
	page.Free = &storefront.FreeShipping{Text: "€12.40 more for free shipping", Percent: 79}
	page.Coupon.Kept = nil
	page.Estimate.Choices = []storefront.ShippingChoice{{Name: "Parcel post", Arrives: "Thursday 27 to Friday 28 November", Price: "€4.90"}, {Name: "Express", Arrives: "Wednesday 26 November", Price: "€12.90"}}
	page.Estimate.Countries[2].Selected = true
	return page
}

func cartProblems() storefront.CartPage {
	page := cartPage()
	page.Lines[0].Problem = "Only 1 is left. Please lower the quantity."
	page.Lines[1].Note = "The price went from €59.00 to €65.00 since you put it in."
	page.Notices = []storefront.CartNotice{{Tone: ui.Warn, Text: "Two things changed since you last looked."}}
	page.CheckoutURL = ""
	page.Blocked = "Please change the marked line before you go to checkout."
	page.Coupon.Code = "WINTER"
	page.Coupon.Error = "This code is not valid yet. It starts on 1 December."
	return page
}

func cartRemoved() storefront.CartPage {
	page := cartPage()
	page.Lines = page.Lines[:1]
	page.Removed = &storefront.RemovedLine{Text: "Reading lamp with a linen shade was removed.", UndoURL: "/cart/items", VariantID: "v2", Quantity: "1"}
	return page
}

func checkout(step int) storefront.Checkout {
	c := storefront.Checkout{
		Summary: storefront.CheckoutSummary{
			Lines: []storefront.SummaryLine{
				{Name: "Stoneware mug with a wide handle", Options: "Moss, 350 ml", Quantity: "2", Unit: "€24.00", Total: "€43.20", Full: "€48.00", Saved: []string{"Autumn sale: −\u2060€4.80"}, Image: picture("mug", "")},
				{Name: "Reading lamp with a linen shade", Quantity: "1", Unit: "€65.00", Total: "€65.00", Image: picture("lamp", ""), Note: "Leaves us a day later", Parts: []storefront.Part{{Quantity: "2", Name: "Bulb", Options: "Warm"}}},
			},
			Totals: cartTotals(), CartURL: "/cart",
		},
		Coupon: &storefront.CouponForm{
			Action: "/checkout/codes", RemovalURL: "/checkout/codes/removal", Hidden: []ui.Hidden{{Name: "step", Value: strconv.Itoa(step)}},
			Kept: []storefront.KeptCode{{Code: "AUTUMN", Effect: "10% off, −€11.30"}},
		},
		GiftCards: giftCardForm("/checkout/gift-cards", ui.Hidden{Name: "step", Value: strconv.Itoa(step)}),
		Problems:  ui.Problems{},
	}
	for i, name := range []string{"Contact and address", "Delivery", "Payment", "Review"} {
		s := storefront.Step{Label: name, Current: i == step, Done: i < step}
		if i < step {
			s.URL = "/checkout/" + []string{"contact", "delivery", "payment", "review"}[i]
		}
		c.Steps = append(c.Steps, s)
	}
	done := []storefront.DoneStep{
		{Title: "Contact and address", Lines: []string{"maeve.osullivan@example.com", "Maeve O’Sullivan", "12 Pier Road, P17 XY12 Kinsale, Ireland"}, ChangeURL: "/checkout/contact"},
		{Title: "Delivery", Lines: []string{"Parcel post, €0.00", "Arrives Thursday 27 to Friday 28 November"}, ChangeURL: "/checkout/delivery"},
		{Title: "Payment", Lines: []string{"Card", "Billing address is the same as the delivery address"}, ChangeURL: "/checkout/payment"},
	}
	c.Done = done[:step]
	return c
}

func contactPage() storefront.ContactPage {
	return storefront.ContactPage{Shell: private("Contact and address"), Checkout: checkout(0), Address: irish("", "/checkout/contact/country", storefront.ContactForm{}, nil), SignInURL: "/account/sign-in?next=/checkout", Business: business("", "", nil), Words: wishes("", "")}
}

func business(company, number string, problems ui.Problems) storefront.FieldRow {
	return storefront.FieldRow{Fold: "Buying for a company", Fields: []ui.Field{
		ui.Field{Name: "company", Label: "Company", Optional: true}.With(company, problems),
		ui.Field{Name: "vat_number", Label: "VAT number", Hint: "It stands on the invoice, and decides about the tax where the law says so.", Width: ui.Medium, Optional: true}.With(number, problems),
	}}
}

func wishes(note, gift string) storefront.FieldRow {
	return storefront.FieldRow{Fold: "Add a note or a gift message", Fields: []ui.Field{
		ui.Field{Name: "note", Label: "Note for us", Rows: 3, MaxLength: 500, Optional: true}.With(note, nil),
		ui.Field{Name: "gift_message", Label: "Gift message", Hint: "We write it on a card and put it in with the goods.", Rows: 3, MaxLength: 300, Optional: true}.With(gift, nil),
	}}
}

// contactBusiness is one who fetches it for a company whose number has a slip.
func contactBusiness() storefront.ContactPage {
	page := contactPage()
	page.Form.Email = "maeve.osullivan@example.com"
	page.Problems = ui.Problems{"vat_number": "“IE6433435G” is no VAT number: a digit is wrong or two changed places; compare it with the original"}
	page.Business = business("O’Sullivan Fine Ceramics and Lighting Ltd", "IE6433435G", page.Problems)
	page.Words = wishes("Please ring twice.\nThe dog is kind.", "Happy birthday, Seán!")
	page.Pickup = &storefront.PickupForm{Fetch: true, Places: "Our desk in Cork, Our desk in Dublin", Name: ui.Field{Name: "fetch_name", Label: "Name of who fetches it", Value: "Maeve O’Sullivan"}}
	return page
}

// irish asks for an address in Ireland, with two fields in a row as other countries have them.
func irish(prefix, redraw string, form storefront.ContactForm, problems ui.Problems) storefront.AddressFields {
	field := func(name, label, value string) ui.Field {
		return ui.Field{Name: prefix + name, Label: label}.With(value, problems)
	}
	second, county, code := field("line2", "Flat or floor", form.Line2), field("region", "County", form.Region), field("postcode", "Eircode", form.Postcode)
	second.Optional, county.Optional, code.Optional = true, true, true
	county.Width, county.Options = ui.Medium, []ui.Option{{Label: "Choose"}, {Value: "CO", Label: "Co. Cork"}, {Value: "D", Label: "Co. Dublin"}}
	code.Width = ui.Short
	country := field("country", "Country", "IE")
	country.Options = countries()
	return storefront.AddressFields{
		ID: prefix + "address", RedrawURL: redraw, Shown: ui.Hidden{Name: prefix + "country_shown", Value: "IE"}, Country: country,
		Rows: []storefront.FieldRow{
			{Fields: []ui.Field{field("name", "Full name", form.Name)}}, {Fields: []ui.Field{field("line1", "Street and house number", form.Line1)}},
			{Fields: []ui.Field{second}, Fold: "Add flat or floor"}, {Fields: []ui.Field{field("city", "City", form.City)}},
			{Fields: []ui.Field{county, code}},
		},
	}
}

func contactErrors() storefront.ContactPage {
	page := contactPage()
	page.Form.Email = "maeve@"
	page.Phone = "Only for the carrier, if the parcel cannot be delivered."
	page.Problems = ui.Problems{"email": "Enter an email address in full, like name@example.com.", "line1": "Enter the street and house number.", "postcode": "Enter an Eircode, like D02 X285."}
	page.Address = irish("", "/checkout/contact/country", storefront.ContactForm{Name: "Maeve O’Sullivan", Line2: "Flat 3"}, page.Problems)
	return page
}

func lost() storefront.Checkout {
	return storefront.Checkout{Lost: true, Problems: ui.Problems{"": "Your cart is no longer here, so nothing was saved or ordered just now."}}
}

func contactLost() storefront.ContactPage {
	page := contactPage()
	page.Checkout = lost()
	page.Form.Email = "maeve.osullivan@example.com"
	page.Address = irish("", "/checkout/contact/country", storefront.ContactForm{Name: "Maeve O’Sullivan", Line1: "12 Pier Road", City: "Kinsale", Postcode: "P17 XY12"}, nil)
	return page
}

func paymentLost() storefront.PaymentStepPage {
	page := paymentStep(true)
	page.Checkout, page.BillingSame, page.Methods = lost(), false, nil
	page.Billing = irish("billing_", "/checkout/payment/country", storefront.ContactForm{Name: "O’Sullivan Ltd", Line1: "1 Quay", City: "Cork"}, nil)
	return page
}

func emptyEstimate() storefront.CartPage {
	page := storefront.CartPage{Shell: private("Your cart"), Suggested: cards(4), Estimate: cartAdded().Estimate}
	page.Estimate.ByPostcode = false
	return page
}

func deliveryPage() storefront.DeliveryPage {
	return storefront.DeliveryPage{Shell: private("Delivery"), Checkout: checkout(1), Choices: []storefront.DeliveryChoice{
		{ID: "parcel", Name: "Parcel post", Arrives: "Thursday 27 to Friday 28 November", Price: "Free", Selected: true},
		{ID: "pickup", Name: "Our desk in Cork", Arrives: "Ready Friday 28 November", Detail: "Our desk, 1 Quay, Cork, Ireland", Hours: "Monday to Friday, 9 to 17", Price: "Free"},
		{ID: "express", Name: "Express", Arrives: "Wednesday 26 November, before noon", Price: "€12.90"},
	}}
}

func noDelivery() storefront.DeliveryPage {
	page := deliveryPage()
	page.Choices = nil
	page.None = "We do not deliver to this address yet. Please choose another address, or write to us and we will see what we can do."
	return page
}

func paymentStep(same bool) storefront.PaymentStepPage {
	page := storefront.PaymentStepPage{Shell: private("Payment"), Checkout: checkout(2), BillingSame: same, Billing: irish("billing_", "/checkout/payment/country", storefront.ContactForm{}, nil), Delivery: "Maeve O’Sullivan, 12 Pier Road, P17 XY12 Kinsale", SameLabel: "Same as the delivery address", Methods: []storefront.PaymentMethod{
		{ID: "card", Name: "Card", Detail: "You enter the card at our payment provider and come back here.", Selected: same},
		{ID: "transfer", Name: "Bank transfer", Detail: "Your items are kept for 5 days until the money arrives."},
	}}
	if !same {
		page.Problems = ui.Problems{"method": "Choose how you would like to pay.", "billing_name": "Enter the name for the bill."}
		page.Billing = irish("billing_", "/checkout/payment/country", storefront.ContactForm{}, page.Problems)
	}
	return page
}

func reviewPage(changed string) storefront.ReviewPage {
	return storefront.ReviewPage{Shell: private("Review and order"), Checkout: checkout(3), CartID: "0191f3c2-77aa-7c11-9a51-0d8d7b9a4d10", IdempotencyKey: "0191f3c2-77aa-7c11-9a51-0d8d7b9a4d11", ExpectedTotal: "10170 EUR", PayLabel: "Order and pay €51.70", TermsText: "By ordering you agree to our terms of sale.", Terms: []ui.Link{{Label: "Terms of sale", URL: "/pages/terms"}, {Label: "Right of withdrawal", URL: "/pages/withdrawal"}}, Changed: changed}
}

// reviewBusiness is an order without tax, to be fetched, with a note, where terms have to be accepted and were not.
func reviewBusiness() storefront.ReviewPage {
	page := reviewPage("")
	page.TermsVersion, page.Problems = "2026-11", ui.Problems{"terms": "Accept the terms of sale to order"}
	page.Done[0].Lines = append(page.Done[0].Lines, "VAT number IE6433435F")
	page.Done[1].Lines = []string{"Our desk in Cork", "Ready Thursday 27 November", "Our desk, 1 Quay, Cork, Ireland", "Monday to Friday, 9 to 17"}
	page.Done = append(page.Done, storefront.DoneStep{Title: "Note for us", Lines: []string{"Please ring twice.", "The dog is kind."}, ChangeURL: "/checkout/contact"})
	page.Summary.Totals.Rows = append(page.Summary.Totals.Rows, storefront.TotalRow{Label: "Tax that you do not owe to us", Amount: "−€19.02"})
	page.Summary.Totals.Total, page.PayLabel = "€82.68", "Order and pay €82.68"
	page.Summary.Totals.Tax, page.Summary.Totals.Note = "", "VAT is owed by the recipient: reverse charge, Articles 138 and 200 of Directive 2006/112/EC."
	return page
}

func paymentPage(state storefront.ReturnState) storefront.PaymentPage {
	page := storefront.PaymentPage{Shell: private("Payment"), State: state, OrderNumber: "TW-10482", Amount: "€101.70", Email: "maeve.osullivan@example.com", Until: "They are kept until 18:30.", OrderURL: "/orders/abc", RetryURL: "/orders/abc/payment", SelfURL: "/checkout/payments/abc"}
	switch state {
	case storefront.PaymentFailed:
		page.Reason, page.OnDelivery = "Your bank refused the payment. Another card may work, or you pay when the parcel arrives.", true
		page.ByTransfer = true
	case storefront.PaymentHeld:
		page.Reason = "Very many cards are being declined at the moment, so only customers who are signed in can pay online; sign in, or try again in a few minutes."
		page.OnDelivery, page.SignInURL = true, "/account/sign-in?next=%2Forders%2Fabc"
	case storefront.PaymentUnfinished:
		page.OnDelivery = true
	case storefront.PaymentChecking:
		page.RefreshURL = page.SelfURL
	case storefront.PaymentExpired:
		page.Reason = "Your transfer did not arrive in time, so the items went back on the shelf. If the money is on its way, we send your order after all if we still have the items, or the money goes back to you."
	}
	return page
}

func orderPlaced() storefront.OrderPage {
	c := checkout(3)
	page := storefront.OrderPage{
		Shell: private("Order TW-10482"), Number: "TW-10482", JustPlaced: true, Placed: "23 November 2026, 14:05", PlacedISO: "2026-11-23T14:05:00Z", Email: "maeve.osullivan@example.com", Join: "maeve.osullivan@example.com",
		State: ui.Tag{Label: "Confirmed", Tone: ui.Info}, Payment: ui.Tag{Label: "Paid", Tone: ui.OK},
		Progress: []storefront.OrderStep{{Label: "Ordered", When: "Today, 14:05", Done: true}, {Label: "Paid", When: "Today, 14:06", Done: true, Current: true}, {Label: "Packed"}, {Label: "On its way"}, {Label: "Delivered"}},
		Next:     []string{"We pack your order today or tomorrow morning.", "You get an email with a tracking number when it leaves us.", "It reaches you between Thursday 27 and Friday 28 November."},
		Lines:    c.Summary.Lines, Totals: c.Summary.Totals,
		GiftCards: []storefront.BoughtCard{
			{Name: "Gift card …7QX2", Value: "€50.00", State: ui.Tag{Label: "Issued", Tone: ui.OK}, Note: "Its code went to maeve@example.com."},
			{Name: "Gift card …K3MP", Value: "€50.00", State: ui.Tag{Label: "Taken back"}, Note: "It can be spent no more, and its money went back."},
		},
		Address: []string{"Maeve O’Sullivan", "12 Pier Road", "Kinsale", "P17 XY12", "Ireland"}, Billing: []string{"Maeve O’Sullivan", "12 Pier Road", "Kinsale", "P17 XY12", "Ireland"},
		Delivery: "Parcel post", Arrives: "Arrives Thursday 27 to Friday 28 November", PaidWith: "Card ending in 4242", CancelURL: "/orders/abc/cancellation", CancelText: "The money goes back to your card within 5 days.", InvoiceURL: "/orders/abc/invoice", HelpURL: "/pages/contact",
	}
	page.CartCount = 0
	return page
}

// orderToTransfer waits for the shopper to transfer the money.
func orderToTransfer() storefront.OrderPage {
	page := orderPlaced()
	page.GiftCards, page.Payment, page.State = nil, ui.Tag{Label: "Transfer awaited", Tone: ui.Warn}, ui.Tag{Label: "Waiting for payment", Tone: ui.Warn}
	page.Progress = []storefront.OrderStep{{Label: "Ordered", When: "Today, 14:05", Done: true, Current: true}, {Label: "Confirmed"}, {Label: "On its way"}, {Label: "Delivered"}}
	page.Next = []string{"Transfer the money so that it arrives until 30 November 2026. We have mailed where to as well, to maeve.osullivan@example.com.", "We keep your items until then, and send them once the money has arrived."}
	page.Transfer = &storefront.Transfer{Amount: "€101.70", Reference: "TW-10482", Until: "30 November 2026", Holder: "Harbour & Pine Ltd", Account: "IE29 AIBK 9311 5212 3456 78", BankCode: "AIBKIE2D", BankName: "Bank of the Harbour"}
	page.PayURL, page.PayLabel, page.PaidWith = "/orders/abc/payment", "Pay by card instead", "Bank transfer"
	return page
}

func orderFetched() storefront.OrderPage {
	page := orderPlaced()
	page.Delivery, page.Arrives, page.Hours = "Our desk in Cork", "Ready Thursday 27 November", "Monday to Friday, 9 to 17"
	page.Address = []string{"Our desk", "1 Quay", "Cork", "Ireland"}
	page.VATNumber, page.Note, page.Gift = "IE6433435F", "Please ring twice.\nThe dog is kind.", "Happy birthday, Seán!"
	page.Totals = reviewBusiness().Summary.Totals
	return page
}

func orderShipped() storefront.OrderPage {
	page := orderPlaced()
	page.JustPlaced = false
	page.State = ui.Tag{Label: "Partly on its way", Tone: ui.Info}
	page.Progress[2] = storefront.OrderStep{Label: "Packed", When: "24 November, 09:12", Done: true}
	page.Progress[1].Current = false
	page.Progress[3] = storefront.OrderStep{Label: "On its way", When: "24 November, 16:40", Done: true, Current: true}
	page.Next = nil
	page.CancelURL = ""
	page.ReturnURL = "/orders/abc/returns"
	page.Parcels = []storefront.Parcel{
		{Title: "Parcel 1 of 2", Carrier: "An Post", Number: "CE123456789IE", URL: "https://carrier.example/CE123456789IE", State: ui.Tag{Label: "Out for delivery", Tone: ui.Info}, Arrives: "Expected today before 16:00", Items: []string{"2 × Stoneware mug with a wide handle, Moss, 350 ml"}},
		{Title: "Parcel 2 of 2", Carrier: "An Post", Number: "not known yet", State: ui.Tag{Label: "Being packed"}, Items: []string{"1 × Reading lamp with a linen shade"}},
	}
	return page
}

// orderUnsent is an order of which a part will not come.
func orderUnsent() storefront.OrderPage {
	page := orderShipped()
	page.State, page.Payment, page.Parcels = ui.Tag{Label: "On its way", Tone: ui.Info}, ui.Tag{Label: "Partly refunded", Tone: ui.Info}, page.Parcels[:1]
	page.Unsent = &storefront.Unsent{
		Items: []string{"1 × Reading lamp with a linen shade", "2 × " + longWord}, Money: []string{"€49.00 goes back the way it was paid.", "€21.60 was only reserved for it. It is released and not taken."},
	}
	return page
}

func orderCancelled() storefront.OrderPage {
	page := orderPlaced()
	page.JustPlaced = false
	page.State = ui.Tag{Label: "Cancelled", Tone: ui.Bad}
	page.Payment = ui.Tag{Label: "Refunded", Tone: ui.Neutral}
	page.Progress = nil
	page.Next = []string{"The money goes back to your card within 5 days."}
	page.CancelURL = ""
	return page
}

// fieldsPage is the page of the provider's fields. No provider is here to draw them, so it is as without script.
func fieldsPage(answered bool) storefront.FieldsPage {
	shown := storefront.FieldsPage{Shell: private("Pay for your order"), OrderNumber: "TW-10482", Amount: "€101.70", Until: "They are kept until 18:30.", OrderURL: "/orders/abc", PageURL: "/orders/abc/payment"}
	if answered {
		shown.Shell.Assets.Fields = ""
		shown.Fields = &storefront.ProviderFields{Script: "/provider.js", Key: "pk", Secret: "secret", ReturnURL: "/orders/abc/return", Lang: "en-US"}
	}
	return shown
}
